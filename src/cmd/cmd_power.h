/* cmd_power.h: what is known of a panel's verdict before any number is computed. */
#ifndef TJAC_CMD_POWER_H
#define TJAC_CMD_POWER_H

#include <stdio.h>
#include "config/config.h"
#include "results/run.h"
#include "stats/stats.h"

/* Warns of panels without KDs, without KDs to compare them with, without blocks, of those whose
 * p_kds or p_blocks can never be below stats.alpha, and of those whose KDs are so many of all that
 * effects are compressed; plans are made. A run to standard output makes no statistics and is not
 * warned, nor is one whose only estimand has none. */
tjac_code cmd_warn_power(const tjac_config *config, const tjac_run *run, tjac_names *warnings,
                         tjac_err *err);

/* The last of these for statistics made again: what the KD lists of another config are to all KDs.
 */
tjac_code cmd_warn_compressed(const tjac_config *config, const tjac_stats *stats,
                              tjac_names *warnings, tjac_err *err);

/* Prints the smallest p_kds and p_blocks of a panel, a line for models that have as many KDs. */
tjac_code cmd_print_power(FILE *file, const tjac_config *config, const tjac_run *run, size_t panel,
                          tjac_err *err);

#endif
