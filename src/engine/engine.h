/* engine.h: walks a plan and hands J over, KD by KD. Knows estimands, no files and no LibTorch.
 *
 * With S cells and g[c,c'] = dY[c,j]/dX[c',i] of one set (docs/method.md):
 *     set_mean   = 1' g 1 / S^2       gradient of the set-mean target, averaged over the cells
 *     same_cell  = sum_c g[c,c] / S   each cell's own response, the others held fixed
 *     cross_cell = S set_mean - same_cell
 *     mean_cell  = S set_mean of the set in which every cell is the set's mean cell
 *     pert       = d mean_c Y[c,j] / ds for the KD's vector scaled by s, at s = 1 (no regulator)
 *     knockout   = mean_c Y[c,j] with X_i = 0 in every cell, minus mean_c Y[c,j]
 *     shift      = the same with X_i + sd_i
 * same_cell exactly takes S forms a line. With a tolerance it is estimated: for the columns h_k of
 * a Hadamard matrix of order P >= S, cut to S rows, sum_k h_k' g h_k = P trace g; h_0 = 1 is
 * set_mean's form, and a seeded random part of the other P - 1 gives the sum with a standard error.
 * Probes are added until the errors of a line are within the tolerance (root mean squares over its
 * pairs), at the end of which all P are there and the value is exact. All KDs of a set take the
 * same probes in the same order, and each KD stops by itself: its first estimate that is good
 * enough is its value, whatever the KDs beside it still need.
 *
 * Groups. KDs are computed by groups, cut by the plan and the kind of device alone: with G =
 * tjac_engine_group(), group i is KDs [i G, min((i + 1) G, n_kds)) of the plan. The last digits of
 * J may depend on the KDs of a call, so a KD's bits are those of its group: neither threads, nor
 * devices, nor free memory cut another one, unless the report says `pieces`. A run that goes on, or
 * a part of one, takes a plan of whole groups (tjac_plan_some), all full but the plan's last one;
 * cut again they are the same groups, and J has the same bits.
 *
 * Memory. The engine holds numbers of the KDs under way alone: of one group a worker, and with
 * several sets of one more, whose other sets nobody has begun. They are freed when the group is
 * handed over, J and its errors of one KD at a time.
 */
#ifndef TJAC_ENGINE_H
#define TJAC_ENGINE_H

#include "engine/lines.h"
#include "engine/st.h"
#include "plan/plan.h"

/* Where the engine gets its numbers from; all borrowed. */
typedef struct {
    size_t set_size, n_sets, input_dim, pert_dim;
    const float *cells;   /* [n_sets][set_size][input_dim] */
    const int64_t *batch; /* [n_sets * set_size] or NULL */
    const double *sd;     /* [input_dim] of the eligible cells, for shift; else NULL */
    void *self;           /* for kd_vector, which has one caller at a time */
    tjac_code (*kd_vector)(void *self, size_t kd, float *vector /* [pert_dim] */, tjac_err *err);
} tjac_engine_source;

/* A KD whose sets are all there. Borrowed for the call. */
typedef struct {
    size_t kd;        /* its position in the plan */
    const double *J;  /* [n_estimands][n_pairs] mean over the sets; finite */
    const double *se; /* [n_estimands][n_pairs] sd over the sets / sqrt(n_sets); with one set the
                         error of its probes; NaN without either */
    const double
        *active; /* [n_targets] share of the cells that pass the last ReLU, NaN without one */
} tjac_engine_kd;

typedef struct {
    const tjac_estimand *estimand;
    size_t n_estimands;
    tjac_engine_kind kind;
    double tolerance;    /* of same_cell and cross_cell; 0: exact */
    uint64_t seed;       /* of the probes */
    size_t threads;      /* workers of a model on the CPU; the results do not depend on it */
    double memory_bytes; /* that passes may take where the model is; 0: not bounded */
    double host_bytes; /* that numbers of KDs under way may take on the host, where the model is on
                          a device; 0: not bounded. On the CPU memory_bytes holds for all. */
    /* Called by one thread at a time with the number of (set, KD) done of all: when that has grown,
     * after what it completes was handed over, and before passes in between, with the same number.
     * Not TJAC_OK stops the engine with this error: it is not called again, every worker ends with
     * the pass it is in, nothing more is handed over, and what was is complete. */
    tjac_code (*progress)(void *self, size_t done, size_t of, tjac_err *err);
    void *progress_self;
    /* What is done, one call at a time and never beside progress, KDs in any order: of
     * tjac_engine_run; of tjac_engine_run_full, rows [first, first + n) of all targets under KD kd.
     * An error stops the engine as one of progress does, maybe in the middle of a group. */
    tjac_code (*take)(void *self, const tjac_engine_kd *kd, tjac_err *err);
    tjac_code (*take_rows)(void *self, size_t kd, size_t first, size_t n,
                           const double *J /* [n][R] */, tjac_err *err);
    void *take_self;
} tjac_engine_options;

/* What it took. passes: forms and changes that were computed, of all KDs and sets; a call for n of
 * them and B KDs counts n B. So a KD counts as long as its group takes probes, though it may need
 * no more, and twice where lack of memory had it computed again. pieces: memory was too short for a
 * whole group, of KDs or of lines, and J may differ in its last digits from a run's with more: to
 * be told as a warning. */
typedef struct {
    double passes;
    bool pieces;
} tjac_engine_report;

/* One model on its devices: each st holds a copy of the weights on another device. */
typedef struct {
    const tjac_plan *plan;
    tjac_st *st;
    size_t n_st;
    const tjac_engine_source *source;
} tjac_engine_task;

/* KDs of a group (above): 1 on the CPU, on a device (tjac_st.device) a fixed number. */
size_t tjac_engine_group(bool device);

/* Every KD of the plan is handed to `take` once; a plan without KDs is done at once. A number that
 * is not finite, so also one that was never computed, is TJAC_EFAIL, naming the triple. Lines are
 * cut into groups by the plan as KDs are. Where memory is short there are fewer workers, then half
 * of a group's KDs, a quarter ..., then part of a group of lines at once, down to one, chosen
 * before the first pass or, after a pass has run out of memory, tried. */
tjac_code tjac_engine_run(const tjac_engine_task *task, const tjac_engine_options *options,
                          tjac_engine_report *out, tjac_err *err) TJAC_MUST_USE;

/* set_mean of all targets and regulators of the plan (its pairs are not looked at), mean over the
 * sets, handed to `take_rows` KD by KD and in order of the targets. */
tjac_code tjac_engine_run_full(const tjac_engine_task *task, const tjac_engine_options *options,
                               tjac_engine_report *out, tjac_err *err) TJAC_MUST_USE;

/* What jacobian.memory_gb (0: not bounded) leaves for passes beside what is held already, of the
 * process or, on a device, of its weights: options->memory_bytes and host_bytes. Nothing left:
 * TJAC_EFAIL. */
tjac_code tjac_engine_memory(const tjac_st *st, double memory_gb, tjac_engine_options *options,
                             tjac_err *err) TJAC_MUST_USE;

/* The lines that tjac_engine_run would take: for --dry-run and run.json. */
tjac_code tjac_engine_choose(const tjac_plan *plan, const tjac_engine_options *options,
                             size_t enc_size, size_t set_size, tjac_lines *out,
                             tjac_err *err) TJAC_MUST_USE;

#endif
