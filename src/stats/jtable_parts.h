/* jtable_parts.h: what making, reading and checking blocks share. Private to jtable.h's stage. */
#ifndef TJAC_JTABLE_PARTS_H
#define TJAC_JTABLE_PARTS_H

#include "base/csv.h"
#include "stats/jtable.h"

void tjac_j_block_free(tjac_j_block *block);

/* at[n_pairs]: position of each pathway pair among the panel's pairs; SIZE_MAX: it is none. */
tjac_code tjac_j_block_match(const tjac_j_block *block, const tjac_panel *panel, size_t *at,
                             tjac_err *err) TJAC_MUST_USE;

/* A block from the j.csv at `path` against the config: its pathway pairs, its KDs. */
tjac_code tjac_j_check_block(const tjac_j_block *block, const tjac_config *config,
                             const tjac_panel *panel, const char *path,
                             tjac_err *err) TJAC_MUST_USE;

/* Every model, panel and estimand of the config, and every cell type of a model with each panel
 * and estimand. */
tjac_code tjac_j_check_table(const tjac_j_table *table, const tjac_config *config, const char *path,
                             tjac_err *err) TJAC_MUST_USE;

/* Where a j.csv has its columns. */
typedef struct {
    size_t model, cell_type, estimand, panel, pair, kd, kd_class, regulator, target, J, self;
} tjac_j_columns;

/* order[rows]: the rows of a j.csv by block, KD and pair, each in order of first appearance. */
tjac_code tjac_j_order(const tjac_csv *csv, const tjac_j_columns *columns, size_t *order,
                       tjac_err *err) TJAC_MUST_USE;

#endif
