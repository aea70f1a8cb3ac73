/* The bootstrap over regulators and targets: coverage on simulated panels, draws and moments
 * against numpy's. */
#include "test.h"
#include "base/numeric.h"
#include "panel_case.h"
#include "stats/pigeonhole.h"

enum { REGULATORS = 12, TARGETS = 15, CROSSED = REGULATORS * TARGETS, ROUNDS = 300, KDS = 200 };

/* Pathway pairs 12 x 15, and as many of other genes. */
static const panel_shape shape = {REGULATORS, TARGETS, 1, 1, KDS};

static void run(test *t, const tjac_j_panel *j, size_t rounds, double alpha, uint64_t seed,
                tjac_pigeonhole *out)
{
    tjac_crossed crossed;
    tjac_err err = {0};
    CHECK_OK(t, tjac_crossed_make(j, &crossed, &err), &err);
    CHECK_OK(t, tjac_pigeonhole_run(&crossed, rounds, alpha, seed, out, &err), &err);
    tjac_crossed_free(&crossed);
}

static double normal(tjac_rng *rng)
{
    double u = 0;
    while (u == 0)
        u = tjac_rng_uniform(rng);
    return tjac_normal_quantile(u);
}

/* J = effect of the regulator + of the target + noise, all new under every KD. */
static void fill(tjac_j_panel *b, tjac_rng *rng, double truth)
{
    double regulator[2 * REGULATORS], target[2 * TARGETS];
    for (size_t k = 0; k < KDS; k++) {
        for (size_t i = 0; i < b->regulators.n; i++)
            regulator[i] = 0.5 * normal(rng);
        for (size_t i = 0; i < b->targets.n; i++)
            target[i] = 0.5 * normal(rng);
        for (size_t i = 0; i < b->n_pairs; i++)
            b->J[k * b->n_pairs + i] = regulator[b->pair[i].regulator] + target[b->pair[i].target] +
                                       normal(rng) +
                                       (b->pair[i].kind == TJAC_PAIR_PATHWAY ? truth : 0);
    }
}

/* The share of simulated panels whose 95 % interval holds the truth. */
static void test_coverage(test *t)
{
    const double truth = 0.3;
    enum { REPEATS = 5 };
    tjac_j_panel b;
    tjac_pigeonhole out[KDS];
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    size_t held = 0;
    panel_case_make(&b, shape);
    CHECK_OK(t, tjac_rng_new(17, &rng, &err), &err);
    for (uint64_t seed = 1; seed <= REPEATS; seed++) {
        fill(&b, rng, truth);
        run(t, &b, ROUNDS, 0.05, seed, out);
        for (size_t k = 0; k < KDS; k++)
            held += out[k].difference_lo <= truth && truth <= out[k].difference_hi;
    }
    double coverage = (double)held / (KDS * REPEATS);
    printf("95 %% intervals hold the truth in %.1f %%\n", 100 * coverage);
    CHECK(t, coverage >= 0.92 && coverage <= 0.99);
    tjac_rng_free(rng);
    panel_case_free(&b);
}

/* A KD's numbers do not depend on which KDs are summed beside it: among 16, or 64. */
static void test_lanes(test *t)
{
    static const size_t first[] = {11, 14, 62, 127, 198};
    tjac_j_panel b;
    tjac_pigeonhole all[KDS], some[KDS];
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    panel_case_make(&b, shape);
    CHECK_OK(t, tjac_rng_new(1, &rng, &err), &err);
    fill(&b, rng, 0);
    b.self[13 * b.n_pairs + 4] = 1;
    run(t, &b, 50, 0.05, 1, all);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        size_t k = first[i];
        tjac_j_panel rest = b;
        rest.kds.n = KDS - k;
        rest.J = b.J + k * b.n_pairs;
        rest.self = b.self + k * b.n_pairs;
        rest.kd_class = b.kd_class + k;
        run(t, &rest, 50, 0.05, 1, some);
        CHECK(t, memcmp(some, all + k, (KDS - k) * sizeof *some) == 0);
    }
    tjac_rng_free(rng);
    panel_case_free(&b);
}

