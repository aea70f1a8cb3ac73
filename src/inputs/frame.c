#include "inputs/h5ad.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, MAX_LABEL = 40, COLUMNS_SHOWN = 30 };

/* ---- labels ---- */

/* The shortest digits that read back the same number, laid out as Python's repr does. */
static void label_of_float(double x, int single, char *buf, size_t size)
{
    char digits[MAX_LABEL] = "";
    int p = 0;
    if (isinf(x)) {
        snprintf(buf, size, x > 0 ? "inf" : "-inf");
        return;
    }
    for (; p < 17; p++) {
        snprintf(digits, sizeof digits, "%.*e", p, x);
        if (single ? strtof(digits, NULL) == (float)x : strtod(digits, NULL) == x)
            break;
    }
    const char *e = strchr(digits, 'e');
    long exponent = e ? strtol(e + 1, NULL, 10) : 0;
    if (exponent < -4 || exponent >= 16)
        snprintf(buf, size, "%s", digits);
    else
        snprintf(buf, size, "%.*f", p > exponent ? (int)(p - exponent) : 1, x);
}

static tjac_code each_float(const tjac_h5_data *data, tjac_h5_text_fn fn, void *ctx, tjac_err *err)
{
    tjac_code code = TJAC_OK;
    double block[BLOCK];
    char text[MAX_LABEL];
    int single = strcmp(data->dtype, "float64") != 0;
    for (size_t i = 0; !code && i < data->n_rows; i += BLOCK) {
        size_t n = data->n_rows - i < BLOCK ? data->n_rows - i : BLOCK;
        code = tjac_h5_read_f64(data, i, n, block, err);
        for (size_t k = 0; !code && k < n; k++) {
            if (!isnan(block[k]))
                label_of_float(block[k], single, text, sizeof text);
            code = fn(ctx, i + k, isnan(block[k]) ? NULL : text, err);
        }
    }
    return code;
}

static tjac_code each_int(const tjac_h5_data *data, tjac_h5_text_fn fn, void *ctx, tjac_err *err)
{
    tjac_code code = TJAC_OK;
    int64_t block[BLOCK];
    char text[MAX_LABEL];
    int is_bool = data->type == TJAC_H5_BOOL, clips = strcmp(data->dtype, "uint64") == 0;
    for (size_t i = 0; !code && i < data->n_rows; i += BLOCK) {
        size_t n = data->n_rows - i < BLOCK ? data->n_rows - i : BLOCK;
        code = tjac_h5_read_i64(data, i, n, block, err);
        for (size_t k = 0; !code && k < n; k++) {
            if (clips && block[k] == INT64_MAX)
                return tjac_err_set(err, TJAC_EINPUT,
                                    "'%s': '%s' holds an integer beyond 2^63 at row %zu; write "
                                    "the column as strings",
                                    data->file->path, data->name, i + k);
            if (is_bool)
                snprintf(text, sizeof text, block[k] ? "True" : "False");
            else
                snprintf(text, sizeof text, "%" PRId64, block[k]);
            code = fn(ctx, i + k, text, err);
        }
    }
    return code;
}

tjac_code tjac_label_each(const tjac_h5_data *data, tjac_h5_text_fn fn, void *ctx, tjac_err *err)
{
    switch (data->type) {
    case TJAC_H5_FLOAT:
        return each_float(data, fn, ctx, err);
    case TJAC_H5_BOOL:
    case TJAC_H5_INT:
        return each_int(data, fn, ctx, err);
    default:
        return tjac_h5_each_text(data, 0, data->n_rows, fn, ctx, err);
    }
}

tjac_code tjac_label_open(const tjac_h5 *file, const char *object, size_t n, tjac_h5_data **out,
                          tjac_err *err)
{
    if (tjac_h5_find(file, object) != TJAC_H5_GROUP)
        return tjac_h5_vector_open(file, object, NULL, TJAC_H5_LABEL, n, out, err);
    char *values = tjac_path_join(object, "values", err);
    if (!values)
        return err->code;
    tjac_code code = TJAC_OK;
    if (tjac_h5_find(file, values) == TJAC_H5_ABSENT)
        code = tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' is a group without 'values', expected "
                            "names",
                            file->path, object);
    else
        code = tjac_h5_vector_open(file, values, NULL, TJAC_H5_LABEL, n, out, err);
    free(values);
    return code;
}

