/* What rows mean: every verdict and sentence once, their order, families and models. The rows'
 * numbers are made up. */
#include "blocks_case.h"
#include "stats/verdict.h"

enum { MOST = 8 };

typedef struct {
    tjac_j_panel panel[MOST];
    tjac_panel_stats stats;
    tjac_config_stats options;
} fixture;

static void setup(fixture *f)
{
    tjac_err err = {0};
    *f = (fixture){.options = {.permutations = 9999, .alpha = 0.05, .min_effect = 0.263}};
    if (!(f->stats.row = tjac_alloc(MOST, sizeof *f->stats.row, &err)))
        abort();
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* A row, of a panel of its own, that is positive by itself: 4 pathway KDs against 4, of 10 x 10
 * blocks. J is 1. */
static tjac_panel_stat *add(fixture *f, const char *model, const char *panel)
{
    const size_t i = f->stats.n++;
    tjac_j_panel *j = &f->panel[i];
    panel_case_make(j, (panel_shape){1, 1, 1, 1, 9});
    blocks_case_name(j, (panel_shape){1, 1, 1, 1, 9}, 1);
    j->n_pairs = 4; /* not yet the one with the named target */
    blocks_case_classes(j, "ppppuuuuc");
    for (size_t k = 0; k < 9 * 5; k++)
        j->J[k] = 1;
    j->model = text(model);
    j->panel = text(panel);
    j->cell_type = text("hep");
    j->estimand = TJAC_SET_MEAN;
    f->stats.row[i] = (tjac_panel_stat){.panel = j,
                                        .reference = TJAC_KD_UNRELATED,
                                        .n_pathway_kds = 4,
                                        .n_reference_kds = 4,
                                        .n_rows = 10,
                                        .n_cols = 10,
                                        .effect = 2,
                                        .effect_limits = {1, 3},
                                        .pathway_effect = 2.5,
                                        .matched_effect = 0.25,
                                        .elevation_effect = 2.25,
                                        .row_effect = 0.375,
                                        .col_effect = 0.375,
                                        .routing_linear = 1,
                                        .p_kds = 0.02,
                                        .p_kds_min = 0.01,
                                        .p_blocks = 0.01,
                                        .p_blocks_min = 0.0075,
                                        .p_elevation = 0.02,
                                        .q = NAN,
                                        .q_min = NAN,
                                        .members_elevated = 1,
                                        .loo_kd_min = 1.5,
                                        .loo_gene_min = 1.25,
                                        .kd_correlation = 0.1,
                                        .p_vif = 0.03,
                                        .unrelated_effect = NAN,
                                        .p_unrelated = NAN,
                                        .elevated = TJAC_UNKNOWN,
                                        .specific = TJAC_UNKNOWN,
                                        .consistent = TJAC_UNKNOWN,
                                        .replicated = TJAC_UNKNOWN};
    return &f->stats.row[i];
}

static void run(test *t, fixture *f)
{
    tjac_err err = {0};
    CHECK_OK(t, tjac_verdict_all(&f->stats, &f->options, &err), &err);
}

static void teardown(fixture *f)
{
    for (size_t i = 0; i < f->stats.n; i++)
        panel_case_free(&f->panel[i]);
    tjac_panel_stats_free(&f->stats);
}

static void check(test *t, const fixture *f, size_t row, tjac_verdict verdict, const char *reason)
{
    const tjac_panel_stat *r = &f->stats.row[row];
    CHECK_STRING(t, tjac_verdict_name(r->verdict), tjac_verdict_name(verdict));
    CHECK_STRING(t, r->reason, reason);
}

/* One row, changed by `change`. */
static void check_one(test *t, void (*change)(fixture *, tjac_panel_stat *), tjac_verdict verdict,
                      const char *reason)
{
    fixture f;
    setup(&f);
    change(&f, add(&f, "a", "p"));
    run(t, &f);
    check(t, &f, 0, verdict, reason);
    teardown(&f);
}

/* ---- positive ---- */

static void no_change(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    (void)r;
}

static void test_positive(test *t)
{
    fixture f;
    setup(&f);
    const tjac_panel_stat *r = add(&f, "a", "p");
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE,
          "4 of 4 KDs are above the reference median; one model: replication was not tested");
    CHECK(t, r->q == 0.02 && r->q_min == 0.01);
    CHECK(t, r->elevated == TJAC_YES && r->specific == TJAC_YES && r->consistent == TJAC_YES &&
                 r->replicated == TJAC_UNKNOWN);
    teardown(&f);
    static const char *const names[] = {"no_answer",    "underpowered",   "not_elevated",
                                        "not_specific", "not_consistent", "not_replicated",
                                        "positive"};
    for (int i = 0; i < 7; i++)
        CHECK_STRING(t, tjac_verdict_name((tjac_verdict)i), names[i]);
}

