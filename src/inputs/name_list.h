/* name_list.h: a text file of names, one a line, that a key of the config gives. */
#ifndef TJAC_NAME_LIST_H
#define TJAC_NAME_LIST_H

#include "base/names.h"

/* Appends the names in order. A byte order mark, CR before LF and blank lines at the end are no
 * names; a blank line before a name or a NUL byte is TJAC_EINPUT, a file that cannot be read
 * TJAC_EUSAGE. key: "cells.obs_names"; what: "obs name", for messages. */
tjac_code tjac_name_list_read(const char *path, const char *key, const char *what, tjac_names *out,
                              tjac_err *err) TJAC_MUST_USE;

#endif
