/* Permutations of labels and bootstraps: the part of inference.h that shuffles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/inference.h"

/* ---- permutation test ---- */

/* Values with the mean taken off (effects do not change, sums do not cancel), and the group that is
 * chosen anew: the smaller one, at the front. */
typedef struct {
    double *value; /* [n] */
    size_t n, k;
    double observed;          /* sum of the smaller group */
    double tolerance;         /* sums nearer than this are equal */
    size_t at_least, at_most; /* counted: sums >= and <= the observed one */
} labels;

static tjac_code labels_init(const double *x, size_t n1, const double *y, size_t n2, labels *l,
                             tjac_err *err)
{
    bool first = n1 <= n2;
    double mean = 0, spread = 0;
    *l = (labels){.n = n1 + n2, .k = first ? n1 : n2};
    if (!(l->value = tjac_alloc(l->n, sizeof *l->value, err)))
        return err->code;
    memcpy(l->value, first ? x : y, l->k * sizeof *l->value);
    memcpy(l->value + l->k, first ? y : x, (l->n - l->k) * sizeof *l->value);
    for (size_t i = 0; i < l->n; i++)
        mean += l->value[i] / (double)l->n;
    for (size_t i = 0; i < l->n; i++) {
        l->value[i] -= mean;
        spread += fabs(l->value[i]);
    }
    for (size_t i = 0; i < l->k; i++)
        l->observed += l->value[i];
    l->tolerance = 1e-12 * spread / (double)l->n;
    return TJAC_OK;
}

static void count_sum(labels *l, double sum)
{
    l->at_least += sum >= l->observed - l->tolerance;
    l->at_most += sum <= l->observed + l->tolerance;
}

/* Every way to choose k of n, in lexicographic order. */
static tjac_code count_all(labels *l, tjac_err *err)
{
    size_t *chosen = tjac_alloc(l->k, sizeof *chosen, err);
    if (!chosen)
        return err->code;
    for (size_t i = 0; i < l->k; i++)
        chosen[i] = i;
    for (;;) {
        double sum = 0;
        for (size_t i = 0; i < l->k; i++)
            sum += l->value[chosen[i]];
        count_sum(l, sum);
        size_t i = l->k;
        while (i > 0 && chosen[i - 1] == l->n - l->k + i - 1)
            i--;
        if (i == 0)
            break;
        chosen[i - 1]++;
        for (; i < l->k; i++)
            chosen[i] = chosen[i - 1] + 1;
    }
    free(chosen);
    return TJAC_OK;
}

/* `rounds` random choices: the first k places of a Fisher-Yates shuffle. */
static tjac_code count_some(labels *l, size_t rounds, uint64_t seed, tjac_err *err)
{
    tjac_rng *rng;
    if (tjac_rng_new(seed, &rng, err))
        return err->code;
    for (size_t r = 0; r < rounds; r++) {
        double sum = 0;
        for (size_t i = 0; i < l->k; i++) {
            size_t other = i + (size_t)tjac_rng_below(rng, l->n - i);
            double v = l->value[other];
            l->value[other] = l->value[i];
            l->value[i] = v;
            sum += v;
        }
        count_sum(l, sum);
    }
    tjac_rng_free(rng);
    return TJAC_OK;
}

/* The ways to call n1 of the values x's; *total: how many of them, or of a sample, p is a share of.
 * Whether all are counted. */
static bool count_ways(size_t n1, size_t n2, size_t permutations, double *total)
{
    double ways = tjac_choose(n1 + n2, n1 <= n2 ? n1 : n2);
    bool exact = ways <= (double)permutations;
    *total = exact ? ways : (double)permutations + 1;
    return exact;
}

static double smallest_p(double total, bool two_sided)
{
    return fmin(1, (two_sided ? 2 : 1) / total);
}

double tjac_permutation_p_min(size_t n1, size_t n2, size_t permutations, bool two_sided)
{
    double total;
    if (n1 == 0 || n2 == 0)
        return NAN;
    count_ways(n1, n2, permutations, &total);
    return smallest_p(total, two_sided);
}

