/* text.h: growing text. */
#ifndef TJAC_TEXT_H
#define TJAC_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* Text built from pieces. Zero-initialised; text is NULL while nothing was added.
 * A failed append (memory) leaves `failed` set and keeps what was there. */
typedef struct {
    char *text; /* owned, NUL-terminated */
    size_t n, cap;
    int failed;
} tjac_text;

void tjac_text_add(tjac_text *t, const char *fmt, ...) TJAC_PRINTF(2, 3);
void tjac_text_addv(tjac_text *t, const char *fmt, va_list args) TJAC_PRINTF(2, 0);
void tjac_text_free(tjac_text *t);

/* Reads a file ("-" is standard input) of at most `most` bytes (0: any number) into an empty text,
 * unpacked where gzip packed it (by its first bytes, whatever its name), then of at most `most` too
 * (0: 2 GB). A file that cannot be read, or is larger, is TJAC_EUSAGE; damaged gzip, and what is no
 * text by its first bytes (magic.h), TJAC_EINPUT. An empty file is an empty text. */
tjac_code tjac_text_read(tjac_text *t, const char *path, size_t most, tjac_err *err) TJAC_MUST_USE;

/* The same; whatever is wrong with the file is `code`. */
tjac_code tjac_text_read_as(tjac_text *t, const char *path, size_t most, tjac_code code,
                            tjac_err *err) TJAC_MUST_USE;

/* The character at s (not its end) and its bytes; one that is no UTF-8 is U+FFFD, of one byte. */
size_t tjac_text_next(const char *s, uint32_t *character);

/* What speaks to a terminal and shows nothing: control characters, line and paragraph ends, those
 * that turn the direction of text. */
bool tjac_text_is_control(uint32_t character);

/* Whether one of them is in a text. */
bool tjac_text_has_control(const char *s);

#endif
