#include "config/config_take.h"

#include <errno.h>
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
    return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s' is %s, expected %s", t->what, t->path,
                        key, tjac_value_kind_name(tjac_take_value(t, key)), wanted);
}

tjac_code tjac_take_string(const tjac_taker *t, const char *key, bool needed, char **out)
{
    const tjac_value *v = tjac_take_value(t, key);
    if (v->kind == TJAC_V_NULL && !needed)
        return TJAC_OK;
    if (v->kind == TJAC_V_NULL)
        return tjac_err_set(t->err, TJAC_EUSAGE,
                            "'%s': '%s%s' is needed; see configs/ for "
                            "examples",
                            t->what, t->path, key);
    if (v->kind == TJAC_V_STRING && v->u.str.n == 0)
        return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s' is empty, expected a string%s",
                            t->what, t->path, key, needed ? "" : " or null");
    if (v->kind != TJAC_V_STRING)
        return tjac_take_bad_kind(t, key, needed ? "a string" : "a string or null");
    *out = tjac_strdup(v->u.str.s, t->err);
    return t->err->code;
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
        return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s' is %lld, expected %lld to %lld",
                            t->what, t->path, key, (long long)v->u.i, (long long)min,
                            (long long)max);
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

tjac_code tjac_take_names(const tjac_taker *t, const char *key, bool single, tjac_names *out)
{
    const tjac_value *v = tjac_take_value(t, key);
    if (single && v->kind == TJAC_V_STRING && v->u.str.n)
        return tjac_names_add(out, v->u.str.s, t->err);
    if (single && v->kind == TJAC_V_NULL)
        return TJAC_OK;
    if (v->kind != TJAC_V_LIST)
        return tjac_take_bad_kind(t, key,
                                  single ? "a name, a list of names or null" : "a list of names");
    for (size_t i = 0; i < v->u.list.n; i++) {
        const tjac_value *item = v->u.list.item[i];
        if (item->kind != TJAC_V_STRING || item->u.str.n == 0)
            return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s[%zu]' is %s, expected a name",
                                t->what, t->path, key, i, tjac_value_kind_name(item));
        if (tjac_names_add(out, item->u.str.s, t->err))
            return t->err->code;
    }
    if (out->twice)
        return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s' names '%s' twice", t->what, t->path,
                            key, out->name[out->twice]);
    return TJAC_OK;
}

tjac_code tjac_take_word(const tjac_taker *t, const char *key, const char *const *words, int *out)
{
    const tjac_value *v = tjac_take_value(t, key);
    tjac_text list = {0};
    for (int i = 0; words[i]; i++) {
        if (v->kind == TJAC_V_STRING && strcmp(v->u.str.s, words[i]) == 0) {
            tjac_text_free(&list);
            *out = i;
            return TJAC_OK;
        }
        tjac_text_add(&list, "%s%s", i ? ", " : "", words[i]);
    }
    tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s' is %s%s%s, expected one of: %s", t->what,
                 t->path, key, v->kind == TJAC_V_STRING ? "'" : "",
                 v->kind == TJAC_V_STRING ? v->u.str.s : tjac_value_kind_name(v),
                 v->kind == TJAC_V_STRING ? "'" : "", list.text ? list.text : "");
    tjac_text_free(&list);
    return t->err->code;
}

/* `given`, made absolute; checked and freed of links when it must exist. NULL on failure. */
static char *absolute(const tjac_taker *t, const char *key, const char *given, bool exists)
{
    char *path = tjac_path_join(t->dir, given, t->err);
    if (!path || !exists)
        return path;
    char *real = access(path, R_OK) == 0 ? realpath(path, NULL) : NULL;
    if (!real)
        tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%s%s': cannot read '%s': %s", t->what, t->path,
                     key, path, strerror(errno));
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
