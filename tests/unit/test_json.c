/* test_json.c: JSON in and out (json.h). */
#include <stdint.h>
#include "test.h"
#include "base/json.h"

static tjac_code parse(tjac_doc *doc, const char *text, tjac_value **v, tjac_err *err)
{
    return tjac_json_parse(doc, text, strlen(text), "c.json", v, err);
}

static void test_good(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    const char *text =
        "\xef\xbb\xbf {\"a\": [1, -2.5, 1e3, 9007199254740993, true, null, \"\\u00e9\\n\"],"
        "\t\"A\": {}, \"e\": []}\r\n";
    CHECK_OK(t, parse(doc, text, &v, &err), &err);
    const tjac_value *a = tjac_value_get(v, "a");
    CHECK(t, a != NULL && a->kind == TJAC_V_LIST && a->u.list.n == 7);
    tjac_value **i = a->u.list.item;
    CHECK(t, i[0]->kind == TJAC_V_INT && i[0]->u.i == 1);
    CHECK(t, i[1]->kind == TJAC_V_FLOAT && i[1]->u.f == -2.5);
    CHECK(t, i[2]->kind == TJAC_V_INT && i[2]->u.i == 1000);
    CHECK(t, i[3]->kind == TJAC_V_INT && i[3]->u.i == INT64_C(9007199254740992));
    CHECK(t, i[4]->kind == TJAC_V_BOOL && i[4]->u.b);
    CHECK(t, i[5]->kind == TJAC_V_NULL);
    CHECK_STRING(t, i[6]->u.str.s, "\xc3\xa9\n");
    CHECK(t, tjac_value_get(v, "A")->kind == TJAC_V_DICT); /* keys keep their case */
    CHECK_OK(t, parse(doc, "1e300", &v, &err), &err);
    CHECK(t, v->kind == TJAC_V_FLOAT && v->u.f == 1e300);
    CHECK_OK(t, parse(doc, "-9007199254740992", &v, &err), &err);
    CHECK(t, v->kind == TJAC_V_INT && v->u.i == -INT64_C(9007199254740992));
    tjac_doc_free(doc);
}

static void test_bad(test *t)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "c.json:1:1: not valid JSON"},
        {"{\"a\": 1,\n \"b\" 2}", "c.json:2:6:"},
        {"{\"a\": 1,}", "c.json:1:"},
        {"[1, 2", "c.json:1:6: not valid JSON: unexpected end"},
        {"1 2", "c.json:1:3:"},
        {"{\"a\": 1} x", "c.json:1:10:"},
        {"{\"k\": 1, \"k\": 2}", "key 'k' is given twice"},
        {"[01]", "c.json:1:2: not valid JSON: a malformed number"},
        {"[1.]", "malformed number"},
        {"[.5]", "c.json:1:2:"},
        {"[+1]", "c.json:1:2:"},
        {"[-]", "malformed number"},
        {"[1e]", "malformed number"},
        {"[1-2]", "malformed number"},
        {"[1e999]", "a number out of range"},
        {"[NaN]", "c.json:1:2:"},
        {"[\"a\nb\"]", "c.json:1:4: not valid JSON: a control character in a string"},
        {"[\"\\u0000\"]", "a NUL character"},
        {"[\"abc]", "c.json:1:2: not valid JSON: a string without a closing quote"},
        {"[\"\\q\"]", "not valid JSON"},
        {"[\"\\ud800\"]", "not valid JSON"},
        {"['a']", "c.json:1:2:"},
        {"[true false]", "c.json:1:"},
        {"\xff", "not UTF-8"},
        {"// no\n1", "c.json:1:1:"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tjac_err err = {0};
        tjac_doc *doc = NULL;
        tjac_value *v = NULL;
        CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
        CHECK(t, parse(doc, bad[i].text, &v, &err) == TJAC_EUSAGE && v == NULL);
        if (!CHECK_ERROR(t, &err, TJAC_EUSAGE, bad[i].part))
            fprintf(stderr, "    for %s\n", bad[i].text);
        tjac_doc_free(doc);
    }
}

static void test_limits(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    char deep[2001];
    memset(deep, '[', 1000);
    memset(deep + 1000, ']', 1000);
    deep[2000] = '\0';
    CHECK(t, parse(doc, deep, &v, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "nested too deeply");
    CHECK(t, tjac_json_parse(doc, "[1]\0", 4, "c.json", &v, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "NUL");
    CHECK(t, tjac_json_read(doc, "no/such/file.json", &v, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "cannot open 'no/such/file.json'");

    /* Every proper prefix of an object is refused. */
    const char *text = "{\"a\": [1.5, \"x\\n\", {\"b\": null}], \"c\": false}";
    for (size_t n = 0; n < strlen(text); n++) {
        CHECK(t, tjac_json_parse(doc, text, n, "c.json", &v, &err) == TJAC_EUSAGE);
        tjac_err_clear(&err);
    }
    tjac_doc_free(doc);
}

static void test_print(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    tjac_value *v = NULL, *again = NULL;
    char *text = NULL, *second = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    tjac_value *list = tjac_value_list(doc, &err);
    const double numbers[] = {0.1, 1e-6, 5e-324, 1.7976931348623157e308, -0.25, 100};
    for (size_t i = 0; i < 6; i++)
        CHECK_OK(t, tjac_value_push(doc, list, tjac_value_float(doc, numbers[i], &err), &err),
                 &err);
    CHECK_OK(t, tjac_value_push(doc, list, tjac_value_float(doc, (double)NAN, &err), &err), &err);
    CHECK_OK(t, tjac_value_push(doc, list, tjac_value_int(doc, INT64_MIN, &err), &err), &err);
    v = tjac_value_dict(doc, &err);
    CHECK_OK(t, tjac_value_put(doc, v, "x\"\n", list, &err), &err);
    CHECK_OK(t, tjac_json_print(v, &text, &err), &err);
    CHECK(t, strstr(text, "[0.1, 1e-06, 5e-324, 1.7976931348623157e+308, -0.25, 100, null, "
                          "-9223372036854775808]") != NULL);
    CHECK(t, strstr(text, "\"x\\\"\\n\"") != NULL);
    CHECK(t, text[strlen(text) - 1] == '\n');
    CHECK_OK(t, parse(doc, text, &again, &err), &err);
    const tjac_value *back = tjac_value_get(again, "x\"\n");
    CHECK(t, back != NULL && back->u.list.item[0]->u.f == 0.1);
    CHECK(t, back->u.list.item[2]->u.f == 5e-324 && back->u.list.item[5]->u.i == 100);

    tjac_value *opaque = tjac_value_new(doc, TJAC_V_OPAQUE, &err);
    CHECK(t, tjac_json_print(opaque, &second, &err) == TJAC_EFAIL && second == NULL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write");
    free(text);
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_good(&t);
    test_bad(&t);
    test_limits(&t);
    test_print(&t);
    return test_end(&t);
}
