/* numeric.h: random numbers and distributions (GSL behind one door). */
#ifndef TJAC_NUMERIC_H
#define TJAC_NUMERIC_H

#include <stdint.h>
#include "base/err.h"

/* MT19937 as gsl_rng_mt19937 seeds it, which is how numpy.random.RandomState(seed) does, but for
 * seed 0: GSL takes its default, 4357, for it. A seed beyond 32 bits is TJAC_EUSAGE. */
typedef struct tjac_rng tjac_rng;
tjac_code tjac_rng_new(uint64_t seed, tjac_rng **out, tjac_err *err) TJAC_MUST_USE;
void tjac_rng_free(tjac_rng *rng);

/* A whole number in [0, n), without bias, 1 <= n < 2^32: the low bits of 32-bit outputs, those
 * that are too large rejected, which gives the numbers of RandomState(seed).randint(n). */
uint64_t tjac_rng_below(tjac_rng *rng, uint64_t n);

/* A number in [0, 1). */
double tjac_rng_uniform(tjac_rng *rng);

/* Fisher-Yates over items[n], n < 2^32; the order that RandomState(seed).shuffle gives. */
void tjac_rng_shuffle(tjac_rng *rng, size_t *items, size_t n);

/* Tails and quantiles of the standard normal, and Student's t with df > 0: P(Z > z), z with
 * P(Z <= z) = p for 0 < p < 1, and the same of T. NaN gives NaN. */
double tjac_normal_upper(double z);
double tjac_normal_quantile(double p);
double tjac_t_upper(double t, double df);
double tjac_t_quantile(double p, double df);

/* P(X > k) of n throws of a fair coin, n < 2^32. */
double tjac_binomial_above(size_t k, size_t n);

/* Sorts ascending; no NaN. */
void tjac_sort(double *x, size_t n);

/* order[n]: the positions of x, the smallest first, equal ones as they stand, NaN last. */
tjac_code tjac_sort_order(const double *x, size_t n, size_t *order, tjac_err *err) TJAC_MUST_USE;

/* The q-quantile of n >= 1 sorted numbers by linear interpolation (type 7: numpy's default). */
double tjac_quantile_sorted(const double *x, size_t n, double q);

/* n! / (k! (n-k)!) as a double; infinity where it is none. 0 <= k <= n. */
double tjac_choose(size_t n, size_t k);

/* The version of GSL. */
const char *tjac_numeric_version(void);

#endif
