/* results.h: the Jacobians of one model and one block of cells. */
#ifndef TJAC_RESULTS_H
#define TJAC_RESULTS_H

#include "engine/engine.h"
#include "plan/plan.h"

typedef struct {
    size_t n_estimands, n_kds, n_pairs, n_targets;
    double *J;      /* [estimand][kd][pair] as in tjac_engine_kd; NaN until its KD is there */
    double *se;     /* [estimand][kd][pair] */
    double *active; /* [kd][target] */
    tjac_engine_report report;
} tjac_results;

tjac_code tjac_results_init(size_t n_estimands, const tjac_plan *plan, tjac_results *out,
                            tjac_err *err) TJAC_MUST_USE;
void tjac_results_free(tjac_results *r);

/* A tjac_engine_options.take; take_self is the tjac_results. */
tjac_code tjac_results_take(void *results, const tjac_engine_kd *kd, tjac_err *err) TJAC_MUST_USE;

/* TJAC_EFAIL, naming the triple, when a value is still NaN: a KD that was never handed over. */
tjac_code tjac_results_check(const tjac_results *r, const tjac_plan *plan,
                             tjac_err *err) TJAC_MUST_USE;

/* How far a fast precision is from float32: the worst |difference| relative to the largest |J| of
 * the estimand, over a sample. */
typedef struct {
    size_t triples; /* compared; 0: nothing was */
    double worst;
    const char *estimand, *kd, *regulator, *target; /* of the worst; borrowed */
} tjac_deviation;

/* Of two results of the same plan, whose estimands are given in their order. */
void tjac_results_deviation(const tjac_results *fast, const tjac_results *exact,
                            const tjac_plan *plan, const tjac_estimand *estimand,
                            tjac_deviation *out);

/* Position of (estimand, kd, pair) in J and se. */
size_t tjac_results_at(const tjac_results *r, size_t estimand, size_t kd, size_t pair);

#endif
