/* stand_in.h: a model for the tests of the engine, whose Jacobian is known in closed form. With
 *
 *     z[k,t] = sum_g W[t,g] X[k,g],  a[c,t] = sum_k A[c,k] z[k,t],  W = V tap' of rank L
 *     Y[c,t] = scale(kd) (1 + batch[c]) (a[c,t] + bend a[c,t]^2 - shift)
 *
 * it is g[c,k] = dY[c,t]/dX[k,r] = scale (1 + batch[c]) (1 + 2 bend a[c,t]) A[c,k] W[t,r]. A is not
 * symmetric and no two numbers of W are equal: a transposed weight, a swapped index or a wrong
 * sign shows. scale is not linear in the KD's vector, so that pert is not Y itself.
 *
 * Two things are added where they are asked for. own: A[c,c] grows in the forms by own times the
 * KD's third number, so that some KDs need fewer probes than others. rounds: what a pass gives is
 * off in its last digits by the KDs and the lines of the call and the place among them, as products
 * of another shape round differently on a device. */
#ifndef TJAC_STAND_IN_H
#define TJAC_STAND_IN_H

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/alloc.h"
#include "engine/st.h"

enum { GENES = 6, OUTPUTS = 150, ENC = 2, VECTOR = 3, MOST_CELLS = 16, MOST_SETS = 8 };

typedef struct {
    size_t S;
    double X[MOST_CELLS][GENES];
    int64_t batch[MOST_CELLS];
} cell_set;

/* The numbers of the model. */
typedef struct {
    double bend, shift, own;
    bool rounds;
    bool normal;               /* rows of A sum to 1: a set of equal cells is as one cell */
    size_t bad_kd, bad_target; /* forms of this KD and output are NaN; SIZE_MAX: none */
} formula;

/* A call of a pass that runs out of memory: the number of the pass, in order of opening, and of its
 * call, from 1; `lasting`: all later calls too; `silent`: says nothing and computes nothing. */
typedef struct {
    size_t pass, call; /* call 0: none */
    bool lasting, silent;
} fault;

typedef struct {
    formula f;
    size_t max_kds, max_probes; /* more than these in a call: out of memory */
    bool broken;                /* probes fail, and not for lack of memory */
    fault fault;
    size_t meet; /* passes wait for each other, 2 s at most, until so many have begun */
    atomic_size_t opened, met, faults; /* passes opened, begun; faults that happened */
    size_t regulator[GENES], target[OUTPUTS], R, T;
    cell_set set[MOST_SETS];
    size_t n_sets;
    tjac_st_memory memory;
    atomic_size_t most_kds, kd_tangents[2]; /* seen: KDs of a call; calls of kd_tangent, by way */
} stand_in;

struct tjac_pass {
    stand_in *model;
    const cell_set *set;
    size_t B;
    float *kd;     /* [B][VECTOR] */
    double *slope; /* [B][S][T] dY[c,t] / d sum_k A[c,k] z[k,t] */
    size_t number, calls;
};

/* ---- the closed form ---- */

static inline double raw_weight(size_t c, size_t k)
{
    return 1.5 + cos(1.0 + 1.3 * (double)c + 2.7 * (double)(k * k));
}

/* A[c,k] of a set of S cells. */
static inline double cell_weight(const formula *f, size_t S, size_t c, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < S; i++)
        sum += raw_weight(c, i);
    return raw_weight(c, k) / (f->normal ? sum : 1);
}

static inline double tap(size_t g, size_t h)
{
    return h == 0 ? 1.0 + 0.3 * (double)g : 0.5 - 0.2 * (double)(g * g);
}

static inline double enc_weight(size_t t, size_t h)
{
    return h == 0 ? 0.02 * (double)(t % 31) - 0.25 : 0.4 + 0.01 * (double)t;
}

static inline double gene_weight(size_t t, size_t g)
{
    return enc_weight(t, 0) * tap(g, 0) + enc_weight(t, 1) * tap(g, 1);
}

/* The third number only tells which KD it is. */
static inline double scale_of(const float *kd, double *by_strength)
{
    double l = 0.5 * (double)kd[0] - 0.25 * (double)kd[1];
    if (by_strength)
        *by_strength = l + 2 * l * l;
    return l + l * l;
}

static inline double mixed_cells(const formula *f, const cell_set *s, size_t c, size_t t)
{
    double a = 0;
    for (size_t k = 0; k < s->S; k++) {
        double z = 0;
        for (size_t g = 0; g < GENES; g++)
            z += gene_weight(t, g) * s->X[k][g];
        a += cell_weight(f, s->S, c, k) * z;
    }
    return a;
}

/* Y[c,t] for scale(kd) = 1. */
static inline double unscaled(const formula *f, const cell_set *s, size_t c, size_t t)
{
    double a = mixed_cells(f, s, c, t);
    return (1 + (double)s->batch[c]) * (a + f->bend * a * a - f->shift);
}

