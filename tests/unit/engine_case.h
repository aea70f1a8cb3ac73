/* engine_case.h: a plan, cells and options for the stand-in, and what the engine must find. */
#ifndef TJAC_ENGINE_CASE_H
#define TJAC_ENGINE_CASE_H

#include "stand_in.h"
#include "test.h"
#include "results/results.h"

enum { MOST_KDS = 140, MOST_PAIRS = 64 };

/* Everything of one run; in place, as its parts point at each other. */
typedef struct {
    size_t regulator[GENES], target[OUTPUTS], kd[MOST_KDS];
    tjac_plan_pair pair[MOST_PAIRS];
    char output_name[OUTPUTS][8];
    char kd_name[MOST_KDS][8];
    char *kd_names[MOST_KDS];
    char *output[OUTPUTS];
    char *input[GENES];
    tjac_names inputs, outputs, kds;
    tjac_plan_names names;
    tjac_plan plan;
    stand_in model[2];
    tjac_st st[2];
    double sd[GENES];
    int64_t batch[MOST_SETS * MOST_CELLS];
    float cells[MOST_SETS * MOST_CELLS * GENES];
    size_t reads; /* not atomic: the engine promises one caller at a time */
    tjac_engine_source source;
    tjac_engine_options options;
    tjac_engine_task task;
} engine_case;

static inline double cell_value(size_t set, size_t c, size_t g)
{
    return (double)((set * 5 + c * 7 + g * 3 + c * g) % 11) - 3.25;
}

static inline void fill_vector(size_t kd, float *v)
{
    v[0] = 1.0f + (float)kd;
    v[1] = kd % 2 ? 0.5f : -1.5f;
    v[2] = (float)kd;
}

static inline tjac_code give_vector(void *self, size_t kd, float *v, tjac_err *err)
{
    (void)err;
    ((engine_case *)self)->reads++;
    fill_vector(kd, v);
    return TJAC_OK;
}

/* Regulators, targets and KDs that are not in the order of the model. */
static inline void make_plan(engine_case *e, const char *rows, size_t n_kds)
{
    static const size_t regulator[GENES] = {4, 1, 5, 0, 3, 2}, kd[] = {2, 0, 5, 1, 3, 4};
    static char *input_name[GENES] = {"X0", "X1", "X2", "X3", "X4", "X5"};
    size_t r = 0, t = 0;
    for (const char *c = rows; *c; c++) {
        if (*c == 'x')
            e->pair[e->plan.n_pairs++] = (tjac_plan_pair){r, t};
        t = *c == '/' ? 0 : t + 1;
        r += *c == '/';
    }
    memcpy(e->regulator, regulator, sizeof regulator);
    for (size_t k = 0; k < MOST_KDS; k++) {
        e->kd[k] = k < sizeof kd / sizeof *kd ? kd[k] : k;
        snprintf(e->kd_name[k], sizeof e->kd_name[k], "K%zu", k);
        e->kd_names[k] = e->kd_name[k];
    }
    for (size_t j = 0; j < OUTPUTS; j++) {
        e->target[j] = (j * 67 + 6) % OUTPUTS;
        snprintf(e->output_name[j], sizeof e->output_name[j], "Y%zu", j);
        e->output[j] = e->output_name[j];
    }
    memcpy(e->input, input_name, sizeof input_name);
    e->inputs = (tjac_names){.name = e->input, .n = GENES};
    e->outputs = (tjac_names){.name = e->output, .n = OUTPUTS};
    e->kds = (tjac_names){.name = e->kd_names, .n = MOST_KDS};
    e->names = (tjac_plan_names){
        .model = "bent", .inputs = &e->inputs, .outputs = &e->outputs, .kds = &e->kds};
    e->plan.regulator = e->regulator;
    e->plan.target = e->target;
    e->plan.kd = e->kd;
    e->plan.pair = e->pair;
    e->plan.n_regulators = r + 1;
    e->plan.n_targets = t;
    e->plan.n_kds = n_kds;
    e->plan.names = &e->names;
}

/* rows: one a regulator, 'x' where the pair is wanted: "xx./..x" is 2 regulators x 3 targets. */
static inline void case_init(engine_case *e, const char *rows, size_t n_kds, size_t S,
                             size_t n_sets)
{
    *e = (engine_case){.reads = 0};
    make_plan(e, rows, n_kds);
    for (size_t d = 0; d < 2; d++)
        stand_in_init(&e->model[d], &e->st[d]);
    for (size_t g = 0; g < GENES; g++)
        e->sd[g] = 0.5 + 0.125 * (double)g;
    for (size_t i = 0; i < n_sets * S * GENES; i++)
        e->cells[i] = (float)cell_value(i / GENES / S, i / GENES % S, i % GENES);
    e->source = (tjac_engine_source){.self = e,
                                     .cells = e->cells,
                                     .set_size = S,
                                     .n_sets = n_sets,
                                     .input_dim = GENES,
                                     .pert_dim = VECTOR,
                                     .sd = e->sd,
                                     .kd_vector = give_vector};
    e->options = (tjac_engine_options){.seed = 1, .threads = 1};
    e->task = (tjac_engine_task){&e->plan, e->st, 1, &e->source};
}

/* The models are on devices with so many bytes free. */
static inline void on_device(engine_case *e, double bytes)
{
    for (size_t d = 0; d < 2; d++) {
        e->st[d].device = true;
        e->model[d].memory.free = bytes;
    }
}

