/* Scores of a KD by hand; numpy's numbers for a whole run are in tests/stats. */
#include "blocks_case.h"
#include "stats/scores.h"

enum { MOST_KDS = 16 };

typedef struct {
    tjac_j_panel panel;
    tjac_crossed crossed;
    tjac_config_stats options;
    tjac_kd_score score[MOST_KDS];
} fixture;

/* The last KD is the control. */
static void setup(fixture *f, panel_shape shape, size_t named)
{
    *f = (fixture){0};
    panel_case_make(&f->panel, shape);
    if (named)
        blocks_case_name(&f->panel, shape, named);
    blocks_case_fill(&f->panel);
    f->options = (tjac_config_stats){.bootstrap = 40, .alpha = 0.05, .seed = 1, .permutations = 9};
}

static void make(test *t, fixture *f)
{
    tjac_err err = {0};
    tjac_crossed_free(&f->crossed);
    CHECK_OK(t, tjac_crossed_make(&f->panel, &f->crossed, &err), &err);
    CHECK_OK(t, tjac_scores_make(&f->crossed, &f->options, f->score, &err), &err);
}

static void teardown(fixture *f)
{
    tjac_crossed_free(&f->crossed);
    panel_case_free(&f->panel);
}

static bool near_zero(double v)
{
    return fabs(v) < 1e-12;
}

/* ---- the plain columns ---- */

/* J of the pathway's four pairs and of the matched ones under a KD. */
static void put(fixture *f, size_t kd, const double pathway[4], const double matched[4])
{
    double *J = f->panel.J + kd * f->panel.n_pairs;
    memcpy(J, pathway, 4 * sizeof *J);
    memcpy(J + 12, matched, 4 * sizeof *J);
}

static void test_plain(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 2, 1, 1, 4}, 1);
    f.options.score = TJAC_SCORE_LOG2_ABS_RATIO;
    for (size_t k = 0; k < 4; k++) {
        const double by = (double[]){1, 3, 1, 2}[k];
        put(&f, k, (double[]){1 * by, -2 * by, 3, 4}, (double[]){0.5, -1.5, -2, 0});
    }
    f.panel.pair[0].sign = 1;
    f.panel.pair[1].sign = -1;
    f.panel.pair[3].sign = -1;
    f.panel.self[1 * f.panel.n_pairs + 3] = 1; /* of KD 1 */
    make(t, &f);
    const tjac_kd_score *s = &f.score[0];
    CHECK(t, s->n_pathway == 4 && s->n_matched == 3); /* one is 0 under every KD */
    CHECK_NEAR(t, s->mean_pathway, 1.5, 1e-15);
    CHECK_NEAR(t, s->mean_matched, -1, 1e-15);
    CHECK_NEAR(t, s->mean_abs_pathway, 2.5, 1e-15);
    CHECK_NEAR(t, s->mean_abs_matched, 4.0 / 3, 1e-15);
    CHECK_NEAR(t, s->difference, 2.5, 1e-15);
    CHECK_NEAR(t, s->ratio, -1.5, 1e-15); /* signed */
    CHECK_NEAR(t, s->log2_abs_ratio, log2(2.5 * 3 / 4), 1e-14);
    CHECK_NEAR(t, s->sign_concordance, 2.0 / 3, 1e-15); /* of the three pairs with a sign */
    CHECK(t, s->score == s->log2_abs_ratio && isfinite(s->difference_limits.lo));
    CHECK(t, f.score[1].n_pathway == 3 && f.score[1].sign_concordance == 1);
    CHECK_NEAR(t, f.score[1].mean_pathway, 0, 0);
    CHECK_NEAR(t, f.score[1].mean_abs_pathway, 4, 1e-15);
    teardown(&f);
}

/* Only blocks that remain are matched. */
static void test_plain_dropped(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 1, 2, 2, 3}, 0);
    for (size_t k = 0; k < 2; k++)
        f.panel.J[k * 9 + 3] = 0; /* (1, 0) */
    make(t, &f);
    CHECK(t, f.score[0].n_matched == 2);
    CHECK_NEAR(t, f.score[0].mean_matched, (f.panel.J[7] + f.panel.J[8]) / 2, 1e-15);
    teardown(&f);
}

