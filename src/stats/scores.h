/* scores.h: one block's pairs become numbers a KD: the rows of kd_scores.csv.
 *
 * Self pairs are direct effects and are left out of their KD's means. Undefined is NaN with a
 * reason: no pairs of a kind, a J that is NA, a mean of 0 under a logarithm or a fraction.
 */
#ifndef TJAC_SCORES_H
#define TJAC_SCORES_H

#include "stats/inference.h"
#include "stats/jtable.h"

typedef struct {
    size_t n_pathway, n_null, n_unrelated; /* pairs in the means */
    double mean_pathway, mean_null, mean_abs_pathway, mean_abs_null, mean_abs_unrelated;
    double difference;               /* mean_pathway - mean_null */
    tjac_interval difference_limits; /* pigeonhole.h, percentile */
    double ratio;                    /* mean_pathway / mean_null */
    tjac_interval ratio_limits;      /* Fieller, with the bootstrap's (co)variances */
    int ratio_bounded;               /* 1, 0, -1: undefined */
    double log2_abs_ratio;           /* log2(mean_abs_pathway / mean_abs_null) */
    double sign_concordance;         /* share of signed pathway pairs whose J has that sign */
    double score;                    /* the one that stats.score names */
    double delta_control;            /* score minus the control KD's */
    double rank, quantile; /* mid-rank from the lowest, over all KDs but the control; rank / n */
    const char *reason;    /* why the score is NaN (static), else NULL */
} tjac_kd_score;

/* out[block->kds.n] */
tjac_code tjac_scores_make(const tjac_j_block *block, const tjac_config_stats *options,
                           tjac_kd_score *out, tjac_err *err) TJAC_MUST_USE;

/* The score alone when all pairs (pathway and null) of one pathway gene are left out:
 *     score[n_genes][block->kds.n]
 * first each regulator that stands in pathway pairs, then each such target, in the block's order.
 * NaN where nothing is left. Freed with free(). */
tjac_code tjac_scores_leave_out(const tjac_j_block *block, const tjac_config_stats *options,
                                double **score, size_t *n_genes, tjac_err *err) TJAC_MUST_USE;

#endif
