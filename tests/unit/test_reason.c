/* Every sentence of a reason once, each condition where it fails alone and at its limit. */
#include "verdict_case.h"

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

/* Of one J that is 0 it is another reason. */
static void zero_not_off(fixture *f, tjac_panel_stat *r)
{
    tjac_err err = {0};
    all_off(f, r);
    if (!(f->panel[0].off = tjac_alloc(9, 4, &err)))
        abort();
    for (size_t k = 1; k < 8; k++)
        f->panel[0].off[k * 4] = 1;
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
    check_one(t, all_off, none,
              "last ReLU off (active 0): J of every pathway pair is 0 under every KD");
    check_one(t, zero_not_off, none,
              "J of every pathway pair is 0 under every KD, though the last ReLU is not off "
              "everywhere (active)");
    check_one(t, all_broken, none, "no J of the pathway is a number");
    check_one(t, all_own, none, "every pathway pair is the KD's own under every KD");
    check_one(t, off_or_broken, none,
              "last ReLU off (active 0): J of every pathway pair is 0 under every KD");
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
              "last ReLU off (active 0): J of every pathway pair is 0 under 3 of 4 "
              "pathway and 1 of 4 unrelated KDs");
    check_one(t, floored_reference, none,
              "last ReLU off (active 0): J of every pathway pair is 0 under 0 of "
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
              "KD without a score is left out; under 3 KDs J of every pathway pair is 0 "
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
    test_no_answer(&t);
    test_underpowered(&t);
    test_not_elevated(&t);
    test_not_specific(&t);
    test_not_consistent(&t);
    test_remarks(&t);
    return test_end(&t);
}
