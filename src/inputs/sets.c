#include "inputs/sets.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "base/text.h"
#include "inputs/name_list.h"

enum { LABELS_SHOWN = 8 };

/* What a cell must have in one column to be eligible. */
typedef struct {
    const char *column, *label; /* label NULL: anything */
    const char *what;           /* for messages */
    tjac_column values;
    int64_t want; /* position of the label */
} demand;

typedef struct {
    demand pert, type, batch;
} filter;

static void filter_free(filter *f)
{
    tjac_column_free(&f->pert.values);
    tjac_column_free(&f->type.values);
    tjac_column_free(&f->batch.values);
}

static tjac_code find_label(const tjac_cells *cells, demand *d, const char *key, tjac_err *err)
{
    const tjac_names *labels = &d->values.labels;
    if ((d->want = tjac_names_find(labels, d->label)) >= 0)
        return TJAC_OK;
    tjac_text text = {0};
    tjac_text_add(&text, "'%s': obs column '%s' has no label '%s'", tjac_cells_path(cells),
                  d->column, d->label);
    tjac_text_add_choices(&text, d->label, "labels", labels, LABELS_SHOWN);
    tjac_text_add(&text, "; set %s", key);
    tjac_code code = tjac_err_set(err, TJAC_EMISSING, "%s", text.text ? text.text : d->label);
    tjac_text_free(&text);
    return code;
}

static int given(const char *s)
{
    return s && s[0];
}

static tjac_code check_spec(const tjac_sets_spec *spec, tjac_err *err)
{
    if (!given(spec->pert_col) || !given(spec->control))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "the column of perturbations and its control label "
                            "are not known; set cells.pert_col and cells.control");
    if (spec->cell_type && !given(spec->cell_type_col))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "cell type '%s' is asked for, but its column is not "
                            "known; set cells.cell_type_col",
                            spec->cell_type);
    if (spec->batch && !given(spec->batch_col))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "batch '%s' is asked for, but its column is not "
                            "known; set cells.batch_col",
                            spec->batch);
    if (spec->set_size == 0 || (!spec->obs_names_path && spec->n_sets == 0))
        return tjac_err_set(err, TJAC_EUSAGE, "%s is 0, expected at least 1",
                            spec->set_size == 0 ? "cells.set_size" : "cells.n_sets");
    return TJAC_OK;
}

static tjac_code filter_read(const tjac_cells *cells, const tjac_sets_spec *spec, filter *f,
                             tjac_err *err)
{
    tjac_code code;
    f->pert = (demand){.column = spec->pert_col, .label = spec->control, .what = "a control cell"};
    f->type = (demand){
        .column = spec->cell_type_col, .label = spec->cell_type, .what = "of the cell type"};
    f->batch = (demand){.column = spec->batch_col, .label = spec->batch, .what = "of the batch"};
    if ((code = tjac_cells_column(cells, spec->pert_col, &f->pert.values, err)) ||
        (code = find_label(cells, &f->pert, "cells.control", err)))
        return code;
    /* The types are listed even where no type is asked for. */
    if (given(spec->cell_type_col) &&
        (code = tjac_cells_column(cells, spec->cell_type_col, &f->type.values, err)))
        return code;
    if (spec->cell_type && (code = find_label(cells, &f->type, "cells.cell_type", err)))
        return code;
    if (!spec->batch)
        return TJAC_OK;
    if ((code = tjac_cells_column(cells, spec->batch_col, &f->batch.values, err)))
        return code;
    return find_label(cells, &f->batch, "cells.batch", err);
}

/* The first demand that the cell does not meet, NULL when it is eligible. */
static const demand *unmet(const filter *f, size_t row)
{
    const demand *each[] = {&f->pert, &f->type, &f->batch};
    for (size_t i = 0; i < 3; i++)
        if (each[i]->label && each[i]->values.code[row] != each[i]->want)
            return each[i];
    return NULL;
}

/* ---- cells drawn by seed ---- */

static tjac_code refuse_few(const tjac_cells *cells, const tjac_sets_spec *spec, size_t n,
                            tjac_err *err)
{
    tjac_text text = {0};
    tjac_text_add(&text, "'%s' has %zu control cells ('%s')", tjac_cells_path(cells), n,
                  spec->control);
    if (spec->cell_type)
        tjac_text_add(&text, " of cell type '%s'", spec->cell_type);
    if (spec->batch)
        tjac_text_add(&text, " in batch '%s'", spec->batch);
    tjac_text_add(&text, "; %zu sets of %zu need %zu: lower cells.n_sets or cells.set_size",
                  spec->n_sets, spec->set_size, spec->n_sets * spec->set_size);
    tjac_code code =
        tjac_err_set(err, TJAC_EMISSING, "%s", text.text ? text.text : "too few cells");
    tjac_text_free(&text);
    return code;
}

