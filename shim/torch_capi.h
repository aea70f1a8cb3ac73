/* torch_capi.h: the part of LibTorch that tjac needs, in C11.
 *
 * 1. A tc_scope owns every tensor that is made in it and keeps the first error. An operator takes
 *    the scope that will own its result; its inputs may live in any scope.
 * 2. An operator on a failed scope, or with a NULL input where one is needed, does nothing and
 *    returns NULL: a forward pass reads as equations with one tc_scope_error check at the end.
 *    A NULL tensor given to a healthy scope, except where a parameter says "or NULL", fails it.
 * 3. No C++ exception crosses this border. Nothing is printed, nothing exits.
 * 4. Shapes are written with the slowest dimension first; `...` stands for any leading dimensions.
 * 5. dtypes and devices are never mixed by accident: operators fail when their inputs' differ.
 * 6. Tensors of one scope are used by one thread at a time; different scopes are independent, and
 *    what nobody frees or differentiates (weights) may be read by several threads.
 * 7. Freeing a scope is safe while tensors computed from its own live on in others.
 */
#ifndef TC_TORCH_CAPI_H
#define TC_TORCH_CAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tc_scope tc_scope;
typedef struct tc_tensor tc_tensor;

typedef enum { TC_F32, TC_F64, TC_BF16 } tc_dtype;
typedef enum { TC_CPU, TC_CUDA } tc_device_kind;
typedef struct {
    tc_device_kind kind;
    int index; /* CUDA ordinal; 0 for the CPU */
} tc_device;

/* ---- library ---- */
const char *tc_version(void); /* "2.13.0" (static) */
bool tc_cuda_available(void);
int tc_cuda_count(void);
/* Intra-op threads of LibTorch: of the calling thread, and of every thread that makes a scope
 * afterwards. */
void tc_set_threads(int n);
/* Whether CUDA's float32 products may round their factors to TF32; process-wide, off at first. */
void tc_set_tf32(bool on);
/* Bytes that a CUDA device has free, blocks that LibTorch caches not counted; 0 when unknown. */
size_t tc_cuda_free_bytes(int index);
/* Gives cached blocks of CUDA memory back, after a scope that ran out of it. */
void tc_cuda_empty_cache(void);

/* ---- scopes ---- */
/* NULL only when memory is out. A device that is not there makes a scope that has failed. */
tc_scope *tc_scope_new(tc_dtype dtype, tc_device device);
void tc_scope_free(tc_scope *scope);                /* NULL-safe; frees all its tensors */
const char *tc_scope_error(const tc_scope *scope);  /* first error, one line, or NULL; "op: why" */
bool tc_scope_out_of_memory(const tc_scope *scope); /* the first error was lack of memory */
/* A scope of the same dtype and device, failed as outer has; NULL when memory is out, or for NULL.
 */
tc_scope *tc_scope_inner(const tc_scope *outer);
/* Frees `inner`, a scope of steps on the way to a tensor in `outer`; its error, if any, becomes
 * outer's, before one that outer has; NULL is one that there was no memory for. What was computed
 * from its tensors keeps what it needs: intermediates that no derivative needs are gone. */
void tc_scope_end(tc_scope *inner, tc_scope *outer);

/* ---- tensors in and out (the scope's dtype and device) ---- */
/* f32 on the CPU: the data are used in place and must outlive the scope and every tensor computed
 * from this one; else they are copied. */
tc_tensor *tc_from_f32(tc_scope *scope, const float *data, const int64_t *shape, int ndim);
tc_tensor *tc_from_f64(tc_scope *scope, const double *data, const int64_t *shape, int ndim);
/* A non-differentiable copy of the elements, row-major, as doubles; n must be the number of
 * elements. Returns false when the scope has failed or fails (the scope then says why). */
bool tc_read_f64(tc_scope *scope, const tc_tensor *x, double *out, size_t n);
int tc_ndim(const tc_tensor *x); /* -1 for NULL */
/* A negative dim counts from the end; -1 when it is out of range. */
int64_t tc_size(const tc_tensor *x, int dim);

/* ---- views and joins (a negative dim counts from the end; a size or an index never) ---- */
tc_tensor *tc_reshape(tc_scope *s, const tc_tensor *x, const int64_t *shape, int ndim);
tc_tensor *tc_expand(tc_scope *s, const tc_tensor *x, const int64_t *shape, int ndim);
tc_tensor *tc_narrow(tc_scope *s, const tc_tensor *x, int dim, int64_t start, int64_t length);
tc_tensor *tc_cat(tc_scope *s, const tc_tensor *const *x, int n, int dim);
/* index_select: the slices idx[0..n-1] along dim, repeats allowed; idx is copied */
tc_tensor *tc_index(tc_scope *s, const tc_tensor *x, int dim, const int64_t *idx, int64_t n);
tc_tensor *tc_transpose(tc_scope *s, const tc_tensor *x, int dim0, int dim1);