/* numpy: genes of living pairs in order of first appearance, those of pathway pairs before those of
 * matched pairs alone; of each group as many RandomState(9).randint(n), regulators first; means
 * with the products of the counts as weights; var and cov with ddof 1, quantile. */
static void test_numbers(test *t)
{
    enum { FEW = 4, ALL = 200 };
    static const struct {
        size_t rounds;
        double var_pathway, var_matched, covariance, lo, hi;
    } want[] = {{190, 6.345892509050403, 8.055817699325157, 0.7209355399079709, -9.11, 2.0},
                {117, 0, 1.137403521188415, 0, -4.285714285714286, -0.9333333333333371},
                {173, 2.2952551119475433, 4.908398436916551, -0.3779204194112112,
                 -0.10000000000000003, 10.0}};
    tjac_j_panel j;
    tjac_pigeonhole out[FEW];
    panel_case_make(&j, (panel_shape){2, 2, 1, 2, FEW});
    for (size_t k = 0; k < FEW; k++)
        for (size_t i = 0; i < j.n_pairs; i++) /* 1 and 17: dead */
            j.J[k * j.n_pairs + i] =
                i == 1 || i == 17 ? 0 : (double)((k * 7 + i * 13 + k * i * 5) % 17) - 4;
    j.self[j.n_pairs + 2] = j.self[j.n_pairs + 3] = 1;
    j.self[2 * j.n_pairs + 16] = j.self[2 * j.n_pairs + 20] = 1;
    j.J[2 * j.n_pairs + 16] = NAN; /* the KD's own */
    j.J[3 * j.n_pairs + 21] = NAN; /* not so */
    run(t, &j, ALL, 0.1, 9, out);
    for (size_t k = 0; k < 3; k++) {
        CHECK(t, out[k].rounds == want[k].rounds);
        CHECK_NEAR(t, out[k].var_pathway, want[k].var_pathway, 1e-12);
        CHECK_NEAR(t, out[k].var_matched, want[k].var_matched, 1e-12);
        CHECK_NEAR(t, out[k].covariance, want[k].covariance, 1e-11);
        CHECK_NEAR(t, out[k].difference_lo, want[k].lo, 1e-12);
        CHECK_NEAR(t, out[k].difference_hi, want[k].hi, 1e-12);
    }
    CHECK(t, out[3].rounds == 0 && isnan(out[3].var_matched) && isnan(out[3].difference_lo));
    panel_case_free(&j);
}

/* A J that is NaN makes all of its KD undefined, and of no other, even where it was not drawn; no
 * matched pairs, of all. */
static void test_undefined(test *t)
{
    tjac_j_panel b;
    tjac_pigeonhole out[KDS];
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    panel_case_make(&b, shape);
    CHECK_OK(t, tjac_rng_new(1, &rng, &err), &err);
    fill(&b, rng, 0);
    b.J[3] = NAN;
    b.J[2 * b.n_pairs - 1] = NAN; /* of a matched pair, under KD 1 */
    for (uint64_t seed = 1; seed < 5; seed++) {
        run(t, &b, 1, 0.05, seed, out);
        CHECK(t, out[0].rounds == 0 && out[1].rounds == 0 && out[2].rounds == 1);
    }
    run(t, &b, 20, 0.05, 1, out);
    CHECK(t, isnan(out[0].var_pathway) && isnan(out[0].difference_lo) && isnan(out[0].covariance));
    CHECK(t, isnan(out[1].var_pathway) && out[1].rounds == 0);
    CHECK(t, isfinite(out[2].var_pathway) && out[2].rounds == 20);
    panel_case_free(&b);
    panel_case_make(&b, (panel_shape){REGULATORS, TARGETS, 0, 0, KDS});
    fill(&b, rng, 0);
    run(t, &b, 20, 0.05, 1, out);
    CHECK(t, isnan(out[1].var_pathway) && isnan(out[1].difference_hi) && out[1].rounds == 0);
    tjac_rng_free(rng);
    panel_case_free(&b);
}

int main(void)
{
    test t = {0};
    test_coverage(&t);
    test_lanes(&t);
    test_numbers(&t);
    test_undefined(&t);
    return test_end(&t);
}
