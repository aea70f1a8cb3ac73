/* cmd_files.h: the files of a run's folder: all are complete before the first gets its name, and
 * run.json, which has the hashes of the others, gets its name last. */
#ifndef TJAC_CMD_FILES_H
#define TJAC_CMD_FILES_H

#include "base/output.h"
#include "report/report.h"

enum { CMD_MAX_FILES = 10 };

/* Zero-initialised; released by cmd_files_discard. */
typedef struct {
    const char *dir;
    tjac_output file[CMD_MAX_FILES];
    const char *name[CMD_MAX_FILES];
    size_t n;
} cmd_files;

/* What all tables are written from. Borrowed. */
typedef struct {
    const char *run; /* what the first column says */
    const tjac_config *config;
    const tjac_jfile *file;
    bool matched; /* in j.csv the rows of matched pairs too */
} cmd_tables;

/* Opens DIR/NAME; NULL on failure. name: static. */
FILE *cmd_files_open(cmd_files *files, const char *name, tjac_err *err);

/* Opens and writes j.csv and null_pairs.csv; the tables of statistics. */
tjac_code cmd_files_write_j(cmd_files *files, const cmd_tables *tables, tjac_err *err);
tjac_code cmd_files_write_stats(cmd_files *files, const cmd_tables *tables, const tjac_stats *stats,
                                tjac_err *err);

/* Finishes those that are open; their hashes: out[CMD_MAX_FILES], borrowed from `files`. Returns
 * how many. */
size_t cmd_files_finish(cmd_files *files, tjac_report_table *out, tjac_err *err);

/* In the order in which they were opened. */
tjac_code cmd_files_commit(cmd_files *files, tjac_err *err);
void cmd_files_discard(cmd_files *files);

#endif
