#include "stats/panel_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/profiles.h"

/* What a panel's rows are made with. */
typedef struct {
    const tjac_panel_numbers *of;
    const tjac_config_stats *options;
    const tjac_j_panel *panel;
    size_t kds, cells;
    unsigned char *group;  /* [kds] 0: none, else one of the two below */
    unsigned char *member; /* [kds] room */
    double *value;         /* [kds] room */
    double *x, *y;         /* [kds] the two groups */
    double *grid, *E, *I;  /* [cells] */
    double *without;       /* [n_genes][kds] routing without a gene */
    size_t n_genes;
    tjac_err *err;
} maker;

enum { PATHWAY = 1, REFERENCE = 2 };

const char *tjac_reference_name(int reference)
{
    return reference < 0 ? "NA" : tjac_kd_class_name((tjac_kd_class)reference);
}

/* ---- groups ---- */

static void find_groups(maker *m, tjac_panel_stat *row)
{
    const tjac_crossed *c = m->of->crossed;
    for (size_t k = 0; k < m->kds; k++) {
        int class = (int)m->panel->kd_class[k];
        bool scored = isfinite(m->of->score[k].routing);
        m->group[k] = !scored                    ? 0
                      : class == TJAC_KD_PATHWAY ? PATHWAY
                      : class == row->reference  ? REFERENCE
                                                 : 0;
        row->n_pathway_kds += m->group[k] == PATHWAY;
        row->n_reference_kds += m->group[k] == REFERENCE;
        if (m->group[k])
            row->n_floored[m->group[k] == REFERENCE] += c->score[k * c->n_blocks].floored;
    }
}

/* The values of the two groups that are numbers. */
static void split(const maker *m, const double *value, size_t *n1, size_t *n2)
{
    *n1 = *n2 = 0;
    for (size_t k = 0; k < m->kds; k++)
        if (isfinite(value[k]) && m->group[k] == PATHWAY)
            m->x[(*n1)++] = value[k];
        else if (isfinite(value[k]) && m->group[k] == REFERENCE)
            m->y[(*n2)++] = value[k];
}

/* mean x - mean y; NaN where a group is empty. */
static double contrast(const maker *m, const double *value)
{
    size_t n1, n2;
    split(m, value, &n1, &n2);
    return tjac_mean(m->x, n1) - tjac_mean(m->y, n2);
}

static tjac_code permute(maker *m, const double *value, tjac_permutation *out)
{
    const tjac_config_stats *o = m->options;
    size_t n1, n2;
    split(m, value, &n1, &n2);
    return tjac_permutation_test(m->x, n1, m->y, n2, o->permutations, o->two_sided, o->seed, out,
                                 m->err);
}

/* ---- labels of KDs ---- */

static tjac_code find_members(maker *m, size_t n1, size_t n2, tjac_panel_stat *row)
{
    size_t above = 0;
    double *sorted = tjac_alloc(n2, sizeof *sorted, m->err);
    if (!sorted)
        return m->err->code;
    memcpy(sorted, m->y, n2 * sizeof *sorted);
    tjac_sort(sorted, n2);
    double median = tjac_quantile_sorted(sorted, n2, 0.5);
    for (size_t i = 0; i < n1; i++)
        above += m->x[i] > median;
    row->members_elevated = (double)above / (double)n1;
    row->p_members = tjac_binomial_upper(above, n1);
    free(sorted);
    return TJAC_OK;
}

/* Smallest effect when one pathway KD is left out. */
static double leave_kd_out(const maker *m, size_t n1, size_t n2)
{
    double least = NAN, reference = tjac_mean(m->y, n2);
    for (size_t out = 0; n1 > 1 && out < n1; out++) {
        double sum = 0;
        for (size_t i = 0; i < n1; i++)
            sum += i == out ? 0 : m->x[i];
        least = fmin(least, sum / (double)(n1 - 1) - reference); /* fmin passes NaN over */
    }
    return least;
}

static double correlation_of(const maker *m, unsigned char group)
{
    for (size_t k = 0; k < m->kds; k++)
        m->member[k] = m->group[k] == group;
    return tjac_profiles_mean(m->of->correlation, m->kds, m->member);
}

