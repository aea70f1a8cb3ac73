/* gmt.h: gene sets in GMT: NAME <tab> description <tab> gene <tab> gene ... , one set a line.
 *
 * Tabs only. The file may be compressed with gzip. A BOM and CRs are stripped; lines of blanks and
 * tabs alone, and of '#' without a tab, are skipped. Only the set that is asked for is looked at
 * closely: what is odd about another one is nobody's loss.
 */
#ifndef TJAC_GMT_H
#define TJAC_GMT_H

#include "base/names.h"

typedef struct {
    tjac_names members;  /* each once, in the order of the line */
    char *description;   /* owned, may be "": what stands between name and members */
    size_t line;         /* of the file, counted from 1 */
    tjac_names warnings; /* sentences with file, line and gene: members that are repeated, empty
                          * (but at the line's end) or have a weight ("GENE,1.0"), which is left
                          * out; a set that stands there twice with the same members */
} tjac_gmt_set;

/* Reads one set. A line without a tab or a name, a zero byte, and of the set: no genes, a name with
 * a blank at an end, another set of its name with other members: TJAC_EINPUT with file and line. No
 * such set: TJAC_EMISSING with the nearest name. A file that cannot be read: as tjac_text_read. */
tjac_code tjac_gmt_read(const char *path, const char *set, tjac_gmt_set *out,
                        tjac_err *err) TJAC_MUST_USE;
void tjac_gmt_free(tjac_gmt_set *set);

#endif
