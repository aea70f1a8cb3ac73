/* All numbers are there: tables and run.json, or of a part run.json alone. */
#include <stdio.h>
#include "cmd/cmd_files.h"
#include "cmd/cmd_job.h"
#include "cmd/cmd_text.h"
#include "stats/stats.h"

static tjac_code make_stats(cmd_job *j, tjac_stats *stats, tjac_err *err)
{
    double t = cmd_now();
    if (tjac_stats_make(&j->config, &j->run.panels, &j->externals, j->file, stats, err) ||
        cmd_warn_all(&j->warnings, &stats->warnings, err))
        return err->code;
    j->facts.seconds_stats = cmd_now() - t;
    return TJAC_OK;
}

static tjac_code write_run_json(cmd_job *j, cmd_files *files, tjac_err *err)
{
    tjac_report_table table[CMD_MAX_FILES];
    char shard[48];
    snprintf(shard, sizeof shard, "%zu/%zu", j->shard, j->n_shards);
    j->facts.n_tables = cmd_files_finish(files, table, err);
    j->facts.table = table;
    j->facts.shard = j->n_shards ? shard : NULL;
    j->facts.warnings = &j->warnings;
    FILE *file = err->code ? NULL : cmd_files_open(files, "run.json", err);
    if (!file)
        return err->code;
    j->facts.seconds_all = cmd_now() - j->start;
    return tjac_report_run_json(file, &j->config, &j->run, &j->facts, err);
}

/* Tables of a folder that was moved or removed would begin a new one, without its results file. */
static tjac_code check_place(const cmd_job *j, tjac_err *err)
{
    if (tjac_folder_is_at(j->file->fd, j->out.jfile))
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EFAIL,
                        "'%s' was removed or replaced before the tables were written; run again, "
                        "with --resume where it is now if it was only moved",
                        j->out.jfile);
}

/* A part has its KDs and its run.json; its tables are tjac merge's. */
static tjac_code finish_shard(cmd_job *j, tjac_err *err)
{
    cmd_files files = {.dir = j->out.dir};
    if (!tjac_jfile_complete(j->file, err) && !check_place(j, err) &&
        !write_run_json(j, &files, err) && !cmd_files_commit(&files, err) && !j->quiet)
        cmd_say(stderr,
                "tjac: part %zu/%zu, %zu KDs, is in %s; put all parts together with tjac "
                "merge\n",
                j->shard, j->n_shards, j->facts.kds, j->out.dir);
    cmd_files_discard(&files);
    return err->code;
}

static tjac_code finish_whole(cmd_job *j, tjac_err *err)
{
    const cmd_tables tables = {j->label, &j->config, j->file, false};
    cmd_files files = {.dir = j->out.dir};
    tjac_stats stats = {0};
    if (!make_stats(j, &stats, err) && !check_place(j, err) &&
        !cmd_files_write_j(&files, &tables, err) &&
        !cmd_files_write_stats(&files, &tables, &stats, err) && !write_run_json(j, &files, err) &&
        !cmd_files_commit(&files, err) && !j->quiet) {
        tjac_report_verdicts(stderr, &stats);
        cmd_say(stderr, "tjac: wrote j.h5, j.csv, its statistics and run.json in %s\n", j->out.dir);
    }
    cmd_files_discard(&files);
    tjac_stats_free(&stats);
    return err->code;
}

tjac_code cmd_finish(cmd_job *j, tjac_err *err)
{
    return j->n_shards ? finish_shard(j, err) : finish_whole(j, err);
}
