/* verdict_parts.h: what verdict.c and its words (reason.c) share. */
#ifndef TJAC_VERDICT_PARTS_H
#define TJAC_VERDICT_PARTS_H

#include "stats/verdict.h"

/* The share of pathway KDs that must be above the reference median. */
static const double verdict_members = 0.75;

/* Models of the run that are no controls, and how many of them confirm. */
typedef struct {
    size_t confirm, of;
    const tjac_panel_stat *against; /* the first row that does not, or NULL */
} verdict_models;

verdict_models verdict_count(const tjac_panel_stats *stats, const tjac_panel_stat *of);

/* Whether J of the whole pathway is 0 under more than half of a group. */
bool verdict_floored(const tjac_panel_stat *row);

/* Sets the reason of a row that has its verdict. */
tjac_code verdict_explain(tjac_panel_stat *row, const tjac_panel_stats *stats,
                          const tjac_config_stats *options, tjac_err *err) TJAC_MUST_USE;

#endif
