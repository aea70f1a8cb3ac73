#include "engine/replay.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"

/* A row with its place in the order of `state tx infer`. */
typedef struct {
    const char *type, *label;
    size_t row;
} place;

static int compare_places(const void *a, const void *b)
{
    const place *x = a, *y = b;
    int d = strcmp(x->type, y->type); /* UTF-8 bytes sort as NumPy's code points */
    if (d == 0)
        d = strcmp(x->label, y->label);
    if (d == 0)
        d = x->row < y->row ? -1 : 1;
    return d;
}

static const char *label_of(const tjac_column *column, size_t row)
{
    int32_t code = column->code[row];
    return code < 0 ? "nan" : column->labels.name[code]; /* as astype(str) writes it */
}

static tjac_code make_places(const tjac_replay *r, const tjac_column *types, place **out,
                             tjac_err *err)
{
    place *p = tjac_alloc(r->n_rows, sizeof *p, err);
    for (size_t i = 0; p && i < r->n_rows; i++)
        p[i] = (place){types->code ? label_of(types, i) : "", label_of(&r->labels, i), i};
    if (p)
        qsort(p, r->n_rows, sizeof *p, compare_places);
    *out = p;
    return err->code;
}

/* Control cells of a type in file order; all of them when it has none. */
static size_t fill_pool(const tjac_replay *r, const tjac_column *types, const char *type,
                        const char *control, size_t *pool)
{
    size_t n = 0;
    for (int any = 0; any < 2 && n == 0; any++)
        for (size_t i = 0; i < r->n_rows; i++)
            if (strcmp(label_of(&r->labels, i), control) == 0 &&
                (any || !types->code || strcmp(label_of(types, i), type) == 0))
                pool[n++] = i;
    return n;
}

static tjac_code add_window(tjac_replay *r, const char *label, size_t first, size_t n,
                            tjac_err *err)
{
    if (tjac_grow((void **)&r->window, &r->cap_windows, r->n_windows + 1, sizeof *r->window, err))
        return err->code;
    r->window[r->n_windows++] = (tjac_replay_window){label, first, n};
    return TJAC_OK;
}

static tjac_code draw(tjac_replay *r, const tjac_column *types, const place *p, const char *control,
                      size_t set_len, tjac_rng *rng, size_t *pool, tjac_err *err)
{
    size_t n_pool = 0;
    for (size_t i = 0; i < r->n_rows;) {
        size_t end = i + 1;
        if (i == 0 || strcmp(p[i].type, p[i - 1].type) != 0)
            n_pool = fill_pool(r, types, p[i].type, control, pool);
        if (n_pool == 0)
            return tjac_err_set(err, TJAC_EMISSING, "no cell is labelled '%s'", control);
        while (end < r->n_rows && end - i < set_len && strcmp(p[end].type, p[i].type) == 0 &&
               strcmp(p[end].label, p[i].label) == 0)
            end++;
        if (add_window(r, p[i].label, i, end - i, err))
            return err->code;
        for (; i < end; i++) {
            r->row[i] = p[i].row;
            r->control[i] = pool[tjac_rng_below(rng, n_pool)];
        }
    }
    return TJAC_OK;
}

tjac_code tjac_replay_draw(const tjac_cells *cells, const char *pert_col, const char *control,
                           const char *cell_type_col, size_t set_len, uint64_t seed,
                           tjac_replay *out, tjac_err *err)
{
    tjac_replay r = {.n_rows = tjac_cells_n_obs(cells)};
    tjac_column types = {0};
    tjac_rng *rng = NULL;
    place *p = NULL;
    size_t *pool = tjac_alloc(r.n_rows, sizeof *pool, err);
    r.row = tjac_alloc(r.n_rows, sizeof *r.row, err);
    r.control = tjac_alloc(r.n_rows, sizeof *r.control, err);
    if (err->code || tjac_cells_column(cells, pert_col, &r.labels, err) ||
        tjac_rng_new(seed, &rng, err))
        goto done;
    if (cell_type_col) { /* a column that is not there means one group, as in infer */
        tjac_err quiet = {0};
        tjac_code code = tjac_cells_column(cells, cell_type_col, &types, &quiet);
        if (code && code != TJAC_EMISSING)
            tjac_err_set(err, quiet.code, "%s", tjac_err_message(&quiet));
        tjac_err_clear(&quiet);
    }
    if (err->code || make_places(&r, &types, &p, err) ||
        draw(&r, &types, p, control, set_len, rng, pool, err))
        goto done;
    *out = r;
done:
    free(pool);
    free(p);
    tjac_rng_free(rng);
    tjac_column_free(&types);
    if (err->code)
        tjac_replay_free(&r);
    return err->code;
}

void tjac_replay_free(tjac_replay *r)
{
    if (!r)
        return;
    free(r->row);
    free(r->control);
    free(r->window);
    tjac_column_free(&r->labels);
    *r = (tjac_replay){0};
}
