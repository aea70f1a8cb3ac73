/* tjac run: config -> inputs -> plan -> engine -> results -> files. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/cmd_engine.h"
#include "cmd/cmd_files.h"
#include "report/report.h"

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
    "  --seed N          sets cells.seed, null.seed and stats.seed; a --set of one of them wins,\n"
    "                    before or after it\n"
    "  --engine NAME     auto (the cheapest), reverse, forward, sequential (the reference)\n"
    "  --dry-run         resolve everything, draw the null pairs, print the plan, compute no J\n"
    "  -q, --quiet       no progress, no verdicts (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    cmd_options common;
    bool dry_run;
} options;

typedef struct {
    tjac_config config;
    tjac_run run;
    tjac_names warnings;
    tjac_report_facts facts;
    tjac_names devices;
    tjac_text device_text; /* "cuda:0,cuda:1" */
    tjac_full *full;
    tjac_externals externals;
    tjac_j_table table;
    tjac_stats stats;
    bool quiet;
} job;

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
    static const struct option longs[] = {{"set", required_argument, NULL, 's'},
                                          {"out", required_argument, NULL, 'o'},
                                          {"device", required_argument, NULL, 'd'},
                                          {"threads", required_argument, NULL, 't'},
                                          {"engine", required_argument, NULL, 'e'},
                                          {"dry-run", no_argument, NULL, 'n'},
                                          {"quiet", no_argument, NULL, 'q'},
                                          {"seed", required_argument, NULL, 'S'},
                                          {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":q", longs, NULL)) != -1;) {
        if (c == 'n')
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

static tjac_code run_blocks(job *j, size_t m, cmd_engine *engine, tjac_err *err)
{
    tjac_run_model *model = &j->run.model[m];
    for (; model->n_results < model->input.n_blocks; model->n_results++) {
        size_t b = model->n_results;
        progress p = {model->input.name, model->input.block[b].cell_type, cmd_now(), 0, j->quiet,
                      isatty(2) == 1};
        if (cmd_engine_run(engine, b, on_progress, &p, &model->results[b], err))
            return err->code;
    }
    progress p = {model->input.name, "full Jacobian", cmd_now(), 0, j->quiet, isatty(2) == 1};
    return j->full ? cmd_engine_run_full(engine, m, j->full, on_progress, &p,
                                         &model->results[0].report.pieces, err)
                   : TJAC_OK;
}

/* A fast precision against float32 on a sample of the KDs, one engine after the other: the first is
 * closed here. */
static tjac_code sample_deviation(const job *j, tjac_run_model *model, cmd_engine *fast,
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

static tjac_code warn_of_model(job *j, const tjac_run_model *model, const char *what,
                               const char *why, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t, "model '%s': %s%s", model->input.name, what, why);
    tjac_code code = t.text ? cmd_warn(&j->warnings, t.text, err) : TJAC_OK;
    tjac_text_free(&t);
    return code;
}

/* J is there: lack of memory for float32 beside it is a warning. */
static tjac_code measure_deviation(job *j, tjac_run_model *model, cmd_engine *fast, tjac_err *err)
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
        warn_of_model(j, model,
                      "the deviation from float32 was not measured: ", tjac_err_message(&lack),
                      err);
    tjac_err_clear(&lack);
    if (d->triples)
        fprintf(stderr,
                "tjac: %s: %s differs from float32 by at most %.2g of the largest |J| of %s on %zu "
                "sampled triples (%s -> %s under %s)\n",
                model->input.name, precision, d->worst, d->estimand, d->triples, d->regulator,
                d->target, d->kd);
    return err->code;
}

static tjac_code warn_pieces(job *j, const tjac_run_model *model, tjac_err *err)
{
    bool pieces = false;
    for (size_t b = 0; b < model->n_results; b++)
        pieces |= model->results[b].report.pieces;
    if (!pieces)
        return TJAC_OK;
    return warn_of_model(j, model, "memory was short and J was computed in smaller pieces; ",
                         "its last digits may differ from those of a run that has more", err);
}

static tjac_code run_model(job *j, size_t m, tjac_err *err)
{
    tjac_run_model *model = &j->run.model[m];
    cmd_engine engine = {0};
    double t = cmd_now();
    if (!(model->results = tjac_alloc(model->input.n_blocks, sizeof *model->results, err)) ||
        cmd_engine_open(&j->config, &j->devices, model, j->config.precision, &engine, err))
        goto done;
    j->facts.seconds_load += cmd_now() - t;
    t = cmd_now();
    run_blocks(j, m, &engine, err);
    j->facts.seconds_engine += cmd_now() - t;
    if (!err->code && !warn_pieces(j, model, err))
        measure_deviation(j, model, &engine, err);
done:
    cmd_engine_close(&engine);
    tjac_model_unload(model->input.model);
    return err->code;
}

/* ---- files ---- */

static tjac_code write_run_json(job *j, double start, FILE *file, tjac_err *err)
{
    j->facts.seconds_all = cmd_now() - start;
    j->facts.warnings = &j->warnings;
    return tjac_report_run_json(file, &j->config, &j->run, &j->facts, err);
}

static tjac_code commit_full(job *j, tjac_err *err)
{
    tjac_full *full = j->full;
    j->full = NULL;
    return full ? tjac_full_commit(full, err) : TJAC_OK;
}

