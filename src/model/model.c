#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "base/yaml.h"
#include "model/model_files.h"
#include "model/shuffle.h"

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

/* Inserts LoRA's names: "transformer_backbone.X" is "transformer_backbone.base_model.model.X"
 * there, and the weight of an adapted module has `part` before its last word. part "" : not
 * adapted. */
static void lora_name(char *out, size_t n, const char *name, const char *part)
{
    static const char backbone[] = "transformer_backbone.";
    const char *rest = name + sizeof backbone - 1, *last = strrchr(name, '.') + 1;
    if (*part)
        snprintf(out, n, "%sbase_model.model.%.*s%s", backbone, (int)(last - rest), rest, part);
    else
        snprintf(out, n, "%sbase_model.model.%s", backbone, rest);
}

/* A tensor in state_dict, under its plain name or with one of the wrappers' prefixes. */
static const tjac_value *find_plain(const tjac_value *state, const char *name)
{
    static const char *const prefixes[] = {"", "module.", "_orig_mod.", "module._orig_mod.",
                                           "_orig_mod.module."};
    char path[256];
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        snprintf(path, sizeof path, "%s%s", prefixes[i], name);
        const tjac_value *v = tjac_value_get(state, path);
        if (v)
            return v;
    }
    return NULL;
}

/* The stored tensor of a weight; under LoRA the base of an adapted one, whose adapters then come
 * back too (else NULL). */
static const tjac_value *find_weight(const tjac_model *m, const tjac_value *state, const char *name,
                                     const tjac_value **lora_a, const tjac_value **lora_b)
{
    char path[256];
    *lora_a = *lora_b = NULL;
    if (!m->arch.lora || strncmp(name, "transformer_backbone.", 21) != 0)
        return find_plain(state, name);
    lora_name(path, sizeof path, name, "lora_A.default.weight");
    const char *word = strrchr(name, '.') + 1;
    if (strcmp(word, "weight") == 0 && (*lora_a = find_plain(state, path)) != NULL) {
        lora_name(path, sizeof path, name, "lora_B.default.weight");
        *lora_b = find_plain(state, path);
    }
    lora_name(path, sizeof path, name,
              strcmp(word, "weight") == 0 ? "base_layer.weight" : "base_layer.bias");
    const tjac_value *base = find_plain(state, path);
    if (base)
        return base;
    lora_name(path, sizeof path, name, "");
    return find_plain(state, path);
}

/* "3 x 4"; owned by the caller. */
static tjac_text shape_text(const tjac_tensor *t)
{
    tjac_text text = {0};
    for (int d = 0; d < t->ndim; d++)
        tjac_text_add(&text, "%s%lld", d ? " x " : "", (long long)t->shape[d]);
    if (t->ndim == 0)
        tjac_text_add(&text, "()");
    return text;
}

/* Leading dimensions of one do not count: the special tokens are stored (1,1,H). */
static bool same_shape(const tjac_tensor *t, int ndim, int64_t rows, int64_t cols)
{
    int skip = t->ndim - ndim;
    if (skip < 0)
        return false;
    for (int d = 0; d < skip; d++)
        if (t->shape[d] != 1)
            return false;
    return t->shape[skip] == rows && (ndim == 1 || t->shape[skip + 1] == cols);
}

static tjac_code check_weight(const tjac_model *m, const tjac_value *v, const tjac_weight_spec *s,
                              tjac_err *err)
{
    if (!v || v->kind != TJAC_V_TENSOR)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': weight '%s' is %s; its hyper_parameters ask for it",
                            m->checkpoint, s->name, v ? tjac_value_kind_name(v) : "missing");
    if (same_shape(&v->u.tensor, s->ndim, s->shape[0], s->shape[1]))
        return TJAC_OK;
    tjac_text found = shape_text(&v->u.tensor);
    const tjac_tensor wanted = {.ndim = s->ndim, .shape = {s->shape[0], s->shape[1]}};
    tjac_text asked = shape_text(&wanted);
    tjac_err_set(err, TJAC_EINPUT,
                 "'%s': weight '%s' has shape %s, its hyper_parameters ask for %s", m->checkpoint,
                 s->name, found.text ? found.text : "?", asked.text ? asked.text : "?");
    tjac_text_free(&found);
    tjac_text_free(&asked);
    return err->code;
}