static void test_plain_undefined(test *t)
{
    fixture f;
    const double none[4] = {0}, plain[4] = {1, 2, 3, 4}, even[4] = {1, -1, 2, -2};
    setup(&f, (panel_shape){2, 2, 1, 1, 5}, 0);
    put(&f, 0, none, plain);
    put(&f, 1, plain, even);
    put(&f, 2, plain, none);
    put(&f, 3, (const double[]){1, NAN, 1, 1}, plain);
    put(&f, 4, plain, plain);
    f.panel.pair[0].sign = 1;
    make(t, &f);
    CHECK(t, f.score[0].ratio == 0 && isnan(f.score[0].log2_abs_ratio));
    CHECK(t, f.score[0].sign_concordance == 0 && isfinite(f.score[0].routing)); /* floored */
    CHECK(t, isnan(f.score[1].ratio) && f.score[1].ratio_bounded == -1);
    CHECK(t, isnan(f.score[1].ratio_limits.lo) && isfinite(f.score[1].difference_limits.lo));
    CHECK(t, isnan(f.score[2].ratio) && isnan(f.score[2].log2_abs_ratio));
    CHECK(t, isnan(f.score[3].mean_pathway) && isnan(f.score[3].sign_concordance) &&
                 isnan(f.score[3].difference_limits.lo) && isfinite(f.score[3].mean_matched));
    CHECK(t, isnan(f.score[3].routing) && isnan(f.score[3].elevation) &&
                 isnan(f.score[3].p_blocks) && isnan(f.score[3].rank));
    memset(f.panel.self, 1, 4); /* the whole pathway is KD 0's own */
    make(t, &f);
    CHECK(t, f.score[0].n_pathway == 0 && isnan(f.score[0].mean_pathway) &&
                 isnan(f.score[0].difference) && f.score[0].ratio_bounded == -1);
    teardown(&f);
}

/* ---- routing and elevation ---- */

/* One pair a block: s is log2 of J over the mean of two KDs. */
static void test_routing(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 1, 1, 2, 3}, 1);
    const double x[7] = {6, 3, 1.5, 0.5, 2, 1, 0.25}, other = 1;
    double s[7];
    for (size_t i = 0; i < 7; i++) {
        f.panel.J[i] = x[i];
        f.panel.J[7 + i] = other;
        s[i] = log2(x[i] / ((x[i] + other) / 2));
    }
    make(t, &f);
    CHECK_NEAR(t, f.score[0].routing, s[0] - (s[1] + s[2]) / 2 - s[3] + (s[4] + s[5]) / 2, 1e-13);
    CHECK_NEAR(t, f.score[0].elevation, s[0] - (s[4] + s[5]) / 2, 1e-13);
    CHECK_NEAR(t, f.score[0].unrelated, s[0] - s[6], 1e-13);
    CHECK_NEAR(t, f.score[0].p_blocks, 1.0 / 6, 1e-15);
    CHECK(t, isfinite(f.score[2].routing)); /* the control has one too */
    CHECK(t, f.score[0].score == f.score[0].routing);
    f.panel.J[6] = NAN; /* the named target's */
    make(t, &f);
    CHECK(t, isnan(f.score[0].unrelated) && isfinite(f.score[0].routing));
    teardown(&f);
    setup(&f, (panel_shape){1, 1, 1, 2, 3}, 0);
    make(t, &f);
    CHECK(t, isnan(f.score[0].unrelated)); /* none is named */
    teardown(&f);
}

/* Of KD 0; an elevation of NaN: it is beyond 1. */
static void check_effect(test *t, fixture *f, const char *what, double routing, double elevation)
{
    make(t, f);
    bool ok = fabs(f->score[0].routing - routing) < 1e-12 &&
              (isnan(elevation) ? f->score[0].elevation > 1
                                : fabs(f->score[0].elevation - elevation) < 1e-12);
    if (!CHECK(t, ok))
        fprintf(stderr, "    %s: routing %.17g, elevation %.17g\n", what, f->score[0].routing,
                f->score[0].elevation);
}

/* What targets answer to everything, regulators do to everything, and a KD to all, is no routing.
 */
static void test_additive(test *t)
{
    const panel_shape shape = {2, 3, 3, 4, 9};
    fixture f;
    setup(&f, shape, 0);
    check_effect(t, &f, "nothing", 0, 0);
    for (int j = 0; j < 3; j++) /* the panel's own targets, under all regulators */
        blocks_case_multiply(&f.panel, 0, ANY, 0, ANY, j, 8);
    check_effect(t, &f, "targets", 0, NAN);
    teardown(&f);

    setup(&f, shape, 0);
    blocks_case_multiply(&f.panel, 0, ANY, 0, ANY, 1, 8); /* one of them */
    make(t, &f);
    CHECK(t, near_zero(f.score[0].routing) && f.score[0].elevation > 0.5);
    teardown(&f);

    setup(&f, shape, 0);
    for (int i = 0; i < 2; i++) /* the panel's own regulators, on all targets */
        blocks_case_multiply(&f.panel, 0, 0, ANY, i, ANY, 8);
    check_effect(t, &f, "regulators", 0, NAN);
    teardown(&f);

    setup(&f, shape, 0);
    blocks_case_multiply(&f.panel, 0, ANY, 2, ANY, ANY, 8); /* drawn targets */
    make(t, &f);
    CHECK(t, near_zero(f.score[0].routing) && f.score[0].elevation < 0);
    teardown(&f);

    setup(&f, shape, 0);
    blocks_case_multiply(&f.panel, 0, ANY, ANY, ANY, ANY, 8);
    check_effect(t, &f, "everything", 0, 0);
    teardown(&f);
}

