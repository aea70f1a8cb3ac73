/* Blocks from a finished run: what report_j.c writes and jtable_read.c reads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "results/rows.h"
#include "stats/jtable_parts.h"

typedef struct {
    const tjac_config *config;
    const tjac_panels *panels;
    const tjac_run_model *model;
    const tjac_results *results;
    size_t panel, e; /* positions of the panel and the estimand */
    size_t *row;     /* rows of the plan's panel that make a pair, [n_pairs] */
    tjac_err *err;
} maker;

/* The pairs of the block; of pert, which has no regulator, "" to the target. */
static tjac_code make_pairs(maker *m, tjac_j_block *b)
{
    const tjac_plan *p = &m->model->plan;
    const tjac_plan_panel *panel = &p->panel[m->panel];
    bool pert = b->estimand == TJAC_PERT;
    size_t n = tjac_rows_of(panel, b->estimand, m->row);
    size_t *regulator = tjac_alloc_unknown(p->n_regulators + 1, m->err);
    size_t *target = tjac_alloc_unknown(p->n_targets, m->err);
    b->pair = tjac_alloc(n, sizeof *b->pair, m->err);
    for (size_t i = 0; i < n && !m->err->code; i++) {
        const tjac_plan_row *row = &panel->row[m->row[i]];
        const tjac_plan_pair *pair = &p->pair[row->pair];
        size_t r = pert ? p->n_regulators : pair->regulator;
        tjac_j_pair *out = &b->pair[b->n_pairs++];
        *out = (tjac_j_pair){.kind = row->kind};
        if (tjac_names_place(&b->regulators, &regulator[r],
                             pert ? "" : p->names->inputs->name[p->regulator[pair->regulator]],
                             &out->regulator, m->err) ||
            tjac_names_place(&b->targets, &target[pair->target],
                             p->names->outputs->name[p->target[pair->target]], &out->target,
                             m->err))
            break;
    }
    free(regulator);
    free(target);
    return m->err->code;
}

static tjac_code make_kds(maker *m, tjac_j_block *b)
{
    const tjac_plan *p = &m->model->plan;
    if (!(b->kd_class = tjac_alloc(p->n_kds, sizeof *b->kd_class, m->err)))
        return m->err->code;
    for (size_t k = 0; k < p->n_kds; k++) {
        b->kd_class[k] = p->panel[m->panel].kd_class[k];
        if (tjac_names_add(&b->kds, p->names->kds->name[p->kd[k]], m->err))
            return m->err->code;
    }
    return TJAC_OK;
}

static tjac_code make_numbers(maker *m, tjac_j_block *b)
{
    const tjac_plan *p = &m->model->plan;
    const tjac_plan_panel *panel = &p->panel[m->panel];
    b->J = tjac_alloc(b->kds.n, (b->n_pairs + 1) * sizeof *b->J, m->err);
    b->self = tjac_alloc(b->kds.n, b->n_pairs + 1, m->err);
    for (size_t k = 0; k < b->kds.n && !m->err->code; k++)
        for (size_t i = 0; i < b->n_pairs; i++) {
            size_t pair = panel->row[m->row[i]].pair, at = k * b->n_pairs + i;
            double J = m->results->J[tjac_results_at(m->results, m->e, k, pair)];
            b->J[at] = isfinite(J) ? J : NAN; /* j.csv has NA */
            b->self[at] = tjac_rows_self(p, b->estimand, k, pair);
        }
    return m->err->code;
}

static tjac_code make_block(maker *m, const tjac_block *cells, tjac_j_block *b)
{
    const tjac_panel *panel = &m->panels->panel[m->panel];
    *b = (tjac_j_block){.panel_index = m->panel, .estimand = m->config->estimand[m->e]};
    if (!(b->model = tjac_strdup(m->model->input.name, m->err)) ||
        !(b->cell_type = tjac_strdup(cells->cell_type, m->err)) ||
        !(b->panel = tjac_strdup(panel->name, m->err)) ||
        !(m->row = tjac_alloc(m->model->plan.panel[m->panel].n_rows, sizeof *m->row, m->err)))
        return m->err->code;
    if (!make_pairs(m, b) && !make_kds(m, b) && !make_numbers(m, b))
        (void)!tjac_j_block_sign(b, panel, m->err);
    free(m->row);
    return m->err->code;
}

tjac_code tjac_j_table_make(const tjac_config *config, const tjac_run *run, tjac_j_table *out,
                            tjac_err *err)
{
    tjac_j_table t = {0};
    size_t n = 0;
    for (size_t i = 0; i < run->n_models; i++)
        n += run->model[i].input.n_blocks * run->panels.n * config->n_estimands;
    if (!(t.block = tjac_alloc(n, sizeof *t.block, err)))
        return err->code;
    maker m = {.config = config, .panels = &run->panels, .err = err};
    for (size_t i = 0; i < run->n_models; i++)
        for (size_t c = 0; c < run->model[i].input.n_blocks; c++)
            for (m.panel = 0; m.panel < run->panels.n; m.panel++)
                for (m.e = 0; m.e < config->n_estimands && !err->code; m.e++) {
                    m.model = &run->model[i];
                    m.results = &m.model->results[c];
                    (void)!make_block(&m, &m.model->input.block[c], &t.block[t.n++]);
                }
    if (err->code)
        tjac_j_table_free(&t);
    else
        *out = t;
    return err->code;
}
