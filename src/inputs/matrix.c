#include "inputs/h5ad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MATRICES_SHOWN = 20,
    BLOCK_VALUES = 1 << 14, /* stored values of a sparse row in memory at a time */
    BLOCK_BYTES = 4 << 20   /* rows in memory at a time when only their moments are asked for */
};

/* ---- what there is ---- */

static tjac_code add_members(const tjac_h5 *file, const char *group, const char *prefix,
                             tjac_names *out, tjac_err *err)
{
    tjac_names members = {0};
    tjac_code code = TJAC_OK;
    if (tjac_h5_find(file, group) == TJAC_H5_GROUP)
        code = tjac_h5_members(file, group, &members, err);
    for (size_t i = 0; !code && i < members.n; i++) {
        char name[600];
        snprintf(name, sizeof name, "%s%s", prefix, members.name[i]);
        code = tjac_names_add(out, name, err);
    }
    tjac_names_free(&members);
    return code;
}

static tjac_code refuse_absent(const tjac_cells *cells, const char *key, tjac_err *err)
{
    tjac_names there = {0};
    tjac_text text = {0};
    tjac_code code = TJAC_OK;
    if (tjac_h5_find(cells->file, "X") != TJAC_H5_ABSENT)
        code = tjac_names_add(&there, "X", err);
    if (!code)
        code = add_members(cells->file, "layers", "layers/", &there, err);
    if (!code)
        code = add_members(cells->file, "obsm", "", &there, err);
    if (!code) {
        tjac_text_add(&text, "'%s' has no matrix '%s'", cells->file->path, key);
        tjac_text_add_choices(&text, key, "matrices", &there, MATRICES_SHOWN);
        tjac_text_add(&text, "; set cells.embed_key");
        code = tjac_err_set(err, TJAC_EMISSING, "%s", text.text ? text.text : key);
    }
    tjac_text_free(&text);
    tjac_names_free(&there);
    return code;
}

/* ---- opening ---- */

static tjac_code open_part(const tjac_matrix *m, const char *part, unsigned types, size_t n,
                           tjac_h5_data **out, tjac_err *err)
{
    char *object = tjac_path_join(m->object, part, err);
    if (!object)
        return err->code;
    tjac_code code = tjac_h5_find(m->cells->file, object) == TJAC_H5_ABSENT
                         ? tjac_err_set(err, TJAC_EINPUT, "'%s': sparse matrix '%s' has no '%s'",
                                        m->cells->file->path, m->object, part)
                         : tjac_h5_vector_open(m->cells->file, object, NULL, types, n, out, err);
    free(object);
    return code;
}

/* Reads the starts of all rows (columns) and checks them: every later read trusts them. */
static tjac_code read_starts(tjac_matrix *m, size_t n, size_t n_values, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_code code = open_part(m, "indptr", TJAC_H5_INT, n + 1, &data, err);
    if (!code && !(m->start = tjac_alloc(n + 1, sizeof *m->start, err)))
        code = err->code;
    if (!code)
        code = tjac_h5_read_i64(data, 0, n + 1, m->start, err);
    tjac_h5_data_close(data);
    if (code)
        return code;
    for (size_t i = 0; i <= n; i++) {
        if (m->start[i] < (i ? m->start[i - 1] : 0) || (i == 0 && m->start[0] != 0) ||
            (uint64_t)m->start[i] > n_values)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s': '%s/indptr' is %lld at %zu, expected numbers that ascend "
                                "from 0 to the %zu stored values",
                                m->cells->file->path, m->object, (long long)m->start[i], i,
                                n_values);
    }
    return TJAC_OK;
}

static tjac_code check_shape(const tjac_matrix *m, tjac_err *err)
{
    const tjac_cells *cells = m->cells;
    int of_genes = strcmp(m->key, "X") == 0 || strncmp(m->key, "layers/", 7) == 0;
    if (m->n_rows != cells->obs.n)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has %zu rows, but obs has %zu cells",
                            cells->file->path, m->object, m->n_rows, cells->obs.n);
    if (of_genes && m->n_cols != cells->var.n)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has %zu columns, but var has %zu genes",
                            cells->file->path, m->object, m->n_cols, cells->var.n);
    return TJAC_OK;
}

