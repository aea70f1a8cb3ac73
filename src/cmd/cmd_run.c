/* tjac run: config -> inputs -> plan -> results file -> engine fills it -> tables and report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/machine.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "cmd/cmd_account.h"
#include "cmd/cmd_job.h"
#include "cmd/cmd_text.h"
#include "report/version.h"
#include "results/identity.h"
#include "st/st.h"

typedef struct {
    const char *config, *label;
    bool dry_run;
} options;

/* ---- options ---- */

static tjac_code parse_shard(const char *value, cmd_job *j, tjac_err *err)
{
    unsigned long i = 0, n = 0;
    size_t digits = strspn(value, "0123456789/");
    char end;
    if (value[digits] || *value == '/' || sscanf(value, "%7lu/%7lu%c", &i, &n, &end) != 2 ||
        i < 1 || i > n || n > TJAC_LAYOUT_SHARDS)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--shard is '%s', expected a part such as 2/7: from 1 to the number "
                            "of parts, of which there are at most %d",
                            value, TJAC_LAYOUT_SHARDS);
    j->shard = i;
    j->n_shards = n;
    return TJAC_OK;
}

static tjac_code check_options(const char *out, const cmd_job *j, tjac_err *err)
{
    if (j->quiet && j->verbose)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--quiet says less and --verbose says more; give one of them");
    if (j->resume && j->force)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--resume goes on with a run and --force writes over it; give one of "
                            "them");
    if (out && strcmp(out, "-") == 0 && (j->resume || j->force || j->n_shards))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--out - keeps nothing, and %s needs a folder; give --out DIR",
                            j->resume  ? "--resume"
                            : j->force ? "--force"
                                       : "--shard");
    return TJAC_OK;
}

static tjac_code take_options(const cmd_line *line, options *o, cmd_job *j, tjac_err *err)
{
    const char *shard = cmd_line_value(line, "shard"), *form = cmd_line_value(line, "progress");
    o->config = cmd_line_operand(line, 0);
    o->dry_run = cmd_line_has(line, "dry-run");
    j->resume = cmd_line_has(line, "resume");
    j->force = cmd_line_has(line, "force");
    j->quiet = cmd_line_has(line, "quiet");
    j->verbose = cmd_line_has(line, "verbose");
    if ((shard && parse_shard(shard, j, err)) ||
        (form && cmd_progress_parse(form, &j->form, err)) || cmd_take_label(line, &o->label, err))
        return err->code;
    j->form = j->quiet ? CMD_PROGRESS_NONE : j->form;
    return check_options(cmd_line_value(line, "out"), j, err);
}

/* ---- before the first pass ---- */

static bool to_stdout(const cmd_job *j)
{
    return strcmp(j->config.out, "-") == 0;
}

tjac_code cmd_job_warn(cmd_job *j, const tjac_run_model *model, const char *what, const char *why,
                       tjac_err *err)
{
    tjac_text t = {0};
    if (model)
        tjac_text_add(&t, "model '%s': ", model->input.name);
    tjac_text_add(&t, "%s%s", what, why);
    cmd_progress_hide(j->progress, true);
    tjac_code code = t.text ? cmd_warn(&j->warnings, t.text, err) : TJAC_OK;
    cmd_progress_hide(j->progress, false);
    tjac_text_free(&t);
    return code;
}

static tjac_code find_devices(cmd_job *j, tjac_err *err)
{
    char processor[TJAC_MACHINE_NAME];
    tjac_text machine = {0};
    if (cmd_devices(&j->config, &j->devices, err))
        return err->code;
    for (size_t i = 0; i < j->devices.n; i++)
        tjac_text_add(&j->device_text, "%s%s", i ? "," : "", j->devices.name[i]);
    bool cpu = strcmp(j->devices.name[0], "cpu") == 0;
    tjac_machine_processor(processor);
    tjac_text_add(&machine, "%s, %s, LibTorch %s", cpu ? "CPU" : "CUDA", processor,
                  tjac_st_version());
    j->facts.device = j->device_text.text ? j->device_text.text : "?";
    j->facts.machine = machine.text ? machine.text : "?";
    j->machine = machine;
    const tjac_cpus cpus = cmd_threads(&j->config);
    j->facts.threads = cpus.n;
    j->facts.threads_from = cpus.why;
    j->facts.full = j->config.full;
    return TJAC_OK;
}

