/* torch_capi.cpp: torch_capi.h over LibTorch; the only file of tjac that includes it.
 *
 * Every function that can throw runs inside `guarded`, so an operator is its checks and one
 * expression. What LibTorch does by itself and this border forbids is turned off there or in
 * `prepare_library`: warnings on stderr, promotion of mixed dtypes, TF32, silent slow paths.
 * Compiles against LibTorch 2.11 and later. */
#include "shim/torch_capi.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/functorch/BatchedFallback.h>
#include <ATen/functorch/DynamicLayer.h>
#include <ATen/functorch/PlumbingHelper.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/headeronly/version.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <new>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

struct tc_tensor {
    at::Tensor value;
};

struct tc_scope {
    at::ScalarType dtype;
    at::Device device;
    std::deque<tc_tensor> tensors; /* a deque: its elements never move */
    /* Not a std::string: noting an error must not itself need memory. */
    char error[512];
    bool out_of_memory;
};

namespace
{

namespace functorch = at::functorch;

/* ---- errors ---- */

void note_error(tc_scope *s, const char *op, const char *message, bool out_of_memory) noexcept
{
    if (s->error[0])
        return;
    int line = static_cast<int>(std::min<std::size_t>(std::strcspn(message, "\n"), 400));
    std::snprintf(s->error, sizeof s->error, "%s: %.*s", op, line, message);
    s->out_of_memory = out_of_memory;
}

/* LibTorch has a type for exhausted CUDA memory only; the rest can be told by the words alone. */
bool speaks_of_memory(const char *message) noexcept
{
    return std::strstr(message, "can't allocate memory") || std::strstr(message, "ALLOC_FAILED") ||
           std::strstr(message, "out of memory");
}

struct SilentWarnings : c10::WarningHandler {
    void process(const c10::Warning &) override
    {
    }
};

/* Runs f on a healthy scope; whatever it throws becomes the scope's error. True on success. */
template <class F> bool guarded(tc_scope *s, const char *op, F &&f) noexcept
{
    if (!s || s->error[0])
        return false;
    try {
        SilentWarnings silent;
        c10::WarningUtils::WarningHandlerGuard guard(&silent);
        f();
        return true;
    } catch (const c10::OutOfMemoryError &e) {
        note_error(s, op, e.what_without_backtrace(), true);
    } catch (const c10::Error &e) {
        note_error(s, op, e.what_without_backtrace(), speaks_of_memory(e.what_without_backtrace()));
    } catch (const std::bad_alloc &) {
        note_error(s, op, "out of memory", true);
    } catch (const std::exception &e) {
        note_error(s, op, e.what(), speaks_of_memory(e.what()));
    } catch (...) {
        note_error(s, op, "unknown exception", false);
    }
    return false;
}

/* LibTorch would promote mixed dtypes in one operator and refuse them in the next. */
void check_inputs(std::initializer_list<const tc_tensor *> inputs)
{
    const tc_tensor *first = nullptr;
    for (const tc_tensor *x : inputs) {
        TORCH_CHECK(x, "an input is NULL");
        first = first ? first : x;
        TORCH_CHECK(x->value.scalar_type() == first->value.scalar_type(), "inputs of dtypes ",
                    first->value.scalar_type(), " and ", x->value.scalar_type());
        TORCH_CHECK(x->value.device() == first->value.device(), "inputs on ", first->value.device(),
                    " and ", x->value.device());
    }
}

tc_tensor *keep(tc_scope *s, at::Tensor value)
{
    s->tensors.push_back({std::move(value)});
    return &s->tensors.back();
}

/* An operator: checks its tensors, evaluates f and lets the scope own the result. */
template <class F>
tc_tensor *run(tc_scope *s, const char *op, std::initializer_list<const tc_tensor *> inputs,
               F &&f) noexcept
{
    tc_tensor *result = nullptr;
    guarded(s, op, [&] {
        check_inputs(inputs);
        result = keep(s, f());
    });
    return result;
}

at::IntArrayRef checked_shape(const int64_t *shape, int ndim)
{
    TORCH_CHECK(ndim >= 0 && (shape || ndim == 0), "no shape given");
    for (int i = 0; i < ndim; i++)
        TORCH_CHECK(shape[i] >= 0, "negative size ", shape[i], " in dimension ", i);
    return at::IntArrayRef(shape, static_cast<std::size_t>(ndim));
}

/* A one-dimensional weight must span the dimension: a shorter one would silently broadcast. */
void check_vector(const at::Tensor &w, int64_t length, const char *name)
{
    TORCH_CHECK(w.dim() == 1 && w.size(0) == length, name, " has shape ", w.sizes(), ", expected [",
                length, "]");
}

/* ---- the library ---- */

/* MKL finds its kernels when they are first used, and of two threads that do so at once one may end
 * up with another, whose last digits differ: of first predictions with rotary embedding by two
 * threads 12 of 1,000 pairs did, by the cosines and sines. So each function is used once before
 * there can be a second thread. */
void use_once(at::ScalarType type)
{
    const at::Tensor a = at::ones({2, 32, 32}, type), b = a.transpose(1, 2), row = a[0][0];
    a.cos(), a.sin(), a.exp(), a.expm1(), a.erf(), a.tanh(), a.log(), a.sqrt(), a.rsqrt();
    at::bmm(a, a), at::bmm(a, b), at::bmm(b, a), at::bmm(b, b);
    at::mm(a[0], a[0]), at::mm(a[0], b[0]), at::mm(b[0], a[0]), at::mm(b[0], b[0]);
    at::linear(a, a[0]), at::linear(a, a[0], row), at::linear(a[0], a[0], row);
    at::mv(a[0], row), at::mv(b[0], row);
}

void prepare_library()
{
    use_once(at::kFloat);
    use_once(at::kDouble);
    /* An operator without a batching rule would run as a loop, slowly and with a warning: make it
     * an error, which the tests then see. */
    functorch::setVmapFallbackEnabled(false);
    at::globalContext().setFloat32MatmulPrecision("highest");
}

int cuda_count() noexcept
{
    try {
        return static_cast<int>(at::getNumGPUs());
    } catch (...) {
        return 0; /* a broken driver is no device */
    }
}

at::ScalarType scalar_type(tc_dtype dtype) noexcept
{
    return dtype == TC_F64 ? at::kDouble : dtype == TC_BF16 ? at::kBFloat16 : at::kFloat;
}

bool available(tc_device device) noexcept
{
    return device.kind == TC_CPU || (device.index >= 0 && device.index < cuda_count());
}

at::Device torch_device(tc_device device)
{
    return device.kind == TC_CUDA
               ? at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index))
               : at::Device(at::kCPU);
}

