/* h5_parts.h: what the reading files of the door share. HDF5's handles are int64_t here, too. */
#ifndef TJAC_H5_PARTS_H
#define TJAC_H5_PARTS_H

#include "base/h5.h"

enum {
    TJAC_H5_ELSEWHERE = 512, /* bytes of tjac_h5.elsewhere */
    TJAC_H5_STRING = 1 << 16 /* a longer fixed-length string is no name */
};

/* Refuses what HDF5's last call could not do, "cannot VERB 'OBJECT'", and says what it comes from:
 * a link out of the file or to nothing, a newer format, else damage. */
tjac_code h5_fail(const tjac_h5 *file, const char *object, const char *verb, tjac_err *err);

/* The same of a file that HDF5 could not open; `failure` is the errno that H5Fopen left. */
tjac_code h5_fail_open(const tjac_h5 *file, int failure, tjac_err *err);

/* An access list of this class that follows no link into another file. Closed by the caller. */
int64_t h5_access(const tjac_h5 *file, int64_t class);

/* The type that strings are read as, negative on failure. Closed by the caller. */
int64_t h5_text_type(int64_t stored);

/* Length of a fixed-length string without its padding; `pad` is HDF5's H5T_str_t. */
size_t h5_unpadded(const char *s, size_t size, int pad);

#endif
