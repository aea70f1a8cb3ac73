/* text.c: see text.h. */
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

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

tjac_code tjac_text_read(tjac_text *t, const char *path, size_t most, tjac_err *err)
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
