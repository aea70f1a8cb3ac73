/* The golden text of the CSVs and of the table of verdicts. Of whole rows each number is that of
 * its column. */
#include "jtable_case.h"
#include "report/report.h"

enum { MAX_TEXT = 8192 };

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* Two models, two panels. */
typedef struct {
    char *kds[2][2];
    tjac_kd_class kd_class[2][2];
    tjac_j_panel panel[2];
    tjac_kd_score score[2][2], *scores[2];
    tjac_crossed_block block[2][2 * 5];
    tjac_crossed crossed[2];
    tjac_panel_stat row[3];
    tjac_panel_matrix_row cell[2];
    tjac_concordance_row pair[2];
    tjac_stats stats;
} fixture;

static void make_panels(fixture *f)
{
    for (size_t b = 0; b < 2; b++) {
        f->kds[b][0] = text_of(b ? "K1" : "K \"1\"");
        f->kds[b][1] = text_of("non-targeting");
        f->kd_class[b][0] = b ? TJAC_KD_BACKGROUND : TJAC_KD_PATHWAY;
        f->kd_class[b][1] = b ? TJAC_KD_UNRELATED : TJAC_KD_CONTROL;
        f->panel[b] = (tjac_j_panel){.model = text_of(b ? "zero" : "few,shot"),
                                     .cell_type = text_of("NA"),
                                     .panel = text_of("the \"p\""),
                                     .estimand = TJAC_SET_MEAN,
                                     .kds = {.name = f->kds[b], .n = 2},
                                     .kd_class = f->kd_class[b]};
        f->scores[b] = f->score[b];
    }
    f->stats.table = (tjac_j_table){.panel = f->panel, .n = 2};
    f->stats.score = f->scores;
}

static void make_scores(fixture *f)
{
    const tjac_interval none = {NAN, NAN};
    const tjac_kd_score undefined = {.n_pathway = 2,
                                     .mean_pathway = NAN,
                                     .mean_matched = NAN,
                                     .mean_abs_pathway = NAN,
                                     .mean_abs_matched = NAN,
                                     .difference = NAN,
                                     .difference_limits = none,
                                     .ratio = NAN,
                                     .ratio_limits = none,
                                     .ratio_bounded = -1,
                                     .log2_abs_ratio = NAN,
                                     .elevation = NAN,
                                     .routing = NAN,
                                     .p_blocks = NAN,
                                     .unrelated = NAN,
                                     .sign_concordance = NAN,
                                     .score = NAN,
                                     .delta_control = NAN,
                                     .rank = NAN,
                                     .quantile = NAN};
    f->score[0][0] = (tjac_kd_score){.n_pathway = 8,
                                     .n_matched = 9,
                                     .mean_pathway = 10,
                                     .mean_matched = 11,
                                     .mean_abs_pathway = 12,
                                     .mean_abs_matched = 13,
                                     .difference = 14,
                                     .difference_limits = {15, 16},
                                     .ratio = 17,
                                     .ratio_limits = {18, 19},
                                     .ratio_bounded = 1,
                                     .log2_abs_ratio = 21,
                                     .elevation = 22,
                                     .routing = 23,
                                     .p_blocks = 24,
                                     .unrelated = 99,
                                     .sign_concordance = 25,
                                     .score = 98,
                                     .delta_control = 26,
                                     .rank = 27,
                                     .quantile = 28};
    f->score[0][1] = f->score[1][0] = f->score[1][1] = undefined;
    f->score[0][1].mean_pathway = 0.1;
    f->score[0][1].mean_matched = 5e-324;
    f->score[0][1].difference = -1.25e-5;
    f->score[1][0].ratio = -8;
    f->score[1][0].ratio_bounded = 0;
}

/* One row, one column and targets that are named; and one column alone. */
static void make_blocks(fixture *f)
{
    const size_t n[2] = {5, 2};
    for (size_t b = 0; b < 2; b++) {
        for (size_t i = 0; i < 2 * n[b]; i++)
            f->block[b][i] = (tjac_crossed_block){10, 11, 12, 99, 13, false};
        f->crossed[b] = (tjac_crossed){.panel = &f->panel[b],
                                       .n_rows = b ? 0 : 1,
                                       .n_cols = 1,
                                       .n_blocks = n[b],
                                       .named = b == 0,
                                       .score = f->block[b]};
    }
    f->block[0][0].s = -0.5;
    f->block[0][4] = (tjac_crossed_block){0, NAN, NAN, NAN, NAN, false};
    f->stats.crossed = f->crossed;
}

