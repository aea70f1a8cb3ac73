#include "stats/jtable.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "stats/jtable_parts.h"

void tjac_j_block_free(tjac_j_block *b)
{
    free(b->model);
    free(b->cell_type);
    free(b->panel);
    free(b->pair);
    free(b->kd_class);
    free(b->J);
    free(b->self);
    tjac_names_free(&b->regulators);
    tjac_names_free(&b->targets);
    tjac_names_free(&b->kds);
    *b = (tjac_j_block){0};
}

void tjac_j_table_free(tjac_j_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        tjac_j_block_free(&t->block[i]);
    free(t->block);
    tjac_names_free(&t->warnings);
    *t = (tjac_j_table){0};
}

/* ---- a block's pairs among its panel's ---- */

typedef struct {
    size_t regulator, target, at;
} keyed;

static int by_pair(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->regulator != y->regulator)
        return x->regulator < y->regulator ? -1 : 1;
    return x->target < y->target ? -1 : x->target > y->target;
}

tjac_code tjac_j_block_match(const tjac_j_block *b, const tjac_panel *panel, size_t *at,
                             tjac_err *err)
{
    keyed *known = tjac_alloc(panel->n_pairs, sizeof *known, err);
    if (!known)
        return err->code;
    for (size_t i = 0; i < panel->n_pairs; i++)
        known[i] = (keyed){panel->pair[i].regulator, panel->pair[i].target, i};
    qsort(known, panel->n_pairs, sizeof *known, by_pair);
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        const keyed *found = NULL;
        at[i] = SIZE_MAX;
        if (p->kind != TJAC_PAIR_PATHWAY)
            continue;
        int64_t r = tjac_names_find(&panel->regulators, b->regulators.name[p->regulator]);
        int64_t t = tjac_names_find(&panel->targets, b->targets.name[p->target]);
        const keyed key = {(size_t)r, (size_t)t, 0};
        if (r >= 0 && t >= 0)
            found = bsearch(&key, known, panel->n_pairs, sizeof *known, by_pair);
        if (found)
            at[i] = found->at;
    }
    free(known);
    return TJAC_OK;
}

tjac_code tjac_j_block_sign(tjac_j_block *b, const tjac_panel *panel, tjac_err *err)
{
    size_t *at = tjac_alloc(b->n_pairs, sizeof *at, err);
    if (at && !tjac_j_block_match(b, panel, at, err))
        for (size_t i = 0; i < b->n_pairs; i++)
            b->pair[i].sign = at[i] == SIZE_MAX ? 0 : panel->pair[at[i]].sign;
    free(at);
    return err->code;
}
