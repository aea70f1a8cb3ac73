#include "stats/scores.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/pigeonhole.h"

/* Sums over some pairs of a kind. */
typedef struct {
    size_t n;
    double sum, sum_abs;
} sums;

static void add(sums *s, double J)
{
    s->n++;
    s->sum += J;
    s->sum_abs += fabs(J);
}

static double over(double sum, size_t n)
{
    return n ? sum / (double)n : NAN;
}

/* NaN where one is 0 or undefined. */
static double log2_ratio(double a, double b)
{
    return a > 0 && b > 0 ? log2(a / b) : NAN;
}

static double score_of(tjac_score what, const sums *pathway, const sums *null)
{
    double a = over(pathway->sum, pathway->n), b = over(null->sum, null->n);
    if (what == TJAC_SCORE_DIFFERENCE)
        return a - b;
    if (what == TJAC_SCORE_RATIO)
        return b != 0 ? a / b : NAN;
    return log2_ratio(over(pathway->sum_abs, pathway->n), over(null->sum_abs, null->n));
}

/* ---- one KD ---- */

static const char *why_undefined(const tjac_kd_score *s, tjac_estimand estimand, tjac_score what)
{
    if (estimand == TJAC_PERT)
        return "pert has no regulator: every pair is the KD's own";
    if (s->n_pathway == 0)
        return "no pathway pair that is not the KD's own";
    if (s->n_null == 0)
        return "no null pairs";
    if (isnan(s->mean_pathway) || isnan(s->mean_null))
        return "a J of this KD is NA";
    if (what == TJAC_SCORE_RATIO)
        return "the mean J of the null pairs is 0";
    if (s->mean_abs_pathway == 0)
        return "J of every pathway pair is 0";
    return "J of every null pair is 0";
}

static void score_kd(const tjac_j_panel *b, size_t kd, tjac_score what, tjac_kd_score *s)
{
    sums kind[TJAC_N_PAIR_KINDS] = {{0, 0, 0}};
    size_t with_sign = 0, same = 0;
    const double *J = b->J + kd * b->n_pairs;
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        if (b->self[kd * b->n_pairs + i])
            continue;
        /* The panel's regulators on other targets, drawn or named. */
        add(&kind[p->kind == TJAC_PAIR_ROW ? TJAC_PAIR_UNRELATED_TARGET : p->kind], J[i]);
        if (p->kind == TJAC_PAIR_PATHWAY && p->sign != 0) {
            with_sign++;
            same += (p->sign > 0 && J[i] > 0) || (p->sign < 0 && J[i] < 0);
        }
    }
    const sums *pathway = &kind[TJAC_PAIR_PATHWAY], *null = &kind[TJAC_PAIR_MATCHED],
               *unrelated = &kind[TJAC_PAIR_UNRELATED_TARGET];
    *s = (tjac_kd_score){.n_pathway = pathway->n, .n_null = null->n, .n_unrelated = unrelated->n};
    s->mean_pathway = over(pathway->sum, pathway->n);
    s->mean_null = over(null->sum, null->n);
    s->mean_abs_pathway = over(pathway->sum_abs, pathway->n);
    s->mean_abs_null = over(null->sum_abs, null->n);
    s->mean_abs_unrelated = over(unrelated->sum_abs, unrelated->n);
    s->difference = s->mean_pathway - s->mean_null;
    s->ratio = s->mean_null != 0 ? s->mean_pathway / s->mean_null : NAN;
    s->log2_abs_ratio = log2_ratio(s->mean_abs_pathway, s->mean_abs_null);
    s->sign_concordance = isnan(s->mean_pathway) ? NAN : over((double)same, with_sign);
    s->score = score_of(what, pathway, null);
    s->delta_control = s->rank = s->quantile = NAN;
    s->ratio_bounded = -1;
    s->difference_limits = s->ratio_limits = (tjac_interval){NAN, NAN};
    s->reason = isnan(s->score) ? why_undefined(s, b->estimand, what) : NULL;
}

static void put_limits(const tjac_pigeonhole *p, double alpha, tjac_kd_score *s)
{
    double z = tjac_normal_quantile(1 - alpha / 2);
    s->difference_limits = (tjac_interval){p->difference_lo, p->difference_hi};
    if (isnan(s->ratio) || isnan(p->var_pathway))
        return;
    s->ratio_bounded = tjac_fieller(s->mean_pathway, s->mean_null, p->var_pathway, p->var_null,
                                    p->covariance, z, &s->ratio_limits);
}

/* ---- all KDs ---- */