/* ---- distinct labels, numbered as they appear ---- */

typedef struct {
    tjac_column *column;
    const int32_t *mask; /* NULL, or nonzero where the value is missing */
} numbering;

static tjac_code number_label(void *ctx, size_t row, const char *text, tjac_err *err)
{
    const numbering *nb = ctx;
    size_t label = 0;
    if (!text || (nb->mask && nb->mask[row])) {
        nb->column->code[row] = -1;
        return TJAC_OK;
    }
    if (tjac_names_put(&nb->column->labels, text, &label, err))
        return err->code;
    nb->column->code[row] = (int32_t)label; /* at most as many as rows: below 2^31 */
    return TJAC_OK;
}

static tjac_code column_of_values(const tjac_h5_data *values, const int32_t *mask, tjac_column *out,
                                  tjac_err *err)
{
    numbering nb = {.column = out, .mask = mask};
    return tjac_label_each(values, number_label, &nb, err);
}

/* ---- categories ---- */

static tjac_code add_category(void *ctx, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(ctx, text ? text : "nan", err);
}

static tjac_code column_of_codes(const tjac_h5_data *codes, const char *categories,
                                 tjac_column *out, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_code code = tjac_label_open(codes->file, categories, SIZE_MAX, &data, err);
    if (!code)
        code = tjac_label_each(data, add_category, &out->labels, err);
    tjac_h5_data_close(data);
    if (!code)
        code = tjac_h5_read_i32(codes, 0, codes->n_rows, out->code, err);
    for (size_t i = 0; !code && i < codes->n_rows; i++) {
        if (out->code[i] < -1 || (out->code[i] >= 0 && (size_t)out->code[i] >= out->labels.n))
            code = tjac_err_set(
                err, TJAC_EINPUT, "'%s': '%s' has code %d at row %zu, but '%s' has %zu categories",
                codes->file->path, codes->name, (int)out->code[i], i, categories, out->labels.n);
    }
    return code;
}

/* ---- where a column is, for each layout ---- */

static tjac_code place_in_record(const tjac_frame *f, const char *column, tjac_place *out,
                                 tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_names fields = {0};
    tjac_code code = tjac_h5_data_open(f->file, f->name, NULL, &data, err);
    if (!code && !(code = tjac_h5_fields(data, &fields, err)) &&
        tjac_names_find(&fields, column) >= 0) {
        snprintf(out->object, sizeof out->object, "%s", f->name);
        snprintf(out->companion, sizeof out->companion, "uns/%s_categories", column);
        out->field = column;
        out->kind = tjac_h5_find(f->file, out->companion) ? TJAC_COLUMN_CODES : TJAC_COLUMN_VALUES;
    }
    tjac_names_free(&fields);
    tjac_h5_data_close(data);
    return code;
}

static tjac_code place_in_group(const tjac_frame *f, const char *column, tjac_place *out,
                                tjac_err *err)
{
    char *encoding = NULL;
    snprintf(out->object, sizeof out->object, "%s/%s", f->name, column);
    tjac_h5_kind kind = tjac_h5_find(f->file, out->object);
    if (kind == TJAC_H5_ABSENT)
        return TJAC_OK;
    if (kind != TJAC_H5_GROUP) {
        snprintf(out->companion, sizeof out->companion, "%s/__categories/%s", f->name, column);
        out->kind = tjac_h5_find(f->file, out->companion) ? TJAC_COLUMN_CODES : TJAC_COLUMN_VALUES;
        return TJAC_OK;
    }
    tjac_code code = tjac_h5_attr_text(f->file, out->object, "encoding-type", &encoding, err);
    if (code)
        return code;
    const char *value = NULL, *companion = NULL;
    if (encoding && strcmp(encoding, "categorical") == 0) {
        out->kind = TJAC_COLUMN_CODES, value = "codes", companion = "categories";
    } else if (encoding && strncmp(encoding, "nullable-", 9) == 0) {
        out->kind = TJAC_COLUMN_NULLABLE, value = "values", companion = "mask";
    } else {
        code = tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' has encoding '%s', expected categorical, nullable-* or an "
                            "array; write the column as strings",
                            f->file->path, out->object, encoding ? encoding : "none");
    }
    if (!code) {
        snprintf(out->companion, sizeof out->companion, "%s/%s/%s", f->name, column, companion);
        snprintf(out->object, sizeof out->object, "%s/%s/%s", f->name, column, value);
    }
    free(encoding);
    return code;
}

