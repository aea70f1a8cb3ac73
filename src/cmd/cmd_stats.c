/* tjac stats: the statistics of an earlier run again, from its j.csv. Reads no model. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_files.h"
#include "report/report.h"
#include "stats/jtable.h"

const char cmd_stats_usage[] =
    "usage: tjac stats RUN_DIR [CONFIG.json] [-q]\n\n"
    "Computes the statistics of an earlier run again, from its j.csv alone, and writes\n"
    "kd_scores.csv, panel_stats.csv and concordance.csv into RUN_DIR. Without CONFIG.json the\n"
    "options and panels are those of the run (run.json), and the files come out byte by byte as\n"
    "they were. With one, its \"stats\" and the KD lists of its panels are taken; J and the null\n"
    "pairs stay those of the run, so its panels must have the run's pathway pairs; run.json stays\n"
    "as it is and describes the run, not these tables.\n\n"
    "  -q, --quiet       no table of verdicts (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    const char *dir, *config; /* config NULL: the run's */
    bool quiet;
} options;

static tjac_code parse_options(int argc, char **argv, options *o, tjac_err *err)
{
    static const struct option longs[] = {{"quiet", no_argument, NULL, 'q'}, {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, ":q", longs, NULL)) != -1;) {
        if (c != 'q')
            return cmd_bad_option(argv, c, err);
        o->quiet = true;
    }
    if (argc - optind < 1 || argc - optind > 2)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "expected RUN_DIR and perhaps one CONFIG.json, found %d words; see "
                            "tjac stats --help",
                            argc - optind);
    o->dir = argv[optind];
    o->config = argc - optind == 2 ? argv[optind + 1] : NULL;
    return TJAC_OK;
}

static tjac_code read_config(const options *o, tjac_config *c, tjac_err *err)
{
    if (o->config)
        return tjac_config_read_stats(o->config, false, c, err);
    char *path = tjac_path_join(o->dir, "run.json", err);
    if (path)
        (void)!tjac_config_read_stats(path, true, c, err);
    free(path);
    return err->code;
}

static tjac_code write_files(const options *o, const tjac_config *c, const tjac_stats *stats,
                             tjac_err *err)
{
    cmd_files files = {.dir = o->dir};
    if (!cmd_files_write_stats(&files, stats, &c->stats, err) && !cmd_files_commit(&files, err) &&
        !o->quiet) {
        tjac_report_verdicts(stderr, stats);
        fprintf(stderr, "tjac: wrote kd_scores.csv, panel_stats.csv and concordance.csv in %s\n",
                o->dir);
    }
    cmd_files_discard(&files);
    return err->code;
}

tjac_code cmd_stats(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    tjac_config c = {0};
    tjac_panels panels = {0};
    tjac_externals externals = {0};
    tjac_j_table table = {0};
    tjac_stats stats = {0};
    tjac_names warnings = {0};
    char *path = NULL;
    if (parse_options(argc, argv, &o, err) || !(path = tjac_path_join(o.dir, "j.csv", err)) ||
        read_config(&o, &c, err) || tjac_panels_read(&c, &panels, err) ||
        cmd_warn_all(&warnings, &panels.warnings, err) ||
        tjac_externals_read(&c.stats.external, &externals, err) ||
        tjac_j_table_read(path, &c, &panels, &table, err) ||
        cmd_warn_all(&warnings, &table.warnings, err) ||
        tjac_stats_make(&table, &c.stats, &externals, &stats, err) ||
        cmd_warn_all(&warnings, &stats.warnings, err))
        goto done;
    write_files(&o, &c, &stats, err);
done:
    free(path);
    tjac_stats_free(&stats);
    tjac_j_table_free(&table);
    tjac_externals_free(&externals);
    tjac_panels_free(&panels);
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    return err->code;
}
