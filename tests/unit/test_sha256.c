/* SHA-256: FIPS 180-4's examples, uneven pieces, and an OpenSSL that has none. */
#include <sys/wait.h>
#include "test.h"
#include "base/sha256.h"

/* The hash of n bytes, added in pieces; the length of each is taken from its first byte. */
static void check_hash(test *t, const void *data, size_t n, size_t longest, const char *want)
{
    const unsigned char *p = data;
    tjac_sha256 *h = NULL;
    tjac_err err = {0};
    char hex[65] = "";
    if (!CHECK_OK(t, tjac_sha256_make(&h, &err), &err))
        return;
    for (size_t i = 0, piece; i < n; i += piece) {
        piece = 1 + p[i] % longest;
        piece = piece < n - i ? piece : n - i;
        CHECK_OK(t, tjac_sha256_add(h, p + i, piece, &err), &err);
    }
    CHECK_OK(t, tjac_sha256_hex(h, hex, &err), &err);
    CHECK_STRING(t, hex, want);
    tjac_sha256_free(h);
}

static void test_examples(test *t)
{
    const char *const example[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
         "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"}};
    const size_t million = 1000000;
    char *a = malloc(million);
    if (!a)
        abort();
    for (size_t i = 0; i < sizeof example / sizeof *example; i++)
        for (size_t longest = 1; longest <= 200; longest += 199)
            check_hash(t, example[i][0], strlen(example[i][0]), longest, example[i][1]);
    memset(a, 'a', million);
    for (size_t longest = 50; longest <= 100; longest++) /* pieces of 1 + 97 % longest bytes */
        check_hash(t, a, million, longest,
                   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(a);
    tjac_sha256_free(NULL);
}

/* OpenSSL reads its configuration once, so a process of its own sees one without any algorithm. */
static void test_none(test *t)
{
    const char conf[] = "openssl_conf = init\n[init]\nproviders = list\n[list]\nbase = base\n"
                        "[base]\nactivate = 1\n";
    char path[TEST_PATH];
    int status = -1;
    CHECK(t, test_temporary(path, conf, sizeof conf - 1));
    pid_t child = fork();
    if (child == 0) {
        test inner = {0};
        tjac_sha256 *h = NULL;
        tjac_err err = {0};
        setenv("OPENSSL_CONF", path, 1);
        CHECK(&inner, tjac_sha256_make(&h, &err) == TJAC_EFAIL);
        CHECK_ERROR(&inner, &err, TJAC_EFAIL, "OpenSSL cannot compute SHA-256: unsupported");
        CHECK(&inner, h == NULL);
        _exit(inner.failures != 0);
    }
    CHECK(t, child > 0 && waitpid(child, &status, 0) == child && status == 0);
    unlink(path);
}

static void test_file(test *t)
{
    char path[TEST_PATH], hex[65] = "untouched";
    tjac_err err = {0};
    atomic_bool stop = true;
    CHECK(t, test_temporary(path, "abc", 3));
    CHECK_OK(t, tjac_sha256_file_until(path, NULL, &stop, hex, &err), &err);
    CHECK_STRING(t, hex, "untouched");
    CHECK_OK(t, tjac_sha256_file(path, hex, &err), &err);
    CHECK_STRING(t, hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    unlink(path);
    CHECK(t, tjac_sha256_file(path, hex, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "No such file");
    CHECK(t, tjac_sha256_file("/", hex, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot read '/': Is a directory");
}

int main(void)
{
    test t = {0};
    test_none(&t); /* first: before this process has read a configuration */
    test_examples(&t);
    test_file(&t);
    return test_end(&t);
}
