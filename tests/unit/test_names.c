/* test_names.c: lists of names, look-up, the nearest name (names.h). */
#include "test.h"
#include "base/names.h"

static void test_find(test *t)
{
    tjac_names names = {0};
    tjac_err err = {0};
    char name[32];
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "GENE%d", (i * 7919) % 3000); /* a permutation */
        if (tjac_names_add(&names, name, &err) != TJAC_OK)
            CHECK(t, 0);
    }
    const char *duplicate = "unset";
    for (int indexed = 0; indexed < 2; indexed++) {
        int wrong = 0;
        for (int i = 0; i < 3000; i += 17) {
            snprintf(name, sizeof name, "GENE%d", (i * 7919) % 3000);
            wrong += tjac_names_find(&names, name) != i;
        }
        CHECK(t, wrong == 0);
        CHECK(t, tjac_names_find(&names, "GENE3000") == -1);
        CHECK(t, tjac_names_find(&names, "") == -1);
        CHECK(t, tjac_names_find(&names, "gene1") == -1);
        CHECK_OK(t, tjac_names_index(&names, &duplicate, &err), &err);
    }
    CHECK(t, duplicate == NULL);

    /* Adding drops the index; the new name is found all the same. */
    CHECK_OK(t, tjac_names_addn(&names, "TRAPPC3x", 7, &err), &err);
    CHECK(t, names.sorted == NULL && tjac_names_find(&names, "TRAPPC3") == 3000);
    tjac_names_free(&names);
    CHECK(t, names.n == 0 && tjac_names_find(&names, "GENE1") == -1);
    tjac_names_free(&names);
}

static void test_duplicates(test *t)
{
    tjac_names names = {0};
    tjac_err err = {0};
    const char *const given[] = {"b", "a", "b", "c", "b"};
    for (int i = 0; i < 5; i++)
        CHECK_OK(t, tjac_names_add(&names, given[i], &err), &err);
    CHECK(t, tjac_names_find(&names, "b") == 0);
    const char *duplicate = NULL;
    CHECK_OK(t, tjac_names_index(&names, &duplicate, &err), &err);
    CHECK_STRING(t, duplicate, "b");
    CHECK(t, tjac_names_find(&names, "b") == 0 && tjac_names_find(&names, "c") == 3);
    tjac_names_free(&names);

    CHECK_OK(t, tjac_names_index(&names, NULL, &err), &err); /* an empty list */
    CHECK(t, tjac_names_find(&names, "a") == -1);
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
    test_distance(&t);
    test_nearest(&t);
    return test_end(&t);
}
