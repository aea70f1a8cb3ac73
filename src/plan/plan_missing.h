/* plan_missing.h: names that a config asks for and a model does not know, or not as one gene.
 * Private to the plan. */
#ifndef TJAC_PLAN_MISSING_H
#define TJAC_PLAN_MISSING_H

#include "plan/plan.h"

typedef enum { TJAC_ROLE_REGULATOR, TJAC_ROLE_TARGET, TJAC_ROLE_KD, TJAC_N_ROLES } tjac_role;

typedef struct {
    tjac_names of[TJAC_N_ROLES];
} tjac_missing;

tjac_code tjac_missing_find(const tjac_config *config, const tjac_panels *panels,
                            const tjac_plan_names *names, tjac_missing *out,
                            tjac_err *err) TJAC_MUST_USE;
bool tjac_missing_any(const tjac_missing *missing);

/* TJAC_EMISSING: one sentence on the first name of each role, then all of them. */
tjac_code tjac_missing_refuse(const tjac_plan_names *names, const tjac_missing *missing,
                              tjac_err *err);

/* TJAC_EINPUT where a panel names a regulator or target that several inputs or outputs are called:
 * whose J is wanted is not known, whatever on_missing says. */
tjac_code tjac_doubled_refuse(const tjac_config *config, const tjac_panels *panels,
                              const tjac_plan_names *names, tjac_err *err) TJAC_MUST_USE;

/* "regulator TRAPPC3", one a name. */
tjac_code tjac_missing_list(const tjac_missing *missing, tjac_names *out,
                            tjac_err *err) TJAC_MUST_USE;
void tjac_missing_free(tjac_missing *missing);

#endif
