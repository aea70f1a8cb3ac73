#include "engine/engine.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "engine/forms.h"

/* Measured (docs/performance.md): on a CPU a pullback's cost is flat from 2 to 16 probes at once;
 * small chunks take little memory and let a KD be shared by two threads. */
enum { CPU_CHUNK = 4, CUDA_CHUNK = 8, CUDA_KDS = 256, CUDA_WORKERS = 2, MAX_WORKERS = 1024 };

/* KDs that are under way: one batch of up to B, all its sets. */
typedef struct {
    form_slot *slot; /* [n_sets][B]; NULL when not begun or done */
    size_t left;     /* units to do */
} batch;

typedef struct {
    const tjac_engine_task *task;
    const tjac_engine_options *options;
    tjac_lines lines;
    form_wants want;
    double *x;     /* form_wants.x */
    size_t *order; /* form_wants.order */
    size_t B, chunk, n_workers;
    batch *batch;
    size_t n_batches, n_units, next_unit;
    size_t tail;           /* the first (batch, set) that is cut into parts */
    size_t parts;          /* parts of those */
    tjac_results *results; /* NULL for the full Jacobian */
    pthread_mutex_t lock;  /* units, batches, source, progress, errors, passes, take */
    size_t done;
    bool stop;
    tjac_err *err;
} engine;

/* ---- what is wanted ---- */

static bool wants(const tjac_engine_options *o, tjac_estimand e)
{
    for (size_t i = 0; i < o->n_estimands; i++)
        if (o->estimand[i] == e)
            return true;
    return false;
}

static form_wants wants_of(const tjac_engine_options *o)
{
    bool cross = wants(o, TJAC_CROSS_CELL);
    form_wants w = {.same = wants(o, TJAC_SAME_CELL) || cross,
                    .mean = wants(o, TJAC_SET_MEAN) || cross,
                    .mean_cell = wants(o, TJAC_MEAN_CELL),
                    .pert = wants(o, TJAC_PERT),
                    .knockout = wants(o, TJAC_KNOCKOUT),
                    .shift = wants(o, TJAC_SHIFT)};
    w.tolerance = w.same ? o->tolerance : 0;
    return w;
}

tjac_code tjac_engine_choose(const tjac_plan *plan, const tjac_engine_options *o, size_t leaf_size,
                             size_t set_size, tjac_lines *out, tjac_err *err)
{
    form_wants w = wants_of(o);
    const tjac_lines_choice c = {.kind = o->kind,
                                 .leaf_size = leaf_size,
                                 .forms = (w.mean || w.mean_cell) + (w.same ? set_size : 0),
                                 .needs_pairs = w.tolerance > 0};
    return tjac_lines_choose(plan, &c, out, err);
}

/* ---- sets ---- */

/* The mean cell in every place; one cell where that predicts the same. */
static tjac_code add_mean_set(engine *e, tjac_st *st, const double *cells, const int64_t *batches,
                              tjac_err *err)
{
    const tjac_engine_source *src = e->task->source;
    size_t S = e->want.S, G = src->input_dim, n = e->want.mean_S;
    double *mean = tjac_alloc(n, G * sizeof *mean, err);
    if (!mean)
        return err->code;
    for (size_t i = 0; i < G; i++) {
        for (size_t c = 0; c < S; c++)
            mean[i] += cells[c * G + i] / (double)S;
        for (size_t c = 1; c < n; c++)
            mean[c * G + i] = mean[i];
    }
    const tjac_st_set set = {n, mean, batches};
    tjac_code code = st->add_set(st->self, &set, err);
    free(mean);
    return code;
}

/* Reads set k, keeps the regulators' values and gives it to every device; `mean`: its mean set. */
static tjac_code add_set(engine *e, size_t k, bool mean, double *cells, tjac_err *err)
{
    const tjac_engine_source *src = e->task->source;
    const tjac_plan *p = e->task->plan;
    size_t S = e->want.S, R = p->n_regulators;
    const int64_t *batches = src->batch ? src->batch + k * S : NULL;
    if (src->read_set(src->self, k, cells, err))
        return err->code;
    for (size_t r = 0; e->x && r < R; r++)
        for (size_t c = 0; c < S; c++)
            e->x[(k * R + r) * S + c] = cells[c * src->input_dim + p->regulator[r]];
    for (size_t d = 0; d < e->task->n_st; d++) {
        tjac_st *st = &e->task->st[d];
        const tjac_st_set set = {S, cells, batches};
        if (mean ? add_mean_set(e, st, cells, batches, err) : st->add_set(st->self, &set, err))
            return err->code;
    }
    return TJAC_OK;
}

