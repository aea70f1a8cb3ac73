/* text.h: growing text. */
#ifndef TJAC_TEXT_H
#define TJAC_TEXT_H

#include <stddef.h>
#include "base/err.h"

/* Text built from pieces. Zero-initialised; text is NULL while nothing was added.
 * A failed append (memory) leaves `failed` set and keeps what was there. */
typedef struct {
    char *text; /* owned, NUL-terminated */
    size_t n, cap;
    int failed;
} tjac_text;

void tjac_text_add(tjac_text *t, const char *fmt, ...) TJAC_PRINTF(2, 3);
void tjac_text_free(tjac_text *t);

/* Appends the bytes of a file of at most `most` (0: any number). A file that cannot be read, or is
 * larger, is TJAC_EUSAGE. */
tjac_code tjac_text_read(tjac_text *t, const char *path, size_t most, tjac_err *err) TJAC_MUST_USE;

#endif
