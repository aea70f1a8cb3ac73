#include "cmd/cmd_null.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "cmd/cmd_engine.h"

static bool in_all(const cmd_stage *stage, size_t n, const char *name, bool output)
{
    for (size_t i = 0; i < n; i++)
        if (tjac_names_find(output ? &stage[i].input.outputs : &stage[i].input.inputs, name) < 0)
            return false;
    return true;
}

static tjac_code find_common(const cmd_stage *stage, size_t n, bool output, tjac_names *out,
                             tjac_err *err)
{
    const tjac_names *first = output ? &stage->input.outputs : &stage->input.inputs;
    for (size_t i = 0; i < first->n; i++)
        if (in_all(stage, n, first->name[i], output) && tjac_names_add(out, first->name[i], err))
            return err->code;
    return tjac_names_index(out, NULL, err);
}

/* ---- means of the inputs ---- */

static int by_row(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Means of all inputs over the eligible cells of all blocks: a cell counts once. */
static tjac_code input_means(const tjac_input *in, double *mean, tjac_err *err)
{
    size_t n = 0, distinct = 0;
    for (size_t b = 0; b < in->n_blocks; b++)
        n += in->block[b].sets.n_eligible;
    size_t *row = tjac_alloc(n, sizeof *row, err);
    if (!row)
        return err->code;
    n = 0;
    for (size_t b = 0; b < in->n_blocks; b++) {
        const tjac_sets *s = &in->block[b].sets;
        memcpy(row + n, s->eligible, s->n_eligible * sizeof *row);
        n += s->n_eligible;
    }
    qsort(row, n, sizeof *row, by_row);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || row[i] != row[i - 1])
            row[distinct++] = row[i];
    tjac_code code = tjac_matrix_moments(in->matrix, row, distinct, mean, NULL, err);
    free(row);
    return code;
}

/* ---- means of the predictions ---- */

typedef struct {
    const tjac_st *st;
    tjac_input *input;
    float *kd;
    double *cells, *y; /* [S][inputs], [S][outputs] of the largest set */
    double *sum;       /* [outputs] */
    size_t n_outputs, n_sets, n_cells;
} predictions;

static tjac_code add_prediction(predictions *p, size_t block, size_t k, tjac_err *err)
{
    const tjac_block *b = &p->input->block[block];
    size_t S = b->sets.set_size;
    tjac_pass *pass = NULL;
    if (tjac_input_read_set(p->input, block, k, p->cells, err))
        return err->code;
    const tjac_st_set set = {S, p->cells, b->batch ? b->batch + k * S : NULL};
    if (!p->st->add_set(p->st->self, &set, err) && !p->st->open_pass(p->st->self, &pass, err))
        p->st->predict(pass, p->n_sets++, p->kd, 1, p->y, err);
    p->st->close_pass(pass);
    for (size_t c = 0; c < S && !err->code; c++)
        for (size_t j = 0; j < p->n_outputs; j++)
            p->sum[j] += p->y[c * p->n_outputs + j];
    p->n_cells += S;
    return err->code;
}

static tjac_code all_predictions(predictions *p, tjac_err *err)
{
    const size_t regulator = 0;
    size_t *target = tjac_alloc(p->n_outputs, sizeof *target, err);
    for (size_t j = 0; target && j < p->n_outputs; j++)
        target[j] = j;
    const tjac_st_genes all = {&regulator, 1, target, p->n_outputs};
    if (target && !p->st->begin(p->st->self, &all, err))
        for (size_t b = 0; b < p->input->n_blocks; b++)
            for (size_t k = 0; k < p->input->block[b].sets.n_sets && !err->code; k++)
                add_prediction(p, b, k, err);
    for (size_t j = 0; j < p->n_outputs && !err->code; j++)
        p->sum[j] /= (double)p->n_cells;
    free(target);
    return err->code;
}

/* Mean predictions of all outputs under the control KD over the sets of all blocks. */
static tjac_code predicted_means(const tjac_config *c, const tjac_names *devices, cmd_stage *stage,
                                 double *mean, tjac_err *err)
{
    tjac_input *in = &stage->input;
    size_t S = in->block[0].sets.set_size;
    cmd_engine e = {0};
    predictions p = {.input = in, .sum = mean, .n_outputs = in->outputs.n};
    int64_t control = tjac_names_find(&in->model->kds, in->control);
    p.kd = tjac_alloc((size_t)in->model->arch.pert_dim, sizeof *p.kd, err);
    p.cells = tjac_alloc(S, in->inputs.n * sizeof *p.cells, err);
    p.y = tjac_alloc(S, in->outputs.n * sizeof *p.y, err);
    if (!err->code && !cmd_engine_open(c, devices, stage, c->precision, &e, err) &&
        !tjac_model_kd_vector(in->model, (size_t)control, p.kd, err)) {
        p.st = &e.st[0];
        all_predictions(&p, err);
    }
    cmd_engine_close(&e);
    tjac_model_unload(in->model);
    free(p.kd);
    free(p.cells);
    free(p.y);
    return err->code;
}

/* ---- expression ---- */

/* Expression of the first model's inputs and outputs. */
typedef struct {
    double *input, *predicted;
} means;

static tjac_code find_means(const tjac_config *c, const tjac_names *devices, cmd_stages *all,
                            means *m, tjac_err *err)
{
    const tjac_input *in = &all->stage->input;
    bool predict = false;
    for (size_t j = 0; j < all->outputs.n; j++)
        predict = predict || tjac_names_find(&in->inputs, all->outputs.name[j]) < 0;
    m->input = tjac_alloc(in->inputs.n, sizeof *m->input, err);
    m->predicted = tjac_alloc(in->outputs.n, sizeof *m->predicted, err);
    if (!err->code && !input_means(in, m->input, err) && predict)
        predicted_means(c, devices, all->stage, m->predicted, err);
    return err->code;
}

static tjac_code draw(const tjac_config *c, cmd_stages *all, const means *m, tjac_err *err)
{
    const tjac_input *in = &all->stage->input;
    double *input = tjac_alloc(all->inputs.n, sizeof *input, err);
    double *output = tjac_alloc(all->outputs.n, sizeof *output, err);
    if (err->code)
        goto done;
    for (size_t i = 0; i < all->inputs.n; i++)
        input[i] = m->input[tjac_names_find(&in->inputs, all->inputs.name[i])];
    for (size_t j = 0; j < all->outputs.n; j++) {
        int64_t i = tjac_names_find(&in->inputs, all->outputs.name[j]);
        int64_t k = tjac_names_find(&in->outputs, all->outputs.name[j]);
        output[j] = i >= 0 ? m->input[i] : m->predicted[k];
    }
    const tjac_null_genes genes = {&all->inputs, &all->outputs,
                                   in->model->arch.embedding ? NULL : input, output};
    if (tjac_null_draw(&all->panels, &c->null, &genes, &all->null, err))
        all->null = (tjac_null){0};
done:
    free(input);
    free(output);
    return err->code;
}

tjac_code cmd_draw_null(const tjac_config *c, const tjac_names *devices, cmd_stages *all,
                        tjac_err *err)
{
    means m = {0};
    if (!find_common(all->stage, all->n, false, &all->inputs, err) &&
        !find_common(all->stage, all->n, true, &all->outputs, err) &&
        !find_means(c, devices, all, &m, err))
        draw(c, all, &m, err);
    free(m.input);
    free(m.predicted);
    return err->code;
}
