/* yaml.h: a YAML file into a tjac_value (libyaml behind one door). */
#ifndef TJAC_YAML_H
#define TJAC_YAML_H

#include "base/value.h"

/* Reads the first document of a YAML 1.1 file: mappings, sequences, scalars resolved as PyYAML's
 * safe loader does (null ~ true/false/yes/no/on/off ints floats; quoted scalars stay strings),
 * anchors and aliases, with a limit on depth and on the number of nodes. Tags other than the
 * standard ones, duplicate keys, malformed text: TJAC_EINPUT with file, line and column. A file
 * that cannot be opened: TJAC_EINPUT. */
tjac_code tjac_yaml_read(tjac_doc *doc, const char *path, tjac_value **out,
                         tjac_err *err) TJAC_MUST_USE;

/* The version of libyaml (static). */
const char *tjac_yaml_version(void);

#endif