static void make_rows(fixture *f)
{
    f->row[0] = (tjac_panel_stat){.panel = &f->panel[0],
                                  .reference = TJAC_KD_UNRELATED,
                                  .n_pathway_kds = 7,
                                  .n_reference_kds = 8,
                                  .n_rows = 9,
                                  .n_cols = 10,
                                  .n_floored = {96, 97},
                                  .effect = 11,
                                  .effect_limits = {12, 13},
                                  .elevation_effect = 14,
                                  .pathway_effect = 15,
                                  .matched_effect = 16,
                                  .row_effect = 17,
                                  .col_effect = 18,
                                  .routing_linear = 19,
                                  .mann_whitney = {98, 20, 28, true},
                                  .p_kds = 21,
                                  .p_kds_min = 22,
                                  .p_blocks = 23,
                                  .p_blocks_min = 24,
                                  .p_blocks_ref = 25,
                                  .z_blocks = 26,
                                  .p_elevation = 27,
                                  .point_biserial_r = 29,
                                  .p_r = 30,
                                  .q = 31,
                                  .q_min = 32,
                                  .members_elevated = 33,
                                  .p_members = 34,
                                  .loo_kd_min = 35,
                                  .loo_gene_min = 36,
                                  .block_se = 37,
                                  .kd_correlation = 38,
                                  .p_vif = 39,
                                  .mde80 = 40,
                                  .unrelated_effect = 41,
                                  .p_unrelated = 42,
                                  .score_effect = 44,
                                  .p_score = 45,
                                  .elevated = TJAC_YES,
                                  .specific = TJAC_NO,
                                  .consistent = TJAC_YES,
                                  .replicated = TJAC_UNKNOWN,
                                  .verdict = TJAC_VERDICT_NOT_SPECIFIC,
                                  .reason = text_of("a \"reason\", with a comma")};
    f->row[1] = f->row[0];
    f->row[1].reference = TJAC_KD_BACKGROUND;
    f->row[1].effect = -1.25e-5;
    f->row[1].effect_limits = (tjac_interval){NAN, NAN};
    f->row[1].p_kds = 0.0001220703125;
    f->row[1].p_kds_min = 6.103515625e-5;
    f->row[1].p_blocks = 0.5;
    f->row[1].p_blocks_min = NAN;
    f->row[1].unrelated_effect = f->row[1].p_unrelated = NAN;
    f->row[1].elevated = f->row[1].consistent = TJAC_NO;
    f->row[1].specific = f->row[1].replicated = TJAC_YES;
    f->row[1].verdict = TJAC_VERDICT_POSITIVE;
    f->row[1].reason = text_of("plain");
    f->row[2] = (tjac_panel_stat){.panel = &f->panel[1],
                                  .reference = -1,
                                  .effect = NAN,
                                  .effect_limits = {NAN, NAN},
                                  .elevation_effect = 0.25,
                                  .p_kds = NAN,
                                  .p_kds_min = NAN,
                                  .p_blocks = NAN,
                                  .p_blocks_min = 0.0082644628099173556,
                                  .elevated = TJAC_UNKNOWN,
                                  .specific = TJAC_UNKNOWN,
                                  .consistent = TJAC_UNKNOWN,
                                  .replicated = TJAC_UNKNOWN,
                                  .verdict = TJAC_VERDICT_NO_ANSWER,
                                  .reason = text_of("no KDs")};
    f->stats.panels = (tjac_panel_stats){.row = f->row, .n = 3};
}

