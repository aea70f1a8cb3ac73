/* Crossed blocks: who may be drawn, from how far, what is left out, what is dropped. */
#include "test.h"
#include "plan/blocks.h"
#include "report/report.h"

enum { MOST = 400 };

typedef struct {
    tjac_names inputs, outputs;
    double input[MOST], output[MOST];
    tjac_blocks_genes genes;
    tjac_config_panel config[3];
    tjac_panel panel[3];
    tjac_panels panels;
    size_t edge[4][2];
    tjac_config_null options;
    tjac_blocks blocks;
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
    f->genes = (tjac_blocks_genes){&f->inputs, &f->outputs, f->input, f->output};
    f->panels.panel = f->panel;
    f->panels.edge = f->edge;
    f->options = (tjac_config_null){.blocks = 10, .seed = 1};
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

static void add_edge(fixture *f, const char *genes)
{
    f->edge[f->panels.n_edges][0] = f->panels.edge_genes.n;
    f->edge[f->panels.n_edges++][1] = f->panels.edge_genes.n + 1;
    add(&f->panels.edge_genes, genes);
}

static const tjac_blocks_panel *draw(test *t, fixture *f)
{
    tjac_err err = {0};
    tjac_blocks_free(&f->blocks);
    CHECK_OK(t, tjac_blocks_draw(&f->panels, &f->options, &f->genes, &f->blocks, &err), &err);
    return f->blocks.panel;
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
    tjac_blocks_free(&f->blocks);
}

static int number(const char *gene)
{
    return atoi(gene + 1);
}

static bool warns(const fixture *f, const char *part)
{
    for (size_t i = 0; i < f->blocks.warnings.n; i++)
        if (strstr(f->blocks.warnings.name[i], part))
            return true;
    return false;
}

/* What a row or column has for a gene of the panel. */
static const char *drawn_for(const tjac_blocks_panel *p, bool target, size_t block,
                             const char *gene)
{
    for (size_t i = 0; i < p->n_genes; i++)
        if (p->gene[i].target == target && p->gene[i].block == block &&
            strcmp(p->gene[i].gene, gene) == 0)
            return p->gene[i].drawn;
    return gene; /* block 0 */
}

static bool is_there(const tjac_blocks_panel *p, int row, int col, const char *regulator,
                     const char *target)
{
    for (size_t i = 0; i < p->n_pairs; i++)
        if (p->pair[i].row == row && p->pair[i].col == col &&
            strcmp(p->pair[i].regulator, regulator) == 0 && strcmp(p->pair[i].target, target) == 0)
            return true;
    return false;
}

/* ---- what blocks are ---- */

/* Rows of regulators by columns of targets: every block is the panel's pairs with these genes. */
static void test_crossed(test *t)
{
    fixture f;
    size_t at = 0;
    bool seen[2][MOST] = {{false}};
    setup(&f, 300);
    add_panel(&f, "p", "G100 G150", "G200 G50 G60", "");
    f.options.blocks = 4;
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p->wanted == 4 && p->drawn[0] == 4 && p->drawn[1] == 4);
    CHECK(t, p->n_rows == 4 && p->n_cols == 4 && p->n_genes == 4 * (2 + 3));
    for (size_t i = 0; i < p->n_genes; i++) { /* rows, then columns, block by block, in order */
        const tjac_blocks_gene *g = &p->gene[i];
        static const char *const own[2][3] = {{"G100", "G150"}, {"G200", "G50", "G60"}};
        const size_t k = i < 8 ? i : i - 8, n = i < 8 ? 2 : 3;
        CHECK(t, g->target == (i >= 8) && g->block == 1 + k / n);
        CHECK_STRING(t, g->gene, own[g->target][k % n]);
        CHECK(t, g->expression[0] == number(g->gene) && g->expression[1] == number(g->drawn));
        CHECK(t, g->window == 25 && abs(number(g->gene) - number(g->drawn)) <= 25);
        CHECK(t, !seen[g->target][number(g->drawn)]); /* once in one role */
        seen[g->target][number(g->drawn)] = true;
    }
    CHECK(t, p->left_out + p->n_pairs == 24 * 6); /* a gene with itself is left out */
    for (int r = 0; r <= 4; r++)
        for (int c = 0; c <= 4; c++)
            for (size_t k = 0; (r || c) && k < 6; k++) {
                const tjac_panel_pair *of = &f.panel[0].pair[k];
                const char *i =
                    drawn_for(p, false, (size_t)r, f.panel[0].regulators.name[of->regulator]);
                const char *j = drawn_for(p, true, (size_t)c, f.panel[0].targets.name[of->target]);
                if (strcmp(i, j) == 0)
                    continue;
                CHECK(t, at < p->n_pairs && p->pair[at].row == r && p->pair[at].col == c);
                CHECK_STRING(t, p->pair[at].regulator, i);
                CHECK_STRING(t, p->pair[at++].target, j);
            }
    CHECK(t, at == p->n_pairs && f.blocks.warnings.n == 0);
    f.options.blocks = 0;
    p = draw(t, &f);
    CHECK(t, p->n_pairs == 0 && p->n_genes == 0 && p->n_rows == 0 && f.blocks.warnings.n == 0);
    teardown(&f);
}

