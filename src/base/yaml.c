/* yaml.c: see yaml.h. The only file that includes libyaml. */
#include "base/yaml.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/alloc.h"
#include "base/names.h"
#include "base/text.h"
#include "base/yaml_scalar.h"

enum { MAX_DEPTH = 64, MAX_NODES = 1000000, MAX_ANCHORS = 1000, MAX_FILE = 256 << 20 };

/* A node that has a name. Aliases share its value. */
typedef struct {
    char *name;
    tjac_value *value;
    size_t n; /* values in it, aliases expanded */
} anchor;

typedef struct {
    tjac_doc *doc;
    const char *path;
    yaml_parser_t *parser;
    anchor *anchors;
    size_t n_anchors, cap_anchors;
    size_t n; /* values read, aliases counted as often as they are used: a bound for a walk */
    tjac_err *err;
} loader;

/* "PATH:LINE:COLUMN: WHY 'NAME'", always NULL. */
static tjac_value *refuse(loader *l, yaml_mark_t at, const char *why, const char *name)
{
    tjac_err_set(l->err, TJAC_EINPUT, "%s:%zu:%zu: %s '%s'", l->path, at.line + 1, at.column + 1,
                 why, name);
    return NULL;
}

static tjac_value *load_scalar(loader *l, const yaml_event_t *event)
{
    const char *s = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    const char *tag = (const char *)event->data.scalar.tag;
    if (!tjac_utf8_valid(s, n))
        return refuse(l, event->start_mark, "a NUL character or malformed UTF-8 in the value", s);
    if (event->data.scalar.plain_implicit)
        return tjac_yaml_resolve(l->doc, s, n, l->err);
    if (event->data.scalar.quoted_implicit || tag == NULL || strcmp(tag, YAML_STR_TAG) == 0)
        return tjac_value_string(l->doc, s, n, l->err);

    static const struct {
        const char *tag;
        tjac_vkind kind;
    } standard[] = {{YAML_NULL_TAG, TJAC_V_NULL},
                    {YAML_BOOL_TAG, TJAC_V_BOOL},
                    {YAML_INT_TAG, TJAC_V_INT},
                    {YAML_FLOAT_TAG, TJAC_V_FLOAT}};
    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++) {
        if (strcmp(tag, standard[i].tag) != 0)
            continue;
        tjac_value *v = tjac_yaml_resolve(l->doc, s, n, l->err);
        if (v != NULL && v->kind == TJAC_V_INT && standard[i].kind == TJAC_V_FLOAT)
            return tjac_value_float(l->doc, (double)v->u.i, l->err);
        if (v == NULL || v->kind == standard[i].kind)
            return v;
        return refuse(l, event->start_mark, "the value does not fit its tag:", s);
    }
    return refuse(l, event->start_mark, "unsupported YAML tag", tag);
}

/* The next event, deleted by the caller; false with the error set. */
static bool next(loader *l, yaml_event_t *event)
{
    if (yaml_parser_parse(l->parser, event))
        return true;
    const yaml_parser_t *p = l->parser;
    if (p->error == YAML_MEMORY_ERROR)
        tjac_err_memory(l->err, "out of memory while reading '%s'", l->path);
    else
        tjac_err_set(l->err, TJAC_EINPUT, "%s:%zu:%zu: malformed YAML: %s", l->path,
                     p->problem_mark.line + 1, p->problem_mark.column + 1,
                     p->problem == NULL ? "unreadable" : p->problem);
    return false;
}

static tjac_value *load(loader *l, const yaml_event_t *event, int depth);

static tjac_value *load_list(loader *l, int depth)
{
    tjac_value *v = tjac_value_list(l->doc, l->err);
    yaml_event_t event;
    bool end = false;
    while (v != NULL && !end) {
        if (!next(l, &event))
            return NULL;
        end = event.type == YAML_SEQUENCE_END_EVENT;
        if (!end && tjac_value_push(l->doc, v, load(l, &event, depth), l->err) != TJAC_OK)
            v = NULL;
        yaml_event_delete(&event);
    }
    return v;
}

/* Refuses a key that the mapping has: keys are equal when their kinds and values are. */
static tjac_code note_key(loader *l, tjac_names *keys, const tjac_value *key, yaml_mark_t mark)
{
    tjac_text text = {0};
    size_t at, n = keys->n;
    tjac_text_add(&text, "%s ", tjac_value_kind_name(key));
    if (key->kind == TJAC_V_BOOL)
        tjac_text_add(&text, "%d", key->u.b);
    else if (key->kind == TJAC_V_INT)
        tjac_text_add(&text, "%" PRId64, key->u.i);
    else if (key->kind == TJAC_V_FLOAT)
        tjac_text_add(&text, "%a", key->u.f + 0.0); /* -0 is 0 */
    else if (key->kind == TJAC_V_STRING)
        tjac_text_add(&text, "%s", key->u.str.s);
    if (text.failed)
        tjac_err_memory(l->err, "out of memory: a key of '%s'", l->path);
    else if (tjac_names_put(keys, text.text, &at, l->err) == TJAC_OK && at < n)
        refuse(l, mark, "a key given twice in one mapping:",
               key->kind == TJAC_V_STRING ? key->u.str.s : tjac_value_kind_name(key));
    tjac_text_free(&text);
    return l->err->code;
}

