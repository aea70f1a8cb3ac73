/* torchfile.c: see torchfile.h. */
#include "torchfile/torchfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/magic.h"
#include "torchfile/legacy.h"
#include "torchfile/pickle.h"
#include "torchfile/storage.h"
#include "torchfile/zipfile.h"

struct tjac_torchfile {
    char *path;
    FILE *in; /* held for its stamp */
    tjac_stamp stamp;
    tjac_doc *doc;
    tjac_zip *zip; /* NULL: the storages' data are in the document */
    char *top;     /* the folder of a zip */
    tjac_value *root;
};

enum {
    LARGEST_PICKLE = 256 << 20, /* data.pkl: names, shapes and settings, a few MB in real files */
    LONGEST_NAME = 255,
    CHUNK = 1 << 18 /* bytes that are converted at a time */
};

/* ---- what the file is ---- */

/* Why a file that is neither zip nor pickle is of no use, from its first bytes; NULL: unknown. */
static const char *explain(const unsigned char *head, size_t n)
{
    /* the length of its header, then a JSON object: no pickle has four zeros there before a '{' */
    if (n > 8 && memcmp(head + 4, "\0\0\0\0{", 5) == 0)
        return "it is a safetensors file, which holds weights without hyper_parameters; give the "
               ".ckpt that training wrote";
    return tjac_magic_says(head, n);
}

static tjac_code read_whole(FILE *in, const char *path, size_t n, void *out, tjac_err *err)
{
    if (fread(out, 1, n, in) == n)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EUSAGE, "cannot read '%s': %s", path,
                        ferror(in) ? strerror(errno) : "it became shorter");
}

/* A pickle or a legacy stream: the whole file becomes part of the document. */
static tjac_code open_stream(tjac_torchfile *f, FILE *in, size_t n, tjac_trust trust, tjac_err *err)
{
    tjac_pickle_opts opts = {.what = f->path, .trust = trust};
    unsigned char *bytes = tjac_doc_alloc(f->doc, n, err);
    if (bytes == NULL || read_whole(in, f->path, n, bytes, err) != TJAC_OK)
        return err->code;
    const char *why = explain(bytes, n);
    if (why != NULL)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' is not a file written by torch.save or pickle: %s", f->path, why);
    if (tjac_legacy_is(bytes, n))
        return tjac_legacy_read(f->doc, bytes, n, &opts, &f->root, err);
    size_t used = 0;
    if (tjac_pickle_read(f->doc, bytes, n, &opts, &f->root, &used, err) != TJAC_OK)
        return err->code;
    if (used != n)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' is not a file written by torch.save or pickle: %zu bytes follow "
                            "the end of the pickle",
                            f->path, n - used);
    return TJAC_OK;
}

/* ---- zip ---- */

static tjac_code find_top(tjac_torchfile *f, tjac_err *err)
{
    static const char pickle[] = "/data.pkl";
    uint64_t n = tjac_zip_count(f->zip);
    bool script = false;
    for (uint64_t i = 0; i < n; i++) {
        const char *name = tjac_zip_name(f->zip, i);
        const char *slash = strchr(name, '/');
        if (slash == NULL)
            continue;
        script = script || strncmp(slash, "/code/", 6) == 0 || strcmp(slash, "/constants.pkl") == 0;
        if (strcmp(slash, pickle) != 0)
            continue;
        if (f->top != NULL)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s' is not a file written by torch.save: it has both '%s%s' and "
                                "'%s'",
                                f->path, f->top, pickle, name);
        f->top = tjac_strndup(name, (size_t)(slash - name), err);
        if (f->top == NULL)
            return err->code;
    }
    if (f->top != NULL && strlen(f->top) > LONGEST_NAME)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' is damaged: the name of its folder is too long",
                            f->path);
    if (script)
        return tjac_err_set(
            err, TJAC_EINPUT,
            "'%s' is a TorchScript archive; tjac reads the checkpoint that training "
            "wrote (torch.save of a state_dict)",
            f->path);
    if (f->top == NULL)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' is a zip file, but not one written by torch.save: it has no "
                            "'data.pkl'",
                            f->path);
    return TJAC_OK;
}

/* Writes "TOP/NAME"; the lengths of both are bounded. */
static void entry_name(const tjac_torchfile *f, const char *folder, const char *name,
                       char out[2 * LONGEST_NAME + 32])
{
    snprintf(out, 2 * LONGEST_NAME + 32, "%s/%s%.*s", f->top, folder, (int)LONGEST_NAME, name);
}

