/* tjac help config: every key of the config out of the schema, at 80 columns. */
#include "cmd/cmd_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "base/names.h"
#include "config/schema.h"

enum { COLUMNS = 80, INDENT = 4, LABEL = 9 };

static const char head[] =
    "The config of tjac run, check and stats is a JSON object of these keys. Paths in\n"
    "it are relative to its folder. --set KEY=VALUE overrides any key on the command\n"
    "line. tjac help config KEY shows one section or key alone; tjac init writes a\n"
    "config that has them all, for a model and its cells.\n";

/* ---- text ---- */

/* Words of `text` from column `at` on; where a line is full, the next begins at `indent`. */
static void print_wrapped(const char *text, size_t at, size_t indent)
{
    bool first = true;
    for (const char *p = text; *p;) {
        size_t n = strcspn(p, " ");
        if (!first && at + 1 + n > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            putchar(' ');
            at++;
        }
        fwrite(p, 1, n, stdout);
        at += n;
        first = false;
        p += n + (p[n] == ' ');
    }
    putchar('\n');
}

static void print_labelled(const char *label, const char *text)
{
    printf("%*s%-*s", INDENT, "", LABEL, label);
    print_wrapped(text, INDENT + LABEL, INDENT + LABEL);
}

/* A value as it stands in a config, on one line. */
static tjac_code add_value(tjac_text *t, const tjac_value *v, tjac_err *err)
{
    char *json = NULL;
    if (!tjac_json_print(v, &json, err))
        tjac_text_add(t, "%.*s", (int)strcspn(json, "\n"), json);
    free(json);
    return err->code;
}

/* ---- kinds ---- */

static tjac_code add_words(tjac_text *t, const tjac_value *words, tjac_err *err)
{
    for (size_t i = 0; i < words->u.list.n && !err->code; i++) {
        tjac_text_add(t, "%s", i ? ", " : "");
        (void)!add_value(t, words->u.list.item[i], err);
    }
    return err->code;
}

static tjac_code add_bound(tjac_text *t, const tjac_value *s, const char *key, const char *words,
                           tjac_err *err)
{
    const tjac_value *v = tjac_value_get(s, key);
    if (!v)
        return TJAC_OK;
    tjac_text_add(t, " %s ", words);
    return add_value(t, v, err);
}

static tjac_code add_range(tjac_text *t, const tjac_value *s, tjac_err *err)
{
    if (add_bound(t, s, "minimum", "from", err) ||
        add_bound(t, s, "exclusiveMinimum", "above", err) || add_bound(t, s, "maximum", "to", err))
        return err->code;
    return add_bound(t, s, "exclusiveMaximum", "below", err);
}

static tjac_code add_kind(tjac_text *t, const tjac_value *s, tjac_err *err);

/* One of the kinds that "type" names. */
static tjac_code add_type(tjac_text *t, const tjac_value *s, const char *type, tjac_err *err)
{
    if (strcmp(type, "string") == 0)
        tjac_text_add(t, "text");
    else if (strcmp(type, "array") == 0 && tjac_value_at(s, "items.enum")) {
        tjac_text_add(t, "list of ");
        return add_words(t, tjac_value_at(s, "items.enum"), err);
    } else if (strcmp(type, "array") == 0)
        tjac_text_add(t, "list of texts");
    else if (strcmp(type, "null") == 0)
        tjac_text_add(t, "null");
    else {
        tjac_text_add(t, "%s", strcmp(type, "integer") == 0 ? "whole number" : type);
        return add_range(t, s, err);
    }
    return TJAC_OK;
}

static tjac_code add_kind(tjac_text *t, const tjac_value *s, tjac_err *err)
{
    const tjac_value *any = tjac_value_get(s, "anyOf"), *words = tjac_value_get(s, "enum");
    const tjac_value *type = tjac_value_get(s, "type");
    for (size_t i = 0; any && i < any->u.list.n && !err->code; i++) {
        tjac_text_add(t, "%s", i ? ", or " : "");
        (void)!add_kind(t, any->u.list.item[i], err);
    }
    if (words) {
        tjac_text_add(t, "one of ");
        return add_words(t, words, err);
    }
    if (!any && type && type->kind == TJAC_V_STRING)
        return add_type(t, s, type->u.str.s, err);
    for (size_t i = 0; !any && type && i < type->u.list.n && !err->code; i++) {
        tjac_text_add(t, "%s", i ? " or " : "");
        (void)!add_type(t, s, type->u.list.item[i]->u.str.s, err);
    }
    return err->code;
}

/* ---- keys ---- */

