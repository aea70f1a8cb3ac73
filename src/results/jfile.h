/* jfile.h: the results file, OUT/j.h5: the one form in which J is kept.
 *
 * It is made with its final size and all that layout.h names before the first pass, and is then
 * filled KD by KD (fill.h) without HDF5: whoever opens it meanwhile finds a valid file, in which
 * `done` says which KDs are there. What reads it here (tables, statistics, resume, merge) reads
 * rows where they stand; the numbers are little-endian, as is every machine that tjac runs on.
 */
#ifndef TJAC_JFILE_H
#define TJAC_JFILE_H

#include "engine/engine.h"
#include "results/fill.h"
#include "results/layout.h"
#include "results/run.h"

/* KDs [first, last) of the plan of one model and block of cells. */
typedef struct {
    size_t first, last;
} tjac_range;

/* The layout of a run. range[]: the KDs of each block of each model, in their order; NULL: all.
 * hash, identity, machine and shard are the caller's to fill in. */
tjac_code tjac_layout_of_run(const tjac_config *config, const tjac_run *run,
                             const tjac_range *range, tjac_layout *out,
                             tjac_err *err) TJAC_MUST_USE;

/* Bytes in the file. */
typedef struct {
    uint64_t done, active, J[TJAC_N_ESTIMANDS], se[TJAC_N_ESTIMANDS];
} tjac_jfile_place;

typedef struct {
    char *path;
    int fd;
    tjac_layout layout;
    tjac_jfile_place **place; /* [n_models][n_cells] */
} tjac_jfile;

/* One KD of the file. */
typedef struct {
    size_t model, cells, kd; /* kd: position among the KDs of the cells */
} tjac_jfile_at;

/* Bytes that the file takes, nearly. */
double tjac_jfile_bytes(const tjac_layout *layout);

/* Makes the file whole, under a temporary name first, with its room reserved on the disk; what
 * stands under the name is replaced. TJAC_EFAIL: cannot be written, disk full. */
tjac_code tjac_jfile_make(const char *path, const tjac_layout *layout, tjac_err *err) TJAC_MUST_USE;

/* No such file: TJAC_EUSAGE. Not tjac's, damaged: TJAC_EINPUT. */
tjac_code tjac_jfile_open(const char *path, tjac_jfile **out, tjac_err *err) TJAC_MUST_USE;
void tjac_jfile_close(tjac_jfile *file);

/* Which KDs of a block are there: done[kds.n], 1 where the mark fits the rows. */
tjac_code tjac_jfile_done(const tjac_jfile *file, size_t model, size_t cells, unsigned char *done,
                          tjac_err *err) TJAC_MUST_USE;

/* TJAC_EINPUT, with the first KD that is not there, unless all are. */
tjac_code tjac_jfile_complete(const tjac_jfile *file, tjac_err *err) TJAC_MUST_USE;

/* One estimand under one KD: J[n_columns], se[n_columns], active[n_targets]; NULL: not wanted.
 * Marks are not looked at. */
tjac_code tjac_jfile_read(const tjac_jfile *file, const tjac_jfile_at *at, size_t estimand,
                          double *J, double *se, double *active, tjac_err *err) TJAC_MUST_USE;

/* Puts a KD's rows and its mark; numbers as in tjac_engine_kd, whose kd is not looked at. */
tjac_code tjac_jfile_put(const tjac_jfile *file, tjac_fill *fill, const tjac_jfile_at *at,
                         const tjac_engine_kd *kd, tjac_err *err) TJAC_MUST_USE;

#endif
