/* compare EXPECTED.csv GOT.csv: the columns of EXPECTED are the first ones of GOT, in their order
 * and with the same cells: numbers within 1e-10 of the value (and 1e-13 for what is 0 but for
 * rounding), all else letter by letter.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/csv.h"

static int is_number(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return *text && !*end && isfinite(*out);
}

static int same(const char *want, const char *got)
{
    double a, b;
    if (!is_number(want, &a) || !is_number(got, &b))
        return strcmp(want, got) == 0;
    return fabs(a - b) <= 1e-10 * fabs(a) + 1e-13;
}

static int compare_column(const tjac_csv *want, const tjac_csv *got, size_t c)
{
    const char *name = tjac_csv_header(want)->name[c];
    int wrong = 0;
    if (tjac_csv_find(got, name) != (int64_t)c) {
        fprintf(stderr, "column %zu is not '%s'\n", c + 1, name);
        return 1;
    }
    for (size_t row = 0; row < tjac_csv_n_rows(want); row++) {
        const char *a = tjac_csv_field(want, row, c), *b = tjac_csv_field(got, row, c);
        if (!same(a, b) && ++wrong <= 3)
            fprintf(stderr, "line %zu, %s: expected %s, got %s\n", tjac_csv_line(got, row), name, a,
                    b);
    }
    return wrong;
}

int main(int argc, char **argv)
{
    tjac_csv *want = NULL, *got = NULL;
    tjac_err err = {0};
    int wrong = 0;
    if (argc != 3 || tjac_csv_read(argv[1], &want, &err) || tjac_csv_read(argv[2], &got, &err)) {
        fprintf(stderr, "compare: %s\n", argc != 3 ? "expected two files" : tjac_err_message(&err));
        return 2;
    }
    if (tjac_csv_n_rows(want) != tjac_csv_n_rows(got)) {
        fprintf(stderr, "expected %zu rows, got %zu\n", tjac_csv_n_rows(want),
                tjac_csv_n_rows(got));
        wrong++;
    } else {
        for (size_t c = 0; c < tjac_csv_header(want)->n; c++)
            wrong += compare_column(want, got, c);
    }
    if (wrong)
        fprintf(stderr, "compare: %s and %s differ in %d cell(s)\n", argv[1], argv[2], wrong);
    tjac_csv_free(want);
    tjac_csv_free(got);
    return wrong != 0;
}
