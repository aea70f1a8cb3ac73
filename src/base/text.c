/* text.c: see text.h. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/gzip.h"
#include "base/magic.h"

/* A small file can unpack to a thousand times its size. */
static const size_t MOST_UNPACKED = (size_t)2 << 30;

void tjac_text_add(tjac_text *t, const char *fmt, ...)
{
    if (t->failed)
        return;
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    tjac_err err = {0};
    if (n < 0 || t->n > SIZE_MAX - (size_t)n - 1 ||
        tjac_grow((void **)&t->text, &t->cap, t->n + (size_t)n + 1, 1, &err) != TJAC_OK) {
        tjac_err_clear(&err);
        t->failed = 1;
        return;
    }
    va_start(args, fmt);
    vsnprintf(t->text + t->n, (size_t)n + 1, fmt, args);
    va_end(args);
    t->n += (size_t)n;
}

void tjac_text_free(tjac_text *t)
{
    free(t->text);
    *t = (tjac_text){0};
}

/* The bytes of a file as they are. */
static tjac_code read_bytes(tjac_text *t, const char *path, size_t most, tjac_err *err)
{
    enum { PIECE = 1 << 16 };
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s", path, strerror(errno));
    for (size_t got = 1; got > 0 && !err->code; t->n += got) {
        got = 0;
        if (tjac_grow((void **)&t->text, &t->cap, t->n + PIECE + 1, 1, err))
            break;
        got = fread(t->text + t->n, 1, t->cap - t->n - 1, file);
        if (most && t->n + got > most)
            tjac_err_set(err, TJAC_EUSAGE, "'%s' is larger than %zu MB", path, most >> 20);
    }
    if (!err->code && ferror(file))
        tjac_err_set(err, TJAC_EUSAGE, "cannot read '%s': %s", path, strerror(errno));
    if (!err->code)
        t->text[t->n] = '\0';
    fclose(file);
    return err->code;
}

tjac_code tjac_text_read(tjac_text *t, const char *path, size_t most, tjac_err *err)
{
    tjac_text packed = {0};
    if (read_bytes(t, path, most, err))
        return err->code;
    if (tjac_magic_gzip(t->text, t->n)) {
        packed = *t;
        *t = (tjac_text){0};
        (void)!tjac_gzip_unpack(path, packed.text, packed.n, most ? most : MOST_UNPACKED, t, err);
        tjac_text_free(&packed);
    }
    const char *why = err->code || t->n == 0 ? NULL : tjac_magic_says(t->text, t->n);
    if (why)
        tjac_err_set(err, TJAC_EINPUT, "'%s' is not a text that tjac reads: %s", path, why);
    return err->code;
}

tjac_code tjac_text_read_as(tjac_text *t, const char *path, size_t most, tjac_code code,
                            tjac_err *err)
{
    tjac_err why = {0};
    if (tjac_text_read(t, path, most, &why) == TJAC_OK)
        return TJAC_OK;
    if (why.code != TJAC_EFAIL)
        tjac_err_set(err, code, "%s", tjac_err_message(&why));
    else
        tjac_err_memory(err, "%s", tjac_err_message(&why));
    tjac_err_clear(&why);
    return err->code;
}
