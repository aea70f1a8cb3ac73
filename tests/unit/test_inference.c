/* Tests and intervals against other ways to compute them; tests/stats has scipy's numbers. */
#include "test.h"
#include "base/numeric.h"
#include "stats/inference.h"

/* ---- against brute force ---- */

/* The difference of means between the n1 values whose bit is set and the others; NaN when there are
 * not n1. */
static double effect_of(const double *all, size_t n1, size_t n, unsigned bits)
{
    double in = 0, out = 0;
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        k += bits >> i & 1u;
        in += bits >> i & 1 ? all[i] : 0;
        out += bits >> i & 1 ? 0 : all[i];
    }
    return k == n1 ? in / (double)n1 - out / (double)(n - n1) : NAN;
}

/* The share of all subsets with at least (at most) the effect of the first n1 values. */
static double brute_force(const double *all, size_t n1, size_t n, bool lower)
{
    size_t hits = 0, ways = 0;
    double observed = effect_of(all, n1, n, (1u << n1) - 1);
    for (unsigned bits = 0; bits < 1u << n; bits++) {
        double effect = effect_of(all, n1, n, bits);
        if (isnan(effect))
            continue;
        ways++;
        if (lower ? effect <= observed + 1e-12 : effect >= observed - 1e-12)
            hits++;
    }
    return (double)hits / (double)ways;
}

static void test_permutation(test *t)
{
    static const size_t sizes[][2] = {{1, 5}, {3, 3}, {4, 3}, {5, 7}, {7, 5}, {2, 11}};
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    CHECK_OK(t, tjac_rng_new(3, &rng, &err), &err);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int tied = 0; tied < 3; tied++) {
            size_t n1 = sizes[s][0], n = n1 + sizes[s][1];
            double all[16];
            tjac_permutation p;
            for (size_t i = 0; i < n; i++)
                all[i] = tied ? (double)tjac_rng_below(rng, tied == 1 ? 3 : 10) * 0.1
                              : tjac_rng_uniform(rng); /* sums that rounding alone tells apart */
            double up = brute_force(all, n1, n, false), down = brute_force(all, n1, n, true);
            CHECK_OK(t,
                     tjac_permutation_test(all, n1, all + n1, n - n1, 100000, false, 1, &p, &err),
                     &err);
            CHECK(t, p.exact);
            CHECK_NEAR(t, p.p, up, 1e-12);
            CHECK_NEAR(t, p.p_min, 1 / tjac_choose(n, n1), 1e-12);
            CHECK_OK(t, tjac_permutation_test(all, n1, all + n1, n - n1, 100000, true, 1, &p, &err),
                     &err);
            CHECK_NEAR(t, p.p, fmin(1, 2 * fmin(up, down)), 1e-12);
            CHECK_NEAR(t, p.p_min, 2 / tjac_choose(n, n1), 1e-12);
        }
    tjac_rng_free(rng);
}

/* 3 against 3 can never be below 0.05; 4 against 3 reach 1/35. */
/* Exact as long as there are no more ways to choose than permutations allowed. */
static void test_exact_or_not(test *t)
{
    const double x[] = {1, 2, 4, 8}, y[] = {3, 5, 7, 9};
    tjac_err err = {0};
    tjac_permutation p;
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 4, 70, false, 1, &p, &err), &err);
    CHECK(t, p.exact);
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 4, 69, false, 1, &p, &err), &err);
    CHECK(t, !p.exact);
}

/* Known from the sizes alone: of all ways, of a sample, of nothing. */
static void test_p_min(test *t)
{
    CHECK(t, tjac_permutation_p_min(3, 3, 9999, false) == 0.05);
    CHECK(t, tjac_permutation_p_min(4, 3, 35, true) == 2.0 / 35);
    CHECK(t, tjac_permutation_p_min(4, 3, 34, false) == 1.0 / 35); /* (b + 1) / (m + 1) */
    CHECK(t, tjac_permutation_p_min(4, 3, 9, true) == 0.2);
    CHECK(t, tjac_permutation_p_min(1, 1, 9999, true) == 1);
    CHECK(t, tjac_permutation_p_min(1000, 1024, 9999, false) == 1e-4);
    CHECK(t, isnan(tjac_permutation_p_min(0, 3, 9999, false)));
    CHECK(t, isnan(tjac_permutation_p_min(3, 0, 9999, false)));
}

