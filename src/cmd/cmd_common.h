/* cmd_common.h: what the commands that read a config share: options, models, warnings. */
#ifndef TJAC_CMD_COMMON_H
#define TJAC_CMD_COMMON_H

#include <stdio.h>
#include "cmd/cmd_line.h"
#include "config/config.h"
#include "results/run.h"

/* Options that override the config, as rows of a table (cmd_line.h). */
#define CMD_OPTION_SET                                                                             \
    {                                                                                              \
        .name = "set", .argument = "KEY=VALUE", .repeated = true, .words = "",                     \
        .help = "override a key of the config, such as cells.n_sets=8 or panels[0].kds=[A,B] "     \
                "(repeatable); a path is relative to the working folder"                           \
    }
#define CMD_OPTION_SEED                                                                            \
    {                                                                                              \
        .name = "seed", .argument = "N", .words = "",                                              \
        .help = "sets cells.seed, null.seed and stats.seed; a --set of one of them wins"           \
    }
#define CMD_OPTION_DEVICE                                                                          \
    {                                                                                              \
        .name = "device", .argument = "NAME", .words = "auto cpu cuda",                            \
        .help = "auto, cpu, cuda, cuda:N, or several: cuda:0,cuda:1"                               \
    }
#define CMD_OPTION_THREADS                                                                         \
    {                                                                                              \
        .name = "threads", .argument = "N", .words = "",                                           \
        .help = "KDs computed side by side on the CPU (default: one for each CPU that this "       \
                "process may use); the numbers do not depend on it"                                \
    }
#define CMD_OPTION_ENGINE                                                                          \
    {                                                                                              \
        .name = "engine", .argument = "NAME", .words = "auto reverse forward sequential",          \
        .help = "auto (the cheapest), reverse, forward, sequential (the reference)"                \
    }

/* "--label", which stands in every row: up to 64 bytes without control characters. */
tjac_code cmd_take_label(const cmd_line *line, const char **out, tjac_err *err);

/* A whole number of 32 bits; *out stays where the option is not given. */
tjac_code cmd_take_seed(const cmd_line *line, const char *option, uint64_t *out, tjac_err *err);

/* The seeds first: a --set of one of them wins, wherever it stands. */
tjac_code cmd_read_config(const cmd_line *line, tjac_config *c, tjac_err *err);

/* Reads the panels, opens every model, draws the blocks and makes the plans; everything that
 * can be wrong with names and files is found here, and panels that no number can help are told
 * (cmd_power.h). Warnings are printed once and collected. What
 * `out` holds is released by tjac_run_free, after a failure too. */
tjac_code cmd_open_run(const tjac_config *config, const tjac_names *devices, tjac_run *out,
                       tjac_names *warnings, tjac_err *err);

/* No file that the run writes, jacobian.full too, is one that it reads (the config at `path` too),
 * or another one of its own: TJAC_EUSAGE. */
tjac_code cmd_check_paths(const tjac_config *config, const tjac_run *run, const char *path,
                          tjac_err *err);

/* The same of the tables that the config names (edges, gene sets, external scores), for those who
 * write into the folder `out` without reading a model. */
tjac_code cmd_check_tables(const char *out, const tjac_config *config, tjac_err *err);

/* Every model has a checkpoint of its own: the same file, or the same bytes, under two names is
 * TJAC_EUSAGE, unless one is shuffled and the other is not, or by another seed. The last of the
 * models that are open is compared with those before it; files of one size are read up to the first
 * byte that differs. */
tjac_code cmd_check_checkpoint(const tjac_run *run, tjac_err *err);

/* Prints a warning and remembers it; one that was printed before is silent. */
tjac_code cmd_warn(tjac_names *warnings, const char *text, tjac_err *err);

/* Warns of a name that stands in the tables and that readers of CSV take for a missing value. what:
 * "model", "panel", "--label". A NULL name is none. */
tjac_code cmd_warn_name(const char *what, const char *name, tjac_names *warnings, tjac_err *err);

/* Prints what was not printed yet. */
tjac_code cmd_warn_all(tjac_names *warnings, const tjac_names *more, tjac_err *err);

/* Of every model checkpoint, variant, sets, pairs and passes; of every panel its pairs and blocks,
 * and the smallest p that they can give. */
tjac_code cmd_print_plan(FILE *file, const tjac_config *config, const tjac_run *run, tjac_err *err);

/* Seconds on a clock that only goes forward. */
double cmd_now(void);

#endif
