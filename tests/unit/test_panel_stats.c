/* Groups, families, criteria, verdicts and their reasons on made-up scores. The numbers themselves
 * are held to scipy's in tests/stats. */
#include "test.h"
#include "base/alloc.h"
#include "stats/panel_stats.h"

/* Made-up blocks: what each KD's mean |J| is, over pathway, null and unrelated pairs. Two
 * regulators by two targets are the pathway's. */
enum { MOST_KDS = 16, MOST_BLOCKS = 4, PAIRS = 6 };

typedef struct {
    tjac_j_panel block[MOST_BLOCKS];
    tjac_kd_score score_of[MOST_BLOCKS][MOST_KDS], *score[MOST_BLOCKS];
    tjac_j_table table;
    tjac_config_stats options;
    tjac_panel_stats stats;
} fixture;

static void name(tjac_names *names, const char *text)
{
    tjac_err err = {0};
    if (tjac_names_add(names, text, &err))
        abort();
}

static void setup(fixture *f)
{
    memset(f, 0, sizeof *f);
    f->table.panel = f->block;
    f->options = (tjac_config_stats){
        .permutations = 9999, .bootstrap = 50, .alpha = 0.05, .min_effect = 0.263, .seed = 1};
}

/* A letter a KD: p(athway), u(nrelated), b(ackground), c(ontrol). */
static tjac_j_panel *add_block(fixture *f, const char *model, const char *panel,
                               const char *classes)
{
    static const char letters[] = "pucb";
    tjac_err err = {0};
    tjac_j_panel *b = &f->block[f->table.n];
    size_t n = strlen(classes);
    *b = (tjac_j_panel){.n_pairs = PAIRS, .estimand = TJAC_SET_MEAN};
    b->model = (char *)(uintptr_t)model;
    b->panel = (char *)(uintptr_t)panel;
    b->cell_type = (char *)(uintptr_t) "hep";
    b->pair = tjac_alloc(PAIRS, sizeof *b->pair, &err);
    b->kd_class = tjac_alloc(n, sizeof *b->kd_class, &err);
    b->J = tjac_alloc(n, PAIRS * sizeof *b->J, &err);
    b->self = tjac_alloc(n, PAIRS, &err);
    for (size_t i = 0; i < 4; i++)
        b->pair[i] = (tjac_j_pair){TJAC_PAIR_PATHWAY, i / 2, i % 2, 0};
    b->pair[4] = (tjac_j_pair){TJAC_PAIR_MATCHED, 2, 2, 0};
    b->pair[5] = (tjac_j_pair){TJAC_PAIR_UNRELATED_TARGET, 0, 3, 0};
    for (size_t i = 0; i < 4; i++) {
        name(&b->regulators, (const char *[]){"R0", "R1", "N", "-"}[i]);
        name(&b->targets, (const char *[]){"T0", "T1", "N", "U"}[i]);
    }
    for (size_t k = 0; k < n; k++) {
        char kd[32];
        snprintf(kd, sizeof kd, "K%zu", k);
        name(&b->kds, kd);
        b->kd_class[k] = (tjac_kd_class)(strchr(letters, classes[k]) - letters);
    }
    f->score[f->table.n] = f->score_of[f->table.n];
    f->table.n++;
    return b;
}

/* Under KD k every pathway pair has J a, every null pair b, every unrelated pair u. */
static void put(tjac_j_panel *b, size_t k, double a, double null, double u)
{
    for (size_t i = 0; i < 4; i++)
        b->J[k * PAIRS + i] = a;
    b->J[k * PAIRS + 4] = null;
    b->J[k * PAIRS + 5] = u;
}

/* Pathway KDs at `up`, all others near 1; `unrelated` under pathway KDs. A little spread in all. */
static void fill(tjac_j_panel *b, double up, double unrelated)
{
    for (size_t k = 0; k < b->kds.n; k++) {
        double spread = 1 + 0.01 * (double)(k * 7 % 5);
        bool own = b->kd_class[k] == TJAC_KD_PATHWAY;
        put(b, k, own ? up * spread : spread, 1, own ? unrelated : 1);
    }
}

