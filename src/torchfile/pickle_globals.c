/* pickle_globals.c: the globals that pickles may name, and what stands for calling them.
 * See pickle_reader.h. Nothing is imported: a global is a row of the table below. */
#include "torchfile/pickle_reader.h"

#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 512 };

typedef struct {
    const char *modules; /* separated by spaces: names of other versions of the package */
    const char *names;
    tjac_pickle_action action;
} known_global;

static const known_global known[] = {
    {"collections", "OrderedDict defaultdict", TJAC_G_DICT},
    {"builtins __builtin__", "dict", TJAC_G_DICT},
    {"builtins __builtin__", "list tuple set frozenset", TJAC_G_LIST},
    {"builtins __builtin__", "bytes bytearray", TJAC_G_BYTES},
    {"builtins __builtin__", "int long float bool str unicode object", TJAC_G_INERT},
    {"typing", "Any", TJAC_G_INERT},
    {"_codecs", "encode", TJAC_G_ENCODE},
    {"copyreg copy_reg", "_reconstructor", TJAC_G_REMAKE},
    {"argparse", "Namespace", TJAC_G_STATE},
    /* what Lightning makes of hyper-parameters: a dict */
    {"lightning.fabric.utilities.data lightning.pytorch.utilities.parsing "
     "lightning_fabric.utilities.data pytorch_lightning.utilities.parsing",
     "AttributeDict", TJAC_G_DICT},
    {"omegaconf.dictconfig", "DictConfig", TJAC_G_CONTENT},
    {"omegaconf.listconfig", "ListConfig", TJAC_G_CONTENT},
    {"omegaconf.nodes",
     "AnyNode StringNode IntegerNode FloatNode BooleanNode BytesNode PathNode EnumNode ValueNode",
     TJAC_G_NODE},
    {"omegaconf.base", "Metadata ContainerMetadata SCMode", TJAC_G_INERT},
    {"pathlib pathlib._local", "PosixPath PurePosixPath", TJAC_G_PATH},
    {"torch", "Size", TJAC_G_LIST},
    {"torch", "device", TJAC_G_DEVICE},
    {"torch._utils", "_rebuild_tensor_v2", TJAC_G_TENSOR},
    {"torch._utils", "_rebuild_parameter _rebuild_parameter_with_state", TJAC_G_PARAMETER},
    {"torch._tensor", "_rebuild_from_type_v2", TJAC_G_TYPED},
    {"torch", "Tensor", TJAC_G_INERT},
    {"torch.nn.parameter", "Parameter Buffer", TJAC_G_INERT},
    {"torch.storage", "_load_from_bytes", TJAC_G_LOAD_BYTES},
    /* names as pandas keeps them; its other classes are refused by name */
    {"pandas.core.indexes.base pandas.indexes.base", "_new_Index", TJAC_G_INDEX},
    {"pandas.core.indexes.base pandas", "Index", TJAC_G_INERT},
    {"pandas._libs.arrays", "__pyx_unpickle_NDArrayBacked", TJAC_G_BACKED},
    {"pandas.core.arrays.string_ pandas.arrays", "StringArray", TJAC_G_INERT},
    {"pandas.core.arrays.string_ pandas", "StringDtype", TJAC_G_INERT},
    {"pandas._libs.missing", "NA", TJAC_G_INERT},
    {"numpy", "dtype", TJAC_G_NP_DTYPE},
    {"numpy", "ndarray", TJAC_G_INERT},
    {"numpy.core.multiarray numpy._core.multiarray", "scalar", TJAC_G_NP_SCALAR},
    {"numpy.core.multiarray numpy._core.multiarray", "_reconstruct", TJAC_G_NP_RECONSTRUCT},
    {"numpy.core.numeric numpy._core.numeric", "_frombuffer", TJAC_G_NP_FROMBUFFER},
};

/* In the order of tjac_dtype. */
static const char *const storages[] = {
    "FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage",
    "IntStorage",   "ShortStorage",  "CharStorage", "ByteStorage",     "BoolStorage"};

