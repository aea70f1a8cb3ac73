/* st.h: what the engine asks of a model: predictions, and bilinear forms of their Jacobian.
 *
 * For one cell set (S cells) and one KD, Y (S, T) are the predictions of T targets and
 *
 *     g[c,c'] = dY[c,t] / dX[c',r]          (S, S) for a target t and a regulator r.
 *
 * Every derivative that tjac reports is a sum of forms u' g v with weights u over the cells of the
 * output and v over the cells of the input (docs/method.md). A line of forms costs one pass:
 *
 *     TJAC_PULL       a target t:         u' g v for all R regulators     (reverse mode)
 *     TJAC_PUSH       a regulator r:      u' g v for all T targets        (forward mode)
 *     TJAC_PUSH_ENC  number h of the L that X enters the network by: the same for dY[c,t] / d
 * enc; enc = X tap' + const, so that expand() turns L of them into all regulators
 *
 * Sets and weights are shared by all threads; what one thread computes at a time is a pass, over B
 * KDs at once. A failure for lack of memory says so in its error (tjac_err.memory): fewer KDs or
 * probes at once may do. The interface speaks arrays of numbers, so that the engine is tested
 * against a linear stand-in without LibTorch; st/st.h makes the real one.
 */
#ifndef TJAC_ST_H
#define TJAC_ST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* What is asked for. Borrowed for the call. */
typedef struct {
    const size_t *regulator; /* [R] input columns */
    size_t n_regulators;
    const size_t *target; /* [T] output columns */
    size_t n_targets;
} tjac_st_genes;

/* A cell set. Borrowed for the call. */
typedef struct {
    size_t set_size;      /* S */
    const double *cells;  /* [S][input_dim] */
    const int64_t *batch; /* [S] rows of the batch encoder, NULL without one */
} tjac_st_set;

typedef enum { TJAC_PULL, TJAC_PUSH, TJAC_PUSH_ENC } tjac_way;

/* One line of forms. */
typedef struct {
    size_t line; /* a target, a regulator or a number of the encoding, by the way that is asked */
    const double *u; /* [S] weights over output cells */
    const double *v; /* [S] weights over input cells */
} tjac_probe;

/* A finite change: X_r grows by delta in each cell. */
typedef struct {
    size_t regulator;    /* 0 .. R-1 */
    const double *delta; /* [S] */
} tjac_change;

typedef struct tjac_pass tjac_pass; /* the maker's own */

/* Bytes that a pass takes for each KD that it predicts, for each KD more once it pushes, and for
 * each probe and KD: upper estimates. `held`: bytes of the weights. `free`: bytes that a device has
 * now, 0 when unknown. */
typedef struct {
    double predict, push, probe, held, free;
} tjac_st_memory;

typedef struct tjac_st {
    void *self;      /* owned by the maker; close frees it */
    bool device;     /* not the CPU: several KDs are computed at once */
    bool final_relu; /* Y is what a ReLU let pass: Y > 0 means active */
    bool collapses;  /* a set of equal cells (of one batch) predicts what one such cell does */
    size_t enc_size; /* L */

    /* Forgets all sets; the following ones are of these genes. No pass may be open. */
    tjac_code (*begin)(void *self, const tjac_st_genes *genes, tjac_err *err);
    /* Encodes a set; sets are numbered in this order. Not while a pass is computing. */
    tjac_code (*add_set)(void *self, const tjac_st_set *set, tjac_err *err);
    /* out[n][R] = from[n][L] tap'; by any thread. */
    tjac_code (*expand)(void *self, const double *from, size_t n, double *out, tjac_err *err);
    tjac_st_memory (*memory)(const void *self, size_t set_size);
    void (*close)(void *self);

    tjac_code (*open_pass)(void *self, tjac_pass **out, tjac_err *err);
    void (*close_pass)(tjac_pass *pass); /* NULL-safe */
    /* Predicts a set under B KDs' vectors kd[B][pert_dim]: y[B][S][T]. What follows is about this
     * prediction; its graph is kept until the next one. */
    tjac_code (*predict)(tjac_pass *pass, size_t set, const float *kd, size_t n_kds, double *y,
                         tjac_err *err);
    /* u' g v of n probes: out[n][B][R] for TJAC_PULL, out[n][B][T] for the others. */
    tjac_code (*probe)(tjac_pass *pass, tjac_way way, const tjac_probe *probe, size_t n,
                       double *out, tjac_err *err);
    /* d mean_c Y[c,t] / ds for KD vectors scaled by s, at s = 1: out[B][T]. way: TJAC_PULL (T
     * pullbacks) or TJAC_PUSH (one tangent). */
    tjac_code (*kd_tangent)(tjac_pass *pass, tjac_way way, double *out, tjac_err *err);
    /* mean_c Y[c,t] after each of n changes, minus before: out[n][B][T]. */
    tjac_code (*change)(tjac_pass *pass, const tjac_change *change, size_t n, double *out,
                        tjac_err *err);
} tjac_st;

#endif
