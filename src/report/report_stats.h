/* report_stats.h: the CSVs of the statistics, and their verdicts as a table for people. What is
 * undefined is NA; what holds or not is true or false. */
#ifndef TJAC_REPORT_STATS_H
#define TJAC_REPORT_STATS_H

#include <stdio.h>
#include "stats/stats.h"

/* One row a KD of each block. */
void tjac_report_kd_scores(FILE *file, const tjac_stats *stats);

/* One row a block and reference group. */
void tjac_report_panel_stats(FILE *file, const tjac_stats *stats, const tjac_config_stats *options);

/* One row two models, or a model and an external, over all and over pathway KDs. */
void tjac_report_concordance(FILE *file, const tjac_stats *stats, const tjac_config_stats *options);

/* Aligned columns; cell type and estimand only where there are several. The reason stands under its
 * row. */
void tjac_report_verdicts(FILE *file, const tjac_stats *stats);

#endif
