/* engine.h: walks a plan and fills results. Knows estimands, no files and no LibTorch.
 *
 * With S cells and g[c,c'] = dY[c,j]/dX[c',i] of one set (docs/method.md):
 *     set_mean   = 1' g 1 / S^2       gradient of the set-mean target, averaged over the cells
 *     same_cell  = sum_c g[c,c] / S   each cell's own response, the others held fixed
 *     cross_cell = S set_mean - same_cell
 */
#ifndef TJAC_ENGINE_H
#define TJAC_ENGINE_H

#include "tjac/plan.h"
#include "tjac/results.h"
#include "tjac/st.h"

/* Where the engine gets its numbers from. */
typedef struct {
    void *self;
    size_t set_size, n_sets, input_dim, pert_dim;
    const int64_t *batch; /* [n_sets * set_size] or NULL */
    tjac_code (*read_set)(void *self, size_t k, double *cells /* [set_size][input_dim] */,
                          tjac_err *err);
    tjac_code (*kd_vector)(void *self, size_t kd, float *vector /* [pert_dim] */, tjac_err *err);
} tjac_engine_source;

typedef struct {
    const tjac_estimand *estimand;
    size_t n_estimands;
    size_t chunk; /* probes a pullback: 8 on a CPU */
    /* Called after each (set, KD) with the number done of all; not TJAC_OK stops the engine. */
    tjac_code (*progress)(void *self, size_t done, size_t of, tjac_err *err);
    void *progress_self;
} tjac_engine_options;

/* Numbers that are not finite are TJAC_EFAIL, naming KD and target. */
tjac_code tjac_engine_run(const tjac_plan *plan, tjac_st *st, const tjac_engine_source *source,
                          const tjac_engine_options *options, tjac_results *out,
                          tjac_err *err) TJAC_MUST_USE;

#endif
