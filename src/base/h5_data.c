/* h5_data.c: the datasets of h5.h, read. */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/h5_parts.h"

enum {
    BLOCK_STRINGS = 4096,  /* strings in memory at a time */
    BLOCK_BYTES = 4 << 20, /* of fixed-length strings */
    CACHE_LEAST = 1 << 20, /* HDF5's own chunk cache */
    CACHE_MOST = 64 << 20, /* ours: rows are then unpacked once, not once a row */
    MAX_PACKING = 4096     /* gzip packs 1032:1 at best, zstd of constants more */
};

/* ---- datasets ---- */

static void classify(tjac_h5_data *d)
{
    size_t bits = H5Tget_size(d->type_id) * 8;
    d->type = TJAC_H5_UNKNOWN;
    snprintf(d->dtype, sizeof d->dtype, "unknown");
    switch (H5Tget_class(d->type_id)) {
    case H5T_INTEGER:
        d->type = TJAC_H5_INT;
        snprintf(d->dtype, sizeof d->dtype, "%sint%u",
                 H5Tget_sign(d->type_id) == H5T_SGN_NONE ? "u" : "", (unsigned)bits % 1000);
        break;
    case H5T_FLOAT:
        d->type = TJAC_H5_FLOAT;
        snprintf(d->dtype, sizeof d->dtype, "float%u", (unsigned)bits % 1000);
        break;
    case H5T_STRING:
        d->type = TJAC_H5_TEXT;
        snprintf(d->dtype, sizeof d->dtype, "text");
        break;
    case H5T_ENUM: /* how h5py writes bool: an enum of FALSE and TRUE */
        if (H5Tget_nmembers(d->type_id) == 2) {
            d->type = TJAC_H5_BOOL;
            snprintf(d->dtype, sizeof d->dtype, "bool");
        }
        break;
    case H5T_COMPOUND:
        d->type = TJAC_H5_RECORD;
        snprintf(d->dtype, sizeof d->dtype, "record");
        break;
    default:
        break;
    }
}

static tjac_code read_extents(tjac_h5_data *d, tjac_err *err)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(d->id);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, NULL);
    H5S_class_t class = space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(space);
    if (space >= 0)
        H5Sclose(space);
    if (rank < 0)
        return h5_fail(d->file, d->name, "open", err);
    d->rank = (size_t)rank;
    d->n_rows = class == H5S_NULL ? 0 : rank > 0 ? dims[0] : 1;
    d->n_cols = 1;
    size_t size = H5Tget_size(d->type_id);
    uint64_t most = (d->file->bytes + MAX_PACKING) * MAX_PACKING / (size ? size : 1);
    for (int k = 1; k < rank; k++)
        d->n_cols = dims[k] && d->n_cols > SIZE_MAX / dims[k] ? SIZE_MAX : d->n_cols * dims[k];
    if (d->n_cols && d->n_rows > most / d->n_cols)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' states %zu x %zu values of %zu bytes, more than a file of "
                            "%llu bytes can hold; the file is damaged",
                            d->file->path, d->name, d->n_rows, d->n_cols, size,
                            (unsigned long long)d->file->bytes);
    return TJAC_OK;
}

/* All of it must be in this file. */
static tjac_code check_place(const tjac_h5_data *d, hid_t dcpl, tjac_err *err)
{
    char name[256] = "";
    H5D_layout_t layout = H5Pget_layout(dcpl);
    int n = layout == H5D_CONTIGUOUS ? H5Pget_external_count(dcpl) : 0;
    if (layout == H5D_LAYOUT_ERROR || n < 0 ||
        (n > 0 && H5Pget_external(dcpl, 0, sizeof name - 1, name, NULL, NULL) < 0))
        return h5_fail(d->file, d->name, "open", err);
    if (n > 0)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': the values of '%s' are in another file, '%s' (external "
                            "storage), and tjac reads one file alone; write it again with them "
                            "inside",
                            d->file->path, d->name, name);
    if (layout == H5D_VIRTUAL)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' is a virtual dataset, whose values are in other datasets "
                            "or files, and tjac reads one file alone; write it again with them "
                            "inside",
                            d->file->path, d->name);
    return TJAC_OK;
}

