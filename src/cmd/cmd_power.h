/* cmd_power.h: panels whose verdict is known before any number is computed. */
#ifndef TJAC_CMD_POWER_H
#define TJAC_CMD_POWER_H

#include "config/config.h"
#include "results/run.h"

/* Warns of panels without KDs, without KDs to compare them with, or with so few of them that p can
 * never be below stats.alpha; plans are made. A run to standard output makes no statistics and is
 * not warned. */
tjac_code cmd_warn_power(const tjac_config *config, const tjac_run *run, tjac_names *warnings,
                         tjac_err *err);

#endif
