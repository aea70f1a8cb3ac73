#include "results/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

tjac_code tjac_results_init(size_t n_estimands, const tjac_plan *plan, tjac_results *out,
                            tjac_err *err)
{
    tjac_results r = {.n_estimands = n_estimands,
                      .n_kds = plan->n_kds,
                      .n_pairs = plan->n_pairs,
                      .n_targets = plan->n_targets};
    if (plan->n_pairs > SIZE_MAX / 64 / (n_estimands * plan->n_kds))
        return tjac_err_set(err, TJAC_EFAIL, "too many triples");
    size_t n = n_estimands * plan->n_kds * plan->n_pairs;
    r.J = tjac_alloc_nan(n, err);
    r.se = tjac_alloc_nan(n, err);
    r.active = tjac_alloc_nan(plan->n_kds * plan->n_targets, err);
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

tjac_code tjac_results_take(void *results, const tjac_engine_kd *kd, tjac_err *err)
{
    tjac_results *r = results;
    (void)err;
    for (size_t e = 0; e < r->n_estimands; e++) {
        size_t at = tjac_results_at(r, e, kd->kd, 0);
        memcpy(r->J + at, kd->J + e * r->n_pairs, r->n_pairs * sizeof *r->J);
        memcpy(r->se + at, kd->se + e * r->n_pairs, r->n_pairs * sizeof *r->se);
    }
    memcpy(r->active + kd->kd * r->n_targets, kd->active, r->n_targets * sizeof *r->active);
    return TJAC_OK;
}

tjac_code tjac_results_check(const tjac_results *r, const tjac_plan *p, tjac_err *err)
{
    for (size_t i = 0; i < r->n_estimands * r->n_kds * r->n_pairs; i++) {
        const tjac_plan_pair *pair = &p->pair[i % r->n_pairs];
        if (!isnan(r->J[i]))
            continue;
        return tjac_err_set(err, TJAC_EFAIL,
                            "J of %s -> %s under KD '%s' of model '%s' was never computed; this is "
                            "a fault of tjac, please report it",
                            p->names->inputs->name[p->regulator[pair->regulator]],
                            p->names->outputs->name[p->target[pair->target]],
                            p->names->kds->name[p->kd[i / r->n_pairs % r->n_kds]], p->names->model);
    }
    return TJAC_OK;
}

void tjac_results_deviation(const tjac_results *fast, const tjac_results *exact, const tjac_plan *p,
                            const tjac_estimand *estimand, tjac_deviation *out)
{
    *out = (tjac_deviation){0};
    for (size_t e = 0; e < exact->n_estimands; e++) {
        size_t n = exact->n_kds * exact->n_pairs, base = tjac_results_at(exact, e, 0, 0);
        double largest = 0;
        for (size_t i = 0; i < n; i++)
            largest = fmax(largest, fabs(exact->J[base + i]));
        for (size_t i = 0; i < n && largest > 0; i++) {
            double d = fabs(fast->J[base + i] - exact->J[base + i]) / largest;
            const tjac_plan_pair *pair = &p->pair[i % exact->n_pairs];
            out->triples++;
            if (d < out->worst && out->estimand)
                continue;
            out->worst = d;
            out->estimand = tjac_estimand_name(estimand[e]);
            out->kd = p->names->kds->name[p->kd[i / exact->n_pairs]];
            out->regulator = p->names->inputs->name[p->regulator[pair->regulator]];
            out->target = p->names->outputs->name[p->target[pair->target]];
        }
    }
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