at::Tensor from_blob(const void *data, const int64_t *shape, int ndim, at::ScalarType type)
{
    TORCH_CHECK(data, "no data given");
    /* from_blob takes no const data, but nothing here writes into a tensor. */
    return at::from_blob(const_cast<void *>(data), checked_shape(shape, ndim), at::dtype(type));
}

/* ---- mathematics ---- */

at::Tensor activate(const at::Tensor &x, tc_activation kind)
{
    switch (kind) {
    case TC_IDENTITY:
        return x;
    case TC_RELU:
        return at::relu(x);
    case TC_LEAKY_RELU:
        return at::leaky_relu(x, 0.01);
    case TC_ELU:
        return at::elu(x);
    case TC_SELU:
        return at::selu(x);
    case TC_GELU:
        return at::gelu(x, "none");
    case TC_GELU_TANH:
        return at::gelu(x, "tanh");
    case TC_SILU:
        return at::silu(x);
    }
    TORCH_CHECK(false, "unknown activation ", static_cast<int>(kind));
}

/* Tables of the rotary embedding for S positions: cos and signed sin, (S,1,2,half) each. The angles
 * are taken in double: in float32 they lose digits as p grows. */
std::tuple<at::Tensor, at::Tensor> rotary_tables(const at::Tensor &x, int64_t S, int64_t half,
                                                 double theta)
{
    auto options = x.options().dtype(at::kDouble);
    at::Tensor frequency = at::pow(theta, at::arange(half, options) * (-1.0 / double(half)));
    at::Tensor angle = at::arange(S, options).unsqueeze(1) * frequency;
    at::Tensor cos = angle.cos(), sin = angle.sin();
    auto table = [&](const at::Tensor &low, const at::Tensor &high) {
        return at::stack({low, high}, 1).unsqueeze(1).to(x.scalar_type());
    };
    return {table(cos, cos), table(-sin, sin)};
}

