/* value.h: a tree of plain data, whatever it was read from.
 *
 * JSON (json.h), YAML (yaml.h) and pickles (torchfile/pickle.h) are all read into the same
 * tjac_value, so that a hyper-parameter is looked up in the same way in config.yaml and in a
 * checkpoint.
 * Values live in a tjac_doc and are freed with it, all at once; pointers to them are borrowed.
 * A pickle may share values or make cycles: walk only to a known depth.
 */
#ifndef TJAC_VALUE_H
#define TJAC_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

typedef enum {
    TJAC_V_NULL,
    TJAC_V_BOOL,
    TJAC_V_INT,
    TJAC_V_FLOAT,
    TJAC_V_STRING, /* UTF-8, NUL-terminated, no NUL inside */
    TJAC_V_BYTES,
    TJAC_V_LIST, /* lists, tuples, sets */
    TJAC_V_DICT, /* in order of insertion */
    TJAC_V_TENSOR,
    TJAC_V_OPAQUE /* an object of a class that is never built; str is its "module.name" */
} tjac_vkind;

typedef enum {
    TJAC_F32,
    TJAC_F64,
    TJAC_F16,
    TJAC_BF16,
    TJAC_I64,
    TJAC_I32,
    TJAC_I16,
    TJAC_I8,
    TJAC_U8,
    TJAC_B8
} tjac_dtype;

#define TJAC_MAX_DIMS 8

/* Raw numbers of a tensor: either inside the document (`bytes`) or an entry of a torch zip. */
typedef struct {
    tjac_dtype dtype;
    uint64_t numel;             /* as stated; checked against the data when it is read */
    const unsigned char *bytes; /* little-endian data in the document, or NULL */
    const char *key;            /* the entry's key ("17") when bytes is NULL */
} tjac_storage;

/* A strided view of a storage; shape, strides, offset were checked to lie within storage->numel. */
typedef struct {
    const tjac_storage *storage;
    int ndim;
    int64_t shape[TJAC_MAX_DIMS];
    int64_t stride[TJAC_MAX_DIMS]; /* in elements */
    int64_t offset;                /* in elements */
    uint64_t numel;                /* product of the shape */
} tjac_tensor;

typedef struct tjac_value tjac_value;
typedef struct {
    tjac_value *key; /* any hashable kind; strings in everything that tjac looks up */
    tjac_value *value;
} tjac_entry;

struct tjac_value {
    tjac_vkind kind;
    union {
        bool b;
        int64_t i;
        double f;
        struct {
            const char *s;
            size_t n;
        } str; /* STRING, BYTES, OPAQUE */
        struct {
            tjac_value **item;
            size_t n, cap;
        } list;
        struct {
            tjac_entry *entry;
            size_t n, cap;
        } dict;
        tjac_tensor tensor;
    } u;
};

/* The owner of a tree. */
typedef struct tjac_doc tjac_doc;
tjac_code tjac_doc_new(tjac_doc **out, tjac_err *err) TJAC_MUST_USE;
void tjac_doc_free(tjac_doc *doc);

/* Zeroed memory that lives as long as the document. NULL and TJAC_EFAIL without memory. */
void *tjac_doc_alloc(tjac_doc *doc, size_t bytes, tjac_err *err);

/* New values in the document; NULL and TJAC_EFAIL without memory. Strings are copied. */
tjac_value *tjac_value_new(tjac_doc *doc, tjac_vkind kind, tjac_err *err);
tjac_value *tjac_value_null(tjac_doc *doc, tjac_err *err);
tjac_value *tjac_value_bool(tjac_doc *doc, bool b, tjac_err *err);
tjac_value *tjac_value_int(tjac_doc *doc, int64_t i, tjac_err *err);
tjac_value *tjac_value_float(tjac_doc *doc, double f, tjac_err *err);
tjac_value *tjac_value_string(tjac_doc *doc, const char *s, size_t n, tjac_err *err);
tjac_value *tjac_value_list(tjac_doc *doc, tjac_err *err);
tjac_value *tjac_value_dict(tjac_doc *doc, tjac_err *err);

/* Append to a list; put into a dict (an equal string key is replaced). NULL item: TJAC_EFAIL
 * passes through, so that constructors nest: tjac_value_put(doc, d, "n", tjac_value_int(...)). */
tjac_code tjac_value_push(tjac_doc *doc, tjac_value *list, tjac_value *item, tjac_err *err);
tjac_code tjac_value_put(tjac_doc *doc, tjac_value *dict, const char *key, tjac_value *item,
                         tjac_err *err);

/* Appends an entry to a dict without looking for an equal key: for readers of large dicts, which
 * find duplicates in their own way or let the last entry win. */
tjac_code tjac_value_append(tjac_doc *doc, tjac_value *dict, tjac_value *key, tjac_value *item,
                            tjac_err *err);

/* Whether n bytes are UTF-8 (no surrogates, no overlong forms) without NUL: fit for a STRING. */
bool tjac_utf8_valid(const char *s, size_t n);

/* The value under a string key, or NULL: no such key, v is NULL, v is no dict. Among equal keys
 * the last one. tjac_value_at walks a path: tjac_value_at(v, "data.kwargs.embed_key"). */
const tjac_value *tjac_value_get(const tjac_value *v, const char *key);
const tjac_value *tjac_value_at(const tjac_value *v, const char *path);

/* The kind in words for a message: "a list", "a number". */
const char *tjac_value_kind_name(const tjac_value *v);

/* The same with what more there is to say of it: "an object of a class that tjac does not build
 * ('torch.nn.MSELoss')", "a tensor of shape 1 x 4". Cut to n. Returns out. */
const char *tjac_value_describe(const tjac_value *v, char *out, size_t n);

/* "1 x 4"; of no dimensions "()". Cut to n. Returns out. */
const char *tjac_tensor_shape(const tjac_tensor *t, char *out, size_t n);

#endif
