/* compare EXPECTED.csv J TOLERANCE: every row of EXPECTED (estimand,kd,regulator,target,J) against
 * the same row of J, a j.csv; or, where J is the file of a full Jacobian (.h5), every row of its
 * estimand. The error is relative to the largest |J| of the same estimand in EXPECTED: single J may
 * be 0, float32 is exact to the scale of the sums, and the estimands differ in scale. An estimand
 * that is 0 throughout (cross_cell where cells do not see each other) is measured by the largest
 * |J| of all. Sign counts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "table.h"

static const row *find(const table *t, const row *r)
{
    for (size_t i = 0; i < t->n; i++) {
        int same = 1;
        for (int k = 0; k < N_KEYS; k++)
            same &= strcmp(t->rows[i].key[k], r->key[k]) == 0;
        if (same)
            return &t->rows[i];
    }
    return NULL;
}

/* The largest |J| of one estimand, or of all where that one is 0 throughout. */
static double scale(const table *t, const char *estimand)
{
    double own = 0, all = 0;
    for (size_t i = 0; i < t->n; i++) {
        double size = fabs(t->rows[i].J);
        all = fmax(all, size);
        if (strcmp(t->rows[i].key[ESTIMAND], estimand) == 0)
            own = fmax(own, size);
    }
    return own > 0 ? own : all;
}

/* What a full Jacobian need not have: rows of other estimands. */
static int is_beyond(const table *got, const row *r)
{
    return got->full && strcmp(r->key[ESTIMAND], got->rows[0].key[ESTIMAND]) != 0;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        die("usage", "compare EXPECTED.csv J TOLERANCE");
    table want = read_table(argv[1]), got = read_table(argv[2]);
    double worst = -1, largest = 0, tolerance = strtod(argv[3], NULL);
    const char *estimand = "";
    size_t compared = 0;
    for (size_t i = 0; i < want.n; i++) {
        const row *w = &want.rows[i], *g = find(&got, w);
        double of = scale(&want, w->key[ESTIMAND]);
        if (!g && is_beyond(&got, w))
            continue;
        if (!g) {
            fprintf(stderr, "compare: %s lacks %s %s %s %s\n", argv[2], w->key[0], w->key[1],
                    w->key[2], w->key[3]);
            return 1;
        }
        double error = fabs(g->J - w->J) / of;
        compared++;
        if (!(error <= tolerance))
            fprintf(stderr, "compare: %s %s %s %s: %.9g, expected %.9g\n", w->key[0], w->key[1],
                    w->key[2], w->key[3], g->J, w->J);
        if (error > worst || isnan(error)) {
            worst = error;
            largest = of;
            estimand = w->key[ESTIMAND];
        }
    }
    if (compared == 0)
        die(argv[1], "no rows to compare");
    printf("%zu rows, worst error %.2g of the largest |J| %.3g, in %s (allowed %.2g)\n", compared,
           worst, largest, estimand, tolerance);
    free(want.rows);
    free(got.rows);
    return worst <= tolerance ? 0 : 1;
}
