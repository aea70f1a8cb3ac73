/* schema.h: configs/tjac.schema.json, which is built into the program: of every key of the config
 * what it means, its kind, its default and an example. */
#ifndef TJAC_SCHEMA_H
#define TJAC_SCHEMA_H

#include "base/value.h"

/* The schema, of the document. */
tjac_code tjac_schema_read(tjac_doc *doc, const tjac_value **out, tjac_err *err) TJAC_MUST_USE;

/* A config of every key with its default, in the schema's order; null where the user must say it.
 * "models" and "panels" hold one element, the pattern of each. */
tjac_code tjac_schema_defaults(tjac_doc *doc, tjac_value **out, tjac_err *err) TJAC_MUST_USE;

/* The keys inside a property of the schema: those of an object, or of each element of a list of
 * objects, when *list becomes true. NULL: it is a plain value. */
const tjac_value *tjac_schema_inside(const tjac_value *property, bool *list);

#endif
