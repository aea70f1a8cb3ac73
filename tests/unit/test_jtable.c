/* A j.csv written by hand: what is read, and every way in which it is refused. */
#include "jtable_case.h"

enum { MAX_TEXT = 4096 };

static const char *const plain =
    "model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,self\n"
    "m,T,set_mean,p,pathway,K1,pathway,A,X,1,NA,NA,0\n" /* line 2 */
    "m,T,set_mean,p,pathway,K1,pathway,A,Y,-0.25,NA,NA,1\n"
    "m,T,set_mean,p,null,K1,pathway,B,X,NA,NA,NA,0\n"
    "m,T,set_mean,p,pathway,U,unrelated,A,X,4,NA,NA,0\n"
    "m,T,set_mean,p,pathway,U,unrelated,A,Y,5,NA,NA,0\n"
    "m,T,set_mean,p,null,U,unrelated,B,X,6,NA,NA,0\n"
    "m,T,set_mean,p,pathway,G,background,A,X,7,NA,NA,0\n"
    "m,T,set_mean,p,pathway,G,background,A,Y,8,NA,NA,0\n"
    "m,T,set_mean,p,null,G,background,B,X,9,NA,NA,0\n"
    "m,T,set_mean,p,pathway,ctl,control,A,X,10,NA,NA,0\n"
    "m,T,set_mean,p,pathway,ctl,control,A,Y,11,NA,NA,0\n"
    "m,T,set_mean,p,null,ctl,control,B,X,12,NA,NA,0\n"
    "m,T,pert,p,pathway,K1,pathway,K1,X,13,NA,NA,1\n" /* line 14 */
    "m,T,pert,p,pathway,K1,pathway,K1,Y,14,NA,NA,1\n"
    "m,T,pert,p,null,K1,pathway,K1,X,15,NA,NA,1\n"
    "m,T,pert,p,pathway,U,unrelated,U,X,16,NA,NA,1\n"
    "m,T,pert,p,pathway,U,unrelated,U,Y,17,NA,NA,1\n"
    "m,T,pert,p,null,U,unrelated,U,X,18,NA,NA,1\n";
enum { FIRST_OF_PERT = 14, LAST_LINE = 19 };

static void setup(jtable_case *c)
{
    *c = (jtable_case){0};
    case_model(c, "m");
    case_estimand(c, TJAC_SET_MEAN);
    case_estimand(c, TJAC_PERT);
    case_panel(c, "p", "A", "X|Y", "K1", "U");
    case_ready(c);
}

static tjac_code read_text(const jtable_case *c, const char *text, tjac_j_table *out, tjac_err *err)
{
    char path[TEST_PATH];
    if (!test_temporary(path, text, strlen(text)))
        abort();
    (void)!tjac_j_table_read(path, &c->config, &c->panels, out, err);
    unlink(path);
    return err->code;
}

/* `plain` with a line replaced: "" drops it; a line behind the last is added. */
static const char *edited(size_t line, const char *with, char *buf)
{
    const char *at = plain, *end;
    for (size_t i = 1; i < line; i++)
        at = strchr(at, '\n') + 1;
    end = *at ? strchr(at, '\n') + 1 : at;
    snprintf(buf, MAX_TEXT, "%.*s%s%s%s", (int)(at - plain), plain, with, *with ? "\n" : "", end);
    return buf;
}

static void check_refused(test *t, const jtable_case *c, const char *text, tjac_code code,
                          const char *message)
{
    tjac_err err = {0};
    tjac_j_table out = {.n = 99};
    CHECK(t, read_text(c, text, &out, &err) == code);
    if (!test_error(t, &err, code, message, __FILE__, __LINE__))
        fprintf(stderr, "    of: %s\n", message);
    CHECK(t, out.n == 99 && out.block == NULL && out.warnings.n == 0); /* untouched */
}

static void check_J(test *t, const tjac_j_block *b, const double *want)
{
    for (size_t i = 0; i < b->kds.n * b->n_pairs; i++)
        CHECK(t, isnan(want[i]) ? isnan(b->J[i]) : b->J[i] == want[i]);
}

