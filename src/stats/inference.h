/* inference.h: tests and intervals on vectors of numbers, one number a KD.
 *
 * x[n1] is the pathway group, y[n2] the reference. Undefined results are NaN: a group is empty, a
 * number is not finite, there is no spread where one is divided by it. Only lack of memory is an
 * error. Everything random starts from its seed anew (MT19937, numeric.h).
 */
#ifndef TJAC_INFERENCE_H
#define TJAC_INFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

typedef struct {
    double lo, hi; /* both NaN: undefined */
} tjac_interval;

/* NaN of no numbers. */
double tjac_mean(const double *x, size_t n);

typedef struct {
    double effect; /* mean x - mean y */
    double p;      /* exact: share of all label permutations with at least this effect; else
                      (b + 1) / (m + 1) over m random ones. Two-sided: twice the smaller tail, at
                      most 1 (scipy.stats.permutation_test) */
    double p_min; /* the smallest that this test can give: 1 / permutations, twice that two-sided */
    bool exact;
} tjac_permutation;

/* p_min of groups of these sizes, known before there is a number; NaN where one is empty. */
double tjac_permutation_p_min(size_t n1, size_t n2, size_t permutations, bool two_sided);

/* Exact where there are at most `permutations` ways to choose the group. Effects that differ by
 * rounding alone (1e-12 of the mean |x - mean|) count as equal. */
tjac_code tjac_permutation_test(const double *x, size_t n1, const double *y, size_t n2,
                                size_t permutations, bool two_sided, uint64_t seed,
                                tjac_permutation *out, tjac_err *err) TJAC_MUST_USE;

typedef struct {
    double U, auc, p; /* of x; auc = U / (n1 n2) */
    bool exact;
} tjac_mann_whitney;

/* Mid-ranks. Exact without ties and min(n1, n2) <= 8, else normal with tie and continuity
 * correction (scipy.stats.mannwhitneyu, method "auto"). */
tjac_code tjac_mann_whitney_test(const double *x, size_t n1, const double *y, size_t n2,
                                 bool two_sided, tjac_mann_whitney *out,
                                 tjac_err *err) TJAC_MUST_USE;

/* Pearson correlation of the value with membership in x, and its two-sided t-test
 * (scipy.stats.pointbiserialr). NaN below three values. */
void tjac_point_biserial(const double *x, size_t n1, const double *y, size_t n2, double *r,
                         double *p);

/* Benjamini & Hochberg 1995: q[n] of p[n]; a NaN leaves the family and stays NaN
 * (scipy.stats.false_discovery_control). */
tjac_code tjac_false_discovery(const double *p, size_t n, double *q, tjac_err *err) TJAC_MUST_USE;

/* rank[i] from 1, ties share their mean. */
tjac_code tjac_midranks(const double *x, size_t n, double *rank, tjac_err *err) TJAC_MUST_USE;

/* NaN below two values or where one is constant. */
double tjac_pearson(const double *x, const double *y, size_t n);

/* Pearson of the mid-ranks (scipy.stats.spearmanr). */
tjac_code tjac_spearman(const double *x, const double *y, size_t n, double *rho,
                        tjac_err *err) TJAC_MUST_USE;

/* P(X >= count) of n throws of a fair coin. */
double tjac_binomial_upper(size_t count, size_t n);

/* Welch's t for mean x - mean y where the numbers of x, of KDs that resemble each other, are
 * correlated: the variance of x's mean is multiplied by (1 + (n1 - 1) r) / (1 - r), r clipped to
 * [0, 0.95]: (1 + (n1 - 1) r) as their mean varies that much more, 1 / (1 - r) as their sample
 * variance is that much too small. Without correlation: scipy.stats.ttest_ind, equal_var False. */
typedef struct {
    double se, df; /* Welch-Satterthwaite */
    tjac_interval limits;
    double p;     /* upper tail of (mean x - mean y) / se */
    double mde80; /* the effect that a one-sided test at alpha finds with 80 % power */
} tjac_welch;

/* All NaN below three numbers in x or two in y, without a correlation (NaN) or a spread. */
void tjac_welch_make(const double *x, size_t n1, const double *y, size_t n2, double correlation,
                     double alpha, tjac_welch *out);

/* Two numbers a KD, and which cluster each KD is in. */
typedef struct {
    const double *x, *y;   /* [n] */
    const size_t *cluster; /* [n] 0 .. n_clusters - 1, none empty */
    size_t n, n_clusters;
} tjac_clustered;

/* Percentile limits of Pearson's r at 1 - alpha over bootstrap rounds: each draws n_clusters
 * clusters with replacement, all KDs of one together. Rounds in which r is undefined are left out,
 * both limits NaN when that is half of them. */
tjac_code tjac_bootstrap_clusters(const tjac_clustered *data, size_t rounds, double alpha,
                                  uint64_t seed, tjac_interval *out, tjac_err *err) TJAC_MUST_USE;

/* Percentile limits of values[n] (NaN among them are left out, both limits NaN when that is half of
 * them or n is 0); sorts `values`. */
tjac_interval tjac_percentile_limits(double *values, size_t n, double alpha);

/* Fieller's set for a / b with variances va, vb and covariance cab at normal quantile z: true and
 * its two limits where z^2 vb < b^2; else it is unbounded: false, limits NaN (false as well where a
 * number is not finite). */
bool tjac_fieller(double a, double b, double va, double vb, double cab, double z,
                  tjac_interval *out);

#endif
