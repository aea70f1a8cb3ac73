/* Blocks from a run are the blocks of the j.csv that the run writes, bit for bit. */
#include "jtable_case.h"
#include "report/report.h"

enum { MODELS = 2, BLOCKS = 2 };

typedef struct {
    jtable_case c;
    tjac_null null;
    tjac_null_panel drawn[CASE_PANELS];
    tjac_names kds[MODELS];
    tjac_results results[MODELS][BLOCKS];
    tjac_block block[MODELS][BLOCKS];
    tjac_run_model model[MODELS];
} run;

static uint64_t next(uint64_t *state)
{
    return *state = *state * 6364136223846793005u + 1442695040888963407u;
}

/* Numbers whose text is delicate, among random bit patterns. */
static double number(uint64_t *state)
{
    static const double delicate[] = {5e-324,
                                      -0.0,
                                      0.0,
                                      0.1,
                                      1.0 / 3,
                                      1.7976931348623157e308,
                                      NAN,
                                      -INFINITY,
                                      -1.,
                                      INFINITY,
                                      2.2250738585072014e-308};
    uint64_t bits = next(state);
    double v;
    if (bits >> 62 == 0)
        return delicate[(bits >> 40) % (sizeof delicate / sizeof *delicate)];
    memcpy(&v, &bits, sizeof v); /* some of them NaN */
    return v;
}

static void make_model(run *r, size_t m, const char *const *cell_types)
{
    tjac_err err = {0};
    const tjac_config *c = &r->c.config;
    uint64_t state = 17 + m;
    tjac_run_model *to = &r->model[m];
    to->names = (tjac_plan_names){c->model[m].name, &to->input.inputs, &to->input.outputs,
                                  &r->kds[m], "non,targeting"};
    if (tjac_plan_make(c, &r->c.panels, r->null.n_panels ? &r->null : NULL, &to->names, &to->plan,
                       &err))
        abort();
    for (size_t b = 0; b < BLOCKS; b++) {
        tjac_results *x = &r->results[m][b];
        if (tjac_results_init(c->n_estimands, &to->plan, x, &err))
            abort();
        for (size_t i = 0; i < x->n_estimands * x->n_kds * x->n_pairs; i++) {
            x->J[i] = number(&state);
            x->se[i] = number(&state);
        }
        for (size_t i = 0; i < x->n_kds * x->n_targets; i++)
            x->active[i] = number(&state);
        r->block[m][b].cell_type = case_text(cell_types[b]);
    }
    to->input.name = c->model[m].name;
    to->input.block = r->block[m];
    to->input.n_blocks = BLOCKS;
    to->results = r->results[m];
}

static void run_free(run *r)
{
    for (size_t m = 0; m < MODELS; m++) {
        tjac_plan_free(&r->model[m].plan);
        for (size_t b = 0; b < BLOCKS; b++)
            tjac_results_free(&r->results[m][b]);
        tjac_names_free(&r->model[m].input.inputs);
        tjac_names_free(&r->model[m].input.outputs);
        tjac_names_free(&r->kds[m]);
    }
    case_free(&r->c);
}

/* ---- the comparison ---- */

static void check_names(test *t, const tjac_names *a, const tjac_names *b)
{
    if (CHECK(t, a->n == b->n))
        for (size_t i = 0; i < a->n; i++)
            CHECK_STRING(t, a->name[i], b->name[i]);
}

static void check_block(test *t, const tjac_j_block *a, const tjac_j_block *b)
{
    size_t n = a->kds.n * a->n_pairs;
    CHECK_STRING(t, a->model, b->model);
    CHECK_STRING(t, a->cell_type, b->cell_type);
    CHECK_STRING(t, a->panel, b->panel);
    CHECK(t, a->panel_index == b->panel_index && a->estimand == b->estimand);
    check_names(t, &a->regulators, &b->regulators);
    check_names(t, &a->targets, &b->targets);
    check_names(t, &a->kds, &b->kds);
    if (!CHECK(t, a->n_pairs == b->n_pairs && a->kds.n == b->kds.n))
        return;
    for (size_t i = 0; i < a->n_pairs; i++)
        CHECK(t, a->pair[i].kind == b->pair[i].kind &&
                     a->pair[i].regulator == b->pair[i].regulator &&
                     a->pair[i].target == b->pair[i].target && a->pair[i].sign == b->pair[i].sign);
    CHECK(t, memcmp(a->kd_class, b->kd_class, a->kds.n * sizeof *a->kd_class) == 0);
    CHECK(t, memcmp(a->J, b->J, n * sizeof *a->J) == 0);
    CHECK(t, memcmp(a->self, b->self, n) == 0);
}

/* Both ways; *made is left to the caller. */
static void check_round(test *t, run *r, size_t n_models, tjac_j_table *made)
{
    const tjac_run whole = {.panels = r->c.panels, .model = r->model, .n_models = n_models};
    tjac_err err = {0};
    tjac_j_table table = {0};
    char path[TEST_PATH];
    if (!test_temporary(path, "", 0))
        abort();
    FILE *f = fopen(path, "wb");
    CHECK_OK(t, tjac_report_j(f, &r->c.config, &whole, &err), &err);
    fclose(f);
    CHECK_OK(t, tjac_j_table_read(path, &r->c.config, &r->c.panels, &table, &err), &err);
    CHECK_OK(t, tjac_j_table_make(&r->c.config, &whole, made, &err), &err);
    CHECK(t, table.warnings.n == 0 && made->warnings.n == 0);
    CHECK(t, made->n == n_models * BLOCKS * r->c.config.n_panels * r->c.config.n_estimands);
    if (CHECK(t, made->n == table.n))
        for (size_t i = 0; i < made->n; i++)
            check_block(t, &made->block[i], &table.block[i]);
    tjac_j_table_free(&table);
    unlink(path);
}

