/* layout_case.h: a made-up layout, two models by two cell types, with names that are hard to keep,
 * and numbers for it. */
#ifndef TJAC_LAYOUT_CASE_H
#define TJAC_LAYOUT_CASE_H

#include "test.h"
#include "base/alloc.h"
#include "results/jfile.h"

enum { CASE_MODELS = 2, CASE_CELLS = 2, CASE_KDS = 7, CASE_COLUMNS = 5, CASE_TARGETS = 4 };

static const char *const case_model[] = {"a/b%2F", ".."};
static const char *const case_cells[] = {"K562, \"wild\"", "."};
static const char *const case_panel[] = {"TRAPP, core", "zweites \"Gen\u00e8se\""};
static const char *const case_kd[] = {"TRAPPC3", "a,b", "\"q\"",        "KD/4",
                                      "\u00c9",  ".",   "non-targeting"};
static const char *const case_regulator[] = {"X%0", "X/1", ".."};
static const char *const case_target[CASE_TARGETS] = {"Y0", "Y,1", "Y\"2\"", "\u00dc3"};
static const char *const case_identity[] = {"tjac: 1, layout 2", "precision: float32",
                                            "checkpoint of model 'a/b%2F': 01",
                                            "cells (.) of model '..': 1 sets of 8: 02"};

/* Panels share columns; the second and the sixth pair repeat kind and target of the one before. */
static const tjac_layout_pair case_pair[] = {
    {.panel = 0, .kind = TJAC_PAIR_PATHWAY, .regulator = 0, .target = 0, .column = 0},
    {.panel = 0, .kind = TJAC_PAIR_PATHWAY, .regulator = 1, .target = 0, .column = 1},
    {.panel = 0,
     .kind = TJAC_PAIR_MATCHED,
     .row = 1,
     .col = 12,
     .regulator = 2,
     .target = 0,
     .column = 2},
    {.panel = 1, .kind = TJAC_PAIR_PATHWAY, .regulator = 1, .target = 0, .column = 1},
    {.panel = 1, .kind = TJAC_PAIR_ROW, .col = 3, .regulator = 0, .target = 3, .column = 3},
    {.panel = 1, .kind = TJAC_PAIR_ROW, .col = 3, .regulator = 2, .target = 3, .column = 4},
    {.panel = 1,
     .kind = TJAC_PAIR_UNRELATED_TARGET,
     .col = TJAC_COL_NAMED,
     .regulator = 2,
     .target = 3,
     .column = 4},
};
enum { CASE_PAIRS = sizeof case_pair / sizeof *case_pair };

static inline tjac_code case_names(tjac_names *out, const char *const *name, size_t n,
                                   tjac_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (tjac_names_add(out, name[i], err))
            break;
    return err->code;
}

/* The second model has fewer KDs. */
static inline size_t case_of(size_t model)
{
    return model == 0 ? CASE_KDS : CASE_KDS - 3;
}

static inline tjac_code case_add_cells(size_t model, const char *type, const tjac_range *range,
                                       tjac_layout_cells *out, tjac_err *err)
{
    const size_t first = range ? range->first : 0, last = range ? range->last : case_of(model);
    out->of = case_of(model);
    out->cell_type = tjac_strdup(type, err);
    out->at = tjac_alloc(last - first, sizeof *out->at, err);
    for (size_t k = first; k < last && !err->code; k++)
        out->at[k - first] = k;
    return case_names(&out->kds, case_kd + first, last - first, err);
}

static inline tjac_code case_add_model(size_t i, const tjac_range *range, tjac_layout_model *m,
                                       tjac_err *err)
{
    m->name = tjac_strdup(case_model[i], err);
    m->control = tjac_strdup("non-targeting", err);
    m->shuffled = i == 1;
    m->shuffle = i == 1 ? UINT32_MAX : 0;
    m->pair = tjac_alloc(CASE_PAIRS, sizeof *m->pair, err);
    m->cells = tjac_alloc(CASE_CELLS, sizeof *m->cells, err);
    if (err->code || case_names(&m->regulators, case_regulator, 3, err) ||
        case_names(&m->targets, case_target, CASE_TARGETS, err))
        return err->code;
    memcpy(m->pair, case_pair, sizeof case_pair);
    m->n_pairs = CASE_PAIRS;
    m->n_columns = CASE_COLUMNS;
    for (; m->n_cells < CASE_CELLS && !err->code; m->n_cells++)
        (void)!case_add_cells(i, case_cells[m->n_cells], range ? &range[m->n_cells] : NULL,
                              &m->cells[m->n_cells], err);
    return err->code ? err->code : tjac_layout_settle(m, 2, err);
}

