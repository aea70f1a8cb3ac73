/* stats.h: the statistics of a whole table of J: scores, panels, concordance. */
#ifndef TJAC_STATS_H
#define TJAC_STATS_H

#include "stats/concordance.h"
#include "stats/panel_stats.h"

typedef struct {
    const tjac_j_table *table; /* borrowed */
    tjac_kd_score **score;     /* [table->n][block->kds.n] */
    tjac_panel_stats panels;
    tjac_concordance concordance;
    tjac_names warnings; /* externals that share no KD with the run */
} tjac_stats;

/* externals: those of options->external. */
tjac_code tjac_stats_make(const tjac_j_table *table, const tjac_config_stats *options,
                          const tjac_externals *externals, tjac_stats *out,
                          tjac_err *err) TJAC_MUST_USE;
void tjac_stats_free(tjac_stats *stats);

#endif
