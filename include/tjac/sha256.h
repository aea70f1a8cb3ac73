/* sha256.h: SHA-256 (FIPS 180-4), to name the files and cells that a run has read. */
#ifndef TJAC_SHA256_H
#define TJAC_SHA256_H

#include <stdint.h>
#include "tjac/err.h"

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
} tjac_sha256;

void tjac_sha256_init(tjac_sha256 *h);
void tjac_sha256_add(tjac_sha256 *h, const void *data, size_t n);
/* 64 hexadecimal digits and NUL. */
void tjac_sha256_hex(tjac_sha256 *h, char out[65]);

/* The hash of a whole file. TJAC_EFAIL when it cannot be read. */
tjac_code tjac_sha256_file(const char *path, char out[65], tjac_err *err) TJAC_MUST_USE;

#endif