static tjac_code print_key(const char *path, const tjac_value *s, tjac_err *err)
{
    const tjac_value *says = tjac_value_get(s, "description");
    const tjac_value *plain = tjac_value_get(s, "default"), *shown = tjac_value_get(s, "examples");
    tjac_text kind = {0}, value = {0}, example = {0};
    if (!add_kind(&kind, s, err) && (!plain || !add_value(&value, plain, err)) && shown &&
        shown->u.list.n)
        (void)!add_value(&example, shown->u.list.item[0], err);
    if (!err->code) {
        printf("\n%s\n%*s", path, INDENT, "");
        print_wrapped(says ? says->u.str.s : "", INDENT, INDENT);
        print_labelled("kind", kind.text ? kind.text : "");
        print_labelled("default", value.text ? value.text : "none: it must be given");
        print_labelled("example", example.text ? example.text : "");
    }
    tjac_text_free(&kind);
    tjac_text_free(&value);
    tjac_text_free(&example);
    return err->code;
}

/* Every section and key, sections first: their paths as they are asked for ("panels.kds"), and what
 * the schema says of them. */
typedef struct {
    tjac_names path;
    const tjac_value **schema;
    size_t cap;
} keys;

static tjac_code add_key(keys *k, const char *path, const tjac_value *schema, tjac_err *err)
{
    if (tjac_grow((void **)&k->schema, &k->cap, k->path.n + 1, sizeof *k->schema, err))
        return err->code;
    k->schema[k->path.n] = schema;
    return tjac_names_add(&k->path, path, err);
}

/* The properties that are sections, or those that are not. */
static tjac_code collect(keys *k, const tjac_value *properties, const char *prefix, bool sections,
                         tjac_err *err)
{
    for (size_t i = 0; i < properties->u.dict.n && !err->code; i++) {
        const tjac_value *s = properties->u.dict.entry[i].value;
        tjac_text path = {0}, sub = {0};
        bool list;
        const tjac_value *inside = tjac_schema_inside(s, &list);
        tjac_text_add(&path, "%s%s", prefix, properties->u.dict.entry[i].key->u.str.s);
        tjac_text_add(&sub, "%s.", path.text ? path.text : "");
        if (path.failed || sub.failed)
            tjac_err_memory(err, "out of memory");
        else if (!inside == !sections && !add_key(k, path.text, s, err) && inside &&
                 !collect(k, inside, sub.text, false, err))
            (void)!collect(k, inside, sub.text, true, err);
        tjac_text_free(&path);
        tjac_text_free(&sub);
    }
    return err->code;
}

/* "panels[0].kds" and "panels.0.kds" are "panels.kds". */
static void drop_positions(char *key)
{
    char *to = key;
    for (const char *p = key; *p;) {
        size_t digits = strspn(p + 1, "0123456789");
        if (*p == '[' && p[1 + digits] == ']')
            p += digits + 2;
        else if (*p == '.' && digits && (p[1 + digits] == '.' || p[1 + digits] == '\0'))
            p += digits + 1;
        else
            *to++ = *p++;
    }
    *to = '\0';
}

/* A section has its keys, and a last word ("n_sets") every key of that name. */
static bool matches(const char *path, const char *asked)
{
    size_t n = strlen(asked);
    const char *last = strrchr(path, '.');
    return (strncmp(path, asked, n) == 0 && (n == 0 || path[n] == '\0' || path[n] == '.')) ||
           (last && strcmp(last + 1, asked) == 0);
}

static void print_section(const char *path, const tjac_value *s, bool list)
{
    tjac_text t = {0};
    tjac_text_add(&t, "%s%s: %s", path, list ? " (a list of objects)" : "",
                  tjac_value_get(s, "description")->u.str.s);
    printf("\n");
    print_wrapped(t.text ? t.text : path, 0, INDENT);
    tjac_text_free(&t);
}

static tjac_code print_matches(const keys *k, const char *asked, tjac_err *err)
{
    size_t printed = 0;
    if (*asked == '\0')
        fputs(head, stdout);
    for (size_t i = 0; i < k->path.n && !err->code; i++) {
        bool list;
        if (!matches(k->path.name[i], asked))
            continue;
        printed++;
        if (tjac_schema_inside(k->schema[i], &list))
            print_section(k->path.name[i], k->schema[i], list);
        else
            (void)!print_key(k->path.name[i], k->schema[i], err);
    }
    if (printed || err->code)
        return err->code;
    const char *near = tjac_names_nearest(&k->path, asked);
    return tjac_err_set(err, TJAC_EUSAGE, "the config has no key '%s'; %s%s%s", asked,
                        near ? "did you mean '" : "see tjac help config", near ? near : "",
                        near ? "'?" : "");
}

tjac_code cmd_print_keys(const char *key, tjac_err *err)
{
    const tjac_value *schema = NULL;
    tjac_doc *doc = NULL;
    keys k = {0};
    char *asked = tjac_strdup(key ? key : "", err);
    if (!asked || tjac_doc_new(&doc, err) || tjac_schema_read(doc, &schema, err))
        goto done;
    drop_positions(asked);
    const tjac_value *properties = tjac_value_get(schema, "properties");
    if (!collect(&k, properties, "", true, err) && !collect(&k, properties, "", false, err))
        (void)!print_matches(&k, asked, err);
done:
    tjac_names_free(&k.path);
    free(k.schema);
    free(asked);
    tjac_doc_free(doc);
    return err->code;
}
