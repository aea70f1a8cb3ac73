/* test_capi.c: the shim seen from C. Compiled as C11, so it proves the header to be C as well.
 *
 * Every operator is compared with loops written here in double precision; then what is refused,
 * what scopes own, and the library's switches. Derivatives: test_derivatives.c. */
#include "capi_test.h"

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

/* ---- inner scopes ---- */

/* What outer's tensors are made of outlives the inner scope, as values and as history. */
static void test_inner_survivors(void)
{
    const double third = 1.0 / 3;
    double x[S * H], c[S * H], want[S * H], got;
    fill(x, S * H, 1);
    fill(c, S * H, 2);
    for (int i = 0; i < S * H; i++)
        want[i] = 4 * x[i] * x[i] * x[i] * c[i];
    tc_scope *f32 = tc_scope_new(TC_F32, cpu), *inner = tc_scope_inner(f32);
    tc_tensor *kept = tc_detach(f32, tc_from_f64(inner, &third, SHAPE(1)));
    tc_scope_end(inner, f32);
    CHECK(tc_read_f64(f32, kept, &got, 1) && got == (float)third); /* and of outer's dtype */

    tc_scope *outer = tc_scope_new(TC_F64, cpu);
    inner = tc_scope_inner(outer);
    tc_tensor *leaf = tc_leaf(outer, tc_from_f64(inner, x, SHAPE(S, H)));
    tc_tensor *square = tc_mul(inner, leaf, leaf), *y = tc_mul(outer, square, square);
    tc_scope_end(inner, outer);
    tc_tensor *g =
        tc_pullback(outer, y, leaf, tc_from_f64(outer, c, SHAPE(1, S, H)), TC_PULLBACK_BATCHED);
    EQUALS(outer, g, want, 3, 1, S, H);
    HEALTHY(f32);
    HEALTHY(outer);
    tc_scope_free(f32);
    tc_scope_free(outer);
}

/* The steps between a leaf and a sum need nothing for the derivative: 64 MiB each, and gone. */
static void test_inner_memory(void)
{
    const int64_t many = 1 << 23;
    const double one = 1;
    double got;
    tc_scope *outer = tc_scope_new(TC_F64, cpu), *inner = tc_scope_inner(outer);
    tc_tensor *leaf = tc_leaf(outer, tc_from_f64(outer, &one, SHAPE(1)));
    long before = resident_pages();
    tc_tensor *step = tc_scale(inner, tc_expand(inner, leaf, SHAPE(many)), 2);
    tc_tensor *y = tc_sum(outer, tc_scale(inner, step, 3), 0);
    long within = resident_pages();
    tc_scope_end(inner, outer);
    long grown = (resident_pages() - before) * sysconf(_SC_PAGESIZE);
    if (!SANITIZED && grown > 16 << 20) {
        printf("%s: steps of an ended scope left %ld bytes behind\n", __FILE__, grown);
        failures++;
    }
    CHECK(SANITIZED || before == 0 || (within - before) * sysconf(_SC_PAGESIZE) > 100 << 20);
    tc_tensor *g = tc_pullback(outer, y, leaf, leaf, TC_PULLBACK_LOOP);
    CHECK(tc_read_f64(outer, g, &got, 1) && got == 6.0 * (double)many);
    HEALTHY(outer);
    tc_scope_free(outer);
}

/* Ends an inner scope whose first error is that `x` has no dimension 7 (or none, x NULL) in an
 * outer scope that has failed already or not; what outer then says. */
static void check_end(const tc_tensor *x, bool failed, const char *says, bool out_of_memory)
{
    tc_scope *outer = tc_scope_new(TC_F64, cpu), *inner = tc_scope_inner(outer);
    if (failed)
        CHECK(!tc_detach(outer, NULL));
    CHECK(!tc_scope_error(inner) || !x);
    if (x)
        CHECK(!tc_sum(inner, x, 7));
    tc_scope_end(inner, outer);
    const char *error = tc_scope_error(outer);
    CHECK(says ? error && strncmp(error, says, strlen(says)) == 0 : !error);
    CHECK(tc_scope_out_of_memory(outer) == out_of_memory);
    tc_scope_free(outer);
}

