/* crc.h: CRC-32 (zlib's), to tell numbers that are there from those that were never written. */
#ifndef TJAC_CRC_H
#define TJAC_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Of what gave `crc` (0: nothing) and `bytes` after it. */
uint32_t tjac_crc32(uint32_t crc, const void *bytes, size_t n);

/* "1.2.13" of the library that is running. */
const char *tjac_crc_version(void);

#endif
