/* forms.h: what one worker computes for some KDs and one set. Private to the engine. */
#ifndef TJAC_FORMS_H
#define TJAC_FORMS_H

#include "engine/engine.h"

/* What a run wants of every (set, KD). */
typedef struct {
    const tjac_plan *plan;
    const tjac_lines *lines;
    const double *sd; /* [input_dim], for shift */
    bool mean, same, mean_cell, pert, knockout, shift;
    double tolerance;
    tjac_way pert_way;
    size_t S, n_sets;
    size_t chunk;        /* lines, or changes, of a group: cut by the plan alone, so that neither
                            parts nor lack of memory move a line to another group */
    size_t mean_S;       /* cells of the mean set: 1 where it collapses, else S */
    const double *x;     /* [n_sets][R][S] the regulators' values, for knockout */
    const size_t *order; /* [n_sets][P - 1] the Hadamard columns in the order of the probes */
    size_t P;            /* power of two >= S */
    bool final_relu;
} form_wants;

/* Numbers of one (set, KD), NaN until they are computed; arrays that are not wanted are NULL. */
typedef struct {
    double *mean, *same, *same_var, *mean_cell; /* [lines->n_dest] 1'g1/S^2, tr g/S, its error^2 */
    double *pert;                               /* [T] */
    double *knockout, *shift;                   /* [n_pairs] */
    double *active;                             /* [T] cells that pass the last ReLU */
} form_slot;

tjac_code form_slot_init(const form_wants *w, form_slot *out, tjac_err *err);
void form_slot_free(form_slot *slot);
double form_slot_bytes(const form_wants *w);

/* Buffers of one worker. */
typedef struct form_worker form_worker;
typedef struct {
    tjac_st *st;
    size_t max_kds; /* B at most */
    size_t at_once; /* lines, probes or changes at once at most */
    /* Called before each pass; not TJAC_OK ends form_run with this error. */
    tjac_code (*tick)(void *self, tjac_err *err);
    void *tick_self;
} form_worker_spec;
tjac_code form_worker_new(const form_wants *w, const form_worker_spec *spec, form_worker **out,
                          tjac_err *err);
void form_worker_free(form_worker *worker);
double form_worker_bytes(const form_wants *w, const form_worker_spec *spec);

/* Part `part` of `parts` of what is wanted of set `set` under B KDs kd[B][pert_dim], into
 * slot[b]. Parts write different numbers. *passes grows by the forms and changes that were
 * computed, times the KDs, also where the unit fails later. */
typedef struct {
    size_t set, n_kds, part, parts;
    size_t first_kd; /* position of the first in the plan, for messages */
    const float *kd;
    form_slot *const *slot; /* [n_kds] */
} form_unit;
tjac_code form_run(form_worker *worker, const form_unit *unit, double *passes, tjac_err *err);

/* Whether the unit failed for lack of memory and something smaller can be tried: half of its KDs,
 * or, where it is of one KD, fewer lines at once inside a group, which this call sees to. */
bool form_can_shrink(form_worker *worker, const form_unit *unit, const tjac_err *failure);

#endif
