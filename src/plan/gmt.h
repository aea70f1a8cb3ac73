/* gmt.h: gene sets in GMT: NAME <tab> description <tab> gene <tab> gene ... , one set a line.
 * Tabs only; BOM and CR are stripped, blank lines skipped. */
#ifndef TJAC_GMT_H
#define TJAC_GMT_H

#include "base/names.h"

/* The members of one set, indexed. All lines are checked: fewer than three fields, an empty name, a
 * set's name twice, a line without tabs: TJAC_EINPUT with file and line. A gene twice in the set
 * that is read is taken once and *repeats counts it; empty fields at a line's end are skipped. No
 * such set: TJAC_EMISSING with the nearest name. A file that cannot be read: TJAC_EUSAGE. */
tjac_code tjac_gmt_read(const char *path, const char *set, tjac_names *members, size_t *repeats,
                        tjac_err *err) TJAC_MUST_USE;

#endif