tjac_code tjac_frame_place(const tjac_frame *f, const char *column, tjac_place *out, tjac_err *err)
{
    *out = (tjac_place){0};
    if (strlen(column) == 0 || strlen(column) > 400)
        return TJAC_OK; /* beyond the buffers, and no column of anyone's */
    return f->record ? place_in_record(f, column, out, err) : place_in_group(f, column, out, err);
}

static tjac_code refuse_absent(const tjac_frame *f, const char *column, tjac_err *err)
{
    tjac_names columns = {0};
    tjac_text text = {0};
    tjac_code code = tjac_frame_columns(f, &columns, err);
    if (!code) {
        tjac_text_add(&text, "'%s' has no %s column '%s'", f->file->path, f->name, column);
        tjac_text_add_choices(&text, column, "columns", &columns, COLUMNS_SHOWN);
        code = tjac_err_set(err, TJAC_EMISSING, "%s", text.text ? text.text : column);
    }
    tjac_text_free(&text);
    tjac_names_free(&columns);
    return code;
}

static tjac_code read_mask(const tjac_h5 *file, const char *object, size_t n, int32_t **out,
                           tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_code code =
        tjac_h5_vector_open(file, object, NULL, TJAC_H5_BOOL | TJAC_H5_INT, n, &data, err);
    if (!code && !(*out = tjac_alloc(n, sizeof **out, err)))
        code = err->code;
    if (!code)
        code = tjac_h5_read_i32(data, 0, n, *out, err);
    tjac_h5_data_close(data);
    return code;
}

/* Reads the column at `place` into out; *n: its rows. */
static tjac_code read_column(const tjac_frame *frame, const tjac_place *place, tjac_column *out,
                             size_t *n, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    int32_t *mask = NULL;
    bool codes = place->kind == TJAC_COLUMN_CODES;
    tjac_code code = tjac_h5_vector_open(frame->file, place->object, place->field,
                                         codes ? TJAC_H5_INT : TJAC_H5_LABEL, frame->n, &data, err);
    if (code)
        return code;
    *n = data->n_rows;
    if (!(out->code = tjac_alloc(*n, sizeof *out->code, err)))
        code = err->code;
    if (!code && place->kind == TJAC_COLUMN_NULLABLE)
        code = read_mask(frame->file, place->companion, *n, &mask, err);
    if (!code)
        code = codes ? column_of_codes(data, place->companion, out, err)
                     : column_of_values(data, mask, out, err);
    free(mask);
    tjac_h5_data_close(data);
    return code;
}

tjac_code tjac_frame_column(const tjac_frame *frame, const char *column, tjac_column *out,
                            tjac_err *err)
{
    tjac_place place;
    size_t n;
    *out = (tjac_column){0};
    tjac_code code = tjac_frame_place(frame, column, &place, err);
    if (code || (place.kind == TJAC_COLUMN_ABSENT && (code = refuse_absent(frame, column, err))) ||
        (code = read_column(frame, &place, out, &n, err)))
        return code;
    if (out->labels.twice)
        code = tjac_err_set(err, TJAC_EINPUT, "'%s': category '%s' of %s column '%s' occurs twice",
                            frame->file->path, out->labels.name[out->labels.twice], frame->name,
                            column);
    return code;
}

