/* The engine against a linear stand-in whose Jacobian is known: Y[c,t] = sum_c' sum_g
 * A[c,c'] W[t,g] X[c',g] kd_scale, so that g[c,c'] = A[c,c'] W[t,g] kd_scale. A is not symmetric
 * and W has no two equal numbers: a transposed weight, a swapped index or a wrong sign shows. */
#include "test.h"
#include "tjac/engine.h"

enum { S = 3, G = 4, D = 5, P = 2 };

typedef struct {
    const tjac_st_set *set;
    tjac_st_set copy;
    double scale;
    int pulls;
} linear;

static double A(size_t c, size_t k)
{
    return 1.0 + 0.5 * (double)c - 0.25 * (double)(k * k);
}

static double W(size_t t, size_t g)
{
    return (double)(t * G + g) - 7.5;
}

static tjac_code begin(void *self, const tjac_st_set *set, tjac_err *err)
{
    linear *l = self;
    (void)err;
    l->copy = *set;
    l->set = &l->copy;
    return TJAC_OK;
}

static tjac_code predict(void *self, const float *kd, double *y, tjac_err *err)
{
    linear *l = self;
    (void)err;
    l->scale = (double)kd[0] + 10 * (double)kd[1];
    for (size_t c = 0; c < S; c++)
        for (size_t t = 0; t < l->set->n_targets; t++) {
            double sum = 0;
            for (size_t k = 0; k < S; k++)
                for (size_t g = 0; g < G; g++)
                    sum += A(c, k) * W(l->set->target[t], g) * l->set->cells[k * G + g];
            y[c * l->set->n_targets + t] = sum * l->scale;
        }
    return TJAC_OK;
}

static tjac_code pull(void *self, const tjac_probe *probe, size_t n, double *out, tjac_err *err)
{
    linear *l = self;
    (void)err;
    l->pulls++;
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < l->set->n_regulators; r++) {
            double form = 0;
            for (size_t c = 0; c < S; c++)
                for (size_t k = 0; k < S; k++)
                    form += probe[i].u[c] * A(c, k) * probe[i].v[k];
            out[i * l->set->n_regulators + r] =
                form * W(l->set->target[probe[i].target], l->set->regulator[r]) * l->scale;
        }
    return TJAC_OK;
}

static tjac_code read_set(void *self, size_t k, double *cells, tjac_err *err)
{
    (void)self;
    (void)err;
    for (size_t i = 0; i < S * G; i++)
        cells[i] = (double)(k + 1) * (0.5 - (double)i);
    return TJAC_OK;
}

static tjac_code kd_vector(void *self, size_t kd, float *v, tjac_err *err)
{
    (void)self;
    (void)err;
    v[0] = kd == 0;
    v[1] = kd == 1;
    return TJAC_OK;
}

static tjac_code stop(void *self, size_t done, size_t of, tjac_err *err)
{
    (void)of;
    *(size_t *)self = done;
    return done == 2 ? tjac_err_set(err, TJAC_EINTR, "stop") : TJAC_OK;
}

/* Regulators 3, 1; targets 4, 0; pairs (3,4), (1,4), (1,0); KDs 1 then 0. */
static tjac_plan make_plan(tjac_plan_names *names)
{
    static size_t regulator[] = {3, 1}, target[] = {4, 0}, kd[] = {1, 0};
    static tjac_plan_pair pair[] = {{0, 0}, {1, 0}, {1, 1}};
    tjac_plan p = {0};
    p.regulator = regulator;
    p.target = target;
    p.kd = kd;
    p.pair = pair;
    p.n_regulators = p.n_targets = p.n_kds = 2;
    p.n_pairs = 3;
    p.names = names;
    return p;
}

