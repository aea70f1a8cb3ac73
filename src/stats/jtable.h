/* jtable.h: J as j.csv holds it, cut into the blocks that statistics work on.
 *
 * A block is one (model, cell type, panel, estimand): KDs by pairs. It is the same whether it comes
 * from a run or from a j.csv, because j.csv's numbers read back as the same doubles.
 */
#ifndef TJAC_JTABLE_H
#define TJAC_JTABLE_H

#include "plan/panels.h"
#include "plan/plan.h"
#include "results/run.h"

typedef struct {
    tjac_pair_kind kind;
    size_t regulator, target; /* positions in the block's regulators and targets */
    int sign;                 /* curated, of pathway pairs: -1, 0 (none), 1 */
} tjac_j_pair;

typedef struct {
    char *model, *cell_type, *panel;
    size_t panel_index; /* in the config */
    tjac_estimand estimand;
    tjac_names regulators, targets; /* distinct, in order of first appearance; for `pert`, which has
                                       no regulator, `regulators` is one name, "" */
    tjac_j_pair *pair;              /* [n_pairs] in the order of j.csv */
    size_t n_pairs;
    tjac_names kds;          /* in the order of j.csv, indexed */
    tjac_kd_class *kd_class; /* [kds.n] */
    double *J;               /* [kds.n][n_pairs]; NaN where it is NA */
    unsigned char *self;     /* [kds.n][n_pairs] */
} tjac_j_block;

typedef struct {
    tjac_j_block *block; /* [n] in the order of j.csv: model, cell type, panel, estimand */
    size_t n;
    tjac_names warnings;
} tjac_j_table;

/* From a finished run. */
tjac_code tjac_j_table_make(const tjac_config *config, const tjac_run *run, tjac_j_table *out,
                            tjac_err *err) TJAC_MUST_USE;

/* From the j.csv of an earlier run, for the panels of `config` (their KD lists decide the classes;
 * the control is what j.csv calls control). Its rows may have been sorted anew. Not a j.csv, a
 * triple given twice or missing in a block, a value of pair, kd_class, estimand or self that is
 * none: TJAC_EINPUT with file and line. A model, panel or estimand of the config that is not there,
 * a pathway pair or KD that is not (unless on_missing is skip): TJAC_EMISSING. A panel whose
 * pathway pairs in j.csv are more than the config's: TJAC_EUSAGE, as its null pairs were drawn for
 * them. A panel, model or estimand of j.csv that the config does not name is left out with a
 * warning. */
tjac_code tjac_j_table_read(const char *path, const tjac_config *config, const tjac_panels *panels,
                            tjac_j_table *out, tjac_err *err) TJAC_MUST_USE;
void tjac_j_table_free(tjac_j_table *table);

/* A block's signs from its panel's pairs; pathway pairs alone. */
tjac_code tjac_j_block_sign(tjac_j_block *block, const tjac_panel *panel,
                            tjac_err *err) TJAC_MUST_USE;

#endif
