/* pickle_numpy.c: NumPy scalars as plain values, arrays as tensors and lists. See pickle_reader.h.
 */
#include "torchfile/pickle_reader.h"

#include <string.h>
#include "torchfile/storage.h"

/* An array larger than this is none that tjac looks at. */
enum { MAX_ITEMS = 1 << 22 };

static bool is_known_number(char code, size_t size)
{
    switch (code) {
    case 'f':
        return size == 2 || size == 4 || size == 8;
    case 'i':
    case 'u':
        return size == 1 || size == 2 || size == 4 || size == 8;
    case 'b':
        return size == 1;
    default:
        return false;
    }
}

/* dtype('<f4'), dtype('U5', False, True), dtype('O8', ...) */
tjac_value *tjac_pickle_np_dtype(tjac_pickle_reader *r, tjac_value *args)
{
    if (args->u.list.n < 1 || args->u.list.item[0]->kind != TJAC_V_STRING)
        return tjac_pickle_unsupported(r, "a numpy.dtype without a name");
    const char *s = args->u.list.item[0]->u.str.s;
    char order = '<';
    if (*s != '\0' && strchr("<>|=", *s) != NULL)
        order = *s++ == '>' ? '>' : '<';
    char code = *s;
    size_t size = 0;
    if (code != '\0')
        for (s++; *s >= '0' && *s <= '9' && size < 1u << 24; s++)
            size = size * 10 + (size_t)(*s - '0');
    bool known = *s == '\0';
    if (code == 'U')
        size *= 4;
    else if (code == 'O')
        size = 8;
    else if (code != 'S')
        known = known && is_known_number(code, size);

    tjac_pickle_object *d = tjac_pickle_object_new(r, TJAC_R_NP_DTYPE, TJAC_G_UNKNOWN,
                                                   "numpy.dtype", strlen("numpy.dtype"));
    if (d == NULL)
        return NULL;
    d->dtype.code = '\0';
    if (known)
        d->dtype.code = code;
    d->dtype.order = order;
    d->dtype.size = size;
    return &d->value;
}

/* The state: (version, order, subarray, names, fields, size or -1, alignment, flags[, metadata]) */
void tjac_pickle_np_dtype_build(tjac_pickle_reader *r, tjac_pickle_object *d, tjac_value *state)
{
    if (state->kind != TJAC_V_LIST || state->u.list.n < 6 ||
        state->u.list.item[1]->kind != TJAC_V_STRING) {
        tjac_pickle_fail(r, "a malformed state of a numpy.dtype");
        return;
    }
    tjac_value **s = state->u.list.item;
    if (s[1]->u.str.s[0] == '>' || s[1]->u.str.s[0] == '<')
        d->dtype.order = s[1]->u.str.s[0];
    bool plain = s[2]->kind == TJAC_V_NULL && s[3]->kind == TJAC_V_NULL;
    if (!plain)
        d->dtype.code = '\0';
    bool text = d->dtype.code == 'U' || d->dtype.code == 'S';
    if (text && s[5]->kind == TJAC_V_INT && s[5]->u.i >= 0)
        d->dtype.size = (size_t)s[5]->u.i;
    if (d->dtype.code == 'U' && d->dtype.size % 4 != 0)
        tjac_pickle_fail(r, "a malformed size of a numpy.dtype");
}

static const tjac_pickle_object *as_dtype(tjac_value *v)
{
    const tjac_pickle_object *d = tjac_pickle_as(v);
    return d != NULL && d->role == TJAC_R_NP_DTYPE ? d : NULL;
}

/* An unsigned number of n bytes in the dtype's byte order. */
static uint64_t number(const unsigned char *p, size_t n, char order)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++)
        x = x << 8 | p[order == '>' ? i : n - 1 - i];
    return x;
}

/* UTF-32 without the NULs at its end. */
static tjac_value *text_value(tjac_pickle_reader *r, const tjac_pickle_object *d,
                              const unsigned char *p)
{
    size_t n = d->dtype.size / 4, m = 0;
    while (n > 0 && number(p + (n - 1) * 4, 4, '<') == 0)
        n--;
    char *text = tjac_doc_alloc(r->doc, n * 4 + 1, r->err);
    tjac_value *v = text == NULL ? NULL : tjac_value_new(r->doc, TJAC_V_STRING, r->err);
    if (v == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        uint64_t c = number(p + i * 4, 4, d->dtype.order);
        if (c > 0x10ffff) {
            tjac_pickle_fail(r, "a numpy text that is not Unicode");
            return NULL;
        }
        m += tjac_pickle_utf8((uint32_t)c, text + m);
    }
    if (!tjac_utf8_valid(text, m))
        v->kind = TJAC_V_BYTES;
    v->u.str.s = text;
    v->u.str.n = m;
    return v;
}

static double float_value(uint64_t bits, size_t size)
{
    float f;
    double x;
    uint32_t low = (uint32_t)bits;
    if (size == 2)
        return (double)tjac_storage_half((uint16_t)bits);
    memcpy(&f, &low, sizeof f);
    memcpy(&x, &bits, sizeof x);
    return size == 4 ? (double)f : x;
}