static inline double mean_unscaled(const formula *f, const cell_set *s, size_t t)
{
    double sum = 0;
    for (size_t c = 0; c < s->S; c++)
        sum += unscaled(f, s, c, t);
    return sum / (double)s->S;
}

static inline double slope_of(const formula *f, const cell_set *s, size_t c, size_t t)
{
    return (1 + (double)s->batch[c]) * (1 + 2 * f->bend * mixed_cells(f, s, c, t));
}

/* ---- what the engine sees ---- */

static inline tjac_code stand_in_begin(void *self, const tjac_st_genes *genes, tjac_err *err)
{
    stand_in *m = self;
    if (genes->n_regulators > GENES || genes->n_targets > OUTPUTS)
        return tjac_err_set(err, TJAC_EFAIL, "too many genes for the stand-in");
    m->n_sets = 0;
    m->R = genes->n_regulators;
    m->T = genes->n_targets;
    memcpy(m->regulator, genes->regulator, m->R * sizeof *m->regulator);
    memcpy(m->target, genes->target, m->T * sizeof *m->target);
    return TJAC_OK;
}

static inline tjac_code stand_in_add_set(void *self, const tjac_st_set *set, tjac_err *err)
{
    stand_in *m = self;
    if (m->n_sets == MOST_SETS || set->set_size > MOST_CELLS)
        return tjac_err_set(err, TJAC_EFAIL, "too many cells for the stand-in");
    cell_set *to = &m->set[m->n_sets++];
    *to = (cell_set){.S = set->set_size};
    for (size_t c = 0; c < to->S; c++) {
        memcpy(to->X[c], set->cells + c * GENES, sizeof to->X[c]);
        to->batch[c] = set->batch ? set->batch[c] : 0;
    }
    return TJAC_OK;
}

static inline tjac_code stand_in_expand(void *self, const double *from, size_t n, double *out,
                                        tjac_err *err)
{
    const stand_in *m = self;
    (void)err;
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < m->R; r++) {
            out[i * m->R + r] = 0;
            for (size_t h = 0; h < ENC; h++)
                out[i * m->R + r] += from[i * ENC + h] * tap(m->regulator[r], h);
        }
    return TJAC_OK;
}

static inline tjac_st_memory stand_in_memory(const void *self, size_t set_size)
{
    (void)set_size;
    return ((const stand_in *)self)->memory;
}

static inline void stand_in_close_pass(tjac_pass *p)
{
    if (p) {
        free(p->kd);
        free(p->slope);
    }
    free(p);
}

static inline tjac_code stand_in_open_pass(void *self, tjac_pass **out, tjac_err *err)
{
    tjac_pass *p = tjac_alloc(1, sizeof *p, err);
    *out = p;
    if (!p)
        return err->code;
    p->model = self;
    p->number = atomic_fetch_add(&p->model->opened, 1);
    return TJAC_OK;
}

/* Counts a call of n things; more than `most`, or the call that is to fail: out of memory. False:
 * the call computes nothing. */
static inline bool enter(tjac_pass *p, size_t n, size_t most, const char *what, tjac_err *err)
{
    const fault *f = &p->model->fault;
    p->calls++;
    bool now = f->call && f->pass == p->number &&
               (p->calls == f->call || (f->lasting && p->calls > f->call));
    if (now)
        atomic_fetch_add(&p->model->faults, 1);
    if (n > most || (now && !f->silent))
        tjac_err_memory(err, "out of memory for %zu %s", n, what);
    return !now && !err->code;
}

/* Workers that would be done before the others have begun wait, so that all have work. */
static inline void meet(tjac_pass *p)
{
    stand_in *m = p->model;
    const struct timespec nap = {0, 100000};
    if (p->calls == 0)
        atomic_fetch_add(&m->met, 1);
    for (int i = 0; i < 20000 && atomic_load(&m->met) < m->meet; i++)
        nanosleep(&nap, NULL);
}

/* What the i-th KD or line of n in a call is off by. */
static inline double rounding(const formula *f, size_t i, size_t n)
{
    return f->rounds ? 1 + 1e-13 * (double)(i + 3 * n) : 1;
}

static inline tjac_code stand_in_predict(tjac_pass *p, size_t set, const float *kd, size_t n_kds,
                                         double *y, tjac_err *err)
{
    stand_in *m = p->model;
    const cell_set *s = &m->set[set];
    size_t S = s->S, T = m->T;
    size_t most = atomic_load(&m->most_kds);
    while (n_kds > most && !atomic_compare_exchange_weak(&m->most_kds, &most, n_kds))
        ;
    meet(p);
    p->set = s;
    p->B = n_kds;
    free(p->kd);
    free(p->slope);
    p->kd = tjac_alloc(n_kds, VECTOR * sizeof *p->kd, err);
    p->slope = tjac_alloc(n_kds, S * T * sizeof *p->slope, err);
    if (err->code || !enter(p, n_kds, m->max_kds, "KDs", err))
        return err->code;
    memcpy(p->kd, kd, n_kds * VECTOR * sizeof *kd);
    for (size_t i = 0; i < n_kds * S * T; i++) {
        const float *v = kd + i / (S * T) * VECTOR;
        size_t c = i / T % S, t = m->target[i % T];
        bool bad = (size_t)v[2] == m->f.bad_kd && t == m->f.bad_target;
        y[i] = scale_of(v, NULL) * unscaled(&m->f, s, c, t);
        p->slope[i] = bad ? NAN
                          : scale_of(v, NULL) * slope_of(&m->f, s, c, t) *
                                rounding(&m->f, i / (S * T), n_kds);
    }
    return TJAC_OK;
}

