/* storage.c: see storage.h. */
#include "torchfile/storage.h"

#include <math.h>
#include <string.h>

size_t tjac_storage_item_size(tjac_dtype dtype)
{
    switch (dtype) {
    case TJAC_F64:
    case TJAC_I64:
        return 8;
    case TJAC_F32:
    case TJAC_I32:
        return 4;
    case TJAC_F16:
    case TJAC_BF16:
    case TJAC_I16:
        return 2;
    case TJAC_I8:
    case TJAC_U8:
    case TJAC_B8:
        break;
    }
    return 1;
}

static uint64_t little(const unsigned char *p, int n)
{
    uint64_t x = 0;
    while (n-- > 0)
        x = x << 8 | p[n];
    return x;
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

float tjac_storage_half(uint16_t bits)
{
    uint32_t sign = (uint32_t)(bits >> 15) << 31;
    uint32_t exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    if (exponent == 0x1f)
        return from_bits(sign | 0x7f800000u | fraction << 13);
    if (exponent == 0) /* subnormal: fraction * 2^-24, exact in float32 */
        return copysignf(ldexpf((float)fraction, -24), from_bits(sign | 0x3f800000u));
    return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static float element(tjac_dtype dtype, const unsigned char *p)
{
    double d;
    uint64_t bits;
    switch (dtype) {
    case TJAC_F32:
        return from_bits((uint32_t)little(p, 4));
    case TJAC_F64:
        bits = little(p, 8);
        memcpy(&d, &bits, sizeof d);
        return (float)d;
    case TJAC_F16:
        return tjac_storage_half((uint16_t)little(p, 2));
    case TJAC_BF16:
        return from_bits((uint32_t)little(p, 2) << 16);
    case TJAC_I64:
        return (float)(int64_t)little(p, 8);
    case TJAC_I32:
        return (float)(int32_t)(uint32_t)little(p, 4);
    case TJAC_I16:
        return (float)(int16_t)(uint16_t)little(p, 2);
    case TJAC_I8:
        return (float)(signed char)*p;
    case TJAC_U8:
        return (float)*p;
    case TJAC_B8:
        break;
    }
    return *p != 0 ? 1.0f : 0.0f;
}

void tjac_storage_convert(tjac_dtype dtype, const unsigned char *bytes, size_t n, float *out)
{
    size_t size = tjac_storage_item_size(dtype);
    for (size_t i = 0; i < n; i++)
        out[i] = element(dtype, bytes + i * size);
}