static void test_smallest(test *t)
{
    const double x[] = {10, 11, 12, 13}, y[] = {1, 2, 3};
    tjac_err err = {0};
    tjac_permutation p;
    CHECK_OK(t, tjac_permutation_test(x, 3, y, 3, 9999, false, 1, &p, &err), &err);
    CHECK_NEAR(t, p.p, 0.05, 1e-12);
    CHECK_NEAR(t, p.p_min, 0.05, 1e-12);
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 3, 9999, false, 1, &p, &err), &err);
    CHECK_NEAR(t, p.p, 1.0 / 35, 1e-12);
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 3, 9999, true, 1, &p, &err), &err);
    CHECK_NEAR(t, p.p, 2.0 / 35, 1e-12);
    CHECK_NEAR(t, p.effect, 9.5, 1e-12);
    CHECK_OK(t, tjac_permutation_test(y, 3, x, 4, 9999, false, 1, &p, &err), &err);
    CHECK_NEAR(t, p.p, 1, 1e-12); /* the sign counts */
}

/* Random permutations: never 0, near the exact p, the same for the same seed. */
static void test_sampled(test *t)
{
    double x[4], y[30], least = 1;
    tjac_err err = {0};
    tjac_permutation exact, one, again;
    for (size_t i = 0; i < 30; i++)
        y[i] = (double)(i * i % 31);
    for (size_t i = 0; i < 4; i++)
        x[i] = 20 + (double)i;
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 30, 100000, false, 1, &exact, &err), &err);
    CHECK(t, exact.exact);
    for (uint64_t seed = 0; seed < 20; seed++) {
        CHECK_OK(t, tjac_permutation_test(x, 4, y, 30, 9999, false, seed, &one, &err), &err);
        CHECK_OK(t, tjac_permutation_test(x, 4, y, 30, 9999, false, seed, &again, &err), &err);
        CHECK(t, !one.exact && one.p == again.p);
        CHECK_NEAR(t, one.p_min, 1e-4, 1e-12);
        /* five standard errors of a binomial share */
        CHECK(t, fabs(one.p - exact.p) < 5 * sqrt(exact.p * (1 - exact.p) / 9999));
        least = fmin(least, one.p);
    }
    for (size_t i = 0; i < 4; i++)
        x[i] += 1000;
    CHECK_OK(t, tjac_permutation_test(x, 4, y, 30, 999, false, 1, &one, &err), &err);
    CHECK(t, one.p >= 1e-3 && one.p < 5e-3); /* C(34,4) = 46,376 ways: few hits, but its own */
}

/* ---- against closed forms ---- */

static void test_rank_sum(test *t)
{
    const double x[] = {3, 5, 8}, y[] = {1, 2, 4, 6}, tied[] = {3, 4, 4};
    tjac_err err = {0};
    tjac_mann_whitney m;
    CHECK_OK(t, tjac_mann_whitney_test(x, 3, y, 4, false, &m, &err), &err);
    CHECK(t, m.U == 9 && m.exact); /* pairs in which x is above y: 2 + 3 + 4 */
    CHECK_NEAR(t, m.auc, 0.75, 1e-12);
    CHECK_NEAR(t, m.p, 7.0 / 35, 1e-12); /* scipy.stats.mannwhitneyu */
    CHECK_OK(t, tjac_mann_whitney_test(tied, 3, y, 4, false, &m, &err), &err);
    CHECK(t, m.U == 7 && !m.exact); /* 2 + 2.5 + 2.5 */
    /* one against many: U is uniform on 0 .. n, so P(U >= u) = (n + 1 - u) / (n + 1) */
    double many[2016], one = 1999.5;
    for (size_t i = 0; i < 2016; i++)
        many[i] = (double)i;
    CHECK_OK(t, tjac_mann_whitney_test(&one, 1, many, 2016, false, &m, &err), &err);
    CHECK(t, m.exact && m.U == 2000);
    CHECK_NEAR(t, m.p, 17.0 / 2017, 1e-12);
    CHECK_OK(t, tjac_mann_whitney_test(many, 2016, &one, 1, false, &m, &err), &err);
    CHECK_NEAR(t, m.p, 2001.0 / 2017, 1e-12);
    /* eight at the top of 2,016 others: one order of C(2024, 8) */
    double top[8];
    for (size_t i = 0; i < 8; i++)
        top[i] = 3000 + (double)i;
    CHECK_OK(t, tjac_mann_whitney_test(top, 8, many, 2016, false, &m, &err), &err);
    CHECK_NEAR(t, m.p, 1 / tjac_choose(2024, 8), 1e-10);
    CHECK_OK(t, tjac_mann_whitney_test(top, 8, many, 2016, true, &m, &err), &err);
    CHECK_NEAR(t, m.p, 2 / tjac_choose(2024, 8), 1e-10);
}

