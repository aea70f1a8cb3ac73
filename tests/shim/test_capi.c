/* test_capi.c: the shim seen from C. Compiled as C11, so it proves the header to be C as well.
 *
 * Every operator is compared with loops written here in double precision, every derivative with
 * central differences, sign included, and the batched pullback with the looped one. Failures go to
 * stdout: stderr is watched, because the shim must print nothing. */
#include "torch_capi.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* AddressSanitizer talks about refused allocations and keeps freed memory for a while. */
#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static int failures;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                                 \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* A healthy scope, or a line that says why not. */
#define HEALTHY(scope)                                                                             \
    do {                                                                                           \
        if (tc_scope_error(scope)) {                                                               \
            printf("%s:%d: scope failed: %s\n", __FILE__, __LINE__, tc_scope_error(scope));        \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* x has this shape and these values, to 1e-12 of the largest. */
#define EQUALS(scope, x, want, ...) equals(__LINE__, scope, x, want, __VA_ARGS__)

/* An expression that must fail a fresh scope `s`, with a message that says `word`. */
#define FAILS(expression, word)                                                                    \
    do {                                                                                           \
        tc_scope *s = tc_scope_new(TC_F64, cpu);                                                   \
        CHECK(!(expression));                                                                      \
        CHECK(tc_scope_error(s) && strstr(tc_scope_error(s), word));                               \
        CHECK(tc_scope_error(s) && !strchr(tc_scope_error(s), '\n'));                              \
        CHECK(!tc_scope_out_of_memory(s));                                                         \
        tc_scope_free(s);                                                                          \
    } while (0)

#define SHAPE(...)                                                                                 \
    (int64_t[]){__VA_ARGS__}, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

enum { B = 2, S = 4, H = 8, N = B * S * H, COTANGENTS = 3 };

static const tc_device cpu = {TC_CPU, 0};

/* Reproducible numbers in (-1, 1), a fixed stream for every seed. */
static void fill(double *out, size_t n, unsigned seed)
{
    uint32_t state = 2654435761u * (seed + 1);
    for (size_t i = 0; i < n; i++) {
        state = 1664525u * state + 1013904223u;
        out[i] = ((double)(state >> 8) + 0.5) / 8388608.0 - 1.0;
    }
}

static tc_tensor *numbers(tc_scope *s, unsigned seed, const int64_t *shape, int ndim)
{
    double data[4096];
    size_t n = 1;
    for (int i = 0; i < ndim; i++)
        n *= (size_t)shape[i];
    if (n > sizeof data / sizeof *data)
        abort();
    fill(data, n, seed);
    return tc_from_f64(s, data, shape, ndim);
}

static double deviation(const double *a, const double *b, size_t n)
{
    double worst = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            return INFINITY;
        worst = fmax(worst, fabs(a[i] - b[i]));
        largest = fmax(largest, fabs(b[i]));
    }
    return worst / fmax(largest, 1e-300);
}

static void equals(int line, tc_scope *s, const tc_tensor *x, const double *want, int ndim, ...)
{
    double got[4096];
    size_t n = 1;
    va_list sizes;
    va_start(sizes, ndim);
    int same = tc_ndim(x) == ndim;
    for (int i = 0; i < ndim; i++) {
        int size = va_arg(sizes, int);
        same = same && tc_size(x, i) == size;
        n *= (size_t)size;
    }
    va_end(sizes);
    if (!same || !tc_read_f64(s, x, got, n)) {
        const char *why = tc_scope_error(s);
        printf("%s:%d: %s\n", __FILE__, line, why ? why : "wrong shape");
        failures++;
    } else if (!(deviation(got, want, n) < 1e-12)) {
        printf("%s:%d: deviates by %g\n", __FILE__, line, deviation(got, want, n));
        failures++;
    }
}

/* ---- references: plain loops ---- */

/* x (R,I) w (O,I) b (O) -> y (R,O) */
static void ref_linear(const double *x, const double *w, const double *b, int R, int I, int O,
                       double *y)
{
    for (int r = 0; r < R; r++)
        for (int o = 0; o < O; o++) {
            y[r * O + o] = b ? b[o] : 0;
            for (int i = 0; i < I; i++)
                y[r * O + o] += x[r * I + i] * w[o * I + i];
        }
}

static double ref_activate(double x, tc_activation kind)
{
    const double alpha = 1.6732632423543772, scale = 1.0507009873554805;
    switch (kind) {
    case TC_RELU:
        return x > 0 ? x : 0;
    case TC_LEAKY_RELU:
        return x > 0 ? x : 0.01 * x;
    case TC_ELU:
        return x > 0 ? x : exp(x) - 1;
    case TC_SELU:
        return scale * (x > 0 ? x : alpha * (exp(x) - 1));
    case TC_GELU:
        return 0.5 * x * (1 + erf(x / sqrt(2)));
    case TC_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x)));
    case TC_SILU:
        return x / (1 + exp(-x));
    case TC_IDENTITY:
        break;
    }
    return x;
}