/* Fourteen genes: the panel owns G0 G1 G12 G13 (pairs), G2 (its KD), G3 (member of its set). All
 * others are drawn once in each role, and no other ever. */
static void test_exclusion(test *t)
{
    fixture f;
    setup(&f, 14);
    add_panel(&f, "p", "G0 G1", "G12 G13", "G2 ELSEWHERE");
    add(&f.panel[0].members, "G3 G0");
    f.options.blocks = 50;
    const tjac_blocks_panel *p = draw(t, &f);
    size_t count[2][14] = {{0}};
    CHECK(t, p->n_rows == 4 && p->n_cols == 4 && p->wanted == 50 && p->n_genes == 16);
    for (size_t i = 0; i < p->n_genes; i++)
        count[p->gene[i].target][number(p->gene[i].drawn)]++;
    for (size_t g = 0; g < 14; g++)
        for (size_t k = 0; k < 2; k++)
            CHECK(t, count[k][g] == (g >= 4 && g <= 11));
    CHECK(t, f.blocks.warnings.n == 3); /* and both balances */
    CHECK_STRING(t, f.blocks.warnings.name[0],
                 "panel 'p' has 4 row(s) and 4 column(s) of blocks, and 'null.blocks' asks for 50: "
                 "the genes that all models have and that are not its own are enough for 4 row(s) "
                 "of its 2 regulator(s) and 4 column(s) of its 2 target(s)");
    teardown(&f);
}

/* A gene drawn as regulator and as target: its pair with itself is left out, no other. */
static void test_both_roles(test *t)
{
    fixture f;
    size_t both = 0;
    setup(&f, 40);
    add_panel(&f, "p", "G0 G1", "G2 G3", "");
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p->n_rows == 10 && p->n_cols == 10);
    for (size_t r = 1; r <= p->n_rows; r++)
        for (size_t c = 1; c <= p->n_cols; c++)
            for (size_t k = 0; k < 4; k++) {
                const char *i = drawn_for(p, false, r, k / 2 ? "G1" : "G0");
                const char *j = drawn_for(p, true, c, k % 2 ? "G3" : "G2");
                bool same = strcmp(i, j) == 0;
                both += same;
                CHECK(t, is_there(p, (int)r, (int)c, i, j) == !same);
            }
    CHECK(t, both > 0 && p->left_out == both);
    teardown(&f);
}

/* ---- what is left out ---- */

/* Genes that stand together elsewhere: in a panel of any roles, a set, or an edge that runs the
 * other way. Of genes this few every one is drawn. */