/* A (r,in), B (out,r), where the weight is (out,in), or (in,out) as Conv1D stores it. */
static tjac_code check_adapters(const tjac_model *m, const tjac_value *lora_a,
                                const tjac_value *lora_b, const tjac_weight_spec *s, tjac_err *err)
{
    bool conv1d = m->arch.backbone == TJAC_BACKBONE_GPT2;
    int64_t in = s->shape[conv1d ? 0 : 1], out = s->shape[conv1d ? 1 : 0];
    if (!lora_a)
        return TJAC_OK;
    if (lora_b && lora_a->kind == TJAC_V_TENSOR && lora_b->kind == TJAC_V_TENSOR &&
        lora_a->u.tensor.ndim == 2 &&
        same_shape(&lora_a->u.tensor, 2, lora_a->u.tensor.shape[0], in) &&
        same_shape(&lora_b->u.tensor, 2, out, lora_a->u.tensor.shape[0]))
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT, "'%s': the LoRA adapters of '%s' do not fit it",
                        m->checkpoint, s->name);
}

/* GPT2's number of positions has two names among the hyper-parameters; the weight knows. */
static tjac_code count_positions(tjac_model *m, const tjac_value *state, tjac_err *err)
{
    const tjac_value *a, *b;
    if (m->arch.backbone != TJAC_BACKBONE_GPT2)
        return TJAC_OK;
    const tjac_value *v = find_weight(m, state, "transformer_backbone.wpe.weight", &a, &b);
    if (!v || v->kind != TJAC_V_TENSOR || v->u.tensor.ndim != 2)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' has no weight 'transformer_backbone.wpe.weight'", m->checkpoint);
    m->arch.n_positions = v->u.tensor.shape[0];
    return TJAC_OK;
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
        const tjac_value *lora_a, *lora_b;
        const tjac_value *v = find_weight(m, state, spec[i].name, &lora_a, &lora_b);
        if (check_weight(m, v, &spec[i], err) || check_adapters(m, lora_a, lora_b, &spec[i], err))
            break;
    }
    m->n_weights = m->weight ? n : 0;
    free(spec);
    return err->code;
}

