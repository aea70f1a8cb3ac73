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
    tjac_j_panel panel[4];
    tjac_kd_class kd_class[KDS];
    tjac_kd_score score_of[4][KDS], *score[4];
    tjac_profiles_near near[4]; /* no KDs are near */
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
        f->panel[b] = (tjac_j_panel){.model = (char *)(uintptr_t)(b < 2 ? "few" : "zero"),
                                     .cell_type = (char *)(uintptr_t)(b % 2 ? "rpe1" : "hep"),
                                     .panel = (char *)(uintptr_t) "p",
                                     .kd_class = f->kd_class};
        for (size_t k = 0; k < KDS; k++) {
            name(&f->panel[b].kds, kds[k]);
            f->score_of[b][k].score = x[b][k];
        }
        f->score[b] = f->score_of[b];
    }
    f->table = (tjac_j_table){.panel = f->panel, .n = 4};
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
    CHECK_OK(
        t, tjac_concordance_make(&f.table, f.score, f.near, &f.externals, &options, &f.made, &err),
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
        CHECK_NEAR(t, r[2].spearman, -1, 1e-12);
        CHECK(t, isnan(r[6].spearman) && isnan(r[2].pearson_limits.hi)); /* below five KDs */
        CHECK(t, r[2].n_clusters == 3 && r[3].n_clusters == 2 && f.made.warnings.n == 0);
    }
    tjac_concordance_free(&f.made);
    f.table.n = 1; /* one model, one cell type: its own name, no externals: no rows */
    f.externals.n = 0;
    CHECK_OK(
        t, tjac_concordance_make(&f.table, f.score, f.near, &f.externals, &options, &f.made, &err),
        &err);
    CHECK(t, f.made.n == 0);
    tjac_concordance_free(&f.made);
    for (size_t b = 0; b < 4; b++)
        tjac_names_free(&f.panel[b].kds);
    tjac_names_free(&f.one.kds);
}

/* ---- clusters ---- */

enum { MANY = 12 };

/* Two models with the same KDs, the second's in reverse; and its KDs' positions there. */
typedef struct {
    tjac_j_panel panel[2];
    tjac_kd_class kd_class[MANY + 1];
    tjac_kd_score score_of[2][MANY + 1], *score[2];
    size_t pair[2][4][2];
    tjac_profiles_near near[2];
    tjac_j_table table;
    tjac_concordance made;
} clustered;

static void setup_clustered(clustered *c)
{
    char kd[8];
    memset(c, 0, sizeof *c);
    for (size_t b = 0; b < 2; b++) {
        c->panel[b] = (tjac_j_panel){.model = (char *)(uintptr_t)(b ? "two" : "one"),
                                     .cell_type = (char *)(uintptr_t) "hep",
                                     .panel = (char *)(uintptr_t) "p",
                                     .kd_class = c->kd_class};
        c->score[b] = c->score_of[b];
        c->near[b].pair = c->pair[b];
        for (size_t i = 0; i <= MANY; i++) { /* the one that only one model has comes last */
            size_t k = i == MANY || b == 0 ? i : MANY - 1 - i;
            snprintf(kd, sizeof kd, i == MANY ? "only%zu" : "K%zu", i == MANY ? b : k);
            name(&c->panel[b].kds, kd);
            c->score_of[b][i].score =
                (double)(k * 7 % 12) + (b ? -0.75 * (double)(k * 5 % 7) : 0.5 * (double)k);
        }
    }
    for (size_t i = 0; i <= MANY; i++)
        c->kd_class[i] = TJAC_KD_BACKGROUND;
    c->score_of[1][MANY - 1 - 10].score = NAN;
    c->table = (tjac_j_table){.panel = c->panel, .n = 2};
}

/* KDs i and k, by their positions in the first model, are near in model b. */
static void put_near(clustered *c, size_t b, size_t i, size_t k)
{
    size_t *pair = c->pair[b][c->near[b].n++];
    pair[0] = b && i < MANY ? MANY - 1 - i : i;
    pair[1] = b && k < MANY ? MANY - 1 - k : k;
}

