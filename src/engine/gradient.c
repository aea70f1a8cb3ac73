#include "engine/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "engine/source.h"

enum { GENES = TJAC_GRADIENT_GENES };

/* The sample and its buffers. */
typedef struct {
    const tjac_plan *plan;
    tjac_st *st;
    const tjac_engine_source *source;
    size_t S, G, R, T;
    size_t regulator[GENES], target[GENES]; /* input and output columns */
    double *cells, *moved, *y, *weight;     /* weight: [2][S] of 1/S, of 1 */
    float *kd;
    tjac_pass *pass;
} sample;

/* Up to GENES entries of list[n], spread evenly. */
static size_t spread(const size_t *list, size_t n, size_t *out)
{
    size_t k = n < GENES ? n : GENES;
    for (size_t i = 0; i < k; i++)
        out[i] = list[i * n / k];
    return k;
}

static tjac_code sample_init(sample *s, tjac_err *err)
{
    s->S = s->source->set_size;
    s->G = s->source->input_dim;
    s->R = spread(s->plan->regulator, s->plan->n_regulators, s->regulator);
    s->T = spread(s->plan->target, s->plan->n_targets, s->target);
    s->cells = tjac_alloc(s->S, s->G * sizeof *s->cells, err);
    s->moved = tjac_alloc(s->S, s->G * sizeof *s->moved, err);
    s->y = tjac_alloc(s->S, s->T * sizeof *s->y, err);
    s->weight = tjac_alloc(s->S, 2 * sizeof *s->weight, err);
    s->kd = tjac_alloc(s->source->pert_dim, sizeof *s->kd, err);
    if (err->code)
        return err->code;
    for (size_t c = 0; c < s->S; c++) {
        s->weight[c] = 1.0 / (double)s->S;
        s->weight[s->S + c] = 1.0;
    }
    tjac_engine_source_cells(s->source, 0, s->cells);
    return TJAC_OK;
}

static void sample_free(sample *s)
{
    s->st->close_pass(s->pass);
    free(s->cells);
    free(s->moved);
    free(s->y);
    free(s->weight);
    free(s->kd);
}

static tjac_code predict(sample *s, const double *cells, tjac_err *err)
{
    const tjac_st_genes genes = {s->regulator, s->R, s->target, s->T};
    const tjac_st_set set = {s->S, cells, s->source->batch};
    s->st->close_pass(s->pass);
    s->pass = NULL;
    if (s->st->begin(s->st->self, &genes, err) || s->st->add_set(s->st->self, &set, err) ||
        s->st->open_pass(s->st->self, &s->pass, err))
        return err->code;
    return s->st->predict(s->pass, 0, s->kd, 1, s->y, err);
}

/* mean[t] of the prediction with regulator r shifted by h in every cell. */
static tjac_code shifted(sample *s, size_t r, double h, double mean[GENES], tjac_err *err)
{
    memcpy(s->moved, s->cells, s->S * s->G * sizeof *s->moved);
    for (size_t c = 0; c < s->S; c++)
        s->moved[c * s->G + s->regulator[r]] += h;
    if (predict(s, s->moved, err))
        return err->code;
    for (size_t t = 0; t < s->T; t++) {
        mean[t] = 0;
        for (size_t c = 0; c < s->S; c++)
            mean[t] += s->y[c * s->T + t] / (double)s->S;
    }
    return TJAC_OK;
}

/* Central differences of step h for all sampled pairs: out[r][t]. */
static tjac_code differences(sample *s, double h, double out[GENES][GENES], tjac_err *err)
{
    double up[GENES], down[GENES];
    for (size_t r = 0; r < s->R; r++) {
        if (shifted(s, r, h, up, err) || shifted(s, r, -h, down, err))
            return err->code;
        for (size_t t = 0; t < s->T; t++)
            out[r][t] = (up[t] - down[t]) / (2 * h);
    }
    return TJAC_OK;
}

static tjac_code pullbacks(sample *s, size_t kd, double out[GENES][GENES],
                           tjac_gradient_report *report, tjac_err *err)
{
    double form[GENES];
    if (predict(s, s->cells, err))
        return err->code;
    for (size_t t = 0; t < s->T; t++) {
        const tjac_probe probe = {t, s->weight, s->weight + s->S};
        size_t passed = 0;
        for (size_t c = 0; c < s->S; c++)
            passed += s->y[c * s->T + t] > 0;
        if (s->st->final_relu && passed == 0 && report->n_dead++ == 0) {
            report->dead_kd = kd;
            report->dead_target = s->target[t];
        }
        if (s->st->probe(s->pass, TJAC_PULL, &probe, 1, form, err))
            return err->code;
        for (size_t r = 0; r < s->R; r++)
            out[r][t] = form[r];
    }
    return TJAC_OK;
}

static tjac_code check_kd(sample *s, size_t kd, tjac_gradient_report *report, tjac_err *err)
{
    double pull[GENES][GENES], wide[GENES][GENES], narrow[GENES][GENES], largest = 0;
    if (s->source->kd_vector(s->source->self, s->plan->kd[kd], s->kd, err) ||
        pullbacks(s, kd, pull, report, err) || differences(s, 1e-4, wide, err) ||
        differences(s, 1e-6, narrow, err))
        return err->code;
    for (size_t r = 0; r < s->R; r++)
        for (size_t t = 0; t < s->T; t++)
            largest = fmax(largest, fabs(wide[r][t]));
    for (size_t r = 0; r < s->R; r++)
        for (size_t t = 0; t < s->T; t++) {
            double w = fabs(pull[r][t] - wide[r][t]), n = fabs(pull[r][t] - narrow[r][t]);
            double d = w < n ? wide[r][t] : narrow[r][t], scale = fmax(fabs(d), 1e-6 * largest);
            double error = scale > 0 ? fmin(w, n) / scale : w;
            report->compared++;
            if (isnan(error) || error > report->worst) {
                *report = (tjac_gradient_report){report->compared,
                                                 error,
                                                 kd,
                                                 s->regulator[r],
                                                 s->target[t],
                                                 pull[r][t],
                                                 d,
                                                 report->n_dead,
                                                 report->dead_kd,
                                                 report->dead_target};
            }
        }
    return TJAC_OK;
}

tjac_code tjac_gradient_check(const tjac_plan *plan, tjac_st *st, const tjac_engine_source *source,
                              tjac_gradient_report *out, tjac_err *err)
{
    sample s = {.plan = plan, .st = st, .source = source};
    tjac_gradient_report report = {0};
    size_t n = plan->n_kds < TJAC_GRADIENT_KDS ? plan->n_kds : TJAC_GRADIENT_KDS;
    if (!sample_init(&s, err))
        for (size_t k = 0; k < n && !err->code; k++)
            if (check_kd(&s, k * plan->n_kds / n, &report, err))
                break;
    sample_free(&s);
    if (!err->code)
        *out = report;
    return err->code;
}
