/* st.h: what the engine asks of a model: predictions, and bilinear forms of their Jacobian.
 *
 * For one cell set (S cells) and one KD, Y (S, T) are the predictions of T targets and
 *
 *     g[c,c'] = dY[c,t] / dX[c',r]          (S, S) for a target t and a regulator r.
 *
 * Every estimand of tjac is a sum of forms u' g v with weights u over the cells of the output and
 * v over the cells of the input (docs/method.md). A tjac_st answers them for all regulators at
 * once: one pullback a probe. The interface speaks arrays of numbers, so that the engine is tested
 * against a linear stand-in without LibTorch; tjac_st_open makes the real one.
 */
#ifndef TJAC_ST_H
#define TJAC_ST_H

#include <stdbool.h>
#include "tjac/config.h"
#include "tjac/model.h"

/* A cell set and what is asked of it. Borrowed until the next begin. */
typedef struct {
    size_t set_size;         /* S */
    const double *cells;     /* [S][input_dim] */
    const int64_t *batch;    /* [S] rows of the batch encoder, NULL without one */
    const size_t *regulator; /* [R] input columns */
    size_t n_regulators;
    const size_t *target; /* [T] output columns */
    size_t n_targets;
} tjac_st_set;

/* One form for all regulators. */
typedef struct {
    size_t target;   /* 0 .. T-1 */
    const double *u; /* [S] weights over output cells */
    const double *v; /* [S] weights over input cells */
} tjac_probe;

typedef struct tjac_st {
    void *self; /* owned by the maker; close frees it */
    /* The following predictions are of this set. */
    tjac_code (*begin)(void *self, const tjac_st_set *set, tjac_err *err);
    /* Predicts under a KD's vector kd[pert_dim]: y[S][T]. Keeps the graph until the next call. */
    tjac_code (*predict)(void *self, const float *kd, double *y, tjac_err *err);
    /* out[n][R]: u' g v of each probe and regulator, for the last prediction. */
    tjac_code (*pull)(void *self, const tjac_probe *probe, size_t n, double *out, tjac_err *err);
    void (*close)(void *self);
    bool final_relu; /* Y is what a ReLU let pass: Y > 0 means active */
} tjac_st;

typedef struct {
    const char *device; /* "auto", "cpu", "cuda", "cuda:N" */
    tjac_precision precision;
    bool sequential; /* pullbacks one by one: the reference */
    int threads;     /* intra-op threads, process-wide; 0: as they are */
} tjac_st_options;

/* The ST model over LibTorch. The model must be loaded and outlive it: on the CPU in float32 its
 * weights are used in place. A device that is not there: TJAC_EFAIL. */
tjac_code tjac_st_open(const tjac_model *model, const tjac_st_options *options, tjac_st *out,
                       tjac_err *err) TJAC_MUST_USE;
void tjac_st_close(tjac_st *st);

/* The device that "auto" or a name stands for: "cpu", "cuda:0" (static or inside buf[n]). */
tjac_code tjac_st_device(const char *name, char *buf, size_t n, tjac_err *err) TJAC_MUST_USE;

/* The version of LibTorch. */
const char *tjac_st_version(void);

#endif
