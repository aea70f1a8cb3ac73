#include "config/config_take.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"

const tjac_value *tjac_take_value(const tjac_taker *t, const char *key)
{
    return tjac_value_get(t->v, key);
}

tjac_code tjac_take_bad_kind(const tjac_taker *t, const char *key, const char *wanted)
{
    const tjac_value *v = tjac_take_value(t, key);
    bool empty = v->kind == TJAC_V_STRING && v->u.str.n == 0;
    if (v->kind == TJAC_V_FLOAT)
        return tjac_take_refuse(t, key, "'%s%s' is %.10g, expected %s", t->path, key, v->u.f,
                                wanted);
    return tjac_take_refuse(t, key, "'%s%s' is %s, expected %s", t->path, key,
                            empty ? "empty" : tjac_value_kind_name(v), wanted);
}

/* ---- what was typed ---- */

static bool is_scalar(const tjac_value *v)
{
    return v->kind == TJAC_V_BOOL || v->kind == TJAC_V_INT || v->kind == TJAC_V_FLOAT;
}

/* The value of a key that is a text: a number or a flag of the command line is one as it was typed.
 * NULL without memory. */
static const tjac_value *text_value(const tjac_taker *t, const char *key)
{
    const tjac_value *v = tjac_take_value(t, key);
    const char *typed = is_scalar(v) ? tjac_setting_typed(t->from, t->path, key) : NULL;
    if (!typed)
        return v;
    tjac_value *text = tjac_value_string(t->doc, typed, strlen(typed), t->err);
    return tjac_value_put(t->doc, t->v, key, text, t->err) ? NULL : text;
}

/* The same of a key that is a list of texts; with `alone` a word alone is one of one. */
static const tjac_value *list_value(const tjac_taker *t, const char *key, bool alone)
{
    const char *typed = tjac_setting_typed(t->from, t->path, key);
    tjac_value *list = typed ? tjac_config_split(t->doc, typed, t->err) : NULL;
    const tjac_value *v = typed && !list && !t->err->code ? text_value(t, key) : NULL;
    if (alone && v && v->kind == TJAC_V_STRING && v->u.str.n && !strpbrk(v->u.str.s, ",[]") &&
        (list = tjac_value_list(t->doc, t->err)))
        tjac_value_push(t->doc, list, (tjac_value *)(uintptr_t)v, t->err);
    if (list)
        tjac_value_put(t->doc, t->v, key, list, t->err);
    return t->err->code ? NULL : list ? list : text_value(t, key);
}

bool tjac_take_is_list(const tjac_taker *t, const char *key)
{
    const tjac_value *v = list_value(t, key, false);
    return v && v->kind == TJAC_V_LIST;
}

/* ---- one value ---- */

tjac_code tjac_take_string(const tjac_taker *t, const char *key, bool needed, char **out)
{
    const tjac_value *v = text_value(t, key);
    if (!v || (v->kind == TJAC_V_NULL && !needed))
        return t->err->code;
    if (v->kind == TJAC_V_NULL)
        return tjac_take_refuse(t, key, "'%s%s' is needed; see tjac help config", t->path, key);
    if (v->kind != TJAC_V_STRING || v->u.str.n == 0)
        return tjac_take_bad_kind(t, key, needed ? "a string" : "a string or null");
    *out = tjac_strdup(v->u.str.s, t->err);
    return t->err->code;
}

tjac_code tjac_take_name(const tjac_taker *t, const char *key, char **out)
{
    if (tjac_take_string(t, key, true, out))
        return t->err->code;
    if (tjac_text_has_control(*out))
        return tjac_take_refuse(t, key,
                                "'%s%s' is '%s', which has a control character; expected a name "
                                "of one line",
                                t->path, key, *out);
    return TJAC_OK;
}

tjac_code tjac_take_int(const tjac_taker *t, const char *key, bool nullable, int64_t min,
                        int64_t max, int64_t *out)
{
    const tjac_value *v = tjac_take_value(t, key);
    if (v->kind == TJAC_V_NULL && nullable)
        return TJAC_OK;
    if (v->kind != TJAC_V_INT)
        return tjac_take_bad_kind(t, key, nullable ? "a whole number or null" : "a whole number");
    if (v->u.i < min || v->u.i > max)
        return tjac_take_refuse(t, key, "'%s%s' is %lld, expected %lld to %lld", t->path, key,
                                (long long)v->u.i, (long long)min, (long long)max);
    *out = v->u.i;
    return TJAC_OK;
}

tjac_code tjac_take_number(const tjac_taker *t, const char *key, bool nullable, double *out)
{
    const tjac_value *v = tjac_take_value(t, key);
    if (v->kind == TJAC_V_NULL && nullable)
        return TJAC_OK;
    if (v->kind != TJAC_V_INT && v->kind != TJAC_V_FLOAT)
        return tjac_take_bad_kind(t, key, nullable ? "a number or null" : "a number");
    *out = v->kind == TJAC_V_INT ? (double)v->u.i : v->u.f;
    return TJAC_OK;
}

