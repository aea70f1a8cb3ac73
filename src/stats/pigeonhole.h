/* pigeonhole.h: bootstrap of means over pairs that share regulators and targets.
 *
 * Regulators and targets are resampled separately; a pair's weight is the product of its two genes'
 * weights (the pigeonhole bootstrap: Owen & Eckles 2012, Ann. Appl. Stat. 6:895). A gene has one
 * weight a round and role, wherever it stands. In each role the genes of pathway pairs are
 * resampled among themselves and the genes that stand in matched pairs alone among themselves, so
 * that each round has pairs of both kinds. Living pairs alone; matched: of the rows and columns
 * that remain (crossed.h). All KDs see the same rounds.
 */
#ifndef TJAC_PIGEONHOLE_H
#define TJAC_PIGEONHOLE_H

#include "stats/crossed.h"

/* Bootstrap moments of one KD's two means of J, over the rounds in which both are defined. */
typedef struct {
    size_t rounds;                               /* defined ones */
    double var_pathway, var_matched, covariance; /* n - 1; NaN below half of the rounds defined */
    double difference_lo, difference_hi;         /* percentile limits of pathway - matched */
} tjac_pigeonhole;

/* out[kds of crossed->panel]. A KD's own pairs have weight 0 under it. Without pathway or matched
 * pairs, or with a J among them that is NaN: NaN, and no rounds. */
tjac_code tjac_pigeonhole_run(const tjac_crossed *crossed, size_t rounds, double alpha,
                              uint64_t seed, tjac_pigeonhole *out, tjac_err *err) TJAC_MUST_USE;

#endif