/* Sizes of an attention: B sets of S tokens, kv key heads with g query heads each, d per head. */
struct AttentionShape {
    int64_t B, S, kv, g, d;
};

AttentionShape attention_shape(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                               int64_t heads, int64_t kv_heads)
{
    TORCH_CHECK(heads > 0 && kv_heads > 0 && heads % kv_heads == 0, heads, " query heads over ",
                kv_heads, " key heads");
    TORCH_CHECK(q.dim() >= 2 && q.numel() > 0 && q.size(-1) % heads == 0, "query of shape ",
                q.sizes(), " for ", heads, " heads");
    int64_t S = q.size(-2), d = q.size(-1) / heads;
    std::vector<int64_t> expected = q.sizes().vec();
    expected.back() = kv_heads * d;
    TORCH_CHECK(k.sizes() == expected && v.sizes() == expected, "key ", k.sizes(), " and value ",
                v.sizes(), ", expected ", at::IntArrayRef(expected));
    return {q.numel() / (S * q.size(-1)), S, kv_heads, heads / kv_heads, d};
}

/* (...,S,kv*d) -> (B*kv, S, d) */
at::Tensor split_heads(const at::Tensor &x, const AttentionShape &n)
{
    return x.reshape({n.B, n.S, n.kv, n.d}).transpose(1, 2).reshape({n.B * n.kv, n.S, n.d});
}

/* Each query head of a group is one more block of rows against the same keys, so a group costs one
 * product and no copies of k and v. */
at::Tensor attend(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v,
                  const AttentionShape &n, bool causal)
{
    at::Tensor rows = q.reshape({n.B, n.S, n.kv, n.g, n.d})
                          .permute({0, 2, 3, 1, 4})
                          .reshape({n.B * n.kv, n.g * n.S, n.d});
    at::Tensor scores =
        at::bmm(rows * (1.0 / std::sqrt(double(n.d))), split_heads(k, n).transpose(1, 2));
    if (causal) {
        /* Adding -inf costs nothing in the backward pass, unlike masked_fill. */
        at::Tensor mask = at::full({n.S, n.S}, -INFINITY, q.options()).triu(1);
        scores = (scores.reshape({-1, n.S, n.S}) + mask).reshape(scores.sizes());
    }
    at::Tensor out = at::bmm(scores.softmax(-1), split_heads(v, n));
    return out.reshape({n.B, n.kv, n.g, n.S, n.d}).permute({0, 3, 1, 2, 4}).reshape(q.sizes());
}

/* Every token attends to itself with weight 1: the value heads, repeated for their group. */
at::Tensor attend_self(const at::Tensor &q, const at::Tensor &v, const AttentionShape &n)
{
    return v.reshape({n.B, n.S, n.kv, 1, n.d})
        .expand({n.B, n.S, n.kv, n.g, n.d})
        .reshape(q.sizes());
}

/* ---- derivatives ---- */

/* One vector-Jacobian product; undefined where output does not depend on input. */
at::Tensor vjp(const at::Tensor &output, const at::Tensor &input, const at::Tensor &cotangent)
{
    return torch::autograd::grad({output}, {input}, {cotangent}, /*retain_graph=*/true,
                                 /*create_graph=*/false, /*allow_unused=*/true)[0];
}

