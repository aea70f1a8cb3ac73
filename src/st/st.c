/* A tjac_st over the shim: sets, passes, and the derivatives of the equations in st_forward.c. */
#include "st/st.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "st/st_torch.h"

struct tjac_pass {
    const st_torch *st;
    const st_set *set; /* of the last prediction */
    size_t B;
    tc_scope *scope;               /* the graph of the last prediction */
    tc_tensor *kd;                 /* (B,1,P) */
    tc_tensor *enc, *kd_enc, *y;   /* (B,S,L), (B,1,H), (B,S,T) */
    tc_tensor *u, *u_kd;           /* (B,S,T) cotangents that the next two are linear in */
    tc_tensor *pulled, *pulled_kd; /* (B,S,L), (B,1,H); NULL until something is pushed */
};

static tjac_code check(const tc_scope *scope, const char *doing, tjac_err *err)
{
    const char *why = tc_scope_error(scope);
    if (!why)
        return TJAC_OK;
    if (tc_scope_out_of_memory(scope))
        return tjac_err_memory(err, "out of memory while %s: %s", doing, why);
    return tjac_err_set(err, TJAC_EFAIL, "LibTorch failed while %s: %s", doing, why);
}

/* ---- genes and sets ---- */

static int64_t *copy_indices(const size_t *from, size_t n, tjac_err *err)
{
    int64_t *to = tjac_alloc(n, sizeof *to, err);
    for (size_t i = 0; to && i < n; i++)
        to[i] = (int64_t)from[i];
    return to;
}

static tjac_code torch_begin(void *self, const tjac_st_genes *genes, tjac_err *err)
{
    st_torch *st = self;
    tc_scope_free(st->sets);
    free(st->target);
    free(st->regulator);
    st->sets = tc_scope_new(st->dtype, st->device);
    st->n_sets = 0;
    st->R = genes->n_regulators;
    st->T = genes->n_targets;
    st->target = copy_indices(genes->target, st->T, err);
    st->regulator = copy_indices(genes->regulator, st->R, err);
    if (!st->target || !st->regulator || !st->sets)
        return tjac_err_memory(err, "out of memory for the regulators and targets");
    st->tap = st_tap(st, st->sets, st->regulator, st->R);
    return check(st->sets, "choosing the regulators", err);
}

static tjac_code torch_add_set(void *self, const tjac_st_set *set, tjac_err *err)
{
    st_torch *st = self;
    const int64_t shape[2] = {(int64_t)set->set_size, st->arch->input_dim};
    tc_scope *s = tc_scope_inner(st->sets);
    if (tjac_grow((void **)&st->set, &st->cap_sets, st->n_sets + 1, sizeof *st->set, err)) {
        tc_scope_free(s);
        return err->code;
    }
    st_set *to = &st->set[st->n_sets++];
    *to = (st_set){.S = set->set_size};
    to->enc = tc_detach(st->sets, st_enc(st, s, tc_from_f64(s, set->cells, shape, 2)));
    tc_scope_end(s, st->sets);
    if (set->batch)
        to->batch = st_batch_rows(st, st->sets, set->batch, to->S);
    return check(st->sets, "encoding a cell set", err);
}

static tjac_code torch_expand(void *self, const double *from, size_t n, double *out, tjac_err *err)
{
    st_torch *st = self;
    const int64_t shape[2] = {(int64_t)n, tjac_arch_enc(st->arch)};
    tc_scope *s = tc_scope_new(st->dtype, st->device);
    tc_read_f64(s, tc_matmul(s, tc_from_f64(s, from, shape, 2), st->tap), out, n * st->R);
    tjac_code code = check(s, "turning numbers of the encoding into regulators", err);
    tc_scope_free(s);
    return code;
}

/* ---- passes ---- */

static tjac_code open_pass(void *self, tjac_pass **out, tjac_err *err)
{
    tjac_pass *p = tjac_alloc(1, sizeof *p, err);
    if (!p)
        return err->code;
    p->st = self;
    *out = p;
    return TJAC_OK;
}

static void close_pass(tjac_pass *p)
{
    if (p)
        tc_scope_free(p->scope);
    free(p);
}

