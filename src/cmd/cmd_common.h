/* cmd_common.h: what the commands that read a config share: options, models, warnings. */
#ifndef TJAC_CMD_COMMON_H
#define TJAC_CMD_COMMON_H

#include "config/config.h"
#include "results/run.h"

/* Options that override the config. Zero-initialised, released by cmd_options_free. */
typedef struct {
    const char *config, *out, *device, *threads, *engine;
    const char **set; /* --set, in order */
    size_t n_set, cap_set;
    uint64_t seed; /* of everything random, with has_seed */
    bool has_seed, quiet;
} cmd_options;

/* getopt_long said '?' or ':' for argv[optind - 1]. */
tjac_code cmd_bad_option(char **argv, int option, tjac_err *err);

/* Takes one of getopt_long's letters s(et) o(ut) d(evice) t(hreads) e(ngine) S(eed) q(uiet); false:
 * not one. A bad value is told by `err`. */
bool cmd_take_option(cmd_options *o, int letter, const char *value, tjac_err *err);

/* The values of options ("--model"): a text that is not empty; a whole number of 32 bits. */
tjac_code cmd_take_text(const char *option, const char *value, const char **out, tjac_err *err);
/* Of --label, which stands in every row: up to 64 bytes without control characters. */
tjac_code cmd_take_label(const char *value, const char **out, tjac_err *err);
tjac_code cmd_take_seed(const char *option, const char *value, uint64_t *out, tjac_err *err);

/* The seeds first: a --set of one of them wins, wherever it stands. */
tjac_code cmd_read_config(const cmd_options *o, tjac_config *c, tjac_err *err);
void cmd_options_free(cmd_options *o);

/* Reads the panels, opens every model, draws the blocks and makes the plans; everything that
 * can be wrong with names and files is found here, and panels that no number can help are told
 * (cmd_power.h). Warnings are printed once and collected. What
 * `out` holds is released by tjac_run_free, after a failure too. */
tjac_code cmd_open_run(const tjac_config *config, const tjac_names *devices, tjac_run *out,
                       tjac_names *warnings, tjac_err *err);

/* No file that the run writes, jacobian.full too, is one that it reads, or another one of its own:
 * TJAC_EUSAGE. */
tjac_code cmd_check_paths(const tjac_config *config, const tjac_run *run,
                          const cmd_options *options, tjac_err *err);

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
tjac_code cmd_print_plan(const tjac_config *config, const tjac_run *run, tjac_err *err);

/* Seconds on a clock that only goes forward. */
double cmd_now(void);

#endif
