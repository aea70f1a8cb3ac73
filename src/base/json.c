/* json.c: see json.h. The only file that includes cJSON.
 *
 * cJSON takes more than JSON (numbers like 01 or 1., raw control characters, "\u0000" inside a
 * string, overflow to infinity), so a scan of the tokens comes before it; the scan also knows
 * lines and columns.
 */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/names.h"
#include "base/text.h"

enum { MAX_DEPTH = 64, MAX_FILE = 64 << 20 };

/* "WHAT:LINE:COLUMN: WHY" for the byte at text[at]; columns count bytes from 1. */
static tjac_code refuse(const char *what, const char *text, size_t at, const char *why,
                        tjac_err *err)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < at; i++)
        if (text[i] == '\n') {
            line++;
            start = i + 1;
        }
    return tjac_err_set(err, TJAC_EUSAGE, "%s:%zu:%zu: not valid JSON: %s", what, line,
                        at - start + 1, why);
}

static size_t digits(const char *text, size_t n, size_t i)
{
    while (i < n && text[i] >= '0' && text[i] <= '9')
        i++;
    return i;
}

/* The end of the number at `i`, 0 when it is none in JSON's grammar. */
static size_t number_end(const char *text, size_t n, size_t i)
{
    if (text[i] == '-')
        i++;
    size_t whole = digits(text, n, i);
    if (whole == i || (text[i] == '0' && whole != i + 1))
        return 0;
    i = whole;
    if (i < n && text[i] == '.') {
        size_t fraction = digits(text, n, i + 1);
        if (fraction == i + 1)
            return 0;
        i = fraction;
    }
    if (i < n && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < n && (text[i] == '+' || text[i] == '-'))
            i++;
        size_t exponent = digits(text, n, i);
        if (exponent == i)
            return 0;
        i = exponent;
    }
    if (i < n && strchr("+-.0123456789eE", text[i]) != NULL)
        return 0;
    return i;
}

/* The index after the closing quote of the string that opens at `i`; 0 and *why when it is bad. */
static size_t string_end(const char *text, size_t n, size_t i, size_t *at, const char **why)
{
    size_t start = i;
    for (i++; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        *at = i;
        if (c == '"')
            return i + 1;
        if (c < 0x20) {
            *why = "a control character in a string (a closing quote missing?)";
            return 0;
        }
        if (c == '\\') {
            if (n - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0) {
                *why = "a NUL character in a string";
                return 0;
            }
            i++;
        }
    }
    *at = start;
    *why = "a string without a closing quote";
    return 0;
}

/* What cJSON does not refuse. `text` is followed by a NUL. */
static tjac_code scan(const char *text, size_t n, const char *what, tjac_err *err)
{
    int depth = 0;
    for (size_t i = 0; i < n;) {
        char c = text[i];
        size_t at = i;
        const char *why = NULL;
        if (c == '"') {
            i = string_end(text, n, i, &at, &why);
        } else if (c == '-' || (c >= '0' && c <= '9')) {
            i = number_end(text, n, i);
            if (i == 0)
                why = "a malformed number";
            else if (!isfinite(strtod(text + at, NULL)))
                why = "a number out of range";
        } else {
            if ((unsigned char)c < 0x20 && c != '\t' && c != '\n' && c != '\r')
                why = "a control character";
            else if ((c == '{' || c == '[') && ++depth > MAX_DEPTH)
                why = "nested too deeply";
            else if (c == '}' || c == ']')
                depth--;
            i++;
        }
        if (why != NULL)
            return refuse(what, text, at, why, err);
    }
    return TJAC_OK;
}

static tjac_code check_duplicates(const cJSON *object, const char *what, tjac_err *err)
{
    tjac_names keys = {0};
    tjac_code code = TJAC_OK;
    for (const cJSON *child = object->child; child && code == TJAC_OK; child = child->next)
        code = tjac_names_add(&keys, child->string, err);
    if (keys.twice)
        code = tjac_err_set(err, TJAC_EUSAGE,
                            "%s: key '%s' is given twice in one object; keep one of them", what,
                            keys.name[keys.twice]);
    tjac_names_free(&keys);
    return code;
}

static tjac_value *convert_number(tjac_doc *doc, double x, tjac_err *err)
{
    const double exact = 9007199254740992.0; /* 2^53: beyond it a double skips whole numbers */
    if (x == floor(x) && fabs(x) <= exact)
        return tjac_value_int(doc, (int64_t)x, err);
    return tjac_value_float(doc, x, err);
}

/* NULL on failure. The scan has bounded the depth of the recursion. */
static tjac_value *convert(tjac_doc *doc, const cJSON *item, const char *what, tjac_err *err)
{
    if (cJSON_IsBool(item))
        return tjac_value_bool(doc, cJSON_IsTrue(item), err);
    if (cJSON_IsNumber(item))
        return convert_number(doc, item->valuedouble, err);
    if (cJSON_IsString(item))
        return tjac_value_string(doc, item->valuestring, strlen(item->valuestring), err);
    if (cJSON_IsNull(item))
        return tjac_value_null(doc, err);

    bool object = cJSON_IsObject(item);
    if (object && check_duplicates(item, what, err) != TJAC_OK)
        return NULL;
    tjac_value *v = tjac_value_new(doc, object ? TJAC_V_DICT : TJAC_V_LIST, err);
    const cJSON *child;
    cJSON_ArrayForEach(child, item)
    {
        tjac_value *value = v == NULL ? NULL : convert(doc, child, what, err);
        if (value == NULL)
            return NULL;
        tjac_code code;
        if (object)
            code = tjac_value_append(
                doc, v, tjac_value_string(doc, child->string, strlen(child->string), err), value,
                err);
        else
            code = tjac_value_push(doc, v, value, err);
        if (code != TJAC_OK)
            return NULL;
    }
    return v;
}

