/* Rows of a j.csv that was sorted or joined anew, brought back into the order of tjac run. */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "stats/jtable_parts.h"

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
