/* cmd_files.h: the files of a run's folder: all are complete before the first gets its name. */
#ifndef TJAC_CMD_FILES_H
#define TJAC_CMD_FILES_H

#include "base/output.h"
#include "stats/stats.h"

enum { CMD_MAX_FILES = 8 };

/* Zero-initialised; released by cmd_files_discard. */
typedef struct {
    const char *dir; /* "-": one file, to standard output */
    tjac_output file[CMD_MAX_FILES];
    size_t n;
} cmd_files;

/* Opens DIR/NAME; NULL on failure. */
FILE *cmd_files_open(cmd_files *files, const char *name, tjac_err *err);

/* Opens and writes kd_scores.csv, panel_stats.csv and concordance.csv. */
tjac_code cmd_files_write_stats(cmd_files *files, const tjac_stats *stats,
                                const tjac_config_stats *options, tjac_err *err);

/* Finishes all, then gives them their names in the order in which they were opened. */
tjac_code cmd_files_commit(cmd_files *files, tjac_err *err);
void cmd_files_discard(cmd_files *files);

#endif