static void make_others(fixture *f)
{
    f->cell[0] = (tjac_panel_matrix_row){&f->panel[0], "q, r", 7, 8, 9, 10};
    f->cell[1] = (tjac_panel_matrix_row){&f->panel[1], "q", 0, NAN, NAN, NAN};
    f->stats.matrix = (tjac_panel_matrix){.row = f->cell, .n = 2};
    f->pair[0] = (tjac_concordance_row){.panel = "the \"p\"",
                                        .estimand = TJAC_KNOCKOUT,
                                        .a = text_of("few,shot"),
                                        .b = text_of("zero"),
                                        .n = 8,
                                        .n_clusters = 9,
                                        .pearson = 10,
                                        .pearson_limits = {11, 12},
                                        .spearman = 13};
    f->pair[1] = (tjac_concordance_row){.panel = "q",
                                        .estimand = TJAC_SHIFT,
                                        .a = text_of("zero"),
                                        .b = text_of("patching"),
                                        .pathway_only = true,
                                        .n = 1,
                                        .n_clusters = 1,
                                        .pearson = NAN,
                                        .pearson_limits = {NAN, NAN},
                                        .spearman = NAN};
    f->stats.concordance = (tjac_concordance){.row = f->pair, .n = 2};
}

static void setup(fixture *f)
{
    *f = (fixture){0};
    make_panels(f);
    make_scores(f);
    make_blocks(f);
    make_rows(f);
    make_others(f);
}

typedef enum { KD_SCORES, BLOCKS, PANEL_STATS, PANEL_MATRIX, CONCORDANCE, VERDICTS } report;

static void print(const fixture *f, report what, const tjac_config_stats *options, FILE *file)
{
    switch (what) {
    case KD_SCORES:
        tjac_report_kd_scores(file, &f->stats, "r,1");
        break;
    case BLOCKS:
        tjac_report_blocks(file, &f->stats, "r,1");
        break;
    case PANEL_STATS:
        tjac_report_panel_stats(file, &f->stats, options, "r,1");
        break;
    case PANEL_MATRIX:
        tjac_report_panel_matrix(file, &f->stats, "r,1");
        break;
    case CONCORDANCE:
        tjac_report_concordance(file, &f->stats, options, "r,1");
        break;
    case VERDICTS:
        tjac_report_verdicts(file, &f->stats);
        break;
    }
}

static void check(test *t, const fixture *f, report what, tjac_score score, const char *want)
{
    static char got[MAX_TEXT];
    const tjac_config_stats options = {.score = score};
    memset(got, 0, sizeof got);
    FILE *file = fmemopen(got, sizeof got, "w");
    if (!file)
        abort();
    print(f, what, &options, file);
    fclose(file);
    CHECK_STRING(t, got, want);
}

#define FIRST "\"r,1\",\"few,shot\",NA,set_mean,\"the \"\"p\"\"\","
#define SECOND "\"r,1\",zero,NA,set_mean,\"the \"\"p\"\"\","
#define K1 FIRST "\"K \"\"1\"\"\",pathway,"
#define CONTROL FIRST "non-targeting,control,"

static void test_kd_scores(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, KD_SCORES, TJAC_SCORE_ROUTING,
          "run,model,cell_type,estimand,panel,kd,kd_class,n_pathway,n_matched,mean_pathway,"
          "mean_matched,mean_abs_pathway,mean_abs_matched,difference,difference_lo,difference_hi,"
          "ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,elevation,routing,p_blocks,"
          "sign_concordance,delta_control,rank,quantile\n" K1
          "8,9,10,11,12,13,14,15,16,17,18,19,true,21,22,23,24,25,26,27,28\n" CONTROL
          "2,0,0.1,5e-324,NA,NA,-1.25e-05,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA\n" SECOND
          "K1,background,2,0,NA,NA,NA,NA,NA,NA,NA,-8,NA,NA,false,NA,NA,NA,NA,NA,NA,NA,NA\n" SECOND
          "non-targeting,unrelated,2,0,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,"
          "NA,NA\n");
}

