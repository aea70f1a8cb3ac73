/* cmd_asked.h: names of genes and KDs that a command line asks for. */
#ifndef TJAC_CMD_ASKED_H
#define TJAC_CMD_ASKED_H

#include "inputs/inputs.h"

/* "A,B" as names; an empty one, or one that is there twice, is TJAC_EUSAGE. what: the option,
 * "genes". */
tjac_code cmd_split_names(const char *option, const char *text, tjac_names *out, tjac_err *err);

/* Prints a line a name: what it is to the model, and of an input, where there are cells, its rank
 * and its mean (standard deviation in an embedding) over the control cells, as genes of blocks are
 * drawn by; of one that is not there the nearest name. Some not there: TJAC_EMISSING at the end. */
tjac_code cmd_print_asked(const tjac_input *input, const tjac_names *genes, const tjac_names *kds,
                          tjac_err *err);

#endif