/* The statistics read J as it stands in j.csv: its numbers read back as the same doubles. */
static tjac_code make_stats(job *j, tjac_err *err)
{
    double t = cmd_now();
    if (tjac_j_table_make(&j->config, &j->run, &j->table, err) ||
        tjac_stats_make(&j->table, &j->config.stats, &j->externals, &j->stats, err) ||
        cmd_warn_all(&j->warnings, &j->stats.warnings, err))
        return err->code;
    j->facts.seconds_stats = cmd_now() - t;
    return TJAC_OK;
}

/* Everything but j.csv. */
static tjac_code write_rest(job *j, double start, cmd_files *files, tjac_err *err)
{
    FILE *file = cmd_files_open(files, "null_pairs.csv", err);
    if (!file)
        return err->code;
    tjac_report_null_pairs(file, &j->run.panels, &j->run.null);
    if (make_stats(j, err) || cmd_files_write_stats(files, &j->stats, &j->config.stats, err) ||
        !(file = cmd_files_open(files, "run.json", err)))
        return err->code;
    return write_run_json(j, start, file, err);
}

/* All files are complete before any gets its name. */
static tjac_code write_files(job *j, const char *out, double start, tjac_err *err)
{
    cmd_files files = {.dir = out ? out : j->config.out};
    bool to_stdout = strcmp(files.dir, "-") == 0;
    FILE *table = cmd_files_open(&files, "j.csv", err);
    if (!table || tjac_report_j(table, &j->config, &j->run, err) ||
        (!to_stdout && write_rest(j, start, &files, err)))
        goto done;
    if (interrupted)
        tjac_err_set(err, TJAC_EINTR, "interrupted; nothing was written");
    else if (!commit_full(j, err) && !cmd_files_commit(&files, err) && !to_stdout && !j->quiet) {
        tjac_report_verdicts(stderr, &j->stats);
        fprintf(stderr, "tjac: wrote j.csv, its statistics and run.json in %s\n", files.dir);
    }
done:
    cmd_files_discard(&files);
    return err->code;
}

/* The files that run.json names, while the run computes; no run.json, nothing to hash. */
static tjac_code start_hashing(job *j, const char *out, tjac_err *err)
{
    tjac_hashing **h = &j->facts.hashing;
    if (strcmp(out ? out : j->config.out, "-") == 0 || tjac_hashing_start(h, err))
        return err->code;
    for (size_t i = 0; i < j->config.n_models; i++) {
        const tjac_model *m = j->run.model[i].input.model;
        if (tjac_hashing_add(*h, m->checkpoint, err) || tjac_hashing_add(*h, m->kd_map, err) ||
            tjac_hashing_add(*h, m->batch_map, err))
            break;
    }
    return err->code;
}

static void job_free(job *j)
{
    tjac_full_discard(j->full);
    tjac_hashing_stop(j->facts.hashing);
    tjac_stats_free(&j->stats);
    tjac_j_table_free(&j->table);
    tjac_externals_free(&j->externals);
    tjac_run_free(&j->run);
    tjac_names_free(&j->devices);
    tjac_text_free(&j->device_text);
    tjac_names_free(&j->warnings);
    tjac_config_free(&j->config);
}

static tjac_code find_devices(job *j, tjac_err *err)
{
    if (cmd_devices(&j->config, &j->devices, err))
        return err->code;
    for (size_t i = 0; i < j->devices.n; i++)
        tjac_text_add(&j->device_text, "%s%s", i ? "," : "", j->devices.name[i]);
    j->facts.device = j->device_text.text ? j->device_text.text : "?";
    j->facts.threads = cmd_threads(&j->config);
    j->facts.full = j->config.full;
    return TJAC_OK;
}

/* Everything that can be wrong with names and files is found here. */
static tjac_code open_all(job *j, const options *o, tjac_err *err)
{
    if (tjac_externals_read(&j->config.stats.external, &j->externals, err) ||
        cmd_open_run(&j->config, &j->devices, &j->run, &j->warnings, err) ||
        (j->config.full && tjac_full_check(&j->run, err)) ||
        cmd_full_check_path(&j->config, &j->run, &o->common, err))
        return err->code;
    return cmd_choose_lines(&j->config, &j->run, err);
}

static void print_plan(const job *j)
{
    cmd_print_plan(&j->run);
    printf("device %s, %zu thread(s), %s\n", j->facts.device, j->facts.threads,
           tjac_precision_name(j->config.precision));
    if (j->config.full)
        printf("full Jacobian to %s\n", j->config.full);
}

tjac_code cmd_run(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    job j = {0};
    double start = cmd_now();
    j.facts.argc = argc;
    j.facts.argv = argv;
    if (parse_options(argc, argv, &o, err) || cmd_read_config(&o.common, &j.config, err) ||
        find_devices(&j, err))
        goto done;
    j.quiet = o.common.quiet;
    if (open_all(&j, &o, err))
        goto done;
    j.facts.seconds_open = cmd_now() - start;
    if (o.dry_run) {
        print_plan(&j);
        goto done;
    }
    catch_signals();
    if ((j.config.full && tjac_full_open_run(j.config.full, &j.run, &j.full, err)) ||
        start_hashing(&j, o.common.out, err))
        goto done;
    for (size_t i = 0; i < j.config.n_models; i++)
        if (run_model(&j, i, err))
            goto done;
    write_files(&j, o.common.out, start, err);
done:
    job_free(&j);
    cmd_options_free(&o.common);
    return err->code;
}
