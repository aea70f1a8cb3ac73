/* What is missing in the results file is computed and put into it. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd_job.h"
#include "cmd/cmd_text.h"

size_t cmd_group(const cmd_job *j)
{
    return tjac_engine_group(strcmp(j->devices.name[0], "cpu") != 0);
}

static double cost_of(const tjac_run_model *m, size_t block, double passes)
{
    const tjac_arch *a = &m->input.model->arch;
    const tjac_sets *s = &m->input.block[block].sets;
    double H = (double)a->hidden_dim, S = (double)s->set_size;
    double cell =
        12.0 * (double)a->n_layers * H * H + H * (double)(a->input_dim + tjac_arch_outputs(a));
    return (double)s->n_sets * S * cell * (1.0 + passes);
}

double cmd_kd_cost(const tjac_config *c, const tjac_run_model *m, size_t block)
{
    return cost_of(m, block, cmd_count_passes(c, m));
}

/* Of one KD of the full Jacobian: a pullback a target. */
static double full_cost(const tjac_run_model *m)
{
    return cost_of(m, 0, (double)m->input.outputs.n);
}

/* ---- what is to be done ---- */

/* KDs as positions among those of their cells. */
typedef struct {
    size_t *kd, n;
} todo;

/* Whole groups: where one of its KDs is missing the group is computed again, with the bits of a
 * run that was never interrupted. */
static tjac_code take_groups(const unsigned char *done, size_t n, size_t group, todo *out,
                             tjac_err *err)
{
    if (!(out->kd = tjac_alloc(n, sizeof *out->kd, err)))
        return err->code;
    for (size_t first = 0; first < n; first += group) {
        size_t end = n - first < group ? n : first + group;
        bool whole = true;
        for (size_t k = first; k < end; k++)
            whole = whole && done[k];
        for (size_t k = first; k < end && !whole; k++)
            out->kd[out->n++] = k;
    }
    return TJAC_OK;
}

static tjac_code find_todo(const cmd_job *j, size_t m, size_t c, todo *out, tjac_err *err)
{
    size_t n = j->file->layout.model[m].cells[c].kds.n;
    unsigned char *done = tjac_alloc(n, 1, err);
    if (done && !tjac_jfile_done(j->file, m, c, done, err))
        (void)!take_groups(done, n, cmd_group(j), out, err);
    free(done);
    return err->code;
}

/* Of the full Jacobian of a model; nothing where none is wanted. */
static tjac_code find_full(const cmd_job *j, size_t m, todo *out, tjac_err *err)
{
    size_t n = j->run.model[m].plan.n_kds;
    unsigned char *done = j->full ? tjac_alloc(n, 1, err) : NULL;
    if (done && !tjac_full_done(j->full, m, done, err))
        (void)!take_groups(done, n, cmd_group(j), out, err);
    free(done);
    return err->code;
}

/* ---- one block ---- */

typedef struct {
    cmd_job *job;
    tjac_jfile_at at; /* the model and cells */
    const todo *todo;
} sink;

static tjac_code on_progress(void *self, size_t done, size_t of, tjac_err *err)
{
    const sink *s = self;
    (void)of;
    cmd_progress_update(s->job->progress, done, cmd_now());
    return err->code;
}

static tjac_code take_kd(void *self, const tjac_engine_kd *kd, tjac_err *err)
{
    const sink *s = self;
    const tjac_layout *l = &s->job->file->layout;
    tjac_jfile_at at = s->at;
    at.kd = s->todo->kd[kd->kd];
    if (tjac_jfile_put(s->job->file, s->job->fill, &at, kd, err))
        return err->code;
    atomic_fetch_add(&s->job->kds_done, 1);
    cmd_progress_kd(s->job->progress, l->model[at.model].cells[at.cells].kds.name[at.kd],
                    cmd_now());
    return TJAC_OK;
}

static tjac_code take_rows(void *self, size_t kd, size_t first, size_t n, const double *J,
                           tjac_err *err)
{
    const sink *s = self;
    const tjac_full_block block = {s->at.model, s->todo->kd[kd], first, n};
    return tjac_full_put(s->job->full, &block, J, err);
}

