/* config_parts.h: parts of the config with files of their own. Private to the config stage. */
#ifndef TJAC_CONFIG_PARTS_H
#define TJAC_CONFIG_PARTS_H

#include "config/config.h"
#include "config/config_take.h"

tjac_code tjac_config_take_panels(const tjac_taker *t, tjac_config *c) TJAC_MUST_USE;
void tjac_config_free_panels(tjac_config *c);

tjac_code tjac_config_take_null(const tjac_taker *t, tjac_config_null *out) TJAC_MUST_USE;
tjac_code tjac_config_take_stats(const tjac_taker *t, tjac_config_stats *out) TJAC_MUST_USE;

#endif
