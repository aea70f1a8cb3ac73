/* gene_names_parts.h: the parts of gene_names.h to each other. */
#ifndef TJAC_GENE_NAMES_PARTS_H
#define TJAC_GENE_NAMES_PARTS_H

#include "inputs/gene_names.h"

/* Appends the labels of a column of var (or its index), of all genes or of those that
 * var/highly_variable marks; nothing where a column is not there. */
tjac_code gene_names_of_var(const tjac_cells *cells, const char *column, bool variable,
                            tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* gene_names_agree.c: in->inputs against the model's own names. file: of cells.gene_names. */
tjac_code gene_names_compare(const tjac_input *in, const char *file, tjac_err *err) TJAC_MUST_USE;

#endif
