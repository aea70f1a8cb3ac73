/* Results of a run: what is not there, how far those of a fast precision are off, and whether its
 * models fit into one file of the full Jacobian. */
#include "test.h"
#include "results/full.h"
#include "results/results.h"

enum { ESTIMANDS = 2, KDS = 2, PAIRS = 3, N = ESTIMANDS * KDS * PAIRS };

typedef struct {
    size_t regulator[2], target[2], kd[KDS];
    tjac_plan_pair pair[PAIRS];
    tjac_names inputs, outputs, kds;
    tjac_plan_names names;
    tjac_plan plan;
} some_plan;

static void setup(some_plan *s)
{
    static char *input[] = {"I0", "I1", "I2"}, *output[] = {"O0", "O1", "O2"},
                *kd[] = {"K0", "K1", "K2"};
    *s = (some_plan){.regulator = {2, 0},
                     .target = {1, 2},
                     .kd = {2, 1},
                     .pair = {{0, 0}, {1, 0}, {1, 1}},
                     .inputs = {.name = input, .n = 3},
                     .outputs = {.name = output, .n = 3},
                     .kds = {.name = kd, .n = 3}};
    s->names = (tjac_plan_names){
        .model = "m", .inputs = &s->inputs, .outputs = &s->outputs, .kds = &s->kds};
    s->plan = (tjac_plan){.regulator = s->regulator,
                          .target = s->target,
                          .kd = s->kd,
                          .pair = s->pair,
                          .n_regulators = 2,
                          .n_targets = 2,
                          .n_kds = KDS,
                          .n_pairs = PAIRS,
                          .names = &s->names};
}

/* Each estimand by its own largest |J| of the exact ones; the worst triple by its names. */
static void test_deviation(test *t)
{
    static const tjac_estimand what[] = {TJAC_SET_MEAN, TJAC_KNOCKOUT};
    some_plan s;
    tjac_results fast = {0}, exact = {0};
    tjac_deviation d;
    tjac_err err = {0};
    setup(&s);
    CHECK_OK(t, tjac_results_init(ESTIMANDS, &s.plan, &fast, &err), &err);
    CHECK_OK(t, tjac_results_init(ESTIMANDS, &s.plan, &exact, &err), &err);
    for (size_t i = 0; i < N; i++)
        fast.J[i] = exact.J[i] = i < N / 2 ? -8.0 : 0.5;
    tjac_results_deviation(&fast, &exact, &s.plan, what, &d);
    CHECK(t, d.triples == N && d.worst == 0 && d.kd);

    fast.J[tjac_results_at(&fast, 0, 1, 0)] = -16;    /* 1 of 8 */
    fast.J[tjac_results_at(&fast, 1, 1, 1)] = -0.125; /* 1.25 of 0.5 */
    fast.J[tjac_results_at(&fast, 1, 0, 2)] = 0.25;
    tjac_results_deviation(&fast, &exact, &s.plan, what, &d);
    CHECK(t, d.triples == N && d.worst == 1.25);
    CHECK_STRING(t, d.estimand, "knockout");
    CHECK_STRING(t, d.kd, "K1");
    CHECK_STRING(t, d.regulator, "I0");
    CHECK_STRING(t, d.target, "O1");

    for (size_t i = N / 2; i < N; i++) /* an estimand of zeros is not compared */
        exact.J[i] = 0;
    tjac_results_deviation(&fast, &exact, &s.plan, what, &d);
    CHECK(t, d.triples == N / 2 && d.worst == 1);
    CHECK_STRING(t, d.estimand, "set_mean");
    CHECK_STRING(t, d.kd, "K1");
    CHECK_STRING(t, d.regulator, "I2");
    CHECK_STRING(t, d.target, "O1");
    tjac_results_free(&fast);
    tjac_results_free(&exact);
}

/* The first value that is not there is named, whichever it is. */
static void test_check(test *t)
{
    some_plan s;
    tjac_results r = {0};
    tjac_err err = {0};
    setup(&s);
    CHECK_OK(t, tjac_results_init(ESTIMANDS, &s.plan, &r, &err), &err);
    for (size_t i = 0; i < N; i++)
        r.J[i] = 1;
    CHECK_OK(t, tjac_results_check(&r, &s.plan, &err), &err);
    r.J[N - 1] = NAN;
    CHECK(t, tjac_results_check(&r, &s.plan, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "J of I0 -> O2 under KD 'K1' of model 'm' was never computed");
    r.J[1] = NAN;
    CHECK(t, tjac_results_check(&r, &s.plan, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "J of I0 -> O1 under KD 'K2' of model 'm' was never computed");
    tjac_results_free(&r);

    s.plan.n_pairs = SIZE_MAX / 8 / ESTIMANDS / KDS + 1; /* bytes that no size holds */
    r = (tjac_results){.n_kds = 77};
    CHECK(t, tjac_results_init(ESTIMANDS, &s.plan, &r, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "too many triples");
    CHECK(t, r.n_kds == 77 && !r.J);
}

/* One file holds one block of cells, and models of the same genes and KDs, name by name. */
static void test_full_check(test *t)
{
    static char *others[] = {"I0", "I1", "X"};
    for (int way = 0; way < 7; way++) {
        some_plan s[2];
        tjac_run_model model[2] = {{.input = {0}}};
        tjac_run run = {.model = model, .n_models = 2};
        tjac_err err = {0};
        for (size_t i = 0; i < 2; i++) {
            setup(&s[i]);
            model[i].input = (tjac_input){.name = i ? "b" : "a",
                                          .n_blocks = 1,
                                          .inputs = s[i].inputs,
                                          .outputs = s[i].outputs};
            model[i].plan = s[i].plan;
        }
        if (way == 1)
            model[0].input.n_blocks = 2;
        else if (way == 2)
            model[1].input.inputs.name = others;
        else if (way == 3)
            model[1].input.outputs.n = 2;
        else if (way == 4)
            model[1].plan.n_kds = 1;
        else if (way == 5)
            s[1].kd[1] = 0;
        else if (way == 6)
            model[1].input.outputs.name = others;
        if (way == 0) {
            CHECK_OK(t, tjac_full_check(&run, &err), &err);
            continue;
        }
        tjac_code code = way == 1 ? TJAC_EUSAGE : TJAC_EINPUT;
        CHECK(t, tjac_full_check(&run, &err) == code);
        CHECK_ERROR(t, &err, code,
                    way == 1 ? "cells.cell_type names 2 cell types"
                             : "models 'a' and 'b' differ in genes or KDs");
    }
}

int main(void)
{
    test t = {0};
    test_deviation(&t);
    test_check(&t);
    test_full_check(&t);
    return test_end(&t);
}
