#include "inputs/h5ad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns are opened for each read and closed: HDF5 keeps a cache of chunks for each that is open,
 * and there are thousands. */
enum { BLOCK_ROWS = 1 << 14, NUMBERS = TJAC_H5_INT | TJAC_H5_FLOAT | TJAC_H5_BOOL };

struct tjac_table {
    tjac_frame frame;
    tjac_names columns; /* in their order */
};

/* An open column. */
typedef struct {
    tjac_h5_data *data; /* values or codes */
    tjac_h5_data *mask; /* NULL: none is missing */
    float *category;    /* NULL: `data` are values */
    size_t n_categories;
    float value[BLOCK_ROWS];
    int32_t code[BLOCK_ROWS]; /* codes, or the mask */
} column;

static void column_close(column *c)
{
    if (!c)
        return;
    tjac_h5_data_close(c->data);
    tjac_h5_data_close(c->mask);
    free(c->category);
    free(c);
}

/* A vector of numbers. The message names the column as the user knows it. */
static tjac_code open_numbers(const tjac_matrix *m, const char *name, const char *object, size_t n,
                              tjac_h5_data **out, tjac_err *err)
{
    tjac_h5_data *d = NULL;
    const char *path = m->cells->file->path;
    if (tjac_h5_data_open(m->cells->file, object, NULL, &d, err))
        return err->code;
    if (d->rank != 1 || !(d->type & NUMBERS))
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': column '%s' of the DataFrame '%s' holds %s, expected numbers; drop it "
                     "or write the matrix as an array",
                     path, name, m->object, d->rank == 1 ? d->dtype : "no vector");
    else if (n != SIZE_MAX && d->n_rows != n)
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': column '%s' of the DataFrame '%s' has %zu values, expected %zu", path,
                     name, m->object, d->n_rows, n);
    if (err->code)
        tjac_h5_data_close(d);
    else
        *out = d;
    return err->code;
}

static tjac_code open_categories(const tjac_matrix *m, const char *name, const char *object,
                                 column *c, tjac_err *err)
{
    tjac_h5_data *d = NULL;
    if (open_numbers(m, name, object, SIZE_MAX, &d, err))
        return err->code;
    c->n_categories = d->n_rows;
    if ((c->category = tjac_alloc(d->n_rows, sizeof *c->category, err)))
        (void)!tjac_h5_read_f32(d, 0, d->n_rows, c->category, err);
    tjac_h5_data_close(d);
    return err->code;
}

static tjac_code column_open(const tjac_matrix *m, size_t j, column **out, tjac_err *err)
{
    const tjac_frame *f = &m->table->frame;
    const char *name = m->table->columns.name[j];
    tjac_place place;
    if (tjac_frame_place(f, name, &place, err))
        return err->code;
    if (place.kind == TJAC_COLUMN_ABSENT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': the DataFrame '%s' has no column '%s', which its 'column-order' "
                            "names; write the file again",
                            f->file->path, m->object, name);
    column *c = tjac_alloc(1, sizeof *c, err);
    if (c && !open_numbers(m, name, place.object, f->n, &c->data, err)) {
        if (place.kind == TJAC_COLUMN_CODES)
            (void)!open_categories(m, name, place.companion, c, err);
        else if (place.kind == TJAC_COLUMN_NULLABLE)
            (void)!open_numbers(m, name, place.companion, f->n, &c->mask, err);
    }
    if (err->code)
        column_close(c);
    else
        *out = c;
    return err->code;
}

/* Rows first to first + n into c->value. */
static tjac_code read_block(column *c, size_t first, size_t n, tjac_err *err)
{
    if (!c->category && tjac_h5_read_f32(c->data, first, n, c->value, err))
        return err->code;
    if (!c->category && !c->mask)
        return TJAC_OK;
    if (tjac_h5_read_i32(c->mask ? c->mask : c->data, first, n, c->code, err))
        return err->code;
    for (size_t i = 0; i < n; i++) {
        int32_t k = c->code[i];
        if (c->mask)
            c->value[i] = k ? NAN : c->value[i];
        else if (k < -1 || (k >= 0 && (size_t)k >= c->n_categories))
            return tjac_err_set(
                err, TJAC_EINPUT, "'%s': '%s' has code %d at row %zu, but there are %zu categories",
                c->data->file->path, c->data->name, (int)k, first + i, c->n_categories);
        else
            c->value[i] = k < 0 ? NAN : c->category[k];
    }
    return TJAC_OK;
}

/* Column j of the rows of the list: out[stride * slot]. */
static tjac_code read_column(const tjac_matrix *m, size_t j, const tjac_errand *list, size_t n,
                             float *out, size_t stride, tjac_err *err)
{
    column *c = NULL;
    if (column_open(m, j, &c, err))
        return err->code;
    for (size_t i = 0; i < n && !err->code;) {
        size_t first = list[i].row / BLOCK_ROWS * BLOCK_ROWS, rest = m->n_rows - first;
        if (read_block(c, first, rest < BLOCK_ROWS ? rest : BLOCK_ROWS, err))
            break;
        for (; i < n && list[i].row - first < BLOCK_ROWS; i++) {
            float x = c->value[list[i].row - first];
            out[stride * list[i].slot] = x;
            if (!isfinite(x) && tjac_matrix_refuse(m, list[i].row, j, x, err))
                break;
        }
    }
    column_close(c);
    return err->code;
}

