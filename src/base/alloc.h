/* alloc.h: memory that says so when there is none. */
#ifndef TJAC_ALLOC_H
#define TJAC_ALLOC_H

#include "base/err.h"

/* n zeroed elements of `size` bytes; NULL and TJAC_EFAIL when n * size overflows or memory is out.
 * n == 0 gives a valid pointer. Freed with free(). */
void *tjac_alloc(size_t n, size_t size, tjac_err *err);

/* Bytes of the process that are resident, after freed ones are given back to the system, and bytes
 * that the machine could still give; 0: unknown. */
double tjac_memory_resident(void);
double tjac_memory_available(void);

/* n numbers that are not known yet: NaN each. */
double *tjac_alloc_nan(size_t n, tjac_err *err);

/* n positions that are not known yet: SIZE_MAX each. */
size_t *tjac_alloc_unknown(size_t n, tjac_err *err);

/* Grows *array (elements of `size` bytes, capacity *cap) so that it holds at least `need`;
 * new elements are zeroed. On failure *array is still valid and still owned by the caller. */
tjac_code tjac_grow(void **array, size_t *cap, size_t need, size_t size, tjac_err *err);

/* A copy of s (n bytes, NUL added); NULL and TJAC_EFAIL when memory is out. */
char *tjac_strndup(const char *s, size_t n, tjac_err *err);
char *tjac_strdup(const char *s, tjac_err *err);

/* "DIR/NAME" (NAME alone when it is absolute or DIR is empty or NULL), owned by the caller. */
char *tjac_path_join(const char *dir, const char *name, tjac_err *err);

/* The folder that a path names before its last slash, "." where it names none; owned by the
 * caller. */
char *tjac_path_folder(const char *path, tjac_err *err);

#endif