static tjac_code rank_scores(const tjac_j_panel *b, tjac_kd_score *s, tjac_err *err)
{
    size_t n = 0;
    double *score = tjac_alloc(b->kds.n, sizeof *score, err);
    double *rank = tjac_alloc(b->kds.n, sizeof *rank, err);
    size_t *kd = tjac_alloc(b->kds.n, sizeof *kd, err);
    if (err->code)
        goto done;
    for (size_t k = 0; k < b->kds.n; k++)
        if (b->kd_class[k] != TJAC_KD_CONTROL && isfinite(s[k].score)) {
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

tjac_code tjac_scores_make(const tjac_j_panel *b, const tjac_config_stats *o, tjac_kd_score *out,
                           tjac_err *err)
{
    double control = NAN;
    tjac_pigeonhole *limits = tjac_alloc(b->kds.n, sizeof *limits, err);
    if (!limits || tjac_pigeonhole_run(b, o->bootstrap, o->alpha, o->seed, limits, err))
        goto done;
    for (size_t k = 0; k < b->kds.n; k++) {
        score_kd(b, k, o->score, &out[k]);
        put_limits(&limits[k], o->alpha, &out[k]);
        if (b->kd_class[k] == TJAC_KD_CONTROL)
            control = out[k].score;
    }
    for (size_t k = 0; k < b->kds.n; k++)
        out[k].delta_control = out[k].score - control;
    (void)!rank_scores(b, out, err);
done:
    free(limits);
    return err->code;
}

/* ---- without a gene ---- */

/* The genes of one role and the sums of their pairs, gene by gene. */
typedef struct {
    int target; /* which role */
    size_t n;   /* genes of the role in the block */
    size_t *left_out;
    size_t n_left_out; /* those that stand in pathway pairs */
    sums *sum[2];      /* [n] of pathway and null pairs */
} role;

static tjac_code role_init(const tjac_j_panel *b, int target, role *r, tjac_err *err)
{
    *r = (role){.target = target, .n = target ? b->targets.n : b->regulators.n};
    unsigned char *seen = tjac_alloc(r->n, 1, err);
    r->left_out = tjac_alloc(r->n, sizeof *r->left_out, err);
    r->sum[0] = tjac_alloc(r->n, sizeof(sums), err);
    r->sum[1] = tjac_alloc(r->n, sizeof(sums), err);
    for (size_t i = 0; i < b->n_pairs && !err->code; i++) {
        size_t g = target ? b->pair[i].target : b->pair[i].regulator;
        if (b->pair[i].kind == TJAC_PAIR_PATHWAY && !seen[g])
            seen[g] = 1;
    }
    for (size_t g = 0; g < r->n && !err->code; g++)
        if (seen[g])
            r->left_out[r->n_left_out++] = g;
    free(seen);
    return err->code;
}

static void role_free(role *r)
{
    free(r->left_out);
    free(r->sum[0]);
    free(r->sum[1]);
}

static void sum_genes(const tjac_j_panel *b, size_t kd, role *r)
{
    for (size_t g = 0; g < r->n; g++)
        r->sum[0][g] = r->sum[1][g] = (sums){0, 0, 0};
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        size_t at = kd * b->n_pairs + i;
        if ((p->kind == TJAC_PAIR_PATHWAY || p->kind == TJAC_PAIR_MATCHED) && !b->self[at])
            add(&r->sum[p->kind == TJAC_PAIR_MATCHED][r->target ? p->target : p->regulator],
                b->J[at]);
    }
}

/* Sums of all genes but one: added up, not subtracted, so that nothing cancels. */
static sums all_but(const sums *gene, size_t n, size_t but)
{
    sums s = {0, 0, 0};
    for (size_t g = 0; g < n; g++) {
        if (g == but)
            continue;
        s.n += gene[g].n;
        s.sum += gene[g].sum;
        s.sum_abs += gene[g].sum_abs;
    }
    return s;
}

static void score_without(const tjac_j_panel *b, role *r, tjac_score what, double *score)
{
    for (size_t kd = 0; kd < b->kds.n; kd++) {
        sum_genes(b, kd, r);
        for (size_t k = 0; k < r->n_left_out; k++) {
            sums pathway = all_but(r->sum[0], r->n, r->left_out[k]);
            sums null = all_but(r->sum[1], r->n, r->left_out[k]);
            score[k * b->kds.n + kd] = score_of(what, &pathway, &null);
        }
    }
}

tjac_code tjac_scores_leave_out(const tjac_j_panel *b, const tjac_config_stats *o, double **score,
                                size_t *n_genes, tjac_err *err)
{
    role regulators = {0}, targets = {0};
    double *out = NULL;
    if (role_init(b, 0, &regulators, err) || role_init(b, 1, &targets, err))
        goto done;
    size_t n = regulators.n_left_out + targets.n_left_out;
    if (!(out = tjac_alloc(n + 1, b->kds.n * sizeof *out, err)))
        goto done;
    score_without(b, &regulators, o->score, out);
    score_without(b, &targets, o->score, out + regulators.n_left_out * b->kds.n);
    *score = out;
    *n_genes = n;
done:
    role_free(&regulators);
    role_free(&targets);
    return err->code;
}
