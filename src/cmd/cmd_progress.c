/* cmd_progress.c: see cmd_progress.h. */
#include "cmd/cmd_progress.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "cmd/cmd_rate.h"
#include "cmd/cmd_text.h"

struct cmd_progress {
    pthread_mutex_t lock; /* all that is not set by open alone */
    pthread_cond_t stop;
    pthread_t ticker;
    bool ticks, stopped;
    cmd_progress_form form; /* not AUTO */
    cmd_progress_spec spec;
    bool colour, begun, hidden, ended;
    bool changed;                   /* something was done since it was last printed */
    double opened, printed;         /* when */
    double advanced;                /* when something was last done */
    double idle;                    /* seconds without computing: now - idle is the rate's clock */
    double work, triples;           /* done */
    size_t kds, units;              /* done of all, done of the part */
    size_t part_units;              /* of the part */
    double part_work, part_triples; /* of a unit of the part */
    tjac_text model, cell_type, kd; /* as they are; nothing: not known yet */
    tjac_text shown;                /* what stands on the terminal's line */
    cmd_rate rate;
};

/* ---- the texts ---- */

static void set_text(tjac_text *t, const char *s)
{
    t->n = 0;
    if (t->text)
        t->text[0] = '\0';
    if (s)
        tjac_text_add(t, "%s", s);
}

static const char *text_or_null(const tjac_text *t)
{
    return t->n ? t->text : NULL;
}

/* Of everything, an earlier run's part too; 1 only at the end. */
static double share(const cmd_progress *p)
{
    const cmd_progress_spec *s = &p->spec;
    double before = s->kds ? (double)s->kds_before / (double)s->kds : 0;
    double now = s->work > 0 ? fmin(p->work / s->work, 1) : 1;
    return before + (1 - before) * now;
}

/* The rate's clock. It stands while nothing is computed: a part is done and the next one loads. */
static double computing(const cmd_progress *p, double now)
{
    return (p->units < p->part_units ? now : p->advanced) - p->idle;
}

static void add_state(tjac_text *t, const cmd_progress *p, double now)
{
    const tjac_text *const name[] = {&p->model, &p->cell_type, &p->kd};
    cmd_speed speed = {NAN, NAN};
    if (!cmd_rate_speed(&p->rate, computing(p, now), &speed))
        speed.triples = NAN;
    tjac_text_add(t, "%.0f%%, %zu of %zu KDs, ", floor(100 * share(p)), p->kds, p->spec.kds);
    cmd_text_rate(t, speed.triples);
    tjac_text_add(t, " triples/s, time left ");
    cmd_text_duration(t, cmd_rate_left(&p->rate, computing(p, now), p->spec.work - p->work));
    for (size_t i = 0, n = 0; i < sizeof name / sizeof *name; i++)
        if (name[i]->n) {
            tjac_text_add(t, "%s", n++ ? " / " : ", ");
            cmd_text_name(t, name[i]->text);
        }
}

static double mean_rate(const cmd_progress *p)
{
    double seconds = p->advanced - p->idle;
    return p->triples > 0 && seconds > 0 ? p->triples / seconds : NAN;
}

static void add_last(tjac_text *t, const cmd_progress *p, double now)
{
    tjac_text_add(t, "tjac: %zu of %zu KDs in ", p->kds, p->spec.kds);
    cmd_text_duration(t, now - p->opened);
    if (p->triples > 0) {
        tjac_text_add(t, ", ");
        cmd_text_rate(t, mean_rate(p));
        tjac_text_add(t, " triples/s");
    }
    if (p->spec.kds_before)
        tjac_text_add(t, ", %zu of them by an earlier run", p->spec.kds_before);
}

static void add_json_number(tjac_text *t, const char *key, double v)
{
    if (isfinite(v))
        tjac_text_add(t, ",\"%s\":%.6g", key, v);
    else
        tjac_text_add(t, ",\"%s\":null", key);
}

static void add_json_string(tjac_text *t, const char *key, const tjac_text *s)
{
    tjac_text_add(t, ",\"%s\":", key);
    cmd_text_json(t, text_or_null(s));
}