static tjac_code open_sparse(tjac_matrix *m, const char *format, tjac_err *err)
{
    int64_t shape[2] = {0, 0};
    int there = 0;
    tjac_code code;
    const tjac_h5 *file = m->cells->file;
    m->kind = strncmp(format, "csr", 3) == 0 ? TJAC_MATRIX_CSR : TJAC_MATRIX_CSC;
    if ((code = tjac_h5_attr_pair(file, m->object, "shape", shape, &there, err)) ||
        (!there &&
         (code = tjac_h5_attr_pair(file, m->object, "h5sparse_shape", shape, &there, err))))
        return code;
    if (!there || shape[0] < 0 || shape[1] < 0 || shape[0] > INT32_MAX || shape[1] > INT32_MAX)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': sparse matrix '%s' states no shape below 2^31 x 2^31",
                            file->path, m->object);
    m->n_rows = (size_t)shape[0];
    m->n_cols = (size_t)shape[1];
    if ((code = check_shape(m, err)) ||
        (code = open_part(m, "data", TJAC_H5_INT | TJAC_H5_FLOAT | TJAC_H5_BOOL, SIZE_MAX, &m->data,
                          err)) ||
        (code = open_part(m, "indices", TJAC_H5_INT, m->data->n_rows, &m->indices, err)))
        return code;
    snprintf(m->layout, sizeof m->layout, "%s %s, %s indices",
             m->kind == TJAC_MATRIX_CSR ? "CSR" : "CSC", m->data->dtype, m->indices->dtype);
    return read_starts(m, m->kind == TJAC_MATRIX_CSR ? m->n_rows : m->n_cols, m->data->n_rows, err);
}

static tjac_code open_dense(tjac_matrix *m, tjac_err *err)
{
    tjac_code code = tjac_h5_data_open(m->cells->file, m->object, NULL, &m->data, err);
    if (code)
        return code;
    if (m->data->rank != 2 || !(m->data->type & (TJAC_H5_INT | TJAC_H5_FLOAT | TJAC_H5_BOOL)))
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' holds %s in %zu dimensions, expected numbers in two",
                            m->cells->file->path, m->object, m->data->dtype, m->data->rank);
    m->kind = TJAC_MATRIX_DENSE;
    m->n_rows = m->data->n_rows;
    m->n_cols = m->data->n_cols;
    snprintf(m->layout, sizeof m->layout, "dense %s", m->data->dtype);
    return check_shape(m, err);
}

/* A group is sparse if it says so: "csr_matrix" today, h5sparse_format "csr" before anndata 0.7. */
static tjac_code open_group(tjac_matrix *m, tjac_err *err)
{
    char *format = NULL;
    const tjac_h5 *file = m->cells->file;
    tjac_code code = tjac_h5_attr_text(file, m->object, "encoding-type", &format, err);
    if (!code && !format)
        code = tjac_h5_attr_text(file, m->object, "h5sparse_format", &format, err);
    if (!code && format && (strncmp(format, "csr", 3) == 0 || strncmp(format, "csc", 3) == 0))
        code = open_sparse(m, format, err);
    else if (!code && format && strcmp(format, "dataframe") == 0)
        code = tjac_table_open(m, err) ? err->code : check_shape(m, err);
    else if (!code)
        code = tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' has encoding '%s', expected a dense array, csr_matrix, "
                            "csc_matrix or dataframe",
                            file->path, m->object, format ? format : "none");
    free(format);
    return code;
}

