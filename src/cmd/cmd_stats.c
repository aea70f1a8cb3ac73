/* tjac stats: the statistics of an earlier run again, from its results file. Reads no model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_earlier.h"
#include "cmd/cmd_power.h"
#include "cmd/cmd_text.h"

typedef struct {
    const char *dir, *config, *out; /* config NULL: the run's; out NULL: dir */
    bool quiet;
} options;

static options take_options(const cmd_line *line)
{
    options o = {cmd_line_operand(line, 0), cmd_line_operand(line, 1), cmd_line_value(line, "out"),
                 cmd_line_has(line, "quiet")};
    o.out = o.out ? o.out : o.dir;
    return o;
}

/* A part of a run has statistics only with the others. */
static tjac_code check_file(const tjac_jfile *file, const tjac_config *c, tjac_err *err)
{
    if (file->layout.n_shards)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' holds part %zu/%zu of a run; put all parts together with tjac "
                            "merge first",
                            file->path, file->layout.shard, file->layout.n_shards);
    for (size_t m = 0; m < file->layout.n_models; m++)
        if (tjac_plan_check_control(c, file->layout.model[m].control, err))
            return err->code;
    return TJAC_OK;
}

/* Nothing is written over the config that was read. */
static tjac_code check_config(const options *o, tjac_err *err)
{
    for (size_t i = 0; o->config && i < CMD_OUT_NAMES && !err->code; i++) {
        bool same = false;
        char *path = tjac_path_join(o->out, cmd_out_names[i], err);
        if (path && !tjac_output_same(path, o->config, &same, err) && same)
            tjac_err_set(err, TJAC_EUSAGE,
                         "'%s' is the config and would be written over; give another --out, or "
                         "leave it out where it is the run's own",
                         path);
        free(path);
    }
    return err->code;
}

static tjac_code write_files(const options *o, cmd_earlier *e, const tjac_config *c,
                             const tjac_stats *stats, tjac_err *err)
{
    const cmd_tables tables = {e->label, c, e->file, false};
    cmd_files files = {.dir = o->out};
    if (!cmd_files_write_stats(&files, &tables, stats, err) &&
        !cmd_earlier_put_config(e, o->config ? c : NULL, err) &&
        !cmd_earlier_commit(e, &files, err) && !o->quiet) {
        tjac_report_verdicts(stderr, stats);
        cmd_say(stderr, "tjac: wrote the tables of statistics in %s\n", o->out);
    }
    cmd_files_discard(&files);
    return err->code;
}

static tjac_code run_stats(const cmd_line *line, tjac_err *err)
{
    const options o = take_options(line);
    cmd_earlier e = {0};
    cmd_hold hold = {0};
    tjac_config c = {0};
    tjac_stats stats = {0};
    tjac_names warnings = {0};
    if (check_config(&o, err) || cmd_earlier_open(o.dir, &e, err) ||
        cmd_earlier_config(&e, o.config, &c, err) || cmd_check_tables(o.out, &c, err) ||
        check_file(e.file, &c, err) || cmd_earlier_check_tables(&e, &warnings, err) ||
        cmd_earlier_stats(&c, e.file, &warnings, &stats, err) ||
        (o.config && cmd_warn_compressed(&c, &stats, &warnings, err)) ||
        cmd_earlier_hold(&e, o.out, &hold, &warnings, err))
        goto done;
    (void)!write_files(&o, &e, &c, &stats, err);
done:
    cmd_hold_leave(&hold, err->code != TJAC_OK);
    tjac_stats_free(&stats);
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    cmd_earlier_close(&e);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "out", .argument = "DIR", .help = "write into another folder"},
    {.letter = 'q', .name = "quiet", .help = "no table of verdicts (warnings stay)"},
    {0}};

const cmd_command cmd_stats = {
    .name = "stats",
    .about = "the statistics again from an earlier run's j.h5",
    .operands = "RUN_DIR [CONFIG.json]",
    .least = 1,
    .most = 2,
    .text = "Computes the statistics of an earlier run again, from its j.h5 alone, and writes "
            "kd_scores.csv, blocks.csv, panel_stats.csv, panel_matrix.csv and concordance.csv into "
            "RUN_DIR. Without CONFIG.json the options and panels are those of the run (run.json), "
            "and the files come out byte by byte as they were. With one, its \"stats\" and the KD "
            "lists of its panels are taken; J and the blocks stay those of the run, so its panels "
            "must have the run's pathway pairs. run.json then has the config as \"stats_config\" "
            "and the hashes of the new tables.",
    .option = table,
    .run = run_stats};