at::Tensor pullback_loop(const at::Tensor &output, const at::Tensor &input,
                         const at::Tensor &cotangent)
{
    std::vector<at::Tensor> rows;
    for (const at::Tensor &row : cotangent.unbind(0)) {
        at::Tensor g = vjp(output, input, row);
        rows.push_back(g.defined() ? g : at::zeros_like(input));
    }
    return at::stack(rows);
}

/* LibTorch's vmap has no public C++ interface: this is what torch.vmap does from Python. The stack
 * of layers belongs to the thread; autograd hands it on to its CUDA threads. */
at::Tensor pullback_batched(const at::Tensor &output, const at::Tensor &input,
                            const at::Tensor &cotangent)
{
    struct Layer {
        int64_t level;
        explicit Layer(int64_t n)
            : level(functorch::initAndPushDynamicLayer(functorch::TransformType::Vmap, n,
                                                       functorch::RandomnessType::Error))
        {
        }
        ~Layer()
        {
            functorch::popDynamicLayerAndDeleteMetadata();
        }
        Layer(const Layer &) = delete;
        Layer &operator=(const Layer &) = delete;
    };
    /* A layer that an earlier call left behind would slow down everything and fail nothing. */
    TORCH_CHECK(functorch::getDynamicLayerStack().empty(), "another vmap is active");
    int64_t n = cotangent.size(0);
    at::Tensor g;
    std::optional<int64_t> batch_dim;
    {
        Layer layer(n);
        g = vjp(output, input, functorch::makeBatched(cotangent, 0, layer.level));
        if (g.defined())
            std::tie(g, batch_dim) = functorch::unwrapTensorAtLevel(g, layer.level);
    }
    std::vector<int64_t> shape = input.sizes().vec();
    shape.insert(shape.begin(), n);
    if (!g.defined())
        return at::zeros(shape, input.options());
    return batch_dim ? g.movedim(*batch_dim, 0) : g.expand(shape);
}

at::Tensor pullback(const at::Tensor &output, const at::Tensor &input, const at::Tensor &cotangent,
                    tc_pullback_kind kind)
{
    TORCH_CHECK(input.requires_grad(), "the input is neither a leaf nor computed from one");
    TORCH_CHECK(cotangent.dim() > 0 && cotangent.sizes().slice(1) == output.sizes(),
                "cotangent of shape ", cotangent.sizes(), " for an output of shape ",
                output.sizes());
    if (!output.requires_grad() || cotangent.size(0) == 0) {
        std::vector<int64_t> shape = input.sizes().vec();
        shape.insert(shape.begin(), cotangent.size(0));
        return at::zeros(shape, input.options().requires_grad(false));
    }
    at::Tensor seed = cotangent.detach();
    return kind == TC_PULLBACK_LOOP ? pullback_loop(output, input, seed)
                                    : pullback_batched(output, input, seed);
}

at::Tensor vjp_with_history(const at::Tensor &output, const at::Tensor &input,
                            const at::Tensor &cotangent)
{
    TORCH_CHECK(input.requires_grad(), "the input is neither a leaf nor computed from one");
    TORCH_CHECK(cotangent.requires_grad(), "the cotangent is no leaf");
    TORCH_CHECK(cotangent.sizes() == output.sizes(), "cotangent of shape ", cotangent.sizes(),
                " for an output of shape ", output.sizes());
    if (!output.requires_grad())
        return at::zeros_like(input).requires_grad_(false);
    at::Tensor g = torch::autograd::grad({output}, {input}, {cotangent}, /*retain_graph=*/true,
                                         /*create_graph=*/true, /*allow_unused=*/true)[0];
    return g.defined() ? g : at::zeros_like(input).requires_grad_(false);
}

} // namespace

/* ---- library ---- */

const char *tc_version(void)
{
    return TORCH_VERSION;
}

bool tc_cuda_available(void)
{
    return cuda_count() > 0;
}

