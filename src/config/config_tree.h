/* config_tree.h: the config as a tree: defaults, what the command line sets, strict merge. Private
 * to the config stage. */
#ifndef TJAC_CONFIG_TREE_H
#define TJAC_CONFIG_TREE_H

#include "config/config_source.h"

/* Puts what a setting says into the tree: JSON where it is JSON, else a text; config_take.h makes
 * of it what its key is. */
tjac_code tjac_config_set(tjac_doc *doc, tjac_value *tree, const tjac_setting *setting,
                          tjac_err *err);

/* A new tree: every key of the schema's defaults, the user's values over them. Keys that the
 * defaults do not have are TJAC_EUSAGE with the nearest one. */
tjac_code tjac_config_merge(tjac_doc *doc, const tjac_value *user, const tjac_config_source *from,
                            tjac_value **out, tjac_err *err);

#endif
