/* The State Transition model as equations over the shim. Shapes are in the margin:
 * S cells, N = S tokens, G inputs, H hidden, L numbers of the leaf, D outputs, T targets, P length
 * of a KD's vector. */
#include "tjac/st.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../shim/torch_capi.h"
#include "tjac/alloc.h"

typedef struct {
    const tjac_model *model;
    const tjac_arch *arch;
    tc_dtype dtype;
    tc_device device;
    tc_pullback_kind pullback;
    tc_scope *weights;  /* lives as long as the model */
    tc_tensor **weight; /* [model->n_weights] in the scope `weights` */
    tc_scope *set;      /* what depends on the set alone */
    tc_tensor *leaf_in; /* (S,L) every product in which X takes part */
    tc_tensor *tap;     /* (L,R) leaf = X tap_full' + const: d leaf / d X_r is column r */
    tc_tensor *batch;   /* (S,H) or NULL */
    size_t S, R, T;
    int64_t *target;     /* [T] */
    tc_scope *pass;      /* what depends on the KD: the graph */
    tc_tensor *leaf, *y; /* (S,L), (S,T) */
} st_torch;

static tjac_code check(const tc_scope *scope, const char *doing, tjac_err *err)
{
    const char *why = tc_scope_error(scope);
    if (!why)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EFAIL, "%s while %s: %s",
                        tc_scope_out_of_memory(scope) ? "out of memory" : "LibTorch failed", doing,
                        why);
}

/* ---- weights ---- */

static const tc_tensor *weight(const st_torch *st, const char *name)
{
    const tjac_weight *w = tjac_model_weight(st->model, name);
    return w ? st->weight[w - st->model->weight] : NULL;
}

/* "prefix" "index" ".suffix"; NULL when the model has no such weight (a bias, say). */
static const tc_tensor *weight_at(const st_torch *st, const char *prefix, int index,
                                  const char *suffix)
{
    char name[128];
    snprintf(name, sizeof name, "%s.%d.%s", prefix, index, suffix);
    return weight(st, name);
}

static tjac_code wrap_weights(st_torch *st, tjac_err *err)
{
    const tjac_model *m = st->model;
    st->weights = tc_scope_new(st->dtype, st->device);
    st->weight = tjac_alloc(m->n_weights, sizeof(tc_tensor *), err);
    if (!st->weights || !st->weight)
        return tjac_err_set(err, TJAC_EFAIL, "out of memory for the weights");
    for (size_t i = 0; i < m->n_weights; i++)
        st->weight[i] = tc_from_f32(st->weights, m->weight[i].data, m->weight[i].spec.shape,
                                    m->weight[i].spec.ndim);
    return check(st->weights, "placing the weights", err);
}

/* ---- the equations ---- */

static tc_activation activation(tjac_act act)
{
    static const tc_activation map[] = {[TJAC_ACT_RELU] = TC_RELU,
                                        [TJAC_ACT_LEAKY_RELU] = TC_LEAKY_RELU,
                                        [TJAC_ACT_ELU] = TC_ELU,
                                        [TJAC_ACT_SELU] = TC_SELU,
                                        [TJAC_ACT_GELU] = TC_GELU};
    return map[act];
}

/* Layers first..n-1 of a Sequential(Linear, activation, Dropout, Linear, ...); with rows, only
 * these outputs of the last layer. first > 0: x is the product of layer first - 1. */
static tc_tensor *mlp(const st_torch *st, tc_scope *s, const char *name, tc_tensor *x, int first,
                      int n, const int64_t *rows, size_t n_rows)
{
    for (int i = first; i < n; i++) {
        const tc_tensor *w = weight_at(st, name, 3 * i, "weight");
        const tc_tensor *b = weight_at(st, name, 3 * i, "bias");
        if (i > 0)
            x = tc_activate(s, x, activation(st->arch->activation));
        if (i == n - 1 && rows) {
            w = tc_index(s, w, 0, rows, (int64_t)n_rows);
            b = tc_index(s, b, 0, rows, (int64_t)n_rows);
        }
        x = tc_linear(s, x, w, b);
    }
    return x;
}

