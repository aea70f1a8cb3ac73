/* json.h: JSON text to and from a tjac_value (cJSON behind one door). */
#ifndef TJAC_JSON_H
#define TJAC_JSON_H

#include "base/value.h"

/* Parses n bytes of JSON (UTF-8, BOM allowed). Refused (TJAC_EUSAGE, with line and column): syntax
 * errors, text after the value, a key given twice in one object. Whole numbers within +-2^53
 * become INT, others FLOAT. `what` names the text in messages (a file name). */
tjac_code tjac_json_parse(tjac_doc *doc, const char *text, size_t n, const char *what,
                          tjac_value **out, tjac_err *err) TJAC_MUST_USE;

/* Reads a file, "-": standard input; one that cannot be opened is TJAC_EUSAGE. */
tjac_code tjac_json_read(tjac_doc *doc, const char *path, tjac_value **out,
                         tjac_err *err) TJAC_MUST_USE;

/* Indented text, '\n' at the end, freed by the caller with free(). Floats are the shortest text
 * that reads back the same double; NaN and infinities become null. TENSOR, BYTES and OPAQUE are
 * programming errors. */
tjac_code tjac_json_print(const tjac_value *v, char **out, tjac_err *err) TJAC_MUST_USE;

/* The version of cJSON (static). */
const char *tjac_json_version(void);

#endif
