/* cmd_earlier.h: the folder of an earlier run, read again. */
#ifndef TJAC_CMD_EARLIER_H
#define TJAC_CMD_EARLIER_H

#include "cmd/cmd_files.h"
#include "cmd/cmd_guard.h"
#include "cmd/cmd_out.h"

typedef struct {
    const char *dir;
    tjac_doc *doc;
    tjac_value *run_json; /* NULL: the run is not finished */
    char *run_json_path;
    tjac_jfile *file;
    char label[65]; /* what the column `run` says */
} cmd_earlier;

/* Opens DIR/j.h5, and DIR/run.json where it is there. Two of different runs are TJAC_EINPUT. What
 * `out` holds is released by cmd_earlier_close, after a failure too. */
tjac_code cmd_earlier_open(const char *dir, cmd_earlier *out, tjac_err *err);
void cmd_earlier_close(cmd_earlier *e);

/* A warning for every table of run.json that is not there or has other bytes. */
tjac_code cmd_earlier_check_tables(const cmd_earlier *e, tjac_names *warnings, tjac_err *err);

/* run.json's config, or the one at `path` where it is not NULL. */
tjac_code cmd_earlier_config(const cmd_earlier *e, const char *path, tjac_config *out,
                             tjac_err *err);

/* The statistics of a results file by a config, whose edge tables, gene sets and external values
 * are read. */
tjac_code cmd_earlier_stats(const tjac_config *config, const tjac_jfile *file, tjac_names *warnings,
                            tjac_stats *out, tjac_err *err);

/* run.json will say that the statistics are of this config; NULL: of the run's own. */
tjac_code cmd_earlier_put_config(cmd_earlier *e, const tjac_config *config, tjac_err *err);

/* Writes run.json again, with the hashes of `files`, which are finished, and commits all. Without a
 * run.json there will be none. */
tjac_code cmd_earlier_commit(cmd_earlier *e, cmd_files *files, tjac_err *err);

/* ---- where it writes ---- */

/* A folder that is held for a short while, and the signals that end it. */
typedef struct {
    cmd_out out;
    cmd_guard *guard;
} cmd_hold;

tjac_code cmd_hold_take(const char *dir, cmd_hold *hold, tjac_names *warnings, tjac_err *err);
void cmd_hold_leave(cmd_hold *hold, bool failed);

/* The same for what is written from an earlier run: its own folder, or one that holds no run. */
tjac_code cmd_earlier_hold(const cmd_earlier *e, const char *dir, cmd_hold *hold,
                           tjac_names *warnings, tjac_err *err);

#endif