/* The weight "LAYER" "NAME"; NULL when the model has none (a bias, say). */
static const tc_tensor *weight_of(const st_torch *st, const char *layer, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s%s", layer, name);
    return weight(st, path);
}

static tc_tensor *linear_at(const st_torch *st, tc_scope *s, const tc_tensor *x, const char *layer,
                            const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    return tc_linear(s, x, weight_of(st, path, "weight"), weight_of(st, path, "bias"));
}

/* Conv1D stores its weight as (in, out). */
static tc_tensor *conv1d_at(const st_torch *st, tc_scope *s, const tc_tensor *x, const char *layer,
                            const char *name)
{
    char path[160];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    return tc_linear(s, x, tc_transpose(s, weight_of(st, path, "weight"), 0, 1),
                     weight_of(st, path, "bias"));
}

static tc_tensor *layer_norm_at(const st_torch *st, tc_scope *s, const tc_tensor *x,
                                const char *layer, const char *name, double eps)
{
    char path[160];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    return tc_layer_norm(s, x, weight_of(st, path, "weight"), weight_of(st, path, "bias"), eps);
}

static tc_tensor *attend(const st_torch *st, tc_scope *s, const tc_tensor *q, const tc_tensor *k,
                         const tc_tensor *v)
{
    static const tc_attention_kind kind[] = {[TJAC_ATTEND_ALL] = TC_ATTEND_ALL,
                                             [TJAC_ATTEND_CAUSAL] = TC_ATTEND_CAUSAL,
                                             [TJAC_ATTEND_SELF] = TC_ATTEND_SELF};
    return tc_attention(s, q, k, v, st->arch->n_heads, st->arch->n_kv_heads,
                        kind[st->arch->attend]);
}

/* One pre-norm Llama layer: x (N,H) -> (N,H). */
static tc_tensor *llama_layer(const st_torch *st, tc_scope *s, tc_tensor *x, int i)
{
    const tjac_arch *a = st->arch;
    char p[64];
    snprintf(p, sizeof p, "transformer_backbone.layers.%d.", i);
    tc_tensor *h = tc_rms_norm(s, x, weight_of(st, p, "input_layernorm.weight"), a->norm_eps);
    tc_tensor *q = linear_at(st, s, h, p, "self_attn.q_proj"); /* (N, heads*d) */
    tc_tensor *k = linear_at(st, s, h, p, "self_attn.k_proj"); /* (N, kv_heads*d) */
    tc_tensor *v = linear_at(st, s, h, p, "self_attn.v_proj");
    if (a->rotary) {
        q = tc_rotary(s, q, a->n_heads, a->rope_theta);
        k = tc_rotary(s, k, a->n_kv_heads, a->rope_theta);
    }
    x = tc_add(s, x, linear_at(st, s, attend(st, s, q, k, v), p, "self_attn.o_proj"));
    h = tc_rms_norm(s, x, weight_of(st, p, "post_attention_layernorm.weight"), a->norm_eps);
    tc_tensor *gate = tc_activate(s, linear_at(st, s, h, p, "mlp.gate_proj"), TC_SILU);
    tc_tensor *up = linear_at(st, s, h, p, "mlp.up_proj"); /* (N, intermediate) */
    return tc_add(s, x, linear_at(st, s, tc_mul(s, gate, up), p, "mlp.down_proj"));
}

