/* test_torchfile.c: files of torch.save and pickle (torchfile/torchfile.h): those that
 * make_files.py wrote, and damaged copies of them. */
#include <stdint.h>
#include "test.h"
#include "torchfile/torchfile.h"

static tjac_torchfile *open_data(const char *name, tjac_trust trust, tjac_err *err)
{
    char path[1024];
    tjac_torchfile *f = NULL;
    snprintf(path, sizeof path, "%s/%s", test_data(), name);
    tjac_code code = tjac_torchfile_open(path, trust, &f, err);
    return code == TJAC_OK ? f : NULL;
}

/* Opens a file that must be readable; NULL after a failed check. */
static tjac_torchfile *open_good(test *t, const char *name, tjac_trust trust)
{
    tjac_err err = {0};
    tjac_torchfile *f = open_data(name, trust, &err);
    if (!CHECK(t, f != NULL && err.code == TJAC_OK))
        fprintf(stderr, "    %s: %s\n", name, tjac_err_message(&err));
    tjac_err_clear(&err);
    return f;
}

static const tjac_value *get(const tjac_torchfile *f, const char *key)
{
    return tjac_value_get(tjac_torchfile_root(f), key);
}

/* Compares a tensor with want[n], exactly (NaN equals NaN, -0 is not 0). */
static void check_tensor(test *t, tjac_torchfile *f, const char *key, const float *want, size_t n,
                         int line)
{
    const tjac_value *v = get(f, key);
    tjac_err err = {0};
    int ok = v != NULL && v->kind == TJAC_V_TENSOR && v->u.tensor.numel == n;
    float *got = calloc(n + 2, sizeof *got);
    got[n] = 12345;
    ok = ok && tjac_torchfile_read_f32(f, &v->u.tensor, key, got, &err) == TJAC_OK &&
         got[n] == 12345;
    for (size_t i = 0; i < n && ok; i++)
        if (isnan(want[i]) ? !isnan(got[i]) : memcmp(&got[i], &want[i], sizeof *got) != 0) {
            fprintf(stderr, "    element %zu: got %.9g, want %.9g\n", i, (double)got[i],
                    (double)want[i]);
            ok = 0;
        }
    if (!test_report(t, ok, __FILE__, line, key))
        fprintf(stderr, "    %s\n", tjac_err_message(&err));
    tjac_err_clear(&err);
    free(got);
}

#define TENSOR(t, f, key, ...)                                                                     \
    check_tensor(t, f, key, (const float[]){__VA_ARGS__},                                          \
                 sizeof((const float[]){__VA_ARGS__}) / sizeof(float), __LINE__)

