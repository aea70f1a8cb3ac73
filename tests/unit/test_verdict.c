/* What rows mean: the order of verdicts, families of q, models and controls. The sentences are in
 * test_reason.c. */
#include "verdict_case.h"

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

int main(void)
{
    test t = {0};
    test_positive(&t);
    test_order(&t);
    test_families(&t);
    test_replicated(&t);
    test_shuffled(&t);
    return test_end(&t);
}
