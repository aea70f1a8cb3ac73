/* jtable.h: J of a results file, cut into what statistics work on: one panel of one model, cell
 * type and estimand, KDs by pairs, the pairs of all its blocks (plan/blocks.h) included. `pert`,
 * for which no regulator acts, has no statistics and is left out.
 */
#ifndef TJAC_JTABLE_H
#define TJAC_JTABLE_H

#include "plan/panels.h"
#include "results/jfile.h"

typedef struct {
    tjac_pair_kind kind;
    int row, col;             /* of its block; col TJAC_COL_NAMED: a target that the panel names */
    size_t regulator, target; /* positions in the panel's regulators and targets */
    size_t own[2];            /* the regulator and target of the pathway that these stand for: the
                                 same, but for drawn genes; positions as above */
    int sign;                 /* curated, of pathway pairs: -1, 0 (none), 1 */
} tjac_j_pair;

typedef struct {
    char *model, *cell_type, *panel;
    size_t panel_index; /* in the config */
    tjac_estimand estimand;
    bool shuffled;                  /* a control: the model's weights are shuffled */
    double balance[2];              /* of the drawn regulators, targets (tjac_blocks_balance) */
    tjac_names regulators, targets; /* distinct, in order of first appearance */
    tjac_j_pair *pair;              /* [n_pairs] in the order of j.csv */
    size_t n_pairs;
    tjac_names kds;          /* in the order of the plan, indexed */
    tjac_kd_class *kd_class; /* [kds.n] */
    double *J;               /* [kds.n][n_pairs]; NaN where it is not finite */
    unsigned char *self;     /* [kds.n][n_pairs] */
    unsigned char *off;      /* [kds.n][n_pairs] 1: the target's last ReLU passes in no cell (active
                                is 0); NULL: wherever J is 0 */
} tjac_j_panel;

typedef struct {
    tjac_j_panel *panel; /* [n] in the order of j.csv: model, cell type, panel, estimand */
    size_t n;
    tjac_names warnings;
} tjac_j_table;

/* The panels that the config asks for. Its KD lists decide the classes; `panels` are its panels
 * (their signs). A KD that is not there: TJAC_EINPUT. A model, panel or estimand of the config
 * that the file does not have, a pathway pair or KD that it does not (unless on_missing is skip):
 * TJAC_EMISSING. A drawn gene of which the file does not say what it stands for: TJAC_EINPUT. A
 * panel with more pathway pairs in the file than in the config: TJAC_EUSAGE, as its blocks were
 * drawn for them all. What the config does not name is left out with a warning. */
tjac_code tjac_j_table_make(const tjac_config *config, const tjac_panels *panels,
                            const tjac_jfile *file, tjac_j_table *out, tjac_err *err) TJAC_MUST_USE;
void tjac_j_table_free(tjac_j_table *table);

/* Signs from the config's panel; pathway pairs alone. */
tjac_code tjac_j_panel_sign(tjac_j_panel *j, const tjac_panel *panel, tjac_err *err) TJAC_MUST_USE;

/* Whether a KD counts among all KDs: all do but the control. */
bool tjac_j_panel_counts(const tjac_j_panel *j, size_t kd);

#endif
