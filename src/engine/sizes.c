#include "engine/sizes.h"

#include <math.h>
#include "base/alloc.h"

/* Lines of a group. Measured (docs/performance.md): on a CPU a pullback's cost is flat from 2 to 16
 * lines at once; small groups take little memory and let a KD be shared by two threads. */
enum { CPU_CHUNK = 4, CUDA_CHUNK = 8, CUDA_WORKERS = 2, MAX_WORKERS = 1024 };

/* KDs of a group. On a CPU more than one gain nothing in sets of 64 cells (measured). On a device,
 * reckoned and not measured: 32 are 2,048 rows of a prediction and 16,384 of 8 pullbacks at the
 * released size (64 cells, hidden 328, 8 layers), enough to fill it; a worker takes 2.7 GB in
 * reverse and 6.4 GB forward, so that a card of 16 GB holds a whole group, and one of 80 GB that of
 * a model 8 times as large; and a run that is cut or shared out loses or moves little. A power of
 * two: it halves without a rest. */
enum { CPU_GROUP = 1, CUDA_GROUP = 32 };

size_t tjac_engine_group(bool device)
{
    return device ? CUDA_GROUP : CPU_GROUP;
}

/* Of a device's free memory, for what an estimate leaves out. */
static const double share_of_device = 0.7;

/* ---- what jacobian.memory_gb allows ---- */

tjac_code tjac_engine_memory(const tjac_st *st, double memory_gb, tjac_engine_options *o,
                             tjac_err *err)
{
    const tjac_st_memory m = st->memory(st->self, 1);
    bool cuda = st->device;
    double bytes = memory_gb * 1e9, held = cuda ? m.held : tjac_memory_resident();
    o->memory_bytes = 0;
    o->host_bytes = cuda ? (bytes > 0 ? bytes : 0.5 * tjac_memory_available()) : 0;
    if (bytes > 0 && bytes <= held)
        return tjac_err_memory(
            err,
            "jacobian.memory_gb is %g and %.3g GB are held before the first pass, "
            "weights included; raise it",
            memory_gb, held / 1e9);
    if (bytes > 0)
        o->memory_bytes = bytes - held;
    return TJAC_OK;
}

/* ---- what fits ---- */

typedef struct {
    const sizes_task *task;
    tjac_st_memory m;
    double device, host; /* bytes that may be taken; on the CPU `device` holds for both */
    bool cuda, pushes;
} room;

/* Bytes where the model is: the passes of a device's workers. */
static double pass_bytes(const room *r, const sizes *s)
{
    double pass = r->m.predict + (r->pushes ? r->m.push : 0);
    return (double)s->n_workers * (double)s->B * (pass + (double)s->at_once * r->m.probe);
}

/* Bytes on the host: workers' buffers, and the numbers of the batches that can be under way at a
 * time: one a worker, and with several sets one more whose other sets nobody has begun. */
static double host_bytes(const room *r, const sizes *s)
{
    const form_wants *w = r->task->want;
    const form_worker_spec spec = {.max_kds = s->B, .at_once = s->at_once};
    double workers = (double)(s->n_workers * r->task->task->n_st);
    double batches = workers + (w->n_sets > 1);
    return workers * form_worker_bytes(w, &spec) +
           batches * (double)(w->n_sets * s->B) * form_slot_bytes(w);
}

static bool fits(const room *r, const sizes *s)
{
    double passes = pass_bytes(r, s), host = host_bytes(r, s);
    return r->cuda ? passes <= r->device && host <= r->host : passes + host <= r->device;
}

static room find_room(const sizes_task *t)
{
    const tjac_engine_options *o = t->options;
    const tjac_st *st = &t->task->st[0];
    const tjac_lines *l = t->want->lines;
    room r = {.task = t, .m = st->memory(st->self, t->want->S)};
    r.cuda = st->device;
    r.pushes = l->n_lines > l->n_pulls || (t->want->pert && t->want->pert_way != TJAC_PULL);
    r.device = o->memory_bytes > 0 ? o->memory_bytes : INFINITY;
    r.host = o->host_bytes > 0 ? o->host_bytes : INFINITY;
    if (r.m.free > 0)
        r.device = fmin(r.device, share_of_device * r.m.free);
    return r;
}

tjac_code sizes_choose(const sizes_task *t, sizes *out, tjac_err *err)
{
    const room r = find_room(t);
    size_t n_kds = t->task->plan->n_kds, group = tjac_engine_group(r.cuda), whole;
    size_t workers = r.cuda ? CUDA_WORKERS : t->options->threads ? t->options->threads : 1;
    sizes s = {.chunk = r.cuda ? CUDA_CHUNK : CPU_CHUNK};
    s.at_once = s.chunk;
    s.B = whole = n_kds > group ? group : n_kds ? n_kds : 1;
    s.n_workers = workers < MAX_WORKERS ? workers : MAX_WORKERS;
    while (s.n_workers > 1 && !fits(&r, &s))
        s.n_workers--;
    while (s.B > 1 && !fits(&r, &s))
        s.B /= 2;
    while (s.at_once > 1 && !fits(&r, &s))
        s.at_once /= 2;
    if (!fits(&r, &s))
        return tjac_err_memory(err,
                               "one KD of one set takes about %.3g GB for passes and %.3g GB for "
                               "its numbers besides the "
                               "weights, and %.3g GB are allowed; raise jacobian.memory_gb or "
                               "lower cells.set_size or cells.n_sets",
                               pass_bytes(&r, &s) / 1e9, host_bytes(&r, &s) / 1e9,
                               fmin(r.device, r.host) / 1e9);
    s.pieces = s.B < whole || s.at_once < s.chunk;
    *out = s;
    return TJAC_OK;
}