static void add_json(tjac_text *t, const cmd_progress *p, double now)
{
    cmd_speed speed = {NAN, NAN};
    double left = p->kds == p->spec.kds ? 0 : NAN;
    if (p->ended)
        speed.triples = mean_rate(p);
    else {
        if (!cmd_rate_speed(&p->rate, computing(p, now), &speed))
            speed.triples = NAN;
        left = cmd_rate_left(&p->rate, computing(p, now), p->spec.work - p->work);
    }
    tjac_text_add(t, "{\"kds_done\":%zu,\"kds\":%zu", p->kds, p->spec.kds);
    add_json_number(t, "triples_per_second", speed.triples);
    add_json_number(t, "seconds_left", left);
    add_json_number(t, "elapsed", now - p->opened);
    add_json_string(t, "model", &p->model);
    add_json_string(t, "cell_type", &p->cell_type);
    add_json_string(t, "kd", &p->kd);
    tjac_text_add(t, ",\"done\":%s}", p->ended ? "true" : "false");
}

/* ---- the terminal's line ---- */

static size_t columns_of(const cmd_progress *p)
{
    struct winsize size = {0};
    if (p->spec.columns)
        return p->spec.columns;
    if (ioctl(fileno(p->spec.file), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col;
}

static void add_bar(tjac_text *t, const cmd_progress *p, size_t cells)
{
    size_t full = (size_t)(share(p) * (double)cells);
    tjac_text_add(t, "[%s", p->colour ? "\033[32m" : "");
    for (size_t i = 0; i < cells; i++)
        tjac_text_add(t, "%s%c", p->colour && i == full ? "\033[0m" : "", i < full ? '#' : '.');
    tjac_text_add(t, "%s] ", p->colour && full == cells ? "\033[0m" : "");
}

/* A character in the last column makes some terminals wrap: it stays free. */
static void add_line(tjac_text *t, const cmd_progress *p, double now)
{
    size_t columns = columns_of(p) - 1, cells = columns >= 70 ? 20 : columns >= 50 ? 10 : 0;
    tjac_text state = {0};
    add_state(&state, p, now);
    if (state.failed)
        t->failed = 1;
    else {
        if (cells)
            add_bar(t, p, cells);
        cmd_text_fit(&state, columns - (cells ? cells + 3 : 0));
        tjac_text_add(t, "%s", state.text);
    }
    tjac_text_free(&state);
}

static void show_line(cmd_progress *p, tjac_text *t)
{
    if (p->shown.n && strcmp(p->shown.text, t->text) == 0)
        return;
    fprintf(p->spec.file, "\r%s\033[K", t->text);
    fflush(p->spec.file);
    tjac_text_free(&p->shown);
    p->shown = *t;
    *t = (tjac_text){0};
}

static void clear_line(cmd_progress *p)
{
    if (!p->shown.n)
        return;
    fputs("\r\033[K", p->spec.file);
    fflush(p->spec.file);
    set_text(&p->shown, NULL);
}

/* ---- when ---- */

static bool is_due(const cmd_progress *p, double now)
{
    double since = now - p->printed;
    switch (p->form) {
    case CMD_PROGRESS_LINE:
        return since >= 0.2;
    case CMD_PROGRESS_LOG:
        return since >= 10 && p->changed;
    case CMD_PROGRESS_JSON:
        return since >= 10 || (since >= 1 && p->changed);
    default:
        return false;
    }
}

/* Without memory for the text there is no line: a run does not fail for that. */
static void show(cmd_progress *p, double now)
{
    tjac_text t = {0};
    if (!p->begun || p->hidden || p->ended || !is_due(p, now))
        return;
    if (p->form == CMD_PROGRESS_LINE)
        add_line(&t, p, now);
    else if (p->form == CMD_PROGRESS_JSON)
        add_json(&t, p, now);
    else {
        tjac_text_add(&t, "tjac: ");
        add_state(&t, p, now);
    }
    if (!t.failed && p->form == CMD_PROGRESS_LINE)
        show_line(p, &t);
    else if (!t.failed) {
        fprintf(p->spec.file, "%s\n", t.text);
        fflush(p->spec.file);
    }
    p->printed = now;
    p->changed = false;
    tjac_text_free(&t);
}

/* ---- how it is shown ---- */

tjac_code cmd_progress_parse(const char *value, cmd_progress_form *out, tjac_err *err)
{
    static const char *const name[] = {"auto", "line", "log", "json", "none"};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (strcmp(value, name[i]) == 0) {
            *out = (cmd_progress_form)i;
            return TJAC_OK;
        }
    return tjac_err_set(err, TJAC_EUSAGE, "--progress '%s': expected auto, line, log, json or none",
                        value);
}

/* Whether the variable is there and not empty. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

static bool can_rewrite(FILE *file)
{
    return isatty(fileno(file)) == 1 && is_set("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
}

/* ---- a thread for what is due while nothing is told ---- */

static void *tick(void *self)
{
    cmd_progress *p = self;
    const long pause = p->form == CMD_PROGRESS_LINE ? 200000000 : 999999999;
    pthread_mutex_lock(&p->lock);
    while (!p->stopped) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += (until.tv_nsec + pause) / 1000000000;
        until.tv_nsec = (until.tv_nsec + pause) % 1000000000;
        pthread_cond_timedwait(&p->stop, &p->lock, &until);
        if (!p->stopped)
            show(p, p->spec.clock());
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void stop_ticker(cmd_progress *p)
{
    if (!p->ticks)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopped = true;
    pthread_cond_signal(&p->stop);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->ticker, NULL);
    p->ticks = false;
}

/* ---- what is told ---- */

tjac_code cmd_progress_open(cmd_progress_form form, const cmd_progress_spec *spec, double now,
                            cmd_progress **out, tjac_err *err)
{
    cmd_progress *p = tjac_alloc(1, sizeof *p, err);
    if (!p)
        return err->code;
    if (form == CMD_PROGRESS_AUTO)
        form = can_rewrite(spec->file) ? CMD_PROGRESS_LINE : CMD_PROGRESS_LOG;
    *p = (cmd_progress){.form = form,
                        .spec = *spec,
                        .colour = !is_set("NO_COLOR"),
                        .opened = now,
                        .kds = spec->kds_before};
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->stop, NULL);
    /* Without the thread lines come late. */
    p->ticks =
        form != CMD_PROGRESS_NONE && spec->clock && pthread_create(&p->ticker, NULL, tick, p) == 0;
    *out = p;
    return TJAC_OK;
}

static void begin_part(cmd_progress *p, const cmd_progress_part_spec *part, double now)
{
    if (p->begun)
        p->idle += now - p->advanced;
    else {
        p->idle = now;
        cmd_rate_start(&p->rate, 0);
        p->printed = p->form == CMD_PROGRESS_LOG ? now : -INFINITY;
    }
    p->advanced = now;
    p->begun = p->changed = true;
    p->units = 0;
    p->part_units = part->units;
    p->part_work = part->work;
    p->part_triples = part->triples;
    set_text(&p->model, part->model);
    set_text(&p->cell_type, part->cell_type);
    set_text(&p->kd, NULL);
}

void cmd_progress_part(cmd_progress *p, const cmd_progress_part_spec *part, double now)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    begin_part(p, part, now);
    show(p, now);
    pthread_mutex_unlock(&p->lock);
}