static tjac_value *item_value(tjac_pickle_reader *r, const tjac_pickle_object *d,
                              const unsigned char *p)
{
    size_t n = d->dtype.size;
    if (d->dtype.code == 'U')
        return text_value(r, d, p);
    if (d->dtype.code == 'S') {
        while (n > 0 && p[n - 1] == 0)
            n--;
        return tjac_pickle_text(r, p, n);
    }
    uint64_t bits = number(p, n, d->dtype.order);
    if (d->dtype.code == 'b')
        return bits != 0 ? r->yes : r->no;
    if (d->dtype.code == 'f')
        return tjac_value_float(r->doc, float_value(bits, n), r->err);
    if (d->dtype.code == 'u' && bits > INT64_MAX)
        return tjac_value_float(r->doc, (double)bits, r->err);
    if (d->dtype.code == 'i' && n < 8 && bits >> (n * 8 - 1) != 0)
        bits |= UINT64_MAX << (n * 8); /* the sign */
    int64_t i;
    memcpy(&i, &bits, sizeof i);
    return tjac_value_int(r->doc, i, r->err);
}

/* scalar(dtype, bytes); of an object dtype scalar(dtype, value). */
tjac_value *tjac_pickle_np_scalar(tjac_pickle_reader *r, tjac_value *args)
{
    tjac_value **a = args->u.list.item;
    const tjac_pickle_object *d = args->u.list.n < 1 ? NULL : as_dtype(a[0]);
    if (d == NULL || d->dtype.code == '\0')
        return tjac_pickle_unsupported(r, "a NumPy scalar of a type that is no number or text");
    if (args->u.list.n == 1 && d->dtype.size == 0)
        return tjac_pickle_text(r, "", 0); /* str_('') */
    if (args->u.list.n != 2) {
        tjac_pickle_fail(r, "a NumPy scalar without a value");
        return NULL;
    }
    if (d->dtype.code == 'O')
        return a[1];
    bool bytes = a[1]->kind == TJAC_V_BYTES || a[1]->kind == TJAC_V_STRING;
    if (!bytes || a[1]->u.str.n != d->dtype.size) {
        tjac_pickle_fail(r, "a NumPy scalar whose bytes do not fit its type");
        return NULL;
    }
    return tjac_pickle_spend(r, d->dtype.size)
               ? item_value(r, d, (const unsigned char *)a[1]->u.str.s)
               : NULL;
}

/* The product of the shape; false when it is malformed. */
static bool count_items(const tjac_value *shape, size_t *count)
{
    *count = 1;
    if (shape->kind != TJAC_V_LIST)
        return false;
    for (size_t i = 0; i < shape->u.list.n; i++) {
        const tjac_value *n = shape->u.list.item[i];
        if (n->kind != TJAC_V_INT || n->u.i < 0 || n->u.i > MAX_ITEMS)
            return false;
        *count *= (size_t)n->u.i; /* at most MAX_ITEMS squared: fits */
        if (*count > MAX_ITEMS)
            return false;
    }
    return true;
}

/* Whether `data` are n elements of the dtype. */
static bool fits(const tjac_pickle_object *d, const tjac_value *data, size_t n)
{
    if (d->dtype.code == 'O')
        return data->kind == TJAC_V_LIST && data->u.list.n == n;
    if (data->kind != TJAC_V_BYTES && data->kind != TJAC_V_STRING)
        return false;
    return d->dtype.size == 0
               ? data->u.str.n == 0
               : data->u.str.n / d->dtype.size == n && data->u.str.n % d->dtype.size == 0;
}

/* The type of a tensor whose elements are as the array's; false: there is none. */
static bool tensor_type(const tjac_pickle_object *d, tjac_dtype *out)
{
    static const struct {
        char code;
        size_t size;
        tjac_dtype dtype;
    } types[] = {{'f', 8, TJAC_F64}, {'f', 4, TJAC_F32}, {'f', 2, TJAC_F16},
                 {'i', 8, TJAC_I64}, {'i', 4, TJAC_I32}, {'i', 2, TJAC_I16},
                 {'i', 1, TJAC_I8},  {'u', 1, TJAC_U8},  {'b', 1, TJAC_B8}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].code == d->dtype.code && types[i].size == d->dtype.size) {
            *out = types[i].dtype;
            return d->dtype.order != '>' || d->dtype.size == 1;
        }
    return false;
}

/* The same elements as little-endian float64. */
static unsigned char *as_doubles(tjac_pickle_reader *r, const tjac_pickle_object *d,
                                 const unsigned char *p, size_t n)
{
    unsigned char *out =
        tjac_pickle_spend(r, 8 * n) ? tjac_doc_alloc(r->doc, 8 * n + 1, r->err) : NULL;
    for (size_t i = 0; i < n && out != NULL; i++) {
        const tjac_value *v = item_value(r, d, p + i * d->dtype.size);
        if (v == NULL)
            return NULL;
        double x = v->kind == TJAC_V_FLOAT ? v->u.f : (double)v->u.i;
        uint64_t bits;
        memcpy(&bits, &x, sizeof bits);
        for (int b = 0; b < 8; b++)
            out[8 * i + (size_t)b] = (unsigned char)(bits >> 8 * b);
    }
    return out;
}

