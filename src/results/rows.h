/* rows.h: which rows j.csv has of a panel, estimand and KD, and what stands in them: the one owner
 * of these rules, for what writes j.csv and what computes with it. */
#ifndef TJAC_ROWS_H
#define TJAC_ROWS_H

#include "plan/plan.h"

/* The rows of each KD, in their order: positions in panel->row, out[n_rows] at most; returns how
 * many. `pert` has no regulator: a row a kind of pair and target. */
size_t tjac_rows_of(const tjac_plan_panel *panel, tjac_estimand estimand, size_t *out);

/* What the regulator column says; of `pert`, where the KD itself acts, the KD (kd: position in the
 * plan). Borrowed. */
const char *tjac_rows_regulator(const tjac_plan *plan, tjac_estimand estimand, size_t kd,
                                size_t pair);

/* Whether the KD is the regulator or the target, or the estimand is `pert`: a direct effect. */
bool tjac_rows_self(const tjac_plan *plan, tjac_estimand estimand, size_t kd, size_t pair);

#endif