static void test_plain(test *t)
{
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    const double set_mean[] = {1, -0.25, NAN, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const double pert[] = {13, 14, 15, 16, 17, 18};
    setup(&c);
    c.panels.panel[0].pair[1].sign = -1;
    CHECK_OK(t, read_text(&c, plain, &table, &err), &err);
    if (!CHECK(t, table.n == 2 && table.warnings.n == 0))
        return;
    const tjac_j_block *b = &table.block[0];
    CHECK_STRING(t, b->model, "m");
    CHECK_STRING(t, b->cell_type, "T");
    CHECK_STRING(t, b->panel, "p");
    CHECK(t, b->estimand == TJAC_SET_MEAN && b->panel_index == 0 && b->n_pairs == 3);
    CHECK(t, b->regulators.n == 2 && b->targets.n == 2 && b->kds.n == 4);
    CHECK_STRING(t, b->regulators.name[b->pair[2].regulator], "B");
    CHECK_STRING(t, b->targets.name[b->pair[2].target], "X");
    CHECK(t, b->pair[1].kind == TJAC_PAIR_PATHWAY && b->pair[2].kind == TJAC_PAIR_MATCHED);
    CHECK(t, b->pair[0].sign == 0 && b->pair[1].sign == -1 && b->pair[2].sign == 0);
    CHECK(t, b->self[0] == 0 && b->self[1] == 1 && b->self[2] == 0);
    CHECK(t, tjac_names_find(&b->kds, "G") == 2);
    CHECK(t, b->kd_class[0] == TJAC_KD_PATHWAY && b->kd_class[1] == TJAC_KD_UNRELATED);
    CHECK(t, b->kd_class[2] == TJAC_KD_BACKGROUND && b->kd_class[3] == TJAC_KD_CONTROL);
    check_J(t, b, set_mean);
    b = &table.block[1];
    CHECK(t, b->estimand == TJAC_PERT && b->kds.n == 2 && b->n_pairs == 3 && b->targets.n == 2);
    CHECK(t, b->regulators.n == 1 && strcmp(b->regulators.name[0], "") == 0);
    CHECK(t, b->pair[1].target == 1 && b->pair[2].target == 0 && b->pair[1].sign == 0);
    CHECK(t, b->self[0] == 1 && b->self[5] == 1);
    check_J(t, b, pert);
    tjac_j_table_free(&table);
    CHECK(t, table.n == 0 && table.block == NULL);
    case_free(&c);
}

/* A null pair has no sign, not even where the same genes are a pathway pair with one. */
static void test_sign(test *t)
{
    jtable_case c, other = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    setup(&c);
    c.panels.panel[0].pair[0].sign = 1;
    case_panel(&other, "p", "B|A", "X|Y", "K1", "U");
    case_ready(&other);
    for (size_t i = 0; i < 4; i++)
        other.panels.panel[0].pair[i].sign = i == 2 ? 0 : -1; /* 2: A -> X */
    CHECK_OK(t, read_text(&c, plain, &table, &err), &err);
    tjac_j_block *b = &table.block[0];
    CHECK(t, b->pair[0].sign == 1 && b->pair[1].sign == 0 && b->pair[2].sign == 0);
    CHECK_OK(t, tjac_j_block_sign(b, &other.panels.panel[0], &err), &err);
    CHECK(t, b->pair[0].sign == 0 && b->pair[1].sign == -1 && b->pair[2].sign == 0);
    tjac_j_table_free(&table);
    case_free(&c);
    case_free(&other);
}

typedef struct {
    size_t line;
    const char *with, *message;
} refusal;

static void test_refusals(test *t)
{
    static const refusal list[] = {
        {1, "model,cell_type,estimand,panel,pair,kd,kd_class,regulator,target,J,J_se,active,me",
         "has no column 'self'"},
        {2, "m,T,perturb,p,pathway,K1,pathway,A,X,1,NA,NA,0",
         "line 2: 'estimand' is 'perturb', expected an estimand"},
        {3, "m,T,set_mean,p,nil,K1,pathway,A,Y,2,NA,NA,0",
         "line 3: 'pair' is 'nil', expected pathway, null or unrelated_target"},
        {6, "m,T,set_mean,p,nil,U,unrelated,A,Y,2,NA,NA,0", "line 6: 'pair' is 'nil'"},
        {2, "m,T,set_mean,p,pathway,K1,ours,A,X,1,NA,NA,0",
         "line 2: 'kd_class' is 'ours', expected pathway, unrelated, control or background"},
        {6, "m,T,set_mean,p,pathway,U,ours,A,Y,5,NA,NA,0", "line 6: 'kd_class' is 'ours'"},
        {6, "m,T,set_mean,p,pathway,U,control,A,Y,5,NA,NA,0",
         "line 6: rows are not in the order that tjac run writes: the KD has another kd_class"},
        {13, "m,T,set_mean,p,null,ctl,control,B,X,12,NA,NA,2",
         "line 13: 'self' is '2', expected 0 or 1"},
        {7, "m,T,set_mean,p,null,U,unrelated,B,X,six,NA,NA,0", "line 7: 'J' is 'six', expected"},
        {7, "m,T,set_mean,p,null,U,unrelated,B,X,inf,NA,NA,0", "line 7: 'J' is 'inf', expected"},
        {7, "m,T,set_mean,p,null,U,unrelated,B,X,6,NA,0", "line 7: 12 fields"},
        /* a triple twice */
        {3, "m,T,set_mean,p,pathway,K1,pathway,A,X,2,NA,NA,0",
         "line 3: rows are not in the order that tjac run writes: the pair stands there twice"},
        {6, "m,T,set_mean,p,pathway,U,unrelated,A,X,5,NA,NA,0",
         "line 6: rows are not in the order that tjac run writes: not the pair"},
        {8,
         "m,T,set_mean,p,pathway,K1,pathway,A,X,7,NA,NA,0\n"
         "m,T,set_mean,p,pathway,K1,pathway,A,Y,7,NA,NA,0\n"
         "m,T,set_mean,p,null,K1,pathway,B,X,7,NA,NA,0\n"
         "m,T,set_mean,p,pathway,G,background,A,X,7,NA,NA,0",
         "line 8: rows are not in the order that tjac run writes: the KD stands in the block "
         "twice"},
        {LAST_LINE + 1, "m,T,set_mean,p,pathway,K1,pathway,A,X,1,NA,NA,0",
         "line 20: rows are not in the order that tjac run writes: rows of an earlier model"},
        /* a triple missing */
        {2, "", "line 4: rows are not in the order that tjac run writes: not the pair"},
        {4, "", "line 6: rows are not in the order that tjac run writes: not the pair"},
        {6, "", "line 6: rows are not in the order that tjac run writes: not the pair"},
        {7, "", "line 7: rows are not in the order that tjac run writes: the KD before has not"},
        {13, "", "line 12: rows are not in the order that tjac run writes: the last KD"},
        /* other pairs than the first KD's */
        {5, "m,T,set_mean,p,pathway,U,unrelated,B,X,4,NA,NA,0", "line 5: rows are not in"},
        {5, "m,T,set_mean,p,pathway,U,unrelated,A,Z,4,NA,NA,0", "line 5: rows are not in"},
        {5, "m,T,set_mean,p,null,U,unrelated,A,X,4,NA,NA,0", "line 5: rows are not in"},
        {17, "m,T,pert,p,pathway,U,unrelated,K1,X,16,NA,NA,1", "line 17: rows are not in"},
        {14, "m,T,pert,p,pathway,K1,pathway,U,X,13,NA,NA,1", "line 14: rows are not in"}};
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    char buf[MAX_TEXT];
    setup(&c);
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        check_refused(t, &c, edited(list[i].line, list[i].with, buf), TJAC_EINPUT, list[i].message);
    check_refused(t, &c, "", TJAC_EINPUT, "is empty");
    CHECK(t, tjac_j_table_read("nowhere/j.csv", &c.config, &c.panels, &table, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "cannot open 'nowhere/j.csv'");
    case_free(&c);
}

/* ---- against the config ---- */

static void test_missing(test *t)
{
    jtable_case c;
    char buf[MAX_TEXT];
    setup(&c);
    snprintf(buf, sizeof buf, "%.*s", (int)strcspn(plain, "\n"), plain); /* the header alone */
    check_refused(t, &c, buf, TJAC_EMISSING,
                  "has no rows of panel 'p' for model 'm', estimand set_mean; run it");
    snprintf(buf, sizeof buf, "%s", plain);
    *strstr(buf, "m,T,pert") = '\0';
    check_refused(t, &c, buf, TJAC_EMISSING, "of panel 'p' for model 'm', estimand pert");
    check_refused(t, &c, edited(LAST_LINE + 1, "m,B,pert,p,pathway,K1,pathway,K1,X,1,NA,NA,1", buf),
                  TJAC_EMISSING, "panel 'p' has the target 'Y'");
    check_refused(t, &c,
                  edited(LAST_LINE + 1,
                         "m,B,pert,p,pathway,K1,pathway,K1,X,1,NA,NA,1\n"
                         "m,B,pert,p,pathway,K1,pathway,K1,Y,1,NA,NA,1\n"
                         "m,B,pert,p,pathway,U,unrelated,U,X,1,NA,NA,1\n"
                         "m,B,pert,p,pathway,U,unrelated,U,Y,1,NA,NA,1",
                         buf),
                  TJAC_EMISSING, "of panel 'p' for model 'm', estimand set_mean and cell type B");
    case_model(&c, "n");
    check_refused(t, &c, plain, TJAC_EMISSING, "of panel 'p' for model 'n', estimand set_mean");
    c.config.n_models = 1;
    case_panel(&c, "q", "A", "X", "K1", "");
    case_ready(&c);
    check_refused(t, &c, plain, TJAC_EMISSING, "of panel 'q' for model 'm', estimand set_mean");
    case_free(&c);
}

/* Other pairs and KDs than the config's; `estimand` alone is asked for. */
static void check_panel(test *t, tjac_estimand estimand, const char *regulators,
                        const char *targets, const char *kds, const char *unrelated, tjac_code code,
                        const char *message)
{
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    case_model(&c, "m");
    case_estimand(&c, estimand);
    case_panel(&c, "p", regulators, targets, kds, unrelated);
    case_ready(&c);
    check_refused(t, &c, plain, code, message);
    c.config.skip_missing = true;
    if (code == TJAC_EUSAGE) {
        check_refused(t, &c, plain, code, message);
    } else {
        CHECK_OK(t, read_text(&c, plain, &table, &err), &err);
        CHECK(t, table.n == 1 && table.block[0].estimand == estimand);
        tjac_j_table_free(&table);
    }
    case_free(&c);
}

static void test_panels(test *t)
{
    check_panel(t, TJAC_SET_MEAN, "A", "X|Y|Z", "K1", "U", TJAC_EMISSING,
                "panel 'p' has the pair A -> Z, which '");
    check_panel(t, TJAC_SET_MEAN, "A|B", "X|Y", "K1", "U", TJAC_EMISSING,
                "the pair B -> X"); /* there, but as a null pair */
    check_panel(t, TJAC_PERT, "A", "X|Y|Z", "K1", "U", TJAC_EMISSING, "has the target 'Z', which");
    check_panel(t, TJAC_SET_MEAN, "A", "Y", "K1", "U", TJAC_EUSAGE,
                "panel 'p' has 1 pathway pair(s) in '");
    check_panel(t, TJAC_PERT, "A", "Y", "K1", "U", TJAC_EUSAGE, "1 pathway target(s)");
    check_panel(t, TJAC_SET_MEAN, "A", "X|Y", "K1|K2", "U", TJAC_EMISSING,
                "panel 'p' names the KD 'K2', which '");
    check_panel(t, TJAC_SET_MEAN, "A", "X|Y", "K1", "K2", TJAC_EMISSING, "names the KD 'K2'");
    check_panel(t, TJAC_PERT, "A", "X|Y", "K1", "G", TJAC_EMISSING,
                "for model 'm' (2 KDs); run it");
}

static void test_classes(test *t)
{
    jtable_case c = {0};
    tjac_err err = {0};
    tjac_j_table table = {0};
    case_model(&c, "m");
    case_estimand(&c, TJAC_SET_MEAN);
    case_panel(&c, "p", "A", "X|Y", "G|ctl", "K1");
    case_ready(&c);
    CHECK_OK(t, read_text(&c, plain, &table, &err), &err);
    const tjac_kd_class want[] = {TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND, TJAC_KD_PATHWAY,
                                  TJAC_KD_PATHWAY}; /* as tjac run has it */
    for (size_t k = 0; k < 4; k++)
        CHECK(t, table.block[0].kd_class[k] == want[k]);
    CHECK(t, table.warnings.n == 1); /* pert */
    CHECK(t, strstr(table.warnings.name[0], "has the estimand 'pert', which the config does not"));
    tjac_j_table_free(&table);
    case_free(&c);
}

static void test_left_out(test *t)
{
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table table = {0};
    char buf[MAX_TEXT];
    setup(&c);
    CHECK_OK(t,
             read_text(&c,
                       edited(FIRST_OF_PERT,
                              "n,T,set_mean,p,pathway,K1,pathway,A,X,1,NA,NA,0\n"
                              "n,T,pert,p,pathway,K1,pathway,A,X,1,NA,NA,0\n"
                              "m,T,set_mean,q,pathway,K1,pathway,A,X,1,NA,NA,0\n"
                              "m,T,shift,p,pathway,K1,pathway,A,X,1,NA,NA,0\n"
                              "m,T,pert,p,pathway,K1,pathway,K1,X,13,NA,NA,1",
                              buf),
                       &table, &err),
             &err);
    CHECK(t, table.n == 2 && table.block[1].estimand == TJAC_PERT);
    if (CHECK(t, table.warnings.n == 3)) {
        CHECK(t, strstr(table.warnings.name[0], "has the model 'n', which the config does not "
                                                "name; it is left out"));
        CHECK(t, strstr(table.warnings.name[1], "has the panel 'q'"));
        CHECK(t, strstr(table.warnings.name[2], "has the estimand 'shift'"));
    }
    tjac_j_table_free(&table);
    case_free(&c);
}

/* ---- rows that were sorted anew ---- */

/* J of a triple by its names; -1000 where the block does not have it. */
static double find_J(const tjac_j_block *b, const tjac_j_block *like, size_t kd, size_t pair)
{
    const tjac_j_pair *want = &like->pair[pair];
    int64_t k = tjac_names_find(&b->kds, like->kds.name[kd]);
    for (size_t i = 0; k >= 0 && i < b->n_pairs; i++)
        if (b->pair[i].kind == want->kind &&
            strcmp(b->regulators.name[b->pair[i].regulator],
                   like->regulators.name[want->regulator]) == 0 &&
            strcmp(b->targets.name[b->pair[i].target], like->targets.name[want->target]) == 0)
            return b->J[(size_t)k * b->n_pairs + i];
    return -1000;
}

static void check_same(test *t, const tjac_j_table *got, const tjac_j_table *want)
{
    if (!CHECK(t, got->n == want->n))
        return;
    for (size_t w = 0; w < want->n; w++) {
        const tjac_j_block *a = &want->block[w], *b = got->block;
        while (b < got->block + got->n && b->estimand != a->estimand)
            b++;
        if (!CHECK(t, b < got->block + got->n && b->kds.n == a->kds.n && b->n_pairs == a->n_pairs))
            return;
        for (size_t k = 0; k < a->kds.n; k++)
            for (size_t i = 0; i < a->n_pairs; i++) {
                double x = a->J[k * a->n_pairs + i], y = find_J(b, a, k, i);
                CHECK(t, x == y || (isnan(x) && isnan(y)));
            }
    }
}

/* Any order of the rows holds the same triples; one that is missing is missing in any order. */
static void test_any_order(test *t)
{
    enum { ROWS = LAST_LINE - 1 };
    jtable_case c;
    tjac_err err = {0};
    tjac_j_table straight = {0}, mixed = {0};
    const char *line[ROWS], *at = strchr(plain, '\n') + 1;
    uint64_t state = 7;
    setup(&c);
    CHECK_OK(t, read_text(&c, plain, &straight, &err), &err);
    for (size_t i = 0; i < ROWS; i++, at = strchr(at, '\n') + 1)
        line[i] = at;
    for (int round = 0; round < 50; round++) {
        char text[MAX_TEXT];
        int n = (int)(strchr(plain, '\n') + 1 - plain);
        for (size_t i = ROWS; i > 1; i--) { /* the first round turns the rows round */
            state = state * 6364136223846793005u + 1442695040888963407u;
            size_t k = round == 0 ? (i > ROWS / 2 ? ROWS - i : i - 1) : (size_t)(state >> 33) % i;
            const char *other = line[k];
            line[k] = line[i - 1];
            line[i - 1] = other;
        }
        memcpy(text, plain, (size_t)n);
        for (size_t i = 0; i < ROWS; i++)
            n += snprintf(text + n, MAX_TEXT - (size_t)n, "%.*s\n", (int)strcspn(line[i], "\n"),
                          line[i]);
        if (CHECK_OK(t, read_text(&c, text, &mixed, &err), &err))
            check_same(t, &mixed, &straight);
        tjac_j_table_free(&mixed);
        *strrchr(text, ',') = '\0'; /* the last row goes */
        *(strrchr(text, '\n') + 1) = '\0';
        CHECK(t, read_text(&c, text, &mixed, &err) == TJAC_EINPUT && mixed.n == 0);
        CHECK_ERROR(t, &err, TJAC_EINPUT, "rows are not in the order that tjac run writes");
    }
    tjac_j_table_free(&straight);
    case_free(&c);
}

int main(void)
{
    test t = {0};
    test_plain(&t);
    test_sign(&t);
    test_refusals(&t);
    test_missing(&t);
    test_panels(&t);
    test_classes(&t);
    test_left_out(&t);
    test_any_order(&t);
    return test_end(&t);
}
