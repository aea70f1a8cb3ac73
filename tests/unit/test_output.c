/* Whole files or none, CSV fields, numbers. */
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"
#include "base/output.h"

static int exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static void test_files(test *t)
{
    tjac_output o = {0};
    tjac_err err = {0};
    char temporary[256];
    CHECK_OK(t, tjac_output_open("test_output_dir/a/x.csv", &o, &err), &err);
    fputs("text\n", o.file);
    snprintf(temporary, sizeof temporary, "%s", o.temporary);
    CHECK(t, exists(temporary) && !exists("test_output_dir/a/x.csv"));
    tjac_output_discard(&o);
    CHECK(t, !exists(temporary) && !exists("test_output_dir/a/x.csv"));
    CHECK_OK(t, tjac_output_open("test_output_dir/a/x.csv", &o, &err), &err);
    fputs("text\n", o.file);
    CHECK_OK(t, tjac_output_commit(&o, &err), &err);
    CHECK(t, !exists(temporary) && exists("test_output_dir/a/x.csv"));
    CHECK(t, tjac_output_open("test_output_dir/a/x.csv/y", &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "test_output_dir/a/x.csv");
    unlink("test_output_dir/a/x.csv");
    rmdir("test_output_dir/a");
    rmdir("test_output_dir");
}

static void check_same(test *t, const char *a, const char *b, bool want)
{
    tjac_err err = {0};
    bool same = !want;
    CHECK_OK(t, tjac_output_same(a, b, &same, &err), &err);
    CHECK(t, same == want);
}

static void test_same(test *t)
{
    char cwd[TEST_PATH], path[TEST_PATH + 32];
    if (!getcwd(cwd, sizeof cwd) || mkdir("test_output_same", 0777) != 0 ||
        symlink("test_output_same", "test_output_link") != 0)
        abort();
    snprintf(path, sizeof path, "%s/test_output_same/x", cwd);
    check_same(t, "test_output_same/x", path, true); /* x is nowhere */
    check_same(t, "test_output_link/x", path, true);
    check_same(t, "test_output_same/none/../none/./x", "test_output_link//none/x", true);
    check_same(t, "test_output_same/x", "test_output_same/y", false);
    check_same(t, "test_output_same/none/x", "test_output_same/x", false);
    check_same(t, "x", "test_output_same/../x", true);
    check_same(t, "test_output_same", cwd, false);
    check_same(t, "/", "/none/..", true);
    check_same(t, "/none", "/", false);
    unlink("test_output_link");
    rmdir("test_output_same");
}

static void check_field(test *t, const char *text, const char *want)
{
    char buf[64] = "";
    FILE *f = fmemopen(buf, sizeof buf, "w");
    if (!f)
        abort();
    tjac_output_field(f, text);
    fclose(f);
    CHECK_STRING(t, buf, want);
}

static void test_numbers(test *t)
{
    char buf[32];
    CHECK_STRING(t, tjac_output_number(0.1, buf), "0.1");
    CHECK_STRING(t, tjac_output_number(1.0 / 3, buf), "0.3333333333333333");
    CHECK_STRING(t, tjac_output_number(-0.013234052364353262, buf), "-0.013234052364353262");
    CHECK_STRING(t, tjac_output_number(5e-324, buf), "5e-324");
    CHECK_STRING(t, tjac_output_number(NAN, buf), "NA");
    CHECK_STRING(t, tjac_output_number(INFINITY, buf), "NA");
    double v = 1;
    for (int i = 0; i < 2000; i++) {
        v = v * -1.7 + 1e-7 * i;
        if (fabs(v) > 1e200)
            v = 1e-200;
        CHECK(t, strtod(tjac_output_number(v, buf), NULL) == v);
    }
}

int main(void)
{
    test t = {0};
    test_files(&t);
    test_same(&t);
    test_numbers(&t);
    check_field(&t, "plain", "plain");
    check_field(&t, "a,b", "\"a,b\"");
    check_field(&t, "say \"x\"", "\"say \"\"x\"\"\"");
    return test_end(&t);
}
