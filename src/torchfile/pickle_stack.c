/* pickle_stack.c: the bytes and the stack under the machine of pickle.c. See pickle_reader.h. */
#include "torchfile/pickle_reader.h"

#include <string.h>
#include "base/alloc.h"

void tjac_pickle_fail(tjac_pickle_reader *r, const char *why)
{
    bool pickle = r->n > 0 && r->bytes[0] == 0x80;
    tjac_err_set(r->err, TJAC_EINPUT, "'%s' is %s (byte %zu: %s)", r->opts->what,
                 pickle ? "a damaged or unsupported pickle"
                        : "not a file written by torch.save or pickle",
                 r->op_at, why);
}

bool tjac_pickle_spend(tjac_pickle_reader *r, size_t cost)
{
    if (cost > r->budget) {
        tjac_pickle_fail(r, "it copies the same data again and again");
        return false;
    }
    r->budget -= cost;
    return true;
}

tjac_pickle_object *tjac_pickle_as(tjac_value *v)
{
    return v->kind == TJAC_V_OPAQUE ? (tjac_pickle_object *)v : NULL;
}

tjac_pickle_object *tjac_pickle_object_new(tjac_pickle_reader *r, tjac_pickle_role role,
                                           tjac_pickle_action action, const char *name, size_t n)
{
    tjac_pickle_object *object = tjac_doc_alloc(r->doc, sizeof *object, r->err);
    if (object == NULL)
        return NULL;
    object->value.kind = TJAC_V_OPAQUE;
    object->value.u.str.s = name;
    object->value.u.str.n = n;
    object->role = role;
    object->action = action;
    return object;
}

tjac_value *tjac_pickle_unsupported(tjac_pickle_reader *r, const char *what)
{
    if (r->opts->trust == TJAC_TRUST_OPAQUE)
        return (tjac_value *)tjac_pickle_object_new(r, TJAC_R_INSTANCE, TJAC_G_UNKNOWN, what,
                                                    strlen(what));
    tjac_err_set(r->err, TJAC_EINPUT,
                 "'%s' holds %s (byte %zu), which tjac does not read; save the file again with "
                 "plain names, numbers and tensors",
                 r->opts->what, what, r->op_at);
    return NULL;
}

/* ---- bytes ---- */

const unsigned char *tjac_pickle_take(tjac_pickle_reader *r, uint64_t n)
{
    if (n > r->n - r->at) {
        tjac_pickle_fail(r, "it ends in the middle of a value");
        return NULL;
    }
    const unsigned char *p = r->bytes + r->at;
    r->at += (size_t)n;
    return p;
}

/* A little-endian number of `width` bytes; 0 at the end of the file, with the error set. */
uint64_t tjac_pickle_take_uint(tjac_pickle_reader *r, int width)
{
    const unsigned char *p = tjac_pickle_take(r, (uint64_t)width);
    uint64_t x = 0;
    for (int i = width; p != NULL && i-- > 0;)
        x = x << 8 | p[i];
    return x;
}

/* A line without its end; NULL with the error set. */
const char *tjac_pickle_take_line(tjac_pickle_reader *r, size_t *n)
{
    const unsigned char *start = r->bytes + r->at;
    const unsigned char *end = memchr(start, '\n', r->n - r->at);
    if (end == NULL) {
        tjac_pickle_fail(r, "it ends in the middle of a line");
        return NULL;
    }
    *n = (size_t)(end - start);
    r->at += *n + 1;
    if (*n > 0 && start[*n - 1] == '\r')
        --*n;
    return (const char *)start;
}

/* ---- stack ---- */

void tjac_pickle_push(tjac_pickle_reader *r, tjac_value *v)
{
    if (v == NULL || r->err->code != TJAC_OK)
        return;
    if (tjac_grow((void **)&r->stack, &r->cap_stack, r->n_stack + 1, sizeof *r->stack, r->err) ==
        TJAC_OK)
        r->stack[r->n_stack++] = v;
}

/* What lies below the last mark is out of reach. */
size_t tjac_pickle_in_reach(const tjac_pickle_reader *r)
{
    return r->n_stack - (r->n_marks == 0 ? 0 : r->marks[r->n_marks - 1]);
}

tjac_value *tjac_pickle_top(tjac_pickle_reader *r)
{
    if (r->err->code == TJAC_OK && tjac_pickle_in_reach(r) == 0)
        tjac_pickle_fail(r, "a value is missing on the stack");
    return r->err->code == TJAC_OK ? r->stack[r->n_stack - 1] : NULL;
}

tjac_value *tjac_pickle_pop(tjac_pickle_reader *r)
{
    tjac_value *v = tjac_pickle_top(r);
    if (v != NULL)
        r->n_stack--;
    return v;
}

/* Takes the last mark and the values above it off: items[*n], valid until the next push. */
tjac_value **tjac_pickle_pop_mark(tjac_pickle_reader *r, size_t *n)
{
    *n = 0;
    if (r->n_marks == 0) {
        tjac_pickle_fail(r, "a mark is missing on the stack");
        return NULL;
    }
    size_t start = r->marks[--r->n_marks];
    *n = r->n_stack - start;
    r->n_stack = start;
    return r->stack + start;
}