static void run(test *t, fixture *f)
{
    tjac_err err = {0};
    for (size_t b = 0; b < f->table.n; b++)
        CHECK_OK(t, tjac_scores_make(&f->block[b], &f->options, f->score[b], &err), &err);
    CHECK_OK(t, tjac_panel_stats_make(&f->table, f->score, &f->options, &f->stats, &err), &err);
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < f->table.n; i++) {
        tjac_j_panel *b = &f->block[i];
        tjac_names_free(&b->regulators);
        tjac_names_free(&b->targets);
        tjac_names_free(&b->kds);
        free(b->pair);
        free(b->kd_class);
        free(b->J);
        free(b->self);
    }
    tjac_panel_stats_free(&f->stats);
}

static void check(test *t, const fixture *f, size_t row, tjac_verdict verdict, const char *reason)
{
    if (!CHECK(t, row < f->stats.n))
        return;
    CHECK_STRING(t, tjac_verdict_name(f->stats.row[row].verdict), tjac_verdict_name(verdict));
    if (!CHECK(t, strstr(f->stats.row[row].reason, reason) != NULL))
        fprintf(stderr, "    got  \"%s\"\n    want \"%s\"\n", f->stats.row[row].reason, reason);
    CHECK(t, strchr(f->stats.row[row].reason, ',') == NULL); /* fit for awk -F, */
}

/* ---- verdicts, in the order in which they apply ---- */

static void test_positive(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "ppppuuuubbbc"), 4, 1);
    run(t, &f);
    CHECK(t, f.stats.n == 2 && f.stats.row[0].reference == TJAC_KD_UNRELATED &&
                 f.stats.row[1].reference == TJAC_KD_BACKGROUND);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "4 of 4 KDs are above the reference median");
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "one model: replication was not tested");
    const tjac_panel_stat *r = &f.stats.row[0];
    CHECK(t, r->elevated == TJAC_YES && r->consistent == TJAC_YES && r->specific == TJAC_YES &&
                 r->replicated == TJAC_UNKNOWN);
    CHECK(t, r->n_pathway_kds == 4 && r->n_reference_kds == 4 && r->test.exact);
    CHECK_NEAR(t, r->test.p, 1.0 / 70, 1e-12); /* the control is in no group */
    CHECK_NEAR(t, r->effect_pathway, r->test.effect, 1e-12);
    CHECK(t, r->effect_null == 0 && r->mann_whitney.auc == 1);
    teardown(&f);
}

static void test_skipped(test *t)
{
    fixture f;
    setup(&f); /* no unrelated targets: specificity is skipped, and the reason says so */
    tjac_j_panel *b = add_block(&f, "a", "p", "ppppuuuu");
    fill(b, 4, 1);
    b->n_pairs = 5;
    for (size_t k = 0; k < b->kds.n; k++)
        memmove(b->J + k * 5, b->J + k * PAIRS, 5 * sizeof *b->J);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "specificity was not tested");
    CHECK(t, isnan(f.stats.row[0].specificity) && f.stats.row[0].specific == TJAC_UNKNOWN);
    teardown(&f);

    setup(&f); /* one pathway KD alone is never positive */
    fill(add_block(&f, "a", "p", "puuuuuuuuuuuuuuu"), 4, 1);
    f.options.alpha = 0.07;
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "one KD alone cannot show consistency");
    CHECK(t, f.stats.row[0].consistent == TJAC_UNKNOWN && isnan(f.stats.row[0].loo_effect_min));
    CHECK(t, isnan(f.stats.row[0].effect_limits.lo)); /* below three KDs */
    teardown(&f);
}

static void test_na(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "ppppc"), 4, 1);
    fill(add_block(&f, "a", "q", "uuubb"), 4, 1);
    tjac_j_panel *b = add_block(&f, "a", "r", "ppuuuu");
    fill(b, 4, 1);
    put(b, 0, 0, 1, 1); /* log2 of 0 */
    put(b, 1, 4, 0, 1);
    run(t, &f);
    CHECK(t, f.stats.n == 4 && f.stats.row[0].reference == -1 && isnan(f.stats.row[0].test.p));
    check(t, &f, 0, TJAC_VERDICT_NA, "neither unrelated nor background KDs");
    check(t, &f, 1, TJAC_VERDICT_NA, "the panel names no KDs");
    check(t, &f, 3, TJAC_VERDICT_NA, "no pathway KD has a score: J of every pathway pair is 0");
    CHECK(t, f.stats.row[3].n_pathway_kds == 0 && f.stats.row[3].n_reference_kds == 4);
    teardown(&f);

    setup(&f); /* a KD without a score is left out and mentioned */
    b = add_block(&f, "a", "p", "pppppuuuuc");
    fill(b, 4, 1);
    b->J[2 * PAIRS] = NAN;
    b->J[9 * PAIRS] = NAN; /* the control belongs to neither group */
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "1 KDs without a score are left out");
    CHECK(t, f.stats.row[0].n_pathway_kds == 4);
    teardown(&f);
}

