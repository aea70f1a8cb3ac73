/* source.h: the cells and KDs of one block of an input as what the engine reads. */
#ifndef TJAC_SOURCE_H
#define TJAC_SOURCE_H

#include "engine/engine.h"
#include "inputs/inputs.h"

/* Reads the block's cells where they are not read yet and, for the estimand shift, the standard
 * deviations of its inputs. `out` borrows from the input. */
tjac_code tjac_engine_source_open(tjac_input *input, size_t block, bool shift,
                                  tjac_engine_source *out, tjac_err *err) TJAC_MUST_USE;
/* The cells of set k, out[set_size][input_dim]. */
void tjac_engine_source_cells(const tjac_engine_source *source, size_t k, double *out);

void tjac_engine_source_close(tjac_engine_source *source);

#endif
