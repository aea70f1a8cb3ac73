#include "inputs/h5ad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

tjac_code tjac_cells_open(const char *path, tjac_cells **out, tjac_err *err)
{
    tjac_code code;
    tjac_cells *cells = tjac_alloc(1, sizeof *cells, err);
    if (!cells)
        return err->code;
    if ((code = tjac_h5_open(path, &cells->file, err)) ||
        (code = tjac_frame_open(cells->file, "obs", &cells->obs, err)) ||
        (code = tjac_frame_open(cells->file, "var", &cells->var, err))) {
        tjac_cells_close(cells);
        return code;
    }
    *out = cells;
    return TJAC_OK;
}

void tjac_cells_close(tjac_cells *cells)
{
    if (!cells)
        return;
    tjac_frame_free(&cells->obs);
    tjac_frame_free(&cells->var);
    tjac_h5_close(cells->file);
    free(cells);
}

tjac_code tjac_cells_unchanged(const tjac_cells *cells, tjac_err *err)
{
    return tjac_h5_unchanged(cells->file, err);
}

const char *tjac_cells_path(const tjac_cells *cells)
{
    return cells->file->path;
}

size_t tjac_cells_n_obs(const tjac_cells *cells)
{
    return cells->obs.n;
}

tjac_code tjac_cells_column(const tjac_cells *cells, const char *name, tjac_column *out,
                            tjac_err *err)
{
    tjac_code code = tjac_frame_column(&cells->obs, name, out, err);
    if (code)
        tjac_column_free(out);
    return code;
}

void tjac_column_free(tjac_column *column)
{
    if (!column)
        return;
    tjac_names_free(&column->labels);
    free(column->code);
    *column = (tjac_column){0};
}

/* ---- names ---- */

static tjac_code add_name(void *ctx, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(ctx, text ? text : "nan", err);
}

static tjac_code frame_names(const tjac_frame *frame, tjac_names *out, tjac_err *err)
{
    tjac_h5_data *index = NULL;
    tjac_code code = tjac_frame_index_open(frame, &index, err);
    if (!code)
        code = tjac_label_each(index, add_name, out, err);
    tjac_h5_data_close(index);
    return code;
}

static tjac_code check_distinct(const tjac_cells *cells, const tjac_names *names, const char *what,
                                tjac_err *err)
{
    if (!names->twice)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s': gene '%s' is twice in %s, expected distinct names; call "
                        "adata.var_names_make_unique() and write the file again",
                        cells->file->path, names->name[names->twice], what);
}

tjac_code tjac_cells_obs_names(const tjac_cells *cells, tjac_names *out, tjac_err *err)
{
    *out = (tjac_names){0};
    tjac_code code = frame_names(&cells->obs, out, err);
    if (code)
        tjac_names_free(out);
    return code;
}

tjac_code tjac_cells_obs_names_at(const tjac_cells *cells, const size_t *rows, size_t n_rows,
                                  tjac_names *out, tjac_err *err)
{
    tjac_h5_data *index = NULL;
    *out = (tjac_names){0};
    tjac_code code = tjac_frame_index_open(&cells->obs, &index, err);
    /* An index of numbers has no strings to read one by one. */
    if (!code && index->type != TJAC_H5_TEXT) {
        tjac_names all = {0};
        code = frame_names(&cells->obs, &all, err);
        for (size_t i = 0; !code && i < n_rows; i++)
            code = tjac_names_add(out, all.name[rows[i]], err);
        tjac_names_free(&all);
    } else {
        for (size_t i = 0; !code && i < n_rows; i++)
            code = tjac_h5_each_text(index, rows[i], 1, add_name, out, err);
    }
    tjac_h5_data_close(index);
    if (code)
        tjac_names_free(out);
    return code;
}

typedef struct {
    const tjac_cells *cells;
    const tjac_names *wanted;
    size_t *row;
} search;

static tjac_code note_row(void *ctx, size_t row, const char *text, tjac_err *err)
{
    search *s = ctx;
    int64_t at = text ? tjac_names_find(s->wanted, text) : -1;
    if (at < 0)
        return TJAC_OK;
    if (s->row[at] != SIZE_MAX)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': two cells are named '%s' (rows %zu and %zu), expected distinct "
                            "names; call adata.obs_names_make_unique() and write the file again",
                            s->cells->file->path, text, s->row[at], row);
    s->row[at] = row;
    return TJAC_OK;
}