static const char dtypes[] = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool "
                             "float half double long int short uint16 uint32 uint64 complex64 "
                             "complex128";

/* Whether `word` is one of the words of `list`. */
static bool is_word(const char *list, const char *word, size_t n)
{
    while (*list != '\0') {
        size_t m = strcspn(list, " ");
        if (m == n && memcmp(list, word, n) == 0)
            return true;
        list += m + (list[m] == ' ');
    }
    return false;
}

static bool is_printable(const char *s, size_t n)
{
    if (n == 0 || n > MAX_NAME / 2 - 2 || !tjac_utf8_valid(s, n))
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] <= ' ' || s[i] == 0x7f)
            return false;
    return true;
}

/* "MODULE.NAME" in the document. */
static char *full_name(tjac_pickle_reader *r, const char *module, size_t n_module, const char *name,
                       size_t n_name)
{
    char *full = tjac_doc_alloc(r->doc, n_module + n_name + 2, r->err);
    if (full == NULL)
        return NULL;
    memcpy(full, module, n_module);
    full[n_module] = '.';
    memcpy(full + n_module + 1, name, n_name);
    return full;
}

static tjac_pickle_action find_action(const char *module, size_t n_module, const char *name,
                                      size_t n_name, tjac_dtype *dtype)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_word(known[i].modules, module, n_module) && is_word(known[i].names, name, n_name))
            return known[i].action;
    if (!is_word("torch", module, n_module))
        return TJAC_G_UNKNOWN;
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        if (is_word(storages[i], name, n_name)) {
            *dtype = (tjac_dtype)i;
            return TJAC_G_STORAGE;
        }
    return TJAC_G_UNKNOWN;
}

tjac_value *tjac_pickle_global(tjac_pickle_reader *r, const char *module, size_t n_module,
                               const char *name, size_t n_name)
{
    if (!is_printable(module, n_module) || !is_printable(name, n_name)) {
        tjac_pickle_fail(r, "a malformed name of a global");
        return NULL;
    }
    char *full = full_name(r, module, n_module, name, n_name);
    if (full == NULL)
        return NULL;
    size_t n = n_module + n_name + 1;
    if (is_word("torch", module, n_module) && is_word(dtypes, name, n_name))
        return tjac_pickle_text(r, full, n);

    tjac_dtype dtype = TJAC_F32;
    tjac_pickle_action action = find_action(module, n_module, name, n_name, &dtype);
    if (action == TJAC_G_UNKNOWN && r->opts->trust == TJAC_TRUST_ALLOWED) {
        tjac_err_set(r->err, TJAC_EINPUT,
                     "'%s' names the global '%s' (byte %zu), which is not one that tjac reads; "
                     "nothing was executed; save the file again with plain names, numbers and "
                     "tensors (list(), .tolist(), dict())",
                     r->opts->what, full, r->op_at);
        return NULL;
    }
    tjac_pickle_object *g = tjac_pickle_object_new(r, TJAC_R_GLOBAL, action, full, n);
    if (g != NULL)
        g->storage.dtype = dtype;
    return (tjac_value *)g;
}

/* ---- calls ---- */

/* A list with the same items; adding to it leaves the other one alone (no room to spare). */
static tjac_value *call_list(tjac_pickle_reader *r, tjac_value *args)
{
    tjac_value *v = tjac_value_list(r->doc, r->err);
    if (v == NULL || args->u.list.n == 0)
        return v;
    const tjac_value *items = args->u.list.item[0];
    if (items->kind != TJAC_V_LIST) {
        tjac_pickle_fail(r, "a list is made of what is no list");
        return NULL;
    }
    v->u.list = items->u.list;
    v->u.list.cap = v->u.list.n;
    return v;
}