/* ---- the matrix ---- */

static tjac_code keep_name(void *ctx, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(ctx, text ? text : "nan", err);
}

/* Rows first to first + n of both indices must be the same cells. */
static tjac_code check_names(const tjac_matrix *m, const tjac_h5_data *own, const tjac_h5_data *obs,
                             size_t first, size_t n, tjac_err *err)
{
    tjac_names a = {0}, b = {0};
    (void)(tjac_h5_each_text(own, first, n, keep_name, &a, err) ||
           tjac_h5_each_text(obs, first, n, keep_name, &b, err));
    for (size_t i = 0; i < n && !err->code; i++)
        if (strcmp(a.name[i], b.name[i]) != 0)
            tjac_err_set(err, TJAC_EINPUT,
                         "'%s': row %zu of the DataFrame '%s' is '%s', but cell %zu is '%s'; write "
                         "it in the order of obs",
                         m->cells->file->path, first + i, m->object, a.name[i], first + i,
                         b.name[i]);
    tjac_names_free(&a);
    tjac_names_free(&b);
    return err->code;
}

/* anndata refuses rows in another order than obs, too. */
static tjac_code check_index(const tjac_matrix *m, tjac_err *err)
{
    const tjac_frame *frame = &m->table->frame;
    tjac_h5_data *own = NULL, *obs = NULL;
    if (frame->n != m->cells->obs.n)
        return TJAC_OK; /* said with the matrix's shape */
    if (!tjac_frame_index_open(frame, &own, err) &&
        !tjac_frame_index_open(&m->cells->obs, &obs, err) && own->type == TJAC_H5_TEXT &&
        obs->type == TJAC_H5_TEXT)
        for (size_t i = 0; i < frame->n && !err->code; i += BLOCK_ROWS)
            (void)!check_names(m, own, obs, i,
                               frame->n - i < BLOCK_ROWS ? frame->n - i : BLOCK_ROWS, err);
    tjac_h5_data_close(own);
    tjac_h5_data_close(obs);
    return err->code;
}

static tjac_code check_columns(tjac_matrix *m, tjac_err *err)
{
    char dtype[sizeof((tjac_h5_data *)0)->dtype] = "";
    for (size_t j = 0; j < m->n_cols; j++) {
        column *c = NULL;
        if (column_open(m, j, &c, err))
            return err->code;
        const char *own = c->category ? "categorical" : c->data->dtype;
        if (j && strcmp(dtype, own) != 0)
            own = "mixed";
        snprintf(dtype, sizeof dtype, "%s", own);
        column_close(c);
    }
    snprintf(m->layout, sizeof m->layout, "DataFrame %s", dtype);
    return TJAC_OK;
}

tjac_code tjac_table_open(tjac_matrix *m, tjac_err *err)
{
    tjac_table *t = m->table = tjac_alloc(1, sizeof *t, err);
    m->kind = TJAC_MATRIX_TABLE;
    if (!t || tjac_frame_open(m->cells->file, m->object, &t->frame, err) ||
        tjac_h5_attr_names(m->cells->file, m->object, "column-order", &t->columns, err))
        return err->code;
    m->n_rows = t->frame.n;
    m->n_cols = t->columns.n;
    return check_index(m, err) ? err->code : check_columns(m, err);
}

const tjac_names *tjac_table_columns(const tjac_table *table)
{
    return &table->columns;
}

tjac_code tjac_table_read_rows(const tjac_matrix *m, const tjac_errand *list, size_t n, float *out,
                               tjac_err *err)
{
    for (size_t j = 0; j < m->n_cols; j++)
        if (read_column(m, j, list, n, out + j, m->n_cols, err))
            break;
    return err->code;
}

tjac_code tjac_table_moments(const tjac_matrix *m, const size_t *rows, size_t n_rows, double *mean,
                             double *sd, tjac_err *err)
{
    tjac_errand *list = tjac_alloc(n_rows, sizeof *list, err);
    float *x = tjac_alloc(n_rows, sizeof *x, err);
    for (size_t i = 0; list && i < n_rows; i++)
        list[i] = (tjac_errand){rows[i], i};
    for (size_t j = 0; j < m->n_cols && !err->code; j++) {
        double at = 0, m2 = 0;
        if (read_column(m, j, list, n_rows, x, 1, err))
            break;
        for (size_t i = 0; i < n_rows; i++) { /* Welford's, as in matrix.c */
            double d = x[i] - at;
            at += d * (1 / (double)(i + 1));
            m2 += d * (x[i] - at);
        }
        mean[j] = at;
        if (sd)
            sd[j] = n_rows > 1 ? sqrt(m2 / (double)(n_rows - 1)) : NAN;
    }
    free(x);
    free(list);
    return err->code;
}

void tjac_table_close(tjac_table *t)
{
    if (!t)
        return;
    tjac_frame_free(&t->frame);
    tjac_names_free(&t->columns);
    free(t);
}
