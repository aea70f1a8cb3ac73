#include "tjac/arch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "tjac/alloc.h"
#include "tjac/names.h"

/* Reading hyper-parameters: NULL and absent keys give the default. */
typedef struct {
    const tjac_value *v;
    const char *what;
    tjac_err *err;
} reader;

static const tjac_value *lookup(const reader *r, const char *key)
{
    const tjac_value *v = tjac_value_get(r->v, key);
    return v && v->kind == TJAC_V_NULL ? NULL : v;
}

static tjac_code wrong_kind(const reader *r, const char *key, const char *wanted)
{
    return tjac_err_set(
        r->err, TJAC_EINPUT,
        "'%s': hyper-parameter '%s' is %s, expected %s; was this written by arc-state?", r->what,
        key, tjac_value_kind_name(lookup(r, key)), wanted);
}

static tjac_code read_int(const reader *r, const char *key, int64_t fallback, int64_t min,
                          int64_t *out)
{
    const tjac_value *v = lookup(r, key);
    *out = fallback;
    if (!v)
        return fallback >= min ? TJAC_OK
                               : tjac_err_set(r->err, TJAC_EINPUT,
                                              "'%s' has no hyper-parameter '%s', which every ST "
                                              "model has; was this written by arc-state?",
                                              r->what, key);
    if (v->kind != TJAC_V_INT)
        return wrong_kind(r, key, "a whole number");
    if (v->u.i < min || v->u.i > 1 << 24)
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s': hyper-parameter '%s' is %lld, expected %lld to %d", r->what, key,
                            (long long)v->u.i, (long long)min, 1 << 24);
    *out = v->u.i;
    return TJAC_OK;
}

static tjac_code read_bool(const reader *r, const char *key, bool fallback, bool *out)
{
    const tjac_value *v = lookup(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind != TJAC_V_BOOL)
        return wrong_kind(r, key, "true or false");
    *out = v->u.b;
    return TJAC_OK;
}

static tjac_code read_real(const reader *r, const char *key, double fallback, double *out)
{
    const tjac_value *v = lookup(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind == TJAC_V_INT)
        *out = (double)v->u.i;
    else if (v->kind == TJAC_V_FLOAT)
        *out = v->u.f;
    else
        return wrong_kind(r, key, "a number");
    if (!(*out > 0 && *out < 1e12))
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s': hyper-parameter '%s' is %g, expected a "
                            "positive number",
                            r->what, key, *out);
    return TJAC_OK;
}

static tjac_code read_string(const reader *r, const char *key, const char *fallback,
                             const char **out)
{
    const tjac_value *v = lookup(r, key);
    *out = fallback;
    if (!v)
        return TJAC_OK;
    if (v->kind != TJAC_V_STRING)
        return wrong_kind(r, key, "a string");
    *out = v->u.str.s;
    return TJAC_OK;
}

static tjac_code unsupported(const reader *r, const char *key, const char *value)
{
    return tjac_err_set(r->err, TJAC_EINPUT,
                        "'%s': %s '%s' is not supported by this version of tjac", r->what, key,
                        value);
}

static const char *const act_names[] = {"relu", "leakyrelu", "elu", "selu", "gelu"};
static const char *const space_names[] = {"gene", "all"};

const char *tjac_act_name(tjac_act act)
{
    return act_names[act];
}

const char *tjac_space_name(tjac_space space)
{
    return space_names[space];
}

static tjac_code read_activation(const reader *r, tjac_act *out)
{
    const char *name;
    if (read_string(r, "activation", "gelu", &name))
        return r->err->code;
    for (size_t i = 0; i < sizeof act_names / sizeof *act_names; i++)
        if (strcasecmp(name, act_names[i]) == 0) {
            *out = (tjac_act)i;
            return TJAC_OK;
        }
    return unsupported(r, "activation", name);
}

/* Features that change the forward pass and that this version does not know. */
static tjac_code refuse_unknown(const reader *r)
{
    static const char *const flags[] = {"mask_attn", "confidence_token", "finetune_vci_decoder"};
    const tjac_value *lora = lookup(r, "lora");
    bool on;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (read_bool(r, flags[i], false, &on))
            return r->err->code;
        if (on)
            return unsupported(r, "hyper-parameter", flags[i]);
    }
    if (lora) {
        reader sub = {lora, r->what, r->err};
        if (lora->kind != TJAC_V_DICT)
            return wrong_kind(r, "lora", "a dictionary");
        if (read_bool(&sub, "enable", false, &on))
            return r->err->code;
        if (on)
            return unsupported(r, "hyper-parameter", "lora.enable");
    }
    return TJAC_OK;
}

