#include "model/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "model/model_files.h"

/* ---- where they are ---- */

/* Inserts LoRA's names: "transformer_backbone.X" is "transformer_backbone.base_model.model.X"
 * there, and the weight of an adapted module has `part` before its last word. part "" : not
 * adapted. */
static void lora_name(char *out, size_t n, const char *name, const char *part)
{
    static const char backbone[] = "transformer_backbone.";
    const char *rest = name + sizeof backbone - 1, *last = strrchr(name, '.') + 1;
    if (*part)
        snprintf(out, n, "%sbase_model.model.%.*s%s", backbone, (int)(last - rest), rest, part);
    else
        snprintf(out, n, "%sbase_model.model.%s", backbone, rest);
}

/* The stored tensor of a weight; under LoRA the base of an adapted one, whose adapters then come
 * back too (else NULL). */
static const tjac_value *find_weight(const tjac_model *m, const char *name,
                                     const tjac_value **lora_a, const tjac_value **lora_b)
{
    const tjac_state *state = &m->files->state;
    char path[256];
    *lora_a = *lora_b = NULL;
    if (!m->arch.lora || strncmp(name, "transformer_backbone.", 21) != 0)
        return tjac_state_find(state, name);
    lora_name(path, sizeof path, name, "lora_A.default.weight");
    const char *word = strrchr(name, '.') + 1;
    if (strcmp(word, "weight") == 0 && (*lora_a = tjac_state_find(state, path)) != NULL) {
        lora_name(path, sizeof path, name, "lora_B.default.weight");
        *lora_b = tjac_state_find(state, path);
    }
    lora_name(path, sizeof path, name,
              strcmp(word, "weight") == 0 ? "base_layer.weight" : "base_layer.bias");
    const tjac_value *base = tjac_state_find(state, path);
    if (base)
        return base;
    lora_name(path, sizeof path, name, "");
    return tjac_state_find(state, path);
}

/* Leading dimensions of one do not count: the special tokens are stored (1,1,H). */
static bool same_shape(const tjac_tensor *t, int ndim, int64_t rows, int64_t cols)
{
    int skip = t->ndim - ndim;
    if (skip < 0)
        return false;
    for (int d = 0; d < skip; d++)
        if (t->shape[d] != 1)
            return false;
    return t->shape[skip] == rows && (ndim == 1 || t->shape[skip + 1] == cols);
}

static tjac_code check_weight(const tjac_model *m, const tjac_value *v, const tjac_weight_spec *s,
                              tjac_err *err)
{
    char found[256], asked[128];
    if (v && v->kind == TJAC_V_TENSOR &&
        same_shape(&v->u.tensor, s->ndim, s->shape[0], s->shape[1]))
        return TJAC_OK;
    const tjac_tensor wanted = {.ndim = s->ndim, .shape = {s->shape[0], s->shape[1]}};
    return tjac_err_set(
        err, TJAC_EINPUT, "'%s': weight '%s' is %s, its hyper_parameters ask for shape %s",
        m->checkpoint, s->name, v ? tjac_value_describe(v, found, sizeof found) : "missing",
        tjac_tensor_shape(&wanted, asked, sizeof asked));
}

/* A (r,in), B (out,r), where the weight is (out,in), or (in,out) as Conv1D stores it. */
static tjac_code check_adapters(const tjac_model *m, const tjac_value *lora_a,
                                const tjac_value *lora_b, const tjac_weight_spec *s, tjac_err *err)
{
    bool conv1d = m->arch.backbone == TJAC_BACKBONE_GPT2;
    int64_t in = s->shape[conv1d ? 0 : 1], out = s->shape[conv1d ? 1 : 0];
    if (!lora_a)
        return TJAC_OK;
    if (lora_b && lora_a->kind == TJAC_V_TENSOR && lora_b->kind == TJAC_V_TENSOR &&
        lora_a->u.tensor.ndim == 2 &&
        same_shape(&lora_a->u.tensor, 2, lora_a->u.tensor.shape[0], in) &&
        same_shape(&lora_b->u.tensor, 2, out, lora_a->u.tensor.shape[0]))
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT, "'%s': the LoRA adapters of '%s' do not fit it",
                        m->checkpoint, s->name);
}