/* The column of named targets closes row 0. */
static void test_blocks(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, BLOCKS, TJAC_SCORE_ROUTING,
          "run,model,cell_type,estimand,panel,kd,kd_class,row,col,n,mean_J,mean_abs_J,s\n" K1
          "0,0,10,11,12,-0.5\n" K1 "0,1,10,11,12,13\n" K1 "0,u,0,NA,NA,NA\n" K1
          "1,0,10,11,12,13\n" K1 "1,1,10,11,12,13\n" CONTROL "0,0,10,11,12,13\n" CONTROL
          "0,1,10,11,12,13\n" CONTROL "0,u,10,11,12,13\n" CONTROL "1,0,10,11,12,13\n" CONTROL
          "1,1,10,11,12,13\n" SECOND "K1,background,0,0,10,11,12,13\n" SECOND
          "K1,background,0,1,10,11,12,13\n" SECOND
          "non-targeting,unrelated,0,0,10,11,12,13\n" SECOND
          "non-targeting,unrelated,0,1,10,11,12,13\n");
}

static void test_panel_stats(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, PANEL_STATS, TJAC_SCORE_DIFFERENCE,
          "run,model,cell_type,estimand,panel,reference,n_pathway_kds,n_reference_kds,n_rows,"
          "n_cols,effect,effect_lo,effect_hi,elevation_effect,pathway_effect,matched_effect,"
          "row_effect,col_effect,routing_linear,auc,p_kds,p_kds_min,p_blocks,p_blocks_min,"
          "p_blocks_ref,z_blocks,p_elevation,p_mannwhitney,point_biserial_r,p_r,q,q_min,"
          "members_elevated,p_members,loo_kd_min,loo_gene_min,block_se,kd_correlation,p_vif,mde80,"
          "unrelated_effect,p_unrelated,score,score_effect,p_score,elevated,specific,consistent,"
          "replicated,verdict,reason\n" FIRST
          "unrelated,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,"
          "32,33,34,35,36,37,38,39,40,41,42,difference,44,45,true,false,true,NA,"
          "not_specific,\"a \"\"reason\"\", with a comma\"\n" FIRST
          "background,7,8,9,10,-1.25e-05,NA,NA,14,15,16,17,18,19,20,0.0001220703125,"
          "6.103515625e-05,0.5,NA,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,NA,NA,"
          "difference,44,45,false,true,false,true,positive,plain\n" SECOND
          "NA,0,0,0,0,NA,NA,NA,0.25,0,0,0,0,0,0,NA,NA,NA,0.008264462809917356,0,0,0,0,0,0,0,"
          "0,0,0,0,0,0,0,0,0,0,0,difference,0,0,NA,NA,NA,NA,no_answer,no KDs\n");
}

static void test_others(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, PANEL_MATRIX, TJAC_SCORE_ROUTING,
          "run,model,cell_type,estimand,kd_panel,gene_panel,n_kds,effect,rank_in_row,rank_in_col\n"
          "\"r,1\",\"few,shot\",NA,set_mean,\"q, r\",\"the \"\"p\"\"\",7,8,9,10\n"
          "\"r,1\",zero,NA,set_mean,q,\"the \"\"p\"\"\",0,NA,NA,NA\n");
    check(t, &f, CONCORDANCE, TJAC_SCORE_RATIO,
          "run,estimand,panel,score,a,b,kds,n,n_clusters,pearson,pearson_lo,pearson_hi,spearman\n"
          "\"r,1\",knockout,\"the \"\"p\"\"\",ratio,\"few,shot\",zero,all,8,9,10,11,12,13\n"
          "\"r,1\",shift,q,ratio,zero,patching,pathway,1,1,NA,NA,NA,NA\n");
}

#define LEGEND                                                                                     \
    "KDs: the panel's, and those that they are compared with. effect: routing, in log2, with "     \
    "limits.\np_kds, p_blocks: in brackets the smallest that they can be here.\n"

