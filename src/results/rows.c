#include "results/rows.h"

size_t tjac_rows_of(const tjac_plan_panel *panel, tjac_estimand estimand, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < panel->n_rows; i++)
        if (estimand != TJAC_PERT || !panel->row[i].repeats)
            out[n++] = i;
    return n;
}

const char *tjac_rows_regulator(const tjac_plan *p, tjac_estimand estimand, size_t kd, size_t pair)
{
    if (estimand == TJAC_PERT)
        return p->names->kds->name[p->kd[kd]];
    return p->names->inputs->name[p->regulator[p->pair[pair].regulator]];
}

bool tjac_rows_self(const tjac_plan *p, tjac_estimand estimand, size_t kd, size_t pair)
{
    return estimand == TJAC_PERT || tjac_plan_is_self(p, kd, pair);
}
