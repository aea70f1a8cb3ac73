/* test_derivatives.c: the shim's pullbacks.
 *
 * Every operator's derivative, pulled back and pushed forward, is compared with central
 * differences, sign included, and the batched pass with the looped one; one push with a closed
 * form. */
#include "capi_test.h"

#include <pthread.h>

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

/* ---- pushes: pullbacks of a pullback ---- */

/* want[k] = (f(x + h tangent[k]) - f(x - h tangent[k])) / 2h */
static void differentiate_along(function f, const double *x, const double *tangent, double *want)
{
    const double step = 1e-5;
    for (size_t k = 0; k < COTANGENTS; k++) {
        double to[N], up[4 * N], down[4 * N];
        for (size_t i = 0; i < N; i++)
            to[i] = x[i] + step * tangent[k * N + i];
        size_t m = evaluate(f, to, up);
        for (size_t i = 0; i < N; i++)
            to[i] = x[i] - step * tangent[k * N + i];
        evaluate(f, to, down);
        for (size_t j = 0; j < m; j++)
            want[k * m + j] = (up[j] - down[j]) / (2 * step);
    }
}

static void check_push(const char *name, function f)
{
    double x[N], tangent[COTANGENTS * N], want[COTANGENTS * 4 * N], pulled[N], row[N];
    double batched[COTANGENTS * 4 * N], loop[COTANGENTS * 4 * N];
    int64_t shape[5] = {1};
    size_t m = 1;
    fill(x, N, 9);
    fill(tangent, COTANGENTS * N, 10);
    tc_scope *s = tc_scope_new(TC_F64, cpu), *p = tc_scope_new(TC_F64, cpu);
    tc_tensor *leaf = tc_leaf(s, tc_from_f64(s, x, SHAPE(B, S, H))), *y = f(s, leaf);
    int ndim = tc_ndim(y);
    for (int i = 0; i < ndim; i++) {
        shape[i + 1] = tc_size(y, i);
        m *= (size_t)shape[i + 1];
    }
    tc_tensor *one = numbers(s, 11, shape, ndim + 1); /* (1, shape of y) */
    tc_tensor *u = tc_leaf(s, tc_reshape(s, one, shape + 1, ndim)), *g = tc_vjp(s, y, leaf, u);
    tc_tensor *t = tc_from_f64(p, tangent, SHAPE(COTANGENTS, B, S, H));
    tc_tensor *gb = tc_pullback(p, g, u, t, TC_PULLBACK_BATCHED);
    tc_tensor *gl = tc_pullback(p, g, u, t, TC_PULLBACK_LOOP);
    CHECK(tc_ndim(gb) == ndim + 1 && tc_size(gb, 0) == COTANGENTS &&
          tc_size(gb, -1) == shape[ndim]);
    if (!tc_read_f64(p, gb, batched, COTANGENTS * m) || !tc_read_f64(p, gl, loop, COTANGENTS * m) ||
        !tc_read_f64(s, g, pulled, N) ||
        !tc_read_f64(s, tc_pullback(s, y, leaf, one, TC_PULLBACK_LOOP), row, N)) {
        const char *why = tc_scope_error(s);
        printf("%s: pushing %s: %s\n", __FILE__, name, why ? why : tc_scope_error(p));
        failures++;
    } else {
        differentiate_along(f, x, tangent, want);
        double apart = deviation(batched, loop, COTANGENTS * m);
        double wrong = deviation(loop, want, COTANGENTS * m);
        if (!(apart < 1e-12) || !(wrong < 1e-6) || !(deviation(pulled, row, N) < 1e-12)) {
            printf("%s: pushing %s: batched and loop %g apart, differences %g\n", __FILE__, name,
                   apart, wrong);
            failures++;
        }
    }
    tc_scope_free(p);
    tc_scope_free(s);
}

static void test_every_push(void)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        check_push(functions[i].name, functions[i].f);
}

/* softmax(gelu(x w') k' H^-1/2) v of one row x (H) along the tangent t (H); dy (H). */
static void closed_form(const double *x, const double *t, const double *w, const double *k,
                        const double *v, double *dy)
{
    const double pi = acos(-1);
    double z[H], dz[H], weight[S], change[S], total = 0, mean = 0;
    for (int o = 0; o < H; o++) {
        double a = 0, da = 0;
        for (int i = 0; i < H; i++) {
            a += x[i] * w[o * H + i];
            da += t[i] * w[o * H + i];
        }
        double below = 0.5 * (1 + erf(a / sqrt(2))), density = exp(-a * a / 2) / sqrt(2 * pi);
        z[o] = a * below;
        dz[o] = (below + a * density) * da;
    }
    for (int j = 0; j < S; j++) {
        double score = 0;
        change[j] = 0;
        for (int o = 0; o < H; o++) {
            score += z[o] * k[j * H + o] / sqrt(H);
            change[j] += dz[o] * k[j * H + o] / sqrt(H);
        }
        weight[j] = exp(score);
        total += weight[j];
        mean += weight[j] * change[j];
    }
    for (int o = 0; o < H; o++) {
        dy[o] = 0;
        for (int j = 0; j < S; j++)
            dy[o] += weight[j] / total * (change[j] - mean / total) * v[j * H + o];
    }
}

