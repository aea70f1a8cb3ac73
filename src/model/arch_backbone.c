#include "model/arch_backbone.h"

#include <string.h>
#include "base/alloc.h"
#include "base/text.h"

/* ---- attention: see "The attention trap" in docs/models.md ---- */

/* What the checkpoint says by itself. */
static tjac_code attention_of_llama(const tjac_hyper *kw, tjac_arch *a, const char **why,
                                    const char **warning)
{
    bool flag_there = tjac_hyper_find(kw, "bidirectional_attention") != NULL, bidirectional;
    if (tjac_hyper_bool(kw, "bidirectional_attention", false, &bidirectional))
        return kw->err->code;
    a->attend = bidirectional ? TJAC_ATTEND_ALL : TJAC_ATTEND_CAUSAL;
    a->rotary = !bidirectional;
    if (flag_there) {
        *why = bidirectional ? "bidirectional_attention is true: all cells, no rotary"
                             : "bidirectional_attention is false: causal with rotary";
        return TJAC_OK;
    }
    *why = "no bidirectional_attention in the checkpoint: causal with rotary, as the current "
           "arc-state runs it";
    *warning = "the checkpoint does not say which attention it was trained with; it is run causal "
               "with rotary, as the current arc-state does, but older arc-state ran such models "
               "bidirectional: compare with a prediction of your own (tjac check --against) or set "
               "attention in the config";
    return TJAC_OK;
}

static void attention_of_gpt2(tjac_arch *a, const char **why, const char **warning)
{
    a->attend = TJAC_ATTEND_ALL;
    a->rotary = false;
    *why = "arc-state's GPT2 is bidirectional, without positions";
    *warning = "the GPT2 backbone is run bidirectional, as arc-state means it; under transformers "
               "4.52 with its default fused attention the same files ran causal: compare with a "
               "prediction of your own (tjac check --against) or set attention in the config";
}

static tjac_code choose_attention(const tjac_hyper *h, const tjac_hyper *kw,
                                  const tjac_config_override *choice, tjac_arch *a)
{
    const char *why = NULL, *warning = NULL;
    bool mask;
    if (a->backbone == TJAC_BACKBONE_GPT2)
        attention_of_gpt2(a, &why, &warning);
    else if (attention_of_llama(kw, a, &why, &warning))
        return h->err->code;
    if (choice->causal != TJAC_CHOICE_AUTO) {
        a->attend = choice->causal ? TJAC_ATTEND_CAUSAL : TJAC_ATTEND_ALL;
        a->rotary = choice->causal && a->backbone == TJAC_BACKBONE_LLAMA;
        why = choice->causal ? "config: attention causal" : "config: attention bidirectional";
        warning = NULL;
    }
    if (choice->rotary == TJAC_CHOICE_YES && a->backbone == TJAC_BACKBONE_GPT2)
        return tjac_err_set(h->err, TJAC_EUSAGE,
                            "'%s' has a GPT2 backbone, which has no rotary "
                            "positions; leave rotary at auto",
                            h->what);
    if (tjac_hyper_bool(h, "mask_attn", false, &mask))
        return h->err->code;
    if (mask && a->backbone == TJAC_BACKBONE_GPT2)
        return tjac_hyper_unsupported(h, "hyper-parameter", "mask_attn with a GPT2 backbone");
    if (mask && choice->causal == TJAC_CHOICE_AUTO) {
        bool bidirectional = a->attend == TJAC_ATTEND_ALL;
        a->attend = TJAC_ATTEND_SELF;
        a->rotary = false;
        why = "mask_attn is true: every token attends to itself only";
        warning = bidirectional
                      ? "mask_attn is run as the current transformers runs it, every cell "
                        "by itself; transformers 4.52 dropped the mask of a "
                        "bidirectional llama silently: compare with a prediction of your "
                        "own (tjac check --against) or set attention in the config"
                      : NULL;
    }
    tjac_text text = {0};
    tjac_text_add(&text, "%s", why);
    if (a->attend != TJAC_ATTEND_SELF && choice->rotary != TJAC_CHOICE_AUTO) {
        a->rotary = choice->rotary == TJAC_CHOICE_YES;
        tjac_text_add(&text, "; config: rotary %s", a->rotary ? "true" : "false");
    }
    a->attention_reason = tjac_strdup(text.text ? text.text : why, h->err);
    tjac_text_free(&text);
    if (a->attention_reason && warning)
        a->attention_warning = tjac_strdup(warning, h->err);
    return h->err->code;
}

/* ---- llama: defaults of transformers' LlamaConfig ---- */

/* rope_scaling and rope_parameters may be there as long as they say "default". */
static tjac_code check_rope(const tjac_hyper *kw, tjac_arch *a)
{
    static const char *const keys[] = {"rope_scaling", "rope_parameters"};
    for (size_t i = 0; i < 2; i++) {
        tjac_hyper sub;
        const char *type = "default";
        if (tjac_hyper_dict(kw, keys[i], &sub))
            return kw->err->code;
        if (!sub.v)
            continue;
        if (tjac_hyper_string(&sub, "type", type, &type) ||
            tjac_hyper_string(&sub, "rope_type", type, &type) ||
            tjac_hyper_real(&sub, "rope_theta", a->rope_theta, &a->rope_theta))
            return kw->err->code;
        if (strcmp(type, "default") != 0)
            return tjac_hyper_unsupported(kw, keys[i], type);
    }
    return TJAC_OK;
}

static tjac_code check_hidden(const tjac_hyper *kw, int64_t size, const tjac_arch *a)
{
    if (size == a->hidden_dim)
        return TJAC_OK;
    return tjac_err_set(kw->err, TJAC_EINPUT,
                        "'%s': the backbone's hidden size is %lld but hidden_dim is %lld", kw->what,
                        (long long)size, (long long)a->hidden_dim);
}