int tc_cuda_count(void)
{
    return cuda_count();
}

void tc_set_threads(int n)
{
    try {
        at::set_num_threads(std::max(n, 1));
    } catch (...) {
        /* only a refused thread count: LibTorch goes on with the one that it has */
    }
}

void tc_set_tf32(bool on)
{
    try {
        at::globalContext().setFloat32MatmulPrecision(on ? "high" : "highest");
    } catch (...) {
        /* a LibTorch without the switch computes in full precision */
    }
}

size_t tc_cuda_free_bytes(int index)
{
    if (!available({TC_CUDA, index})) /* a DeviceIndex has 8 bits: 256 would be device 0 */
        return 0;
    try {
        c10::DeviceAllocator *allocator = c10::getDeviceAllocator(at::kCUDA);
        return allocator->getMemoryInfo(static_cast<c10::DeviceIndex>(index)).first;
    } catch (...) {
        return 0;
    }
}

void tc_cuda_empty_cache(void)
{
    try {
        c10::getDeviceAllocator(at::kCUDA)->emptyCache();
    } catch (...) {
        /* nothing was cached */
    }
}

/* ---- scopes ---- */

tc_scope *tc_scope_new(tc_dtype dtype, tc_device device)
{
    try {
        static std::once_flag prepared;
        std::call_once(prepared, prepare_library);
        /* OpenMP keeps the thread count per thread: a new worker must be told of it. */
        at::init_num_threads();
        at::Device place = available(device) ? torch_device(device) : at::Device(at::kCPU);
        auto *s = new tc_scope{scalar_type(dtype), place, {}, "", false};
        if (!available(device)) {
            char message[80];
            std::snprintf(message, sizeof message, "cuda:%d is not available (%d CUDA devices)",
                          device.index, cuda_count());
            note_error(s, "device", message, false);
        }
        return s;
    } catch (...) {
        return nullptr;
    }
}

void tc_scope_free(tc_scope *scope)
{
    delete scope;
}

const char *tc_scope_error(const tc_scope *scope)
{
    return !scope ? "scope: out of memory" : scope->error[0] ? scope->error : nullptr;
}

bool tc_scope_out_of_memory(const tc_scope *scope)
{
    return !scope || scope->out_of_memory;
}

tc_scope *tc_scope_inner(const tc_scope *outer)
{
    try {
        if (!outer)
            return nullptr;
        tc_scope *inner = new tc_scope{outer->dtype, outer->device, {}, "", outer->out_of_memory};
        std::memcpy(inner->error, outer->error, sizeof inner->error);
        return inner;
    } catch (...) {
        return nullptr;
    }
}

void tc_scope_end(tc_scope *inner, tc_scope *outer)
{
    /* An inner scope that failed, or was never made, failed first: what outer says since then only
     * follows from it. What outer said before, the inner scope began with. */
    const char *first = outer ? tc_scope_error(inner) : nullptr;
    if (first) {
        std::snprintf(outer->error, sizeof outer->error, "%s", first);
        outer->out_of_memory = tc_scope_out_of_memory(inner);
    }
    delete inner;
}

/* ---- tensors in and out ---- */

tc_tensor *tc_from_f32(tc_scope *s, const float *data, const int64_t *shape, int ndim)
{
    return run(s, "from_f32", {},
               [&] { return from_blob(data, shape, ndim, at::kFloat).to(s->device, s->dtype); });
}

tc_tensor *tc_from_f64(tc_scope *s, const double *data, const int64_t *shape, int ndim)
{
    return run(s, "from_f64", {}, [&] {
        return from_blob(data, shape, ndim, at::kDouble)
            .to(s->device, s->dtype, /*non_blocking=*/false, /*copy=*/true);
    });
}

