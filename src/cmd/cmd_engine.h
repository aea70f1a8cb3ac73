/* cmd_engine.h: the engine as commands use it: devices, options and sources out of a config. */
#ifndef TJAC_CMD_ENGINE_H
#define TJAC_CMD_ENGINE_H

#include "base/machine.h"
#include "cmd/cmd_common.h"

/* The config's devices in canonical words, "cpu" or "cuda:N"; a precision that they do not have is
 * TJAC_EUSAGE. */
tjac_code cmd_devices(const tjac_config *config, tjac_names *out, tjac_err *err);

/* Workers on the CPU: the config's threads, else one for each CPU that this process may use. */
tjac_cpus cmd_threads(const tjac_config *config);

/* Chooses each model's lines. */
tjac_code cmd_choose_lines(const tjac_config *config, tjac_run *run, tjac_err *err);

/* A model on its devices. The model is loaded by open; close leaves its weights loaded. */
typedef struct {
    const tjac_config *config;
    const tjac_names *devices;
    tjac_run_model *model;
    tjac_st *st;
    size_t n_st;
} cmd_engine;
tjac_code cmd_engine_open(const tjac_config *config, const tjac_names *devices,
                          tjac_run_model *model, tjac_precision precision, cmd_engine *out,
                          tjac_err *err);
void cmd_engine_close(cmd_engine *engine);

/* Passes of one KD and set of the model's first block, exactly. */
double cmd_count_passes(const tjac_config *config, const tjac_run_model *model);

/* Where numbers go: as in tjac_engine_options. */
typedef struct {
    tjac_code (*take)(void *self, const tjac_engine_kd *kd, tjac_err *err);
    tjac_code (*take_rows)(void *self, size_t kd, size_t first, size_t n, const double *J,
                           tjac_err *err);
    tjac_code (*progress)(void *self, size_t done, size_t of, tjac_err *err);
    void *self;
} cmd_engine_sink;

/* J of a plan's KDs (the model's plan, or some of it) on the cells of a block; adds to the model's
 * report. */
tjac_code cmd_engine_run(cmd_engine *engine, const tjac_plan *plan, size_t block,
                         const cmd_engine_sink *sink, tjac_err *err);

/* The full Jacobian under a plan's KDs, on the first block. */
tjac_code cmd_engine_run_full(cmd_engine *engine, const tjac_plan *plan,
                              const cmd_engine_sink *sink, tjac_err *err);

/* Results of a plan, such as a sample of the model's (tjac_plan_sample), on the first set of the
 * first block, with a tolerance for same_cell. */
tjac_code cmd_engine_sample(cmd_engine *engine, const tjac_plan *plan, double tolerance,
                            tjac_results *out, tjac_err *err);

#endif
