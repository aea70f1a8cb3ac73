/* Hashes of files from the background: several, unreadable ones, a stop in their midst, signals. */
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include "test.h"
#include "base/hashing.h"
#include "base/sha256.h"

static void hash(const unsigned char *data, size_t n, char out[65])
{
    tjac_sha256 *h = NULL;
    tjac_err err = {0};
    if (tjac_sha256_make(&h, &err) || tjac_sha256_add(h, data, n, &err) ||
        tjac_sha256_hex(h, out, &err))
        abort();
    tjac_sha256_free(h);
}

/* Bytes whose blocks all differ. */
static unsigned char *make_bytes(size_t n)
{
    unsigned char *p = malloc(n);
    if (!p)
        abort();
    for (size_t i = 0; i < n; i++)
        p[i] = (unsigned char)(i * i >> 8);
    return p;
}

static void check_file(test *t, tjac_hashing *h, const char *path, const unsigned char *data,
                       size_t n)
{
    tjac_err err = {0};
    char got[65] = "", want[65];
    hash(data, n, want);
    CHECK_OK(t, tjac_hashing_find(h, path, got, &err), &err);
    CHECK_STRING(t, got, want);
}

static void check_unreadable(test *t, tjac_hashing *h, const char *path)
{
    tjac_err err = {0};
    char hex[65] = "untouched";
    CHECK(t, tjac_hashing_find(h, path, hex, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, path);
    CHECK_STRING(t, hex, "untouched");
}

static void test_files(test *t, const unsigned char *data, size_t n)
{
    enum { FILES = 4 };
    const size_t size[FILES] = {n, 0, 64, 1 << 18};
    char path[FILES][TEST_PATH];
    tjac_hashing *h = NULL;
    tjac_err err = {0};
    if (!CHECK_OK(t, tjac_hashing_start(&h, &err), &err))
        return;
    for (int i = 0; i < FILES; i++)
        CHECK(t, test_temporary(path[i], data, size[i]));
    for (int i = 0; i < FILES - 1; i++) {
        CHECK_OK(t, tjac_hashing_add(h, path[i], NULL, &err), &err);
        CHECK_OK(t, tjac_hashing_add(h, path[0], NULL, &err), &err);
        CHECK_OK(t, tjac_hashing_add(h, NULL, NULL, &err), &err);
    }
    CHECK_OK(t, tjac_hashing_add(h, "no/such/file", NULL, &err), &err);
    for (int i = FILES - 1; i >= 0; i--) /* the last one was never added */
        check_file(t, h, path[i], data, size[i]);
    check_unreadable(t, h, "no/such/file");
    check_unreadable(t, h, "no/such/file");
    check_unreadable(t, h, "/");
    for (int i = 0; i < FILES; i++)
        unlink(path[i]);
    check_file(t, h, path[0], data, size[0]); /* known: not read again */
    tjac_hashing_stop(h);
}

/* A signal that this thread blocks stays pending; the other thread would die of it. */
static void check_signals(test *t)
{
    sigset_t mine, before, pending;
    int got = 0;
    sigemptyset(&mine);
    sigaddset(&mine, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &mine, &before);
    CHECK(t, !sigismember(&before, SIGTERM)); /* starting the thread has left the mask as it was */
    kill(getpid(), SIGTERM);
    CHECK(t, sigpending(&pending) == 0 && sigismember(&pending, SIGTERM));
    CHECK(t, sigwait(&mine, &got) == 0 && got == SIGTERM);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* A file without an end: only a stop in its midst can bring this back. */
static void test_stop(test *t)
{
    tjac_hashing *h = NULL;
    tjac_err err = {0};
    tjac_hashing_stop(NULL);
    for (int busy = 0; busy < 2; busy++) {
        if (!CHECK_OK(t, tjac_hashing_start(&h, &err), &err))
            return;
        if (busy) {
            CHECK_OK(t, tjac_hashing_add(h, "/dev/zero", NULL, &err), &err);
            CHECK_OK(t, tjac_hashing_add(h, "no/such/file", NULL, &err), &err);
            const struct timespec moment = {0, 20000000};
            nanosleep(&moment, NULL);
            check_signals(t);
        }
        tjac_hashing_stop(h);
    }
}

/* A hash is of the content that somebody else has opened, or there is none. */
static void test_stamps(test *t)
{
    char was[TEST_PATH], is[TEST_PATH], hex[65];
    tjac_hashing *h = NULL;
    tjac_err err = {0};
    tjac_stamp stamp;
    CHECK(t, test_temporary(was, "abc", 3) && test_temporary(is, "xyz", 3));
    int fd = open(was, O_RDONLY);
    CHECK_OK(t, tjac_stamp_take(fd, was, &stamp, &err), &err);
    close(fd);
    if (!CHECK_OK(t, tjac_hashing_start(&h, &err), &err))
        return;
    CHECK_OK(t, tjac_hashing_add(h, was, &stamp, &err), &err);
    check_file(t, h, was, (const unsigned char *)"abc", 3);
    CHECK_OK(t, tjac_hashing_add(h, is, &stamp, &err), &err); /* as if renamed over the first */
    CHECK(t, tjac_hashing_find(h, is, hex, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "was changed or replaced");
    tjac_hashing_stop(h);
    unlink(was);
    unlink(is);
}

int main(void)
{
    const size_t n = 5000003;
    test t = {0};
    unsigned char *data = make_bytes(n);
    test_files(&t, data, n);
    test_stop(&t);
    test_stamps(&t);
    free(data);
    return test_end(&t);
}