static void test_push_closed_form(void)
{
    double x[S * H], t[COTANGENTS * S * H], w[H * H], k[S * H], v[S * H], want[COTANGENTS * S * H];
    fill(x, S * H, 1);
    fill(w, H * H, 2);
    fill(k, S * H, 3);
    fill(v, S * H, 4);
    fill(t, COTANGENTS * S * H, 5);
    for (int n = 0; n < COTANGENTS * S; n++)
        closed_form(x + n % S * H, t + n * H, w, k, v, want + n * H);
    tc_scope *s = tc_scope_new(TC_F64, cpu);
    tc_tensor *leaf = tc_leaf(s, tc_from_f64(s, x, SHAPE(S, H)));
    tc_tensor *w_in = tc_transpose(s, tc_from_f64(s, w, SHAPE(H, H)), 0, 1);
    tc_tensor *query = tc_activate(s, tc_matmul(s, leaf, w_in), TC_GELU);
    tc_tensor *y = tc_attention(s, query, tc_from_f64(s, k, SHAPE(S, H)),
                                tc_from_f64(s, v, SHAPE(S, H)), 1, 1, TC_ATTEND_ALL);
    tc_tensor *u = tc_leaf(s, numbers(s, 6, SHAPE(S, H))), *g = tc_vjp(s, y, leaf, u);
    tc_tensor *tangent = tc_from_f64(s, t, SHAPE(COTANGENTS, S, H));
    EQUALS(s, tc_pullback(s, g, u, tangent, TC_PULLBACK_BATCHED), want, 3, COTANGENTS, S, H);
    EQUALS(s, tc_pullback(s, g, u, tangent, TC_PULLBACK_LOOP), want, 3, COTANGENTS, S, H);
    HEALTHY(s);
    tc_scope_free(s);
}

static void test_vjp_rules(void)
{
    const double zeros[2 * S * H] = {0};
    tc_scope *f64 = tc_scope_new(TC_F64, cpu), *f32 = tc_scope_new(TC_F32, cpu);
    tc_tensor *x = numbers(f64, 1, SHAPE(S, H)), *leaf = tc_leaf(f64, x), *other = tc_leaf(f64, x);
    tc_tensor *y = tc_mul(f64, leaf, leaf), *u = tc_leaf(f64, x),
              *t = numbers(f64, 2, SHAPE(2, S, H));
    tc_tensor *single = tc_leaf(f32, numbers(f32, 1, SHAPE(S, H)));

    /* Independent: zeros, which pull back to zeros as well. */
    tc_tensor *none = tc_vjp(f64, y, other, u), *cut = tc_vjp(f64, tc_detach(f64, y), leaf, u);
    EQUALS(f64, none, zeros, 2, S, H);
    EQUALS(f64, cut, zeros, 2, S, H);
    EQUALS(f64, tc_pullback(f64, none, u, t, TC_PULLBACK_BATCHED), zeros, 3, 2, S, H);
    EQUALS(f64, tc_pullback(f64, cut, u, t, TC_PULLBACK_LOOP), zeros, 3, 2, S, H);

    FAILS(tc_vjp(s, y, leaf, x), "vjp: the cotangent is no leaf");
    FAILS(tc_vjp(s, y, x, u), "neither a leaf");
    FAILS(tc_vjp(s, tc_sum(s, y, 0), leaf, u), "cotangent of shape [4, 8]");
    FAILS(tc_vjp(s, y, leaf, single), "dtypes");
    FAILS(tc_vjp(s, y, leaf, NULL), "NULL");
    HEALTHY(f64);
    tc_scope_free(f64);
    tc_scope_free(f32);
}

/* ---- memory and threads ---- */

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

int main(void)
{
    FILE *heard = watch_stderr();
    if (!heard)
        return 2;
    tc_set_threads(1);
    test_every_pullback();
    check_pullback_rules(TC_PULLBACK_BATCHED);
    check_pullback_rules(TC_PULLBACK_LOOP);
    test_every_push();
    test_push_closed_form();
    test_vjp_rules();
    check_memory(TC_PULLBACK_BATCHED);
    check_memory(TC_PULLBACK_LOOP);
    test_threads();
    return finish(heard);
}
