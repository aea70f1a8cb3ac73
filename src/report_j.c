#include "tjac/output.h"
#include "tjac/report.h"

void tjac_report_j_header(FILE *file)
{
    fputs("model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self\n",
          file);
}

/* The columns that all rows of one (panel, estimand, KD) share, and one row's own. */
static void write_row(FILE *f, const tjac_report_model *m, const tjac_block *block,
                      const char *estimand, const tjac_plan_panel *panel, const tjac_plan_row *row,
                      size_t kd, const tjac_results *r, size_t at)
{
    const tjac_plan *p = m->plan;
    const tjac_plan_pair *pair = &p->pair[row->pair];
    char number[32];
    const char *text[] = {m->input->name,
                          block->cell_type,
                          estimand,
                          panel->name,
                          tjac_pair_kind_name(row->kind),
                          p->names->kds->name[p->kd[kd]],
                          tjac_kd_class_name(panel->kd_class[kd]),
                          p->names->inputs->name[p->regulator[pair->regulator]],
                          p->names->outputs->name[p->target[pair->target]]};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        tjac_output_field(f, text[i]);
        fputc(',', f);
    }
    fprintf(f, "%s,", tjac_output_number(r->J[at], number));
    fprintf(f, "%s,", tjac_output_number(r->se[at], number));
    fprintf(f, "%s,", tjac_output_number(r->active[kd * r->n_targets + pair->target], number));
    fprintf(f, "%d\n", tjac_plan_is_self(p, kd, row->pair));
}

void tjac_report_j(FILE *file, const tjac_config *c, const tjac_report_model *m)
{
    for (size_t b = 0; b < m->input->n_blocks; b++)
        for (size_t i = 0; i < m->plan->n_panels; i++)
            for (size_t e = 0; e < c->n_estimands; e++)
                for (size_t kd = 0; kd < m->plan->n_kds; kd++)
                    for (size_t row = 0; row < m->plan->panel[i].n_rows; row++) {
                        const tjac_plan_panel *panel = &m->plan->panel[i];
                        const tjac_results *r = &m->results[b];
                        write_row(file, m, &m->input->block[b], tjac_estimand_name(c->estimand[e]),
                                  panel, &panel->row[row], kd, r,
                                  tjac_results_at(r, e, kd, panel->row[row].pair));
                    }
}