/* One row: mean 0 for the RMS norm, the row's mean for the layer norm. */
static void ref_norm(const double *x, const double *w, const double *b, double eps, int center,
                     double *y)
{
    double mean = 0, square = 0;
    for (int i = 0; center && i < H; i++)
        mean += x[i] / H;
    for (int i = 0; i < H; i++)
        square += (x[i] - mean) * (x[i] - mean) / H;
    for (int i = 0; i < H; i++)
        y[i] = (x[i] - mean) / sqrt(square + eps) * w[i] + (b ? b[i] : 0);
}

/* x (S, heads*d), in place: the pair (i, i + d/2) turns by p theta^(-2i/d). */
static void ref_rotary(double *x, int heads, double theta)
{
    int d = H / heads;
    for (int p = 0; p < S; p++)
        for (int h = 0; h < heads; h++)
            for (int i = 0; i < d / 2; i++) {
                double *low = x + p * H + h * d + i, *high = low + d / 2, a = *low, b = *high;
                double angle = p * pow(theta, -2.0 * i / d);
                *low = a * cos(angle) - b * sin(angle);
                *high = b * cos(angle) + a * sin(angle);
            }
}

/* q (S,heads*d) k v (S,kv*d) -> y (S,heads*d) */
static void ref_attention(const double *q, const double *k, const double *v, int heads, int kv,
                          tc_attention_kind kind, double *y)
{
    int d = H / heads, K = kv * d;
    memset(y, 0, sizeof(double) * S * H);
    for (int h = 0; h < heads; h++) {
        int from = h / (heads / kv) * d;
        for (int i = 0; i < S; i++) {
            double weight[S], total = 0;
            for (int j = 0; j < S; j++) {
                double dot = 0;
                for (int c = 0; c < d; c++)
                    dot += q[i * H + h * d + c] * k[j * K + from + c];
                int seen = kind == TC_ATTEND_ALL || (kind == TC_ATTEND_CAUSAL ? j <= i : j == i);
                weight[j] = seen ? exp(dot / sqrt(d)) : 0;
                total += weight[j];
            }
            for (int j = 0; j < S; j++)
                for (int c = 0; c < d; c++)
                    y[i * H + h * d + c] += weight[j] / total * v[j * K + from + c];
        }
    }
}

/* ---- values ---- */

static void test_in_and_out(void)
{
    double doubles[6] = {1, 2, 3, 4, 5, 6}, got[6];
    float floats[6] = {1, 2, 3, 4, 5, 1.0f / 3};
    tc_scope *s = tc_scope_new(TC_F32, cpu), *half = tc_scope_new(TC_BF16, cpu);
    CHECK(strncmp(tc_version(), "2.", 2) == 0);
    CHECK(tc_cuda_available() == (tc_cuda_count() > 0));

    tc_tensor *x = tc_from_f32(s, floats, SHAPE(2, 3)), *y = tc_from_f64(s, doubles, SHAPE(6));
    floats[0] = 7;
    doubles[0] = 7;
    CHECK(tc_read_f64(s, x, got, 6) && got[0] == 7);
    CHECK(tc_read_f64(s, y, got, 6) && got[0] == 1);
    CHECK(tc_ndim(x) == 2 && tc_size(x, 0) == 2 && tc_size(x, -1) == 3 && tc_size(x, -2) == 2);
    CHECK(tc_size(x, 2) == -1 && tc_size(x, -3) == -1);
    CHECK(tc_ndim(NULL) == -1 && tc_size(NULL, 0) == -1);
    CHECK(tc_read_f64(half, tc_from_f32(half, floats, SHAPE(6)), got, 6) && got[5] == 0.333984375);
    HEALTHY(s);
    HEALTHY(half);
    CHECK(!tc_read_f64(s, x, got, 5) && tc_scope_error(s));
    CHECK(!tc_read_f64(half, NULL, got, 6) && tc_scope_error(half));
    tc_scope_free(s);
    tc_scope_free(half);
    tc_scope_free(NULL);
}

