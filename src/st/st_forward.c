/* The State Transition model as equations over the shim; shapes are in the margin, their letters
 * in st_torch.h. A layer's steps live in a scope of their own: what no derivative needs is freed
 * with it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "st/st_torch.h"

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

/* One pre-norm Llama layer: x (...,N,H) -> (...,N,H). */
static tc_tensor *llama_layer(const st_torch *st, tc_scope *outer, tc_tensor *x, int i)
{
    const tjac_arch *a = st->arch;
    char p[64];
    tc_scope *s = tc_scope_inner(outer);
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
    h = linear_at(st, s, tc_mul(s, gate, up), p, "mlp.down_proj");
    x = tc_add(outer, x, h);
    tc_scope_end(s, outer);
    return x;
}

/* One pre-norm GPT2 layer: x (...,N,H) -> (...,N,H). */
static tc_tensor *gpt2_layer(const st_torch *st, tc_scope *outer, tc_tensor *x, int i)
{
    const tjac_arch *a = st->arch;
    int64_t H = a->hidden_dim;
    char p[64];
    tc_scope *s = tc_scope_inner(outer);
    snprintf(p, sizeof p, "transformer_backbone.h.%d.", i);
    tc_tensor *h = layer_norm_at(st, s, x, p, "ln_1", a->norm_eps);
    tc_tensor *qkv = conv1d_at(st, s, h, p, "attn.c_attn"); /* (N,3H): q, k, v side by side */
    tc_tensor *o = attend(st, s, tc_narrow(s, qkv, -1, 0, H), tc_narrow(s, qkv, -1, H, H),
                          tc_narrow(s, qkv, -1, 2 * H, H));
    x = tc_add(s, x, conv1d_at(st, s, o, p, "attn.c_proj"));
    h = layer_norm_at(st, s, x, p, "ln_2", a->norm_eps);
    h = tc_activate(s, conv1d_at(st, s, h, p, "mlp.c_fc"), TC_GELU_TANH);
    h = conv1d_at(st, s, h, p, "mlp.c_proj");
    x = tc_add(outer, x, h);
    tc_scope_end(s, outer);
    return x;
}

/* x (...,N,H) -> (...,N,H) */
static tc_tensor *backbone(const st_torch *st, tc_scope *s, tc_tensor *x)
{
    const tjac_arch *a = st->arch;
    if (a->backbone == TJAC_BACKBONE_GPT2) {
        const tc_tensor *wpe = weight(st, "transformer_backbone.wpe.weight");
        x = tc_add(s, x, tc_narrow(s, wpe, 0, 0, tc_size(x, -2))); /* zero in arc-state's models */
        for (int i = 0; i < a->n_layers; i++)
            x = gpt2_layer(st, s, x, i);
        return layer_norm_at(st, s, x, "transformer_backbone.", "ln_f", a->norm_eps);
    }
    for (int i = 0; i < a->n_layers; i++)
        x = llama_layer(st, s, x, i);
    return tc_rms_norm(s, x, weight(st, "transformer_backbone.norm.weight"), a->norm_eps);
}

/* One special token, (H) or more dimensions of 1, beside x (...,S,H): (...,1,H). */
static tc_tensor *token_beside(const st_torch *st, tc_scope *s, const char *name,
                               const tc_tensor *x)
{
    int64_t shape[4] = {1, 1, 1, 1};
    int n = tc_ndim(x);
    if (n < 2 || n > 4)
        return NULL;
    shape[n - 1] = st->arch->hidden_dim;
    tc_tensor *row = tc_reshape(s, weight(st, name), shape, n);
    for (int d = 0; d < n - 2; d++)
        shape[d] = tc_size(x, d);
    return tc_expand(s, row, shape, n);
}

/* The cells' rows behind the backbone, with the special tokens around them on the way:
 * x (...,S,H) -> (...,S,H). */
