/* test_pickle.c: pickles as plain data (torchfile/pickle.h), from bytes written here; whole files
 * are in test_torchfile.c. */
#include <stdint.h>
#include "test.h"
#include "torchfile/pickle.h"

/* One pickle; the value lives in *doc, which the caller frees. */
static tjac_value *read_bytes(const void *bytes, size_t n, tjac_trust trust, tjac_doc **doc,
                              tjac_err *err)
{
    tjac_value *v = NULL;
    tjac_pickle_opts opts = {.what = "x.pkl", .trust = trust};
    if (tjac_doc_new(doc, err) != TJAC_OK ||
        tjac_pickle_read(*doc, bytes, n, &opts, &v, NULL, err) != TJAC_OK)
        return NULL;
    return v;
}

/* String literals may hold NULs: their size counts. */
#define READ(literal, trust, doc, err) read_bytes(literal, sizeof(literal) - 1, trust, doc, err)

static void check_bad(test *t, const void *bytes, size_t n, tjac_trust trust, const char *part,
                      int line)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    int refused = read_bytes(bytes, n, trust, &doc, &err) == NULL;
    if (!test_report(t, refused, __FILE__, line, "the pickle is refused"))
        fprintf(stderr, "    expected: %s\n", part);
    test_error(t, &err, TJAC_EINPUT, part, __FILE__, line);
    tjac_doc_free(doc);
}

#define BAD(t, literal, part)                                                                      \
    check_bad(t, literal, sizeof(literal) - 1, TJAC_TRUST_ALLOWED, part, __LINE__)
#define BAD_EVEN_OPAQUE(t, literal, part)                                                          \
    check_bad(t, literal, sizeof(literal) - 1, TJAC_TRUST_OPAQUE, part, __LINE__)

