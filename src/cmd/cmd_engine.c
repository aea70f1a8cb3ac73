#include "cmd/cmd_engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"

/* ---- devices ---- */

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

/* ---- sources ---- */

static tjac_code read_set(void *self, size_t k, double *cells, tjac_err *err)
{
    cmd_reader *r = self;
    return tjac_input_read_set(r->input, r->block, k, cells, err);
}

static tjac_code read_kd(void *self, size_t kd, float *vector, tjac_err *err)
{
    const cmd_reader *r = self;
    return tjac_model_kd_vector(r->input->model, kd, vector, err);
}

static bool wants_shift(const tjac_config *c)
{
    for (size_t e = 0; e < c->n_estimands; e++)
        if (c->estimand[e] == TJAC_SHIFT)
            return true;
    return false;
}

tjac_code cmd_source(cmd_reader *r, const tjac_config *config, tjac_engine_source *out,
                     tjac_err *err)
{
    const tjac_block *block = &r->input->block[r->block];
    const tjac_arch *arch = &r->input->model->arch;
    if (wants_shift(config)) {
        if (!(r->sd = tjac_alloc((size_t)arch->input_dim, sizeof *r->sd, err)) ||
            tjac_input_deviations(r->input, r->block, r->sd, err))
            return err->code;
    }
    *out = (tjac_engine_source){.self = r,
                                .set_size = block->sets.set_size,
                                .n_sets = block->sets.n_sets,
                                .input_dim = (size_t)arch->input_dim,
                                .pert_dim = (size_t)arch->pert_dim,
                                .batch = block->batch,
                                .sd = r->sd,
                                .read_set = read_set,
                                .kd_vector = read_kd};
    return TJAC_OK;
}

/* ---- options ---- */

static tjac_engine_options options_of(const tjac_config *c)
{
    return (tjac_engine_options){.estimand = c->estimand,
                                 .n_estimands = c->n_estimands,
                                 .kind = c->engine,
                                 .tolerance = c->tolerance,
                                 .seed = c->cells.seed,
                                 .threads = cmd_threads(c)};
}

tjac_code cmd_choose_lines(const tjac_config *c, cmd_stage *stage, tjac_err *err)
{
    const tjac_engine_options o = options_of(c);
    for (size_t i = 0; i < c->n_models; i++) {
        size_t leaf = (size_t)tjac_arch_leaf(&stage[i].input.model->arch);
        size_t S = stage[i].input.block[0].sets.set_size;
        if (tjac_engine_choose(&stage[i].plan, &o, leaf, S, &stage[i].lines, err))
            return err->code;
    }
    return TJAC_OK;
}

