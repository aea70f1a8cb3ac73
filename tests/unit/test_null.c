/* Null pairs: who may be drawn, from how far, how evenly. */
#include "test.h"
#include "base/numeric.h"
#include "plan/null.h"
#include "report/report.h"

enum { MOST = 400 };

typedef struct {
    tjac_names inputs, outputs;
    double input[MOST], output[MOST];
    tjac_null_genes genes;
    tjac_config_panel config[2];
    tjac_panel panel[2];
    tjac_panels panels;
    size_t edge[4][2];
    tjac_config_null options;
    tjac_null null;
} fixture;

static void add(tjac_names *to, const char *words)
{
    tjac_err err = {0};
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (tjac_names_add(to, w, &err))
            abort();
}

/* Genes G0 .. G(n-1), the expression of Gi is i; outputs in the other order. */
static void setup(fixture *f, size_t n)
{
    char name[32];
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "G%zu", i);
        add(&f->inputs, name);
        f->input[i] = (double)i;
        snprintf(name, sizeof name, "G%zu", n - 1 - i);
        add(&f->outputs, name);
        f->output[i] = (double)(n - 1 - i);
    }
    f->genes = (tjac_null_genes){&f->inputs, &f->outputs, f->input, f->output};
    f->panels.panel = f->panel;
    f->panels.edge = f->edge;
    f->options = (tjac_config_null){.pairs = 10, .match = TJAC_MATCH_BOTH, .seed = 1};
}

/* A panel of all regulators with all targets. */
static void add_panel(fixture *f, const char *name, const char *regulators, const char *targets,
                      const char *kds)
{
    size_t i = f->panels.n++;
    tjac_panel *p = &f->panel[i];
    p->config = &f->config[i];
    p->name = name;
    f->config[i].name = (char *)(uintptr_t)name;
    add(&p->regulators, regulators);
    add(&p->targets, targets);
    add(&f->config[i].kds, kds);
    p->pair = calloc(p->regulators.n * p->targets.n, sizeof *p->pair);
    for (size_t r = 0; r < p->regulators.n; r++)
        for (size_t t = 0; t < p->targets.n; t++)
            p->pair[p->n_pairs++] = (tjac_panel_pair){r, t, 0};
}

static void draw(test *t, fixture *f)
{
    tjac_err err = {0};
    tjac_null_free(&f->null);
    CHECK_OK(t, tjac_null_draw(&f->panels, &f->options, &f->genes, &f->null, &err), &err);
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < f->panels.n; i++) {
        tjac_names_free(&f->panel[i].regulators);
        tjac_names_free(&f->panel[i].targets);
        tjac_names_free(&f->panel[i].members);
        tjac_names_free(&f->config[i].kds);
        tjac_names_free(&f->config[i].unrelated_targets);
        free(f->panel[i].pair);
    }
    tjac_names_free(&f->panels.edge_genes);
    tjac_names_free(&f->inputs);
    tjac_names_free(&f->outputs);
    tjac_null_free(&f->null);
}

static int number(const char *gene)
{
    return atoi(gene + 1);
}

/* ---- who may be drawn ---- */

/* Eight genes: the panel owns G0 G1 (pairs), G2 (its KD), G3 (member of its set); another panel
 * holds G4 and G5; an edge joins G6 and G7. What is left over is known. */
