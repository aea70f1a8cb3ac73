/* results.h: the Jacobians of one model and one block of cells. */
#ifndef TJAC_RESULTS_H
#define TJAC_RESULTS_H

#include "plan/plan.h"

typedef struct {
    size_t n_estimands, n_kds, n_pairs, n_targets, n_sets, n_cells; /* n_cells: of all sets */
    double *J;      /* [estimand][kd][pair] mean over the sets */
    double *se;     /* [estimand][kd][pair] sd over the sets / sqrt(n_sets); with one set the error
                       of its probes; NaN without either */
    double *active; /* [kd][target] share of the cells that pass the last ReLU, NaN without one */
    double passes;  /* forms and changes that were computed, of all KDs and sets */
} tjac_results;

tjac_code tjac_results_init(size_t n_estimands, const tjac_plan *plan, size_t n_sets,
                            size_t set_size, tjac_results *out, tjac_err *err) TJAC_MUST_USE;

/* Position of (estimand, kd, pair) in J and se. */
size_t tjac_results_at(const tjac_results *r, size_t estimand, size_t kd, size_t pair);

/* Sets J and se from value[n_sets], summed in the order of the sets (Welford). probe_se: the
 * standard error of a single set's value, NaN when it is exact. */
void tjac_results_put(tjac_results *r, size_t at, const double *value, double probe_se);
void tjac_results_free(tjac_results *r);

#endif
