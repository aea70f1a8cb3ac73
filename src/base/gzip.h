/* gzip.h: what gzip packed, unpacked in memory. */
#ifndef TJAC_GZIP_H
#define TJAC_GZIP_H

#include "base/text.h"

/* Appends to `out` what n bytes of gzip hold: one member or several, zero bytes after them. More
 * than `most` bytes, a member cut short or damaged, anything else between and after members:
 * TJAC_EINPUT, with `path`, from which the bytes are. */
tjac_code tjac_gzip_unpack(const char *path, const void *bytes, size_t n, size_t most,
                           tjac_text *out, tjac_err *err) TJAC_MUST_USE;

#endif
