/* layout.h: what stands in a results file beside its numbers: what they are of, in which order.
 *
 *     /                          attributes: format, layout, hash, machine, shard
 *     /identity                  the lines that the hash is of (identity.h)
 *     /panel                     names
 *     /estimand                  names
 *     /models                    names
 *     /draw/...                  the genes that were drawn, a vector a column
 *     /model/MODEL               attributes: control; shuffle, the seed of a shuffled model
 * (absent: as it was trained)
 *     .../regulator, target, cell_types    names
 *     .../pair/...               a vector a column: panel, pair (the kind), row, col, regulator,
 *                                target, column (of J); a row a pair of a panel, in the order of
 *                                j.csv
 *     .../cells/CELL TYPE/kd     names of the KDs of this file, in the order of the plan
 *     .../cells/CELL TYPE/at     their positions in the plan; attribute: of, how many it has
 *     .../cells/CELL TYPE/done   uint32 [KD]: fill.h's mark of the KD's rows; 0: not there
 *     .../cells/CELL TYPE/active float64 [KD, target]
 *     .../cells/CELL TYPE/ESTIMAND/J, J_se    float64 [KD, column]
 *
 * In the names of groups '/' and '%' stand as %2F and %25, a dot as %2E where the name is only
 * dots, and an empty name as %. Names and attributes are UTF-8 strings of a fixed length, filled up
 * with NUL.
 */
#ifndef TJAC_LAYOUT_H
#define TJAC_LAYOUT_H

#include "base/h5.h"
#include "plan/plan.h"

enum { TJAC_LAYOUT_VERSION = 2, TJAC_LAYOUT_SHARDS = 1000000 /* at most */ };

/* A pair of a panel. */
typedef struct {
    size_t panel;
    tjac_pair_kind kind;
    bool repeats;             /* an earlier one of the panel has this kind and target */
    int row, col;             /* of its block; col TJAC_COL_NAMED: of the targets that are named */
    size_t regulator, target; /* positions in the model's names */
    size_t column;            /* of J: pairs of several panels share one */
} tjac_layout_pair;

/* A block of cells. */
typedef struct {
    char *cell_type;
    tjac_names kds;
    size_t *at; /* [kds.n] positions in the plan, ascending */
    size_t of;  /* KDs of the plan */
} tjac_layout_cells;

typedef struct {
    char *name, *control;
    bool shuffled;    /* a negative control, its weights permuted */
    uint64_t shuffle; /* with this seed */
    tjac_names regulators, targets;
    tjac_layout_pair *pair; /* [n_pairs], panel by panel */
    size_t n_pairs, n_columns;
    size_t *first; /* [panels + 1] where a panel's pairs begin */
    tjac_layout_cells *cells;
    size_t n_cells;
} tjac_layout_model;

/* A drawn gene; genes are positions in tjac_layout.genes. */
typedef struct {
    size_t panel;
    bool target;          /* its role: target, or regulator */
    int block;            /* row or column, from 1 */
    size_t gene[2];       /* the panel's, the drawn one */
    double expression[2]; /* of these */
    int window;
} tjac_layout_draw;

/* Zero-initialised, released by tjac_layout_free. */
typedef struct {
    tjac_names identity;
    char hash[65];
    char *machine;          /* device, processor and LibTorch that it was begun on */
    size_t shard, n_shards; /* 2 of 7; 0 of 0: the whole */
    tjac_names panels;
    tjac_estimand estimand[TJAC_N_ESTIMANDS];
    size_t n_estimands;
    tjac_names genes;
    tjac_layout_draw *draw;
    size_t n_draws;
    tjac_layout_model *model;
    size_t n_models;
} tjac_layout;

void tjac_layout_free(tjac_layout *layout);

/* Where one thing is, such as "/model/fewshot/cells/K562/done": cells and estimand may be NULL,
 * `what` not. To be freed. */
char *tjac_layout_path(const tjac_layout_model *model, const tjac_layout_cells *cells,
                       const char *estimand, const char *what, tjac_err *err);

/* All but the numbers. */
tjac_code tjac_layout_write(const tjac_layout *layout, tjac_h5_writer *writer,
                            tjac_err *err) TJAC_MUST_USE;

/* What is not there, or does not fit together, is TJAC_EINPUT. */
tjac_code tjac_layout_read(const tjac_h5 *file, tjac_layout *out, tjac_err *err) TJAC_MUST_USE;

/* Finds `first` and `repeats` of a model whose pairs are there. */
tjac_code tjac_layout_settle(tjac_layout_model *model, size_t n_panels,
                             tjac_err *err) TJAC_MUST_USE;

/* "regulator", "target". */
const char *tjac_layout_role(bool target);

/* KDs of all models and cells. */
size_t tjac_layout_kds(const tjac_layout *layout);

#endif
