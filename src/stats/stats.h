/* stats.h: all statistics of a results file: blocks and scores of every panel, what they mean, and
 * what models say of each other. */
#ifndef TJAC_STATS_H
#define TJAC_STATS_H

#include "stats/concordance.h"
#include "stats/panel_matrix.h"
#include "stats/verdict.h"

typedef struct {
    tjac_j_table table;
    tjac_crossed *crossed; /* [table.n] */
    tjac_kd_score **score; /* [table.n][panel kds] */
    tjac_panel_stats panels;
    tjac_panel_matrix matrix;
    tjac_concordance concordance;
    tjac_names warnings; /* what the config leaves out, dead pairs, floors, clusters, strangers */
} tjac_stats;

/* panels: the config's, read; externals: those of config->stats. Errors: as tjac_j_table_make. */
tjac_code tjac_stats_make(const tjac_config *config, const tjac_panels *panels,
                          const tjac_externals *externals, const tjac_jfile *file, tjac_stats *out,
                          tjac_err *err) TJAC_MUST_USE;
void tjac_stats_free(tjac_stats *stats);

#endif
