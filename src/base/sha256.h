/* sha256.h: SHA-256 (FIPS 180-4), to name the files and cells that a run has read. */
#ifndef TJAC_SHA256_H
#define TJAC_SHA256_H

#include <stddef.h>
#include <stdint.h>

/* Adds n blocks of 64 bytes to a state. */
typedef void tjac_sha256_compress(uint32_t state[8], const unsigned char *p, size_t n);

typedef struct {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
    tjac_sha256_compress *compress; /* chosen by init */
} tjac_sha256;

/* With the processor's SHA instructions where it has them (about five times as fast). */
void tjac_sha256_init(tjac_sha256 *h);
/* Without them: the reference that tests hold the instructions against. */
void tjac_sha256_init_plain(tjac_sha256 *h);

void tjac_sha256_add(tjac_sha256 *h, const void *data, size_t n);
/* 64 hexadecimal digits and NUL. */
void tjac_sha256_hex(tjac_sha256 *h, char out[65]);

#endif