tjac_code tjac_cells_find_obs(const tjac_cells *cells, const tjac_names *wanted, size_t *row,
                              tjac_err *err)
{
    tjac_h5_data *index = NULL;
    search s = {cells, wanted, row};
    for (size_t i = 0; i < wanted->n; i++)
        row[i] = SIZE_MAX;
    tjac_code code = tjac_frame_index_open(&cells->obs, &index, err);
    if (!code)
        code = tjac_label_each(index, note_row, &s, err);
    tjac_h5_data_close(index);
    return code;
}

tjac_code tjac_cells_var_names(const tjac_cells *cells, tjac_names *out, tjac_err *err)
{
    *out = (tjac_names){0};
    tjac_code code = frame_names(&cells->var, out, err);
    if (!code)
        code = check_distinct(cells, out, "var", err);
    if (code)
        tjac_names_free(out);
    return code;
}

/* ---- HVGs ---- */

static const char HVG_UNS[] = "uns/X_hvg_var_names", HVG_COLUMN[] = "highly_variable";

static tjac_code hvg_of_uns(const tjac_cells *cells, tjac_names *out, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_code code = tjac_label_open(cells->file, HVG_UNS, SIZE_MAX, &data, err);
    if (!code)
        code = tjac_label_each(data, add_name, out, err);
    tjac_h5_data_close(data);
    return code;
}

static tjac_code hvg_of_var(const tjac_cells *cells, tjac_names *out, tjac_err *err)
{
    tjac_column flag = {0};
    tjac_names all = {0};
    tjac_code code = tjac_frame_column(&cells->var, HVG_COLUMN, &flag, err);
    if (!code)
        code = frame_names(&cells->var, &all, err);
    for (size_t i = 0; !code && i < all.n; i++) {
        const char *label = flag.code[i] < 0 ? "False" : flag.labels.name[flag.code[i]];
        if (strcmp(label, "True") == 0 || strcmp(label, "1") == 0)
            code = tjac_names_add(out, all.name[i], err);
        else if (strcmp(label, "False") != 0 && strcmp(label, "0") != 0)
            code = tjac_err_set(err, TJAC_EINPUT,
                                "'%s': 'var/highly_variable' holds '%s', expected booleans",
                                cells->file->path, label);
    }
    tjac_names_free(&all);
    tjac_column_free(&flag);
    return code;
}

tjac_code tjac_cells_hvg_names(const tjac_cells *cells, tjac_names *out, const char **source,
                               tjac_err *err)
{
    tjac_code code = TJAC_OK;
    const char *from = NULL;
    *out = (tjac_names){0};
    if (tjac_h5_find(cells->file, HVG_UNS) != TJAC_H5_ABSENT) {
        from = HVG_UNS;
        code = hvg_of_uns(cells, out, err);
    } else if (tjac_frame_has(&cells->var, HVG_COLUMN)) {
        from = "var/highly_variable";
        code = hvg_of_var(cells, out, err);
    }
    if (!code && from)
        code = check_distinct(cells, out, from, err);
    if (code)
        tjac_names_free(out);
    else if (source)
        *source = from;
    return code;
}

/* ---- a value that no matrix may hold ---- */

tjac_code tjac_matrix_refuse(const tjac_matrix *m, size_t row, size_t col, double value,
                             tjac_err *err)
{
    tjac_err ignored = {0}; /* the cell's name is a courtesy */
    tjac_names name = {0};
    tjac_code code = tjac_cells_obs_names_at(m->cells, &row, 1, &name, &ignored);
    code = tjac_err_set(err, TJAC_EINPUT,
                        "'%s': '%s' holds %s for cell '%s' (row %zu, column %zu, from 0), expected "
                        "finite numbers that fit float32",
                        m->cells->file->path, m->object, isnan(value) ? "nan" : "inf",
                        code ? "?" : name.name[0], row, col);
    tjac_names_free(&name);
    tjac_err_clear(&ignored);
    return code;
}
