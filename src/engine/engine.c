#include "engine/engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "engine/fold.h"
#include "engine/sizes.h"
#include "engine/source.h"

/* KDs that are under way: one batch of up to B, all its sets. A batch is a group of KDs, or for
 * lack of memory a part of one. */
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
    sizes sizes;
    batch *batch;
    size_t n_batches, n_units, next_unit;
    size_t tail;  /* the first (batch, set) that is cut into parts */
    size_t parts; /* parts of those */
    bool full;    /* the full Jacobian: options->take_rows */
    tjac_engine_report report;
    pthread_mutex_t lock; /* units, batches, source, progress, errors, report, take */
    size_t done, done_parts;
    bool stop;
    tjac_err *err;
} engine;

/* ---- what is wanted ---- */

static bool wants(const tjac_engine_options *o, tjac_estimand e)
{
    return tjac_estimand_among(o->estimand, o->n_estimands, e);
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

tjac_code tjac_engine_choose(const tjac_plan *plan, const tjac_engine_options *o, size_t enc_size,
                             size_t set_size, tjac_lines *out, tjac_err *err)
{
    form_wants w = wants_of(o);
    const tjac_lines_choice c = {.kind = o->kind,
                                 .enc_size = enc_size,
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

/* Keeps the regulators' values of set k and gives it to every device; `mean`: its mean set. */
static tjac_code add_set(engine *e, size_t k, bool mean, double *cells, tjac_err *err)
{
    const tjac_engine_source *src = e->task->source;
    const tjac_plan *p = e->task->plan;
    size_t S = e->want.S, R = p->n_regulators;
    const int64_t *batches = src->batch ? src->batch + k * S : NULL;
    tjac_engine_source_cells(src, k, cells);
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

/* ---- units ---- */

/* (batch, set) jobs, of which the last ones that do not go round are cut into parts. */
static tjac_code make_units(engine *e, tjac_err *err)
{
    size_t n_kds = e->task->plan->n_kds, W = e->sizes.n_workers * e->task->n_st;
    e->n_batches = (n_kds + e->sizes.B - 1) / e->sizes.B;
    size_t jobs = e->n_batches * e->want.n_sets, over = jobs % W;
    size_t groups = (e->lines.n_lines + e->want.chunk - 1) / e->want.chunk;
    e->parts = over && e->sizes.B == 1 ? W / over : 1;
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
    size_t n = e->task->plan->n_kds - b * e->sizes.B;
    return n < e->sizes.B ? n : e->sizes.B;
}

static tjac_code begin_batch(engine *e, size_t b, tjac_err *err)
{
    batch *to = &e->batch[b];
    size_t n = e->want.n_sets * e->sizes.B;
    if (to->slot)
        return TJAC_OK;
    to->slot = tjac_alloc(n, sizeof *to->slot, err);
    for (size_t i = 0; to->slot && i < n && !err->code; i++)
        if (i % e->sizes.B < batch_kds(e, b) && form_slot_init(&e->want, &to->slot[i], err))
            break;
    return err->code;
}

static void end_batch(engine *e, size_t b)
{
    for (size_t i = 0; e->batch[b].slot && i < e->want.n_sets * e->sizes.B; i++)
        form_slot_free(&e->batch[b].slot[i]);
    free(e->batch[b].slot);
    e->batch[b].slot = NULL;
}

/* ---- folding ---- */

/* Hands the KDs of a batch over. Under the lock: who takes has one caller. */
static tjac_code fold(engine *e, size_t b, tjac_err *err)
{
    const fold_task f = {&e->want, e->options, &e->task->st[0]};
    size_t n_sets = e->want.n_sets;
    form_slot **slot = tjac_alloc(n_sets, sizeof *slot, err);
    for (size_t k = 0; slot && k < batch_kds(e, b); k++) {
        const fold_kd kd = {b * e->sizes.B + k, slot};
        for (size_t set = 0; set < n_sets; set++)
            slot[set] = &e->batch[b].slot[set * e->sizes.B + k];
        if (e->full ? fold_take_rows(&f, &kd, err) : fold_take(&f, &kd, err))
            break;
    }
    free(slot);
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
                          .first_kd = w->batch * e->sizes.B,
                          .part = u < e->tail ? 0 : (u - e->tail) % e->parts,
                          .parts = u < e->tail ? 1 : e->parts,
                          .kd = w->kd,
                          .slot = w->slot};
    if (begin_batch(e, w->batch, err))
        return false;
    for (size_t k = 0; k < w->unit.n_kds; k++) {
        size_t kd = e->task->plan->kd[w->batch * e->sizes.B + k];
        w->slot[k] = &e->batch[w->batch].slot[w->set * e->sizes.B + k];
        if (src->kd_vector(src->self, kd, w->kd + k * src->pert_dim, err))
            return false;
    }
    return true;
}

/* Computes a unit; out of memory, its halves, or again with fewer lines at once. */
static tjac_code run_unit(worker *w, const form_unit *unit, tjac_engine_report *report,
                          tjac_err *err)
{
    tjac_err first = {0};
    if (!form_run(w->forms, unit, &report->passes, &first))
        return TJAC_OK;
    if (!form_can_shrink(w->forms, unit, &first)) {
        *err = first;
        return err->code;
    }
    tjac_err_clear(&first);
    report->pieces = true;
    size_t half = unit->n_kds / 2;
    form_unit a = *unit, b = *unit;
    if (half == 0)
        return run_unit(w, unit, report, err);
    a.n_kds = half;
    b.n_kds -= half;
    b.first_kd += half;
    b.kd += half * w->engine->task->source->pert_dim;
    b.slot += half;
    return run_unit(w, &a, report, err) || run_unit(w, &b, report, err) ? err->code : TJAC_OK;
}

/* Under the lock. */
static tjac_code tell_progress(const engine *e, tjac_err *err)
{
    const tjac_engine_options *o = e->options;
    size_t all = e->task->plan->n_kds * e->want.n_sets;
    return o->progress ? o->progress(o->progress_self, e->done, all, err) : TJAC_OK;
}

/* Before a pass: hears whether to stop, so that a unit of many passes ends soon. Who does not get
 * the lock at once asks before the next pass. */
static tjac_code tick(void *self, tjac_err *err)
{
    engine *e = ((worker *)self)->engine;
    tjac_err own = {0};
    if (pthread_mutex_trylock(&e->lock))
        return TJAC_OK;
    if (!e->stop && tell_progress(e, &own))
        fail(e, &own);
    if (e->stop)
        tjac_err_set(err, TJAC_EINTR, "stopped"); /* the reason is in e->err */
    pthread_mutex_unlock(&e->lock);
    return err->code;
}

/* Counts a unit that is done and hands its batch over when it was the last one of it; then tells
 * how far that is, so that a stop finds complete KDs handed over. Under the lock. */
static tjac_code finish_unit(worker *w, const tjac_engine_report *report, tjac_err *err)
{
    engine *e = w->engine;
    e->report.passes += report->passes;
    e->report.pieces |= report->pieces;
    if (w->unit.parts == 1)
        e->done += w->unit.n_kds;
    else if (++e->done_parts % w->unit.parts == 0)
        e->done++; /* parts are of one KD: in the end as many are done as there are */
    if (--e->batch[w->batch].left == 0) {
        fold(e, w->batch, err);
        end_batch(e, w->batch);
    }
    return err->code ? err->code : tell_progress(e, err);
}

static void *work(void *self)
{
    worker *w = self;
    engine *e = w->engine;
    for (;;) {
        tjac_err err = {0};
        tjac_engine_report report = {0};
        pthread_mutex_lock(&e->lock);
        bool more = take_unit(w, &err);
        if (err.code)
            fail(e, &err);
        pthread_mutex_unlock(&e->lock);
        if (!more)
            return NULL;
        tjac_code code = run_unit(w, &w->unit, &report, &err);
        pthread_mutex_lock(&e->lock);
        if (code || (!e->stop && finish_unit(w, &report, &err)))
            fail(e, &err);
        pthread_mutex_unlock(&e->lock);
    }
}

static tjac_code worker_init(worker *w, engine *e, tjac_st *st, tjac_err *err)
{
    const form_worker_spec spec = {st, e->sizes.B, e->sizes.at_once, tick, w};
    w->engine = e;
    w->st = st;
    w->kd = tjac_alloc(e->sizes.B, e->task->source->pert_dim * sizeof *w->kd, err);
    w->slot = tjac_alloc(e->sizes.B, sizeof(form_slot *), err);
    return err->code ? err->code : form_worker_new(&e->want, &spec, &w->forms, err);
}

static tjac_code run_workers(engine *e, tjac_err *err)
{
    size_t n = e->sizes.n_workers * e->task->n_st;
    worker *w;
    if (n > e->n_units)
        n = e->n_units;
    if (n == 0)
        return TJAC_OK;
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
    const sizes_task size = {e->task, e->options, w};
    if (draw_probes(e, err) || sizes_choose(&size, &e->sizes, err))
        return err->code;
    w->chunk = e->sizes.chunk;
    e->report.pieces = e->sizes.pieces;
    if (make_units(e, err))
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
                          tjac_engine_report *out, tjac_err *err)
{
    engine e = {.task = task, .options = options, .want = wants_of(options)};
    pthread_mutex_init(&e.lock, NULL);
    if (!tjac_engine_choose(task->plan, options, task->st[0].enc_size, task->source->set_size,
                            &e.lines, err) &&
        !engine_init(&e, err) && !run_workers(&e, err))
        *out = e.report;
    engine_free(&e);
    return err->code;
}

tjac_code tjac_engine_run_full(const tjac_engine_task *task, const tjac_engine_options *options,
                               tjac_engine_report *out, tjac_err *err)
{
    tjac_plan plan = *task->plan;
    tjac_engine_task all = *task;
    engine e = {.task = &all, .options = options, .want = {.mean = true}, .full = true};
    const tjac_lines_choice choice = {
        .kind = options->kind, .enc_size = task->st[0].enc_size, .forms = 1};
    plan.n_pairs = 0;
    all.plan = &plan;
    pthread_mutex_init(&e.lock, NULL);
    if (!tjac_lines_choose_full(&plan, &choice, &e.lines, err) && !engine_init(&e, err) &&
        !run_workers(&e, err))
        *out = e.report;
    engine_free(&e);
    return err->code;
}
