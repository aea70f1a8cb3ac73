/* Grids of block means against numpy's numbers. */
#include "test.h"
#include "stats/grid.h"

static const tjac_grid three_by_four = {3, 4};
static const double x[12] = {2.5, -1.25, 0.75, 3, 0.5, 1.125, -2, 0.25, -0.625, 4, 1.5, -3.5};

static void test_means(test *t)
{
    tjac_grid_means m = tjac_grid_mean(x, three_by_four);
    CHECK_NEAR(t, m.row, 2.5 / 3, 1e-14);
    CHECK_NEAR(t, m.col, -0.0625, 1e-14);
    CHECK_NEAR(t, m.matched, 1.375 / 6, 1e-14);
    CHECK(t, tjac_grid_cells(three_by_four) == 12);
}

static void test_routing(test *t)
{
    CHECK_NEAR(t, tjac_grid_routing(x, three_by_four), 1.9583333333333333, 1e-14);
    const double row[] = {2.958333333333333, 0.9583333333333331};
    const double col[] = {-0.25, 2.15625, 3.96875};
    for (size_t i = 0; i < 2; i++)
        CHECK_NEAR(t, tjac_grid_routing_without(x, three_by_four, i + 1, 0), row[i], 1e-14);
    for (size_t i = 0; i < 3; i++)
        CHECK_NEAR(t, tjac_grid_routing_without(x, three_by_four, 0, i + 1), col[i], 1e-14);
    CHECK_NEAR(t, tjac_grid_routing_without(x, three_by_four, 2, 3), 1.8125, 1e-14);
}

static void test_centre(test *t)
{
    const double want[] = {0.9791666666666667,  -3.2708333333333335, -0.0625,  2.3541666666666665,
                           0.26041666666666674, 0.38541666666666663, -1.53125, 0.8854166666666667,
                           -1.239583333333333,  2.8854166666666665,  1.59375,  -3.239583333333333};
    double got[12];
    tjac_grid_centre(x, three_by_four, got);
    for (size_t i = 0; i < 12; i++)
        CHECK_NEAR(t, got[i], want[i], 1e-13);
    CHECK(t, tjac_grid_at_least(got, three_by_four) == 4);
    CHECK_NEAR(t, tjac_grid_z(got, three_by_four), 0.49822699466987674, 1e-13);
    CHECK_NEAR(t, got[0], tjac_grid_routing(x, three_by_four) * 2 * 3 / 12, 1e-13);
}

/* What a row, or a column, has in common with itself is gone. */
static void test_additive(test *t)
{
    double more[12], before[12], after[12];
    for (size_t i = 0; i < 12; i++)
        more[i] = x[i] + (i < 4 ? 100 : 0) + (i % 4 == 0 ? -30 : 0) + 7;
    tjac_grid_centre(x, three_by_four, before);
    tjac_grid_centre(more, three_by_four, after);
    for (size_t i = 0; i < 12; i++)
        CHECK(t, fabs(after[i] - before[i]) < 1e-12);
    CHECK(t, fabs(tjac_grid_routing(more, three_by_four) - tjac_grid_routing(x, three_by_four)) <
                 1e-12);
}

/* Ties that rounding makes unequal count; what is smaller by more does not. */
static void test_ties(test *t)
{
    const tjac_grid g = {2, 2}, long_one = {2, 3};
    const double two[] = {0.1, 0.7, 0.3, 0.2}, three[] = {4, 1, 1, 0, 0, 0};
    const double near[] = {0.3, 0.1 + 0.2, 0.3 - 1e-15, 0.3 - 1e-11};
    const double far[] = {3e6, 3e6 - 1e-7, 3e6 - 1e-5, 4e6};
    double centred[6];
    tjac_grid_centre(two, g, centred);
    CHECK_NEAR(t, centred[0], -0.175, 1e-13);
    CHECK(t, tjac_grid_at_least(centred, g) == 4);
    for (size_t i = 0; i < 4; i++)
        centred[i] *= -1;
    CHECK(t, tjac_grid_at_least(centred, g) == 2); /* (1, 1) always ties with (0, 0) */
    tjac_grid_centre(three, long_one, centred);
    CHECK(t, tjac_grid_at_least(centred, long_one) == 1); /* with a row more it need not */
    CHECK(t, tjac_grid_at_least(near, g) == 3);
    CHECK(t, tjac_grid_at_least(far, g) == 3); /* relative to the largest */
}

static void test_p_min(test *t)
{
    CHECK(t, tjac_grid_p_min((tjac_grid){2, 2}) == 0.5);
    CHECK_NEAR(t, tjac_grid_p_min((tjac_grid){2, 3}), 1.0 / 6, 1e-15);
    CHECK_NEAR(t, tjac_grid_p_min((tjac_grid){11, 11}), 1.0 / 121, 1e-15);
    CHECK(t,
          isnan(tjac_grid_p_min((tjac_grid){1, 5})) && isnan(tjac_grid_p_min((tjac_grid){5, 1})));
}

static void test_undefined(test *t)
{
    const double flat[4] = {3, 3, 3, 3}, broken[4] = {1, NAN, 2, 3};
    const tjac_grid g = {2, 2}, row = {1, 4}, col = {4, 1};
    double out[4];
    tjac_grid_centre(flat, g, out);
    CHECK(t, out[0] == 0 && isnan(tjac_grid_z(out, g)) && tjac_grid_at_least(out, g) == 4);
    CHECK(t, isnan(tjac_grid_routing(broken, g)));
    tjac_grid_centre(broken, g, out);
    CHECK(t, isnan(out[0]) && isnan(out[3]));
    for (int i = 0; i < 2; i++) {
        const tjac_grid one = i ? row : col;
        CHECK(t, isnan(tjac_grid_routing(flat, one)) && isnan(tjac_grid_mean(flat, one).matched));
        tjac_grid_centre(flat, one, out);
        CHECK(t, isnan(out[0]));
    }
    CHECK(t, isnan(tjac_grid_routing_without(flat, g, 1, 0))); /* nothing is left */
}

int main(void)
{
    test t = {0};
    test_means(&t);
    test_routing(&t);
    test_centre(&t);
    test_additive(&t);
    test_ties(&t);
    test_p_min(&t);
    test_undefined(&t);
    return test_end(&t);
}