tjac_code tjac_take_word(const tjac_taker *t, const char *key, const char *const *words, int *out)
{
    const tjac_value *v = text_value(t, key);
    tjac_text list = {0};
    for (int i = 0; v && words[i]; i++) {
        if (v->kind == TJAC_V_STRING && strcmp(v->u.str.s, words[i]) == 0) {
            tjac_text_free(&list);
            *out = i;
            return TJAC_OK;
        }
        tjac_text_add(&list, "%s%s", i ? ", " : "", words[i]);
    }
    if (v)
        tjac_take_refuse(t, key, "'%s%s' is %s%s%s, expected one of: %s", t->path, key,
                         v->kind == TJAC_V_STRING ? "'" : "",
                         v->kind == TJAC_V_STRING ? v->u.str.s : tjac_value_kind_name(v),
                         v->kind == TJAC_V_STRING ? "'" : "", list.text ? list.text : "");
    tjac_text_free(&list);
    return t->err->code;
}

/* ---- lists ---- */

/* Element i, a name. */
static tjac_code add_name(const tjac_taker *t, const char *key, const tjac_value *list, size_t i,
                          tjac_names *out)
{
    const tjac_value *item = list->u.list.item[i];
    char element[96];
    snprintf(element, sizeof element, "%s[%zu]", key, i);
    const char *typed = is_scalar(item) ? tjac_setting_typed(t->from, t->path, element) : NULL;
    if (!typed && (item->kind != TJAC_V_STRING || item->u.str.n == 0))
        return tjac_take_refuse(t, key, "'%s%s' is %s, expected a name", t->path, element,
                                item->kind == TJAC_V_STRING ? "empty" : tjac_value_kind_name(item));
    return tjac_names_add(out, typed ? typed : item->u.str.s, t->err);
}

tjac_code tjac_take_names(const tjac_taker *t, const char *key, bool single, tjac_names *out)
{
    const tjac_value *v = list_value(t, key, !single);
    if (!v || (single && v->kind == TJAC_V_NULL))
        return t->err->code;
    if (single && v->kind == TJAC_V_STRING && v->u.str.n)
        return tjac_names_add(out, v->u.str.s, t->err);
    if (v->kind != TJAC_V_LIST)
        return tjac_take_bad_kind(t, key,
                                  single ? "a name, a list of names or null"
                                         : "a list of names, such as [\"A\", \"B\"]");
    for (size_t i = 0; i < v->u.list.n; i++)
        if (add_name(t, key, v, i, out))
            return t->err->code;
    if (out->twice)
        return tjac_take_refuse(t, key, "'%s%s' names '%s' twice", t->path, key,
                                out->name[out->twice]);
    return TJAC_OK;
}

/* ---- paths ---- */

/* `given`, made absolute; checked and freed of links when it must exist. NULL on failure. */
static char *absolute(const tjac_taker *t, const char *key, const char *given, bool exists)
{
    bool typed = tjac_setting_of(t->from, t->path, key) != NULL;
    if (given[0] == '~' && (given[1] == '/' || given[1] == '\0')) {
        tjac_take_refuse(t, key,
                         "'%s%s' is '%s', in which no shell has put your home folder for "
                         "'~'; write it out",
                         t->path, key, given);
        return NULL;
    }
    char *here = typed ? tjac_config_folder("-", t->err) : NULL;
    char *path = t->err->code ? NULL : tjac_path_join(typed ? here : t->from->dir, given, t->err);
    free(here);
    if (!path || !exists)
        return path;
    char *real = access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
    if (!real)
        tjac_take_refuse(t, key, "'%s%s': cannot read '%s': %s", t->path, key, path,
                         strerror(errno));
    free(path);
    return real;
}

tjac_code tjac_take_path(const tjac_taker *t, const char *key, bool needed, bool exists, char **out)
{
    char *given = NULL;
    if (tjac_take_string(t, key, needed, &given) || !given)
        return t->err->code;
    *out = absolute(t, key, given, exists);
    free(given);
    if (!*out)
        return t->err->code;
    return tjac_value_put(t->doc, t->v, key, tjac_value_string(t->doc, *out, strlen(*out), t->err),
                          t->err);
}

tjac_code tjac_take_paths(const tjac_taker *t, const char *key, tjac_names *out)
{
    tjac_names given = {0};
    tjac_value *list = NULL;
    if (tjac_take_names(t, key, false, &given) || !(list = tjac_value_list(t->doc, t->err)))
        goto done;
    for (size_t i = 0; i < given.n && !t->err->code; i++) {
        char *path = absolute(t, key, given.name[i], true);
        if (path && !tjac_names_add(out, path, t->err))
            tjac_value_push(t->doc, list, tjac_value_string(t->doc, path, strlen(path), t->err),
                            t->err);
        free(path);
    }
    if (!t->err->code)
        tjac_value_put(t->doc, t->v, key, list, t->err);
done:
    tjac_names_free(&given);
    return t->err->code;
}

/* ---- further in ---- */

tjac_taker tjac_take_inside(const tjac_taker *t, const char *key, const char *path)
{
    tjac_taker sub = *t;
    sub.v = (tjac_value *)(uintptr_t)tjac_take_value(t, key);
    sub.path = path;
    return sub;
}

tjac_taker tjac_take_item(const tjac_taker *t, const tjac_value *list, size_t i, const char *path)
{
    tjac_taker item = *t;
    item.v = list->u.list.item[i];
    item.path = path;
    return item;
}
