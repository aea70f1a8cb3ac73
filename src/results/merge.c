#include "results/merge.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "results/identity.h"

/* ---- one plan ---- */

static bool same_model(const tjac_layout_model *a, const tjac_layout_model *b)
{
    bool same = strcmp(a->name, b->name) == 0 && a->n_columns == b->n_columns &&
                a->targets.n == b->targets.n && a->n_cells == b->n_cells;
    for (size_t c = 0; same && c < a->n_cells; c++)
        same = strcmp(a->cells[c].cell_type, b->cells[c].cell_type) == 0 &&
               a->cells[c].of == b->cells[c].of;
    return same;
}

static tjac_code check_plan(const tjac_jfile *a, const tjac_jfile *b, tjac_err *err)
{
    const tjac_layout *x = &a->layout, *y = &b->layout;
    if (strcmp(x->hash, y->hash) != 0) {
        char *what = tjac_identity_differs(&x->identity, &y->identity, err);
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' and '%s' are of different plans, which differ in: %s; merge parts of "
                     "one run",
                     a->path, b->path, what ? what : "their hash");
        free(what);
        return err->code;
    }
    bool same = x->n_models == y->n_models && x->n_estimands == y->n_estimands;
    for (size_t m = 0; same && m < x->n_models; m++)
        same = same_model(&x->model[m], &y->model[m]);
    return same ? TJAC_OK
                : tjac_err_set(err, TJAC_EINPUT,
                               "'%s' and '%s' have one hash and different models; one of them is "
                               "damaged, run it again",
                               a->path, b->path);
}

/* ---- who has which KD ---- */

typedef struct {
    size_t at, part, row; /* position in the plan; who has it; where there */
} owner;

typedef struct {
    const tjac_jfile *const *part;
    size_t n;
    size_t model, cells;
    owner *owner; /* [of] of each KD of the plan */
} finder;

static const tjac_layout_cells *cells_of(const finder *f, size_t part)
{
    return &f->part[part]->layout.model[f->model].cells[f->cells];
}

enum { MOST_NAMED = 20 }; /* parts in a message */

static tjac_code refuse_missing(const finder *f, size_t at, size_t missing, tjac_err *err)
{
    size_t of = f->part[0]->layout.n_shards;
    unsigned char *there = tjac_alloc(of + 1, 1, err);
    tjac_text t = {0};
    for (size_t i = 0; there && i < f->n; i++)
        if (f->part[i]->layout.n_shards == of)
            there[f->part[i]->layout.shard] = 1;
    for (size_t i = 1, n = 0; there && i <= of && n < MOST_NAMED; i++)
        if (!there[i] && n++ < MOST_NAMED - 1)
            tjac_text_add(&t, "%s%zu/%zu", t.n ? ", " : "", i, of);
        else if (!there[i])
            tjac_text_add(&t, ", ...");
    tjac_err_set(err, TJAC_EUSAGE,
                 "%zu of the %zu KDs of model '%s' (%s) are in no part, the first is number %zu of "
                 "the plan%s%s; give all parts of the run",
                 missing, cells_of(f, 0)->of, f->part[0]->layout.model[f->model].name,
                 cells_of(f, 0)->cell_type, at + 1, t.n ? "; parts that are not there: " : "",
                 t.n ? t.text : "");
    tjac_text_free(&t);
    free(there);
    return err->code;
}

static tjac_code refuse_twice(const finder *f, const owner *a, const owner *b, tjac_err *err)
{
    return tjac_err_set(
        err, TJAC_EUSAGE, "KD '%s' of model '%s' (%s) is in '%s' and in '%s'; give every part once",
        cells_of(f, a->part)->kds.name[a->row], f->part[0]->layout.model[f->model].name,
        cells_of(f, 0)->cell_type, f->part[a->part]->path, f->part[b->part]->path);
}

static int by_plan(const void *a, const void *b)
{
    const owner *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->part < y->part ? -1 : x->part > y->part;
}

/* Room is taken for the KDs that are there: how many the plan has is only what a file says. */
static tjac_code find_owners(finder *f, tjac_err *err)
{
    const size_t of = cells_of(f, 0)->of;
    size_t n = 0, first = 0;
    for (size_t i = 0; i < f->n; i++)
        n += cells_of(f, i)->kds.n;
    if (!(f->owner = tjac_alloc(n, sizeof *f->owner, err)))
        return err->code;
    n = 0;
    for (size_t i = 0; i < f->n; i++)
        for (size_t k = 0; k < cells_of(f, i)->kds.n; k++)
            f->owner[n++] = (owner){cells_of(f, i)->at[k], i, k};
    qsort(f->owner, n, sizeof *f->owner, by_plan);
    for (size_t i = 1; i < n; i++)
        if (f->owner[i].at == f->owner[i - 1].at)
            return refuse_twice(f, &f->owner[i - 1], &f->owner[i], err);
    while (first < n && f->owner[first].at == first)
        first++;
    return n < of ? refuse_missing(f, first, of - n, err) : TJAC_OK;
}