/* Whether all cells of every set are of one batch. */
static bool shares_batches(const engine *e)
{
    const tjac_engine_source *src = e->task->source;
    for (size_t i = 0; src->batch && i < src->n_sets * src->set_size; i++)
        if (src->batch[i] != src->batch[i / src->set_size * src->set_size])
            return false;
    return true;
}

static tjac_code add_sets(engine *e, tjac_err *err)
{
    const tjac_engine_source *src = e->task->source;
    const tjac_plan *p = e->task->plan;
    const tjac_st_genes genes = {p->regulator, p->n_regulators, p->target, p->n_targets};
    double *cells = tjac_alloc(src->set_size, src->input_dim * sizeof *cells, err);
    for (size_t d = 0; !err->code && d < e->task->n_st; d++)
        if (e->task->st[d].begin(e->task->st[d].self, &genes, err))
            break;
    for (size_t pass = 0; pass < (e->want.mean_cell ? 2u : 1u) && !err->code; pass++)
        for (size_t k = 0; k < src->n_sets && !err->code; k++)
            if (add_set(e, k, pass == 1, cells, err))
                break;
    free(cells);
    return err->code;
}

/* The Hadamard columns 1 .. P - 1 in a random order for each set. */
static tjac_code draw_probes(engine *e, tjac_err *err)
{
    form_wants *w = &e->want;
    tjac_rng *rng = NULL;
    for (w->P = 1; w->P < w->S;)
        w->P *= 2;
    if (w->tolerance <= 0)
        return TJAC_OK;
    size_t K = w->P - 1;
    if (!(e->order = tjac_alloc(w->n_sets, (K + 1) * sizeof *e->order, err)) ||
        tjac_rng_new(e->options->seed, &rng, err))
        return err->code;
    for (size_t k = 0; k < w->n_sets; k++) {
        for (size_t i = 0; i < K; i++)
            e->order[k * K + i] = i + 1;
        tjac_rng_shuffle(rng, e->order + k * K, K);
    }
    tjac_rng_free(rng);
    w->order = e->order;
    return TJAC_OK;
}

/* ---- sizes ---- */

static bool on_cuda(const tjac_st_memory *m)
{
    return m->free > 0;
}

/* Workers, KDs and probes at once that fit into the memory. Bytes of J do not depend on workers. */
static tjac_code choose_sizes(engine *e, tjac_err *err)
{
    const tjac_engine_options *o = e->options;
    const tjac_plan *p = e->task->plan;
    tjac_st_memory m = e->task->st[0].memory(e->task->st[0].self, e->want.S);
    bool cuda = on_cuda(&m), pushes = e->lines.n_lines > e->lines.n_pulls;
    double limit = o->memory_bytes > 0 ? o->memory_bytes : INFINITY;
    double pass = m.predict + (pushes || e->want.pert_way != TJAC_PULL ? m.push : 0);
    size_t workers = cuda ? CUDA_WORKERS : o->threads ? o->threads : 1;
    e->chunk = cuda ? CUDA_CHUNK : CPU_CHUNK;
    e->B = 1;
    if (cuda)
        limit = fmin(limit, 0.7 * m.free);
    while (workers > 1 && (double)workers * (pass + (double)e->chunk * m.probe) > limit)
        workers--;
    while (e->chunk > 1 && pass + (double)e->chunk * m.probe > limit)
        e->chunk /= 2;
    if (pass + (double)e->chunk * m.probe > limit)
        return tjac_err_set(err, TJAC_EFAIL,
                            "one KD of one set takes about %.3g GB besides the weights, and %.3g "
                            "GB are allowed; raise jacobian.memory_gb or lower cells.set_size",
                            (pass + m.probe) / 1e9, limit / 1e9);
    if (cuda) {
        double fit = limit / (double)workers / (pass + (double)e->chunk * m.probe);
        e->B = fit >= CUDA_KDS ? CUDA_KDS : fit < 1 ? 1 : (size_t)fit;
        e->B = e->B < p->n_kds ? e->B : p->n_kds;
    }
    e->n_workers = workers < MAX_WORKERS ? workers : MAX_WORKERS;
    return TJAC_OK;
}

