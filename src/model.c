#include "tjac/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "model_files.h"
#include "tjac/alloc.h"
#include "tjac/yaml.h"

static const char *const kd_map_names[] = {"pert_onehot_map.pt", "pert_onehot_map.torch",
                                           "pert_onehot_map.pkl", NULL};
static const char *const batch_map_names[] = {"batch_onehot_map.torch", "batch_onehot_map.pt",
                                              "batch_onehot_map.pkl", NULL};

/* ---- the checkpoint ---- */

static tjac_code need_dict(const tjac_value *v, const char *file, const char *key, tjac_err *err)
{
    if (v && v->kind == TJAC_V_DICT)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s': '%s' is %s, expected a dictionary; is this a "
                        "checkpoint of 'state tx train'?",
                        file, key, v ? tjac_value_kind_name(v) : "missing");
}

/* The tensor of a weight in state_dict, under its plain name or one of the wrappers' prefixes. */
static const tjac_value *find_weight(const tjac_value *state, const char *name)
{
    static const char *const prefixes[] = {"", "module.", "_orig_mod."};
    char path[128];
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        snprintf(path, sizeof path, "%s%s", prefixes[i], name);
        const tjac_value *v = tjac_value_get(state, path);
        if (v)
            return v;
    }
    return NULL;
}

static tjac_code check_weight(const tjac_model *m, const tjac_value *v, const tjac_weight_spec *s,
                              tjac_err *err)
{
    if (!v || v->kind != TJAC_V_TENSOR)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': weight '%s' is %s; its hyper_parameters ask "
                            "for it",
                            m->checkpoint, s->name, v ? tjac_value_kind_name(v) : "missing");
    const tjac_tensor *t = &v->u.tensor;
    bool same = t->ndim == s->ndim && t->shape[0] == s->shape[0] &&
                (s->ndim == 1 || t->shape[1] == s->shape[1]);
    if (same)
        return TJAC_OK;
    tjac_text found = {0};
    for (int d = 0; d < t->ndim; d++)
        tjac_text_add(&found, "%s%lld", d ? " x " : "", (long long)t->shape[d]);
    if (s->ndim == 2)
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': weight '%s' has shape %s, its hyper_parameters ask "
                     "for %lld x %lld",
                     m->checkpoint, s->name, found.text ? found.text : "()", (long long)s->shape[0],
                     (long long)s->shape[1]);
    else
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': weight '%s' has shape %s, its hyper_parameters ask "
                     "for %lld",
                     m->checkpoint, s->name, found.text ? found.text : "()",
                     (long long)s->shape[0]);
    tjac_text_free(&found);
    return err->code;
}

static tjac_code list_weights(tjac_model *m, const tjac_value *state, tjac_err *err)
{
    tjac_weight_spec *spec = NULL;
    size_t n;
    if (tjac_arch_weights(&m->arch, &spec, &n, err))
        return err->code;
    m->weight = tjac_alloc(n, sizeof *m->weight, err);
    for (size_t i = 0; m->weight && i < n; i++) {
        m->weight[i].spec = spec[i];
        m->n_parameters += spec[i].shape[0] * (spec[i].ndim == 2 ? spec[i].shape[1] : 1);
        if (check_weight(m, find_weight(state, spec[i].name), &spec[i], err))
            break;
    }
    m->n_weights = m->weight ? n : 0;
    free(spec);
    return err->code;
}