/* OrderedDict(), OrderedDict([[key, value], ...]), dict(other), defaultdict(factory). */
static tjac_value *call_dict(tjac_pickle_reader *r, tjac_value *args)
{
    tjac_value *v = tjac_value_dict(r->doc, r->err);
    if (v == NULL || args->u.list.n == 0)
        return v;
    const tjac_value *from = args->u.list.item[args->u.list.n - 1];
    if (from->kind == TJAC_V_DICT) {
        v->u.dict = from->u.dict;
        v->u.dict.cap = v->u.dict.n;
    }
    size_t n = from->kind == TJAC_V_LIST ? from->u.list.n : 0;
    if (!tjac_pickle_spend(r, n))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        tjac_value *pair = from->u.list.item[i];
        if (pair->kind != TJAC_V_LIST || pair->u.list.n != 2) {
            tjac_pickle_fail(r, "a dict is made of what are no pairs");
            return NULL;
        }
        if (tjac_value_append(r->doc, v, pair->u.list.item[0], pair->u.list.item[1], r->err) !=
            TJAC_OK)
            return NULL;
    }
    return v;
}

static bool is_text(const tjac_value *v)
{
    return v->kind == TJAC_V_STRING || v->kind == TJAC_V_BYTES;
}

/* encode(text, "latin1"), bytes(), bytearray(bytes), bytearray(text, "latin-1"). */
static tjac_value *call_bytes(tjac_pickle_reader *r, tjac_pickle_action action, tjac_value *args)
{
    size_t n = args->u.list.n;
    tjac_value **a = args->u.list.item;
    if (n == 0 && action == TJAC_G_BYTES)
        return tjac_pickle_bytes(r, "", 0);
    if (n == 1 && a[0]->kind == TJAC_V_BYTES && action == TJAC_G_BYTES)
        return a[0];
    if (n != 2 || !is_text(a[0]) || a[1]->kind != TJAC_V_STRING ||
        !is_word("latin1 latin-1 iso-8859-1", a[1]->u.str.s, a[1]->u.str.n))
        return tjac_pickle_unsupported(r, "bytes in an unknown encoding");
    if (!tjac_pickle_spend(r, a[0]->u.str.n))
        return NULL;
    return tjac_pickle_latin1(r, a[0]->u.str.s, a[0]->u.str.n);
}

/* PosixPath('/', 'a', 'b') is "/a/b". */
static tjac_value *call_path(tjac_pickle_reader *r, tjac_value *args)
{
    size_t n = 1, m = 0;
    for (size_t i = 0; i < args->u.list.n; i++) {
        const tjac_value *part = args->u.list.item[i];
        if (part->kind != TJAC_V_STRING)
            return tjac_pickle_unsupported(r, "a path whose parts are no text");
        n += part->u.str.n + 1;
    }
    if (!tjac_pickle_spend(r, n))
        return NULL;
    char *path = tjac_doc_alloc(r->doc, n, r->err);
    for (size_t i = 0; i < args->u.list.n && path != NULL; i++) {
        const tjac_value *part = args->u.list.item[i];
        if (m > 0 && path[m - 1] != '/')
            path[m++] = '/';
        memcpy(path + m, part->u.str.s, part->u.str.n);
        m += part->u.str.n;
    }
    if (path == NULL)
        return NULL;
    return m == 0 ? tjac_pickle_text(r, ".", 1) : tjac_pickle_text(r, path, m);
}

/* device('cuda', 0) is "cuda:0". */
static tjac_value *call_device(tjac_pickle_reader *r, tjac_value *args)
{
    char text[64];
    tjac_value **a = args->u.list.item;
    size_t n = args->u.list.n;
    if (n < 1 || n > 2 || a[0]->kind != TJAC_V_STRING || a[0]->u.str.n > 32 ||
        (n == 2 && a[1]->kind != TJAC_V_INT))
        return tjac_pickle_unsupported(r, "a malformed torch.device");
    int length = n == 1
                     ? snprintf(text, sizeof text, "%s", a[0]->u.str.s)
                     : snprintf(text, sizeof text, "%s:%lld", a[0]->u.str.s, (long long)a[1]->u.i);
    return tjac_pickle_text(r, text, (size_t)length);
}

