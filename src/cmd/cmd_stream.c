/* tjac run --out -: j.csv to standard output, row by row as far as it is complete. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/alloc.h"
#include "base/output.h"
#include "cmd/cmd_job.h"
#include "cmd/cmd_text.h"

/* Rows wait in memory for their turn: of one block of cells at most. */
typedef struct {
    cmd_job *job;
    const tjac_layout *layout;
    tjac_report_j_rows rows;
    tjac_report_place at; /* the next row to be written is of this place */
    size_t kd;            /* and of this KD */
    bool more;            /* there is one in this block */
    tjac_results results; /* of the block */
    unsigned char *there; /* [n_kds] */
    pthread_mutex_t writing;
} stream;

/* Writes what is complete and next in the order of j.csv, whole lines at a time. */
static tjac_code write_ready(stream *s, tjac_err *err)
{
    const tjac_results *r = &s->results;
    pthread_mutex_lock(&s->writing);
    while (!err->code && s->more && s->there[s->kd]) {
        size_t row = tjac_results_at(r, s->at.estimand, s->kd, 0);
        const tjac_engine_kd numbers = {s->kd, r->J + row, r->se + row,
                                        r->active + s->kd * r->n_targets};
        if (tjac_report_j_kd(stdout, &s->rows, &numbers, err) || ++s->kd < r->n_kds)
            continue;
        const tjac_layout_cells *block = s->rows.cells;
        s->kd = 0;
        s->more = tjac_report_j_next(s->layout, &s->at) &&
                  block == &s->layout->model[s->at.model].cells[s->at.cells];
        if (s->more)
            (void)!tjac_report_j_place(&s->rows, &s->at, err);
    }
    if (!err->code)
        (void)!tjac_output_flush(stdout, "-", err);
    pthread_mutex_unlock(&s->writing);
    return err->code;
}

static tjac_code take(void *self, const tjac_engine_kd *kd, tjac_err *err)
{
    stream *s = self;
    const tjac_layout_cells *cells = s->rows.cells;
    if (tjac_results_take(&s->results, kd, err))
        return err->code;
    s->there[kd->kd] = 1;
    cmd_progress_kd(s->job->progress, cells->kds.name[kd->kd], cmd_now());
    cmd_progress_hide(s->job->progress, true);
    (void)!write_ready(s, err);
    cmd_progress_hide(s->job->progress, false);
    return err->code;
}

static tjac_code on_progress(void *self, size_t done, size_t of, tjac_err *err)
{
    const stream *s = self;
    (void)of;
    cmd_progress_update(s->job->progress, done, cmd_now());
    return err->code;
}

/* A line that was begun is written to its end. */
static void on_signal(void *self, tjac_text *sentence)
{
    stream *s = self;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    if (pthread_mutex_timedlock(&s->writing, &until) == 0)
        fflush(stdout);
    tjac_text_add(sentence, "; the rows on standard output end here");
}

static tjac_code run_block(stream *s, cmd_engine *engine, size_t m, size_t c, tjac_err *err)
{
    const cmd_engine_sink to = {.take = take, .progress = on_progress, .self = s};
    tjac_run_model *model = &s->job->run.model[m];
    s->more = true;
    s->at = (tjac_report_place){.model = m, .cells = c};
    s->kd = 0;
    s->there = tjac_alloc(model->plan.n_kds, 1, err);
    cmd_begin_part(s->job, m, c, model->plan.n_kds, false);
    if (s->there && !tjac_report_j_place(&s->rows, &s->at, err) &&
        !tjac_results_init(s->job->config.n_estimands, &model->plan, &s->results, err))
        (void)!cmd_engine_run(engine, &model->plan, c, &to, err);
    tjac_results_free(&s->results);
    free(s->there);
    return err->code;
}

static tjac_code run_model(stream *s, size_t m, tjac_err *err)
{
    cmd_job *j = s->job;
    tjac_run_model *model = &j->run.model[m];
    cmd_engine engine = {0};
    if (cmd_engine_open(&j->config, &j->devices, model, j->config.precision, &engine, err))
        goto done;
    for (size_t c = 0; c < model->input.n_blocks; c++)
        if (run_block(s, &engine, m, c, err))
            goto done;
    if (!cmd_warn_pieces(j, model, err))
        (void)!cmd_measure_deviation(j, model, &engine, err);
done:
    cmd_engine_close(&engine);
    tjac_model_unload(model->input.model);
    return err->code;
}

static tjac_code open_progress(cmd_job *j, const tjac_layout *l, tjac_err *err)
{
    cmd_progress_spec spec = {.kds = tjac_layout_kds(l), .file = stderr, .clock = cmd_now};
    for (size_t m = 0; m < j->run.n_models; m++)
        for (size_t c = 0; c < l->model[m].n_cells; c++)
            spec.work +=
                (double)l->model[m].cells[c].kds.n * cmd_kd_cost(&j->config, &j->run.model[m], c);
    return cmd_progress_open(j->form, &spec, cmd_now(), &j->progress, err);
}

tjac_code cmd_stream(cmd_job *j, tjac_err *err)
{
    tjac_layout layout = {0};
    stream s = {.job = j, .layout = &layout};
    pthread_mutex_init(&s.writing, NULL);
    if (!j->quiet)
        cmd_say(stderr, "tjac: j.csv goes to standard output: no files, no statistics\n");
    if (tjac_layout_of_run(&j->config, &j->run, NULL, &layout, err) ||
        open_progress(j, &layout, err))
        goto done;
    s.rows = (tjac_report_j_rows){.run = j->label, .config = &j->config, .layout = &layout};
    cmd_guard_set(j->guard, on_signal, &s);
    tjac_report_j_header(stdout);
    for (size_t m = 0; m < j->run.n_models; m++)
        if (run_model(&s, m, err))
            break;
    cmd_progress_end(j->progress, cmd_now());
    cmd_guard_set(j->guard, NULL, NULL);
done:
    free(s.rows.pair);
    tjac_layout_free(&layout);
    pthread_mutex_destroy(&s.writing);
    return err->code;
}
