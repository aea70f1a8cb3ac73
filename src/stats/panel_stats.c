#include "stats/panel_stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/verdict.h"

/* What a row is made from. */
typedef struct {
    const tjac_j_table *table;
    tjac_kd_score *const *score;
    const tjac_config_stats *options;
    double *x, *y; /* room for the two groups */
    tjac_err *err;
} maker;

/* ---- groups ---- */

static bool has_class(const tjac_j_panel *b, int class)
{
    for (size_t k = 0; k < b->kds.n; k++)
        if ((int)b->kd_class[k] == class)
            return true;
    return false;
}

/* The values of the pathway KDs and of the reference KDs that are defined. */
static void split(const maker *m, const tjac_j_panel *b, int reference, const double *value,
                  size_t *n1, size_t *n2)
{
    *n1 = *n2 = 0;
    for (size_t k = 0; k < b->kds.n; k++) {
        if (!isfinite(value[k]))
            continue;
        if (b->kd_class[k] == TJAC_KD_PATHWAY)
            m->x[(*n1)++] = value[k];
        else if ((int)b->kd_class[k] == reference)
            m->y[(*n2)++] = value[k];
    }
}

/* mean x - mean y; NaN where a group is empty. */
static double contrast(const maker *m, size_t n1, size_t n2)
{
    return tjac_mean(m->x, n1) - tjac_mean(m->y, n2);
}

/* log2 mean|J| of the KDs that have a score; NaN where one of them has a mean of 0. */
static double contrast_of(const tjac_j_panel *b, const tjac_kd_score *s, int reference, bool null)
{
    double sum[2] = {0, 0};
    size_t n[2] = {0, 0};
    for (size_t k = 0; k < b->kds.n; k++) {
        bool pathway = b->kd_class[k] == TJAC_KD_PATHWAY;
        double mean = null ? s[k].mean_abs_null : s[k].mean_abs_pathway;
        if (!isfinite(s[k].score) || (!pathway && (int)b->kd_class[k] != reference))
            continue;
        sum[pathway] += mean > 0 ? log2(mean) : NAN;
        n[pathway]++;
    }
    return n[0] && n[1] ? sum[1] / (double)n[1] - sum[0] / (double)n[0] : NAN;
}

/* ---- criteria's numbers ---- */

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

/* Smallest effect when one regulator or target is left out; the groups are overwritten. */
static double leave_gene_out(const maker *m, const tjac_j_panel *b, int reference,
                             const double *score, size_t n_genes)
{
    double least = NAN;
    for (size_t g = 0; g < n_genes; g++) {
        size_t n1, n2;
        split(m, b, reference, score + g * b->kds.n, &n1, &n2);
        least = fmin(least, contrast(m, n1, n2));
    }
    return least;
}

static tjac_code find_specificity(maker *m, const tjac_j_panel *b, const tjac_kd_score *s,
                                  tjac_panel_stat *row)
{
    const tjac_config_stats *o = m->options;
    size_t n1, n2;
    tjac_permutation t;
    double *value = tjac_alloc(b->kds.n, sizeof *value, m->err);
    if (!value)
        return m->err->code;
    for (size_t k = 0; k < b->kds.n; k++) {
        double a = s[k].mean_abs_pathway, u = s[k].mean_abs_unrelated;
        value[k] = a > 0 && u > 0 ? log2(a / u) : NAN;
    }
    split(m, b, row->reference, value, &n1, &n2);
    free(value);
    if (tjac_permutation_test(m->x, n1, m->y, n2, o->permutations, o->two_sided, o->seed, &t,
                              m->err))
        return m->err->code;
    row->specificity = t.effect;
    row->p_specificity = t.p;
    return TJAC_OK;
}

/* ---- a row ---- */

static void clear_row(const tjac_j_panel *b, int reference, tjac_panel_stat *row)
{
    *row = (tjac_panel_stat){.block = b,
                             .reference = reference,
                             .mean_pathway_kds = NAN,
                             .mean_reference_kds = NAN,
                             .test = {NAN, NAN, NAN, false},
                             .effect_limits = {NAN, NAN},
                             .effect_pathway = NAN,
                             .effect_null = NAN,
                             .mann_whitney = {NAN, NAN, NAN, false},
                             .point_biserial_r = NAN,
                             .p_r = NAN,
                             .q = NAN,
                             .members_elevated = NAN,
                             .loo_effect_min = NAN,
                             .loo_pair_effect_min = NAN,
                             .specificity = NAN,
                             .p_specificity = NAN,
                             .q_specificity = NAN,
                             .elevated = TJAC_UNKNOWN,
                             .consistent = TJAC_UNKNOWN,
                             .specific = TJAC_UNKNOWN,
                             .replicated = TJAC_UNKNOWN};
}