/* Every order of 5 among 6 others: P(U >= u) of each U by counting. */
static void test_rank_orders(test *t)
{
    enum { N1 = 5, N = 11, MOST = N1 * (N - N1) };
    size_t count[MOST + 1] = {0}, above = 0, ways = 0;
    double by_u[MOST + 1][N]; /* one order for each U, its group first */
    tjac_err err = {0};
    for (unsigned bits = 0; bits < 1u << N; bits++) {
        double order[N];
        size_t k = 0, others = 0, u = 0;
        for (size_t i = 0; i < N; i++) {
            if (bits >> i & 1u) {
                u += others;
                k++;
            } else {
                others++;
            }
        }
        if (k != N1)
            continue;
        for (size_t i = 0, a = 0, b = N1; i < N; i++)
            order[bits >> i & 1u ? a++ : b++] = (double)i;
        memcpy(by_u[u], order, sizeof order);
        count[u]++;
        ways++;
    }
    for (size_t u = MOST + 1; u-- > 0;) {
        tjac_mann_whitney m;
        above += count[u];
        CHECK_OK(t, tjac_mann_whitney_test(by_u[u], N1, by_u[u] + N1, N - N1, false, &m, &err),
                 &err);
        CHECK(t, m.U == (double)u && m.exact);
        CHECK_NEAR(t, m.p, (double)above / (double)ways, 1e-12);
    }
}

static void test_fieller(test *t)
{
    tjac_interval i;
    CHECK(t, tjac_fieller(2, 4, 0, 0, 0, 1.96, &i)); /* no noise: the ratio itself */
    CHECK_NEAR(t, i.lo, 0.5, 1e-12);
    CHECK_NEAR(t, i.hi, 0.5, 1e-12);
    /* the limits solve (a - r b)^2 = z^2 (va - 2 r c + r^2 vb), and hold a / b between them */
    const double a = -3, b = 2, va = 0.5, vb = 0.2, c = 0.1, z = 1.959963984540054;
    CHECK(t, tjac_fieller(a, b, va, vb, c, z, &i));
    CHECK(t, i.lo < a / b && a / b < i.hi);
    const double limit[] = {i.lo, i.hi};
    for (int k = 0; k < 2; k++) {
        double r = limit[k];
        CHECK_NEAR(t, (a - r * b) * (a - r * b), z * z * (va - 2 * r * c + r * r * vb), 1e-12);
    }
    /* b cannot be told from 0: unbounded, no limits */
    CHECK(t, !tjac_fieller(1, 0.3, 0.1, 0.0235, 0, z, &i) && isnan(i.lo) && isnan(i.hi));
    CHECK(t, tjac_fieller(1, 0.3, 0.1, 0.0233, 0, z, &i) && i.hi > i.lo); /* just bounded */
    CHECK(t, !tjac_fieller(1, 0, 0.1, 0, 0, z, &i));
    CHECK(t, !tjac_fieller(NAN, 1, 0.1, 0.1, 0, z, &i) && isnan(i.lo));
}

/* Of -a / b the limits are those of a / b, mirrored, to the last bit. */
static void test_fieller_mirrored(test *t)
{
    for (int k = 1; k < 200; k++) {
        double a = 0.013 * k, b = 1 + 0.7 / k, va = 1e-9 * k, vb = 1e-8, cab = 1e-10 * k;
        tjac_interval up, down;
        CHECK(t, tjac_fieller(a, b, va, vb, cab, 1.96, &up));
        CHECK(t, tjac_fieller(-a, b, va, vb, -cab, 1.96, &down));
        CHECK(t, down.lo == -up.hi && down.hi == -up.lo);
    }
}

static void test_correlation(test *t)
{
    const double x[] = {1, 2, 3, 4}, y[] = {2, 4, 6, 8}, z[] = {1, 1, 1, 1}, w[] = {9, 1, 4, 4};
    tjac_err err = {0};
    double rho, p, r;
    CHECK_NEAR(t, tjac_pearson(x, y, 4), 1, 1e-15);
    CHECK(t, isnan(tjac_pearson(x, z, 4)) && isnan(tjac_pearson(x, y, 1)));
    CHECK_OK(t, tjac_spearman(x, w, 4, &rho, &err), &err);
    CHECK_NEAR(t, rho, -0.316227766016838, 1e-12); /* scipy.stats.spearmanr */
    tjac_point_biserial(x, 2, y, 2, &r, &p);       /* 1 2 against 2 4 */
    CHECK_NEAR(t, r, -0.688247201611685, 1e-12);
    CHECK_NEAR(t, p, 0.311752798388315, 1e-12);
}

