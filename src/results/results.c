#include "results/results.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

tjac_code tjac_results_init(size_t n_estimands, const tjac_plan *plan, size_t n_sets,
                            size_t set_size, tjac_results *out, tjac_err *err)
{
    tjac_results r = {.n_estimands = n_estimands,
                      .n_kds = plan->n_kds,
                      .n_pairs = plan->n_pairs,
                      .n_targets = plan->n_targets,
                      .n_sets = n_sets,
                      .n_cells = n_sets * set_size};
    if (plan->n_pairs > SIZE_MAX / 64 / (n_estimands * plan->n_kds))
        return tjac_err_set(err, TJAC_EFAIL, "too many triples");
    size_t n = n_estimands * plan->n_kds * plan->n_pairs;
    r.J = tjac_alloc(n, sizeof *r.J, err);
    r.se = tjac_alloc(n, sizeof *r.se, err);
    r.active = tjac_alloc(plan->n_kds, plan->n_targets * sizeof *r.active, err);
    if (err->code) {
        tjac_results_free(&r);
        return err->code;
    }
    *out = r;
    return TJAC_OK;
}

size_t tjac_results_at(const tjac_results *r, size_t estimand, size_t kd, size_t pair)
{
    return (estimand * r->n_kds + kd) * r->n_pairs + pair;
}

void tjac_results_put(tjac_results *r, size_t at, const double *value, double probe_se)
{
    double mean = 0, squares = 0, n = (double)r->n_sets;
    for (size_t k = 0; k < r->n_sets; k++) {
        double delta = value[k] - mean;
        mean += delta / (double)(k + 1);
        squares += delta * (value[k] - mean);
    }
    r->J[at] = mean;
    r->se[at] = r->n_sets > 1 ? sqrt(squares / (n - 1) / n) : probe_se;
}

void tjac_results_free(tjac_results *r)
{
    if (!r)
        return;
    free(r->J);
    free(r->se);
    free(r->active);
    *r = (tjac_results){0};
}