/* GPT2's number of positions has two names among the hyper-parameters; the weight knows. */
static tjac_code count_positions(tjac_model *m, tjac_err *err)
{
    const tjac_value *a, *b;
    if (m->arch.backbone != TJAC_BACKBONE_GPT2)
        return TJAC_OK;
    const tjac_value *v = find_weight(m, "transformer_backbone.wpe.weight", &a, &b);
    if (!v || v->kind != TJAC_V_TENSOR || v->u.tensor.ndim != 2)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' has no weight 'transformer_backbone.wpe.weight'", m->checkpoint);
    m->arch.n_positions = v->u.tensor.shape[0];
    return TJAC_OK;
}

tjac_code tjac_weights_list(tjac_model *m, tjac_err *err)
{
    tjac_weight_spec *spec = NULL;
    size_t n;
    if (count_positions(m, err) || tjac_arch_weights(&m->arch, &spec, &n, err))
        return err->code;
    m->weight = tjac_alloc(n, sizeof *m->weight, err);
    for (size_t i = 0; m->weight && i < n; i++) {
        m->weight[i].spec = spec[i];
        m->n_parameters += spec[i].shape[0] * (spec[i].ndim == 2 ? spec[i].shape[1] : 1);
        const tjac_value *lora_a, *lora_b;
        const tjac_value *v = find_weight(m, spec[i].name, &lora_a, &lora_b);
        if (check_weight(m, v, &spec[i], err) || check_adapters(m, lora_a, lora_b, &spec[i], err))
            break;
    }
    m->n_weights = m->weight ? n : 0;
    free(spec);
    return err->code;
}

/* ---- reading ---- */

/* W += scale * B A; Conv1D stores W transposed. Sums in double. */
static tjac_code fold_adapters(const tjac_model *m, tjac_weight *w, const tjac_tensor *ta,
                               const tjac_tensor *tb, tjac_err *err)
{
    bool conv1d = m->arch.backbone == TJAC_BACKBONE_GPT2;
    size_t r = (size_t)ta->shape[0], in = (size_t)ta->shape[1], out = (size_t)tb->shape[0];
    float *a = tjac_alloc(r * in, sizeof *a, err), *b = tjac_alloc(out * r, sizeof *b, err);
    double *row = tjac_alloc(in, sizeof *row, err);
    if (err->code || tjac_torchfile_read_f32(m->files->checkpoint, ta, w->spec.name, a, err) ||
        tjac_torchfile_read_f32(m->files->checkpoint, tb, w->spec.name, b, err))
        goto done;
    for (size_t o = 0; o < out; o++) {
        memset(row, 0, in * sizeof *row);
        for (size_t k = 0; k < r; k++)
            for (size_t i = 0; i < in; i++)
                row[i] += (double)b[o * r + k] * (double)a[k * in + i];
        for (size_t i = 0; i < in; i++) {
            float *at = &w->data[conv1d ? i * out + o : o * in + i];
            *at = (float)((double)*at + m->arch.lora_scale * row[i]);
        }
    }
done:
    free(a);
    free(b);
    free(row);
    return err->code;
}

tjac_code tjac_weights_read(tjac_model *m, tjac_err *err)
{
    for (size_t i = 0; i < m->n_weights; i++) {
        tjac_weight *w = &m->weight[i];
        const tjac_value *a, *b;
        const tjac_tensor *t = &find_weight(m, w->spec.name, &a, &b)->u.tensor;
        /* numel was checked against the storage and the shape against the architecture */
        w->data = tjac_alloc((size_t)t->numel, sizeof *w->data, err);
        if (!w->data ||
            tjac_torchfile_read_f32(m->files->checkpoint, t, w->spec.name, w->data, err) ||
            (a && fold_adapters(m, w, &a->u.tensor, &b->u.tensor, err)))
            return err->code;
    }
    return TJAC_OK;
}
