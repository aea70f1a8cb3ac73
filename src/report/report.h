/* report.h: the tables and run.json of a finished run. Tables are CSV (RFC 4180); what is undefined
 * is NA, what holds or not is true or false. */
#ifndef TJAC_REPORT_H
#define TJAC_REPORT_H

#include <stdio.h>
#include "base/hashing.h"
#include "config/config.h"
#include "results/run.h"
#include "stats/stats.h"

/* The rows of a finished run, in the order of the contract. */
tjac_code tjac_report_j(FILE *file, const tjac_config *config, const tjac_run *run,
                        tjac_err *err) TJAC_MUST_USE;

/* null_pairs.csv: every draw of every panel; `null` may hold none. */
void tjac_report_null_pairs(FILE *file, const tjac_panels *panels, const tjac_null *null);

/* One row a KD of each block. */
void tjac_report_kd_scores(FILE *file, const tjac_stats *stats);

/* One row a block and reference group. */
void tjac_report_panel_stats(FILE *file, const tjac_stats *stats, const tjac_config_stats *options);

/* One row two models, or a model and an external, over all and over pathway KDs. */
void tjac_report_concordance(FILE *file, const tjac_stats *stats, const tjac_config_stats *options);

/* Aligned columns; cell type and estimand only where there are several. The reason stands under its
 * row. */
void tjac_report_verdicts(FILE *file, const tjac_stats *stats);

/* What run.json says of the run as a whole. */
typedef struct {
    int argc;
    char **argv;
    const char *device;
    size_t threads;   /* workers on the CPU */
    const char *full; /* path of the full Jacobian, or NULL */
    double seconds_open, seconds_load, seconds_engine, seconds_stats, seconds_all;
    const tjac_names *warnings;
    tjac_hashing *hashing; /* of the files that were read; borrowed */
} tjac_report_facts;

/* run.json; waits for facts->hashing. A file that cannot be hashed: TJAC_EFAIL. */
tjac_code tjac_report_run_json(FILE *file, const tjac_config *config, const tjac_run *run,
                               const tjac_report_facts *facts, tjac_err *err) TJAC_MUST_USE;

#endif
