#include "config/config_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "base/names.h"
#include "base/text.h"
#include "config/schema.h"

/* ---- --set ---- */

/* A setting on its way into the tree. */
typedef struct {
    tjac_doc *doc;
    const tjac_setting *setting;
    tjac_err *err;
} setter;

static tjac_code refuse(const setter *s, const char *fmt, ...) TJAC_PRINTF(2, 3);
static tjac_code refuse(const setter *s, const char *fmt, ...)
{
    char why[512];
    tjac_text said = {0};
    va_list args;
    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    tjac_setting_say(s->setting, &said);
    tjac_err_set(s->err, TJAC_EUSAGE, "%s: %s", said.text ? said.text : "--set", why);
    tjac_text_free(&said);
    return s->err->code;
}

/* The element of a list at "3" (n bytes). */
static tjac_value **step_list(const setter *s, tjac_value *node, const char *word, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        if (word[i] < '0' || word[i] > '9' || at > 100000000)
            at = SIZE_MAX / 16;
        else
            at = at * 10 + (size_t)(word[i] - '0');
    if (node->kind != TJAC_V_LIST)
        refuse(s, "there is no element [%.*s] in %s", (int)n, word, tjac_value_kind_name(node));
    else if (n == 0 || at >= node->u.list.n)
        refuse(s, "[%.*s] is no position in a list of %zu; count from 0", (int)n, word,
               node->u.list.n);
    return s->err->code ? NULL : &node->u.list.item[at];
}

/* What an object has under `word` (n bytes), made if it is not there. */
static tjac_value **step_key(const setter *s, tjac_value *node, const char *word, size_t n)
{
    if (node->kind == TJAC_V_LIST && n && strspn(word, "0123456789") >= n) {
        refuse(s, "elements of a list are written [%.*s], as in panels[0].kds", (int)n, word);
        return NULL;
    }
    if (node->kind != TJAC_V_DICT || n == 0) {
        refuse(s, "there is nothing named '%.*s' inside %s", (int)n, word,
               tjac_value_kind_name(node));
        return NULL;
    }
    char *key = tjac_strndup(word, n, s->err);
    if (!key)
        return NULL;
    if (!tjac_value_get(node, key))
        tjac_value_put(s->doc, node, key, tjac_value_dict(s->doc, s->err), s->err);
    tjac_value **found = NULL;
    for (size_t i = 0; !s->err->code && i < node->u.dict.n; i++)
        if (strcmp(node->u.dict.entry[i].key->u.str.s, key) == 0)
            found = &node->u.dict.entry[i].value;
    free(key);
    return found;
}

/* Where a key (n bytes), "panels[0].kds", leads. NULL on failure. */
static tjac_value **find_place(const setter *s, tjac_value **root, const char *key, size_t n)
{
    tjac_value **at = root;
    for (size_t i = 0; at && i < n;) {
        bool element = key[i] == '[';
        size_t start = i + (element || (i > 0 && key[i] == '.'));
        size_t end = start;
        while (end < n && !strchr(element ? "]" : ".[", key[end]))
            end++;
        if ((element && end == n) || (i == 0 && element) || (i > 0 && !element && key[i] != '.')) {
            refuse(s, "'%.*s' is no key, expected one such as panels[0].kds", (int)n, key);
            return NULL;
        }
        at = element ? step_list(s, *at, key + start, end - start)
                     : step_key(s, *at, key + start, end - start);
        i = end + element;
    }
    return at;
}

/* JSON where it is JSON, else a text: what begins like an object was meant as JSON. */
static tjac_value *setting_value(const setter *s, const char *text)
{
    tjac_err bad = {0};
    tjac_value *v = NULL;
    if (tjac_json_parse(s->doc, text, strlen(text), "the value", &v, &bad)) {
        v = NULL;
        if (bad.code != TJAC_EUSAGE)
            tjac_err_memory(s->err, "out of memory");
        else if (*text == '{' || strncmp(text, "[{", 2) == 0)
            refuse(s, "%s", tjac_err_message(&bad));
        else
            v = tjac_value_string(s->doc, text, strlen(text), s->err);
    }
    tjac_err_clear(&bad);
    return v;
}

tjac_code tjac_config_set(tjac_doc *doc, tjac_value *tree, const tjac_setting *setting,
                          tjac_err *err)
{
    const setter s = {doc, setting, err};
    const char *key = NULL, *value = NULL;
    size_t n = 0;
    if (tjac_setting_split(setting, &key, &n, &value, err))
        return err->code;
    if (!tjac_utf8_valid(value, strlen(value)))
        return refuse(&s, "the value is not UTF-8");
    tjac_value **at = find_place(&s, &tree, key, n), *v = at ? setting_value(&s, value) : NULL;
    if (v)
        *at = v;
    return err->code;
}

/* ---- merge ---- */

/* Keys of earlier versions, and what replaced them. */
static const struct {
    const char *path, *key, *instead;
} gone[] = {{"null.", "pairs", "null.blocks: rows and columns of genes of like expression"},
            {"null.", "match", "null.blocks, whose rows and columns are matched on both sides"}};

