/* The whole way from a results file to the tables, twice: for the sanitizers, and the same bytes.
 * The numbers are compared in tests/stats. */
#include "test.h"
#include "report/report.h"

/* The three tables of the case with config n, in one text; freed by the caller. */
static char *tables(test *t, const char *dir, int n)
{
    char config_path[4096], j_path[4096], *text = NULL;
    size_t size = 0;
    tjac_config c = {0};
    tjac_panels panels = {0};
    tjac_externals externals = {0};
    tjac_jfile *file = NULL;
    tjac_j_table table = {0};
    tjac_stats stats = {0};
    tjac_err err = {0};
    snprintf(config_path, sizeof config_path, "%s/config_%d.json", dir, n);
    snprintf(j_path, sizeof j_path, "%s/j.h5", dir);
    (void)!(tjac_config_read_stats(config_path, false, &c, &err) ||
            tjac_panels_read(&c, &panels, &err) ||
            tjac_externals_read(&c.stats.external, &externals, &err) ||
            tjac_jfile_open(j_path, &file, &err) ||
            tjac_j_table_make(&c, &panels, file, &table, &err) ||
            tjac_stats_make(&table, &c.stats, &externals, &stats, &err));
    if (CHECK_OK(t, err.code, &err)) {
        FILE *f = open_memstream(&text, &size);
        tjac_report_kd_scores(f, &stats, "r");
        tjac_report_panel_stats(f, &stats, &c.stats, "r");
        tjac_report_concordance(f, &stats, &c.stats, "r");
        tjac_report_verdicts(f, &stats);
        fclose(f);
    }
    tjac_stats_free(&stats);
    tjac_j_table_free(&table);
    tjac_jfile_close(file);
    tjac_externals_free(&externals);
    tjac_panels_free(&panels);
    tjac_config_free(&c);
    return text;
}

/* A table without blocks has no statistics, and that is no error. */
static void test_empty(test *t)
{
    const tjac_j_table none = {0};
    const tjac_config_stats options = {.bootstrap = 2, .permutations = 1, .alpha = 0.05};
    const tjac_externals externals = {0};
    tjac_stats stats = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_stats_make(&none, &options, &externals, &stats, &err), &err);
    CHECK(t, stats.panels.n == 0 && stats.concordance.n == 0 && stats.warnings.n == 0);
    tjac_stats_free(&stats);
}

int main(void)
{
    test t = {0};
    const char *dir = getenv("TJAC_TEST_STATS");
    for (int n = 0; n < 3; n++) {
        char *once = tables(&t, dir ? dir : "tests/stats/case", n);
        char *again = tables(&t, dir ? dir : "tests/stats/case", n);
        CHECK(&t, once && again && strcmp(once, again) == 0);
        CHECK(&t, once && strstr(once, "few,shot") != NULL);
        free(once);
        free(again);
    }
    test_empty(&t);
    return test_end(&t);
}