static void test_numbers(test *t)
{
    static const struct {
        const char *bytes;
        size_t n;
        int64_t want;
    } cases[] = {
        {"I-12\n.", 6, -12},
        {"L12L\n.", 6, 12},
        {"K\xff.", 3, 255},
        {"M\x01\x02.", 4, 513},
        {"J\xfe\xff\xff\xff.", 6, -2},
        {"\x80\x02\x8a\x00.", 5, 0},
        {"\x80\x02\x8a\x01\xff.", 6, -1},
        {"\x80\x02\x8a\x02\xff\x00.", 7, 255},
        {"\x80\x02\x8b\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80.", 16, INT64_MIN},
        {"I-9223372036854775808\n.", 23, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tjac_err err = {0};
        tjac_doc *doc = NULL;
        const tjac_value *v =
            read_bytes(cases[i].bytes, cases[i].n, TJAC_TRUST_ALLOWED, &doc, &err);
        CHECK(t, v != NULL && v->kind == TJAC_V_INT && v->u.i == cases[i].want);
        tjac_doc_free(doc);
    }
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v = READ("\x80\x02\x8a\x0al\xfc\x9c"
                               "F\xf9 j\xa8P\x19.",
                               TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
    CHECK_STRING(t, v == NULL ? NULL : v->u.str.s, "int 0x1950a86a20f9469cfc6c");
    tjac_doc_free(doc);

    v = READ("G\x3f\xb9\x99\x99\x99\x99\x99\x9a.", TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_FLOAT && v->u.f == 0.1);
    tjac_doc_free(doc);
    v = READ("F-1e-3\n.", TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_FLOAT && v->u.f == -1e-3);
    tjac_doc_free(doc);
    BAD(t, "I12x\n.", "malformed number");
    BAD(t, "I\n.", "malformed number");
    BAD(t, "F1.0y\n.", "malformed number");
    BAD(t, "F\n.", "malformed number");
}

static void test_texts(test *t)
{
    static const struct {
        const char *bytes;
        size_t n;
        tjac_vkind kind;
        const char *want;
        size_t n_want;
    } cases[] = {
        {"S'a\\'\\x41\\101\\n'\n.", 18, TJAC_V_STRING, "a'AA\n", 5},
        {"S\"\\xff\"\n.", 9, TJAC_V_BYTES, "\xff", 1},
        {"Vna\xefve \\u20ac\\U0001f9ec\n.", 25, TJAC_V_STRING,
         "na\xc3\xafve \xe2\x82\xac\xf0\x9f\xa7\xac", 14},
        {"V\\ud800\n.", 9, TJAC_V_BYTES, "\xed\xa0\x80", 3},
        {"X\x02\x00\x00\x00\xce\xb2.", 8, TJAC_V_STRING, "\xce\xb2", 2},
        {"X\x03\x00\x00\x00"
         "a\0b.",
         9, TJAC_V_BYTES, "a\0b", 3},
        {"U\x02hi.", 5, TJAC_V_STRING, "hi", 2},
        {"T\x02\x00\x00\x00hi.", 8, TJAC_V_STRING, "hi", 2},
        {"\x80\x03"
         "C\x01"
         "a.",
         6, TJAC_V_BYTES, "a", 1},
        {"\x80\x05\x96\x01\x00\x00\x00\x00\x00\x00\x00"
         "a.",
         13, TJAC_V_BYTES, "a", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tjac_err err = {0};
        tjac_doc *doc = NULL;
        const tjac_value *v =
            read_bytes(cases[i].bytes, cases[i].n, TJAC_TRUST_ALLOWED, &doc, &err);
        int ok = v != NULL && v->kind == cases[i].kind && v->u.str.n == cases[i].n_want &&
                 memcmp(v->u.str.s, cases[i].want, cases[i].n_want) == 0;
        if (!CHECK(t, ok))
            fprintf(stderr, "    case %zu: %s\n", i, tjac_err_message(&err));
        tjac_err_clear(&err);
        tjac_doc_free(doc);
    }
    BAD(t, "Sabc\n.", "without quotes");
    BAD(t, "S'a\n.", "without quotes");
    BAD(t, "S'\\'\n.", "malformed escape");
    BAD(t, "V\\u12\n.", "malformed escape");
}

static void test_damage(test *t)
{
    BAD(t, "", "it ends in the middle");
    BAD(t, "\x80\x02", "it ends in the middle");
    BAD(t, "\x80\x06N.", "protocol newer than 5");
    BAD(t, ".", "a value is missing on the stack");
    BAD(t, "NN.", "values are left");
    BAD(t, "(N.", "values are left");
    BAD(t, "N(.", "a value is missing");
    BAD(t, "t.", "a mark is missing");
    BAD(t, "N\x85\x86.", "a value is missing");
    BAD(t, "\x80\x02(N\x86.", "a value is missing"); /* below the mark is out of reach */
    BAD(t, "KK", "it ends");
    BAD(t, "g0\n.", "never set");
    BAD(t, "Nh\x05.", "a malformed memo number");
    BAD(t, "\x80\x02Nh\x01.", "never set");
    BAD(t, "Np-1\n.", "a malformed memo number");
    BAD(t, "Np99999999999999999999999999\n.", "a malformed memo number");
    BAD(t, "]K\x01K\x02s.", "no dict");
    BAD(t,
        "}K\x01"
        "a.",
        "no list");
    BAD(t, "}(K\x01u.", "no dict");
    BAD(t,
        "(K\x01"
        "d.",
        "no dict");
    BAD(t, "\x80\x04\x95\xff\x00\x00\x00\x00\x00\x00\x00N.", "shorter than it says");
    BAD(t, "\x80\x05\x97.", "outside of it");
    BAD(t, "\x80\x02\x82\x01.", "registry");
    BAD(t, "\xff.", "unknown opcode");
    BAD(t, "hello", "not a file written by torch.save or pickle");
    BAD(t, "\x80\x02K\x01K\x02R.", "what cannot be called");
    BAD(t, "ccollections\nOrderedDict\nK\x02R.", "without a list of arguments");
    BAD(t, "\x80\x04K\x01K\x02\x93.", "the name of a global is no string");
    BAD(t, "c\n\n.", "malformed name");
    BAD(t, "ca b\n\x1b[2J\n.", "malformed name");
}

/* Sizes far beyond the file must be refused before memory is asked for. */
static void test_sizes(test *t)
{
    BAD(t,
        "\x80\x02X\xff\xff\xff\xff"
        "abc.",
        "it ends in the middle");
    BAD(t,
        "\x80\x02T\xff\xff\xff\x7f"
        "abc.",
        "it ends in the middle");
    BAD(t,
        "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
        "abc.",
        "it ends in the middle");
    BAD(t,
        "\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"
        "abc.",
        "it ends in the middle");
    BAD(t,
        "\x80\x02\x8b\xff\xff\xff\xff"
        "abc.",
        "it ends in the middle");
    BAD(t, "\x80\x02Nr\xff\xff\xff\xff.", "a malformed memo number");
    BAD(t, "Np4294967295\n.", "a malformed memo number");
}

static void test_trust(test *t)
{
    static const char evil[] = "cos\nsystem\n(S'echo no'\ntR.";
    BAD(t, "cos\nsystem\n(S'echo no'\ntR.", "'x.pkl' names the global 'os.system' (byte 0)");
    BAD(t, "\x80\x04\x8c\x02os\x8c\x06system\x93.", "'os.system'");
    BAD(t, "(ios\nsystem\n.", "'os.system'");
    BAD(t,
        "\x80\x02"
        "cbuiltins\neval\n.",
        "'builtins.eval'");
    BAD(t,
        "\x80\x02"
        "ctorch\nload\n.",
        "'torch.load'");
    BAD(t,
        "\x80\x02"
        "ccollections\nOrderedDict defaultdict\n.",
        "malformed name");

    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v = read_bytes(evil, sizeof evil - 1, TJAC_TRUST_OPAQUE, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
    CHECK_STRING(t, v == NULL ? NULL : v->u.str.s, "os.system");
    tjac_doc_free(doc);

    /* Whatever is done with an unknown object, it stays one: call, build, items, appends. */
    v = READ("\x80\x02"
             "cmy\nClass\nq\x00)\x81q\x01}X\x01\x00\x00\x00"
             "aK\x01sb(K\x01K\x02u(K\x01"
             "e)R}\x92.",
             TJAC_TRUST_OPAQUE, &doc, &err);
    CHECK(t, v == NULL); /* NEWOBJ_EX needs three values */
    tjac_err_clear(&err);
    tjac_doc_free(doc);
    v = READ("\x80\x02"
             "cmy\nClass\nq\x00)\x81q\x01}X\x01\x00\x00\x00"
             "aK\x01sb(K\x01K\x02u(K\x01"
             "e)R)}\x92.",
             TJAC_TRUST_OPAQUE, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
    CHECK_STRING(t, v == NULL ? tjac_err_message(&err) : v->u.str.s, "my.Class");
    tjac_doc_free(doc);
}

/* A tensor of 6 float32 with the given offset, shape and stride texts (opcodes). */
static void check_tensor(test *t, const char *view, const char *part, int line)
{
    char bytes[512];
    int n = snprintf(bytes, sizeof bytes,
                     "ctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\n"
                     "S'0'\nS'cpu'\nI6\ntQ%sI00\n}tR.",
                     view);
    if (part != NULL) {
        check_bad(t, bytes, (size_t)n, TJAC_TRUST_ALLOWED, part, line);
        return;
    }
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v = read_bytes(bytes, (size_t)n, TJAC_TRUST_ALLOWED, &doc, &err);
    test_report(t, v != NULL && v->kind == TJAC_V_TENSOR, __FILE__, line, "a tensor");
    tjac_err_clear(&err);
    tjac_doc_free(doc);
}

static void test_tensors(test *t)
{
    static const char beyond[] = "beyond its storage", malformed[] = "malformed";
    check_tensor(t, "I0\n(I2\nI3\nt(I3\nI1\nt", NULL, __LINE__);
    check_tensor(t, "I1\n(I5\nt(I1\nt", NULL, __LINE__);
    check_tensor(t, "I5\n))", NULL, __LINE__);
    check_tensor(t, "I1\n(I6\nt(I1\nt", beyond, __LINE__);
    check_tensor(t, "I6\n)(I1\nt", malformed, __LINE__);
    check_tensor(t, "I6\n(I1\nt(I1\nt", beyond, __LINE__);
    check_tensor(t, "I0\n(I2\nI2\nt(I5\nI1\nt", beyond, __LINE__);
    check_tensor(t, "I9\n(I0\nI9\nt(I9\nI9\nt", NULL, __LINE__); /* empty: reads nothing */
    check_tensor(t, "I0\n(I-1\nt(I1\nt", malformed, __LINE__);
    check_tensor(t, "I0\n(I2\nt(I-1\nt", malformed, __LINE__);
    check_tensor(t, "I-1\n(I2\nt(I1\nt", malformed, __LINE__);
    check_tensor(t, "I0\n(I2\nt(I1\nI1\nt", malformed, __LINE__);
    check_tensor(t, "I0\n(S'2'\nt(I1\nt", malformed, __LINE__);
    /* Products and sums beyond 64 bits. */
    check_tensor(t, "I0\n(I4294967296\nI4294967296\nt(I0\nI0\nt", beyond, __LINE__);
    check_tensor(t, "I0\n(I3\nt(I9223372036854775807\nt", beyond, __LINE__);
    check_tensor(t, "I9223372036854775807\n(I2\nt(I9223372036854775807\nt", beyond, __LINE__);
    check_tensor(t, "I0\n(I1000000\nt(I0\nt", "repeats the elements", __LINE__);
    check_tensor(t,
                 "I0\n(I1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nt(I1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nI1\nt",
                 "more than 8 dimensions", __LINE__);
    BAD(t, "(S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI-6\ntQ.", "malformed reference");
    BAD(t, "(S'storage'\nctorch\nFloatStorage\nI0\nS'cpu'\nI6\ntQ.", "malformed reference");
    BAD(t, "(S'module'\nI0\ntQ.", "outside the pickle");
    BAD(t, "Pabc\n.", "outside the pickle");
}

#define NP_SCALAR "cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n"

static void test_numpy(test *t)
{
    BAD(t, NP_SCALAR "(S'f4'\ntRS'abc'\ntR.", "do not fit its type");
    BAD(t, NP_SCALAR "(S'M8'\ntRS'abcdefgh'\ntR.", "no number or text");
    BAD(t, NP_SCALAR "(S'f16'\ntRS'abcdefgh'\ntR.", "no number or text");
    BAD(t, NP_SCALAR "(S'U1'\ntRS'\\xff\\xff\\xff\\xff'\ntR.", "not Unicode");
    BAD(t, "cnumpy.core.multiarray\nscalar\n(I1\nI2\ntR.", "no number or text");

    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v =
        READ(NP_SCALAR "(S'M8'\ntRS'abcdefgh'\ntR.", TJAC_TRUST_OPAQUE, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
    tjac_doc_free(doc);

#define NP_ARRAY "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n"
    BAD(t, NP_ARRAY "(I3\ntcnumpy\ndtype\n(S'i2'\ntRI00\nS'abcd'\ntb.", "do not fit its shape");
    BAD(t, NP_ARRAY "(I-3\ntcnumpy\ndtype\n(S'i2'\ntRI00\nS'abcd'\ntb.", "no short list");
    BAD(t,
        NP_ARRAY "(I4000000\nI4000000\nI4000000\nI4000000\ntcnumpy\ndtype\n(S'i2'\ntRI00\nS''\ntb.",
        "no short list");
    /* Elements of no bytes cost nothing in the file. */
    BAD(t, NP_ARRAY "(I4000000\ntcnumpy\ndtype\n(S'S0'\ntRI00\nS''\ntb.", "again and again");
}

/* A call that copies its argument, made again and again with a shared argument. */
static void test_copy_bomb(test *t)
{
    static const char call[] = "0h\x00(h\x01X\x06\x00\x00\x00latin1tR";
    const size_t payload = 100000, calls = 3000;
    size_t cap = payload + calls * sizeof call + 200, n = 0;
    char *bytes = calloc(cap, 1);
    n += (size_t)snprintf(bytes, cap, "c_codecs\nencode\nq");
    bytes[n++] = 0;
    bytes[n++] = '0';
    bytes[n++] = 'X';
    for (int i = 0; i < 4; i++)
        bytes[n++] = (char)(payload >> (8 * i) & 0xff);
    memset(bytes + n, 'x', payload);
    n += payload;
    bytes[n++] = 'q';
    bytes[n++] = 1;
    for (size_t i = 0; i < calls; i++, n += sizeof call - 1)
        memcpy(bytes + n, call, sizeof call - 1);
    bytes[n++] = '.';
    check_bad(t, bytes, n, TJAC_TRUST_ALLOWED, "again and again", __LINE__);
    free(bytes);
}

/* Lists in lists in lists: the reader does not recurse. */
static void test_depth(test *t)
{
    const size_t n = 1000000;
    char *bytes = malloc(2 * n);
    memset(bytes, ']', n);
    memset(bytes + n, 'a', n - 1);
    bytes[2 * n - 1] = '.';
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v = read_bytes(bytes, 2 * n, TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_LIST && v->u.list.n == 1);
    tjac_err_clear(&err);
    tjac_doc_free(doc);
    free(bytes);
}

/* A list in itself, an object in its own state. */
static void test_cycles(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    const tjac_value *v = READ("]q\x00h\x00"
                               "a.",
                               TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->u.list.n == 1 && v->u.list.item[0] == v);
    tjac_doc_free(doc);
    v = READ("\x80\x02"
             "comegaconf.nodes\nAnyNode\n)\x81q\x00}X\x04\x00\x00\x00_valh\x00sb.",
             TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_OPAQUE);
    tjac_doc_free(doc);
    v = READ("\x80\x02"
             "cargparse\nNamespace\n)\x81q\x00}X\x01\x00\x00\x00xh\x00sb.",
             TJAC_TRUST_ALLOWED, &doc, &err);
    CHECK(t, v != NULL && v->kind == TJAC_V_DICT && tjac_value_get(v, "x") == v);
    tjac_doc_free(doc);
}

static void test_used(test *t)
{
    tjac_err err = {0};
    tjac_doc *doc = NULL;
    tjac_value *v = NULL;
    size_t used = 0;
    tjac_pickle_opts opts = {.what = "x.pkl", .trust = TJAC_TRUST_ALLOWED};
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    CHECK_OK(t,
             tjac_pickle_read(doc, (const unsigned char *)"K\x05.rest", 7, &opts, &v, &used, &err),
             &err);
    CHECK(t, used == 3 && v->u.i == 5);
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_numbers(&t);
    test_texts(&t);
    test_damage(&t);
    test_sizes(&t);
    test_trust(&t);
    test_tensors(&t);
    test_numpy(&t);
    test_copy_bomb(&t);
    test_depth(&t);
    test_cycles(&t);
    test_used(&t);
    return test_end(&t);
}
