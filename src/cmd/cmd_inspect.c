/* tjac inspect: what a model directory and its cells hold. Reads no tensor data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "inputs/inputs.h"

typedef struct {
    const char *dir, *h5ad, *checkpoint;
    bool json, genes, kds;
} options;

static tjac_code take_options(const cmd_line *line, options *o, tjac_err *err)
{
    *o = (options){.dir = cmd_line_operand(line, 0),
                   .h5ad = cmd_line_operand(line, 1),
                   .checkpoint = cmd_line_value(line, "checkpoint"),
                   .json = cmd_line_has(line, "json"),
                   .genes = cmd_line_has(line, "genes"),
                   .kds = cmd_line_has(line, "kds")};
    if (o->json + o->genes + o->kds > 1)
        return tjac_err_set(err, TJAC_EUSAGE, "give one of --json, --genes, --kds");
    return TJAC_OK;
}

/* ---- text ---- */

static void print_some(const char *what, const tjac_names *names)
{
    enum { SHOWN = 8 };
    printf("%-12s %zu:", what, names->n);
    for (size_t i = 0; i < names->n && i < SHOWN; i++)
        printf(" %s", names->name[i]);
    printf("%s\n", names->n > SHOWN ? " ..." : "");
}

static void print_all(const tjac_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        puts(names->name[i]);
}

static void print_arch(const tjac_model *m)
{
    const tjac_arch *a = &m->arch;
    printf("checkpoint   %s\n", m->checkpoint);
    printf("model        %lld inputs -> hidden %lld -> %lld outputs, cell sets of %lld, %lld "
           "parameters in the forward pass\n",
           (long long)a->input_dim, (long long)a->hidden_dim, (long long)tjac_arch_outputs(a),
           (long long)a->cell_set_len, (long long)m->n_parameters);
    printf("backbone     %s, %d layers, %lld heads x %lld (%lld key/value), intermediate %lld%s\n",
           tjac_backbone_name(a->backbone), a->n_layers, (long long)a->n_heads,
           (long long)a->head_dim, (long long)a->n_kv_heads, (long long)a->intermediate,
           a->lora ? ", LoRA folded in" : "");
    printf("attention    %s%s (%s)\n", tjac_attend_name(a->attend), a->rotary ? ", rotary" : "",
           a->attention_reason);
    printf("encoders     %d layer(s), decoder %d, %s; batch encoder: ", a->n_encoder_layers,
           a->n_decoder_layers, tjac_act_name(a->activation));
    if (a->batch_dim)
        printf("%lld batches", (long long)a->batch_dim);
    else
        printf("none");
    printf("%s%s\n", a->batch_token ? "; batch token" : "",
           a->confidence_token ? "; confidence token" : "");
    printf("output       space %s, %s%s; gene decoder: %s\n", tjac_space_name(a->output_space),
           a->predict_residual ? "residual" : "not residual",
           tjac_arch_final_relu(a) ? ", ReLU" : "",
           a->decoder != TJAC_DECODER_NONE ? tjac_decoder_name(a->decoder)
           : a->decoder_there              ? "there, not used"
                                           : "none");
}

static void print_text(const tjac_input *in)
{
    print_arch(in->model);
    print_some("inputs", &in->inputs);
    printf("             named by %s\n", in->names_from);
    print_some("KDs", &in->model->kds);
    printf("control      %s in obs '%s'\n", in->control, in->pert_col);
    if (!in->cells)
        return;
    const tjac_sets *s = &in->block[0].sets;
    printf("cells        %s: %zu cells, %s '%s'\n", tjac_cells_path(in->cells),
           tjac_cells_n_obs(in->cells), tjac_matrix_layout(in->matrix), in->embed_key);
    printf("             %zu control cells", s->n_eligible);
    for (size_t i = 0; i < s->types.n; i++)
        printf("%s%s", i ? ", " : " of ", s->types.name[i]);
    printf("\n");
}

/* ---- JSON ---- */

static void put(tjac_doc *doc, tjac_value *d, const char *key, tjac_value *v, tjac_err *err)
{
    if (!err->code)
        tjac_value_put(doc, d, key, v, err);
}

static void put_int(tjac_doc *doc, tjac_value *d, const char *key, int64_t i, tjac_err *err)
{
    put(doc, d, key, tjac_value_int(doc, i, err), err);
}

static void put_string(tjac_doc *doc, tjac_value *d, const char *key, const char *s, tjac_err *err)
{
    put(doc, d, key, s ? tjac_value_string(doc, s, strlen(s), err) : tjac_value_null(doc, err),
        err);
}

static void put_names(tjac_doc *doc, tjac_value *d, const char *key, const tjac_names *names,
                      tjac_err *err)
{
    tjac_value *list = tjac_value_list(doc, err);
    for (size_t i = 0; i < names->n && !err->code; i++)
        tjac_value_push(doc, list,
                        tjac_value_string(doc, names->name[i], strlen(names->name[i]), err), err);
    put(doc, d, key, list, err);
}