static void test_verdicts(test *t)
{
    fixture f;
    setup(&f);
    f.row[0].effect = 1.3125;
    f.row[0].effect_limits = (tjac_interval){-0.125, 2.75};
    f.row[0].n_pathway_kds = 14;
    f.row[0].n_reference_kds = 2009;
    f.row[0].p_kds = 0.00025;
    f.row[0].p_kds_min = 0.0001;
    f.row[0].p_blocks = f.row[0].p_blocks_min = 1.0 / 121;
    check(t, &f, VERDICTS, TJAC_SCORE_ROUTING,
          "panel    model     against     KDs        effect                 p_kds               "
          "p_blocks            verdict\n"
          "the \"p\"  few,shot  unrelated   14 : 2009  1.31 [-0.12, 2.75]     0.00025 (0.0001)    "
          "0.0083 (0.0083)     not_specific\n"
          "    a \"reason\", with a comma\n"
          "the \"p\"  few,shot  background  7 : 8      0.00                   0.00012 (6.1e-05)   "
          "0.5 (NA)            positive\n"
          "    plain\n"
          "the \"p\"  zero      NA          0 : 0      NA                     NA (NA)             "
          "NA (0.0083)         no_answer\n"
          "    no KDs\n" LEGEND);
    /* Several cell types and estimands have columns; a name is as wide as its characters. */
    f.panel[1].cell_type = text_of("mixed");
    f.panel[1].estimand = TJAC_SHIFT;
    f.panel[1].model = text_of("z\xC3\xA9ro");
    check(t, &f, VERDICTS, TJAC_SCORE_ROUTING,
          "panel    model     cell type  estimand  against     KDs        effect                 "
          "p_kds               p_blocks            verdict\n"
          "the \"p\"  few,shot  NA         set_mean  unrelated   14 : 2009  1.31 [-0.12, 2.75]     "
          "0.00025 (0.0001)    0.0083 (0.0083)     not_specific\n"
          "    a \"reason\", with a comma\n"
          "the \"p\"  few,shot  NA         set_mean  background  7 : 8      0.00                   "
          "0.00012 (6.1e-05)   0.5 (NA)            positive\n"
          "    plain\n"
          "the \"p\"  z\xC3\xA9ro      mixed      shift     NA          0 : 0      NA              "
          "       NA (NA)             NA (0.0083)         no_answer\n"
          "    no KDs\n" LEGEND);
    f.stats.panels.n = 0;
    check(t, &f, VERDICTS, TJAC_SCORE_ROUTING, "");
}

/* ---- j.csv ---- */

#define HEADER                                                                                     \
    "run,model,cell_type,estimand,panel,pair,row,col,kd,kd_class,regulator,target,J,J_se,active,"  \
    "self\n"

