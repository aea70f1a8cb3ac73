/* rows.h: which rows j.csv has of a panel and estimand under each KD, and what stands in them: the
 * one owner of these rules, for what writes j.csv and what computes with it. */
#ifndef TJAC_ROWS_H
#define TJAC_ROWS_H

#include "results/layout.h"

typedef struct {
    const tjac_layout_model *model;
    size_t panel;
    tjac_estimand estimand;
    bool matched; /* the blocks with drawn genes too; j.csv of a run leaves them out */
} tjac_rows;

/* In their order: positions in model->pair, out[] as long as the panel has pairs; returns how many.
 * `pert` has no regulator and no blocks: a row a target of the pathway. */
size_t tjac_rows_of(const tjac_rows *rows, size_t *out);

/* What the regulator column says; of `pert`, where the KD itself acts, the KD. Borrowed. */
const char *tjac_rows_regulator(const tjac_rows *rows, const char *kd,
                                const tjac_layout_pair *pair);

/* Whether the KD is the regulator or the target, or the estimand is `pert`: a direct effect. */
bool tjac_rows_self(const tjac_rows *rows, const char *kd, const tjac_layout_pair *pair);

#endif
