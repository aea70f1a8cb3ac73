/* gradient.h: pullbacks against central finite differences, on a sample of a plan's triples.
 *
 * Compares d E[Y_j] / d (a uniform shift of X_i in all cells) = S * set_mean of the first set.
 * Where a ReLU turns between the two points the difference is wrong, not the pullback: two steps
 * are tried and the nearer one counts. For a model in float64. */
#ifndef TJAC_GRADIENT_H
#define TJAC_GRADIENT_H

#include "engine/engine.h"

enum { TJAC_GRADIENT_KDS = 3, TJAC_GRADIENT_GENES = 6 };

typedef struct {
    size_t compared; /* triples */
    double
        worst; /* largest |pullback - difference| / max(|difference|, 1e-6 largest |difference|) */
    size_t kd, regulator, target; /* of the worst: positions among the KDs, inputs, outputs */
    double pullback, difference;  /* of the worst */
    size_t n_dead;                /* (KD, target) of the sample whose last ReLU passes in no cell */
    size_t dead_kd, dead_target;  /* the first of them */
} tjac_gradient_report;

tjac_code tjac_gradient_check(const tjac_plan *plan, tjac_st *st, const tjac_engine_source *source,
                              tjac_gradient_report *out, tjac_err *err) TJAC_MUST_USE;

#endif
