/* The whole way from a results file to the tables, twice: for the sanitizers, and the same bytes;
 * and what is said on the way. The numbers are compared in tests/stats. */
#include "jtable_case.h"
#include "report/report.h"

enum { CASES = 5 };

/* The tables of the case with config n, in one text; freed by the caller. */
static char *tables(test *t, const char *dir, int n)
{
    char config_path[4096], j_path[4096], *text = NULL;
    size_t size = 0;
    tjac_config c = {0};
    tjac_panels panels = {0};
    tjac_externals externals = {0};
    tjac_jfile *file = NULL;
    tjac_stats stats = {0};
    tjac_err err = {0};
    snprintf(config_path, sizeof config_path, "%s/config_%d.json", dir, n);
    snprintf(j_path, sizeof j_path, "%s/j_%d.h5", dir, n); /* of a model that is shuffled */
    if (access(j_path, R_OK) != 0)
        snprintf(j_path, sizeof j_path, "%s/j.h5", dir);
    (void)!(tjac_config_read_stats(config_path, &c, &err) || tjac_panels_read(&c, &panels, &err) ||
            tjac_externals_read(&c.stats.external, &externals, &err) ||
            tjac_jfile_open(j_path, &file, &err) ||
            tjac_stats_make(&c, &panels, &externals, file, &stats, &err));
    if (CHECK_OK(t, err.code, &err)) {
        FILE *f = open_memstream(&text, &size);
        tjac_report_kd_scores(f, &stats, "r");
        tjac_report_blocks(f, &stats, "r");
        tjac_report_panel_stats(f, &stats, &c.stats, "r");
        tjac_report_panel_matrix(f, &stats, "r");
        tjac_report_concordance(f, &stats, &c.stats, "r");
        tjac_report_verdicts(f, &stats);
        for (size_t i = 0; i < stats.warnings.n; i++)
            fprintf(f, "%s\n", stats.warnings.name[i]);
        fclose(f);
    }
    tjac_stats_free(&stats);
    tjac_jfile_close(file);
    tjac_externals_free(&externals);
    tjac_panels_free(&panels);
    tjac_config_free(&c);
    return text;
}

/* ---- what is said ---- */

/* One pair a block of one row and two columns; four KDs, two of them the pathway's. */
static const case_pair pairs[] = {
    {"p", TJAC_PAIR_PATHWAY, "A", "X"}, {"p", TJAC_PAIR_PATHWAY, "A", "Y"},
    {"p", TJAC_PAIR_ROW, "A", "Z"},     {"p", TJAC_PAIR_COL, "B", "X"},
    {"p", TJAC_PAIR_COL, "B", "Y"},     {"p", TJAC_PAIR_MATCHED, "B", "Z"}};
enum { PAIRS = sizeof pairs / sizeof *pairs, KDS = 5 };

typedef struct {
    jtable_case c;
    tjac_externals externals;
    tjac_names paths; /* of these */
    tjac_stats stats;
} fixture;

