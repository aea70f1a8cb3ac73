/* The golden text of the CSVs and of the table of verdicts. */
#include "jtable_case.h"
#include "report/report.h"

enum { MAX_TEXT = 8192 };

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* Two models, two blocks; numbers that are exact in binary, so that their text is known. */
typedef struct {
    char *kds[2][2];
    tjac_kd_class kd_class[2][2];
    tjac_j_panel block[2];
    tjac_j_table table;
    tjac_kd_score score[2][2];
    tjac_kd_score *scores[2];
    tjac_panel_stat row[3];
    tjac_concordance_row pair[2];
    tjac_stats stats;
} fixture;

static void make_blocks(fixture *f)
{
    for (size_t b = 0; b < 2; b++) {
        f->kds[b][0] = text_of(b ? "K1" : "K \"1\"");
        f->kds[b][1] = text_of("non-targeting");
        f->kd_class[b][0] = b ? TJAC_KD_BACKGROUND : TJAC_KD_PATHWAY;
        f->kd_class[b][1] = b ? TJAC_KD_UNRELATED : TJAC_KD_CONTROL;
        f->block[b] = (tjac_j_panel){.model = text_of(b ? "zero" : "few,shot"),
                                     .cell_type = text_of("NA"),
                                     .panel = text_of("the \"p\""),
                                     .estimand = TJAC_SET_MEAN,
                                     .kds = {.name = f->kds[b], .n = 2},
                                     .kd_class = f->kd_class[b]};
        f->scores[b] = f->score[b];
    }
    f->table = (tjac_j_table){.block = f->block, .n = 2};
    f->stats.table = &f->table;
    f->stats.score = f->scores;
}

static void make_scores(fixture *f)
{
    const tjac_interval none = {NAN, NAN};
    const tjac_kd_score undefined = {.n_pathway = 2,
                                     .mean_pathway = NAN,
                                     .mean_null = NAN,
                                     .mean_abs_pathway = NAN,
                                     .mean_abs_null = NAN,
                                     .mean_abs_unrelated = NAN,
                                     .difference = NAN,
                                     .difference_limits = none,
                                     .ratio = NAN,
                                     .ratio_limits = none,
                                     .ratio_bounded = -1,
                                     .log2_abs_ratio = NAN,
                                     .sign_concordance = NAN,
                                     .score = NAN,
                                     .delta_control = NAN,
                                     .rank = NAN,
                                     .quantile = NAN};
    f->score[0][0] = (tjac_kd_score){.n_pathway = 6,
                                     .n_null = 7,
                                     .n_unrelated = 99,
                                     .mean_pathway = 0.5,
                                     .mean_null = 0.1,
                                     .mean_abs_pathway = 0.75,
                                     .mean_abs_null = 0.25,
                                     .mean_abs_unrelated = 5e-324,
                                     .difference = 0.375,
                                     .difference_limits = {-0.125, 1},
                                     .ratio = 2,
                                     .ratio_limits = {1.5, 2.5},
                                     .ratio_bounded = 1,
                                     .log2_abs_ratio = 3.25,
                                     .sign_concordance = 0,
                                     .score = 98,
                                     .delta_control = -4,
                                     .rank = 1.5,
                                     .quantile = 0.0625};
    f->score[0][1] = f->score[1][0] = f->score[1][1] = undefined;
    f->score[1][0].ratio = -8;
    f->score[1][0].ratio_bounded = 0;
}

static void make_rows(fixture *f)
{
    f->row[0] = (tjac_panel_stat){.block = &f->block[0],
                                  .reference = TJAC_KD_UNRELATED,
                                  .n_pathway_kds = 4,
                                  .n_reference_kds = 3,
                                  .mean_pathway_kds = 1.5,
                                  .mean_reference_kds = 0.25,
                                  .test = {1.25, 0.03125, 0.0078125, true},
                                  .effect_limits = {0.5, 2},
                                  .effect_pathway = 0.75,
                                  .effect_null = -0.5,
                                  .mann_whitney = {11, 0.9375, 0.0625, true},
                                  .point_biserial_r = 0.875,
                                  .p_r = 0.015625,
                                  .q = 0.046875,
                                  .members_elevated = 1,
                                  .loo_effect_min = 1.125,
                                  .loo_pair_effect_min = 1.0625,
                                  .specificity = 3.5,
                                  .p_specificity = 0.375,
                                  .q_specificity = 0.4375,
                                  .elevated = TJAC_YES,
                                  .consistent = TJAC_YES,
                                  .specific = TJAC_NO,
                                  .replicated = TJAC_UNKNOWN,
                                  .verdict = TJAC_VERDICT_NOT_SPECIFIC,
                                  .reason = text_of("a \"reason\", with a comma")};
    f->row[1] = f->row[0];
    f->row[1].reference = TJAC_KD_BACKGROUND;
    f->row[1].test = (tjac_permutation){-1.25e-5, 0.0001220703125, 6.103515625e-5, false};
    f->row[1].mann_whitney = (tjac_mann_whitney){3, 0.5, 1, false};
    f->row[1].elevated = f->row[1].consistent = TJAC_NO;
    f->row[1].specific = f->row[1].replicated = TJAC_YES;
    f->row[1].verdict = TJAC_VERDICT_POSITIVE;
    f->row[1].reason = text_of("plain");
    f->row[2] = (tjac_panel_stat){.block = &f->block[1],
                                  .reference = -1,
                                  .mean_pathway_kds = NAN,
                                  .mean_reference_kds = NAN,
                                  .test = {NAN, NAN, NAN, true},
                                  .effect_limits = {NAN, NAN},
                                  .effect_pathway = NAN,
                                  .effect_null = NAN,
                                  .mann_whitney = {NAN, NAN, NAN, true},
                                  .point_biserial_r = NAN,
                                  .p_r = NAN,
                                  .q = NAN,
                                  .members_elevated = NAN,
                                  .loo_effect_min = NAN,
                                  .loo_pair_effect_min = NAN,
                                  .specificity = NAN,
                                  .p_specificity = NAN,
                                  .q_specificity = NAN,
                                  .elevated = TJAC_UNKNOWN,
                                  .consistent = TJAC_UNKNOWN,
                                  .specific = TJAC_UNKNOWN,
                                  .replicated = TJAC_UNKNOWN,
                                  .verdict = TJAC_VERDICT_NA,
                                  .reason = text_of("no KDs")};
    f->stats.panels = (tjac_panel_stats){.row = f->row, .n = 3};
}