/* One pre-norm GPT2 layer: x (N,H) -> (N,H). */
static tc_tensor *gpt2_layer(const st_torch *st, tc_scope *s, tc_tensor *x, int i)
{
    const tjac_arch *a = st->arch;
    int64_t H = a->hidden_dim;
    char p[64];
    snprintf(p, sizeof p, "transformer_backbone.h.%d.", i);
    tc_tensor *h = layer_norm_at(st, s, x, p, "ln_1", a->norm_eps);
    tc_tensor *qkv = conv1d_at(st, s, h, p, "attn.c_attn"); /* (N,3H): q, k, v side by side */
    tc_tensor *o = attend(st, s, tc_narrow(s, qkv, -1, 0, H), tc_narrow(s, qkv, -1, H, H),
                          tc_narrow(s, qkv, -1, 2 * H, H));
    x = tc_add(s, x, conv1d_at(st, s, o, p, "attn.c_proj"));
    h = layer_norm_at(st, s, x, p, "ln_2", a->norm_eps);
    h = tc_activate(s, conv1d_at(st, s, h, p, "mlp.c_fc"), TC_GELU_TANH);
    return tc_add(s, x, conv1d_at(st, s, h, p, "mlp.c_proj"));
}

/* x (N,H) -> (N,H) */
static tc_tensor *backbone(const st_torch *st, tc_scope *s, tc_tensor *x)
{
    const tjac_arch *a = st->arch;
    if (a->backbone == TJAC_BACKBONE_GPT2) {
        const tc_tensor *wpe = weight(st, "transformer_backbone.wpe.weight");
        x = tc_add(s, x, tc_narrow(s, wpe, 0, 0, tc_size(x, 0))); /* zero in arc-state's models */
        for (int i = 0; i < a->n_layers; i++)
            x = gpt2_layer(st, s, x, i);
        return layer_norm_at(st, s, x, "transformer_backbone.", "ln_f", a->norm_eps);
    }
    for (int i = 0; i < a->n_layers; i++)
        x = llama_layer(st, s, x, i);
    return tc_rms_norm(s, x, weight(st, "transformer_backbone.norm.weight"), a->norm_eps);
}

/* The cells' rows behind the backbone, with the special tokens around them on the way:
 * x (S,H) -> (S,H). */
static tc_tensor *mix_cells(const st_torch *st, tc_scope *s, tc_tensor *x)
{
    const tjac_arch *a = st->arch;
    const int64_t row[2] = {1, a->hidden_dim};
    const tc_tensor *part[3];
    int n = 0;
    if (!a->batch_token && !a->confidence_token)
        return backbone(st, s, x);
    if (a->batch_token)
        part[n++] = tc_reshape(s, weight(st, "batch_token"), row, 2);
    part[n++] = x;
    if (a->confidence_token)
        part[n++] = tc_reshape(s, weight(st, "confidence_token.confidence_token"), row, 2);
    x = backbone(st, s, tc_cat(s, part, n, 0));
    return tc_narrow(s, x, 0, a->batch_token, (int64_t)st->S);
}

/* A decoder's Linear; of the last layer only the targets' rows. */
static tc_tensor *decoder_linear(const st_torch *st, tc_scope *s, tc_tensor *x, const char *layer,
                                 int index, bool last)
{
    const tc_tensor *w = weight_at(st, layer, index, "weight");
    const tc_tensor *b = weight_at(st, layer, index, "bias");
    if (last) {
        w = tc_index(s, w, 0, st->target, (int64_t)st->T);
        b = tc_index(s, b, 0, st->target, (int64_t)st->T);
    }
    return tc_linear(s, x, w, b);
}

