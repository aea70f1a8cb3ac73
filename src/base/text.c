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
#include "base/value.h"

/* A small file can unpack to a thousand times its size. */
static const size_t MOST_UNPACKED = (size_t)2 << 30;

void tjac_text_addv(tjac_text *t, const char *fmt, va_list args)
{
    if (t->failed)
        return;
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    tjac_err err = {0};
    if (n < 0 || t->n > SIZE_MAX - (size_t)n - 1 ||
        tjac_grow((void **)&t->text, &t->cap, t->n + (size_t)n + 1, 1, &err) != TJAC_OK) {
        tjac_err_clear(&err);
        t->failed = 1;
        return;
    }
    vsnprintf(t->text + t->n, (size_t)n + 1, fmt, args);
    t->n += (size_t)n;
}

void tjac_text_add(tjac_text *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    tjac_text_addv(t, fmt, args);
    va_end(args);
}

void tjac_text_free(tjac_text *t)
{
    free(t->text);
    *t = (tjac_text){0};
}

static void read_all(tjac_text *t, FILE *file, const char *name, size_t most, tjac_err *err)
{
    enum { PIECE = 1 << 16 };
    for (size_t got = 1; got > 0 && !err->code; t->n += got) {
        got = 0;
        if (tjac_grow((void **)&t->text, &t->cap, t->n + PIECE + 1, 1, err))
            break;
        got = fread(t->text + t->n, 1, t->cap - t->n - 1, file);
        if (most && t->n + got > most)
            tjac_err_set(err, TJAC_EUSAGE, "'%s' is larger than %zu MB", name, most >> 20);
    }
    if (!err->code && ferror(file))
        tjac_err_set(err, TJAC_EUSAGE, "cannot read '%s': %s", name, strerror(errno));
    if (!err->code)
        t->text[t->n] = '\0';
}

/* The bytes of a file, or of standard input, as they are. */
static tjac_code read_bytes(tjac_text *t, const char *path, size_t most, tjac_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (file == NULL)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s", path, strerror(errno));
    read_all(t, file, standard ? "standard input" : path, most, err);
    if (!standard)
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

size_t tjac_text_next(const char *s, uint32_t *character)
{
    unsigned char lead = (unsigned char)*s;
    size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    *character = 0xfffd;
    if (strnlen(s, n) < n || !tjac_utf8_valid(s, n))
        return 1;
    *character = n == 1 ? lead : lead & (0x7fU >> n);
    for (size_t i = 1; i < n; i++)
        *character = *character << 6 | ((unsigned char)s[i] & 0x3f);
    return n;
}

bool tjac_text_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool tjac_text_has_control(const char *s)
{
    uint32_t c;
    while (*s) {
        s += tjac_text_next(s, &c);
        if (tjac_text_is_control(c))
            return true;
    }
    return false;
}
