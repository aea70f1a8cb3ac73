/* output.h: files that appear whole or not at all.
 *
 * A file is written under a temporary name in its folder (folder.h), which tjac_output_finish
 * completes and tjac_output_commit gives its name; until then what stands under that name is as it
 * was. tjac_output_discard removes what was not committed; so does every failure. "-" is standard
 * output, written through.
 *
 * What cannot be written is TJAC_EFAIL with the final path and the system's reason, a full disk, a
 * limit on the size of files and a closed pipe alike: main.c ignores the signals of the last two.
 */
#ifndef TJAC_OUTPUT_H
#define TJAC_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>
#include "base/err.h"

typedef struct {
    FILE *file;             /* write here; NULL when finished */
    char *path, *temporary; /* owned; temporary: NULL for "-" */
    char sha256[65];        /* of its content, once finished; "" for "-" */
} tjac_output;

/* Makes the folder of `path` when it is not there (parents too). An empty path is TJAC_EUSAGE. */
tjac_code tjac_output_open(const char *path, tjac_output *out, tjac_err *err) TJAC_MUST_USE;

/* All is on the disk, hashed and closed, and takes no more. Nothing to do when that was done. */
tjac_code tjac_output_finish(tjac_output *out, tjac_err *err) TJAC_MUST_USE;

/* Finishes it where that was not done, gives it its name and syncs the folder. */
tjac_code tjac_output_commit(tjac_output *out, tjac_err *err) TJAC_MUST_USE;

void tjac_output_discard(tjac_output *out);

/* Hands what was written to the system, and says whether all that was ever written to `file` has
 * gone there. `path` is for the message; "-" is standard output. */
tjac_code tjac_output_flush(FILE *file, const char *path, tjac_err *err) TJAC_MUST_USE;

/* Whether two paths lead to the same file, links followed; neither need be there. */
tjac_code tjac_output_same(const char *a, const char *b, bool *same, tjac_err *err) TJAC_MUST_USE;

/* One CSV field (RFC 4180: quoted where needed), without the comma. */
void tjac_output_field(FILE *file, const char *text);

/* The shortest text that reads back the same double; "NA" when it is not finite. buf[32]. */
const char *tjac_output_number(double v, char *buf);

#endif
