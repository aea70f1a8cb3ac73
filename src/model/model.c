#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "base/yaml.h"
#include "model/arch_decoder.h"
#include "model/maps.h"
#include "model/model_files.h"
#include "model/shuffle.h"
#include "model/weights.h"

/* ---- the checkpoint ---- */

/* A dictionary of the checkpoint, or what the file is instead. */
static tjac_code need_dict(const tjac_model *m, const tjac_value *root, const char *key,
                           tjac_err *err)
{
    char found[256];
    const tjac_value *v = tjac_value_get(root, key);
    if (v && v->kind == TJAC_V_DICT)
        return TJAC_OK;
    if (v)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' is %s, expected a dictionary",
                            m->checkpoint, key, tjac_value_describe(v, found, sizeof found));
    if (root->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' holds %s, expected a checkpoint of 'state tx train' with "
                            "state_dict and hyper_parameters",
                            m->checkpoint, tjac_value_describe(root, found, sizeof found));
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s' has no '%s': weights alone do not say what network they are of; give "
                        "a checkpoint of 'state tx train', with state_dict and hyper_parameters",
                        m->checkpoint, key);
}

/* Averages of weights and the like: they are not what 'state tx infer' loads. */
static tjac_code warn_averages(tjac_model *m, const tjac_value *root, tjac_err *err)
{
    static const char *const keys[] = {"ema_state_dict",  "state_dict_ema",      "ema",
                                       "model_ema",       "ema_model",           "ema_weights",
                                       "averaging_state", "current_model_state", NULL};
    const char *found = NULL;
    tjac_text t = {0};
    for (size_t i = 0; keys[i] && !found; i++)
        if (tjac_value_get(root, keys[i]))
            found = keys[i];
    for (size_t i = 0; i < m->files->state.names.n && !found; i++)
        if (strncmp(m->files->state.names.name[i], "ema", 3) == 0)
            found = m->files->state.names.name[i];
    if (!found)
        return TJAC_OK;
    tjac_text_add(&t,
                  "'%s' holds other weights too ('%s', an average?); those of 'state_dict' are "
                  "used, as 'state tx infer' does",
                  m->checkpoint, found);
    return tjac_names_take(&m->warnings, &t, err);
}

static tjac_code open_checkpoint(tjac_model *m, const tjac_config_override *choice, tjac_err *err)
{
    tjac_decoder_shape decoder;
    tjac_text t = {0};
    if (tjac_torchfile_open(m->checkpoint, TJAC_TRUST_OPAQUE, &m->files->checkpoint, err))
        return err->code;
    const tjac_value *root = tjac_torchfile_root(m->files->checkpoint);
    if (need_dict(m, root, "hyper_parameters", err) || need_dict(m, root, "state_dict", err) ||
        tjac_state_read(tjac_value_get(root, "state_dict"), m->checkpoint, &m->files->state, err))
        return err->code;
    tjac_decoder_of_weights(&m->files->state, &decoder);
    if (tjac_arch_read(tjac_value_get(root, "hyper_parameters"), &decoder, choice, m->checkpoint,
                       &m->arch, err) ||
        tjac_weights_list(m, err) || warn_averages(m, root, err))
        return err->code;
    if (!m->arch.attention_warning)
        return TJAC_OK;
    tjac_text_add(&t, "'%s': %s", m->checkpoint, m->arch.attention_warning);
    return tjac_names_take(&m->warnings, &t, err);
}

