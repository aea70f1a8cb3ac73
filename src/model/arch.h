/* arch.h: what network a checkpoint holds, from its hyper-parameters. Pure: reads no file. */
#ifndef TJAC_ARCH_H
#define TJAC_ARCH_H

#include <stdbool.h>
#include <stdint.h>
#include "base/value.h"
#include "config/config.h"

typedef enum {
    TJAC_ACT_RELU,
    TJAC_ACT_LEAKY_RELU,
    TJAC_ACT_ELU,
    TJAC_ACT_SELU,
    TJAC_ACT_GELU
} tjac_act;
typedef enum { TJAC_BACKBONE_LLAMA, TJAC_BACKBONE_GPT2 } tjac_backbone;
typedef enum { TJAC_ATTEND_ALL, TJAC_ATTEND_CAUSAL, TJAC_ATTEND_SELF } tjac_attend;
typedef enum { TJAC_SPACE_GENE, TJAC_SPACE_ALL, TJAC_SPACE_EMBEDDING } tjac_space;
typedef enum { TJAC_DECODER_NONE, TJAC_DECODER_PLAIN, TJAC_DECODER_RESIDUAL } tjac_decoder;

enum { TJAC_MAX_DECODER_LAYERS = 16 };

/* A gene decoder: in -> hidden -> ... -> out. */
typedef struct {
    tjac_decoder kind; /* NONE: no weights, or of a kind that is not known */
    int64_t in, out;
    int64_t hidden[TJAC_MAX_DECODER_LAYERS];
    int n_hidden;
    const char *name; /* borrowed: of the first weight of a decoder; NULL: there is none */
} tjac_decoder_shape;

/* G inputs, H hidden, D outputs of the model itself, P the length of a KD's vector. */
typedef struct {
    int64_t input_dim, hidden_dim, output_dim, pert_dim;
    int64_t batch_dim; /* rows of the batch encoder, 0 without one */
    int n_encoder_layers, n_decoder_layers;
    bool basal_projection; /* false: the basal encoder is one plain Linear */
    tjac_act activation;
    bool batch_token, confidence_token; /* a token before, after the cells */
    bool predict_residual;
    tjac_space output_space;
    bool model_relu; /* a ReLU closes the model's own output */
    char *embed_key; /* owned; NULL: the inputs are the genes of .X */
    bool embedding;  /* inputs are dimensions of an embedding, not genes */
    int64_t cell_set_len;

    tjac_decoder decoder; /* the gene decoder, when it makes the prediction */
    bool decoder_there;   /* the checkpoint has one, used or not */
    int64_t decoder_in, decoder_out;
    int64_t decoder_hidden[TJAC_MAX_DECODER_LAYERS];
    int n_decoder_hidden;

    tjac_backbone backbone;
    int n_layers;
    int64_t n_heads, n_kv_heads, head_dim, intermediate;
    double norm_eps, rope_theta;
    bool attention_bias, mlp_bias;
    int64_t n_positions; /* GPT2: tokens that have a position (from the weight, set by the
                            model stage); 0: any number */
    tjac_attend attend;
    bool rotary;
    char *attention_reason;  /* owned: why this attention, for run.json and inspect */
    char *attention_warning; /* owned: what the user must know about it, or NULL */

    bool lora;
    double lora_scale; /* alpha / r */
} tjac_arch;

/* From `hyper` (the checkpoint's hyper_parameters). Needs input_dim, hidden_dim, output_dim,
 * pert_dim; other keys default as in the arc-state package. The gene decoder is as its weights
 * (`decoder`; NULL: not known) make it: where keys say another one, or its weights are wanted and
 * not there, TJAC_EINPUT. A variant that is not supported is refused by name (TJAC_EINPUT). `what`
 * names the checkpoint in messages. */
tjac_code tjac_arch_read(const tjac_value *hyper, const tjac_decoder_shape *decoder,
                         const tjac_config_override *choice, const char *what, tjac_arch *out,
                         tjac_err *err) TJAC_MUST_USE;
void tjac_arch_free(tjac_arch *arch);

/* Columns of the prediction: decoder_out when it decodes, else output_dim. */
int64_t tjac_arch_outputs(const tjac_arch *arch);

/* Whether the last operation of the prediction is a ReLU. */
bool tjac_arch_final_relu(const tjac_arch *arch);

/* Whether X is added to the output before the last two layers. */
bool tjac_arch_adds_input(const tjac_arch *arch);

/* Numbers by which X enters the network, L: those of the first encoder product, and of the product
 * that is added to the output. */
int64_t tjac_arch_enc(const tjac_arch *arch);

/* One weight that the forward pass reads: a vector (rows x 1, ndim 1) or a matrix. */
typedef struct {
    char name[128];
    int ndim;
    int64_t shape[2];
} tjac_weight_spec;

/* All weights of the forward pass, names as in `state_dict` without prefixes. Owned: free(). */
tjac_code tjac_arch_weights(const tjac_arch *arch, tjac_weight_spec **out, size_t *n,
                            tjac_err *err) TJAC_MUST_USE;

const char *tjac_act_name(tjac_act act);
const char *tjac_space_name(tjac_space space);
const char *tjac_backbone_name(tjac_backbone backbone);
const char *tjac_attend_name(tjac_attend attend);
const char *tjac_decoder_name(tjac_decoder decoder);

#endif