/* sum_c u_c slope[c] sum_k A[c,k] v_k */
static inline double bilinear(const tjac_pass *p, const tjac_probe *q, size_t b, size_t t)
{
    size_t S = p->set->S;
    double form = 0;
    for (size_t c = 0; c < S; c++) {
        double sum = 0;
        for (size_t k = 0; k < S && q->u[c] != 0; k++)
            sum += q->v[k] != 0 ? cell_weight(&p->model->f, S, c, k) * q->v[k] : 0;
        sum += p->model->f.own * (double)p->kd[b * VECTOR + 2] * q->v[c];
        form += q->u[c] * sum * p->slope[(b * S + c) * p->model->T + t];
    }
    return form;
}

static inline tjac_code stand_in_probe(tjac_pass *p, tjac_way way, const tjac_probe *probe,
                                       size_t n, double *out, tjac_err *err)
{
    const stand_in *m = p->model;
    size_t other = way == TJAC_PULL ? m->R : m->T;
    sched_yield(); /* lets other workers in between */
    if (m->broken)
        return tjac_err_set(err, TJAC_EFAIL, "the stand-in is broken");
    if (!enter(p, n, m->max_probes, "probes", err))
        return err->code;
    for (size_t i = 0; i < n * p->B * other; i++) {
        const tjac_probe *q = &probe[i / (p->B * other)];
        size_t b = i / other % p->B, o = i % other, t = way == TJAC_PULL ? q->line : o;
        double w = way == TJAC_PULL   ? gene_weight(m->target[t], m->regulator[o])
                   : way == TJAC_PUSH ? gene_weight(m->target[t], m->regulator[q->line])
                                      : enc_weight(m->target[t], q->line);
        out[i] = w * bilinear(p, q, b, t) * rounding(&m->f, i / (p->B * other), n);
    }
    return TJAC_OK;
}

static inline tjac_code stand_in_kd_tangent(tjac_pass *p, tjac_way way, double *out, tjac_err *err)
{
    stand_in *m = p->model;
    if (!enter(p, 1, SIZE_MAX, "KDs", err))
        return err->code;
    atomic_fetch_add(&m->kd_tangents[way == TJAC_PUSH], 1);
    for (size_t i = 0; i < p->B * m->T; i++) {
        double by_strength;
        scale_of(p->kd + i / m->T * VECTOR, &by_strength);
        out[i] = by_strength * mean_unscaled(&m->f, p->set, m->target[i % m->T]) *
                 rounding(&m->f, i / m->T, p->B);
    }
    return TJAC_OK;
}

static inline tjac_code stand_in_change(tjac_pass *p, const tjac_change *change, size_t n,
                                        double *out, tjac_err *err)
{
    const stand_in *m = p->model;
    if (!enter(p, n, m->max_probes, "changes", err))
        return err->code;
    for (size_t i = 0; i < n; i++) {
        cell_set after = *p->set;
        for (size_t c = 0; c < after.S; c++)
            after.X[c][m->regulator[change[i].regulator]] += change[i].delta[c];
        for (size_t j = 0; j < p->B * m->T; j++) {
            size_t t = m->target[j % m->T];
            double grown = mean_unscaled(&m->f, &after, t) - mean_unscaled(&m->f, p->set, t);
            out[i * p->B * m->T + j] = scale_of(p->kd + j / m->T * VECTOR, NULL) * grown *
                                       rounding(&m->f, i, n) * rounding(&m->f, j / m->T, p->B);
        }
    }
    return TJAC_OK;
}

static inline void stand_in_init(stand_in *m, tjac_st *st)
{
    *m = (stand_in){.f = {.bend = 0.001, .bad_kd = SIZE_MAX},
                    .max_kds = SIZE_MAX,
                    .max_probes = SIZE_MAX,
                    .memory = {.predict = 1e6, .push = 2e6, .probe = 1e5}};
    *st = (tjac_st){.self = m,
                    .final_relu = true,
                    .enc_size = ENC,
                    .begin = stand_in_begin,
                    .add_set = stand_in_add_set,
                    .expand = stand_in_expand,
                    .memory = stand_in_memory,
                    .open_pass = stand_in_open_pass,
                    .close_pass = stand_in_close_pass,
                    .predict = stand_in_predict,
                    .probe = stand_in_probe,
                    .kd_tangent = stand_in_kd_tangent,
                    .change = stand_in_change};
}

#endif