static tjac_code draw(const tjac_cells *cells, const tjac_sets_spec *spec, const filter *f,
                      tjac_sets *out, tjac_err *err)
{
    size_t n_obs = tjac_cells_n_obs(cells);
    tjac_rng *rng = NULL;
    size_t *order = NULL;
    tjac_code code = TJAC_OK;
    for (size_t c = 0; c < n_obs; c++)
        out->n_eligible += !unmet(f, c);
    if (spec->n_sets > SIZE_MAX / spec->set_size)
        return tjac_err_set(err, TJAC_EUSAGE, "cells.n_sets times cells.set_size overflows");
    size_t need = spec->n_sets * spec->set_size;
    if (need > out->n_eligible)
        return refuse_few(cells, spec, out->n_eligible, err);
    if (!(out->eligible = tjac_alloc(out->n_eligible, sizeof *out->eligible, err)) ||
        !(order = tjac_alloc(out->n_eligible, sizeof *order, err)) ||
        !(out->row = tjac_alloc(need, sizeof *out->row, err))) {
        code = err->code;
        goto done;
    }
    for (size_t c = 0, k = 0; c < n_obs; c++)
        if (!unmet(f, c))
            out->eligible[k++] = c;
    if ((code = tjac_rng_new(spec->seed, &rng, err)))
        goto done;
    memcpy(order, out->eligible, out->n_eligible * sizeof *order);
    tjac_rng_shuffle(rng, order, out->n_eligible);
    memcpy(out->row, order, need * sizeof *order);
    out->n_sets = spec->n_sets;
    code = tjac_cells_obs_names_at(cells, out->row, need, &out->names, err);
done:
    tjac_rng_free(rng);
    free(order);
    return code;
}

/* ---- cells listed in a file ---- */

static tjac_code check_listed(const tjac_cells *cells, const tjac_sets_spec *spec, const filter *f,
                              const tjac_sets *sets, tjac_err *err)
{
    for (size_t i = 0; i < sets->names.n; i++) {
        size_t row = sets->row[i];
        const char *name = sets->names.name[i];
        if (row == SIZE_MAX)
            return tjac_err_set(err, TJAC_EMISSING,
                                "'%s': cell '%s' (line %zu) is not in '%s' (%zu cells); list names "
                                "as in obs",
                                spec->obs_names_path, name, i + 1, tjac_cells_path(cells),
                                tjac_cells_n_obs(cells));
        const demand *d = unmet(f, row);
        if (!d)
            continue;
        int32_t has = d->values.code[row];
        return tjac_err_set(err, TJAC_EMISSING,
                            "'%s': cell '%s' (line %zu) is not %s: obs '%s' is '%s', expected '%s'",
                            spec->obs_names_path, name, i + 1, d->what, d->column,
                            has < 0 ? "missing" : d->values.labels.name[has], d->label);
    }
    return TJAC_OK;
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

static tjac_code take_listed(const tjac_cells *cells, const tjac_sets_spec *spec, const filter *f,
                             tjac_sets *out, tjac_err *err)
{
    tjac_code code =
        tjac_name_list_read(spec->obs_names_path, "cells.obs_names", "obs name", &out->names, err);
    if (code)
        return code;
    size_t n = out->names.n;
    if (out->names.twice)
        return tjac_err_set(err, TJAC_EMISSING,
                            "'%s' lists cell '%s' twice, expected distinct obs names",
                            spec->obs_names_path, out->names.name[out->names.twice]);
    if (n == 0 || n % spec->set_size)
        return tjac_err_set(err, TJAC_EMISSING,
                            "'%s' lists %zu cells, expected a multiple of the set size %zu; change "
                            "the list or cells.set_size",
                            spec->obs_names_path, n, spec->set_size);
    if (!(out->row = tjac_alloc(n, sizeof *out->row, err)) ||
        !(out->eligible = tjac_alloc(n, sizeof *out->eligible, err)))
        return err->code;
    if ((code = tjac_cells_find_obs(cells, &out->names, out->row, err)) ||
        (code = check_listed(cells, spec, f, out, err)))
        return code;
    memcpy(out->eligible, out->row, n * sizeof *out->row);
    qsort(out->eligible, n, sizeof *out->eligible, by_size);
    out->n_eligible = n;
    out->n_sets = n / spec->set_size;
    return TJAC_OK;
}

/* ---- sets ---- */

/* The cell types among the eligible cells, in the order of their labels in the column. */
static tjac_code list_types(const filter *f, tjac_sets *sets, tjac_err *err)
{
    size_t n = f->type.values.labels.n;
    char *seen = tjac_alloc(n, 1, err);
    tjac_code code = seen ? TJAC_OK : err->code;
    for (size_t i = 0; !code && f->type.values.code && i < sets->n_eligible; i++)
        if (f->type.values.code[sets->eligible[i]] >= 0)
            seen[f->type.values.code[sets->eligible[i]]] = 1;
    for (size_t k = 0; !code && k < n; k++)
        if (seen[k])
            code = tjac_names_add(&sets->types, f->type.values.labels.name[k], err);
    free(seen);
    return code;
}

tjac_code tjac_sets_make(const tjac_cells *cells, const tjac_sets_spec *spec, tjac_sets *out,
                         tjac_err *err)
{
    filter f = {0};
    *out = (tjac_sets){.set_size = spec->set_size};
    tjac_code code = check_spec(spec, err);
    if (code || (code = filter_read(cells, spec, &f, err)))
        goto done;
    code = spec->obs_names_path ? take_listed(cells, spec, &f, out, err)
                                : draw(cells, spec, &f, out, err);
    if (!code)
        code = list_types(&f, out, err);
done:
    filter_free(&f);
    if (code)
        tjac_sets_free(out);
    return code;
}

void tjac_sets_free(tjac_sets *sets)
{
    if (!sets)
        return;
    free(sets->row);
    free(sets->eligible);
    tjac_names_free(&sets->names);
    tjac_names_free(&sets->types);
    *sets = (tjac_sets){0};
}
