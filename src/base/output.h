/* output.h: files that appear whole or not at all.
 *
 * A file is written under a temporary name in its folder, synced and renamed by
 * tjac_output_commit; until then nothing stands under the final name. tjac_output_discard removes
 * what was not committed. "-" is standard output, written through at commit.
 */
#ifndef TJAC_OUTPUT_H
#define TJAC_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include "base/err.h"

typedef struct {
    FILE *file; /* write here; NULL when closed */
    char *path, *temporary;
} tjac_output;

/* Makes the folder of `path` when it is not there (parents too). */
tjac_code tjac_output_open(const char *path, tjac_output *out, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_output_commit(tjac_output *out, tjac_err *err) TJAC_MUST_USE;
void tjac_output_discard(tjac_output *out);

/* Whether two paths lead to the same file, links followed; neither need be there. */
tjac_code tjac_output_same(const char *a, const char *b, bool *same, tjac_err *err) TJAC_MUST_USE;

/* One CSV field (RFC 4180: quoted where needed), without the comma. */
void tjac_output_field(FILE *file, const char *text);

/* The shortest text that reads back the same double; "NA" when it is not finite. buf[32]. */
const char *tjac_output_number(double v, char *buf);

#endif
