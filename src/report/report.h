/* report.h: j.csv and run.json from finished results. */
#ifndef TJAC_REPORT_H
#define TJAC_REPORT_H

#include <stdio.h>
#include "base/hashing.h"
#include "config/config.h"
#include "engine/lines.h"
#include "inputs/inputs.h"
#include "plan/plan.h"
#include "results/results.h"

/* How far a fast precision is from float32: the worst |difference| relative to the largest |J| of
 * the estimand, over a sample. */
typedef struct {
    size_t triples; /* compared; 0: nothing was */
    double worst;
    const char *estimand, *kd, *regulator, *target; /* of the worst; borrowed */
} tjac_deviation;

/* One model of a finished run. */
typedef struct tjac_report_model {
    const tjac_input *input;
    const tjac_plan *plan;
    const tjac_results *results; /* [input->n_blocks] */
    const tjac_lines *lines;
    tjac_deviation deviation;
} tjac_report_model;

void tjac_report_j_header(FILE *file);

/* The rows of one model, in the order of the contract. */
void tjac_report_j(FILE *file, const tjac_config *config, const tjac_report_model *model);

/* null_pairs.csv: every draw of every panel; `null` may hold none. */
void tjac_report_null_pairs(FILE *file, const tjac_panels *panels, const tjac_null *null);

/* What run.json says of the run as a whole. */
typedef struct {
    int argc;
    char **argv;
    const char *device;
    size_t threads;   /* workers on the CPU */
    const char *full; /* path of the full Jacobian, or NULL */
    double seconds_open, seconds_load, seconds_engine, seconds_stats, seconds_all;
    const tjac_panels *panels;
    const tjac_null *null; /* n_panels 0: none were drawn */
    const tjac_names *warnings;
    tjac_hashing *hashing; /* of the files that were read; borrowed */
} tjac_report_run;

/* run.json; waits for run->hashing. A file that cannot be hashed: TJAC_EFAIL. */
tjac_code tjac_report_run_json(FILE *file, const tjac_config *config,
                               const tjac_report_model *model, size_t n_models,
                               const tjac_report_run *run, tjac_err *err) TJAC_MUST_USE;

#endif