static inline void want(engine_case *e, const tjac_estimand *what, size_t n)
{
    e->options.estimand = what;
    e->options.n_estimands = n;
}

/* The engine into results; on failure they are empty. */
static inline tjac_code try_case(const engine_case *e, tjac_results *r, tjac_err *err)
{
    tjac_engine_options o = e->options;
    *r = (tjac_results){0};
    o.take = tjac_results_take;
    o.take_self = r;
    if (tjac_results_init(o.n_estimands, e->task.plan, r, err) ||
        tjac_engine_run(&e->task, &o, &r->report, err) || tjac_results_check(r, e->task.plan, err))
        tjac_results_free(r);
    return err->code;
}

static inline tjac_results run_case(test *t, const engine_case *e)
{
    tjac_err err = {0};
    tjac_results r;
    CHECK_OK(t, try_case(e, &r, &err), &err);
    return r;
}

/* Must fail with this sentence. */
static inline void check_fails(test *t, const engine_case *e, tjac_code code, const char *part)
{
    tjac_err err = {0};
    tjac_results r;
    CHECK(t, try_case(e, &r, &err) == code);
    CHECK_ERROR(t, &err, code, part);
}

/* ---- what must come out ---- */

static inline cell_set set_of(const engine_case *e, size_t set)
{
    cell_set s = {.S = e->source.set_size};
    for (size_t c = 0; c < s.S; c++) {
        for (size_t g = 0; g < GENES; g++)
            s.X[c][g] = cell_value(set, c, g);
        s.batch[c] = e->source.batch ? e->source.batch[set * s.S + c] : 0;
    }
    return s;
}

static inline cell_set mean_set_of(const engine_case *e, size_t set)
{
    cell_set s = set_of(e, set), of = s;
    for (size_t i = 0; i < s.S * GENES; i++) {
        double sum = 0;
        for (size_t c = 0; c < s.S; c++)
            sum += of.X[c][i % GENES];
        s.X[i / GENES][i % GENES] = sum / (double)s.S;
    }
    return s;
}

/* 1' g 1 and tr g of a set of the whole model, for scale(kd) = 1. */
static inline double sum_of_g(const formula *f, const cell_set *s, size_t t, size_t r, bool trace)
{
    double sum = 0;
    for (size_t c = 0; c < s->S; c++)
        for (size_t k = 0; k < s->S; k++)
            if (!trace || c == k)
                sum += slope_of(f, s, c, t) * cell_weight(f, s->S, c, k) * gene_weight(t, r);
    return sum;
}

static inline double change_of(const engine_case *e, const cell_set *s, size_t t, size_t r,
                               bool knockout)
{
    const formula *f = &e->model[0].f;
    cell_set after = *s;
    for (size_t c = 0; c < s->S; c++)
        after.X[c][r] = knockout ? 0 : after.X[c][r] + e->sd[r];
    return mean_unscaled(f, &after, t) - mean_unscaled(f, s, t);
}

/* The value of one set. */
static inline double expected(const engine_case *e, tjac_estimand what, size_t set, size_t kd,
                              size_t pair)
{
    const formula *f = &e->model[0].f;
    size_t t = e->target[e->pair[pair].target], r = e->regulator[e->pair[pair].regulator];
    cell_set s = set_of(e, set), mean = mean_set_of(e, set);
    double S = (double)s.S, by_strength;
    float v[VECTOR];
    fill_vector(e->kd[kd], v);
    double scale = scale_of(v, &by_strength);
    double all = sum_of_g(f, &s, t, r, false), trace = sum_of_g(f, &s, t, r, true);
    switch (what) {
    case TJAC_SET_MEAN:
        return scale * all / S / S;
    case TJAC_SAME_CELL:
        return scale * trace / S;
    case TJAC_CROSS_CELL:
        return scale * (all - trace) / S;
    case TJAC_MEAN_CELL:
        return scale * sum_of_g(f, &mean, t, r, false) / S;
    case TJAC_PERT:
        return by_strength * mean_unscaled(f, &s, t);
    default:
        return scale * change_of(e, &s, t, r, what == TJAC_KNOCKOUT);
    }
}

/* J of all triples, and the spread of the sets. */
static inline void check_values(test *t, const engine_case *e, const tjac_results *r, double within)
{
    size_t n = e->source.n_sets, n_kds = e->plan.n_kds, n_pairs = e->plan.n_pairs;
    if (!CHECK(t, r->J && r->n_kds == n_kds && r->n_pairs == n_pairs))
        return;
    for (size_t i = 0; i < e->options.n_estimands * n_kds * n_pairs; i++) {
        size_t kd = i / n_pairs % n_kds, pair = i % n_pairs;
        double sum = 0, squares = 0, values[MOST_SETS];
        for (size_t k = 0; k < n; k++)
            sum += values[k] = expected(e, e->options.estimand[i / n_pairs / n_kds], k, kd, pair);
        for (size_t k = 0; k < n; k++)
            squares += pow(values[k] - sum / (double)n, 2);
        double se = sqrt(squares / (double)(n - 1) / (double)n);
        CHECK_NEAR(t, r->J[i], sum / (double)n, within);
        CHECK(t,
              n == 1 ? isnan(r->se[i]) : fabs(r->se[i] - se) <= 10 * within * (se + fabs(r->J[i])));
    }
}

#endif