/* The gene decoder: (S,D) -> (S,T). */
static tc_tensor *decode(const st_torch *st, tc_scope *s, tc_tensor *x)
{
    const tjac_arch *a = st->arch;
    bool residual = a->decoder == TJAC_DECODER_RESIDUAL;
    tc_tensor *before = NULL;
    for (int i = 0; i < a->n_decoder_hidden; i++) {
        char layer[64] = "gene_decoder.decoder";
        int at = 4 * i;
        if (residual) {
            snprintf(layer, sizeof layer, "gene_decoder.blocks.%d", i);
            at = 0;
        }
        x = decoder_linear(st, s, x, layer, at, false);
        x = tc_layer_norm(s, x, weight_at(st, layer, at + 1, "weight"),
                          weight_at(st, layer, at + 1, "bias"), 1e-5);
        x = tc_activate(s, x, TC_GELU);
        if (residual && i % 2 == 1) /* odd blocks add the output of the block before */
            x = tc_add(s, x, before);
        before = x;
    }
    x = residual ? decoder_linear(st, s, x, "gene_decoder.final_layer", 0, true)
                 : decoder_linear(st, s, x, "gene_decoder.decoder", 4 * a->n_decoder_hidden, true);
    return tc_activate(s, x, TC_RELU);
}

/* Whether X is added to the output before the last two layers. */
static bool adds_input(const tjac_arch *a)
{
    return a->output_space == TJAC_SPACE_ALL && a->predict_residual;
}

/* Linear(GELU(Linear(project_out(res) + X))): the inner product's X part is the leaf's second. */
static tc_tensor *down_then_up(const st_torch *st, tc_scope *s, tc_tensor *res, tc_tensor *leaf,
                               const int64_t *rows, size_t n_rows)
{
    const tjac_arch *a = st->arch;
    const tc_tensor *down = weight_at(st, "final_down_then_up", 0, "weight");
    const tc_tensor *w = weight_at(st, "final_down_then_up", 2, "weight");
    const tc_tensor *b = weight_at(st, "final_down_then_up", 2, "bias");
    tc_tensor *y = mlp(st, s, "project_out", res, 0, a->n_decoder_layers, NULL, 0); /* (S,D) */
    y = tc_add(s, tc_linear(s, y, down, NULL),
               tc_narrow(s, leaf, -1, a->hidden_dim, a->output_dim / 8));
    if (rows) {
        w = tc_index(s, w, 0, rows, (int64_t)n_rows);
        b = tc_index(s, b, 0, rows, (int64_t)n_rows);
    }
    return tc_linear(s, tc_activate(s, y, TC_GELU), w, b);
}

/* Y of the targets: leaf (S,L), kd (1,P) -> (S,T). Steps as in docs/models.md. */
static tc_tensor *forward(const st_torch *st, tc_scope *s, tc_tensor *leaf, tc_tensor *kd)
{
    const tjac_arch *a = st->arch;
    bool decodes = a->decoder != TJAC_DECODER_NONE;
    const int64_t *rows = decodes ? NULL : st->target; /* a decoder needs all D outputs */
    tc_tensor *basal = tc_narrow(s, leaf, -1, 0, a->hidden_dim);
    if (a->basal_projection)
        basal = mlp(st, s, "basal_encoder", basal, 1, a->n_encoder_layers, NULL, 0);
    tc_tensor *pert = mlp(st, s, "pert_encoder", kd, 0, a->n_encoder_layers, NULL, 0); /* (1,H) */
    tc_tensor *x = tc_add(s, basal, pert);
    if (st->batch)
        x = tc_add(s, x, st->batch);
    tc_tensor *res = mix_cells(st, s, x), *y;
    if (adds_input(a))
        y = down_then_up(st, s, res, leaf, rows, st->T);
    else
        y = mlp(st, s, "project_out", a->predict_residual ? tc_add(s, res, basal) : res, 0,
                a->n_decoder_layers, rows, st->T);
    if (a->model_relu)
        y = tc_activate(s, y, TC_RELU);
    return decodes ? decode(st, s, y) : y;
}

/* ---- begin ---- */

/* The products in which X takes part, side by side, and their weights' columns of the regulators:
 * the two G-wide products leave the backward pass. */
