#include "tjac/jtable.h"

#include <stdlib.h>
#include "tjac/alloc.h"
#include "jtable_parts.h"

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

tjac_kd_class tjac_j_kd_class(const tjac_config_panel *panel, const char *kd, bool control)
{
    if (tjac_names_find(&panel->kds, kd) >= 0)
        return TJAC_KD_PATHWAY;
    if (tjac_names_find(&panel->unrelated_kds, kd) >= 0)
        return TJAC_KD_UNRELATED;
    return control ? TJAC_KD_CONTROL : TJAC_KD_BACKGROUND;
}

/* ---- signs ---- */

typedef struct {
    size_t regulator, target;
    int sign;
} curated;

static int by_pair(const void *a, const void *b)
{
    const curated *x = a, *y = b;
    if (x->regulator != y->regulator)
        return x->regulator < y->regulator ? -1 : 1;
    return x->target < y->target ? -1 : x->target > y->target;
}

tjac_code tjac_j_block_sign(tjac_j_block *b, const tjac_panel *panel, tjac_err *err)
{
    curated *known = tjac_alloc(panel->n_pairs, sizeof *known, err);
    if (!known)
        return err->code;
    for (size_t i = 0; i < panel->n_pairs; i++)
        known[i] = (curated){panel->pair[i].regulator, panel->pair[i].target, panel->pair[i].sign};
    qsort(known, panel->n_pairs, sizeof *known, by_pair);
    for (size_t i = 0; i < b->n_pairs; i++) {
        tjac_j_pair *p = &b->pair[i];
        int64_t r = tjac_names_find(&panel->regulators, b->regulators.name[p->regulator]);
        int64_t t = tjac_names_find(&panel->targets, b->targets.name[p->target]);
        if (p->kind != TJAC_PAIR_PATHWAY || r < 0 || t < 0)
            continue;
        const curated key = {(size_t)r, (size_t)t, 0};
        const curated *found = bsearch(&key, known, panel->n_pairs, sizeof *known, by_pair);
        p->sign = found ? found->sign : 0;
    }
    free(known);
    return TJAC_OK;
}
