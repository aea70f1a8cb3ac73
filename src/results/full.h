/* full.h: the file of the full Jacobian (jacobian.full): every regulator by every target.
 *
 * An HDF5 file that holds
 *     J          float32 [model, KD, target, regulator], J[m,k,j,i] = dE[Y_j]/dX_i
 *     model, kd, target, regulator    the names along each dimension, UTF-8 strings
 * J's attributes are `dimensions` (the four names above, joined by commas), `estimand`,
 * `cell_type` and `meaning`. What was never written reads as NaN, so that nothing that is missing
 * looks like 0. J is stored in chunks of up to 64 targets and 1 MiB of one model and KD, not
 * compressed: the low bits are noise. In memory are one chunk and
 * HDF5's index of the chunks.
 *
 * As in output.h the file stands under a temporary name in its folder (made when it is not there)
 * until tjac_full_commit. HDF5 is used from one thread at a time: that is the caller's duty.
 */
#ifndef TJAC_FULL_H
#define TJAC_FULL_H

#include "results/run.h"

typedef struct tjac_full tjac_full;

/* The names of one axis; borrowed for the call. At least one. */
typedef struct {
    const char *const *name;
    size_t n;
} tjac_full_axis;

typedef struct {
    tjac_full_axis model, kd, target, regulator;
    const char *cell_type, *estimand;
} tjac_full_spec;

/* Rows [first, first + n) of the targets of one model and KD, all as positions on their axes. */
typedef struct {
    size_t model, kd, first, n;
} tjac_full_block;

/* "-" is TJAC_EUSAGE (HDF5 cannot be streamed); a folder or file that cannot be written, or an
 * axis without names, is TJAC_EFAIL. */
tjac_code tjac_full_open(const char *path, const tjac_full_spec *spec, tjac_full **out,
                         tjac_err *err) TJAC_MUST_USE;

/* The same for the models of a run: KDs and genes are the first model's. More than one block of
 * cells is TJAC_EUSAGE, models that differ in genes or KDs are TJAC_EINPUT. */
tjac_code tjac_full_check(const tjac_run *run, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_full_open_run(const char *path, const tjac_run *run, tjac_full **out,
                             tjac_err *err) TJAC_MUST_USE;

/* Writes J[n][regulators], rounded to float32. In any order; fastest when the rows of one model
 * and KD come one after the other. A block beyond an axis, or a failed write, is TJAC_EFAIL. */
tjac_code tjac_full_write(tjac_full *full, const tjac_full_block *block, const double *J,
                          tjac_err *err) TJAC_MUST_USE;

/* Writes out what is buffered, syncs, and gives the file its final name. Frees `full` in any case;
 * on failure (TJAC_EFAIL) nothing is left. */
tjac_code tjac_full_commit(tjac_full *full, tjac_err *err) TJAC_MUST_USE;

/* Removes the temporary file; NULL-safe. */
void tjac_full_discard(tjac_full *full);

#endif
