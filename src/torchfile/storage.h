/* storage.h: the numbers of tensors in a file, and float32. Private to the model stage. */
#ifndef TJAC_STORAGE_H
#define TJAC_STORAGE_H

#include <stddef.h>
#include "base/value.h"

/* Bytes of an element. */
size_t tjac_storage_item_size(tjac_dtype dtype);

/* IEEE binary16, exactly. */
float tjac_storage_half(uint16_t bits);

/* n little-endian elements at `bytes` (any alignment) to out[n], rounded to nearest. */
void tjac_storage_convert(tjac_dtype dtype, const unsigned char *bytes, size_t n, float *out);

#endif