/* Everything that can be wrong with names and files is found here. */
static tjac_code open_all(cmd_job *j, const options *o, tjac_err *err)
{
    if (j->config.full && j->n_shards)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "jacobian.full is one file of all KDs, and --shard computes a part; "
                            "leave one of them out");
    if (cmd_warn_name("--label", o->label, &j->warnings, err) ||
        tjac_externals_read(&j->config.stats.external, &j->externals, err) ||
        cmd_open_run(&j->config, &j->devices, &j->run, &j->warnings, err) ||
        (j->config.full && tjac_full_check(&j->run, err)) ||
        cmd_check_paths(&j->config, &j->run, o->config, err))
        return err->code;
    return cmd_choose_lines(&j->config, &j->run, err);
}

/* All files that run.json names are hashed now: at the end they may be others, or gone. */
static tjac_code start_hashing(cmd_job *j, tjac_err *err)
{
    const tjac_config *c = &j->config;
    tjac_hashing **h = &j->facts.hashing;
    if (tjac_hashing_start(h, err))
        return err->code;
    for (size_t i = 0; i < c->n_models && !err->code; i++)
        (void)!tjac_model_hash(j->run.model[i].input.model, *h, err);
    if (!err->code)
        (void)!tjac_hashing_add(*h, c->cells.gene_names, NULL, err);
    for (size_t i = 0; i < c->n_panels && !err->code; i++)
        if (!tjac_hashing_add(*h, c->panel[i].pairs, NULL, err))
            (void)!tjac_hashing_add(*h, c->panel[i].gmt, NULL, err);
    for (size_t i = 0; i < c->stats.external.n && !err->code; i++)
        (void)!tjac_hashing_add(*h, c->stats.external.name[i], NULL, err);
    return err->code;
}

static tjac_code identify(cmd_job *j, const options *o, tjac_err *err)
{
    if (tjac_identity_make(&j->config, &j->run, "tjac " TJAC_VERSION, j->facts.hashing,
                           &j->identity, j->hash, err))
        return err->code;
    snprintf(j->label, sizeof j->label, "%.*s", o->label ? 64 : 8, o->label ? o->label : j->hash);
    j->facts.label = j->label;
    j->facts.hash = j->hash;
    if (!j->verbose || cmd_account_files(stderr, j, o->config, err) || o->dry_run)
        return err->code;
    cmd_account_device(stderr, j);
    return cmd_print_plan(stderr, &j->config, &j->run, err);
}

static tjac_code take_folder(cmd_job *j, tjac_err *err)
{
    char *notice = NULL;
    if (!cmd_out_take(j->config.out, &j->out, &notice, err) && notice)
        (void)!cmd_job_warn(j, NULL, notice, "", err);
    free(notice);
    return err->code;
}

/* ---- ended from outside ---- */

/* Nothing is in the folder yet but what goes away. */
static void on_early_signal(void *self, tjac_text *sentence)
{
    cmd_job *j = self;
    tjac_text_add(sentence, " before the first pass; nothing was computed");
    cmd_out_abandon(&j->out);
}

static void flush_fill(tjac_fill *fill, tjac_text *sentence)
{
    tjac_err err = {0};
    if (fill && tjac_fill_flush(fill, &err))
        tjac_text_add(sentence, "; %s", tjac_err_message(&err));
    tjac_err_clear(&err);
}