static tjac_code read_llama(const tjac_hyper *kw, tjac_arch *a)
{
    int64_t layers, size;
    const char *act;
    if (tjac_hyper_int(kw, "hidden_size", 4096, 1, &size) || check_hidden(kw, size, a) ||
        tjac_hyper_int(kw, "num_hidden_layers", 32, 1, &layers) ||
        tjac_hyper_int(kw, "num_attention_heads", 32, 1, &a->n_heads) ||
        tjac_hyper_int(kw, "num_key_value_heads", a->n_heads, 1, &a->n_kv_heads) ||
        tjac_hyper_int(kw, "intermediate_size", 11008, 1, &a->intermediate) ||
        tjac_hyper_int(kw, "head_dim", size / a->n_heads, 1, &a->head_dim) ||
        tjac_hyper_real(kw, "rms_norm_eps", 1e-6, &a->norm_eps) ||
        tjac_hyper_real(kw, "rope_theta", 10000, &a->rope_theta) ||
        tjac_hyper_bool(kw, "attention_bias", false, &a->attention_bias) ||
        tjac_hyper_bool(kw, "mlp_bias", false, &a->mlp_bias) ||
        tjac_hyper_string(kw, "hidden_act", "silu", &act) || check_rope(kw, a))
        return kw->err->code;
    a->n_layers = (int)layers;
    if (strcmp(act, "silu") != 0)
        return tjac_hyper_unsupported(kw, "hidden_act", act);
    if (a->n_heads % a->n_kv_heads != 0)
        return tjac_err_set(kw->err, TJAC_EINPUT,
                            "'%s': %lld attention heads are no multiple of %lld key/value heads",
                            kw->what, (long long)a->n_heads, (long long)a->n_kv_heads);
    return TJAC_OK;
}

/* ---- GPT2: defaults of transformers' GPT2Config ---- */

static tjac_code read_gpt2(const tjac_hyper *kw, tjac_arch *a)
{
    static const char *const flags[] = {"scale_attn_by_inverse_layer_idx", "add_cross_attention"};
    int64_t layers, size;
    bool scaled, on;
    const char *act;
    if (tjac_hyper_int(kw, "n_embd", 768, 1, &size) || check_hidden(kw, size, a) ||
        tjac_hyper_int(kw, "n_layer", 12, 1, &layers) ||
        tjac_hyper_int(kw, "n_head", 12, 1, &a->n_heads) ||
        tjac_hyper_int(kw, "n_inner", 4 * size, 1, &a->intermediate) ||
        tjac_hyper_real(kw, "layer_norm_epsilon", 1e-5, &a->norm_eps) ||
        tjac_hyper_bool(kw, "scale_attn_weights", true, &scaled) ||
        tjac_hyper_string(kw, "activation_function", "gelu_new", &act))
        return kw->err->code;
    a->n_layers = (int)layers;
    a->n_kv_heads = a->n_heads;
    a->head_dim = size / a->n_heads;
    if (size % a->n_heads != 0)
        return tjac_err_set(kw->err, TJAC_EINPUT, "'%s': n_embd %lld is no multiple of %lld heads",
                            kw->what, (long long)size, (long long)a->n_heads);
    if (strcmp(act, "gelu_new") != 0)
        return tjac_hyper_unsupported(kw, "activation_function", act);
    if (!scaled)
        return tjac_hyper_unsupported(kw, "scale_attn_weights", "false");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (tjac_hyper_bool(kw, flags[i], false, &on) ||
            (on && tjac_hyper_unsupported(kw, "hyper-parameter", flags[i])))
            return kw->err->code;
    return TJAC_OK;
}

/* ---- LoRA: defaults of arc-state ---- */

static tjac_code read_lora(const tjac_hyper *h, tjac_arch *a)
{
    tjac_hyper lora;
    int64_t r, alpha;
    if (tjac_hyper_dict(h, "lora", &lora) || !lora.v)
        return h->err->code;
    if (tjac_hyper_bool(&lora, "enable", false, &a->lora) ||
        tjac_hyper_int(&lora, "r", 16, 1, &r) || tjac_hyper_int(&lora, "alpha", 32, 0, &alpha))
        return h->err->code;
    a->lora_scale = (double)alpha / (double)r;
    return TJAC_OK;
}

tjac_code tjac_arch_read_backbone(const tjac_hyper *h, const tjac_config_override *choice,
                                  tjac_arch *a)
{
    tjac_hyper kw;
    const char *key;
    if (tjac_hyper_string(h, "transformer_backbone_key", "GPT2", &key) ||
        tjac_hyper_dict(h, "transformer_backbone_kwargs", &kw))
        return h->err->code;
    if (!kw.v)
        return tjac_err_set(h->err, TJAC_EINPUT, "'%s' has no transformer_backbone_kwargs",
                            h->what);
    if (strcmp(key, "llama") == 0)
        a->backbone = TJAC_BACKBONE_LLAMA;
    else if (strcmp(key, "GPT2") == 0)
        a->backbone = TJAC_BACKBONE_GPT2;
    else
        return tjac_hyper_unsupported(h, "transformer_backbone_key", key);
    if ((a->backbone == TJAC_BACKBONE_GPT2 ? read_gpt2(&kw, a) : read_llama(&kw, a)) ||
        read_lora(h, a) || choose_attention(h, &kw, choice, a))
        return h->err->code;
    if (a->rotary && a->head_dim % 2 != 0)
        return tjac_err_set(h->err, TJAC_EINPUT,
                            "'%s': rotary positions need an even head_dim, found %lld", h->what,
                            (long long)a->head_dim);
    return TJAC_OK;
}
