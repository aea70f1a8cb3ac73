/* sets.h: which control cells go into which cell set.
 *
 * Eligible cells: those with the control label, of the cell type, of the batch, in file order.
 * One seeded permutation of them (Fisher-Yates, MT19937, through numeric.h) is cut into n_sets
 * disjoint sets of set_size, the same for every KD and every model that reads the same cells.
 */
#ifndef TJAC_SETS_H
#define TJAC_SETS_H

#include "inputs/cells.h"

typedef struct {
    const char *pert_col, *control;        /* both needed */
    const char *cell_type_col, *cell_type; /* cell_type NULL: no filter */
    const char *batch_col, *batch;         /* batch NULL: no filter */
    size_t set_size, n_sets;               /* n_sets is ignored with obs_names_path */
    uint64_t seed;
    const char *obs_names_path; /* NULL, or a text file of cells in order */
} tjac_sets_spec;

typedef struct {
    size_t set_size, n_sets;
    size_t *row;      /* [n_sets * set_size] positions in the file */
    size_t *eligible; /* [n_eligible] positions, ascending; with obs_names: the listed cells */
    size_t n_eligible;
    tjac_names names; /* [n_sets * set_size] obs names of `row`, in order */
    tjac_names types; /* distinct cell types among the eligible cells (file order of categories) */
} tjac_sets;

/* Columns that are named are read from `cells`. TJAC_EMISSING: the control label, cell type or
 * batch is not in its column (nearest label and the labels there), too few eligible cells (count
 * and how many are needed), an unknown or listed-twice cell, a number of listed cells that is no
 * multiple of set_size. obs_names cells that are no control cells or not of the cell type or
 * batch: TJAC_EMISSING, naming the first one. File that cannot be read: TJAC_EUSAGE.
 * cell_type_col NULL or "": types stays empty. */
tjac_code tjac_sets_make(const tjac_cells *cells, const tjac_sets_spec *spec, tjac_sets *out,
                         tjac_err *err) TJAC_MUST_USE;
void tjac_sets_free(tjac_sets *sets);

#endif