static tjac_code check_filters(const tjac_h5_data *d, hid_t dcpl, tjac_err *err)
{
    int n = H5Pget_nfilters(dcpl);
    if (n < 0)
        return h5_fail(d->file, d->name, "read the filters of", err);
    for (int i = 0; i < n; i++) {
        char name[64] = "";
        unsigned flags = 0;
        size_t n_values = 0;
        H5Z_filter_t id =
            H5Pget_filter2(dcpl, (unsigned)i, &flags, &n_values, NULL, sizeof name, name, NULL);
        if (id < 0)
            return h5_fail(d->file, d->name, "read the filters of", err);
        if (H5Zfilter_avail(id) > 0)
            continue;
        return tjac_err_set(
            err, TJAC_EINPUT,
            "'%s': '%s' is compressed with HDF5 filter %d ('%s'), which is not "
            "installed; set HDF5_PLUGIN_PATH to its plugin, or write the file again "
            "with adata.write_h5ad(path, compression='gzip')",
            d->file->path, d->name, (int)id, name[0] ? name : "no name");
    }
    return TJAC_OK;
}

/* Opens the dataset again with a chunk cache that holds all the chunks of a row: without it each
 * row that is read unpacks its chunks anew. */
static void size_cache(tjac_h5_data *d, hid_t dcpl)
{
    hsize_t chunk[H5S_MAX_RANK];
    if (H5Pget_layout(dcpl) != H5D_CHUNKED || H5Pget_chunk(dcpl, H5S_MAX_RANK, chunk) < 1)
        return;
    hid_t type = H5Dget_type(d->id);
    if (type < 0)
        return;
    double one = (double)H5Tget_size(type), across = 1;
    H5Tclose(type);
    for (size_t k = 0; k < d->rank; k++)
        one *= (double)chunk[k];
    if (d->rank == 2)
        across = (double)(d->n_cols / chunk[1] + 1);
    if (one * across <= CACHE_LEAST)
        return;
    double want = one * across <= CACHE_MOST ? one * across : one > CACHE_MOST ? one : CACHE_MOST;
    hid_t dapl = h5_access(d->file, H5P_DATASET_ACCESS);
    if (dapl < 0)
        return;
    /* 0.0: the chunk used longest ago goes first. With 1.0 HDF5 drops only chunks that were read
     * whole, which rows never do, and the cache grows far past its limit. */
    if (H5Pset_chunk_cache(dapl, 10007, (size_t)want, 0.0) >= 0) {
        H5Dclose(d->id);
        d->id = H5Dopen2(d->file->id, d->name, dapl);
    }
    H5Pclose(dapl);
}

/* Exchanges the record type for that of one field. */
static tjac_code pick_field(tjac_h5_data *d, const char *field, tjac_err *err)
{
    int i = H5Tget_class(d->type_id) == H5T_COMPOUND ? H5Tget_member_index(d->type_id, field) : -1;
    if (i < 0)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has no field '%s'", d->file->path,
                            d->name, field);
    hid_t type = H5Tget_member_type(d->type_id, (unsigned)i);
    if (type < 0)
        return h5_fail(d->file, d->name, "open", err);
    H5Tclose(d->type_id);
    d->type_id = type;
    return (d->field = tjac_strdup(field, err)) ? TJAC_OK : err->code;
}

tjac_code tjac_h5_data_open(const tjac_h5 *file, const char *object, const char *field,
                            tjac_h5_data **out, tjac_err *err)
{
    tjac_code code = TJAC_OK;
    hid_t dcpl = -1, dapl = -1;
    tjac_h5_data *d = tjac_alloc(1, sizeof *d, err);
    if (!d)
        return err->code;
    d->file = file;
    d->id = d->type_id = -1;
    if (!(d->name = tjac_strdup(object, err))) {
        code = err->code;
        goto done;
    }
    dapl = h5_access(file, H5P_DATASET_ACCESS);
    d->id = dapl < 0 ? -1 : H5Dopen2(file->id, object, dapl);
    if (d->id < 0 || (d->type_id = H5Dget_type(d->id)) < 0 ||
        (dcpl = H5Dget_create_plist(d->id)) < 0) {
        code = h5_fail(file, object, "open", err);
        goto done;
    }
    if ((code = check_place(d, dcpl, err)) || (code = read_extents(d, err)) ||
        (code = check_filters(d, dcpl, err)) || (field && (code = pick_field(d, field, err))))
        goto done;
    classify(d);
    size_cache(d, dcpl);
    if (d->id < 0)
        code = h5_fail(file, object, "open", err);
done:
    if (dcpl >= 0)
        H5Pclose(dcpl);
    if (dapl >= 0)
        H5Pclose(dapl);
    if (code) {
        tjac_h5_data_close(d);
        return code;
    }
    *out = d;
    return TJAC_OK;
}

