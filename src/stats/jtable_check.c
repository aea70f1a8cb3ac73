/* What a j.csv must have for the panels of a config, and its rows in the order of tjac run. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "stats/jtable_parts.h"

/* ---- pathway pairs ---- */

static tjac_code refuse_pair(const tjac_j_block *b, const tjac_panel *panel, size_t at,
                             const char *path, tjac_err *err)
{
    if (b->estimand == TJAC_PERT)
        return tjac_err_set(err, TJAC_EMISSING,
                            "panel '%s' has the target '%s', which '%s' does not have for model "
                            "'%s'; run it",
                            b->panel, panel->targets.name[at], path, b->model);
    return tjac_err_set(err, TJAC_EMISSING,
                        "panel '%s' has the pair %s -> %s, which '%s' does not have for model "
                        "'%s'; run it",
                        b->panel, panel->regulators.name[panel->pair[at].regulator],
                        panel->targets.name[panel->pair[at].target], path, b->model);
}

static tjac_code check_pairs(const tjac_j_block *b, const tjac_config *c, const tjac_panel *panel,
                             const char *path, tjac_err *err)
{
    bool pert = b->estimand == TJAC_PERT; /* which has targets alone */
    size_t more = 0, n = pert ? panel->targets.n : panel->n_pairs;
    size_t *at = tjac_alloc(b->n_pairs, sizeof *at, err);
    unsigned char *there = tjac_alloc(n, 1, err);
    if (err->code || (!pert && tjac_j_block_match(b, panel, at, err)))
        goto done;
    for (size_t i = 0; i < b->n_pairs; i++) {
        if (b->pair[i].kind != TJAC_PAIR_PATHWAY)
            continue;
        if (pert)
            at[i] = (size_t)tjac_names_find(&panel->targets, b->targets.name[b->pair[i].target]);
        if (at[i] < n)
            there[at[i]] = 1;
        else
            more++;
    }
    for (size_t i = 0; i < n && !c->skip_missing && !err->code; i++)
        if (!there[i])
            refuse_pair(b, panel, i, path, err);
    if (more)
        tjac_err_set(err, TJAC_EUSAGE,
                     "panel '%s' has %zu pathway %s in '%s' that the config does not name; its "
                     "null pairs were drawn for them all: give the run's panel, or run the new one",
                     b->panel, more, pert ? "target(s)" : "pair(s)", path);
done:
    free(at);
    free(there);
    return err->code;
}

/* ---- KDs ---- */

static tjac_code check_kds(const tjac_j_block *b, const tjac_config *c, const char *path,
                           tjac_err *err)
{
    const tjac_config_panel *p = &c->panel[b->panel_index];
    const tjac_names *lists[] = {&p->kds, &p->unrelated_kds};
    for (int l = 0; l < 2 && !c->skip_missing; l++)
        for (size_t i = 0; i < lists[l]->n; i++)
            if (tjac_names_find(&b->kds, lists[l]->name[i]) < 0)
                return tjac_err_set(err, TJAC_EMISSING,
                                    "panel '%s' names the KD '%s', which '%s' does not have for "
                                    "model '%s' (%zu KDs); run it",
                                    b->panel, lists[l]->name[i], path, b->model, b->kds.n);
    return TJAC_OK;
}

tjac_code tjac_j_check_block(const tjac_j_block *b, const tjac_config *c, const tjac_panel *panel,
                             const char *path, tjac_err *err)
{
    if (check_pairs(b, c, panel, path, err))
        return err->code;
    return check_kds(b, c, path, err);
}

/* ---- blocks ---- */

/* cell_type NULL: any. */
static bool has_block(const tjac_j_table *t, const char *model, const char *cell_type, size_t panel,
                      tjac_estimand e)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->block[i].panel_index == panel && t->block[i].estimand == e &&
            strcmp(t->block[i].model, model) == 0 &&
            (!cell_type || strcmp(t->block[i].cell_type, cell_type) == 0))
            return true;
    return false;
}

static tjac_code check_model(const tjac_j_table *t, const tjac_config *c, const char *model,
                             const char *cell_type, const char *path, tjac_err *err)
{
    for (size_t p = 0; p < c->n_panels; p++)
        for (size_t e = 0; e < c->n_estimands; e++)
            if (!has_block(t, model, cell_type, p, c->estimand[e]))
                return tjac_err_set(err, TJAC_EMISSING,
                                    "'%s' has no rows of panel '%s' for model '%s', estimand %s%s%s"
                                    "; run it",
                                    path, c->panel[p].name, model,
                                    tjac_estimand_name(c->estimand[e]),
                                    cell_type ? " and cell type " : "", cell_type ? cell_type : "");
    return TJAC_OK;
}

