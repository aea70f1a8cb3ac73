/* cmd_null.h: null pairs for the models of a run: which genes may be drawn, and their expression.
 */
#ifndef TJAC_CMD_NULL_H
#define TJAC_CMD_NULL_H

#include "cmd/cmd_common.h"

/* Draws from the genes that all models have. Expression is the first model's: means over the
 * eligible cells of all blocks; of outputs that are no inputs, mean predictions under the control
 * KD over the run's sets. Fills run->inputs, outputs and null. */
tjac_code cmd_draw_null(const tjac_config *config, const tjac_names *devices, tjac_run *run,
                        tjac_err *err);

#endif
