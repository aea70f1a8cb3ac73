/* Strict reading, defaults, --set, paths. Writes its configs into the working folder. */
#include <unistd.h>
#include "test.h"
#include "tjac/config.h"
#include "tjac/json.h"

static const char base[] =
    "{\"models\": [{\"name\": \"m\", \"dir\": \".\"}], \"cells\": {\"h5ad\": \"test_config.json\"},"
    " \"panels\": [{\"name\": \"p\", \"regulators\": [\"A\"], \"targets\": [\"B\", \"C\"],"
    " \"kds\": [\"K\"]}]%s}";

static tjac_code read_with(const char *extra, const char *const *set, size_t n, tjac_config *c,
                           tjac_err *err)
{
    FILE *f = fopen("test_config.json", "w");
    if (!f)
        abort();
    fprintf(f, base, extra);
    fclose(f);
    return tjac_config_read("test_config.json", set, n, c, err);
}

static void bad(test *t, const char *extra, const char *message)
{
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_code code = read_with(extra, NULL, 0, &c, &err);
    CHECK(t, code == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, message);
    tjac_config_free(&c);
}

static void bad_set(test *t, const char *setting, const char *message)
{
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_code code = read_with("", &setting, 1, &c, &err);
    CHECK(t, code == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, message);
    tjac_config_free(&c);
}

static void test_defaults(test *t)
{
    tjac_config c = {0};
    tjac_err err = {0};
    char cwd[4096], want[4200];
    if (!getcwd(cwd, sizeof cwd))
        abort();
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    CHECK(t, c.n_models == 1 && c.n_panels == 1 && c.panel[0].targets.n == 2);
    CHECK(t, c.cells.n_sets == 1 && c.cells.seed == 42 && c.cells.set_size == 0);
    CHECK(t, c.n_estimands == 1 && c.estimand[0] == TJAC_SET_MEAN && !c.skip_missing);
    CHECK(t, c.attention.causal == TJAC_CHOICE_AUTO && c.attention.rotary == TJAC_CHOICE_AUTO);
    snprintf(want, sizeof want, "%s/out", cwd);
    CHECK_STRING(t, c.out, want); /* relative to the config file */
    const tjac_value *v = tjac_value_at(c.resolved, "null.pairs");
    CHECK(t, v && v->kind == TJAC_V_INT && v->u.i == 200);
    tjac_config_free(&c);
}

static void test_set(test *t)
{
    static const char *const set[] = {
        "cells.n_sets=8", "device=cpu",       "panels.0.kds=[\"X\",\"Y\"]", "cells.cell_type=hepg2",
        "rotary=true",    "attention=causal", "jacobian.precision=float64"};
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_with("", set, sizeof set / sizeof *set, &c, &err), &err);
    CHECK(t, c.cells.n_sets == 8 && c.panel[0].kds.n == 2 && c.cells.cell_types.n == 1);
    CHECK(t, c.attention.rotary == TJAC_CHOICE_YES && c.attention.causal == TJAC_CHOICE_YES);
    CHECK(t, c.precision == TJAC_PRECISION_F64);
    CHECK_STRING(t, c.device, "cpu");
    tjac_config_free(&c);
    bad_set(t, "cells.nsets=8", "unknown key 'cells.nsets'; did you mean 'cells.n_sets'?");
    bad_set(t, "panels.1.kds=[]", "'1' is no position in a list of 1");
    bad_set(t, "cells", "expected KEY=VALUE");
    bad_set(t, "cells.n_sets=abc", "'cells.n_sets' is a string, expected a whole number");
    bad_set(t, "device.x=1", "'device' is a mapping, expected a string");
}

static void test_strict(test *t)
{
    bad(t, ", \"panel\": []", "unknown key 'panel'; did you mean 'panels'?");
    bad(t, ", \"jacobian\": {\"estimand\": []}", "did you mean 'jacobian.estimands'?");
    bad(t, ", \"jacobian\": {\"estimands\": [\"pairwise\"]}", "'pairwise'");
    bad(t, ", \"jacobian\": {\"estimands\": []}", "'jacobian.estimands' is empty");
    bad(t, ", \"kds\": \"every\"", "'kds' is 'every', expected one of: panel, all");
    bad(t, ", \"kds\": [\"A\", \"A\"]", "'kds' names 'A' twice");
    bad(t, ", \"on_missing\": 3", "'on_missing' is");
    bad(t, ", \"attention\": \"both\"", "auto, bidirectional, causal");
    bad(t, ", \"threads\": 0", "'threads' is 0, expected 1 to");
    bad(t, ", \"threads\": 1.5", "'threads' is");
    bad(t, ", \"out\": \"a\", \"out\": \"b\"", "out");
    bad(t, ", \"out\": ", "test_config.json");
    bad_set(t, "panels.0.targets=[]", "panel 'p' has no targets");
    bad_set(t, "panels.0.unrelated_kds=[\"K\"]", "both in kds and in unrelated_kds");
    bad_set(t, "models.0.dir=nowhere", "nowhere");
    bad_set(t, "cells.h5ad=null", "'cells.h5ad' is needed");
    bad_set(t, "cells.seed=-1", "'cells.seed' is -1");
    bad_set(t, "panels=[]", "'panels' is empty");
    bad_set(t, "models=3", "'models' is");
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK(t, tjac_config_read("no_such.json", NULL, 0, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "no_such.json");
}

/* Keys of a resolved config and properties of the schema, both ways. */
static void compare_keys(test *t, const tjac_value *known, const tjac_value *schema,
                         const char *path)
{
    const tjac_value *properties = tjac_value_get(schema, "properties");
    if (!CHECK(t, properties != NULL))
        return;
    for (size_t i = 0; i < known->u.dict.n; i++) {
        const char *key = known->u.dict.entry[i].key->u.str.s;
        const tjac_value *v = known->u.dict.entry[i].value, *s = tjac_value_get(properties, key);
        if (!CHECK(t, s != NULL))
            fprintf(stderr, "    the schema lacks %s%s\n", path, key);
        else if (v->kind == TJAC_V_DICT)
            compare_keys(t, v, s, key);
        else if (v->kind == TJAC_V_LIST && v->u.list.n && v->u.list.item[0]->kind == TJAC_V_DICT)
            compare_keys(t, v->u.list.item[0], tjac_value_get(s, "items"), key);
    }
    for (size_t i = 0; i < properties->u.dict.n; i++) {
        const char *key = properties->u.dict.entry[i].key->u.str.s;
        if (!CHECK(t, tjac_value_get(known, key) != NULL))
            fprintf(stderr, "    the schema has %s%s, the parser does not\n", path, key);
    }
}

static void test_schema(test *t)
{
    const char *path = getenv("TJAC_TEST_SCHEMA");
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_value *schema = NULL;
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    if (CHECK_OK(t, tjac_json_read(c.doc, path ? path : "configs/tjac.schema.json", &schema, &err),
                 &err))
        compare_keys(t, c.resolved, schema, "");
    tjac_config_free(&c);
}

int main(void)
{
    test t = {0};
    test_schema(&t);
    test_defaults(&t);
    test_set(&t);
    test_strict(&t);
    unlink("test_config.json");
    return test_end(&t);
}
