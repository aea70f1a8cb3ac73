/* cmd_blocks.h: the blocks of a run's panels: which genes may be drawn, and their expression. */
#ifndef TJAC_CMD_BLOCKS_H
#define TJAC_CMD_BLOCKS_H

#include "cmd/cmd_common.h"

/* Draws from the genes that all models have. Expression is the first model's: means over the
 * eligible cells of all blocks of cells; of outputs that are no inputs, mean predictions under the
 * control KD over the run's sets; of the dimensions of an embedding, standard deviations over the
 * same cells. Fills run->inputs, outputs and blocks; without statistics none are drawn. */
tjac_code cmd_draw_blocks(const tjac_config *config, const tjac_names *devices, tjac_run *run,
                          tjac_err *err);

/* Whether some estimand has statistics: all have but pert, for which no regulator acts. */
bool cmd_has_statistics(const tjac_config *config);

/* What inputs are ranked by, out[inputs]: the mean of a gene over the eligible cells, the standard
 * deviation of an embedding's dimension (0 of one cell). */
tjac_code cmd_rank_inputs(const tjac_input *input, double *out, tjac_err *err);

#endif
