#include "inputs/h5ad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A row of a CSC matrix is spread over the whole file, so both reads pass once over all stored
 * values, a block of them in memory at a time. */
enum { BLOCK_VALUES = 1 << 18 };

typedef tjac_code (*value_fn)(void *ctx, size_t row, size_t col, float value, tjac_err *err);

/* A pass: slot[row] >= 0 marks the rows whose values are wanted. */
typedef struct {
    const tjac_matrix *m;
    int32_t *slot;
    int64_t *row;   /* [BLOCK_VALUES] */
    float *value;   /* [BLOCK_VALUES] */
    size_t n_slots; /* distinct wanted rows */
} pass;

static void pass_free(pass *p)
{
    free(p->slot);
    free(p->row);
    free(p->value);
}

static tjac_code pass_init(pass *p, const tjac_matrix *m, const size_t *rows, size_t n_rows,
                           tjac_err *err)
{
    *p = (pass){.m = m};
    if (!(p->slot = tjac_alloc(m->n_rows, sizeof *p->slot, err)) ||
        !(p->row = tjac_alloc(BLOCK_VALUES, sizeof *p->row, err)) ||
        !(p->value = tjac_alloc(BLOCK_VALUES, sizeof *p->value, err))) {
        pass_free(p);
        return err->code;
    }
    for (size_t i = 0; i < m->n_rows; i++)
        p->slot[i] = -1;
    for (size_t i = 0; i < n_rows && i < INT32_MAX; i++) {
        if (p->slot[rows[i]] >= 0)
            continue; /* the first place of a repeated row is filled; the others copy it */
        p->slot[rows[i]] = (int32_t)i;
        p->n_slots++;
    }
    return TJAC_OK;
}

static tjac_code pass_run(const pass *p, value_fn fn, void *ctx, tjac_err *err)
{
    const tjac_matrix *m = p->m;
    tjac_code code = TJAC_OK;
    size_t end = (size_t)m->start[m->n_cols], col = 0;
    for (size_t at = (size_t)m->start[0]; !code && at < end; at += BLOCK_VALUES) {
        size_t n = end - at < BLOCK_VALUES ? end - at : BLOCK_VALUES;
        if ((code = tjac_h5_read_i64(m->indices, at, n, p->row, err)) ||
            (code = tjac_h5_read_f32(m->data, at, n, p->value, err)))
            return code;
        for (size_t k = 0; !code && k < n; k++) {
            while ((size_t)m->start[col + 1] <= at + k)
                col++;
            if (p->row[k] < 0 || (uint64_t)p->row[k] >= m->n_rows)
                return tjac_err_set(err, TJAC_EINPUT,
                                    "'%s': '%s/indices' names row %lld in column %zu, expected 0 "
                                    "to %zu",
                                    m->cells->file->path, m->object, (long long)p->row[k], col,
                                    m->n_rows - 1);
            if (p->slot[p->row[k]] >= 0)
                code = fn(ctx, (size_t)p->row[k], col, p->value[k], err);
        }
    }
    return code;
}

/* ---- rows ---- */

typedef struct {
    const pass *p;
    float *out;
} scatter;

static tjac_code scatter_value(void *ctx, size_t row, size_t col, float value, tjac_err *err)
{
    scatter *s = ctx;
    float *to = s->out + (size_t)s->p->slot[row] * s->p->m->n_cols + col;
    *to += value; /* a row named twice is their sum, as in scipy */
    return isfinite(*to) ? TJAC_OK : tjac_matrix_refuse(s->p->m, row, col, *to, err);
}

tjac_code tjac_csc_read_rows(const tjac_matrix *m, const size_t *rows, size_t n_rows, float *out,
                             tjac_err *err)
{
    pass p;
    tjac_code code = pass_init(&p, m, rows, n_rows, err);
    if (code)
        return code;
    memset(out, 0, n_rows * m->n_cols * sizeof *out);
    scatter s = {&p, out};
    code = pass_run(&p, scatter_value, &s, err);
    for (size_t i = 0; !code && i < n_rows; i++) {
        size_t first = (size_t)p.slot[rows[i]];
        if (first != i)
            memcpy(out + i * m->n_cols, out + first * m->n_cols, m->n_cols * sizeof *out);
    }
    pass_free(&p);
    return code;
}

/* ---- moments ---- */

typedef struct {
    const pass *p;
    int32_t *last;     /* column that named this row last, + 1: finds repeats */
    double *mean, *m2; /* of the stored values of a column so far */
    size_t *n;         /* how many */
} welford;

static tjac_code add_value(void *ctx, size_t row, size_t col, float value, tjac_err *err)
{
    welford *w = ctx;
    const tjac_matrix *m = w->p->m;
    if (!isfinite(value))
        return tjac_matrix_refuse(m, row, col, value, err);
    if (w->last[row] == (int32_t)col + 1)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s/indices' names row %zu twice in column %zu; call "
                            "adata.X.sum_duplicates() and write the file again",
                            m->cells->file->path, m->object, row, col);
    w->last[row] = (int32_t)col + 1;
    double d = value - w->mean[col];
    w->mean[col] += d / (double)++w->n[col];
    w->m2[col] += d * (value - w->mean[col]);
    return TJAC_OK;
}

tjac_code tjac_csc_moments(const tjac_matrix *m, const size_t *rows, size_t n_rows, double *mean,
                           double *sd, tjac_err *err)
{
    pass p;
    tjac_code code = pass_init(&p, m, rows, n_rows, err);
    if (code)
        return code;
    welford w = {.p = &p, .mean = mean};
    if (!(w.last = tjac_alloc(m->n_rows, sizeof *w.last, err)) ||
        !(w.m2 = tjac_alloc(m->n_cols, sizeof *w.m2, err)) ||
        !(w.n = tjac_alloc(m->n_cols, sizeof *w.n, err))) {
        code = err->code;
        goto done;
    }
    memset(mean, 0, m->n_cols * sizeof *mean);
    code = pass_run(&p, add_value, &w, err);
    double all = (double)p.n_slots;
    for (size_t j = 0; !code && j < m->n_cols; j++) {
        /* Chan's merge with the values that are not stored: `all - n` zeros. */
        double n = (double)w.n[j], m2 = w.m2[j] + mean[j] * mean[j] * n * (all - n) / all;
        mean[j] *= n / all;
        if (sd)
            sd[j] = all > 1 ? sqrt(m2 / (all - 1)) : NAN;
    }
done:
    free(w.last);
    free(w.m2);
    free(w.n);
    pass_free(&p);
    return code;
}
