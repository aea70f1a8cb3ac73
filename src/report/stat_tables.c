/* The tables of statistics. */
#include "report/fields.h"
#include "report/report.h"

/* Of a number, after its comma: the row's last field. */
static void end_number(FILE *f, double v)
{
    char buffer[32];
    fprintf(f, "%s\n", tjac_output_number(v, buffer));
}

static void put_interval(FILE *f, tjac_interval i)
{
    put_number(f, i.lo);
    put_number(f, i.hi);
}

static void put_tri(FILE *f, int v)
{
    put_text(f, v < 0 ? "NA" : v ? "true" : "false");
}

static void put_model(FILE *f, const char *run, const tjac_j_panel *j)
{
    put_text(f, run);
    put_text(f, j->model);
    put_text(f, j->cell_type);
    put_text(f, tjac_estimand_name(j->estimand));
}

static void put_panel(FILE *f, const char *run, const tjac_j_panel *j)
{
    put_model(f, run, j);
    put_text(f, j->panel);
}

static void put_kd(FILE *f, const char *run, const tjac_j_panel *j, size_t kd)
{
    put_panel(f, run, j);
    put_text(f, j->kds.name[kd]);
    put_text(f, tjac_kd_class_name(j->kd_class[kd]));
}

/* ---- kd_scores.csv ---- */

static void write_score(FILE *f, const tjac_kd_score *s)
{
    put_count(f, s->n_pathway);
    put_count(f, s->n_matched);
    put_number(f, s->mean_pathway);
    put_number(f, s->mean_matched);
    put_number(f, s->mean_abs_pathway);
    put_number(f, s->mean_abs_matched);
    put_number(f, s->difference);
    put_interval(f, s->difference_limits);
    put_number(f, s->ratio);
    put_interval(f, s->ratio_limits);
    put_tri(f, s->ratio_bounded);
    put_number(f, s->log2_abs_ratio);
    put_number(f, s->elevation);
    put_number(f, s->routing);
    put_number(f, s->p_blocks);
    put_number(f, s->sign_concordance);
    put_number(f, s->delta_control);
    put_number(f, s->rank);
    end_number(f, s->quantile);
}

void tjac_report_kd_scores(FILE *f, const tjac_stats *stats, const char *run)
{
    fputs("run,model,cell_type,estimand,panel,kd,kd_class,n_pathway,n_matched,mean_pathway,"
          "mean_matched,mean_abs_pathway,mean_abs_matched,difference,difference_lo,difference_hi,"
          "ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,elevation,routing,p_blocks,"
          "sign_concordance,delta_control,rank,quantile\n",
          f);
    for (size_t i = 0; i < stats->table.n; i++)
        for (size_t k = 0; k < stats->table.panel[i].kds.n; k++) {
            put_kd(f, run, &stats->table.panel[i], k);
            write_score(f, &stats->score[i][k]);
        }
}

/* ---- blocks.csv ---- */

static void write_block(FILE *f, const tjac_crossed_block *b)
{
    put_count(f, b->n);
    put_number(f, b->mean_J);
    put_number(f, b->mean_abs_J);
    end_number(f, b->s);
}

/* Row 0 ends with the column of the targets that are named. */
static void write_blocks(FILE *f, const char *run, const tjac_crossed *c, size_t kd)
{
    const tjac_crossed_block *b = c->score + kd * c->n_blocks;
    for (size_t r = 0; r <= c->n_rows; r++) {
        for (size_t t = 0; t <= c->n_cols; t++) {
            put_kd(f, run, c->panel, kd);
            put_position(f, (int)r);
            put_position(f, (int)t);
            write_block(f, &b[r * (c->n_cols + 1) + t]);
        }
        if (r == 0 && c->named) {
            put_kd(f, run, c->panel, kd);
            put_position(f, 0);
            put_position(f, TJAC_COL_NAMED);
            write_block(f, &b[c->n_blocks - 1]);
        }
    }
}

void tjac_report_blocks(FILE *f, const tjac_stats *stats, const char *run)
{
    fputs("run,model,cell_type,estimand,panel,kd,kd_class,row,col,n,mean_J,mean_abs_J,s\n", f);
    for (size_t i = 0; i < stats->table.n; i++)
        for (size_t k = 0; k < stats->table.panel[i].kds.n; k++)
            write_blocks(f, run, &stats->crossed[i], k);
}

