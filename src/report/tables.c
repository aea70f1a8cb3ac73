#include "report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/output.h"
#include "results/rows.h"

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

/* ---- J and the null pairs ---- */

/* The rows of one (block, panel, estimand, KD). */
typedef struct {
    const tjac_run_model *model;
    const tjac_block *block;
    const tjac_results *results;
    const tjac_plan_panel *panel;
    tjac_estimand estimand;
    size_t e, kd; /* positions of the estimand and the KD */
} rows;

static void write_j_row(FILE *f, const rows *w, const tjac_plan_row *row)
{
    const tjac_plan *p = &w->model->plan;
    const tjac_plan_pair *pair = &p->pair[row->pair];
    size_t at = tjac_results_at(w->results, w->e, w->kd, row->pair);
    const char *text[] = {w->model->input.name,
                          w->block->cell_type,
                          tjac_estimand_name(w->estimand),
                          w->panel->name,
                          tjac_pair_kind_name(row->kind),
                          p->names->kds->name[p->kd[w->kd]],
                          tjac_kd_class_name(w->panel->kd_class[w->kd]),
                          tjac_rows_regulator(p, w->estimand, w->kd, row->pair),
                          p->names->outputs->name[p->target[pair->target]]};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        put_text(f, text[i]);
    put_number(f, w->results->J[at]);
    put_number(f, w->results->se[at]);
    put_number(f, w->results->active[w->kd * p->n_targets + pair->target]);
    fprintf(f, "%d\n", tjac_rows_self(p, w->estimand, w->kd, row->pair));
}

static tjac_code write_j_panel(FILE *f, const tjac_config *c, rows *w, tjac_err *err)
{
    size_t *row = tjac_alloc(w->panel->n_rows, sizeof *row, err);
    for (w->e = 0; row && w->e < c->n_estimands; w->e++) {
        w->estimand = c->estimand[w->e];
        size_t n = tjac_rows_of(w->panel, w->estimand, row);
        for (w->kd = 0; w->kd < w->model->plan.n_kds; w->kd++)
            for (size_t i = 0; i < n; i++)
                write_j_row(f, w, &w->panel->row[row[i]]);
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
                if (write_j_panel(file, c, &w, err))
                    return err->code;
            }
    return TJAC_OK;
}

void tjac_report_null_pairs(FILE *f, const tjac_panels *panels, const tjac_null *null)
{
    fputs("panel,kind,regulator,target,drawn_regulator,drawn_target,expr_regulator,"
          "expr_drawn_regulator,expr_target,expr_drawn_target,window\n",
          f);
    for (size_t i = 0; i < null->n_panels; i++)
        for (size_t k = 0; k < null->panel[i].n; k++) {
            const tjac_null_pair *p = &null->panel[i].pair[k];
            const char *text[] = {panels->panel[i].name, tjac_pair_kind_name(p->kind),
                                  p->regulator,          p->target,
                                  p->drawn_regulator,    p->drawn_target};
            const double value[] = {p->expr_regulator, p->expr_drawn_regulator, p->expr_target,
                                    p->expr_drawn_target};
            for (size_t c = 0; c < sizeof text / sizeof *text; c++)
                put_text(f, text[c]);
            for (size_t c = 0; c < sizeof value / sizeof *value; c++)
                put_number(f, value[c]);
            fprintf(f, "%zu\n", p->window);
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

static void put_block(FILE *f, const tjac_j_block *b)
{
    put_text(f, b->model);
    put_text(f, b->cell_type);
    put_text(f, b->panel);
    put_text(f, tjac_estimand_name(b->estimand));
}

/* ---- kd_scores.csv ---- */

static void write_score(FILE *f, const tjac_j_block *b, size_t k, const tjac_kd_score *s)
{
    char buffer[32];
    put_block(f, b);
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

void tjac_report_kd_scores(FILE *f, const tjac_stats *stats)
{
    fputs("model,cell_type,panel,estimand,kd,kd_class,n_pathway,n_null,mean_pathway,mean_null,"
          "mean_abs_pathway,mean_abs_null,mean_abs_unrelated,difference,difference_lo,"
          "difference_hi,ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,sign_concordance,"
          "delta_control,rank,quantile\n",
          f);
    for (size_t b = 0; b < stats->table->n; b++)
        for (size_t k = 0; k < stats->table->block[b].kds.n; k++)
            write_score(f, &stats->table->block[b], k, &stats->score[b][k]);
}

/* ---- panel_stats.csv ---- */

static const char *method(double p, bool exact, const char *other)
{
    return isnan(p) ? "NA" : exact ? "exact" : other;
}

static void write_panel(FILE *f, const tjac_panel_stat *r, const char *score)
{
    put_block(f, r->block);
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

void tjac_report_panel_stats(FILE *f, const tjac_stats *stats, const tjac_config_stats *options)
{
    fputs("model,cell_type,panel,estimand,score,reference,n_pathway_kds,n_reference_kds,"
          "mean_pathway_kds,mean_reference_kds,effect,effect_lo,effect_hi,effect_pathway,"
          "effect_null,auc,p_permutation,p_min,permutation_method,p_mannwhitney,"
          "mannwhitney_method,point_biserial_r,p_r,q,members_elevated,loo_effect_min,"
          "loo_pair_effect_min,specificity,p_specificity,q_specificity,elevated,consistent,"
          "specific,replicated,verdict,reason\n",
          f);
    for (size_t i = 0; i < stats->panels.n; i++)
        write_panel(f, &stats->panels.row[i], tjac_score_name(options->score));
}

/* ---- concordance.csv ---- */

void tjac_report_concordance(FILE *f, const tjac_stats *stats, const tjac_config_stats *options)
{
    char buffer[32];
    fputs("panel,estimand,score,a,b,kds,n,pearson,pearson_lo,pearson_hi,spearman,p_spearman\n", f);
    for (size_t i = 0; i < stats->concordance.n; i++) {
        const tjac_concordance_row *r = &stats->concordance.row[i];
        put_text(f, r->panel);
        put_text(f, tjac_estimand_name(r->estimand));
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