/* Reads an entry of at most `limit` bytes into the document. */
static tjac_code read_entry(tjac_torchfile *f, const char *name, uint64_t limit,
                            unsigned char **out, size_t *n, tjac_err *err)
{
    char full[2 * LONGEST_NAME + 32];
    tjac_zip_entry entry;
    tjac_zip_stream *stream = NULL;
    entry_name(f, "", name, full);
    if (tjac_zip_find(f->zip, full, &entry, err) != TJAC_OK)
        return err->code;
    if (entry.size > limit)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' states %llu bytes for '%s', more than the %llu "
                            "that tjac reads",
                            f->path, (unsigned long long)entry.size, full,
                            (unsigned long long)limit);
    *n = (size_t)entry.size;
    *out = tjac_doc_alloc(f->doc, *n + 1, err);
    if (*out == NULL || tjac_zip_stream_open(f->zip, &entry, 0, &stream, err) != TJAC_OK)
        return err->code;
    tjac_code code = tjac_zip_stream_read(stream, *out, *n, err);
    tjac_zip_stream_close(stream);
    return code;
}

static tjac_code open_zip(tjac_torchfile *f, tjac_trust trust, tjac_err *err)
{
    unsigned char *bytes;
    size_t n;
    char order[2 * LONGEST_NAME + 32];
    if (tjac_zip_open(f->path, &f->zip, err) != TJAC_OK || find_top(f, err) != TJAC_OK)
        return err->code;
    entry_name(f, "", "byteorder", order); /* older files have none: little */
    if (tjac_zip_has(f->zip, order)) {
        if (read_entry(f, "byteorder", 64, &bytes, &n, err) != TJAC_OK)
            return err->code;
        if (n != 6 || memcmp(bytes, "little", 6) != 0)
            return tjac_err_set(err, TJAC_EINPUT,
                                "'%s' has byte order '%s'; tjac reads only 'little': save it again "
                                "on a little-endian machine",
                                f->path, tjac_utf8_valid((char *)bytes, n) ? (char *)bytes : "?");
    }
    tjac_pickle_opts opts = {.what = f->path, .trust = trust};
    if (read_entry(f, "data.pkl", LARGEST_PICKLE, &bytes, &n, err) != TJAC_OK)
        return err->code;
    return tjac_pickle_read(f->doc, bytes, n, &opts, &f->root, NULL, err);
}

/* ---- open and close ---- */

static tjac_code open_file(tjac_torchfile *f, tjac_trust trust, tjac_err *err)
{
    unsigned char head[4] = {0};
    struct stat about;
    FILE *in = f->in = fopen(f->path, "rb");
    if (in == NULL || fstat(fileno(in), &about) != 0)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s", f->path, strerror(errno));
    tjac_code code = tjac_stamp_take(fileno(in), f->path, &f->stamp, err);
    if (code != TJAC_OK)
        return code;
    size_t n = fread(head, 1, sizeof head, in);
    if (!S_ISREG(about.st_mode) || ferror(in))
        code =
            tjac_err_set(err, TJAC_EUSAGE, "cannot read '%s': it is not a regular file", f->path);
    else if (n == 0)
        code = tjac_err_set(err, TJAC_EINPUT, "'%s' is empty", f->path);
    else if (n == 4 && memcmp(head, "PK\3\4", 4) == 0)
        code = open_zip(f, trust, err);
    else {
        rewind(in);
        code = open_stream(f, in, (size_t)about.st_size, trust, err);
    }
    return tjac_stamp_check(fileno(in), f->path, &f->stamp, err);
}

tjac_code tjac_torchfile_open(const char *path, tjac_trust trust, tjac_torchfile **out,
                              tjac_err *err)
{
    tjac_torchfile *f = tjac_alloc(1, sizeof *f, err);
    if (f == NULL)
        return err->code;
    tjac_code code = tjac_doc_new(&f->doc, err);
    if (code == TJAC_OK) {
        f->path = tjac_strdup(path, err);
        code = f->path == NULL ? err->code : open_file(f, trust, err);
    }
    if (code != TJAC_OK) {
        tjac_torchfile_close(f);
        return code;
    }
    *out = f;
    return TJAC_OK;
}

const tjac_stamp *tjac_torchfile_stamp(const tjac_torchfile *f)
{
    return &f->stamp;
}

const tjac_value *tjac_torchfile_root(const tjac_torchfile *f)
{
    return f->root;
}

void tjac_torchfile_close(tjac_torchfile *f)
{
    if (f == NULL)
        return;
    tjac_zip_close(f->zip);
    if (f->in != NULL)
        fclose(f->in);
    tjac_doc_free(f->doc);
    free(f->path);
    free(f->top);
    free(f);
}

/* ---- tensor data ---- */

/* Bytes of a storage in order, from memory or from the zip. */
typedef struct {
    const unsigned char *bytes;
    tjac_zip_stream *stream;
} source;

