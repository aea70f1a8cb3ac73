/* sha256_x86.h: SHA-256 with the SHA instructions of x86 processors; private to the hash. */
#ifndef TJAC_SHA256_X86_H
#define TJAC_SHA256_X86_H

#include "base/sha256.h"

/* The constants of the rounds (FIPS 180-4, 4.2.2), in sha256.c. */
extern const uint32_t tjac_sha256_k[64];

/* The compression that uses the instructions; NULL where this processor does not have them. */
tjac_sha256_compress *tjac_sha256_x86(void);

#endif