static void test_underpowered(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "pppuuu"), 1000, 1);
    fill(add_block(&f, "a", "q", "ppppuuu"), 4, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_UNDERPOWERED, "3 against 3 KDs can never give p below 0.05");
    check(t, &f, 1, TJAC_VERDICT_POSITIVE, "");
    CHECK(t, isnan(f.stats.row[0].q) && f.stats.row[0].elevated == TJAC_UNKNOWN);
    CHECK_NEAR(t, f.stats.row[1].q, 1.0 / 35, 1e-12); /* the other one is not in its family */
    f.options.two_sided = true;
    tjac_panel_stats_free(&f.stats);
    run(t, &f);
    check(t, &f, 1, TJAC_VERDICT_UNDERPOWERED, "4 against 3 KDs can never give p below 0.0571");
    teardown(&f);
}

static void test_not_elevated(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "ppppuuuu"), 1.1, 1); /* log2 1.1 = 0.138 */
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_ELEVATED, "is below min_effect 0.263");
    CHECK(t, f.stats.row[0].test.p < 0.05); /* small, and beyond chance all the same */
    teardown(&f);

    setup(&f); /* large, but not beyond chance */
    tjac_j_panel *b = add_block(&f, "a", "p", "ppppuuuu");
    fill(b, 4, 1);
    for (size_t k = 4; k < 6; k++)
        put(b, k, 3.5, 1, 1);
    put(b, 0, 1, 1, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_ELEVATED, "is not below alpha 0.05");
    teardown(&f);

    setup(&f); /* the null falls, the pathway does not rise */
    b = add_block(&f, "a", "p", "ppppuuuu");
    for (size_t k = 0; k < 8; k++)
        put(b, k, k < 4 ? 0.9 : 1, k < 4 ? 0.2 : 1, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_ELEVATED, "the pathway does not rise");
    CHECK(t, f.stats.row[0].test.effect > 2 && f.stats.row[0].effect_pathway < 0 &&
                 f.stats.row[0].effect_null < -2);
    teardown(&f);
}

static void test_not_consistent(test *t)
{
    fixture f;
    setup(&f); /* the KDs' median */
    tjac_j_panel *b = add_block(&f, "a", "p", "ppppuuuuuuuu");
    for (size_t k = 0; k < 12; k++) /* two are at the median, which is not above it */
        put(b, k, k == 2 || k == 3 ? 16 : 1, 1, 1);
    f.options.alpha = 0.5;
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "2 of 4 KDs are above the reference median");
    teardown(&f);

    setup(&f); /* one KD carries it */
    b = add_block(&f, "a", "p", "ppppuuuuuuuu");
    for (size_t k = 0; k < 12; k++)
        put(b, k, k == 0 ? 64 : k < 4 ? 1.1 : 1, 1, 0.5);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "without one KD the effect falls from");
    CHECK_NEAR(t, f.stats.row[0].loo_effect_min, log2(1.1), 1e-9);
    teardown(&f);

    setup(&f); /* one regulator carries it: R0 -> T0 and R0 -> T1 alone are large */
    b = add_block(&f, "a", "p", "ppppuuuu");
    fill(b, 1, 1);
    for (size_t k = 0; k < 4; k++) {
        b->J[k * PAIRS] = b->J[k * PAIRS + 1] = 20;
        b->J[k * PAIRS + 2] = b->J[k * PAIRS + 3] = 0.5;
    }
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "without one gene's pairs the effect falls from");
    CHECK(t, f.stats.row[0].loo_pair_effect_min < -0.9);
    for (size_t k = 0; k < 8; k++) /* nothing is left without it */
        for (size_t i = 0; i < 4; i++)
            b->J[k * PAIRS + i] = k < 4 && i < 2 ? 20 : 1;
    tjac_panel_stats_free(&f.stats);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "without one gene's pairs the effect falls from");
    CHECK(t, f.stats.row[0].loo_pair_effect_min == 0);
    teardown(&f);
}

