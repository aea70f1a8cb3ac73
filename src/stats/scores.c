#include "stats/scores.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/pigeonhole.h"

/* Sums over some pairs. */
typedef struct {
    size_t n;
    double sum, sum_abs;
} sums;

static double over(double sum, size_t n)
{
    return n ? sum / (double)n : NAN;
}

static double score_of(const tjac_kd_score *s, tjac_score what)
{
    switch (what) {
    case TJAC_SCORE_ROUTING:
        return s->routing;
    case TJAC_SCORE_ELEVATION:
        return s->elevation;
    case TJAC_SCORE_LOG2_ABS_RATIO:
        return s->log2_abs_ratio;
    case TJAC_SCORE_DIFFERENCE:
        return s->difference;
    case TJAC_SCORE_RATIO:
        break;
    }
    return s->ratio;
}

/* ---- one KD ---- */

static void score_pairs(const tjac_crossed *c, size_t kd, tjac_kd_score *s)
{
    const tjac_j_panel *j = c->panel;
    sums kind[2] = {{0, 0, 0}, {0, 0, 0}}; /* pathway, matched */
    size_t with_sign = 0, same = 0;
    for (size_t i = 0; i < j->n_pairs; i++) {
        bool pathway = tjac_crossed_is_pathway(c, i);
        double J = j->J[kd * j->n_pairs + i];
        if (j->self[kd * j->n_pairs + i] || (!pathway && !tjac_crossed_is_matched(c, i)))
            continue;
        sums *to = &kind[!pathway];
        to->n++;
        to->sum += J;
        to->sum_abs += fabs(J);
        with_sign += pathway && j->pair[i].sign != 0;
        same += pathway && J * j->pair[i].sign > 0;
    }
    s->n_pathway = kind[0].n;
    s->n_matched = kind[1].n;
    s->mean_pathway = over(kind[0].sum, kind[0].n);
    s->mean_matched = over(kind[1].sum, kind[1].n);
    s->mean_abs_pathway = over(kind[0].sum_abs, kind[0].n);
    s->mean_abs_matched = over(kind[1].sum_abs, kind[1].n);
    s->difference = s->mean_pathway - s->mean_matched;
    s->ratio = s->mean_matched != 0 ? s->mean_pathway / s->mean_matched : NAN;
    s->log2_abs_ratio = s->mean_abs_pathway > 0 && s->mean_abs_matched > 0
                            ? log2(s->mean_abs_pathway / s->mean_abs_matched)
                            : NAN;
    s->sign_concordance = isnan(s->mean_pathway) ? NAN : over((double)same, with_sign);
}

/* grid, centred: room for the cells. */
static void score_blocks(const tjac_crossed *c, size_t kd, double *grid, double *centred,
                         tjac_kd_score *s)
{
    s->routing = s->elevation = s->p_blocks = s->unrelated = NAN;
    if (!tjac_crossed_s(c, c->score, kd, grid) || c->grid.rows < 2 || c->grid.cols < 2)
        return;
    s->routing = tjac_grid_routing(grid, c->grid);
    s->elevation = grid[0] - tjac_grid_mean(grid, c->grid).matched;
    tjac_grid_centre(grid, c->grid, centred);
    s->p_blocks = (double)tjac_grid_at_least(centred, c->grid) / (double)tjac_grid_cells(c->grid);
    if (c->named)
        s->unrelated = grid[0] - c->score[kd * c->n_blocks + c->n_blocks - 1].s;
}

static void put_limits(const tjac_pigeonhole *p, double alpha, tjac_kd_score *s)
{
    double z = tjac_normal_quantile(1 - alpha / 2);
    s->difference_limits = (tjac_interval){p->difference_lo, p->difference_hi};
    s->ratio_limits = (tjac_interval){NAN, NAN};
    s->ratio_bounded = -1;
    if (isnan(s->ratio) || isnan(p->var_pathway))
        return;
    s->ratio_bounded = tjac_fieller(s->mean_pathway, s->mean_matched, p->var_pathway,
                                    p->var_matched, p->covariance, z, &s->ratio_limits);
}

/* ---- all KDs ---- */