/* ---- panel_stats.csv ---- */

static void write_effects(FILE *f, const tjac_panel_stat *r)
{
    put_text(f, tjac_reference_name(r->reference));
    put_count(f, r->n_pathway_kds);
    put_count(f, r->n_reference_kds);
    put_count(f, r->n_rows);
    put_count(f, r->n_cols);
    put_number(f, r->effect);
    put_interval(f, r->effect_limits);
    put_number(f, r->elevation_effect);
    put_number(f, r->pathway_effect);
    put_number(f, r->matched_effect);
    put_number(f, r->row_effect);
    put_number(f, r->col_effect);
    put_number(f, r->routing_linear);
}

static void write_tests(FILE *f, const tjac_panel_stat *r, const char *score)
{
    put_number(f, r->mann_whitney.auc);
    put_number(f, r->p_kds);
    put_number(f, r->p_kds_min);
    put_number(f, r->p_blocks);
    put_number(f, r->p_blocks_min);
    put_number(f, r->p_blocks_ref);
    put_number(f, r->z_blocks);
    put_number(f, r->p_elevation);
    put_number(f, r->mann_whitney.p);
    put_number(f, r->point_biserial_r);
    put_number(f, r->p_r);
    put_number(f, r->q);
    put_number(f, r->q_min);
    put_number(f, r->members_elevated);
    put_number(f, r->p_members);
    put_number(f, r->loo_kd_min);
    put_number(f, r->loo_gene_min);
    put_number(f, r->block_se);
    put_number(f, r->kd_correlation);
    put_number(f, r->p_vif);
    put_number(f, r->mde80);
    put_number(f, r->unrelated_effect);
    put_number(f, r->p_unrelated);
    put_text(f, score);
    put_number(f, r->score_effect);
    put_number(f, r->p_score);
}

void tjac_report_panel_stats(FILE *f, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run)
{
    fputs("run,model,cell_type,estimand,panel,reference,n_pathway_kds,n_reference_kds,n_rows,"
          "n_cols,effect,effect_lo,effect_hi,elevation_effect,pathway_effect,matched_effect,"
          "row_effect,col_effect,routing_linear,auc,p_kds,p_kds_min,p_blocks,p_blocks_min,"
          "p_blocks_ref,z_blocks,p_elevation,p_mannwhitney,point_biserial_r,p_r,q,q_min,"
          "members_elevated,p_members,loo_kd_min,loo_gene_min,block_se,kd_correlation,p_vif,mde80,"
          "unrelated_effect,p_unrelated,score,score_effect,p_score,elevated,specific,consistent,"
          "replicated,verdict,reason\n",
          f);
    for (size_t i = 0; i < stats->panels.n; i++) {
        const tjac_panel_stat *r = &stats->panels.row[i];
        put_panel(f, run, r->panel);
        write_effects(f, r);
        write_tests(f, r, tjac_score_name(options->score));
        put_tri(f, r->elevated);
        put_tri(f, r->specific);
        put_tri(f, r->consistent);
        put_tri(f, r->replicated);
        put_text(f, tjac_verdict_name(r->verdict));
        tjac_output_field(f, r->reason);
        fputc('\n', f);
    }
}

/* ---- panel_matrix.csv ---- */

void tjac_report_panel_matrix(FILE *f, const tjac_stats *stats, const char *run)
{
    fputs("run,model,cell_type,estimand,kd_panel,gene_panel,n_kds,effect,rank_in_row,rank_in_col\n",
          f);
    for (size_t i = 0; i < stats->matrix.n; i++) {
        const tjac_panel_matrix_row *r = &stats->matrix.row[i];
        put_model(f, run, r->panel);
        put_text(f, r->kd_panel);
        put_text(f, r->panel->panel);
        put_count(f, r->n_kds);
        put_number(f, r->effect);
        put_number(f, r->rank_in_row);
        end_number(f, r->rank_in_col);
    }
}

/* ---- concordance.csv ---- */

void tjac_report_concordance(FILE *f, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run)
{
    fputs("run,estimand,panel,score,a,b,kds,n,n_clusters,pearson,pearson_lo,pearson_hi,spearman\n",
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
        put_count(f, r->n_clusters);
        put_number(f, r->pearson);
        put_interval(f, r->pearson_limits);
        end_number(f, r->spearman);
    }
}