static void test_related(test *t)
{
    fixture f;
    setup(&f, 16);
    add_panel(&f, "p", "G0 G1 G2 G3", "G12 G13 G14 G15", "");
    add_panel(&f, "q", "G4", "G5", "G6"); /* a target and its panel's KD belong together too */
    add(&f.panel[1].members, "G7");
    add_edge(&f, "G8 G0");  /* drawn target -> the panel's regulator */
    add_edge(&f, "G13 G9"); /* the panel's target -> a drawn regulator */
    add_edge(&f, "G10 G11");
    f.options.blocks = 2;
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p->n_rows == 2 && p->n_cols == 2 && p->n_genes == 16);
    size_t left_out = 0;
    for (size_t r = 0; r <= 2; r++)
        for (size_t c = r == 0; c <= 2; c++)
            for (size_t k = 0; k < 16; k++) {
                const char *i = drawn_for(p, false, r, f.panel[0].regulators.name[k / 4]);
                const char *j = drawn_for(p, true, c, f.panel[0].targets.name[k % 4]);
                int a = number(i), b = number(j), low = a < b ? a : b, high = a < b ? b : a;
                bool together = a == b || (low >= 4 && high <= 7) || (low == 0 && high == 8) ||
                                (low == 9 && high == 13) || (low == 10 && high == 11);
                left_out += together;
                CHECK(t, is_there(p, (int)r, (int)c, i, j) == !together);
            }
    CHECK(t, p->left_out == left_out && left_out > 10);
    teardown(&f);
}

/* Targets that the panel names: one more column of its own regulators, at the end. */
static void test_named(test *t)
{
    fixture f;
    setup(&f, 100);
    add_panel(&f, "p", "G10 G20 ELSEWHERE", "G30", "G40");
    add_panel(&f, "q", "G10", "G50", "");
    add_edge(&f, "G60 G20");
    add_edge(&f, "G61 ELSEWHERE");
    add(&f.config[0].unrelated_targets, "G70 G10 G30 G40 G50 G60 G61 ELSEWHERE G71");
    f.options.blocks = 1;
    const tjac_blocks_panel *p = draw(t, &f);
    static const char *const want[][2] = {
        {"G10", "G70"},       {"G10", "G60"},       {"G10", "G61"},       {"G10", "G71"},
        {"G20", "G70"},       {"G20", "G50"},       {"G20", "G61"},       {"G20", "G71"},
        {"ELSEWHERE", "G70"}, {"ELSEWHERE", "G50"}, {"ELSEWHERE", "G60"}, {"ELSEWHERE", "G71"}};
    const size_t n = sizeof want / sizeof *want;
    if (CHECK(t, p->n_pairs == 3 * 2 + n)) /* ELSEWHERE is in no block */
        for (size_t i = 0; i < n; i++) {
            const tjac_blocks_pair *u = &p->pair[6 + i];
            CHECK(t, u->row == 0 && u->col == TJAC_COL_NAMED);
            CHECK_STRING(t, u->regulator, want[i][0]);
            CHECK_STRING(t, u->target, want[i][1]);
        }
    CHECK(t, p->named_left_out == 27 - n && p->left_out == 0);
    CHECK(t, warns(&f, "panel 'p': 15 of the 27 pairs with its 'unrelated_targets' are left out"));
    f.options.blocks = 0; /* they need no drawn genes, and no expression */
    f.genes.input_expression = f.genes.output_expression = NULL;
    p = draw(t, &f);
    CHECK(t, p->n_pairs == n && p->n_rows == 0 && p->n_genes == 0);
    teardown(&f);
}

/* Genes that not all models have are not drawn for. */
static void test_absent(test *t)
{
    fixture f;
    setup(&f, 100);
    add_panel(&f, "p", "G10 ELSEWHERE", "G90 GONE", "");
    add_panel(&f, "q", "ELSEWHERE", "G91", "");
    f.options.blocks = 3;
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p[0].n_rows == 3 && p[0].n_cols == 3 && p[0].n_genes == 6);
    CHECK(t, p[0].n_pairs == 15 && p[0].left_out == 0);
    CHECK(t, p[1].n_rows == 0 && p[1].n_cols == 0 && p[1].n_pairs == 0 && p[1].n_genes == 0);
    CHECK(t, p[1].drawn[0] == 0 && p[1].drawn[1] == 3);
    CHECK(t, warns(&f, "panel 'q' has 0 row(s) and 0 column(s) of blocks"));
    teardown(&f);
}

/* ---- from how far ---- */