/* ---- no answer ---- */

static void empty(tjac_panel_stat *r)
{
    r->n_pathway_kds = r->n_reference_kds = 0;
    r->effect = r->elevation_effect = r->p_kds = r->p_kds_min = r->p_blocks = r->p_elevation = NAN;
}

static void no_kds(fixture *f, tjac_panel_stat *r)
{
    blocks_case_classes(&f->panel[0], "uuuuuuuuc");
    empty(r);
}

static void no_reference(fixture *f, tjac_panel_stat *r)
{
    blocks_case_classes(&f->panel[0], "ppppppppc");
    empty(r);
    r->reference = -1;
}

static void all_off(fixture *f, tjac_panel_stat *r)
{
    for (size_t k = 0; k < 8; k++) /* under the control it is not */
        f->panel[0].J[k * 4] = 0;
    empty(r);
}

static void own_pathway(fixture *f, tjac_panel_stat *r)
{
    for (size_t k = 0; k < 4; k++)
        f->panel[0].self[k * 4] = 1;
    empty(r);
    r->n_reference_kds = 4;
}

static void all_broken(fixture *f, tjac_panel_stat *r)
{
    for (size_t k = 0; k < 8; k++)
        f->panel[0].J[k * 4] = NAN;
    empty(r);
    r->n_rows = r->n_cols = 0; /* they go with what is dead */
}

static void all_own(fixture *f, tjac_panel_stat *r)
{
    for (size_t k = 0; k < 8; k++)
        f->panel[0].self[k * 4] = 1;
    empty(r);
}

static void off_or_broken(fixture *f, tjac_panel_stat *r)
{
    all_broken(f, r);
    f->panel[0].J[3 * 4] = 0;
}

static void named_broken(fixture *f, tjac_panel_stat *r)
{
    own_pathway(f, r);
    f->panel[0].n_pairs = 5;
    for (size_t k = 0; k < 4; k++) {
        memset(f->panel[0].self + k * 5, k < 4, 4);
        f->panel[0].J[k * 5 + 4] = NAN; /* no score needs it */
    }
}

static void no_rows(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    empty(r);
    r->n_rows = 0;
}

static void no_cols(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    empty(r);
    r->n_cols = 0;
}

static void broken_reference(fixture *f, tjac_panel_stat *r)
{
    for (size_t k = 4; k < 8; k++)
        f->panel[0].J[k * 4 + 2] = NAN;
    empty(r);
    r->n_pathway_kds = 4;
}

static void floored_pathway(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->n_floored[0] = 3;
    r->n_floored[1] = 1;
}

static void floored_reference(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->n_floored[1] = 3;
}

