/* cmd.h: the commands of the program; main.c's table calls them. A command parses its options,
 * strings the stages together and leaves errors to main. */
#ifndef TJAC_CMD_H
#define TJAC_CMD_H

#include "base/err.h"

tjac_code cmd_run(int argc, char **argv, tjac_err *err);
tjac_code cmd_check(int argc, char **argv, tjac_err *err);
tjac_code cmd_inspect(int argc, char **argv, tjac_err *err);
tjac_code cmd_stats(int argc, char **argv, tjac_err *err);
tjac_code cmd_table(int argc, char **argv, tjac_err *err);
tjac_code cmd_merge(int argc, char **argv, tjac_err *err);

/* The text of --help. */
extern const char cmd_run_usage[], cmd_check_usage[], cmd_inspect_usage[], cmd_stats_usage[],
    cmd_table_usage[], cmd_merge_usage[];

#endif