static void put_cells(tjac_doc *doc, tjac_value *d, const tjac_input *in, tjac_err *err)
{
    tjac_value *cells = tjac_value_dict(doc, err);
    put_string(doc, cells, "h5ad", tjac_cells_path(in->cells), err);
    put_int(doc, cells, "cells", (int64_t)tjac_cells_n_obs(in->cells), err);
    put_int(doc, cells, "control_cells", (int64_t)in->block[0].sets.n_eligible, err);
    put_names(doc, cells, "cell_types", &in->block[0].sets.types, err);
    put_string(doc, cells, "embed_key", in->embed_key, err);
    put_string(doc, cells, "layout", tjac_matrix_layout(in->matrix), err);
    put(doc, d, "cells", cells, err);
}

static tjac_code print_json(const tjac_input *in, tjac_err *err)
{
    const tjac_arch *a = &in->model->arch;
    tjac_doc *doc = NULL;
    char *text = NULL;
    if (tjac_doc_new(&doc, err))
        return err->code;
    tjac_value *d = tjac_value_dict(doc, err);
    put_string(doc, d, "checkpoint", in->model->checkpoint, err);
    put_string(doc, d, "backbone", tjac_backbone_name(a->backbone), err);
    put(doc, d, "lora", tjac_value_bool(doc, a->lora, err), err);
    put(doc, d, "batch_token", tjac_value_bool(doc, a->batch_token, err), err);
    put(doc, d, "confidence_token", tjac_value_bool(doc, a->confidence_token, err), err);
    put_string(doc, d, "prediction", a->decoder == TJAC_DECODER_NONE ? "model" : "decoder", err);
    put_int(doc, d, "layers", a->n_layers, err);
    put_int(doc, d, "hidden", a->hidden_dim, err);
    put_int(doc, d, "heads", a->n_heads, err);
    put_int(doc, d, "key_value_heads", a->n_kv_heads, err);
    put_int(doc, d, "head_dim", a->head_dim, err);
    put_int(doc, d, "intermediate", a->intermediate, err);
    put_int(doc, d, "encoder_layers", a->n_encoder_layers, err);
    put_int(doc, d, "decoder_layers", a->n_decoder_layers, err);
    put_string(doc, d, "activation", tjac_act_name(a->activation), err);
    put_int(doc, d, "batches", a->batch_dim, err);
    put_int(doc, d, "cell_set_len", a->cell_set_len, err);
    put_int(doc, d, "parameters", in->model->n_parameters, err);
    put_string(doc, d, "attention", a->attend == TJAC_ATTEND_CAUSAL ? "causal" : "bidirectional",
               err);
    put(doc, d, "rotary", tjac_value_bool(doc, a->rotary, err), err);
    put_string(doc, d, "attention_reason", a->attention_reason, err);
    put_string(doc, d, "output_space", tjac_space_name(a->output_space), err);
    put(doc, d, "predict_residual", tjac_value_bool(doc, a->predict_residual, err), err);
    put_string(doc, d, "names_from", in->names_from, err);
    put_string(doc, d, "control", in->control, err);
    put_names(doc, d, "inputs", &in->inputs, err);
    put_names(doc, d, "outputs", &in->outputs, err);
    put_names(doc, d, "kds", &in->model->kds, err);
    if (in->cells)
        put_cells(doc, d, in, err);
    if (!err->code && !tjac_json_print(d, &text, err))
        fputs(text, stdout);
    free(text);
    tjac_doc_free(doc);
    return err->code;
}

static tjac_code run_inspect(const cmd_line *line, tjac_err *err)
{
    const tjac_config_override automatic = {TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    tjac_config_cells cells = {.set_size = 1, .n_sets = 1};
    options o = {0};
    tjac_input in = {0};
    if (take_options(line, &o, err) || !(in.name = tjac_strdup(o.dir, err)) ||
        tjac_model_open(o.dir, o.checkpoint, &automatic, &in.model, err) ||
        (o.h5ad && tjac_cells_open(o.h5ad, &in.cells, err)) || tjac_input_resolve(&cells, &in, err))
        goto done;
    for (size_t i = 0; i < in.warnings.n; i++)
        fprintf(stderr, "tjac: warning: %s\n", in.warnings.name[i]);
    if (o.genes)
        print_all(&in.inputs);
    else if (o.kds)
        print_all(&in.model->kds);
    else if (o.json)
        print_json(&in, err);
    else
        print_text(&in);
done:
    tjac_input_close(&in);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "checkpoint",
     .argument = "NAME",
     .help = "a file in MODEL_DIR/checkpoints (default: best, final, last, newest step)"},
    {.name = "genes", .help = "print all input genes, one a line, and nothing else"},
    {.name = "kds", .help = "print all KDs, one a line, and nothing else"},
    {.name = "json", .help = "everything, as JSON"},
    {0}};

const cmd_command cmd_inspect = {
    .name = "inspect",
    .about = "what a model directory and its cells hold",
    .operands = "MODEL_DIR [CELLS.h5ad]",
    .least = 1,
    .most = 2,
    .text = "Prints the architecture, genes, KDs and control cells. Reads every artifact that a "
            "run would read, without tensor data, and fails with the same messages and codes.",
    .option = table,
    .run = run_inspect};