static void test_no_answer(test *t)
{
    const tjac_verdict none = TJAC_VERDICT_NO_ANSWER;
    check_one(t, no_kds, none, "the panel has no KDs");
    check_one(t, no_reference, none,
              "the run has neither unrelated nor background KDs to compare with");
    check_one(t, all_off, none, "last ReLU off: J of every pathway pair is 0 under every KD");
    check_one(t, all_broken, none, "no J of the pathway is a number");
    check_one(t, all_own, none, "every pathway pair is the KD's own under every KD");
    check_one(t, off_or_broken, none, "last ReLU off: J of every pathway pair is 0 under every KD");
    check_one(t, named_broken, none,
              "no pathway KD has a score: under each of them all pairs of "
              "some block are the KD's own");
    check_one(t, no_rows, none,
              "no blocks: no regulators of like expression could be drawn and "
              "kept");
    check_one(t, no_cols, none, "no blocks: no targets of like expression could be drawn and kept");
    check_one(t, own_pathway, none,
              "no pathway KD has a score: under each of them all pairs of "
              "some block are the KD's own");
    check_one(t, broken_reference, none,
              "no unrelated KD has a score: a J under each of them is not a number");
    check_one(t, floored_pathway, none,
              "last ReLU off: J of every pathway pair is 0 under 3 of 4 "
              "pathway and 1 of 4 unrelated KDs");
    check_one(t, floored_reference, none,
              "last ReLU off: J of every pathway pair is 0 under 0 of "
              "4 pathway and 3 of 4 unrelated KDs");

    fixture f; /* numbers are no criteria there */
    setup(&f);
    tjac_panel_stat *r = add(&f, "a", "p");
    floored_reference(&f, r);
    run(t, &f);
    CHECK(t, isnan(r->q) && isnan(r->q_min) && r->elevated == TJAC_UNKNOWN &&
                 r->specific == TJAC_UNKNOWN && r->consistent == TJAC_UNKNOWN);
    teardown(&f);
}

/* ---- underpowered ---- */

static void few_kds(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_kds_min = r->p_kds = 0.05; /* the limit itself */
    r->n_pathway_kds = r->n_reference_kds = 3;
}

static void few_blocks(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_blocks_min = 1.0 / 16;
    r->n_rows = r->n_cols = 3;
}

static void test_underpowered(test *t)
{
    const tjac_verdict none = TJAC_VERDICT_UNDERPOWERED;
    check_one(t, few_kds, none,
              "too few KDs: 3 against 3 can never give p_kds below 0.05; alpha "
              "is 0.05; 2 KDs without a score are left out");
    check_one(t, few_blocks, none,
              "too few genes of like expression: 4 x 4 blocks can never give "
              "p_blocks below 0.0625; alpha is 0.05");

    fixture f;
    setup(&f);
    add(&f, "a", "p")->p_kds_min = 0.02;
    add(&f, "a", "q")->p_kds = 0.5;
    add(&f, "a", "r")->p_kds = 0.6;
    run(t, &f);
    check(t, &f, 0, none,
          "too many panels for so few KDs: beside the others' p, q can never be "
          "below 0.06; alpha is 0.05");
    CHECK_NEAR(t, f.stats.row[0].q, 0.06, 1e-12);
    CHECK(t, f.stats.row[0].elevated == TJAC_YES && f.stats.row[0].specific == TJAC_NO);
    teardown(&f);

    setup(&f); /* outside the family there is no q, and nothing to be specific by */
    few_blocks(&f, add(&f, "a", "p"));
    run(t, &f);
    CHECK(t, isnan(f.stats.row[0].q) && isnan(f.stats.row[0].q_min));
    CHECK(t, f.stats.row[0].elevated == TJAC_YES && f.stats.row[0].specific == TJAC_UNKNOWN &&
                 f.stats.row[0].consistent == TJAC_YES);
    teardown(&f);
}

/* ---- criteria that fail ---- */

static void low(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->elevation_effect = 0.26;
}

static void falls(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->pathway_effect = 0;
    r->matched_effect = -2.25;
}

static void by_chance(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_elevation = 0.05;
}

static void test_not_elevated(test *t)
{
    const tjac_verdict no = TJAC_VERDICT_NOT_ELEVATED;
    check_one(t, low, no,
              "the pathway is not above matched pairs: elevation_effect 0.26, "
              "min_effect 0.263");
    check_one(t, falls, no,
              "the pathway does not rise (pathway_effect 0), matched pairs fall "
              "(matched_effect -2.25)");
    check_one(t, by_chance, no, "no more than chance among KDs: p_elevation 0.05");
}

static void regulators_act(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->row_effect = 1.75;
    r->col_effect = 1.5;
    r->effect = 0.25;
}

static void targets_answer(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->row_effect = 1.5;
    r->col_effect = 1.75;
    r->p_blocks = 0.05;
}

static void neither(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->row_effect = 0.5;
    r->col_effect = 0.25 + 0.25;
    r->p_blocks = 0.25;
}

static void chance(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->p_kds = 0.05;
}

static void logarithm(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->routing_linear = 0;
}

