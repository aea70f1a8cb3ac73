#include "stats/inference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"

static bool finite_all(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

double tjac_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : NAN;
}

/* x then y in one array; NULL without memory. */
static double *pool(const double *x, size_t n1, const double *y, size_t n2, tjac_err *err)
{
    double *all = tjac_alloc(n1 + n2, sizeof *all, err);
    if (all && n1)
        memcpy(all, x, n1 * sizeof *all);
    if (all && n2)
        memcpy(all + n1, y, n2 * sizeof *all);
    return all;
}

/* ---- ranks ---- */

/* Mid-ranks; *ties becomes the sum of t^3 - t over groups of t equal values. */
static tjac_code rank_with_ties(const double *x, size_t n, double *rank, double *ties,
                                tjac_err *err)
{
    size_t *order = tjac_alloc(n, sizeof *order, err);
    if (!order || tjac_sort_order(x, n, order, err))
        goto done;
    *ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && x[order[end]] == x[order[i]];)
            end++;
        double t = (double)(end - i);
        *ties += t * t * t - t;
        for (size_t k = i; k < end; k++)
            rank[order[k]] = ((double)(i + 1) + (double)end) / 2;
    }
done:
    free(order);
    return err->code;
}

tjac_code tjac_midranks(const double *x, size_t n, double *rank, tjac_err *err)
{
    double ties;
    if (finite_all(x, n))
        return rank_with_ties(x, n, rank, &ties, err);
    for (size_t i = 0; i < n; i++)
        rank[i] = NAN;
    return TJAC_OK;
}

/* ---- Mann-Whitney ---- */

/* P(U >= u) without ties: the share of the C(m+n, m) orders with at least this U. The number with
 * U = k is the coefficient of q^k in the Gaussian binomial, prod_i (1 - q^(n+i)) / (1 - q^i): one
 * factor a step, in long double (its 64 bits are exact for the sizes that are asked for often).
 * By symmetry P(U >= u) = P(U <= m n - u): the lower tail is summed, few small terms. */
static tjac_code exact_upper(size_t m, size_t n, double u, double *p, tjac_err *err)
{
    size_t top = m * n, half = top / 2;
    double flipped = (double)top - u;
    bool lower = flipped <= (double)half;
    /* lower: sum up to `flipped`; else 1 - sum up to u - 1 */
    double last = lower ? flipped : u - 1;
    size_t most = last < 0 ? 0 : (size_t)last;
    long double *count = tjac_alloc(most + 1, sizeof *count, err);
    if (!count)
        return err->code;
    count[0] = 1;
    for (size_t i = 1; i <= m; i++) {
        for (size_t k = most + 1; k-- > n + i;)
            count[k] -= count[k - n - i];
        for (size_t k = i; k <= most; k++)
            count[k] += count[k - i];
    }
    long double sum = 0, all = 1;
    for (size_t k = 0; k <= most; k++)
        sum += count[k];
    for (size_t i = 1; i <= m; i++)
        all = all * (long double)(n + i) / (long double)i;
    double share = (double)(sum / all);
    if (last < 0)
        share = 0;
    *p = lower ? share : 1 - share;
    free(count);
    return TJAC_OK;
}

/* Normal with continuity: P(U >= u). */
static double normal_upper(size_t n1, size_t n2, double u, double ties)
{
    double a = (double)n1, b = (double)n2, n = a + b;
    double sd = sqrt(a * b / 12 * (n + 1 - ties / (n * (n - 1))));
    return tjac_normal_upper((u - a * b / 2 - 0.5) / sd);
}

tjac_code tjac_mann_whitney_test(const double *x, size_t n1, const double *y, size_t n2,
                                 bool two_sided, tjac_mann_whitney *out, tjac_err *err)
{
    enum { MOST_EXACT = 8 };
    tjac_mann_whitney t = {NAN, NAN, NAN, false};
    double *all, *rank, ties = 0, sum = 0;
    if (n1 == 0 || n2 == 0 || !finite_all(x, n1) || !finite_all(y, n2)) {
        *out = t;
        return TJAC_OK;
    }
    all = pool(x, n1, y, n2, err);
    rank = tjac_alloc(n1 + n2, sizeof *rank, err);
    if (err->code || rank_with_ties(all, n1 + n2, rank, &ties, err))
        goto done;
    for (size_t i = 0; i < n1; i++)
        sum += rank[i];
    double a = (double)n1, b = (double)n2, n = a + b;
    t.U = sum - a * (a + 1) / 2;
    t.auc = t.U / (a * b);
    double u = two_sided && a * b - t.U > t.U ? a * b - t.U : t.U;
    t.exact = ties == 0 && (n1 <= MOST_EXACT || n2 <= MOST_EXACT);
    if (t.exact) {
        size_t small = n1 < n2 ? n1 : n2, large = n1 < n2 ? n2 : n1;
        if (exact_upper(small, large, u, &t.p, err))
            goto done;
    } else if (ties < n * n * n - n) { /* else all are equal: no spread */
        t.p = normal_upper(n1, n2, u, ties);
    }
    if (two_sided && !isnan(t.p))
        t.p = fmin(1, 2 * t.p);
    *out = t;
done:
    free(all);
    free(rank);
    return err->code;
}

/* ---- correlation ---- */