static inline tjac_code case_add_draws(tjac_layout *l, tjac_err *err)
{
    static const tjac_layout_draw draw[] = {{0, false, 1, {0, 1}, {1.0 / 3, 5e-324}, 25},
                                            {1, true, 12, {2, 0}, {-0.0, NAN}, 400}};
    static const char *const gene[] = {"X%0", "Y0", "X/1", "\u00dc3"};
    if ((l->draw = tjac_alloc(2, sizeof draw[0], err))) {
        memcpy(l->draw, draw, sizeof draw);
        l->n_draws = 2;
    }
    return case_names(&l->genes, gene, 4, err);
}

/* range: [CASE_MODELS * CASE_CELLS], NULL: all KDs. Released by tjac_layout_free. */
static inline tjac_code case_layout(const tjac_range *range, tjac_layout *out, tjac_err *err)
{
    tjac_layout l = {.estimand = {TJAC_SET_MEAN, TJAC_PERT}, .n_estimands = 2};
    memset(l.hash, 'a', 64);
    l.machine = tjac_strdup("cpu, \"a machine\"", err);
    l.model = tjac_alloc(CASE_MODELS, sizeof *l.model, err);
    if (!err->code && !case_names(&l.panels, case_panel, 2, err) &&
        !case_names(&l.identity, case_identity, 4, err) && !case_add_draws(&l, err))
        for (; l.n_models < CASE_MODELS && !err->code; l.n_models++)
            (void)!case_add_model(l.n_models, range ? range + l.n_models * CASE_CELLS : NULL,
                                  &l.model[l.n_models], err);
    if (err->code)
        tjac_layout_free(&l);
    else
        *out = l;
    return err->code;
}

/* ---- numbers ---- */

typedef struct {
    double J[2 * CASE_COLUMNS], se[2 * CASE_COLUMNS], active[CASE_TARGETS];
} case_numbers;

/* Of one KD, at a position in the plan; some are NaN, as errors of one set are. */
static inline case_numbers case_numbers_of(size_t model, size_t cells, size_t at)
{
    case_numbers n;
    const double base = (double)(model * 100 + cells * 50 + at) + 0.1;
    for (size_t i = 0; i < 2 * CASE_COLUMNS; i++) {
        n.J[i] = base + (double)i / 16;
        n.se[i] = i % 3 ? base * 1e-3 : NAN;
    }
    for (size_t j = 0; j < CASE_TARGETS; j++)
        n.active[j] = j ? 1 / base : NAN;
    return n;
}

static inline tjac_code case_put(const tjac_jfile *file, tjac_fill *fill, const tjac_jfile_at *at,
                                 tjac_err *err)
{
    const size_t k = file->layout.model[at->model].cells[at->cells].at[at->kd];
    const case_numbers n = case_numbers_of(at->model, at->cells, k);
    const tjac_engine_kd kd = {SIZE_MAX, n.J, n.se, n.active};
    return tjac_jfile_put(file, fill, at, &kd, err);
}

/* Fills all KDs but the last `but` of each block. */
static inline tjac_code case_fill(const tjac_jfile *file, size_t but, tjac_err *err)
{
    tjac_fill *fill = NULL;
    if (tjac_fill_open(file->path, &fill, err))
        return err->code;
    for (size_t m = 0; m < file->layout.n_models; m++)
        for (size_t c = 0; c < file->layout.model[m].n_cells; c++)
            for (size_t k = 0; k + but < file->layout.model[m].cells[c].kds.n && !err->code; k++)
                (void)!case_put(file, fill, &(tjac_jfile_at){m, c, k}, err);
    return tjac_fill_close(fill, err);
}

/* Makes and opens the file of a layout that is released; NULL: failed, and told. */
static inline tjac_jfile *case_file(test *t, const char *path, tjac_layout *layout)
{
    tjac_err err = {0};
    tjac_jfile *file = NULL;
    if (CHECK_OK(t, tjac_jfile_make(path, layout, &err), &err))
        CHECK_OK(t, tjac_jfile_open(path, &file, &err), &err);
    tjac_layout_free(layout);
    return file;
}

/* ---- bytes of files ---- */

static inline char *case_bytes(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *bytes = NULL;
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    *n = (size_t)ftell(f);
    rewind(f);
    if ((bytes = malloc(*n + 1)) && fread(bytes, 1, *n, f) != *n)
        *n = 0;
    fclose(f);
    return bytes;
}

static inline int case_same(const char *a, const char *b)
{
    size_t n = 0, m = 0;
    char *x = case_bytes(a, &n), *y = case_bytes(b, &m);
    int same = x && y && n == m && n > 0 && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

#endif
