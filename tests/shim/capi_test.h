/* capi_test.h: what the tests of the shim share. Failures go to stdout: stderr is watched, because
 * the shim must print nothing. */
#ifndef TJAC_CAPI_TEST_H
#define TJAC_CAPI_TEST_H

#include "shim/torch_capi.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* AddressSanitizer talks about refused allocations and keeps freed memory for a while. */
#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                 \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* A healthy scope, or a line that says why not. */
#define HEALTHY(scope)                                                                             \
    do {                                                                                           \
        if (tc_scope_error(scope)) {                                                               \
            printf("%s:%d: scope failed: %s\n", __FILE__, __LINE__, tc_scope_error(scope));        \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* x has this shape and these values, to 1e-12 of the largest. */
#define EQUALS(scope, x, want, ...) equals(__FILE__, __LINE__, scope, x, want, __VA_ARGS__)

/* An expression that must fail a fresh scope `s`, with a message that says `word`. */
#define FAILS(expression, word)                                                                    \
    do {                                                                                           \
        tc_scope *s = tc_scope_new(TC_F64, cpu);                                                   \
        CHECK(!(expression));                                                                      \
        CHECK(tc_scope_error(s) && strstr(tc_scope_error(s), word));                               \
        CHECK(tc_scope_error(s) && !strchr(tc_scope_error(s), '\n'));                              \
        CHECK(!tc_scope_out_of_memory(s));                                                         \
        tc_scope_free(s);                                                                          \
    } while (0)

#define SHAPE(...)                                                                                 \
    (int64_t[]){__VA_ARGS__}, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

enum { B = 2, S = 4, H = 8, N = B * S * H, COTANGENTS = 3 };

static const tc_device cpu = {TC_CPU, 0};

/* Reproducible numbers in (-1, 1), a fixed stream for every seed. */
static inline void fill(double *out, size_t n, unsigned seed)
{
    uint32_t state = 2654435761u * (seed + 1);
    for (size_t i = 0; i < n; i++) {
        state = 1664525u * state + 1013904223u;
        out[i] = ((double)(state >> 8) + 0.5) / 8388608.0 - 1.0;
    }
}

static inline tc_tensor *numbers(tc_scope *s, unsigned seed, const int64_t *shape, int ndim)
{
    double data[4096];
    size_t n = 1;
    for (int i = 0; i < ndim; i++)
        n *= (size_t)shape[i];
    if (n > sizeof data / sizeof *data)
        abort();
    fill(data, n, seed);
    return tc_from_f64(s, data, shape, ndim);
}

static inline double deviation(const double *a, const double *b, size_t n)
{
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            return INFINITY;
        worst = fmax(worst, fabs(a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
    }
    return worst / fmax(largest, 1e-300);
}

static inline void equals(const char *file, int line, tc_scope *s, const tc_tensor *x,
                          const double *want, int ndim, ...)
{
    double got[4096];
    size_t n = 1;
    va_list sizes;
    va_start(sizes, ndim);
    int same = tc_ndim(x) == ndim;
    for (int i = 0; i < ndim; i++) {
        int size = va_arg(sizes, int);
        same = same && tc_size(x, i) == size;
        n *= (size_t)size;
    }
    va_end(sizes);
    if (!same || !tc_read_f64(s, x, got, n)) {
        const char *why = tc_scope_error(s);
        printf("%s:%d: %s\n", file, line, why ? why : "wrong shape");
        failures++;
    } else if (!(deviation(got, want, n) < 1e-12)) {
        printf("%s:%d: deviates by %g\n", file, line, deviation(got, want, n));
        failures++;
    }
}

static inline tc_tensor *cat2(tc_scope *s, const tc_tensor *a, const tc_tensor *b)
{
    const tc_tensor *both[2] = {a, b};
    return tc_cat(s, both, 2, 0);
}

/* Resident pages of this process, 0 where the system does not say. */
static inline long resident_pages(void)
{
    long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident;
}

/* Sends stderr to a file; NULL when there is none to be had. */
static inline FILE *watch_stderr(void)
{
    FILE *heard = tmpfile();
    return heard && dup2(fileno(heard), STDERR_FILENO) >= 0 ? heard : NULL;
}

/* Nothing may have been printed to stderr, which goes to this file. */
static inline void check_silence(FILE *heard)
{
    char line[256];
    fflush(stderr);
    rewind(heard);
    while (fgets(line, sizeof line, heard)) {
        printf("%s: on stderr: %s", __FILE__, line);
        failures++;
    }
}

/* The exit status of the test. */
static inline int finish(FILE *heard)
{
    check_silence(heard);
    if (failures)
        printf("%d checks failed\n", failures);
    return failures != 0;
}

#endif
