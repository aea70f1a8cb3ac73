/* The bootstrap over regulators and targets: coverage on simulated panels. Its draws and moments
 * are held to numpy's in tests/stats. */
#include "test.h"
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/pigeonhole.h"

enum { REGULATORS = 12, TARGETS = 15, CROSSED = REGULATORS * TARGETS, ROUNDS = 300, KDS = 200 };

static void add_genes(tjac_names *names, const char *prefix, size_t n)
{
    tjac_err err = {0};
    char name[32];
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s%zu", prefix, i);
        if (tjac_names_add(names, name, &err))
            abort();
    }
}

/* Pathway pairs 12 x 15; null pairs 12 x 15 of other genes (crossed), or 180 pairs that share no
 * gene. */
static void make_block(tjac_j_panel *b, bool crossed)
{
    tjac_err err = {0};
    size_t null_regulators = crossed ? REGULATORS : CROSSED,
           null_targets = crossed ? TARGETS : CROSSED;
    *b = (tjac_j_panel){.n_pairs = 2 * CROSSED};
    add_genes(&b->regulators, "R", REGULATORS + null_regulators);
    add_genes(&b->targets, "T", TARGETS + null_targets);
    add_genes(&b->kds, "K", KDS);
    b->pair = tjac_alloc(b->n_pairs, sizeof *b->pair, &err);
    b->kd_class = tjac_alloc(KDS, sizeof *b->kd_class, &err);
    b->J = tjac_alloc(KDS, b->n_pairs * sizeof *b->J, &err);
    b->self = tjac_alloc(KDS, b->n_pairs, &err);
    for (size_t i = 0; i < CROSSED; i++) {
        b->pair[i] = (tjac_j_pair){TJAC_PAIR_PATHWAY, i / TARGETS, i % TARGETS, 0};
        b->pair[CROSSED + i] =
            (tjac_j_pair){TJAC_PAIR_MATCHED, REGULATORS + (crossed ? i / TARGETS : i),
                          TARGETS + (crossed ? i % TARGETS : i), 0};
    }
}

static void free_block(tjac_j_panel *b)
{
    tjac_names_free(&b->regulators);
    tjac_names_free(&b->targets);
    tjac_names_free(&b->kds);
    free(b->pair);
    free(b->kd_class);
    free(b->J);
    free(b->self);
}

static double normal(tjac_rng *rng)
{
    double u = 0;
    while (u == 0)
        u = tjac_rng_uniform(rng);
    return tjac_normal_quantile(u);
}

/* J = effect of the regulator + of the target + noise, all new under every KD. Where the null is
 * not crossed the pathway's J are all the truth, so that the null alone is on trial. */
static void fill(tjac_j_panel *b, tjac_rng *rng, double truth, bool crossed)
{
    double regulator[REGULATORS + CROSSED], target[TARGETS + CROSSED];
    for (size_t k = 0; k < KDS; k++) {
        for (size_t i = 0; i < b->regulators.n; i++)
            regulator[i] = 0.5 * normal(rng);
        for (size_t i = 0; i < b->targets.n; i++)
            target[i] = 0.5 * normal(rng);
        for (size_t i = 0; i < b->n_pairs; i++) {
            double J = regulator[b->pair[i].regulator] + target[b->pair[i].target] + normal(rng);
            if (i < CROSSED)
                J = crossed ? J + truth : truth;
            b->J[k * b->n_pairs + i] = J;
        }
    }
}

/* The share of simulated panels whose 95 % interval holds the truth. */
static double coverage(test *t, bool crossed)
{
    const double truth = 0.3;
    enum { REPEATS = 5 };
    tjac_j_panel b;
    tjac_pigeonhole out[KDS];
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    size_t held = 0;
    make_block(&b, crossed);
    CHECK_OK(t, tjac_rng_new(17, &rng, &err), &err);
    for (uint64_t seed = 1; seed <= REPEATS; seed++) {
        fill(&b, rng, truth, crossed);
        CHECK_OK(t, tjac_pigeonhole_run(&b, ROUNDS, 0.05, seed, out, &err), &err);
        for (size_t k = 0; k < KDS; k++)
            held += out[k].difference_lo <= truth && truth <= out[k].difference_hi;
    }
    tjac_rng_free(rng);
    free_block(&b);
    return (double)held / (KDS * REPEATS);
}

/* A KD's numbers do not depend on which KDs are summed beside it. */
static void test_lanes(test *t)
{
    tjac_j_panel b, one;
    tjac_pigeonhole all[KDS], alone;
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    make_block(&b, true);
    CHECK_OK(t, tjac_rng_new(1, &rng, &err), &err);
    fill(&b, rng, 0, true);
    b.self[13 * b.n_pairs + 4] = 1;
    CHECK_OK(t, tjac_pigeonhole_run(&b, 50, 0.05, 1, all, &err), &err);
    for (size_t k = 11; k < 15; k++) {
        one = b;
        one.kds.n = 1;
        one.J = b.J + k * b.n_pairs;
        one.self = b.self + k * b.n_pairs;
        CHECK_OK(t, tjac_pigeonhole_run(&one, 50, 0.05, 1, &alone, &err), &err);
        CHECK(t, memcmp(&alone, &all[k], sizeof alone) == 0);
    }
    tjac_rng_free(rng);
    free_block(&b);
}

/* Without null pairs, or with a J that is NaN, nothing is a number. */
static void test_undefined(test *t)
{
    tjac_j_panel b;
    tjac_pigeonhole out[KDS];
    tjac_err err = {0};
    tjac_rng *rng = NULL;
    make_block(&b, true);
    CHECK_OK(t, tjac_rng_new(1, &rng, &err), &err);
    fill(&b, rng, 0, true);
    b.J[3] = NAN;
    CHECK_OK(t, tjac_pigeonhole_run(&b, 20, 0.05, 1, out, &err), &err);
    CHECK(t, isnan(out[0].var_pathway) && isnan(out[0].difference_lo) && isnan(out[0].covariance));
    CHECK(t, isfinite(out[1].var_pathway) && out[1].rounds == 20);
    b.n_pairs = CROSSED;
    CHECK_OK(t, tjac_pigeonhole_run(&b, 20, 0.05, 1, out, &err), &err);
    CHECK(t, isnan(out[1].var_pathway) && isnan(out[1].difference_hi) && out[1].rounds == 0);
    tjac_rng_free(rng);
    free_block(&b);
}

int main(void)
{
    test t = {0};
    double crossed = coverage(&t, true), uncrossed = coverage(&t, false);
    printf("95 %% intervals hold the truth in %.1f %% (crossed), %.1f %% (uncrossed null)\n",
           100 * crossed, 100 * uncrossed);
    CHECK(&t, crossed >= 0.92 && crossed <= 0.99);
    CHECK(&t, uncrossed > 0.99); /* product weights are too wide for pairs that share nothing */
    test_lanes(&t);
    test_undefined(&t);
    return test_end(&t);
}