double tjac_pearson(const double *x, const double *y, size_t n)
{
    double sxx = 0, syy = 0, sxy = 0;
    if (n < 2 || !finite_all(x, n) || !finite_all(y, n))
        return NAN;
    double mx = tjac_mean(x, n), my = tjac_mean(y, n);
    bool x_varies = false, y_varies = false;
    for (size_t i = 0; i < n; i++) {
        x_varies = x_varies || x[i] != x[0];
        y_varies = y_varies || y[i] != y[0];
        sxx += (x[i] - mx) * (x[i] - mx);
        syy += (y[i] - my) * (y[i] - my);
        sxy += (x[i] - mx) * (y[i] - my);
    }
    if (!x_varies || !y_varies)
        return NAN;
    return fmax(-1, fmin(1, sxy / (sqrt(sxx) * sqrt(syy))));
}

/* Two-sided p of a correlation of n values. */
static double correlation_p(double r, size_t n)
{
    if (isnan(r) || n < 3)
        return NAN;
    double df = (double)n - 2;
    return 2 * tjac_t_upper(fabs(r) * sqrt(df / ((1 - r) * (1 + r))), df);
}

void tjac_point_biserial(const double *x, size_t n1, const double *y, size_t n2, double *r,
                         double *p)
{
    double a = (double)n1, b = (double)n2, squares = 0;
    *r = *p = NAN;
    if (n1 == 0 || n2 == 0 || n1 + n2 < 3 || !finite_all(x, n1) || !finite_all(y, n2))
        return;
    double mean = (tjac_mean(x, n1) * a + tjac_mean(y, n2) * b) / (a + b);
    bool varies = false;
    for (size_t i = 0; i < n1; i++) {
        varies = varies || x[i] != x[0];
        squares += (x[i] - mean) * (x[i] - mean);
    }
    for (size_t i = 0; i < n2; i++) {
        varies = varies || y[i] != x[0];
        squares += (y[i] - mean) * (y[i] - mean);
    }
    if (!varies)
        return;
    /* Pearson with a membership of 1 and 0, whose sum of squares is a b / (a + b) */
    *r = (tjac_mean(x, n1) - tjac_mean(y, n2)) * sqrt(a * b / (a + b) / squares);
    *r = fmax(-1, fmin(1, *r));
    *p = correlation_p(*r, n1 + n2);
}

tjac_code tjac_spearman(const double *x, const double *y, size_t n, double *rho, tjac_err *err)
{
    double *a = tjac_alloc(n, sizeof *a, err), *b = tjac_alloc(n, sizeof *b, err);
    if (!err->code && !tjac_midranks(x, n, a, err) && !tjac_midranks(y, n, b, err))
        *rho = tjac_pearson(a, b, n);
    free(a);
    free(b);
    return err->code;
}

/* ---- false discovery ---- */

tjac_code tjac_false_discovery(const double *p, size_t n, double *q, tjac_err *err)
{
    size_t m = 0;
    double least = 1;
    size_t *order = tjac_alloc(n, sizeof *order, err);
    if (!order || tjac_sort_order(p, n, order, err))
        goto done;
    for (size_t i = 0; i < n; i++) {
        q[i] = NAN;
        if (!isnan(p[i]))
            m++;
    }
    for (size_t i = m; i-- > 0;) {
        least = fmin(least, p[order[i]] * (double)m / (double)(i + 1));
        q[order[i]] = least;
    }
done:
    free(order);
    return err->code;
}

/* ---- a share of members ---- */

double tjac_binomial_upper(size_t count, size_t n)
{
    return count == 0 ? 1 : tjac_binomial_above(count - 1, n);
}

/* ---- Welch ---- */

/* Sample variance (n - 1). */
static double variance(const double *x, size_t n)
{
    double mean = tjac_mean(x, n), squares = 0;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return squares / ((double)n - 1);
}

void tjac_welch_make(const double *x, size_t n1, const double *y, size_t n2, double correlation,
                     double alpha, tjac_welch *out)
{
    const double power = 0.8, most = 0.95; /* of the correlation: beyond it, f has no meaning */
    double m1 = (double)n1, m2 = (double)n2;
    *out = (tjac_welch){NAN, NAN, {NAN, NAN}, NAN, NAN};
    if (n1 < 3 || n2 < 2 || isnan(correlation))
        return;
    double r = fmax(0, fmin(most, correlation));
    double f = (1 + (m1 - 1) * r) / (1 - r);
    double a = variance(x, n1) * f / m1, b = variance(y, n2) / m2;
    double effect = tjac_mean(x, n1) - tjac_mean(y, n2), se = sqrt(a + b);
    if (!(se > 0) || !isfinite(se)) /* a number that is not finite makes it NaN */
        return;
    double df = (a + b) * (a + b) / (a * a / (m1 - 1) + b * b / (m2 - 1));
    double half = tjac_t_quantile(1 - alpha / 2, df) * se;
    out->se = se;
    out->df = df;
    out->limits = (tjac_interval){effect - half, effect + half};
    out->p = tjac_t_upper(effect / se, df);
    out->mde80 = (tjac_t_quantile(1 - alpha, df) + tjac_t_quantile(power, df)) * se;
}

/* ---- Fieller ---- */

bool tjac_fieller(double a, double b, double va, double vb, double cab, double z,
                  tjac_interval *out)
{
    double z2 = z * z, A = b * b - z2 * vb, B = a * b - z2 * cab, C = a * a - z2 * va;
    double D = B * B - A * C;
    *out = (tjac_interval){NAN, NAN};
    if (!isfinite(D) || !(A > 0) || !(D >= 0))
        return false;
    double root = sqrt(D), far = B >= 0 ? B + root : B - root; /* no cancellation */
    double one = far / A, other = far != 0 ? C / far : 0;
    *out = (tjac_interval){fmin(one, other), fmax(one, other)};
    return true;
}