/* (batch, set) jobs, of which the last ones that do not go round are cut into parts. */
static tjac_code make_units(engine *e, tjac_err *err)
{
    size_t n_kds = e->task->plan->n_kds, W = e->n_workers * e->task->n_st;
    e->n_batches = (n_kds + e->B - 1) / e->B;
    size_t jobs = e->n_batches * e->want.n_sets, over = jobs % W;
    size_t groups = (e->lines.n_lines + e->chunk - 1) / e->chunk;
    e->parts = over && e->B == 1 ? W / over : 1;
    e->parts = e->parts < groups ? e->parts : groups ? groups : 1;
    e->tail = e->parts > 1 ? jobs - over : jobs;
    e->n_units = e->tail + (jobs - e->tail) * e->parts;
    if (!(e->batch = tjac_alloc(e->n_batches, sizeof *e->batch, err)))
        return err->code;
    for (size_t j = 0; j < jobs; j++)
        e->batch[j / e->want.n_sets].left += j < e->tail ? 1 : e->parts;
    return TJAC_OK;
}

static size_t batch_kds(const engine *e, size_t b)
{
    size_t n = e->task->plan->n_kds - b * e->B;
    return n < e->B ? n : e->B;
}

static tjac_code begin_batch(engine *e, size_t b, tjac_err *err)
{
    batch *to = &e->batch[b];
    size_t n = e->want.n_sets * e->B;
    if (to->slot)
        return TJAC_OK;
    to->slot = tjac_alloc(n, sizeof *to->slot, err);
    for (size_t i = 0; to->slot && i < n && !err->code; i++)
        if (i % e->B < batch_kds(e, b) && form_slot_init(&e->want, &to->slot[i], err))
            break;
    return err->code;
}

static void end_batch(engine *e, size_t b)
{
    for (size_t i = 0; e->batch[b].slot && i < e->want.n_sets * e->B; i++)
        form_slot_free(&e->batch[b].slot[i]);
    free(e->batch[b].slot);
    e->batch[b].slot = NULL;
}

/* ---- folding: slots become results ---- */

/* A KD's slots, one a set. */
static const form_slot *slot_of(const engine *e, size_t b, size_t kd, size_t set)
{
    return &e->batch[b].slot[set * e->B + kd];
}