/* ---- arithmetic (broadcasting) ---- */
tc_tensor *tc_add(tc_scope *s, const tc_tensor *a, const tc_tensor *b);
tc_tensor *tc_mul(tc_scope *s, const tc_tensor *a, const tc_tensor *b);
tc_tensor *tc_scale(tc_scope *s, const tc_tensor *a, double factor);
tc_tensor *tc_matmul(tc_scope *s, const tc_tensor *a, const tc_tensor *b);
tc_tensor *tc_sum(tc_scope *s, const tc_tensor *x, int dim); /* the dimension is dropped */
/* x (...,I) w (O,I) b (O) or NULL -> (...,O) */
tc_tensor *tc_linear(tc_scope *s, const tc_tensor *x, const tc_tensor *w, const tc_tensor *b);

typedef enum {
    TC_IDENTITY,
    TC_RELU,
    TC_LEAKY_RELU, /* slope 0.01 */
    TC_ELU,        /* alpha 1 */
    TC_SELU,
    TC_GELU,      /* exact, erf */
    TC_GELU_TANH, /* GPT2's gelu_new */
    TC_SILU
} tc_activation;
tc_tensor *tc_activate(tc_scope *s, const tc_tensor *x, tc_activation kind);

/* x / sqrt(mean(x^2) + eps) * w over the last dimension (Llama). w (H) */
tc_tensor *tc_rms_norm(tc_scope *s, const tc_tensor *x, const tc_tensor *w, double eps);
tc_tensor *tc_layer_norm(tc_scope *s, const tc_tensor *x, const tc_tensor *w, const tc_tensor *b,
                         double eps);

/* ---- attention ---- */
/* Rotary embedding of positions 0..S-1, half-split layout (Llama): x (...,S,heads*d), d even.
 * angle[p][i] = p * theta^(-2i/d). */
tc_tensor *tc_rotary(tc_scope *s, const tc_tensor *x, int64_t heads, double theta);

typedef enum { TC_ATTEND_ALL, TC_ATTEND_CAUSAL, TC_ATTEND_SELF } tc_attention_kind;
/* softmax(q k' d^-1/2) v per head: q (...,S,heads*d), k and v (...,S,kv_heads*d), heads a multiple
 * of kv_heads (grouped: consecutive query heads share one key head) -> (...,S,heads*d).
 * TC_ATTEND_SELF: every token sees itself only, so the result is v. Written out in plain
 * operators: the fused CPU kernel has no batching rule and mixes dtypes silently. */
tc_tensor *tc_attention(tc_scope *s, const tc_tensor *q, const tc_tensor *k, const tc_tensor *v,
                        int64_t heads, int64_t kv_heads, tc_attention_kind kind);

/* ---- derivatives ---- */
/* x cut from its history, with gradients on: what is computed from it can be pulled back. Nothing
 * else ever gets a gradient. */
tc_tensor *tc_leaf(tc_scope *s, const tc_tensor *x);
/* The same numbers without history. */
tc_tensor *tc_detach(tc_scope *s, const tc_tensor *x);

typedef enum {
    TC_PULLBACK_BATCHED, /* all n cotangents at once through LibTorch's vmap */
    TC_PULLBACK_LOOP     /* one after the other: the reference */
} tc_pullback_kind;
/* cotangent (n, shape of output) -> (n, shape of input): row k is the vector-Jacobian product
 * cotangent[k] . d output / d input. The graph is kept for further calls. The input is a leaf or
 * any tensor computed from one; when the output does not depend on it, the result is zeros. The
 * result has no history. Both kinds give the same numbers; batched needs memory for n backward
 * passes at once, and fails rather than falling back to a hidden loop. */
tc_tensor *tc_pullback(tc_scope *s, const tc_tensor *output, const tc_tensor *input,
                       const tc_tensor *cotangent, tc_pullback_kind kind);

/* cotangent . d output / d input, like one row of tc_pullback, but itself with a history: it is
 * linear in `cotangent`, which is a leaf. Pulled back to the cotangent with tangents of the input
 * (shape of input), it gives d output / d input . tangent: forward mode, out of pullbacks alone.
 * When the output does not depend on the input: zeros without history. */
tc_tensor *tc_vjp(tc_scope *s, const tc_tensor *output, const tc_tensor *input,
                  const tc_tensor *cotangent);

#ifdef __cplusplus
}
#endif
#endif
