/* blocks.h: the crossed blocks of a panel: its pairs with other genes of like expression. Pure.
 *
 * A panel has pathway pairs P of regulators i and targets j. For r = 1 .. R a row rho_r gives each
 * of its regulators another gene, for t = 1 .. T a column tau_t each target; rho_0 and tau_0 change
 * nothing. Block (r, t) = { (rho_r(i), tau_t(j)) : (i, j) in P }: (0, 0) is the pathway, (r > 0,
 * t > 0) are the matched pairs, (0, t) the panel's regulators on other targets, (r, 0) other
 * regulators on the panel's targets. What all of these have in common with the pathway cannot
 * be routing.
 *
 * Genes are ranked by expression, regulators among the inputs, targets among the outputs that all
 * models have (ties by position). A drawn gene is uniform among those that are eligible within
 * TJAC_BLOCKS_WINDOW ranks above and below; where none is, the window doubles until it holds all.
 * Not eligible: the panel's own genes (regulators, targets, members of its set, its kds), and a
 * gene that was drawn for this role before; a gene may stand in both roles. Drawn are rows, then
 * columns, block by block, from null.seed anew for every panel, so that a panel's blocks do not
 * depend on the others.
 *
 * Left out of all blocks but (0, 0): a gene with itself, and pairs that stand together, in either
 * direction, in a panel or an edge of the run (related.h). A row or column in which some block has
 * no pair left is dropped (tjac_blocks_drop); those that remain are numbered anew.
 *
 * Targets that the panel names as unrelated are one more column of its own regulators, col
 * TJAC_COL_NAMED, with the same pairs left out.
 */
#ifndef TJAC_BLOCKS_H
#define TJAC_BLOCKS_H

#include "plan/panels.h"

enum { TJAC_BLOCKS_WINDOW = 25, TJAC_COL_NAMED = -2 };

/* The genes that may be drawn: those that all models of the run have under a name that means one
 * gene (cmd_blocks.c leaves out names that stand twice). Pathway pairs whose genes are not among
 * them stand in (0, 0) alone. */
typedef struct {
    const tjac_names *inputs, *outputs; /* borrowed */
    const double *input_expression;     /* [inputs->n]; NULL where no blocks are wanted */
    const double *output_expression;    /* [outputs->n] */
} tjac_blocks_genes;

/* A gene that was drawn. Names are borrowed from the genes. */
typedef struct {
    bool target;  /* its role: target, or regulator */
    size_t block; /* row or column, from 1 */
    const char *gene, *drawn;
    double expression[2]; /* of these */
    size_t window;        /* ranks */
} tjac_blocks_gene;

/* A pair of a block other than (0, 0). */
typedef struct {
    int row, col;
    const char *regulator, *target; /* borrowed */
} tjac_blocks_pair;

typedef struct {
    tjac_blocks_gene *gene; /* [n_genes] rows, then columns, block by block */
    size_t n_genes;
    tjac_blocks_pair *pair; /* [n_pairs] block by block, row by row, in the order of P; then the
                               targets that the panel names, regulator outermost */
    size_t n_pairs;
    size_t wanted;         /* rows, and columns */
    size_t drawn[2];       /* rows, columns that there were genes for */
    size_t n_rows, n_cols; /* those that remain; both 0 where one would be */
    size_t left_out;       /* pairs of the blocks that remain */
    size_t named_left_out; /* pairs with targets that the panel names */
    double balance[2];     /* tjac_blocks_balance of regulators, of targets */
} tjac_blocks_panel;

typedef struct {
    tjac_blocks_panel *panel; /* one a panel */
    size_t n_panels;
    tjac_names
        warnings; /* fewer blocks than wanted and why, wide windows, balance, named targets */
} tjac_blocks;

tjac_code tjac_blocks_draw(const tjac_panels *panels, const tjac_config_null *options,
                           const tjac_blocks_genes *genes, tjac_blocks *out,
                           tjac_err *err) TJAC_MUST_USE;
void tjac_blocks_free(tjac_blocks *blocks);

/* Marks drawn rows (row_gone[rows], which begins at row 1) and columns (col_gone[cols]) until no
 * block that remains is empty: the one with most empty blocks first; where they tie one of the side
 * that has more left, rows where both have as many, and the lowest number. count[(rows + 1) * (cols
 * + 1)]: pairs that each block has left, row by row; count[0], the pathway's, is not looked at.
 * What is marked before is gone already. */
void tjac_blocks_drop(const size_t *count, size_t rows, size_t cols, unsigned char *row_gone,
                      unsigned char *col_gone);

/* Standardised mean difference of drawn genes: the mean of their expression less that of the genes
 * that they stand for, over sqrt((s1^2 + s2^2) / 2). expression[n]: of the panel's gene, of the
 * drawn one. NaN where the panel's genes have no spread, as one gene alone. */
double tjac_blocks_balance(const double (*expression)[2], size_t n);

/* Beyond this on either side a panel's balance is told. */
#define TJAC_BLOCKS_BALANCE 0.25

#endif
