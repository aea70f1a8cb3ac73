/* test_yaml.c: YAML as PyYAML's safe loader reads it (yaml.h). */
#include "test.h"
#include "base/yaml.h"

/* Reads a text through a temporary file; `v` lives in the returned document. */
static tjac_doc *read_text(test *t, const char *text, size_t n, tjac_value **v, tjac_err *err)
{
    char path[TEST_PATH];
    tjac_doc *doc = NULL;
    CHECK(t, test_temporary(path, text, n));
    CHECK(t, tjac_doc_new(&doc, err) == TJAC_OK);
    *v = NULL;
    tjac_code code = tjac_yaml_read(doc, path, v, err);
    CHECK(t, code == err->code && (code == TJAC_OK) == (*v != NULL));
    unlink(path);
    return doc;
}

static void test_scalars(test *t)
{
    static const struct {
        const char *text;
        tjac_vkind kind;
        double number;
        const char *string;
    } cases[] = {
        {"a: ~", TJAC_V_NULL, 0, NULL},
        {"a:", TJAC_V_NULL, 0, NULL},
        {"a: null", TJAC_V_NULL, 0, NULL},
        {"a: nULL", TJAC_V_STRING, 0, "nULL"},
        {"a: yes", TJAC_V_BOOL, 1, NULL},
        {"a: Off", TJAC_V_BOOL, 0, NULL},
        {"a: y", TJAC_V_STRING, 0, "y"},
        {"a: true", TJAC_V_BOOL, 1, NULL},
        {"a: 'true'", TJAC_V_STRING, 0, "true"},
        {"a: 12", TJAC_V_INT, 12, NULL},
        {"a: -1_000", TJAC_V_INT, -1000, NULL},
        {"a: +7", TJAC_V_INT, 7, NULL},
        {"a: 0x1F", TJAC_V_INT, 31, NULL},
        {"a: 0b101", TJAC_V_INT, 5, NULL},
        {"a: 017", TJAC_V_INT, 15, NULL},
        {"a: 08", TJAC_V_STRING, 0, "08"},
        {"a: 1:30", TJAC_V_INT, 90, NULL},
        {"a: 1:30.5", TJAC_V_FLOAT, 90.5, NULL},
        {"a: 0", TJAC_V_INT, 0, NULL},
        {"a: 1.0e-06", TJAC_V_FLOAT, 1e-6, NULL},
        {"a: 1e-6", TJAC_V_STRING, 0, "1e-6"},
        {"a: .5", TJAC_V_FLOAT, 0.5, NULL},
        {"a: 3.", TJAC_V_FLOAT, 3, NULL},
        {"a: .", TJAC_V_STRING, 0, "."},
        {"a: 1.5e3", TJAC_V_STRING, 0, "1.5e3"},
        {"a: 1.2.3", TJAC_V_STRING, 0, "1.2.3"},
        {"a: '-'", TJAC_V_STRING, 0, "-"},
        {"a: 99999999999999999999", TJAC_V_FLOAT, 1e20, NULL},
        {"a: \"x\\ty\"", TJAC_V_STRING, 0, "x\ty"},
        {"a: !!str 12", TJAC_V_STRING, 0, "12"},
        {"a: !!float 12", TJAC_V_FLOAT, 12, NULL},
        {"a: !!int '12'", TJAC_V_INT, 12, NULL},
        {"a: |\n  x\n  y\n", TJAC_V_STRING, 0, "x\ny\n"},
        {"a: non-targeting", TJAC_V_STRING, 0, "non-targeting"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tjac_err err = {0};
        tjac_value *v;
        tjac_doc *doc = read_text(t, cases[i].text, strlen(cases[i].text), &v, &err);
        const tjac_value *a = tjac_value_get(v, "a");
        int ok = a != NULL && a->kind == cases[i].kind;
        if (ok && a->kind == TJAC_V_STRING)
            ok = strcmp(a->u.str.s, cases[i].string) == 0;
        else if (ok && a->kind == TJAC_V_FLOAT)
            ok = a->u.f == cases[i].number;
        else if (ok && a->kind == TJAC_V_INT)
            ok = (double)a->u.i == cases[i].number;
        else if (ok && a->kind == TJAC_V_BOOL)
            ok = a->u.b == (cases[i].number != 0);
        if (!CHECK(t, ok))
            fprintf(stderr, "    for \"%s\": %s %s\n", cases[i].text, tjac_value_kind_name(a),
                    tjac_err_message(&err));
        tjac_err_clear(&err);
        tjac_doc_free(doc);
    }
}

static void test_special(test *t)
{
    tjac_err err = {0};
    tjac_value *v;
    const char *text =
        "a: .inf\nb: -.INF\nc: .nan\nd: &x [1, {k: v}]\ne: *x\nf: {1: one, true: yes}\n"
        "---\nsecond: document\n";
    tjac_doc *doc = read_text(t, text, strlen(text), &v, &err);
    CHECK(t, tjac_value_get(v, "a")->u.f > 0 && isinf(tjac_value_get(v, "a")->u.f));
    CHECK(t, tjac_value_get(v, "b")->u.f < 0 && isinf(tjac_value_get(v, "b")->u.f));
    CHECK(t, isnan(tjac_value_get(v, "c")->u.f));
    const tjac_value *e = tjac_value_get(v, "e");
    CHECK(t, e != NULL && e->kind == TJAC_V_LIST && e->u.list.n == 2);
    CHECK_STRING(t, tjac_value_get(e->u.list.item[1], "k")->u.str.s, "v");
    const tjac_value *f = tjac_value_get(v, "f");
    CHECK(t, f->u.dict.n == 2 && f->u.dict.entry[0].key->kind == TJAC_V_INT);
    CHECK(t, tjac_value_get(v, "second") == NULL);
    tjac_doc_free(doc);

    doc = read_text(t, "# nothing\n", 10, &v, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_NULL);
    tjac_doc_free(doc);
}

static void test_bad(test *t)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"a: [1, 2", "malformed YAML"},
        {"a: 'x", "malformed YAML"},
        {"a: 1\nb: 2\na: 3\n", ":3:1: a key given twice in one mapping: 'a'"},
        {"a: !!python/object:os.system x", ":1:4: unsupported YAML tag"},
        {"a: !!python/tuple [1]", "unsupported YAML tag"},
        {"a: !thing {b: 1}", "unsupported YAML tag '!thing'"},
        {"a: !!int x", "does not fit its tag"},
        {"a: *missing", "anchor"},
        {"a: &a [*a]", "anchor"},
        {"? [1]\n: 2", "a key must be a scalar"},
        {"x: &x {a: 1}\ny:\n  <<: *x\n", "merge key"},
        {"a: \"x\\0y\"", "a NUL character"},
        {"\t- a", "malformed YAML"},
        {"a: \xff\xfe", "malformed YAML"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tjac_err err = {0};
        tjac_value *v;
        tjac_doc *doc = read_text(t, bad[i].text, strlen(bad[i].text), &v, &err);
        if (!CHECK_ERROR(t, &err, TJAC_EINPUT, bad[i].part))
            fprintf(stderr, "    for %s\n", bad[i].text);
        tjac_doc_free(doc);
    }
}

static void test_limits(test *t)
{
    tjac_err err = {0};
    tjac_value *v;
    tjac_doc *doc = NULL;
    char text[4096];
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    doc = read_text(t, text, 2000, &v, &err);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "nested too deeply");
    tjac_doc_free(doc);

    /* Ten to the ninth values by aliases of aliases. */
    size_t n = (size_t)snprintf(text, sizeof text, "a0: &a0 [x]\n");
    for (int i = 1; i < 10; i++)
        n += (size_t)snprintf(text + n, sizeof text - n,
                              "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i,
                              i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
                              i - 1);
    doc = read_text(t, text, n, &v, &err);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "too many values");
    CHECK(t, tjac_yaml_read(doc, "no/such.yaml", &v, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "cannot open 'no/such.yaml'");
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_scalars(&t);
    test_special(&t);
    test_bad(&t);
    test_limits(&t);
    return test_end(&t);
}
