#include "engine/forms.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

struct form_worker {
    const form_wants *want;
    tjac_st *st;
    tjac_pass *pass;
    size_t at_once;     /* lines, probes or changes */
    double *y;          /* [B][S][T] */
    double *mean;       /* [S] 1/S */
    double *vector;     /* [at_once][S] unit and Hadamard vectors */
    double *delta;      /* [at_once][S] */
    double *form;       /* [at_once][B][max(R,T)] */
    double *sum;        /* [2][B][max(R,T)] mean and squares over the probes of a line */
    double *kd_tangent; /* [B][T] */
    bool *settled;      /* [B] KDs whose estimate of a line is good enough */
    tjac_probe *probe;  /* [at_once] */
    tjac_change *change;
    double passes; /* forms and changes times KDs, of the unit so far */
    tjac_code (*tick)(void *self, tjac_err *err);
    void *tick_self;
};

/* ---- slots and workers ---- */

/* What is never computed is NaN, and is refused when the KD is complete. */
static void forget(double *number, size_t n)
{
    for (size_t i = 0; i < n; i++)
        number[i] = NAN;
}

static double *wanted(bool want, size_t n, tjac_err *err)
{
    return want ? tjac_alloc_nan(n, err) : NULL;
}

tjac_code form_slot_init(const form_wants *w, form_slot *out, tjac_err *err)
{
    size_t n = w->lines->n_dest, pairs = w->plan->n_pairs, T = w->plan->n_targets;
    form_slot s = {.mean = wanted(w->mean || w->tolerance > 0, n, err),
                   .same = wanted(w->same, n, err),
                   .same_var = wanted(w->same && w->tolerance > 0, n, err),
                   .mean_cell = wanted(w->mean_cell, n, err),
                   .pert = wanted(w->pert, T, err),
                   .knockout = wanted(w->knockout, pairs, err),
                   .shift = wanted(w->shift, pairs, err),
                   .active = wanted(true, T, err)};
    if (err->code)
        form_slot_free(&s);
    else
        *out = s;
    return err->code;
}

double form_slot_bytes(const form_wants *w)
{
    bool probed = w->same && w->tolerance > 0;
    double of_lines = 0.0 + (w->mean || probed) + w->same + probed + w->mean_cell;
    return sizeof(double) * (of_lines * (double)w->lines->n_dest +
                             (double)(w->knockout + w->shift) * (double)w->plan->n_pairs +
                             (1.0 + w->pert) * (double)w->plan->n_targets);
}

void form_slot_free(form_slot *s)
{
    free(s->mean);
    free(s->same);
    free(s->same_var);
    free(s->mean_cell);
    free(s->pert);
    free(s->knockout);
    free(s->shift);
    free(s->active);
    *s = (form_slot){0};
}

tjac_code form_worker_new(const form_wants *w, const form_worker_spec *spec, form_worker **out,
                          tjac_err *err)
{
    form_worker *f = tjac_alloc(1, sizeof *f, err);
    size_t S = w->S, R = w->plan->n_regulators, T = w->plan->n_targets;
    size_t wide = R > T ? R : T, B = spec->max_kds, n = spec->at_once;
    if (!f)
        return err->code;
    *f = (form_worker){.want = w,
                       .st = spec->st,
                       .at_once = n,
                       .y = tjac_alloc(B, S * T * sizeof(double), err),
                       .mean = tjac_alloc(S, sizeof(double), err),
                       .vector = tjac_alloc(n, S * sizeof(double), err),
                       .delta = tjac_alloc(n, S * sizeof(double), err),
                       .form = tjac_alloc(n, B * wide * sizeof(double), err),
                       .sum = tjac_alloc(2, B * wide * sizeof(double), err),
                       .kd_tangent = tjac_alloc(B, T * sizeof(double), err),
                       .settled = tjac_alloc(B, sizeof(bool), err),
                       .probe = tjac_alloc(n, sizeof(tjac_probe), err),
                       .change = tjac_alloc(n, sizeof(tjac_change), err),
                       .tick = spec->tick,
                       .tick_self = spec->tick_self};
    if (err->code || f->st->open_pass(f->st->self, &f->pass, err)) {
        form_worker_free(f);
        return err->code;
    }
    *out = f;
    return TJAC_OK;
}

