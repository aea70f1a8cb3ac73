/* plan.h: names become indices; everything that is missing is known here. Pure: reads no file. */
#ifndef TJAC_PLAN_H
#define TJAC_PLAN_H

#include <stdbool.h>
#include "base/names.h"
#include "config/config.h"
#include "plan/blocks.h"

typedef enum {
    TJAC_KD_PATHWAY,
    TJAC_KD_UNRELATED,
    TJAC_KD_CONTROL,
    TJAC_KD_BACKGROUND
} tjac_kd_class;

/* What a plan is made from: the names that one model knows. Borrowed. */
typedef struct {
    const char *model;         /* its name, for messages */
    const tjac_names *inputs;  /* regulators are looked up here */
    const tjac_names *outputs; /* targets */
    const tjac_names *kds;     /* in the order of the model's map, the control among them */
    const char *control;
} tjac_plan_names;

/* A (regulator, target) pair, computed once however many panels ask for it. */
typedef struct {
    size_t regulator, target; /* positions in tjac_plan.regulator and .target */
} tjac_plan_pair;

typedef struct {
    tjac_pair_kind kind;
    int row, col; /* of its block; col TJAC_COL_NAMED: of the targets that the panel names */
    size_t pair;  /* position in tjac_plan.pair */
} tjac_plan_row;

typedef struct {
    const char *name;   /* borrowed from the config */
    tjac_plan_row *row; /* [n_rows] in the order of j.csv */
    size_t n_rows, cap_rows;
    tjac_kd_class *kd_class; /* [n_kds] of the plan that was made: see tjac_plan_some */
} tjac_plan_panel;

typedef struct {
    size_t *regulator; /* [n_regulators] positions among the inputs */
    size_t *target;    /* [n_targets] positions among the outputs */
    size_t *kd;        /* [n_kds] positions in the KD map; the control comes last */
    tjac_plan_pair *pair;
    size_t n_regulators, n_targets, n_kds, n_pairs;
    size_t cap_regulators, cap_targets, cap_kds, cap_pairs;
    tjac_plan_panel *panel;
    size_t n_panels;
    tjac_names missing;  /* with on_missing skip: "regulator TRAPPC3", one a missing name */
    tjac_names warnings; /* sentences: genes that stand where the description of a set belongs */
    const tjac_plan_names *names;
} tjac_plan;

/* The control in a panel's kds or unrelated_kds is TJAC_EUSAGE. Missing names are TJAC_EMISSING,
 * all of them in one message, or with on_missing skip left out and listed in `missing`; a panel
 * that is left without pairs or, when it named KDs or unrelated targets, without them, is
 * TJAC_EMISSING all the same.
 * `blocks` may be NULL: pathway pairs alone. `names` is borrowed by the plan. */
tjac_code tjac_plan_make(const tjac_config *config, const tjac_panels *panels,
                         const tjac_blocks *blocks, const tjac_plan_names *names, tjac_plan *out,
                         tjac_err *err) TJAC_MUST_USE;
void tjac_plan_free(tjac_plan *plan);

/* The plan of the n KDs at these positions, ascending. Borrows all but `kd`, which is freed with
 * free() by the caller; not for tjac_plan_free. Pairs and their order are the plan's. So are the
 * panels: their kd_class stays indexed by positions in `plan`, and who reads it needs kds[k] for
 * the new plan's KD k. */
tjac_code tjac_plan_some(const tjac_plan *plan, const size_t *kds, size_t n, tjac_plan *out,
                         tjac_err *err) TJAC_MUST_USE;

/* The same of at most `most` KDs, evenly spread. */
tjac_code tjac_plan_sample(const tjac_plan *plan, size_t most, tjac_plan *out,
                           tjac_err *err) TJAC_MUST_USE;

/* The control is compared with nothing: in a panel's kds or unrelated_kds it is TJAC_EUSAGE. */
tjac_code tjac_plan_check_control(const tjac_config *config, const char *control,
                                  tjac_err *err) TJAC_MUST_USE;

/* Of a KD in a panel: control (`control` says that it is the control), else pathway, else
 * unrelated, else background. */
tjac_kd_class tjac_plan_kd_class(const tjac_config_panel *panel, const char *kd, bool control);

/* What a pair of block (row, col) is; row 0 with col TJAC_COL_NAMED too. */
tjac_pair_kind tjac_plan_pair_kind(int row, int col);

const char *tjac_pair_kind_name(tjac_pair_kind kind);
const char *tjac_kd_class_name(tjac_kd_class c);

#endif