/* A results file of two cell types; of J the second number is not finite. */
static tjac_jfile *make_file(const char *path)
{
    static const case_pair pair[] = {{"p, q", TJAC_PAIR_PATHWAY, "A", "x,1"},
                                     {"p, q", TJAC_PAIR_MATCHED, "B", "x,1"},
                                     {"p, q", TJAC_PAIR_UNRELATED_TARGET, "A", "C"},
                                     {"second", TJAC_PAIR_PATHWAY, "B", "C"}};
    static const double special[] = {0.1, NAN};
    tjac_layout l;
    case_layout(&l, "p, q|second", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_estimand(&l, TJAC_PERT);
    case_layout_model(&l, "m", "T|NA", "A|ctl", pair, 4);
    return case_file(path, &l, (case_numbers){0, special, 2}, 0);
}

static void check_j(test *t, const tjac_jfile *f, bool matched, const char *want)
{
    static char got[MAX_TEXT];
    jtable_case c = {0};
    tjac_err err = {0};
    case_panel(&c, "second", "B", "C", "", "A");
    case_panel(&c, "p, q", "A", "x,1", "A|ctl", "");
    c.config.panel = c.panel;
    memset(got, 0, sizeof got);
    FILE *file = fmemopen(got, sizeof got, "w");
    if (!file)
        abort();
    const tjac_report_j_rows like = {
        .run = "r \"1\"", .config = &c.config, .rows = {.matched = matched}};
    CHECK_OK(t, tjac_report_j(file, f, &like, &err), &err);
    fclose(file);
    CHECK(t, strncmp(got, want, strlen(want)) == 0);
    if (strncmp(got, want, strlen(want)) != 0)
        fprintf(stderr, "    got:\n%s    want:\n%s", got, want);
    size_t lines = 0;
    for (const char *p = got; *p; p++)
        lines += *p == '\n';
    CHECK(t, lines == 1 + 2 * 2 * ((matched ? 4 : 3) + 2));
    c.config.n_panels = 1;
    file = fmemopen(got, sizeof got, "w");
    CHECK(t, file && tjac_report_j(file, f, &like, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "the config has no panel 'p, q', which the results file has");
    fclose(file);
    c.config.n_panels = 2;
    case_free(&c);
}

/* Rows of drawn pairs stand there when they are wanted, and everything else does not move. */
static void test_j(test *t)
{
    tjac_jfile *f = make_file("test_report.h5");
    check_j(
        t, f, false,
        HEADER
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",pathway,0,0,A,pathway,A,\"x,1\",0.1,0.05,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",unrelated_target,0,u,A,pathway,A,C,2,1,0,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",pathway,0,0,ctl,control,A,\"x,1\",8,4,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",unrelated_target,0,u,ctl,control,A,C,10,5,0,false\n"
        "\"r \"\"1\"\"\",m,T,pert,\"p, q\",pathway,0,0,A,pathway,A,\"x,1\",4,2,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,pert,\"p, q\",pathway,0,0,ctl,control,ctl,\"x,1\",12,6,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,second,pathway,0,0,A,unrelated,B,C,3,1.5,0,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,second,pathway,0,0,ctl,control,B,C,11,5.5,0,false\n");
    check_j(
        t, f, true,
        HEADER
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",pathway,0,0,A,pathway,A,\"x,1\",0.1,0.05,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",matched,1,1,A,pathway,B,\"x,1\",NA,NA,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",unrelated_target,0,u,A,pathway,A,C,2,1,0,true\n");
    tjac_jfile_close(f);
    unlink("test_report.h5");
}

/* Names that need quotes, expressions that are whole and not. */
static void test_null_pairs(test *t)
{
    static char got[MAX_TEXT];
    tjac_layout l;
    tjac_layout_draw draw[] = {{0, false, 1, {0, 2}, {0.5, 0.25}, 0},
                               {1, true, 12, {1, 2}, {3, 0.1}, 400}};
    case_layout(&l, "p, q|second", "cpu");
    case_add(&l.genes, "A|x,1|B");
    l.draw = draw;
    l.n_draws = 2;
    FILE *file = fmemopen(got, sizeof got, "w");
    if (!file)
        abort();
    tjac_report_null_pairs(file, &l, "r");
    fclose(file);
    CHECK_STRING(t, got,
                 "run,panel,role,block,gene,drawn_gene,expr_gene,expr_drawn_gene,window\n"
                 "r,\"p, q\",regulator,1,A,B,0.5,0.25,0\n"
                 "r,second,target,12,\"x,1\",B,3,0.1,400\n");
    l.draw = NULL;
    tjac_layout_free(&l);
}

/* Words of tables that pandas.read_csv, whose list has R's NA, would take for a missing value; NA
 * itself is for numbers that are not there. */
static void test_words(test *t)
{
    static const char *const missing[] = {"",     "#N/A", "#NA", "-NaN", "-nan",
                                          "<NA>", "N/A",  "NA",  "NULL", "NaN",
                                          "None", "n/a",  "nan", "null", "none"};
    const char *words[64];
    size_t n = 0;
    for (int v = 0; v <= TJAC_VERDICT_POSITIVE; v++)
        words[n++] = tjac_verdict_name((tjac_verdict)v);
    for (int k = 0; k < TJAC_N_PAIR_KINDS; k++)
        words[n++] = tjac_pair_kind_name((tjac_pair_kind)k);
    for (int k = 0; k <= TJAC_KD_BACKGROUND; k++)
        words[n++] = tjac_kd_class_name((tjac_kd_class)k);
    for (int e = 0; e < TJAC_N_ESTIMANDS; e++)
        words[n++] = tjac_estimand_name((tjac_estimand)e);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof missing / sizeof *missing; k++)
            CHECK(t, strcmp(words[i], missing[k]) != 0);
}

int main(void)
{
    test t = {0};
    test_kd_scores(&t);
    test_blocks(&t);
    test_panel_stats(&t);
    test_others(&t);
    test_verdicts(&t);
    test_j(&t);
    test_null_pairs(&t);
    test_words(&t);
    return test_end(&t);
}
