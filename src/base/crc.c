#include "base/crc.h"

#include <zlib.h>

uint32_t tjac_crc32(uint32_t crc, const void *bytes, size_t n)
{
    return (uint32_t)crc32_z(crc, bytes, n);
}

const char *tjac_crc_version(void)
{
    return zlibVersion();
}
