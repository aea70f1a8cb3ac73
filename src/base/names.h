/* names.h: ordered lists of names (genes, KDs, cells, batches) with look-up by name. */
#ifndef TJAC_NAMES_H
#define TJAC_NAMES_H

#include <stdint.h>
#include "base/text.h"

/* Zero-initialised: an empty list. Released by tjac_names_free. */
typedef struct {
    char **name; /* [n], owned, UTF-8, in the order in which they were added */
    size_t n, cap;
    size_t *sorted; /* [n] order by strcmp; NULL until tjac_names_index */
} tjac_names;

/* Appends a copy of `name` (n bytes). Drops the index. */
tjac_code tjac_names_add(tjac_names *names, const char *name, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_names_addn(tjac_names *names, const char *name, size_t n,
                          tjac_err *err) TJAC_MUST_USE;

/* Where a name stands in a list that grows: *known, when it is not SIZE_MAX; else the name is
 * appended and *known becomes its position. The caller keeps a `known` for each name. */
tjac_code tjac_names_place(tjac_names *names, size_t *known, const char *name, size_t *at,
                           tjac_err *err) TJAC_MUST_USE;

/* Builds the look-up. *duplicate (may be NULL) becomes a name that occurs twice, or NULL. */
tjac_code tjac_names_index(tjac_names *names, const char **duplicate, tjac_err *err) TJAC_MUST_USE;

/* Position of `name`, or -1. Among duplicates the first one. Works without an index, slowly. */
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