/* What is perfect is 1, not 1 and a rounding error, whose p would be undefined. */
static void test_perfect(test *t)
{
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    CHECK_OK(t, tjac_rng_new(5, &rng, &err), &err);
    for (size_t k = 0; k < 300; k++) {
        double x[5], y[5], r, p, a = tjac_rng_uniform(rng), b = tjac_rng_uniform(rng);
        for (size_t i = 0; i < 5; i++) {
            x[i] = tjac_rng_uniform(rng);
            y[i] = -3 * x[i];
        }
        r = tjac_pearson(x, y, 5);
        CHECK(t, r >= -1 && r < -1 + 1e-12);
        for (size_t i = 0; i < 5; i++) { /* two constants */
            x[i] = a;
            y[i] = b;
        }
        tjac_point_biserial(x, 1 + k % 5, y, 5 - k % 4, &r, &p);
        CHECK(t, fabs(r) <= 1 && fabs(r) > 1 - 1e-9 && p >= 0 && p < 1e-3);
    }
    tjac_rng_free(rng);
}

static void test_discovery(test *t)
{
    const double p[] = {0.01, NAN, 0.04, 0.03, 0.5}; /* of four: 0.04, 0.0533, 0.0533, 0.5 */
    double q[5];
    tjac_err err = {0};
    CHECK_OK(t, tjac_false_discovery(p, 5, q, &err), &err);
    CHECK_NEAR(t, q[0], 0.04, 1e-12);
    CHECK(t, isnan(q[1]));
    CHECK_NEAR(t, q[2], 0.04 * 4 / 3, 1e-12);
    CHECK_NEAR(t, q[3], 0.04 * 4 / 3, 1e-12);
    CHECK_NEAR(t, q[4], 0.5, 1e-12);
    CHECK_OK(t, tjac_false_discovery(p, 0, q, &err), &err);
}

/* ---- against scipy.stats.binom.sf, t and ttest_ind, and numpy's RandomState ---- */

static void test_binomial(test *t)
{
    CHECK_NEAR(t, tjac_binomial_upper(3, 4), 0.3125, 1e-12);
    CHECK_NEAR(t, tjac_binomial_upper(13, 17), 0.0245208740234375, 1e-12);
    CHECK_NEAR(t, tjac_binomial_upper(1100, 2024), 4.968629535119087e-05, 1e-11);
    CHECK(t, tjac_binomial_upper(0, 5) == 1 && tjac_binomial_upper(6, 5) == 0);
    CHECK_NEAR(t, tjac_binomial_upper(5, 5), 1.0 / 32, 1e-14);
    CHECK_NEAR(t, tjac_t_quantile(0.975, 2.5), 3.5746548420036817, 1e-12);
    CHECK(t, isnan(tjac_t_quantile(NAN, 2)) && isnan(tjac_t_quantile(0.9, NAN)));
}

static void test_welch(test *t)
{
    const double x[] = {1.5, 2.25, 0.5, 3}, y[] = {.25, -1, .5, 0, 1.25, -.75, .125};
    static const struct {
        double r, se, df, lo, hi, p, mde80;
    } want[] = {/* the first: ttest_ind with equal_var False, and its confidence interval */
                {0, 0.6057187429642832, 4.770392953014595, 0.17906539558487045, 3.338791747272272,
                 0.017784420744729593, 1.7930957006929669},
                {-0.3, 0.6057187429642832, 4.770392953014595, 0.17906539558487045,
                 3.338791747272272, 0.017784420744729593, 1.7930957006929669},
                {0.4, 1.061749434774937, 3.4767677566798336, -1.3724429709612644, 4.890300113818407,
                 0.0917783040555915, 3.3817451723832734},
                {0.99, 4.694546857320545, 3.022356697407893, -13.118888880122427, 16.63674602297957,
                 0.3663245671661878, 15.602856156193429}};
    tjac_welch w;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        tjac_welch_make(x, 4, y, 7, want[i].r, 0.05, &w);
        CHECK_NEAR(t, w.se, want[i].se, 1e-12);
        CHECK_NEAR(t, w.df, want[i].df, 1e-12);
        CHECK_NEAR(t, w.limits.lo, want[i].lo, 1e-11);
        CHECK_NEAR(t, w.limits.hi, want[i].hi, 1e-11);
        CHECK_NEAR(t, w.p, want[i].p, 1e-11);
        CHECK_NEAR(t, w.mde80, want[i].mde80, 1e-11);
    }
}