static void test_views(void)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    double v[6] = {0, 1, 2, 3, 4, 5};
    tc_tensor *x = tc_from_f64(s, v, SHAPE(2, 3)), *row = tc_from_f64(s, v, SHAPE(1, 3));
    const tc_tensor *both[2] = {x, row};
    int64_t idx[3] = {2, 0, 2};
    EQUALS(s, tc_reshape(s, x, SHAPE(3, 2)), v, 2, 3, 2);
    EQUALS(s, tc_expand(s, row, SHAPE(2, 3)), ((double[]){0, 1, 2, 0, 1, 2}), 2, 2, 3);
    EQUALS(s, tc_narrow(s, x, 1, 1, 2), ((double[]){1, 2, 4, 5}), 2, 2, 2);
    EQUALS(s, tc_narrow(s, x, -1, 1, 2), ((double[]){1, 2, 4, 5}), 2, 2, 2);
    EQUALS(s, tc_cat(s, both, 2, 0), ((double[]){0, 1, 2, 3, 4, 5, 0, 1, 2}), 2, 3, 3);
    EQUALS(s, tc_index(s, x, 1, idx, 3), ((double[]){2, 0, 2, 5, 3, 5}), 2, 2, 3);
    EQUALS(s, tc_transpose(s, x, 0, 1), ((double[]){0, 3, 1, 4, 2, 5}), 2, 3, 2);
    EQUALS(s, tc_add(s, x, row), ((double[]){0, 2, 4, 3, 5, 7}), 2, 2, 3);
    EQUALS(s, tc_mul(s, x, row), ((double[]){0, 1, 4, 0, 4, 10}), 2, 2, 3);
    EQUALS(s, tc_scale(s, x, -0.5), ((double[]){0, -.5, -1, -1.5, -2, -2.5}), 2, 2, 3);
    EQUALS(s, tc_matmul(s, x, tc_transpose(s, x, 0, 1)), ((double[]){5, 14, 14, 50}), 2, 2, 2);
    EQUALS(s, tc_sum(s, x, 0), ((double[]){3, 5, 7}), 1, 3);
    EQUALS(s, tc_sum(s, x, -1), ((double[]){3, 12}), 1, 2);
    HEALTHY(s);
    tc_scope_free(s);
}

static void test_layers(void)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    double x[N], w[5 * H], b[H], want[N];
    fill(x, N, 1);
    fill(w, 5 * H, 2);
    fill(b, H, 3);
    tc_tensor *tx = tc_from_f64(s, x, SHAPE(B, S, H)), *tw = tc_from_f64(s, w, SHAPE(5, H));
    tc_tensor *b5 = tc_from_f64(s, b, SHAPE(5)), *b8 = tc_from_f64(s, b, SHAPE(H));
    tc_tensor *w8 = tc_from_f64(s, w, SHAPE(H));
    ref_linear(x, w, b, B * S, H, 5, want);
    EQUALS(s, tc_linear(s, tx, tw, b5), want, 3, B, S, 5);
    ref_linear(x, w, NULL, B * S, H, 5, want);
    EQUALS(s, tc_linear(s, tx, tw, NULL), want, 3, B, S, 5);
    EQUALS(s, tc_linear(s, tc_reshape(s, tx, SHAPE(B * S, H)), tw, NULL), want, 2, B * S, 5);
    for (int r = 0; r < B * S; r++)
        ref_norm(x + r * H, w, NULL, 1e-3, 0, want + r * H);
    EQUALS(s, tc_rms_norm(s, tx, w8, 1e-3), want, 3, B, S, H);
    for (int r = 0; r < B * S; r++)
        ref_norm(x + r * H, w, b, 1e-3, 1, want + r * H);
    EQUALS(s, tc_layer_norm(s, tx, w8, b8, 1e-3), want, 3, B, S, H);
    for (int kind = TC_IDENTITY; kind <= TC_SILU; kind++) {
        for (int i = 0; i < N; i++)
            want[i] = ref_activate(3 * x[i], (tc_activation)kind);
        EQUALS(s, tc_activate(s, tc_scale(s, tx, 3), (tc_activation)kind), want, 3, B, S, H);
    }
    HEALTHY(s);
    tc_scope_free(s);
}

static void test_attention(void)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    const int cases[][2] = {{1, 1}, {4, 4}, {4, 2}, {4, 1}}; /* heads, kv_heads */
    double q[N], k[N], v[N], want[N];
    fill(q, N, 1);
    tc_tensor *tq = tc_from_f64(s, q, SHAPE(B, S, H));
    for (int heads = 1; heads <= 4; heads *= 2) {
        memcpy(want, q, sizeof q);
        ref_rotary(want, heads, 100.0);
        ref_rotary(want + S * H, heads, 100.0);
        EQUALS(s, tc_rotary(s, tq, heads, 100.0), want, 3, B, S, H);
    }
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        int heads = cases[c][0], kv = cases[c][1], K = H / heads * kv;
        fill(k, (size_t)(B * S * K), 2);
        fill(v, (size_t)(B * S * K), 3);
        tc_tensor *tk = tc_from_f64(s, k, SHAPE(B, S, K)), *tv = tc_from_f64(s, v, SHAPE(B, S, K));
        for (int kind = TC_ATTEND_ALL; kind <= TC_ATTEND_SELF; kind++) {
            for (int i = 0; i < B; i++)
                ref_attention(q + i * S * H, k + i * S * K, v + i * S * K, heads, kv,
                              (tc_attention_kind)kind, want + i * S * H);
            EQUALS(s, tc_attention(s, tq, tk, tv, heads, kv, (tc_attention_kind)kind), want, 3, B,
                   S, H);
        }
    }
    HEALTHY(s);
    tc_scope_free(s);
}

