/* legacy.c: see legacy.h. */
#include "torchfile/legacy.h"

#include <stdlib.h>
#include <string.h>
#include "torchfile/storage.h"

/* Streams in pickles in streams: real files have one level. */
enum { MAX_NESTING = 3 };

typedef struct {
    tjac_doc *doc;
    const unsigned char *bytes;
    size_t n, at;
    const tjac_pickle_opts *opts;
    tjac_err *err;
} stream;

static tjac_code fail(stream *s, const char *why)
{
    return tjac_err_set(s->err, TJAC_EINPUT,
                        "'%s' is damaged: in torch's legacy format (byte %zu) %s", s->opts->what,
                        s->at, why);
}

/* The magic number 0x1950a86a20f9469cfc6c as the pickle reader names it. */
static bool is_magic(const tjac_value *v)
{
    return v->kind == TJAC_V_OPAQUE && (strcmp(v->u.str.s, "int 0x1950a86a20f9469cfc6c") == 0 ||
                                        strcmp(v->u.str.s, "int 119547037146038801333356") == 0);
}

bool tjac_legacy_is(const unsigned char *bytes, size_t n)
{
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    tjac_err err = {0};
    tjac_pickle_opts opts = {.what = "", .trust = TJAC_TRUST_ALLOWED};
    /* The first pickle is short; a small window keeps this cheap on other files. */
    bool is = tjac_doc_new(&doc, &err) == TJAC_OK &&
              tjac_pickle_read(doc, bytes, n < 64 ? n : 64, &opts, &v, NULL, &err) == TJAC_OK &&
              is_magic(v);
    tjac_err_clear(&err);
    tjac_doc_free(doc);
    return is;
}

/* The next pickle; NULL on failure. */
static tjac_value *next(stream *s, tjac_storage_list *storages)
{
    tjac_value *v = NULL;
    size_t used = 0;
    tjac_pickle_opts opts = *s->opts;
    opts.storages = storages;
    if (tjac_pickle_read(s->doc, s->bytes + s->at, s->n - s->at, &opts, &v, &used, s->err) !=
        TJAC_OK)
        return NULL;
    s->at += used;
    return v;
}

static tjac_code read_head(stream *s)
{
    const tjac_value *magic = next(s, NULL);
    if (magic == NULL)
        return s->err->code;
    if (!is_magic(magic))
        return fail(s, "the magic number is missing");
    const tjac_value *version = next(s, NULL);
    if (version == NULL)
        return s->err->code;
    if (version->kind != TJAC_V_INT || version->u.i != 1001)
        return fail(s, "the protocol is not 1001");
    const tjac_value *system = next(s, NULL);
    if (system == NULL)
        return s->err->code;
    const tjac_value *little = tjac_value_get(system, "little_endian");
    if (little == NULL || little->kind != TJAC_V_BOOL)
        return fail(s, "the byte order is missing");
    if (!little->u.b)
        return tjac_err_set(s->err, TJAC_EINPUT,
                            "'%s' was written on a big-endian machine, which tjac does not read; "
                            "save it again on a little-endian one",
                            s->opts->what);
    return TJAC_OK;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(tjac_storage *const *)a)->key, (*(tjac_storage *const *)b)->key);
}

/* The first of the sorted storages with this key, or n. */
static size_t find_key(const tjac_storage_list *list, const char *key)
{
    size_t low = 0, high = list->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->item[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->n && strcmp(list->item[low]->key, key) == 0 ? low : list->n;
}

/* One key's data: count and elements, given to every reference to the storage. */
static tjac_code read_data(stream *s, tjac_storage_list *list, const char *key)
{
    size_t i = find_key(list, key);
    if (i == list->n)
        return fail(s, "there are data of a storage that no tensor uses");
    if (s->n - s->at < 8)
        return fail(s, "it ends before the data of a storage");
    uint64_t count = 0;
    for (size_t k = 8; k-- > 0;)
        count = count << 8 | s->bytes[s->at + k];
    s->at += 8;
    tjac_dtype dtype = list->item[i]->dtype;
    size_t size = tjac_storage_item_size(dtype);
    if (count > (s->n - s->at) / size)
        return fail(s, "it ends in the data of a storage");
    for (; i < list->n && strcmp(list->item[i]->key, key) == 0; i++) {
        tjac_storage *storage = list->item[i];
        if (storage->bytes != NULL || storage->numel != count || storage->dtype != dtype)
            return fail(s, "the sizes of a storage contradict each other");
        storage->bytes = s->bytes + s->at;
    }
    s->at += (size_t)count * size;
    return TJAC_OK;
}

tjac_code tjac_legacy_read(tjac_doc *doc, const unsigned char *bytes, size_t n,
                           const tjac_pickle_opts *opts, tjac_value **out, tjac_err *err)
{
    stream s = {.doc = doc, .bytes = bytes, .n = n, .opts = opts, .err = err};
    tjac_storage_list storages = {0};
    tjac_code code = TJAC_OK;
    if (opts->depth > MAX_NESTING)
        return fail(&s, "streams are nested too deeply");
    if (n >= 4 && memcmp(bytes, "PK\3\4", 4) == 0)
        return fail(&s, "there is a zip file, which tjac does not read inside a pickle; save the "
                        "map with torch.save instead");
    code = read_head(&s);
    if (code != TJAC_OK)
        return code;
    tjac_value *root = next(&s, &storages);
    tjac_value *keys = root == NULL ? NULL : next(&s, NULL);
    if (keys == NULL) {
        code = err->code;
        goto done;
    }
    if (keys->kind != TJAC_V_LIST) {
        code = fail(&s, "the list of storages is missing");
        goto done;
    }
    if (storages.n > 0)
        qsort(storages.item, storages.n, sizeof *storages.item, by_key);
    for (size_t i = 0; i < keys->u.list.n && code == TJAC_OK; i++) {
        const tjac_value *key = keys->u.list.item[i];
        code = key->kind == TJAC_V_STRING ? read_data(&s, &storages, key->u.str.s)
                                          : fail(&s, "a key of a storage is no text");
    }
    for (size_t i = 0; i < storages.n && code == TJAC_OK; i++)
        if (storages.item[i]->bytes == NULL)
            code = fail(&s, "the data of a storage are missing");
    if (code == TJAC_OK)
        *out = root;
done:
    free(storages.item);
    return code;
}
