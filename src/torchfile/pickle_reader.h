/* pickle_reader.h: the parts of the pickle reader to each other. Private to the pickle_*.c files.
 *
 * Every OPAQUE value that the reader makes is the first member of a tjac_pickle_object, so that
 * pickle_as() may look behind it.
 */
#ifndef TJAC_PICKLE_READER_H
#define TJAC_PICKLE_READER_H

#include "torchfile/pickle.h"

/* What a global does when it is called. */
typedef enum {
    TJAC_G_UNKNOWN,
    TJAC_G_INERT,   /* allowed as a value, nothing is made of it when called */
    TJAC_G_DICT,    /* OrderedDict and the like */
    TJAC_G_LIST,    /* list, tuple, set, torch.Size */
    TJAC_G_BYTES,   /* bytes() */
    TJAC_G_ENCODE,  /* _codecs.encode */
    TJAC_G_STATE,   /* object whose attributes are the value: Namespace */
    TJAC_G_CONTENT, /* omegaconf container: attribute _content is the value */
    TJAC_G_NODE,    /* omegaconf leaf: attribute _val is the value */
    TJAC_G_REMAKE,  /* copyreg._reconstructor */
    TJAC_G_PATH,
    TJAC_G_STORAGE, /* torch.FloatStorage and the like */
    TJAC_G_DEVICE,
    TJAC_G_TENSOR,
    TJAC_G_PARAMETER,
    TJAC_G_TYPED,  /* a tensor with attributes */
    TJAC_G_INDEX,  /* pandas._new_Index */
    TJAC_G_BACKED, /* a pandas array that holds one of NumPy's */
    TJAC_G_LOAD_BYTES,
    TJAC_G_NP_DTYPE,
    TJAC_G_NP_SCALAR,
    TJAC_G_NP_RECONSTRUCT,
    TJAC_G_NP_FROMBUFFER
} tjac_pickle_action;

typedef enum {
    TJAC_R_GLOBAL,   /* the class or function itself */
    TJAC_R_INSTANCE, /* made by it, before BUILD or for good */
    TJAC_R_STORAGE,
    TJAC_R_NP_DTYPE,
    TJAC_R_NP_ARRAY
} tjac_pickle_role;

typedef struct {
    tjac_value value; /* OPAQUE; BUILD may turn it into something plain in place */
    tjac_pickle_role role;
    tjac_pickle_action action;
    tjac_storage storage; /* STORAGE; as a GLOBAL of a storage class: its dtype */
    struct {
        char code, order; /* 'f', 'i', 'u', 'b', 'U', 'S', 'O', 0: unsupported; '<' or '>' */
        size_t size;      /* bytes of an element */
    } dtype;              /* NP_DTYPE */
} tjac_pickle_object;

typedef struct {
    tjac_doc *doc;
    const unsigned char *bytes;
    size_t n, at;
    size_t op_at;  /* where the current opcode stands, for messages */
    size_t budget; /* what calls may still copy: a small file cannot ask for much memory by
                      calling again and again with a shared argument */
    const tjac_pickle_opts *opts;
    tjac_err *err;
    tjac_value **stack;
    size_t n_stack, cap_stack;
    size_t *marks; /* heights of the stack */
    size_t n_marks, cap_marks;
    tjac_value **memo;
    size_t n_memo, cap_memo; /* entries that are set; room */
    tjac_value *none, *yes, *no;
    tjac_value *result; /* set by STOP */
} tjac_pickle_reader;

/* pickle_stack.c: all of them set the reader's error when they return NULL (0 for take_uint). */
void tjac_pickle_fail(tjac_pickle_reader *r, const char *why);
bool tjac_pickle_spend(tjac_pickle_reader *r, size_t cost);

/* The object behind an OPAQUE value, NULL for any other one. */
tjac_pickle_object *tjac_pickle_as(tjac_value *v);

/* An OPAQUE value; `name` ("MODULE.NAME") must live as long as the document. NULL on failure. */
tjac_pickle_object *tjac_pickle_object_new(tjac_pickle_reader *r, tjac_pickle_role role,
                                           tjac_pickle_action action, const char *name, size_t n);

/* Something known that tjac cannot represent: refused or, where that is trusted, OPAQUE. `what`
 * must live as long as the document. */
tjac_value *tjac_pickle_unsupported(tjac_pickle_reader *r, const char *what);

const unsigned char *tjac_pickle_take(tjac_pickle_reader *r, uint64_t n);
uint64_t tjac_pickle_take_uint(tjac_pickle_reader *r, int width); /* little-endian */
const char *tjac_pickle_take_line(tjac_pickle_reader *r, size_t *n);
void tjac_pickle_push(tjac_pickle_reader *r, tjac_value *v); /* NULL: nothing */
size_t tjac_pickle_in_reach(const tjac_pickle_reader *r);    /* values above the last mark */
tjac_value *tjac_pickle_top(tjac_pickle_reader *r);
tjac_value *tjac_pickle_pop(tjac_pickle_reader *r);
tjac_value **tjac_pickle_pop_mark(tjac_pickle_reader *r, size_t *n);

/* pickle_text.c: STRING or BYTES; NULL on failure. */
tjac_value *tjac_pickle_text(tjac_pickle_reader *r, const void *s, size_t n);
tjac_value *tjac_pickle_bytes(tjac_pickle_reader *r, const void *s, size_t n);
tjac_value *tjac_pickle_quoted(tjac_pickle_reader *r, const char *s, size_t n);
tjac_value *tjac_pickle_escaped(tjac_pickle_reader *r, const char *s, size_t n);
tjac_value *tjac_pickle_latin1(tjac_pickle_reader *r, const char *s, size_t n);
size_t tjac_pickle_utf8(uint32_t c, char out[4]);
tjac_value *tjac_pickle_long(tjac_pickle_reader *r, const unsigned char *s, size_t n);
tjac_value *tjac_pickle_decimal(tjac_pickle_reader *r, const char *s, size_t n);

/* pickle_globals.c: NULL on failure. */
tjac_value *tjac_pickle_global(tjac_pickle_reader *r, const char *module, size_t n_module,
                               const char *name, size_t n_name);
tjac_value *tjac_pickle_call(tjac_pickle_reader *r, tjac_value *f, tjac_value *args);
void tjac_pickle_build(tjac_pickle_reader *r, tjac_value *v, tjac_value *state);

/* pickle_torch.c */
tjac_value *tjac_pickle_persistent(tjac_pickle_reader *r, tjac_value *id);
tjac_value *tjac_pickle_tensor(tjac_pickle_reader *r, tjac_value *args);
tjac_value *tjac_pickle_load_bytes(tjac_pickle_reader *r, tjac_value *args);

/* pickle_numpy.c */
tjac_value *tjac_pickle_np_dtype(tjac_pickle_reader *r, tjac_value *args);
void tjac_pickle_np_dtype_build(tjac_pickle_reader *r, tjac_pickle_object *d, tjac_value *state);
tjac_value *tjac_pickle_np_scalar(tjac_pickle_reader *r, tjac_value *args);
tjac_value *tjac_pickle_np_reconstruct(tjac_pickle_reader *r, tjac_value *args);
tjac_value *tjac_pickle_np_frombuffer(tjac_pickle_reader *r, tjac_value *args);
void tjac_pickle_np_array_build(tjac_pickle_reader *r, tjac_pickle_object *a, tjac_value *state);

#endif
