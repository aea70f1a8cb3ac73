/* config_source.c: see config_source.h. */
#include "config/config_source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"

/* ---- settings ---- */

static const char *key_of(const tjac_setting *s, size_t *n)
{
    const char *key = s->key ? s->key : s->value;
    *n = s->key ? strlen(key) : strcspn(key, "=");
    return key;
}

static const char *value_of(const tjac_setting *s)
{
    const char *equals = s->key ? NULL : strchr(s->value, '=');
    return s->key ? s->value : equals ? equals + 1 : "";
}

tjac_code tjac_setting_split(const tjac_setting *s, const char **key, size_t *n, const char **value,
                             tjac_err *err)
{
    *key = key_of(s, n);
    *value = value_of(s);
    if (*n == 0 || (*key)[*n] != (s->key ? '\0' : '='))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "--%s '%s': expected KEY=VALUE, such as cells.n_sets=8", s->option,
                            s->value);
    return TJAC_OK;
}

void tjac_setting_say(const tjac_setting *s, tjac_text *t)
{
    enum { SHOWN = 60 };
    size_t n = strlen(s->value), cut = n;
    if (n > SHOWN)
        for (cut = SHOWN; cut > 0 && ((unsigned char)s->value[cut] & 0xc0) == 0x80;)
            cut--;
    tjac_text_add(t, "--%s %.*s%s", s->option, (int)cut, s->value, cut < n ? "..." : "");
}

/* Whether the key (n bytes) is PATH+KEY; with `near` also when one stands in the other. */
static bool is_key(const char *setting, size_t n, const char *path, const char *key, bool near)
{
    size_t n_path = strlen(path), n_key = strlen(key), both = n_path + n_key;
    size_t common = n < both ? n : both;
    size_t in_path = common < n_path ? common : n_path;
    if (memcmp(setting, path, in_path) != 0 ||
        memcmp(setting + in_path, key, common - in_path) != 0)
        return false;
    if (n == both)
        return true;
    char next = n > both ? setting[both] : n < n_path ? path[n] : key[n - n_path];
    return near && (next == '.' || next == '[');
}

const tjac_setting *tjac_setting_of(const tjac_config_source *from, const char *path,
                                    const char *key)
{
    for (size_t i = from->n_settings; i > 0; i--) {
        size_t n;
        const char *setting = key_of(&from->setting[i - 1], &n);
        if (is_key(setting, n, path, key, true))
            return &from->setting[i - 1];
    }
    return NULL;
}

const char *tjac_setting_typed(const tjac_config_source *from, const char *path, const char *key)
{
    size_t n;
    const tjac_setting *s = tjac_setting_of(from, path, key);
    const char *setting = s ? key_of(s, &n) : NULL;
    return s && is_key(setting, n, path, key, false) ? value_of(s) : NULL;
}

/* ---- who is told ---- */

tjac_code tjac_config_refuse(const tjac_config_source *from, const char *path, const char *key,
                             tjac_err *err, const char *fmt, ...)
{
    const tjac_setting *s = tjac_setting_of(from, path, key);
    tjac_text where = {0}, why = {0};
    va_list args;
    if (s)
        tjac_setting_say(s, &where);
    else
        tjac_text_add(&where, "'%s'", from->what);
    va_start(args, fmt);
    tjac_text_addv(&why, fmt, args);
    va_end(args);
    tjac_err_set(err, TJAC_EUSAGE, "%s: %s", where.text ? where.text : "the config",
                 why.failed ? "not valid" : why.text);
    tjac_text_free(&why);
    tjac_text_free(&where);
    return err->code;
}

/* ---- lists as they are typed ---- */

/* Bytes of the text that begins at s, of which n are left; 0: it is none. */
static size_t text_length(const char *s, size_t n)
{
    size_t end = 0;
    if (*s == '"') {
        for (end = 1; end < n && s[end] != '"'; end++)
            end += s[end] == '\\';
        return end < n ? end + 1 : 0;
    }
    while (end < n && s[end] != ',')
        if (strchr("[]{}\"", s[end++]))
            return 0; /* something else was meant */
    while (end > 0 && s[end - 1] == ' ')
        end--;
    return end;
}

/* NULL where it is none; an error only for lack of memory. */
static tjac_value *make_text(tjac_doc *doc, const char *s, size_t n, tjac_err *err)
{
    tjac_value *text = NULL;
    tjac_err bad = {0};
    if (*s != '"')
        return tjac_value_string(doc, s, n, err);
    if (tjac_json_parse(doc, s, n, "--set", &text, &bad))
        text = NULL;
    tjac_err_clear(&bad);
    return text;
}

tjac_value *tjac_config_split(tjac_doc *doc, const char *typed, tjac_err *err)
{
    const char *s = typed + strspn(typed, " ");
    size_t n = strlen(s), i = 1;
    tjac_value *list = tjac_value_list(doc, err);
    if (!list || n < 2 || s[0] != '[' || s[n - 1] != ']')
        return NULL;
    n--;
    for (i += strspn(s + i, " "); i < n;) {
        size_t length = text_length(s + i, n - i);
        tjac_value *text = length ? make_text(doc, s + i, length, err) : NULL;
        if (!text || tjac_value_push(doc, list, text, err))
            return NULL;
        i += length;
        i += strspn(s + i, " ");
        if (i == n)
            break;
        if (s[i] != ',')
            return NULL;
        i += 1 + strspn(s + i + 1, " ");
        if (i == n)
            return NULL; /* nothing after a comma */
    }
    return list;
}

/* ---- the folder ---- */

char *tjac_config_folder(const char *path, tjac_err *err)
{
    struct stat st;
    bool file = strcmp(path, "-") != 0;
    if (file && stat(path, &st) != 0) {
        tjac_err_set(err, TJAC_EUSAGE, "cannot read config '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (file && S_ISDIR(st.st_mode)) {
        tjac_err_set(err, TJAC_EUSAGE, "'%s' is a folder, expected the file of a config", path);
        return NULL;
    }
    file = file && S_ISREG(st.st_mode);
    char *real = realpath(file ? path : ".", NULL);
    char *slash = file && real ? strrchr(real, '/') : NULL;
    if (!real)
        tjac_err_set(err, TJAC_EUSAGE, "cannot find the folder of '%s': %s", path, strerror(errno));
    if (slash)
        slash[slash == real] = '\0';
    return real;
}