void cmd_begin_part(cmd_job *j, size_t m, size_t block, size_t n_kds, bool full)
{
    const tjac_run_model *model = &j->run.model[m];
    size_t sets = model->input.block[block].sets.n_sets;
    double pairs = full ? (double)model->input.inputs.n * (double)model->input.outputs.n
                        : (double)model->plan.n_pairs;
    const cmd_progress_part_spec part = {
        .model = model->input.name,
        .cell_type = full ? "full Jacobian" : model->input.block[block].cell_type,
        .units = n_kds * sets,
        .work = (full ? full_cost(model) : cmd_kd_cost(&j->config, model, block)) / (double)sets,
        .triples = pairs / (double)sets};
    cmd_progress_part(j->progress, &part, cmd_now());
}

static tjac_code run_block(cmd_job *j, cmd_engine *engine, size_t m, size_t c, const todo *t,
                           tjac_err *err)
{
    sink s = {j, {m, c, 0}, t};
    const cmd_engine_sink to = {.take = take_kd, .progress = on_progress, .self = &s};
    const tjac_layout_cells *cells = &j->file->layout.model[m].cells[c];
    tjac_plan some = {0};
    size_t *at = tjac_alloc(t->n, sizeof *at, err);
    for (size_t k = 0; at && k < t->n; k++)
        at[k] = cells->at[t->kd[k]];
    cmd_begin_part(j, m, c, t->n, false);
    if (at && !tjac_plan_some(&engine->model->plan, at, t->n, &some, err))
        (void)!cmd_engine_run(engine, &some, c, &to, err);
    free(some.kd);
    free(at);
    return err->code;
}

static tjac_code run_full(cmd_job *j, cmd_engine *engine, size_t m, const todo *t, tjac_err *err)
{
    sink s = {j, {m, 0, 0}, t};
    const cmd_engine_sink to = {.take_rows = take_rows, .progress = on_progress, .self = &s};
    tjac_plan some = {0};
    cmd_begin_part(j, m, 0, t->n, true);
    if (!tjac_plan_some(&engine->model->plan, t->kd, t->n, &some, err))
        (void)!cmd_engine_run_full(engine, &some, &to, err);
    free(some.kd);
    return err->code;
}

/* ---- a fast precision ---- */

static tjac_code sample_deviation(const cmd_job *j, tjac_run_model *model, cmd_engine *fast,
                                  tjac_err *err)
{
    enum { KDS = 4 };
    tjac_results of_fast = {0}, of_float = {0};
    tjac_plan sample = {0};
    cmd_engine exact = {0};
    if (tjac_plan_sample(&model->plan, KDS, &sample, err) ||
        cmd_engine_sample(fast, &sample, j->config.tolerance, &of_fast, err))
        goto done;
    cmd_engine_close(fast);
    if (!cmd_engine_open(&j->config, &j->devices, model, TJAC_PRECISION_F32, &exact, err) &&
        !cmd_engine_sample(&exact, &sample, j->config.tolerance, &of_float, err))
        tjac_results_deviation(&of_fast, &of_float, &sample, j->config.estimand, &model->deviation);
done:
    cmd_engine_close(&exact);
    tjac_results_free(&of_fast);
    tjac_results_free(&of_float);
    free(sample.kd);
    return err->code;
}

tjac_code cmd_measure_deviation(cmd_job *j, tjac_run_model *model, cmd_engine *fast, tjac_err *err)
{
    const char *precision = tjac_precision_name(j->config.precision);
    const tjac_deviation *d = &model->deviation;
    tjac_err lack = {0};
    if (j->config.precision != TJAC_PRECISION_TF32 && j->config.precision != TJAC_PRECISION_BF16)
        return TJAC_OK;
    if (sample_deviation(j, model, fast, &lack) && !lack.memory) {
        *err = lack;
        return err->code;
    }
    if (lack.code)
        (void)!cmd_job_warn(j, model, "the deviation from float32 was not measured: ",
                            tjac_err_message(&lack), err);
    tjac_err_clear(&lack);
    cmd_progress_hide(j->progress, true);
    if (d->triples)
        cmd_say(stderr,
                "tjac: %s: %s differs from float32 by at most %.2g of the largest |J| of %s on %zu "
                "sampled triples (%s -> %s under %s)\n",
                model->input.name, precision, d->worst, d->estimand, d->triples, d->regulator,
                d->target, d->kd);
    cmd_progress_hide(j->progress, false);
    return err->code;
}

