/* tjac run: config -> inputs -> plan -> engine -> results -> files. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_engine.h"
#include "cmd/cmd_files.h"
#include "engine/engine.h"
#include "report/report.h"
#include "report/report_stats.h"

const char cmd_run_usage[] =
    "usage: tjac run CONFIG.json [options]\n\n"
    "Computes J = dE[Y_j]/dX_i for every (regulator, target, KD) triple of the config's panels "
    "and\n"
    "of their null pairs, tests pathway KDs against other KDs, and prints the verdicts. Writes\n"
    "j.csv, null_pairs.csv, kd_scores.csv, panel_stats.csv, concordance.csv and run.json.\n\n"
    "  --set KEY=VALUE   override a key of the config, such as cells.n_sets=8 (repeatable)\n"
    "  --out DIR|-       folder for the files; - writes j.csv alone to standard output\n"
    "  --device NAME     auto, cpu, cuda, cuda:N, or several: cuda:0,cuda:1\n"
    "  --threads N       KDs computed side by side on the CPU (default: one a core); the numbers "
    "do\n"
    "                    not depend on it\n"
    "  --engine NAME     auto (the cheapest), reverse, forward, sequential (the reference)\n"
    "  --dry-run         resolve everything, draw the null pairs, print the plan, compute no J\n"
    "  -q, --quiet       no progress, no verdicts (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    cmd_options common;
    const char *out;
    bool dry_run;
} options;

typedef struct {
    tjac_config config;
    cmd_stages all;
    tjac_names warnings;
    tjac_report_run report;
    tjac_names devices;
    tjac_text device_text; /* "cuda:0,cuda:1" */
    tjac_full *full;
    tjac_report_model *done; /* [config.n_models] */
    tjac_externals externals;
    tjac_j_table table;
    tjac_stats stats;
    bool quiet;
} run;

/* ---- interruption ---- */

static volatile sig_atomic_t interrupted; /* the one global: a signal handler has no other way */

static void on_signal(int sig)
{
    (void)sig;
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction a = {0};
    a.sa_handler = on_signal;
    a.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends it at once */
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
}

/* ---- options ---- */

static tjac_code parse_options(int argc, char **argv, options *o, tjac_err *err)
{
    static const struct option longs[] = {
        {"set", required_argument, NULL, 's'},    {"out", required_argument, NULL, 'o'},
        {"device", required_argument, NULL, 'd'}, {"threads", required_argument, NULL, 't'},
        {"engine", required_argument, NULL, 'e'}, {"dry-run", no_argument, NULL, 'n'},
        {"quiet", no_argument, NULL, 'q'},        {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":q", longs, NULL)) != -1;) {
        if (c == 'o')
            o->out = optarg;
        else if (c == 'n')
            o->dry_run = true;
        else if (!cmd_take_option(&o->common, c, optarg, err))
            return cmd_bad_option(argv, c, err);
    }
    if (argc - optind != 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "expected one CONFIG.json, found %d; see tjac run "
                            "--help",
                            argc - optind);
    o->common.config = argv[optind];
    return err->code;
}

/* ---- progress ---- */

typedef struct {
    const char *model, *cell_type;
    double start, printed;
    bool quiet, tty;
} progress;

static tjac_code on_progress(void *self, size_t done, size_t of, tjac_err *err)
{
    progress *p = self;
    double t = cmd_now(), rate = (double)done / (t - p->start + 1e-9);
    if (interrupted)
        return tjac_err_set(err, TJAC_EINTR, "interrupted; nothing was written");
    if (p->quiet || (t - p->printed < (p->tty ? 0.2 : 5.0) && done < of))
        return TJAC_OK;
    p->printed = t;
    fprintf(stderr, "%stjac: %s %s: %zu of %zu KDs x sets, %.3g/s, %.0f s left%s",
            p->tty ? "\r" : "", p->model, p->cell_type, done, of, rate, (double)(of - done) / rate,
            !p->tty || done == of ? "\n" : "   ");
    return TJAC_OK;
}

/* ---- engine ---- */

