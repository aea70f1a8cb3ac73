#include "model/maps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "model/model_files.h"

static const char *const kd_map_names[] = {"pert_onehot_map.pt", "pert_onehot_map.torch",
                                           "pert_onehot_map.pkl", NULL};
static const char *const batch_map_names[] = {"batch_onehot_map.torch", "batch_onehot_map.pt",
                                              "batch_onehot_map.pkl", NULL};

/* ---- keys ---- */

/* A key as a label of obs is written: text, bytes that are text, whole numbers, True and False. */
static tjac_code add_key(tjac_names *names, const tjac_value *key, const char *file, tjac_err *err)
{
    char text[256];
    if (key->kind == TJAC_V_STRING)
        return tjac_names_add(names, key->u.str.s, err);
    if (key->kind == TJAC_V_BYTES && tjac_utf8_valid(key->u.str.s, key->u.str.n))
        return tjac_names_addn(names, key->u.str.s, key->u.str.n, err);
    if (key->kind == TJAC_V_INT)
        snprintf(text, sizeof text, "%lld", (long long)key->u.i);
    else if (key->kind == TJAC_V_BOOL)
        snprintf(text, sizeof text, "%s", key->u.b ? "True" : "False");
    else
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': key %zu%s%s%s is %s, expected a name; save the map again with "
                            "its labels as text",
                            file, names->n, names->n ? " (after '" : "",
                            names->n ? names->name[names->n - 1] : "", names->n ? "')" : "",
                            tjac_value_describe(key, text, sizeof text));
    return tjac_names_add(names, text, err);
}

static tjac_code read_keys(const tjac_torchfile *file, const char *path, tjac_names *names,
                           tjac_err *err)
{
    char found[256];
    const tjac_value *root = tjac_torchfile_root(file);
    if (root->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' holds %s, expected a map of names to vectors, as 'state tx "
                            "train' writes it",
                            path, tjac_value_describe(root, found, sizeof found));
    for (size_t i = 0; i < root->u.dict.n; i++)
        if (add_key(names, root->u.dict.entry[i].key, path, err))
            return err->code;
    if (names->n == 0)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' holds an empty map", path);
    if (names->twice)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' has the key '%s' twice", path,
                            names->name[names->twice]);
    return TJAC_OK;
}

/* ---- values ---- */

static bool is_number(const tjac_value *v)
{
    return v->kind == TJAC_V_INT || v->kind == TJAC_V_FLOAT || v->kind == TJAC_V_BOOL;
}

/* The length of a vector, -1 when v is none. */
static int64_t vector_length(const tjac_value *v)
{
    if (v->kind == TJAC_V_TENSOR && v->u.tensor.ndim == 1)
        return v->u.tensor.shape[0];
    if (v->kind != TJAC_V_LIST)
        return -1;
    for (size_t i = 0; i < v->u.list.n; i++)
        if (!is_number(v->u.list.item[i]))
            return -1;
    return (int64_t)v->u.list.n;
}

static float as_float(const tjac_value *v)
{
    if (v->kind == TJAC_V_FLOAT)
        return (float)v->u.f;
    return v->kind == TJAC_V_INT ? (float)v->u.i : (float)v->u.b;
}

static tjac_code read_vector(tjac_torchfile *file, const tjac_value *v, const char *name,
                             float *out, tjac_err *err)
{
    if (v->kind == TJAC_V_TENSOR)
        return tjac_torchfile_read_f32(file, &v->u.tensor, name, out, err);
    for (size_t i = 0; i < v->u.list.n; i++)
        out[i] = as_float(v->u.list.item[i]);
    return TJAC_OK;
}

static tjac_code wrong_value(const char *path, const char *name, const tjac_value *v,
                             const char *expected, tjac_err *err)
{
    char found[256];
    return tjac_err_set(err, TJAC_EINPUT, "'%s': the value of '%s' is %s, expected %s", path, name,
                        tjac_value_describe(v, found, sizeof found), expected);
}

/* Whether a vector is as long as the checkpoint says. */
static tjac_code check_length(const char *path, const char *name, int64_t n, const char *against,
                              int64_t dim, tjac_err *err)
{
    if (n == dim)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s': the vector of '%s' has %lld numbers, but the checkpoint's %s is "
                        "%lld: are they from the same training run?",
                        path, name, (long long)n, against, (long long)dim);
}

static tjac_code open_map(const char *dir, const char *const *names, const char *what, char **path,
                          tjac_torchfile **file, tjac_err *err)
{
    if (tjac_artifact_find(dir, names, path, err))
        return err->code;
    if (!*path)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' has no '%s' (%s); it stands beside config.yaml "
                            "in what 'state tx train' writes",
                            dir, names[0], what);
    return tjac_torchfile_open(*path, TJAC_TRUST_ALLOWED, file, err);
}

