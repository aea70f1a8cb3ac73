/* Which weights a forward pass reads, with their shapes: the one list that loading, checking and
 * inspection share. */
#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "model/arch.h"

typedef struct {
    tjac_weight_spec *spec;
    size_t n, cap;
    tjac_err *err;
} list;

/* rows x cols; cols 0: a vector. */
static void add(list *l, int64_t rows, int64_t cols, const char *prefix, int index,
                const char *suffix)
{
    if (tjac_grow((void **)&l->spec, &l->cap, l->n + 1, sizeof *l->spec, l->err))
        return;
    tjac_weight_spec *s = &l->spec[l->n++];
    if (index >= 0)
        snprintf(s->name, sizeof s->name, "%s%d.%s", prefix, index, suffix);
    else
        snprintf(s->name, sizeof s->name, "%s%s", prefix, suffix);
    s->ndim = cols ? 2 : 1;
    s->shape[0] = rows;
    s->shape[1] = cols;
}

/* Sequential of Linear, activation, Dropout, ...: the Linears stand at 0, 3, 6, ... */
static void add_mlp(list *l, const char *name, int64_t in, int64_t hidden, int64_t out, int layers)
{
    for (int i = 0; i < layers; i++) {
        int64_t rows = i == layers - 1 ? out : hidden;
        add(l, rows, i == 0 ? in : hidden, name, 3 * i, "weight");
        add(l, rows, 0, name, 3 * i, "bias");
    }
}

static void add_linear(list *l, const char *layer, const char *name, int64_t out, int64_t in,
                       bool bias)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    add(l, out, in, path, -1, "weight");
    if (bias)
        add(l, out, 0, path, -1, "bias");
}

static void add_llama(list *l, const tjac_arch *a)
{
    int64_t H = a->hidden_dim, Q = a->n_heads * a->head_dim, K = a->n_kv_heads * a->head_dim;
    for (int i = 0; i < a->n_layers; i++) {
        char p[64];
        snprintf(p, sizeof p, "transformer_backbone.layers.%d.", i);
        add(l, H, 0, p, -1, "input_layernorm.weight");
        add_linear(l, p, "self_attn.q_proj", Q, H, a->attention_bias);
        add_linear(l, p, "self_attn.k_proj", K, H, a->attention_bias);
        add_linear(l, p, "self_attn.v_proj", K, H, a->attention_bias);
        add_linear(l, p, "self_attn.o_proj", H, Q, a->attention_bias);
        add(l, H, 0, p, -1, "post_attention_layernorm.weight");
        add_linear(l, p, "mlp.gate_proj", a->intermediate, H, a->mlp_bias);
        add_linear(l, p, "mlp.up_proj", a->intermediate, H, a->mlp_bias);
        add_linear(l, p, "mlp.down_proj", H, a->intermediate, a->mlp_bias);
    }
    add(l, H, 0, "transformer_backbone.", -1, "norm.weight");
}

/* Conv1D stores (in, out). */
static void add_conv1d(list *l, const char *layer, const char *name, int64_t in, int64_t out)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    add(l, in, out, path, -1, "weight");
    add(l, out, 0, path, -1, "bias");
}

static void add_norm(list *l, const char *layer, const char *name, int64_t n)
{
    char path[96];
    snprintf(path, sizeof path, "%s%s.", layer, name);
    add(l, n, 0, path, -1, "weight");
    add(l, n, 0, path, -1, "bias");
}

static void add_gpt2(list *l, const tjac_arch *a)
{
    int64_t H = a->hidden_dim;
    add(l, a->n_positions, H, "transformer_backbone.", -1, "wpe.weight");
    for (int i = 0; i < a->n_layers; i++) {
        char p[64];
        snprintf(p, sizeof p, "transformer_backbone.h.%d.", i);
        add_norm(l, p, "ln_1", H);
        add_conv1d(l, p, "attn.c_attn", H, 3 * H);
        add_conv1d(l, p, "attn.c_proj", H, H);
        add_norm(l, p, "ln_2", H);
        add_conv1d(l, p, "mlp.c_fc", H, a->intermediate);
        add_conv1d(l, p, "mlp.c_proj", a->intermediate, H);
    }
    add_norm(l, "transformer_backbone.", "ln_f", H);
}

/* Plain: Sequential of (Linear, LayerNorm, GELU, Dropout) x n, Linear, ReLU. Residual: blocks of
 * (Linear, LayerNorm, ...) and a final layer. */
static void add_decoder(list *l, const tjac_arch *a)
{
    int64_t in = a->decoder_in;
    bool residual = a->decoder == TJAC_DECODER_RESIDUAL;
    for (int i = 0; i <= a->n_decoder_hidden; i++) {
        bool last = i == a->n_decoder_hidden;
        int64_t out = last ? a->decoder_out : a->decoder_hidden[i];
        char block[64] = "gene_decoder.decoder.";
        if (residual && last)
            snprintf(block, sizeof block, "gene_decoder.final_layer.");
        else if (residual)
            snprintf(block, sizeof block, "gene_decoder.blocks.%d.", i);
        int at = residual ? 0 : 4 * i;
        add(l, out, in, block, at, "weight");
        add(l, out, 0, block, at, "bias");
        if (!last) {
            add(l, out, 0, block, at + 1, "weight");
            add(l, out, 0, block, at + 1, "bias");
        }
        in = out;
    }
}

tjac_code tjac_arch_weights(const tjac_arch *a, tjac_weight_spec **out, size_t *n, tjac_err *err)
{
    list l = {.err = err};
    int64_t H = a->hidden_dim, D = a->output_dim;
    add_mlp(&l, "pert_encoder.", a->pert_dim, H, H, a->n_encoder_layers);
    if (a->basal_projection)
        add_mlp(&l, "basal_encoder.", a->input_dim, H, H, a->n_encoder_layers);
    else
        add_linear(&l, "", "basal_encoder", H, a->input_dim, true);
    if (a->batch_dim)
        add(&l, a->batch_dim, H, "batch_encoder.", -1, "weight");
    if (a->batch_token)
        add(&l, H, 0, "", -1, "batch_token");
    if (a->confidence_token)
        add(&l, H, 0, "confidence_token.", -1, "confidence_token");
    if (a->backbone == TJAC_BACKBONE_GPT2)
        add_gpt2(&l, a);
    else
        add_llama(&l, a);
    add_mlp(&l, "project_out.", H, H, D, a->n_decoder_layers);
    if (a->output_space == TJAC_SPACE_ALL && a->predict_residual) {
        add(&l, D / 8, D, "final_down_then_up.", 0, "weight");
        add(&l, D / 8, 0, "final_down_then_up.", 0, "bias");
        add(&l, D, D / 8, "final_down_then_up.", 2, "weight");
        add(&l, D, 0, "final_down_then_up.", 2, "bias");
    }
    if (a->decoder != TJAC_DECODER_NONE)
        add_decoder(&l, a);
    if (err->code) {
        free(l.spec);
        return err->code;
    }
    *out = l.spec;
    *n = l.n;
    return TJAC_OK;
}