static void test_maps(test *t)
{
    static const char *const files[] = {"pert_map.pt", "pert_map_legacy.torch", "pert_map_2.pkl",
                                        "pert_map_4.pkl", "pert_map_5.pkl"};
    static const char *const names[] = {"non-targeting", "TRAPPC3", "MYC", "\xce\xb2-actin"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        tjac_torchfile *f = open_good(t, files[i], TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        const tjac_value *root = tjac_torchfile_root(f);
        CHECK(t, root->kind == TJAC_V_DICT && root->u.dict.n == 4);
        for (size_t k = 0; k < 4; k++) {
            float want[4] = {0};
            want[k] = 1;
            CHECK_STRING(t, root->u.dict.entry[k].key->u.str.s, names[k]);
            check_tensor(t, f, names[k], want, 4, __LINE__);
        }
        tjac_torchfile_close(f);
    }
}

static void check_names(test *t, const tjac_value *list, const char *first, const char *second)
{
    CHECK(t, list != NULL && list->kind == TJAC_V_LIST && list->u.list.n >= 2);
    CHECK_STRING(t, list->u.list.item[0]->u.str.s, first);
    CHECK_STRING(t, list->u.list.item[1]->u.str.s, second);
}

static void check_int(test *t, const tjac_value *v, int64_t want, int line)
{
    test_report(t, v != NULL && v->kind == TJAC_V_INT && v->u.i == want, __FILE__, line,
                "the whole number");
}

static void test_var_dims(test *t)
{
    static const char *const files[] = {"var_dims_2.pkl", "var_dims_4.pkl", "var_dims_5.pkl"};
    for (size_t i = 0; i < 3; i++) {
        tjac_torchfile *f = open_good(t, files[i], TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        check_int(t, get(f, "input_dim"), 2000, __LINE__);
        check_int(t, get(f, "gene_dim"), 6642, __LINE__);
        check_int(t, get(f, "hvg_dim"), 2000, __LINE__);
        check_int(t, get(f, "output_dim"), 2000, __LINE__);
        check_int(t, get(f, "pert_dim"), -1, __LINE__);
        CHECK(t, get(f, "batch_dim")->kind == TJAC_V_NULL);
        check_names(t, get(f, "gene_names"), "TP53", "HLA-A");
        CHECK_STRING(t, get(f, "gene_names")->u.list.item[2]->u.str.s, "\xce\xb1");
        check_names(t, get(f, "pert_names"), "non-targeting", "MYC");
        check_names(t, get(f, "array_names"), "A1BG", "NAT2");
        CHECK(t, get(f, "array_names")->u.list.n == 3);
        tjac_torchfile_close(f);
    }
}

static void check_scalars(test *t, const tjac_torchfile *f, const char *prefix)
{
    static const struct {
        const char *name;
        tjac_vkind kind;
        double number;
        const char *text;
    } want[] = {
        {"f2", TJAC_V_FLOAT, -1.5, NULL},
        {"f4", TJAC_V_FLOAT, (double)0.1f, NULL},
        {"f8", TJAC_V_FLOAT, 0.1, NULL},
        {"i2", TJAC_V_INT, -300, NULL},
        {"i4", TJAC_V_INT, -70000, NULL},
        {"i8", TJAC_V_INT, -1099511627776.0, NULL},
        {"U3", TJAC_V_STRING, 0, "xy\xe2\x82\xac"},
    };
    char key[32];
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        snprintf(key, sizeof key, "%s%s", prefix, want[i].name);
        const tjac_value *v = get(f, key);
        int ok = v != NULL && v->kind == want[i].kind;
        if (ok && v->kind == TJAC_V_STRING)
            ok = strcmp(v->u.str.s, want[i].text) == 0;
        else if (ok)
            ok = (v->kind == TJAC_V_INT ? (double)v->u.i : v->u.f) == want[i].number;
        if (!CHECK(t, ok))
            fprintf(stderr, "    %s\n", key);
    }
}

static void test_scalars(test *t)
{
    static const char *const files[] = {"scalars_0.pkl", "scalars_2.pkl", "scalars_5.pkl"};
    for (size_t i = 0; i < 3; i++) {
        tjac_torchfile *f = open_good(t, files[i], TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        check_scalars(t, f, "");
        check_scalars(t, f, "big ");
        check_int(t, get(f, "i1"), -3, __LINE__);
        check_int(t, get(f, "u1"), 200, __LINE__);
        CHECK(t, get(f, "u8")->kind == TJAC_V_FLOAT && get(f, "u8")->u.f == 18446744073709551615.0);
        CHECK(t, get(f, "b1")->kind == TJAC_V_BOOL && get(f, "b1")->u.b);
        CHECK_STRING(t, get(f, "S4")->u.str.s, "ab");
        CHECK_STRING(t, get(f, "U0")->u.str.s, "");
        CHECK_STRING(t, get(f, "big U9")->u.str.s, "TRAPPC3");
        TENSOR(t, f, "array f4", 0.5f, -2);
        TENSOR(t, f, "array big i4", 1, -2);
        TENSOR(t, f, "array bool", 1, 0);
        TENSOR(t, f, "array u2", 3, 65535);
        TENSOR(t, f, "array 2 x 3", 0, 1, 2, 3, 4, 5);
        TENSOR(t, f, "array fortran", 0, 1, 2, 3, 4, 5);
        CHECK(t, get(f, "array fortran")->u.tensor.shape[1] == 3);
        CHECK(t,
              get(f, "array 0")->kind == TJAC_V_TENSOR && get(f, "array 0")->u.tensor.numel == 0);
        check_int(t, get(f, "array ()"), 7, __LINE__);
        check_names(t, get(f, "array big U"), "ab", "c");
        tjac_value *const *item = get(f, "array object")->u.list.item;
        CHECK(t, item[1]->kind == TJAC_V_NULL && item[2]->u.i == 3);
        tjac_torchfile_close(f);
    }
}

/* Names as pandas keeps them, tensors with attributes. */
static void test_wrapped(test *t)
{
    tjac_torchfile *f = open_good(t, "pandas_index.pkl", TJAC_TRUST_ALLOWED);
    if (f != NULL) {
        check_names(t, get(f, "gene_names"), "TP53", "HLA-A");
        check_names(t, get(f, "strings"), "TP53", "HLA-A");
    }
    tjac_torchfile_close(f);
    f = open_good(t, "typed.pt", TJAC_TRUST_ALLOWED);
    if (f != NULL) {
        TENSOR(t, f, "tensor", 0, 1, 2);
        TENSOR(t, f, "parameter", 0, 1);
    }
    tjac_torchfile_close(f);
}

/* A checksum of 0 was not computed; any other one is one. */
static void test_no_checksum(test *t)
{
    tjac_torchfile *f = open_good(t, "no_checksum.pt", TJAC_TRUST_ALLOWED);
    if (f != NULL) {
        TENSOR(t, f, "x", 0, 1, 2);
        TENSOR(t, f, "y", 0, 2);
    }
    tjac_torchfile_close(f);
    f = open_good(t, "no_checksum_deflated.pt", TJAC_TRUST_ALLOWED);
    if (f != NULL)
        TENSOR(t, f, "columns", 1, 2, 7, 8, 13, 14, 19, 20);
    tjac_torchfile_close(f);
}

static void check_texts(test *t, const tjac_torchfile *f)
{
    CHECK_STRING(t, get(f, "text")->u.str.s, "na\xc3\xafve \xe2\x82\xac \xf0\x9f\xa7\xac");
    CHECK_STRING(t, get(f, "line")->u.str.s, "a\nb\\c");
    const tjac_value *b = get(f, "bytes");
    CHECK(t, b->kind == TJAC_V_BYTES && b->u.str.n == 2 && memcmp(b->u.str.s, "\0\xff", 2) == 0);
    CHECK(t, get(f, "empty bytes")->kind == TJAC_V_BYTES && get(f, "empty bytes")->u.str.n == 0);
    b = get(f, "bytearray");
    CHECK(t, b->kind == TJAC_V_BYTES && b->u.str.n == 2 && memcmp(b->u.str.s, "xy", 2) == 0);
    CHECK_STRING(t, get(f, "path")->u.str.s, "/data/x.h5ad");
    CHECK_STRING(t, get(f, "device")->u.str.s, "cuda:1");
    CHECK_STRING(t, get(f, "dtype")->u.str.s, "torch.bfloat16");
}

static void test_protocols(test *t)
{
    char name[32];
    for (int protocol = 0; protocol < 6; protocol++) {
        snprintf(name, sizeof name, "protocol_%d.pkl", protocol);
        tjac_torchfile *f = open_good(t, name, TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        check_texts(t, f);
        CHECK(t, get(f, "none")->kind == TJAC_V_NULL && get(f, "true")->u.b);
        CHECK(t, get(f, "false")->kind == TJAC_V_BOOL && !get(f, "false")->u.b);
        check_int(t, get(f, "int"), 7, __LINE__);
        check_int(t, get(f, "negative"), -7, __LINE__);
        check_int(t, get(f, "long"), INT64_C(1) << 40, __LINE__);
        check_int(t, get(f, "minus long"), -(INT64_C(1) << 62), __LINE__);
        CHECK(t, get(f, "float")->u.f == -0.1);
        const tjac_value *tuples = get(f, "tuples");
        for (size_t i = 0; i < 4; i++)
            CHECK(t, tuples->u.list.item[i]->u.list.n == i + 1 &&
                         tuples->u.list.item[i]->u.list.item[i]->u.i == (int64_t)i + 1);
        CHECK(t, get(f, "set")->u.list.n == 1 && get(f, "set")->u.list.item[0]->u.i == 5);
        CHECK(t, get(f, "frozen")->u.list.n == 1 && get(f, "frozen")->u.list.item[0]->u.i == 6);
        tjac_value *const *shared = get(f, "shared")->u.list.item;
        CHECK(t, shared[0] == shared[1]);
        const tjac_value *ordered = get(f, "ordered");
        CHECK(t, ordered->kind == TJAC_V_DICT && ordered->u.dict.n == 2);
        CHECK_STRING(t, ordered->u.dict.entry[0].key->u.str.s, "b");
        CHECK(t, tjac_value_at(tjac_torchfile_root(f), "default.x")->u.list.item[0]->u.i == 1);
        CHECK(t, tjac_value_at(tjac_torchfile_root(f), "namespace.lr")->u.f == 0.5);
        CHECK(t, get(f, "size")->u.list.n == 2 && get(f, "size")->u.list.item[1]->u.i == 3);
        CHECK(t, get(f, "huge")->kind == TJAC_V_OPAQUE);
        tjac_torchfile_close(f);
    }
}

static void test_tensors(test *t)
{
    static const char *const files[] = {"tensors.pt", "tensors_legacy.pt", "tensors_deflated.pt"};
    static const char *const kinds[] = {"torch.float32",  "torch.float64", "torch.float16",
                                        "torch.bfloat16", "torch.int64",   "torch.int32",
                                        "torch.int16",    "torch.int8"};
    for (size_t i = 0; i < 3; i++) {
        tjac_torchfile *f = open_good(t, files[i], TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        float base[24], transposed[24], three[24];
        for (int k = 0; k < 24; k++) {
            base[k] = (float)k;
            transposed[k] = (float)(k % 4 * 6 + k / 4);
            three[k] = (float)(k / 6 + k / 3 % 2 * 12 + k % 3 * 4); /* permute(2, 0, 1) */
        }
        check_tensor(t, f, "base", base, 24, __LINE__);
        check_tensor(t, f, "transposed", transposed, 24, __LINE__);
        check_tensor(t, f, "half steps", transposed, 24, __LINE__);
        check_tensor(t, f, "three", three, 24, __LINE__);
        check_tensor(t, f, "rows", base + 6, 12, __LINE__);
        check_tensor(t, f, "parameter", base + 18, 6, __LINE__);
        check_tensor(t, f, "empty", base, 0, __LINE__);
        TENSOR(t, f, "columns", 1, 2, 7, 8, 13, 14, 19, 20);
        TENSOR(t, f, "steps", 0, 3, 12, 15);
        TENSOR(t, f, "one", 15);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            TENSOR(t, f, kinds[k], 0, 1, -2, 100);
        TENSOR(t, f, "torch.uint8", 0, 1, 200, 255);
        TENSOR(t, f, "torch.bool", 0, 1, 1);
        TENSOR(t, f, "halves", 65504.0f, 6.103515625e-05f, 5.960464477539063e-08f, -0.0f, INFINITY,
               NAN);
        TENSOR(t, f, "brains", 0.10009765625f, -3.00405527047391e38f, 9.183549615799121e-41f);
        TENSOR(t, f, "doubles", 0.1f, 0.0f, INFINITY);
        const tjac_tensor *view = &get(f, "transposed")->u.tensor;
        CHECK(t, view->ndim == 2 && view->shape[0] == 6 && view->stride[0] == 1);
        tjac_torchfile_close(f);
    }
}

static void test_checkpoint(test *t)
{
    tjac_torchfile *f = open_good(t, "checkpoint.ckpt", TJAC_TRUST_OPAQUE);
    if (f == NULL)
        return;
    const tjac_value *root = tjac_torchfile_root(f);
    const tjac_value *weights = tjac_value_get(root, "state_dict");
    CHECK(t, weights->kind == TJAC_V_DICT && weights->u.dict.n == 2); /* without _metadata */
    const tjac_value *w = tjac_value_get(weights, "basal_encoder.0.weight");
    CHECK(t, w->kind == TJAC_V_TENSOR && w->u.tensor.ndim == 2 && w->u.tensor.shape[1] == 3);
    CHECK(t, tjac_value_at(root, "hyper_parameters.hidden_dim")->u.i == 328);
    CHECK_STRING(t, tjac_value_at(root, "hyper_parameters.dir")->u.str.s, "/data/run");
    CHECK(t, tjac_value_at(root, "hyper_parameters.kwargs.bidirectional")->u.b);
    CHECK(t, tjac_value_at(root, "hyper_parameters.transformer.n_layer")->u.i == 8);
    const tjac_value *loss = tjac_value_at(root, "hyper_parameters.loss");
    CHECK(t, loss->kind == TJAC_V_OPAQUE);
    CHECK_STRING(t, loss->u.str.s, "torch.nn.modules.loss.MSELoss");
    static const char *const classes[] = {"Watcher", "Table", "Row"};
    for (size_t i = 0; i < 3; i++) {
        const tjac_value *v = tjac_value_get(tjac_value_get(root, "callbacks"), classes[i]);
        CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
        CHECK(t, strncmp(v->u.str.s, "private_package.callbacks.", 26) == 0);
    }
    CHECK(t, tjac_value_get(root, "expanded")->kind == TJAC_V_OPAQUE);
    CHECK(t, tjac_value_get(root, "complex")->kind == TJAC_V_OPAQUE);
    tjac_torchfile_close(f);

    f = open_good(t, "omegaconf.pkl", TJAC_TRUST_ALLOWED);
    if (f == NULL)
        return;
    root = tjac_torchfile_root(f);
    CHECK(t, tjac_value_at(root, "model.hidden")->u.i == 328);
    const tjac_value *dims = tjac_value_at(root, "model.kwargs.dims");
    CHECK(t, dims->kind == TJAC_V_LIST && dims->u.list.item[0]->u.i == 1);
    CHECK(t, tjac_value_get(dims->u.list.item[1], "a")->kind == TJAC_V_NULL);
    tjac_torchfile_close(f);
}

static void test_refused(test *t)
{
    static const struct {
        const char *name, *part;
        tjac_code code;
    } bad[] = {
        {"bad_global_0.pkl", "names the global 'posix.system'", TJAC_EINPUT},
        {"bad_global_2.pkl", "names the global 'posix.system'", TJAC_EINPUT},
        {"bad_global_4.pkl", "names the global 'posix.system'", TJAC_EINPUT},
        {"bad_global.pt", "'private_package.callbacks.Watcher'", TJAC_EINPUT},
        {"bad_byteorder.pt", "byte order 'big'", TJAC_EINPUT},
        {"bad_no_pickle.zip", "has no 'data.pkl'", TJAC_EINPUT},
        {"bad_directory.pt", "as a zip file", TJAC_EINPUT},
        {"bad_script.pt", "TorchScript", TJAC_EINPUT},
        {"bad_legacy_count.torch", "sizes of a storage contradict", TJAC_EINPUT},
        {"bad_legacy_order.torch", "big-endian", TJAC_EINPUT},
        {"bad_one_checksum.pt", "is damaged", TJAC_EINPUT},
        {"bad_safetensors.ckpt", "safetensors", TJAC_EINPUT},
        {"bad_lfs.ckpt", "git lfs pull", TJAC_EINPUT},
        {"bad_page.ckpt", "it is a web page", TJAC_EINPUT},
        {"bad_text.pkl", "is not a file written by torch.save or pickle", TJAC_EINPUT},
        {"bad_empty.pkl", "is empty", TJAC_EINPUT},
        {"bad_trailing.pkl", "4 bytes follow", TJAC_EINPUT},
        {"no_such_file.pt", "cannot open", TJAC_EUSAGE},
        {".", "not a regular file", TJAC_EUSAGE},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tjac_err err = {0};
        tjac_torchfile *f = open_data(bad[i].name, TJAC_TRUST_ALLOWED, &err);
        CHECK(t, f == NULL);
        CHECK(t, strstr(tjac_err_message(&err), bad[i].name) != NULL); /* the file is named */
        CHECK_ERROR(t, &err, bad[i].code, bad[i].part);
        tjac_torchfile_close(f);
    }
}

/* Files whose pickle is fine and whose data are not. */
static void test_bad_data(test *t)
{
    static const struct {
        const char *file, *key, *part;
    } bad[] = {
        {"bad_short_storage.pt", "MYC",
         "tensor 'MYC' needs 16 elements of 4 bytes, entry 'archive/data/0' has 60 bytes"},
        {"bad_no_storage.pt", "MYC", "has no entry 'archive/data/0'"},
        {"bad_checksum.pt", "x", "cannot read entry 'archive/data/0'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        float out[16];
        tjac_err err = {0};
        tjac_torchfile *f = open_good(t, bad[i].file, TJAC_TRUST_ALLOWED);
        if (f == NULL)
            continue;
        const tjac_value *v = get(f, bad[i].key);
        CHECK(t, tjac_torchfile_read_f32(f, &v->u.tensor, bad[i].key, out, &err) == TJAC_EINPUT);
        CHECK(t, strstr(tjac_err_message(&err), bad[i].file) != NULL);
        CHECK_ERROR(t, &err, TJAC_EINPUT, bad[i].part);
        tjac_torchfile_close(f);
    }
}

/* Opens a file of these bytes and reads all tensors that are values of its root. */
static tjac_code read_all(test *t, const unsigned char *bytes, size_t n, tjac_trust trust)
{
    char path[TEST_PATH];
    tjac_err err = {0};
    tjac_torchfile *f = NULL;
    CHECK(t, test_temporary(path, bytes, n));
    tjac_code code = tjac_torchfile_open(path, trust, &f, &err);
    const tjac_value *root = code == TJAC_OK ? tjac_torchfile_root(f) : NULL;
    for (size_t i = 0; root != NULL && root->kind == TJAC_V_DICT && i < root->u.dict.n; i++) {
        const tjac_value *v = root->u.dict.entry[i].value;
        if (v->kind != TJAC_V_TENSOR || v->u.tensor.numel > 1000000)
            continue;
        float *out = malloc((size_t)(v->u.tensor.numel + 1) * sizeof *out);
        if (tjac_torchfile_read_f32(f, &v->u.tensor, "x", out, &err) != TJAC_OK)
            code = err.code;
        free(out);
    }
    CHECK(t, code == err.code && (code == TJAC_OK) == (err.msg == NULL));
    tjac_torchfile_close(f);
    tjac_err_clear(&err);
    unlink(path);
    return code;
}

/* Every proper prefix is an error; bytes that are changed one at a time crash nothing. */
static void test_damaged(test *t)
{
    static const char *const files[] = {
        "pert_map.pt",    "pert_map_legacy.torch", "pert_map_4.pkl",  "pert_map_2.pkl",
        "var_dims_4.pkl", "scalars_5.pkl",         "scalars_0.pkl",   "protocol_0.pkl",
        "protocol_4.pkl", "tensors_legacy.pt",     "checkpoint.ckpt", "tensors_deflated.pt",
        "omegaconf.pkl"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", test_data(), files[i]);
        FILE *in = fopen(path, "rb");
        if (!CHECK(t, in != NULL))
            continue;
        static unsigned char bytes[16384];
        size_t n = fread(bytes, 1, sizeof bytes, in);
        fclose(in);
        CHECK(t, n > 0 && n < sizeof bytes);
        CHECK(t, read_all(t, bytes, n, TJAC_TRUST_OPAQUE) == TJAC_OK);
        int wrong = 0;
        for (size_t k = 0; k < n; k++)
            wrong += read_all(t, bytes, k, TJAC_TRUST_OPAQUE) != TJAC_EINPUT;
        if (!CHECK(t, wrong == 0))
            fprintf(stderr, "    %s: %d prefixes were not refused\n", files[i], wrong);
        for (size_t k = 0; k < n; k++) {
            static const unsigned char flips[] = {0xff, 0x01, 0x80};
            unsigned char kept = bytes[k];
            bytes[k] ^= flips[k % 3];
            tjac_code code = read_all(t, bytes, n, k % 2 ? TJAC_TRUST_OPAQUE : TJAC_TRUST_ALLOWED);
            bytes[k] = kept;
            wrong += code != TJAC_OK && code != TJAC_EINPUT;
        }
        if (!CHECK(t, wrong == 0))
            fprintf(stderr, "    %s: %d changed files gave another code\n", files[i], wrong);
    }
}

int main(void)
{
    test t = {0};
    test_maps(&t);
    test_var_dims(&t);
    test_scalars(&t);
    test_protocols(&t);
    test_tensors(&t);
    test_checkpoint(&t);
    test_wrapped(&t);
    test_no_checksum(&t);
    test_refused(&t);
    test_bad_data(&t);
    test_damaged(&t);
    return test_end(&t);
}