static void test_window(test *t)
{
    fixture f;
    size_t wide = 0;
    setup(&f, 300);
    add_panel(&f, "p", "G100", "G200", "");
    f.options.blocks = 50; /* all within 25 ranks, to the ends of the window */
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p->n_rows == 50 && p->n_cols == 50 && p->n_pairs == 51 * 51 - 1);
    for (size_t i = 0; i < p->n_genes; i++)
        CHECK(t, p->gene[i].window == 25 &&
                     abs(number(p->gene[i].drawn) - (p->gene[i].target ? 200 : 100)) <= 25);
    CHECK(t, isnan(p->balance[0]) && isnan(p->balance[1])); /* one gene has no spread */
    CHECK(t, f.blocks.warnings.n == 0);

    f.options.blocks = 60; /* ten more from 50 ranks */
    p = draw(t, &f);
    for (size_t i = 0; i < p->n_genes; i++) {
        wide += p->gene[i].window == 50;
        CHECK(t, p->gene[i].window == (p->gene[i].block <= 50 ? 25 : 50));
    }
    CHECK(t, wide == 20);
    CHECK(t, warns(&f, "panel 'p': 20 of 120 drawn genes needed a window of up to 50 ranks"));
    teardown(&f);

    setup(&f, 300); /* at the ends of the ranks: 25 on one side, and those drawn are not like it */
    add_panel(&f, "p", "G0 G1", "G298 G299", "");
    f.options.blocks = 12;
    p = draw(t, &f);
    CHECK(t, p->n_rows == 12 && p->n_cols == 12);
    for (size_t i = 0; i < p->n_genes; i++) {
        int g = number(p->gene[i].drawn);
        CHECK(t, p->gene[i].window == 25 && (p->gene[i].target ? g >= 273 : g <= 26));
    }
    CHECK(t, p->balance[0] > 1 && p->balance[1] < -1);
    CHECK(t, warns(&f, "panel 'p': the expression of the drawn regulators differs from that of the "
                       "panel's by 2."));
    CHECK(t, warns(&f, "drawn targets differs from that of the panel's by -2."));
    teardown(&f);
}

static void test_expression(test *t)
{
    fixture f;
    tjac_err err = {0};
    setup(&f, 100);
    add_panel(&f, "p", "G10", "G20", "");
    f.output[3] = NAN;
    CHECK(t, tjac_blocks_draw(&f.panels, &f.options, &f.genes, &f.blocks, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "the expression of 'G96' is not a number");
    teardown(&f);
}

static void test_balance(test *t)
{
    const double some[][2] = {{1, 2}, {3, 5}, {5, 2}}, flat[][2] = {{1, 2}, {1, 2}};
    /* means 3 and 3, no difference; then 3 and 4 with variances 4 and 3 */
    CHECK(t, tjac_blocks_balance(some, 3) == 0);
    const double more[][2] = {{1, 3}, {3, 6}, {5, 3}};
    CHECK_NEAR(t, tjac_blocks_balance(more, 3), 1 / sqrt(3.5), 1e-15);
    CHECK(t, isnan(tjac_blocks_balance(flat, 2)) && isnan(tjac_blocks_balance(some, 1)) &&
                 isnan(tjac_blocks_balance(NULL, 0)));
}

/* ---- chance ---- */

/* Each eligible gene is drawn first equally often: chi-square over 2,000 seeds. */
static void test_uniform(test *t)
{
    enum { SEEDS = 2000, GENES = 12 };
    fixture f;
    size_t count[2][GENES] = {{0}}, pair[GENES][GENES] = {{0}};
    setup(&f, GENES);
    add_panel(&f, "p", "G3", "G7", "");
    f.options.blocks = 1;
    for (f.options.seed = 1; f.options.seed <= SEEDS; f.options.seed++) {
        const tjac_blocks_panel *p = draw(t, &f);
        if (p->n_rows == 0)
            continue; /* the same gene twice: no matched pair */
        count[0][number(p->gene[0].drawn)]++;
        count[1][number(p->gene[1].drawn)]++;
        pair[number(p->gene[0].drawn)][number(p->gene[1].drawn)]++;
    }
    for (size_t k = 0; k < 2; k++) {
        double chi = 0, expected = SEEDS * 0.09;
        for (size_t g = 0; g < GENES; g++) {
            double d = (double)count[k][g] - expected;
            CHECK(t, (g == 3 || g == 7) == (count[k][g] == 0));
            chi += g == 3 || g == 7 ? 0 : d * d / expected;
        }
        CHECK(t, chi > 0.5 && chi < 34); /* 9 degrees of freedom, and of their sum one more */
    }
    for (size_t i = 0; i < GENES; i++)
        for (size_t j = 0; j < GENES; j++)
            CHECK(t, (pair[i][j] > 0) == (i != 3 && i != 7 && j != 3 && j != 7 && i != j));
    teardown(&f);
}

/* The same seed draws the same, another seed others; panels elsewhere and their order change
 * nothing. */
static void test_seeds(test *t)
{
    fixture f;
    char first[20][16], second[20][16];
    size_t same = 0;
    setup(&f, 300);
    add_panel(&f, "p", "G10", "G90", "");
    add_panel(&f, "q", "G200", "G290", "");
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p[0].n_genes == 20 && p[1].n_genes == 20);
    for (size_t i = 0; i < 20; i++) {
        snprintf(first[i], sizeof *first, "%.15s", p[0].gene[i].drawn);
        snprintf(second[i], sizeof *second, "%.15s", p[1].gene[i].drawn);
    }
    tjac_panel panel = f.panel[0];
    f.panel[0] = f.panel[1];
    f.panel[1] = panel;
    p = draw(t, &f);
    for (size_t i = 0; i < 20; i++) {
        CHECK_STRING(t, p[0].gene[i].drawn, second[i]);
        CHECK_STRING(t, p[1].gene[i].drawn, first[i]);
    }
    f.options.seed = 2;
    p = draw(t, &f);
    for (size_t i = 0; i < 20; i++)
        same += strcmp(p[1].gene[i].drawn, first[i]) == 0;
    CHECK(t, same < 10);
    teardown(&f);
}

