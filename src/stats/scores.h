/* scores.h: numbers a KD: the rows of kd_scores.csv.
 *
 *     routing(k)   = s_00 - mean_{t>0} s_0t - mean_{r>0} s_r0 + mean_{r,t>0} s_rt
 *     elevation(k) = s_00 - mean_{r,t>0} s_rt
 *
 * over the blocks that remain (crossed.h). The plain columns are of J as it is, over the pathway
 * pairs and the matched ones. Undefined is NaN.
 */
#ifndef TJAC_SCORES_H
#define TJAC_SCORES_H

#include "stats/crossed.h"
#include "stats/inference.h"

typedef struct {
    size_t n_pathway, n_matched; /* pairs in the means */
    double mean_pathway, mean_matched, mean_abs_pathway, mean_abs_matched;
    double difference;               /* mean_pathway - mean_matched */
    tjac_interval difference_limits; /* pigeonhole.h, percentile */
    double ratio;                    /* mean_pathway / mean_matched */
    tjac_interval ratio_limits;      /* Fieller, with the bootstrap's (co)variances */
    int ratio_bounded;               /* 1, 0, -1: undefined */
    double log2_abs_ratio;           /* log2(mean_abs_pathway / mean_abs_matched) */
    double elevation, routing;       /* both or none are numbers: the KD has a score */
    double p_blocks;         /* share of blocks whose double-centred s is at least (0, 0)'s */
    double unrelated;        /* s_00 - s of the targets that are named */
    double sign_concordance; /* share of signed pathway pairs whose J has that sign */
    double score;            /* the one that stats.score names */
    double delta_control;    /* score minus the control KD's */
    double rank, quantile;   /* mid-rank from the lowest, over all KDs but the control; rank / n */
} tjac_kd_score;

/* out[kds] of crossed->panel */
tjac_code tjac_scores_make(const tjac_crossed *crossed, const tjac_config_stats *options,
                           tjac_kd_score *out, tjac_err *err) TJAC_MUST_USE;

/* Routing when all pairs of one gene of the pathway, and of what was drawn for it, are left out:
 *     routing[n_genes][kds]
 * first each regulator of the pathway, where there are several, then each target. NaN where some
 * block has no pair left. Freed with free(). */
tjac_code tjac_scores_without_genes(const tjac_crossed *crossed, double **routing, size_t *n_genes,
                                    tjac_err *err) TJAC_MUST_USE;

#endif