static tjac_code open_checkpoint(tjac_model *m, const tjac_arch_override *choice, tjac_err *err)
{
    if (tjac_torchfile_open(m->checkpoint, TJAC_TRUST_OPAQUE, &m->files->checkpoint, err))
        return err->code;
    const tjac_value *root = tjac_torchfile_root(m->files->checkpoint);
    const tjac_value *hyper = tjac_value_get(root, "hyper_parameters");
    const tjac_value *state = tjac_value_get(root, "state_dict");
    if (need_dict(hyper, m->checkpoint, "hyper_parameters", err) ||
        need_dict(state, m->checkpoint, "state_dict", err) ||
        tjac_arch_read(hyper, choice, m->checkpoint, &m->arch, err) || list_weights(m, state, err))
        return err->code;
    if (m->arch.attention_guessed) {
        tjac_text t = {0};
        tjac_text_add(&t,
                      "'%s' does not say which attention it was trained with (%s); older "
                      "arc-state ran such models bidirectional: set attention in the config",
                      m->checkpoint, m->arch.attention_reason);
        tjac_code code = t.text ? tjac_names_add(&m->warnings, t.text, err) : TJAC_OK;
        tjac_text_free(&t);
        return code;
    }
    return TJAC_OK;
}

/* ---- columns ---- */

static tjac_code copy_string(const tjac_value *v, char **out, tjac_err *err)
{
    if (*out || !v || v->kind != TJAC_V_STRING)
        return TJAC_OK;
    *out = tjac_strdup(v->u.str.s, err);
    return *out ? TJAC_OK : err->code;
}

/* config.yaml's data.kwargs first, then hyper_parameters. */
static tjac_code read_columns(tjac_model *m, tjac_err *err)
{
    const tjac_value *hyper =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "hyper_parameters");
    const tjac_value *source[2] = {tjac_value_at(m->files->config, "data.kwargs"), hyper};
    tjac_model_columns *c = &m->columns;
    for (int i = 0; i < 2; i++) {
        const tjac_value *v = source[i];
        if (copy_string(tjac_value_get(v, "embed_key"), &c->embed_key, err) ||
            copy_string(tjac_value_get(v, "pert_col"), &c->pert_col, err) ||
            copy_string(tjac_value_get(v, "control_pert"), &c->control, err) ||
            copy_string(tjac_value_get(v, "cell_type_key"), &c->cell_type_col, err) ||
            copy_string(tjac_value_get(v, "batch_col"), &c->batch_col, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- maps ---- */

static tjac_code add_key(tjac_names *names, const tjac_value *key, const char *file, tjac_err *err)
{
    char number[32];
    if (key->kind == TJAC_V_STRING)
        return tjac_names_add(names, key->u.str.s, err);
    if (key->kind != TJAC_V_INT)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': a key is %s, expected a name", file,
                            tjac_value_kind_name(key));
    snprintf(number, sizeof number, "%lld", (long long)key->u.i);
    return tjac_names_add(names, number, err);
}

/* Names of a map whose values are vectors of `dim` numbers. */
static tjac_code read_map(tjac_torchfile *file, const char *path, int64_t dim, const char *against,
                          tjac_names *names, tjac_err *err)
{
    const tjac_value *root = tjac_torchfile_root(file);
    if (need_dict(root, path, "the map", err))
        return err->code;
    for (size_t i = 0; i < root->u.dict.n; i++) {
        const tjac_entry *e = &root->u.dict.entry[i];
        if (add_key(names, e->key, path, err))
            return err->code;
        if (e->value->kind != TJAC_V_TENSOR || e->value->u.tensor.ndim != 1)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s': the value of '%s' is %s, expected a vector", path,
                                names->name[i], tjac_value_kind_name(e->value));
        if (e->value->u.tensor.shape[0] != dim)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s': the vector of '%s' has %lld numbers, but the checkpoint's "
                                "%s is %lld: are they from the same training run?",
                                path, names->name[i], (long long)e->value->u.tensor.shape[0],
                                against, (long long)dim);
    }
    if (names->n == 0)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' holds an empty map", path);
    const char *duplicate;
    if (tjac_names_index(names, &duplicate, err))
        return err->code;
    if (duplicate)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' has the key '%s' twice", path, duplicate);
    return TJAC_OK;
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

/* Row of each batch: the position of the one. */
static tjac_code read_batches(tjac_model *m, tjac_err *err)
{
    if (open_map(m->dir, batch_map_names, "the batches of the batch encoder", &m->batch_map,
                 &m->files->batch_map, err) ||
        read_map(m->files->batch_map, m->batch_map, m->arch.batch_dim, "batch encoder", &m->batches,
                 err))
        return err->code;
    const tjac_value *root = tjac_torchfile_root(m->files->batch_map);
    float *v = tjac_alloc((size_t)m->arch.batch_dim, sizeof *v, err);
    m->batch_index = tjac_alloc(m->batches.n, sizeof *m->batch_index, err);
    for (size_t i = 0; v && m->batch_index && i < m->batches.n; i++) {
        const char *name = m->batches.name[i];
        if (tjac_torchfile_read_f32(m->files->batch_map, &root->u.dict.entry[i].value->u.tensor,
                                    name, v, err))
            break;
        int64_t hot = -1, n_hot = 0;
        for (int64_t d = 0; d < m->arch.batch_dim; d++)
            if (v[d] != 0.0f) {
                hot = d;
                n_hot++;
            }
        if (n_hot != 1) {
            tjac_err_set(err, TJAC_EINPUT, "'%s': the vector of batch '%s' is not one-hot",
                         m->batch_map, name);
            break;
        }
        m->batch_index[i] = hot;
    }
    free(v);
    return err->code;
}

/* Strings of a list, such as var_dims' gene_names. Absent: stays empty. */
static tjac_code read_names(const tjac_value *v, const char *file, const char *key, tjac_names *out,
                            tjac_err *err)
{
    if (!v || v->kind == TJAC_V_NULL)
        return TJAC_OK;
    if (v->kind != TJAC_V_LIST)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' is %s, expected a list of names", file,
                            key, tjac_value_kind_name(v));
    for (size_t i = 0; i < v->u.list.n; i++) {
        if (v->u.list.item[i]->kind != TJAC_V_STRING)
            return tjac_err_set(err, TJAC_EINPUT, "'%s': entry %zu of '%s' is %s, expected a name",
                                file, i, key, tjac_value_kind_name(v->u.list.item[i]));
        if (tjac_names_add(out, v->u.list.item[i]->u.str.s, err))
            return err->code;
    }
    return TJAC_OK;
}

