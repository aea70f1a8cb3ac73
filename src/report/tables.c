#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/output.h"
#include "report/fields.h"

/* ---- J ---- */

static const tjac_config_panel *panel_of(const tjac_config *c, const char *name)
{
    size_t i = 0;
    while (i < c->n_panels && strcmp(c->panel[i].name, name) != 0)
        i++;
    return i < c->n_panels ? &c->panel[i] : NULL;
}

void tjac_report_j_header(FILE *f)
{
    fputs("run,model,cell_type,estimand,panel,pair,row,col,kd,kd_class,regulator,target,J,J_se,"
          "active,self\n",
          f);
}

tjac_code tjac_report_j_kd(FILE *f, const tjac_report_j_rows *of, const tjac_engine_kd *numbers,
                           tjac_err *err)
{
    const tjac_layout_model *m = of->rows.model;
    const char *panel = of->layout->panels.name[of->rows.panel];
    const char *kd = of->cells->kds.name[numbers->kd];
    const tjac_config_panel *config = panel_of(of->config, panel);
    if (!config)
        return tjac_err_set(err, TJAC_EINPUT,
                            "the config has no panel '%s', which the results file has; take the "
                            "config of the run",
                            panel);
    tjac_kd_class kd_class = tjac_plan_kd_class(config, kd, strcmp(kd, m->control) == 0);
    for (size_t i = 0; i < of->n; i++) {
        const tjac_layout_pair *p = &m->pair[of->pair[i]];
        put_text(f, of->run);
        put_text(f, m->name);
        put_text(f, of->cells->cell_type);
        put_text(f, tjac_estimand_name(of->rows.estimand));
        put_text(f, panel);
        put_text(f, tjac_pair_kind_name(p->kind));
        put_position(f, p->row);
        put_position(f, p->col);
        put_text(f, kd);
        put_text(f, tjac_kd_class_name(kd_class));
        put_text(f, tjac_rows_regulator(&of->rows, kd, p));
        put_text(f, m->targets.name[p->target]);
        put_number(f, numbers->J[p->column]);
        put_number(f, numbers->se[p->column]);
        put_number(f, numbers->active[p->target]);
        fputs(tjac_rows_self(&of->rows, kd, p) ? "true\n" : "false\n", f);
    }
    return TJAC_OK;
}

tjac_code tjac_report_j_place(tjac_report_j_rows *of, const tjac_report_place *at, tjac_err *err)
{
    const tjac_layout *l = of->layout;
    free(of->pair);
    of->rows.model = &l->model[at->model];
    of->rows.panel = at->panel;
    of->rows.estimand = l->estimand[at->estimand];
    of->cells = &of->rows.model->cells[at->cells];
    if ((of->pair = tjac_alloc(of->rows.model->n_pairs, sizeof *of->pair, err)))
        of->n = tjac_rows_of(&of->rows, of->pair);
    return err->code;
}

bool tjac_report_j_next(const tjac_layout *l, tjac_report_place *at)
{
    if (++at->estimand < l->n_estimands)
        return true;
    at->estimand = 0;
    if (++at->panel < l->panels.n)
        return true;
    at->panel = 0;
    if (++at->cells < l->model[at->model].n_cells)
        return true;
    at->cells = 0;
    return ++at->model < l->n_models;
}

/* Every KD of one place. */
static tjac_code write_place(FILE *f, const tjac_jfile *file, const tjac_report_place *place,
                             const tjac_report_j_rows *of, tjac_err *err)
{
    const tjac_layout_model *m = of->rows.model;
    tjac_jfile_at at = {place->model, place->cells, 0};
    double *J = tjac_alloc(m->n_columns, sizeof *J, err);
    double *se = tjac_alloc(m->n_columns, sizeof *se, err);
    double *active = tjac_alloc(m->targets.n, sizeof *active, err);
    for (; !err->code && at.kd < of->cells->kds.n; at.kd++) {
        const tjac_engine_kd numbers = {at.kd, J, se, active};
        if (tjac_jfile_read(file, &at, place->estimand, J, se, active, err) ||
            tjac_report_j_kd(f, of, &numbers, err))
            break;
    }
    free(J);
    free(se);
    free(active);
    return err->code;
}

tjac_code tjac_report_j(FILE *f, const tjac_jfile *file, const tjac_report_j_rows *like,
                        tjac_err *err)
{
    tjac_report_j_rows of = *like;
    tjac_report_place at = {0, 0, 0, 0};
    of.layout = &file->layout;
    tjac_report_j_header(f);
    do {
        if (tjac_report_j_place(&of, &at, err) || write_place(f, file, &at, &of, err))
            break;
    } while (tjac_report_j_next(&file->layout, &at));
    free(of.pair);
    return err->code;
}

double tjac_report_j_bytes(const tjac_layout *l, tjac_err *err)
{
    tjac_report_j_rows of = {.layout = l};
    tjac_report_place at = {0, 0, 0, 0};
    double rows = 0;
    do {
        if (tjac_report_j_place(&of, &at, err))
            break;
        rows += (double)of.n * (double)of.cells->kds.n;
    } while (tjac_report_j_next(l, &at));
    free(of.pair);
    return 150 * rows;
}

/* ---- the draw ---- */

void tjac_report_null_pairs(FILE *f, const tjac_layout *l, const char *run)
{
    fputs("run,panel,role,block,gene,drawn_gene,expr_gene,expr_drawn_gene,window\n", f);
    for (size_t i = 0; i < l->n_draws; i++) {
        const tjac_layout_draw *d = &l->draw[i];
        put_text(f, run);
        put_text(f, l->panels.name[d->panel]);
        put_text(f, tjac_layout_role(d->target));
        fprintf(f, "%d,", d->block);
        put_text(f, l->genes.name[d->gene[0]]);
        put_text(f, l->genes.name[d->gene[1]]);
        put_number(f, d->expression[0]);
        put_number(f, d->expression[1]);
        fprintf(f, "%d\n", d->window);
    }
}
