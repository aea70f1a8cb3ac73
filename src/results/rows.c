#include "results/rows.h"

#include <string.h>

/* Of pert, which has no regulator: a row a target of the pathway. */
static bool stands(const tjac_rows *rows, const tjac_layout_pair *p)
{
    if (rows->estimand == TJAC_PERT)
        return p->kind == TJAC_PAIR_PATHWAY && !p->repeats;
    return p->kind == TJAC_PAIR_PATHWAY || p->kind == TJAC_PAIR_UNRELATED_TARGET || rows->matched;
}

size_t tjac_rows_of(const tjac_rows *rows, size_t *out)
{
    const tjac_layout_model *m = rows->model;
    size_t n = 0;
    for (size_t i = m->first[rows->panel]; i < m->first[rows->panel + 1]; i++)
        if (stands(rows, &m->pair[i]))
            out[n++] = i;
    return n;
}

const char *tjac_rows_regulator(const tjac_rows *rows, const char *kd, const tjac_layout_pair *pair)
{
    return rows->estimand == TJAC_PERT ? kd : rows->model->regulators.name[pair->regulator];
}

bool tjac_rows_self(const tjac_rows *rows, const char *kd, const tjac_layout_pair *pair)
{
    return rows->estimand == TJAC_PERT ||
           strcmp(kd, rows->model->regulators.name[pair->regulator]) == 0 ||
           strcmp(kd, rows->model->targets.name[pair->target]) == 0;
}
