#include "stats/crossed.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "plan/blocks.h"

/* ---- pairs ---- */

static bool is_self(const tjac_j_panel *j, size_t kd, size_t pair)
{
    return j->self[kd * j->n_pairs + pair];
}

static double J_of(const tjac_j_panel *j, size_t kd, size_t pair)
{
    return j->J[kd * j->n_pairs + pair];
}

/* The position of block (row, col). */
static size_t position(const tjac_crossed *c, int row, int col)
{
    if (col == TJAC_COL_NAMED)
        return c->n_blocks - 1;
    return (size_t)row * (c->n_cols + 1) + (size_t)col;
}

static void find_size(tjac_crossed *c)
{
    const tjac_j_panel *j = c->panel;
    for (size_t i = 0; i < j->n_pairs; i++) {
        const tjac_j_pair *p = &j->pair[i];
        c->named = c->named || p->col == TJAC_COL_NAMED;
        c->n_rows = p->row > 0 && (size_t)p->row > c->n_rows ? (size_t)p->row : c->n_rows;
        c->n_cols = p->col > 0 && (size_t)p->col > c->n_cols ? (size_t)p->col : c->n_cols;
    }
    c->n_blocks = (c->n_rows + 1) * (c->n_cols + 1) + c->named;
}

/* The mean of |J_ij.|, over the KDs whose J is a number and that are neither gene. */
static double find_scale(const tjac_j_panel *j, size_t pair)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < j->kds.n; k++) {
        double J = J_of(j, k, pair);
        if (!tjac_j_panel_counts(j, k) || is_self(j, k, pair) || !isfinite(J))
            continue;
        sum += fabs(J);
        n++;
    }
    return n ? sum / (double)n : 0;
}

static tjac_code place_pairs(tjac_crossed *c, tjac_err *err)
{
    const tjac_j_panel *j = c->panel;
    c->block = tjac_alloc_unknown(j->n_pairs, err);
    c->scale = tjac_alloc(j->n_pairs, sizeof *c->scale, err);
    for (size_t i = 0; i < j->n_pairs && !err->code; i++) {
        c->scale[i] = find_scale(j, i);
        if (c->scale[i] > 0)
            c->block[i] = position(c, j->pair[i].row, j->pair[i].col);
        else
            c->n_dead++;
    }
    return err->code;
}

/* ---- rows and columns that remain ---- */

static bool is_gone(const tjac_crossed *c, size_t row, size_t col)
{
    return (row && c->row_gone[row - 1]) || (col && c->col_gone[col - 1]);
}

static tjac_code drop(tjac_crossed *c, tjac_err *err)
{
    size_t *count = tjac_alloc(c->n_blocks, sizeof *count, err);
    c->row_gone = tjac_alloc(c->n_rows, 1, err);
    c->col_gone = tjac_alloc(c->n_cols, 1, err);
    if (err->code)
        goto done;
    for (size_t i = 0; i < c->panel->n_pairs; i++)
        if (c->block[i] != SIZE_MAX)
            count[c->block[i]]++;
    tjac_blocks_drop(count, c->n_rows, c->n_cols, c->row_gone, c->col_gone);
    if (!(c->at = tjac_alloc(c->n_blocks, sizeof *c->at, err)))
        goto done;
    size_t cells = 0;
    for (size_t r = 0; r <= c->n_rows; r++)
        c->grid.rows += !is_gone(c, r, 0);
    for (size_t t = 0; t <= c->n_cols; t++)
        c->grid.cols += !is_gone(c, 0, t);
    for (size_t r = 0; r <= c->n_rows; r++)
        for (size_t t = 0; t <= c->n_cols; t++)
            if (!is_gone(c, r, t))
                c->at[cells++] = r * (c->n_cols + 1) + t;
done:
    free(count);
    return err->code;
}

/* ---- means ---- */

static void mean_kd(const tjac_crossed *c, size_t kd, const unsigned char *without,
                    tjac_crossed_block *score)
{
    const tjac_j_panel *j = c->panel;
    for (size_t b = 0; b < c->n_blocks; b++)
        score[b] = (tjac_crossed_block){0};
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (c->block[i] == SIZE_MAX || (without && without[i]) || is_self(j, kd, i))
            continue;
        tjac_crossed_block *b = &score[c->block[i]];
        double J = J_of(j, kd, i);
        b->n++;
        b->mean_J += J;
        b->mean_abs_J += fabs(J);
        b->mean_n += fabs(J) / c->scale[i];
    }
    for (size_t b = 0; b < c->n_blocks; b++) {
        double n = score[b].n ? (double)score[b].n : NAN;
        score[b].mean_J /= n;
        score[b].mean_abs_J /= n;
        score[b].mean_n /= n;
        score[b].floored = score[b].mean_n == 0;
        score[b].s = score[b].floored ? NAN : log2(score[b].mean_n);
    }
}