/* Statistics of J[KDS][PAIRS]. */
static void setup(test *t, fixture *f, const double *J, tjac_estimand wanted)
{
    static const char path[] = "test_stats.h5";
    tjac_err err = {0};
    tjac_layout l;
    case_layout(&l, "p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_draw(&l, "p", false, 1, (const char *[]){"A", "B"}, (const double[]){1, 1});
    case_layout_draw(&l, "p", true, 1, (const char *[]){"X", "Z"}, (const double[]){1, 1});
    case_layout_model(&l, "m", "T", "K1|K2|U1|U2|ctl", pairs, PAIRS);
    tjac_jfile *file = case_file(path, &l, (case_numbers){0, J, KDS * PAIRS}, 0);
    case_model(&f->c, "m");
    case_estimand(&f->c, wanted);
    case_panel(&f->c, "p", "A", "X|Y", "K1|K2", "U1|U2");
    case_ready(&f->c);
    f->c.config.stats = (tjac_config_stats){.permutations = 99,
                                            .bootstrap = 20,
                                            .alpha = 0.05,
                                            .min_effect = 0.263,
                                            .external = f->paths};
    CHECK_OK(t, tjac_stats_make(&f->c.config, &f->c.panels, &f->externals, file, &f->stats, &err),
             &err);
    tjac_jfile_close(file);
    unlink(path);
}

static void teardown(fixture *f)
{
    tjac_stats_free(&f->stats);
    case_free(&f->c);
}

static void fill(double J[KDS][PAIRS])
{
    for (size_t k = 0; k < KDS; k++)
        for (size_t i = 0; i < PAIRS; i++)
            J[k][i] = 1 + (double)(k * 3 % 4 + i);
}

static void test_warnings(test *t)
{
    double J[KDS][PAIRS];
    fixture f = {0};
    fill(J);
    setup(t, &f, J[0], TJAC_SET_MEAN);
    CHECK(t, f.stats.table.n == 1 && f.stats.panels.n == 1 && f.stats.warnings.n == 0);
    CHECK(t, f.stats.matrix.n == 1 && f.stats.concordance.n == 0);
    CHECK(t, f.stats.crossed[0].panel == &f.stats.table.panel[0] && f.stats.score[0]);
    teardown(&f);

    for (size_t k = 0; k < 4; k++) /* under the control it is not */
        J[k][1] = 0;
    J[0][5] = J[2][5] = J[4][5] = J[1][0] = 0;
    f = (fixture){0};
    setup(t, &f, J[0], TJAC_SET_MEAN);
    if (CHECK(t, f.stats.warnings.n == 1))
        CHECK_STRING(
            t, f.stats.warnings.name[0],
            "panel 'p' of model 'm', set_mean in 'T': 1 of 6 pairs are left out, as their "
            "J is 0 or no number under every KD; all of a block is 0 under a KD in 3 of 16 cases, "
            "where s is the block's smallest less 1");
    teardown(&f);

    fill(J);
    J[1][0] = J[1][1] = 0;
    f = (fixture){0};
    setup(t, &f, J[0], TJAC_SET_MEAN);
    if (CHECK(t, f.stats.warnings.n == 1))
        CHECK_STRING(t, f.stats.warnings.name[0],
                     "panel 'p' of model 'm', set_mean in 'T': all of a block is 0 under a KD in 1 "
                     "of 16 cases, where s is the block's smallest less 1");
    teardown(&f);

    for (size_t k = 0; k < KDS; k++)
        J[k][2] = 0;
    f = (fixture){0};
    setup(t, &f, J[0], TJAC_SET_MEAN);
    if (CHECK(t, f.stats.warnings.n == 1))
        CHECK(t, strstr(f.stats.warnings.name[0],
                        "1 of 6 pairs are left out, as their J is 0 or no number under every KD, "
                        "and with them "
                        "0 rows and 1 columns of blocks that have no other; all of a block"));
    CHECK(t, f.stats.panels.row[0].verdict == TJAC_VERDICT_NO_ANSWER);
    CHECK_STRING(t, f.stats.panels.row[0].reason,
                 "no blocks: no targets of like expression could be drawn and kept");
    teardown(&f);
}

/* A file that names no KD of the run is most likely the wrong one. */
static void test_strangers(test *t)
{
    char *path[] = {case_text("some/x.csv")};
    double J[KDS][PAIRS], value[] = {1, 2};
    fill(J);
    for (int known = 0; known < 2; known++) {
        tjac_external e = {.name = case_text("x"), .value = value};
        case_add(&e.kds, known ? "K9|U2" : "K9|K8");
        fixture f = {.externals = {&e, 1}, .paths = {.name = path, .n = 1}};
        setup(t, &f, J[0], TJAC_SET_MEAN);
        CHECK(t, f.stats.concordance.n == 2 && f.stats.warnings.n == (known ? 0 : 1));
        if (f.stats.warnings.n == 1)
            CHECK_STRING(t, f.stats.warnings.name[0],
                         "'some/x.csv' of stats.external names 2 KDs and none of the run's");
        teardown(&f);
        tjac_names_free(&e.kds);
    }
}

/* A run of pert alone has no statistics, and that is no error. */
static void test_empty(test *t)
{
    double J[KDS][PAIRS];
    fixture f = {0};
    fill(J);
    setup(t, &f, J[0], TJAC_PERT);
    CHECK(t, f.stats.panels.n == 0 && f.stats.concordance.n == 0 && f.stats.matrix.n == 0);
    CHECK(t, f.stats.warnings.n == 1); /* of set_mean, which the file has */
    teardown(&f);
}

int main(void)
{
    test t = {0};
    const char *dir = getenv("TJAC_TEST_STATS");
    for (int n = 0; n < CASES; n++) {
        char *once = tables(&t, dir ? dir : "tests/stats/case", n);
        char *again = tables(&t, dir ? dir : "tests/stats/case", n);
        CHECK(&t, once && again && strcmp(once, again) == 0);
        CHECK(&t, once && strstr(once, "few,shot") != NULL);
        free(once);
        free(again);
    }
    test_warnings(&t);
    test_strangers(&t);
    test_empty(&t);
    return test_end(&t);
}