static void make_pairs(fixture *f)
{
    f->pair[0] = (tjac_concordance_row){.panel = "the \"p\"",
                                        .estimand = TJAC_KNOCKOUT,
                                        .a = text_of("few,shot"),
                                        .b = text_of("zero"),
                                        .n = 12,
                                        .pearson = 0.5,
                                        .pearson_limits = {0.25, 0.75},
                                        .spearman = -0.125,
                                        .p_spearman = 0.0625};
    f->pair[1] = (tjac_concordance_row){.panel = "q",
                                        .estimand = TJAC_PERT,
                                        .a = text_of("zero"),
                                        .b = text_of("patching"),
                                        .pathway_only = true,
                                        .n = 1,
                                        .pearson = NAN,
                                        .pearson_limits = {NAN, NAN},
                                        .spearman = NAN,
                                        .p_spearman = NAN};
    f->stats.concordance = (tjac_concordance){.row = f->pair, .n = 2};
}

static void setup(fixture *f)
{
    *f = (fixture){0};
    make_blocks(f);
    make_scores(f);
    make_rows(f);
    make_pairs(f);
}

typedef enum { KD_SCORES, PANEL_STATS, CONCORDANCE, VERDICTS } report;

static void check(test *t, const fixture *f, report what, tjac_score score, const char *want)
{
    static char got[MAX_TEXT];
    const tjac_config_stats options = {.score = score};
    memset(got, 0, sizeof got);
    FILE *file = fmemopen(got, sizeof got, "w");
    if (!file)
        abort();
    if (what == KD_SCORES)
        tjac_report_kd_scores(file, &f->stats, "r,1");
    else if (what == PANEL_STATS)
        tjac_report_panel_stats(file, &f->stats, &options, "r,1");
    else if (what == CONCORDANCE)
        tjac_report_concordance(file, &f->stats, &options, "r,1");
    else
        tjac_report_verdicts(file, &f->stats);
    fclose(file);
    CHECK_STRING(t, got, want);
}

