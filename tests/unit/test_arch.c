/* Hyper-parameters to an architecture and its list of weights. */
#include "test.h"
#include "base/json.h"
#include "model/arch.h"

static const char base[] =
    "{\"input_dim\": 24, \"hidden_dim\": 16, \"output_dim\": 20, \"pert_dim\": 7, \"batch_dim\": 4,"
    " \"embed_key\": \"X_hvg\", \"transformer_backbone_key\": \"llama\", %s"
    " \"transformer_backbone_kwargs\": {\"hidden_size\": 16, \"intermediate_size\": 32,"
    " \"num_hidden_layers\": 2, \"num_attention_heads\": 4, \"head_dim\": 6%s}}";

static const tjac_config_override automatic = {TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO,
                                               TJAC_CHOICE_AUTO};

/* The same with a decoder that the weights make. */
static tjac_code read_decoder(const char *hyper, const tjac_decoder_shape *decoder, tjac_arch *out,
                              tjac_err *err)
{
    char text[2048];
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    snprintf(text, sizeof text,
             "{\"input_dim\": 12, \"hidden_dim\": 16, \"output_dim\": 12, \"pert_dim\": 7,"
             " \"embed_key\": \"X_state\", \"transformer_backbone_key\": \"llama\", %s"
             " \"transformer_backbone_kwargs\": {\"hidden_size\": 16, \"intermediate_size\": 32,"
             " \"num_hidden_layers\": 1, \"num_attention_heads\": 4}}",
             hyper);
    tjac_code code = tjac_doc_new(&doc, err);
    if (!code && !(code = tjac_json_parse(doc, text, strlen(text), "hyper", &v, err)))
        code = tjac_arch_read(v, decoder, &automatic, "final.ckpt", out, err);
    tjac_doc_free(doc);
    return code;
}

/* Where decoder_cfg is not there, or not whole, the weights say what the decoder is. */
static void test_decoder(test *t)
{
    const tjac_decoder_shape plain = {TJAC_DECODER_PLAIN, 12, 30, {20, 10}, 2, "gene_decoder.x"};
    const tjac_decoder_shape none = {0}, other = {.name = "gene_decoder.binary.weight"};
    static const char *const agree[] = {
        "",
        "\"hvg_dim\": 30, \"gene_dim\": 500, \"residual_decoder\": false,",
        "\"decoder_hidden_dims\": [20, 10],",
        "\"decoder_cfg\": null,",
        "\"decoder_cfg\": {\"latent_dim\": 12, \"gene_dim\": 30},",
        "\"decoder_cfg\": {\"latent_dim\": 12, \"gene_dim\": 30, \"hidden_dims\": [20, 10]},"};
    const struct {
        const char *hyper;
        const tjac_decoder_shape *weights;
        const char *says;
    } bad[] = {
        {"\"hvg_dim\": 31,", &plain,
         "by its hyper_parameters the layers of the gene decoder are 12-20-10-31 (plain), by its "
         "weights 12-20-10-30 (plain)"},
        {"\"decoder_hidden_dims\": [20],", &plain, "12-20-30 (plain), by its weights 12-20-10-30"},
        {"\"residual_decoder\": true,", &plain, "12-20-10-30 (residual), by its weights"},
        {"\"decoder_cfg\": {\"latent_dim\": 12, \"gene_dim\": 30, \"hidden_dims\": [20, 11]},",
         &plain, "by 'decoder_cfg' the layers of the gene decoder are 12-20-11-30"},
        {"\"decoder_cfg\": {\"latent_dim\": 12, \"gene_dim\": 30},", &none,
         "no weights of the gene decoder that its 'decoder_cfg' describes"},
        {"", &other, "'gene_decoder.binary.weight' is of a gene decoder that tjac does not know"},
    };
    for (size_t i = 0; i < sizeof agree / sizeof *agree; i++) {
        tjac_arch a = {0};
        tjac_err err = {0};
        if (CHECK_OK(t, read_decoder(agree[i], &plain, &a, &err), &err))
            CHECK(t, a.decoder == TJAC_DECODER_PLAIN && a.decoder_out == 30 && !a.model_relu &&
                         a.n_decoder_hidden == 2 && a.decoder_hidden[1] == 10);
        tjac_arch_free(&a);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tjac_arch a = {0};
        tjac_err err = {0};
        CHECK(t, read_decoder(bad[i].hyper, bad[i].weights, &a, &err) == TJAC_EINPUT);
        CHECK_ERROR(t, &err, TJAC_EINPUT, bad[i].says);
        tjac_arch_free(&a);
    }
    tjac_arch a = {0};
    tjac_err err = {0}; /* as arc-state drops it, weights or not */
    CHECK_OK(t, read_decoder("\"gene_decoder_bool\": false,", &plain, &a, &err), &err);
    CHECK(t, a.decoder == TJAC_DECODER_NONE && !a.decoder_there && a.model_relu);
    tjac_arch_free(&a);
}