tjac_code tjac_frame_labels(const tjac_frame *frame, const tjac_place *place, tjac_names *out,
                            tjac_err *err)
{
    tjac_column column = {0};
    size_t n = 0;
    tjac_code code = read_column(frame, place, &column, &n, err);
    for (size_t i = 0; !code && i < n; i++)
        code = tjac_names_add(out, column.code[i] < 0 ? "nan" : column.labels.name[column.code[i]],
                              err);
    tjac_column_free(&column);
    return code;
}

/* ---- the table ---- */

int tjac_frame_has(const tjac_frame *frame, const char *column)
{
    tjac_place place;
    tjac_err ignored = {0};
    tjac_code code = tjac_frame_place(frame, column, &place, &ignored);
    tjac_err_clear(&ignored);
    return code || place.kind != TJAC_COLUMN_ABSENT;
}

tjac_code tjac_frame_columns(const tjac_frame *frame, tjac_names *out, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    tjac_names all = {0};
    tjac_code code;
    if (!frame->record)
        code = tjac_h5_members(frame->file, frame->name, &all, err);
    else if (!(code = tjac_h5_data_open(frame->file, frame->name, NULL, &data, err)))
        code = tjac_h5_fields(data, &all, err);
    for (size_t i = 0; !code && i < all.n; i++)
        if (strcmp(all.name[i], frame->index) != 0 && strcmp(all.name[i], "__categories") != 0)
            code = tjac_names_add(out, all.name[i], err);
    tjac_names_free(&all);
    tjac_h5_data_close(data);
    return code;
}

tjac_code tjac_frame_index_open(const tjac_frame *frame, tjac_h5_data **out, tjac_err *err)
{
    size_t n = frame->n ? frame->n : SIZE_MAX;
    if (frame->record)
        return tjac_h5_vector_open(frame->file, frame->name, frame->index, TJAC_H5_LABEL, n, out,
                                   err);
    char *object = tjac_path_join(frame->name, frame->index, err);
    if (!object)
        return err->code;
    tjac_code code = TJAC_OK;
    if (tjac_h5_find(frame->file, object) == TJAC_H5_ABSENT)
        code = tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has no index '%s', which names its rows",
                            frame->file->path, frame->name, frame->index);
    else
        code = tjac_label_open(frame->file, object, n, out, err);
    free(object);
    return code;
}

/* 0.6: the index is the field 'index' or '_index', whichever is there. */
static tjac_code find_record_index(tjac_frame *frame, tjac_err *err)
{
    tjac_place place = {0};
    tjac_code code = place_in_record(frame, "index", &place, err);
    if (!code && !(frame->index = tjac_strdup(place.kind ? "index" : "_index", err)))
        code = err->code;
    return code;
}

tjac_code tjac_frame_open(const tjac_h5 *file, const char *name, tjac_frame *out, tjac_err *err)
{
    tjac_h5_data *index = NULL;
    tjac_code code = TJAC_OK;
    tjac_h5_kind kind = tjac_h5_find(file, name);
    *out = (tjac_frame){.file = file, .name = name, .record = kind == TJAC_H5_DATASET};
    if (kind == TJAC_H5_ABSENT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' has no '%s', expected an .h5ad file written by anndata",
                            file->path, name);
    if (out->record)
        code = find_record_index(out, err);
    else if (!(code = tjac_h5_attr_text(file, name, "_index", &out->index, err)) && !out->index)
        code = tjac_err_set(err, TJAC_EINPUT,
                            "'%s': group '%s' has no attribute '_index', expected an .h5ad file "
                            "written by anndata",
                            file->path, name);
    if (code || (code = tjac_frame_index_open(out, &index, err)))
        goto done;
    out->n = index->n_rows;
    if (out->n > INT32_MAX - 1)
        code = tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has %zu rows, expected fewer than 2^31",
                            file->path, name, out->n);
done:
    tjac_h5_data_close(index);
    return code;
}

void tjac_frame_free(tjac_frame *frame)
{
    free(frame->index);
    *frame = (tjac_frame){0};
}
