/* pigeonhole.h: bootstrap of means over pairs that share regulators and targets.
 *
 * Regulators and targets are resampled separately; a pair's weight is the product of its two genes'
 * weights (the pigeonhole bootstrap: Owen & Eckles 2012, Ann. Appl. Stat. 6:895). A gene has one
 * weight a round and side, wherever it stands. On each side the genes of pathway pairs are
 * resampled among themselves and the genes that stand in null pairs alone among themselves, so that
 * each round has pairs of both kinds. All KDs see the same rounds.
 */
#ifndef TJAC_PIGEONHOLE_H
#define TJAC_PIGEONHOLE_H

#include "stats/jtable.h"

/* Bootstrap moments of one KD's two means, over the rounds in which both are defined. */
typedef struct {
    size_t rounds;                            /* defined ones */
    double var_pathway, var_null, covariance; /* n - 1; NaN below half of the rounds defined */
    double difference_lo, difference_hi;      /* percentile limits of pathway - null */
} tjac_pigeonhole;

/* out[block->kds.n]. Self pairs have weight 0 under their KD. Without pathway or null pairs, or
 * with a J that is NaN: NaN. */
tjac_code tjac_pigeonhole_run(const tjac_j_panel *block, size_t rounds, double alpha, uint64_t seed,
                              tjac_pigeonhole *out, tjac_err *err) TJAC_MUST_USE;

#endif