static tjac_code run_blocks(run *r, size_t m, cmd_engine *engine, tjac_err *err)
{
    cmd_stage *s = &r->all.stage[m];
    for (; s->n_results < s->input.n_blocks; s->n_results++) {
        size_t b = s->n_results;
        progress p = {s->input.name, s->input.block[b].cell_type, cmd_now(), 0, r->quiet,
                      isatty(2) == 1};
        if (cmd_engine_run(engine, b, on_progress, &p, &s->results[b], err))
            return err->code;
    }
    progress p = {s->input.name, "full Jacobian", cmd_now(), 0, r->quiet, isatty(2) == 1};
    return r->full ? cmd_engine_run_full(engine, m, r->full, on_progress, &p, err) : TJAC_OK;
}

static tjac_code measure_deviation(run *r, size_t m, cmd_engine *engine, tjac_err *err)
{
    tjac_deviation *d = &r->done[m].deviation;
    bool fast =
        r->config.precision == TJAC_PRECISION_TF32 || r->config.precision == TJAC_PRECISION_BF16;
    if (!fast || cmd_engine_deviation(engine, d, err) || d->triples == 0)
        return err->code;
    fprintf(stderr,
            "tjac: %s: %s differs from float32 by at most %.2g of the largest |J| of %s on %zu "
            "sampled triples (%s -> %s under %s)\n",
            r->all.stage[m].input.name, tjac_precision_name(r->config.precision), d->worst,
            d->estimand, d->triples, d->regulator, d->target, d->kd);
    return TJAC_OK;
}

static tjac_code run_stage(run *r, size_t m, tjac_err *err)
{
    cmd_stage *s = &r->all.stage[m];
    cmd_engine engine = {0};
    double t = cmd_now();
    if (!(s->results = tjac_alloc(s->input.n_blocks, sizeof *s->results, err)) ||
        cmd_engine_open(&r->config, &r->devices, s, r->config.precision, &engine, err))
        goto done;
    r->report.seconds_load += cmd_now() - t;
    t = cmd_now();
    run_blocks(r, m, &engine, err);
    r->report.seconds_engine += cmd_now() - t;
    if (!err->code)
        measure_deviation(r, m, &engine, err);
done:
    cmd_engine_close(&engine);
    tjac_model_unload(s->input.model);
    return err->code;
}

/* ---- files ---- */

static tjac_code write_run_json(run *r, double start, FILE *file, tjac_err *err)
{
    r->report.seconds_all = cmd_now() - start;
    r->report.warnings = &r->warnings;
    r->report.panels = &r->all.panels;
    r->report.null = &r->all.null;
    return tjac_report_run_json(file, &r->config, r->done, r->config.n_models, &r->report, err);
}

static tjac_code commit_full(run *r, tjac_err *err)
{
    tjac_full *full = r->full;
    r->full = NULL;
    return full ? tjac_full_commit(full, err) : TJAC_OK;
}

static void write_j(run *r, FILE *file)
{
    tjac_report_j_header(file);
    for (size_t i = 0; i < r->config.n_models; i++) {
        const cmd_stage *stage = &r->all.stage[i];
        tjac_report_model *m = &r->done[i];
        m->input = &stage->input;
        m->plan = &stage->plan;
        m->results = stage->results;
        m->lines = &stage->lines;
        tjac_report_j(file, &r->config, m);
    }
}

/* The statistics read J as it stands in j.csv: its numbers read back as the same doubles. */
static tjac_code make_stats(run *r, tjac_err *err)
{
    double t = cmd_now();
    if (tjac_j_table_make(&r->config, &r->all.panels, r->done, r->config.n_models, &r->table,
                          err) ||
        tjac_stats_make(&r->table, &r->config.stats, &r->externals, &r->stats, err) ||
        cmd_warn_all(&r->warnings, &r->stats.warnings, err))
        return err->code;
    r->report.seconds_stats = cmd_now() - t;
    return TJAC_OK;
}

/* Everything but j.csv. */
static tjac_code write_rest(run *r, double start, cmd_files *files, tjac_err *err)
{
    FILE *file = cmd_files_open(files, "null_pairs.csv", err);
    if (!file)
        return err->code;
    tjac_report_null_pairs(file, &r->all.panels, &r->all.null);
    if (make_stats(r, err) || cmd_files_write_stats(files, &r->stats, &r->config.stats, err) ||
        !(file = cmd_files_open(files, "run.json", err)))
        return err->code;
    return write_run_json(r, start, file, err);
}

