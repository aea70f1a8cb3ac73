/* test_names.c: lists of names, look-up, the nearest name (names.h). */
#include "test.h"
#include "base/names.h"

static void name_of(size_t i, char name[32])
{
    snprintf(name, 32, "GENE%zu", (i * 7919) % 200000); /* a permutation */
}

static void test_find(test *t)
{
    enum { N = 200000 };
    tjac_names names = {0};
    tjac_err err = {0};
    char name[32];
    size_t wrong = 0;
    CHECK(t, tjac_names_find(&names, "GENE1") == -1 && tjac_names_find(&names, "") == -1);
    for (size_t i = 0; i < N; i++) {
        name_of(i, name);
        wrong += tjac_names_find(&names, name) != -1;
        wrong += tjac_names_add(&names, name, &err) != TJAC_OK;
    }
    CHECK(t, wrong == 0 && names.n == N && names.twice == 0);
    for (size_t i = 0; i < N; i++) {
        name_of(i, name);
        wrong += tjac_names_find(&names, name) != (int64_t)i;
        name[0] = 'g';
        wrong += tjac_names_find(&names, name) != -1;
    }
    CHECK(t, wrong == 0);
    CHECK(t, tjac_names_find(&names, "GENE200000") == -1 && tjac_names_find(&names, "") == -1);

    /* Names that are there stay where they are; the first of those that came again is told. */
    for (size_t i = N; i-- > 0;) {
        name_of(i, name);
        wrong += tjac_names_add(&names, name, &err) != TJAC_OK;
        wrong += tjac_names_find(&names, name) != (int64_t)i;
    }
    CHECK(t, wrong == 0 && names.n == 2 * N && names.twice == N);
    name_of(N - 1, name);
    CHECK_STRING(t, names.name[names.twice], name);

    CHECK_OK(t, tjac_names_addn(&names, "TRAPPC3x", 7, &err), &err);
    CHECK(t, tjac_names_find(&names, "TRAPPC3") == 2 * N);
    tjac_names_free(&names);
    CHECK(t, names.n == 0 && tjac_names_find(&names, "GENE1") == -1);
    tjac_names_free(&names);
}

static void test_duplicates(test *t)
{
    tjac_names names = {0};
    tjac_err err = {0};
    const char *const given[] = {"b", "a", "", "c", "c", "a", "", "b"};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        CHECK_OK(t, tjac_names_add(&names, given[i], &err), &err);
    CHECK(t, names.n == 8 && names.twice == 4); /* "c", the first that stands there already */
    CHECK(t, tjac_names_find(&names, "b") == 0 && tjac_names_find(&names, "c") == 3);
    CHECK(t, tjac_names_find(&names, "") == 2);
    tjac_names doubled = {0};
    CHECK_OK(t, tjac_names_doubled(&names, &doubled, &err), &err);
    if (CHECK(t, doubled.n == 4)) { /* in the order in which they come again */
        CHECK_STRING(t, doubled.name[0], "c");
        CHECK_STRING(t, doubled.name[3], "b");
    }
    tjac_names_free(&doubled);
    tjac_names_free(&names);
    CHECK(t, names.twice == 0);
    CHECK_OK(t, tjac_names_doubled(&names, &doubled, &err), &err);
    CHECK(t, doubled.n == 0);
}

static void test_put(test *t)
{
    static const struct {
        const char *name;
        size_t at;
    } given[] = {{"b", 0}, {"a", 1}, {"b", 0}, {"", 2}, {"ab", 3}, {"a", 1}, {"", 2}};
    tjac_names names = {0};
    tjac_err err = {0};
    size_t at = 99;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        CHECK_OK(t, tjac_names_put(&names, given[i].name, &at, &err), &err);
        CHECK(t, at == given[i].at);
    }
    CHECK(t, names.n == 4 && names.twice == 0 && tjac_names_find(&names, "ab") == 3);
    tjac_names_free(&names);
}

/* What a NUL cuts off is no part of the name: it is found as strcmp sees it. */
static void test_take(test *t)
{
    tjac_names names = {0};
    tjac_text text = {0}, cut = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_names_take(&names, &text, &err), &err); /* nothing was written */
    CHECK(t, names.n == 0);
    tjac_text_add(&text, "%s:%d", "X", 12);
    CHECK_OK(t, tjac_names_take(&names, &text, &err), &err);
    CHECK(t, names.n == 1 && text.text == NULL && text.n == 0);
    CHECK_STRING(t, names.name[0], "X:12");
    tjac_text_add(&cut, "half of a sent");
    cut.failed = true; /* memory was out for the rest */
    CHECK(t, tjac_names_take(&names, &cut, &err) == TJAC_EFAIL && cut.text == NULL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory");
    CHECK(t, names.n == 1);
    tjac_names_free(&names);
}

static void test_nul(test *t)
{
    tjac_names names = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_names_addn(&names, "a\0b", 3, &err), &err);
    CHECK(t, tjac_names_find(&names, "a") == 0);
    CHECK_OK(t, tjac_names_addn(&names, "a\0c", 3, &err), &err);
    CHECK(t, names.twice == 1);
    tjac_names_free(&names);
}

static void test_distance(test *t)
{
    CHECK(t, tjac_edit_distance("", "") == 0);
    CHECK(t, tjac_edit_distance("abc", "") == 3);
    CHECK(t, tjac_edit_distance("", "abcd") == 4);
    CHECK(t, tjac_edit_distance("kitten", "sitting") == 3);
    CHECK(t, tjac_edit_distance("panels", "PANELS") == 0);
    CHECK(t, tjac_edit_distance("ab", "ba") == 1);   /* swap */
    CHECK(t, tjac_edit_distance("ca", "abc") == 3);  /* no edit inside a swap */
    CHECK(t, tjac_edit_distance("abc", "abd") == 1); /* replace */
    char a[400], b[400];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    a[399] = '\0';
    b[299] = '\0';
    CHECK(t, tjac_edit_distance(a, b) == 100);
}

static void test_nearest(test *t)
{
    tjac_names names = {0};
    tjac_err err = {0};
    const char *const keys[] = {"models", "cells", "panels", "kds", "null", "embed_key"};
    for (int i = 0; i < 6; i++)
        CHECK_OK(t, tjac_names_add(&names, keys[i], &err), &err);
    CHECK_STRING(t, tjac_names_nearest(&names, "modles"), "models");
    CHECK_STRING(t, tjac_names_nearest(&names, "panel"), "panels");
    CHECK_STRING(t, tjac_names_nearest(&names, "embedkey"), "embed_key");
    CHECK_STRING(t, tjac_names_nearest(&names, "KDS"), "kds");
    CHECK(t, tjac_names_nearest(&names, "device") == NULL);
    CHECK(t, tjac_names_nearest(&names, "verbosity_level") == NULL);
    tjac_names_free(&names);
    CHECK(t, tjac_names_nearest(&names, "a") == NULL);
}

int main(void)
{
    test t = {0};
    test_find(&t);
    test_duplicates(&t);
    test_put(&t);
    test_take(&t);
    test_nul(&t);
    test_distance(&t);
    test_nearest(&t);
    return test_end(&t);
}
