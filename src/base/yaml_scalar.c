/* yaml_scalar.c: see yaml_scalar.h. */
#include "base/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 63 }; /* characters; a longer text is a string */

static bool is_one_of(const char *s, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(s, *list) == 0)
            return true;
    return false;
}

/* Copies s without '_' into out[MAX_NUMBER + 1]; false when it is too long for a number. */
static bool drop_underscores(const char *s, char *out)
{
    size_t n = 0;
    for (; *s != '\0'; s++) {
        if (*s == '_')
            continue;
        if (n == MAX_NUMBER)
            return false;
        out[n++] = *s;
    }
    out[n] = '\0';
    return true;
}

/* "1:30:05" or "1:30.5" after the sign: base 60, as YAML 1.1 has it. */
static bool resolve_base60(const char *s, double *x, bool *whole)
{
    if (strchr(s, ':') == NULL || s[0] < '0' || s[0] > '9')
        return false;
    double sum = 0;
    *whole = s[0] != '0';
    for (int part = 0;; part++) {
        size_t n = strspn(s, "0123456789");
        if (n == 0 || (part > 0 && (n > 2 || (n == 2 && s[0] > '5'))))
            return false;
        sum = sum * 60 + strtod(s, NULL); /* a last part with a point brings its fraction */
        s += n;
        if (*s != ':')
            break;
        s++;
    }
    if (*s == '.') {
        *whole = false;
        s += 1 + strspn(s + 1, "0123456789");
    } else if (!*whole) {
        return false;
    }
    *x = sum;
    return *s == '\0';
}

/* PyYAML's pattern: a point is needed, an exponent needs its sign; else it is a string. */
static bool is_float(const char *s)
{
    size_t before = strspn(s, "0123456789");
    s += before;
    if (*s++ != '.')
        return false;
    size_t after = strspn(s, "0123456789");
    if (before == 0 && after == 0)
        return false;
    s += after;
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s != '+' && *s != '-')
            return false;
        size_t exponent = strspn(s + 1, "0123456789");
        if (exponent == 0)
            return false;
        s += 1 + exponent;
    }
    return *s == '\0';
}

/* Base of the whole number s (after its sign) and its first digit; 0 when it is none. */
static int int_base(const char *s, const char **first)
{
    static const char *const digits[] = {"01", "01234567", "0123456789", "0123456789abcdefABCDEF"};
    static const int bases[] = {2, 8, 10, 16};
    int kind = 2;
    *first = s;
    if (s[0] == '0' && (s[1] == 'b' || s[1] == 'x')) {
        kind = s[1] == 'b' ? 0 : 3;
        *first = s + 2;
    } else if (s[0] == '0' && s[1] != '\0') {
        kind = 1;
    }
    if (**first == '\0' || (*first)[strspn(*first, digits[kind])] != '\0')
        return 0;
    return bases[kind];
}

/* A plain scalar that is a number, or NULL without an error when it is none. */
static tjac_value *resolve_number(tjac_doc *doc, const char *text, tjac_err *err)
{
    static const char *const infinity[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nan_names[] = {".nan", ".NaN", ".NAN", NULL};
    char clean[MAX_NUMBER + 1];
    if (is_one_of(text, nan_names))
        return tjac_value_float(doc, (double)NAN, err);
    bool negative = text[0] == '-';
    const char *s = text + (negative || text[0] == '+');
    if (is_one_of(s, infinity))
        return tjac_value_float(doc, negative ? -HUGE_VAL : HUGE_VAL, err);
    if (*s == '_' || !drop_underscores(s, clean))
        return NULL;

    const char *first;
    double x = 0;
    bool whole = false;
    int base = int_base(clean, &first);
    if (base != 0) {
        errno = 0;
        long long i = strtoll(first, NULL, base);
        if (errno == 0)
            return tjac_value_int(doc, negative ? -i : i, err);
        x = strtod(clean, NULL); /* beyond 64 bits: the nearest double, "0x" is read by strtod */
    } else if (is_float(clean)) {
        x = strtod(clean, NULL);
    } else if (!resolve_base60(clean, &x, &whole)) {
        return NULL;
    }
    if (whole && x < 9e15)
        return tjac_value_int(doc, (int64_t)(negative ? -x : x), err);
    return tjac_value_float(doc, negative ? -x : x, err);
}

tjac_value *tjac_yaml_resolve(tjac_doc *doc, const char *s, size_t n, tjac_err *err)
{
    static const char *const null[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"yes",  "Yes", "YES", "true", "True",
                                      "TRUE", "on",  "On",  "ON",   NULL};
    static const char *const no[] = {"no",    "No",  "NO",  "false", "False",
                                     "FALSE", "off", "Off", "OFF",   NULL};
    if (is_one_of(s, null))
        return tjac_value_null(doc, err);
    if (is_one_of(s, yes))
        return tjac_value_bool(doc, true, err);
    if (is_one_of(s, no))
        return tjac_value_bool(doc, false, err);
    tjac_value *number = resolve_number(doc, s, err);
    if (number != NULL || err->code != TJAC_OK)
        return number;
    return tjac_value_string(doc, s, n, err);
}
