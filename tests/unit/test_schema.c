/* The schema in the program: the file's own, complete, and the reader's defaults. */
#include <unistd.h>
#include "test.h"
#include "base/json.h"
#include "config/config.h"
#include "config/schema.h"

/* Whether two trees print the same. */
static bool same(const tjac_value *a, const tjac_value *b, tjac_err *err)
{
    char *one = NULL, *other = NULL;
    bool is = a && b && !tjac_json_print(a, &one, err) && !tjac_json_print(b, &other, err) &&
              strcmp(one, other) == 0;
    free(one);
    free(other);
    return is;
}

static void test_embedded(test *t)
{
    const char *path = getenv("TJAC_TEST_SCHEMA");
    const tjac_value *built = NULL;
    tjac_value *file = NULL;
    tjac_doc *doc = NULL;
    tjac_err err = {0};
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    if (CHECK_OK(t, tjac_schema_read(doc, &built, &err), &err) &&
        CHECK_OK(t, tjac_json_read(doc, path ? path : "configs/tjac.schema.json", &file, &err),
                 &err))
        CHECK(t, same(built, file, &err));
    tjac_doc_free(doc);
}

static bool names(const tjac_value *list, const char *key)
{
    for (size_t i = 0; list && i < list->u.list.n; i++)
        if (strcmp(list->u.list.item[i]->u.str.s, key) == 0)
            return true;
    return false;
}

/* Every key says what it is, by which default, and shows an example that is not the default. */
static void check_complete(test *t, const tjac_value *object, tjac_err *err)
{
    const tjac_value *properties = tjac_value_get(object, "properties");
    for (size_t i = 0; properties && i < properties->u.dict.n; i++) {
        const char *key = properties->u.dict.entry[i].key->u.str.s;
        const tjac_value *s = properties->u.dict.entry[i].value;
        const tjac_value *says = tjac_value_get(s, "description");
        const tjac_value *shown = tjac_value_get(s, "examples"), *plain;
        bool list, good = says && says->kind == TJAC_V_STRING && says->u.str.n > 8;
        plain = tjac_value_get(s, "default");
        if (tjac_schema_inside(s, &list))
            check_complete(t, list ? tjac_value_get(s, "items") : s, err);
        else
            good = good && shown && shown->kind == TJAC_V_LIST && shown->u.list.n &&
                   !same(plain, shown->u.list.item[0], err) &&
                   !plain == names(tjac_value_get(object, "required"), key);
        if (!CHECK(t, good))
            fprintf(stderr, "    the schema says too little of %s\n", key);
    }
}

/* A config that says only what it must has the schema's defaults. */
static void compare_defaults(test *t, const tjac_value *known, const tjac_value *read,
                             tjac_err *err)
{
    for (size_t i = 0; i < known->u.dict.n; i++) {
        const char *key = known->u.dict.entry[i].key->u.str.s;
        const tjac_value *a = known->u.dict.entry[i].value, *b = tjac_value_get(read, key);
        bool given = !strcmp(key, "name") || !strcmp(key, "dir") || !strcmp(key, "h5ad") ||
                     !strcmp(key, "regulators") || !strcmp(key, "targets") || !strcmp(key, "out");
        if (!CHECK(t, b != NULL))
            fprintf(stderr, "    the reader does not know %s\n", key);
        else if (a->kind == TJAC_V_DICT)
            compare_defaults(t, a, b, err);
        else if (a->kind == TJAC_V_LIST && a->u.list.n && a->u.list.item[0]->kind == TJAC_V_DICT)
            compare_defaults(t, a->u.list.item[0], b->u.list.item[0], err);
        else if (!given && !CHECK(t, same(a, b, err)))
            fprintf(stderr, "    another default of %s\n", key);
    }
}

static void test_defaults(test *t)
{
    static const char text[] =
        "{\"models\": [{\"name\": \"m\", \"dir\": \".\"}], \"cells\": {\"h5ad\": \"schema.json\"},"
        " \"panels\": [{\"name\": \"p\", \"regulators\": [\"A\"], \"targets\": [\"B\"]}]}";
    const tjac_value *schema = NULL;
    tjac_value *known = NULL;
    tjac_config c = {0};
    tjac_err err = {0};
    FILE *f = fopen("schema.json", "w");
    if (!f)
        abort();
    fputs(text, f);
    fclose(f);
    if (CHECK_OK(t, tjac_config_read("schema.json", NULL, 0, NULL, &c, &err), &err) &&
        CHECK_OK(t, tjac_schema_read(c.doc, &schema, &err), &err) &&
        CHECK_OK(t, tjac_schema_defaults(c.doc, &known, &err), &err)) {
        check_complete(t, schema, &err);
        compare_defaults(t, known, c.resolved, &err);
    }
    tjac_config_free(&c);
    unlink("schema.json");
}

int main(void)
{
    test t = {0};
    test_embedded(&t);
    test_defaults(&t);
    return test_end(&t);
}