/* The key that `event` starts, or NULL: only scalars are keys, and PyYAML would merge at "<<". */
static tjac_value *load_key(loader *l, const yaml_event_t *event, int depth)
{
    tjac_value *key = load(l, event, depth);
    if (key == NULL)
        return NULL;
    if (key->kind == TJAC_V_LIST || key->kind == TJAC_V_DICT)
        return refuse(l, event->start_mark, "a key must be a scalar, not",
                      tjac_value_kind_name(key));
    if (event->type == YAML_SCALAR_EVENT && event->data.scalar.plain_implicit &&
        strcmp(key->kind == TJAC_V_STRING ? key->u.str.s : "", "<<") == 0)
        return refuse(l, event->start_mark, "write out what this merge key brings:", "<<");
    return key;
}

static tjac_value *load_map(loader *l, int depth)
{
    tjac_value *v = tjac_value_dict(l->doc, l->err);
    tjac_names keys = {0};
    tjac_value *key = NULL;
    yaml_event_t event;
    bool end = false;
    while (v != NULL && !end) {
        if (!next(l, &event)) {
            v = NULL;
            break;
        }
        end = event.type == YAML_MAPPING_END_EVENT;
        if (!end && key == NULL) {
            key = load_key(l, &event, depth);
            if (key == NULL || note_key(l, &keys, key, event.start_mark) != TJAC_OK)
                v = NULL;
        } else if (!end) {
            if (tjac_value_append(l->doc, v, key, load(l, &event, depth), l->err) != TJAC_OK)
                v = NULL;
            key = NULL;
        }
        yaml_event_delete(&event);
    }
    tjac_names_free(&keys);
    return v;
}

static tjac_value *load_alias(loader *l, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = l->n_anchors; i-- > 0;)
        if (strcmp(l->anchors[i].name, name) == 0) {
            l->n += l->anchors[i].n;
            return l->anchors[i].value;
        }
    return refuse(l, event->start_mark, "no finished value has the anchor of this alias", name);
}

static tjac_code add_anchor(loader *l, const char *name, tjac_value *value, size_t n)
{
    if (l->n_anchors == MAX_ANCHORS)
        return tjac_err_set(l->err, TJAC_EINPUT, "%s: more than %d anchors in a YAML file", l->path,
                            MAX_ANCHORS);
    if (tjac_grow((void **)&l->anchors, &l->cap_anchors, l->n_anchors + 1, sizeof *l->anchors,
                  l->err) != TJAC_OK)
        return l->err->code;
    char *copy = tjac_strdup(name, l->err);
    if (copy == NULL)
        return l->err->code;
    l->anchors[l->n_anchors++] = (anchor){copy, value, n};
    return TJAC_OK;
}

/* The value that `event` starts, NULL on failure. */
static tjac_value *load(loader *l, const yaml_event_t *event, int depth)
{
    if (depth > MAX_DEPTH)
        return refuse(l, event->start_mark, "nested too deeply: levels allowed", "64");
    size_t before = l->n++;
    const yaml_char_t *name = NULL, *tag = NULL;
    tjac_value *v;
    if (event->type == YAML_ALIAS_EVENT) {
        v = load_alias(l, event);
    } else if (event->type == YAML_SCALAR_EVENT) {
        name = event->data.scalar.anchor;
        v = load_scalar(l, event);
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        name = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        if (tag != NULL && strcmp((const char *)tag, YAML_SEQ_TAG) != 0)
            return refuse(l, event->start_mark, "unsupported YAML tag", (const char *)tag);
        v = load_list(l, depth + 1);
    } else {
        name = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        if (tag != NULL && strcmp((const char *)tag, YAML_MAP_TAG) != 0)
            return refuse(l, event->start_mark, "unsupported YAML tag", (const char *)tag);
        v = load_map(l, depth + 1);
    }
    if (l->n > MAX_NODES)
        return refuse(l, event->start_mark, "too many values, aliases expanded: values allowed",
                      "1000000");
    if (v != NULL && name != NULL && add_anchor(l, (const char *)name, v, l->n - before) != TJAC_OK)
        return NULL;
    return v;
}

/* The root of the first document; null for a file without one. */
static tjac_value *load_document(loader *l)
{
    yaml_event_t event;
    for (;;) {
        if (!next(l, &event))
            return NULL;
        bool opening =
            event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT;
        bool end = event.type == YAML_STREAM_END_EVENT;
        tjac_value *v = NULL;
        if (end)
            v = tjac_value_null(l->doc, l->err);
        else if (!opening)
            v = load(l, &event, 0);
        yaml_event_delete(&event);
        if (!opening)
            return v;
    }
}

static tjac_code parse(tjac_doc *doc, const char *path, const tjac_text *text, tjac_value **out,
                       tjac_err *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return tjac_err_memory(err, "out of memory while reading '%s'", path);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->text, text->n);
    loader l = {.doc = doc, .path = path, .parser = &parser, .err = err};
    tjac_value *v = load_document(&l);
    if (v != NULL)
        *out = v;
    for (size_t i = 0; i < l.n_anchors; i++)
        free(l.anchors[i].name);
    free(l.anchors);
    yaml_parser_delete(&parser);
    return v == NULL ? err->code : TJAC_OK;
}

tjac_code tjac_yaml_read(tjac_doc *doc, const char *path, tjac_value **out, tjac_err *err)
{
    tjac_text text = {0};
    /* A part of a model: never the config's fault. */
    if (!tjac_text_read_as(&text, path, MAX_FILE, TJAC_EINPUT, err))
        (void)!parse(doc, path, &text, out, err);
    tjac_text_free(&text);
    return err->code;
}

const char *tjac_yaml_version(void)
{
    return yaml_get_version_string();
}
