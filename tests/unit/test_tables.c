/* CSV, edge tables, GMT and the panels made of them. Writes its files into the working folder. */
#include "test.h"
#include "base/csv.h"
#include "base/gzip.h"
#include "plan/edges.h"
#include "plan/gmt.h"
#include "plan/panels.h"
#include "stats/concordance.h"

static const char *const path = "test_tables.txt";

static void put(const char *text)
{
    FILE *f = fopen(path, "wb");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

/* ---- CSV ---- */

static void bad_csv(test *t, const char *text, const char *message)
{
    tjac_csv *csv = NULL;
    tjac_err err = {0};
    put(text);
    CHECK(t, tjac_csv_read(path, &csv, &err) == TJAC_EINPUT && !csv);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
}

static void test_csv(test *t)
{
    tjac_csv *csv = NULL;
    tjac_err err = {0};
    double v;
    size_t at;
    put("\xEF\xBB\xBF,a,\"b,\"\"c\"\r\n\r\n1,\"x\ny\",\r\n2,NA,\"\"\n\n3,1e-3,end");
    if (!CHECK_OK(t, tjac_csv_read(path, &csv, &err), &err))
        return;
    CHECK(t, tjac_csv_n_rows(csv) == 3 && tjac_csv_header(csv)->n == 3);
    CHECK_STRING(t, tjac_csv_header(csv)->name[0], "");
    CHECK_STRING(t, tjac_csv_header(csv)->name[2], "b,\"c");
    CHECK_STRING(t, tjac_csv_field(csv, 0, 1), "x\ny");
    CHECK_STRING(t, tjac_csv_field(csv, 0, 2), "");
    CHECK_STRING(t, tjac_csv_field(csv, 1, 2), "");
    CHECK_STRING(t, tjac_csv_field(csv, 2, 2), "end");
    CHECK(t,
          tjac_csv_line(csv, 0) == 3 && tjac_csv_line(csv, 1) == 5 && tjac_csv_line(csv, 2) == 7);
    CHECK_OK(t, tjac_csv_number(csv, 1, 1, &v, &err), &err);
    CHECK(t, isnan(v));
    CHECK_OK(t, tjac_csv_number(csv, 2, 1, &v, &err), &err);
    CHECK(t, v == 1e-3);
    CHECK(t, tjac_csv_number(csv, 2, 2, &v, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "line 7: 'b,\"c' is 'end', expected a number or NA");
    CHECK(t, tjac_csv_column(csv, "d", &at, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "has no column 'd'");
    tjac_csv_free(csv);

    put("a\tb\n\"q\t1,2\n"); /* tabs separate, quotes are letters */
    CHECK_OK(t, tjac_csv_read(path, &csv, &err), &err);
    CHECK_STRING(t, tjac_csv_field(csv, 0, 0), "\"q");
    CHECK_STRING(t, tjac_csv_field(csv, 0, 1), "1,2");
    tjac_csv_free(csv);
    csv = NULL;

    bad_csv(t, "", "is empty");
    bad_csv(t, "a,b\n1\n", "line 2: 1 fields, expected the header's 2, separated by commas");
    bad_csv(t, "a,b\n1,2\n\n1,2,3\n", "line 4: 3 fields");
    bad_csv(t, "a,a\n", "the column 'a' stands there twice");
    bad_csv(t, "a,b\n1,\"x\n2,3\n", "line 2: a quote is opened and never closed");
    bad_csv(t, "a,b\n1,\"x\"y\n", "line 2: text after a closing quote");
    bad_csv(t, "a\n\xFF\n", "is not UTF-8");
    static const char *const not_numbers[] = {"1x", "inf", "0x10", " 1", "--1"};
    for (size_t i = 0; i < sizeof not_numbers / sizeof *not_numbers; i++) {
        char text[32];
        snprintf(text, sizeof text, "a\n%s\n", not_numbers[i]);
        put(text);
        CHECK_OK(t, tjac_csv_read(path, &csv, &err), &err);
        CHECK(t, tjac_csv_number(csv, 0, 0, &v, &err) == TJAC_EINPUT);
        tjac_err_clear(&err);
        tjac_csv_free(csv);
        csv = NULL;
    }
    CHECK(t, tjac_csv_read("nowhere.csv", &csv, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "cannot open 'nowhere.csv'");
}

/* ---- edges ---- */

static const tjac_names everything = {0};

static void check_edge(test *t, const tjac_edges *e, size_t i, const char *source,
                       const char *target, int sign, bool wanted)
{
    if (!CHECK(t, i < e->n))
        return;
    CHECK_STRING(t, e->genes.name[e->edge[i].source], source);
    CHECK_STRING(t, e->genes.name[e->edge[i].target], target);
    CHECK(t, e->edge[i].sign == sign && e->edge[i].wanted == wanted);
}

static void test_formats(test *t)
{
    tjac_edges e = {0};
    tjac_err err = {0};
    put(",source,target,weight\n0,A,B,1\n1,B,C,-0.5\n2,A,C,0\n");
    CHECK_OK(t, tjac_edges_read(path, &everything, &e, &err), &err);
    CHECK_STRING(t, e.format, "CollecTRI");
    CHECK(t, e.n == 3 && e.has_signs && e.genes.n == 3 && e.warnings.n == 0);
    check_edge(t, &e, 0, "A", "B", 1, true);
    check_edge(t, &e, 1, "B", "C", -1, true);
    check_edge(t, &e, 2, "A", "C", 0, true);
    tjac_edges_free(&e);

    put("target\tsource\nB\tA\n"); /* any order of columns; no weight, no signs */
    CHECK_OK(t, tjac_edges_read(path, &everything, &e, &err), &err);
    CHECK(t, !e.has_signs);
    check_edge(t, &e, 0, "A", "B", 0, true);
    tjac_edges_free(&e);

    put("tf,confidence,target,mor\nA,A,B,1\nA,C,C,-1\n");
    tjac_names levels = {0};
    if (tjac_names_add(&levels, "C", &err))
        abort();
    CHECK_OK(t, tjac_edges_read(path, &levels, &e, &err), &err);
    CHECK_STRING(t, e.format, "DoRothEA");
    check_edge(t, &e, 0, "A", "B", 1, false);
    check_edge(t, &e, 1, "A", "C", -1, true);
    tjac_edges_free(&e);
    put("source,target,confidence\nA,B,A\n");
    CHECK(t, tjac_edges_read(path, &levels, &e, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "no edge has the confidence 'C'; the first one has 'A'");
    put("TF,target,importance\nA,B,12.5\n");
    CHECK(t, tjac_edges_read(path, &levels, &e, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "has no column 'confidence' (SCENIC)");
    tjac_names_free(&levels);

    CHECK_OK(t, tjac_edges_read(path, &everything, &e, &err), &err);
    CHECK_STRING(t, e.format, "SCENIC");
    CHECK(t, !e.has_signs); /* importance is no sign */
    check_edge(t, &e, 0, "A", "B", 0, true);
    tjac_edges_free(&e);

    put("source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_stimulation\tis_inhibition\n"
        "P1\tP2\tA\tB\tTrue\tFalse\nP1\tP3\tA\tC\t0\t1\nP1\tP4\tA\tD\ttrue\ttrue\n"
        "P1\tP5\tA\tE\tFalse\tFalse\n");
    CHECK_OK(t, tjac_edges_read(path, &everything, &e, &err), &err);
    CHECK_STRING(t, e.format, "OmniPath");
    check_edge(t, &e, 0, "A", "B", 1, true);
    check_edge(t, &e, 1, "A", "C", -1, true);
    check_edge(t, &e, 2, "A", "D", 0, true);
    check_edge(t, &e, 3, "A", "E", 0, true);
    tjac_edges_free(&e);
}

static void test_duplicates(test *t)
{
    tjac_edges e = {0};
    tjac_err err = {0};
    put("source,target,weight\nA,B,1\nB,A,1\nA,C,1\nA,B,1\nA,C,-1\nA,B,1\n");
    CHECK_OK(t, tjac_edges_read(path, &everything, &e, &err), &err);
    CHECK(t, e.n == 3 && e.warnings.n == 1);
    check_edge(t, &e, 0, "A", "B", 1, true);
    check_edge(t, &e, 1, "B", "A", 1, true);
    check_edge(t, &e, 2, "A", "C", 0, true); /* signs that contradict each other are none */
    CHECK(t, e.warnings.n && strstr(e.warnings.name[0],
                                    "3 duplicate edge(s), the first A -> B (line 5)") != NULL);
    tjac_edges_free(&e);
}

static void bad_edges(test *t, const char *text, const char *message)
{
    tjac_edges e = {0};
    tjac_err err = {0};
    put(text);
    CHECK(t, tjac_edges_read(path, &everything, &e, &err) == TJAC_EINPUT && e.n == 0);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
}

/* ---- GMT ---- */

static void bad_gmt(test *t, const char *text, tjac_code code, const char *message)
{
    tjac_gmt_set set = {0};
    tjac_err err = {0};
    put(text);
    CHECK(t, tjac_gmt_read(path, "SET", &set, &err) == code && set.members.n == 0);
    CHECK_ERROR(t, &err, code, message);
}

/* members: with spaces between them; warning: NULL, or a part of the only one. */
static void good_gmt(test *t, const char *text, const char *members, const char *warning)
{
    tjac_gmt_set set = {0};
    tjac_err err = {0};
    char got[256] = "";
    put(text);
    if (!CHECK_OK(t, tjac_gmt_read(path, "SET", &set, &err), &err))
        return;
    for (size_t i = 0; i < set.members.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
                 set.members.name[i]);
    CHECK_STRING(t, got, members);
    CHECK(t, set.warnings.n == (warning != NULL));
    if (warning && set.warnings.n && !CHECK(t, strstr(set.warnings.name[0], warning) != NULL))
        fprintf(stderr, "    got  %s\n    want %s\n", set.warnings.name[0], warning);
    tjac_gmt_free(&set);
}

static void test_gmt(test *t)
{
    tjac_gmt_set set = {0};
    tjac_err err = {0};
    put("\xEF\xBB\xBFOTHER\tx\tA\r\n\r\nSET\thttp://a b\tA\tB C\tA\t\r\n\nLAST\t\tD\tE");
    CHECK_OK(t, tjac_gmt_read(path, "SET", &set, &err), &err);
    CHECK(t, set.members.n == 2 && tjac_names_find(&set.members, "B C") == 1 && set.line == 3);
    CHECK_STRING(t, set.description, "http://a b");
    CHECK(t, set.warnings.n == 1);
    tjac_gmt_free(&set);
    CHECK_OK(t, tjac_gmt_read(path, "LAST", &set, &err), &err);
    CHECK(t, set.members.n == 2 && set.warnings.n == 0);
    CHECK_STRING(t, set.description, "");
    tjac_gmt_free(&set);
    CHECK_OK(t, tjac_gmt_read(path, "OTHER", &set, &err), &err);
    tjac_gmt_free(&set);
    CHECK(t, tjac_gmt_read("nowhere.gmt", "SET", &set, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "cannot open 'nowhere.gmt'");
    bad_gmt(t, "SETS\tx\tA\n", TJAC_EMISSING, "no set 'SET' (1 sets); did you mean 'SETS'?");
    bad_gmt(t, "SET\tx\tA\n\nSET\tx\tB\n", TJAC_EINPUT,
            "line 3: the set 'SET' stands on line 1 already, with other members");
    bad_gmt(t, "SET\tx\tA\nB x C\n", TJAC_EINPUT, "line 2: there is no tab");
    bad_gmt(t, "SET\tx\n", TJAC_EINPUT, "line 1: the set has no genes");
    bad_gmt(t, "SET\tx\t\t\n", TJAC_EINPUT, "line 1: the set has no genes");
    bad_gmt(t, "\tx\tA\n", TJAC_EINPUT, "line 1: the set has no name");
    bad_gmt(t, "SET\tx\tA \n", TJAC_EINPUT, "line 1: the name 'A ' has a blank at an end");
    bad_gmt(t, "SET\tx\t\xFF\n", TJAC_EINPUT, "line 1: a gene of the set is not UTF-8");
    bad_gmt(t, "", TJAC_EMISSING, "no set 'SET' (0 sets)");
}

/* As people have them. */
static void test_odd_gmt(test *t)
{
    good_gmt(t, "SET\tna\tA\tB\tC\t\t\t\r\n", "A B C", NULL);
    good_gmt(t, "# sets\n\t\t\t\n  \nSET\tna\tA\tB\n", "A B", NULL);
    good_gmt(t, "SET\tna\tA\t\tB\t\t\tC\n", "A B C",
             "line 1: 3 empty member(s) in the set 'SET', the first after 'A'; they are left out");
    good_gmt(t, "SET\tna\t\tA\n", "A", "line 1: 1 empty member(s) in the set 'SET'");
    good_gmt(t, "X\tna\tA\nSET\tna\tA,1.0\tB,0.5\tC,x\t,1\n", "A B C,x ,1",
             "line 2: 2 weighted member(s) in the set 'SET', the first of 'A'");
    good_gmt(t, "SET\tna\tA\tB\tB\tA\n", "A B",
             "line 1: 2 repeated member(s) in the set 'SET', the first of 'B'; each is taken once");
    good_gmt(t, "SET\tna\tA\tB\nX\tna\tA\nSET\tother\tB\tA\n", "A B",
             "line 3: the set 'SET' stands on line 1 already");
    /* What is wrong with sets that nobody asks for. */
    good_gmt(t, "X\tna\nY\tna\tA \nY\tna\tC\nSET\tna\tA\tB\n", "A B", NULL);
}

/* ---- gzip ---- */

static const char *data(const char *name)
{
    static char buf[1024];
    const char *dir = getenv("TJAC_TEST_DATA");
    snprintf(buf, sizeof buf, "%s/%s", dir ? dir : "tests/unit/data", name);
    return buf;
}

static void bad_packed(test *t, const char *name, const char *message)
{
    tjac_edges e = {0};
    tjac_err err = {0};
    CHECK(t, tjac_edges_read(data(name), &everything, &e, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
}

static void test_packed(test *t)
{
    tjac_edges e = {0};
    tjac_gmt_set set = {0};
    tjac_external values = {0};
    tjac_err err = {0};
    static const char *const good[] = {"packed.csv", "packed_parts.csv"};
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(t, tjac_edges_read(data(good[i]), &everything, &e, &err), &err);
        CHECK(t, e.n == 2);
        check_edge(t, &e, 1, "B", "C", -1, true);
        tjac_edges_free(&e);
    }
    CHECK_OK(t, tjac_gmt_read(data("packed_sets.gmt"), "SET", &set, &err), &err);
    CHECK(t, set.members.n == 2);
    tjac_gmt_free(&set);
    CHECK_OK(t, tjac_external_read(data("packed_values.csv.gz"), &values, &err), &err);
    CHECK_STRING(t, values.name, "packed_values");
    CHECK(t, values.kds.n == 1 && values.value[0] == 0.5);
    tjac_external_free(&values);
    bad_packed(t, "packed_cut.csv", "packed_cut.csv' is compressed with gzip, but ends in the");
    bad_packed(t, "packed_head.csv", "ends in the middle; copy or write it again");
    bad_packed(t, "packed_more.csv", "but 4 other bytes follow");
    bad_packed(t, "packed_damaged.csv", "but is damaged: incorrect data check");
    bad_packed(t, "packed_twice.csv", "is not a text that tjac reads: it is compressed with gzip");
    bad_packed(t, "packed_empty.csv", "is empty");
    bad_packed(t, "bad_lfs.ckpt", "is not a text that tjac reads: it is a pointer of Git LFS");
}

/* A small file that unpacks to more than is allowed. */
static void test_limit(test *t)
{
    tjac_text text = {0};
    tjac_err err = {0};
    CHECK(t, tjac_text_read(&text, data("packed.csv"), 20, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "is larger than");
    tjac_text_free(&text);
    FILE *f = fopen(data("packed.csv"), "rb");
    char bytes[256];
    size_t n = f ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f)
        fclose(f);
    CHECK(t, tjac_gzip_unpack("x", bytes, n, 10, &text, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "unpacks to more than");
    tjac_text_free(&text);
}

/* ---- panels ---- */

typedef struct {
    tjac_config config;
    tjac_config_panel panel[2];
    tjac_panels made;
} fixture;

static void add(tjac_names *to, const char *words)
{
    tjac_err err = {0};
    char copy[128], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (tjac_names_add(to, w, &err))
            abort();
}

static void setup(fixture *f, size_t n)
{
    *f = (fixture){0};
    f->config.panel = f->panel;
    f->config.n_panels = n;
    f->panel[0].name = (char *)(uintptr_t) "p";
    f->panel[1].name = (char *)(uintptr_t) "q";
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < 2; i++) {
        tjac_names_free(&f->panel[i].regulators);
        tjac_names_free(&f->panel[i].targets);
        tjac_names_free(&f->panel[i].confidence);
    }
    tjac_panels_free(&f->made);
}

/* "A>B+ A>C-" */
static void check_pairs(test *t, const tjac_panel *p, const char *want)
{
    char got[512] = "";
    for (size_t i = 0; i < p->n_pairs; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s>%s%s", i ? " " : "",
                 p->regulators.name[p->pair[i].regulator], p->targets.name[p->pair[i].target],
                 p->pair[i].sign > 0   ? "+"
                 : p->pair[i].sign < 0 ? "-"
                                       : "");
    CHECK_STRING(t, got, want);
}

static void refused(test *t, fixture *f, tjac_code code, const char *message)
{
    tjac_err err = {0};
    CHECK(t, tjac_panels_read(&f->config, &f->made, &err) == code && f->made.n == 0);
    CHECK_ERROR(t, &err, code, message);
    teardown(f);
}

static void test_panel_edges(test *t)
{
    fixture f;
    tjac_err err = {0};
    put("source,target,weight\nA,B,1\nC,B,-1\nA,C,-1\nA,A,1\nD,B,1\nA,B,1\n");
    setup(&f, 2);
    f.panel[0].pairs = f.panel[1].pairs = (char *)(uintptr_t)path;
    add(&f.panel[1].regulators, "C D");
    CHECK_OK(t, tjac_panels_read(&f.config, &f.made, &err), &err);
    check_pairs(t, &f.made.panel[0], "A>B+ A>C- C>B- D>B+"); /* regulator outermost, no A>A */
    check_pairs(t, &f.made.panel[1], "C>B- D>B+");
    CHECK(t, f.made.n_edges == 5 && f.made.warnings.n == 2); /* of the table, once */
    CHECK(t, f.made.panel[0].n_self == 1 && f.made.panel[1].n_self == 0);
    CHECK_STRING(t, f.made.warnings.name[1],
                 "panel 'p': 1 pair(s) of a gene with itself are left out: an effect of a gene on "
                 "itself is no routing");
    CHECK_STRING(t, f.made.edge_genes.name[f.made.edge[4][0]], "D");
    teardown(&f);

    setup(&f, 1);
    f.panel[0].pairs = (char *)(uintptr_t)path;
    add(&f.panel[0].targets, "C B X");
    refused(t, &f, TJAC_EMISSING,
            "1 target(s) stand in no edge of 'test_tables.txt' that it takes: X");
    setup(&f, 1);
    f.panel[0].pairs = (char *)(uintptr_t)path;
    f.config.skip_missing = true;
    add(&f.panel[0].targets, "C X");
    CHECK_OK(t, tjac_panels_read(&f.config, &f.made, &err), &err);
    check_pairs(t, &f.made.panel[0], "A>C-");
    CHECK(t, f.made.warnings.n == 2);
    teardown(&f);
    setup(&f, 1);
    f.panel[0].pairs = (char *)(uintptr_t)path;
    add(&f.panel[0].regulators, "X");
    refused(t, &f, TJAC_EMISSING, "panel 'p' has no pair");
}

static void test_panel_sets(test *t)
{
    fixture f;
    tjac_err err = {0};
    put("SET\tx\tA\tB\tC\tA\n");
    setup(&f, 2);
    for (size_t i = 0; i < 2; i++) {
        f.panel[i].gmt = (char *)(uintptr_t)path;
        f.panel[i].set = (char *)(uintptr_t) "SET";
    }
    f.panel[1].pairing = TJAC_PAIRING_REGULATORS;
    add(&f.panel[1].regulators, "Z C A");
    CHECK_OK(t, tjac_panels_read(&f.config, &f.made, &err), &err);
    check_pairs(t, &f.made.panel[0], "A>B A>C B>A B>C C>A C>B");
    check_pairs(t, &f.made.panel[1], "A>B A>C C>A C>B");
    CHECK(t, f.made.panel[1].members.n == 3 && f.made.n_edges == 0);
    CHECK(t, f.made.warnings.n && strstr(f.made.warnings.name[0], "1 repeated member(s)") != NULL);
    CHECK(t, f.made.panel[0].n_self == 0); /* nobody named them */
    teardown(&f);
}

/* Lists: a gene with itself is left out and told, and a gene without another partner with it. */
static void test_panel_lists(test *t)
{
    fixture f;
    tjac_err err = {0};
    setup(&f, 2);
    add(&f.panel[0].regulators, "A B C");
    add(&f.panel[0].targets, "C B D");
    add(&f.panel[1].regulators, "A");
    add(&f.panel[1].targets, "A B");
    CHECK_OK(t, tjac_panels_read(&f.config, &f.made, &err), &err);
    check_pairs(t, &f.made.panel[0], "A>C A>B A>D B>C B>D C>B C>D");
    CHECK_STRING(t, f.made.panel[0].targets.name[0], "C"); /* in the order of the config */
    check_pairs(t, &f.made.panel[1], "A>B");
    CHECK(t, f.made.panel[1].targets.n == 1 && f.made.panel[1].regulators.n == 1);
    CHECK(t, f.made.panel[0].n_self == 2 && f.made.panel[1].n_self == 1);
    CHECK(t, f.made.warnings.n == 2);
    CHECK(t, strstr(f.made.warnings.name[0], "panel 'p': 2 pair(s) of a gene with itself"));
    teardown(&f);

    setup(&f, 1);
    add(&f.panel[0].regulators, "A");
    add(&f.panel[0].targets, "A");
    refused(t, &f, TJAC_EMISSING,
            "panel 'p' has no pair: 'A' is its only regulator and its only target, and a gene with "
            "itself is no pair; name another one");
    put("source,target\nA,A\n");
    setup(&f, 1);
    f.panel[0].pairs = (char *)(uintptr_t)path;
    refused(t, &f, TJAC_EMISSING, "panel 'p' has no pair: 'test_tables.txt' gives none");
}

static void test_senseless(test *t)
{
    fixture f;
    setup(&f, 1);
    f.panel[0].gmt = f.panel[0].pairs = (char *)(uintptr_t)path;
    refused(t, &f, TJAC_EUSAGE, "panel 'p' has both pairs and gmt");
    setup(&f, 1);
    f.panel[0].gmt = (char *)(uintptr_t)path;
    refused(t, &f, TJAC_EUSAGE, "panel 'p' has gmt without set");
    setup(&f, 1);
    f.panel[0].set = (char *)(uintptr_t) "SET";
    refused(t, &f, TJAC_EUSAGE, "panel 'p' has set without gmt");
    setup(&f, 1);
    f.panel[0].gmt = (char *)(uintptr_t)path;
    f.panel[0].set = (char *)(uintptr_t) "SET";
    add(&f.panel[0].regulators, "A");
    refused(t, &f, TJAC_EUSAGE, "panel 'p' has gmt with regulators");
    setup(&f, 1);
    f.panel[0].gmt = (char *)(uintptr_t)path;
    f.panel[0].set = (char *)(uintptr_t) "SET";
    f.panel[0].pairing = TJAC_PAIRING_REGULATORS;
    refused(t, &f, TJAC_EUSAGE, "without a list of regulators");
    setup(&f, 1);
    add(&f.panel[0].confidence, "A");
    refused(t, &f, TJAC_EUSAGE, "panel 'p' has confidence without pairs");
}

int main(void)
{
    test t = {0};
    test_csv(&t);
    test_formats(&t);
    test_duplicates(&t);
    bad_edges(&t, "gene,other\nA,B\n", "has the columns gene,other; expected an edge table");
    bad_edges(&t, "source,target,weight\nA,B,up\n", "line 2: 'weight' is 'up', expected a number");
    bad_edges(&t, "source,target\nA,\n", "line 2: 'target' is '', expected a gene");
    bad_edges(&t, "source,target\nA,B\nA ,B\n", "line 3: 'source' is 'A ', expected a gene");
    bad_edges(&t,
              "source_genesymbol,target_genesymbol,is_stimulation,is_inhibition\nA,B,yes,False\n",
              "line 2: 'is_stimulation' is 'yes', expected True or False");
    test_gmt(&t);
    test_odd_gmt(&t);
    test_packed(&t);
    test_limit(&t);
    test_panel_edges(&t);
    test_panel_sets(&t);
    test_panel_lists(&t);
    test_senseless(&t);
    remove(path);
    return test_end(&t);
}