/* Scalars of the forward pass that config.yaml says otherwise: hyper_parameters win, said aloud. */
static tjac_code compare_config(tjac_model *m, const char *at, const tjac_value *hyper,
                                const char *const *keys, tjac_err *err)
{
    const tjac_value *config = tjac_value_at(m->files->config, at);
    for (; *keys; keys++) {
        const tjac_value *c = tjac_value_get(config, *keys), *h = tjac_value_get(hyper, *keys);
        bool same = true;
        if (!c || !h || c->kind == TJAC_V_NULL || h->kind == TJAC_V_NULL)
            continue;
        if (c->kind == TJAC_V_STRING && h->kind == TJAC_V_STRING)
            same = strcmp(c->u.str.s, h->u.str.s) == 0;
        else if (c->kind == TJAC_V_INT && h->kind == TJAC_V_INT)
            same = c->u.i == h->u.i;
        else if (c->kind == TJAC_V_BOOL && h->kind == TJAC_V_BOOL)
            same = c->u.b == h->u.b;
        if (same)
            continue;
        tjac_text t = {0};
        tjac_text_add(&t,
                      "config.yaml and the checkpoint of '%s' disagree on '%s'; the "
                      "checkpoint's hyper_parameters are used",
                      m->dir, *keys);
        if (tjac_names_take(&m->warnings, &t, err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code compare_configs(tjac_model *m, tjac_err *err)
{
    static const char *const data[] = {"embed_key", "output_space", NULL};
    static const char *const model[] = {"hidden_dim",
                                        "n_encoder_layers",
                                        "n_decoder_layers",
                                        "activation",
                                        "predict_residual",
                                        "use_basal_projection",
                                        "batch_encoder",
                                        "use_batch_token",
                                        "confidence_token",
                                        "mask_attn",
                                        "transformer_backbone_key",
                                        "cell_set_len",
                                        NULL};
    static const char *const backbone[] = {"bidirectional_attention",
                                           "num_hidden_layers",
                                           "num_attention_heads",
                                           "num_key_value_heads",
                                           "head_dim",
                                           "n_layer",
                                           "n_head",
                                           "n_inner",
                                           NULL};
    const tjac_value *hyper =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "hyper_parameters");
    if (!m->files->config || compare_config(m, "data.kwargs", hyper, data, err) ||
        compare_config(m, "model.kwargs", hyper, model, err))
        return err->code;
    return compare_config(m, "model.kwargs.transformer_backbone_kwargs",
                          tjac_value_get(hyper, "transformer_backbone_kwargs"), backbone, err);
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
        if (copy_string(tjac_value_get(v, "pert_col"), &c->pert_col, err) ||
            copy_string(tjac_value_get(v, "control_pert"), &c->control, err) ||
            copy_string(tjac_value_get(v, "cell_type_key"), &c->cell_type_col, err) ||
            copy_string(tjac_value_get(v, "batch_col"), &c->batch_col, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- names and dimensions ---- */

/* Texts of a list, such as var_dims' gene_names. Absent: stays empty. */
static tjac_code read_names(const tjac_value *v, const char *file, const char *key, tjac_names *out,
                            tjac_err *err)
{
    char found[256];
    if (!v || v->kind == TJAC_V_NULL)
        return TJAC_OK;
    if (v->kind != TJAC_V_LIST)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': '%s' is %s, expected a list of names", file,
                            key, tjac_value_describe(v, found, sizeof found));
    for (size_t i = 0; i < v->u.list.n; i++) {
        const tjac_value *name = v->u.list.item[i];
        bool text = name->kind == TJAC_V_STRING ||
                    (name->kind == TJAC_V_BYTES && tjac_utf8_valid(name->u.str.s, name->u.str.n));
        if (!text)
            return tjac_err_set(err, TJAC_EINPUT, "'%s': entry %zu of '%s' is %s, expected a name",
                                file, i, key, tjac_value_describe(name, found, sizeof found));
        if (tjac_names_addn(out, name->u.str.s, name->u.str.n, err))
            return err->code;
    }
    return TJAC_OK;
}

/* What var_dims.pkl says of the sizes, against the checkpoint. */
static tjac_code check_dims(const tjac_model *m, const tjac_value *dims, tjac_err *err)
{
    const struct {
        const char *key;
        int64_t value;
    } checks[] = {{"input_dim", m->arch.input_dim},
                  {"output_dim", m->arch.output_dim},
                  {"pert_dim", m->arch.pert_dim}};
    char found[256];
    if (dims->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' holds %s, expected a dictionary of dimensions and gene_names",
                            m->var_dims, tjac_value_describe(dims, found, sizeof found));
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        const tjac_value *v = tjac_value_get(dims, checks[i].key);
        if (v && v->kind == TJAC_V_INT && v->u.i != checks[i].value)
            return tjac_err_set(
                err, TJAC_EINPUT, "'%s': %s is %lld, but the checkpoint '%s' has %lld", m->var_dims,
                checks[i].key, (long long)v->u.i, m->checkpoint, (long long)checks[i].value);
    }
    return TJAC_OK;
}

/* var_dims.pkl against the weights, and its gene names; without it those of the checkpoint. */
static tjac_code read_var_dims(tjac_model *m, tjac_err *err)
{
    static const char *const names[] = {"var_dims.pkl", NULL};
    const tjac_value *hyper =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "hyper_parameters");
    if (tjac_artifact_find(m->dir, names, &m->var_dims, err))
        return err->code;
    if (!m->var_dims) {
        tjac_text t = {0};
        tjac_text_add(&t,
                      "'%s' has no 'var_dims.pkl': that the genes of the h5ad are those of the "
                      "model, in its order, is not checked against it",
                      m->dir);
        if (tjac_names_take(&m->warnings, &t, err))
            return err->code;
    } else {
        if (tjac_torchfile_open(m->var_dims, TJAC_TRUST_ALLOWED, &m->files->var_dims, err))
            return err->code;
        const tjac_value *dims = tjac_torchfile_root(m->files->var_dims);
        if (check_dims(m, dims, err) || read_names(tjac_value_get(dims, "gene_names"), m->var_dims,
                                                   "gene_names", &m->gene_names, err))
            return err->code;
    }
    if (m->gene_names.n == 0)
        read_names(tjac_value_get(hyper, "gene_names"), m->checkpoint, "gene_names", &m->gene_names,
                   err);
    return err->code;
}

/* ---- the whole ---- */

static tjac_code open_config(tjac_model *m, tjac_err *err)
{
    static const char *const names[] = {"config.yaml", NULL};
    tjac_code code = tjac_artifact_find(m->dir, names, &m->config_yaml, err);
    if (m->config_yaml && !(code = tjac_doc_new(&m->files->config_doc, err)))
        code = tjac_yaml_read(m->files->config_doc, m->config_yaml, &m->files->config, err);
    return code;
}

tjac_code tjac_model_open(const char *dir, const char *checkpoint,
                          const tjac_config_override *choice, tjac_model **out, tjac_err *err)
{
    tjac_model *m = tjac_alloc(1, sizeof *m, err);
    if (!m)
        return err->code;
    m->files = tjac_alloc(1, sizeof *m->files, err);
    m->dir = tjac_strdup(dir, err);
    if (!m->files || !m->dir ||
        tjac_checkpoint_find(dir, checkpoint, &m->checkpoint, &m->warnings, err) ||
        open_config(m, err) || open_checkpoint(m, choice, err) || compare_configs(m, err) ||
        read_columns(m, err) || tjac_maps_read_kds(m, err) ||
        (m->arch.batch_dim && tjac_maps_read_batches(m, err)) || read_var_dims(m, err)) {
        tjac_model_close(m);
        return err->code;
    }
    *out = m;
    return TJAC_OK;
}

void tjac_model_shuffle(tjac_model *m, uint64_t seed)
{
    m->shuffled = true;
    m->shuffle = seed;
}

tjac_code tjac_model_load(tjac_model *m, tjac_err *err)
{
    if (m->n_weights == 0 || m->weight[0].data)
        return TJAC_OK;
    if (tjac_weights_read(m, err) ||
        (m->shuffled && tjac_weights_shuffle(m->weight, m->n_weights, m->shuffle, err)))
        tjac_model_unload(m);
    return err->code;
}

tjac_code tjac_model_hash(const tjac_model *m, tjac_hashing *h, tjac_err *err)
{
    const struct {
        const char *path;
        const tjac_torchfile *file;
    } files[] = {{m->checkpoint, m->files->checkpoint},
                 {m->kd_map, m->files->kd_map},
                 {m->batch_map, m->files->batch_map},
                 {m->var_dims, m->files->var_dims}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].path &&
            tjac_hashing_add(h, files[i].path, tjac_torchfile_stamp(files[i].file), err))
            return err->code;
    return tjac_hashing_add(h, m->config_yaml, NULL, err);
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

void tjac_model_close(tjac_model *m)
{
    if (!m)
        return;
    if (m->files) {
        tjac_state_free(&m->files->state);
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
    free(m->config_yaml);
    free(m->var_dims);
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