tjac_code tjac_j_check_table(const tjac_j_table *t, const tjac_config *c, const char *path,
                             tjac_err *err)
{
    for (size_t m = 0; m < c->n_models; m++)
        if (check_model(t, c, c->model[m].name, NULL, path, err))
            return err->code;
    for (size_t i = 0; i < t->n; i++) {
        const tjac_j_block *b = &t->block[i], *before = i ? b - 1 : NULL;
        if (before && strcmp(before->model, b->model) == 0 &&
            strcmp(before->cell_type, b->cell_type) == 0)
            continue; /* seen with the block before */
        if (check_model(t, c, b->model, b->cell_type, path, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- rows that were sorted or joined anew ---- */

enum { MOST_TEXTS = 4 };

typedef struct {
    size_t group; /* so far */
    const char *text[MOST_TEXTS];
    size_t row;
} keyed;

static int by_text(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int order = x->group != y->group ? (x->group < y->group ? -1 : 1) : 0;
    for (int i = 0; i < MOST_TEXTS && order == 0; i++)
        order = strcmp(x->text[i], y->text[i]);
    if (order != 0)
        return order;
    return x->row < y->row ? -1 : x->row > y->row;
}

static bool same(const keyed *a, const keyed *b)
{
    bool equal = a->group == b->group;
    for (int i = 0; i < MOST_TEXTS && equal; i++)
        equal = strcmp(a->text[i], b->text[i]) == 0;
    return equal;
}

/* Cuts the groups further by the texts in the key; a group is the first row that is in it. */
static void split(keyed *key, size_t n, size_t *group)
{
    qsort(key, n, sizeof *key, by_text);
    for (size_t i = 0, first = 0; i < n; i++) {
        if (i && !same(&key[i], &key[i - 1]))
            first = i;
        group[key[i].row] = key[first].row;
    }
}

typedef struct {
    size_t block, kd, pair, row;
} place;

static int by_place(const void *a, const void *b)
{
    const place *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    if (x->kd != y->kd)
        return x->kd < y->kd ? -1 : 1;
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

tjac_code tjac_j_order(const tjac_csv *csv, const tjac_j_columns *c, size_t *order, tjac_err *err)
{
    size_t n = tjac_csv_n_rows(csv);
    keyed *key = tjac_alloc(n, sizeof *key, err);
    place *p = tjac_alloc(n, sizeof *p, err);
    size_t *block = tjac_alloc(n, sizeof *block, err), *group = tjac_alloc(n, sizeof *group, err);
    if (err->code)
        goto done;
    for (size_t i = 0; i < n; i++)
        key[i] = (keyed){0,
                         {tjac_csv_field(csv, i, c->model), tjac_csv_field(csv, i, c->cell_type),
                          tjac_csv_field(csv, i, c->panel), tjac_csv_field(csv, i, c->estimand)},
                         i};
    split(key, n, block);
    for (size_t i = 0; i < n; i++)
        key[i] = (keyed){block[i], {tjac_csv_field(csv, i, c->kd), "", "", ""}, i};
    split(key, n, group);
    for (size_t i = 0; i < n; i++)
        p[i] = (place){block[i], group[i], 0, i};
    for (size_t i = 0; i < n; i++) {
        /* pert has no regulator: the KD stands there */
        bool pert = strcmp(tjac_csv_field(csv, i, c->estimand), tjac_estimand_name(TJAC_PERT)) == 0;
        key[i] = (keyed){block[i],
                         {tjac_csv_field(csv, i, c->pair),
                          pert ? "" : tjac_csv_field(csv, i, c->regulator),
                          tjac_csv_field(csv, i, c->target), ""},
                         i};
    }
    split(key, n, group);
    for (size_t i = 0; i < n; i++)
        p[i].pair = group[i];
    qsort(p, n, sizeof *p, by_place);
    for (size_t i = 0; i < n; i++)
        order[i] = p[i].row;
done:
    free(key);
    free(p);
    free(block);
    free(group);
    return err->code;
}