/* Too few, no correlation, no spread, a number that is none: nothing is a number. */
static void test_welch_undefined(test *t)
{
    const double x[] = {1, 2, 4}, y[] = {3, 5}, same[] = {2, 2, 2}, bad[] = {1, INFINITY, NAN};
    const struct {
        const double *x;
        size_t n1;
        const double *y;
        size_t n2;
        double r;
    } none[] = {{x, 2, y, 2, 0},       {x, 3, y, 1, 0},   {x, 3, y, 2, NAN},
                {same, 3, same, 3, 0}, {bad, 3, y, 2, 0}, {x, 3, bad, 2, 0}};
    tjac_welch w;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        tjac_welch_make(none[i].x, none[i].n1, none[i].y, none[i].n2, none[i].r, 0.05, &w);
        CHECK(t, isnan(w.se) && isnan(w.df) && isnan(w.limits.lo) && isnan(w.limits.hi));
        CHECK(t, isnan(w.p) && isnan(w.mde80));
    }
    tjac_welch_make(x, 3, same, 2, 0, 0.05, &w); /* a spread in one of them is one */
    CHECK(t, w.se > 0 && w.df == 2);
}

/* Limits of numpy: for every round the KDs of as many clusters as there are, each
 * RandomState(seed).randint(n), then corrcoef; quantile of them all. */