static tjac_code test_routing(maker *m, tjac_panel_stat *row)
{
    const tjac_config_stats *o = m->options;
    const size_t n1 = row->n_pathway_kds, n2 = row->n_reference_kds;
    tjac_permutation t;
    tjac_welch welch;
    for (size_t k = 0; k < m->kds; k++)
        m->value[k] = m->of->score[k].routing;
    if (permute(m, m->value, &t) || /* leaves the groups in x and y */
        tjac_mann_whitney_test(m->x, n1, m->y, n2, o->two_sided, &row->mann_whitney, m->err) ||
        find_members(m, n1, n2, row))
        return m->err->code;
    row->effect = t.effect;
    row->p_kds = t.p;
    row->p_kds_min = t.p_min;
    tjac_point_biserial(m->x, n1, m->y, n2, &row->point_biserial_r, &row->p_r);
    row->loo_kd_min = leave_kd_out(m, n1, n2);
    row->kd_correlation = correlation_of(m, PATHWAY) - correlation_of(m, REFERENCE);
    tjac_welch_make(m->x, n1, m->y, n2, row->kd_correlation, o->alpha, &welch);
    row->effect_limits = welch.limits;
    row->p_vif = welch.p;
    row->mde80 = welch.mde80;
    return TJAC_OK;
}

static tjac_code test_others(maker *m, tjac_panel_stat *row)
{
    tjac_permutation t;
    for (size_t k = 0; k < m->kds; k++)
        m->value[k] = m->of->score[k].elevation;
    if (permute(m, m->value, &t))
        return m->err->code;
    row->p_elevation = t.p;
    for (size_t k = 0; k < m->kds; k++)
        m->value[k] = m->of->score[k].unrelated;
    if (permute(m, m->value, &t))
        return m->err->code;
    row->unrelated_effect = t.effect;
    row->p_unrelated = t.p;
    for (size_t k = 0; k < m->kds; k++)
        m->value[k] = m->of->score[k].score;
    if (permute(m, m->value, &t))
        return m->err->code;
    row->score_effect = t.effect;
    row->p_score = t.p;
    return TJAC_OK;
}

/* ---- blocks ---- */

/* E of s, or of the means of n: m->E. */
static void find_E(maker *m, const tjac_panel_stat *row, bool scaled)
{
    const tjac_crossed *c = m->of->crossed;
    memset(m->E, 0, m->cells * sizeof *m->E);
    for (size_t k = 0; k < m->kds; k++) {
        if (m->group[k] == 0)
            continue;
        double share = m->group[k] == PATHWAY ? 1 / (double)row->n_pathway_kds
                                              : -1 / (double)row->n_reference_kds;
        if (scaled)
            (void)tjac_crossed_n(c, c->score, k, m->grid);
        else
            (void)tjac_crossed_s(c, c->score, k, m->grid);
        for (size_t i = 0; i < m->cells; i++)
            m->E[i] += share * m->grid[i];
    }
}

/* (n - 1) / n times the squares of what the n drawn rows, or columns, do when left out. */
static double jackknife(const maker *m, bool target)
{
    tjac_grid g = m->of->crossed->grid;
    size_t n = (target ? g.cols : g.rows) - 1;
    double mean = 0, squares = 0;
    for (size_t b = 1; b <= n; b++)
        mean += tjac_grid_routing_without(m->E, g, target ? 0 : b, target ? b : 0) / (double)n;
    for (size_t b = 1; b <= n; b++) {
        double d = tjac_grid_routing_without(m->E, g, target ? 0 : b, target ? b : 0) - mean;
        squares += d * d;
    }
    return squares * (double)(n - 1) / (double)n;
}

static void test_blocks(maker *m, tjac_panel_stat *row)
{
    tjac_grid g = m->of->crossed->grid;
    size_t small = 0;
    find_E(m, row, true);
    tjac_grid_centre(m->E, g, m->I);
    row->routing_linear = m->I[0];
    find_E(m, row, false);
    tjac_grid_means means = tjac_grid_mean(m->E, g);
    row->pathway_effect = m->E[0];
    row->matched_effect = means.matched;
    row->elevation_effect = m->E[0] - means.matched;
    row->row_effect = means.row;
    row->col_effect = means.col;
    tjac_grid_centre(m->E, g, m->I);
    row->p_blocks = (double)tjac_grid_at_least(m->I, g) / (double)m->cells;
    row->z_blocks = tjac_grid_z(m->I, g);
    if (g.rows > 2 && g.cols > 2)
        row->block_se = sqrt(jackknife(m, false) + jackknife(m, true));
    for (size_t k = 0; k < m->kds; k++)
        small += m->group[k] == REFERENCE && m->of->score[k].p_blocks < m->options->alpha;
    row->p_blocks_ref = (double)small / (double)row->n_reference_kds;
}

/* ---- without a gene ---- */

/* Smallest effect without a gene; those that are undefined are passed over. */
static double smallest_without(const maker *m)
{
    double least = NAN;
    for (size_t g = 0; g < m->n_genes; g++)
        least = fmin(least, contrast(m, m->without + g * m->kds));
    return least;
}

/* ---- a row ---- */

