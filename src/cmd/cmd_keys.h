/* cmd_keys.h: tjac help config [KEY]: what the config can say. */
#ifndef TJAC_CMD_KEYS_H
#define TJAC_CMD_KEYS_H

#include "base/err.h"

/* Prints every key of the config, or (NULL: all) a section ("stats"), a key ("stats.alpha",
 * "panels[0].kds") or the keys of a name ("seed"). One that there is not is TJAC_EUSAGE with the
 * nearest. */
tjac_code cmd_print_keys(const char *key, tjac_err *err);

#endif
