/* SHA-256: FIPS 180-4's examples, and the SHA instructions against the plain code. */
#include "test.h"
#include "base/sha256.h"

typedef void init(tjac_sha256 *h);

static void hash(init *begin, const unsigned char *data, size_t n, char out[65])
{
    tjac_sha256 h;
    begin(&h);
    tjac_sha256_add(&h, data, n);
    tjac_sha256_hex(&h, out);
}

static void check_example(test *t, const char *text, size_t repeats, const char *want)
{
    init *const begin[] = {tjac_sha256_init, tjac_sha256_init_plain};
    for (int k = 0; k < 2; k++) {
        tjac_sha256 h;
        char hex[65];
        begin[k](&h);
        for (size_t i = 0; i < repeats; i++)
            tjac_sha256_add(&h, text, strlen(text));
        tjac_sha256_hex(&h, hex);
        CHECK_STRING(t, hex, want);
    }
}

static void test_examples(test *t)
{
    check_example(t, "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_example(t, "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_example(t, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_example(t,
                  "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
                  "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                  1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    check_example(t, "aaaaaaaaaa", 100000,
                  "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static unsigned char *random_bytes(size_t n)
{
    unsigned char *p = malloc(n);
    uint32_t x = 2463534242u;
    if (!p)
        abort();
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        p[i] = (unsigned char)(x >> 24);
    }
    return p;
}

/* Every length around the blocks and their padding, at every alignment; then in uneven pieces. */
static void test_instructions(test *t, const unsigned char *data, size_t n)
{
    tjac_sha256 a, b;
    char got[65], want[65];
    tjac_sha256_init(&a);
    tjac_sha256_init_plain(&b);
    if (a.compress == b.compress)
        fprintf(stderr, "this processor has no SHA instructions: the plain code alone is tested\n");
    for (size_t len = 0; len <= 300; len++) {
        hash(tjac_sha256_init, data + len % 17, len, got);
        hash(tjac_sha256_init_plain, data + len % 17, len, want);
        CHECK_STRING(t, got, want);
    }
    for (size_t i = 0, piece = 0; i < n; i += piece) {
        size_t wanted = 1 + (size_t)data[i] * data[i];
        piece = wanted < n - i ? wanted : n - i;
        tjac_sha256_add(&a, data + i, piece);
    }
    tjac_sha256_add(&b, data, n);
    tjac_sha256_hex(&a, got);
    tjac_sha256_hex(&b, want);
    CHECK_STRING(t, got, want);
}

int main(void)
{
    const size_t n = 5000003;
    test t = {0};
    unsigned char *data = random_bytes(n);
    test_examples(&t);
    test_instructions(&t, data, n);
    free(data);
    return test_end(&t);
}