/* Opens the storage of t at its element t->offset, after checking its size. */
static tjac_code open_source(tjac_torchfile *f, const tjac_tensor *t, const char *name, source *s,
                             tjac_err *err)
{
    const tjac_storage *storage = t->storage;
    uint64_t size = tjac_storage_item_size(storage->dtype);
    uint64_t start = (uint64_t)t->offset * size; /* offset < numel, and that fits: see below */
    if (storage->bytes != NULL) {
        s->bytes = storage->bytes + start;
        return TJAC_OK;
    }
    if (f->zip == NULL || strlen(storage->key) > LONGEST_NAME)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' holds no data for tensor '%s'", f->path, name);
    char entry_path[2 * LONGEST_NAME + 32];
    tjac_zip_entry entry;
    entry_name(f, "data/", storage->key, entry_path);
    if (tjac_zip_find(f->zip, entry_path, &entry, err) != TJAC_OK)
        return err->code;
    if (storage->numel > entry.size / size)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' is damaged: tensor '%s' needs %llu elements of %llu bytes, entry "
                            "'%s' has %llu bytes",
                            f->path, name, (unsigned long long)storage->numel,
                            (unsigned long long)size, entry_path, (unsigned long long)entry.size);
    return tjac_zip_stream_open(f->zip, &entry, start, &s->stream, err);
}

static tjac_code take(source *s, void *out, size_t n, tjac_err *err)
{
    if (s->stream != NULL)
        return tjac_zip_stream_read(s->stream, out, n, err);
    memcpy(out, s->bytes, n);
    s->bytes += n;
    return TJAC_OK;
}

static bool host_is_little(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* Row-major without gaps. The stride of a dimension of 1 does not matter. */
static bool is_contiguous(const tjac_tensor *t)
{
    int64_t expected = 1;
    for (int i = t->ndim; i-- > 0;) {
        if (t->shape[i] != 1 && t->stride[i] != expected)
            return false;
        expected *= t->shape[i];
    }
    return true;
}

static tjac_code read_contiguous(source *s, tjac_dtype dtype, uint64_t n, float *out, tjac_err *err)
{
    if (dtype == TJAC_F32 && host_is_little())
        return take(s, out, (size_t)n * sizeof *out, err);
    size_t size = tjac_storage_item_size(dtype), at_once = CHUNK / size;
    unsigned char *chunk = tjac_alloc(CHUNK, 1, err);
    if (chunk == NULL)
        return err->code;
    tjac_code code = TJAC_OK;
    for (uint64_t i = 0; i < n && code == TJAC_OK;) {
        size_t m = n - i < at_once ? (size_t)(n - i) : at_once;
        code = take(s, chunk, m * size, err);
        if (code == TJAC_OK)
            tjac_storage_convert(dtype, chunk, m, out + i);
        i += m;
    }
    free(chunk);
    return code;
}

/* Reads the span from the first to the last element and picks from it. */
static tjac_code read_strided(source *s, const tjac_tensor *t, float *out, tjac_err *err)
{
    size_t size = tjac_storage_item_size(t->storage->dtype), span = 1;
    for (int i = 0; i < t->ndim; i++) /* within the storage: fits */
        span += (size_t)((t->shape[i] - 1) * t->stride[i]);
    unsigned char *bytes = tjac_alloc(span, size, err);
    if (bytes == NULL)
        return err->code;
    tjac_code code = take(s, bytes, span * size, err);
    int64_t at[TJAC_MAX_DIMS] = {0}, element = 0;
    for (uint64_t i = 0; i < t->numel && code == TJAC_OK; i++) {
        tjac_storage_convert(t->storage->dtype, bytes + (size_t)element * size, 1, out + i);
        for (int d = t->ndim; d-- > 0;) {
            element += t->stride[d];
            if (++at[d] < t->shape[d])
                break;
            element -= t->shape[d] * t->stride[d];
            at[d] = 0;
        }
    }
    free(bytes);
    return code;
}

tjac_code tjac_torchfile_read_f32(tjac_torchfile *f, const tjac_tensor *t, const char *name,
                                  float *out, tjac_err *err)
{
    if (t->numel == 0)
        return TJAC_OK;
    source s = {0};
    tjac_code code = open_source(f, t, name, &s, err);
    if (code == TJAC_OK && is_contiguous(t))
        code = read_contiguous(&s, t->storage->dtype, t->numel, out, err);
    else if (code == TJAC_OK)
        code = read_strided(&s, t, out, err);
    tjac_zip_stream_close(s.stream);
    return f->zip == NULL ? code : tjac_stamp_check(fileno(f->in), f->path, &f->stamp, err);
}
