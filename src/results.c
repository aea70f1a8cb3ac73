#include "tjac/results.h"

#include <math.h>
#include <stdlib.h>
#include "tjac/alloc.h"

tjac_code tjac_results_init(size_t n_estimands, const tjac_plan *plan, size_t n_sets,
                            size_t set_size, tjac_results *out, tjac_err *err)
{
    tjac_results r = {n_estimands,
                      plan->n_kds,
                      plan->n_pairs,
                      plan->n_targets,
                      n_sets,
                      n_sets * set_size,
                      0,
                      0,
                      0};
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

/* se holds the sum of squared deviations until finish, active the number of cells. */
void tjac_results_add(tjac_results *r, size_t at, size_t k, double value)
{
    double delta = value - r->J[at];
    r->J[at] += delta / (double)(k + 1);
    r->se[at] += delta * (value - r->J[at]);
}

void tjac_results_finish(tjac_results *r)
{
    double m = (double)r->n_sets;
    for (size_t i = 0; i < r->n_estimands * r->n_kds * r->n_pairs; i++)
        r->se[i] = r->n_sets > 1 ? sqrt(r->se[i] / (m - 1) / m) : NAN;
    for (size_t i = 0; i < r->n_kds * r->n_targets; i++)
        r->active[i] /= (double)r->n_cells;
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