/* What "new object of this class" stands for; its name stays that of the class. */
static tjac_value *call_class(tjac_pickle_reader *r, const tjac_pickle_object *f)
{
    if (f->action == TJAC_G_STATE || f->action == TJAC_G_CONTENT || f->action == TJAC_G_NODE ||
        f->action == TJAC_G_BACKED)
        return (tjac_value *)tjac_pickle_object_new(r, TJAC_R_INSTANCE, f->action, f->value.u.str.s,
                                                    f->value.u.str.n);
    if (f->action == TJAC_G_INERT && (strncmp(f->value.u.str.s, "omegaconf.", 10) == 0 ||
                                      strncmp(f->value.u.str.s, "pandas.", 7) == 0))
        return (tjac_value *)tjac_pickle_object_new(r, TJAC_R_INSTANCE, TJAC_G_UNKNOWN,
                                                    f->value.u.str.s, f->value.u.str.n);
    return tjac_pickle_unsupported(r, f->value.u.str.s);
}

/* _new_Index(class, {"data": items, "name": name}): the items. */
static tjac_value *call_index(tjac_pickle_reader *r, tjac_value *args)
{
    const tjac_value *parts = args->u.list.n == 2 ? args->u.list.item[1] : NULL;
    for (size_t i = 0; parts != NULL && parts->kind == TJAC_V_DICT && i < parts->u.dict.n; i++) {
        const tjac_entry *e = &parts->u.dict.entry[i];
        bool items = e->value->kind == TJAC_V_LIST || e->value->kind == TJAC_V_TENSOR;
        if (items && e->key->kind == TJAC_V_STRING && strcmp(e->key->u.str.s, "data") == 0)
            return e->value;
    }
    return tjac_pickle_unsupported(r, "a pandas Index of a class of its own");
}

/* _rebuild_from_type_v2(function, class, args, state): a tensor that has attributes. */
static tjac_value *call_typed(tjac_pickle_reader *r, tjac_value *args)
{
    const tjac_pickle_object *f = args->u.list.n < 3 ? NULL : tjac_pickle_as(args->u.list.item[0]);
    const tjac_pickle_object *type = f == NULL ? NULL : tjac_pickle_as(args->u.list.item[1]);
    bool plain = type != NULL && (type->action == TJAC_G_INERT) && f->role == TJAC_R_GLOBAL &&
                 args->u.list.item[2]->kind == TJAC_V_LIST;
    if (plain && f->action == TJAC_G_TENSOR)
        return tjac_pickle_tensor(r, args->u.list.item[2]);
    if (plain && f->action == TJAC_G_PARAMETER && args->u.list.item[2]->u.list.n > 0)
        return args->u.list.item[2]->u.list.item[0];
    return tjac_pickle_unsupported(r, "a tensor of a class of its own");
}

/* _reconstructor(class, base, state of the base) */
static tjac_value *call_remake(tjac_pickle_reader *r, tjac_value *args)
{
    const tjac_pickle_object *f = args->u.list.n < 1 ? NULL : tjac_pickle_as(args->u.list.item[0]);
    if (f == NULL || f->role != TJAC_R_GLOBAL) {
        tjac_pickle_fail(r, "an object without a class");
        return NULL;
    }
    if (f->action == TJAC_G_DICT)
        return tjac_value_dict(r->doc, r->err);
    return call_class(r, f);
}