/* ---- errors ---- */

static tc_tensor *cat2(tc_scope *s, const tc_tensor *a, const tc_tensor *b)
{
    const tc_tensor *both[2] = {a, b};
    return tc_cat(s, both, 2, 0);
}

static void test_refusals(void)
{
    tc_scope *f64 = tc_scope_new(TC_F64, cpu), *f32 = tc_scope_new(TC_F32, cpu);
    tc_tensor *x = numbers(f64, 1, SHAPE(S, H)), *y = numbers(f32, 1, SHAPE(S, H));
    tc_tensor *w = numbers(f64, 2, SHAPE(H)), *w1 = numbers(f64, 2, SHAPE(1));
    tc_tensor *w32 = numbers(f32, 2, SHAPE(H)), *odd = numbers(f64, 2, SHAPE(S, 3));
    int64_t outside = H, negative = -1;
    double one = 1;

    FAILS(tc_add(s, x, y), "add: ");
    FAILS(tc_mul(s, x, y), "dtypes");
    FAILS(tc_matmul(s, x, tc_transpose(s, y, 0, 1)), "dtypes");
    FAILS(cat2(s, x, y), "dtypes");
    FAILS(tc_linear(s, x, y, NULL), "dtypes");
    FAILS(tc_linear(s, x, tc_transpose(s, tc_expand(s, w1, SHAPE(H, H)), 0, 1), w32), "dtypes");
    FAILS(tc_rms_norm(s, x, w32, 1e-5), "dtypes");
    FAILS(tc_layer_norm(s, x, w, w32, 1e-5), "dtypes");
    FAILS(tc_attention(s, x, x, y, 2, 2, TC_ATTEND_SELF), "dtypes");

    FAILS(tc_add(s, x, NULL), "NULL");
    FAILS(tc_linear(s, x, NULL, NULL), "NULL");
    FAILS(cat2(s, x, NULL), "NULL");
    FAILS(tc_layer_norm(s, x, w, NULL, 1e-5), "NULL");
    FAILS(tc_pullback(s, x, NULL, x, TC_PULLBACK_LOOP), "NULL");
    FAILS(tc_from_f64(s, NULL, SHAPE(1)), "no data");

    FAILS(tc_add(s, x, odd), "add: ");
    FAILS(tc_matmul(s, x, x), "matmul: ");
    FAILS(tc_reshape(s, x, SHAPE(S, H + 1)), "reshape: ");
    FAILS(tc_reshape(s, x, SHAPE(S, -1)), "negative size");
    FAILS(tc_from_f64(s, &one, SHAPE(-1)), "negative size");
    FAILS(tc_expand(s, x, SHAPE(S, H + 1)), "expand: ");
    FAILS(tc_narrow(s, x, 1, H, 1), "narrow: ");
    FAILS(tc_narrow(s, x, 2, 0, 1), "narrow: ");
    FAILS(tc_index(s, x, 1, &outside, 1), "index 8 of 8");
    FAILS(tc_index(s, x, 1, &negative, 1), "index -1 of 8");
    FAILS(tc_cat(s, NULL, 0, 0), "no tensors");
    FAILS(tc_sum(s, x, 2), "sum: ");
    FAILS(tc_linear(s, x, odd, NULL), "linear: ");
    FAILS(tc_linear(s, x, x, w1), "bias has shape [1], expected [4]");
    FAILS(tc_rms_norm(s, x, w1, 1e-5), "weight has shape [1], expected [8]");
    FAILS(tc_layer_norm(s, x, w, w1, 1e-5), "bias has shape [1], expected [8]");
    FAILS(tc_rotary(s, x, 3, 1e4), "rotary: ");
    FAILS(tc_rotary(s, x, 8, 1e4), "even size");
    FAILS(tc_attention(s, x, x, x, 3, 3, TC_ATTEND_ALL), "attention: ");
    FAILS(tc_attention(s, x, x, x, 4, 3, TC_ATTEND_ALL), "4 query heads over 3");
    FAILS(tc_attention(s, x, x, x, 4, 2, TC_ATTEND_ALL), "expected [4, 4]");
    tc_scope_free(f64);
    tc_scope_free(f32);
}