static void name_targets(fixture *f, tjac_panel_stat *r, double effect, double p)
{
    f->panel[0].n_pairs = 5;
    r->unrelated_effect = effect;
    r->p_unrelated = p;
}

static void named_small(fixture *f, tjac_panel_stat *r)
{
    name_targets(f, r, 0.26, 0.01);
}

static void named_chance(fixture *f, tjac_panel_stat *r)
{
    name_targets(f, r, 1, 0.05);
}

static void named_dead(fixture *f, tjac_panel_stat *r)
{
    name_targets(f, r, NAN, NAN);
}

static void named_well(fixture *f, tjac_panel_stat *r)
{
    name_targets(f, r, 0.263, 0.049);
}

static void test_not_specific(test *t)
{
    const tjac_verdict no = TJAC_VERDICT_NOT_SPECIFIC;
    check_one(t, regulators_act, no,
              "regulators act on everything (row_effect 1.75); what is left "
              "as routing, effect 0.25, is below min_effect 0.263");
    check_one(t, targets_answer, no,
              "targets answer to everything (col_effect 1.75); other blocks "
              "have as much: p_blocks 0.05");
    check_one(t, neither, no, "other blocks have as much: p_blocks 0.25");
    check_one(t, chance, no, "other KDs have as much: q 0.05");
    check_one(t, logarithm, no, "the effect 2 is one of the logarithm alone: routing_linear 0");
    check_one(t, named_small, no,
              "the targets that are named answer as well: unrelated_effect "
              "0.26, p_unrelated 0.01");
    check_one(t, named_chance, no,
              "the targets that are named answer as well: unrelated_effect 1, "
              "p_unrelated 0.05");
    check_one(t, named_dead, no, "the targets that are named have no J to compare with");
    check_one(t, named_well, TJAC_VERDICT_POSITIVE,
              "4 of 4 KDs are above the reference median; one model: replication was not tested");
}

static void one_kd(fixture *f, tjac_panel_stat *r)
{
    blocks_case_classes(&f->panel[0], "puuuuuuuc");
    r->n_pathway_kds = 1;
    r->n_reference_kds = 7;
    r->loo_kd_min = r->kd_correlation = r->p_vif = NAN;
}

static void few_members(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->members_elevated = 0.5;
}

static void enough_members(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->members_elevated = 0.75;
    r->loo_kd_min = 1;
    r->loo_gene_min = NAN;
    r->effect = 2;
}

static void carried_by_kd(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->loo_kd_min = 0.9375;
}

static void carried_by_gene(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->loo_gene_min = 0;
}

static void test_not_consistent(test *t)
{
    const tjac_verdict no = TJAC_VERDICT_NOT_CONSISTENT;
    check_one(t, one_kd, no, "one KD alone cannot show consistency");
    check_one(t, few_members, no, "2 of 4 KDs are above the reference median; 75 % are needed");
    check_one(t, carried_by_kd, no, "without one KD the effect falls from 2 to 0.938");
    check_one(t, carried_by_gene, no, "without one gene's pairs the effect falls from 2 to 0");
    check_one(t, enough_members, TJAC_VERDICT_POSITIVE,
              "3 of 4 KDs are above the reference median; one model: replication was not tested");
}

/* Each verdict hides those after it. */
static void test_order(test *t)
{
    static void (*const change[])(fixture *, tjac_panel_stat *) = {
        floored_pathway, few_kds, low, logarithm, few_members, no_change};
    static const tjac_verdict want[] = {TJAC_VERDICT_NO_ANSWER,      TJAC_VERDICT_UNDERPOWERED,
                                        TJAC_VERDICT_NOT_ELEVATED,   TJAC_VERDICT_NOT_SPECIFIC,
                                        TJAC_VERDICT_NOT_CONSISTENT, TJAC_VERDICT_NOT_REPLICATED};
    for (size_t first = 0; first < 6; first++) {
        fixture f;
        setup(&f);
        for (size_t i = first; i < 6; i++)
            change[i](&f, i == first ? add(&f, "a", "p") : &f.stats.row[0]);
        low(&f, add(&f, "b", "p")); /* no model but one is elevated */
        run(t, &f);
        CHECK_STRING(t, tjac_verdict_name(f.stats.row[0].verdict), tjac_verdict_name(want[first]));
        teardown(&f);
    }
}

