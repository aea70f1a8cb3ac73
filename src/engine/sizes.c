#include "engine/sizes.h"

#include <math.h>
#include "base/alloc.h"

/* Lines of a group. Measured (docs/performance.md): on a CPU a pullback's cost is flat from 2 to 16
 * lines at once; small groups take little memory and let a KD be shared by two threads. */
enum { CPU_CHUNK = 4, CUDA_CHUNK = 8, CUDA_KDS = 256, CUDA_WORKERS = 2, MAX_WORKERS = 1024 };

/* Of a device's free memory, for what an estimate leaves out. */
static const double share_of_device = 0.7;

/* ---- what jacobian.memory_gb allows ---- */

tjac_code tjac_engine_memory(const tjac_st *st, double memory_gb, tjac_engine_options *o,
                             tjac_err *err)
{
    const tjac_st_memory m = st->memory(st->self, 1);
    bool cuda = m.free > 0;
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
    const form_worker_spec spec = {NULL, s->B, s->at_once};
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
    r.cuda = r.m.free > 0;
    r.pushes = l->n_lines > l->n_pulls || (t->want->pert && t->want->pert_way != TJAC_PULL);
    r.device = o->memory_bytes > 0 ? o->memory_bytes : INFINITY;
    r.host = o->host_bytes > 0 ? o->host_bytes : INFINITY;
    if (r.cuda)
        r.device = fmin(r.device, share_of_device * r.m.free);
    return r;
}

tjac_code sizes_choose(const sizes_task *t, sizes *out, tjac_err *err)
{
    const room r = find_room(t);
    size_t n_kds = t->task->plan->n_kds;
    size_t workers = r.cuda ? CUDA_WORKERS : t->options->threads ? t->options->threads : 1;
    sizes s = {.chunk = r.cuda ? CUDA_CHUNK : CPU_CHUNK, .B = 1};
    s.at_once = s.chunk;
    s.n_workers = workers < MAX_WORKERS ? workers : MAX_WORKERS;
    while (s.n_workers > 1 && !fits(&r, &s))
        s.n_workers--;
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
    if (r.cuda)
        s.B = n_kds < CUDA_KDS ? n_kds : CUDA_KDS;
    while (s.B > 1 && !fits(&r, &s))
        s.B--;
    *out = s;
    return TJAC_OK;
}