static void test_failed_scopes(void)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *x = numbers(s, 1, SHAPE(S, H));
    double got[S * H];
    char first[512];
    CHECK(!tc_scope_error(s) && !tc_scope_out_of_memory(s));
    CHECK(!tc_sum(s, x, 7));
    snprintf(first, sizeof first, "%s", tc_scope_error(s));
    CHECK(strncmp(first, "sum: ", 5) == 0);
    CHECK(!tc_add(s, x, x));
    CHECK(!tc_add(s, NULL, x));
    CHECK(!tc_from_f64(s, got, SHAPE(1)));
    CHECK(!tc_read_f64(s, x, got, S * H));
    CHECK(strcmp(first, tc_scope_error(s)) == 0);
    tc_scope_free(s);

    tc_device absent = {TC_CUDA, 1000};
    s = tc_scope_new(TC_F32, absent);
    CHECK(tc_scope_error(s) && strstr(tc_scope_error(s), "cuda:1000 is not available"));
    CHECK(!tc_from_f64(s, got, SHAPE(1)) && !tc_scope_out_of_memory(s));
    tc_scope_free(s);

    if (SANITIZED)
        return;
    /* More than the address space of the processor, so that no system can grant it. */
    s = tc_scope_new(TC_F64, cpu);
    tc_tensor *huge = tc_expand(s, numbers(s, 1, SHAPE(1)), SHAPE((int64_t)1 << 46));
    HEALTHY(s);
    CHECK(!tc_scale(s, huge, 2) && tc_scope_error(s) && tc_scope_out_of_memory(s));
    tc_scope_free(s);
}

/* ---- derivatives ---- */

typedef tc_tensor *(*function)(tc_scope *s, const tc_tensor *x); /* of x (B,S,H) or (S,H) */

static tc_tensor *f_reshape(tc_scope *s, const tc_tensor *x)
{
    return tc_reshape(s, tc_transpose(s, x, -1, -2), SHAPE(S, B * H));
}
static tc_tensor *f_expand(tc_scope *s, const tc_tensor *x)
{
    return tc_expand(s, x, SHAPE(3, B, S, H));
}
static tc_tensor *f_narrow(tc_scope *s, const tc_tensor *x)
{
    return tc_narrow(s, x, -1, 2, 5);
}
static tc_tensor *f_cat(tc_scope *s, const tc_tensor *x)
{
    return cat2(s, x, tc_scale(s, x, 3));
}
static tc_tensor *f_index(tc_scope *s, const tc_tensor *x)
{
    return tc_index(s, x, -1, (int64_t[]){5, 0, 5}, 3);
}
static tc_tensor *f_add(tc_scope *s, const tc_tensor *x)
{
    return tc_add(s, tc_sum(s, x, 0), x); /* broadcasts (S,H) over B */
}
static tc_tensor *f_mul(tc_scope *s, const tc_tensor *x)
{
    return tc_mul(s, tc_mul(s, x, x), tc_narrow(s, x, 0, 1, 1));
}
static tc_tensor *f_matmul(tc_scope *s, const tc_tensor *x)
{
    return tc_matmul(s, x, tc_transpose(s, x, -1, -2));
}
static tc_tensor *f_matmul_weights(tc_scope *s, const tc_tensor *x)
{
    return tc_matmul(s, tc_matmul(s, numbers(s, 4, SHAPE(5, S)), x), numbers(s, 5, SHAPE(H, 3)));
}
static tc_tensor *f_linear(tc_scope *s, const tc_tensor *x)
{
    return tc_linear(s, x, numbers(s, 4, SHAPE(5, H)), numbers(s, 5, SHAPE(5)));
}
static tc_tensor *f_linear_bare(tc_scope *s, const tc_tensor *x)
{
    return tc_linear(s, tc_transpose(s, x, 0, 1), numbers(s, 4, SHAPE(5, H)), NULL);
}
static tc_tensor *f_rms_norm(tc_scope *s, const tc_tensor *x)
{
    return tc_rms_norm(s, x, numbers(s, 4, SHAPE(H)), 1e-3);
}
static tc_tensor *f_layer_norm(tc_scope *s, const tc_tensor *x)
{
    return tc_layer_norm(s, x, numbers(s, 4, SHAPE(H)), numbers(s, 5, SHAPE(H)), 1e-3);
}
static tc_tensor *f_rotary(tc_scope *s, const tc_tensor *x)
{
    return tc_rotary(s, x, 2, 100);
}

