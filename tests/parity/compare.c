/* compare EXPECTED.csv J.csv TOLERANCE: every row of EXPECTED (estimand,kd,regulator,target,J)
 * against the same row of a j.csv. The error is relative to the largest |J| of the same estimand in
 * EXPECTED: single J may be 0, float32 is exact to the scale of the sums, and the estimands differ
 * in scale. An estimand that is 0 throughout (cross_cell where cells do not see each other) is
 * measured by the largest |J| of all. Sign counts. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FIELDS = 32, MAX_ROWS = 100000, LINE = 4096, ESTIMAND = 0 };

typedef struct {
    char key[4][128];
    double J;
} row;

typedef struct {
    row *rows;
    size_t n;
} table;

static int split(char *line, char **field)
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; p && n < MAX_FIELDS; n++) {
        field[n] = p;
        if ((p = strchr(p, ',')) != NULL)
            *p++ = '\0';
    }
    return n;
}

static void die(const char *path, const char *what)
{
    fprintf(stderr, "compare: %s: %s\n", path, what);
    exit(1);
}

static table read_table(const char *path)
{
    static const char *const wanted[] = {"estimand", "kd", "regulator", "target", "J"};
    char line[LINE], *field[MAX_FIELDS];
    int at[5] = {-1, -1, -1, -1, -1};
    table t = {calloc(MAX_ROWS, sizeof *t.rows), 0};
    FILE *f = fopen(path, "r");
    if (!f || !t.rows || !fgets(line, sizeof line, f))
        die(path, "cannot read");
    int n = split(line, field);
    for (int w = 0; w < 5; w++)
        for (int i = 0; i < n; i++)
            if (strcmp(field[i], wanted[w]) == 0)
                at[w] = i;
    for (int w = 0; w < 5; w++)
        if (at[w] < 0)
            die(path, "a column is missing");
    while (fgets(line, sizeof line, f) && t.n < MAX_ROWS) {
        if (split(line, field) != n)
            die(path, "a row has another number of fields");
        row *r = &t.rows[t.n++];
        for (int k = 0; k < 4; k++)
            snprintf(r->key[k], sizeof r->key[k], "%s", field[at[k]]);
        char *end;
        r->J = strtod(field[at[4]], &end);
        if (*end || end == field[at[4]])
            die(path, "J is no number");
    }
    fclose(f);
    return t;
}

static const row *find(const table *t, const row *r)
{
    for (size_t i = 0; i < t->n; i++) {
        int same = 1;
        for (int k = 0; k < 4; k++)
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

int main(int argc, char **argv)
{
    if (argc != 4)
        die("usage", "compare EXPECTED.csv J.csv TOLERANCE");
    table want = read_table(argv[1]), got = read_table(argv[2]);
    double worst = -1, largest = 0, tolerance = strtod(argv[3], NULL);
    const char *estimand = "";
    if (want.n == 0)
        die(argv[1], "no rows");
    for (size_t i = 0; i < want.n; i++) {
        const row *w = &want.rows[i], *g = find(&got, w);
        double of = scale(&want, w->key[ESTIMAND]);
        if (!g) {
            fprintf(stderr, "compare: %s lacks %s %s %s %s\n", argv[2], w->key[0], w->key[1],
                    w->key[2], w->key[3]);
            return 1;
        }
        double error = fabs(g->J - w->J) / of;
        if (!(error <= tolerance))
            fprintf(stderr, "compare: %s %s %s %s: %.9g, expected %.9g\n", w->key[0], w->key[1],
                    w->key[2], w->key[3], g->J, w->J);
        if (error > worst || isnan(error)) {
            worst = error;
            largest = of;
            estimand = w->key[ESTIMAND];
        }
    }
    printf("%zu rows, worst error %.2g of the largest |J| %.3g, in %s (allowed %.2g)\n", want.n,
           worst, largest, estimand, tolerance);
    free(want.rows);
    free(got.rows);
    return worst <= tolerance ? 0 : 1;
}