tjac_code tjac_matrix_open(const tjac_cells *cells, const char *key, tjac_matrix **out,
                           tjac_err *err)
{
    int whole = strcmp(key, "X") == 0 || strncmp(key, "layers/", 7) == 0;
    tjac_code code = TJAC_OK;
    tjac_matrix *m = tjac_alloc(1, sizeof *m, err);
    if (!m)
        return err->code;
    m->cells = cells;
    if (!(m->key = tjac_strdup(key, err)) ||
        !(m->object = whole ? tjac_strdup(key, err) : tjac_path_join("obsm", key, err))) {
        code = err->code;
        goto done;
    }
    tjac_h5_kind kind =
        key[0] && key[0] != '/' ? tjac_h5_find(cells->file, m->object) : TJAC_H5_ABSENT;
    code = kind == TJAC_H5_ABSENT  ? refuse_absent(cells, key, err)
           : kind == TJAC_H5_GROUP ? open_group(m, err)
                                   : open_dense(m, err);
done:
    if (code) {
        tjac_matrix_close(m);
        return code;
    }
    *out = m;
    return TJAC_OK;
}

void tjac_matrix_close(tjac_matrix *matrix)
{
    if (!matrix)
        return;
    tjac_table_close(matrix->table);
    tjac_h5_data_close(matrix->data);
    tjac_h5_data_close(matrix->indices);
    free(matrix->start);
    free(matrix->key);
    free(matrix->object);
    free(matrix);
}

size_t tjac_matrix_n_cols(const tjac_matrix *matrix)
{
    return matrix->n_cols;
}

const char *tjac_matrix_key(const tjac_matrix *matrix)
{
    return matrix->key;
}

const tjac_names *tjac_matrix_columns(const tjac_matrix *matrix)
{
    return matrix->table ? tjac_table_columns(matrix->table) : NULL;
}

const char *tjac_matrix_layout(const tjac_matrix *matrix)
{
    return matrix->layout;
}

/* ---- rows ---- */

static tjac_code check_finite(const tjac_matrix *m, size_t row, const float *values, tjac_err *err)
{
    for (size_t j = 0; j < m->n_cols; j++)
        if (!isfinite(values[j]))
            return tjac_matrix_refuse(m, row, j, values[j], err);
    return TJAC_OK;
}

static int by_row(const void *a, const void *b)
{
    const tjac_errand *x = a, *y = b;
    return x->row != y->row ? (x->row < y->row ? -1 : 1)
                            : (x->slot > y->slot) - (x->slot < y->slot);
}

/* Ascending rows, so that each chunk is unpacked once; rows that follow each other in the file and
 * in the output are read at once. */
static tjac_code read_dense(const tjac_matrix *m, const tjac_errand *list, size_t n, float *out,
                            tjac_err *err)
{
    tjac_code code = TJAC_OK;
    for (size_t i = 0, run = 1; !code && i < n; i += run, run = 1) {
        while (i + run < n && list[i + run].row == list[i].row + run &&
               list[i + run].slot == list[i].slot + run)
            run++;
        float *to = out + list[i].slot * m->n_cols;
        code = tjac_h5_read_f32(m->data, list[i].row, run, to, err);
        for (size_t k = 0; !code && k < run; k++)
            code = check_finite(m, list[i].row + k, to + k * m->n_cols, err);
    }
    return code;
}

static tjac_code add_csr_block(const tjac_matrix *m, size_t row, const int64_t *index,
                               const float *value, size_t n, float *out, tjac_err *err)
{
    for (size_t k = 0; k < n; k++) {
        if (index[k] < 0 || (uint64_t)index[k] >= m->n_cols)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s': '%s/indices' names column %lld in row %zu, expected 0 to "
                                "%zu",
                                m->cells->file->path, m->object, (long long)index[k], row,
                                m->n_cols - 1);
        out[index[k]] += value[k]; /* a column named twice is their sum, as in scipy */
    }
    return TJAC_OK;
}