static tc_tensor *attend(tc_scope *s, const tc_tensor *x, int64_t kv, tc_attention_kind kind)
{
    tc_tensor *k = tc_linear(s, x, numbers(s, 4, SHAPE(2 * kv, H)), NULL);
    tc_tensor *v = tc_linear(s, x, numbers(s, 5, SHAPE(2 * kv, H)), NULL);
    return tc_attention(s, tc_scale(s, x, 2), k, v, 4, kv, kind);
}
static tc_tensor *f_attend_all(tc_scope *s, const tc_tensor *x)
{
    return attend(s, x, 4, TC_ATTEND_ALL);
}
static tc_tensor *f_attend_causal(tc_scope *s, const tc_tensor *x)
{
    return attend(s, x, 4, TC_ATTEND_CAUSAL);
}
static tc_tensor *f_attend_self(tc_scope *s, const tc_tensor *x)
{
    return attend(s, x, 2, TC_ATTEND_SELF);
}
static tc_tensor *f_attend_grouped(tc_scope *s, const tc_tensor *x)
{
    return attend(s, x, 2, TC_ATTEND_CAUSAL);
}

#define ACTIVATION(name, kind)                                                                     \
    static tc_tensor *name(tc_scope *s, const tc_tensor *x)                                        \
    {                                                                                              \
        return tc_activate(s, tc_scale(s, x, 3), kind);                                            \
    }
ACTIVATION(f_identity, TC_IDENTITY)
ACTIVATION(f_relu, TC_RELU)
ACTIVATION(f_leaky_relu, TC_LEAKY_RELU)
ACTIVATION(f_elu, TC_ELU)
ACTIVATION(f_selu, TC_SELU)
ACTIVATION(f_gelu, TC_GELU)
ACTIVATION(f_gelu_tanh, TC_GELU_TANH)
ACTIVATION(f_silu, TC_SILU)

/* A whole Llama block with one target column at its end. */
static tc_tensor *f_block(tc_scope *s, const tc_tensor *x)
{
    tc_tensor *h = tc_rotary(s, f_rms_norm(s, x), 4, 1e4);
    h = tc_add(s, x, attend(s, h, 2, TC_ATTEND_ALL));
    tc_tensor *gate = tc_activate(s, f_linear(s, f_layer_norm(s, h)), TC_SILU);
    h = tc_linear(s, tc_mul(s, gate, f_linear(s, h)), numbers(s, 6, SHAPE(H, 5)), NULL);
    return tc_linear(s, h, numbers(s, 7, SHAPE(1, H)), numbers(s, 8, SHAPE(1)));
}

static const struct {
    const char *name;
    function f;
} functions[] = {
    {"reshape", f_reshape},
    {"expand", f_expand},
    {"narrow", f_narrow},
    {"cat", f_cat},
    {"index", f_index},
    {"add, sum", f_add},
    {"mul", f_mul},
    {"matmul", f_matmul},
    {"matmul with weights", f_matmul_weights},
    {"linear", f_linear},
    {"linear without bias", f_linear_bare},
    {"rms_norm", f_rms_norm},
    {"layer_norm", f_layer_norm},
    {"rotary", f_rotary},
    {"attend all", f_attend_all},
    {"attend causal", f_attend_causal},
    {"attend self", f_attend_self},
    {"attend grouped", f_attend_grouped},
    {"identity", f_identity},
    {"relu", f_relu},
    {"leaky relu", f_leaky_relu},
    {"elu", f_elu},
    {"selu", f_selu},
    {"gelu", f_gelu},
    {"gelu tanh", f_gelu_tanh},
    {"silu", f_silu},
    {"block", f_block},
};

/* f(x) as numbers; their count, 0 on failure. */
static size_t evaluate(function f, const double *x, double *y)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    const tc_tensor *out = f(s, tc_from_f64(s, x, SHAPE(B, S, H)));
    size_t n = 1;
    for (int i = 0; i < tc_ndim(out); i++)
        n *= (size_t)tc_size(out, i);
    if (!tc_read_f64(s, out, y, n))
        n = 0;
    tc_scope_free(s);
    return n;
}

/* want[k][i] = d (cotangent[k] . f) / d x[i] by central differences. */
static void differentiate(function f, double *x, const double *cotangent, double *want)
{
    const double step = 1e-5;
    double up[4 * N], down[4 * N];
    for (int i = 0; i < N; i++) {
        double at = x[i];
        x[i] = at + step;
        size_t m = evaluate(f, x, up);
        x[i] = at - step;
        evaluate(f, x, down);
        x[i] = at;
        for (size_t k = 0; k < COTANGENTS; k++) {
            double sum = 0;
            for (size_t j = 0; j < m; j++)
                sum += cotangent[k * m + j] * (up[j] - down[j]);
            want[k * N + (size_t)i] = sum / (2 * step);
        }
    }
}

