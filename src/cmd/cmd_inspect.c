/* tjac inspect: what a model directory and its cells hold. Reads no tensor data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/cmd_asked.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_text.h"
#include "inputs/inputs.h"
#include "inputs/survey.h"

typedef struct {
    const char *dir, *h5ad, *checkpoint;
    bool json, genes, outputs, kds; /* lists of them all */
    tjac_names asked_genes, asked_kds;
} options;

/* An option with names, or without: all of them. */
static tjac_code take_names(const cmd_line *line, const char *option, bool *all, tjac_names *names,
                            tjac_err *err)
{
    const char *value = cmd_line_value(line, option);
    *all = cmd_line_has(line, option) && !value;
    return value ? cmd_split_names(option, value, names, err) : TJAC_OK;
}

static tjac_code take_options(const cmd_line *line, options *o, tjac_err *err)
{
    *o = (options){.dir = cmd_line_operand(line, 0),
                   .h5ad = cmd_line_operand(line, 1),
                   .checkpoint = cmd_line_value(line, "checkpoint"),
                   .json = cmd_line_has(line, "json"),
                   .outputs = cmd_line_has(line, "outputs")};
    if (take_names(line, "genes", &o->genes, &o->asked_genes, err) ||
        take_names(line, "kds", &o->kds, &o->asked_kds, err))
        return err->code;
    bool asked = o->asked_genes.n || o->asked_kds.n;
    if (o->json + o->genes + o->outputs + o->kds + asked > 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "give one of --json, --genes, --outputs, --kds, or names to --genes "
                            "and --kds");
    return TJAC_OK;
}

/* ---- text ---- */

static void print_some(const char *what, const tjac_names *names)
{
    enum { SHOWN = 8 };
    cmd_say(stdout, "%-12s %zu:", what, names->n);
    for (size_t i = 0; i < names->n && i < SHOWN; i++)
        cmd_say(stdout, " %s", names->name[i]);
    cmd_say(stdout, "%s\n", names->n > SHOWN ? " ..." : "");
}

static void print_all(const tjac_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        puts(names->name[i]);
}

static void print_arch(const tjac_model *m)
{
    const tjac_arch *a = &m->arch;
    cmd_say(stdout, "checkpoint   %s\n", m->checkpoint);
    cmd_say(stdout,
            "model        %lld inputs -> hidden %lld -> %lld outputs, cell sets of %lld, %lld "
            "parameters in the forward pass\n",
            (long long)a->input_dim, (long long)a->hidden_dim, (long long)tjac_arch_outputs(a),
            (long long)a->cell_set_len, (long long)m->n_parameters);
    cmd_say(stdout,
            "backbone     %s, %d layers, %lld heads x %lld (%lld key/value), intermediate %lld%s\n",
            tjac_backbone_name(a->backbone), a->n_layers, (long long)a->n_heads,
            (long long)a->head_dim, (long long)a->n_kv_heads, (long long)a->intermediate,
            a->lora ? ", LoRA folded in" : "");
    cmd_say(stdout, "attention    %s%s (%s)\n", tjac_attend_name(a->attend),
            a->rotary ? ", rotary" : "", a->attention_reason);
    cmd_say(stdout,
            "encoders     %d layer(s), decoder %d, %s; batch encoder: ", a->n_encoder_layers,
            a->n_decoder_layers, tjac_act_name(a->activation));
    if (a->batch_dim)
        cmd_say(stdout, "%lld batches", (long long)a->batch_dim);
    else
        cmd_say(stdout, "none");
    cmd_say(stdout, "%s%s\n", a->batch_token ? "; batch token" : "",
            a->confidence_token ? "; confidence token" : "");
    cmd_say(stdout, "output       space %s, %s%s; gene decoder: %s\n",
            tjac_space_name(a->output_space), a->predict_residual ? "residual" : "not residual",
            tjac_arch_final_relu(a) ? ", ReLU" : "",
            a->decoder != TJAC_DECODER_NONE ? tjac_decoder_name(a->decoder)
            : a->decoder_there              ? "there, not used"
                                            : "none");
}

static bool same_names(const tjac_names *a, const tjac_names *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->name[i], b->name[i]) == 0;
    return same;
}

static size_t sets_of(const tjac_input *in, size_t cells)
{
    return cells / (size_t)in->model->arch.cell_set_len;
}

