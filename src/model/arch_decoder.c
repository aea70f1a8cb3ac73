#include "model/arch_decoder.h"

#include <stdio.h>
#include <string.h>
#include "base/text.h"

/* ---- from the weights ---- */

/* The Linear number i, or the closing one of a residual decoder (-1). */
static const tjac_tensor *find_linear(const tjac_state *state, bool residual, int i)
{
    char name[64];
    if (residual && i < 0)
        snprintf(name, sizeof name, "gene_decoder.final_layer.0.weight");
    else if (residual)
        snprintf(name, sizeof name, "gene_decoder.blocks.%d.0.weight", i);
    else
        snprintf(name, sizeof name, "gene_decoder.decoder.%d.weight", 4 * i);
    return tjac_state_tensor(state, name, 2);
}

void tjac_decoder_of_weights(const tjac_state *state, tjac_decoder_shape *out)
{
    static const char prefix[] = "gene_decoder.";
    *out = (tjac_decoder_shape){0};
    for (size_t i = 0; i < state->names.n && !out->name; i++)
        if (strncmp(state->names.name[i], prefix, sizeof prefix - 1) == 0)
            out->name = state->names.name[i];
    bool residual = find_linear(state, true, -1) != NULL;
    const tjac_tensor *w = find_linear(state, residual, 0), *next;
    int n = 0;
    if (!w && residual) /* no hidden layer */
        w = find_linear(state, true, -1);
    if (!w)
        return;
    out->in = w->shape[1];
    for (; (next = find_linear(state, residual, n + 1)) != NULL; n++, w = next) {
        if (n == TJAC_MAX_DECODER_LAYERS)
            return;
        out->hidden[n] = w->shape[0];
    }
    if (residual && w != find_linear(state, true, -1)) {
        if (n == TJAC_MAX_DECODER_LAYERS)
            return;
        out->hidden[n++] = w->shape[0];
        w = find_linear(state, true, -1);
    }
    out->out = w->shape[0];
    out->n_hidden = n;
    out->kind = residual ? TJAC_DECODER_RESIDUAL : TJAC_DECODER_PLAIN;
}

/* ---- from the hyper-parameters ---- */

static tjac_code read_widths(const tjac_hyper *h, const char *key, tjac_decoder_shape *s)
{
    const tjac_value *list = tjac_hyper_find(h, key);
    if (!list)
        return TJAC_OK;
    if (list->kind != TJAC_V_LIST || list->u.list.n > TJAC_MAX_DECODER_LAYERS)
        return tjac_hyper_wrong_kind(h, key, "a list of at most 16 layer sizes");
    for (size_t i = 0; i < list->u.list.n; i++) {
        const tjac_value *v = list->u.list.item[i];
        if (v->kind != TJAC_V_INT || v->u.i < 1 || v->u.i > 1 << 24)
            return tjac_hyper_wrong_kind(h, key, "a list of layer sizes");
        s->hidden[i] = v->u.i;
    }
    s->n_hidden = (int)list->u.list.n;
    return TJAC_OK;
}

/* Puts what the keys say over *s. A checkpoint without decoder_cfg says it in keys of its own, of
 * which arc-state's older code made the decoder. */
static tjac_code read_keys(const tjac_hyper *h, const tjac_hyper *cfg, const tjac_arch *a,
                           tjac_decoder_shape *s)
{
    bool known = s->kind != TJAC_DECODER_NONE, residual = s->kind == TJAC_DECODER_RESIDUAL;
    const tjac_hyper *from = cfg->v ? cfg : h;
    if (!known)
        s->n_hidden = -1;
    const char *genes = cfg->v || a->output_space == TJAC_SPACE_ALL ? "gene_dim" : "hvg_dim";
    if ((cfg->v && tjac_hyper_int(cfg, "latent_dim", s->in, 1, &s->in)) ||
        tjac_hyper_int(from, genes, s->out, 1, &s->out) ||
        tjac_hyper_bool(from, "residual_decoder", residual, &residual) ||
        read_widths(from, cfg->v ? "hidden_dims" : "decoder_hidden_dims", s))
        return h->err->code;
    if (s->n_hidden < 0) { /* the default of arc-state */
        s->n_hidden = 2;
        s->hidden[0] = 512;
        s->hidden[1] = 1024;
    }
    s->kind = residual ? TJAC_DECODER_RESIDUAL : TJAC_DECODER_PLAIN;
    return TJAC_OK;
}