void cmd_progress_update(cmd_progress *p, size_t units, double now)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    if (p->begun && units > p->units) {
        double n = (double)(units - p->units);
        cmd_rate_add(&p->rate, now - p->idle, n, n * p->part_work, n * p->part_triples);
        p->work += n * p->part_work;
        p->triples += n * p->part_triples;
        p->units = units;
        p->advanced = now;
        p->changed = true;
    }
    show(p, now);
    pthread_mutex_unlock(&p->lock);
}

void cmd_progress_kd(cmd_progress *p, const char *name, double now)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->kds++;
    p->changed = true;
    set_text(&p->kd, name);
    show(p, now);
    pthread_mutex_unlock(&p->lock);
}

void cmd_progress_hide(cmd_progress *p, bool hidden)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->hidden = hidden;
    clear_line(p);
    pthread_mutex_unlock(&p->lock);
}

void cmd_progress_end(cmd_progress *p, double now)
{
    tjac_text t = {0};
    if (!p || p->ended)
        return;
    stop_ticker(p);
    clear_line(p);
    p->ended = true;
    if (p->form == CMD_PROGRESS_NONE || (!p->begun && p->kds < p->spec.kds))
        return;
    if (p->form == CMD_PROGRESS_JSON)
        add_json(&t, p, now);
    else
        add_last(&t, p, now);
    if (!t.failed)
        fprintf(p->spec.file, "%s\n", t.text);
    fflush(p->spec.file);
    tjac_text_free(&t);
}

void cmd_progress_free(cmd_progress *p)
{
    if (!p)
        return;
    stop_ticker(p);
    clear_line(p);
    pthread_cond_destroy(&p->stop);
    pthread_mutex_destroy(&p->lock);
    tjac_text_free(&p->model);
    tjac_text_free(&p->cell_type);
    tjac_text_free(&p->kd);
    tjac_text_free(&p->shown);
    free(p);
}