/* Which attention: see "The attention trap" in docs/models.md. */
static tjac_code choose_attention(const reader *kw, const tjac_arch_override *choice, tjac_arch *a)
{
    const tjac_value *flag = lookup(kw, "bidirectional_attention");
    bool bidirectional;
    const char *why;
    if (read_bool(kw, "bidirectional_attention", false, &bidirectional))
        return kw->err->code;
    a->attend = bidirectional ? TJAC_ATTEND_ALL : TJAC_ATTEND_CAUSAL;
    a->rotary = !bidirectional;
    if (!flag)
        why = "no bidirectional_attention in the checkpoint: causal with rotary, as the current "
              "arc-state runs it";
    else
        why = bidirectional ? "bidirectional_attention is true: all cells, no rotary"
                            : "bidirectional_attention is false: causal with rotary";
    a->attention_guessed = !flag;
    if (choice->causal != TJAC_CHOICE_AUTO) {
        a->attend = choice->causal ? TJAC_ATTEND_CAUSAL : TJAC_ATTEND_ALL;
        a->rotary = choice->causal == TJAC_CHOICE_YES;
        why = choice->causal ? "config: attention causal" : "config: attention bidirectional";
        a->attention_guessed = false;
    }
    tjac_text text = {0};
    tjac_text_add(&text, "%s", why);
    if (choice->rotary != TJAC_CHOICE_AUTO) {
        a->rotary = choice->rotary == TJAC_CHOICE_YES;
        tjac_text_add(&text, "; config: rotary %s", a->rotary ? "true" : "false");
    }
    a->attention_reason = tjac_strdup(text.text ? text.text : why, kw->err);
    tjac_text_free(&text);
    return a->attention_reason ? TJAC_OK : kw->err->code;
}

/* rope_scaling and rope_parameters may be there as long as they say "default". */
static tjac_code check_rope(const reader *kw, tjac_arch *a)
{
    static const char *const keys[] = {"rope_scaling", "rope_parameters"};
    for (size_t i = 0; i < 2; i++) {
        const tjac_value *v = lookup(kw, keys[i]);
        const char *type = "default";
        if (!v)
            continue;
        reader sub = {v, kw->what, kw->err};
        if (v->kind != TJAC_V_DICT)
            return wrong_kind(kw, keys[i], "a dictionary");
        if (read_string(&sub, "type", type, &type) || read_string(&sub, "rope_type", type, &type))
            return kw->err->code;
        if (strcmp(type, "default") != 0)
            return unsupported(kw, keys[i], type);
        if (read_real(&sub, "rope_theta", a->rope_theta, &a->rope_theta))
            return kw->err->code;
    }
    return TJAC_OK;
}

/* Defaults of transformers' LlamaConfig. */
static tjac_code read_llama(const reader *kw, const tjac_arch_override *choice, tjac_arch *a)
{
    int64_t layers, size;
    const char *act;
    if (read_int(kw, "hidden_size", 4096, 1, &size) ||
        read_int(kw, "num_hidden_layers", 32, 1, &layers) ||
        read_int(kw, "num_attention_heads", 32, 1, &a->n_heads) ||
        read_int(kw, "num_key_value_heads", a->n_heads, 1, &a->n_kv_heads) ||
        read_int(kw, "intermediate_size", 11008, 1, &a->intermediate) ||
        read_int(kw, "head_dim", size / a->n_heads, 1, &a->head_dim) ||
        read_real(kw, "rms_norm_eps", 1e-6, &a->norm_eps) ||
        read_real(kw, "rope_theta", 10000, &a->rope_theta) ||
        read_bool(kw, "attention_bias", false, &a->attention_bias) ||
        read_bool(kw, "mlp_bias", false, &a->mlp_bias) ||
        read_string(kw, "hidden_act", "silu", &act) || check_rope(kw, a))
        return kw->err->code;
    a->n_layers = (int)layers;
    if (strcmp(act, "silu") != 0)
        return unsupported(kw, "hidden_act", act);
    if (size != a->hidden_dim)
        return tjac_err_set(kw->err, TJAC_EINPUT,
                            "'%s': the backbone's hidden_size is %lld but hidden_dim is %lld",
                            kw->what, (long long)size, (long long)a->hidden_dim);
    if (a->n_heads % a->n_kv_heads != 0)
        return tjac_err_set(kw->err, TJAC_EINPUT,
                            "'%s': %lld attention heads are no multiple of %lld key/value heads",
                            kw->what, (long long)a->n_heads, (long long)a->n_kv_heads);
    if (choose_attention(kw, choice, a))
        return kw->err->code;
    if (a->rotary && a->head_dim % 2 != 0)
        return tjac_err_set(kw->err, TJAC_EINPUT,
                            "'%s': rotary positions need an even head_dim, found %lld", kw->what,
                            (long long)a->head_dim);
    return TJAC_OK;
}