static void on_signal(void *self, tjac_text *sentence)
{
    cmd_job *j = self;
    cmd_progress_hide(j->progress, true);
    size_t done = atomic_load(&j->kds_done);
    flush_fill(j->fill, sentence);
    if (j->full)
        flush_fill(tjac_full_fill(j->full), sentence);
    tjac_text_add(sentence,
                  "; %zu of %zu KDs are in '%s': the same command with --resume goes on there",
                  done, j->facts.kds, j->out.jfile);
    cmd_out_abandon(&j->out);
}

/* ---- the whole ---- */

static tjac_code close_fills(cmd_job *j, tjac_err *err)
{
    tjac_fill *fill = j->fill;
    tjac_full *full = j->full;
    if (!err->code)
        (void)!tjac_fill_flush(fill, err);
    cmd_guard_set(j->guard, NULL, NULL);
    j->fill = NULL;
    j->full = NULL;
    if (fill)
        (void)!tjac_fill_close(fill, err);
    if (full)
        (void)!tjac_full_close(full, err);
    cmd_guard_set(j->guard, on_signal, j);
    return err->code;
}

static tjac_code fill_and_finish(cmd_job *j, tjac_err *err)
{
    if (tjac_fill_open(j->out.jfile, &j->fill, err))
        return err->code;
    cmd_guard_set(j->guard, on_signal, j);
    (void)!cmd_compute(j, err);
    cmd_progress_end(j->progress, cmd_now());
    if (close_fills(j, err))
        return err->code;
    return cmd_finish(j, err);
}

static tjac_code run_to_folder(cmd_job *j, const options *o, tjac_err *err)
{
    if (take_folder(j, err) || start_hashing(j, err) || identify(j, o, err) ||
        cmd_open_file(j, err) || cmd_open_full(j, err))
        return err->code;
    if (j->out.state == CMD_OUT_FINISHED && j->resume && cmd_is_complete(j, err)) {
        if (!j->quiet)
            cmd_say(stderr,
                    "tjac: %s is finished already; tjac stats computes its statistics again, "
                    "--force all of it\n",
                    j->out.dir);
        return TJAC_OK;
    }
    return err->code ? err->code : fill_and_finish(j, err);
}

static tjac_code run_to_stdout(cmd_job *j, const options *o, tjac_err *err)
{
    if (start_hashing(j, err) || identify(j, o, err))
        return err->code;
    return cmd_stream(j, err);
}

/* What goes to the disk: of a part, its KDs alone. */
static tjac_code print_room(const cmd_job *j, tjac_err *err)
{
    tjac_layout layout = {0};
    if (!cmd_make_layout(j, &layout, err)) {
        double tables = j->n_shards ? 0 : tjac_report_j_bytes(&layout, err);
        if (!err->code)
            cmd_say(stdout,
                    "%zu KDs of all models and cells: about %.3g MB of J and %.3g MB of tables to "
                    "%s\n",
                    tjac_layout_kds(&layout), tjac_jfile_bytes(&layout) / 1e6, tables / 1e6,
                    j->config.out);
    }
    tjac_layout_free(&layout);
    return err->code;
}

static tjac_code print_plan(cmd_job *j, const options *o, tjac_err *err)
{
    if (j->verbose && (start_hashing(j, err) || identify(j, o, err)))
        return err->code;
    if (cmd_print_plan(stdout, &j->config, &j->run, err))
        return err->code;
    cmd_account_device(stdout, j);
    if (j->config.full)
        cmd_say(stdout, "full Jacobian to %s\n", j->config.full);
    return to_stdout(j) ? TJAC_OK : print_room(j, err);
}

static void job_free(cmd_job *j, bool failed)
{
    if (j->guard)
        cmd_guard_set(j->guard, NULL, NULL);
    tjac_fill_drop(j->fill);
    tjac_full_drop(j->full);
    tjac_jfile_close(j->file);
    bool nothing = failed && atomic_load(&j->kds_done) == 0;
    if (nothing && j->full_made)
        unlink(j->config.full);
    cmd_out_leave(&j->out, nothing);
    cmd_guard_stop(j->guard);
    cmd_progress_free(j->progress);
    tjac_hashing_stop(j->facts.hashing);
    tjac_externals_free(&j->externals);
    tjac_run_free(&j->run);
    tjac_names_free(&j->identity);
    tjac_names_free(&j->devices);
    tjac_text_free(&j->device_text);
    tjac_text_free(&j->machine);
    tjac_names_free(&j->warnings);
    tjac_config_free(&j->config);
}

