/* value.c: see value.h. */
#include "base/value.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* Memory comes in blocks that are only freed together. */
typedef struct block {
    struct block *next;
    size_t used, size; /* of the bytes after the header */
} block;

struct tjac_doc {
    block *blocks; /* the first one is the one that is filled */
    size_t total;  /* bytes in all blocks */
};

enum {
    ALIGN = 16,
    HEADER = (sizeof(block) + ALIGN - 1) / ALIGN * ALIGN,
    SMALLEST_BLOCK = 4096,
    LARGEST_BLOCK = 1 << 20
};

tjac_code tjac_doc_new(tjac_doc **out, tjac_err *err)
{
    tjac_doc *doc = tjac_alloc(1, sizeof *doc, err);
    if (doc == NULL)
        return err->code;
    *out = doc;
    return TJAC_OK;
}

void tjac_doc_free(tjac_doc *doc)
{
    if (doc == NULL)
        return;
    while (doc->blocks != NULL) {
        block *next = doc->blocks->next;
        free(doc->blocks);
        doc->blocks = next;
    }
    free(doc);
}

/* A block of its own for what is large, else a new block to fill, larger as the document grows. */
static block *add_block(tjac_doc *doc, size_t bytes, tjac_err *err)
{
    size_t size = doc->total / 2;
    size = size < SMALLEST_BLOCK ? SMALLEST_BLOCK : size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
    int large = bytes > size / 4;
    if (large)
        size = bytes;
    block *b = tjac_alloc(1, HEADER + size, err);
    if (b == NULL)
        return NULL;
    b->size = size;
    doc->total += size;
    if (large && doc->blocks != NULL) {
        b->next = doc->blocks->next;
        doc->blocks->next = b;
    } else {
        b->next = doc->blocks;
        doc->blocks = b;
    }
    return b;
}

void *tjac_doc_alloc(tjac_doc *doc, size_t bytes, tjac_err *err)
{
    if (bytes > SIZE_MAX / 2) {
        tjac_err_memory(err, "out of memory: %zu bytes asked for", bytes);
        return NULL;
    }
    bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
    block *b = doc->blocks;
    if (b == NULL || b->size - b->used < bytes)
        b = add_block(doc, bytes, err);
    if (b == NULL)
        return NULL;
    void *p = (char *)b + HEADER + b->used;
    b->used += bytes;
    return p;
}

tjac_value *tjac_value_new(tjac_doc *doc, tjac_vkind kind, tjac_err *err)
{
    tjac_value *v = tjac_doc_alloc(doc, sizeof *v, err);
    if (v != NULL)
        v->kind = kind;
    return v;
}

tjac_value *tjac_value_null(tjac_doc *doc, tjac_err *err)
{
    return tjac_value_new(doc, TJAC_V_NULL, err);
}

tjac_value *tjac_value_bool(tjac_doc *doc, bool b, tjac_err *err)
{
    tjac_value *v = tjac_value_new(doc, TJAC_V_BOOL, err);
    if (v != NULL)
        v->u.b = b;
    return v;
}

tjac_value *tjac_value_int(tjac_doc *doc, int64_t i, tjac_err *err)
{
    tjac_value *v = tjac_value_new(doc, TJAC_V_INT, err);
    if (v != NULL)
        v->u.i = i;
    return v;
}

tjac_value *tjac_value_float(tjac_doc *doc, double f, tjac_err *err)
{
    tjac_value *v = tjac_value_new(doc, TJAC_V_FLOAT, err);
    if (v != NULL)
        v->u.f = f;
    return v;
}

tjac_value *tjac_value_string(tjac_doc *doc, const char *s, size_t n, tjac_err *err)
{
    if (n > SIZE_MAX / 2) {
        tjac_err_memory(err, "out of memory: a text of %zu bytes", n);
        return NULL;
    }
    tjac_value *v = tjac_value_new(doc, TJAC_V_STRING, err);
    char *copy = v == NULL ? NULL : tjac_doc_alloc(doc, n + 1, err);
    if (copy == NULL)
        return NULL;
    if (n != 0)
        memcpy(copy, s, n);
    v->u.str.s = copy;
    v->u.str.n = n;
    return v;
}

tjac_value *tjac_value_list(tjac_doc *doc, tjac_err *err)
{
    return tjac_value_new(doc, TJAC_V_LIST, err);
}

tjac_value *tjac_value_dict(tjac_doc *doc, tjac_err *err)
{
    return tjac_value_new(doc, TJAC_V_DICT, err);
}

/* Twice the array in the document's memory; the old one stays there, so at most twice the memory
 * of the last one is used. */
static tjac_code double_array(tjac_doc *doc, void **array, size_t *cap, size_t n, size_t size,
                              tjac_err *err)
{
    if (n < *cap)
        return TJAC_OK;
    size_t wanted = *cap == 0 ? 4 : *cap * 2;
    if (*cap > SIZE_MAX / 4 / size)
        return tjac_err_memory(err, "out of memory: a list of %zu items", n);
    void *p = tjac_doc_alloc(doc, wanted * size, err);
    if (p == NULL)
        return err->code;
    if (n != 0)
        memcpy(p, *array, n * size);
    *array = p;
    *cap = wanted;
    return TJAC_OK;
}