tjac_code tjac_json_parse(tjac_doc *doc, const char *text, size_t n, const char *what,
                          tjac_value **out, tjac_err *err)
{
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    if (!tjac_utf8_valid(text, n))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "%s: not valid JSON: the text is not UTF-8 or has a NUL in it", what);
    /* The copy gives strtod and cJSON the NUL that they stop at. */
    cJSON *root = NULL;
    tjac_code code = TJAC_OK;
    char *copy = tjac_strndup(text, n, err);
    if (copy == NULL)
        return err->code;
    code = scan(copy, n, what, err);
    if (code != TJAC_OK)
        goto done;
    const char *end = NULL;
    root = cJSON_ParseWithLengthOpts(copy, n + 1, &end, 1);
    if (root == NULL) {
        size_t at = end == NULL ? 0 : (size_t)(end - copy);
        if (at > n)
            at = n;
        code = refuse(what, copy, at, at == n ? "unexpected end" : "unexpected text here", err);
        goto done;
    }
    tjac_value *v = convert(doc, root, what, err);
    if (v == NULL)
        code = err->code;
    else
        *out = v;
done:
    cJSON_Delete(root);
    free(copy);
    return code;
}

tjac_code tjac_json_read(tjac_doc *doc, const char *path, tjac_value **out, tjac_err *err)
{
    tjac_text text = {0};
    if (!tjac_text_read_as(&text, path, MAX_FILE, TJAC_EUSAGE, err))
        (void)!tjac_json_parse(doc, text.text, text.n,
                               strcmp(path, "-") == 0 ? "standard input" : path, out, err);
    tjac_text_free(&text);
    return err->code;
}

/* Fewest digits first, but "100" rather than "1e+02". */
static cJSON *make_number(double x)
{
    char best[32] = "", text[32];
    if (!isfinite(x))
        return cJSON_CreateNull();
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, x);
        if (strtod(text, NULL) == x && (best[0] == '\0' || strlen(text) < strlen(best)))
            memcpy(best, text, sizeof best);
    }
    return cJSON_CreateRaw(best);
}

/* NULL when memory is out, when nested too deeply, or for a kind that JSON does not know. */
static cJSON *make_item(const tjac_value *v, int depth)
{
    char whole[24];
    if (depth > MAX_DEPTH)
        return NULL;
    switch (v->kind) {
    case TJAC_V_NULL:
        return cJSON_CreateNull();
    case TJAC_V_BOOL:
        return cJSON_CreateBool(v->u.b);
    case TJAC_V_INT:
        snprintf(whole, sizeof whole, "%lld", (long long)v->u.i);
        return cJSON_CreateRaw(whole);
    case TJAC_V_FLOAT:
        return make_number(v->u.f);
    case TJAC_V_STRING:
        return cJSON_CreateString(v->u.str.s);
    case TJAC_V_LIST:
    case TJAC_V_DICT:
        break;
    default:
        return NULL;
    }
    bool object = v->kind == TJAC_V_DICT;
    cJSON *item = object ? cJSON_CreateObject() : cJSON_CreateArray();
    size_t n = object ? v->u.dict.n : v->u.list.n;
    for (size_t i = 0; i < n && item != NULL; i++) {
        const tjac_value *key = object ? v->u.dict.entry[i].key : NULL;
        cJSON *child = make_item(object ? v->u.dict.entry[i].value : v->u.list.item[i], depth + 1);
        cJSON_bool added = 0;
        if (child != NULL && !object)
            added = cJSON_AddItemToArray(item, child);
        else if (child != NULL && key->kind == TJAC_V_STRING)
            added = cJSON_AddItemToObject(item, key->u.str.s, child);
        if (!added) {
            cJSON_Delete(child);
            cJSON_Delete(item);
            return NULL;
        }
    }
    return item;
}

tjac_code tjac_json_print(const tjac_value *v, char **out, tjac_err *err)
{
    cJSON *item = make_item(v, 0);
    char *printed = item == NULL ? NULL : cJSON_Print(item);
    cJSON_Delete(item);
    if (printed == NULL)
        return tjac_err_set(err, TJAC_EFAIL,
                            "cannot write %s as JSON: out of memory, nested too "
                            "deeply, or a kind of value that JSON does not have",
                            tjac_value_kind_name(v));
    size_t n = strlen(printed);
    char *text = tjac_alloc(n + 2, 1, err);
    if (text != NULL) {
        memcpy(text, printed, n);
        text[n] = '\n';
        *out = text;
    }
    cJSON_free(printed);
    return text == NULL ? err->code : TJAC_OK;
}

const char *tjac_json_version(void)
{
    return cJSON_Version();
}
