/* tjac stats: the statistics of an earlier run again, from its results file. Reads no model. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_earlier.h"
#include "cmd/cmd_power.h"

const char cmd_stats_usage[] =
    "usage: tjac stats RUN_DIR [CONFIG.json] [--out DIR] [-q]\n\n"
    "Computes the statistics of an earlier run again, from its j.h5 alone, and writes\n"
    "kd_scores.csv, blocks.csv, panel_stats.csv, panel_matrix.csv and concordance.csv into\n"
    "RUN_DIR. Without CONFIG.json the options and panels are those of the run (run.json), and the\n"
    "files come out byte by byte as they were. With one, its \"stats\" and the KD lists of its\n"
    "panels are taken; J and the blocks stay those of the run, so its panels must have the run's\n"
    "pathway pairs. run.json then has the config as \"stats_config\" and the hashes of the new\n"
    "tables.\n\n"
    "  --out DIR         write into another folder\n"
    "  -q, --quiet       no table of verdicts (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    const char *dir, *config, *out; /* config NULL: the run's; out NULL: dir */
    bool quiet;
} options;

static tjac_code parse_options(int argc, char **argv, options *o, tjac_err *err)
{
    static const struct option longs[] = {{"quiet", no_argument, NULL, 'q'},
                                          {"out", required_argument, NULL, 'o'},
                                          {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int c; !err->code && (c = getopt_long(argc, argv, ":q", longs, NULL)) != -1;) {
        if (c == 'q')
            o->quiet = true;
        else if (c == 'o')
            (void)!cmd_take_text("--out", optarg, &o->out, err);
        else
            return cmd_bad_option(argv, c, err);
    }
    if (!err->code && (argc - optind < 1 || argc - optind > 2))
        tjac_err_set(err, TJAC_EUSAGE,
                     "expected RUN_DIR and perhaps one CONFIG.json, found %d words; see tjac stats "
                     "--help",
                     argc - optind);
    if (err->code)
        return err->code;
    o->dir = argv[optind];
    o->config = argc - optind == 2 ? argv[optind + 1] : NULL;
    o->out = o->out ? o->out : o->dir;
    return TJAC_OK;
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
        fprintf(stderr, "tjac: wrote the tables of statistics in %s\n", o->out);
    }
    cmd_files_discard(&files);
    return err->code;
}

tjac_code cmd_stats(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    cmd_earlier e = {0};
    cmd_hold hold = {0};
    tjac_config c = {0};
    tjac_stats stats = {0};
    tjac_names warnings = {0};
    if (parse_options(argc, argv, &o, err) || check_config(&o, err) ||
        cmd_earlier_open(o.dir, &e, err) || cmd_earlier_config(&e, o.config, &c, err) ||
        cmd_check_tables(o.out, &c, err) || check_file(e.file, &c, err) ||
        cmd_earlier_check_tables(&e, &warnings, err) ||
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