bool tc_read_f64(tc_scope *s, const tc_tensor *x, double *out, size_t n)
{
    return guarded(s, "read", [&] {
        check_inputs({x});
        TORCH_CHECK(static_cast<size_t>(x->value.numel()) == n, "tensor of ", x->value.numel(),
                    " elements into an array of ", n);
        TORCH_CHECK(out || n == 0, "no array given");
        at::Tensor host = x->value.detach().to(at::kCPU, at::kDouble).contiguous();
        if (n > 0)
            std::memcpy(out, host.const_data_ptr<double>(), n * sizeof *out);
    });
}

int tc_ndim(const tc_tensor *x)
{
    return x ? static_cast<int>(x->value.dim()) : -1;
}

int64_t tc_size(const tc_tensor *x, int dim)
{
    int ndim = tc_ndim(x);
    if (!x || dim < -ndim || dim >= ndim)
        return -1;
    return x->value.sizes()[static_cast<size_t>(dim < 0 ? dim + ndim : dim)];
}

/* ---- views and joins ---- */

tc_tensor *tc_reshape(tc_scope *s, const tc_tensor *x, const int64_t *shape, int ndim)
{
    return run(s, "reshape", {x}, [&] { return x->value.reshape(checked_shape(shape, ndim)); });
}

tc_tensor *tc_expand(tc_scope *s, const tc_tensor *x, const int64_t *shape, int ndim)
{
    return run(s, "expand", {x}, [&] { return x->value.expand(checked_shape(shape, ndim)); });
}

tc_tensor *tc_narrow(tc_scope *s, const tc_tensor *x, int dim, int64_t start, int64_t length)
{
    return run(s, "narrow", {x}, [&] {
        TORCH_CHECK(start >= 0, "negative start ", start);
        return x->value.narrow(dim, start, length);
    });
}

tc_tensor *tc_cat(tc_scope *s, const tc_tensor *const *x, int n, int dim)
{
    return run(s, "cat", {}, [&] {
        TORCH_CHECK(x && n > 0, "no tensors given");
        std::vector<at::Tensor> parts;
        for (int i = 0; i < n; i++) {
            check_inputs({x[0], x[i]});
            parts.push_back(x[i]->value);
        }
        return at::cat(parts, dim);
    });
}

tc_tensor *tc_index(tc_scope *s, const tc_tensor *x, int dim, const int64_t *idx, int64_t n)
{
    return run(s, "index", {x}, [&] {
        TORCH_CHECK(n >= 0 && (idx || n == 0), "no indices given");
        int64_t size = x->value.size(dim);
        /* On CUDA an index out of range would end every later use of the device. */
        for (int64_t i = 0; i < n; i++)
            TORCH_CHECK(idx[i] >= 0 && idx[i] < size, "index ", idx[i], " of ", size);
        at::Tensor copy = at::empty({n}, at::kLong);
        std::copy_n(idx, n, copy.mutable_data_ptr<int64_t>());
        return x->value.index_select(dim, copy.to(x->value.device()));
    });
}

tc_tensor *tc_transpose(tc_scope *s, const tc_tensor *x, int dim0, int dim1)
{
    return run(s, "transpose", {x}, [&] { return x->value.transpose(dim0, dim1); });
}

/* ---- arithmetic ---- */

tc_tensor *tc_add(tc_scope *s, const tc_tensor *a, const tc_tensor *b)
{
    return run(s, "add", {a, b}, [&] { return a->value + b->value; });
}

tc_tensor *tc_mul(tc_scope *s, const tc_tensor *a, const tc_tensor *b)
{
    return run(s, "mul", {a, b}, [&] { return a->value * b->value; });
}

tc_tensor *tc_scale(tc_scope *s, const tc_tensor *a, double factor)
{
    return run(s, "scale", {a}, [&] { return a->value * factor; });
}

tc_tensor *tc_matmul(tc_scope *s, const tc_tensor *a, const tc_tensor *b)
{
    return run(s, "matmul", {a, b}, [&] { return at::matmul(a->value, b->value); });
}

tc_tensor *tc_sum(tc_scope *s, const tc_tensor *x, int dim)
{
    return run(s, "sum", {x}, [&] { return x->value.sum(dim); });
}