static void test_exclusion(test *t)
{
    fixture f;
    bool seen[8][8] = {{false}};
    setup(&f, 8);
    add_panel(&f, "p", "G0", "G1", "G2 ELSEWHERE");
    add(&f.panel[0].members, "G3 G0");
    add_panel(&f, "q", "G4", "G5", "");
    add(&f.panels.edge_genes, "G7 G6");
    f.edge[0][0] = 0;
    f.edge[0][1] = 1;
    f.panels.n_edges = 1;
    f.options.pairs = 50;
    draw(t, &f);
    const tjac_null_panel *p = &f.null.panel[0];
    /* regulators and targets of G4 .. G7: not i' = j' (4), not G4 G5 (2), not G6 G7 (2): 16 - 8 */
    CHECK(t, p->n_null == 8 && p->wanted == 50);
    for (size_t i = 0; i < p->n; i++) {
        if (p->pair[i].kind != TJAC_PAIR_MATCHED)
            continue;
        int r = number(p->pair[i].drawn_regulator), g = number(p->pair[i].drawn_target);
        CHECK(t, r >= 4 && g >= 4 && r / 2 != g / 2 && !seen[r][g]);
        seen[r][g] = true;
        CHECK_STRING(t, p->pair[i].regulator, "G0");
        CHECK(t, p->pair[i].expr_drawn_regulator == (double)r &&
                     p->pair[i].expr_drawn_target == (double)g && p->pair[i].expr_target == 1);
    }
    CHECK(t, f.null.warnings.n && strstr(f.null.warnings.name[0], "only 8 of 50 null pairs"));
    /* unrelated targets: genes in no panel, so G6 and G7 alone */
    CHECK(t, p->n_unrelated == 2 && p->wanted_unrelated == 20 && p->n == 10);
    CHECK(t, f.null.panel[1].n_null > 0); /* for q the genes of p are no business but its own */
    teardown(&f);
}

static void test_match(test *t)
{
    fixture f;
    setup(&f, 100);
    add_panel(&f, "p", "G10 G50", "G20 G60", "");
    f.options.match = TJAC_MATCH_REGULATOR;
    draw(t, &f);
    for (size_t i = 0; i < f.null.panel[0].n_null; i++) {
        const tjac_null_pair *p = &f.null.panel[0].pair[i];
        CHECK_STRING(t, p->drawn_target, p->target);
        CHECK(t, strcmp(p->drawn_regulator, p->regulator) != 0);
    }
    f.options.match = TJAC_MATCH_TARGET;
    draw(t, &f);
    for (size_t i = 0; i < f.null.panel[0].n_null; i++) {
        const tjac_null_pair *p = &f.null.panel[0].pair[i];
        CHECK_STRING(t, p->drawn_regulator, p->regulator);
        CHECK(t, strcmp(p->drawn_target, p->target) != 0);
    }
    teardown(&f);
}

