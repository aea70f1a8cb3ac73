/* blocks_case.h: what tests do to the J of a panel_case.h panel: KDs by class, targets that are
 * named, numbers, and factors on some of its pairs. */
#ifndef TJAC_BLOCKS_CASE_H
#define TJAC_BLOCKS_CASE_H

#include "panel_case.h"
#include "plan/blocks.h"

enum { ANY = -1 };

/* One pair a regulator and named target more, at the end; before J is filled. */
static inline void blocks_case_name(tjac_j_panel *j, panel_shape s, size_t named)
{
    tjac_err err = {0};
    size_t before = j->n_pairs, targets = j->targets.n, cap = before;
    panel_case_names(&j->targets, "U", named);
    j->n_pairs += s.regulators * named;
    free(j->J);
    free(j->self);
    j->J = tjac_alloc(s.kds, j->n_pairs * sizeof *j->J, &err);
    j->self = tjac_alloc(s.kds, j->n_pairs, &err);
    if (err.code || tjac_grow((void **)&j->pair, &cap, j->n_pairs, sizeof *j->pair, &err))
        abort();
    for (size_t i = 0; i < s.regulators * named; i++) {
        size_t gene[2] = {i / named, targets + i % named};
        j->pair[before + i] = (tjac_j_pair){.kind = TJAC_PAIR_UNRELATED_TARGET,
                                            .col = TJAC_COL_NAMED,
                                            .regulator = gene[0],
                                            .target = gene[1],
                                            .own = {gene[0], gene[1]}};
    }
}

/* A letter a KD: p(athway), u(nrelated), b(ackground), c(ontrol). */
static inline void blocks_case_classes(tjac_j_panel *j, const char *classes)
{
    for (size_t k = 0; k < j->kds.n; k++)
        j->kd_class[k] = classes[k] == 'p'   ? TJAC_KD_PATHWAY
                         : classes[k] == 'u' ? TJAC_KD_UNRELATED
                         : classes[k] == 'b' ? TJAC_KD_BACKGROUND
                                             : TJAC_KD_CONTROL;
}

/* Position of a pair; col may be TJAC_COL_NAMED. */
static inline size_t blocks_case_at(const tjac_j_panel *j, int row, int col, size_t regulator,
                                    size_t target)
{
    for (size_t i = 0; i < j->n_pairs; i++)
        if (j->pair[i].row == row && j->pair[i].col == col && j->pair[i].own[0] == regulator &&
            (j->pair[i].own[1] == target || col == TJAC_COL_NAMED))
            return i;
    abort();
}

/* Multiplies J under a KD of all pairs of these blocks and of what stands for these genes. */
static inline void blocks_case_multiply(tjac_j_panel *j, size_t kd, int row, int col, int regulator,
                                        int target, double factor)
{
    for (size_t i = 0; i < j->n_pairs; i++) {
        const tjac_j_pair *p = &j->pair[i];
        if ((row == ANY || p->row == row) && (col == ANY || p->col == col) &&
            (regulator == ANY || p->own[0] == (size_t)regulator) &&
            (target == ANY || p->own[1] == (size_t)target))
            j->J[kd * j->n_pairs + i] *= factor;
    }
}

/* J differs from pair to pair, in sign too, and is the same under every KD. */
static inline void blocks_case_fill(tjac_j_panel *j)
{
    for (size_t k = 0; k < j->kds.n; k++)
        for (size_t i = 0; i < j->n_pairs; i++)
            j->J[k * j->n_pairs + i] = (i % 3 ? 1 : -1) * (0.25 + (double)(i * 5 % 7));
}

/* Numbers in [-1, 1] that are the same every time. */
static inline double blocks_case_noise(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 4503599627370496.0 - 1;
}

/* Multiplies every J by 2^(up to sd, either way). */
static inline void blocks_case_shake(tjac_j_panel *j, double sd, uint64_t seed)
{
    for (size_t i = 0; i < j->kds.n * j->n_pairs; i++)
        j->J[i] *= exp2(sd * blocks_case_noise(&seed));
}

#endif
