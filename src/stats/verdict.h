/* verdict.h: criteria and verdicts of finished rows. Private to panel_stats.h's stage. */
#ifndef TJAC_VERDICT_H
#define TJAC_VERDICT_H

#include "stats/panel_stats.h"

/* Sets elevated, consistent, specific, replicated, verdict and reason of every row from its
 * numbers.
 */
tjac_code tjac_verdict_all(tjac_panel_stats *stats, const tjac_j_table *table,
                           tjac_kd_score *const *score, const tjac_config_stats *options,
                           tjac_err *err) TJAC_MUST_USE;

#endif