void tjac_h5_data_close(tjac_h5_data *data)
{
    if (!data)
        return;
    if (data->type_id >= 0)
        H5Tclose(data->type_id);
    if (data->id >= 0)
        H5Dclose(data->id);
    free(data->name);
    free(data->field);
    free(data);
}

tjac_code tjac_h5_vector_open(const tjac_h5 *file, const char *object, const char *field,
                              unsigned types, size_t n_rows, tjac_h5_data **out, tjac_err *err)
{
    tjac_h5_data *d = NULL;
    tjac_code code = tjac_h5_data_open(file, object, field, &d, err);
    if (code)
        return code;
    if (d->rank != 1 || !(d->type & types))
        code = tjac_err_set(
            err, TJAC_EINPUT, "'%s': '%s%s%s' holds %s in %zu dimensions, expected %s in one",
            file->path, object, field ? "/" : "", field ? field : "", d->dtype, d->rank,
            types == TJAC_H5_LABEL  ? "strings, numbers or booleans"
            : types == TJAC_H5_TEXT ? "strings"
            : types == TJAC_H5_INT  ? "integers"
            : types & TJAC_H5_FLOAT ? "numbers"
                                    : "booleans");
    else if (n_rows != SIZE_MAX && d->n_rows != n_rows)
        code = tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' has %zu values, expected %zu", file->path,
                            object, d->n_rows, n_rows);
    if (code) {
        tjac_h5_data_close(d);
        return code;
    }
    *out = d;
    return TJAC_OK;
}

tjac_code tjac_h5_fields(const tjac_h5_data *data, tjac_names *out, tjac_err *err)
{
    int n = H5Tget_nmembers(data->type_id);
    tjac_code code = n < 0 ? h5_fail(data->file, data->name, "list the fields of", err) : TJAC_OK;
    for (int i = 0; !code && i < n; i++) {
        char *name = H5Tget_member_name(data->type_id, (unsigned)i);
        code = name ? tjac_names_add(out, name, err)
                    : h5_fail(data->file, data->name, "list the fields of", err);
        H5free_memory(name);
    }
    return code;
}

/* ---- reading ---- */

/* The type in memory: `type`, or a record of the one field. Closed by the caller. */
static hid_t memory_type(const tjac_h5_data *d, hid_t type)
{
    if (!d->field)
        return H5Tcopy(type);
    hid_t record = H5Tcreate(H5T_COMPOUND, H5Tget_size(type));
    if (record >= 0 && H5Tinsert(record, d->field, 0, type) < 0) {
        H5Tclose(record);
        return -1;
    }
    return record;
}

/* *from: the rows in the file, *to: as much in memory, in the same shape, as HDF5 goes through
 * blocks of another one value by value. Both closed by the caller. */
static int select_rows(const tjac_h5_data *d, size_t first, size_t n, hid_t *from, hid_t *to)
{
    hsize_t start[H5S_MAX_RANK] = {first}, count[H5S_MAX_RANK] = {0};
    *to = -1;
    *from = H5Dget_space(d->id);
    if (*from < 0 || H5Sget_simple_extent_dims(*from, count, NULL) < 0)
        return -1;
    if (d->rank == 0)
        return (*to = H5Screate(H5S_SCALAR)) < 0 ? -1 : 0;
    count[0] = n;
    *to = H5Screate_simple((int)d->rank, count, NULL);
    return *to < 0 ? -1 : H5Sselect_hyperslab(*from, H5S_SELECT_SET, start, NULL, count, NULL);
}