static const tjac_concordance_row *make_clustered(test *t, clustered *c)
{
    const tjac_config_stats options = {.bootstrap = 300, .alpha = 0.05, .seed = 4};
    const tjac_externals none = {0};
    tjac_err err = {0};
    tjac_concordance_free(&c->made);
    CHECK_OK(t,
             tjac_concordance_make(&c->table, c->score, c->near, &none, &options, &c->made, &err),
             &err);
    return c->made.row;
}

/* Components over both models' near KDs, numbered by their first; numpy: RandomState(4).randint of
 * their number for every cluster of a round, corrcoef, quantile; scipy.stats.spearmanr. KDs that
 * are compared with nothing join none. */
static void test_clusters(test *t)
{
    clustered c;
    setup_clustered(&c);
    put_near(&c, 0, 0, 3);
    put_near(&c, 1, 3, 7);
    put_near(&c, 0, 1, 5);
    put_near(&c, 1, 11, 2);
    put_near(&c, 0, 9, 10); /* 10 has no number in the second model */
    put_near(&c, 1, 8, MANY);
    const tjac_concordance_row *r = make_clustered(t, &c);
    CHECK(t, c.made.n == 2 && r->n == 11 && r->n_clusters == 7 && c.made.warnings.n == 0);
    CHECK_NEAR(t, r->pearson, 0.7318181747651475, 1e-12);
    CHECK_NEAR(t, r->spearman, 0.7260349663137847, 1e-12);
    CHECK_NEAR(t, r->pearson_limits.lo, 0.5582666746493312, 1e-11);
    CHECK_NEAR(t, r->pearson_limits.hi, 0.9078812074508377, 1e-11);
    CHECK(t, r[1].n == 0 && r[1].n_clusters == 0 && isnan(r[1].pearson)); /* no pathway KDs */
    tjac_concordance_free(&c.made);
    tjac_names_free(&c.panel[0].kds);
    tjac_names_free(&c.panel[1].kds);
}

/* Too few clusters, or one that is most of the KDs: no limits, and a warning that says which. */
static void test_too_few(test *t)
{
    static const size_t like[][2] = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
    clustered c;
    setup_clustered(&c);
    for (size_t i = 0; i < 4; i++)
        put_near(&c, i % 2, like[i][0], like[i][1]);
    const tjac_concordance_row *r = make_clustered(t, &c);
    CHECK(t, r->n == 11 && r->n_clusters == 7 && isfinite(r->pearson_limits.lo)); /* 5 of 11 */
    put_near(&c, 0, 4, 5);
    for (size_t i = 0; i < MANY; i++) /* the last six are others' */
        c.kd_class[i] = i < 6 ? TJAC_KD_PATHWAY : TJAC_KD_BACKGROUND;
    r = make_clustered(t, &c);
    CHECK(t, r->n_clusters == 6 && isnan(r->pearson_limits.lo) && isfinite(r->pearson));
    CHECK(t, r[1].n == 6 && r[1].n_clusters == 1 && isnan(r[1].pearson_limits.hi));
    if (CHECK(t, c.made.warnings.n == 2)) {
        CHECK_STRING(t, c.made.warnings.name[0],
                     "panel 'p', set_mean, 'one' and 'two': the 11 KDs stand in 6 clusters of like "
                     "profiles, and 6 of them in one: the correlation has no limits");
        CHECK_STRING(t, c.made.warnings.name[1],
                     "panel 'p', set_mean, 'one' and 'two': the 6 pathway KDs stand in 1 cluster "
                     "of like profiles, fewer than 5: the correlation has no limits");
    }
    tjac_concordance_free(&c.made);
    tjac_names_free(&c.panel[0].kds);
    tjac_names_free(&c.panel[1].kds);
}

int main(void)
{
    test t = {0};
    test_clusters(&t);
    test_too_few(&t);
    test_externals(&t);
    test_rows(&t);
    return test_end(&t);
}