static tjac_code read_arch(const char *hyper, const char *backbone,
                           const tjac_config_override *choice, tjac_arch *out, tjac_err *err)
{
    char text[2048];
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    snprintf(text, sizeof text, base, hyper, backbone);
    tjac_code code = tjac_doc_new(&doc, err);
    if (!code && !(code = tjac_json_parse(doc, text, strlen(text), "hyper", &v, err)))
        code = tjac_arch_read(v, NULL, choice, "final.ckpt", out, err);
    tjac_doc_free(doc);
    return code;
}

static void refused(test *t, const char *hyper, const char *backbone, const char *message)
{
    tjac_arch a = {0};
    tjac_err err = {0};
    CHECK(t, read_arch(hyper, backbone, &automatic, &a, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
    tjac_arch_free(&a);
}

static void test_attention(test *t)
{
    tjac_arch a = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_arch("", ", \"bidirectional_attention\": true", &automatic, &a, &err), &err);
    CHECK(t, a.attend == TJAC_ATTEND_ALL && !a.rotary && !a.attention_warning);
    tjac_arch_free(&a);
    CHECK_OK(t, read_arch("", ", \"bidirectional_attention\": false", &automatic, &a, &err), &err);
    CHECK(t, a.attend == TJAC_ATTEND_CAUSAL && a.rotary && !a.attention_warning);
    tjac_arch_free(&a);
    CHECK_OK(t, read_arch("", "", &automatic, &a, &err), &err);
    CHECK(t, a.attend == TJAC_ATTEND_CAUSAL && a.rotary && a.attention_warning);
    tjac_arch_free(&a);
    const tjac_config_override all = {TJAC_CHOICE_NO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    CHECK_OK(t, read_arch("", "", &all, &a, &err), &err);
    CHECK(t, a.attend == TJAC_ATTEND_ALL && !a.rotary && !a.attention_warning);
    tjac_arch_free(&a);
    const tjac_config_override both = {TJAC_CHOICE_NO, TJAC_CHOICE_YES, TJAC_CHOICE_AUTO};
    CHECK_OK(t, read_arch("", "", &both, &a, &err), &err);
    CHECK(t, a.attend == TJAC_ATTEND_ALL && a.rotary);
    CHECK(t, strstr(a.attention_reason, "rotary true") != NULL);
    tjac_arch_free(&a);
}

static const tjac_weight_spec *find(const tjac_weight_spec *s, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(s[i].name, name) == 0)
            return &s[i];
    return NULL;
}

static void check_shape(test *t, const tjac_weight_spec *s, size_t n, const char *name,
                        int64_t rows, int64_t cols)
{
    const tjac_weight_spec *w = find(s, n, name);
    if (CHECK(t, w != NULL))
        CHECK(t, w->shape[0] == rows && w->shape[1] == cols && w->ndim == (cols ? 2 : 1));
    else
        fprintf(stderr, "    %s\n", name);
}

static void test_weights(test *t)
{
    tjac_arch a = {0};
    tjac_err err = {0};
    tjac_weight_spec *s = NULL;
    size_t n = 0;
    CHECK_OK(t,
             read_arch("\"n_encoder_layers\": 3, \"n_decoder_layers\": 1, \"batch_encoder\": true,"
                       "\"activation\": \"ELU\",",
                       ", \"num_key_value_heads\": 2, \"attention_bias\": true", &automatic, &a,
                       &err),
             &err);
    CHECK(t, a.activation == TJAC_ACT_ELU && tjac_arch_final_relu(&a) && a.cell_set_len == 256);
    CHECK(t, a.norm_eps == 1e-6 && a.rope_theta == 10000);
    CHECK_OK(t, tjac_arch_weights(&a, &s, &n, &err), &err);
    check_shape(t, s, n, "pert_encoder.0.weight", 16, 7);
    check_shape(t, s, n, "pert_encoder.3.weight", 16, 16);
    check_shape(t, s, n, "pert_encoder.6.bias", 16, 0);
    check_shape(t, s, n, "basal_encoder.0.weight", 16, 24);
    check_shape(t, s, n, "batch_encoder.weight", 4, 16);
    check_shape(t, s, n, "transformer_backbone.layers.1.self_attn.q_proj.weight", 24, 16);
    check_shape(t, s, n, "transformer_backbone.layers.1.self_attn.k_proj.weight", 12, 16);
    check_shape(t, s, n, "transformer_backbone.layers.0.self_attn.o_proj.bias", 16, 0);
    check_shape(t, s, n, "transformer_backbone.layers.0.mlp.down_proj.weight", 16, 32);
    check_shape(t, s, n, "transformer_backbone.norm.weight", 16, 0);
    check_shape(t, s, n, "project_out.0.weight", 20, 16);
    CHECK(t, !find(s, n, "transformer_backbone.embed_tokens.weight"));
    CHECK(t, !find(s, n, "project_out.3.weight"));
    free(s);
    tjac_arch_free(&a);
}

/* The other backbones: `extra` is the head of the hyper-parameters. */
static void test_backbone(test *t, const char *extra, const char *message)
{
    char text[1024];
    tjac_arch a = {0};
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    snprintf(text, sizeof text,
             "{%s, \"input_dim\": 24, \"hidden_dim\": 16, \"output_dim\": 24, \"pert_dim\": 7,"
             " \"transformer_backbone_kwargs\": {\"n_embd\": 16, \"n_layer\": 1, \"n_head\": 4}}",
             extra);
    if (tjac_doc_new(&doc, &err) || tjac_json_parse(doc, text, strlen(text), "hyper", &v, &err))
        abort();
    tjac_code code = tjac_arch_read(v, NULL, &automatic, "final.ckpt", &a, &err);
    if (message) {
        CHECK(t, code == TJAC_EINPUT);
        CHECK_ERROR(t, &err, TJAC_EINPUT, message);
    } else if (CHECK_OK(t, code, &err)) {
        CHECK(t, a.backbone == TJAC_BACKBONE_GPT2 && a.head_dim == 4 && a.intermediate == 64);
        CHECK(t, a.attend == TJAC_ATTEND_ALL && a.attention_warning != NULL);
    }
    tjac_arch_free(&a);
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_backbone(&t, "\"transformer_backbone_key\": \"GPT2\"", NULL);
    test_backbone(&t, "\"transformer_backbone_key\": \"GPT2\", \"mask_attn\": true",
                  "mask_attn with a GPT2 backbone");
    test_backbone(&t, "\"transformer_backbone_key\": \"mamba\"", "'mamba' is not supported");
    test_attention(&t);
    test_weights(&t);
    test_decoder(&t);
    refused(&t, "\"activation\": \"mish\",", "", "'mish' is not supported");
    refused(&t, "\"finetune_vci_decoder\": true,", "", "'finetune_vci_decoder' is not supported");
    refused(&t, "\"output_space\": \"spatial\",", "", "output_space 'spatial'");
    refused(&t, "\"n_encoder_layers\": 0,", "", "'n_encoder_layers' is 0");
    refused(&t, "", ", \"rope_scaling\": {\"rope_type\": \"yarn\"}", "rope_scaling 'yarn'");
    refused(&t, "", ", \"num_key_value_heads\": 3", "no multiple of 3 key/value heads");
    refused(&t, "", ", \"hidden_act\": \"gelu\"", "hidden_act 'gelu'");
    return test_end(&t);
}
