/* Scores of a KD by hand; numpy's numbers for a whole run are in tests/stats. */
#include "test.h"
#include "stats/scores.h"

enum { KDS = 4, PAIRS = 7 };

/* R0, R1 by T0, T1; two null pairs of which one is the regulator's; one unrelated. */
static tjac_j_pair pairs[PAIRS] = {
    {TJAC_PAIR_PATHWAY, 0, 0, 1},         {TJAC_PAIR_PATHWAY, 0, 1, -1},
    {TJAC_PAIR_PATHWAY, 1, 0, 0},         {TJAC_PAIR_PATHWAY, 1, 1, 1},
    {TJAC_PAIR_MATCHED, 0, 2, 0},         {TJAC_PAIR_MATCHED, 2, 0, 0},
    {TJAC_PAIR_UNRELATED_TARGET, 0, 3, 0}};

typedef struct {
    tjac_j_panel block;
    tjac_config_stats options;
    tjac_kd_score score[KDS];
    double J[KDS * PAIRS];
    unsigned char self[KDS * PAIRS];
    tjac_kd_class kd_class[KDS];
} fixture;

static void setup(fixture *f)
{
    static const char *const names[] = {"A", "B", "C", "D"};
    static const double J[PAIRS] = {1, -2, 3, 4, 0.5, -1.5, 5};
    tjac_err err = {0};
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < 4; i++)
        if (tjac_names_add(&f->block.regulators, names[i], &err) ||
            tjac_names_add(&f->block.targets, names[i], &err) ||
            tjac_names_add(&f->block.kds, names[i], &err))
            abort();
    f->block.pair = pairs;
    f->block.n_pairs = PAIRS;
    f->block.J = f->J;
    f->block.self = f->self;
    f->block.kd_class = f->kd_class;
    for (size_t k = 0; k < KDS; k++)
        for (size_t i = 0; i < PAIRS; i++)
            f->J[k * PAIRS + i] = (double)(k + 1) * J[i];
    f->kd_class[3] = TJAC_KD_CONTROL;
    f->options = (tjac_config_stats){.bootstrap = 40, .alpha = 0.05, .seed = 1, .permutations = 9};
}

static void make(test *t, fixture *f)
{
    tjac_err err = {0};
    CHECK_OK(t, tjac_scores_make(&f->block, &f->options, f->score, &err), &err);
}

static void teardown(fixture *f)
{
    tjac_names_free(&f->block.regulators);
    tjac_names_free(&f->block.targets);
    tjac_names_free(&f->block.kds);
}

static void test_numbers(test *t)
{
    fixture f;
    setup(&f);
    f.self[1 * PAIRS + 0] = 1; /* KD B is no business of the pair R0 -> T0 */
    make(t, &f);
    const tjac_kd_score *s = &f.score[0];
    CHECK(t, s->n_pathway == 4 && s->n_null == 2 && s->n_unrelated == 1 && !s->reason);
    CHECK_NEAR(t, s->mean_pathway, 1.5, 1e-12);
    CHECK_NEAR(t, s->mean_abs_pathway, 2.5, 1e-12);
    CHECK_NEAR(t, s->mean_null, -0.5, 1e-12);
    CHECK_NEAR(t, s->mean_abs_null, 1, 1e-12);
    CHECK_NEAR(t, s->mean_abs_unrelated, 5, 1e-12);
    CHECK_NEAR(t, s->difference, 2, 1e-12);
    CHECK_NEAR(t, s->ratio, -3, 1e-12); /* signed */
    CHECK_NEAR(t, s->log2_abs_ratio, log2(2.5), 1e-12);
    CHECK_NEAR(t, s->sign_concordance, 1, 1e-12); /* of the three pairs with a sign */
    CHECK(t, s->score == s->log2_abs_ratio);
    CHECK(t, f.score[1].n_pathway == 3);
    CHECK_NEAR(t, f.score[1].mean_pathway, 2 * 5.0 / 3, 1e-12);
    CHECK(t, f.score[0].rank == 1.5 && f.score[2].rank == 1.5 && f.score[1].rank == 3); /* tied */
    CHECK_NEAR(t, f.score[0].quantile, 0.5, 1e-12);
    CHECK(t, isnan(f.score[3].rank) && f.score[3].delta_control == 0); /* the control */
    CHECK_NEAR(t, f.score[1].delta_control, log2(3) - log2(2.5), 1e-12);
    f.options.score = TJAC_SCORE_DIFFERENCE;
    make(t, &f);
    CHECK(t, f.score[2].score == 6 && f.score[2].rank == 3);
    f.options.score = TJAC_SCORE_RATIO;
    make(t, &f);
    CHECK_NEAR(t, f.score[0].score, -3, 1e-12);
    teardown(&f);
}