/* ---- KDs ---- */

tjac_code tjac_maps_read_kds(tjac_model *m, tjac_err *err)
{
    if (open_map(m->dir, kd_map_names, "the KDs and their vectors", &m->kd_map, &m->files->kd_map,
                 err) ||
        read_keys(m->files->kd_map, m->kd_map, &m->kds, err))
        return err->code;
    const tjac_value *root = tjac_torchfile_root(m->files->kd_map);
    for (size_t i = 0; i < m->kds.n; i++) {
        const tjac_value *v = root->u.dict.entry[i].value;
        int64_t n = vector_length(v);
        if (n < 0)
            return wrong_value(m->kd_map, m->kds.name[i], v, "a vector of numbers", err);
        if (check_length(m->kd_map, m->kds.name[i], n, "pert_dim", m->arch.pert_dim, err))
            return err->code;
    }
    return TJAC_OK;
}

tjac_code tjac_model_kd_vector(const tjac_model *m, size_t k, float *out, tjac_err *err)
{
    const tjac_value *root = tjac_torchfile_root(m->files->kd_map);
    if (read_vector(m->files->kd_map, root->u.dict.entry[k].value, m->kds.name[k], out, err))
        return err->code;
    for (int64_t i = 0; i < m->arch.pert_dim; i++)
        if (!isfinite(out[i]))
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s': the vector of '%s' has a number that is not finite",
                                m->kd_map, m->kds.name[k]);
    return TJAC_OK;
}

/* ---- batches ---- */

/* A whole number: by itself, or a tensor of no dimensions. */
static bool read_whole(tjac_torchfile *file, const tjac_value *v, int64_t *out, tjac_err *err)
{
    float number;
    if (v->kind == TJAC_V_INT || v->kind == TJAC_V_BOOL) {
        *out = v->kind == TJAC_V_INT ? v->u.i : v->u.b;
        return true;
    }
    if (v->kind != TJAC_V_TENSOR || v->u.tensor.ndim != 0 ||
        tjac_torchfile_read_f32(file, &v->u.tensor, "a batch", &number, err) ||
        number != floorf(number) || fabsf(number) > 1 << 24)
        return false;
    *out = (int64_t)number;
    return true;
}

/* The place of the largest number; -1 where several are, or none is a number. */
static int64_t place_of_largest(const float *v, int64_t n)
{
    int64_t best = -1;
    bool alone = false;
    for (int64_t i = 0; i < n; i++)
        if (best < 0 ? !isnan(v[i]) : v[i] > v[best]) {
            best = i;
            alone = true;
        } else if (best >= 0 && v[i] == v[best]) {
            alone = false;
        }
    return alone || n == 1 ? best : -1;
}

/* buffer: [batch_dim] */
static tjac_code read_row(const tjac_model *m, size_t i, float *buffer, int64_t *out, tjac_err *err)
{
    tjac_torchfile *file = m->files->batch_map;
    const tjac_value *v = tjac_torchfile_root(file)->u.dict.entry[i].value;
    const char *name = m->batches.name[i];
    int64_t n = vector_length(v), dim = m->arch.batch_dim;
    if (n < 0 && read_whole(file, v, out, err)) {
        if (*out >= 0 && *out < dim)
            return TJAC_OK;
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': batch '%s' is row %lld, but the checkpoint's batch encoder has "
                            "%lld rows, from 0: are they from the same training run?",
                            m->batch_map, name, (long long)*out, (long long)dim);
    }
    if (n < 0)
        return wrong_value(m->batch_map, name, v, "a vector of numbers or a whole number", err);
    if (check_length(m->batch_map, name, n, "batch encoder", dim, err) ||
        read_vector(file, v, name, buffer, err))
        return err->code;
    *out = place_of_largest(buffer, dim);
    if (*out < 0)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': the vector of batch '%s' has no one largest number that says "
                            "its row of the batch encoder",
                            m->batch_map, name);
    return TJAC_OK;
}

tjac_code tjac_maps_read_batches(tjac_model *m, tjac_err *err)
{
    if (open_map(m->dir, batch_map_names, "the batches of the batch encoder", &m->batch_map,
                 &m->files->batch_map, err) ||
        read_keys(m->files->batch_map, m->batch_map, &m->batches, err))
        return err->code;
    float *buffer = tjac_alloc((size_t)m->arch.batch_dim, sizeof *buffer, err);
    m->batch_index = tjac_alloc(m->batches.n, sizeof *m->batch_index, err);
    for (size_t i = 0; buffer && m->batch_index && i < m->batches.n; i++)
        if (read_row(m, i, buffer, &m->batch_index[i], err))
            break;
    free(buffer);
    return err->code;
}
