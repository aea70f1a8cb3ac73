/* place.h: HDF5 files whose arrays are filled and read where they stand: what the results file and
 * the full Jacobian share. Numbers are little-endian, as is every machine that tjac runs on. */
#ifndef TJAC_PLACE_H
#define TJAC_PLACE_H

#include "base/h5.h"

/* Makes a file with what `write` puts into it, under a temporary name first, its room reserved on
 * the disk; what stands under the name is replaced. TJAC_EFAIL: cannot be written, disk full. */
tjac_code tjac_place_make(const char *path,
                          tjac_code (*write)(const void *self, tjac_h5_writer *writer,
                                             tjac_err *err),
                          const void *self, tjac_err *err) TJAC_MUST_USE;

/* Opens such a file with HDF5, and for tjac_place_read. Not there: TJAC_EUSAGE; not HDF5:
 * TJAC_EINPUT. */
tjac_code tjac_place_open(const char *path, tjac_h5 **h5, int *fd, tjac_err *err) TJAC_MUST_USE;

/* An array as it is expected: all dimensions but the first as one. */
typedef struct {
    tjac_h5_number number;
    size_t rank, rows, columns;
} tjac_place_spec;

/* *at: its first byte in the file. Another shape or type: TJAC_EINPUT. */
tjac_code tjac_place_find(const tjac_h5 *h5, const char *dataset, const tjac_place_spec *spec,
                          uint64_t *at, tjac_err *err) TJAC_MUST_USE;

/* n bytes from `at`; fewer there are TJAC_EFAIL. */
tjac_code tjac_place_read(const char *path, int fd, uint64_t at, void *out, size_t n,
                          tjac_err *err) TJAC_MUST_USE;

#endif
