#include <stdbool.h>
#include "base/output.h"
#include "report/report.h"

void tjac_report_j_header(FILE *file)
{
    fputs("model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self\n",
          file);
}

/* The rows of one (block, panel, estimand, KD). */
typedef struct {
    const tjac_report_model *model;
    const tjac_block *block;
    const tjac_results *results;
    const tjac_plan_panel *panel;
    tjac_estimand estimand;
    size_t e, kd; /* positions of the estimand and the KD */
} rows;

static void write_row(FILE *f, const rows *w, const tjac_plan_row *row)
{
    const tjac_plan *p = w->model->plan;
    const tjac_plan_pair *pair = &p->pair[row->pair];
    size_t at = tjac_results_at(w->results, w->e, w->kd, row->pair);
    const char *kd = p->names->kds->name[p->kd[w->kd]];
    bool of_kd = w->estimand == TJAC_PERT; /* the KD itself is what acts */
    char number[32];
    const char *text[] = {w->model->input->name,
                          w->block->cell_type,
                          tjac_estimand_name(w->estimand),
                          w->panel->name,
                          tjac_pair_kind_name(row->kind),
                          kd,
                          tjac_kd_class_name(w->panel->kd_class[w->kd]),
                          of_kd ? kd : p->names->inputs->name[p->regulator[pair->regulator]],
                          p->names->outputs->name[p->target[pair->target]]};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        tjac_output_field(f, text[i]);
        fputc(',', f);
    }
    fprintf(f, "%s,", tjac_output_number(w->results->J[at], number));
    fprintf(f, "%s,", tjac_output_number(w->results->se[at], number));
    fprintf(f, "%s,",
            tjac_output_number(w->results->active[w->kd * p->n_targets + pair->target], number));
    fprintf(f, "%d\n", of_kd || tjac_plan_is_self(p, w->kd, row->pair));
}

/* pert has no regulator: one row a target and kind. */
static void write_panel(FILE *f, const tjac_config *c, rows *w)
{
    for (w->e = 0; w->e < c->n_estimands; w->e++) {
        w->estimand = c->estimand[w->e];
        for (w->kd = 0; w->kd < w->model->plan->n_kds; w->kd++)
            for (size_t row = 0; row < w->panel->n_rows; row++)
                if (w->estimand != TJAC_PERT || !w->panel->row[row].repeats)
                    write_row(f, w, &w->panel->row[row]);
    }
}

void tjac_report_j(FILE *file, const tjac_config *c, const tjac_report_model *m)
{
    rows w = {.model = m};
    for (size_t b = 0; b < m->input->n_blocks; b++)
        for (size_t i = 0; i < m->plan->n_panels; i++) {
            w.block = &m->input->block[b];
            w.results = &m->results[b];
            w.panel = &m->plan->panel[i];
            write_panel(file, c, &w);
        }
}