static tjac_code read_rows(const tjac_h5_data *d, size_t first, size_t n, hid_t type, void *out,
                           tjac_err *err)
{
    if (n == 0 || d->n_cols == 0)
        return TJAC_OK;
    hid_t memory = memory_type(d, type), from = -1, to = -1;
    tjac_code code = TJAC_OK;
    if (memory < 0 || select_rows(d, first, n, &from, &to) < 0 ||
        H5Dread(d->id, memory, to, from, H5P_DEFAULT, out) < 0)
        code = h5_fail(d->file, d->name, "read", err);
    if (to >= 0)
        H5Sclose(to);
    if (from >= 0)
        H5Sclose(from);
    if (memory >= 0)
        H5Tclose(memory);
    return code;
}

tjac_code tjac_h5_read_i32(const tjac_h5_data *data, size_t first, size_t n, int32_t *out,
                           tjac_err *err)
{
    return read_rows(data, first, n, H5T_NATIVE_INT32, out, err);
}

tjac_code tjac_h5_read_i64(const tjac_h5_data *data, size_t first, size_t n, int64_t *out,
                           tjac_err *err)
{
    return read_rows(data, first, n, H5T_NATIVE_INT64, out, err);
}

tjac_code tjac_h5_read_f32(const tjac_h5_data *data, size_t first, size_t n, float *out,
                           tjac_err *err)
{
    return read_rows(data, first, n, H5T_NATIVE_FLOAT, out, err);
}

tjac_code tjac_h5_read_f64(const tjac_h5_data *data, size_t first, size_t n, double *out,
                           tjac_err *err)
{
    return read_rows(data, first, n, H5T_NATIVE_DOUBLE, out, err);
}

static tjac_code block_of_variable(const tjac_h5_data *d, hid_t type, size_t first, size_t n,
                                   char **block, tjac_h5_text_fn fn, void *ctx, tjac_err *err)
{
    memset(block, 0, n * sizeof *block); /* what a failed read leaves is then free(NULL) */
    tjac_code code = read_rows(d, first, n, type, block, err);
    for (size_t i = 0; !code && i < n; i++)
        code = fn(ctx, first + i, block[i] ? block[i] : "", err);
    for (size_t i = 0; i < n; i++)
        H5free_memory(block[i]);
    return code;
}

static tjac_code block_of_fixed(const tjac_h5_data *d, hid_t type, size_t first, size_t n,
                                char *block, tjac_h5_text_fn fn, void *ctx, tjac_err *err)
{
    size_t size = H5Tget_size(type);
    H5T_str_t pad = H5Tget_strpad(type);
    tjac_code code = read_rows(d, first, n, type, block, err);
    for (size_t i = n; !code && i-- > 0;) {
        /* from the last one back, each moved by its number of bytes: room for the NUL */
        char *s = block + i * size;
        size_t used = h5_unpadded(s, size, pad);
        memmove(block + i * (size + 1), s, used);
        block[i * (size + 1) + used] = '\0';
    }
    for (size_t i = 0; !code && i < n; i++)
        code = fn(ctx, first + i, block + i * (size + 1), err);
    return code;
}

tjac_code tjac_h5_each_text(const tjac_h5_data *data, size_t first, size_t n, tjac_h5_text_fn fn,
                            void *ctx, tjac_err *err)
{
    if (data->type != TJAC_H5_TEXT)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' holds %s, expected strings",
                            data->file->path, data->name, data->dtype);
    tjac_code code = TJAC_OK;
    void *block = NULL;
    int variable = H5Tis_variable_str(data->type_id) > 0;
    size_t size = variable ? sizeof(char *) : H5Tget_size(data->type_id) + 1;
    size_t step = BLOCK_BYTES / size < BLOCK_STRINGS ? BLOCK_BYTES / size : BLOCK_STRINGS;
    hid_t type = h5_text_type(data->type_id);
    if (type < 0 || size > TJAC_H5_STRING) {
        code = tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' has strings of %zu bytes, expected at most %d",
                            data->file->path, data->name, size - 1, TJAC_H5_STRING - 1);
        goto done;
    }
    step = step < n ? step : n;
    if (!(block = tjac_alloc(step, size, err))) {
        code = err->code;
        goto done;
    }
    for (size_t i = 0; !code && i < n; i += step) {
        size_t m = n - i < step ? n - i : step;
        code = variable ? block_of_variable(data, type, first + i, m, block, fn, ctx, err)
                        : block_of_fixed(data, type, first + i, m, block, fn, ctx, err);
    }
done:
    free(block);
    if (type >= 0)
        H5Tclose(type);
    return code;
}
