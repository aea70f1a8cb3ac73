/* test_err.c: errors, memory and text (err.h, alloc.h). */
#include <stdint.h>
#include "test.h"
#include "base/alloc.h"
#include "base/text.h"

static void test_first_error_wins(test *t)
{
    tjac_err err = {0};
    CHECK_STRING(t, tjac_err_message(&err), "no error");
    CHECK(t, tjac_err_set(&err, TJAC_EINPUT, "file '%s' at %d", "a", 3) == TJAC_EINPUT);
    CHECK(t, tjac_err_set(&err, TJAC_EFAIL, "later") == TJAC_EINPUT);
    CHECK_STRING(t, tjac_err_message(&err), "file 'a' at 3");
    tjac_err_clear(&err);
    CHECK(t, err.code == TJAC_OK && err.msg == NULL);
    tjac_err_clear(&err);
    CHECK(t, tjac_err_set(&err, TJAC_EUSAGE, "%s", "again") == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "again");
}

/* Lack of memory is told apart, for who can do with less. */
static void test_memory(test *t)
{
    tjac_err err = {0};
    CHECK(t, tjac_err_set(&err, TJAC_EFAIL, "broken") == TJAC_EFAIL && !err.memory);
    CHECK(t, tjac_err_memory(&err, "out of memory") == TJAC_EFAIL && !err.memory);
    tjac_err_clear(&err);
    CHECK(t, tjac_err_memory(&err, "out of memory for %d", 3) == TJAC_EFAIL && err.memory);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory for 3");
    CHECK(t, !err.memory);
    CHECK(t, tjac_memory_resident() > 1e5 && tjac_memory_available() > 1e5);
}

static void test_alloc(test *t)
{
    tjac_err err = {0};
    int *p = tjac_alloc(3, sizeof *p, &err);
    CHECK(t, p != NULL && p[0] == 0 && p[2] == 0);
    free(p);
    p = tjac_alloc(0, sizeof *p, &err);
    CHECK(t, p != NULL && err.code == TJAC_OK);
    free(p);
    CHECK(t, tjac_alloc(SIZE_MAX / 2, 4, &err) == NULL && err.memory);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory");
}

static void test_grow(test *t)
{
    tjac_err err = {0};
    int *a = NULL;
    size_t cap = 0;
    CHECK_OK(t, tjac_grow((void **)&a, &cap, 1, sizeof *a, &err), &err);
    CHECK(t, cap >= 1 && a[0] == 0);
    a[0] = 7;
    CHECK_OK(t, tjac_grow((void **)&a, &cap, 1000, sizeof *a, &err), &err);
    CHECK(t, cap >= 1000 && a[0] == 7 && a[999] == 0);
    size_t before = cap;
    CHECK(t, tjac_grow((void **)&a, &cap, SIZE_MAX / 2, sizeof *a, &err) == TJAC_EFAIL);
    CHECK(t, cap == before && a[0] == 7);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory");
    free(a);
}

static void test_text(test *t)
{
    tjac_text text = {0};
    tjac_text_add(&text, "%s", "");
    CHECK_STRING(t, text.text, "");
    for (int i = 0; i < 1000; i++)
        tjac_text_add(&text, "%d,", i % 10);
    CHECK(t, text.n == 2000 && strlen(text.text) == 2000 && !text.failed);
    CHECK(t, strncmp(text.text, "0,1,2,", 6) == 0);
    tjac_text_free(&text);
    CHECK(t, text.text == NULL && text.n == 0);
}

static void check_path(test *t, const char *dir, const char *name, const char *want)
{
    tjac_err err = {0};
    char *path = tjac_path_join(dir, name, &err);
    CHECK_STRING(t, path, want);
    free(path);
}

int main(void)
{
    test t = {0};
    test_first_error_wins(&t);
    test_memory(&t);
    test_alloc(&t);
    test_grow(&t);
    test_text(&t);
    check_path(&t, "a", "b", "a/b");
    check_path(&t, "a/", "b", "a/b");
    check_path(&t, "a", "/b", "/b");
    check_path(&t, "", "b", "b");
    check_path(&t, NULL, "b", "b");
    return test_end(&t);
}
