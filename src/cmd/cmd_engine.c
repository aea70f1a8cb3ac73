#include "cmd/cmd_engine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "engine/source.h"
#include "st/st.h"

/* ---- devices and options ---- */

tjac_code cmd_devices(const tjac_config *c, tjac_names *out, tjac_err *err)
{
    if (tjac_st_devices(c->device, out, err))
        return err->code;
    if (c->precision == TJAC_PRECISION_TF32 && strcmp(out->name[0], "cpu") == 0)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "jacobian.precision tf32 needs a CUDA device and this run is on the "
                            "CPU; use float32");
    return TJAC_OK;
}

size_t cmd_threads(const tjac_config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return config->threads ? (size_t)config->threads : cores < 1 ? 1 : (size_t)cores;
}

static tjac_engine_options options_of(const tjac_config *c)
{
    return (tjac_engine_options){.estimand = c->estimand,
                                 .n_estimands = c->n_estimands,
                                 .kind = c->engine,
                                 .tolerance = c->tolerance,
                                 .seed = c->cells.seed,
                                 .threads = cmd_threads(c)};
}

static bool wants_shift(const tjac_config *c)
{
    return tjac_estimand_among(c->estimand, c->n_estimands, TJAC_SHIFT);
}

tjac_code cmd_choose_lines(const tjac_config *c, tjac_run *run, tjac_err *err)
{
    const tjac_engine_options o = options_of(c);
    for (size_t i = 0; i < run->n_models; i++) {
        tjac_run_model *m = &run->model[i];
        size_t enc = (size_t)tjac_arch_enc(&m->input.model->arch);
        if (tjac_engine_choose(&m->plan, &o, enc, m->input.block[0].sets.set_size, &m->lines, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- open and close ---- */

tjac_code cmd_engine_open(const tjac_config *config, const tjac_names *devices,
                          tjac_run_model *model, tjac_precision precision, cmd_engine *out,
                          tjac_err *err)
{
    cmd_engine e = {.config = config, .devices = devices, .model = model};
    if (tjac_model_load(model->input.model, err) ||
        !(e.st = tjac_alloc(devices->n, sizeof *e.st, err)))
        return err->code;
    for (; e.n_st < devices->n; e.n_st++) {
        const tjac_st_options o = {devices->name[e.n_st], precision,
                                   config->engine == TJAC_ENGINE_SEQUENTIAL};
        if (tjac_st_open(model->input.model, &o, &e.st[e.n_st], err))
            break;
    }
    if (err->code)
        cmd_engine_close(&e);
    else
        *out = e;
    return err->code;
}

void cmd_engine_close(cmd_engine *e)
{
    for (size_t i = 0; i < e->n_st; i++)
        tjac_st_close(&e->st[i]);
    free(e->st);
    *e = (cmd_engine){0};
}

/* ---- run ---- */

/* J of the task into `out`, every value of it. */
static tjac_code compute(const tjac_engine_task *task, tjac_engine_options *o, tjac_results *out,
                         tjac_err *err)
{
    tjac_results r = {0};
    o->take = tjac_results_take;
    o->take_self = &r;
    if (!tjac_results_init(o->n_estimands, task->plan, &r, err) &&
        !tjac_engine_run(task, o, &r.report, err) && !tjac_results_check(&r, task->plan, err))
        *out = r;
    else
        tjac_results_free(&r);
    return err->code;
}

tjac_code cmd_engine_run(cmd_engine *e, size_t block, cmd_progress progress, void *self,
                         tjac_results *out, tjac_err *err)
{
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source = {0};
    const tjac_engine_task task = {&e->model->plan, e->st, e->n_st, &source};
    o.progress = progress;
    o.progress_self = self;
    if (!tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, block, wants_shift(e->config), &source, err))
        compute(&task, &o, out, err);
    tjac_engine_source_close(&source);
    return err->code;
}

tjac_code cmd_engine_sample(cmd_engine *e, const tjac_plan *plan, double tolerance,
                            tjac_results *out, tjac_err *err)
{
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source = {0};
    const tjac_engine_task task = {plan, e->st, e->n_st, &source};
    o.tolerance = tolerance;
    if (!tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, 0, wants_shift(e->config), &source, err)) {
        source.n_sets = 1;
        compute(&task, &o, out, err);
    }
    tjac_engine_source_close(&source);
    return err->code;
}

/* ---- the full Jacobian ---- */

typedef struct {
    tjac_full *file;
    size_t model;
} full_sink;

static tjac_code take_rows(void *self, size_t kd, size_t first, size_t n, const double *J,
                           tjac_err *err)
{
    const full_sink *sink = self;
    const tjac_full_block block = {sink->model, kd, first, n};
    return tjac_full_write(sink->file, &block, J, err);
}

/* 0 .. n-1 */
static size_t *all_of(size_t n, tjac_err *err)
{
    size_t *list = tjac_alloc(n, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++)
        list[i] = i;
    return list;
}

tjac_code cmd_engine_run_full(cmd_engine *e, size_t m, tjac_full *file, cmd_progress progress,
                              void *self, bool *pieces, tjac_err *err)
{
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source = {0};
    tjac_engine_report report = {0};
    tjac_plan plan = e->model->plan;
    const tjac_engine_task task = {&plan, e->st, e->n_st, &source};
    full_sink sink = {file, m};
    o.progress = progress;
    o.progress_self = self;
    o.take_rows = take_rows;
    o.take_self = &sink;
    plan.n_regulators = e->model->input.inputs.n;
    plan.n_targets = e->model->input.outputs.n;
    plan.regulator = all_of(plan.n_regulators, err);
    plan.target = all_of(plan.n_targets, err);
    if (!err->code && !tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, 0, false, &source, err) &&
        !tjac_engine_run_full(&task, &o, &report, err))
        *pieces = *pieces || report.pieces;
    free(plan.regulator);
    free(plan.target);
    tjac_engine_source_close(&source);
    return err->code;
}