static tjac_code predict(tjac_pass *p, size_t set, const float *kd, size_t n_kds, double *y,
                         tjac_err *err)
{
    const st_torch *st = p->st;
    const int64_t kd_shape[3] = {(int64_t)n_kds, 1, st->arch->pert_dim};
    const int64_t enc_shape[3] = {(int64_t)n_kds, (int64_t)st->set[set].S, tjac_arch_enc(st->arch)};
    tc_scope_free(p->scope);
    *p = (tjac_pass){.st = st, .set = &st->set[set], .B = n_kds};
    tc_scope *s = p->scope = tc_scope_new(st->dtype, st->device);
    if (!s)
        return tjac_err_memory(err, "out of memory for a prediction");
    p->kd = tc_from_f32(s, kd, kd_shape, 3);
    p->kd_enc = tc_leaf(s, st_kd_product(st, s, p->kd, false));
    p->enc = tc_leaf(s, tc_expand(s, p->set->enc, enc_shape, 3));
    p->y = st_forward(st, s, p->set, p->enc, p->kd_enc);
    tc_read_f64(s, p->y, y, n_kds * p->set->S * st->T);
    return check(s, "predicting", err);
}

/* The pullback of a cotangent that is itself a leaf: what pushing differentiates. */
static tc_tensor *pull_with_history(tjac_pass *p, const tc_tensor *input, tc_tensor **u)
{
    const int64_t one[3] = {1, 1, 1};
    const int64_t shape[3] = {(int64_t)p->B, (int64_t)p->set->S, (int64_t)p->st->T};
    const double zero = 0;
    *u = tc_leaf(p->scope, tc_expand(p->scope, tc_from_f64(p->scope, &zero, one, 3), shape, 3));
    return tc_vjp(p->scope, p->y, input, *u);
}

/* ---- forms ---- */

/* The weights of n probes as a tensor (n,1,1,S); which: u or v. */
static tc_tensor *cell_weights(tc_scope *s, const tjac_pass *p, const tjac_probe *probe, size_t n,
                               bool of_output, tjac_err *err)
{
    size_t S = p->set->S;
    const int64_t shape[4] = {(int64_t)n, 1, 1, (int64_t)S};
    double *w = tjac_alloc(n, S * sizeof *w, err);
    for (size_t k = 0; w && k < n; k++)
        memcpy(w + k * S, of_output ? probe[k].u : probe[k].v, S * sizeof *w);
    tc_tensor *out = w ? tc_from_f64(s, w, shape, 4) : NULL;
    free(w);
    return out;
}

/* Cotangents (n,B,S,T): u in the target's column, the same for every KD. */
static tc_tensor *cotangents(tc_scope *s, const tjac_pass *p, const tjac_probe *probe, size_t n,
                             tjac_err *err)
{
    size_t S = p->set->S, T = p->st->T;
    const int64_t one[4] = {(int64_t)n, 1, (int64_t)S, (int64_t)T};
    const int64_t all[4] = {(int64_t)n, (int64_t)p->B, (int64_t)S, (int64_t)T};
    double *cot = tjac_alloc(n, S * T * sizeof *cot, err);
    for (size_t k = 0; cot && k < n; k++)
        for (size_t c = 0; c < S; c++)
            cot[(k * S + c) * T + probe[k].line] = probe[k].u[c];
    tc_tensor *out = cot ? tc_expand(s, tc_from_f64(s, cot, one, 4), all, 4) : NULL;
    free(cot);
    return out;
}

/* v' (denc) tap: (n,B,1,R) */
static tc_tensor *pull(tc_scope *s, tjac_pass *p, const tjac_probe *probe, size_t n, tjac_err *err)
{
    const st_torch *st = p->st;
    tc_tensor *denc =
        tc_pullback(s, p->y, p->enc, cotangents(s, p, probe, n, err), st->pullback); /* (n,B,S,L) */
    return tc_matmul(s, tc_matmul(s, cell_weights(s, p, probe, n, false, err), denc), st->tap);
}

/* Rows of the change of enc when a line's input grows by 1: (n,1,1,L), a column of tap for a
 * regulator, of the identity for a number of the encoding. */
static tc_tensor *directions(tc_scope *s, const tjac_pass *p, tjac_way way, const tjac_probe *probe,
                             size_t n, tjac_err *err)
{
    const st_torch *st = p->st;
    size_t L = (size_t)tjac_arch_enc(st->arch);
    const int64_t shape[4] = {(int64_t)n, 1, 1, (int64_t)L};
    tc_tensor *out = NULL;
    if (way == TJAC_PUSH) {
        int64_t *line = tjac_alloc(n, sizeof *line, err);
        for (size_t k = 0; line && k < n; k++)
            line[k] = (int64_t)probe[k].line;
        if (line)
            out = tc_transpose(s, tc_index(s, st->tap, 1, line, (int64_t)n), 0, 1);
        free(line);
        return tc_reshape(s, out, shape, 4);
    }
    double *unit = tjac_alloc(n, L * sizeof *unit, err);
    for (size_t k = 0; unit && k < n; k++)
        unit[k * L + probe[k].line] = 1.0;
    if (unit)
        out = tc_from_f64(s, unit, shape, 4);
    free(unit);
    return out;
}

