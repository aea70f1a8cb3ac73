/* alloc.h: memory that says so when there is none, and growing text. */
#ifndef TJAC_ALLOC_H
#define TJAC_ALLOC_H

#include "base/err.h"

/* n zeroed elements of `size` bytes; NULL and TJAC_EFAIL when n * size overflows or memory is out.
 * n == 0 gives a valid pointer. Freed with free(). */
void *tjac_alloc(size_t n, size_t size, tjac_err *err);

/* Bytes of the process that are resident, and that the machine could still give; 0: unknown. */
double tjac_memory_resident(void);
double tjac_memory_available(void);

/* n positions that are not known yet: SIZE_MAX each. */
size_t *tjac_alloc_unknown(size_t n, tjac_err *err);

/* Grows *array (elements of `size` bytes, capacity *cap) so that it holds at least `need`;
 * new elements are zeroed. On failure *array is still valid and still owned by the caller. */
tjac_code tjac_grow(void **array, size_t *cap, size_t need, size_t size, tjac_err *err);

/* A copy of s (n bytes, NUL added); NULL and TJAC_EFAIL when memory is out. */
char *tjac_strndup(const char *s, size_t n, tjac_err *err);
char *tjac_strdup(const char *s, tjac_err *err);

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

/* "DIR/NAME" (NAME alone when it is absolute or DIR is empty or NULL), owned by the caller. */
char *tjac_path_join(const char *dir, const char *name, tjac_err *err);

#endif
