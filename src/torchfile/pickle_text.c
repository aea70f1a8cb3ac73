/* pickle_text.c: texts, bytes and long numbers of pickles. See pickle_reader.h. */
#include "torchfile/pickle_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

tjac_value *tjac_pickle_text(tjac_pickle_reader *r, const void *s, size_t n)
{
    tjac_value *v = tjac_value_string(r->doc, s, n, r->err);
    if (v != NULL && !tjac_utf8_valid(s, n))
        v->kind = TJAC_V_BYTES;
    return v;
}

tjac_value *tjac_pickle_bytes(tjac_pickle_reader *r, const void *s, size_t n)
{
    tjac_value *v = tjac_value_string(r->doc, s, n, r->err);
    if (v != NULL)
        v->kind = TJAC_V_BYTES;
    return v;
}

/* Writes a code point as UTF-8, whatever it is (a surrogate makes the text invalid: BYTES). */
size_t tjac_pickle_utf8(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | (c >> 18 & 7));
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Up to `max` digits of a base at s[n]; the number of digits read. */
static size_t read_digits(const char *s, size_t n, size_t max, int base, uint32_t *x)
{
    size_t i = 0;
    for (*x = 0; i < n && i < max; i++) {
        int c = (unsigned char)s[i], d = -1;
        if (c >= '0' && c <= '9')
            d = c - '0';
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            d = (c | 32) - 'a' + 10;
        if (d < 0 || d >= base)
            break;
        *x = *x * (uint32_t)base + (uint32_t)d;
    }
    return i;
}

/* One escape of a Python bytes literal after its backslash; the bytes read, 0 if it is bad. */
static size_t read_escape(const char *s, size_t n, char *out)
{
    static const char letters[] = "\\'\"nrtabfv", meaning[] = "\\'\"\n\r\t\a\b\f\v";
    uint32_t x;
    const char *letter = n == 0 || *s == '\0' ? NULL : strchr(letters, *s);
    if (letter != NULL) {
        *out = meaning[letter - letters];
        return 1;
    }
    if (n > 0 && *s == 'x') {
        size_t got = read_digits(s + 1, n - 1, 2, 16, &x);
        *out = (char)x;
        return got == 2 ? 3 : 0;
    }
    size_t got = read_digits(s, n, 3, 8, &x);
    *out = (char)x;
    return got;
}

/* The STRING opcode: a quoted literal of Python 2. */
tjac_value *tjac_pickle_quoted(tjac_pickle_reader *r, const char *s, size_t n)
{
    if (n < 2 || (s[0] != '\'' && s[0] != '"') || s[n - 1] != s[0]) {
        tjac_pickle_fail(r, "a string without quotes");
        return NULL;
    }
    char *text = tjac_doc_alloc(r->doc, n, r->err);
    if (text == NULL)
        return NULL;
    size_t m = 0;
    for (size_t i = 1; i < n - 1; m++) {
        text[m] = s[i++];
        if (text[m] != '\\')
            continue;
        size_t got = read_escape(s + i, n - 1 - i, &text[m]);
        if (got == 0) {
            tjac_pickle_fail(r, "a malformed escape in a string");
            return NULL;
        }
        i += got;
    }
    return tjac_pickle_text(r, text, m);
}

/* The UNICODE opcode: Latin-1 with \uXXXX and \UXXXXXXXX. */
tjac_value *tjac_pickle_escaped(tjac_pickle_reader *r, const char *s, size_t n)
{
    if (n > SIZE_MAX / 4) {
        tjac_pickle_fail(r, "a text that is too long");
        return NULL;
    }
    char *text = tjac_doc_alloc(r->doc, n * 2 + 4, r->err);
    if (text == NULL)
        return NULL;
    size_t m = 0;
    for (size_t i = 0; i < n;) {
        uint32_t c = (unsigned char)s[i++];
        if (c == '\\' && i < n && (s[i] == 'u' || s[i] == 'U')) {
            size_t digits = s[i] == 'u' ? 4 : 8;
            if (read_digits(s + i + 1, n - i - 1, digits, 16, &c) != digits || c > 0x10ffff) {
                tjac_pickle_fail(r, "a malformed escape in a text");
                return NULL;
            }
            i += 1 + digits;
        }
        m += tjac_pickle_utf8(c, text + m);
    }
    return tjac_pickle_text(r, text, m);
}

