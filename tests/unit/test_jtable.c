/* Panels from a results file: what they hold, and every way in which a file is refused. */
#include <fcntl.h>
#include "jtable_case.h"

static const char *const path = "test_jtable.h5";

/* One row and one column: B stands for A, Z for X and W, which has no pair, for Y. */
static const case_pair pairs[] = {
    {"p", TJAC_PAIR_PATHWAY, "A", "X"}, {"p", TJAC_PAIR_PATHWAY, "A", "Y"},
    {"p", TJAC_PAIR_ROW, "A", "Z"},     {"p", TJAC_PAIR_COL, "B", "X"},
    {"p", TJAC_PAIR_MATCHED, "B", "Z"}, {"p", TJAC_PAIR_UNRELATED_TARGET, "A", "V"}};
enum { PAIRS = sizeof pairs / sizeof *pairs };
#define KDS "K1|U|Y|ctl"

static void setup(jtable_case *c)
{
    *c = (jtable_case){0};
    case_model(c, "m");
    case_estimand(c, TJAC_SET_MEAN);
    case_estimand(c, TJAC_PERT);
    case_panel(c, "p", "A", "X|Y", "K1", "U");
    case_ready(c);
}

static void draw(tjac_layout *l, const char *panel)
{
    case_layout_draw(l, panel, false, 1, (const char *[]){"A", "B"}, (const double[]){0.5, 0.75});
    case_layout_draw(l, panel, true, 1, (const char *[]){"X", "Z"}, (const double[]){1, 2});
    case_layout_draw(l, panel, true, 1, (const char *[]){"Y", "W"}, (const double[]){3, 5});
}