/* All KDs in place of those of the part that the layout was read from. */
static tjac_code fill_kds(const finder *f, tjac_layout_cells *cells, tjac_err *err)
{
    tjac_names_free(&cells->kds);
    free(cells->at);
    if (!(cells->at = tjac_alloc(cells->of, sizeof *cells->at, err)))
        return err->code;
    for (size_t k = 0; k < cells->of; k++) {
        const owner *o = &f->owner[k];
        cells->at[k] = k;
        if (tjac_names_add(&cells->kds, cells_of(f, o->part)->kds.name[o->row], err))
            break;
    }
    return err->code;
}

/* ---- copying ---- */

typedef struct {
    double *J, *se, *active;
} room;

static tjac_code copy_kd(const tjac_jfile *from, const tjac_jfile_at *at, const tjac_jfile *to,
                         size_t k, tjac_fill *fill, const room *r, tjac_err *err)
{
    size_t columns = to->layout.model[at->model].n_columns;
    const tjac_jfile_at there = {at->model, at->cells, k};
    const tjac_engine_kd kd = {k, r->J, r->se, r->active};
    for (size_t e = 0; e < to->layout.n_estimands; e++)
        if (tjac_jfile_read(from, at, e, r->J + e * columns, r->se + e * columns, r->active, err))
            return err->code;
    return tjac_jfile_put(to, fill, &there, &kd, err);
}

static tjac_code copy_cells(const finder *f, const tjac_jfile *to, tjac_fill *fill, tjac_err *err)
{
    const tjac_layout_model *m = &to->layout.model[f->model];
    size_t n = to->layout.n_estimands * (m->n_columns + 1);
    const room r = {tjac_alloc(n, sizeof(double), err), tjac_alloc(n, sizeof(double), err),
                    tjac_alloc(m->targets.n, sizeof(double), err)};
    for (size_t k = 0; k < m->cells[f->cells].of && !err->code; k++) {
        const tjac_jfile_at at = {f->model, f->cells, f->owner[k].row};
        (void)!copy_kd(f->part[f->owner[k].part], &at, to, k, fill, &r, err);
    }
    free(r.J);
    free(r.se);
    free(r.active);
    return err->code;
}

/* ---- the whole ---- */

typedef tjac_code (*step_fn)(const finder *f, void *self, tjac_err *err);

/* Calls fn for every model and block of cells, with who has which KD. */
static tjac_code each_cells(const tjac_jfile *const *part, size_t n, step_fn fn, void *self,
                            tjac_err *err)
{
    for (size_t m = 0; m < part[0]->layout.n_models && !err->code; m++)
        for (size_t c = 0; c < part[0]->layout.model[m].n_cells && !err->code; c++) {
            finder f = {.part = part, .n = n, .model = m, .cells = c};
            if (!find_owners(&f, err))
                (void)!fn(&f, self, err);
            free(f.owner);
        }
    return err->code;
}

static tjac_code fill_layout(const finder *f, void *self, tjac_err *err)
{
    tjac_layout *l = self;
    return fill_kds(f, &l->model[f->model].cells[f->cells], err);
}

typedef struct {
    tjac_jfile *file;
    tjac_fill *fill;
} target;

static tjac_code copy_all(const finder *f, void *self, tjac_err *err)
{
    const target *t = self;
    return copy_cells(f, t->file, t->fill, err);
}

static tjac_code found(const finder *f, void *self, tjac_err *err)
{
    (void)f, (void)self;
    return err->code;
}

tjac_code tjac_merge_check(const tjac_jfile *const *part, size_t n, tjac_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (check_plan(part[0], part[i], err) || tjac_jfile_complete(part[i], err))
            return err->code;
    return each_cells(part, n, found, NULL, err);
}

tjac_code tjac_merge(const tjac_jfile *const *part, size_t n, const char *path, tjac_err *err)
{
    tjac_jfile *like = NULL; /* its layout becomes the whole's */
    target to = {0};
    if (tjac_merge_check(part, n, err) || tjac_jfile_open(part[0]->path, &like, err))
        return err->code;
    like->layout.shard = like->layout.n_shards = 0;
    if (!each_cells(part, n, fill_layout, &like->layout, err) &&
        !tjac_jfile_make(path, &like->layout, err) && !tjac_jfile_open(path, &to.file, err) &&
        !tjac_fill_open(path, &to.fill, err))
        (void)!each_cells(part, n, copy_all, &to, err);
    if (to.fill)
        (void)!tjac_fill_close(to.fill, err);
    tjac_jfile_close(to.file);
    tjac_jfile_close(like);
    return err->code;
}