/* Numbers: a TENSOR, because as a list they would take fifty times the memory. */
static tjac_value *number_array(tjac_pickle_reader *r, const tjac_pickle_object *d,
                                const tjac_value *shape, bool fortran, const tjac_value *data)
{
    const unsigned char *bytes = (const unsigned char *)data->u.str.s;
    size_t n = data->u.str.n / d->dtype.size;
    tjac_storage *s = tjac_doc_alloc(r->doc, sizeof *s, r->err);
    tjac_value *v = s == NULL ? NULL : tjac_value_new(r->doc, TJAC_V_TENSOR, r->err);
    if (v == NULL)
        return NULL;
    if (!tensor_type(d, &s->dtype)) {
        s->dtype = TJAC_F64;
        bytes = as_doubles(r, d, bytes, n);
    }
    s->numel = n;
    s->bytes = bytes;
    tjac_tensor *t = &v->u.tensor;
    t->storage = s;
    t->ndim = (int)shape->u.list.n;
    t->numel = n;
    int64_t stride = 1;
    for (int i = 0; i < t->ndim; i++) {
        int dim = fortran ? i : t->ndim - 1 - i;
        t->shape[dim] = shape->u.list.item[dim]->u.i;
        t->stride[dim] = stride;
        stride *= t->shape[dim] ? t->shape[dim] : 1;
    }
    return bytes == NULL ? NULL : v;
}

/* Numbers: a TENSOR; texts and objects: a LIST, of one dimension; of no dimensions: the item. */
static tjac_value *array_value(tjac_pickle_reader *r, const tjac_pickle_object *d,
                               const tjac_value *shape, bool fortran, tjac_value *data)
{
    size_t n;
    bool numbers = d != NULL && d->dtype.code != '\0' && strchr("fiub", d->dtype.code) != NULL;
    if (d == NULL || d->dtype.code == '\0' || !count_items(shape, &n) ||
        shape->u.list.n > (numbers ? TJAC_MAX_DIMS : 1))
        return tjac_pickle_unsupported(r,
                                       "a NumPy array that is no short list of numbers or texts");
    if (!fits(d, data, n)) {
        tjac_pickle_fail(r, "a NumPy array whose data do not fit its shape");
        return NULL;
    }
    if (numbers && shape->u.list.n > 0)
        return number_array(r, d, shape, fortran, data);
    bool objects = d->dtype.code == 'O';
    if (!tjac_pickle_spend(r, objects ? n : data->u.str.n + n))
        return NULL;
    tjac_value *list = tjac_value_list(r->doc, r->err);
    for (size_t i = 0; i < n; i++) {
        tjac_value *item;
        if (objects)
            item = data->u.list.item[i];
        else
            item = item_value(r, d, (const unsigned char *)data->u.str.s + i * d->dtype.size);
        if (tjac_value_push(r->doc, list, item, r->err) != TJAC_OK)
            return NULL;
    }
    return shape->u.list.n == 0 ? list->u.list.item[0] : list;
}

/* _reconstruct(ndarray, (0,), b'b'): an empty array that BUILD fills. */
tjac_value *tjac_pickle_np_reconstruct(tjac_pickle_reader *r, tjac_value *args)
{
    const tjac_pickle_object *type =
        args->u.list.n < 1 ? NULL : tjac_pickle_as(args->u.list.item[0]);
    if (type == NULL || strcmp(type->value.u.str.s, "numpy.ndarray") != 0)
        return tjac_pickle_unsupported(r, "a NumPy array of a class of its own");
    return (tjac_value *)tjac_pickle_object_new(r, TJAC_R_NP_ARRAY, TJAC_G_UNKNOWN, "numpy.ndarray",
                                                strlen("numpy.ndarray"));
}

/* The state: (version, shape, dtype, is_fortran, data) */
void tjac_pickle_np_array_build(tjac_pickle_reader *r, tjac_pickle_object *a, tjac_value *state)
{
    if (state->kind != TJAC_V_LIST || state->u.list.n != 5) {
        tjac_pickle_fail(r, "a malformed state of a numpy.ndarray");
        return;
    }
    tjac_value **s = state->u.list.item;
    bool fortran = s[3]->kind == TJAC_V_BOOL && s[3]->u.b;
    const tjac_value *list = array_value(r, as_dtype(s[2]), s[1], fortran, s[4]);
    if (list != NULL && list->kind != TJAC_V_OPAQUE)
        a->value = *list;
}

/* _frombuffer(bytes, dtype, shape, order) */
tjac_value *tjac_pickle_np_frombuffer(tjac_pickle_reader *r, tjac_value *args)
{
    if (args->u.list.n != 4) {
        tjac_pickle_fail(r, "a malformed NumPy array");
        return NULL;
    }
    tjac_value **a = args->u.list.item;
    bool fortran = a[3]->kind == TJAC_V_STRING && strcmp(a[3]->u.str.s, "F") == 0;
    return array_value(r, as_dtype(a[1]), a[2], fortran, a[0]);
}
