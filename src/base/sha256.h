/* sha256.h: SHA-256 (FIPS 180-4), to name the files and cells that a run has read. */
#ifndef TJAC_SHA256_H
#define TJAC_SHA256_H

#include <stdatomic.h>
#include <stdbool.h>
#include "base/stamp.h"

typedef struct tjac_sha256 tjac_sha256;

/* A hash that nothing was added to yet. TJAC_EFAIL as for all of these: no memory, or an OpenSSL
 * that was set up without SHA-256. */
tjac_code tjac_sha256_make(tjac_sha256 **out, tjac_err *err) TJAC_MUST_USE;

tjac_code tjac_sha256_add(tjac_sha256 *h, const void *data, size_t n, tjac_err *err) TJAC_MUST_USE;

/* 64 hexadecimal digits and NUL, untouched on failure. Ends the hash: it takes no more. */
tjac_code tjac_sha256_hex(tjac_sha256 *h, char out[65], tjac_err *err) TJAC_MUST_USE;

void tjac_sha256_free(tjac_sha256 *h);

/* The same of a whole file. TJAC_EFAIL too when it cannot be read. */
tjac_code tjac_sha256_file(const char *path, char out[65], tjac_err *err) TJAC_MUST_USE;

/* The same of a file that must have this stamp (NULL: any), see stamp.h, from its first byte to its
 * last. Ends early, `out` untouched and no error, within a block of reading after another thread
 * has set `stop`. */
tjac_code tjac_sha256_file_until(const char *path, const tjac_stamp *stamp, atomic_bool *stop,
                                 char out[65], tjac_err *err) TJAC_MUST_USE;

/* Of the OpenSSL that computes it. */
const char *tjac_sha256_version(void);

#endif
