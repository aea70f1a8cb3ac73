/* test_value.c: trees of plain data (value.h). */
#include "test.h"
#include "base/value.h"

static void test_dict(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    tjac_value *inner = tjac_value_dict(doc, &err), *outer = tjac_value_dict(doc, &err);
    CHECK_OK(t, tjac_value_put(doc, inner, "key", tjac_value_int(doc, 1, &err), &err), &err);
    CHECK_OK(t, tjac_value_put(doc, inner, "key", tjac_value_int(doc, 2, &err), &err), &err);
    CHECK(t, inner->u.dict.n == 1);
    CHECK_OK(t, tjac_value_put(doc, outer, "in", inner, &err), &err);
    CHECK_OK(t, tjac_value_put(doc, outer, "in.key", tjac_value_null(doc, &err), &err), &err);

    const tjac_value *v = tjac_value_at(outer, "in.key");
    CHECK(t, v != NULL && v->kind == TJAC_V_INT && v->u.i == 2);
    v = tjac_value_get(outer, "in.key");
    CHECK(t, v != NULL && v->kind == TJAC_V_NULL);
    CHECK(t, tjac_value_at(outer, "in") == inner);
    CHECK(t, tjac_value_at(outer, "in.key.more") == NULL);
    CHECK(t, tjac_value_at(outer, "") == NULL);
    CHECK(t, tjac_value_get(outer, "i") == NULL && tjac_value_get(NULL, "i") == NULL);

    /* Entries appended with an equal key: the last one wins. Keys of other kinds do not match. */
    CHECK_OK(t,
             tjac_value_append(doc, inner, tjac_value_string(doc, "key", 3, &err),
                               tjac_value_int(doc, 3, &err), &err),
             &err);
    CHECK_OK(t,
             tjac_value_append(doc, inner, tjac_value_int(doc, 5, &err), tjac_value_null(doc, &err),
                               &err),
             &err);
    CHECK(t, inner->u.dict.n == 3 && tjac_value_get(inner, "key")->u.i == 3);
    CHECK(t, tjac_value_get(inner, "5") == NULL);

    /* A constructor that failed passes through. */
    CHECK(t, tjac_value_put(doc, inner, "x", NULL, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "memory");
    tjac_doc_free(doc);
    tjac_doc_free(NULL);
}

static void test_growth(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    tjac_value *list = tjac_value_list(doc, &err);
    for (int i = 0; i < 20000; i++)
        if (tjac_value_push(doc, list, tjac_value_int(doc, i, &err), &err) != TJAC_OK)
            CHECK(t, 0);
    int wrong = list->u.list.n != 20000;
    for (int i = 0; i < 20000; i++)
        wrong += list->u.list.item[i]->u.i != i;
    CHECK(t, wrong == 0);

    unsigned char *large = tjac_doc_alloc(doc, 10 << 20, &err);
    CHECK(t, large != NULL && large[0] == 0 && large[(10 << 20) - 1] == 0);
    CHECK(t, tjac_doc_alloc(doc, SIZE_MAX - 5, &err) == NULL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory");
    tjac_doc_free(doc);
}

static void test_strings(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    char text[] = "abc";
    const tjac_value *v = tjac_value_string(doc, text, 2, &err);
    text[0] = 'x';
    CHECK_STRING(t, v->u.str.s, "ab");
    CHECK(t, v->u.str.n == 2);
    CHECK_STRING(t, tjac_value_kind_name(v), "a string");
    CHECK_STRING(t, tjac_value_kind_name(NULL), "nothing");
    tjac_doc_free(doc);
}

static void test_utf8(test *t)
{
    static const char *const good[] = {"",
                                       "TP53",
                                       "\xce\xb2",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\xa7\xac",
                                       "\xed\x9f\xbf",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xe0\xa0\x80"};
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe2\x82",         "\xed\xa0\x80",
        "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff",
        "\xce"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(t, tjac_utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(t, !tjac_utf8_valid(bad[i], strlen(bad[i])));
    CHECK(t, !tjac_utf8_valid("a\0b", 3));
}

int main(void)
{
    test t = {0};
    test_dict(&t);
    test_growth(&t);
    test_strings(&t);
    test_utf8(&t);
    return test_end(&t);
}