void form_worker_free(form_worker *f)
{
    if (!f)
        return;
    if (f->pass)
        f->st->close_pass(f->pass);
    free(f->y);
    free(f->mean);
    free(f->vector);
    free(f->delta);
    free(f->form);
    free(f->sum);
    free(f->kd_tangent);
    free(f->settled);
    free(f->probe);
    free(f->change);
    free(f);
}

double form_worker_bytes(const form_wants *w, const form_worker_spec *spec)
{
    double S = (double)w->S, R = (double)w->plan->n_regulators, T = (double)w->plan->n_targets;
    double B = (double)spec->max_kds, n = (double)spec->at_once;
    return sizeof(double) *
           (B * S * T + S + 2 * n * S + (n + 2) * B * fmax(R, T) + B * T + n * S * T);
}

bool form_can_shrink(form_worker *f, const form_unit *u, const tjac_err *failure)
{
    if (!failure->memory)
        return false;
    if (u->n_kds > 1)
        return true;
    if (f->at_once == 1)
        return false;
    f->at_once /= 2;
    return true;
}

/* ---- what the model is asked ---- */

/* Predicts set `set` of S cells; a prediction that is not finite is refused. */
static tjac_code predict(form_worker *f, const form_unit *u, size_t set, size_t S, tjac_err *err)
{
    const tjac_plan *p = f->want->plan;
    size_t T = p->n_targets, n = u->n_kds * S * T;
    forget(f->y, n);
    if (f->tick(f->tick_self, err) || f->st->predict(f->pass, set, u->kd, u->n_kds, f->y, err))
        return err->code;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(f->y[i]))
            return tjac_err_set(err, TJAC_EFAIL,
                                "the prediction of %s under KD '%s' by model '%s' is %g, expected "
                                "a finite number; check the model's weights",
                                p->names->outputs->name[p->target[i % T]],
                                p->names->kds->name[p->kd[u->first_kd + i / T / S]],
                                p->names->model, f->y[i]);
    return TJAC_OK;
}

static size_t other_side(const form_worker *f, tjac_way way)
{
    return way == TJAC_PULL ? f->want->plan->n_regulators : f->want->plan->n_targets;
}

/* The first n of f->probe into f->form. */
static tjac_code probe(form_worker *f, const form_unit *u, tjac_way way, size_t n, tjac_err *err)
{
    forget(f->form, n * u->n_kds * other_side(f, way));
    if (f->tick(f->tick_self, err) || f->st->probe(f->pass, way, f->probe, n, f->form, err))
        return err->code;
    f->passes += (double)(n * u->n_kds);
    return TJAC_OK;
}

/* The first n of f->change into f->form. */
static tjac_code change(form_worker *f, const form_unit *u, size_t n, tjac_err *err)
{
    forget(f->form, n * u->n_kds * f->want->plan->n_targets);
    if (f->tick(f->tick_self, err) || f->st->change(f->pass, f->change, n, f->form, err))
        return err->code;
    f->passes += (double)(n * u->n_kds);
    return TJAC_OK;
}

/* ---- lines ---- */

/* Puts a form [B][other], times scale, into the array at `offset` of the slots, or adds it. */
static void scatter(const form_worker *f, const form_unit *u, const tjac_line *line,
                    const double *form, double scale, size_t offset, bool add)
{
    size_t other = other_side(f, line->way);
    for (size_t b = 0; b < u->n_kds; b++) {
        double *to = *(double *const *)(const void *)((const char *)u->slot[b] + offset);
        for (size_t i = 0; i < line->n; i++) {
            const tjac_line_entry *e = &f->want->lines->entry[line->first + i];
            double value = scale * form[b * other + e->other];
            to[e->dest] = add ? to[e->dest] + value : value;
        }
    }
}