static tjac_code test_groups(maker *m, const tjac_j_panel *b, const tjac_kd_score *s,
                             tjac_panel_stat *row)
{
    const tjac_config_stats *o = m->options;
    size_t n1 = row->n_pathway_kds, n2 = row->n_reference_kds;
    row->mean_pathway_kds = tjac_mean(m->x, n1);
    row->mean_reference_kds = tjac_mean(m->y, n2);
    if (n1 == 0 || n2 == 0)
        return TJAC_OK;
    if (tjac_permutation_test(m->x, n1, m->y, n2, o->permutations, o->two_sided, o->seed,
                              &row->test, m->err) ||
        tjac_bootstrap_effect(m->x, n1, m->y, n2, o->bootstrap, o->alpha, o->seed,
                              &row->effect_limits, m->err) ||
        tjac_mann_whitney_test(m->x, n1, m->y, n2, o->two_sided, &row->mann_whitney, m->err) ||
        find_members(m, n1, n2, row))
        return m->err->code;
    tjac_point_biserial(m->x, n1, m->y, n2, &row->point_biserial_r, &row->p_r);
    row->loo_effect_min = leave_kd_out(m, n1, n2);
    row->effect_pathway = contrast_of(b, s, row->reference, false);
    row->effect_null = contrast_of(b, s, row->reference, true);
    return find_specificity(m, b, s, row);
}

static tjac_code make_row(maker *m, size_t block, int reference, const double *left_out,
                          size_t n_genes, tjac_panel_stat *row)
{
    const tjac_j_panel *b = &m->table->panel[block];
    const tjac_kd_score *s = m->score[block];
    clear_row(b, reference, row);
    double *score = tjac_alloc(b->kds.n, sizeof *score, m->err);
    if (!score)
        return m->err->code;
    for (size_t k = 0; k < b->kds.n; k++)
        score[k] = s[k].score;
    split(m, b, reference, score, &row->n_pathway_kds, &row->n_reference_kds);
    free(score);
    if (test_groups(m, b, s, row))
        return m->err->code;
    row->loo_pair_effect_min = leave_gene_out(m, b, reference, left_out, n_genes);
    return TJAC_OK;
}

/* Rows of a block: a reference each, or one without. */
static tjac_code make_block(maker *m, size_t block, tjac_panel_stats *out, size_t *cap)
{
    static const int references[] = {TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND};
    const tjac_j_panel *b = &m->table->panel[block];
    double *left_out = NULL;
    size_t n_genes = 0, before = out->n;
    if (tjac_grow((void **)&out->row, cap, out->n + 2, sizeof *out->row, m->err) ||
        tjac_scores_leave_out(b, m->options, &left_out, &n_genes, m->err))
        return m->err->code;
    for (size_t i = 0; i < 2 && !m->err->code; i++)
        if (has_class(b, references[i]) &&
            !make_row(m, block, references[i], left_out, n_genes, &out->row[out->n]))
            out->n++;
    if (!m->err->code && out->n == before &&
        !make_row(m, block, -1, left_out, n_genes, &out->row[out->n]))
        out->n++;
    free(left_out);
    return m->err->code;
}

/* ---- false discovery ---- */

static bool in_family(const tjac_panel_stat *row, const tjac_panel_stat *of, double alpha)
{
    return row->block->estimand == of->block->estimand && row->reference == of->reference &&
           row->test.p_min < alpha; /* false where it is NaN */
}

/* q of one family of rows, those like `of`: an estimand and a reference. */
static tjac_code adjust(tjac_panel_stats *s, const tjac_panel_stat *of, double alpha, double *p,
                        double *q, tjac_err *err)
{
    for (int specific = 0; specific < 2; specific++) {
        for (size_t i = 0; i < s->n; i++)
            p[i] = !in_family(&s->row[i], of, alpha) ? NAN
                   : specific                        ? s->row[i].p_specificity
                                                     : s->row[i].test.p;
        if (tjac_false_discovery(p, s->n, q, err))
            return err->code;
        for (size_t i = 0; i < s->n; i++)
            if (in_family(&s->row[i], of, alpha))
                *(specific ? &s->row[i].q_specificity : &s->row[i].q) = q[i];
    }
    return TJAC_OK;
}

static tjac_code adjust_all(tjac_panel_stats *s, double alpha, tjac_err *err)
{
    double *p = tjac_alloc(s->n, sizeof *p, err), *q = tjac_alloc(s->n, sizeof *q, err);
    for (size_t i = 0; i < s->n && !err->code; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && (s->row[k].block->estimand != s->row[i].block->estimand ||
                              s->row[k].reference != s->row[i].reference);
        if (first)
            (void)!adjust(s, &s->row[i], alpha, p, q, err);
    }
    free(p);
    free(q);
    return err->code;
}

/* ---- the whole ---- */

tjac_code tjac_panel_stats_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                const tjac_config_stats *options, tjac_panel_stats *out,
                                tjac_err *err)
{
    tjac_panel_stats s = {0};
    size_t cap = 0, most = 0;
    for (size_t b = 0; b < table->n; b++)
        most = table->panel[b].kds.n > most ? table->panel[b].kds.n : most;
    maker m = {table, score, options, NULL, NULL, err};
    m.x = tjac_alloc(most, sizeof *m.x, err);
    m.y = tjac_alloc(most, sizeof *m.y, err);
    for (size_t b = 0; b < table->n && !err->code; b++)
        (void)!make_block(&m, b, &s, &cap);
    if (!err->code && !adjust_all(&s, options->alpha, err))
        (void)!tjac_verdict_all(&s, table, score, options, err);
    free(m.x);
    free(m.y);
    if (err->code)
        tjac_panel_stats_free(&s);
    else
        *out = s;
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