/* What is planted in the pathway alone: 8 where the mean of eight KDs is 15/8. */
static void test_planted(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 3, 3, 4, 9}, 0);
    blocks_case_multiply(&f.panel, 0, 0, 0, ANY, ANY, 8);
    const double rise = log2(64.0 / 15);
    check_effect(t, &f, "planted", rise, rise);
    CHECK_NEAR(t, f.score[0].p_blocks, 1.0 / 20, 1e-15);
    CHECK(t, near_zero(f.score[1].routing - log2(8.0 / 15))); /* the others lie below their mean */
    CHECK(t, f.score[0].rank == 8 && f.score[0].quantile == 1);
    CHECK(t, f.score[1].p_blocks > 0.9);
    teardown(&f);

    setup(&f, (panel_shape){2, 3, 3, 4, 9}, 0);
    blocks_case_multiply(&f.panel, 0, 2, 3, ANY, ANY, 8); /* in another block */
    make(t, &f);
    CHECK(t, f.score[0].routing > 0 && f.score[0].p_blocks > 1.0 / 20);
    teardown(&f);

    setup(&f, (panel_shape){2, 3, 1, 1, 9}, 0); /* 2 x 2: (1, 1) always ties */
    blocks_case_multiply(&f.panel, 0, 0, 0, ANY, ANY, 8);
    make(t, &f);
    CHECK(t, f.score[0].p_blocks == 0.5);
    teardown(&f);
}

static void test_no_blocks(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 3, 0, 0, 4}, 1);
    make(t, &f);
    for (size_t k = 0; k < 4; k++)
        CHECK(t, isnan(f.score[k].routing) && isnan(f.score[k].elevation) &&
                     isnan(f.score[k].p_blocks) && isnan(f.score[k].unrelated) &&
                     f.score[k].n_matched == 0 && f.score[k].n_pathway == 6);
    teardown(&f);
}

/* ---- the score that is asked for ---- */

static void test_choice(test *t)
{
    static const tjac_score all[] = {TJAC_SCORE_ROUTING, TJAC_SCORE_ELEVATION,
                                     TJAC_SCORE_LOG2_ABS_RATIO, TJAC_SCORE_DIFFERENCE,
                                     TJAC_SCORE_RATIO};
    fixture f;
    setup(&f, (panel_shape){2, 2, 2, 2, 6}, 0);
    blocks_case_shake(&f.panel, 1, 7);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        f.options.score = all[i];
        make(t, &f);
        double sum = 0;
        for (size_t k = 0; k < 6; k++) {
            const tjac_kd_score *s = &f.score[k];
            const double want[] = {s->routing, s->elevation, s->log2_abs_ratio, s->difference,
                                   s->ratio};
            CHECK(t, isfinite(want[i]) && s->score == want[i]);
            CHECK(t, s->delta_control == want[i] - f.score[5].score);
            sum += k < 5 ? s->rank : 0;
        }
        CHECK(t, sum == 15 && isnan(f.score[5].rank) && isnan(f.score[5].quantile));
        CHECK(t, f.score[5].delta_control == 0);
    }
    teardown(&f);
}

/* Ties share their rank; who has no score has none, and does not count among the others. */
static void test_ranks(test *t)
{
    fixture f;
    const double plain[4] = {1, 2, 3, 4}, more[4] = {2, 4, 6, 8}, broken[4] = {NAN, 1, 1, 1};
    setup(&f, (panel_shape){2, 2, 1, 1, 6}, 0);
    f.options.score = TJAC_SCORE_DIFFERENCE;
    put(&f, 0, plain, plain);
    put(&f, 1, more, plain);
    put(&f, 2, plain, plain);
    put(&f, 3, broken, plain);
    put(&f, 4, plain, more);
    put(&f, 5, more, plain);
    make(t, &f);
    const double want[] = {2.5, 4, 2.5, NAN, 1, NAN};
    for (size_t k = 0; k < 6; k++) {
        CHECK(t, isnan(want[k]) ? isnan(f.score[k].rank) : f.score[k].rank == want[k]);
        CHECK(t, isnan(want[k]) ? isnan(f.score[k].quantile) : f.score[k].quantile == want[k] / 4);
    }
    CHECK(t, isnan(f.score[3].delta_control) && f.score[0].delta_control == -2.5);
    for (size_t k = 0; k < 6; k++)
        f.panel.kd_class[k] = TJAC_KD_BACKGROUND; /* without a control */
    make(t, &f);
    CHECK(t, isnan(f.score[0].delta_control) && f.score[5].rank == 4.5);
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_plain(&t);
    test_plain_dropped(&t);
    test_plain_undefined(&t);
    test_routing(&t);
    test_additive(&t);
    test_planted(&t);
    test_no_blocks(&t);
    test_choice(&t);
    test_ranks(&t);
    return test_end(&t);
}