/* The part's share of `n` things, which the plan cuts into groups of at most want->chunk: the
 * groups [first, last). */
typedef struct {
    size_t first, last, groups, n;
} share;

static share share_of(const form_worker *f, size_t n, const form_unit *u)
{
    size_t groups = (n + f->want->chunk - 1) / f->want->chunk;
    return (share){groups * u->part / u->parts, groups * (u->part + 1) / u->parts, groups, n};
}

static size_t group_start(const share *s, size_t g)
{
    return s->n * g / s->groups;
}

/* The next piece of a group: from `at`, as much as is done at once, not beyond the group's end. */
static size_t piece(const form_worker *f, size_t at, size_t end)
{
    return end - at < f->at_once ? end - at : f->at_once;
}

/* 1' g 1 / S^2 of all lines of one way, group by group, into the slots' array. */
static tjac_code run_means(form_worker *f, const form_unit *u, size_t from, size_t n, size_t S,
                           size_t offset, tjac_err *err)
{
    const tjac_line *line = f->want->lines->line + from;
    share s = share_of(f, n, u);
    for (size_t c = 0; c < S; c++)
        f->mean[c] = 1.0 / (double)S;
    for (size_t g = s.first; g < s.last; g++) {
        size_t end = group_start(&s, g + 1);
        for (size_t a = group_start(&s, g), k; a < end; a += k) {
            k = piece(f, a, end);
            for (size_t i = 0; i < k; i++)
                f->probe[i] = (tjac_probe){line[a + i].index, f->mean, f->mean};
            if (probe(f, u, line[a].way, k, err))
                return err->code;
            for (size_t i = 0; i < k; i++)
                scatter(f, u, &line[a + i], f->form + i * u->n_kds * other_side(f, line[a].way),
                        1.0, offset, false);
        }
    }
    return TJAC_OK;
}

/* ---- same_cell ---- */

/* All S unit vectors; sums in the order of the cells. */
static tjac_code run_same_exactly(form_worker *f, const form_unit *u, const tjac_line *line,
                                  tjac_err *err)
{
    size_t S = f->want->S, other = other_side(f, line->way);
    for (size_t at = 0, n; at < S; at += n) {
        n = piece(f, at, S);
        memset(f->vector, 0, n * S * sizeof *f->vector);
        for (size_t k = 0; k < n; k++) {
            f->vector[k * S + at + k] = 1.0;
            f->probe[k] = (tjac_probe){line->index, f->vector + k * S, f->vector + k * S};
        }
        if (probe(f, u, line->way, n, err))
            return err->code;
        for (size_t k = 0; k < n; k++)
            scatter(f, u, line, f->form + k * u->n_kds * other, 1.0 / (double)S,
                    offsetof(form_slot, same), at + k > 0);
    }
    return TJAC_OK;
}

/* Element c of column k of the Hadamard matrix in Sylvester's order. */
static double hadamard(size_t k, size_t c)
{
    return __builtin_parityll(k & c) ? -1.0 : 1.0;
}

/* Adds n probes of a line to the running mean of its probes and the sum of squared deviations. */
static tjac_code add_probes(form_worker *f, const form_unit *u, const tjac_line *line, size_t done,
                            size_t n, tjac_err *err)
{
    const form_wants *w = f->want;
    size_t S = w->S, size = u->n_kds * other_side(f, line->way);
    double *mean = f->sum, *square = f->sum + size;
    for (size_t k = 0; k < n; k++) {
        size_t column = w->order[u->set * (w->P - 1) + done + k];
        for (size_t c = 0; c < S; c++)
            f->vector[k * S + c] = hadamard(column, c);
        f->probe[k] = (tjac_probe){line->index, f->vector + k * S, f->vector + k * S};
    }
    if (probe(f, u, line->way, n, err))
        return err->code;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < size; i++) {
            double delta = f->form[k * size + i] - mean[i];
            mean[i] += delta / (double)(done + k + 1);
            square[i] += delta * (f->form[k * size + i] - mean[i]);
        }
    return TJAC_OK;
}

