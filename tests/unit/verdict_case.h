/* verdict_case.h: rows of panel_stats.csv that are made up, and what makes them less than positive.
 */
#ifndef TJAC_VERDICT_CASE_H
#define TJAC_VERDICT_CASE_H

#include "blocks_case.h"
#include "stats/verdict.h"

enum { MOST = 8 };

typedef struct {
    tjac_j_panel panel[MOST];
    tjac_panel_stats stats;
    tjac_config_stats options;
} fixture;

static inline void setup(fixture *f)
{
    tjac_err err = {0};
    *f = (fixture){.options = {.permutations = 9999, .alpha = 0.05, .min_effect = 0.263}};
    if (!(f->stats.row = tjac_alloc(MOST, sizeof *f->stats.row, &err)))
        abort();
}

static inline char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* A row, of a panel of its own, that is positive by itself: 4 pathway KDs against 4, of 10 x 10
 * blocks. J is 1. */
static inline tjac_panel_stat *add(fixture *f, const char *model, const char *panel)
{
    const size_t i = f->stats.n++;
    tjac_j_panel *j = &f->panel[i];
    panel_case_make(j, (panel_shape){1, 1, 1, 1, 9});
    blocks_case_name(j, (panel_shape){1, 1, 1, 1, 9}, 1);
    j->n_pairs = 4; /* not yet the one with the named target */
    blocks_case_classes(j, "ppppuuuuc");
    for (size_t k = 0; k < 9 * 5; k++)
        j->J[k] = 1;
    j->model = text(model);
    j->panel = text(panel);
    j->cell_type = text("hep");
    j->estimand = TJAC_SET_MEAN;
    f->stats.row[i] = (tjac_panel_stat){.panel = j,
                                        .reference = TJAC_KD_UNRELATED,
                                        .n_pathway_kds = 4,
                                        .n_reference_kds = 4,
                                        .n_rows = 10,
                                        .n_cols = 10,
                                        .effect = 2,
                                        .effect_limits = {1, 3},
                                        .pathway_effect = 2.5,
                                        .matched_effect = 0.25,
                                        .elevation_effect = 2.25,
                                        .row_effect = 0.375,
                                        .col_effect = 0.375,
                                        .routing_linear = 1,
                                        .p_kds = 0.02,
                                        .p_kds_min = 0.01,
                                        .p_blocks = 0.01,
                                        .p_blocks_min = 0.0075,
                                        .p_elevation = 0.02,
                                        .q = NAN,
                                        .q_min = NAN,
                                        .members_elevated = 1,
                                        .loo_kd_min = 1.5,
                                        .loo_gene_min = 1.25,
                                        .kd_correlation = 0.1,
                                        .p_vif = 0.03,
                                        .unrelated_effect = NAN,
                                        .p_unrelated = NAN,
                                        .elevated = TJAC_UNKNOWN,
                                        .specific = TJAC_UNKNOWN,
                                        .consistent = TJAC_UNKNOWN,
                                        .replicated = TJAC_UNKNOWN};
    return &f->stats.row[i];
}

static inline void run(test *t, fixture *f)
{
    tjac_err err = {0};
    CHECK_OK(t, tjac_verdict_all(&f->stats, &f->options, &err), &err);
}

static inline void teardown(fixture *f)
{
    for (size_t i = 0; i < f->stats.n; i++)
        panel_case_free(&f->panel[i]);
    tjac_panel_stats_free(&f->stats);
}

static inline void check(test *t, const fixture *f, size_t row, tjac_verdict verdict,
                         const char *reason)
{
    const tjac_panel_stat *r = &f->stats.row[row];
    CHECK_STRING(t, tjac_verdict_name(r->verdict), tjac_verdict_name(verdict));
    CHECK_STRING(t, r->reason, reason);
}

/* ---- one thing that is wrong with a row ---- */

static inline void no_change(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    (void)r;
}

static inline void floored_pathway(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->n_floored[0] = 3;
    r->n_floored[1] = 1;
}

static inline void few_kds(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_kds_min = r->p_kds = 0.05; /* the limit itself */
    r->n_pathway_kds = r->n_reference_kds = 3;
}

static inline void few_blocks(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_blocks_min = 1.0 / 16;
    r->n_rows = r->n_cols = 3;
}

static inline void low(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->elevation_effect = 0.26;
}

static inline void logarithm(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->routing_linear = 0;
}

static inline void regulators_act(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->row_effect = 1.75;
    r->col_effect = 1.5;
    r->effect = 0.25;
}

static inline void few_members(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->members_elevated = 0.5;
}

#endif