/* All files are complete before any gets its name. */
static tjac_code write_files(run *r, const char *out, double start, tjac_err *err)
{
    cmd_files files = {.dir = out ? out : r->config.out};
    bool to_stdout = strcmp(files.dir, "-") == 0;
    FILE *j = cmd_files_open(&files, "j.csv", err);
    if (!j)
        goto done;
    write_j(r, j);
    if (!to_stdout && write_rest(r, start, &files, err))
        goto done;
    if (interrupted)
        tjac_err_set(err, TJAC_EINTR, "interrupted; nothing was written");
    else if (!commit_full(r, err) && !cmd_files_commit(&files, err) && !to_stdout && !r->quiet) {
        tjac_report_verdicts(stderr, &r->stats);
        fprintf(stderr, "tjac: wrote j.csv, its statistics and run.json in %s\n", files.dir);
    }
done:
    cmd_files_discard(&files);
    return err->code;
}

/* The files that run.json names, while the run computes; no run.json, nothing to hash. */
static tjac_code start_hashing(run *r, const char *out, tjac_err *err)
{
    tjac_hashing **h = &r->report.hashing;
    if (strcmp(out ? out : r->config.out, "-") == 0 || tjac_hashing_start(h, err))
        return err->code;
    for (size_t i = 0; i < r->config.n_models; i++) {
        const tjac_model *m = r->all.stage[i].input.model;
        if (tjac_hashing_add(*h, m->checkpoint, err) || tjac_hashing_add(*h, m->kd_map, err) ||
            tjac_hashing_add(*h, m->batch_map, err))
            break;
    }
    return err->code;
}

static void run_free(run *r)
{
    tjac_full_discard(r->full);
    free(r->done);
    tjac_hashing_stop(r->report.hashing);
    tjac_stats_free(&r->stats);
    tjac_j_table_free(&r->table);
    tjac_externals_free(&r->externals);
    cmd_close_stages(&r->all);
    tjac_names_free(&r->devices);
    tjac_text_free(&r->device_text);
    tjac_names_free(&r->warnings);
    tjac_config_free(&r->config);
}

static tjac_code find_devices(run *r, tjac_err *err)
{
    if (cmd_devices(&r->config, &r->devices, err))
        return err->code;
    for (size_t i = 0; i < r->devices.n; i++)
        tjac_text_add(&r->device_text, "%s%s", i ? "," : "", r->devices.name[i]);
    r->report.device = r->device_text.text ? r->device_text.text : "?";
    r->report.threads = cmd_threads(&r->config);
    r->report.full = r->config.full;
    return TJAC_OK;
}

/* Everything that can be wrong with names and files is found here. */
static tjac_code open_all(run *r, const options *o, tjac_err *err)
{
    const char *out = o->out ? o->out : r->config.out;
    if (!(r->done = tjac_alloc(r->config.n_models, sizeof *r->done, err)) ||
        tjac_externals_read(&r->config.stats.external, &r->externals, err) ||
        cmd_open_stages(&r->config, &r->devices, &r->all, &r->warnings, err) ||
        cmd_full_check(&r->config, r->all.stage, err) ||
        cmd_full_check_path(&r->config, r->all.stage, &o->common, out, err))
        return err->code;
    return cmd_choose_lines(&r->config, r->all.stage, err);
}

static void print_plan(const run *r)
{
    cmd_print_plan(&r->all);
    printf("device %s, %zu thread(s), %s\n", r->report.device, r->report.threads,
           tjac_precision_name(r->config.precision));
    if (r->config.full)
        printf("full Jacobian to %s\n", r->config.full);
}

tjac_code cmd_run(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    run r = {0};
    double start = cmd_now();
    r.report.argc = argc;
    r.report.argv = argv;
    if (parse_options(argc, argv, &o, err) || cmd_read_config(&o.common, &r.config, err) ||
        find_devices(&r, err))
        goto done;
    r.quiet = o.common.quiet;
    if (open_all(&r, &o, err))
        goto done;
    r.report.seconds_open = cmd_now() - start;
    if (o.dry_run) {
        print_plan(&r);
        goto done;
    }
    catch_signals();
    if ((r.config.full && cmd_full_open(&r.config, r.all.stage, &r.full, err)) ||
        start_hashing(&r, o.out, err))
        goto done;
    for (size_t i = 0; i < r.config.n_models; i++)
        if (run_stage(&r, i, err))
            goto done;
    write_files(&r, o.out, start, err);
done:
    run_free(&r);
    cmd_options_free(&o.common);
    return err->code;
}
