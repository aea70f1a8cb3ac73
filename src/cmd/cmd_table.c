/* tjac table: j.csv of an earlier run again, from its results file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_earlier.h"

const char cmd_table_usage[] =
    "usage: tjac table RUN_DIR [--matched] [--out DIR|-] [-q]\n\n"
    "Writes j.csv of an earlier run again, from its j.h5, byte by byte as it was, and\n"
    "null_pairs.csv.\n\n"
    "  --matched         the rows of matched pairs too, which a run leaves out\n"
    "  --out DIR|-       another folder; - is j.csv alone to standard output\n"
    "  -q, --quiet       say nothing (warnings stay)\n"
    "  -h, --help        this text\n";

typedef struct {
    const char *dir, *out; /* out NULL: dir */
    bool matched, quiet;
} options;

static tjac_code parse_options(int argc, char **argv, options *o, tjac_err *err)
{
    static const struct option longs[] = {{"quiet", no_argument, NULL, 'q'},
                                          {"matched", no_argument, NULL, 'm'},
                                          {"out", required_argument, NULL, 'o'},
                                          {NULL, 0, NULL, 0}};
    opterr = 0;
    for (int c; !err->code && (c = getopt_long(argc, argv, ":q", longs, NULL)) != -1;) {
        if (c == 'q')
            o->quiet = true;
        else if (c == 'm')
            o->matched = true;
        else if (c == 'o')
            (void)!cmd_take_text("--out", optarg, &o->out, err);
        else
            return cmd_bad_option(argv, c, err);
    }
    if (!err->code && argc - optind != 1)
        tjac_err_set(err, TJAC_EUSAGE,
                     "expected one RUN_DIR, found %d words; see tjac table --help", argc - optind);
    if (err->code)
        return err->code;
    o->dir = argv[optind];
    o->out = o->out ? o->out : o->dir;
    return TJAC_OK;
}

static tjac_code write_files(const options *o, cmd_earlier *e, const tjac_config *c,
                             tjac_names *warnings, tjac_err *err)
{
    const cmd_tables tables = {e->label, c, e->file, o->matched};
    cmd_files files = {.dir = o->out};
    cmd_hold hold = {0};
    if (!cmd_earlier_hold(e, o->out, &hold, warnings, err) &&
        !cmd_files_write_j(&files, &tables, err) && !cmd_earlier_commit(e, &files, err) &&
        !o->quiet)
        fprintf(stderr, "tjac: wrote j.csv and null_pairs.csv in %s\n", o->out);
    cmd_files_discard(&files);
    cmd_hold_leave(&hold, err->code != TJAC_OK);
    return err->code;
}

tjac_code cmd_table(int argc, char **argv, tjac_err *err)
{
    options o = {0};
    cmd_earlier e = {0};
    tjac_config c = {0};
    tjac_names warnings = {0};
    if (parse_options(argc, argv, &o, err) || cmd_earlier_open(o.dir, &e, err) ||
        cmd_earlier_config(&e, NULL, &c, err) || tjac_jfile_complete(e.file, err) ||
        cmd_earlier_check_tables(&e, &warnings, err))
        goto done;
    if (strcmp(o.out, "-") == 0) {
        const tjac_report_j_rows like = {
            .run = e.label, .config = &c, .rows = {.matched = o.matched}};
        (void)!tjac_report_j(stdout, e.file, &like, err);
    } else {
        (void)!write_files(&o, &e, &c, &warnings, err);
    }
done:
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    cmd_earlier_close(&e);
    return err->code;
}