/* Writes the estimate from m probes of one KD and its error; whether the errors are within the
 * tolerance. tr g = [1'g1 + sum over all P - 1 of h'gh] / P. */
static bool estimate_same(const form_worker *f, const form_unit *u, const tjac_line *line, size_t b,
                          size_t m)
{
    const form_wants *w = f->want;
    size_t other = other_side(f, line->way), size = u->n_kds * other;
    double S = (double)w->S, P = (double)w->P, K = P - 1, M = (double)m;
    double errors = 0, values = 0;
    for (size_t i = 0; i < line->n; i++) {
        const tjac_line_entry *e = &w->lines->entry[line->first + i];
        size_t at = b * other + e->other;
        double all = u->slot[b]->mean[e->dest] * S * S;
        double same = (all + K * f->sum[at]) / P / S;
        double var = m < w->P - 1 ? f->sum[size + at] / (M - 1) / M * (1 - M / K) : 0;
        double scale = K / P / S;
        u->slot[b]->same[e->dest] = same;
        u->slot[b]->same_var[e->dest] = var * scale * scale;
        errors += var * scale * scale;
        values += same * same;
    }
    return sqrt(errors) <= w->tolerance * sqrt(values);
}

/* 4 probes, then as many again until every KD has an estimate that is good enough, at last all of
 * them. A KD keeps its first good one, whatever the others of its batch still need. */
static tjac_code run_same_probed(form_worker *f, const form_unit *u, const tjac_line *line,
                                 tjac_err *err)
{
    size_t K = f->want->P - 1, done = 0, settled = 0;
    memset(f->sum, 0, 2 * u->n_kds * other_side(f, line->way) * sizeof *f->sum);
    memset(f->settled, 0, u->n_kds * sizeof *f->settled);
    for (size_t enough = 4; settled < u->n_kds; enough *= 2) {
        enough = enough < K ? enough : K;
        while (done < enough) {
            size_t n = piece(f, done, enough);
            if (add_probes(f, u, line, done, n, err))
                return err->code;
            done += n;
        }
        for (size_t b = 0; b < u->n_kds; b++)
            if (!f->settled[b]) {
                f->settled[b] = estimate_same(f, u, line, b, done) || done == K;
                settled += f->settled[b];
            }
    }
    return TJAC_OK;
}

