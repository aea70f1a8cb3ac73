/* pickle_torch.c: tensors and their storages in pickles. See pickle_reader.h. */
#include "torchfile/pickle_reader.h"

#include <string.h>
#include "base/alloc.h"
#include "torchfile/legacy.h"

/* ('storage', class, key, location, numel[, view]) */
tjac_value *tjac_pickle_persistent(tjac_pickle_reader *r, tjac_value *id)
{
    if (id->kind != TJAC_V_LIST || id->u.list.n < 5 || id->u.list.item[0]->kind != TJAC_V_STRING ||
        strcmp(id->u.list.item[0]->u.str.s, "storage") != 0)
        return tjac_pickle_unsupported(r, "a reference to something outside the pickle");
    tjac_value **a = id->u.list.item;
    const tjac_pickle_object *class = tjac_pickle_as(a[1]);
    if (class == NULL || class->role != TJAC_R_GLOBAL || class->action != TJAC_G_STORAGE)
        return tjac_pickle_unsupported(r, class == NULL ? "a storage of an unknown type"
                                                        : class->value.u.str.s);
    if (id->u.list.n > 5 && a[5]->kind != TJAC_V_NULL)
        return tjac_pickle_unsupported(r, "a storage that is a view of another one");
    if (a[2]->kind != TJAC_V_STRING || a[4]->kind != TJAC_V_INT || a[4]->u.i < 0) {
        tjac_pickle_fail(r, "a malformed reference to a storage");
        return NULL;
    }
    tjac_pickle_object *s = tjac_pickle_object_new(r, TJAC_R_STORAGE, TJAC_G_UNKNOWN,
                                                   class->value.u.str.s, class->value.u.str.n);
    if (s == NULL)
        return NULL;
    s->storage.dtype = class->storage.dtype;
    s->storage.numel = (uint64_t)a[4]->u.i;
    s->storage.key = a[2]->u.str.s;
    tjac_storage_list *list = r->opts->storages;
    if (list != NULL) {
        if (tjac_grow((void **)&list->item, &list->cap, list->n + 1, sizeof *list->item, r->err) !=
            TJAC_OK)
            return NULL;
        list->item[list->n++] = &s->storage;
    }
    return &s->value;
}

/* a * b and a + b of numbers >= 0; -1 when they or the result are beyond int64_t. */
static int64_t times(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || (b != 0 && a > INT64_MAX / b) ? -1 : a * b;
}

static int64_t plus(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a > INT64_MAX - b ? -1 : a + b;
}

/* Reads shape and strides; NULL when they are well formed, else what is wrong. */
static const char *read_view(tjac_tensor *t, const tjac_value *shape, const tjac_value *stride)
{
    int64_t numel = 1, last = t->offset;
    bool empty = false;
    t->ndim = (int)shape->u.list.n;
    for (int i = 0; i < t->ndim; i++) {
        const tjac_value *n = shape->u.list.item[i], *step = stride->u.list.item[i];
        if (n->kind != TJAC_V_INT || n->u.i < 0 || step->kind != TJAC_V_INT || step->u.i < 0)
            return "a tensor with a malformed shape or stride";
        t->shape[i] = n->u.i;
        t->stride[i] = step->u.i;
        numel = n->u.i == 0 || empty ? numel : times(numel, n->u.i);
        last = n->u.i == 0 || empty ? last : plus(last, times(n->u.i - 1, step->u.i));
        empty = empty || n->u.i == 0;
    }
    t->numel = empty ? 0 : (uint64_t)numel;
    if (!empty && (numel < 0 || last < 0 || (uint64_t)last >= t->storage->numel))
        return "a tensor that reaches beyond its storage";
    return NULL;
}

/* _rebuild_tensor_v2(storage, offset, shape, stride, requires_grad, hooks[, metadata]) */
tjac_value *tjac_pickle_tensor(tjac_pickle_reader *r, tjac_value *args)
{
    tjac_value **a = args->u.list.item;
    if (args->u.list.n < 6 || a[1]->kind != TJAC_V_INT || a[1]->u.i < 0 ||
        a[2]->kind != TJAC_V_LIST || a[3]->kind != TJAC_V_LIST ||
        a[2]->u.list.n != a[3]->u.list.n) {
        tjac_pickle_fail(r, "a malformed tensor");
        return NULL;
    }
    const tjac_pickle_object *s = tjac_pickle_as(a[0]);
    if (s == NULL || s->role != TJAC_R_STORAGE)
        return tjac_pickle_unsupported(r, "a tensor of an unknown storage");
    if (a[2]->u.list.n > TJAC_MAX_DIMS)
        return tjac_pickle_unsupported(r, "a tensor of more than 8 dimensions");

    tjac_value *v = tjac_value_new(r->doc, TJAC_V_TENSOR, r->err);
    if (v == NULL)
        return NULL;
    v->u.tensor.storage = &s->storage;
    v->u.tensor.offset = a[1]->u.i;
    const char *why = read_view(&v->u.tensor, a[2], a[3]);
    if (why != NULL) {
        tjac_pickle_fail(r, why);
        return NULL;
    }
    /* An expanded tensor can state any size at no cost in the file; nothing that ST needs is one.
     */
    if (v->u.tensor.numel > s->storage.numel)
        return tjac_pickle_unsupported(r, "a tensor that repeats the elements of its storage");
    return v;
}

/* _load_from_bytes(bytes): a stream of torch's legacy format whose root is a storage. */
tjac_value *tjac_pickle_load_bytes(tjac_pickle_reader *r, tjac_value *args)
{
    if (args->u.list.n != 1 || args->u.list.item[0]->kind != TJAC_V_BYTES) {
        tjac_pickle_fail(r, "torch.storage._load_from_bytes without bytes");
        return NULL;
    }
    const tjac_value *bytes = args->u.list.item[0];
    if (!tjac_pickle_spend(r, bytes->u.str.n))
        return NULL;
    tjac_value *root = NULL;
    tjac_pickle_opts opts = {
        .what = r->opts->what, .trust = r->opts->trust, .depth = r->opts->depth + 1};
    if (tjac_legacy_read(r->doc, (const unsigned char *)bytes->u.str.s, bytes->u.str.n, &opts,
                         &root, r->err) != TJAC_OK)
        return NULL;
    return root;
}
