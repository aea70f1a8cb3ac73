/* magic.h: what stands in place of the file that a reader wants, told by its first bytes. */
#ifndef TJAC_MAGIC_H
#define TJAC_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

enum { TJAC_MAGIC_BYTES = 64 }; /* as many, where the file has them, are enough to tell */

/* "it is a pointer of Git LFS: fetch the file with git lfs pull" and the like: a phrase for the
 * end of a message (static); NULL: nothing that is known here. A reader asks when the bytes are not
 * of its own kind: zip, gzip and HDF5 are told as well. n == 0: "it is empty". */
const char *tjac_magic_says(const void *head, size_t n);

bool tjac_magic_gzip(const void *head, size_t n);

#endif