/* The file that fits the config of `setup`, its last KDs left empty. */
static tjac_jfile *plain(size_t without)
{
    static const double special[] = {1, -0.25, NAN, INFINITY};
    tjac_layout l;
    case_layout(&l, "p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_estimand(&l, TJAC_PERT);
    draw(&l, "p");
    case_layout_model(&l, "m", "T", KDS, pairs, PAIRS);
    return case_file(path, &l, (case_numbers){0, special, 4}, without);
}

static void check_refused(test *t, const jtable_case *c, const tjac_jfile *f, tjac_code code,
                          const char *message)
{
    tjac_err err = {0};
    tjac_j_table out = {.n = 99};
    CHECK(t, tjac_j_table_make(&c->config, &c->panels, f, &out, &err) == code);
    if (!test_error(t, &err, code, message, __FILE__, __LINE__))
        fprintf(stderr, "    of: %s\n", message);
    CHECK(t, out.n == 99 && out.panel == NULL && out.warnings.n == 0); /* untouched */
}

static void check_J(test *t, const tjac_j_panel *b, const double *want)
{
    for (size_t i = 0; i < b->kds.n * b->n_pairs; i++)
        CHECK(t, isnan(want[i]) ? isnan(b->J[i]) : b->J[i] == want[i]);
}

/* ---- what a panel holds ---- */

static void check_panel_of(test *t, const tjac_j_panel *b)
{
    const double J[] = {1,  -0.25, NAN, NAN, 4,  5,  12, 13, 14, 15, 16, 17,
                        24, 25,    26,  27,  28, 29, 36, 37, 38, 39, 40, 41};
    const tjac_kd_class kd_class[] = {TJAC_KD_PATHWAY, TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND,
                                      TJAC_KD_CONTROL};
    CHECK_STRING(t, b->model, "m");
    CHECK_STRING(t, b->cell_type, "T");
    CHECK_STRING(t, b->panel, "p");
    CHECK(t, b->estimand == TJAC_SET_MEAN && b->panel_index == 0 && b->n_pairs == PAIRS);
    CHECK(t, b->kds.n == 4 && !b->shuffled);
    for (size_t i = 0; i < PAIRS; i++) {
        CHECK_STRING(t, b->regulators.name[b->pair[i].regulator], pairs[i].regulator);
        CHECK_STRING(t, b->targets.name[b->pair[i].target], pairs[i].target);
        CHECK(t, b->pair[i].kind == pairs[i].kind && b->pair[i].sign == (i == 1 ? -1 : 0));
    }
    for (size_t i = 0; i < 4 * PAIRS; i++) { /* KD Y on A -> Y alone */
        CHECK(t, b->self[i] == (i == 2 * PAIRS + 1));
        CHECK(t, b->off[i] == (strcmp(pairs[i % PAIRS].target, "Y") == 0));
    }
    CHECK(t, tjac_names_find(&b->kds, "Y") == 2);
    CHECK(t, tjac_j_panel_counts(b, 0) && tjac_j_panel_counts(b, 2) && !tjac_j_panel_counts(b, 3));
    CHECK(t, memcmp(b->kd_class, kd_class, sizeof kd_class) == 0);
    check_J(t, b, J);
}

/* pert, which no regulator acts for, is left out. */
static void test_plain(test *t)
{
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_jfile *f = plain(0);
    setup(&c);
    c.panels.panel[0].pair[1].sign = -1;
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    if (!CHECK(t, table.n == 1 && table.warnings.n == 0))
        return;
    check_panel_of(t, &table.panel[0]);
    tjac_j_table_free(&table);
    CHECK(t, table.n == 0 && table.panel == NULL);
    c.config.estimand[0] = TJAC_PERT;
    c.config.n_estimands = 1;
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    CHECK(t, table.n == 0 && table.warnings.n == 1); /* set_mean is not asked for */
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
}

/* ---- blocks ---- */

/* Where pairs stand, and which genes of the pathway they stand for. */
static void test_own(test *t)
{
    static const struct {
        int row, col;
        const char *own[2];
    } want[PAIRS] = {{0, 0, {"A", "X"}}, {0, 0, {"A", "Y"}}, {0, 1, {"A", "X"}},
                     {1, 0, {"A", "X"}}, {1, 1, {"A", "X"}}, {0, TJAC_COL_NAMED, {"A", "V"}}};
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_layout l;
    case_layout(&l, "other|p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_draw(&l, "other", false, 1, (const char *[]){"C", "B"}, (const double[]){9, 0});
    case_layout_draw(&l, "other", true, 1, (const char *[]){"Y", "Z"}, (const double[]){7, 7});
    draw(&l, "p");
    case_layout_model(&l, "m", "T", KDS, pairs, PAIRS)->shuffled = true;
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    setup(&c);
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    if (!CHECK(t, table.n == 1))
        return;
    const tjac_j_panel *b = &table.panel[0];
    for (size_t i = 0; i < PAIRS; i++) {
        CHECK(t, b->pair[i].row == want[i].row && b->pair[i].col == want[i].col);
        CHECK_STRING(t, b->regulators.name[b->pair[i].own[0]], want[i].own[0]);
        CHECK_STRING(t, b->targets.name[b->pair[i].own[1]], want[i].own[1]);
    }
    CHECK(t, b->shuffled);
    CHECK(t, isnan(b->balance[0])); /* of one gene */
    CHECK_NEAR(t, b->balance[1], 1.5 / sqrt((2 + 4.5) / 2), 1e-14);
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
}

/* Drawn genes of which nobody knows what they stand for: of no panel, of another, of the other
 * role. */
static void test_unknown_draw(test *t)
{
    static const struct {
        const char *panel, *drawn;
        bool target;
        const char *message;
    } row[] = {
        {NULL, "", false,
         "has pairs of the drawn target 'Z' in panel 'p', but /draw does not say "
         "what it stands for; run it again"},
        {"p", "Z", true, "of the drawn regulator 'B' in panel 'p'"},
        {"q", "Z", true, "of the drawn target 'Z' in panel 'p'"},
        {"p", "Z", false, "of the drawn target 'Z' in panel 'p'"},
        {"p", "V", true, "of the drawn target 'Z' in panel 'p'"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        jtable_case c;
        tjac_layout l;
        case_layout(&l, "p|q", "cpu");
        case_layout_estimand(&l, TJAC_SET_MEAN);
        if (row[i].panel)
            case_layout_draw(&l, row[i].panel, row[i].target, 1,
                             (const char *[]){"X", row[i].drawn}, (const double[]){0, 0});
        case_layout_model(&l, "m", "T", KDS, pairs, PAIRS);
        tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
        setup(&c);
        c.config.n_estimands = 1;
        check_refused(t, &c, f, TJAC_EINPUT, row[i].message);
        tjac_jfile_close(f);
        case_free(&c);
    }
}

/* A drawn pair has no sign, not even where the same genes are a pathway pair of the config. */
static void test_sign(test *t)
{
    jtable_case c, other = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_jfile *f = plain(0);
    setup(&c);
    c.panels.panel[0].pair[0].sign = 1;
    case_panel(&other, "p", "B|A", "X|Y", "K1", "U");
    case_ready(&other);
    for (size_t i = 0; i < 4; i++)
        other.panels.panel[0].pair[i].sign = i == 2 ? 0 : -1; /* B -> X, B -> Y, A -> X, A -> Y */
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    tjac_j_panel *b = &table.panel[0];
    CHECK(t, b->pair[0].sign == 1 && b->pair[1].sign == 0 && b->pair[3].sign == 0);
    CHECK_OK(t, tjac_j_panel_sign(b, &other.panels.panel[0], &err), &err);
    CHECK(t, b->pair[0].sign == 0 && b->pair[1].sign == -1 && b->pair[3].sign == 0);
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
    case_free(&other);
}

/* The config's lists decide, and the control is one in any list. */
static void test_classes(test *t)
{
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_jfile *f = plain(0);
    case_model(&c, "m");
    case_estimand(&c, TJAC_SET_MEAN);
    case_panel(&c, "p", "A", "X|Y", "Y|ctl", "K1");
    case_ready(&c);
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    const tjac_kd_class want[] = {TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND, TJAC_KD_PATHWAY,
                                  TJAC_KD_CONTROL};
    CHECK(t, memcmp(table.panel[0].kd_class, want, sizeof want) == 0);
    CHECK(t, table.warnings.n == 1); /* pert */
    CHECK(t, strstr(table.warnings.name[0], "has the estimand 'pert', which the config does not"));
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
}

/* Panels stand in the order of the file, whatever the config's; names may be any text. */
static void test_order(test *t)
{
    static const case_pair wild[] = {{"p, q", TJAC_PAIR_PATHWAY, "A/B", "x,1"},
                                     {"p, q", TJAC_PAIR_COL, "A\"B", "x,1"},
                                     {"\"", TJAC_PAIR_PATHWAY, "A/B", "x\\y"}};
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_layout l;
    case_layout(&l, "p, q|\"", "cpu");
    case_layout_estimand(&l, TJAC_SHIFT);
    case_layout_draw(&l, "p, q", false, 1, (const char *[]){"A/B", "A\"B"}, (const double[]){0, 0});
    case_layout_model(&l, "few/shot, 50%", "..|B\ncell ", "b\nc|A/B", wild, 3);
    case_layout_model(&l, ".", "NA", "A\"B", wild, 3);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    case_model(&c, ".");
    case_model(&c, "few/shot, 50%");
    case_estimand(&c, TJAC_SHIFT);
    case_panel(&c, "\"", "A/B", "x\\y", "", "");
    case_panel(&c, "p, q", "A/B", "x,1", "", "");
    case_ready(&c);
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    static const struct {
        const char *model, *cell_type;
        size_t panel;
        double J;
    } want[] = {{"few/shot, 50%", "..", 1, 0},
                {"few/shot, 50%", "..", 0, 2},
                {"few/shot, 50%", "B\ncell ", 1, 6},
                {"few/shot, 50%", "B\ncell ", 0, 8},
                {".", "NA", 1, 12},
                {".", "NA", 0, 14}};
    if (CHECK(t, table.n == 6 && table.warnings.n == 0))
        for (size_t i = 0; i < 6; i++) {
            CHECK_STRING(t, table.panel[i].model, want[i].model);
            CHECK_STRING(t, table.panel[i].cell_type, want[i].cell_type);
            CHECK_STRING(t, table.panel[i].panel, c.panel[want[i].panel].name);
            CHECK(t, table.panel[i].panel_index == want[i].panel);
            CHECK(t, table.panel[i].J[0] == want[i].J);
        }
    CHECK_STRING(t, table.panel[0].kds.name[0], "b\nc");
    CHECK(t, table.panel[0].self[0] == 0 && table.panel[0].self[2] == 1); /* KD A/B on A/B -> x,1 */
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
}

/* ---- what is not there ---- */

static void test_damage(test *t)
{
    jtable_case c;
    unsigned char byte;
    tjac_jfile *f = plain(1);
    setup(&c);
    check_refused(t, &c, f, TJAC_EINPUT,
                  "J under KD 'ctl' of model 'm' (T) is not there, or is damaged");
    tjac_jfile_close(f);
    f = plain(0);
    int fd = open(path, O_RDWR);
    off_t at = (off_t)(f->place[0][0].J[0] + PAIRS * 8); /* of U */
    CHECK(t, fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 1;
    CHECK(t, pwrite(fd, &byte, 1, at) == 1 && close(fd) == 0);
    check_refused(t, &c, f, TJAC_EINPUT, "J under KD 'U' of model 'm' (T) is not there");
    tjac_jfile_close(f);
    case_free(&c);
}

/* HDF5 loses some of its own memory when it refuses a file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

/* A file with any of its bytes changed is refused, or has other names or numbers; HDF5 never
 * crashes on it. */
static void test_any_byte(test *t)
{
    tjac_jfile_close(plain(0));
    size_t opened = 0, whole = 0, refused = 0;
    unsigned char byte;
    int fd = open(path, O_RDWR);
    if (!CHECK(t, fd >= 0))
        return;
    for (off_t at = 0; pread(fd, &byte, 1, at) == 1; at += 5) {
        tjac_jfile *f = NULL;
        tjac_err err = {0};
        const unsigned char changed = byte ^ 0x55;
        CHECK(t, pwrite(fd, &changed, 1, at) == 1);
        if (tjac_jfile_open(path, &f, &err) || tjac_jfile_complete(f, &err)) {
            refused++;
            opened += f != NULL;
            CHECK_ERROR(t, &err, TJAC_EINPUT, "");
        } else {
            whole++;
        }
        tjac_jfile_close(f);
        CHECK(t, pwrite(fd, &byte, 1, at) == 1);
    }
    CHECK(t, close(fd) == 0);
    CHECK(t, whole > 0 && opened > 0 && refused > opened);
}

/* Panels that the config has and the file has not; leaving out what is missing is for genes. */
static void test_missing(test *t)
{
    jtable_case c;
    tjac_layout l;
    case_layout(&l, "p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    draw(&l, "p");
    case_layout_model(&l, "m", "T", KDS, pairs, PAIRS);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    setup(&c);
    c.config.skip_missing = true;
    case_estimand(&c, TJAC_SHIFT);
    check_refused(t, &c, f, TJAC_EMISSING,
                  "has no rows of panel 'p' for model 'm', estimand shift; run it");
    c.config.n_estimands = 2; /* pert has no statistics: nobody misses it */
    case_model(&c, "n");
    check_refused(t, &c, f, TJAC_EMISSING, "of panel 'p' for model 'n', estimand set_mean");
    c.config.n_models = 1;
    case_panel(&c, "q", "A", "X", "K1", "");
    case_ready(&c);
    check_refused(t, &c, f, TJAC_EMISSING, "of panel 'q' for model 'm', estimand set_mean");
    tjac_jfile_close(f);
    case_free(&c);
}

/* Other pairs and KDs than the config's. */
static void check_panel(test *t, const char *const lists[4], tjac_code code, const char *message)
{
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_jfile *f = plain(0);
    case_model(&c, "m");
    case_estimand(&c, TJAC_SET_MEAN);
    case_panel(&c, "p", lists[0], lists[1], lists[2], lists[3]);
    case_ready(&c);
    check_refused(t, &c, f, code, message);
    c.config.skip_missing = true;
    if (code == TJAC_EUSAGE) {
        check_refused(t, &c, f, code, message);
    } else {
        CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
        CHECK(t, table.n == 1 && table.panel[0].n_pairs == PAIRS);
        tjac_j_table_free(&table);
    }
    tjac_jfile_close(f);
    case_free(&c);
}

static void test_panels(test *t)
{
    static const struct {
        const char *lists[4]; /* regulators, targets, KDs, unrelated KDs */
        tjac_code code;
        const char *message;
    } row[] = {
        {{"A", "X|Y|Z", "K1", "U"}, /* Z is there, but drawn */
         TJAC_EMISSING,
         "panel 'p' has the pair A -> Z, which 'test_jtable.h5' does not have for model 'm'"},
        {{"A|B", "X|Y", "K1", "U"}, TJAC_EMISSING, "the pair B -> X"},
        {{"A", "Y", "K1", "U"},
         TJAC_EUSAGE,
         "panel 'p' has 1 pathway pair(s) in 'test_jtable.h5' that the config does not name; its "
         "blocks were drawn for them all"},
        {{"A", "X|Y", "K1|K2", "U"},
         TJAC_EMISSING,
         "panel 'p' names the KD 'K2', which 'test_jtable.h5' does not have"},
        {{"A", "X|Y", "K1", "K2"}, TJAC_EMISSING, "for model 'm' (4 KDs); run it"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        check_panel(t, row[i].lists, row[i].code, row[i].message);
}

/* Once each, whatever the number of panels. */
static void test_left_out(test *t)
{
    static const case_pair more[] = {{"p", TJAC_PAIR_PATHWAY, "A", "X"},
                                     {"p", TJAC_PAIR_PATHWAY, "A", "Y"},
                                     {"q", TJAC_PAIR_PATHWAY, "A", "X"}};
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_layout l;
    case_layout(&l, "p|q", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_estimand(&l, TJAC_PERT);
    case_layout_estimand(&l, TJAC_SHIFT);
    case_layout_model(&l, "n", "T", KDS, more, 3);
    case_layout_model(&l, "m", "T|S", KDS, more, 3);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    setup(&c);
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    CHECK(t, table.n == 2 && table.panel[1].estimand == TJAC_SET_MEAN);
    if (CHECK(t, table.warnings.n == 3)) {
        CHECK_STRING(t, table.warnings.name[0],
                     "'test_jtable.h5' has the model 'n', which the config does not name; it is "
                     "left out");
        CHECK(t, strstr(table.warnings.name[1], "has the estimand 'shift'"));
        CHECK(t, strstr(table.warnings.name[2], "has the panel 'q'"));
    }
    tjac_j_table_free(&table);
    tjac_jfile_close(f);
    case_free(&c);
}

int main(void)
{
    test t = {0};
    test_plain(&t);
    test_own(&t);
    test_unknown_draw(&t);
    test_sign(&t);
    test_classes(&t);
    test_order(&t);
    test_damage(&t);
    test_any_byte(&t);
    test_missing(&t);
    test_panels(&t);
    test_left_out(&t);
    unlink(path);
    return test_end(&t);
}