/* Cell types, or batches, with their control cells and the sets that these make. */
static void print_labels(const tjac_input *in, const tjac_survey *s, bool batches)
{
    enum { SHOWN = 12 };
    const tjac_names *labels = batches ? &s->batches : &s->types;
    for (size_t i = 0; i < labels->n && i < SHOWN; i++) {
        bool unknown = batches && in->model->arch.batch_dim &&
                       tjac_names_find(&in->model->batches, labels->name[i]) < 0;
        size_t n = tjac_survey_count(s, batches ? -1 : (int64_t)i, batches ? (int64_t)i : -1);
        cmd_say(stdout, "%-12s %s: %zu control cells, %zu set(s)%s\n",
                i         ? ""
                : batches ? "batches"
                          : "cell types",
                labels->name[i], n, sets_of(in, n), unknown ? ", not known to the model" : "");
    }
    if (labels->n > SHOWN)
        cmd_say(stdout, "             ... (%zu in all; --json has them all)\n", labels->n);
}

static void print_cells(const tjac_input *in, const tjac_survey *s)
{
    cmd_say(stdout, "cells        %s: %zu cells, %s '%s'\n", tjac_cells_path(in->cells),
            tjac_cells_n_obs(in->cells), tjac_matrix_layout(in->matrix), in->embed_key);
    cmd_say(stdout, "             %zu control cells", s->n);
    for (size_t i = 0; i < s->types.n; i++)
        cmd_say(stdout, "%s%s", i ? ", " : " of ", s->types.name[i]);
    cmd_say(stdout, "; sets of %lld: %zu at most\n", (long long)in->model->arch.cell_set_len,
            sets_of(in, s->n));
    print_labels(in, s, false);
    print_labels(in, s, true);
}

static void print_text(const tjac_input *in, const tjac_survey *s)
{
    print_arch(in->model);
    print_some("inputs", &in->inputs);
    cmd_say(stdout, "             named by %s\n", in->names_from);
    if (!same_names(&in->inputs, &in->outputs))
        print_some("outputs", &in->outputs);
    print_some("KDs", &in->model->kds);
    cmd_say(stdout, "control      %s in obs '%s'\n", in->control, in->pert_col);
    if (in->cells)
        print_cells(in, s);
}

/* What to type next. */
static void print_next(const tjac_input *in)
{
    if (in->cells)
        cmd_say(stdout, "next         tjac init '%s' '%s' > my.json\n", in->name,
                tjac_cells_path(in->cells));
    else
        cmd_say(stdout, "next         tjac inspect '%s' CELLS.h5ad\n", in->name);
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

/* {"label": cells} */
static void put_counts(tjac_doc *doc, tjac_value *d, const char *key, const tjac_survey *s,
                       bool batches, tjac_err *err)
{
    const tjac_names *labels = batches ? &s->batches : &s->types;
    tjac_value *counts = tjac_value_dict(doc, err);
    for (size_t i = 0; i < labels->n; i++)
        put_int(doc, counts, labels->name[i],
                (int64_t)tjac_survey_count(s, batches ? -1 : (int64_t)i, batches ? (int64_t)i : -1),
                err);
    put(doc, d, key, counts, err);
}

static void put_cells(tjac_doc *doc, tjac_value *d, const tjac_input *in, const tjac_survey *s,
                      tjac_err *err)
{
    tjac_value *cells = tjac_value_dict(doc, err);
    put_string(doc, cells, "h5ad", tjac_cells_path(in->cells), err);
    put_int(doc, cells, "cells", (int64_t)tjac_cells_n_obs(in->cells), err);
    put_int(doc, cells, "control_cells", (int64_t)s->n, err);
    put_names(doc, cells, "cell_types", &s->types, err);
    put_counts(doc, cells, "control_cells_of_cell_type", s, false, err);
    put_counts(doc, cells, "control_cells_of_batch", s, true, err);
    put_int(doc, cells, "most_sets", (int64_t)sets_of(in, s->n), err);
    put_string(doc, cells, "embed_key", in->embed_key, err);
    put_string(doc, cells, "layout", tjac_matrix_layout(in->matrix), err);
    put(doc, d, "cells", cells, err);
}

static tjac_code print_json(const tjac_input *in, const tjac_survey *s, tjac_err *err)
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
    put_string(doc, d, "gene_names_from", in->names_from, err);
    put_string(doc, d, "control", in->control, err);
    put_names(doc, d, "inputs", &in->inputs, err);
    put_names(doc, d, "outputs", &in->outputs, err);
    put_names(doc, d, "kds", &in->model->kds, err);
    if (in->cells)
        put_cells(doc, d, in, s, err);
    if (!err->code && !tjac_json_print(d, &text, err))
        fputs(text, stdout);
    free(text);
    tjac_doc_free(doc);
    return err->code;
}

