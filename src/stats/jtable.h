/* jtable.h: J of a results file, cut into the blocks that statistics work on.
 *
 * A block is one (model, cell type, panel, estimand): KDs by pairs, the drawn ones included.
 */
#ifndef TJAC_JTABLE_H
#define TJAC_JTABLE_H

#include "plan/panels.h"
#include "results/jfile.h"

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
    tjac_names kds;          /* in the order of the plan, indexed */
    tjac_kd_class *kd_class; /* [kds.n] */
    double *J;               /* [kds.n][n_pairs]; NaN where it is not finite */
    unsigned char *self;     /* [kds.n][n_pairs] */
} tjac_j_block;

typedef struct {
    tjac_j_block *block; /* [n] in the order of j.csv: model, cell type, panel, estimand */
    size_t n;
    tjac_names warnings;
} tjac_j_table;

/* The blocks that the config asks for. Its KD lists decide the classes; `panels` are its panels
 * (their signs). A KD that is not there: TJAC_EINPUT. A model, panel or estimand of the config
 * that the file does not have, a pathway pair or KD that it does not (unless on_missing is skip):
 * TJAC_EMISSING. A panel with more pathway pairs in the file than in the config: TJAC_EUSAGE, as
 * its null pairs were drawn for them all. What the config does not name is left out with a
 * warning. */
tjac_code tjac_j_table_make(const tjac_config *config, const tjac_panels *panels,
                            const tjac_jfile *file, tjac_j_table *out, tjac_err *err) TJAC_MUST_USE;
void tjac_j_table_free(tjac_j_table *table);

/* A block's signs from its panel's pairs; pathway pairs alone. */
tjac_code tjac_j_block_sign(tjac_j_block *block, const tjac_panel *panel,
                            tjac_err *err) TJAC_MUST_USE;

#endif
