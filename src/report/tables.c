#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/output.h"

/* ---- fields, each with the comma after it ---- */

static void put_text(FILE *f, const char *text)
{
    tjac_output_field(f, text);
    fputc(',', f);
}

static void put_number(FILE *f, double v)
{
    char buffer[32];
    fprintf(f, "%s,", tjac_output_number(v, buffer));
}

static void put_count(FILE *f, size_t n)
{
    fprintf(f, "%zu,", n);
}

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

/* Row or column of a block. */
static void put_position(FILE *f, int at)
{
    if (at == TJAC_COL_NAMED)
        fputs("u,", f);
    else
        fprintf(f, "%d,", at);
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

/* ---- statistics ---- */

static void put_interval(FILE *f, tjac_interval i)
{
    put_number(f, i.lo);
    put_number(f, i.hi);
}

static void put_tri(FILE *f, int v)
{
    put_text(f, v < 0 ? "NA" : v ? "true" : "false");
}

static void put_block(FILE *f, const char *run, const tjac_j_panel *b)
{
    put_text(f, run);
    put_text(f, b->model);
    put_text(f, b->cell_type);
    put_text(f, tjac_estimand_name(b->estimand));
    put_text(f, b->panel);
}

/* ---- kd_scores.csv ---- */

static void write_score(FILE *f, const char *run, const tjac_j_panel *b, size_t k,
                        const tjac_kd_score *s)
{
    char buffer[32];
    put_block(f, run, b);
    put_text(f, b->kds.name[k]);
    put_text(f, tjac_kd_class_name(b->kd_class[k]));
    put_count(f, s->n_pathway);
    put_count(f, s->n_null);
    put_number(f, s->mean_pathway);
    put_number(f, s->mean_null);
    put_number(f, s->mean_abs_pathway);
    put_number(f, s->mean_abs_null);
    put_number(f, s->mean_abs_unrelated);
    put_number(f, s->difference);
    put_interval(f, s->difference_limits);
    put_number(f, s->ratio);
    put_interval(f, s->ratio_limits);
    put_tri(f, s->ratio_bounded);
    put_number(f, s->log2_abs_ratio);
    put_number(f, s->sign_concordance);
    put_number(f, s->delta_control);
    put_number(f, s->rank);
    fprintf(f, "%s\n", tjac_output_number(s->quantile, buffer));
}

void tjac_report_kd_scores(FILE *f, const tjac_stats *stats, const char *run)
{
    fputs("run,model,cell_type,estimand,panel,kd,kd_class,n_pathway,n_null,mean_pathway,mean_null,"
          "mean_abs_pathway,mean_abs_null,mean_abs_unrelated,difference,difference_lo,"
          "difference_hi,ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,sign_concordance,"
          "delta_control,rank,quantile\n",
          f);
    for (size_t b = 0; b < stats->table->n; b++)
        for (size_t k = 0; k < stats->table->panel[b].kds.n; k++)
            write_score(f, run, &stats->table->panel[b], k, &stats->score[b][k]);
}

/* ---- panel_stats.csv ---- */

static const char *method(double p, bool exact, const char *other)
{
    return isnan(p) ? "NA" : exact ? "exact" : other;
}

static void write_panel(FILE *f, const char *run, const tjac_panel_stat *r, const char *score)
{
    put_block(f, run, r->block);
    put_text(f, score);
    put_text(f, tjac_reference_name(r->reference));
    put_count(f, r->n_pathway_kds);
    put_count(f, r->n_reference_kds);
    put_number(f, r->mean_pathway_kds);
    put_number(f, r->mean_reference_kds);
    put_number(f, r->test.effect);
    put_interval(f, r->effect_limits);
    put_number(f, r->effect_pathway);
    put_number(f, r->effect_null);
    put_number(f, r->mann_whitney.auc);
    put_number(f, r->test.p);
    put_number(f, r->test.p_min);
    put_text(f, method(r->test.p, r->test.exact, "sampled"));
    put_number(f, r->mann_whitney.p);
    put_text(f, method(r->mann_whitney.p, r->mann_whitney.exact, "normal"));
    put_number(f, r->point_biserial_r);
    put_number(f, r->p_r);
    put_number(f, r->q);
    put_number(f, r->members_elevated);
    put_number(f, r->loo_effect_min);
    put_number(f, r->loo_pair_effect_min);
    put_number(f, r->specificity);
    put_number(f, r->p_specificity);
    put_number(f, r->q_specificity);
    put_tri(f, r->elevated);
    put_tri(f, r->consistent);
    put_tri(f, r->specific);
    put_tri(f, r->replicated);
    put_text(f, tjac_verdict_name(r->verdict));
    tjac_output_field(f, r->reason);
    fputc('\n', f);
}

void tjac_report_panel_stats(FILE *f, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run)
{
    fputs("run,model,cell_type,estimand,panel,score,reference,n_pathway_kds,n_reference_kds,"
          "mean_pathway_kds,mean_reference_kds,effect,effect_lo,effect_hi,effect_pathway,"
          "effect_null,auc,p_permutation,p_min,permutation_method,p_mannwhitney,"
          "mannwhitney_method,point_biserial_r,p_r,q,members_elevated,loo_effect_min,"
          "loo_pair_effect_min,specificity,p_specificity,q_specificity,elevated,consistent,"
          "specific,replicated,verdict,reason\n",
          f);
    for (size_t i = 0; i < stats->panels.n; i++)
        write_panel(f, run, &stats->panels.row[i], tjac_score_name(options->score));
}

/* ---- concordance.csv ---- */

void tjac_report_concordance(FILE *f, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run)
{
    char buffer[32];
    fputs("run,estimand,panel,score,a,b,kds,n,pearson,pearson_lo,pearson_hi,spearman,p_spearman\n",
          f);
    for (size_t i = 0; i < stats->concordance.n; i++) {
        const tjac_concordance_row *r = &stats->concordance.row[i];
        put_text(f, run);
        put_text(f, tjac_estimand_name(r->estimand));
        put_text(f, r->panel);
        put_text(f, tjac_score_name(options->score));
        put_text(f, r->a);
        put_text(f, r->b);
        put_text(f, r->pathway_only ? "pathway" : "all");
        put_count(f, r->n);
        put_number(f, r->pearson);
        put_interval(f, r->pearson_limits);
        put_number(f, r->spearman);
        fprintf(f, "%s\n", tjac_output_number(r->p_spearman, buffer));
    }
}

/* ---- verdicts for people ---- */

enum { TEXT_COLUMNS = 5 };

/* The words before the numbers. */
static void words(const tjac_panel_stat *r, const char *out[TEXT_COLUMNS])
{
    out[0] = r->block->model;
    out[1] = r->block->cell_type;
    out[2] = r->block->panel;
    out[3] = tjac_estimand_name(r->block->estimand);
    out[4] = tjac_reference_name(r->reference);
}

/* Characters, not bytes: names are UTF-8. */
static int length(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xC0) != 0x80;
    return n;
}

