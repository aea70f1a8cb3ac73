#include "inputs/h5ad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* MuData keeps an AnnData a modality under mod/. */
static tjac_code refuse_mudata(const tjac_h5 *file, tjac_err *err)
{
    tjac_names modality = {0};
    tjac_text list = {0};
    if (tjac_h5_find(file, "mod") == TJAC_H5_ABSENT || tjac_h5_members(file, "mod", &modality, err))
        return err->code;
    for (size_t i = 0; i < modality.n; i++)
        tjac_text_add(&list, "%s%s", i ? ", " : "", modality.name[i]);
    bool rna = modality.n == 0 || tjac_names_find(&modality, "rna") >= 0;
    const char *one = rna ? "rna" : modality.name[0];
    tjac_err_set(err, TJAC_EINPUT,
                 "'%s' is MuData (.h5mu) with the modalities %s, expected an .h5ad file; write one "
                 "of them: mudata.read_h5mu(...).mod['%s'].write_h5ad('%s.h5ad')",
                 file->path, list.n ? list.text : "(none)", one, one);
    tjac_text_free(&list);
    tjac_names_free(&modality);
    return err->code;
}

tjac_code tjac_cells_open(const char *path, tjac_cells **out, tjac_err *err)
{
    tjac_code code;
    tjac_cells *cells = tjac_alloc(1, sizeof *cells, err);
    if (!cells)
        return err->code;
    if ((code = tjac_h5_open(path, &cells->file, err)) ||
        (code = refuse_mudata(cells->file, err)) ||
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
