/* Which scores are set beside which, and files of values. Writes into the working folder. */
#include "test.h"
#include "stats/concordance.h"

enum { KDS = 5 };

static void external(test *t, const char *text, tjac_code code, const char *message)
{
    tjac_external e = {0};
    tjac_err err = {0};
    FILE *f = fopen("test_concordance.values.csv", "wb");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
    CHECK(t, tjac_external_read("./test_concordance.values.csv", &e, &err) == code);
    if (code)
        CHECK_ERROR(t, &err, code, message);
    else
        CHECK_STRING(t, e.name, message);
    tjac_external_free(&e);
}

static void test_externals(test *t)
{
    external(t, "kd,value\nA,1\nB,NA\n", TJAC_OK, "test_concordance.values");
    external(t, "note,value,kd\nx,1,A\n", TJAC_OK, "test_concordance.values");
    external(t, "kd,score\nA,1\n", TJAC_EINPUT, "has no column 'value'");
    external(t, "kd,value\nA,1\nB,2\nA,3\n", TJAC_EINPUT, "line 4: KD 'A' stands there twice");
    external(t, "kd,value\nA,high\n", TJAC_EINPUT, "line 2: 'value' is 'high'");
    remove("test_concordance.values.csv");
}

typedef struct {
    tjac_j_panel block[4];
    tjac_kd_class kd_class[KDS];
    tjac_kd_score score_of[4][KDS], *score[4];
    tjac_j_table table;
    tjac_external one;
    tjac_externals externals;
    double value[3];
    tjac_concordance made;
} fixture;

static void name(tjac_names *names, const char *text)
{
    tjac_err err = {0};
    if (tjac_names_add(names, text, &err))
        abort();
}

/* Two models by two cell types; KDs P0 P1 P2 (pathway), B (background) and the control. */
static void setup(fixture *f)
{
    static const char *const kds[KDS] = {"P0", "P1", "P2", "B", "ctrl"};
    static const double x[4][KDS] = {
        {1, 2, 3, 9, 100}, {5, 5, 5, 5, 5}, {2, 4, 6, NAN, -100}, {1, 1, 2, 3, 5}};
    memset(f, 0, sizeof *f);
    for (size_t k = 0; k < KDS; k++)
        f->kd_class[k] = k < 3 ? TJAC_KD_PATHWAY : k == 3 ? TJAC_KD_BACKGROUND : TJAC_KD_CONTROL;
    for (size_t b = 0; b < 4; b++) {
        f->block[b] = (tjac_j_panel){.model = (char *)(uintptr_t)(b < 2 ? "few" : "zero"),
                                     .cell_type = (char *)(uintptr_t)(b % 2 ? "rpe1" : "hep"),
                                     .panel = (char *)(uintptr_t) "p",
                                     .kd_class = f->kd_class};
        for (size_t k = 0; k < KDS; k++) {
            name(&f->block[b].kds, kds[k]);
            f->score_of[b][k].score = x[b][k];
        }
        f->score[b] = f->score_of[b];
    }
    f->table = (tjac_j_table){.block = f->block, .n = 4};
    f->one.name = (char *)(uintptr_t) "ext";
    f->one.value = f->value;
    for (size_t k = 0; k < 3; k++) {
        name(&f->one.kds, (const char *[]){"B", "P1", "P0"}[k]);
        f->value[k] = (double)k;
    }
    f->externals = (tjac_externals){&f->one, 1};
}

static void check(test *t, const tjac_concordance_row *r, const char *a, const char *b,
                  bool pathway, size_t n, double pearson)
{
    CHECK_STRING(t, r->a, a);
    CHECK_STRING(t, r->b, b);
    CHECK(t, r->pathway_only == pathway && r->n == n);
    if (isnan(pearson))
        CHECK(t, isnan(r->pearson) && isnan(r->pearson_limits.lo));
    else
        CHECK_NEAR(t, r->pearson, pearson, 1e-12);
}

static void test_rows(test *t)
{
    fixture f;
    tjac_err err = {0};
    const tjac_config_stats options = {.bootstrap = 50, .alpha = 0.05, .seed = 1};
    setup(&f);
    CHECK_OK(t, tjac_concordance_make(&f.table, f.score, &f.externals, &options, &f.made, &err),
             &err);
    const tjac_concordance_row *r = f.made.row;
    if (CHECK(t, f.made.n == 12)) {
        check(t, &r[0], "few [hep]", "zero [hep]", false, 3, 1); /* without B and the control */
        check(t, &r[1], "few [hep]", "zero [hep]", true, 3, 1);
        check(t, &r[2], "few [hep]", "ext", false, 3, -0.917662935482247); /* 9 2 1, 0 1 2 */
        check(t, &r[3], "few [hep]", "ext", true, 2, -1);
        check(t, &r[4], "zero [hep]", "ext", false, 2, -1);
        check(t, &r[6], "few [rpe1]", "zero [rpe1]", false, 4, NAN); /* constant */
        check(t, &r[8], "few [rpe1]", "ext", false, 3, NAN);
        check(t, &r[10], "zero [rpe1]", "ext", false, 3, -0.866025403784439); /* 3 1 1, 0 1 2 */
        CHECK(t, isnan(r[3].p_spearman) && isnan(r[3].pearson_limits.hi));    /* below three KDs */
    }
    tjac_concordance_free(&f.made);
    f.table.n = 1; /* one model, one cell type: its own name, no externals: no rows */
    f.externals.n = 0;
    CHECK_OK(t, tjac_concordance_make(&f.table, f.score, &f.externals, &options, &f.made, &err),
             &err);
    CHECK(t, f.made.n == 0);
    tjac_concordance_free(&f.made);
    for (size_t b = 0; b < 4; b++)
        tjac_names_free(&f.block[b].kds);
    tjac_names_free(&f.one.kds);
}

int main(void)
{
    test t = {0};
    test_externals(&t);
    test_rows(&t);
    return test_end(&t);
}