static void test_embedding(test *t)
{
    fixture f;
    tjac_err err = {0};
    setup(&f, 100);
    add_panel(&f, "p", "G10", "G20", "");
    f.genes.input_expression = NULL;
    f.options.match = TJAC_MATCH_REGULATOR;
    CHECK(t, tjac_null_draw(&f.panels, &f.options, &f.genes, &f.null, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "null.match is 'regulator' and the models read an embedding");
    f.options.match = TJAC_MATCH_BOTH;
    draw(t, &f);
    CHECK(t, f.null.match == TJAC_MATCH_TARGET && f.null.warnings.n == 1);
    CHECK(t, f.null.panel[0].n_null == 10 && isnan(f.null.panel[0].pair[0].expr_regulator) &&
                 isnan(f.null.panel[0].balance.regulator));
    CHECK_STRING(t, f.null.panel[0].pair[3].drawn_regulator, "G10");
    f.output[3] = NAN;
    tjac_null_free(&f.null);
    CHECK(t, tjac_null_draw(&f.panels, &f.options, &f.genes, &f.null, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "the mean expression of 'G96' is not a number");
    teardown(&f);
}

/* ---- from how far ---- */

static void test_window(test *t)
{
    fixture f;
    int lowest = MOST, highest = -1;
    setup(&f, 300);
    add_panel(&f, "p", "G100", "G200", "");
    f.options.pairs = 2000;
    draw(t, &f);
    const tjac_null_panel *p = &f.null.panel[0];
    CHECK(t, p->n_null == 2000);
    for (size_t i = 0; i < p->n_null; i++) {
        int r = number(p->pair[i].drawn_regulator), g = number(p->pair[i].drawn_target);
        CHECK(t, p->pair[i].window == 25 && abs(r - 100) <= 25 && abs(g - 200) <= 25);
        lowest = r < lowest ? r : lowest;
        highest = g > highest ? g : highest;
    }
    CHECK(t, lowest == 75 && highest == 225); /* the ends of the window are in it */
    CHECK(t, fabs(p->balance.regulator) < 0.2 || isnan(p->balance.regulator));

    f.options.pairs =
        3000; /* 50 x 50 are within 25 ranks; then 50 ranks, to the ends of the list */
    draw(t, &f);
    p = &f.null.panel[0];
    CHECK(t, p->n_null == 3000 && p->pair[2499].window == 25 && p->pair[2500].window == 50);
    CHECK(t, f.null.warnings.n && strstr(f.null.warnings.name[0],
                                         "500 of 3000 null pairs needed a window of up to 50"));
    teardown(&f);

    setup(&f, 300); /* at the end of the ranks */
    add_panel(&f, "p", "G0", "G299", "");
    f.options.pairs = 625;
    draw(t, &f);
    p = &f.null.panel[0];
    CHECK(t, p->n_null == 625 && p->pair[624].window == 25);
    for (size_t i = 0; i < p->n_null; i++)
        CHECK(t,
              number(p->pair[i].drawn_regulator) <= 25 && number(p->pair[i].drawn_target) >= 274);
    teardown(&f);
}

/* ---- how evenly ---- */

static void test_deal(test *t)
{
    fixture f;
    size_t count[4] = {0, 0, 0, 0};
    setup(&f, 200);
    add_panel(&f, "p", "G10 G50", "G20 G60", "");
    f.options.pairs = 203;
    draw(t, &f);
    for (size_t i = 0; i < f.null.panel[0].n_null; i++) {
        const tjac_null_pair *p = &f.null.panel[0].pair[i];
        count[2 * (number(p->regulator) == 50) + (number(p->target) == 60)]++;
    }
    CHECK(t, count[0] == 51 && count[1] == 51 && count[2] == 51 && count[3] == 50);
    f.options.pairs = 2; /* fewer than pathway pairs: from the first and the third of four */
    draw(t, &f);
    CHECK(t, f.null.panel[0].n_null == 2);
    CHECK_STRING(t, f.null.panel[0].pair[0].regulator, "G10");
    CHECK_STRING(t, f.null.panel[0].pair[1].regulator, "G50");
    f.options.pairs = 0;
    draw(t, &f);
    CHECK(t, f.null.n_panels == 1 && f.null.panel[0].n == 0 && f.null.warnings.n == 0);
    teardown(&f);
}

/* Each of the eligible pairs is drawn first equally often: chi-square over 2,000 seeds. */
static void test_uniform(test *t)
{
    enum { SEEDS = 2000, GENES = 12 };
    fixture f;
    size_t count[GENES][GENES] = {{0}}, kinds = 0;
    double chi = 0;
    setup(&f, GENES);
    add_panel(&f, "p", "G3", "G7", "");
    f.options.pairs = 1;
    for (f.options.seed = 1; f.options.seed <= SEEDS; f.options.seed++) {
        draw(t, &f);
        count[number(f.null.panel[0].pair[0].drawn_regulator)]
             [number(f.null.panel[0].pair[0].drawn_target)]++;
    }
    const double expected = (double)SEEDS / 90; /* 10 x 10 genes without the diagonal */
    for (size_t r = 0; r < GENES; r++)
        for (size_t g = 0; g < GENES; g++) {
            bool own = r == 3 || r == 7 || g == 3 || g == 7 || r == g;
            CHECK(t, own == (count[r][g] == 0));
            kinds += !own;
            chi += own ? 0
                       : ((double)count[r][g] - expected) * ((double)count[r][g] - expected) /
                             expected;
        }
    CHECK(t, kinds == 90 && chi > 48 && chi < 146); /* 89 degrees of freedom, 0.0001 to each side */

    f.options.pairs = 100; /* none is drawn twice: all 90, and no more */
    draw(t, &f);
    CHECK(t, f.null.panel[0].n_null == 90);
    memset(count, 0, sizeof count);
    for (size_t i = 0; i < f.null.panel[0].n_null; i++) {
        const tjac_null_pair *p = &f.null.panel[0].pair[i];
        CHECK(t, count[number(p->drawn_regulator)][number(p->drawn_target)]++ == 0);
    }
    teardown(&f);
}

/* The same seed draws the same, another seed others; a panel elsewhere changes nothing. */
static void test_seeds(test *t)
{
    fixture f;
    char first[10][16];
    size_t same = 0;
    setup(&f, 300);
    add_panel(&f, "p", "G10", "G20", "");
    draw(t, &f);
    for (size_t i = 0; i < 10; i++)
        snprintf(first[i], sizeof first[i], "%.15s", f.null.panel[0].pair[i].drawn_target);
    add_panel(&f, "q", "G200", "G290", "");
    draw(t, &f);
    for (size_t i = 0; i < 10; i++)
        CHECK_STRING(t, f.null.panel[0].pair[i].drawn_target, first[i]);
    f.options.seed = 2;
    draw(t, &f);
    for (size_t i = 0; i < 10; i++)
        same += strcmp(f.null.panel[0].pair[i].drawn_target, first[i]) == 0;
    CHECK(t, same < 8);
    teardown(&f);
}

/* ---- unrelated targets ---- */

static void test_unrelated(test *t)
{
    fixture f;
    bool seen[MOST] = {false};
    setup(&f, 100);
    add_panel(&f, "p", "G10 G50", "G20 G60 ELSEWHERE", "G21");
    add_panel(&f, "q", "G22", "G23", "");
    add(&f.panels.edge_genes, "G24 G50 G10 G61");
    f.edge[0][0] = 0; /* G24 -> G50, a regulator: in either direction */
    f.edge[0][1] = 1;
    f.edge[1][0] = 2; /* G10 -> G61 */
    f.edge[1][1] = 3;
    f.panels.n_edges = 2;
    draw(t, &f);
    const tjac_null_panel *p = &f.null.panel[0];
    CHECK(t, p->n_unrelated == 20 && p->n == p->n_null + 40);
    for (size_t i = p->n_null; i < p->n; i++) {
        const tjac_null_pair *u = &p->pair[i];
        int g = number(u->drawn_target);
        CHECK(t, u->kind == TJAC_PAIR_UNRELATED_TARGET);
        CHECK_STRING(t, u->drawn_regulator, i < p->n_null + 20 ? "G10" : "G50");
        CHECK_STRING(t, u->regulator, u->drawn_regulator);
        CHECK_STRING(t, u->target, i % 2 == p->n_null % 2 ? "G20" : "G60"); /* in turn */
        CHECK(t, abs(g - number(u->target)) <= 25 && (g < 20 || g > 24) && g != 60 && g != 61 &&
                     g != 10 && g != 50);
        CHECK(t, i >= p->n_null + 20 || !seen[g]);
        seen[g] = true;
    }
    add(&f.config[0].unrelated_targets, "G5"); /* given: none are drawn */
    draw(t, &f);
    CHECK(t, f.null.panel[0].n == f.null.panel[0].n_null && f.null.panel[0].n_unrelated == 0);
    teardown(&f);
}

/* ---- balance and the file ---- */

static void test_file(test *t)
{
    fixture f;
    char *text = NULL;
    size_t size = 0;
    setup(&f, 6);
    add_panel(&f, "a,b", "G2", "G3", "");
    f.options.match = TJAC_MATCH_TARGET;
    f.options.pairs = 4;
    draw(t, &f);
    const tjac_null_panel *p = &f.null.panel[0];
    /* all of G0 G1 G4 G5 (mean 2.5) against G3, four times: no spread but theirs, 17/3 */
    CHECK(t, p->n_null == 4);
    CHECK_NEAR(t, p->balance.target, -0.5 / sqrt(17.0 / 3 / 2), 1e-12);
    CHECK(t, isnan(p->balance.regulator)); /* one gene, no spread at all */
    const tjac_config config = {.panel = f.config, .n_panels = 1};
    const tjac_run run = {.null = f.null};
    tjac_layout layout = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_layout_of_run(&config, &run, NULL, &layout, &err), &err);
    FILE *file = open_memstream(&text, &size);
    tjac_report_null_pairs(file, &layout, "r");
    fclose(file);
    tjac_layout_free(&layout);
    char *line = strchr(text, '\n') + 1, want[128];
    snprintf(want, sizeof want, "r,\"a,b\",matched,G2,G3,G2,%s,2,2,3,%d,25\n",
             p->pair[0].drawn_target, number(p->pair[0].drawn_target));
    CHECK(t, strncmp(line, want, strlen(want)) == 0);
    free(text);
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_exclusion(&t);
    test_match(&t);
    test_embedding(&t);
    test_window(&t);
    test_deal(&t);
    test_uniform(&t);
    test_seeds(&t);
    test_unrelated(&t);
    test_file(&t);
    return test_end(&t);
}
