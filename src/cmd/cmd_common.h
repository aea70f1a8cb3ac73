/* cmd_common.h: what the commands that read a config share: options, stages, sources. */
#ifndef TJAC_CMD_COMMON_H
#define TJAC_CMD_COMMON_H

#include "config/config.h"
#include "engine/engine.h"
#include "engine/lines.h"
#include "inputs/inputs.h"
#include "plan/plan.h"
#include "results/results.h"

/* Options that override the config. Zero-initialised, released by cmd_options_free. */
typedef struct {
    const char *config, *device, *threads, *engine;
    const char **set; /* --set, in order */
    size_t n_set, cap_set;
    bool quiet;
} cmd_options;

/* Takes one of getopt_long's letters s(et) d(evice) t(hreads) e(ngine) q(uiet); false: not one. */
bool cmd_take_option(cmd_options *o, int letter, const char *value, tjac_err *err);
tjac_code cmd_read_config(const cmd_options *o, tjac_config *c, tjac_err *err);
void cmd_options_free(cmd_options *o);

/* One model of the config from its inputs to its plan and results. */
typedef struct {
    tjac_input input;
    tjac_plan_names names;
    tjac_plan plan;
    tjac_results *results; /* [input.n_blocks], NULL until run */
    size_t n_results;
    tjac_lines lines; /* how its derivatives are computed */
} cmd_stage;

/* All models of the config, and what they share. */
typedef struct {
    tjac_panels panels;
    tjac_names inputs, outputs; /* genes of all models: null pairs are drawn from these */
    tjac_null null;             /* n_panels 0: none were wanted */
    cmd_stage *stage;           /* [n] one a model */
    size_t n;
} cmd_stages;

/* Reads the panels, opens every model, draws the null pairs and makes the plans; everything that
 * can be wrong with names and files is found here. Warnings are printed once and collected. What
 * `out` holds is released by cmd_close_stages, after a failure too. */
tjac_code cmd_open_stages(const tjac_config *config, const tjac_names *devices, cmd_stages *out,
                          tjac_names *warnings, tjac_err *err);
void cmd_close_stages(cmd_stages *stages);

/* jacobian.full must be none of the files that the run reads or writes besides: TJAC_EUSAGE. out:
 * the folder of j.csv and run.json, or "-". */
tjac_code cmd_full_check_path(const tjac_config *config, const cmd_stage *stage,
                              const cmd_options *options, const char *out, tjac_err *err);

/* Prints a warning and remembers it; one that was printed before is silent. */
tjac_code cmd_warn(tjac_names *warnings, const char *text, tjac_err *err);

/* Prints what was not printed yet. */
tjac_code cmd_warn_all(tjac_names *warnings, const tjac_names *more, tjac_err *err);

/* A line a model: checkpoint, variant, sets, triples; a line a panel: pairs of each kind. */
void cmd_print_plan(const cmd_stages *stages);

/* Seconds on a clock that only goes forward. */
double cmd_now(void);

#endif
