/* config_source.h: where a value of the config comes from, the file or the command line: who is
 * told when it is wrong, and what its relative paths are relative to. Private to the config stage.
 */
#ifndef TJAC_CONFIG_SOURCE_H
#define TJAC_CONFIG_SOURCE_H

#include "config/config.h"

typedef struct {
    const char *what; /* the file, for messages */
    char *dir;        /* its folder, absolute, owned; the working folder where it has none */
    const tjac_setting *setting;
    size_t n_settings;
} tjac_config_source;

/* The key of a setting, "panels[0].kds" (n bytes), and the text after it. Without a key it is
 * TJAC_EUSAGE. */
tjac_code tjac_setting_split(const tjac_setting *setting, const char **key, size_t *n,
                             const char **value, tjac_err *err);

/* How a setting was said, "--set stats.alpha=2", "--engine fast", cut where it is long. */
void tjac_setting_say(const tjac_setting *setting, tjac_text *text);

/* The last setting of PATH+KEY, of something that it stands in, or of something in it; NULL: it is
 * the file's or a default. */
const tjac_setting *tjac_setting_of(const tjac_config_source *from, const char *path,
                                    const char *key);

/* What a setting of exactly this key says, as it was typed, or NULL. */
const char *tjac_setting_typed(const tjac_config_source *from, const char *path, const char *key);

/* TJAC_EUSAGE "WHERE: ...": the setting of the key, or the file. */
tjac_code tjac_config_refuse(const tjac_config_source *from, const char *path, const char *key,
                             tjac_err *err, const char *fmt, ...) TJAC_PRINTF(5, 6);

/* The texts of "[A, B]", in JSON's quotes or without; NULL: `typed` is no such list. Without quotes
 * a text ends at a comma, and blanks around it are not its own. */
tjac_value *tjac_config_split(tjac_doc *doc, const char *typed, tjac_err *err);

/* The folder of the file at `path`, absolute, or the working folder where it is "-" or no regular
 * file. NULL on failure. */
char *tjac_config_folder(const char *path, tjac_err *err);

#endif
