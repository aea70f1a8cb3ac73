#include "cmd/cmd_blocks.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "cmd/cmd_engine.h"
#include "engine/expression.h"

/* ---- genes that may be drawn ---- */

static const tjac_names *genes_of(const tjac_run_model *m, bool output)
{
    return output ? &m->input.outputs : &m->input.inputs;
}

/* Names that mean two genes of some model: whichever of them was drawn, its J could be the other's.
 * An empty name means none. */
static tjac_code find_ambiguous(const tjac_run *run, bool output, tjac_names *out, tjac_err *err)
{
    size_t at;
    for (size_t m = 0; m < run->n_models; m++)
        if (tjac_names_doubled(genes_of(&run->model[m], output), out, err))
            return err->code;
    return tjac_names_put(out, "", &at, err);
}

/* Names that all models have, in the order of the first, without the ambiguous ones. */
static tjac_code find_common(const tjac_run *run, bool output, tjac_names *out, tjac_err *err)
{
    const tjac_names *first = genes_of(&run->model[0], output);
    tjac_names ambiguous = {0};
    (void)!find_ambiguous(run, output, &ambiguous, err);
    for (size_t i = 0; i < first->n && !err->code; i++) {
        bool everywhere = tjac_names_find(&ambiguous, first->name[i]) < 0;
        for (size_t m = 1; m < run->n_models && everywhere; m++)
            everywhere = tjac_names_find(genes_of(&run->model[m], output), first->name[i]) >= 0;
        if (everywhere)
            (void)!tjac_names_add(out, first->name[i], err);
    }
    tjac_names_free(&ambiguous);
    return err->code;
}

/* ---- their expression ---- */

/* Whose prediction is like expression: the first model that is not shuffled, if there is one. */
static tjac_run_model *trained(const tjac_run *run)
{
    for (size_t i = 0; i < run->n_models; i++)
        if (!run->model[i].input.model->shuffled)
            return &run->model[i];
    return &run->model[0];
}

/* Of that model's inputs and outputs; `predicted` where some output is no input. */
typedef struct {
    double *input, *predicted;
    tjac_names doubled; /* inputs that share a name: their expression is not known by it */
} means;

static int64_t find_input(const means *m, const tjac_input *in, const char *name)
{
    return tjac_names_find(&m->doubled, name) < 0 ? tjac_names_find(&in->inputs, name) : -1;
}

static tjac_code predict(const tjac_config *c, const tjac_names *devices, tjac_run_model *m,
                         double *out, tjac_err *err)
{
    int64_t control = tjac_names_find(&m->input.model->kds, m->input.control);
    cmd_engine e = {0};
    tjac_code code = cmd_engine_open(c, devices, m, c->precision, &e, err);
    if (!code)
        code = tjac_expression_predict(&e.st[0], &m->input, (size_t)control, out, err);
    cmd_engine_close(&e);
    tjac_model_unload(m->input.model);
    return code;
}

tjac_code cmd_rank_inputs(const tjac_input *in, double *out, tjac_err *err)
{
    if (!in->model->arch.embedding)
        return tjac_input_moments(in, out, NULL, err);
    double *mean = tjac_alloc(in->inputs.n, sizeof *mean, err);
    if (mean && !tjac_input_moments(in, mean, out, err))
        for (size_t i = 0; i < in->inputs.n; i++)
            out[i] = isnan(out[i]) ? 0 : out[i]; /* of one cell */
    free(mean);
    return err->code;
}

static tjac_code find_means(const tjac_config *c, const tjac_names *devices, tjac_run *run,
                            means *m, tjac_err *err)
{
    tjac_input *in = &trained(run)->input;
    bool predicted = false;
    if (tjac_names_doubled(&in->inputs, &m->doubled, err))
        return err->code;
    for (size_t j = 0; j < run->outputs.n; j++)
        predicted = predicted || find_input(m, in, run->outputs.name[j]) < 0;
    m->input = tjac_alloc(in->inputs.n, sizeof *m->input, err);
    m->predicted = tjac_alloc(in->outputs.n, sizeof *m->predicted, err);
    if (!err->code && !cmd_rank_inputs(in, m->input, err) && predicted)
        predict(c, devices, trained(run), m->predicted, err);
    return err->code;
}

static tjac_code draw(const tjac_config *c, tjac_run *run, const means *m, tjac_err *err)
{
    const tjac_input *in = &trained(run)->input;
    double *input = tjac_alloc(run->inputs.n, sizeof *input, err);
    double *output = tjac_alloc(run->outputs.n, sizeof *output, err);
    for (size_t i = 0; !err->code && i < run->inputs.n; i++)
        input[i] = m->input[tjac_names_find(&in->inputs, run->inputs.name[i])];
    for (size_t j = 0; !err->code && j < run->outputs.n; j++) {
        int64_t i = find_input(m, in, run->outputs.name[j]);
        int64_t k = tjac_names_find(&in->outputs, run->outputs.name[j]);
        output[j] = i >= 0 ? m->input[i] : m->predicted[k];
    }
    const tjac_blocks_genes genes = {&run->inputs, &run->outputs, input, output};
    if (!err->code && tjac_blocks_draw(&run->panels, &c->null, &genes, &run->blocks, err))
        run->blocks = (tjac_blocks){0};
    free(input);
    free(output);
    return err->code;
}

/* Targets that panels name need no expression. */
static tjac_code draw_none(const tjac_config *c, tjac_run *run, tjac_err *err)
{
    const tjac_blocks_genes genes = {&run->inputs, &run->outputs, NULL, NULL};
    const tjac_config_null none = {0, c->null.seed};
    if (tjac_blocks_draw(&run->panels, &none, &genes, &run->blocks, err))
        run->blocks = (tjac_blocks){0};
    return err->code;
}

bool cmd_has_statistics(const tjac_config *c)
{
    for (size_t e = 0; e < c->n_estimands; e++)
        if (c->estimand[e] != TJAC_PERT)
            return true;
    return false;
}

tjac_code cmd_draw_blocks(const tjac_config *c, const tjac_names *devices, tjac_run *run,
                          tjac_err *err)
{
    means m = {0};
    if (find_common(run, false, &run->inputs, err) || find_common(run, true, &run->outputs, err))
        return err->code;
    if (c->null.blocks == 0 || !cmd_has_statistics(c))
        return draw_none(c, run, err);
    if (!find_means(c, devices, run, &m, err))
        (void)!draw(c, run, &m, err);
    free(m.input);
    free(m.predicted);
    tjac_names_free(&m.doubled);
    return err->code;
}
