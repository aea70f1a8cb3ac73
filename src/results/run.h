/* run.h: the models of a run, each from its inputs to its J, and what they share. */
#ifndef TJAC_RUN_H
#define TJAC_RUN_H

#include "inputs/inputs.h"
#include "results/results.h"

/* One model. */
typedef struct {
    tjac_input input;
    tjac_plan_names names;
    tjac_plan plan;
    tjac_lines lines;          /* how its derivatives are computed */
    tjac_engine_report report; /* of all blocks */
    tjac_deviation deviation;
} tjac_run_model;

/* Zero-initialised, released by tjac_run_free. Its parts point at each other: not to be moved. */
typedef struct {
    tjac_panels panels;
    tjac_names inputs, outputs; /* genes of all models: others are drawn from these */
    tjac_blocks blocks;         /* of the panels */
    tjac_run_model *model;      /* [n_models] in the order of the config */
    size_t n_models;
} tjac_run;

void tjac_run_free(tjac_run *run);

#endif
