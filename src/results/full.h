/* full.h: the file of the full Jacobian (jacobian.full): every regulator by every target.
 *
 * An HDF5 file, made and filled as the results file is (jfile.h, fill.h), that holds
 *     J          float32 [model, KD, target, regulator], J[m,k,j,i] = dE[Y_j]/dX_i
 *     done       uint32 [model, KD]: CRC-32 of the KD's numbers; 0: not there
 *     model, kd, target, regulator    the names along each dimension, UTF-8 strings
 * J's attributes are `dimensions` (the four names above, joined by commas), `estimand`,
 * `cell_type` and `meaning`; the file's are `format` and `hash`, the plan's. What is not done is
 * not to be read: `done` says so.
 */
#ifndef TJAC_FULL_H
#define TJAC_FULL_H

#include "results/fill.h"
#include "results/run.h"

typedef struct tjac_full tjac_full;

/* More than one block of cells is TJAC_EUSAGE, models that differ in genes or KDs are
 * TJAC_EINPUT. */
tjac_code tjac_full_check(const tjac_run *run, tjac_err *err) TJAC_MUST_USE;

/* Makes the file with its final size; KDs and genes are the first model's. What stands under the
 * name is replaced. */
tjac_code tjac_full_make(const char *path, const tjac_run *run, const char *hash,
                         tjac_err *err) TJAC_MUST_USE;

/* Opens it for filling, as of this run. Not there, of another plan, of something else in HDF5:
 * TJAC_EUSAGE. Damaged, no HDF5, other extents than the plan's: TJAC_EINPUT. */
tjac_code tjac_full_open(const char *path, const tjac_run *run, const char *hash, tjac_full **out,
                         tjac_err *err) TJAC_MUST_USE;

/* done[n_kds]: 1 where the KD's numbers are there and fit their mark. */
tjac_code tjac_full_done(const tjac_full *full, size_t model, unsigned char *done,
                         tjac_err *err) TJAC_MUST_USE;

/* Rows [first, first + n) of the targets of one model and KD, all as positions on their axes. */
typedef struct {
    size_t model, kd, first, n;
} tjac_full_block;

/* Puts J[n][regulators], rounded to float32: the targets of a KD in their order, one KD after the
 * other; with the last ones the KD is done. */
tjac_code tjac_full_put(tjac_full *full, const tjac_full_block *block, const double *J,
                        tjac_err *err) TJAC_MUST_USE;

/* What writes it, to be flushed on the way out; borrowed. */
tjac_fill *tjac_full_fill(tjac_full *full);

/* All is on the disk; frees in any case. */
tjac_code tjac_full_close(tjac_full *full, tjac_err *err) TJAC_MUST_USE;

/* The same where an error is on its way already; NULL-safe. */
void tjac_full_drop(tjac_full *full);

#endif
