/* tjac merge: the parts of a run become what the whole run would have written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_earlier.h"
#include "cmd/cmd_text.h"
#include "results/merge.h"
#include "stats/jtable.h"

typedef struct {
    const char *out, *label;
    const char *const *dir; /* [n] the parts */
    size_t n;
    bool force, quiet;
} options;

static tjac_code take_options(const cmd_line *line, options *o, tjac_err *err)
{
    o->out = line->operand[0];
    o->dir = line->operand + 1;
    o->n = line->n_operands - 1;
    o->force = cmd_line_has(line, "force");
    o->quiet = cmd_line_has(line, "quiet");
    return cmd_take_label(line, &o->label, err);
}

/* ---- the parts ---- */

static tjac_code open_parts(const options *o, cmd_earlier *part, tjac_err *err)
{
    for (size_t i = 0; i < o->n; i++) {
        bool same = false;
        if (tjac_output_same(o->dir[i], o->out, &same, err) ||
            cmd_earlier_open(o->dir[i], &part[i], err))
            return err->code;
        if (same)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "'%s' is OUT and a part; expected a folder of its own for the "
                                "whole",
                                o->out);
        if (!part[i].run_json)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "the run in '%s' is not finished; go on with it by tjac run ... "
                                "--resume",
                                o->dir[i]);
    }
    return TJAC_OK;
}

static tjac_code check_labels(const options *o, const cmd_earlier *part, tjac_err *err)
{
    for (size_t i = 1; i < o->n && !o->label; i++)
        if (strcmp(part[i].label, part[0].label) != 0)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "the parts '%s' and '%s' have the labels '%s' and '%s'; give "
                                "--label",
                                o->dir[0], o->dir[i], part[0].label, part[i].label);
    return TJAC_OK;
}

static tjac_code warn_machines(const options *o, const cmd_earlier *part, tjac_names *warnings,
                               tjac_err *err)
{
    for (size_t i = 1; i < o->n; i++) {
        const char *a = part[0].file->layout.machine, *b = part[i].file->layout.machine;
        tjac_text t = {0};
        if (strcmp(a, b) == 0)
            continue;
        tjac_text_add(&t,
                      "'%s' was computed on %s and '%s' on %s: the last digits of J may differ "
                      "from those of a run on one kind of machine",
                      o->dir[0], a, o->dir[i], b);
        (void)!cmd_warn(warnings, t.text ? t.text : "", err);
        tjac_text_free(&t);
        break;
    }
    return err->code;
}

/* ---- OUT ---- */

static tjac_code take_out(const options *o, cmd_hold *hold, tjac_names *warnings, tjac_err *err)
{
    if (cmd_hold_take(o->out, hold, warnings, err))
        return err->code;
    if (hold->out.state != CMD_OUT_EMPTY && !o->force)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' holds a run or its tables; give another OUT, or --force to write "
                            "over it",
                            o->out);
    return TJAC_OK;
}

/* The whole in OUT, once it is sure that there is one. */
static tjac_code make_file(const options *o, const cmd_earlier *part, cmd_hold *hold,
                           tjac_names *warnings, tjac_jfile **out, tjac_err *err)
{
    const tjac_jfile **file = tjac_alloc(o->n, sizeof *file, err);
    for (size_t i = 0; file && i < o->n; i++)
        file[i] = part[i].file;
    if (file && !tjac_merge_check(file, o->n, err) && !check_labels(o, part, err) &&
        !take_out(o, hold, warnings, err) && !(o->force && cmd_out_empty(&hold->out, err)) &&
        !tjac_merge(file, o->n, hold->out.jfile, err))
        (void)!tjac_jfile_open(hold->out.jfile, out, err);
    free(file);
    return err->code;
}

/* The first part's run.json, with what is different in the whole. */
static tjac_code change_run_json(const options *o, cmd_earlier *part, const tjac_jfile *file,
                                 const tjac_names *warnings, tjac_err *err)
{
    tjac_report_part *list = tjac_alloc(o->n, sizeof *list, err);
    char *out = realpath(o->out, NULL);
    for (size_t i = 0; list && i < o->n; i++)
        list[i] = (tjac_report_part){o->dir[i], part[i].run_json};
    if (list)
        (void)!tjac_report_merge_json(part[0].doc, list, o->n,
                                      &(tjac_report_whole){.label = o->label,
                                                           .out = out ? out : o->out,
                                                           .kds = tjac_layout_kds(&file->layout),
                                                           .warnings = warnings},
                                      err);
    free(out);
    free(list);
    return err->code;
}

static tjac_code write_files(const options *o, cmd_earlier *part, const tjac_config *c,
                             const tjac_jfile *file, tjac_names *warnings, tjac_err *err)
{
    cmd_files files = {.dir = o->out};
    tjac_stats stats = {0};
    const cmd_tables tables = {o->label ? o->label : part[0].label, c, file, false};
    if (!cmd_earlier_stats(c, file, warnings, &stats, err) &&
        !cmd_files_write_j(&files, &tables, err) &&
        !cmd_files_write_stats(&files, &tables, &stats, err) &&
        !change_run_json(o, part, file, warnings, err) &&
        !cmd_earlier_commit(&part[0], &files, err) && !o->quiet) {
        tjac_report_verdicts(stderr, &stats);
        cmd_say(stderr, "tjac: put %zu part(s) together in %s\n", o->n, o->out);
    }
    cmd_files_discard(&files);
    tjac_stats_free(&stats);
    return err->code;
}

static tjac_code run_merge(const cmd_line *line, tjac_err *err)
{
    options o = {0};
    cmd_earlier *part = NULL;
    cmd_hold hold = {0};
    tjac_config c = {0};
    tjac_names warnings = {0};
    tjac_jfile *file = NULL;
    if (take_options(line, &o, err) || !(part = tjac_alloc(o.n, sizeof *part, err)) ||
        open_parts(&o, part, err) || cmd_earlier_config(&part[0], NULL, &c, err) ||
        cmd_check_tables(o.out, &c, err) || cmd_warn_name("--label", o.label, &warnings, err) ||
        warn_machines(&o, part, &warnings, err) ||
        make_file(&o, part, &hold, &warnings, &file, err))
        goto done;
    (void)!write_files(&o, part, &c, file, &warnings, err);
done:
    tjac_jfile_close(file);
    cmd_hold_leave(&hold, err->code != TJAC_OK);
    for (size_t i = 0; part && i < o.n; i++)
        cmd_earlier_close(&part[i]);
    free(part);
    tjac_names_free(&warnings);
    tjac_config_free(&c);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "force", .help = "write over what an earlier run has left in OUT"},
    {.name = "label",
     .argument = "TEXT",
     .words = "",
     .help = "what the first column of every table says (default: the parts' label)"},
    {.letter = 'q', .name = "quiet", .help = "no table of verdicts (warnings stay)"},
    {0}};

const cmd_command cmd_merge = {
    .name = "merge",
    .about = "the parts of a run (--shard) become the whole",
    .operands = "OUT SHARD_DIR...",
    .least = 2,
    .most = SIZE_MAX,
    .text = "Puts the parts of one run (tjac run --shard I/N) together into the folder OUT: j.h5, "
            "and from it every table, byte by byte what the run without --shard writes. All parts "
            "must be finished, of one plan, and there once. Reads no model.",
    .option = table,
    .run = run_merge};
