#include "stats/jtable.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "results/rows.h"
#include "stats/jtable_parts.h"

void tjac_j_block_free(tjac_j_block *b)
{
    free(b->model);
    free(b->cell_type);
    free(b->panel);
    free(b->pair);
    free(b->kd_class);
    free(b->J);
    free(b->self);
    tjac_names_free(&b->regulators);
    tjac_names_free(&b->targets);
    tjac_names_free(&b->kds);
    *b = (tjac_j_block){0};
}

void tjac_j_table_free(tjac_j_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        tjac_j_block_free(&t->block[i]);
    free(t->block);
    tjac_names_free(&t->warnings);
    *t = (tjac_j_table){0};
}

/* ---- a block's pairs among its panel's ---- */

static size_t find_pair(const tjac_panel *panel, const tjac_index *pairs, const size_t genes[2])
{
    uint32_t hash = tjac_index_hash(pairs, genes, 2 * sizeof *genes);
    size_t step = 0;
    for (int64_t i; (i = tjac_index_next(pairs, hash, &step)) >= 0;)
        if (panel->pair[i].regulator == genes[0] && panel->pair[i].target == genes[1])
            return (size_t)i;
    return SIZE_MAX;
}

tjac_code tjac_j_block_match(const tjac_j_block *b, const tjac_panel *panel, size_t *at,
                             tjac_err *err)
{
    tjac_index pairs = {0};
    if (tjac_index_reserve(&pairs, panel->n_pairs, err))
        return err->code;
    for (size_t i = 0; i < panel->n_pairs; i++) {
        const size_t genes[] = {panel->pair[i].regulator, panel->pair[i].target};
        tjac_index_add(&pairs, tjac_index_hash(&pairs, genes, sizeof genes), i);
    }
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        at[i] = SIZE_MAX;
        if (p->kind != TJAC_PAIR_PATHWAY)
            continue;
        int64_t r = tjac_names_find(&panel->regulators, b->regulators.name[p->regulator]);
        int64_t t = tjac_names_find(&panel->targets, b->targets.name[p->target]);
        if (r >= 0 && t >= 0)
            at[i] = find_pair(panel, &pairs, (const size_t[]){(size_t)r, (size_t)t});
    }
    tjac_index_free(&pairs);
    return TJAC_OK;
}

tjac_code tjac_j_block_sign(tjac_j_block *b, const tjac_panel *panel, tjac_err *err)
{
    size_t *at = tjac_alloc(b->n_pairs, sizeof *at, err);
    if (at && !tjac_j_block_match(b, panel, at, err))
        for (size_t i = 0; i < b->n_pairs; i++)
            b->pair[i].sign = at[i] == SIZE_MAX ? 0 : panel->pair[at[i]].sign;
    free(at);
    return err->code;
}

/* ---- blocks from a finished run ---- */

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
    b->pair = tjac_alloc(n, sizeof *b->pair, m->err);
    for (size_t i = 0; i < n && !m->err->code; i++) {
        const tjac_plan_row *row = &panel->row[m->row[i]];
        const tjac_plan_pair *pair = &p->pair[row->pair];
        tjac_j_pair *out = &b->pair[b->n_pairs++];
        *out = (tjac_j_pair){.kind = row->kind};
        if (tjac_names_put(&b->regulators,
                           pert ? "" : p->names->inputs->name[p->regulator[pair->regulator]],
                           &out->regulator, m->err) ||
            tjac_names_put(&b->targets, p->names->outputs->name[p->target[pair->target]],
                           &out->target, m->err))
            break;
    }
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
