#include "model/arch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/alloc.h"
#include "model/arch_backbone.h"
#include "model/arch_decoder.h"
#include "model/hyper.h"

static const char *const act_names[] = {"relu", "leakyrelu", "elu", "selu", "gelu", NULL};
static const char *const space_names[] = {"gene", "all", "embedding", NULL};

const char *tjac_act_name(tjac_act act)
{
    return act_names[act];
}

const char *tjac_space_name(tjac_space space)
{
    return space_names[space];
}

const char *tjac_backbone_name(tjac_backbone backbone)
{
    return backbone == TJAC_BACKBONE_GPT2 ? "GPT2" : "llama";
}

const char *tjac_attend_name(tjac_attend attend)
{
    static const char *const names[] = {"bidirectional", "causal", "self only"};
    return names[attend];
}

const char *tjac_decoder_name(tjac_decoder decoder)
{
    static const char *const names[] = {"none", "plain", "residual"};
    return names[decoder];
}

int64_t tjac_arch_outputs(const tjac_arch *a)
{
    return a->decoder == TJAC_DECODER_NONE ? a->output_dim : a->decoder_out;
}

bool tjac_arch_adds_input(const tjac_arch *a)
{
    return a->output_space == TJAC_SPACE_ALL && a->predict_residual;
}

int64_t tjac_arch_enc(const tjac_arch *a)
{
    return a->hidden_dim + (tjac_arch_adds_input(a) ? a->output_dim / 8 : 0);
}

bool tjac_arch_final_relu(const tjac_arch *a)
{
    return a->decoder != TJAC_DECODER_NONE || a->model_relu;
}

/* A word of a list, case folded; its position. */
static tjac_code read_word(const tjac_hyper *h, const char *key, const char *fallback,
                           const char *const *words, int *out)
{
    const char *name;
    if (tjac_hyper_string(h, key, fallback, &name))
        return h->err->code;
    for (int i = 0; words[i]; i++)
        if (strcasecmp(name, words[i]) == 0) {
            *out = i;
            return TJAC_OK;
        }
    return tjac_hyper_unsupported(h, key, name);
}

static tjac_code read_sizes(const tjac_hyper *h, tjac_arch *a)
{
    int64_t encoders, decoders;
    int act = 0;
    if (tjac_hyper_int(h, "input_dim", 0, 1, &a->input_dim) ||
        tjac_hyper_int(h, "hidden_dim", 0, 1, &a->hidden_dim) ||
        tjac_hyper_int(h, "output_dim", 0, 1, &a->output_dim) ||
        tjac_hyper_int(h, "pert_dim", 0, 1, &a->pert_dim) ||
        tjac_hyper_int(h, "cell_set_len", 256, 1, &a->cell_set_len) ||
        tjac_hyper_int(h, "n_encoder_layers", 2, 1, &encoders) ||
        tjac_hyper_int(h, "n_decoder_layers", 2, 1, &decoders) ||
        tjac_hyper_bool(h, "predict_residual", true, &a->predict_residual) ||
        tjac_hyper_bool(h, "use_basal_projection", true, &a->basal_projection) ||
        read_word(h, "activation", "gelu", act_names, &act))
        return h->err->code;
    a->n_encoder_layers = (int)encoders;
    a->n_decoder_layers = (int)decoders;
    a->activation = (tjac_act)act;
    return TJAC_OK;
}

/* The batch encoder and the two special tokens. arc-state drops the batch token silently when there
 * is a batch encoder or when the mapping strategy is random. */
static tjac_code read_batches(const tjac_hyper *h, tjac_arch *a)
{
    bool encoder, token;
    const char *mapping;
    if (tjac_hyper_bool(h, "batch_encoder", false, &encoder) ||
        tjac_hyper_bool(h, "use_batch_token", false, &token) ||
        tjac_hyper_bool(h, "confidence_token", false, &a->confidence_token) ||
        tjac_hyper_string(h, "basal_mapping_strategy", "random", &mapping))
        return h->err->code;
    if (encoder && tjac_hyper_int(h, "batch_dim", 0, 0, &a->batch_dim))
        return h->err->code;
    a->batch_token = token && a->batch_dim == 0 && strcmp(mapping, "random") != 0;
    return TJAC_OK;
}

/* Where Y comes from: the model itself, or the decoder (what `state tx infer` writes). */
static tjac_code choose_prediction(const tjac_hyper *h, const tjac_decoder_shape *decoder,
                                   const tjac_config_override *choice, tjac_arch *a)
{
    bool hvg = a->embed_key && strcmp(a->embed_key, "X_hvg") == 0;
    bool decode = a->embed_key && ((!hvg && a->output_space == TJAC_SPACE_GENE) ||
                                   a->output_space == TJAC_SPACE_ALL);
    if (choice->decode == TJAC_CHOICE_YES && !a->decoder_there)
        return tjac_err_set(h->err, TJAC_EUSAGE,
                            "'%s' has no gene decoder; leave prediction at "
                            "auto",
                            h->what);
    if (choice->decode != TJAC_CHOICE_AUTO)
        decode = choice->decode == TJAC_CHOICE_YES;
    if (decode && a->decoder_there)
        return tjac_arch_check_decoder(h, decoder, a);
    a->decoder = TJAC_DECODER_NONE;
    return TJAC_OK;
}

static tjac_code read_spaces(const tjac_hyper *h, const tjac_decoder_shape *decoder,
                             const tjac_config_override *choice, tjac_arch *a)
{
    const char *embed;
    int space = 0;
    if (read_word(h, "output_space", "gene", space_names, &space) ||
        tjac_hyper_string(h, "embed_key", NULL, &embed))
        return h->err->code;
    a->output_space = (tjac_space)space;
    if (embed && !(a->embed_key = tjac_strdup(embed, h->err)))
        return h->err->code;
    a->embedding = embed && strcmp(embed, "X_hvg") != 0;
    if (tjac_arch_read_decoder(h, decoder, a))
        return h->err->code;
    a->model_relu = !a->embedding || !a->decoder_there;
    if (a->output_space == TJAC_SPACE_ALL && a->predict_residual && a->input_dim != a->output_dim)
        return tjac_err_set(h->err, TJAC_EINPUT,
                            "'%s': output_space all adds %lld inputs to %lld outputs", h->what,
                            (long long)a->input_dim, (long long)a->output_dim);
    return choose_prediction(h, decoder, choice, a);
}

tjac_code tjac_arch_read(const tjac_value *hyper, const tjac_decoder_shape *decoder,
                         const tjac_config_override *choice, const char *what, tjac_arch *out,
                         tjac_err *err)
{
    tjac_arch a = {0};
    tjac_hyper h = {hyper, what, err};
    bool vci;
    if (!hyper || hyper->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': hyper_parameters are %s, expected a dictionary", what,
                            tjac_value_kind_name(hyper));
    if (tjac_hyper_bool(&h, "finetune_vci_decoder", false, &vci))
        return err->code;
    if (vci)
        return tjac_hyper_unsupported(&h, "hyper-parameter", "finetune_vci_decoder");
    if (read_sizes(&h, &a) || read_batches(&h, &a) || read_spaces(&h, decoder, choice, &a) ||
        tjac_arch_read_backbone(&h, choice, &a)) {
        tjac_arch_free(&a);
        return err->code;
    }
    *out = a;
    return TJAC_OK;
}

void tjac_arch_free(tjac_arch *arch)
{
    if (!arch)
        return;
    free(arch->embed_key);
    free(arch->attention_reason);
    free(arch->attention_warning);
    *arch = (tjac_arch){0};
}
