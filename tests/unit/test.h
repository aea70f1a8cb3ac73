/* test.h: checks for the unit tests. A failed check is printed with file and line, the rest of
 * the test still runs, and the program returns 1 at its end:
 *
 *     int main(void) { test t = {0}; CHECK(&t, 1 + 1 == 2); return test_end(&t); }
 */
#ifndef TJAC_TEST_H
#define TJAC_TEST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"

typedef struct {
    int checks, failures;
} test;

static inline int test_report(test *t, int ok, const char *file, int line, const char *what)
{
    t->checks++;
    if (!ok) {
        t->failures++;
        fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    }
    return ok;
}

#define CHECK(t, condition) test_report(t, (condition) ? 1 : 0, __FILE__, __LINE__, #condition)

static inline int test_string(test *t, const char *got, const char *want, const char *file,
                              int line)
{
    int ok = got != NULL && want != NULL && strcmp(got, want) == 0;
    if (!test_report(t, ok, file, line, "equal strings"))
        fprintf(stderr, "    got  \"%s\"\n    want \"%s\"\n", got == NULL ? "(null)" : got,
                want == NULL ? "(null)" : want);
    return ok;
}

#define CHECK_STRING(t, got, want) test_string(t, got, want, __FILE__, __LINE__)

/* Equal within a relative tolerance of the wanted value; 0 must be 0. */
static inline int test_near(test *t, double got, double want, double relative, const char *file,
                            int line)
{
    int ok = fabs(got - want) <= relative * fabs(want);
    if (!test_report(t, ok, file, line, "equal numbers"))
        fprintf(stderr, "    got  %.17g\n    want %.17g\n", got, want);
    return ok;
}

#define CHECK_NEAR(t, got, want, relative) test_near(t, got, want, relative, __FILE__, __LINE__)

/* The error has this code and a message that contains `part`; then it is cleared. */
static inline int test_error(test *t, tjac_err *err, tjac_code code, const char *part,
                             const char *file, int line)
{
    const char *message = tjac_err_message(err);
    int ok = err->code == code && strstr(message, part) != NULL;
    if (!test_report(t, ok, file, line, "the error"))
        fprintf(stderr, "    got  %d: %s\n    want %d: ...%s...\n", (int)err->code, message,
                (int)code, part);
    tjac_err_clear(err);
    return ok;
}

#define CHECK_ERROR(t, err, code, part) test_error(t, err, code, part, __FILE__, __LINE__)

static inline int test_ok(test *t, tjac_code code, tjac_err *err, const char *file, int line)
{
    int ok = code == TJAC_OK && err->code == TJAC_OK && err->msg == NULL;
    if (!test_report(t, ok, file, line, "success"))
        fprintf(stderr, "    got  %d: %s\n", (int)code, tjac_err_message(err));
    tjac_err_clear(err);
    return ok;
}

/* A call that must succeed and leave the error untouched. */
#define CHECK_OK(t, call, err) test_ok(t, call, err, __FILE__, __LINE__)

/* The folder of committed test files: $TJAC_TEST_DATA, else tests/unit/data. */
static inline const char *test_data(void)
{
    const char *dir = getenv("TJAC_TEST_DATA");
    return dir == NULL ? "tests/unit/data" : dir;
}

/* Writes n bytes into a new temporary file; path[TEST_PATH] becomes its name, to be unlinked. */
enum { TEST_PATH = 512 };

static inline int test_temporary(char *path, const void *data, size_t n)
{
    const char *dir = getenv("TMPDIR");
    snprintf(path, TEST_PATH, "%s/tjac_test_XXXXXX", dir == NULL ? "/tmp" : dir);
    int fd = mkstemp(path);
    int ok = fd >= 0 && write(fd, data, n) == (ssize_t)n;
    if (fd >= 0)
        close(fd);
    return ok;
}

static inline int test_end(const test *t)
{
    fprintf(stderr, "%d checks, %d failed\n", t->checks, t->failures);
    return t->failures != 0 || t->checks == 0;
}

#endif