/* u' (dY along v x direction): (n,B,1,T) */
static tc_tensor *push(tc_scope *s, tjac_pass *p, tjac_way way, const tjac_probe *probe, size_t n,
                       tjac_err *err)
{
    const int64_t all[4] = {(int64_t)n, (int64_t)p->B, (int64_t)p->set->S,
                            tjac_arch_enc(p->st->arch)};
    if (!p->pulled)
        p->pulled = pull_with_history(p, p->enc, &p->u);
    tc_tensor *v = tc_transpose(s, cell_weights(s, p, probe, n, false, err), -1, -2);
    tc_tensor *tangent =
        tc_expand(s, tc_mul(s, v, directions(s, p, way, probe, n, err)), all, 4); /* (n,B,S,L) */
    tc_tensor *dy = tc_pullback(s, p->pulled, p->u, tangent, p->st->pullback);    /* (n,B,S,T) */
    return tc_matmul(s, cell_weights(s, p, probe, n, true, err), dy);
}

static tjac_code probe_forms(tjac_pass *p, tjac_way way, const tjac_probe *probe, size_t n,
                             double *out, tjac_err *err)
{
    tc_scope *s = tc_scope_inner(p->scope);
    if (!s)
        return tjac_err_memory(err, "out of memory for a pullback");
    tc_tensor *form = way == TJAC_PULL ? pull(s, p, probe, n, err) : push(s, p, way, probe, n, err);
    if (!err->code)
        tc_read_f64(s, form, out, n * p->B * (way == TJAC_PULL ? p->st->R : p->st->T));
    const tc_scope *failed = tc_scope_error(p->scope) ? p->scope : s;
    if (!err->code)
        check(failed, way == TJAC_PULL ? "pulling back" : "pushing forward", err);
    tc_scope_free(s);
    return err->code;
}

/* ---- the tangent of the KD ---- */

/* Pullbacks of the mean of each target to the KD encoder's first product, T at once in pieces. */
static tjac_code kd_tangent_by_pulling(tjac_pass *p, const tc_tensor *dkd, double *out,
                                       tjac_err *err)
{
    enum { CHUNK = 8 };
    size_t T = p->st->T, S = p->set->S;
    double *mean = tjac_alloc(S, sizeof *mean, err);
    double *piece = tjac_alloc(CHUNK, p->B * sizeof *piece, err);
    for (size_t c = 0; mean && c < S; c++)
        mean[c] = 1.0 / (double)S;
    for (size_t t = 0; t < T && !err->code; t += CHUNK) {
        tjac_probe probe[CHUNK];
        size_t n = T - t < CHUNK ? T - t : CHUNK;
        for (size_t k = 0; k < n; k++)
            probe[k] = (tjac_probe){t + k, mean, mean};
        tc_scope *s = tc_scope_inner(p->scope);
        tc_tensor *pulled = tc_pullback(s, p->y, p->kd_enc, cotangents(s, p, probe, n, err),
                                        p->st->pullback); /* (n,B,1,H) */
        if (!err->code)
            tc_read_f64(s, tc_sum(s, tc_mul(s, pulled, dkd), -1), piece, n * p->B);
        if (!err->code)
            check(s, "pulling back to the KD", err);
        for (size_t k = 0; !err->code && k < n; k++)
            for (size_t b = 0; b < p->B; b++)
                out[b * T + t + k] = piece[k * p->B + b];
        tc_scope_free(s);
    }
    free(mean);
    free(piece);
    return err->code;
}

/* One tangent for all targets. */
static tjac_code kd_tangent_by_pushing(tjac_pass *p, const tc_tensor *dkd, double *out,
                                       tjac_err *err)
{
    size_t S = p->set->S;
    double *mean = tjac_alloc(S, sizeof *mean, err);
    for (size_t c = 0; mean && c < S; c++)
        mean[c] = 1.0 / (double)S;
    if (!mean)
        return err->code;
    const tjac_probe probe = {0, mean, mean};
    const int64_t kd_shape[4] = {1, (int64_t)p->B, 1, p->st->arch->hidden_dim};
    if (!p->pulled_kd)
        p->pulled_kd = pull_with_history(p, p->kd_enc, &p->u_kd);
    tc_scope *s = tc_scope_inner(p->scope);
    tc_tensor *dy = tc_pullback(s, p->pulled_kd, p->u_kd, tc_reshape(s, dkd, kd_shape, 4),
                                p->st->pullback); /* (1,B,S,T) */
    tc_tensor *form = tc_matmul(s, cell_weights(s, p, &probe, 1, true, err), dy);
    if (!err->code)
        tc_read_f64(s, form, out, p->B * p->st->T);
    if (!err->code)
        check(tc_scope_error(p->scope) ? p->scope : s, "pushing the KD forward", err);
    tc_scope_free(s);
    free(mean);
    return err->code;
}

