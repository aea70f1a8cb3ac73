/* tjac run: config -> inputs -> plan -> engine -> results -> files. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd.h"
#include "cmd_common.h"
#include "tjac/alloc.h"
#include "tjac/engine.h"
#include "tjac/output.h"
#include "tjac/report.h"

const char cmd_run_usage[] =
    "usage: tjac run CONFIG.json [options]\n\n"
    "Computes J = dE[Y_j]/dX_i for every (regulator, target, KD) triple of the config's panels "
    "and\n"
    "writes j.csv and run.json.\n\n"
    "  --set KEY=VALUE   override a key of the config, such as cells.n_sets=8 (repeatable)\n"
    "  --out DIR|-       folder for the files; - writes j.csv alone to standard output\n"
    "  --device NAME     auto, cpu, cuda, cuda:N\n"
    "  --threads N       threads of LibTorch (default: 1 for small models, else one a core)\n"
    "  --engine NAME     auto, reverse (batched), sequential (the reference)\n"
    "  --dry-run         resolve everything, print the plan, compute nothing\n"
    "  -q, --quiet       no progress (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    cmd_options common;
    const char *out;
    bool dry_run;
} options;

typedef struct {
    tjac_config config;
    cmd_stage *stage; /* [config.n_models] */
    tjac_names warnings;
    tjac_report_run report;
    char device[32];
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

/* ---- stages ---- */

/* What the config asks for and this version does not do yet. */
static tjac_code warn_absent(run *r, tjac_err *err)
{
    const tjac_value *pairs = tjac_value_at(r->config.resolved, "null.pairs");
    if (!pairs || pairs->kind != TJAC_V_INT || pairs->u.i == 0)
        return TJAC_OK;
    return cmd_warn(&r->warnings,
                    "this version draws no null pairs and computes no statistics: j.csv will hold "
                    "the pathway pairs alone (null.pairs 0 says that you know)",
                    err);
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

static tjac_code run_block(const run *r, cmd_stage *s, size_t b, tjac_st *st, tjac_err *err)
{
    const tjac_block *block = &s->input.block[b];
    cmd_reader from = {&s->input, b};
    const tjac_engine_source source = cmd_source(&from);
    progress p = {s->input.name, block->cell_type, cmd_now(), 0, r->quiet, isatty(2) == 1};
    const tjac_engine_options o = {r->config.estimand, r->config.n_estimands, 8, on_progress, &p};
    return tjac_engine_run(&s->plan, st, &source, &o, &s->results[b], err);
}

static tjac_code run_stage(run *r, cmd_stage *s, tjac_err *err)
{
    const tjac_st_options o = {r->device, r->config.precision,
                               r->config.engine == TJAC_ENGINE_SEQUENTIAL,
                               cmd_threads(&r->config, s->input.model)};
    tjac_st st = {0};
    double t = cmd_now();
    if (!(s->results = tjac_alloc(s->input.n_blocks, sizeof *s->results, err)) ||
        tjac_model_load(s->input.model, err) || tjac_st_open(s->input.model, &o, &st, err))
        goto done;
    s->n_results = s->input.n_blocks;
    r->report.seconds_load += cmd_now() - t;
    t = cmd_now();
    for (size_t b = 0; b < s->input.n_blocks; b++)
        if (run_block(r, s, b, &st, err))
            break;
    r->report.seconds_engine += cmd_now() - t;
done:
    tjac_st_close(&st);
    tjac_model_unload(s->input.model);
    return err->code;
}

/* ---- files ---- */

static tjac_code write_run_json(run *r, const tjac_report_model *m, double start, tjac_output *o,
                                tjac_err *err)
{
    r->report.seconds_all = cmd_now() - start;
    r->report.warnings = &r->warnings;
    return tjac_report_run_json(o->file, &r->config, m, r->config.n_models, &r->report, err);
}

/* Both files are complete before either gets its name. */
static tjac_code write_files(run *r, const char *out, double start, tjac_err *err)
{
    const char *dir = out ? out : r->config.out;
    bool to_stdout = strcmp(dir, "-") == 0;
    tjac_output j = {0}, json = {0};
    char *j_path = to_stdout ? tjac_strdup("-", err) : tjac_path_join(dir, "j.csv", err);
    char *json_path = to_stdout ? NULL : tjac_path_join(dir, "run.json", err);
    tjac_report_model *m = tjac_alloc(r->config.n_models, sizeof *m, err);
    if (err->code || tjac_output_open(j_path, &j, err))
        goto done;
    tjac_report_j_header(j.file);
    for (size_t i = 0; i < r->config.n_models; i++) {
        m[i] = (tjac_report_model){&r->stage[i].input, &r->stage[i].plan, r->stage[i].results};
        tjac_report_j(j.file, &r->config, &m[i]);
    }
    if (json_path &&
        (tjac_output_open(json_path, &json, err) || write_run_json(r, m, start, &json, err)))
        goto done;
    if (interrupted)
        tjac_err_set(err, TJAC_EINTR, "interrupted; nothing was written");
    else if (!tjac_output_commit(&j, err) && json_path && !tjac_output_commit(&json, err) &&
             !r->quiet)
        fprintf(stderr, "tjac: wrote %s and run.json\n", j_path);
done:
    tjac_output_discard(&j);
    tjac_output_discard(&json);
    free(j_path);
    free(json_path);
    free(m);
    return err->code;
}

static void run_free(run *r)
{
    cmd_close_stages(r->stage, r->config.n_models);
    free(r->stage);
    tjac_names_free(&r->warnings);
    tjac_config_free(&r->config);
}

static void choose_engine(run *r)
{
    bool sequential = r->config.engine == TJAC_ENGINE_SEQUENTIAL;
    r->report.engine = sequential ? "sequential" : "reverse";
    r->report.engine_reason =
        r->config.engine != TJAC_ENGINE_AUTO ? "asked for" : "batched pullbacks, exact";
}

tjac_code cmd_run(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    run r = {0};
    double start = cmd_now();
    r.report.argc = argc;
    r.report.argv = argv;
    if (parse_options(argc, argv, &o, err) || cmd_read_config(&o.common, &r.config, err) ||
        tjac_st_device(r.config.device, r.device, sizeof r.device, err))
        goto done;
    r.quiet = o.common.quiet;
    r.report.device = r.device;
    choose_engine(&r);
    if (warn_absent(&r, err) || !(r.stage = tjac_alloc(r.config.n_models, sizeof *r.stage, err)) ||
        cmd_open_stages(&r.config, r.stage, &r.warnings, err))
        goto done;
    r.report.seconds_open = cmd_now() - start;
    if (o.dry_run) {
        cmd_print_plan(r.stage, r.config.n_models);
        printf("device %s, engine %s: %s\n", r.device, r.report.engine, r.report.engine_reason);
        goto done;
    }
    catch_signals();
    for (size_t i = 0; i < r.config.n_models; i++)
        if (run_stage(&r, &r.stage[i], err))
            goto done;
    write_files(&r, o.out, start, err);
done:
    run_free(&r);
    cmd_options_free(&o.common);
    return err->code;
}
