/* panel_case.h: one panel of J made in memory: I regulators x J targets in every one of its
 * (rows + 1) x (cols + 1) blocks, block by block, row by row. The last KD is the control. */
#ifndef TJAC_PANEL_CASE_H
#define TJAC_PANEL_CASE_H

#include "test.h"
#include "base/alloc.h"
#include "stats/jtable.h"

typedef struct {
    size_t regulators, targets; /* of the pathway */
    size_t rows, cols;          /* drawn */
    size_t kds;                 /* the control among them */
} panel_shape;

static inline void panel_case_names(tjac_names *names, const char *prefix, size_t n)
{
    tjac_err err = {0};
    char name[32];
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%s%zu", prefix, i);
        if (tjac_names_add(names, name, &err))
            abort();
    }
}

static inline tjac_pair_kind panel_case_kind(size_t row, size_t col)
{
    return row && col ? TJAC_PAIR_MATCHED
           : row      ? TJAC_PAIR_COL
           : col      ? TJAC_PAIR_ROW
                      : TJAC_PAIR_PATHWAY;
}

/* J is 0 everywhere, to be filled. Drawn gene i of row r is regulator r * regulators + i. */
static inline void panel_case_make(tjac_j_panel *j, panel_shape s)
{
    tjac_err err = {0};
    size_t block = s.regulators * s.targets;
    *j = (tjac_j_panel){.n_pairs = block * (s.rows + 1) * (s.cols + 1)};
    panel_case_names(&j->regulators, "R", s.regulators * (s.rows + 1));
    panel_case_names(&j->targets, "T", s.targets * (s.cols + 1));
    panel_case_names(&j->kds, "K", s.kds);
    j->pair = tjac_alloc(j->n_pairs, sizeof *j->pair, &err);
    j->kd_class = tjac_alloc(s.kds, sizeof *j->kd_class, &err);
    j->J = tjac_alloc(s.kds, j->n_pairs * sizeof *j->J, &err);
    j->self = tjac_alloc(s.kds, j->n_pairs, &err);
    if (err.code)
        abort();
    for (size_t k = 0; k < s.kds; k++)
        j->kd_class[k] = k + 1 < s.kds ? TJAC_KD_BACKGROUND : TJAC_KD_CONTROL;
    for (size_t i = 0; i < j->n_pairs; i++) {
        size_t row = i / block / (s.cols + 1), col = i / block % (s.cols + 1);
        size_t own[2] = {i % block / s.targets, i % s.targets};
        j->pair[i] = (tjac_j_pair){.kind = panel_case_kind(row, col),
                                   .row = (int)row,
                                   .col = (int)col,
                                   .regulator = row * s.regulators + own[0],
                                   .target = col * s.targets + own[1],
                                   .own = {own[0], own[1]}};
    }
}

static inline void panel_case_free(tjac_j_panel *j)
{
    tjac_names_free(&j->regulators);
    tjac_names_free(&j->targets);
    tjac_names_free(&j->kds);
    free(j->pair);
    free(j->kd_class);
    free(j->J);
    free(j->self);
    free(j->off);
}

#endif