static void test_clusters(test *t)
{
    const double x[] = {1, 2, 4, 3, 5, 8, 7, 9, 6, 2.5};
    const double y[] = {2, 1, 3, 5, 4, 9, 6, 8, 8.5, 1.5};
    const size_t six[] = {0, 1, 0, 2, 3, 1, 4, 5, 0, 3}, own[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    tjac_err err = {0};
    tjac_interval i;
    tjac_clustered d = {x, y, six, 10, 6};
    CHECK_OK(t, tjac_bootstrap_clusters(&d, 500, 0.05, 7, &i, &err), &err);
    CHECK_NEAR(t, i.lo, 0.781017789826936, 1e-12);
    CHECK_NEAR(t, i.hi, 0.981778206713351, 1e-12);
    d = (tjac_clustered){x, y, own, 10, 10};
    CHECK_OK(t, tjac_bootstrap_clusters(&d, 500, 0.1, 3, &i, &err), &err);
    CHECK_NEAR(t, i.lo, 0.7780393407188184, 1e-12);
    CHECK_NEAR(t, i.hi, 0.9589781440274538, 1e-12);
    const double same[] = {2, 2, 2};
    d = (tjac_clustered){x, same, own, 3, 3};
    CHECK_OK(t, tjac_bootstrap_clusters(&d, 50, 0.05, 1, &i, &err), &err);
    CHECK(t, isnan(i.lo) && isnan(i.hi));
    d = (tjac_clustered){x, y, own, 0, 0};
    CHECK_OK(t, tjac_bootstrap_clusters(&d, 50, 0.05, 1, &i, &err), &err);
    CHECK(t, isnan(i.lo) && isnan(i.hi));
}

/* ---- nothing that is undefined becomes a number ---- */

static void test_undefined(test *t)
{
    const double x[] = {1, 2, NAN}, y[] = {3, 4, 5}, same[] = {2, 2, 2};
    tjac_err err = {0};
    tjac_permutation p;
    tjac_mann_whitney m;
    double r, q, rank[3];
    static const size_t sizes[][2] = {{3, 3}, {0, 3}, {2, 0}, {0, 0}};
    for (size_t k = 0; k < 4; k++) {
        size_t a = sizes[k][0], b = sizes[k][1];
        CHECK_OK(t, tjac_permutation_test(x, a, y, b, 999, false, 1, &p, &err), &err);
        CHECK(t, isnan(p.p) && isnan(p.p_min) && isnan(p.effect));
        CHECK_OK(t, tjac_mann_whitney_test(x, a, y, b, true, &m, &err), &err);
        CHECK(t, isnan(m.p) && isnan(m.auc));
        tjac_point_biserial(x, a, y, b, &r, &q);
        CHECK(t, isnan(r) && isnan(q));
    }
    CHECK_OK(t, tjac_permutation_test(same, 3, same, 3, 999, false, 1, &p, &err), &err);
    CHECK(t, p.effect == 0 && p.p == 1); /* all labels alike: defined */
    CHECK_OK(t, tjac_mann_whitney_test(same, 3, same, 3, false, &m, &err), &err);
    CHECK(t, m.auc == 0.5 && isnan(m.p)); /* no spread to divide by */
    tjac_point_biserial(same, 3, same, 3, &r, &q);
    CHECK(t, isnan(r) && isnan(q));
    tjac_point_biserial(y, 1, y + 1, 1, &r, &q);
    CHECK(t, isnan(r)); /* two values are perfect whatever they are */
    CHECK_OK(t, tjac_midranks(x, 3, rank, &err), &err);
    CHECK(t, isnan(rank[0]));
    double values[] = {NAN, 1, NAN, 2};
    tjac_interval i = tjac_percentile_limits(values, 4, 0.05);
    CHECK(t, isnan(i.lo)); /* half of the rounds are undefined */
    CHECK(t, isnan(tjac_normal_upper(NAN)) && isnan(tjac_t_upper(NAN, 3)));
    CHECK(t, tjac_t_upper(INFINITY, 3) == 0);
}

/* ---- the null, simulated ---- */

static double normal(tjac_rng *rng)
{
    double u = 0;
    while (u == 0)
        u = tjac_rng_uniform(rng);
    return tjac_normal_quantile(u);
}

enum { PAIRS = 20, SIMULATIONS = 2000 };

/* One simulated run without an effect: KDs differ by kd_sd, pairs by 1. Rejected at 0.05 by the
 * test over KDs, and by a Mann-Whitney test over triples. */
static void simulate(test *t, tjac_rng *rng, size_t n1, size_t n2, double kd_sd, bool rejected[2])
{
    double kd[64], triple[64 * PAIRS];
    tjac_err err = {0};
    tjac_permutation p;
    tjac_mann_whitney m;
    for (size_t k = 0; k < n1 + n2; k++) {
        double shift = kd_sd * normal(rng);
        kd[k] = 0;
        for (size_t i = 0; i < PAIRS; i++) {
            triple[k * PAIRS + i] = shift + normal(rng);
            kd[k] += triple[k * PAIRS + i] / PAIRS;
        }
    }
    CHECK_OK(t, tjac_permutation_test(kd, n1, kd + n1, n2, 999, false, 1, &p, &err), &err);
    CHECK_OK(
        t,
        tjac_mann_whitney_test(triple, n1 * PAIRS, triple + n1 * PAIRS, n2 * PAIRS, true, &m, &err),
        &err);
    rejected[0] = p.p <= 0.05;
    rejected[1] = m.p <= 0.05;
}

static void test_null(test *t)
{
    static const size_t sizes[][2] = {{4, 3}, {5, 20}};
    static const double spread[] = {0, 0.3, 1};
    const double bound = 0.05 + 3.3 * sqrt(0.05 * 0.95 / SIMULATIONS);
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    double by_triple = 0;
    CHECK_OK(t, tjac_rng_new(11, &rng, &err), &err);
    for (size_t s = 0; s < 2; s++)
        for (size_t k = 0; k < 3; k++) {
            size_t hits[2] = {0, 0};
            for (size_t i = 0; i < SIMULATIONS; i++) {
                bool rejected[2];
                simulate(t, rng, sizes[s][0], sizes[s][1], spread[k], rejected);
                hits[0] += rejected[0];
                hits[1] += rejected[1];
            }
            CHECK(t, (double)hits[0] / SIMULATIONS <= bound);
            if (s == 0 && k == 2)
                by_triple = (double)hits[1] / SIMULATIONS;
        }
    CHECK(t, by_triple > 0.5 && by_triple < 0.65); /* measured 0.57: why the unit is the KD */
    tjac_rng_free(rng);
}

int main(void)
{
    test t = {0};
    test_permutation(&t);
    test_exact_or_not(&t);
    test_p_min(&t);
    test_smallest(&t);
    test_sampled(&t);
    test_rank_sum(&t);
    test_rank_orders(&t);
    test_fieller(&t);
    test_fieller_mirrored(&t);
    test_correlation(&t);
    test_perfect(&t);
    test_discovery(&t);
    test_binomial(&t);
    test_welch(&t);
    test_welch_undefined(&t);
    test_clusters(&t);
    test_undefined(&t);
    test_null(&t);
    return test_end(&t);
}
