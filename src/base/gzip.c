/* gzip.c: see gzip.h. */
#include "base/gzip.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include "base/alloc.h"
#include "base/magic.h"

enum { PIECE = 1 << 18, GZIP_ALONE = 16 + MAX_WBITS, MOST_AT_ONCE = 1 << 30 };

typedef struct {
    const char *path;
    z_stream z;
    const unsigned char *end; /* of the bytes */
    size_t most;
    tjac_text *out;
    tjac_err *err;
} unpacker;

static size_t left(const unpacker *u)
{
    return (size_t)(u->end - u->z.next_in);
}

static tjac_code refuse(const unpacker *u, int result)
{
    bool cut = result == Z_BUF_ERROR || result == Z_OK;
    return tjac_err_set(u->err, TJAC_EINPUT,
                        "'%s' is compressed with gzip, but %s%s%s; copy or write it again", u->path,
                        cut ? "ends in the middle" : "is damaged", u->z.msg && !cut ? ": " : "",
                        u->z.msg && !cut ? u->z.msg : "");
}

/* As much as a piece of room takes. */
static int unpack_piece(unpacker *u)
{
    tjac_text *t = u->out;
    if (tjac_grow((void **)&t->text, &t->cap, t->n + PIECE + 1, 1, u->err))
        return Z_MEM_ERROR;
    size_t room = t->cap - t->n - 1, in = left(u);
    if (room > MOST_AT_ONCE)
        room = MOST_AT_ONCE;
    u->z.avail_in = (uInt)(in < MOST_AT_ONCE ? in : MOST_AT_ONCE);
    u->z.avail_out = (uInt)room;
    u->z.next_out = (unsigned char *)t->text + t->n;
    int result = inflate(&u->z, Z_NO_FLUSH);
    t->n += room - u->z.avail_out;
    t->text[t->n] = '\0';
    if (t->n > u->most)
        tjac_err_set(u->err, TJAC_EINPUT,
                     "'%s' is compressed with gzip and unpacks to more than %zu MB; unpack it, and "
                     "keep only the rows that are needed",
                     u->path, u->most >> 20);
    return result;
}

static tjac_code unpack_member(unpacker *u)
{
    int result = Z_OK;
    while (result == Z_OK && !u->err->code)
        result = unpack_piece(u);
    return result == Z_STREAM_END || u->err->code ? u->err->code : refuse(u, result);
}

/* What follows the members: gzip itself reads past zeros, as tapes leave them. */
static tjac_code check_rest(const unpacker *u)
{
    for (size_t i = 0; i < left(u); i++)
        if (u->z.next_in[i] != 0)
            return tjac_err_set(u->err, TJAC_EINPUT,
                                "'%s' is compressed with gzip, but %zu other bytes follow; copy or "
                                "write it again",
                                u->path, left(u));
    return TJAC_OK;
}

tjac_code tjac_gzip_unpack(const char *path, const void *bytes, size_t n, size_t most,
                           tjac_text *out, tjac_err *err)
{
    unpacker u = {.path = path, .most = most, .out = out, .err = err};
    u.z.next_in = (unsigned char *)(uintptr_t)bytes; /* zlib only reads there */
    u.end = u.z.next_in + n;
    if (inflateInit2(&u.z, GZIP_ALONE) != Z_OK)
        return tjac_err_memory(err, "out of memory while unpacking '%s'", path);
    do
        (void)!unpack_member(&u);
    while (!err->code && tjac_magic_gzip(u.z.next_in, left(&u)) && inflateReset(&u.z) == Z_OK);
    if (!err->code)
        (void)!check_rest(&u);
    inflateEnd(&u.z);
    return err->code;
}