static void check_function(const char *name, function f)
{
    double x[N], cotangent[COTANGENTS * 4 * N], want[COTANGENTS * N];
    double batched[COTANGENTS * N], loop[COTANGENTS * N];
    int64_t shape[5] = {COTANGENTS};
    size_t m = COTANGENTS;
    fill(x, N, 9);
    tc_scope *s = tc_scope_new(TC_F64, cpu), *p = tc_scope_new(TC_F64, cpu);
    tc_tensor *leaf = tc_leaf(s, tc_from_f64(s, x, SHAPE(B, S, H))), *y = f(s, leaf);
    for (int i = 0; i < tc_ndim(y); i++) {
        shape[i + 1] = tc_size(y, i);
        m *= (size_t)shape[i + 1];
    }
    fill(cotangent, m, 10);
    tc_tensor *c = tc_from_f64(p, cotangent, shape, tc_ndim(y) + 1);
    tc_tensor *gb = tc_pullback(p, y, leaf, c, TC_PULLBACK_BATCHED);
    tc_tensor *gl = tc_pullback(p, y, leaf, c, TC_PULLBACK_LOOP);
    CHECK(tc_ndim(gb) == 4 && tc_size(gb, 0) == COTANGENTS && tc_size(gb, 3) == H);
    if (!tc_read_f64(p, gb, batched, COTANGENTS * N) || !tc_read_f64(p, gl, loop, COTANGENTS * N)) {
        const char *why = tc_scope_error(s);
        printf("%s: %s: %s\n", __FILE__, name, why ? why : tc_scope_error(p));
        failures++;
    } else {
        differentiate(f, x, cotangent, want);
        double apart = deviation(batched, loop, COTANGENTS * N);
        double wrong = deviation(loop, want, COTANGENTS * N);
        if (!(apart < 1e-12) || !(wrong < 1e-6)) {
            printf("%s: %s: batched and loop %g apart, differences %g\n", __FILE__, name, apart,
                   wrong);
            failures++;
        }
    }
    tc_scope_free(p);
    tc_scope_free(s);
}

static void test_every_pullback(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        check_function(functions[i].name, functions[i].f);
}

/* Fails in the middle of the backward pass: that of narrow wants memory for the full size. */
static void check_failure_inside(tc_pullback_kind kind)
{
    const double ones[2] = {1, 1};
    if (SANITIZED)
        return;
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *point = tc_leaf(s, numbers(s, 1, SHAPE(1)));
    tc_tensor *y = tc_narrow(s, tc_expand(s, point, SHAPE((int64_t)1 << 46)), 0, 5, 1);
    HEALTHY(s);
    CHECK(!tc_pullback(s, y, point, tc_from_f64(s, ones, SHAPE(2, 1)), kind));
    CHECK(tc_scope_error(s) && tc_scope_out_of_memory(s));
    tc_scope_free(s);
}

static void check_pullback_rules(tc_pullback_kind kind)
{
    const double zeros[2 * S * H] = {0}, ones[2] = {1, 1};
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *x = numbers(s, 1, SHAPE(S, H)), *leaf = tc_leaf(s, x), *other = tc_leaf(s, x);
    tc_tensor *weight = numbers(s, 2, SHAPE(S, H)), *y = tc_mul(s, leaf, weight);
    tc_tensor *c = numbers(s, 3, SHAPE(2, S, H)), *none = numbers(s, 3, SHAPE(0, S, H));
    tc_tensor *middle = tc_scale(s, leaf, 2), *top = tc_scale(s, middle, 3);
    double v[2 * S * H], got[2 * S * H];

    EQUALS(s, tc_pullback(s, y, other, c, kind), zeros, 3, 2, S, H);
    EQUALS(s, tc_pullback(s, weight, leaf, c, kind), zeros, 3, 2, S, H);
    EQUALS(s, tc_pullback(s, tc_detach(s, y), leaf, c, kind), zeros, 3, 2, S, H);
    tc_tensor *half = tc_mul(s, tc_detach(s, leaf), leaf); /* d(x' x) with x' constant: x' */
    EQUALS(s, tc_pullback(s, half, leaf, c, kind),
           (tc_read_f64(s, tc_mul(s, c, x), v, 2 * S * H), v), 3, 2, S, H);
    fill(v, 2 * S * H, 3); /* an inner tensor is an input too */
    for (int i = 0; i < 2 * S * H; i++)
        v[i] *= 3;
    EQUALS(s, tc_pullback(s, top, middle, c, kind), v, 3, 2, S, H);
    CHECK(tc_size(tc_pullback(s, y, leaf, none, kind), 0) == 0);
    tc_tensor *scalar = tc_sum(s, tc_sum(s, leaf, 0), 0);
    tc_tensor *flat = tc_pullback(s, scalar, leaf, tc_from_f64(s, ones, SHAPE(2)), kind);
    for (int i = 0; i < 2 * S * H; i++)
        v[i] = 1;
    EQUALS(s, flat, v, 3, 2, S, H);
    HEALTHY(s);

    /* Refused, and after each refusal the next pullback is right. */
    tc_scope *bad = tc_scope_new(TC_F64, cpu);
    CHECK(!tc_pullback(bad, y, leaf, x, kind) && strstr(tc_scope_error(bad), "cotangent of shape"));
    tc_scope_free(bad);
    bad = tc_scope_new(TC_F64, cpu);
    CHECK(!tc_pullback(bad, y, weight, c, kind) && strstr(tc_scope_error(bad), "neither a leaf"));
    tc_scope_free(bad);
    check_failure_inside(kind);

    tc_tensor *after = tc_pullback(s, y, leaf, c, kind);
    EQUALS(s, after, (tc_read_f64(s, tc_mul(s, c, weight), got, 2 * S * H), got), 3, 2, S, H);
    HEALTHY(s);
    tc_scope_free(s);
}