/* By way of the leaf: numbers [T][L] of an array become those of the pairs. */
static tjac_code expand_pairs(const engine *e, double **numbers, tjac_err *err)
{
    const tjac_plan *p = e->task->plan;
    tjac_st *st = &e->task->st[0];
    size_t R = p->n_regulators, T = p->n_targets;
    double *all = tjac_alloc(T, R * sizeof *all, err);
    double *pairs = tjac_alloc(p->n_pairs, sizeof *pairs, err);
    if (!err->code && !st->expand(st->self, *numbers, T, all, err)) {
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

static tjac_code expand_slot(const engine *e, form_slot *s, tjac_err *err)
{
    double **of[] = {&s->mean, &s->same, &s->mean_cell};
    for (size_t i = 0; e->lines.leaf && i < sizeof of / sizeof *of; i++)
        if (*of[i] && expand_pairs(e, of[i], err))
            return err->code;
    return TJAC_OK;
}

static double value_of(const engine *e, const form_slot *s, tjac_estimand what, size_t pair)
{
    double S = (double)e->want.S;
    switch (what) {
    case TJAC_SET_MEAN:
        return s->mean[pair];
    case TJAC_SAME_CELL:
        return s->same[pair];
    case TJAC_CROSS_CELL:
        return S * s->mean[pair] - s->same[pair];
    case TJAC_MEAN_CELL:
        return (double)e->want.mean_S * s->mean_cell[pair];
    case TJAC_PERT:
        return s->pert[e->task->plan->pair[pair].target];
    case TJAC_KNOCKOUT:
        return s->knockout[pair];
    default:
        return s->shift[pair];
    }
}

static tjac_code refuse_value(const engine *e, size_t kd, size_t pair, tjac_err *err)
{
    const tjac_plan *p = e->task->plan;
    return tjac_err_set(err, TJAC_EFAIL,
                        "J of target '%s' under KD '%s' of model '%s' is not finite; check the "
                        "model's weights",
                        p->names->outputs->name[p->target[p->pair[pair].target]],
                        p->names->kds->name[p->kd[kd]], p->names->model);
}

static tjac_code fold_kd(engine *e, size_t b, size_t k, double *value, tjac_err *err)
{
    const tjac_plan *p = e->task->plan;
    const tjac_engine_options *o = e->options;
    size_t kd = b * e->B + k, n_sets = e->want.n_sets;
    for (size_t set = 0; set < n_sets; set++)
        if (expand_slot(e, &e->batch[b].slot[set * e->B + k], err))
            return err->code;
    for (size_t i = 0; i < o->n_estimands; i++)
        for (size_t pair = 0; pair < p->n_pairs; pair++) {
            tjac_estimand what = o->estimand[i];
            bool probed =
                (what == TJAC_SAME_CELL || what == TJAC_CROSS_CELL) && e->want.tolerance > 0;
            for (size_t set = 0; set < n_sets; set++) {
                value[set] = value_of(e, slot_of(e, b, k, set), what, pair);
                if (!isfinite(value[set]))
                    return refuse_value(e, kd, pair, err);
            }
            double se = probed ? sqrt(slot_of(e, b, k, 0)->same_var[pair]) : NAN;
            tjac_results_put(e->results, tjac_results_at(e->results, i, kd, pair), value, se);
        }
    for (size_t t = 0; t < p->n_targets; t++) {
        double passed = 0;
        for (size_t set = 0; set < n_sets; set++)
            passed += slot_of(e, b, k, set)->active[t];
        e->results->active[kd * p->n_targets + t] = passed / (double)e->results->n_cells;
    }
    return TJAC_OK;
}

/* The full Jacobian of a KD: the mean of its sets' numbers, by blocks of targets. */
static tjac_code hand_over(engine *e, size_t b, size_t k, tjac_err *err)
{
    enum { ROWS = 64 };
    const tjac_plan *p = e->task->plan;
    tjac_st *st = &e->task->st[0];
    size_t R = p->n_regulators, T = p->n_targets, n_sets = e->want.n_sets;
    size_t wide = e->lines.leaf ? st->leaf_size : R;
    double *mean = slot_of(e, b, k, 0)->mean;
    double *rows = e->lines.leaf ? tjac_alloc(ROWS, R * sizeof *rows, err) : NULL;
    for (size_t set = 1; set < n_sets; set++)
        for (size_t i = 0; i < e->lines.n_dest; i++)
            mean[i] += slot_of(e, b, k, set)->mean[i];
    for (size_t i = 0; i < e->lines.n_dest; i++)
        mean[i] /= (double)n_sets;
    for (size_t t = 0; t < T && !err->code; t += ROWS) {
        size_t n = T - t < ROWS ? T - t : ROWS;
        if (rows && st->expand(st->self, mean + t * wide, n, rows, err))
            break;
        if (e->options->take(e->options->take_self, b * e->B + k, t, n, rows ? rows : mean + t * R,
                             err))
            break;
    }
    free(rows);
    return err->code;
}

/* Under the lock for the full Jacobian: its file has one writer. */
static tjac_code fold(engine *e, size_t b, tjac_err *err)
{
    double *value = tjac_alloc(e->want.n_sets, sizeof *value, err);
    for (size_t k = 0; !err->code && k < batch_kds(e, b); k++)
        if (e->results ? fold_kd(e, b, k, value, err) : hand_over(e, b, k, err))
            break;
    free(value);
    return err->code;
}

/* ---- workers ---- */

typedef struct {
    engine *engine;
    tjac_st *st;
    form_worker *forms;
    float *kd;         /* [B][pert_dim] */
    form_slot **slot;  /* [B] */
    size_t batch, set; /* of the current unit */
    form_unit unit;
    pthread_t thread;
    bool started;
} worker;

/* Keeps the first error, drops others, and stops everyone. */
static void fail(engine *e, tjac_err *err)
{
    if (e->err->code)
        tjac_err_clear(err);
    else
        *e->err = *err;
    e->stop = true;
}

/* The next unit, its slots and its KDs' vectors; false when there is none. Under the lock. */
static bool take_unit(worker *w, tjac_err *err)
{
    engine *e = w->engine;
    const tjac_engine_source *src = e->task->source;
    if (e->stop || e->next_unit == e->n_units)
        return false;
    size_t u = e->next_unit++, job = u < e->tail ? u : e->tail + (u - e->tail) / e->parts;
    w->batch = job / e->want.n_sets;
    w->set = job % e->want.n_sets;
    w->unit = (form_unit){.set = w->set,
                          .n_kds = batch_kds(e, w->batch),
                          .part = u < e->tail ? 0 : (u - e->tail) % e->parts,
                          .parts = u < e->tail ? 1 : e->parts,
                          .kd = w->kd,
                          .slot = w->slot};
    if (begin_batch(e, w->batch, err))
        return false;
    for (size_t k = 0; k < w->unit.n_kds; k++) {
        size_t kd = e->task->plan->kd[w->batch * e->B + k];
        w->slot[k] = &e->batch[w->batch].slot[w->set * e->B + k];
        if (src->kd_vector(src->self, kd, w->kd + k * src->pert_dim, err))
            return false;
    }
    return true;
}

/* Computes a unit; out of memory, its halves. */
static tjac_code run_unit(worker *w, const form_unit *unit, double *passes, tjac_err *err)
{
    tjac_err first = {0};
    double done = 0;
    if (!form_run(w->forms, unit, &done, &first)) {
        *passes += done;
        return TJAC_OK;
    }
    if (!form_can_shrink(w->forms, unit)) {
        *err = first;
        return err->code;
    }
    tjac_err_clear(&first);
    size_t half = unit->n_kds > 1 ? unit->n_kds / 2 : 0;
    form_unit a = *unit, b = *unit;
    if (half == 0)
        return run_unit(w, unit, passes, err); /* with smaller chunks */
    a.n_kds = half;
    b.n_kds -= half;
    b.kd += half * w->engine->task->source->pert_dim;
    b.slot += half;
    return run_unit(w, &a, passes, err) || run_unit(w, &b, passes, err) ? err->code : TJAC_OK;
}

/* Counts a unit as done. Under the lock; true when it was its batch's last. */
static bool finish_unit(worker *w, double passes, tjac_err *err)
{
    engine *e = w->engine;
    size_t all = e->task->plan->n_kds * e->want.n_sets;
    if (e->results)
        e->results->passes += passes;
    if (w->unit.part + 1 == w->unit.parts)
        e->done += w->unit.n_kds;
    bool last = --e->batch[w->batch].left == 0;
    if (e->options->progress)
        e->options->progress(e->options->progress_self, e->done, all, err);
    return last;
}

static void *work(void *self)
{
    worker *w = self;
    engine *e = w->engine;
    for (;;) {
        tjac_err err = {0};
        double passes = 0;
        pthread_mutex_lock(&e->lock);
        bool more = take_unit(w, &err);
        if (err.code)
            fail(e, &err);
        pthread_mutex_unlock(&e->lock);
        if (!more)
            return NULL;
        tjac_code code = run_unit(w, &w->unit, &passes, &err);
        pthread_mutex_lock(&e->lock);
        if (!code && !e->stop && finish_unit(w, passes, &err) && !err.code) {
            fold(e, w->batch, &err);
            end_batch(e, w->batch);
        }
        if (err.code)
            fail(e, &err);
        pthread_mutex_unlock(&e->lock);
    }
}

static tjac_code worker_init(worker *w, engine *e, tjac_st *st, tjac_err *err)
{
    const form_worker_spec spec = {st, e->B, e->chunk, e->task->source->pert_dim};
    w->engine = e;
    w->st = st;
    w->kd = tjac_alloc(e->B, spec.pert_dim * sizeof *w->kd, err);
    w->slot = tjac_alloc(e->B, sizeof(form_slot *), err);
    return err->code ? err->code : form_worker_new(&e->want, &spec, &w->forms, err);
}

static tjac_code run_workers(engine *e, tjac_err *err)
{
    size_t n = e->n_workers * e->task->n_st;
    worker *w;
    if (n > e->n_units)
        n = e->n_units;
    if (!(w = tjac_alloc(n, sizeof *w, err)))
        return err->code;
    for (size_t i = 0; i < n && !err->code; i++)
        if (worker_init(&w[i], e, &e->task->st[i % e->task->n_st], err))
            break;
    if (!err->code) {
        e->err = err;
        for (size_t i = 1; i < n; i++) /* fewer threads than asked for do as well */
            w[i].started = pthread_create(&w[i].thread, NULL, work, &w[i]) == 0;
        work(&w[0]);
        for (size_t i = 1; i < n; i++)
            if (w[i].started)
                pthread_join(w[i].thread, NULL);
    }
    for (size_t i = 0; i < n; i++) {
        form_worker_free(w[i].forms);
        free(w[i].kd);
        free(w[i].slot);
    }
    free(w);
    return err->code;
}

/* ---- the whole ---- */

static tjac_code engine_init(engine *e, tjac_err *err)
{
    const tjac_engine_source *src = e->task->source;
    form_wants *w = &e->want;
    w->plan = e->task->plan;
    w->lines = &e->lines;
    w->sd = src->sd;
    w->S = src->set_size;
    w->n_sets = src->n_sets;
    w->mean_S = e->task->st[0].collapses && shares_batches(e) ? 1 : w->S;
    w->final_relu = e->task->st[0].final_relu;
    w->pert_way = !w->pert || e->options->kind == TJAC_ENGINE_REVERSE ||
                          e->options->kind == TJAC_ENGINE_SEQUENTIAL ||
                          (e->options->kind == TJAC_ENGINE_AUTO && w->plan->n_targets <= 4)
                      ? TJAC_PULL
                      : TJAC_PUSH;
    if (w->knockout &&
        !(e->x = tjac_alloc(w->n_sets * w->plan->n_regulators, w->S * sizeof *e->x, err)))
        return err->code;
    w->x = e->x;
    if (draw_probes(e, err) || choose_sizes(e, err) || make_units(e, err))
        return err->code;
    return add_sets(e, err);
}

static void engine_free(engine *e)
{
    for (size_t b = 0; e->batch && b < e->n_batches; b++)
        end_batch(e, b);
    free(e->batch);
    free(e->x);
    free(e->order);
    tjac_lines_free(&e->lines);
    pthread_mutex_destroy(&e->lock);
}

tjac_code tjac_engine_run(const tjac_engine_task *task, const tjac_engine_options *options,
                          tjac_results *out, tjac_err *err)
{
    engine e = {.task = task, .options = options, .want = wants_of(options)};
    const tjac_engine_source *src = task->source;
    tjac_results r = {0};
    pthread_mutex_init(&e.lock, NULL);
    e.results = &r;
    if (!tjac_engine_choose(task->plan, options, task->st[0].leaf_size, src->set_size, &e.lines,
                            err) &&
        !engine_init(&e, err) &&
        !tjac_results_init(options->n_estimands, task->plan, src->n_sets, src->set_size, &r, err))
        run_workers(&e, err);
    engine_free(&e);
    if (err->code)
        tjac_results_free(&r);
    else
        *out = r;
    return err->code;
}

tjac_code tjac_engine_run_full(const tjac_engine_task *task, const tjac_engine_options *options,
                               tjac_err *err)
{
    tjac_plan plan = *task->plan;
    tjac_engine_task all = *task;
    engine e = {.task = &all, .options = options, .want = {.mean = true}};
    const tjac_lines_choice choice = {
        .kind = options->kind, .leaf_size = task->st[0].leaf_size, .forms = 1};
    plan.n_pairs = 0;
    all.plan = &plan;
    pthread_mutex_init(&e.lock, NULL);
    if (!tjac_lines_choose_full(&plan, &choice, &e.lines, err) && !engine_init(&e, err))
        run_workers(&e, err);
    engine_free(&e);
    return err->code;
}
