/* crossed.h: J of a panel's pairs on one scale, and the mean of every block under every KD.
 *
 *     n_ijk = |J_ijk| / mean of |J_ij.| over all KDs but the control, self left out
 *
 * so that every pair is on the scale of its own mean, and
 *
 *     s_rt(k) = log2 mean of n over block (r, t)
 *
 * Pairs whose regulator or target is the KD are left out of that KD. A pair whose J is 0 under
 * every KD (its target is switched off) is dead: left out everywhere. A drawn row or column in
 * which some block has no living pair is dropped. Where all of a block is 0 under one KD, its s is
 * the smallest finite one of that block over all KDs but the control, less 1: floored. A block that
 * has no pair under a KD, or a J that is not a number, has no s there, and the KD has no score.
 */
#ifndef TJAC_CROSSED_H
#define TJAC_CROSSED_H

#include "stats/grid.h"
#include "stats/jtable.h"

/* A block under one KD. */
typedef struct {
    size_t n;                  /* pairs: living, not the KD's own */
    double mean_J, mean_abs_J; /* NaN without pairs */
    double mean_n;             /* of |J| on the scale of the pairs' means */
    double s;                  /* log2 mean_n */
    bool floored;
} tjac_crossed_block;

typedef struct {
    const tjac_j_panel *panel; /* borrowed */
    size_t n_rows, n_cols;     /* drawn */
    size_t n_blocks; /* (n_rows + 1)(n_cols + 1), and one more for targets that are named */
    bool named;      /* whether there is that one; it comes last */
    unsigned char *row_gone, *col_gone; /* [n_rows], [n_cols]: dropped */
    tjac_grid grid;                     /* of those that remain, row 0 and column 0 among them */
    size_t *at;                         /* [grid cells] their positions among the blocks */
    size_t *block;                      /* [n_pairs] a pair's block; SIZE_MAX: the pair is dead */
    double *scale;                      /* [n_pairs] the mean of |J_ij.|; 0: dead */
    size_t n_dead;
    tjac_crossed_block *score; /* [kds][n_blocks], row by row */
    size_t n_floored;          /* blocks under a KD, of those that remain */
} tjac_crossed;

tjac_code tjac_crossed_make(const tjac_j_panel *panel, tjac_crossed *out,
                            tjac_err *err) TJAC_MUST_USE;
void tjac_crossed_free(tjac_crossed *crossed);

/* The same blocks without the pairs that are marked: without[n_pairs], score[kds][n_blocks]. */
void tjac_crossed_without(const tjac_crossed *crossed, const unsigned char *without,
                          tjac_crossed_block *score);

/* s, or mean_n, of the blocks that remain under a KD: out[grid cells]. Whether all are numbers. */
bool tjac_crossed_s(const tjac_crossed *crossed, const tjac_crossed_block *score, size_t kd,
                    double *out);
bool tjac_crossed_n(const tjac_crossed *crossed, const tjac_crossed_block *score, size_t kd,
                    double *out);

/* n_ijk of one pair; NaN where the pair is dead, the KD's own, or J is not a number. */
double tjac_crossed_scaled(const tjac_crossed *crossed, size_t kd, size_t pair);

/* Whether a pair is alive and stands in a block of the drawn ones alone (r > 0, t > 0) that
 * remains: a matched pair. */
bool tjac_crossed_is_matched(const tjac_crossed *crossed, size_t pair);

/* Whether a pair of the pathway is alive. */
bool tjac_crossed_is_pathway(const tjac_crossed *crossed, size_t pair);

#endif