static void test_csvs(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, KD_SCORES, TJAC_SCORE_LOG2_ABS_RATIO,
          "run,model,cell_type,estimand,panel,kd,kd_class,n_pathway,n_null,mean_pathway,mean_null,"
          "mean_abs_pathway,mean_abs_null,mean_abs_unrelated,difference,difference_lo,"
          "difference_hi,ratio,ratio_lo,ratio_hi,ratio_bounded,log2_abs_ratio,sign_concordance,"
          "delta_control,rank,quantile\n"
          "\"r,1\",\"few,shot\",NA,set_mean,\"the \"\"p\"\"\",\"K "
          "\"\"1\"\"\",pathway,6,7,0.5,0.1,0.75,"
          "0.25,5e-324,0.375,-0.125,1,2,1.5,2.5,true,3.25,0,-4,1.5,0.0625\n"
          "\"r,1\",\"few,shot\",NA,set_mean,\"the "
          "\"\"p\"\"\",non-targeting,control,2,0,NA,NA,NA,NA,NA,"
          "NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA\n"
          "\"r,1\",zero,NA,set_mean,\"the "
          "\"\"p\"\"\",K1,background,2,0,NA,NA,NA,NA,NA,NA,NA,NA,-8,NA,NA,"
          "false,NA,NA,NA,NA,NA\n"
          "\"r,1\",zero,NA,set_mean,\"the "
          "\"\"p\"\"\",non-targeting,unrelated,2,0,NA,NA,NA,NA,NA,NA,NA,"
          "NA,NA,NA,NA,NA,NA,NA,NA,NA,NA\n");
    check(t, &f, PANEL_STATS, TJAC_SCORE_DIFFERENCE,
          "run,model,cell_type,estimand,panel,score,reference,n_pathway_kds,n_reference_kds,"
          "mean_pathway_kds,mean_reference_kds,effect,effect_lo,effect_hi,effect_pathway,"
          "effect_null,auc,p_permutation,p_min,permutation_method,p_mannwhitney,"
          "mannwhitney_method,point_biserial_r,p_r,q,members_elevated,loo_effect_min,"
          "loo_pair_effect_min,specificity,p_specificity,q_specificity,elevated,consistent,"
          "specific,replicated,verdict,reason\n"
          "\"r,1\",\"few,shot\",NA,set_mean,\"the "
          "\"\"p\"\"\",difference,unrelated,4,3,1.5,0.25,1.25,0.5,"
          "2,0.75,-0.5,0.9375,0.03125,0.0078125,exact,0.0625,exact,0.875,0.015625,0.046875,1,"
          "1.125,1.0625,3.5,0.375,0.4375,true,true,false,NA,not_specific,"
          "\"a \"\"reason\"\", with a comma\"\n"
          "\"r,1\",\"few,shot\",NA,set_mean,\"the \"\"p\"\"\",difference,background,4,3,1.5,0.25,"
          "-1.25e-05,0.5,2,0.75,-0.5,0.5,0.0001220703125,6.103515625e-05,sampled,1,normal,0.875,"
          "0.015625,0.046875,1,1.125,1.0625,3.5,0.375,0.4375,false,false,true,true,positive,"
          "plain\n"
          "\"r,1\",zero,NA,set_mean,\"the "
          "\"\"p\"\"\",difference,NA,0,0,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,"
          "NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,no KDs\n");
    check(t, &f, CONCORDANCE, TJAC_SCORE_RATIO,
          "run,estimand,panel,score,a,b,kds,n,pearson,pearson_lo,pearson_hi,spearman,p_spearman\n"
          "\"r,1\",knockout,\"the "
          "\"\"p\"\"\",ratio,\"few,shot\",zero,all,12,0.5,0.25,0.75,-0.125,0.0625\n"
          "\"r,1\",pert,q,ratio,zero,patching,pathway,1,NA,NA,NA,NA,NA\n");
}

static void test_verdicts(test *t)
{
    fixture f;
    setup(&f);
    check(t, &f, VERDICTS, TJAC_SCORE_DIFFERENCE,
          "model     panel    against        effect    AUC        p    p_min  verdict\n"
          "few,shot  the \"p\"  unrelated        1.25  0.938    0.031   0.0078  not_specific\n"
          "  a \"reason\", with a comma\n"
          "few,shot  the \"p\"  background  -1.25e-05  0.500  0.00012  6.1e-05  positive\n"
          "  plain\n"
          "zero      the \"p\"  NA                 NA     NA       NA       NA  NA\n"
          "  no KDs\n");
    /* Several cell types and estimands have columns; a name is as wide as its characters. */
    f.block[1].cell_type = text_of("mixed");
    f.block[1].estimand = TJAC_PERT;
    f.block[1].model = text_of("z\xC3\xA9ro");
    check(t, &f, VERDICTS, TJAC_SCORE_DIFFERENCE,
          "model     cell type  panel    estimand  against        effect    AUC        p    p_min  "
          "verdict\n"
          "few,shot  NA         the \"p\"  set_mean  unrelated        1.25  0.938    0.031   0.0078"
          "  not_specific\n"
          "  a \"reason\", with a comma\n"
          "few,shot  NA         the \"p\"  set_mean  background  -1.25e-05  0.500  0.00012  6.1e-05"
          "  positive\n"
          "  plain\n"
          "z\xC3\xA9ro      mixed      the \"p\"  pert      NA                 NA     NA       NA"
          "       NA  NA\n"
          "  no KDs\n");
    f.stats.panels.n = 0;
    check(t, &f, VERDICTS, TJAC_SCORE_DIFFERENCE,
          "model  panel  against     effect    AUC        p    p_min  verdict\n");
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
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",unrelated_target,0,u,A,pathway,A,C,2,1,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",pathway,0,0,ctl,control,A,\"x,1\",8,4,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",unrelated_target,0,u,ctl,control,A,C,10,5,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,pert,\"p, q\",pathway,0,0,A,pathway,A,\"x,1\",4,2,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,pert,\"p, q\",pathway,0,0,ctl,control,ctl,\"x,1\",12,6,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,second,pathway,0,0,A,unrelated,B,C,3,1.5,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,second,pathway,0,0,ctl,control,B,C,11,5.5,0.25,false\n");
    check_j(
        t, f, true,
        HEADER
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",pathway,0,0,A,pathway,A,\"x,1\",0.1,0.05,0.25,true\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, q\",matched,1,1,A,pathway,B,\"x,1\",NA,NA,0.25,false\n"
        "\"r \"\"1\"\"\",m,T,set_mean,\"p, "
        "q\",unrelated_target,0,u,A,pathway,A,C,2,1,0.25,true\n");
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

int main(void)
{
    test t = {0};
    test_csvs(&t);
    test_verdicts(&t);
    test_j(&t);
    test_null_pairs(&t);
    return test_end(&t);
}
