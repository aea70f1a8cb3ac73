/* cmd_engine.h: the engine as commands use it: devices, options and sources out of a config. */
#ifndef TJAC_CMD_ENGINE_H
#define TJAC_CMD_ENGINE_H

#include "cmd/cmd_common.h"
#include "report/report.h"
#include "results/full.h"

/* The config's devices in canonical words, "cpu" or "cuda:N"; a precision that they do not have is
 * TJAC_EUSAGE. */
tjac_code cmd_devices(const tjac_config *config, tjac_names *out, tjac_err *err);

/* Chooses each stage's lines. */
tjac_code cmd_choose_lines(const tjac_config *config, cmd_stage *stage, tjac_err *err);

/* A model on its devices. The model is loaded by open; close leaves its weights loaded. */
typedef struct {
    const tjac_config *config;
    const tjac_names *devices;
    cmd_stage *stage;
    tjac_st *st;
    size_t n_st;
} cmd_engine;
tjac_code cmd_engine_open(const tjac_config *config, const tjac_names *devices, cmd_stage *stage,
                          tjac_precision precision, cmd_engine *out, tjac_err *err);
void cmd_engine_close(cmd_engine *engine);

typedef tjac_code (*cmd_progress)(void *self, size_t done, size_t of, tjac_err *err);

/* A block's results. */
tjac_code cmd_engine_run(cmd_engine *engine, size_t block, cmd_progress progress, void *self,
                         tjac_results *out, tjac_err *err);

/* The full Jacobian of the first block, as model m of the file. */
tjac_code cmd_engine_run_full(cmd_engine *engine, size_t m, tjac_full *file, cmd_progress progress,
                              void *self, tjac_err *err);

/* The full Jacobian, where it is wanted, is of one block, and all stages know the same names. */
tjac_code cmd_full_check(const tjac_config *config, const cmd_stage *stage, tjac_err *err);

/* Opens its file; after cmd_full_check. */
tjac_code cmd_full_open(const tjac_config *config, const cmd_stage *stage, tjac_full **out,
                        tjac_err *err);

/* A sample of the plan: at most `kds` of its KDs, evenly, and the first set; with a tolerance for
 * same_cell. */
tjac_code cmd_engine_sample(cmd_engine *engine, size_t kds, double tolerance, tjac_results *out,
                            tjac_err *err);

/* Compares the engine's fast precision with float32 on a sample of KDs and all pairs. The names are
 * borrowed from the stage. */
tjac_code cmd_engine_deviation(cmd_engine *engine, tjac_deviation *out, tjac_err *err);

/* Workers on the CPU: the config's threads, else one a core. */
size_t cmd_threads(const tjac_config *config);

/* The cells and KDs of a block as the engine's source; `reader` lives as long as the source. */
typedef struct {
    tjac_input *input;
    size_t block;
    double *sd; /* owned: free() */
} cmd_reader;
tjac_code cmd_source(cmd_reader *reader, const tjac_config *config, tjac_engine_source *out,
                     tjac_err *err);

#endif
