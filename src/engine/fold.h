/* fold.h: the numbers of a KD's sets become what the engine hands over. Private to the engine. */
#ifndef TJAC_FOLD_H
#define TJAC_FOLD_H

#include "engine/forms.h"

typedef struct {
    const form_wants *want;
    const tjac_engine_options *options;
    const tjac_st *st; /* any: to expand numbers of the encoding */
} fold_task;

/* One KD: position kd in the plan, slot[n_sets] its numbers, a set each, which are spoilt. */
typedef struct {
    size_t kd;
    form_slot *const *slot;
} fold_kd;

/* Hands a KD's J to options->take. A value that is not finite, so also one that was never computed,
 * is TJAC_EFAIL naming the triple. */
tjac_code fold_take(const fold_task *task, const fold_kd *kd, tjac_err *err) TJAC_MUST_USE;

/* The full Jacobian of a KD, the mean of its sets, to options->take_rows by blocks of targets. */
tjac_code fold_take_rows(const fold_task *task, const fold_kd *kd, tjac_err *err) TJAC_MUST_USE;

/* Mean of value[n], summed in their order (Welford), and sd / sqrt(n); *se is NaN for n = 1. */
void fold_sets(const double *value, size_t n, double *mean, double *se);

#endif
