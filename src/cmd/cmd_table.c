/* tjac table: j.csv of an earlier run again, from its results file. */
#include <stdio.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_earlier.h"
#include "cmd/cmd_text.h"

typedef struct {
    const char *dir, *out; /* out NULL: dir */
    bool matched, quiet;
} options;

static options take_options(const cmd_line *line)
{
    options o = {cmd_line_operand(line, 0), cmd_line_value(line, "out"),
                 cmd_line_has(line, "matched"), cmd_line_has(line, "quiet")};
    o.out = o.out ? o.out : o.dir;
    return o;
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
        cmd_say(stderr, "tjac: wrote j.csv and null_pairs.csv in %s\n", o->out);
    cmd_files_discard(&files);
    cmd_hold_leave(&hold, err->code != TJAC_OK);
    return err->code;
}

static tjac_code run_table(const cmd_line *line, tjac_err *err)
{
    const options o = take_options(line);
    cmd_earlier e = {0};
    tjac_config c = {0};
    tjac_names warnings = {0};
    if (cmd_earlier_open(o.dir, &e, err) || cmd_earlier_config(&e, NULL, &c, err) ||
        tjac_jfile_complete(e.file, err) || cmd_earlier_check_tables(&e, &warnings, err))
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

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "matched", .help = "the rows of matched pairs too, which a run leaves out"},
    {.name = "out",
     .argument = "DIR|-",
     .help = "another folder; - is j.csv alone to standard output"},
    {.letter = 'q', .name = "quiet", .help = "say nothing (warnings stay)"},
    {0}};

const cmd_command cmd_table = {
    .name = "table",
    .about = "j.csv again from an earlier run's j.h5",
    .operands = "RUN_DIR",
    .least = 1,
    .most = 1,
    .text = "Writes j.csv of an earlier run again, from its j.h5, byte by byte as it was, and "
            "null_pairs.csv.",
    .option = table,
    .run = run_table};
