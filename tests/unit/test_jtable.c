/* Blocks from a results file: what they hold, and every way in which a file is refused. */
#include <fcntl.h>
#include "jtable_case.h"

static const char *const path = "test_jtable.h5";

static const case_pair pairs[] = {{"p", TJAC_PAIR_PATHWAY, "A", "X"},
                                  {"p", TJAC_PAIR_PATHWAY, "A", "Y"},
                                  {"p", TJAC_PAIR_MATCHED, "B", "X"}};
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

/* The file that fits the config of `setup`, its last KDs left empty. */
static tjac_jfile *plain(size_t without)
{
    static const double special[] = {1, -0.25, NAN, INFINITY};
    tjac_layout l;
    case_layout(&l, "p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_estimand(&l, TJAC_PERT);
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
    CHECK(t, out.n == 99 && out.block == NULL && out.warnings.n == 0); /* untouched */
}

static void check_J(test *t, const tjac_j_panel *b, const double *want)
{
    for (size_t i = 0; i < b->kds.n * b->n_pairs; i++)
        CHECK(t, isnan(want[i]) ? isnan(b->J[i]) : b->J[i] == want[i]);
}

/* ---- what a block holds ---- */

static void check_set_mean(test *t, const tjac_j_panel *b)
{
    const double J[] = {1, -0.25, NAN, 6, 7, 8, 12, 13, 14, 18, 19, 20};
    const tjac_kd_class kd_class[] = {TJAC_KD_PATHWAY, TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND,
                                      TJAC_KD_CONTROL};
    CHECK_STRING(t, b->model, "m");
    CHECK_STRING(t, b->cell_type, "T");
    CHECK_STRING(t, b->panel, "p");
    CHECK(t, b->estimand == TJAC_SET_MEAN && b->panel_index == 0 && b->n_pairs == 3);
    CHECK(t, b->regulators.n == 2 && b->targets.n == 2 && b->kds.n == 4);
    CHECK_STRING(t, b->regulators.name[b->pair[2].regulator], "B");
    CHECK_STRING(t, b->targets.name[b->pair[2].target], "X");
    CHECK(t, b->pair[1].kind == TJAC_PAIR_PATHWAY && b->pair[2].kind == TJAC_PAIR_MATCHED);
    CHECK(t, b->pair[0].sign == 0 && b->pair[1].sign == -1 && b->pair[2].sign == 0);
    for (size_t i = 0; i < 12; i++) /* KD Y on A -> Y alone */
        CHECK(t, b->self[i] == (i == 7));
    CHECK(t, tjac_names_find(&b->kds, "Y") == 2);
    CHECK(t, memcmp(b->kd_class, kd_class, sizeof kd_class) == 0);
    check_J(t, b, J);
}

static void test_plain(test *t)
{
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    const double pert[] = {NAN, 4, 5, 9, 10, 11, 15, 16, 17, 21, 22, 23};
    tjac_jfile *f = plain(0);
    setup(&c);
    c.panels.panel[0].pair[1].sign = -1;
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    if (!CHECK(t, table.n == 2 && table.warnings.n == 0))
        return;
    check_set_mean(t, &table.panel[0]);
    const tjac_j_panel *b = &table.panel[1]; /* no regulator, no sign, all of it direct */
    CHECK(t, b->estimand == TJAC_PERT && b->kds.n == 4 && b->n_pairs == 3 && b->targets.n == 2);
    CHECK(t, b->regulators.n == 1 && strcmp(b->regulators.name[0], "") == 0);
    CHECK(t, b->pair[1].target == 1 && b->pair[2].target == 0 && b->pair[1].sign == 0);
    for (size_t i = 0; i < 12; i++)
        CHECK(t, b->self[i] == 1);
    check_J(t, b, pert);
    tjac_j_table_free(&table);
    CHECK(t, table.n == 0 && table.panel == NULL);
    tjac_jfile_close(f);
    case_free(&c);
}

/* A drawn pair has no sign, not even where the same genes are a pathway pair with one. */
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
        other.panels.panel[0].pair[i].sign = i == 2 ? 0 : -1; /* 2: A -> X */
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    tjac_j_panel *b = &table.panel[0];
    CHECK(t, b->pair[0].sign == 1 && b->pair[1].sign == 0 && b->pair[2].sign == 0);
    CHECK_OK(t, tjac_j_panel_sign(b, &other.panels.panel[0], &err), &err);
    CHECK(t, b->pair[0].sign == 0 && b->pair[1].sign == -1 && b->pair[2].sign == 0);
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

/* Blocks stand in the order of the file, whatever the config's; names may be any text. */
static void test_order(test *t)
{
    static const case_pair wild[] = {{"p, q", TJAC_PAIR_PATHWAY, "A/B", "x,1"},
                                     {"p, q", TJAC_PAIR_MATCHED, "A\"B", "x,1"},
                                     {"\"", TJAC_PAIR_PATHWAY, "A/B", "A/B"}};
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_layout l;
    case_layout(&l, "p, q|\"", "cpu");
    case_layout_estimand(&l, TJAC_SHIFT);
    case_layout_model(&l, "few/shot, 50%", "..|B\ncell ", "b\nc|A/B", wild, 3);
    case_layout_model(&l, ".", "NA", "A\"B", wild, 3);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    case_model(&c, ".");
    case_model(&c, "few/shot, 50%");
    case_estimand(&c, TJAC_SHIFT);
    case_panel(&c, "\"", "A/B", "A/B", "", "");
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

/* One target of more regulators than a byte counts: pert has it once a kind. */
static void test_wide(test *t)
{
    enum { N = 600 };
    static char name[N][8], list[8 * N];
    static case_pair wide[2 * N + 1];
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_layout l;
    size_t n = 0;
    for (int i = 0; i < N; i++) {
        snprintf(name[i], sizeof name[i], "G%d", i);
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", i ? "|" : "", name[i]);
        wide[2 * i] = (case_pair){"wide", TJAC_PAIR_PATHWAY, name[i], "X"};
        wide[2 * i + 1] = (case_pair){"wide", TJAC_PAIR_PATHWAY, name[i], "Y"};
    }
    wide[2 * N] = (case_pair){"wide", TJAC_PAIR_UNRELATED_TARGET, "G0", "Y"};
    case_layout(&l, "wide", "cpu");
    case_layout_estimand(&l, TJAC_PERT);
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_model(&l, "m", "NA", "G7|ctl", wide, 2 * N + 1);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    case_model(&c, "m");
    case_estimand(&c, TJAC_SET_MEAN);
    case_estimand(&c, TJAC_PERT);
    case_panel(&c, "wide", list, "X|Y", "G7", "");
    case_ready(&c);
    CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
    if (CHECK(t, table.n == 2)) {
        const double pert[] = {0, 1, 2 * N, 4 * N + 2, 4 * N + 3, 6 * N + 2}; /* first of each */
        CHECK(t, table.panel[0].n_pairs == 3 && table.panel[1].n_pairs == 2 * N + 1);
        check_J(t, &table.panel[0], pert);
        CHECK(t, table.panel[1].self[14] == 1 && table.panel[1].self[16] == 0); /* KD G7 */
    }
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
    off_t at = (off_t)(f->place[0][0].J[1] + 3 * 8); /* of U */
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

/* Blocks that the config has and the file has not; leaving out what is missing is for genes. */
static void test_missing(test *t)
{
    jtable_case c;
    tjac_layout l;
    case_layout(&l, "p", "cpu");
    case_layout_estimand(&l, TJAC_SET_MEAN);
    case_layout_model(&l, "m", "T", KDS, pairs, PAIRS);
    tjac_jfile *f = case_file(path, &l, (case_numbers){0}, 0);
    setup(&c);
    c.config.skip_missing = true;
    check_refused(t, &c, f, TJAC_EMISSING,
                  "has no rows of panel 'p' for model 'm', estimand pert; run it");
    c.config.n_estimands = 1;
    case_model(&c, "n");
    check_refused(t, &c, f, TJAC_EMISSING, "of panel 'p' for model 'n', estimand set_mean");
    c.config.n_models = 1;
    case_panel(&c, "q", "A", "X", "K1", "");
    case_ready(&c);
    check_refused(t, &c, f, TJAC_EMISSING, "of panel 'q' for model 'm', estimand set_mean");
    tjac_jfile_close(f);
    case_free(&c);
}

/* Other pairs and KDs than the config's; `estimand` alone is asked for. */
static void check_panel(test *t, tjac_estimand estimand, const char *const lists[4], tjac_code code,
                        const char *message)
{
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    tjac_jfile *f = plain(0);
    case_model(&c, "m");
    case_estimand(&c, estimand);
    case_panel(&c, "p", lists[0], lists[1], lists[2], lists[3]);
    case_ready(&c);
    check_refused(t, &c, f, code, message);
    c.config.skip_missing = true;
    if (code == TJAC_EUSAGE) {
        check_refused(t, &c, f, code, message);
    } else {
        CHECK_OK(t, tjac_j_table_make(&c.config, &c.panels, f, &table, &err), &err);
        CHECK(t, table.n == 1 && table.panel[0].estimand == estimand);
        tjac_j_table_free(&table);
    }
    tjac_jfile_close(f);
    case_free(&c);
}

static void test_panels(test *t)
{
    static const struct {
        tjac_estimand estimand;
        const char *lists[4]; /* regulators, targets, KDs, unrelated KDs */
        tjac_code code;
        const char *message;
    } row[] = {
        {TJAC_SET_MEAN,
         {"A", "X|Y|Z", "K1", "U"},
         TJAC_EMISSING,
         "panel 'p' has the pair A -> Z, which 'test_jtable.h5' does not have for model 'm'"},
        {TJAC_SET_MEAN, /* there, but drawn */
         {"A|B", "X|Y", "K1", "U"},
         TJAC_EMISSING,
         "the pair B -> X"},
        {TJAC_PERT, {"A", "X|Y|Z", "K1", "U"}, TJAC_EMISSING, "has the target 'Z', which"},
        {TJAC_SET_MEAN,
         {"A", "Y", "K1", "U"},
         TJAC_EUSAGE,
         "panel 'p' has 1 pathway pair(s) in 'test_jtable.h5' that the config does not name"},
        {TJAC_PERT, {"A", "Y", "K1", "U"}, TJAC_EUSAGE, "1 pathway target(s)"},
        {TJAC_SET_MEAN,
         {"A", "X|Y", "K1|K2", "U"},
         TJAC_EMISSING,
         "panel 'p' names the KD 'K2', which 'test_jtable.h5' does not have"},
        {TJAC_PERT, {"A", "X|Y", "K1", "K2"}, TJAC_EMISSING, "for model 'm' (4 KDs); run it"}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        check_panel(t, row[i].estimand, row[i].lists, row[i].code, row[i].message);
}

/* Once each, whatever the number of blocks. */
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
    CHECK(t, table.n == 4 && table.panel[1].estimand == TJAC_PERT);
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
    test_sign(&t);
    test_classes(&t);
    test_order(&t);
    test_wide(&t);
    test_damage(&t);
    test_any_byte(&t);
    test_missing(&t);
    test_panels(&t);
    test_left_out(&t);
    unlink(path);
    return test_end(&t);
}
