/* config_tree.h: the config as a tree: defaults, --set, strict merge. Private to the config stage.
 */
#ifndef TJAC_CONFIG_TREE_H
#define TJAC_CONFIG_TREE_H

#include "base/value.h"

/* Puts "a.b.0.c=value" into the tree. */
tjac_code tjac_config_set(tjac_doc *doc, tjac_value *tree, const char *setting, tjac_err *err);

/* A new tree: every key of the defaults, the user's values over them. Keys that the defaults do
 * not have are TJAC_EUSAGE with the nearest one. `what` names the file. */
tjac_code tjac_config_merge(tjac_doc *doc, const tjac_value *user, const char *what,
                            tjac_value **out, tjac_err *err);

#endif