/* var_dims.pkl against the weights, and its gene names. */
static tjac_code read_var_dims(tjac_model *m, tjac_err *err)
{
    static const char *const names[] = {"var_dims.pkl", NULL};
    const tjac_value *hyper =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "hyper_parameters");
    char *path = NULL;
    if (open_map(m->dir, names, "names and dimensions", &path, &m->files->var_dims, err))
        goto done;
    const tjac_value *dims = tjac_torchfile_root(m->files->var_dims);
    const struct {
        const char *key;
        int64_t value;
    } checks[] = {{"input_dim", m->arch.input_dim},
                  {"output_dim", m->arch.output_dim},
                  {"pert_dim", m->arch.pert_dim}};
    if (need_dict(dims, path, "the content", err))
        goto done;
    for (size_t i = 0; i < 3; i++) {
        const tjac_value *v = tjac_value_get(dims, checks[i].key);
        if (v && v->kind == TJAC_V_INT && v->u.i != checks[i].value) {
            tjac_err_set(err, TJAC_EINPUT, "'%s': %s is %lld, but the checkpoint '%s' has %lld",
                         path, checks[i].key, (long long)v->u.i, m->checkpoint,
                         (long long)checks[i].value);
            goto done;
        }
    }
    if (read_names(tjac_value_get(dims, "gene_names"), path, "gene_names", &m->gene_names, err))
        goto done;
    if (m->gene_names.n == 0)
        read_names(tjac_value_get(hyper, "gene_names"), m->checkpoint, "gene_names", &m->gene_names,
                   err);
done:
    free(path);
    return err->code;
}

/* ---- the whole ---- */

