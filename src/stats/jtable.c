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

static size_t find_pair(const tjac_panel *panel, const tjac_index *pairs, const size_t genes[2])
{
    uint32_t hash = tjac_index_hash(pairs, genes, 2 * sizeof *genes);
    size_t step = 0;
    for (int64_t i; (i = tjac_index_next(pairs, hash, &step)) >= 0;)
        if (panel->pair[i].regulator == genes[0] && panel->pair[i].target == genes[1])
            return (size_t)i;
    return SIZE_MAX;
}

tjac_code tjac_j_block_match(const tjac_j_block *b, const tjac_panel *panel, size_t *at,
                             tjac_err *err)
{
    tjac_index pairs = {0};
    if (tjac_index_reserve(&pairs, panel->n_pairs, err))
        return err->code;
    for (size_t i = 0; i < panel->n_pairs; i++) {
        const size_t genes[] = {panel->pair[i].regulator, panel->pair[i].target};
        tjac_index_add(&pairs, tjac_index_hash(&pairs, genes, sizeof genes), i);
    }
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        at[i] = SIZE_MAX;
        if (p->kind != TJAC_PAIR_PATHWAY)
            continue;
        int64_t r = tjac_names_find(&panel->regulators, b->regulators.name[p->regulator]);
        int64_t t = tjac_names_find(&panel->targets, b->targets.name[p->target]);
        if (r >= 0 && t >= 0)
            at[i] = find_pair(panel, &pairs, (const size_t[]){(size_t)r, (size_t)t});
    }
    tjac_index_free(&pairs);
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