static void make_leaf(st_torch *st, tc_scope *s, const tjac_st_set *set)
{
    const tjac_arch *a = st->arch;
    const char *first = a->basal_projection ? "basal_encoder.0." : "basal_encoder.";
    const int64_t shape[2] = {(int64_t)set->set_size, a->input_dim};
    tc_tensor *x = tc_from_f64(s, set->cells, shape, 2);
    const tc_tensor *w = weight_of(st, first, "weight");
    int64_t *columns = malloc(set->n_regulators * sizeof *columns);
    for (size_t r = 0; columns && r < set->n_regulators; r++)
        columns[r] = (int64_t)set->regulator[r];
    st->leaf_in = tc_linear(s, x, w, weight_of(st, first, "bias"));
    st->tap = columns ? tc_index(s, w, 1, columns, (int64_t)set->n_regulators) : NULL;
    if (adds_input(a)) {
        const tc_tensor *down = weight_at(st, "final_down_then_up", 0, "weight");
        tc_tensor *extra = tc_linear(s, x, down, weight_at(st, "final_down_then_up", 0, "bias"));
        tc_tensor *leaf[2] = {st->leaf_in, extra};
        tc_tensor *tap[2] = {
            st->tap, columns ? tc_index(s, down, 1, columns, (int64_t)set->n_regulators) : NULL};
        st->leaf_in = tc_cat(s, (const tc_tensor *const *)leaf, 2, -1);
        st->tap = tc_cat(s, (const tc_tensor *const *)tap, 2, 0);
    }
    free(columns);
}

static tjac_code torch_begin(void *self, const tjac_st_set *set, tjac_err *err)
{
    st_torch *st = self;
    tc_scope_free(st->pass);
    tc_scope_free(st->set);
    st->pass = NULL;
    st->set = tc_scope_new(st->dtype, st->device);
    free(st->target);
    st->target = tjac_alloc(set->n_targets, sizeof *st->target, err);
    if (!st->target || !st->set)
        return tjac_err_set(err, TJAC_EFAIL, "out of memory for a cell set");
    st->S = set->set_size;
    st->R = set->n_regulators;
    st->T = set->n_targets;
    for (size_t t = 0; t < st->T; t++)
        st->target[t] = (int64_t)set->target[t];
    make_leaf(st, st->set, set);
    st->batch = NULL;
    if (set->batch)
        st->batch =
            tc_index(st->set, weight(st, "batch_encoder.weight"), 0, set->batch, (int64_t)st->S);
    return check(st->set, "encoding a cell set", err);
}

/* ---- predict and pull ---- */

static tjac_code torch_predict(void *self, const float *kd, double *y, tjac_err *err)
{
    st_torch *st = self;
    const int64_t shape[2] = {1, st->arch->pert_dim};
    tc_scope_free(st->pass);
    st->pass = tc_scope_new(st->dtype, st->device);
    if (!st->pass)
        return tjac_err_set(err, TJAC_EFAIL, "out of memory for a prediction");
    st->leaf = tc_leaf(st->pass, st->leaf_in);
    st->y = forward(st, st->pass, st->leaf, tc_from_f32(st->pass, kd, shape, 2));
    tc_read_f64(st->pass, st->y, y, st->S * st->T);
    return check(st->pass, "predicting", err);
}

/* Cotangents [n][S][T]: u in the target's column. */
static double *cotangents(const st_torch *st, const tjac_probe *probe, size_t n, tjac_err *err)
{
    double *cot = tjac_alloc(n, st->S * st->T * sizeof *cot, err);
    for (size_t k = 0; cot && k < n; k++)
        for (size_t c = 0; c < st->S; c++)
            cot[(k * st->S + c) * st->T + probe[k].target] = probe[k].u[c];
    return cot;
}

