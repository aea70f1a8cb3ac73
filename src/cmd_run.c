/* tjac run: config -> inputs -> plan -> engine -> results -> files. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cmd.h"
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
    const char *config, *out, *device, *threads, *engine;
    const char **set;
    size_t n_set, cap_set;
    bool dry_run, quiet;
} options;

/* One model of the run from its inputs to its results. */
typedef struct {
    tjac_input input;
    tjac_plan_names names;
    tjac_plan plan;
    tjac_results *results; /* [input.n_blocks] */
    size_t n_results;
} stage;

typedef struct {
    tjac_config config;
    stage *stage; /* [config.n_models] */
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

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
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
        if (c == 's') {
            if (tjac_grow((void **)&o->set, &o->cap_set, o->n_set + 1, sizeof *o->set, err))
                return err->code;
            o->set[o->n_set++] = optarg;
        } else if (c == 'o')
            o->out = optarg;
        else if (c == 'd')
            o->device = optarg;
        else if (c == 't')
            o->threads = optarg;
        else if (c == 'e')
            o->engine = optarg;
        else if (c == 'n')
            o->dry_run = true;
        else if (c == 'q')
            o->quiet = true;
        else
            return cmd_bad_option(argv, c, err);
    }
    if (argc - optind != 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "expected one CONFIG.json, found %d; see tjac run "
                            "--help",
                            argc - optind);
    o->config = argv[optind];
    return TJAC_OK;
}

/* Options are settings of the config: one way in, one set of checks. */
static tjac_code read_config(const options *o, tjac_config *c, tjac_err *err)
{
    const struct {
        const char *key, *value;
    } named[] = {{"device", o->device}, {"threads", o->threads}, {"engine", o->engine}};
    const char **set = tjac_alloc(o->n_set + 3, sizeof *set, err);
    char *text[3] = {NULL, NULL, NULL};
    size_t n = o->n_set;
    if (!set)
        return err->code;
    if (o->n_set)
        memcpy(set, o->set, o->n_set * sizeof *set);
    for (size_t i = 0; i < 3; i++) {
        tjac_text t = {0};
        if (!named[i].value)
            continue;
        tjac_text_add(&t, "%s=%s", named[i].key, named[i].value);
        if ((text[i] = t.text) != NULL)
            set[n++] = t.text;
    }
    tjac_code code = tjac_config_read(o->config, set, n, c, err);
    for (size_t i = 0; i < 3; i++)
        free(text[i]);
    free(set);
    return code;
}

/* ---- stages ---- */