/* ---- what is dropped ---- */

typedef struct {
    size_t rows, cols;
    const char *empty; /* row by row, 'x': an empty block */
    const char *row_gone, *col_gone;
} drop;

static const drop drops[] = {
    {2, 2, ". . . / . . . / . . .", "..", ".."},
    {2, 2, "x . . / . . . / . . .", "..", ".."}, /* (0, 0) is not looked at */
    {2, 2, ". . . / . x . / . . .", "x.", ".."}, /* a tie: the row */
    {2, 2, ". . . / . . . / . . x", ".x", ".."}, /* the row that has it */
    {2, 2, ". x . / . . . / . . .", "..", "x."}, /* (0, 1): no row but its column */
    {2, 2, ". . . / x . . / . . .", "x.", ".."}, /* (1, 0) */
    {3, 3, ". . . . / . x . . / . x . . / . . . .", "...", "x.."}, /* two in a column */
    {3, 3, ". . . . / . x . . / . . x . / . . . x", "x.x", ".x."}, /* a row, a column, a row */
    {3, 3, ". . . . / . x . . / . x x . / . . . .", ".x.", "x.."}, /* row 2, then of more columns */
    {2, 4, ". . . . . / . x x . . / . x . . .", "..", "xx.."},     /* ties: of more columns */
    {1, 3, ". x x . / . . . .", ".", "xx."},
    {2, 3, ". . . . / . x x x / . x x x", "xx", "..."},
    {3, 2, ". . . / . x x / . x x / . x x", "...", "xx"},
    {2, 0, ". / x / .", "x.", ""},
    {0, 2, ". . x", "", ".x"},
    {0, 0, "x", "", ""},
};

static void test_drop(test *t)
{
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        const drop *d = &drops[i];
        size_t count[32] = {0}, n = 0;
        unsigned char row[8] = {0}, col[8] = {0};
        for (const char *c = d->empty; *c; c++)
            if (*c == '.' || *c == 'x')
                count[n++] = *c == '.' ? 3 : 0;
        CHECK(t, n == (d->rows + 1) * (d->cols + 1));
        tjac_blocks_drop(count, d->rows, d->cols, row, col);
        bool right = true;
        for (size_t r = 0; r < d->rows; r++)
            right = right && row[r] == (d->row_gone[r] == 'x');
        for (size_t c = 0; c < d->cols; c++)
            right = right && col[c] == (d->col_gone[c] == 'x');
        if (!CHECK(t, right))
            fprintf(stderr, "    drop %zu: %s\n", i, d->empty);
    }
    const size_t count[] = {1, 1, 1, 1, 0, 1, 1, 1, 1}; /* gone before: nothing is left to do */
    unsigned char row[2] = {0, 0}, col[2] = {1, 0};
    tjac_blocks_drop(count, 2, 2, row, col);
    CHECK(t, row[0] == 0 && row[1] == 0 && col[0] == 1 && col[1] == 0);
}