/* UTF-8 text with code points up to U+00FF (NUL included) to the bytes that it stands for. */
tjac_value *tjac_pickle_latin1(tjac_pickle_reader *r, const char *s, size_t n)
{
    unsigned char *bytes = tjac_doc_alloc(r->doc, n + 1, r->err);
    if (bytes == NULL)
        return NULL;
    size_t m = 0;
    for (size_t i = 0; i < n; m++) {
        unsigned c = (unsigned char)s[i++];
        if (c >= 0x80) {
            unsigned low = i < n ? (unsigned char)s[i++] : 0;
            if ((c != 0xc2 && c != 0xc3) || (low & 0xc0) != 0x80) {
                tjac_pickle_fail(r, "a text that is not Latin-1");
                return NULL;
            }
            c = (c & 3) << 6 | (low & 0x3f);
        }
        bytes[m] = (unsigned char)c;
    }
    tjac_value *v = tjac_value_new(r->doc, TJAC_V_BYTES, r->err);
    if (v != NULL) {
        v->u.str.s = (const char *)bytes;
        v->u.str.n = m;
    }
    return v;
}

/* A number beyond 64 bits: an object whose name is the number. */
static tjac_value *big_int(tjac_pickle_reader *r, const char *name, size_t n)
{
    char *copy = tjac_doc_alloc(r->doc, n + 1, r->err);
    if (copy == NULL)
        return NULL;
    memcpy(copy, name, n);
    return (tjac_value *)tjac_pickle_object_new(r, TJAC_R_INSTANCE, TJAC_G_UNKNOWN, copy, n);
}

/* Little-endian two's complement of any length. */
tjac_value *tjac_pickle_long(tjac_pickle_reader *r, const unsigned char *s, size_t n)
{
    char text[80];
    if (n <= 8) {
        uint64_t x = n > 0 && s[n - 1] >= 0x80 ? UINT64_MAX : 0;
        for (size_t i = n; i-- > 0;)
            x = x << 8 | s[i];
        int64_t i;
        memcpy(&i, &x, sizeof i);
        return tjac_value_int(r->doc, i, r->err);
    }
    size_t at = (size_t)snprintf(text, sizeof text, n > 32 ? "int of %zu bytes" : "int 0x", n);
    for (size_t i = n, leading = 1; i-- > 0 && n <= 32;) {
        if (leading && s[i] == 0)
            continue;
        at += (size_t)snprintf(text + at, sizeof text - at, leading ? "%x" : "%02x", s[i]);
        leading = 0;
    }
    return big_int(r, text, at);
}

/* "-12" or "12L". */
tjac_value *tjac_pickle_decimal(tjac_pickle_reader *r, const char *s, size_t n)
{
    char number[32], name[48];
    if (n > 0 && s[n - 1] == 'L')
        n--;
    size_t sign = n > 0 && (s[0] == '-' || s[0] == '+');
    size_t digits = sign;
    while (digits < n && s[digits] >= '0' && s[digits] <= '9')
        digits++;
    if (digits == sign || digits != n) {
        tjac_pickle_fail(r, "a malformed number");
        return NULL;
    }
    if (n < sizeof number) {
        memcpy(number, s, n);
        number[n] = '\0';
        errno = 0;
        long long i = strtoll(number, NULL, 10);
        if (errno == 0)
            return tjac_value_int(r->doc, i, r->err);
        n = (size_t)snprintf(name, sizeof name, "int %s", number);
    } else {
        n = (size_t)snprintf(name, sizeof name, "int of %zu digits", n - sign);
    }
    return big_int(r, name, n);
}