static void test_reasons(test *t)
{
    fixture f;
    setup(&f);
    for (size_t i = 0; i < 4; i++)
        f.J[0 * PAIRS + i] = 0;                  /* no pathway */
    f.J[1 * PAIRS + 4] = f.J[1 * PAIRS + 5] = 0; /* no null */
    f.J[2 * PAIRS + 2] = NAN;
    make(t, &f);
    CHECK_STRING(t, f.score[0].reason, "J of every pathway pair is 0");
    CHECK(t, isnan(f.score[0].score) && f.score[0].ratio == 0 && f.score[0].sign_concordance == 0);
    CHECK_STRING(t, f.score[1].reason, "J of every null pair is 0");
    CHECK(t, isnan(f.score[1].ratio) && f.score[1].ratio_bounded == -1);
    CHECK(t, isfinite(f.score[1].difference) && isfinite(f.score[1].difference_limits.lo));
    CHECK_STRING(t, f.score[2].reason, "a J of this KD is NA");
    CHECK(t, isnan(f.score[2].mean_pathway) && isnan(f.score[2].sign_concordance) &&
                 isfinite(f.score[2].mean_null) && isnan(f.score[2].difference_limits.lo));
    CHECK(t, isnan(f.score[0].rank) && isnan(f.score[0].quantile));

    f.options.score = TJAC_SCORE_RATIO;
    make(t, &f);
    CHECK_STRING(t, f.score[1].reason, "the mean J of the null pairs is 0");
    for (size_t i = 0; i < PAIRS; i++)
        f.self[i] = i < 4;
    f.block.n_pairs = PAIRS;
    make(t, &f);
    CHECK_STRING(t, f.score[0].reason, "no pathway pair that is not the KD's own");
    CHECK(t, f.score[0].n_pathway == 0 && isnan(f.score[0].mean_pathway));
    teardown(&f);

    setup(&f);
    f.block.estimand = TJAC_PERT;
    memset(f.self, 1, sizeof f.self);
    make(t, &f);
    CHECK_STRING(t, f.score[2].reason, "pert has no regulator: every pair is the KD's own");
    teardown(&f);
}

static void test_leave_out(test *t)
{
    fixture f;
    double *score = NULL;
    size_t n = 0;
    tjac_err err = {0};
    setup(&f);
    CHECK_OK(t, tjac_scores_leave_out(&f.block, &f.options, &score, &n, &err), &err);
    CHECK(t, n == 4); /* R0, R1, T0, T1: genes of null pairs alone are not left out */
    CHECK_NEAR(t, score[0], log2(3.5 / 1.5), 1e-12); /* R0's null pair goes with it */
    CHECK_NEAR(t, score[1 * KDS], log2(1.5 / 1), 1e-12);
    CHECK_NEAR(t, score[2 * KDS], log2(3 / 0.5), 1e-12); /* T0 -> the null pair of T0 */
    CHECK_NEAR(t, score[3 * KDS + 2], log2(2 / 1.0), 1e-12);
    free(score);
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_numbers(&t);
    test_reasons(&t);
    test_leave_out(&t);
    return test_end(&t);
}