static tjac_code open_config(tjac_model *m, tjac_err *err)
{
    static const char *const names[] = {"config.yaml", NULL};
    char *path = NULL;
    if (tjac_artifact_find(m->dir, names, &path, err))
        return err->code;
    tjac_code code = TJAC_OK;
    if (path && !(code = tjac_doc_new(&m->files->config_doc, err)))
        code = tjac_yaml_read(m->files->config_doc, path, &m->files->config, err);
    free(path);
    return code;
}

tjac_code tjac_model_open(const char *dir, const char *checkpoint, const tjac_arch_override *choice,
                          tjac_model **out, tjac_err *err)
{
    tjac_model *m = tjac_alloc(1, sizeof *m, err);
    if (!m)
        return err->code;
    m->files = tjac_alloc(1, sizeof *m->files, err);
    m->dir = tjac_strdup(dir, err);
    if (!m->files || !m->dir || tjac_checkpoint_find(dir, checkpoint, &m->checkpoint, err) ||
        open_config(m, err) || open_checkpoint(m, choice, err) || read_columns(m, err) ||
        open_map(dir, kd_map_names, "the KDs and their vectors", &m->kd_map, &m->files->kd_map,
                 err) ||
        read_map(m->files->kd_map, m->kd_map, m->arch.pert_dim, "pert_dim", &m->kds, err) ||
        (m->arch.batch_dim && read_batches(m, err)) || read_var_dims(m, err)) {
        tjac_model_close(m);
        return err->code;
    }
    *out = m;
    return TJAC_OK;
}

tjac_code tjac_model_load(tjac_model *m, tjac_err *err)
{
    const tjac_value *state =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "state_dict");
    for (size_t i = 0; i < m->n_weights; i++) {
        tjac_weight *w = &m->weight[i];
        if (w->data)
            continue;
        const tjac_tensor *t = &find_weight(state, w->spec.name)->u.tensor;
        /* numel was checked against the storage and the shape against the architecture */
        w->data = tjac_alloc((size_t)t->numel, sizeof *w->data, err);
        if (!w->data ||
            tjac_torchfile_read_f32(m->files->checkpoint, t, w->spec.name, w->data, err))
            return err->code;
    }
    return TJAC_OK;
}

void tjac_model_unload(tjac_model *m)
{
    for (size_t i = 0; i < m->n_weights; i++) {
        free(m->weight[i].data);
        m->weight[i].data = NULL;
    }
}

const tjac_weight *tjac_model_weight(const tjac_model *m, const char *name)
{
    for (size_t i = 0; i < m->n_weights; i++)
        if (strcmp(m->weight[i].spec.name, name) == 0)
            return &m->weight[i];
    return NULL;
}

tjac_code tjac_model_kd_vector(const tjac_model *m, size_t k, float *out, tjac_err *err)
{
    const tjac_value *root = tjac_torchfile_root(m->files->kd_map);
    return tjac_torchfile_read_f32(m->files->kd_map, &root->u.dict.entry[k].value->u.tensor,
                                   m->kds.name[k], out, err);
}

void tjac_model_close(tjac_model *m)
{
    if (!m)
        return;
    if (m->files) {
        tjac_torchfile_close(m->files->checkpoint);
        tjac_torchfile_close(m->files->kd_map);
        tjac_torchfile_close(m->files->batch_map);
        tjac_torchfile_close(m->files->var_dims);
        tjac_doc_free(m->files->config_doc);
        free(m->files);
    }
    tjac_model_unload(m);
    free(m->weight);
    free(m->dir);
    free(m->checkpoint);
    free(m->kd_map);
    free(m->batch_map);
    free(m->columns.embed_key);
    free(m->columns.pert_col);
    free(m->columns.control);
    free(m->columns.cell_type_col);
    free(m->columns.batch_col);
    free(m->batch_index);
    tjac_names_free(&m->kds);
    tjac_names_free(&m->batches);
    tjac_names_free(&m->gene_names);
    tjac_names_free(&m->warnings);
    tjac_arch_free(&m->arch);
    free(m);
}