/* ---- families ---- */

/* q over the rows of an estimand and reference; shuffled models, rows without power and without an
 * answer are not among them. */
static void test_families(test *t)
{
    fixture f;
    setup(&f);
    add(&f, "a", "p")->p_kds = 0.01;
    add(&f, "a", "q")->p_kds = 0.03;
    add(&f, "b", "p")->p_kds = 0.04;
    tjac_panel_stat *other = add(&f, "a", "p");
    other->p_kds = 0.045;
    other->reference = TJAC_KD_BACKGROUND;
    other = add(&f, "a", "p");
    other->p_kds = 0.046;
    f.panel[4].estimand = TJAC_SHIFT;
    add(&f, "shuffled", "p")->p_kds = 0.047;
    f.panel[5].shuffled = true;
    few_blocks(&f, add(&f, "a", "r"));
    floored_pathway(&f, add(&f, "a", "s"));
    run(t, &f);
    const double q[] = {0.03, 0.04, 0.04, 0.045, 0.046, 0.047, NAN, NAN};
    const double q_min[] = {0.03, 0.015, 0.015, 0.01, 0.01, 0.01, NAN, NAN};
    for (size_t i = 0; i < f.stats.n; i++) {
        const tjac_panel_stat *r = &f.stats.row[i];
        if (isnan(q[i])) {
            CHECK(t, isnan(r->q) && isnan(r->q_min));
            continue;
        }
        CHECK_NEAR(t, r->q, q[i], 1e-12);
        CHECK_NEAR(t, r->q_min, q_min[i], 1e-12);
    }
    teardown(&f);
}

/* ---- models ---- */

static void test_replicated(test *t)
{
    fixture f;
    setup(&f);
    add(&f, "a", "p");
    add(&f, "b", "p");
    run(t, &f);
    for (size_t i = 0; i < 2; i++) {
        check(t, &f, i, TJAC_VERDICT_POSITIVE,
              "4 of 4 KDs are above the reference median; elevated and specific in every model");
        CHECK(t, f.stats.row[i].replicated == TJAC_YES);
    }
    teardown(&f);

    setup(&f); /* what is not consistent confirms, what is not specific does not */
    add(&f, "a", "p");
    few_members(&f, add(&f, "b", "p"));
    regulators_act(&f, add(&f, "c", "p"));
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_REPLICATED,
          "not_specific in model 'c' (effect 0.25); elevated "
          "and specific in 2 of 3 models");
    CHECK(t, strstr(f.stats.row[1].reason, "; elevated and specific in 2 of 3 models"));
    CHECK(t, f.stats.row[2].verdict == TJAC_VERDICT_NOT_SPECIFIC &&
                 f.stats.row[2].replicated == TJAC_NO);
    teardown(&f);

    setup(&f); /* without an answer: no */
    add(&f, "a", "p");
    floored_pathway(&f, add(&f, "b", "p"));
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_NOT_REPLICATED, "no_answer in model 'b' (effect 2)");
    teardown(&f);

    setup(&f); /* the other model has another panel, cell type or reference alone */
    for (int i = 0; i < 3; i++)
        add(&f, "a", (const char *[]){"p", "q", "r"}[i]);
    add(&f, "b", "other");
    add(&f, "b", "q")->reference = TJAC_KD_BACKGROUND;
    add(&f, "b", "r");
    f.panel[5].cell_type = text("K562");
    run(t, &f);
    for (size_t i = 0; i < 3; i++)
        check(t, &f, i, TJAC_VERDICT_NOT_REPLICATED, "another model of the run has no such KDs");
    teardown(&f);

    setup(&f);
    for (int i = 0; i < 3; i++)
        add(&f, (const char *[]){"a", "b", "c"}[i], "p");
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE,
          "4 of 4 KDs are above the reference median; elevated and specific in 3 of 3 models");
    teardown(&f);
}