static tjac_code unknown_key(const tjac_value *known, const char *key, const char *path,
                             const tjac_config_source *from, tjac_err *err)
{
    tjac_names names = {0};
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (strcmp(path, gone[i].path) == 0 && strcmp(key, gone[i].key) == 0)
            return tjac_config_refuse(from, path, key, err, "'%s%s' is gone; give %s", path, key,
                                      gone[i].instead);
    for (size_t i = 0; i < known->u.dict.n; i++)
        if (tjac_names_add(&names, known->u.dict.entry[i].key->u.str.s, err))
            goto done;
    const char *near = tjac_names_nearest(&names, key);
    tjac_text list = {0};
    for (size_t i = 0; i < names.n; i++)
        tjac_text_add(&list, "%s%s", i ? ", " : "", names.name[i]);
    if (near)
        tjac_config_refuse(from, path, key, err, "unknown key '%s%s'; did you mean '%s%s'?", path,
                           key, path, near);
    else
        tjac_config_refuse(from, path, key, err, "unknown key '%s%s'; known there: %s", path, key,
                           list.text ? list.text : "");
    tjac_text_free(&list);
done:
    tjac_names_free(&names);
    return err->code;
}

static tjac_value *merge(tjac_doc *doc, const tjac_value *known, tjac_value *user, const char *path,
                         const tjac_config_source *from, tjac_err *err);

/* Elements of "models" and "panels": each merged over the one pattern. */
static tjac_value *merge_list(tjac_doc *doc, const tjac_value *pattern, tjac_value *user,
                              const char *path, const tjac_config_source *from, tjac_err *err)
{
    tjac_value *out = tjac_value_list(doc, err);
    for (size_t i = 0; !err->code && i < user->u.list.n; i++) {
        tjac_text sub = {0};
        tjac_text_add(&sub, "%.*s[%zu].", (int)strlen(path) - 1, path, i);
        tjac_value_push(
            doc, out,
            merge(doc, pattern, user->u.list.item[i], sub.text ? sub.text : "", from, err), err);
        tjac_text_free(&sub);
    }
    return err->code ? NULL : out;
}

static tjac_value *merge_one(tjac_doc *doc, const tjac_value *known, tjac_value *user,
                             const char *key, const char *path, const tjac_config_source *from,
                             tjac_err *err)
{
    bool objects =
        known->kind == TJAC_V_LIST && known->u.list.n && known->u.list.item[0]->kind == TJAC_V_DICT;
    tjac_value *out = NULL;
    tjac_text sub = {0};
    tjac_text_add(&sub, "%s%s.", path, key);
    const char *prefix = sub.text ? sub.text : "";
    if (known->kind == TJAC_V_DICT)
        out = merge(doc, known, user, prefix, from, err);
    else if (!objects)
        out = user;
    else if (user->kind == TJAC_V_LIST)
        out = merge_list(doc, known->u.list.item[0], user, prefix, from, err);
    else
        tjac_config_refuse(from, path, key, err, "'%s%s' is %s, expected a list", path, key,
                           tjac_value_kind_name(user));
    tjac_text_free(&sub);
    return out;
}

static tjac_value *merge(tjac_doc *doc, const tjac_value *known, tjac_value *user, const char *path,
                         const tjac_config_source *from, tjac_err *err)
{
    tjac_value *out = tjac_value_dict(doc, err);
    if (user && user->kind != TJAC_V_DICT) {
        tjac_config_refuse(from, path, "", err, "%.*s is %s, expected an object",
                           *path ? (int)strlen(path) - 1 : 10, *path ? path : "the config",
                           tjac_value_kind_name(user));
        return NULL;
    }
    for (size_t i = 0; user && i < user->u.dict.n; i++) {
        const char *key = user->u.dict.entry[i].key->u.str.s;
        if (!tjac_value_get(known, key)) {
            unknown_key(known, key, path, from, err);
            return NULL;
        }
    }
    for (size_t i = 0; !err->code && i < known->u.dict.n; i++) {
        const tjac_entry *e = &known->u.dict.entry[i];
        const char *key = e->key->u.str.s;
        tjac_value *given = (tjac_value *)(uintptr_t)tjac_value_get(user, key);
        bool needed = e->value->kind == TJAC_V_LIST && e->value->u.list.n && *path == '\0' &&
                      e->value->u.list.item[0]->kind == TJAC_V_DICT;
        tjac_value *v;
        if (given)
            v = merge_one(doc, e->value, given, key, path, from, err);
        else
            v = needed ? tjac_value_list(doc, err) : e->value;
        tjac_value_put(doc, out, key, v, err);
    }
    return err->code ? NULL : out;
}

tjac_code tjac_config_merge(tjac_doc *doc, const tjac_value *user, const tjac_config_source *from,
                            tjac_value **out, tjac_err *err)
{
    tjac_value *known;
    if (tjac_schema_defaults(doc, &known, err))
        return err->code;
    *out = merge(doc, known, (tjac_value *)(uintptr_t)user, "", from, err);
    return err->code;
}