static void clear_row(const maker *m, int reference, tjac_panel_stat *row)
{
    const tjac_grid g = m->of->crossed->grid;
    *row = (tjac_panel_stat){.panel = m->panel,
                             .reference = reference,
                             .n_rows = g.rows - 1,
                             .n_cols = g.cols - 1,
                             .effect_limits = {NAN, NAN},
                             .mann_whitney = {NAN, NAN, NAN, false},
                             .elevated = TJAC_UNKNOWN,
                             .specific = TJAC_UNKNOWN,
                             .consistent = TJAC_UNKNOWN,
                             .replicated = TJAC_UNKNOWN};
    double *const unknown[] = {&row->effect,
                               &row->pathway_effect,
                               &row->matched_effect,
                               &row->elevation_effect,
                               &row->row_effect,
                               &row->col_effect,
                               &row->routing_linear,
                               &row->p_kds,
                               &row->p_kds_min,
                               &row->p_blocks,
                               &row->p_blocks_min,
                               &row->p_blocks_ref,
                               &row->z_blocks,
                               &row->p_elevation,
                               &row->point_biserial_r,
                               &row->p_r,
                               &row->q,
                               &row->q_min,
                               &row->members_elevated,
                               &row->p_members,
                               &row->loo_kd_min,
                               &row->loo_gene_min,
                               &row->block_se,
                               &row->kd_correlation,
                               &row->p_vif,
                               &row->mde80,
                               &row->unrelated_effect,
                               &row->p_unrelated,
                               &row->score_effect,
                               &row->p_score};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        *unknown[i] = NAN;
}

static tjac_code make_row(maker *m, int reference, tjac_panel_stat *row)
{
    clear_row(m, reference, row);
    find_groups(m, row);
    row->p_blocks_min = tjac_grid_p_min(m->of->crossed->grid);
    row->p_kds_min = tjac_permutation_p_min(row->n_pathway_kds, row->n_reference_kds,
                                            m->options->permutations, m->options->two_sided);
    if (row->n_pathway_kds == 0 || row->n_reference_kds == 0)
        return TJAC_OK;
    if (test_routing(m, row) || test_others(m, row))
        return m->err->code;
    test_blocks(m, row);
    row->loo_gene_min = smallest_without(m);
    return TJAC_OK;
}

/* ---- a panel ---- */

static bool has_class(const tjac_j_panel *j, int class)
{
    for (size_t k = 0; k < j->kds.n; k++)
        if ((int)j->kd_class[k] == class)
            return true;
    return false;
}

static tjac_code maker_init(maker *m)
{
    m->group = tjac_alloc(m->kds, 1, m->err);
    m->member = tjac_alloc(m->kds, 1, m->err);
    m->value = tjac_alloc(m->kds, sizeof *m->value, m->err);
    m->x = tjac_alloc(m->kds, sizeof *m->x, m->err);
    m->y = tjac_alloc(m->kds, sizeof *m->y, m->err);
    m->grid = tjac_alloc(m->cells, sizeof *m->grid, m->err);
    m->E = tjac_alloc(m->cells, sizeof *m->E, m->err);
    m->I = tjac_alloc(m->cells, sizeof *m->I, m->err);
    if (m->err->code)
        return m->err->code;
    return tjac_scores_without_genes(m->of->crossed, &m->without, &m->n_genes, m->err);
}

static void maker_free(maker *m)
{
    free(m->group);
    free(m->member);
    free(m->value);
    free(m->x);
    free(m->y);
    free(m->grid);
    free(m->E);
    free(m->I);
    free(m->without);
}

static tjac_code add_row(maker *m, tjac_panel_stats *s, int reference)
{
    if (tjac_grow((void **)&s->row, &s->cap, s->n + 1, sizeof *s->row, m->err) ||
        make_row(m, reference, &s->row[s->n]))
        return m->err->code;
    s->n++;
    return TJAC_OK;
}

tjac_code tjac_panel_stats_add(tjac_panel_stats *s, const tjac_panel_numbers *of,
                               const tjac_config_stats *options, tjac_err *err)
{
    static const int references[] = {TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND};
    const tjac_j_panel *j = of->crossed->panel;
    const size_t before = s->n;
    maker m = {.of = of,
               .options = options,
               .panel = j,
               .kds = j->kds.n,
               .cells = tjac_grid_cells(of->crossed->grid),
               .err = err};
    if (maker_init(&m))
        goto done;
    for (size_t i = 0; i < 2; i++)
        if (has_class(j, references[i]) && add_row(&m, s, references[i]))
            goto done;
    if (s->n == before)
        (void)!add_row(&m, s, -1);
done:
    maker_free(&m);
    return err->code;
}

void tjac_panel_stats_free(tjac_panel_stats *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->row[i].reason);
    free(s->row);
    *s = (tjac_panel_stats){0};
}
