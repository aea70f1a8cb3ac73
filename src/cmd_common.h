/* cmd_common.h: what the commands that read a config share: options, stages, sources. */
#ifndef TJAC_CMD_COMMON_H
#define TJAC_CMD_COMMON_H

#include "tjac/config.h"
#include "tjac/engine.h"
#include "tjac/inputs.h"
#include "tjac/lines.h"
#include "tjac/plan.h"
#include "tjac/results.h"

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

/* Opens every model; everything that can be wrong with names and files is found here. Warnings are
 * printed once and collected. stage has room for config->n_models. */
tjac_code cmd_open_stages(const tjac_config *config, cmd_stage *stage, tjac_names *warnings,
                          tjac_err *err);
void cmd_close_stages(cmd_stage *stage, size_t n);

/* jacobian.full must be none of the files that the run reads or writes besides: TJAC_EUSAGE. out:
 * the folder of j.csv and run.json, or "-". */
tjac_code cmd_full_check_path(const tjac_config *config, const cmd_stage *stage,
                              const cmd_options *options, const char *out, tjac_err *err);

/* Prints a warning and remembers it; one that was printed before is silent. */
tjac_code cmd_warn(tjac_names *warnings, const char *text, tjac_err *err);

/* A line a model: checkpoint, variant, sets, triples. */
void cmd_print_plan(const cmd_stage *stage, size_t n);

/* Seconds on a clock that only goes forward. */
double cmd_now(void);

#endif
