#include <stdlib.h>
#include "base/alloc.h"
#include "base/output.h"
#include "report/report.h"
#include "results/rows.h"

/* The rows of one (block, panel, estimand, KD). */
typedef struct {
    const tjac_run_model *model;
    const tjac_block *block;
    const tjac_results *results;
    const tjac_plan_panel *panel;
    tjac_estimand estimand;
    size_t e, kd; /* positions of the estimand and the KD */
} rows;

static void write_row(FILE *f, const rows *w, const tjac_plan_row *row)
{
    const tjac_plan *p = &w->model->plan;
    const tjac_plan_pair *pair = &p->pair[row->pair];
    size_t at = tjac_results_at(w->results, w->e, w->kd, row->pair);
    char number[32];
    const char *text[] = {w->model->input.name,
                          w->block->cell_type,
                          tjac_estimand_name(w->estimand),
                          w->panel->name,
                          tjac_pair_kind_name(row->kind),
                          p->names->kds->name[p->kd[w->kd]],
                          tjac_kd_class_name(w->panel->kd_class[w->kd]),
                          tjac_rows_regulator(p, w->estimand, w->kd, row->pair),
                          p->names->outputs->name[p->target[pair->target]]};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        tjac_output_field(f, text[i]);
        fputc(',', f);
    }
    fprintf(f, "%s,", tjac_output_number(w->results->J[at], number));
    fprintf(f, "%s,", tjac_output_number(w->results->se[at], number));
    fprintf(f, "%s,",
            tjac_output_number(w->results->active[w->kd * p->n_targets + pair->target], number));
    fprintf(f, "%d\n", tjac_rows_self(p, w->estimand, w->kd, row->pair));
}

static tjac_code write_panel(FILE *f, const tjac_config *c, rows *w, tjac_err *err)
{
    size_t *row = tjac_alloc(w->panel->n_rows, sizeof *row, err);
    for (w->e = 0; row && w->e < c->n_estimands; w->e++) {
        w->estimand = c->estimand[w->e];
        size_t n = tjac_rows_of(w->panel, w->estimand, row);
        for (w->kd = 0; w->kd < w->model->plan.n_kds; w->kd++)
            for (size_t i = 0; i < n; i++)
                write_row(f, w, &w->panel->row[row[i]]);
    }
    free(row);
    return err->code;
}

tjac_code tjac_report_j(FILE *file, const tjac_config *c, const tjac_run *run, tjac_err *err)
{
    fputs("model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self\n",
          file);
    for (size_t m = 0; m < run->n_models; m++)
        for (size_t b = 0; b < run->model[m].input.n_blocks; b++)
            for (size_t i = 0; i < run->model[m].plan.n_panels; i++) {
                rows w = {.model = &run->model[m]};
                w.block = &w.model->input.block[b];
                w.results = &w.model->results[b];
                w.panel = &w.model->plan.panel[i];
                if (write_panel(file, c, &w, err))
                    return err->code;
            }
    return TJAC_OK;
}
