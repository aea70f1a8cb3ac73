/* panel_stats.h: a panel's KDs against a reference group: the rows of panel_stats.csv, and what
 * they mean. The unit is the KD and the gene; the control KD is in no group, and neither is a KD
 * without a score.
 *
 *     E_rt = mean of s_rt over the pathway KDs - over the reference KDs
 *     I_rt = E_rt double-centred (grid.h)
 */
#ifndef TJAC_PANEL_STATS_H
#define TJAC_PANEL_STATS_H

#include "stats/scores.h"

typedef enum {
    TJAC_VERDICT_NO_ANSWER,
    TJAC_VERDICT_UNDERPOWERED,
    TJAC_VERDICT_NOT_ELEVATED,
    TJAC_VERDICT_NOT_SPECIFIC,
    TJAC_VERDICT_NOT_CONSISTENT,
    TJAC_VERDICT_NOT_REPLICATED,
    TJAC_VERDICT_POSITIVE
} tjac_verdict;

typedef enum { TJAC_UNKNOWN = -1, TJAC_NO, TJAC_YES } tjac_tri;

typedef struct {
    const tjac_j_panel *panel; /* borrowed */
    int reference; /* TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND, or -1: the panel has no reference */
    size_t n_pathway_kds, n_reference_kds; /* with a score */
    size_t n_rows, n_cols;                 /* drawn ones that remain */
    size_t n_floored[2];                   /* pathway, reference KDs whose (0, 0) is floored */
    double effect;                         /* of mean routing */
    tjac_interval effect_limits;           /* tjac_welch */
    double pathway_effect;                 /* E_00 */
    double matched_effect;                 /* mean E_rt, r > 0, t > 0 */
    double elevation_effect;               /* E_00 - matched_effect */
    double row_effect;                     /* mean E_0t, t > 0: these regulators on everything */
    double col_effect;                     /* mean E_r0, r > 0: these targets to everything */
    double routing_linear;                 /* I_00 of block means of n, not of their log */
    double p_kds, p_kds_min;               /* permutation of KD labels on routing */
    double p_blocks, p_blocks_min;         /* share of blocks with I_rt >= I_00 */
    double p_blocks_ref; /* share of reference KDs whose own p_blocks is below alpha */
    double z_blocks;     /* I_00 over the root mean square of the others */
    double p_elevation;  /* permutation of KD labels on elevation */
    tjac_mann_whitney mann_whitney;
    double point_biserial_r, p_r;
    double q, q_min;                      /* Benjamini-Hochberg of p_kds; were p_kds its smallest */
    double members_elevated, p_members;   /* pathway KDs above the reference median */
    double loo_kd_min, loo_gene_min;      /* smallest effect without a KD, a gene */
    double block_se;                      /* jackknife over drawn rows and columns */
    double kd_correlation;                /* of pathway KDs' profiles, less the reference's */
    double p_vif, mde80;                  /* tjac_welch */
    double unrelated_effect, p_unrelated; /* against the targets that are named */
    double score_effect, p_score;         /* of the configured score */
    tjac_tri elevated, specific, consistent, replicated;
    tjac_verdict verdict;
    char *reason; /* owned */
} tjac_panel_stat;

typedef struct {
    tjac_panel_stat *row; /* [n] by panel, `unrelated` before `background` */
    size_t n, cap;
} tjac_panel_stats;

/* What rows are made of: a panel's blocks, its scores[kds], and the correlation [kds * kds] of
 * profiles (profiles.h). Borrowed. */
typedef struct {
    const tjac_crossed *crossed;
    const tjac_kd_score *score;
    const double *correlation;
} tjac_panel_numbers;

/* Adds a panel's rows: one a reference group, or one without. All but q, criteria, verdict and
 * reason, which speak of all rows: tjac_verdict_all (verdict.h). */
tjac_code tjac_panel_stats_add(tjac_panel_stats *stats, const tjac_panel_numbers *of,
                               const tjac_config_stats *options, tjac_err *err) TJAC_MUST_USE;
void tjac_panel_stats_free(tjac_panel_stats *stats);

const char *tjac_reference_name(int reference); /* "unrelated", "background", "NA" */

#endif