static tc_tensor *mix_cells(const st_torch *st, tc_scope *s, tc_tensor *x)
{
    const tjac_arch *a = st->arch;
    const tc_tensor *part[3];
    int64_t S = tc_size(x, -2);
    int n = 0;
    if (!a->batch_token && !a->confidence_token)
        return backbone(st, s, x);
    if (a->batch_token)
        part[n++] = token_beside(st, s, "batch_token", x);
    part[n++] = x;
    if (a->confidence_token)
        part[n++] = token_beside(st, s, "confidence_token.confidence_token", x);
    x = backbone(st, s, tc_cat(s, part, n, -2));
    return tc_narrow(s, x, -2, a->batch_token, S);
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

/* The gene decoder: (...,S,D) -> (...,S,T). */
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

/* Linear(GELU(Linear(project_out(res) + X))): the inner product's X part is the second of enc. */
static tc_tensor *down_then_up(const st_torch *st, tc_scope *s, tc_tensor *res,
                               const tc_tensor *enc, const int64_t *rows, size_t n_rows)
{
    const tjac_arch *a = st->arch;
    const tc_tensor *down = weight_at(st, "final_down_then_up", 0, "weight");
    const tc_tensor *w = weight_at(st, "final_down_then_up", 2, "weight");
    const tc_tensor *b = weight_at(st, "final_down_then_up", 2, "bias");
    tc_tensor *y = mlp(st, s, "project_out", res, 0, a->n_decoder_layers, NULL, 0);
    y = tc_add(s, tc_linear(s, y, down, NULL),
               tc_narrow(s, enc, -1, a->hidden_dim, a->output_dim / 8));
    if (rows) {
        w = tc_index(s, w, 0, rows, (int64_t)n_rows);
        b = tc_index(s, b, 0, rows, (int64_t)n_rows);
    }
    return tc_linear(s, tc_activate(s, y, TC_GELU), w, b);
}

tc_tensor *st_forward(const st_torch *st, tc_scope *s, const st_set *set, const tc_tensor *enc,
                      tc_tensor *kd_product)
{
    const tjac_arch *a = st->arch;
    bool decodes = a->decoder != TJAC_DECODER_NONE;
    const int64_t *rows = decodes ? NULL : st->target; /* a decoder needs all D outputs */
    tc_tensor *basal = tc_narrow(s, enc, -1, 0, a->hidden_dim), *y;
    if (a->basal_projection)
        basal = mlp(st, s, "basal_encoder", basal, 1, a->n_encoder_layers, NULL, 0);
    tc_tensor *kd = mlp(st, s, "pert_encoder", kd_product, 1, a->n_encoder_layers, NULL, 0);
    tc_tensor *x = tc_add(s, basal, kd);
    if (set->batch)
        x = tc_add(s, x, set->batch);
    tc_tensor *res = mix_cells(st, s, x);
    if (tjac_arch_adds_input(a))
        y = down_then_up(st, s, res, enc, rows, st->T);
    else
        y = mlp(st, s, "project_out", a->predict_residual ? tc_add(s, res, basal) : res, 0,
                a->n_decoder_layers, rows, st->T);
    if (a->model_relu)
        y = tc_activate(s, y, TC_RELU);
    return decodes ? decode(st, s, y) : y;
}

/* ---- where X and the KD enter ---- */

static const char *basal_layer(const tjac_arch *a)
{
    return a->basal_projection ? "basal_encoder.0." : "basal_encoder.";
}

tc_tensor *st_enc(const st_torch *st, tc_scope *s, const tc_tensor *x)
{
    const char *first = basal_layer(st->arch);
    tc_tensor *enc = tc_linear(s, x, weight_of(st, first, "weight"), weight_of(st, first, "bias"));
    if (!tjac_arch_adds_input(st->arch))
        return enc;
    const tc_tensor *part[2] = {enc,
                                tc_linear(s, x, weight_at(st, "final_down_then_up", 0, "weight"),
                                          weight_at(st, "final_down_then_up", 0, "bias"))};
    return tc_cat(s, part, 2, -1);
}

tc_tensor *st_tap(const st_torch *st, tc_scope *s, const int64_t *column, size_t n)
{
    const tc_tensor *w = weight_of(st, basal_layer(st->arch), "weight");
    tc_tensor *tap = tc_index(s, w, 1, column, (int64_t)n);
    if (!tjac_arch_adds_input(st->arch))
        return tap;
    const tc_tensor *part[2] = {
        tap, tc_index(s, weight_at(st, "final_down_then_up", 0, "weight"), 1, column, (int64_t)n)};
    return tc_cat(s, part, 2, 0);
}

tc_tensor *st_kd_product(const st_torch *st, tc_scope *s, const tc_tensor *kd, bool linear)
{
    return tc_linear(s, kd, weight(st, "pert_encoder.0.weight"),
                     linear ? NULL : weight(st, "pert_encoder.0.bias"));
}

tc_tensor *st_batch_rows(const st_torch *st, tc_scope *s, const int64_t *batch, size_t S)
{
    return tc_index(s, weight(st, "batch_encoder.weight"), 0, batch, (int64_t)S);
}
