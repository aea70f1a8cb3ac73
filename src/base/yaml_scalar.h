/* yaml_scalar.h: what a plain scalar of YAML 1.1 means. Private to yaml.c. */
#ifndef TJAC_YAML_SCALAR_H
#define TJAC_YAML_SCALAR_H

#include "base/value.h"

/* Null, bool, number or string as PyYAML's safe loader resolves an unquoted scalar (whole numbers
 * beyond 64 bits become the nearest FLOAT, dates stay strings). NULL: memory is out. */
tjac_value *tjac_yaml_resolve(tjac_doc *doc, const char *s, size_t n, tjac_err *err);

#endif
