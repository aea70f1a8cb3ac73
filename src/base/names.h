/* names.h: ordered lists of names (genes, KDs, cells, batches) with look-up by name. */
#ifndef TJAC_NAMES_H
#define TJAC_NAMES_H

#include <stdint.h>
#include "base/index.h"
#include "base/text.h"

/* Zero-initialised: an empty list. Grown by the functions below alone, released by
 * tjac_names_free. Looking up is for any number of threads at once, as long as none adds. */
typedef struct {
    char **name; /* [n], owned, UTF-8, in the order in which they were added */
    size_t n, cap;
    size_t twice;     /* position of the first name that stands before it already; 0: of none */
    tjac_index index; /* names that stand there twice: the first one */
} tjac_names;

/* Appends a copy of `name` (n bytes), also when it is there. On failure (TJAC_EFAIL) the list is
 * as it was. */
tjac_code tjac_names_add(tjac_names *names, const char *name, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_names_addn(tjac_names *names, const char *name, size_t n,
                          tjac_err *err) TJAC_MUST_USE;

/* Appends what a text holds, nothing where it is empty, and frees the text. One that was cut short
 * for lack of memory is TJAC_EFAIL, not a shorter name. */
tjac_code tjac_names_take(tjac_names *names, tjac_text *text, tjac_err *err) TJAC_MUST_USE;

/* *at: the position of `name`, which is appended where it is not there. */
tjac_code tjac_names_put(tjac_names *names, const char *name, size_t *at,
                         tjac_err *err) TJAC_MUST_USE;

/* Appends to out, each once, the names that stand there more than once. */
tjac_code tjac_names_doubled(const tjac_names *names, tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* Position of `name`, or -1. Among duplicates the first one. */
int64_t tjac_names_find(const tjac_names *names, const char *name);

/* The name at the smallest edit distance (case folded) if it is near enough to be meant
 * (distance <= 1 + length/4), else NULL. Borrowed. */
const char *tjac_names_nearest(const tjac_names *names, const char *name);

/* Edit distance (insert, delete, replace, swap of neighbours), letters' case folded. */
size_t tjac_edit_distance(const char *a, const char *b);

/* Adds "; did you mean 'x'? WHAT: a, b, ... (12 in all)", the question only where a name is near
 * enough to `wanted`, at most `most` names. */
void tjac_text_add_choices(tjac_text *text, const char *wanted, const char *what,
                           const tjac_names *names, size_t most);

void tjac_names_free(tjac_names *names);

#endif