static tjac_code run_run(const cmd_line *line, tjac_err *err)
{
    options o = {0};
    cmd_job j = {.start = cmd_now(), .facts = {.argc = line->argc, .argv = line->argv}};
    if (take_options(line, &o, &j, err) || cmd_guard_start(&j.guard, err))
        goto done;
    cmd_guard_set(j.guard, on_early_signal, &j);
    if (cmd_read_config(line, &j.config, err) || find_devices(&j, err) || open_all(&j, &o, err))
        goto done;
    j.facts.seconds_open = cmd_now() - j.start;
    if (o.dry_run)
        (void)!print_plan(&j, &o, err);
    else if (to_stdout(&j))
        (void)!run_to_stdout(&j, &o, err);
    else
        (void)!run_to_folder(&j, &o, err);
    if (j.verbose && !err->code)
        cmd_account_end(stderr, &j);
done:
    job_free(&j, err->code != TJAC_OK);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    CMD_OPTION_SET,
    {.name = "out",
     .argument = "DIR|-",
     .help = "folder for the files; - writes j.csv alone to standard output"},
    {.name = "resume",
     .help = "go on where a run in this folder was ended; start where there is none"},
    {.name = "force", .help = "write over what an earlier run has left in the folder"},
    {.name = "shard",
     .argument = "I/N",
     .words = "",
     .help = "compute part I of N into a folder of its own; see tjac merge"},
    {.name = "label",
     .argument = "TEXT",
     .words = "",
     .help = "what the first column of every table says (default: 8 digits of the plan's hash)"},
    CMD_OPTION_SEED,
    CMD_OPTION_DEVICE,
    CMD_OPTION_THREADS,
    CMD_OPTION_ENGINE,
    {.name = "dry-run",
     .help = "resolve everything, draw the blocks, print the plan, compute no J"},
    {.name = "progress",
     .argument = "FORM",
     .words = "auto line log json none",
     .help = "how progress is shown on standard error: auto (a line on a terminal, else a log), "
             "line, log, json (an object a line) or none"},
    {.letter = 'q', .name = "quiet", .help = "no progress, no verdicts (warnings stay)"},
    {.letter = 'v',
     .name = "verbose",
     .help = "say on standard error what is read, with hashes, what is planned, which engine and "
             "why, and how long all took"},
    {0}};

const cmd_command cmd_run = {
    .name = "run",
    .about = "Jacobians of a config's panels and their statistics, to CSV",
    .operands = "CONFIG.json",
    .least = 1,
    .most = 1,
    .text = "Computes J = dE[Y_j]/dX_i for every (regulator, target, KD) triple of the config's "
            "panels and of blocks of other genes of like expression, tests whether the pathway's "
            "KDs raise the pathway's pairs beyond what its regulators do to everything and its "
            "targets answer to anything, and prints the verdicts. Fills j.h5 in the folder of the "
            "run while it computes, then writes j.csv, null_pairs.csv, kd_scores.csv, blocks.csv, "
            "panel_stats.csv, panel_matrix.csv, concordance.csv and at last run.json.\n\n"
            "CONFIG.json may be - (standard input) or a pipe, whose relative paths are from the "
            "working folder, or the run.json of an earlier run. The keys of a config: tjac help "
            "config.",
    .after = "SIGINT, SIGTERM, SIGHUP and SIGUSR1 end a run within a second (exit 128 + signal); "
             "what was done stays in j.h5, and the same command with --resume goes on.",
    .option = table,
    .run = run_run};