static void test_inner_errors(void)
{
    tc_scope *s = tc_scope_new(TC_F64, cpu), *outer = tc_scope_new(TC_F64, cpu);
    tc_tensor *x = numbers(s, 1, SHAPE(S, H));
    check_end(NULL, false, NULL, false);
    check_end(NULL, true, "detach: ", false);
    check_end(x, false, "sum: ", false);
    check_end(x, true, "sum: ", false); /* outer's error only follows from it */

    tc_scope *failed = tc_scope_new(TC_F64, cpu), *after;
    CHECK(!tc_detach(failed, NULL));
    after = tc_scope_inner(failed); /* begins as outer is, so that no consequence comes first */
    CHECK(!tc_sum(after, x, 7) && strncmp(tc_scope_error(after), "detach: ", 8) == 0);
    tc_scope_end(after, failed);
    CHECK(strncmp(tc_scope_error(failed), "detach: ", 8) == 0);
    tc_scope_end(NULL, failed); /* one that was never made: what outer says only follows from it */
    CHECK(tc_scope_out_of_memory(failed));
    tc_scope_free(failed);

    CHECK(!tc_scope_inner(NULL)); /* as when memory is out: no scope to make anything in */
    CHECK(tc_scope_error(NULL) && tc_scope_out_of_memory(NULL) && !tc_scale(NULL, x, 2));
    tc_scope_end(NULL, outer);
    CHECK(tc_scope_error(outer) && strcmp(tc_scope_error(outer), "scope: out of memory") == 0);
    CHECK(tc_scope_out_of_memory(outer));
    tc_scope_end(tc_scope_inner(outer), NULL);
    tc_scope_end(NULL, NULL);
    tc_scope_free(outer);

    if (!SANITIZED) { /* a lack of memory stays one */
        outer = tc_scope_new(TC_F64, cpu);
        tc_scope *inner = tc_scope_inner(outer);
        CHECK(!tc_scale(inner, tc_expand(inner, numbers(s, 1, SHAPE(1)), SHAPE((int64_t)1 << 46)),
                        2));
        tc_scope_end(inner, outer);
        CHECK(tc_scope_error(outer) && tc_scope_out_of_memory(outer));
        tc_scope_free(outer);
    }
    tc_scope_free(s);
}

/* ---- the library ---- */

/* The product of two (64,64) in float32, on the first CUDA device if there is one. */
static void product(double out[64 * 64], tc_dtype dtype)
{
    tc_scope *s = tc_scope_new(dtype, (tc_device){tc_cuda_available() ? TC_CUDA : TC_CPU, 0});
    tc_tensor *a = numbers(s, 1, SHAPE(64, 64)), *b = numbers(s, 2, SHAPE(64, 64));
    CHECK(tc_read_f64(s, tc_matmul(s, a, b), out, 64 * 64));
    HEALTHY(s);
    tc_scope_free(s);
}

static void test_tf32(void)
{
    enum { SIZE = 64 * 64 };
    static double exact[SIZE], before[SIZE], rounded[SIZE], after[SIZE];
    product(exact, TC_F64);
    product(before, TC_F32);
    tc_set_tf32(true);
    product(rounded, TC_F32);
    tc_set_tf32(false);
    product(after, TC_F32);
    CHECK(deviation(before, exact, SIZE) < 1e-6);
    CHECK(deviation(rounded, exact, SIZE) < (tc_cuda_available() ? 1e-2 : 1e-6));
    CHECK(memcmp(after, before, sizeof before) == 0);
}

static void test_cuda_memory(void)
{
    double got;
    CHECK((tc_cuda_free_bytes(0) > 0) == tc_cuda_available());
    CHECK(tc_cuda_free_bytes(-1) == 0 && tc_cuda_free_bytes(1000) == 0);
    CHECK(tc_cuda_free_bytes(256) == 0); /* LibTorch counts devices in 8 bits */
    tc_cuda_empty_cache();
    tc_cuda_empty_cache();
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    CHECK(tc_read_f64(s, tc_scale(s, tc_from_f64(s, (double[]){3}, SHAPE(1)), 2), &got, 1));
    CHECK(got == 6);
    HEALTHY(s);
    tc_scope_free(s);
}

int main(void)
{
    FILE *heard = watch_stderr();
    if (!heard)
        return 2;
    tc_set_threads(1); /* OpenMP threads that wait for a busy core made this 50 times slower */
    test_in_and_out();
    test_views();
    test_layers();
    test_attention();
    test_refusals();
    test_failed_scopes();
    test_inner_survivors();
    test_inner_memory();
    test_inner_errors();
    test_tf32();
    test_cuda_memory();
    return finish(heard);
}
