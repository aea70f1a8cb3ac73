/* numeric.h: random numbers (GSL behind one door). */
#ifndef TJAC_NUMERIC_H
#define TJAC_NUMERIC_H

#include <stdint.h>
#include "tjac/err.h"

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

/* The version of GSL. */
const char *tjac_numeric_version(void);

#endif