/* A control replicates nothing, and denies nothing; where it is positive, all real rows say so. */
static void test_shuffled(test *t)
{
    fixture f;
    setup(&f);
    add(&f, "a", "p");
    add(&f, "s", "p");
    f.panel[1].shuffled = true;
    add(&f, "a", "q");
    low(&f, add(&f, "s", "q"));
    f.panel[3].shuffled = true;
    low(&f, add(&f, "a", "r"));
    add(&f, "s", "r");
    f.panel[5].shuffled = true;
    run(t, &f);
    check(t, &f, 0, TJAC_VERDICT_POSITIVE,
          "4 of 4 KDs are above the reference median; one model: replication was not tested; "
          "positive in a shuffled control too: do not trust it");
    check(t, &f, 1, TJAC_VERDICT_POSITIVE,
          "4 of 4 KDs are above the reference median; the weights of this model are shuffled: a "
          "control that should not be positive");
    check(t, &f, 2, TJAC_VERDICT_POSITIVE,
          "4 of 4 KDs are above the reference median; one model: replication was not tested");
    CHECK(t, f.stats.row[3].verdict == TJAC_VERDICT_NOT_ELEVATED);
    CHECK(t, strstr(f.stats.row[4].reason, "; positive in a shuffled control too"));
    for (size_t i = 0; i < 6; i++)
        CHECK(t, f.stats.row[i].replicated == TJAC_UNKNOWN);
    CHECK(t, tjac_verdict_of_control(&f.stats, &f.stats.row[0]) &&
                 !tjac_verdict_of_control(&f.stats, &f.stats.row[2]));
    teardown(&f);
}

/* ---- remarks ---- */

static void unbalanced(fixture *f, tjac_panel_stat *r)
{
    (void)r;
    f->panel[0].balance[0] = -0.26;
    f->panel[0].balance[1] = 1.25;
}

static void balanced(fixture *f, tjac_panel_stat *r)
{
    (void)r;
    f->panel[0].balance[0] = 0.25;
    f->panel[0].balance[1] = NAN;
}

static void falls_alone(fixture *f, tjac_panel_stat *r)
{
    low(f, r);
    r->effect = -2;
}

static void falls_two_sided(fixture *f, tjac_panel_stat *r)
{
    falls_alone(f, r);
    f->options.two_sided = true;
}

static void alike(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->kd_correlation = 0.5;
    r->p_vif = 0.125;
}

static void alike_but_clear(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->kd_correlation = 0.5;
}

static void some_floored(fixture *f, tjac_panel_stat *r)
{
    (void)f;
    r->n_pathway_kds = 3;
    r->n_floored[0] = 1;
    r->n_floored[1] = 2; /* of four: not more than half */
}

#define POSITIVE "4 of 4 KDs are above the reference median; one model: replication was not tested"

static void test_remarks(test *t)
{
    const tjac_verdict yes = TJAC_VERDICT_POSITIVE, no = TJAC_VERDICT_NOT_ELEVATED;
    check_one(t, unbalanced, yes,
              POSITIVE "; drawn regulators differ in expression by -0.26 standard deviations; "
                       "drawn targets differ in expression by 1.2 standard deviations");
    check_one(t, balanced, yes, POSITIVE);
    check_one(t, alike, yes,
              POSITIVE "; the KDs resemble each other (kd_correlation 0.5): p_vif "
                       "0.125");
    check_one(t, alike_but_clear, yes, POSITIVE);
    check_one(t, some_floored, yes,
              "3 of 3 KDs are above the reference median; one model: replication was not tested; 1 "
              "KDs without a score are left out; under 3 KDs J of every pathway pair is 0 "
              "(floored)");
    check_one(t, falls_alone, no,
              "the pathway is not above matched pairs: elevation_effect 0.26, "
              "min_effect 0.263");
    check_one(t, falls_two_sided, no,
              "the pathway is not above matched pairs: elevation_effect "
              "0.26, min_effect 0.263; routing falls: effect -2, p_kds "
              "0.02");
}

int main(void)
{
    test t = {0};
    test_positive(&t);
    test_no_answer(&t);
    test_underpowered(&t);
    test_not_elevated(&t);
    test_not_specific(&t);
    test_not_consistent(&t);
    test_order(&t);
    test_families(&t);
    test_replicated(&t);
    test_shuffled(&t);
    test_remarks(&t);
    return test_end(&t);
}
