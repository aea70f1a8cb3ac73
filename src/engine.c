#include "tjac/engine.h"

#include <math.h>
#include <stdlib.h>
#include "tjac/alloc.h"

/* Buffers of one run. */
typedef struct {
    const tjac_plan *plan;
    const tjac_engine_options *options;
    tjac_st *st;
    size_t S, R, T, chunk;
    double *cells;     /* [S][input_dim] */
    float *kd;         /* [pert_dim] */
    double *y;         /* [S][T] */
    double *mean;      /* [S] weights 1/S */
    double *unit;      /* [S][S] rows of the identity, only for same_cell */
    tjac_probe *probe; /* [chunk] */
    double *form;      /* [chunk][R] */
    double *set_mean;  /* [T][R] 1' g 1 / S^2 */
    double *same_cell; /* [T][R] */
    bool wants_mean, wants_same;
} work;

static void work_free(work *w)
{
    free(w->cells);
    free(w->kd);
    free(w->y);
    free(w->mean);
    free(w->unit);
    free(w->probe);
    free(w->form);
    free(w->set_mean);
    free(w->same_cell);
}

static tjac_code work_init(work *w, const tjac_engine_source *src, tjac_err *err)
{
    const tjac_plan *p = w->plan;
    w->S = src->set_size;
    w->R = p->n_regulators;
    w->T = p->n_targets;
    w->chunk = w->options->chunk ? w->options->chunk : 1;
    for (size_t e = 0; e < w->options->n_estimands; e++) {
        w->wants_same |= w->options->estimand[e] != TJAC_SET_MEAN;
        w->wants_mean |= w->options->estimand[e] != TJAC_SAME_CELL;
    }
    w->cells = tjac_alloc(w->S, src->input_dim * sizeof *w->cells, err);
    w->kd = tjac_alloc(src->pert_dim, sizeof *w->kd, err);
    w->y = tjac_alloc(w->S, w->T * sizeof *w->y, err);
    w->mean = tjac_alloc(w->S, sizeof *w->mean, err);
    w->unit = tjac_alloc(w->wants_same ? w->S : 0, w->S * sizeof *w->unit, err);
    w->probe = tjac_alloc(w->chunk, sizeof *w->probe, err);
    w->form = tjac_alloc(w->chunk, w->R * sizeof *w->form, err);
    w->set_mean = tjac_alloc(w->T, w->R * sizeof *w->set_mean, err);
    w->same_cell = tjac_alloc(w->T, w->R * sizeof *w->same_cell, err);
    if (err->code)
        return err->code;
    for (size_t c = 0; c < w->S; c++) {
        w->mean[c] = 1.0 / (double)w->S;
        if (w->wants_same)
            w->unit[c * w->S + c] = 1.0;
    }
    return TJAC_OK;
}

/* set_mean of all targets: one probe a target. */
static tjac_code run_set_mean(work *w, tjac_err *err)
{
    for (size_t t = 0; t < w->T; t += w->chunk) {
        size_t n = w->T - t < w->chunk ? w->T - t : w->chunk;
        for (size_t k = 0; k < n; k++)
            w->probe[k] = (tjac_probe){t + k, w->mean, w->mean};
        if (w->st->pull(w->st->self, w->probe, n, w->set_mean + t * w->R, err))
            return err->code;
    }
    return TJAC_OK;
}

/* same_cell exactly: one probe a target and cell; sums in the order of the cells. */
static tjac_code run_same_cell(work *w, tjac_err *err)
{
    size_t all = w->T * w->S;
    for (size_t i = 0; i < w->T * w->R; i++)
        w->same_cell[i] = 0;
    for (size_t at = 0; at < all; at += w->chunk) {
        size_t n = all - at < w->chunk ? all - at : w->chunk;
        for (size_t k = 0; k < n; k++) {
            const double *cell = w->unit + (at + k) % w->S * w->S;
            w->probe[k] = (tjac_probe){(at + k) / w->S, cell, cell};
        }
        if (w->st->pull(w->st->self, w->probe, n, w->form, err))
            return err->code;
        for (size_t k = 0; k < n; k++)
            for (size_t r = 0; r < w->R; r++)
                w->same_cell[w->probe[k].target * w->R + r] += w->form[k * w->R + r] / (double)w->S;
    }
    return TJAC_OK;
}

static double estimate(const work *w, tjac_estimand e, size_t at)
{
    double same = w->same_cell[at], mean = w->set_mean[at];
    return e == TJAC_SET_MEAN ? mean : e == TJAC_SAME_CELL ? same : (double)w->S * mean - same;
}

/* Puts one (set, KD) into the results. */
static tjac_code store(const work *w, size_t kd, size_t set, tjac_results *out, tjac_err *err)
{
    const tjac_plan *p = w->plan;
    for (size_t e = 0; e < w->options->n_estimands; e++)
        for (size_t i = 0; i < p->n_pairs; i++) {
            double J = estimate(w, w->options->estimand[e],
                                p->pair[i].target * w->R + p->pair[i].regulator);
            if (!isfinite(J))
                return tjac_err_set(err, TJAC_EFAIL,
                                    "J of target '%s' under KD '%s' of model '%s' "
                                    "is not finite; check the model's weights",
                                    p->names->outputs->name[p->target[p->pair[i].target]],
                                    p->names->kds->name[p->kd[kd]], p->names->model);
            tjac_results_add(out, tjac_results_at(out, e, kd, i), set, J);
        }
    for (size_t t = 0; t < w->T; t++) {
        size_t passed = 0;
        for (size_t c = 0; c < w->S; c++)
            passed += w->y[c * w->T + t] > 0;
        out->active[kd * w->T + t] += w->st->final_relu ? (double)passed : NAN;
    }
    return TJAC_OK;
}

static tjac_code run_set(work *w, const tjac_engine_source *src, size_t k, tjac_results *out,
                         tjac_err *err)
{
    const tjac_plan *p = w->plan;
    const tjac_st_set set = {
        w->S,         w->cells,        src->batch ? src->batch + k * w->S : NULL,
        p->regulator, p->n_regulators, p->target,
        p->n_targets};
    if (src->read_set(src->self, k, w->cells, err) || w->st->begin(w->st->self, &set, err))
        return err->code;
    for (size_t kd = 0; kd < p->n_kds; kd++) {
        if (src->kd_vector(src->self, p->kd[kd], w->kd, err) ||
            w->st->predict(w->st->self, w->kd, w->y, err) ||
            (w->wants_mean && run_set_mean(w, err)) || (w->wants_same && run_same_cell(w, err)) ||
            store(w, kd, k, out, err))
            return err->code;
        if (w->options->progress &&
            w->options->progress(w->options->progress_self, k * p->n_kds + kd + 1,
                                 src->n_sets * p->n_kds, err))
            return err->code;
    }
    return TJAC_OK;
}

tjac_code tjac_engine_run(const tjac_plan *plan, tjac_st *st, const tjac_engine_source *source,
                          const tjac_engine_options *options, tjac_results *out, tjac_err *err)
{
    work w = {.plan = plan, .options = options, .st = st};
    tjac_results r = {0};
    if (work_init(&w, source, err) ||
        tjac_results_init(options->n_estimands, plan, source->n_sets, source->set_size, &r, err))
        goto done;
    for (size_t k = 0; k < source->n_sets; k++)
        if (run_set(&w, source, k, &r, err))
            goto done;
    tjac_results_finish(&r);
    *out = r;
done:
    work_free(&w);
    if (err->code)
        tjac_results_free(&r);
    return err->code;
}