static tjac_code torch_pull(void *self, const tjac_probe *probe, size_t n, double *out,
                            tjac_err *err)
{
    st_torch *st = self;
    const int64_t cot_shape[3] = {(int64_t)n, (int64_t)st->S, (int64_t)st->T};
    const int64_t v_shape[3] = {(int64_t)n, 1, (int64_t)st->S};
    double *cot = cotangents(st, probe, n, err);
    double *v = tjac_alloc(n, st->S * sizeof *v, err);
    tc_scope *s = tc_scope_new(st->dtype, st->device);
    if (!cot || !v || !s) {
        tjac_err_set(err, TJAC_EFAIL, "out of memory for a pullback");
        goto done;
    }
    for (size_t k = 0; k < n; k++)
        memcpy(v + k * st->S, probe[k].v, st->S * sizeof *v);
    tc_tensor *dleaf = tc_pullback(s, st->y, st->leaf, tc_from_f64(s, cot, cot_shape, 3),
                                   st->pullback);                          /* (n,S,L) */
    tc_tensor *dmean = tc_matmul(s, tc_from_f64(s, v, v_shape, 3), dleaf); /* (n,1,L) */
    tc_read_f64(s, tc_matmul(s, dmean, st->tap), out, n * st->R);          /* (n,1,R) */
    check(s, "pulling back", err);
done:
    tc_scope_free(s);
    free(cot);
    free(v);
    return err->code;
}

/* ---- open and close ---- */

static void torch_close(void *self)
{
    st_torch *st = self;
    tc_scope_free(st->pass);
    tc_scope_free(st->set);
    tc_scope_free(st->weights);
    free(st->weight);
    free(st->target);
    free(st);
}

/* "auto", "cpu", "cuda", "cuda:N" */
static tjac_code find_device(const char *name, tc_device *out, tjac_err *err)
{
    int count = tc_cuda_available() ? tc_cuda_count() : 0;
    char *end = NULL;
    long index = 0;
    *out = (tc_device){TC_CPU, 0};
    if (strcmp(name, "cpu") == 0 || (strcmp(name, "auto") == 0 && count == 0))
        return TJAC_OK;
    if (strncmp(name, "cuda:", 5) == 0)
        index = strtol(name + 5, &end, 10);
    bool known = strcmp(name, "auto") == 0 || strcmp(name, "cuda") == 0 ||
                 (end && end != name + 5 && *end == '\0' && index >= 0);
    if (!known)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "unknown device '%s'; expected auto, cpu, cuda or "
                            "cuda:N",
                            name);
    if (index >= count)
        return tjac_err_set(err, TJAC_EFAIL,
                            "device '%s' is not there: LibTorch %s sees %d CUDA "
                            "device(s); use --device cpu",
                            name, tc_version(), count);
    *out = (tc_device){TC_CUDA, (int)index};
    return TJAC_OK;
}

tjac_code tjac_st_device(const char *name, char *buf, size_t n, tjac_err *err)
{
    tc_device d;
    if (find_device(name, &d, err))
        return err->code;
    if (d.kind == TC_CPU)
        snprintf(buf, n, "cpu");
    else
        snprintf(buf, n, "cuda:%d", d.index);
    return TJAC_OK;
}

tjac_code tjac_st_open(const tjac_model *model, const tjac_st_options *options, tjac_st *out,
                       tjac_err *err)
{
    st_torch *st = tjac_alloc(1, sizeof *st, err);
    if (!st)
        return err->code;
    st->model = model;
    st->arch = &model->arch;
    st->dtype = options->precision == TJAC_PRECISION_F64 ? TC_F64 : TC_F32;
    st->pullback = options->sequential ? TC_PULLBACK_LOOP : TC_PULLBACK_BATCHED;
    if (options->threads)
        tc_set_threads(options->threads);
    if (find_device(options->device, &st->device, err) || wrap_weights(st, err)) {
        torch_close(st);
        return err->code;
    }
    *out = (tjac_st){st,         torch_begin, torch_predict,
                     torch_pull, torch_close, tjac_arch_final_relu(st->arch)};
    return TJAC_OK;
}

void tjac_st_close(tjac_st *st)
{
    if (st && st->close)
        st->close(st->self);
    if (st)
        *st = (tjac_st){0};
}

const char *tjac_st_version(void)
{
    return tc_version();
}
