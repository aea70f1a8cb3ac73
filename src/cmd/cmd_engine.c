#include "cmd/cmd_engine.h"

#include <stdlib.h>
#include <string.h>
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

tjac_cpus cmd_threads(const tjac_config *config)
{
    if (config->threads)
        return (tjac_cpus){(size_t)config->threads, "threads of the config or command line"};
    return tjac_machine_cpus();
}

static tjac_engine_options options_of(const tjac_config *c)
{
    return (tjac_engine_options){.estimand = c->estimand,
                                 .n_estimands = c->n_estimands,
                                 .kind = c->engine,
                                 .tolerance = c->tolerance,
                                 .seed = c->cells.seed,
                                 .threads = cmd_threads(c).n};
}

static bool wants(const tjac_config *c, tjac_estimand what)
{
    return tjac_estimand_among(c->estimand, c->n_estimands, what);
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

double cmd_count_passes(const tjac_config *c, const tjac_run_model *m)
{
    double lines = (double)m->lines.n_lines, S = (double)m->input.block[0].sets.set_size;
    double R = (double)m->plan.n_regulators;
    bool cross = wants(c, TJAC_CROSS_CELL);
    return lines * ((wants(c, TJAC_SET_MEAN) || cross) + wants(c, TJAC_MEAN_CELL)) +
           lines * S * (wants(c, TJAC_SAME_CELL) || cross) + wants(c, TJAC_PERT) +
           R * (wants(c, TJAC_KNOCKOUT) + wants(c, TJAC_SHIFT));
}

static tjac_engine_options options_for(const tjac_config *c, const cmd_engine_sink *sink)
{
    tjac_engine_options o = options_of(c);
    o.take = sink->take;
    o.take_rows = sink->take_rows;
    o.take_self = sink->self;
    o.progress = sink->progress;
    o.progress_self = sink->self;
    return o;
}

static void add_report(cmd_engine *e, const tjac_engine_report *report)
{
    e->model->report.passes += report->passes;
    e->model->report.pieces |= report->pieces;
}

tjac_code cmd_engine_run(cmd_engine *e, const tjac_plan *plan, size_t block,
                         const cmd_engine_sink *sink, tjac_err *err)
{
    tjac_engine_options o = options_for(e->config, sink);
    tjac_engine_source source = {0};
    tjac_engine_report report = {0};
    const tjac_engine_task task = {plan, e->st, e->n_st, &source};
    if (!tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, block, wants(e->config, TJAC_SHIFT), &source,
                                 err) &&
        !tjac_engine_run(&task, &o, &report, err))
        add_report(e, &report);
    tjac_engine_source_close(&source);
    return err->code;
}

tjac_code cmd_engine_sample(cmd_engine *e, const tjac_plan *plan, double tolerance,
                            tjac_results *out, tjac_err *err)
{
    tjac_results r = {0};
    const cmd_engine_sink sink = {.take = tjac_results_take, .self = &r};
    tjac_engine_options o = options_for(e->config, &sink);
    tjac_engine_source source = {0};
    const tjac_engine_task task = {plan, e->st, e->n_st, &source};
    o.tolerance = tolerance;
    if (!tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, 0, wants(e->config, TJAC_SHIFT), &source, err)) {
        source.n_sets = 1;
        if (!tjac_results_init(o.n_estimands, plan, &r, err) &&
            !tjac_engine_run(&task, &o, &r.report, err))
            (void)!tjac_results_check(&r, plan, err);
    }
    tjac_engine_source_close(&source);
    if (err->code)
        tjac_results_free(&r);
    else
        *out = r;
    return err->code;
}

/* ---- the full Jacobian ---- */

/* 0 .. n-1 */
static size_t *all_of(size_t n, tjac_err *err)
{
    size_t *list = tjac_alloc(n, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++)
        list[i] = i;
    return list;
}

tjac_code cmd_engine_run_full(cmd_engine *e, const tjac_plan *some, const cmd_engine_sink *sink,
                              tjac_err *err)
{
    tjac_engine_options o = options_for(e->config, sink);
    tjac_engine_source source = {0};
    tjac_engine_report report = {0};
    tjac_plan plan = *some;
    const tjac_engine_task task = {&plan, e->st, e->n_st, &source};
    plan.n_regulators = e->model->input.inputs.n;
    plan.n_targets = e->model->input.outputs.n;
    plan.regulator = all_of(plan.n_regulators, err);
    plan.target = all_of(plan.n_targets, err);
    if (!err->code && !tjac_engine_memory(&e->st[0], e->config->memory_gb, &o, err) &&
        !tjac_engine_source_open(&e->model->input, 0, false, &source, err) &&
        !tjac_engine_run_full(&task, &o, &report, err))
        add_report(e, &report);
    free(plan.regulator);
    free(plan.target);
    tjac_engine_source_close(&source);
    return err->code;
}