/* Three quarters of the KDs must be above the reference's median: 3 of 4 are enough, 5 of 7 not. */
static void test_members_needed(test *t)
{
    static const struct {
        const char *classes;
        size_t above, of;
        tjac_verdict verdict;
        const char *reason;
    } cases[] = {
        {"ppppuuuuuuuu", 3, 4, TJAC_VERDICT_POSITIVE, "3 of 4 KDs"},
        {"pppppppuuuuuuu", 5, 7, TJAC_VERDICT_NOT_CONSISTENT, "5 of 7 KDs are above"},
        {"pppppppuuuuuuu", 6, 7, TJAC_VERDICT_POSITIVE, "6 of 7 KDs"},
        {"ppppppppuuuuuuuu", 6, 8, TJAC_VERDICT_POSITIVE, "6 of 8 KDs"},
        {"ppppppppuuuuuuuu", 5, 8, TJAC_VERDICT_NOT_CONSISTENT, "75 % are needed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        setup(&f);
        tjac_j_panel *b = add_block(&f, "a", "p", cases[i].classes);
        fill(b, 4, 1);
        for (size_t k = cases[i].above; k < cases[i].of; k++)
            put(b, k, 0.9, 1, 1);
        run(t, &f);
        check(t, &f, 0, cases[i].verdict, cases[i].reason);
        CHECK_NEAR(t, f.stats.row[0].members_elevated, (double)cases[i].above / (double)cases[i].of,
                   1e-12);
        CHECK(t, f.stats.row[0].elevated == TJAC_YES);
        teardown(&f);
    }

    fixture f;
    setup(&f); /* the median of 0, 1, 2 and 3 is 1.5 */
    tjac_j_panel *b = add_block(&f, "a", "p", "ppppuuuu");
    for (size_t k = 0; k < 8; k++)
        put(b, k, exp2((const double[]){1.45, 1.55, 5, 5, 0, 1, 2, 3}[k]), 1, 1);
    run(t, &f);
    CHECK(t, f.stats.row[0].members_elevated == 0.75);
    teardown(&f);
}

/* Every criterion where its number equals its limit: alpha is to be undercut, min_effect and half
 * of the effect are to be reached, and a pathway that stays as it is does not rise. */
static void test_limits(test *t)
{
    fixture f;
    tjac_j_panel *b;
    for (int beyond = 0; beyond < 2; beyond++) {
        setup(&f); /* scores 5, 1, 1, 1 against 0: the effect is 2, without the first KD 1 */
        b = add_block(&f, "a", "p", "ppppuuuu");
        for (size_t k = 0; k < 8; k++)
            put(b, k, k == 0 ? 32 : k < 4 ? 2 : 1, 1, k < 4 ? 0.5 : 1);
        f.options.min_effect = beyond ? 2.0000001 : 2;
        run(t, &f);
        CHECK(t, f.stats.row[0].test.effect == 2 && f.stats.row[0].loo_effect_min == 1);
        check(t, &f, 0, beyond ? TJAC_VERDICT_NOT_ELEVATED : TJAC_VERDICT_POSITIVE,
              beyond ? "effect 2 is below min_effect 2" : "4 of 4 KDs");
        teardown(&f);

        setup(&f); /* the second highest of 70 sums; the next q is alpha itself */
        b = add_block(&f, "a", "p", "ppppuuuu");
        for (size_t k = 0; k < 8; k++)
            put(b, k, (double)(k < 4 ? 64 >> k : 8 >> (k - 4)), 1, 1);
        put(b, 4, 9, 1, 1);
        f.options.alpha = beyond ? 2.0 / 70 : 2.0000001 / 70;
        run(t, &f);
        CHECK(t, f.stats.row[0].q == 2.0 / 70 && f.stats.row[0].test.p_min < f.options.alpha);
        CHECK(t, f.stats.row[0].elevated == (beyond ? TJAC_NO : TJAC_YES));
        teardown(&f);

        setup(&f); /* only the null falls */
        b = add_block(&f, "a", "p", "ppppuuuu");
        for (size_t k = 0; k < 8; k++)
            put(b, k, beyond && k < 4 ? 1.0001 : 1, k < 4 ? 0.25 : 1, 1);
        run(t, &f);
        CHECK(t, (f.stats.row[0].effect_pathway == 0) == !beyond);
        CHECK(t, f.stats.row[0].elevated == (beyond ? TJAC_YES : TJAC_NO));
        teardown(&f);
    }
}

/* Small on unrelated targets as well, though beyond chance; large, but not beyond chance. */
static void test_not_specific(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "ppppuuuu"), 4, 4);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_SPECIFIC, "on unrelated targets as well");
    CHECK(t, f.stats.row[0].elevated == TJAC_YES && f.stats.row[0].consistent == TJAC_YES);
    teardown(&f);

    setup(&f);
    fill(add_block(&f, "a", "p", "ppppuuuu"), 4, 4 / 1.1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_SPECIFIC, "is below min_effect 0.263");
    CHECK(t, f.stats.row[0].q_specificity < 0.05);
    teardown(&f);

    setup(&f);
    tjac_j_panel *b = add_block(&f, "a", "p", "ppppuuuu");
    for (size_t k = 0; k < 8; k++)
        put(b, k, k < 4 ? 4 : 1, 1, k < 3 ? 0.5 : k == 3 ? 16 : k == 4 ? 0.0625 : 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_SPECIFIC, "is not below alpha 0.05");
    CHECK(t, f.stats.row[0].specificity == 0.75);
    put(b, 3, 0.5, 1, 16); /* and one that pulls the members down: said first */
    put(b, 2, 0.5, 1, 16);
    f.options.alpha = 0.5;
    tjac_panel_stats_free(&f.stats);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_CONSISTENT, "2 of 4 KDs");
    CHECK(t, f.stats.row[0].specific == TJAC_NO);
    teardown(&f);
}

