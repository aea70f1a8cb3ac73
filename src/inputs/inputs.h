/* inputs.h: what one model of the run reads: the model, its cell matrix, names and cell sets. */
#ifndef TJAC_INPUTS_H
#define TJAC_INPUTS_H

#include "base/sha256.h"
#include "config/config.h"
#include "inputs/cells.h"
#include "inputs/sets.h"
#include "model/model.h"

/* One block of rows of j.csv: a cell type, or all control cells pooled. */
typedef struct {
    char *cell_type; /* as written: the cell type, "mixed", or "NA" without a column */
    tjac_sets sets;
    int64_t *batch;  /* [n_sets * set_size] rows of the batch encoder, NULL without one */
    float *cells;    /* [n_sets * set_size][inputs], NULL until they are read */
    char sha256[65]; /* of `cells`, "" until they are read */
    double *sd;      /* [inputs] standard deviations, NULL until they are read */
} tjac_block;

typedef struct {
    char *name;
    tjac_model *model;
    tjac_cells *cells;
    tjac_matrix *matrix;
    char *pert_col, *control, *cell_type_col, *batch_col; /* resolved; the last two may be NULL */
    char *embed_key;        /* the matrix that is read: obsm key, "X" or "layers/NAME" */
    tjac_names inputs;      /* [arch.input_dim] names of the model's inputs, see gene_names.h */
    tjac_names outputs;     /* [arch.output_dim] names of its outputs; some may be there twice */
    const char *names_from; /* where those of the inputs are from (static) */
    tjac_block *block;
    size_t n_blocks;
    tjac_names warnings;
} tjac_input;

/* Opens everything that model m of the config needs; checks artifacts, names and cells against
 * each other. Reads no weights and no expression. */
tjac_code tjac_input_open(const tjac_config *config, size_t m, tjac_input *out,
                          tjac_err *err) TJAC_MUST_USE;

/* The pieces for a model directory without a config (inspect): as above, cells may be NULL. */
tjac_code tjac_input_resolve(const tjac_config_cells *cells, tjac_input *input,
                             tjac_err *err) TJAC_MUST_USE;

/* Reads the cells of all sets of a block and their hash, once: 4 MB for 8 sets of 64 x 2,000. */
tjac_code tjac_input_read_sets(tjac_input *input, size_t block, tjac_err *err) TJAC_MUST_USE;

/* Means and standard deviations (n - 1; NaN of one cell) of all inputs over the eligible cells of
 * all blocks, a cell counted once: mean[input_dim], sd[input_dim] or NULL, streamed. */
tjac_code tjac_input_moments(const tjac_input *input, double *mean, double *sd,
                             tjac_err *err) TJAC_MUST_USE;

/* Reads the standard deviations (n - 1) of all inputs over the eligible cells of a block, once,
 * streamed. One eligible cell has none: TJAC_EMISSING. */
tjac_code tjac_input_read_deviations(tjac_input *input, size_t block, tjac_err *err) TJAC_MUST_USE;

void tjac_input_close(tjac_input *input);

#endif