/* The lines whose groups of means are this part's, so that their means are there. */
static tjac_code run_same(form_worker *f, const form_unit *u, size_t from, size_t n, tjac_err *err)
{
    share s = share_of(f, n, u);
    if (s.first == s.last)
        return TJAC_OK;
    for (size_t i = group_start(&s, s.first); i < group_start(&s, s.last); i++) {
        const tjac_line *line = &f->want->lines->line[from + i];
        if (f->want->tolerance > 0 ? run_same_probed(f, u, line, err)
                                   : run_same_exactly(f, u, line, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- finite changes ---- */

static void fill_delta(const form_worker *f, const form_unit *u, size_t r, bool knockout,
                       double *delta)
{
    const form_wants *w = f->want;
    size_t R = w->plan->n_regulators;
    for (size_t c = 0; c < w->S; c++)
        delta[c] = knockout ? -w->x[(u->set * R + r) * w->S + c] : w->sd[w->plan->regulator[r]];
}

/* The changes of regulators a .. a + n - 1 into the slots. */
static void scatter_changes(const form_worker *f, const form_unit *u, size_t a, size_t n,
                            bool knockout)
{
    const tjac_plan *p = f->want->plan;
    for (size_t i = 0; i < p->n_pairs; i++) {
        size_t r = p->pair[i].regulator;
        for (size_t b = 0; b < u->n_kds && r >= a && r < a + n; b++)
            (knockout ? u->slot[b]->knockout : u->slot[b]->shift)[i] =
                f->form[((r - a) * u->n_kds + b) * p->n_targets + p->pair[i].target];
    }
}

static tjac_code run_changes(form_worker *f, const form_unit *u, bool knockout, tjac_err *err)
{
    const form_wants *w = f->want;
    const tjac_plan *p = w->plan;
    share s = share_of(f, p->n_regulators, u);
    for (size_t g = s.first; g < s.last; g++) {
        size_t end = group_start(&s, g + 1);
        for (size_t a = group_start(&s, g), n; a < end; a += n) {
            n = piece(f, a, end);
            for (size_t k = 0; k < n; k++) {
                fill_delta(f, u, a + k, knockout, f->delta + k * w->S);
                f->change[k] = (tjac_change){a + k, f->delta + k * w->S};
            }
            if (change(f, u, n, err))
                return err->code;
            scatter_changes(f, u, a, n, knockout);
        }
    }
    return TJAC_OK;
}

/* ---- one unit ---- */

static tjac_code run_kd_tangent(form_worker *f, const form_unit *u, tjac_err *err)
{
    size_t T = f->want->plan->n_targets;
    forget(f->kd_tangent, u->n_kds * T);
    if (f->tick(f->tick_self, err) ||
        f->st->kd_tangent(f->pass, f->want->pert_way, f->kd_tangent, err))
        return err->code;
    for (size_t b = 0; b < u->n_kds; b++)
        memcpy(u->slot[b]->pert, f->kd_tangent + b * T, T * sizeof(double));
    return TJAC_OK;
}

static void count_active(const form_worker *f, const form_unit *u)
{
    size_t S = f->want->S, T = f->want->plan->n_targets;
    for (size_t b = 0; b < u->n_kds; b++)
        for (size_t t = 0; t < T; t++) {
            double passed = 0;
            for (size_t c = 0; c < S; c++)
                passed += f->y[(b * S + c) * T + t] > 0;
            u->slot[b]->active[t] = f->want->final_relu ? passed : NAN;
        }
}

/* What is asked of the set itself. */
static tjac_code run_set(form_worker *f, const form_unit *u, tjac_err *err)
{
    const form_wants *w = f->want;
    size_t pulls = w->lines->n_pulls, pushes = w->lines->n_lines - pulls;
    bool means = w->mean || (w->same && w->tolerance > 0);
    if (predict(f, u, u->set, w->S, err))
        return err->code;
    if (means && (run_means(f, u, 0, pulls, w->S, offsetof(form_slot, mean), err) ||
                  run_means(f, u, pulls, pushes, w->S, offsetof(form_slot, mean), err)))
        return err->code;
    if (w->same && (run_same(f, u, 0, pulls, err) || run_same(f, u, pulls, pushes, err)))
        return err->code;
    if ((w->knockout && run_changes(f, u, true, err)) ||
        (w->shift && run_changes(f, u, false, err)))
        return err->code;
    if (u->part > 0)
        return TJAC_OK;
    count_active(f, u);
    return w->pert ? run_kd_tangent(f, u, err) : TJAC_OK;
}

/* mean_cell: the mean set comes after the n_sets of the run. */
static tjac_code run_mean_set(form_worker *f, const form_unit *u, tjac_err *err)
{
    const form_wants *w = f->want;
    size_t pulls = w->lines->n_pulls, pushes = w->lines->n_lines - pulls;
    size_t at = offsetof(form_slot, mean_cell);
    if (predict(f, u, w->n_sets + u->set, w->mean_S, err) ||
        run_means(f, u, 0, pulls, w->mean_S, at, err))
        return err->code;
    return run_means(f, u, pulls, pushes, w->mean_S, at, err);
}

tjac_code form_run(form_worker *f, const form_unit *u, double *passes, tjac_err *err)
{
    f->passes = 0;
    if (!run_set(f, u, err) && f->want->mean_cell)
        run_mean_set(f, u, err);
    *passes += f->passes;
    return err->code;
}