tjac_code tjac_permutation_test(const double *x, size_t n1, const double *y, size_t n2,
                                size_t permutations, bool two_sided, uint64_t seed,
                                tjac_permutation *out, tjac_err *err)
{
    tjac_permutation t = {NAN, NAN, NAN, false};
    labels l = {0};
    double a = 0, b = 0, total;
    for (size_t i = 0; i < n1; i++)
        a += x[i] / (double)n1;
    for (size_t i = 0; i < n2; i++)
        b += y[i] / (double)n2;
    if (n1 == 0 || n2 == 0 || !isfinite(a - b)) {
        *out = t;
        return TJAC_OK;
    }
    if (labels_init(x, n1, y, n2, &l, err))
        return err->code;
    t.effect = a - b;
    t.exact = count_ways(n1, n2, permutations, &total);
    if (t.exact ? count_all(&l, err) : count_some(&l, permutations, seed, err))
        goto done;
    /* a high sum of the smaller group is a high effect when it is x's */
    double extra = t.exact ? 0 : 1;
    double up = ((double)(n1 <= n2 ? l.at_least : l.at_most) + extra) / total;
    double down = ((double)(n1 <= n2 ? l.at_most : l.at_least) + extra) / total;
    t.p = two_sided ? fmin(1, 2 * fmin(up, down)) : up;
    t.p_min = smallest_p(total, two_sided);
    *out = t;
done:
    free(l.value);
    return err->code;
}

/* ---- bootstrap ---- */

tjac_interval tjac_percentile_limits(double *values, size_t n, double alpha)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            values[kept++] = values[i];
    if (kept == 0 || 2 * kept <= n)
        return (tjac_interval){NAN, NAN};
    tjac_sort(values, kept);
    return (tjac_interval){tjac_quantile_sorted(values, kept, alpha / 2),
                           tjac_quantile_sorted(values, kept, 1 - alpha / 2)};
}

/* The KDs by cluster, in their order: those of cluster c are member[first[c] .. first[c + 1]). */
typedef struct {
    size_t *first, *member;
    size_t largest;
} roster;

static tjac_code roster_init(const tjac_clustered *d, roster *r, tjac_err *err)
{
    *r = (roster){.first = tjac_alloc(d->n_clusters + 2, sizeof *r->first, err),
                  .member = tjac_alloc(d->n, sizeof *r->member, err)};
    if (err->code)
        return err->code;
    for (size_t i = 0; i < d->n; i++)
        r->first[d->cluster[i] + 2]++;
    for (size_t c = 2; c < d->n_clusters + 2; c++) {
        r->largest = r->first[c] > r->largest ? r->first[c] : r->largest;
        r->first[c] += r->first[c - 1];
    }
    for (size_t i = 0; i < d->n; i++) /* first[c + 1] is where the next one of c goes */
        r->member[r->first[d->cluster[i] + 1]++] = i;
    return TJAC_OK;
}

/* One round's numbers; how many. */
static size_t draw_clusters(const tjac_clustered *d, const roster *r, tjac_rng *rng, double *x,
                            double *y)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_clusters; i++) {
        size_t c = (size_t)tjac_rng_below(rng, d->n_clusters);
        for (size_t k = r->first[c]; k < r->first[c + 1]; k++, n++) {
            x[n] = d->x[r->member[k]];
            y[n] = d->y[r->member[k]];
        }
    }
    return n;
}

tjac_code tjac_bootstrap_clusters(const tjac_clustered *data, size_t rounds, double alpha,
                                  uint64_t seed, tjac_interval *out, tjac_err *err)
{
    tjac_rng *rng = NULL;
    roster r;
    double *values = NULL, *x = NULL, *y = NULL;
    *out = (tjac_interval){NAN, NAN};
    if (data->n == 0)
        return TJAC_OK;
    if (roster_init(data, &r, err))
        goto done;
    values = tjac_alloc(rounds, sizeof *values, err);
    x = tjac_alloc(data->n_clusters, r.largest * sizeof *x, err); /* the largest every time */
    y = tjac_alloc(data->n_clusters, r.largest * sizeof *y, err);
    if (err->code || tjac_rng_new(seed, &rng, err))
        goto done;
    for (size_t k = 0; k < rounds; k++) {
        size_t n = draw_clusters(data, &r, rng, x, y);
        values[k] = tjac_pearson(x, y, n);
    }
    *out = tjac_percentile_limits(values, rounds, alpha);
done:
    tjac_rng_free(rng);
    free(r.first);
    free(r.member);
    free(values);
    free(x);
    free(y);
    return err->code;
}