/* Width of each column; 0 leaves it out: cell type and estimand when they never differ. */
static void find_widths(const tjac_panel_stats *s, const char *const *header, int *width)
{
    bool differ[TEXT_COLUMNS] = {true, false, true, false, true};
    const char *first[TEXT_COLUMNS] = {NULL}, *now[TEXT_COLUMNS];
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        width[c] = length(header[c]);
    for (size_t i = 0; i < s->n; i++) {
        words(&s->row[i], now);
        for (size_t c = 0; c < TEXT_COLUMNS; c++) {
            first[c] = first[c] ? first[c] : now[c];
            differ[c] = differ[c] || strcmp(first[c], now[c]) != 0;
            int n = length(now[c]);
            width[c] = n > width[c] ? n : width[c];
        }
    }
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        width[c] = differ[c] ? width[c] : 0;
}

static void print_words(FILE *f, const char *const *text, const int *width)
{
    for (size_t c = 0; c < TEXT_COLUMNS; c++)
        if (width[c])
            fprintf(f, "%s%*s", text[c], width[c] + 2 - length(text[c]), "");
}

static void print_value(FILE *f, int width, const char *format, double v)
{
    char text[32] = "NA";
    if (isfinite(v))
        snprintf(text, sizeof text, format, v);
    fprintf(f, "%*s  ", width, text);
}

void tjac_report_verdicts(FILE *f, const tjac_stats *stats)
{
    static const char *const header[TEXT_COLUMNS] = {"model", "cell type", "panel", "estimand",
                                                     "against"};
    const tjac_panel_stats *s = &stats->panels;
    int width[TEXT_COLUMNS];
    find_widths(s, header, width);
    print_words(f, header, width);
    fprintf(f, "%9s  %5s  %7s  %7s  %s\n", "effect", "AUC", "p", "p_min", "verdict");
    for (size_t i = 0; i < s->n; i++) {
        const tjac_panel_stat *r = &s->row[i];
        const char *text[TEXT_COLUMNS];
        words(r, text);
        print_words(f, text, width);
        print_value(f, 9, "%.3g", r->test.effect);
        print_value(f, 5, "%.3f", r->mann_whitney.auc);
        print_value(f, 7, "%.2g", r->test.p);
        print_value(f, 7, "%.2g", r->test.p_min);
        fprintf(f, "%s\n  %s\n", tjac_verdict_name(r->verdict), r->reason);
    }
}