tjac_value *tjac_pickle_call(tjac_pickle_reader *r, tjac_value *callee, tjac_value *args)
{
    const tjac_pickle_object *f = tjac_pickle_as(callee);
    if (f == NULL || args->kind != TJAC_V_LIST) {
        tjac_pickle_fail(r, f == NULL ? "it calls what cannot be called"
                                      : "it calls without a list of arguments");
        return NULL;
    }
    if (f->role != TJAC_R_GLOBAL)
        return tjac_pickle_unsupported(r, f->value.u.str.s);
    switch (f->action) {
    case TJAC_G_DICT:
        return call_dict(r, args);
    case TJAC_G_LIST:
        return call_list(r, args);
    case TJAC_G_BYTES:
    case TJAC_G_ENCODE:
        return call_bytes(r, f->action, args);
    case TJAC_G_PATH:
        return call_path(r, args);
    case TJAC_G_DEVICE:
        return call_device(r, args);
    case TJAC_G_REMAKE:
        return call_remake(r, args);
    case TJAC_G_INDEX:
        return call_index(r, args);
    case TJAC_G_TYPED:
        return call_typed(r, args);
    case TJAC_G_TENSOR:
        return tjac_pickle_tensor(r, args);
    case TJAC_G_PARAMETER:
        if (args->u.list.n < 1)
            tjac_pickle_fail(r, "a parameter without a tensor");
        return args->u.list.n < 1 ? NULL : args->u.list.item[0];
    case TJAC_G_LOAD_BYTES:
        return tjac_pickle_load_bytes(r, args);
    case TJAC_G_NP_DTYPE:
        return tjac_pickle_np_dtype(r, args);
    case TJAC_G_NP_SCALAR:
        return tjac_pickle_np_scalar(r, args);
    case TJAC_G_NP_RECONSTRUCT:
        return tjac_pickle_np_reconstruct(r, args);
    case TJAC_G_NP_FROMBUFFER:
        return tjac_pickle_np_frombuffer(r, args);
    default:
        return call_class(r, f);
    }
}

/* ---- BUILD ---- */

/* A pandas array over one of NumPy's: (type, array[, attributes]). */
static void build_backed(tjac_pickle_object *object, const tjac_value *state)
{
    if (state->kind != TJAC_V_LIST || state->u.list.n < 2 ||
        state->u.list.item[1]->kind != TJAC_V_LIST)
        return;
    object->value = *state->u.list.item[1];
    object->value.u.list.cap = object->value.u.list.n; /* the items are shared, see below */
}

void tjac_pickle_build(tjac_pickle_reader *r, tjac_value *v, tjac_value *state)
{
    /* What was built already keeps its value: attributes of an OrderedDict, of a tensor. */
    tjac_pickle_object *object = tjac_pickle_as(v);
    if (object == NULL)
        return;
    if (object->role == TJAC_R_NP_DTYPE) {
        tjac_pickle_np_dtype_build(r, object, state);
        return;
    }
    if (object->role == TJAC_R_NP_ARRAY) {
        tjac_pickle_np_array_build(r, object, state);
        return;
    }
    if (object->role == TJAC_R_INSTANCE && object->action == TJAC_G_BACKED) {
        build_backed(object, state);
        return;
    }
    if (object->role != TJAC_R_INSTANCE || state->kind != TJAC_V_DICT)
        return;
    if (!tjac_pickle_spend(r, object->action == TJAC_G_UNKNOWN ? 0 : state->u.dict.n))
        return;
    const tjac_value *plain = NULL;
    if (object->action == TJAC_G_STATE)
        plain = state;
    else if (object->action == TJAC_G_CONTENT)
        plain = tjac_value_get(state, "_content");
    else if (object->action == TJAC_G_NODE)
        plain = tjac_value_get(state, "_val");
    /* An object not yet built itself (a cycle) cannot be copied: it stays opaque. */
    if (plain == NULL || plain->kind == TJAC_V_OPAQUE)
        return;
    object->value = *plain;
    /* The items are shared: no room to spare, so that adding to one makes its own copy. */
    if (plain->kind == TJAC_V_LIST)
        object->value.u.list.cap = plain->u.list.n;
    else if (plain->kind == TJAC_V_DICT)
        object->value.u.dict.cap = plain->u.dict.n;
}