static void check_values(test *t, const tjac_results *r, const tjac_plan *p)
{
    double all = 0, trace = 0;
    for (size_t c = 0; c < S; c++)
        for (size_t k = 0; k < S; k++) {
            all += A(c, k);
            trace += c == k ? A(c, k) : 0;
        }
    for (size_t kd = 0; kd < 2; kd++)
        for (size_t i = 0; i < 3; i++) {
            double w = W(p->target[p->pair[i].target], p->regulator[p->pair[i].regulator]);
            double scale = p->kd[kd] == 1 ? 10 : 1;
            CHECK_NEAR(t, r->J[tjac_results_at(r, 0, kd, i)], w * scale * all / (S * S), 1e-14);
            CHECK_NEAR(t, r->J[tjac_results_at(r, 1, kd, i)], w * scale * trace / S, 1e-14);
            CHECK_NEAR(t, r->J[tjac_results_at(r, 2, kd, i)], w * scale * (all - trace) / S, 1e-13);
            CHECK(t, fabs(r->se[tjac_results_at(r, 0, kd, i)]) < 1e-14); /* linear: no spread */
        }
}

int main(void)
{
    test t = {0};
    tjac_err err = {0};
    linear l = {0};
    tjac_plan_names names = {.model = "linear"};
    tjac_plan plan = make_plan(&names);
    tjac_st st = {&l, begin, predict, pull, NULL, true};
    const tjac_engine_source source = {NULL, S, 2, G, P, NULL, read_set, kd_vector};
    const tjac_estimand estimands[] = {TJAC_SET_MEAN, TJAC_SAME_CELL, TJAC_CROSS_CELL};
    for (size_t chunk = 1; chunk <= 8; chunk++) {
        const tjac_engine_options o = {estimands, 3, chunk, NULL, NULL};
        tjac_results r = {0};
        if (CHECK_OK(&t, tjac_engine_run(&plan, &st, &source, &o, &r, &err), &err))
            check_values(&t, &r, &plan);
        /* cell 0 of set 0 is 0.5, -0.5, ...: y of target 4 under KD 1 is negative in every cell */
        tjac_results_free(&r);
    }

    /* set_mean alone: one pullback a chunk of targets, set and KD */
    l.pulls = 0;
    const tjac_engine_options one = {estimands, 1, 8, NULL, NULL};
    tjac_results r = {0};
    CHECK_OK(&t, tjac_engine_run(&plan, &st, &source, &one, &r, &err), &err);
    CHECK(&t, l.pulls == 4);

    /* the share of active cells against a count made here */
    double y[S * 2], cells[S * G], active = 0;
    float kd[P] = {0, 1};
    const tjac_st_set set = {S, cells, NULL, plan.regulator, 2, plan.target, 2};
    for (size_t k = 0; k < 2; k++) {
        read_set(NULL, k, cells, &err);
        begin(&l, &set, &err);
        predict(&l, kd, y, &err);
        for (size_t c = 0; c < S; c++)
            active += y[c * 2] > 0;
    }
    CHECK_NEAR(&t, r.active[0], active / (2 * S), 1e-15);
    tjac_results_free(&r);

    /* no last ReLU: NaN, which is written as NA */
    st.final_relu = false;
    CHECK_OK(&t, tjac_engine_run(&plan, &st, &source, &one, &r, &err), &err);
    CHECK(&t, isnan(r.active[0]));
    tjac_results_free(&r);

    /* one set: no spread to speak of */
    tjac_engine_source single = source;
    single.n_sets = 1;
    CHECK_OK(&t, tjac_engine_run(&plan, &st, &single, &one, &r, &err), &err);
    CHECK(&t, isnan(r.se[0]));
    tjac_results_free(&r);

    /* stopped from outside */
    size_t done = 0;
    const tjac_engine_options stopping = {estimands, 1, 8, stop, &done};
    tjac_code code = tjac_engine_run(&plan, &st, &source, &stopping, &r, &err);
    CHECK(&t, code == TJAC_EINTR && done == 2 && r.J == NULL);
    CHECK_ERROR(&t, &err, TJAC_EINTR, "stop");

    /* the spread over sets, with values that differ: sd / sqrt(n) of 1, 2, 6 is 1.5275 */
    const double values[] = {1, 2, 6};
    CHECK_OK(&t, tjac_results_init(1, &plan, 3, S, &r, &err), &err);
    for (size_t k = 0; k < 3; k++)
        tjac_results_add(&r, 0, k, values[k]);
    tjac_results_finish(&r);
    CHECK_NEAR(&t, r.J[0], 3.0, 1e-15);
    CHECK_NEAR(&t, r.se[0], sqrt(7.0 / 3.0), 1e-15);
    tjac_results_free(&r);
    return test_end(&t);
}