/* ---- two models, panels that share pairs, names that need quotes ---- */

static void test_names(test *t)
{
    static const char *const cell_types[] = {"T cell, \"naive\"", "B\ncell "};
    run r = {0};
    tjac_j_table made = {0};
    tjac_null_pair pair[] = {
        {.kind = TJAC_PAIR_MATCHED, .drawn_regulator = "MYC", .drawn_target = "x,1"},
        {.kind = TJAC_PAIR_MATCHED, .drawn_regulator = "A\"TF4", .drawn_target = "NA"},
        {.kind = TJAC_PAIR_MATCHED, .drawn_regulator = "MYC", .drawn_target = "CALR"},
        {.kind = TJAC_PAIR_UNRELATED_TARGET, .drawn_regulator = "HSPA5", .drawn_target = "MYC"},
        {.kind = TJAC_PAIR_UNRELATED_TARGET, .drawn_regulator = "A\"TF4", .drawn_target = "MYC"}};
    case_model(&r.c, "few, \"shot\"");
    case_model(&r.c, "zero");
    case_estimand(&r.c, TJAC_PERT);
    case_estimand(&r.c, TJAC_SET_MEAN);
    case_estimand(&r.c, TJAC_SHIFT);
    case_panel(&r.c, "p, q", "HSPA5|A\"TF4", "CALR|x,1|HSPA5", "SRP54|HSPA5", "MYC");
    case_panel(&r.c, "\"", "A\"TF4", "CALR|MYC", "b\nc", "");
    case_panel(&r.c, "third", "CALR|HSPA5", "x,1|CALR", "", "");
    case_ready(&r.c);
    r.c.panels.panel[0].pair[1].sign = -1;
    r.c.panels.panel[1].pair[0].sign = 1;
    r.drawn[0] = (tjac_null_panel){.pair = pair, .n = 5};
    r.drawn[1] = (tjac_null_panel){.pair = pair, .n = 2};
    r.null = (tjac_null){.panel = r.drawn, .n_panels = 3};
    case_add(&r.model[0].input.inputs, "HSPA5|A\"TF4|CALR|MYC|x,1");
    case_add(&r.model[0].input.outputs, "x,1|CALR|HSPA5|NA|A\"TF4|MYC");
    case_add(&r.kds[0], "SRP54|non,targeting|HSPA5|b\nc|MYC|NA");
    case_add(&r.model[1].input.inputs, "MYC|CALR|A\"TF4|HSPA5");
    case_add(&r.model[1].input.outputs, "NA|MYC|CALR|HSPA5|x,1");
    case_add(&r.kds[1], "b\nc|MYC|HSPA5|non,targeting|SRP54");
    make_model(&r, 0, cell_types);
    r.c.config.kds_rule = TJAC_KDS_ALL;
    make_model(&r, 1, cell_types);
    check_round(t, &r, 2, &made);

    const tjac_j_block *pert = &made.block[0], *set_mean = &made.block[1];
    CHECK(t, pert->estimand == TJAC_PERT && set_mean->estimand == TJAC_SET_MEAN);
    CHECK(t, set_mean->n_pairs == 11); /* 2 x 3, 3 null, 2 unrelated */
    CHECK(t, pert->n_pairs == 7);      /* targets: 3, 3 null, MYC */
    CHECK(t, set_mean->pair[1].sign == -1 && pert->pair[1].sign == 0);
    CHECK(t, set_mean->kds.n == 5 && set_mean->kd_class[4] == TJAC_KD_CONTROL);
    CHECK(t, set_mean->kd_class[3] == TJAC_KD_BACKGROUND);
    /* KD HSPA5 on HSPA5 -> CALR; KD SRP54 on the same pair */
    CHECK_STRING(t, set_mean->kds.name[1], "HSPA5");
    CHECK(t, set_mean->self[11] == 1 && set_mean->self[0] == 0 && pert->self[0] == 1);
    CHECK_STRING(t, made.block[17].panel, "third");
    CHECK_STRING(t, made.block[17].cell_type, "B\ncell ");
    CHECK_STRING(t, made.block[18].model, "zero");
    tjac_j_table_free(&made);
    run_free(&r);
}

/* One target of more regulators than a byte counts: pert has it once. */
static void test_wide(test *t)
{
    enum { N = 600 };
    static const char *const cell_types[] = {"NA", "mixed"};
    static char genes[8 * N];
    run r = {0};
    tjac_j_table made = {0};
    size_t n = 0;
    for (int i = 0; i < N; i++)
        n += (size_t)snprintf(genes + n, sizeof genes - n, "%sG%d", i ? "|" : "", i);
    case_model(&r.c, "m");
    case_estimand(&r.c, TJAC_SET_MEAN);
    case_estimand(&r.c, TJAC_PERT);
    case_panel(&r.c, "wide", genes, "X|Y", "G7", "");
    case_ready(&r.c);
    case_add(&r.model[0].input.inputs, genes);
    case_add(&r.model[0].input.outputs, "X|Y");
    case_add(&r.kds[0], "non,targeting|G7");
    make_model(&r, 0, cell_types);
    check_round(t, &r, 1, &made);
    CHECK(t, made.block[0].n_pairs == 2 * N && made.block[1].n_pairs == 2);
    tjac_j_table_free(&made);
    run_free(&r);
}

int main(void)
{
    test t = {0};
    test_names(&t);
    test_wide(&t);
    return test_end(&t);
}
