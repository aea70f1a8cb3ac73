#include "engine/fold.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"

void fold_sets(const double *value, size_t n, double *mean, double *se)
{
    double m = 0, squares = 0;
    for (size_t k = 0; k < n; k++) {
        double delta = value[k] - m;
        m += delta / (double)(k + 1);
        squares += delta * (value[k] - m);
    }
    *mean = m;
    *se = n > 1 ? sqrt(squares / (double)(n - 1) / (double)n) : NAN;
}

/* ---- J of the pairs ---- */

/* By way of the encoding: numbers [T][L] of an array become those of the pairs. */
static tjac_code expand_pairs(const fold_task *f, double **numbers, tjac_err *err)
{
    const tjac_plan *p = f->want->plan;
    size_t R = p->n_regulators, T = p->n_targets;
    double *all = tjac_alloc(T, R * sizeof *all, err);
    double *pairs = tjac_alloc(p->n_pairs, sizeof *pairs, err);
    if (!err->code && !f->st->expand(f->st->self, *numbers, T, all, err)) {
        for (size_t i = 0; i < p->n_pairs; i++)
            pairs[i] = all[p->pair[i].target * R + p->pair[i].regulator];
        free(*numbers);
        *numbers = pairs;
        pairs = NULL;
    }
    free(all);
    free(pairs);
    return err->code;
}

static tjac_code expand_slot(const fold_task *f, form_slot *s, tjac_err *err)
{
    double **of[] = {&s->mean, &s->same, &s->mean_cell};
    for (size_t i = 0; f->want->lines->enc && i < sizeof of / sizeof *of; i++)
        if (*of[i] && expand_pairs(f, of[i], err))
            return err->code;
    return TJAC_OK;
}

static double value_of(const form_wants *w, const form_slot *s, tjac_estimand what, size_t pair)
{
    double S = (double)w->S;
    switch (what) {
    case TJAC_SET_MEAN:
        return s->mean[pair];
    case TJAC_SAME_CELL:
        return s->same[pair];
    case TJAC_CROSS_CELL:
        return S * s->mean[pair] - s->same[pair];
    case TJAC_MEAN_CELL:
        return (double)w->mean_S * s->mean_cell[pair];
    case TJAC_PERT:
        return s->pert[w->plan->pair[pair].target];
    case TJAC_KNOCKOUT:
        return s->knockout[pair];
    default:
        return s->shift[pair];
    }
}

static tjac_code refuse_value(const tjac_plan *p, size_t kd, size_t r, size_t t, double value,
                              tjac_err *err)
{
    return tjac_err_set(err, TJAC_EFAIL,
                        "J of %s -> %s under KD '%s' of model '%s' is %g, expected a finite "
                        "number; check the model's weights, and report it where they are sound",
                        p->names->inputs->name[p->regulator[r]],
                        p->names->outputs->name[p->target[t]], p->names->kds->name[p->kd[kd]],
                        p->names->model, value);
}

/* J and its error of one estimand: J[n_pairs], se[n_pairs]; value[n_sets] is room. */
static tjac_code fold_estimand(const fold_task *f, const fold_kd *kd, tjac_estimand what,
                               double *value, double *J, double *se, tjac_err *err)
{
    const form_wants *w = f->want;
    const tjac_plan_pair *of = w->plan->pair;
    bool probed = (what == TJAC_SAME_CELL || what == TJAC_CROSS_CELL) && w->tolerance > 0;
    for (size_t pair = 0; pair < w->plan->n_pairs; pair++) {
        for (size_t k = 0; k < w->n_sets; k++) {
            value[k] = value_of(w, kd->slot[k], what, pair);
            if (!isfinite(value[k]))
                return refuse_value(w->plan, kd->kd, of[pair].regulator, of[pair].target, value[k],
                                    err);
        }
        fold_sets(value, w->n_sets, &J[pair], &se[pair]);
        if (w->n_sets == 1 && probed)
            se[pair] = sqrt(kd->slot[0]->same_var[pair]);
    }
    return TJAC_OK;
}

static void fold_active(const form_wants *w, const fold_kd *kd, double *active)
{
    for (size_t t = 0; t < w->plan->n_targets; t++) {
        double passed = 0;
        for (size_t k = 0; k < w->n_sets; k++)
            passed += kd->slot[k]->active[t];
        active[t] = passed / (double)(w->n_sets * w->S);
    }
}

tjac_code fold_take(const fold_task *f, const fold_kd *kd, tjac_err *err)
{
    const tjac_engine_options *o = f->options;
    size_t n_pairs = f->want->plan->n_pairs, n_sets = f->want->n_sets;
    double *value = tjac_alloc(n_sets, sizeof *value, err);
    double *J = tjac_alloc(o->n_estimands, (n_pairs + 1) * sizeof *J, err);
    double *se = tjac_alloc(o->n_estimands, (n_pairs + 1) * sizeof *se, err);
    double *active = tjac_alloc(f->want->plan->n_targets, sizeof *active, err);
    for (size_t k = 0; k < n_sets && !err->code; k++)
        if (expand_slot(f, kd->slot[k], err))
            break;
    for (size_t e = 0; e < o->n_estimands && !err->code; e++)
        if (fold_estimand(f, kd, o->estimand[e], value, J + e * n_pairs, se + e * n_pairs, err))
            break;
    if (!err->code) {
        const tjac_engine_kd done = {kd->kd, J, se, active};
        fold_active(f->want, kd, active);
        o->take(o->take_self, &done, err);
    }
    free(value);
    free(J);
    free(se);
    free(active);
    return err->code;
}

/* ---- the full Jacobian ---- */

/* Rows [first, first + n) of the targets, a number a regulator. */
static tjac_code take_rows(const fold_task *f, size_t kd, size_t first, size_t n, const double *J,
                           tjac_err *err)
{
    const tjac_engine_options *o = f->options;
    size_t R = f->want->plan->n_regulators;
    for (size_t i = 0; i < n * R; i++)
        if (!isfinite(J[i]))
            return refuse_value(f->want->plan, kd, i % R, first + i / R, J[i], err);
    return o->take_rows(o->take_self, kd, first, n, J, err);
}

tjac_code fold_take_rows(const fold_task *f, const fold_kd *kd, tjac_err *err)
{
    enum { ROWS = 64 };
    const form_wants *w = f->want;
    size_t R = w->plan->n_regulators, T = w->plan->n_targets;
    size_t wide = w->lines->enc ? f->st->enc_size : R;
    double *mean = kd->slot[0]->mean;
    double *rows = w->lines->enc ? tjac_alloc(ROWS, R * sizeof *rows, err) : NULL;
    for (size_t k = 1; k < w->n_sets; k++)
        for (size_t i = 0; i < w->lines->n_dest; i++)
            mean[i] += kd->slot[k]->mean[i];
    for (size_t i = 0; i < w->lines->n_dest; i++)
        mean[i] /= (double)w->n_sets;
    for (size_t t = 0; t < T && !err->code; t += ROWS) {
        size_t n = T - t < ROWS ? T - t : ROWS;
        if (rows && f->st->expand(f->st->self, mean + t * wide, n, rows, err))
            break;
        if (take_rows(f, kd->kd, t, n, rows ? rows : mean + t * R, err))
            break;
    }
    free(rows);
    return err->code;
}
