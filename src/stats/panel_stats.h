/* panel_stats.h: a panel's KDs against a reference group: the rows of panel_stats.csv, and what
 * they mean. The unit is the KD; the control KD is in no group; a KD without a score is in none
 * either.
 */
#ifndef TJAC_PANEL_STATS_H
#define TJAC_PANEL_STATS_H

#include "stats/inference.h"
#include "stats/jtable.h"
#include "stats/scores.h"

typedef enum {
    TJAC_VERDICT_NA,
    TJAC_VERDICT_UNDERPOWERED,
    TJAC_VERDICT_NOT_ELEVATED,
    TJAC_VERDICT_NOT_CONSISTENT,
    TJAC_VERDICT_NOT_SPECIFIC,
    TJAC_VERDICT_NOT_REPLICATED,
    TJAC_VERDICT_POSITIVE
} tjac_verdict;

typedef enum { TJAC_UNKNOWN = -1, TJAC_NO, TJAC_YES } tjac_tri;

typedef struct {
    const tjac_j_panel *block; /* borrowed */
    int reference; /* TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND, or -1: the panel has no reference */
    size_t n_pathway_kds, n_reference_kds; /* with a score */
    double mean_pathway_kds, mean_reference_kds;
    tjac_permutation test; /* effect, p_permutation, p_min */
    tjac_interval effect_limits;
    double effect_pathway, effect_null; /* the contrast on log2 mean|J| of either alone */
    tjac_mann_whitney mann_whitney;
    double point_biserial_r, p_r;
    double q;
    double members_elevated, loo_effect_min, loo_pair_effect_min;
    double specificity, p_specificity, q_specificity;
    tjac_tri elevated, consistent, specific, replicated;
    tjac_verdict verdict;
    char *reason; /* owned */
} tjac_panel_stat;

typedef struct {
    tjac_panel_stat *row; /* by block, `unrelated` before `background` */
    size_t n;
} tjac_panel_stats;

/* score[b] is the scores of table->panel[b]. docs/method.md has the criteria. */
tjac_code tjac_panel_stats_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                const tjac_config_stats *options, tjac_panel_stats *out,
                                tjac_err *err) TJAC_MUST_USE;
void tjac_panel_stats_free(tjac_panel_stats *stats);

const char *tjac_verdict_name(tjac_verdict v);  /* "not_elevated" */
const char *tjac_reference_name(int reference); /* "unrelated", "background", "NA" */

#endif