/* A drawn regulator that has an edge with the panel's only target: its row goes, the others are
 * numbered anew, and unequal numbers of rows and columns remain. */
static void test_dropped(test *t)
{
    fixture f;
    setup(&f, 0);
    add(&f.inputs, "G0 G2 G3 G4");
    add(&f.outputs, "G1 H2 H3 H4");
    for (size_t i = 0; i < 4; i++)
        f.input[i] = f.output[i] = (double)i;
    add_panel(&f, "p", "G0", "G1", "");
    add_edge(&f, "G1 G3");
    f.options.blocks = 3;
    const tjac_blocks_panel *p = draw(t, &f);
    CHECK(t, p->drawn[0] == 3 && p->drawn[1] == 3 && p->n_rows == 2 && p->n_cols == 3);
    CHECK(t, p->n_genes == 5 && p->n_pairs == 3 * 4 - 1);
    for (size_t i = 0; i < p->n_genes; i++) {
        CHECK(t, p->gene[i].block == (i < 2 ? i + 1 : i - 1)); /* no hole */
        CHECK(t, strcmp(p->gene[i].drawn, "G3") != 0);
    }
    CHECK(t, p->left_out == 0); /* of the blocks that remain */
    CHECK(t,
          warns(&f, "panel 'p' has 2 row(s) and 3 column(s) of blocks, and 'null.blocks' asks for "
                    "3: 3 of each were drawn, and those with a block of which every pair is one "
                    "gene, or stands together in a panel, set or edge, are left out"));
    add_edge(&f, "G2 G1"); /* and no row is left: there are no blocks at all */
    add_edge(&f, "G4 G1");
    p = draw(t, &f);
    CHECK(t, p->n_rows == 0 && p->n_cols == 0 && p->n_pairs == 0 && p->n_genes == 0);
    CHECK(t, p->drawn[1] == 3 && isnan(p->balance[0]) && isnan(p->balance[1]));
    teardown(&f);
}

/* ---- the file ---- */

static void test_file(test *t)
{
    fixture f;
    char *text = NULL;
    size_t size = 0;
    setup(&f, 6);
    add_panel(&f, "a,b", "G2", "G3", "");
    f.options.blocks = 1;
    for (f.options.seed = 1; draw(t, &f)->n_rows == 0; f.options.seed++)
        ;
    const tjac_blocks_panel *p = f.blocks.panel;
    const tjac_config config = {.panel = f.config, .n_panels = 1};
    const tjac_run run = {.blocks = f.blocks};
    tjac_layout layout = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_layout_of_run(&config, &run, NULL, &layout, &err), &err);
    FILE *file = open_memstream(&text, &size);
    tjac_report_null_pairs(file, &layout, "r");
    fclose(file);
    tjac_layout_free(&layout);
    char want[256];
    snprintf(want, sizeof want,
             "run,panel,role,block,gene,drawn_gene,expr_gene,expr_drawn_gene,window\n"
             "r,\"a,b\",regulator,1,G2,%s,2,%d,25\nr,\"a,b\",target,1,G3,%s,3,%d,25\n",
             p->gene[0].drawn, number(p->gene[0].drawn), p->gene[1].drawn,
             number(p->gene[1].drawn));
    CHECK_STRING(t, text, want);
    free(text);
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_crossed(&t);
    test_exclusion(&t);
    test_both_roles(&t);
    test_related(&t);
    test_named(&t);
    test_absent(&t);
    test_window(&t);
    test_expression(&t);
    test_balance(&t);
    test_uniform(&t);
    test_seeds(&t);
    test_drop(&t);
    test_dropped(&t);
    test_file(&t);
    return test_end(&t);
}
