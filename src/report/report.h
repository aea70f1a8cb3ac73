/* report.h: the tables and run.json of a finished run. Tables are CSV (RFC 4180); what is undefined
 * is NA, what holds or not is true or false. */
#ifndef TJAC_REPORT_H
#define TJAC_REPORT_H

#include <stdio.h>
#include "base/hashing.h"
#include "config/config.h"
#include "results/rows.h"
#include "results/run.h"
#include "stats/stats.h"

/* Rows of j.csv: all of one place. */
typedef struct {
    const char *run;           /* what the first column says */
    const tjac_config *config; /* its panels' KD lists decide kd_class */
    const tjac_layout *layout;
    tjac_rows rows;
    const tjac_layout_cells *cells;
    size_t *pair, n; /* positions of the rows' pairs in the model's; owned */
} tjac_report_j_rows;

typedef struct {
    size_t model, cells, panel, estimand; /* positions in the layout */
} tjac_report_place;

/* j.csv of a results file. like: run, config, and whether the drawn pairs stand in it too. */
tjac_code tjac_report_j(FILE *file, const tjac_jfile *jfile, const tjac_report_j_rows *like,
                        tjac_err *err) TJAC_MUST_USE;

/* The same row by row: sets `rows` to a place of its layout (`pair` is made anew), to the next
 * place in the order of j.csv (false: there is none), and writes one KD, numbers of this place's
 * estimand: J[n_columns], se[n_columns], active[n_targets], kd a position among the KDs of its
 * cells. */
void tjac_report_j_header(FILE *file);
tjac_code tjac_report_j_place(tjac_report_j_rows *rows, const tjac_report_place *at,
                              tjac_err *err) TJAC_MUST_USE;
bool tjac_report_j_next(const tjac_layout *layout, tjac_report_place *at);
tjac_code tjac_report_j_kd(FILE *file, const tjac_report_j_rows *rows,
                           const tjac_engine_kd *numbers, tjac_err *err) TJAC_MUST_USE;

/* About how many bytes j.csv will have. */
double tjac_report_j_bytes(const tjac_layout *layout, tjac_err *err);

/* null_pairs.csv: every draw of every panel. */
void tjac_report_null_pairs(FILE *file, const tjac_layout *layout, const char *run);

/* One row a KD of each panel of a model, cell type and estimand. */
void tjac_report_kd_scores(FILE *file, const tjac_stats *stats, const char *run);

/* One row a block of each of these KDs. */
void tjac_report_blocks(FILE *file, const tjac_stats *stats, const char *run);

/* One row a panel of a model, cell type and estimand, and reference group. */
void tjac_report_panel_stats(FILE *file, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run);

/* One row a panel's KDs on a panel's genes. */
void tjac_report_panel_matrix(FILE *file, const tjac_stats *stats, const char *run);

/* One row two models, or a model and an external, over all and over pathway KDs. */
void tjac_report_concordance(FILE *file, const tjac_stats *stats, const tjac_config_stats *options,
                             const char *run);

/* Aligned columns; cell type and estimand only where there are several. The reason stands under its
 * row. */
void tjac_report_verdicts(FILE *file, const tjac_stats *stats);

/* ---- run.json ---- */

/* A table and the SHA-256 of its content. */
typedef struct {
    const char *name, *sha256;
} tjac_report_table;

/* What run.json says of the run as a whole. Borrowed. */
typedef struct {
    int argc;
    char **argv;
    const char *label, *hash; /* what the column `run` says; of the plan */
    const char *shard;        /* "2/7", or NULL */
    const char *machine;      /* device, processor and LibTorch */
    const char *device;
    size_t threads;           /* workers on the CPU */
    const char *threads_from; /* why so many */
    const char *full;         /* path of the full Jacobian, or NULL */
    size_t kds, kds_before; /* of all models and cells; those that were there when the run began */
    double seconds_open, seconds_load, seconds_engine, seconds_stats, seconds_all;
    const tjac_names *warnings;
    const tjac_report_table *table;
    size_t n_tables;
    tjac_hashing *hashing; /* of the files that were read */
} tjac_report_facts;

/* run.json; waits for facts->hashing. A file that cannot be hashed: TJAC_EFAIL. */
tjac_code tjac_report_run_json(FILE *file, const tjac_config *config, const tjac_run *run,
                               const tjac_report_facts *facts, tjac_err *err) TJAC_MUST_USE;

/* An earlier run.json as a tree in `doc`, to be changed and written again. */
tjac_code tjac_report_read_json(const char *path, tjac_doc *doc, tjac_value **out,
                                tjac_err *err) TJAC_MUST_USE;

/* Text under a key of it; NULL: not there, no text. Borrowed. */
const char *tjac_report_json_text(const tjac_value *run_json, const char *key);

/* Replaces the hashes of these tables; others stay. */
tjac_code tjac_report_put_tables(tjac_doc *doc, tjac_value *run_json,
                                 const tjac_report_table *table, size_t n,
                                 tjac_err *err) TJAC_MUST_USE;

/* A part of a run and its run.json. */
typedef struct {
    const char *dir;
    const tjac_value *run_json;
} tjac_report_part;

/* What is said of the whole instead. label NULL: the parts'. */
typedef struct {
    const char *label, *out;
    size_t kds;
    const tjac_names *warnings;
} tjac_report_whole;

/* Makes the first part's run.json, in `doc`, the whole's: no part, its tables, warnings of all, and
 * "parts" with what is each one's own: folder, part, command, machine, device, threads, seconds,
 * memory. */
tjac_code tjac_report_merge_json(tjac_doc *doc, const tjac_report_part *part, size_t n,
                                 const tjac_report_whole *whole, tjac_err *err) TJAC_MUST_USE;

tjac_code tjac_report_print_json(FILE *file, const tjac_value *run_json,
                                 tjac_err *err) TJAC_MUST_USE;

#endif
