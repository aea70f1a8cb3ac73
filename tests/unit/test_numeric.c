#include "base/numeric.h"

#include "test.h"

/* The numbers are those of numpy.random.RandomState (make_h5ad.py prints them). */

static void below_gives_numpys_numbers(test *t)
{
    static const uint64_t want[] = {102, 270, 106, 71, 188, 20};
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    if (!CHECK_OK(t, tjac_rng_new(42, &rng, &err), &err))
        return;
    for (size_t i = 0; i < 6; i++)
        CHECK(t, tjac_rng_below(rng, 280) == want[i]);
    tjac_rng_free(rng);
}

static void below_is_even(test *t)
{
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    size_t count[5] = {0};
    if (!CHECK_OK(t, tjac_rng_new(3, &rng, &err), &err))
        return;
    for (size_t i = 0; i < 100000; i++) {
        uint64_t k = tjac_rng_below(rng, 5);
        if (!CHECK(t, k < 5))
            break;
        count[k]++;
    }
    /* sd of a count is 126; folding three bits onto five would give 25000 to some */
    for (size_t k = 0; k < 5; k++)
        CHECK(t, count[k] > 19400 && count[k] < 20600);
    for (size_t i = 0; i < 10; i++)
        CHECK(t, tjac_rng_below(rng, 1) == 0);
    int high = 0;
    for (size_t i = 0; i < 200; i++)
        high |= tjac_rng_below(rng, UINT32_MAX) > UINT32_MAX / 2;
    CHECK(t, high);
    tjac_rng_free(rng);
}

static void shuffle_gives_numpys_order(test *t)
{
    static const size_t want[] = {8, 5, 0, 2, 1, 9, 7, 3, 6, 4};
    size_t items[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    if (!CHECK_OK(t, tjac_rng_new(7, &rng, &err), &err))
        return;
    tjac_rng_shuffle(rng, items, 10);
    CHECK(t, memcmp(items, want, sizeof want) == 0);
    tjac_rng_shuffle(rng, items, 1);
    tjac_rng_shuffle(rng, items, 0);
    CHECK(t, memcmp(items, want, sizeof want) == 0);
    tjac_rng_free(rng);
}

static void uniform_is_in_its_range(test *t)
{
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    double sum = 0;
    if (!CHECK_OK(t, tjac_rng_new(UINT32_MAX, &rng, &err), &err))
        return;
    for (size_t i = 0; i < 10000; i++) {
        double x = tjac_rng_uniform(rng);
        if (!CHECK(t, x >= 0 && x < 1))
            break;
        sum += x;
    }
    CHECK_NEAR(t, sum, 5000, 0.03);
    tjac_rng_free(rng);
}

static void seeds(test *t)
{
    tjac_err err = {0};
    tjac_rng *rng = NULL, *zero = NULL, *its_default = NULL;
    CHECK(t, tjac_rng_new((uint64_t)UINT32_MAX + 1, &rng, &err) == TJAC_EUSAGE);
    CHECK(t, rng == NULL);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "seed 4294967296 is too large");
    if (CHECK_OK(t, tjac_rng_new(0, &zero, &err), &err) &&
        CHECK_OK(t, tjac_rng_new(4357, &its_default, &err), &err))
        CHECK(t, tjac_rng_below(zero, UINT32_MAX) == tjac_rng_below(its_default, UINT32_MAX));
    tjac_rng_free(zero);
    tjac_rng_free(its_default);
    tjac_rng_free(NULL);
}

static void order_keeps_ties_as_they_stand(test *t)
{
    const double x[] = {2, NAN, -0.0, INFINITY, 0, 2, NAN, -INFINITY};
    const size_t want[] = {7, 2, 4, 0, 5, 3, 1, 6};
    size_t order[8];
    tjac_err err = {0};
    CHECK_OK(t, tjac_sort_order(x, 8, order, &err), &err);
    CHECK(t, memcmp(order, want, sizeof want) == 0);
    CHECK_OK(t, tjac_sort_order(x, 0, order, &err), &err);
}

int main(void)
{
    test t = {0};
    below_gives_numpys_numbers(&t);
    below_is_even(&t);
    shuffle_gives_numpys_order(&t);
    uniform_is_in_its_range(&t);
    seeds(&t);
    order_keeps_ties_as_they_stand(&t);
    CHECK(&t, tjac_numeric_version()[0] != '\0');
    return test_end(&t);
}