static tjac_code open_checkpoint(tjac_model *m, const tjac_config_override *choice, tjac_err *err)
{
    if (tjac_torchfile_open(m->checkpoint, TJAC_TRUST_OPAQUE, &m->files->checkpoint, err))
        return err->code;
    const tjac_value *root = tjac_torchfile_root(m->files->checkpoint);
    const tjac_value *hyper = tjac_value_get(root, "hyper_parameters");
    const tjac_value *state = tjac_value_get(root, "state_dict");
    if (need_dict(hyper, m->checkpoint, "hyper_parameters", err) ||
        need_dict(state, m->checkpoint, "state_dict", err) ||
        tjac_arch_read(hyper, choice, m->checkpoint, &m->arch, err) ||
        count_positions(m, state, err) || list_weights(m, state, err))
        return err->code;
    if (m->arch.attention_warning) {
        tjac_text t = {0};
        tjac_text_add(&t, "'%s': %s", m->checkpoint, m->arch.attention_warning);
        tjac_code code = t.text ? tjac_names_add(&m->warnings, t.text, err) : TJAC_OK;
        tjac_text_free(&t);
        return code;
    }
    return TJAC_OK;
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
        tjac_code code = t.text ? tjac_names_add(&m->warnings, t.text, err) : TJAC_OK;
        tjac_text_free(&t);
        if (code)
            return code;
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
    if (names->twice)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' has the key '%s' twice", path,
                            names->name[names->twice]);
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
    if (open_map(m->dir, names, "names and dimensions", &m->var_dims, &m->files->var_dims, err))
        return err->code;
    const char *path = m->var_dims;
    const tjac_value *dims = tjac_torchfile_root(m->files->var_dims);
    const struct {
        const char *key;
        int64_t value;
    } checks[] = {{"input_dim", m->arch.input_dim},
                  {"output_dim", m->arch.output_dim},
                  {"pert_dim", m->arch.pert_dim}};
    if (need_dict(dims, path, "the content", err))
        return err->code;
    for (size_t i = 0; i < 3; i++) {
        const tjac_value *v = tjac_value_get(dims, checks[i].key);
        if (v && v->kind == TJAC_V_INT && v->u.i != checks[i].value) {
            tjac_err_set(err, TJAC_EINPUT, "'%s': %s is %lld, but the checkpoint '%s' has %lld",
                         path, checks[i].key, (long long)v->u.i, m->checkpoint,
                         (long long)checks[i].value);
            return err->code;
        }
    }
    if (read_names(tjac_value_get(dims, "gene_names"), path, "gene_names", &m->gene_names, err))
        return err->code;
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
    if (!m->files || !m->dir || tjac_checkpoint_find(dir, checkpoint, &m->checkpoint, err) ||
        open_config(m, err) || open_checkpoint(m, choice, err) || compare_configs(m, err) ||
        read_columns(m, err) ||
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

/* W += scale * B A; Conv1D stores W transposed. Sums in double. */
static tjac_code fold_adapters(const tjac_model *m, tjac_weight *w, const tjac_tensor *ta,
                               const tjac_tensor *tb, tjac_err *err)
{
    bool conv1d = m->arch.backbone == TJAC_BACKBONE_GPT2;
    size_t r = (size_t)ta->shape[0], in = (size_t)ta->shape[1], out = (size_t)tb->shape[0];
    float *a = tjac_alloc(r * in, sizeof *a, err), *b = tjac_alloc(out * r, sizeof *b, err);
    double *row = tjac_alloc(in, sizeof *row, err);
    if (err->code || tjac_torchfile_read_f32(m->files->checkpoint, ta, w->spec.name, a, err) ||
        tjac_torchfile_read_f32(m->files->checkpoint, tb, w->spec.name, b, err))
        goto done;
    for (size_t o = 0; o < out; o++) {
        memset(row, 0, in * sizeof *row);
        for (size_t k = 0; k < r; k++)
            for (size_t i = 0; i < in; i++)
                row[i] += (double)b[o * r + k] * (double)a[k * in + i];
        for (size_t i = 0; i < in; i++) {
            float *at = &w->data[conv1d ? i * out + o : o * in + i];
            *at = (float)((double)*at + m->arch.lora_scale * row[i]);
        }
    }
done:
    free(a);
    free(b);
    free(row);
    return err->code;
}

static tjac_code read_weights(tjac_model *m, tjac_err *err)
{
    const tjac_value *state =
        tjac_value_get(tjac_torchfile_root(m->files->checkpoint), "state_dict");
    for (size_t i = 0; i < m->n_weights; i++) {
        tjac_weight *w = &m->weight[i];
        const tjac_value *a, *b;
        const tjac_tensor *t = &find_weight(m, state, w->spec.name, &a, &b)->u.tensor;
        /* numel was checked against the storage and the shape against the architecture */
        w->data = tjac_alloc((size_t)t->numel, sizeof *w->data, err);
        if (!w->data ||
            tjac_torchfile_read_f32(m->files->checkpoint, t, w->spec.name, w->data, err) ||
            (a && fold_adapters(m, w, &a->u.tensor, &b->u.tensor, err)))
            return err->code;
    }
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
    if (read_weights(m, err) ||
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