tjac_code tjac_value_push(tjac_doc *doc, tjac_value *list, tjac_value *item, tjac_err *err)
{
    if (list == NULL || item == NULL)
        return tjac_err_memory(err, "out of memory");
    tjac_code code = double_array(doc, (void **)&list->u.list.item, &list->u.list.cap,
                                  list->u.list.n, sizeof(tjac_value *), err);
    if (code == TJAC_OK)
        list->u.list.item[list->u.list.n++] = item;
    return code;
}

/* The last entry with this key, so that it wins as in Python. */
static tjac_entry *find_entry(const tjac_value *dict, const char *key, size_t n)
{
    for (size_t i = dict->u.dict.n; i-- > 0;) {
        const tjac_value *k = dict->u.dict.entry[i].key;
        if (k->kind == TJAC_V_STRING && k->u.str.n == n && memcmp(k->u.str.s, key, n) == 0)
            return &dict->u.dict.entry[i];
    }
    return NULL;
}

tjac_code tjac_value_append(tjac_doc *doc, tjac_value *dict, tjac_value *key, tjac_value *item,
                            tjac_err *err)
{
    if (dict == NULL || key == NULL || item == NULL)
        return tjac_err_memory(err, "out of memory");
    tjac_code code = double_array(doc, (void **)&dict->u.dict.entry, &dict->u.dict.cap,
                                  dict->u.dict.n, sizeof(tjac_entry), err);
    if (code == TJAC_OK)
        dict->u.dict.entry[dict->u.dict.n++] = (tjac_entry){key, item};
    return code;
}

tjac_code tjac_value_put(tjac_doc *doc, tjac_value *dict, const char *key, tjac_value *item,
                         tjac_err *err)
{
    if (dict == NULL || item == NULL)
        return tjac_err_memory(err, "out of memory");
    tjac_entry *entry = find_entry(dict, key, strlen(key));
    if (entry != NULL) {
        entry->value = item;
        return TJAC_OK;
    }
    tjac_value *k = tjac_value_string(doc, key, strlen(key), err);
    return k == NULL ? err->code : tjac_value_append(doc, dict, k, item, err);
}

static const tjac_value *get(const tjac_value *v, const char *key, size_t n)
{
    if (v == NULL || v->kind != TJAC_V_DICT)
        return NULL;
    const tjac_entry *entry = find_entry(v, key, n);
    return entry == NULL ? NULL : entry->value;
}

const tjac_value *tjac_value_get(const tjac_value *v, const char *key)
{
    return get(v, key, strlen(key));
}

const tjac_value *tjac_value_at(const tjac_value *v, const char *path)
{
    for (;;) {
        size_t n = strcspn(path, ".");
        v = get(v, path, n);
        if (v == NULL || path[n] == '\0')
            return v;
        path += n + 1;
    }
}

const char *tjac_value_kind_name(const tjac_value *v)
{
    if (v == NULL)
        return "nothing";
    switch (v->kind) {
    case TJAC_V_NULL:
        return "null";
    case TJAC_V_BOOL:
        return "true or false";
    case TJAC_V_INT:
        return "a whole number";
    case TJAC_V_FLOAT:
        return "a number";
    case TJAC_V_STRING:
        return "a string";
    case TJAC_V_BYTES:
        return "bytes";
    case TJAC_V_LIST:
        return "a list";
    case TJAC_V_DICT:
        return "a mapping";
    case TJAC_V_TENSOR:
        return "a tensor";
    case TJAC_V_OPAQUE:
        break;
    }
    return "an object of a class that tjac does not build";
}

bool tjac_utf8_valid(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    for (size_t i = 0; i < n;) {
        unsigned c = p[i];
        size_t more = c < 0x80 ? 0 : c < 0xc2 ? n : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : n;
        if (c == 0 || more > n - i - 1)
            return false;
        /* The second byte tells overlong forms, surrogates and what is beyond U+10FFFF. */
        unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        unsigned high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
        for (size_t k = 1; k <= more; k++) {
            if (p[i + k] < low || p[i + k] > high)
                return false;
            low = 0x80;
            high = 0xbf;
        }
        i += more + 1;
    }
    return true;
}

const char *tjac_tensor_shape(const tjac_tensor *t, char *out, size_t n)
{
    size_t used = 0;
    snprintf(out, n, "()");
    for (int d = 0; d < t->ndim && used < n; d++)
        used += (size_t)snprintf(out + used, n - used, "%s%lld", d ? " x " : "",
                                 (long long)t->shape[d]);
    return out;
}

const char *tjac_value_describe(const tjac_value *v, char *out, size_t n)
{
    char shape[128];
    if (v != NULL && v->kind == TJAC_V_OPAQUE)
        snprintf(out, n, "%s ('%s')", tjac_value_kind_name(v), v->u.str.s);
    else if (v != NULL && v->kind == TJAC_V_TENSOR)
        snprintf(out, n, "%s of shape %s", tjac_value_kind_name(v),
                 tjac_tensor_shape(&v->u.tensor, shape, sizeof shape));
    else
        snprintf(out, n, "%s", tjac_value_kind_name(v));
    return out;
}