static tjac_code kd_tangent(tjac_pass *p, tjac_way way, double *out, tjac_err *err)
{
    tc_scope *s = tc_scope_inner(p->scope);
    const tc_tensor *dkd = st_kd_product(p->st, s, p->kd, true); /* (B,1,H) */
    tjac_code code = check(s, "encoding a KD", err);
    if (!code)
        code = way == TJAC_PULL ? kd_tangent_by_pulling(p, dkd, out, err)
                                : kd_tangent_by_pushing(p, dkd, out, err);
    tc_scope_free(s);
    return code;
}

/* ---- finite changes ---- */

static tjac_code change(tjac_pass *p, const tjac_change *c, size_t n, double *out, tjac_err *err)
{
    const st_torch *st = p->st;
    size_t S = p->set->S, T = st->T, N = n * p->B * S * T;
    tc_scope *s = tc_scope_inner(p->scope);
    double *dy = tjac_alloc(N, sizeof *dy, err);
    tjac_probe *probe = tjac_alloc(n, sizeof *probe, err);
    if (err->code || check(s, "predicting a change", err))
        goto done;
    for (size_t k = 0; k < n; k++)
        probe[k] = (tjac_probe){c[k].regulator, NULL, c[k].delta};
    tc_tensor *by = tc_transpose(s, cell_weights(s, p, probe, n, false, err), -1, -2);
    tc_tensor *moved = tc_mul(s, by, directions(s, p, TJAC_PUSH, probe, n, err)); /* (n,1,S,L) */
    tc_tensor *enc = tc_add(s, moved, p->set->enc);
    tc_tensor *y = st_forward(st, s, p->set, enc, tc_detach(s, p->kd_enc)); /* (n,B,S,T) */
    y = tc_add(s, y, tc_scale(s, tc_detach(s, p->y), -1.0));
    if (err->code)
        goto done;
    tc_read_f64(s, y, dy, N);
    if (check(s, "predicting a change", err))
        goto done;
    for (size_t i = 0; i < n * p->B * T; i++)
        out[i] = 0;
    for (size_t i = 0; i < N; i++)
        out[i / (S * T) * T + i % T] += dy[i] / (double)S;
done:
    tc_scope_free(s);
    free(dy);
    free(probe);
    return err->code;
}

/* ---- memory ---- */

/* Numbers that one layer's graph keeps for N tokens, and what a pullback through it holds at once:
 * counted from st_forward.c, rounded up. */
static tjac_st_memory memory(const void *self, size_t set_size)
{
    const st_torch *st = self;
    const tjac_arch *a = st->arch;
    double N = (double)set_size + a->batch_token + a->confidence_token;
    double H = (double)a->hidden_dim, I = (double)a->intermediate, heads = (double)a->n_heads;
    double qkv = (heads + 2 * (double)a->n_kv_heads) * (double)a->head_dim;
    double bytes = st->dtype == TC_F64 ? 8 : st->dtype == TC_BF16 ? 2 : 4;
    double layer = N * (3 * I + 2 * qkv + 8 * H) + 2 * heads * N * N;
    double ends = 4 * N * ((double)tjac_arch_outputs(a) + H);
    double widest = N * (4 * I + 2 * qkv + 4 * H) + 4 * heads * N * N;
    tjac_st_memory m = {.predict = bytes * (layer * a->n_layers + ends),
                        .probe = bytes * widest,
                        .held = bytes * (double)st->model->n_parameters};
    m.push = 3 * m.predict;
    if (st->device.kind == TC_CUDA) {
        tc_cuda_empty_cache();
        m.free = (double)tc_cuda_free_bytes(st->device.index);
    }
    return m;
}

/* ---- open and close ---- */

static void torch_close(void *self)
{
    st_torch *st = self;
    tc_scope_free(st->sets);
    tc_scope_free(st->weights);
    free(st->weight);
    free(st->target);
    free(st->regulator);
    free(st->set);
    free(st);
}

static tjac_code wrap_weights(st_torch *st, tjac_err *err)
{
    const tjac_model *m = st->model;
    st->weights = tc_scope_new(st->dtype, st->device);
    st->weight = tjac_alloc(m->n_weights, sizeof(tc_tensor *), err);
    if (!st->weights || !st->weight)
        return tjac_err_memory(err, "out of memory for the weights");
    for (size_t i = 0; i < m->n_weights; i++)
        st->weight[i] = tc_from_f32(st->weights, m->weight[i].data, m->weight[i].spec.shape,
                                    m->weight[i].spec.ndim);
    return check(st->weights, "placing the weights", err);
}