/* Resident pages of this process, 0 where the system does not say. */
static long resident_pages(void)
{
    long total = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (f)
        fclose(f);
    return resident;
}

/* Each round makes 128 KiB of gradients: a leak of them alone would be 25 MiB in the end. */
static void check_memory(tc_pullback_kind kind)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *leaf = tc_leaf(s, tc_expand(s, numbers(s, 1, SHAPE(1, H)), SHAPE(256, H)));
    tc_tensor *y = tc_sum(s, f_block(s, tc_reshape(s, leaf, SHAPE(64, S, H))), 0);
    long before = 0;
    for (int round = 0; round < 220; round++) {
        if (round == 20)
            before = resident_pages();
        tc_scope *p = tc_scope_new(TC_F64, cpu);
        CHECK(tc_pullback(p, y, leaf, numbers(p, 2, SHAPE(8, S, 1)), kind));
        HEALTHY(p);
        tc_scope_free(p);
    }
    long grown = (resident_pages() - before) * sysconf(_SC_PAGESIZE);
    if (!SANITIZED && grown > 4 << 20) {
        printf("%s: 200 pullbacks left %ld bytes behind\n", __FILE__, grown);
        failures++;
    }
    tc_scope_free(s);
}

/* Scopes of different threads share the weights and nothing else; returns NULL if all is well. */
static void *work(void *weight)
{
    double want[2 * S * H], got[2 * S * H];
    int wrong = 0;
    for (int round = 0; round < 200; round++) {
        tc_scope *s = tc_scope_new(TC_F64, cpu);
        tc_tensor *leaf = tc_leaf(s, numbers(s, 1, SHAPE(S, H)));
        tc_tensor *y = tc_activate(s, tc_linear(s, leaf, weight, NULL), TC_SILU);
        tc_tensor *c = numbers(s, 3, SHAPE(2, S, H));
        tc_tensor *gb = tc_pullback(s, y, leaf, c, TC_PULLBACK_BATCHED);
        tc_tensor *gl = tc_pullback(s, y, leaf, c, TC_PULLBACK_LOOP);
        wrong |= !tc_read_f64(s, gb, got, 2 * S * H) || !tc_read_f64(s, gl, want, 2 * S * H) ||
                 !(deviation(got, want, 2 * S * H) < 1e-12);
        tc_scope_free(s);
    }
    return wrong ? weight : NULL;
}

static void test_threads(void)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *weight = numbers(s, 4, SHAPE(H, H));
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, weight) != 0)
            abort();
    for (int i = 0; i < THREADS; i++) {
        void *result = weight;
        pthread_join(threads[i], &result);
        CHECK(result == NULL);
    }
    tc_scope_free(s);
}

/* Nothing may have been printed to stderr, which goes to this file. */
static void check_silence(FILE *heard)
{
    char line[256];
    fflush(stderr);
    rewind(heard);
    while (fgets(line, sizeof line, heard)) {
        printf("%s: on stderr: %s", __FILE__, line);
        failures++;
    }
}

int main(void)
{
    FILE *heard = tmpfile();
    if (!heard || dup2(fileno(heard), STDERR_FILENO) < 0)
        return 2;
    tc_set_threads(1); /* OpenMP threads that wait for a busy core made this 50 times slower */
    test_in_and_out();
    test_views();
    test_layers();
    test_attention();
    test_refusals();
    test_failed_scopes();
    test_every_pullback();
    check_pullback_rules(TC_PULLBACK_BATCHED);
    check_pullback_rules(TC_PULLBACK_LOOP);
    check_memory(TC_PULLBACK_BATCHED);
    check_memory(TC_PULLBACK_LOOP);
    test_threads();
    check_silence(heard);
    if (failures)
        printf("%d checks failed\n", failures);
    return failures != 0;
}