/* Bytes resident now. */
static double resident(void)
{
    FILE *f = fopen("/proc/self/statm", "r");
    long pages = 0;
    if (f && fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* What jacobian.memory_gb leaves for passes beside what is held already: of the process, or of the
 * weights on a device. 0: not bounded. */
static tjac_code memory_left(const cmd_engine *e, double *out, tjac_err *err)
{
    double bytes = e->config->memory_gb * 1e9;
    bool cpu = strcmp(e->devices->name[0], "cpu") == 0;
    double held = cpu ? resident() : 4.0 * (double)e->stage->input.model->n_parameters;
    *out = 0;
    if (bytes > 0 && bytes <= held)
        return tjac_err_set(err, TJAC_EFAIL,
                            "jacobian.memory_gb is %g and %.3g GB are held before the first pass, "
                            "weights included; raise it",
                            e->config->memory_gb, held / 1e9);
    if (bytes > 0)
        *out = bytes - held;
    return TJAC_OK;
}

/* ---- open and run ---- */

tjac_code cmd_engine_open(const tjac_config *config, const tjac_names *devices, cmd_stage *stage,
                          tjac_precision precision, cmd_engine *out, tjac_err *err)
{
    cmd_engine e = {.config = config, .devices = devices, .stage = stage};
    if (tjac_model_load(stage->input.model, err) ||
        !(e.st = tjac_alloc(devices->n, sizeof *e.st, err)))
        return err->code;
    for (; e.n_st < devices->n; e.n_st++) {
        const tjac_st_options o = {devices->name[e.n_st], precision,
                                   config->engine == TJAC_ENGINE_SEQUENTIAL};
        if (tjac_st_open(stage->input.model, &o, &e.st[e.n_st], err))
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

tjac_code cmd_engine_run(cmd_engine *e, size_t block, cmd_progress progress, void *self,
                         tjac_results *out, tjac_err *err)
{
    cmd_reader reader = {&e->stage->input, block, NULL};
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source;
    const tjac_engine_task task = {&e->stage->plan, e->st, e->n_st, &source};
    o.progress = progress;
    o.progress_self = self;
    if (!memory_left(e, &o.memory_bytes, err) && !cmd_source(&reader, e->config, &source, err) &&
        tjac_engine_run(&task, &o, out, err))
        *out = (tjac_results){0};
    free(reader.sd);
    return err->code;
}

tjac_code cmd_engine_sample(cmd_engine *e, size_t kds, double tolerance, tjac_results *out,
                            tjac_err *err)
{
    cmd_reader reader = {&e->stage->input, 0, NULL};
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source;
    tjac_plan plan = e->stage->plan;
    const tjac_engine_task task = {&plan, e->st, e->n_st, &source};
    size_t n = plan.n_kds < kds ? plan.n_kds : kds;
    if (!(plan.kd = tjac_alloc(n, sizeof *plan.kd, err)))
        return err->code;
    for (size_t k = 0; k < n; k++)
        plan.kd[k] = e->stage->plan.kd[k * plan.n_kds / n];
    plan.n_kds = n;
    o.tolerance = tolerance;
    if (!cmd_source(&reader, e->config, &source, err)) {
        source.n_sets = 1;
        if (tjac_engine_run(&task, &o, out, err))
            *out = (tjac_results){0};
    }
    free(reader.sd);
    free(plan.kd);
    return err->code;
}

/* ---- deviation of a fast precision ---- */

static void compare(const cmd_stage *s, const tjac_config *c, const tjac_results *fast,
                    const tjac_results *exact, tjac_deviation *out)
{
    const tjac_plan *p = &s->plan;
    *out = (tjac_deviation){0};
    for (size_t e = 0; e < exact->n_estimands; e++) {
        size_t n = exact->n_kds * exact->n_pairs, base = tjac_results_at(exact, e, 0, 0);
        double largest = 0;
        for (size_t i = 0; i < n; i++)
            largest = fmax(largest, fabs(exact->J[base + i]));
        for (size_t i = 0; i < n && largest > 0; i++) {
            double d = fabs(fast->J[base + i] - exact->J[base + i]) / largest;
            const tjac_plan_pair *pair = &p->pair[i % exact->n_pairs];
            size_t kd = p->kd[i / exact->n_pairs * p->n_kds / exact->n_kds];
            out->triples++;
            if (d < out->worst && out->estimand)
                continue;
            out->worst = d;
            out->estimand = tjac_estimand_name(c->estimand[e]);
            out->kd = p->names->kds->name[kd];
            out->regulator = p->names->inputs->name[p->regulator[pair->regulator]];
            out->target = p->names->outputs->name[p->target[pair->target]];
        }
    }
}

tjac_code cmd_engine_deviation(cmd_engine *e, tjac_deviation *out, tjac_err *err)
{
    enum { KDS = 4 };
    tjac_results fast = {0}, exact = {0};
    cmd_engine strict = {0};
    if (!cmd_engine_sample(e, KDS, e->config->tolerance, &fast, err) &&
        !cmd_engine_open(e->config, e->devices, e->stage, TJAC_PRECISION_F32, &strict, err) &&
        !cmd_engine_sample(&strict, KDS, e->config->tolerance, &exact, err))
        compare(e->stage, e->config, &fast, &exact, out);
    cmd_engine_close(&strict);
    tjac_results_free(&fast);
    tjac_results_free(&exact);
    return err->code;
}

/* ---- the full Jacobian ---- */

static bool same_names(const tjac_names *a, const tjac_names *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->name[i], b->name[i]) == 0;
    return same;
}

tjac_code cmd_full_check(const tjac_config *c, const cmd_stage *stage, tjac_err *err)
{
    if (!c->full)
        return TJAC_OK;
    if (stage[0].input.n_blocks > 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "jacobian.full holds one block of cells and cells.cell_type names %zu "
                            "cell types; name one, or null to pool them",
                            stage[0].input.n_blocks);
    for (size_t i = 1; i < c->n_models; i++) {
        bool same = same_names(&stage[i].input.inputs, &stage[0].input.inputs) &&
                    same_names(&stage[i].input.outputs, &stage[0].input.outputs) &&
                    stage[i].plan.n_kds == stage[0].plan.n_kds;
        for (size_t k = 0; same && k < stage[0].plan.n_kds; k++)
            same = strcmp(stage[i].names.kds->name[stage[i].plan.kd[k]],
                          stage[0].names.kds->name[stage[0].plan.kd[k]]) == 0;
        if (!same)
            return tjac_err_set(err, TJAC_EINPUT,
                                "jacobian.full is one array of all models, and models '%s' and "
                                "'%s' differ in genes or KDs; run them one by one",
                                stage[0].input.name, stage[i].input.name);
    }
    return TJAC_OK;
}

tjac_code cmd_full_open(const tjac_config *c, const cmd_stage *stage, tjac_full **out,
                        tjac_err *err)
{
    const tjac_input *in = &stage[0].input;
    const tjac_plan *p = &stage[0].plan;
    const char **model = tjac_alloc(c->n_models, sizeof *model, err);
    const char **kd = tjac_alloc(p->n_kds, sizeof *kd, err);
    if (!err->code) {
        for (size_t i = 0; i < c->n_models; i++)
            model[i] = c->model[i].name;
        for (size_t k = 0; k < p->n_kds; k++)
            kd[k] = p->names->kds->name[p->kd[k]];
        const tjac_full_spec spec = {{model, c->n_models},
                                     {kd, p->n_kds},
                                     {(const char *const *)in->outputs.name, in->outputs.n},
                                     {(const char *const *)in->inputs.name, in->inputs.n},
                                     in->block[0].cell_type,
                                     "set_mean"};
        if (tjac_full_open(c->full, &spec, out, err))
            *out = NULL;
    }
    free(model);
    free(kd);
    return err->code;
}

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
                              void *self, tjac_err *err)
{
    cmd_reader reader = {&e->stage->input, 0, NULL};
    tjac_engine_options o = options_of(e->config);
    tjac_engine_source source;
    tjac_plan plan = e->stage->plan;
    const tjac_engine_task task = {&plan, e->st, e->n_st, &source};
    full_sink sink = {file, m};
    o.progress = progress;
    o.progress_self = self;
    o.take = take_rows;
    o.take_self = &sink;
    plan.n_regulators = e->stage->input.inputs.n;
    plan.n_targets = e->stage->input.outputs.n;
    plan.regulator = all_of(plan.n_regulators, err);
    plan.target = all_of(plan.n_targets, err);
    if (!err->code && !memory_left(e, &o.memory_bytes, err) &&
        !cmd_source(&reader, e->config, &source, err) && tjac_engine_run_full(&task, &o, err))
        sink.file = NULL;
    free(plan.regulator);
    free(plan.target);
    free(reader.sd);
    return err->code;
}