static tjac_code survey(const tjac_input *in, tjac_survey *out, tjac_err *err)
{
    const tjac_sets_spec spec = {.pert_col = in->pert_col,
                                 .control = in->control,
                                 .cell_type_col = in->cell_type_col,
                                 .batch_col = in->batch_col};
    return tjac_survey_make(in->cells, &spec, in->model->arch.batch_dim > 0, out, err);
}

static tjac_code print(const options *o, const tjac_input *in, const tjac_survey *s, tjac_err *err)
{
    if (o->asked_genes.n || o->asked_kds.n)
        return cmd_print_asked(in, &o->asked_genes, &o->asked_kds, err);
    if (o->json)
        return print_json(in, s, err);
    if (o->genes)
        print_all(&in->inputs);
    else if (o->outputs)
        print_all(&in->outputs);
    else if (o->kds)
        print_all(&in->model->kds);
    else {
        print_text(in, s);
        print_next(in);
    }
    return TJAC_OK;
}

/* Cells of which no sets can be drawn are shown all the same, and the run's error comes after. */
static tjac_code run_inspect(const cmd_line *line, tjac_err *err)
{
    const tjac_config_override automatic = {TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    const tjac_config_cells cells = {.n_sets = 1, .seed = 42};
    options o = {0};
    tjac_input in = {0};
    tjac_survey s = {0};
    tjac_err later = {0};
    if (take_options(line, &o, err) || !(in.name = tjac_strdup(o.dir, err)) ||
        tjac_model_open(o.dir, o.checkpoint, &automatic, &in.model, err) ||
        (o.h5ad && tjac_cells_open(o.h5ad, &in.cells, err)))
        goto done;
    if (tjac_input_resolve(&cells, &in, &later) && !in.block)
        goto done;
    for (size_t i = 0; i < in.warnings.n; i++)
        cmd_say(stderr, "tjac: warning: %s\n", in.warnings.name[i]);
    if (!in.cells || !survey(&in, &s, err))
        (void)!print(&o, &in, &s, err);
done:
    if (later.code)
        tjac_err_set(err, later.code, "%s", tjac_err_message(&later));
    tjac_err_clear(&later);
    tjac_survey_free(&s);
    tjac_input_close(&in);
    tjac_names_free(&o.asked_genes);
    tjac_names_free(&o.asked_kds);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "checkpoint",
     .argument = "NAME",
     .help = "a file in checkpoints of MODEL_DIR, or beside config.yaml (default: best, final, "
             "last, newest step)"},
    {.name = "genes",
     .argument = "A,B",
     .optional = true,
     .words = "",
     .help = "are these inputs or outputs, and with CELLS.h5ad their rank by expression in the "
             "control cells, by which genes of blocks are drawn; without names: print all input "
             "genes, one a line, and nothing else"},
    {.name = "kds",
     .argument = "A,B",
     .optional = true,
     .words = "",
     .help = "are these KDs; without names: print all KDs, one a line, and nothing else"},
    {.name = "outputs", .help = "print all outputs, one a line, and nothing else"},
    {.name = "json", .help = "everything, as JSON"},
    {0}};

const cmd_command cmd_inspect = {
    .name = "inspect",
    .about = "what a model directory and its cells hold",
    .operands = "MODEL_DIR [CELLS.h5ad]",
    .least = 1,
    .most = 2,
    .text = "Prints the architecture, genes, KDs and control cells, and how many sets of cells "
            "can be drawn. Reads every artifact that a run would read, without tensor data, and "
            "fails with the same messages and codes; exit 3 too where --genes or --kds name what "
            "is not there.",
    .after = "Next: tjac init MODEL_DIR CELLS.h5ad > my.json",
    .option = table,
    .run = run_inspect};