static tjac_code rank_scores(const tjac_j_panel *j, tjac_kd_score *s, tjac_err *err)
{
    size_t n = 0;
    double *score = tjac_alloc(j->kds.n, sizeof *score, err);
    double *rank = tjac_alloc(j->kds.n, sizeof *rank, err);
    size_t *kd = tjac_alloc(j->kds.n, sizeof *kd, err);
    if (err->code)
        goto done;
    for (size_t k = 0; k < j->kds.n; k++) {
        s[k].rank = s[k].quantile = NAN;
        if (!tjac_j_panel_counts(j, k) || !isfinite(s[k].score))
            continue;
        score[n] = s[k].score;
        kd[n++] = k;
    }
    if (tjac_midranks(score, n, rank, err))
        goto done;
    for (size_t i = 0; i < n; i++) {
        s[kd[i]].rank = rank[i];
        s[kd[i]].quantile = rank[i] / (double)n;
    }
done:
    free(score);
    free(rank);
    free(kd);
    return err->code;
}

tjac_code tjac_scores_make(const tjac_crossed *c, const tjac_config_stats *o, tjac_kd_score *out,
                           tjac_err *err)
{
    const tjac_j_panel *j = c->panel;
    double control = NAN;
    tjac_pigeonhole *limits = tjac_alloc(j->kds.n, sizeof *limits, err);
    double *grid = tjac_alloc(tjac_grid_cells(c->grid), 2 * sizeof *grid, err);
    if (err->code || tjac_pigeonhole_run(c, o->bootstrap, o->alpha, o->seed, limits, err))
        goto done;
    for (size_t k = 0; k < j->kds.n; k++) {
        score_pairs(c, k, &out[k]);
        score_blocks(c, k, grid, grid + tjac_grid_cells(c->grid), &out[k]);
        put_limits(&limits[k], o->alpha, &out[k]);
        out[k].score = score_of(&out[k], o->score);
        if (!tjac_j_panel_counts(j, k))
            control = out[k].score;
    }
    for (size_t k = 0; k < j->kds.n; k++)
        out[k].delta_control = out[k].score - control;
    (void)!rank_scores(j, out, err);
done:
    free(limits);
    free(grid);
    return err->code;
}

/* ---- without a gene ---- */

/* Room for what is left out, the blocks without it, and their cells. */
typedef struct {
    unsigned char *left_out;
    tjac_crossed_block *block;
    double *grid;
} room;

static void route_without(const tjac_crossed *c, int role, size_t gene, const room *r,
                          double *routing)
{
    const tjac_j_panel *j = c->panel;
    for (size_t i = 0; i < j->n_pairs; i++)
        r->left_out[i] = j->pair[i].own[role] == gene;
    tjac_crossed_without(c, r->left_out, r->block);
    for (size_t k = 0; k < j->kds.n; k++)
        routing[k] =
            tjac_crossed_s(c, r->block, k, r->grid) ? tjac_grid_routing(r->grid, c->grid) : NAN;
}

/* The genes of the pathway in one role: marks them in of[] and returns how many. */
static size_t find_genes(const tjac_j_panel *j, int role, unsigned char *of)
{
    size_t n = 0;
    for (size_t i = 0; i < j->n_pairs; i++) {
        size_t gene = j->pair[i].own[role];
        if (j->pair[i].kind != TJAC_PAIR_PATHWAY || of[gene])
            continue;
        of[gene] = 1;
        n++;
    }
    return n;
}

tjac_code tjac_scores_without_genes(const tjac_crossed *c, double **routing, size_t *n_genes,
                                    tjac_err *err)
{
    const tjac_j_panel *j = c->panel;
    const size_t names[2] = {j->regulators.n, j->targets.n};
    unsigned char *of[2] = {tjac_alloc(names[0], 1, err), tjac_alloc(names[1], 1, err)};
    room r = {tjac_alloc(j->n_pairs, 1, err),
              tjac_alloc(j->kds.n, c->n_blocks * sizeof *r.block, err),
              tjac_alloc(tjac_grid_cells(c->grid), sizeof *r.grid, err)};
    double *out = NULL;
    size_t n[2] = {0, 0}, done = 0;
    if (err->code)
        goto done;
    for (int role = 0; role < 2; role++)
        n[role] = find_genes(j, role, of[role]);
    if (!(out = tjac_alloc(n[0] + n[1], (j->kds.n + 1) * sizeof *out, err)))
        goto done;
    for (int role = 0; role < 2; role++)
        for (size_t g = 0; n[role] > 1 && g < names[role]; g++)
            if (of[role][g])
                route_without(c, role, g, &r, out + done++ * j->kds.n);
    *routing = out;
    *n_genes = done;
done:
    free(of[0]);
    free(of[1]);
    free(r.left_out);
    free(r.block);
    free(r.grid);
    return err->code;
}