tjac_code cmd_warn_pieces(cmd_job *j, const tjac_run_model *model, tjac_err *err)
{
    if (!model->report.pieces)
        return TJAC_OK;
    return cmd_job_warn(j, model, "memory was short and J was computed in smaller pieces; ",
                        "its last digits may differ from those of a run that has more", err);
}

/* ---- all ---- */

/* What is to be done of one model: a list a block, and the full Jacobian's. */
typedef struct {
    todo *block, full;
    size_t n_blocks, n;
} work;

static void work_free(work *w)
{
    for (size_t c = 0; c < w->n_blocks; c++)
        free(w->block[c].kd);
    free(w->block);
    free(w->full.kd);
}

static tjac_code find_work(const cmd_job *j, size_t m, work *w, tjac_err *err)
{
    size_t n = j->file->layout.model[m].n_cells;
    if (!(w->block = tjac_alloc(n, sizeof *w->block, err)))
        return err->code;
    for (; w->n_blocks < n; w->n += w->block[w->n_blocks++].n)
        if (find_todo(j, m, w->n_blocks, &w->block[w->n_blocks], err))
            return err->code;
    return find_full(j, m, &w->full, err);
}

bool cmd_is_complete(const cmd_job *j, tjac_err *err)
{
    size_t left = 0;
    for (size_t m = 0; m < j->run.n_models && !err->code; m++) {
        work w = {0};
        if (!find_work(j, m, &w, err))
            left += w.n + w.full.n;
        work_free(&w);
    }
    return !err->code && left == 0;
}

static tjac_code run_model(cmd_job *j, size_t m, const work *w, tjac_err *err)
{
    tjac_run_model *model = &j->run.model[m];
    cmd_engine engine = {0};
    double t = cmd_now();
    if (w->n == 0 && w->full.n == 0)
        return TJAC_OK;
    if (cmd_engine_open(&j->config, &j->devices, model, j->config.precision, &engine, err))
        goto done;
    j->facts.seconds_load += cmd_now() - t;
    t = cmd_now();
    for (size_t c = 0; c < w->n_blocks && !err->code; c++)
        if (w->block[c].n)
            (void)!run_block(j, &engine, m, c, &w->block[c], err);
    if (!err->code && w->full.n)
        (void)!run_full(j, &engine, m, &w->full, err);
    j->facts.seconds_engine += cmd_now() - t;
    if (!err->code && !cmd_warn_pieces(j, model, err))
        (void)!cmd_measure_deviation(j, model, &engine, err);
done:
    cmd_engine_close(&engine);
    tjac_model_unload(model->input.model);
    return err->code;
}

static tjac_code open_progress(cmd_job *j, const work *w, tjac_err *err)
{
    cmd_progress_spec spec = {
        .kds = tjac_layout_kds(&j->file->layout), .file = stderr, .clock = cmd_now};
    size_t left = 0;
    for (size_t m = 0; m < j->run.n_models; m++) {
        for (size_t c = 0; c < w[m].n_blocks; c++)
            spec.work += (double)w[m].block[c].n * cmd_kd_cost(&j->config, &j->run.model[m], c);
        spec.work += (double)w[m].full.n * full_cost(&j->run.model[m]);
        left += w[m].n;
    }
    spec.kds_before = spec.kds - left;
    j->facts.kds = spec.kds;
    j->facts.kds_before = spec.kds_before;
    atomic_store(&j->kds_done, spec.kds_before);
    return cmd_progress_open(j->form, &spec, cmd_now(), &j->progress, err);
}

tjac_code cmd_compute(cmd_job *j, tjac_err *err)
{
    work *w = tjac_alloc(j->run.n_models, sizeof *w, err);
    for (size_t m = 0; w && m < j->run.n_models && !err->code; m++)
        (void)!find_work(j, m, &w[m], err);
    if (!err->code)
        (void)!open_progress(j, w, err);
    for (size_t m = 0; m < j->run.n_models && !err->code; m++)
        (void)!run_model(j, m, &w[m], err);
    for (size_t m = 0; w && m < j->run.n_models; m++)
        work_free(&w[m]);
    free(w);
    return err->code;
}