tc_tensor *tc_linear(tc_scope *s, const tc_tensor *x, const tc_tensor *w, const tc_tensor *b)
{
    return run(s, "linear", {x, w, b ? b : x}, [&] {
        TORCH_CHECK(w->value.dim() == 2, "weight of shape ", w->value.sizes());
        if (b)
            check_vector(b->value, w->value.size(0), "bias");
        return at::linear(x->value, w->value, b ? std::optional(b->value) : std::nullopt);
    });
}

tc_tensor *tc_activate(tc_scope *s, const tc_tensor *x, tc_activation kind)
{
    return run(s, "activate", {x}, [&] { return activate(x->value, kind); });
}

tc_tensor *tc_rms_norm(tc_scope *s, const tc_tensor *x, const tc_tensor *w, double eps)
{
    return run(s, "rms_norm", {x, w}, [&] {
        check_vector(w->value, x->value.size(-1), "weight");
        /* sum and scale: the backward pass of mean divides the expanded gradient */
        at::Tensor mean_square = x->value.square().sum(-1, true) * (1.0 / double(w->value.size(0)));
        return x->value * (mean_square + eps).rsqrt() * w->value;
    });
}

tc_tensor *tc_layer_norm(tc_scope *s, const tc_tensor *x, const tc_tensor *w, const tc_tensor *b,
                         double eps)
{
    return run(s, "layer_norm", {x, w, b}, [&] {
        check_vector(w->value, x->value.size(-1), "weight");
        check_vector(b->value, x->value.size(-1), "bias");
        return at::layer_norm(x->value, w->value.sizes(), w->value, b->value, eps);
    });
}

/* ---- attention ---- */

tc_tensor *tc_rotary(tc_scope *s, const tc_tensor *x, int64_t heads, double theta)
{
    return run(s, "rotary", {x}, [&] {
        const at::Tensor &v = x->value;
        TORCH_CHECK(v.dim() >= 2 && heads > 0 && v.size(-1) % (2 * heads) == 0, "shape ", v.sizes(),
                    " for ", heads, " heads of even size");
        int64_t half = v.size(-1) / (2 * heads);
        auto [cos, sin] = rotary_tables(v, v.size(-2), half, theta);
        at::Tensor halves = v.unflatten(-1, {heads, 2, half});
        return (halves * cos + halves.flip(-2) * sin).flatten(-3);
    });
}

tc_tensor *tc_attention(tc_scope *s, const tc_tensor *q, const tc_tensor *k, const tc_tensor *v,
                        int64_t heads, int64_t kv_heads, tc_attention_kind kind)
{
    return run(s, "attention", {q, k, v}, [&] {
        AttentionShape n = attention_shape(q->value, k->value, v->value, heads, kv_heads);
        return kind == TC_ATTEND_SELF
                   ? attend_self(q->value, v->value, n)
                   : attend(q->value, k->value, v->value, n, kind == TC_ATTEND_CAUSAL);
    });
}

/* ---- derivatives ---- */

tc_tensor *tc_leaf(tc_scope *s, const tc_tensor *x)
{
    return run(s, "leaf", {x}, [&] { return x->value.detach().requires_grad_(); });
}

tc_tensor *tc_detach(tc_scope *s, const tc_tensor *x)
{
    return run(s, "detach", {x}, [&] { return x->value.detach(); });
}

tc_tensor *tc_pullback(tc_scope *s, const tc_tensor *output, const tc_tensor *input,
                       const tc_tensor *cotangent, tc_pullback_kind kind)
{
    return run(s, "pullback", {output, input, cotangent},
               [&] { return pullback(output->value, input->value, cotangent->value, kind); });
}

tc_tensor *tc_vjp(tc_scope *s, const tc_tensor *output, const tc_tensor *input,
                  const tc_tensor *cotangent)
{
    return run(s, "vjp", {output, input, cotangent},
               [&] { return vjp_with_history(output->value, input->value, cotangent->value); });
}