static tjac_code read_csr(const tjac_matrix *m, const tjac_errand *list, size_t n, float *out,
                          tjac_err *err)
{
    int64_t *index = tjac_alloc(BLOCK_VALUES, sizeof *index, err);
    float *value = index ? tjac_alloc(BLOCK_VALUES, sizeof *value, err) : NULL;
    tjac_code code = value ? TJAC_OK : err->code;
    for (size_t i = 0; !code && i < n; i++) {
        size_t row = list[i].row, end = (size_t)m->start[row + 1];
        float *to = out + list[i].slot * m->n_cols;
        memset(to, 0, m->n_cols * sizeof *to);
        for (size_t at = (size_t)m->start[row]; !code && at < end; at += BLOCK_VALUES) {
            size_t k = end - at < BLOCK_VALUES ? end - at : BLOCK_VALUES;
            if (!(code = tjac_h5_read_i64(m->indices, at, k, index, err)) &&
                !(code = tjac_h5_read_f32(m->data, at, k, value, err)))
                code = add_csr_block(m, row, index, value, k, to, err);
        }
        if (!code)
            code = check_finite(m, row, to, err);
    }
    free(index);
    free(value);
    return code;
}

tjac_code tjac_matrix_read_rows(const tjac_matrix *matrix, const size_t *rows, size_t n_rows,
                                float *out, tjac_err *err)
{
    if (n_rows == 0 || matrix->n_cols == 0)
        return TJAC_OK;
    for (size_t i = 0; i < n_rows; i++)
        if (rows[i] >= matrix->n_rows)
            return tjac_err_set(err, TJAC_EFAIL, "'%s': row %zu of '%s' asked for, which has %zu",
                                matrix->cells->file->path, rows[i], matrix->object, matrix->n_rows);
    if (matrix->kind == TJAC_MATRIX_CSC)
        return tjac_csc_read_rows(matrix, rows, n_rows, out, err);
    tjac_errand *list = tjac_alloc(n_rows, sizeof *list, err);
    if (!list)
        return err->code;
    for (size_t i = 0; i < n_rows; i++)
        list[i] = (tjac_errand){rows[i], i};
    qsort(list, n_rows, sizeof *list, by_row);
    tjac_code code = matrix->kind == TJAC_MATRIX_TABLE
                         ? tjac_table_read_rows(matrix, list, n_rows, out, err)
                     : matrix->kind == TJAC_MATRIX_CSR ? read_csr(matrix, list, n_rows, out, err)
                                                       : read_dense(matrix, list, n_rows, out, err);
    free(list);
    return code;
}

/* ---- moments ---- */

/* Welford's update of one row: stable where a sum of squares is not. */
static void add_row(const float *x, size_t n_cols, double count, double *mean, double *m2)
{
    double weight = 1 / count;
    for (size_t j = 0; j < n_cols; j++) {
        double d = x[j] - mean[j];
        mean[j] += d * weight;
        m2[j] += d * (x[j] - mean[j]);
    }
}

tjac_code tjac_matrix_moments(const tjac_matrix *matrix, const size_t *rows, size_t n_rows,
                              double *mean, double *sd, tjac_err *err)
{
    if (matrix->kind == TJAC_MATRIX_CSC)
        return tjac_csc_moments(matrix, rows, n_rows, mean, sd, err);
    if (matrix->kind == TJAC_MATRIX_TABLE)
        return tjac_table_moments(matrix, rows, n_rows, mean, sd, err);
    size_t n_cols = matrix->n_cols, step = BLOCK_BYTES / (n_cols * sizeof(float) + 1) + 1;
    tjac_code code = TJAC_OK;
    double *m2 = NULL;
    float *block = tjac_alloc(step * (n_cols + 1), sizeof *block, err);
    if (!block || !(m2 = tjac_alloc(n_cols, sizeof *m2, err))) {
        code = err->code;
        goto done;
    }
    memset(mean, 0, n_cols * sizeof *mean);
    for (size_t i = 0; !code && i < n_rows; i += step) {
        size_t n = n_rows - i < step ? n_rows - i : step;
        code = tjac_matrix_read_rows(matrix, rows + i, n, block, err);
        for (size_t k = 0; !code && k < n; k++)
            add_row(block + k * n_cols, n_cols, (double)(i + k + 1), mean, m2);
    }
    for (size_t j = 0; !code && sd && j < n_cols; j++)
        sd[j] = n_rows > 1 ? sqrt(m2[j] / (double)(n_rows - 1)) : NAN;
done:
    free(m2);
    free(block);
    return code;
}