tjac_code tjac_arch_read_decoder(const tjac_hyper *h, const tjac_decoder_shape *weights,
                                 tjac_arch *a)
{
    tjac_hyper cfg;
    tjac_decoder_shape s = {0};
    bool wanted;
    if (tjac_hyper_dict(h, "decoder_cfg", &cfg) ||
        tjac_hyper_bool(h, "gene_decoder_bool", true, &wanted))
        return h->err->code;
    a->decoder_there =
        wanted && a->output_space != TJAC_SPACE_EMBEDDING && (cfg.v || (weights && weights->name));
    if (!a->decoder_there)
        return TJAC_OK;
    if (weights && weights->kind != TJAC_DECODER_NONE)
        s = *weights;
    else if (cfg.v && read_keys(h, &cfg, a, &s))
        return h->err->code;
    a->decoder = s.kind;
    a->decoder_in = s.in;
    a->decoder_out = s.out;
    memcpy(a->decoder_hidden, s.hidden, sizeof s.hidden);
    a->n_decoder_hidden = s.n_hidden;
    return TJAC_OK;
}

/* ---- checks ---- */

static bool same(const tjac_decoder_shape *a, const tjac_decoder_shape *b)
{
    return a->kind == b->kind && a->in == b->in && a->out == b->out && a->n_hidden == b->n_hidden &&
           memcmp(a->hidden, b->hidden, (size_t)a->n_hidden * sizeof *a->hidden) == 0;
}

/* "12-1024-30 (plain)" */
static void add_shape(tjac_text *t, const tjac_decoder_shape *s)
{
    tjac_text_add(t, "%lld", (long long)s->in);
    for (int i = 0; i < s->n_hidden; i++)
        tjac_text_add(t, "-%lld", (long long)s->hidden[i]);
    tjac_text_add(t, "-%lld (%s)", (long long)s->out, tjac_decoder_name(s->kind));
}

static tjac_code compare(const tjac_hyper *h, const tjac_decoder_shape *weights, const tjac_arch *a)
{
    tjac_hyper cfg;
    tjac_decoder_shape said = *weights;
    if (tjac_hyper_dict(h, "decoder_cfg", &cfg) || read_keys(h, &cfg, a, &said))
        return h->err->code;
    if (same(&said, weights))
        return TJAC_OK;
    tjac_text t = {0};
    tjac_text_add(&t, "by %s the layers of the gene decoder are ",
                  cfg.v ? "'decoder_cfg'" : "its hyper_parameters");
    add_shape(&t, &said);
    tjac_text_add(&t, ", by its weights ");
    add_shape(&t, weights);
    tjac_err_set(h->err, TJAC_EINPUT, "'%s': %s; is the checkpoint put together from two?", h->what,
                 t.text ? t.text : "?");
    tjac_text_free(&t);
    return h->err->code;
}

static tjac_code check_there(const tjac_hyper *h, const tjac_decoder_shape *weights)
{
    if (weights->kind != TJAC_DECODER_NONE)
        return TJAC_OK;
    if (weights->name)
        return tjac_err_set(h->err, TJAC_EINPUT,
                            "'%s': weight '%s' is of a gene decoder that tjac does not know; set "
                            "prediction to model for the model's own output",
                            h->what, weights->name);
    return tjac_err_set(h->err, TJAC_EINPUT,
                        "'%s' has no weights of the gene decoder that its 'decoder_cfg' describes; "
                        "give a checkpoint that has them, or set prediction to model for the "
                        "model's own output",
                        h->what);
}

tjac_code tjac_arch_check_decoder(const tjac_hyper *h, const tjac_decoder_shape *weights,
                                  const tjac_arch *a)
{
    if (weights && (check_there(h, weights) || compare(h, weights, a)))
        return h->err->code;
    if (a->decoder_in != a->output_dim)
        return tjac_err_set(h->err, TJAC_EINPUT,
                            "'%s': the gene decoder takes %lld numbers but the model gives %lld",
                            h->what, (long long)a->decoder_in, (long long)a->output_dim);
    /* Odd blocks add the output of the block before: their sizes must agree. */
    for (int i = 1; a->decoder == TJAC_DECODER_RESIDUAL && i < a->n_decoder_hidden; i += 2)
        if (a->decoder_hidden[i] != a->decoder_hidden[i - 1])
            return tjac_err_set(h->err, TJAC_EINPUT,
                                "'%s': residual decoder block %d has %lld "
                                "outputs, the one before it %lld",
                                h->what, i, (long long)a->decoder_hidden[i],
                                (long long)a->decoder_hidden[i - 1]);
    return TJAC_OK;
}
