#include "base/numeric.h"

#include <assert.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <gsl/gsl_version.h>
#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

struct tjac_rng {
    gsl_rng *gsl;
};

tjac_code tjac_rng_new(uint64_t seed, tjac_rng **out, tjac_err *err)
{
    gsl_set_error_handler_off(); /* GSL aborts the program unless told not to */
    if (seed > UINT32_MAX)
        return tjac_err_set(err, TJAC_EUSAGE, "seed %llu is too large, expected 0 to 4294967295",
                            (unsigned long long)seed);
    tjac_rng *rng = tjac_alloc(1, sizeof *rng, err);
    if (!rng)
        return err->code;
    rng->gsl = gsl_rng_alloc(gsl_rng_mt19937);
    if (!rng->gsl) {
        free(rng);
        return tjac_err_memory(err, "out of memory for a random number generator");
    }
    gsl_rng_set(rng->gsl, (unsigned long)seed);
    *out = rng;
    return TJAC_OK;
}

void tjac_rng_free(tjac_rng *rng)
{
    if (!rng)
        return;
    gsl_rng_free(rng->gsl);
    free(rng);
}

uint64_t tjac_rng_below(tjac_rng *rng, uint64_t n)
{
    assert(n >= 1 && n <= UINT32_MAX);
    uint64_t most = n - 1, mask = most, value;
    for (unsigned k = 1; k < 32; k *= 2)
        mask |= mask >> k;
    if (most == 0)
        return 0;
    do
        value = gsl_rng_get(rng->gsl) & mask;
    while (value > most);
    return value;
}

double tjac_rng_uniform(tjac_rng *rng)
{
    return gsl_rng_uniform(rng->gsl);
}

void tjac_rng_shuffle(tjac_rng *rng, size_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)tjac_rng_below(rng, i), item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}

/* None of these functions of GSL calls its error handler but gsl_cdf_ugaussian_Pinv's kin at 0 and
 * 1, which give infinities; it is off all the same. */
double tjac_normal_upper(double z)
{
    return isnan(z) ? NAN : gsl_cdf_ugaussian_Q(z);
}

double tjac_normal_quantile(double p)
{
    gsl_set_error_handler_off();
    return isnan(p) ? NAN : gsl_cdf_ugaussian_Pinv(p);
}

double tjac_t_upper(double t, double df)
{
    gsl_set_error_handler_off();
    return isnan(t) ? NAN : isinf(t) ? (t > 0 ? 0.0 : 1.0) : gsl_cdf_tdist_Q(t, df);
}

double tjac_t_quantile(double p, double df)
{
    gsl_set_error_handler_off();
    return isnan(p) || isnan(df) ? NAN : gsl_cdf_tdist_Pinv(p, df);
}

double tjac_binomial_above(size_t k, size_t n)
{
    gsl_set_error_handler_off();
    return k >= n ? 0 : gsl_cdf_binomial_Q((unsigned)k, 0.5, (unsigned)n);
}

void tjac_sort(double *x, size_t n)
{
    gsl_sort(x, 1, n);
}

typedef struct {
    double value;
    size_t position;
} keyed;

static int by_value(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (isnan(x->value) != isnan(y->value))
        return isnan(x->value) ? 1 : -1;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return x->position < y->position ? -1 : x->position > y->position;
}

tjac_code tjac_sort_order(const double *x, size_t n, size_t *order, tjac_err *err)
{
    keyed *key = tjac_alloc(n, sizeof *key, err);
    if (key == NULL)
        return err->code;
    for (size_t i = 0; i < n; i++)
        key[i] = (keyed){x[i], i};
    qsort(key, n, sizeof *key, by_value);
    for (size_t i = 0; i < n; i++)
        order[i] = key[i].position;
    free(key);
    return TJAC_OK;
}

double tjac_quantile_sorted(const double *x, size_t n, double q)
{
    return gsl_stats_quantile_from_sorted_data(x, 1, n, q);
}

double tjac_choose(size_t n, size_t k)
{
    double c = 1;
    for (size_t i = 0; i < k; i++)
        c = round(c * (double)(n - i) / (double)(i + 1)); /* whole at every step */
    return c;
}

const char *tjac_numeric_version(void)
{
    return gsl_version;
}
