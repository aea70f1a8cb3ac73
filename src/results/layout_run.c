/* The layout of a run from its plan. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "results/jfile.h"

static tjac_code add_genes(const tjac_plan *p, tjac_layout_model *m, tjac_err *err)
{
    for (size_t i = 0; i < p->n_regulators; i++)
        if (tjac_names_add(&m->regulators, p->names->inputs->name[p->regulator[i]], err))
            return err->code;
    for (size_t i = 0; i < p->n_targets; i++)
        if (tjac_names_add(&m->targets, p->names->outputs->name[p->target[i]], err))
            return err->code;
    return TJAC_OK;
}

static tjac_code add_pairs(const tjac_plan *p, tjac_layout_model *m, tjac_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_panels; i++)
        n += p->panel[i].n_rows;
    if (!(m->pair = tjac_alloc(n, sizeof *m->pair, err)))
        return err->code;
    m->n_columns = p->n_pairs;
    for (size_t i = 0; i < p->n_panels; i++)
        for (size_t k = 0; k < p->panel[i].n_rows; k++) {
            const tjac_plan_row *row = &p->panel[i].row[k];
            const tjac_plan_pair *pair = &p->pair[row->pair];
            m->pair[m->n_pairs++] = (tjac_layout_pair){.panel = i,
                                                       .kind = row->kind,
                                                       .row = row->row,
                                                       .col = row->col,
                                                       .regulator = pair->regulator,
                                                       .target = pair->target,
                                                       .column = row->pair};
        }
    return tjac_layout_settle(m, p->n_panels, err);
}

static tjac_code add_cells(const tjac_plan *p, const char *cell_type, const tjac_range *range,
                           tjac_layout_cells *cells, tjac_err *err)
{
    size_t first = range ? range->first : 0, last = range ? range->last : p->n_kds;
    cells->of = p->n_kds;
    if (!(cells->cell_type = tjac_strdup(cell_type, err)) ||
        !(cells->at = tjac_alloc(last - first, sizeof *cells->at, err)))
        return err->code;
    for (size_t k = first; k < last; k++) {
        cells->at[k - first] = k;
        if (tjac_names_add(&cells->kds, p->names->kds->name[p->kd[k]], err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code add_draw(const tjac_run *run, tjac_layout *l, tjac_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < run->blocks.n_panels; i++)
        n += run->blocks.panel[i].n_genes;
    if (!(l->draw = tjac_alloc(n, sizeof *l->draw, err)))
        return err->code;
    for (size_t i = 0; i < run->blocks.n_panels; i++)
        for (size_t k = 0; k < run->blocks.panel[i].n_genes; k++) {
            const tjac_blocks_gene *from = &run->blocks.panel[i].gene[k];
            tjac_layout_draw *to = &l->draw[l->n_draws++];
            *to = (tjac_layout_draw){.panel = i,
                                     .target = from->target,
                                     .block = (int)from->block,
                                     .expression = {from->expression[0], from->expression[1]},
                                     .window = (int)from->window};
            if (tjac_names_put(&l->genes, from->gene, &to->gene[0], err) ||
                tjac_names_put(&l->genes, from->drawn, &to->gene[1], err))
                return err->code;
        }
    return TJAC_OK;
}

static tjac_code add_model(const tjac_run_model *from, const tjac_range *range,
                           tjac_layout_model *m, tjac_err *err)
{
    const tjac_input *in = &from->input;
    m->shuffled = in->model->shuffled;
    m->shuffle = in->model->shuffle;
    if (!(m->name = tjac_strdup(in->name, err)) || !(m->control = tjac_strdup(in->control, err)) ||
        add_genes(&from->plan, m, err) || add_pairs(&from->plan, m, err) ||
        !(m->cells = tjac_alloc(in->n_blocks, sizeof *m->cells, err)))
        return err->code;
    for (; m->n_cells < in->n_blocks; m->n_cells++)
        if (add_cells(&from->plan, in->block[m->n_cells].cell_type,
                      range ? &range[m->n_cells] : NULL, &m->cells[m->n_cells], err)) {
            m->n_cells++;
            return err->code;
        }
    return TJAC_OK;
}

tjac_code tjac_layout_of_run(const tjac_config *config, const tjac_run *run,
                             const tjac_range *range, tjac_layout *out, tjac_err *err)
{
    tjac_layout l = {.n_estimands = config->n_estimands};
    memcpy(l.estimand, config->estimand, sizeof l.estimand);
    if (!(l.model = tjac_alloc(run->n_models, sizeof *l.model, err)))
        return err->code;
    for (size_t i = 0; i < config->n_panels && !err->code; i++)
        if (tjac_names_add(&l.panels, config->panel[i].name, err))
            break;
    for (; l.n_models < run->n_models && !err->code; l.n_models++) {
        (void)!add_model(&run->model[l.n_models], range, &l.model[l.n_models], err);
        if (range)
            range += run->model[l.n_models].input.n_blocks;
    }
    if (err->code || add_draw(run, &l, err))
        tjac_layout_free(&l);
    else
        *out = l;
    return err->code;
}