static void test_replicated(test *t)
{
    fixture f;
    setup(&f);
    fill(add_block(&f, "a", "p", "ppppuuuu"), 4, 1);
    fill(add_block(&f, "a", "q", "ppppuuuu"), 4, 1);
    fill(add_block(&f, "b", "p", "ppppuuuu"), 3, 1);
    fill(add_block(&f, "b", "q", "ppppuuuu"), 1, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "elevated in every model");
    check(t, &f, 1, TJAC_VERDICT_NOT_REPLICATED, "not elevated in model 'b'");
    check(t, &f, 2, TJAC_VERDICT_POSITIVE, "elevated in every model");
    check(t, &f, 3, TJAC_VERDICT_NOT_ELEVATED, "is below min_effect");
    CHECK(t, f.stats.row[0].replicated == TJAC_YES && f.stats.row[1].replicated == TJAC_NO &&
                 f.stats.row[3].replicated == TJAC_NO);
    /* Benjamini-Hochberg over models and panels: four p, three of them 1/70 */
    CHECK_NEAR(t, f.stats.row[0].q, 4.0 / 3 / 70, 1e-12);
    teardown(&f);

    for (int cells = 0; cells < 2; cells++) { /* another estimand, other cells: another question */
        setup(&f);
        for (size_t i = 0; i < 4; i++) {
            tjac_j_panel *b = add_block(&f, i % 2 ? "b" : "a", "p", "ppppuuuu");
            fill(b, i == 3 ? 1 : 4, 1);
            if (i > 1 && cells)
                b->cell_type = (char *)(uintptr_t) "kidney";
            else if (i > 1)
                b->estimand = TJAC_SAME_CELL;
        }
        run(t, &f);
        check(t, &f, 0, TJAC_VERDICT_POSITIVE, "elevated in every model");
        check(t, &f, 1, TJAC_VERDICT_POSITIVE, "elevated in every model");
        check(t, &f, 2, TJAC_VERDICT_NOT_REPLICATED, "not elevated in model 'b'");
        CHECK_NEAR(t, f.stats.row[0].q, (cells ? 4.0 / 3 : 1.0) / 70, 1e-12); /* another family */
        teardown(&f);
    }

    setup(&f); /* a model that gives no answer replicates nothing */
    fill(add_block(&f, "a", "p", "ppppuuuu"), 4, 1);
    fill(add_block(&f, "b", "p", "pppuuu"), 4, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_REPLICATED, "model 'b' gives no answer");
    check(t, &f, 1, TJAC_VERDICT_UNDERPOWERED, "");
    teardown(&f);

    setup(&f); /* nor does one that lacks the reference */
    fill(add_block(&f, "a", "p", "ppppuuuubbb"), 4, 1);
    fill(add_block(&f, "b", "p", "ppppuuuu"), 4, 1);
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE, "");
    check(t, &f, 1, TJAC_VERDICT_NOT_REPLICATED, "another model of the run has no such KDs");
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_positive(&t);
    test_skipped(&t);
    test_na(&t);
    test_underpowered(&t);
    test_not_elevated(&t);
    test_not_consistent(&t);
    test_members_needed(&t);
    test_limits(&t);
    test_not_specific(&t);
    test_replicated(&t);
    return test_end(&t);
}
