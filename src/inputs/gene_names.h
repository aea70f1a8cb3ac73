/* gene_names.h: what the inputs and outputs of a model are called.
 *
 * Inputs are the columns of the matrix that is read. Their names are from the first of these places
 * that is there and names as many:
 *
 *   1. the file of cells.gene_names, one name a line (another number of names: TJAC_EINPUT)
 *   2. the columns, where the matrix is a DataFrame in obsm
 *   3. uns/X_hvg_var_names
 *   4. uns/hvg_names, where cell-load keeps them
 *   5. the genes that var/highly_variable marks: var/gene_name where there is one, else the index
 *   6. all genes of var: var/gene_name where there is one, as cell-load does, else the index
 *   7. gene_names of var_dims.pkl
 *   8. none: they are positions, "X_hvg:12" (from 0), with a warning
 *
 * 2 to 5 are of obsm alone: the columns of .X and layers are the genes of var. The dimensions of an
 * embedding are called "X_state:12" unless 1 names them. Names in uns and var may be strings,
 * numbers or categorical.
 *
 * Where var_dims.pkl names as many, it must say the same at each position, else TJAC_EINPUT:
 * columns in another order would give right numbers to wrong genes. A suffix of anndata's
 * var_names_make_unique, "-1", "-2", that one of the two has makes no difference.
 *
 * Outputs are called as the inputs where the model predicts what it reads. Those of a decoder are
 * var_dims.pkl's, else from 3 to 6 (5 and before only where it predicts the highly variable genes),
 * else positions, "output:12", with a warning.
 *
 * A name may be there twice: an error only for a panel that asks for it (plan.h), and never drawn.
 */
#ifndef TJAC_GENE_NAMES_H
#define TJAC_GENE_NAMES_H

#include "inputs/inputs.h"

/* Fills in->inputs, outputs and names_from, and adds to in->warnings. The rest of `in` but its
 * blocks must be there; cells and matrix may be NULL. file: of cells.gene_names, or NULL. */
tjac_code tjac_gene_names_find(tjac_input *in, const char *file, tjac_err *err) TJAC_MUST_USE;

/* The names that an h5ad has for n columns, from 2 to 6. matrix: whose columns they are, NULL: a
 * decoder's outputs. variable: not all genes. *from (static): where they are from; NULL and *out
 * empty where nothing names as many. tried (may be NULL): what is there, and how many it names. */
typedef struct {
    const tjac_cells *cells;
    const tjac_matrix *matrix;
    bool variable;
    size_t n;
} tjac_gene_names_wanted;
tjac_code tjac_gene_names_read(const tjac_gene_names_wanted *wanted, tjac_names *out,
                               const char **from, tjac_text *tried, tjac_err *err) TJAC_MUST_USE;

/* At how many positions two lists of one length differ, a suffix undone; *first: the first one. */
size_t tjac_gene_names_differ(const tjac_names *a, const tjac_names *b, size_t *first);

#endif
