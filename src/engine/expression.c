#include "engine/expression.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "engine/source.h"

typedef struct {
    const tjac_st *st;
    float *kd;
    double *cells, *y; /* [S][inputs], [S][outputs] of the largest set */
    double *sum;       /* [outputs] */
    size_t n_outputs, n_sets, n_cells;
} predictions;

static tjac_code add_set(predictions *p, const tjac_engine_source *from, size_t k, tjac_err *err)
{
    size_t S = from->set_size;
    tjac_pass *pass = NULL;
    tjac_engine_source_cells(from, k, p->cells);
    const tjac_st_set set = {S, p->cells, from->batch ? from->batch + k * S : NULL};
    if (!p->st->add_set(p->st->self, &set, err) && !p->st->open_pass(p->st->self, &pass, err))
        p->st->predict(pass, p->n_sets++, p->kd, 1, p->y, err);
    p->st->close_pass(pass);
    for (size_t c = 0; c < S && !err->code; c++)
        for (size_t j = 0; j < p->n_outputs; j++)
            p->sum[j] += p->y[c * p->n_outputs + j];
    p->n_cells += S;
    return err->code;
}

static tjac_code add_block(predictions *p, tjac_input *in, size_t block, tjac_err *err)
{
    tjac_engine_source from;
    if (tjac_engine_source_open(in, block, false, &from, err))
        return err->code;
    for (size_t k = 0; k < from.n_sets && !err->code; k++)
        if (add_set(p, &from, k, err))
            break;
    tjac_engine_source_close(&from);
    return err->code;
}

static tjac_code predict_all(predictions *p, tjac_input *in, tjac_err *err)
{
    const size_t regulator = 0;
    size_t *target = tjac_alloc(p->n_outputs, sizeof *target, err);
    for (size_t j = 0; target && j < p->n_outputs; j++)
        target[j] = j;
    const tjac_st_genes all = {&regulator, 1, target, p->n_outputs};
    if (target && !p->st->begin(p->st->self, &all, err))
        for (size_t b = 0; b < in->n_blocks && !err->code; b++)
            if (add_block(p, in, b, err))
                break;
    for (size_t j = 0; j < p->n_outputs && !err->code; j++)
        p->sum[j] /= (double)p->n_cells;
    free(target);
    return err->code;
}

tjac_code tjac_expression_predict(const tjac_st *st, tjac_input *in, size_t kd, double *out,
                                  tjac_err *err)
{
    size_t S = in->block[0].sets.set_size;
    predictions p = {.st = st, .sum = out, .n_outputs = in->outputs.n};
    memset(out, 0, in->outputs.n * sizeof *out);
    p.kd = tjac_alloc((size_t)in->model->arch.pert_dim, sizeof *p.kd, err);
    p.cells = tjac_alloc(S, in->inputs.n * sizeof *p.cells, err);
    p.y = tjac_alloc(S, in->outputs.n * sizeof *p.y, err);
    if (!err->code && !tjac_model_kd_vector(in->model, kd, p.kd, err))
        predict_all(&p, in, err);
    free(p.kd);
    free(p.cells);
    free(p.y);
    return err->code;
}