static tjac_code read_spaces(const reader *r, tjac_arch *a)
{
    const char *space, *embed;
    if (read_string(r, "output_space", "gene", &space) || read_string(r, "embed_key", NULL, &embed))
        return r->err->code;
    if (strcmp(space, "gene") == 0)
        a->output_space = TJAC_SPACE_GENE;
    else if (strcmp(space, "all") == 0)
        a->output_space = TJAC_SPACE_ALL;
    else
        return unsupported(r, "output_space", space);
    if (embed) {
        bool hvg = strcmp(embed, "X_hvg") == 0;
        if (!hvg)
            return unsupported(r, "embed_key", embed);
        if (a->output_space == TJAC_SPACE_ALL)
            return unsupported(r, "embed_key X_hvg with output_space", space);
        if (!(a->embed_key = tjac_strdup(embed, r->err)))
            return r->err->code;
    }
    a->final_relu = true;
    if (a->output_space == TJAC_SPACE_ALL && a->predict_residual && a->input_dim != a->output_dim)
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s': output_space all adds %lld inputs to %lld outputs", r->what,
                            (long long)a->input_dim, (long long)a->output_dim);
    return TJAC_OK;
}

static tjac_code read_heads(const reader *r, tjac_arch *a)
{
    int64_t encoders, decoders;
    bool batch, projection, token;
    const char *mapping;
    if (read_int(r, "input_dim", 0, 1, &a->input_dim) ||
        read_int(r, "hidden_dim", 0, 1, &a->hidden_dim) ||
        read_int(r, "output_dim", 0, 1, &a->output_dim) ||
        read_int(r, "pert_dim", 0, 1, &a->pert_dim) ||
        read_int(r, "cell_set_len", 256, 1, &a->cell_set_len) ||
        read_int(r, "n_encoder_layers", 2, 1, &encoders) ||
        read_int(r, "n_decoder_layers", 2, 1, &decoders) ||
        read_bool(r, "predict_residual", true, &a->predict_residual) ||
        read_bool(r, "batch_encoder", false, &batch) ||
        read_bool(r, "use_basal_projection", true, &projection) ||
        read_bool(r, "use_batch_token", false, &token) ||
        read_string(r, "basal_mapping_strategy", "random", &mapping) ||
        read_activation(r, &a->activation))
        return r->err->code;
    a->n_encoder_layers = (int)encoders;
    a->n_decoder_layers = (int)decoders;
    if (!projection)
        return unsupported(r, "use_basal_projection", "false");
    if (batch && read_int(r, "batch_dim", 0, 0, &a->batch_dim))
        return r->err->code;
    if (token && a->batch_dim == 0 && strcmp(mapping, "random") != 0)
        return unsupported(r, "hyper-parameter", "use_batch_token");
    return TJAC_OK;
}

tjac_code tjac_arch_read(const tjac_value *hyper, const tjac_arch_override *choice,
                         const char *what, tjac_arch *out, tjac_err *err)
{
    tjac_arch a = {0};
    reader r = {hyper, what, err};
    const char *backbone;
    if (!hyper || hyper->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': hyper_parameters are %s, expected a dictionary", what,
                            tjac_value_kind_name(hyper));
    if (read_heads(&r, &a) || refuse_unknown(&r) || read_spaces(&r, &a) ||
        read_string(&r, "transformer_backbone_key", "GPT2", &backbone))
        goto done;
    if (strcmp(backbone, "llama") != 0) {
        unsupported(&r, "transformer_backbone_key", backbone);
        goto done;
    }
    const tjac_value *kwargs = lookup(&r, "transformer_backbone_kwargs");
    if (!kwargs || kwargs->kind != TJAC_V_DICT) {
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': transformer_backbone_kwargs is %s, expected a "
                     "dictionary",
                     what, tjac_value_kind_name(kwargs));
        goto done;
    }
    reader kw = {kwargs, what, err};
    if (read_llama(&kw, choice, &a))
        goto done;
    *out = a;
    return TJAC_OK;
done:
    tjac_arch_free(&a);
    return err->code;
}

void tjac_arch_free(tjac_arch *arch)
{
    if (!arch)
        return;
    free(arch->embed_key);
    free(arch->attention_reason);
    *arch = (tjac_arch){0};
}
