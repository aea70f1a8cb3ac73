/* cmd_draft.h: what tjac init writes into a config: cells that sets can be drawn from, and panels.
 */
#ifndef TJAC_CMD_DRAFT_H
#define TJAC_CMD_DRAFT_H

#include "inputs/inputs.h"

/* Released by cmd_draft_cells_free. */
typedef struct {
    tjac_names types;        /* empty: all pooled */
    char *batch;             /* NULL: all */
    size_t set_size, n_sets; /* 0: the model's, as nothing better is known */
} cmd_draft_cells;

/* The cell types of the control cells whose batches the model knows, and as many sets as they all
 * have cells for, at most 8. Without such a cell type the batch that has most cells; where there
 * are fewer cells than the model's sets have, smaller sets. Warnings are put into `input`. The
 * input has its model and cells, no more. */
tjac_code cmd_draft_choose(tjac_input *input, cmd_draft_cells *out, tjac_err *err);
void cmd_draft_cells_free(cmd_draft_cells *cells);

/* Resolves the input with these cells, as a run does. */
tjac_code cmd_draft_resolve(tjac_input *input, const cmd_draft_cells *cells, tjac_err *err);

/* Panels of the words of --panel ("NAME:REG,..:TGT,..:KD,..[:UNRELATED,..]"), or without any one
 * example; and the rule of KDs. A dimension of an embedding, "X_state:3", is one name. A word that
 * is none of these is TJAC_EUSAGE. `config` is released by tjac_config_free. */
tjac_code cmd_draft_panels(const tjac_input *input, const tjac_names *words, tjac_config *config,
                           tjac_err *err);

/* Whether the model has every name: fails as a run does. */
tjac_code cmd_draft_check(const tjac_input *input, const tjac_config *config, tjac_err *err);

#endif