static void put_floor(const tjac_crossed *c, size_t block, tjac_crossed_block *score)
{
    double least = NAN;
    for (size_t k = 0; k < c->panel->kds.n; k++)
        if (tjac_j_panel_counts(c->panel, k))
            least = fmin(least, score[k * c->n_blocks + block].s); /* passes NaN over */
    for (size_t k = 0; k < c->panel->kds.n; k++)
        if (score[k * c->n_blocks + block].floored)
            score[k * c->n_blocks + block].s = least - 1;
}

void tjac_crossed_without(const tjac_crossed *c, const unsigned char *without,
                          tjac_crossed_block *score)
{
    for (size_t k = 0; k < c->panel->kds.n; k++)
        mean_kd(c, k, without, score + k * c->n_blocks);
    for (size_t b = 0; b < c->n_blocks; b++)
        put_floor(c, b, score);
    for (size_t r = 0; r <= c->n_rows; r++)
        for (size_t t = 0; t <= c->n_cols; t++)
            for (size_t k = 0; is_gone(c, r, t) && k < c->panel->kds.n; k++)
                score[k * c->n_blocks + r * (c->n_cols + 1) + t].s = NAN;
}

/* ---- the whole ---- */

static void count_floors(tjac_crossed *c)
{
    size_t cells = tjac_grid_cells(c->grid);
    for (size_t k = 0; k < c->panel->kds.n; k++)
        for (size_t i = 0; tjac_j_panel_counts(c->panel, k) && i < cells; i++)
            c->n_floored += c->score[k * c->n_blocks + c->at[i]].floored;
}

tjac_code tjac_crossed_make(const tjac_j_panel *panel, tjac_crossed *out, tjac_err *err)
{
    tjac_crossed c = {.panel = panel};
    find_size(&c);
    if (!place_pairs(&c, err) && !drop(&c, err) &&
        (c.score = tjac_alloc(panel->kds.n, c.n_blocks * sizeof *c.score, err))) {
        tjac_crossed_without(&c, NULL, c.score);
        count_floors(&c);
    }
    if (err->code)
        tjac_crossed_free(&c);
    else
        *out = c;
    return err->code;
}

void tjac_crossed_free(tjac_crossed *c)
{
    if (!c)
        return;
    free(c->row_gone);
    free(c->col_gone);
    free(c->at);
    free(c->block);
    free(c->scale);
    free(c->score);
    *c = (tjac_crossed){0};
}

/* ---- what is asked of it ---- */

static bool gather(const tjac_crossed *c, const tjac_crossed_block *score, size_t kd, bool scaled,
                   double *out)
{
    bool all = true;
    for (size_t i = 0; i < tjac_grid_cells(c->grid); i++) {
        const tjac_crossed_block *b = &score[kd * c->n_blocks + c->at[i]];
        out[i] = scaled ? b->mean_n : b->s;
        all = all && isfinite(out[i]);
    }
    return all;
}

bool tjac_crossed_s(const tjac_crossed *c, const tjac_crossed_block *score, size_t kd, double *out)
{
    return gather(c, score, kd, false, out);
}

bool tjac_crossed_n(const tjac_crossed *c, const tjac_crossed_block *score, size_t kd, double *out)
{
    return gather(c, score, kd, true, out);
}

double tjac_crossed_scaled(const tjac_crossed *c, size_t kd, size_t pair)
{
    double J = J_of(c->panel, kd, pair);
    bool there = c->block[pair] != SIZE_MAX && !is_self(c->panel, kd, pair) && isfinite(J);
    return there ? fabs(J) / c->scale[pair] : NAN;
}

bool tjac_crossed_is_matched(const tjac_crossed *c, size_t pair)
{
    const tjac_j_pair *p = &c->panel->pair[pair];
    return c->block[pair] != SIZE_MAX && p->row > 0 && p->col > 0 &&
           !is_gone(c, (size_t)p->row, (size_t)p->col);
}

bool tjac_crossed_is_pathway(const tjac_crossed *c, size_t pair)
{
    return c->block[pair] == 0;
}