/* "cuda" or "cuda:N"; the number, or -1 for other words */
static long cuda_index(const char *name, size_t n)
{
    char *end = NULL;
    if (n == 4 && strncmp(name, "cuda", 4) == 0)
        return 0;
    if (n < 6 || strncmp(name, "cuda:", 5) != 0 || name[5] < '0' || name[5] > '9')
        return -1;
    long index = strtol(name + 5, &end, 10);
    return end == name + n ? index : -1;
}

static tjac_code add_device(const char *name, size_t n, tjac_names *out, tjac_err *err)
{
    int count = tc_cuda_available() ? tc_cuda_count() : 0;
    long index = cuda_index(name, n);
    char canonical[32];
    if (index < 0)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "unknown device '%.*s'; expected auto, cpu, cuda, cuda:N or a list "
                            "cuda:N,cuda:M",
                            (int)n, name);
    if (index >= count)
        return tjac_err_set(err, TJAC_EFAIL,
                            "device '%.*s' is not there: LibTorch %s sees %d CUDA device(s); use "
                            "--device cpu",
                            (int)n, name, tc_version(), count);
    snprintf(canonical, sizeof canonical, "cuda:%ld", index);
    if (tjac_names_find(out, canonical) >= 0)
        return tjac_err_set(err, TJAC_EUSAGE, "device '%s' is named twice", canonical);
    return tjac_names_add(out, canonical, err);
}

tjac_code tjac_st_devices(const char *name, tjac_names *out, tjac_err *err)
{
    if (strcmp(name, "auto") == 0)
        name = tc_cuda_available() ? "cuda" : "cpu";
    if (strcmp(name, "cpu") == 0)
        return tjac_names_add(out, "cpu", err);
    for (const char *p = name; !err->code; p++) {
        size_t n = strcspn(p, ",");
        if (add_device(p, n, out, err) || p[n] == '\0')
            break;
        p += n;
    }
    return err->code;
}

tjac_code tjac_st_open(const tjac_model *model, const tjac_st_options *options, tjac_st *out,
                       tjac_err *err)
{
    static const tc_dtype dtype[] = {[TJAC_PRECISION_F32] = TC_F32,
                                     [TJAC_PRECISION_F64] = TC_F64,
                                     [TJAC_PRECISION_TF32] = TC_F32,
                                     [TJAC_PRECISION_BF16] = TC_BF16};
    long index = cuda_index(options->device, strlen(options->device));
    st_torch *st = tjac_alloc(1, sizeof *st, err);
    if (!st)
        return err->code;
    st->model = model;
    st->arch = &model->arch;
    st->dtype = dtype[options->precision];
    st->device = (tc_device){index < 0 ? TC_CPU : TC_CUDA, index < 0 ? 0 : (int)index};
    st->pullback = options->sequential ? TC_PULLBACK_LOOP : TC_PULLBACK_BATCHED;
    tc_set_threads(1); /* threads are workers over KDs, and one thread's sums have one order */
    tc_set_tf32(options->precision == TJAC_PRECISION_TF32);
    if (wrap_weights(st, err)) {
        torch_close(st);
        return err->code;
    }
    /* Equal tokens stay equal where nothing tells positions apart. */
    bool collapses = st->arch->backbone == TJAC_BACKBONE_LLAMA &&
                     st->arch->attend != TJAC_ATTEND_CAUSAL && !st->arch->rotary &&
                     !st->arch->batch_token && !st->arch->confidence_token;
    *out = (tjac_st){.self = st,
                     .device = st->device.kind == TC_CUDA,
                     .final_relu = tjac_arch_final_relu(st->arch),
                     .collapses = collapses,
                     .enc_size = (size_t)tjac_arch_enc(st->arch),
                     .begin = torch_begin,
                     .add_set = torch_add_set,
                     .expand = torch_expand,
                     .memory = memory,
                     .close = torch_close,
                     .open_pass = open_pass,
                     .close_pass = close_pass,
                     .predict = predict,
                     .probe = probe_forms,
                     .kd_tangent = kd_tangent,
                     .change = change};
    return TJAC_OK;
}

void tjac_st_close(tjac_st *st)
{
    if (st && st->close)
        st->close(st->self);
    if (st)
        *st = (tjac_st){0};
}

const char *tjac_st_version(void)
{
    return tc_version();
}