static tjac_code add_warnings(run *r, const tjac_names *from, tjac_err *err)
{
    for (size_t i = 0; i < from->n; i++) {
        if (tjac_names_find(&r->warnings, from->name[i]) >= 0)
            continue;
        fprintf(stderr, "tjac: warning: %s\n", from->name[i]);
        if (tjac_names_add(&r->warnings, from->name[i], err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code warn_text(run *r, const tjac_text *text, tjac_err *err)
{
    tjac_names one = {0};
    if (text->text && !tjac_names_add(&one, text->text, err))
        add_warnings(r, &one, err);
    tjac_names_free(&one);
    return err->code;
}

static tjac_code warn_missing(run *r, const stage *s, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t, "model '%s' does not have and this run leaves out:", s->input.name);
    for (size_t k = 0; k < s->plan.missing.n; k++)
        tjac_text_add(&t, "%s %s", k ? "," : "", s->plan.missing.name[k]);
    tjac_code code = warn_text(r, &t, err);
    tjac_text_free(&t);
    return code;
}

/* What the config asks for and this version does not do yet. */
static tjac_code warn_absent(run *r, tjac_err *err)
{
    const tjac_value *pairs = tjac_value_at(r->config.resolved, "null.pairs");
    tjac_text t = {0};
    if (!pairs || pairs->kind != TJAC_V_INT || pairs->u.i == 0)
        return TJAC_OK;
    tjac_text_add(&t,
                  "this version draws no null pairs and computes no statistics: j.csv will hold "
                  "the pathway pairs alone (null.pairs 0 says that you know)");
    tjac_code code = warn_text(r, &t, err);
    tjac_text_free(&t);
    return code;
}

/* Everything that can be wrong with names and files is found here, for all models. */
static tjac_code open_stages(run *r, tjac_err *err)
{
    const tjac_config *c = &r->config;
    if (!(r->stage = tjac_alloc(c->n_models, sizeof *r->stage, err)) || warn_absent(r, err))
        return err->code;
    for (size_t i = 0; i < c->n_models; i++) {
        stage *s = &r->stage[i];
        if (tjac_input_open(c, i, &s->input, err) || add_warnings(r, &s->input.warnings, err))
            return err->code;
        s->names = (tjac_plan_names){s->input.name, &s->input.inputs, &s->input.outputs,
                                     &s->input.model->kds, s->input.control};
        if (tjac_plan_make(c, &s->names, &s->plan, err))
            return err->code;
        if (s->plan.missing.n && warn_missing(r, s, err))
            return err->code;
    }
    return TJAC_OK;
}

static void print_plan(const run *r)
{
    for (size_t i = 0; i < r->config.n_models; i++) {
        const stage *s = &r->stage[i];
        const tjac_sets *sets = &s->input.block[0].sets;
        printf("%s: %s, %zu regulators x %zu targets (%zu pairs), %zu KDs, %zu block(s) of %zu "
               "set(s) of %zu cells\n",
               s->input.name, s->input.model->checkpoint, s->plan.n_regulators, s->plan.n_targets,
               s->plan.n_pairs, s->plan.n_kds, s->input.n_blocks, sets->n_sets, sets->set_size);
    }
    printf("device %s, engine %s: %s\n", r->device, r->report.engine, r->report.engine_reason);
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
    double t = now(), rate = (double)done / (t - p->start + 1e-9);
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

typedef struct {
    tjac_input *input;
    size_t block;
} reader;

static tjac_code read_set(void *self, size_t k, double *cells, tjac_err *err)
{
    reader *r = self;
    return tjac_input_read_set(r->input, r->block, k, cells, err);
}

static tjac_code read_kd(void *self, size_t kd, float *vector, tjac_err *err)
{
    const reader *r = self;
    return tjac_model_kd_vector(r->input->model, kd, vector, err);
}

static tjac_code run_block(const run *r, stage *s, size_t b, tjac_st *st, tjac_err *err)
{
    const tjac_block *block = &s->input.block[b];
    const tjac_arch *arch = &s->input.model->arch;
    reader from = {&s->input, b};
    progress p = {s->input.name, block->cell_type, now(), 0, r->quiet, isatty(2) == 1};
    const tjac_engine_source source = {&from,
                                       block->sets.set_size,
                                       block->sets.n_sets,
                                       (size_t)arch->input_dim,
                                       (size_t)arch->pert_dim,
                                       block->batch,
                                       read_set,
                                       read_kd};
    const tjac_engine_options o = {r->config.estimand, r->config.n_estimands, 8, on_progress, &p};
    return tjac_engine_run(&s->plan, st, &source, &o, &s->results[b], err);
}

/* Small matrices lose more to waking threads than they gain. */
static int choose_threads(const run *r, const tjac_model *model)
{
    const int64_t small = 2000000; /* parameters of the forward pass */
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (r->config.threads)
        return r->config.threads;
    return model->n_parameters < small || cores < 1 ? 1 : (int)cores;
}

static tjac_code run_stage(run *r, stage *s, tjac_err *err)
{
    const tjac_st_options o = {r->device, r->config.precision,
                               r->config.engine == TJAC_ENGINE_SEQUENTIAL,
                               choose_threads(r, s->input.model)};
    tjac_st st = {0};
    double t = now();
    if (!(s->results = tjac_alloc(s->input.n_blocks, sizeof *s->results, err)) ||
        tjac_model_load(s->input.model, err) || tjac_st_open(s->input.model, &o, &st, err))
        goto done;
    s->n_results = s->input.n_blocks;
    r->report.seconds_load += now() - t;
    t = now();
    for (size_t b = 0; b < s->input.n_blocks; b++)
        if (run_block(r, s, b, &st, err))
            break;
    r->report.seconds_engine += now() - t;
done:
    tjac_st_close(&st);
    tjac_model_unload(s->input.model);
    return err->code;
}

/* ---- files ---- */

static tjac_code write_run_json(run *r, const tjac_report_model *m, double start, tjac_output *o,
                                tjac_err *err)
{
    r->report.seconds_all = now() - start;
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
    for (size_t i = 0; i < r->config.n_models && r->stage; i++) {
        stage *s = &r->stage[i];
        for (size_t b = 0; b < s->n_results; b++)
            tjac_results_free(&s->results[b]);
        free(s->results);
        tjac_plan_free(&s->plan);
        tjac_input_close(&s->input);
    }
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
    double start = now();
    r.report.argc = argc;
    r.report.argv = argv;
    if (parse_options(argc, argv, &o, err) || read_config(&o, &r.config, err) ||
        tjac_st_device(r.config.device, r.device, sizeof r.device, err))
        goto done;
    r.quiet = o.quiet;
    r.report.device = r.device;
    choose_engine(&r);
    if (open_stages(&r, err))
        goto done;
    r.report.seconds_open = now() - start;
    if (o.dry_run) {
        print_plan(&r);
        goto done;
    }
    catch_signals();
    for (size_t i = 0; i < r.config.n_models; i++)
        if (run_stage(&r, &r.stage[i], err))
            goto done;
    write_files(&r, o.out, start, err);
done:
    run_free(&r);
    free(o.set);
    return err->code;
}
