#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"

struct tjac_sha256 {
    EVP_MD_CTX *context;
};

static tjac_code fail(tjac_err *err)
{
    const char *reason = ERR_reason_error_string(ERR_get_error());
    ERR_clear_error();
    return tjac_err_set(err, TJAC_EFAIL, "OpenSSL cannot compute SHA-256: %s",
                        reason ? reason : "it gives no reason");
}

tjac_code tjac_sha256_make(tjac_sha256 **out, tjac_err *err)
{
    tjac_sha256 *h = tjac_alloc(1, sizeof *h, err);
    if (!h)
        return err->code;
    h->context = EVP_MD_CTX_new();
    if (!h->context || !EVP_DigestInit_ex(h->context, EVP_sha256(), NULL)) {
        tjac_sha256_free(h);
        return fail(err);
    }
    *out = h;
    return TJAC_OK;
}

tjac_code tjac_sha256_add(tjac_sha256 *h, const void *data, size_t n, tjac_err *err)
{
    return EVP_DigestUpdate(h->context, data, n) ? TJAC_OK : fail(err);
}

tjac_code tjac_sha256_hex(tjac_sha256 *h, char out[65], tjac_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!EVP_DigestFinal_ex(h->context, digest, NULL))
        return fail(err);
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    return TJAC_OK;
}

void tjac_sha256_free(tjac_sha256 *h)
{
    if (!h)
        return;
    EVP_MD_CTX_free(h->context);
    free(h);
}

/* Adds what fd holds; *ended says whether that was all of it, or a stop came first. */
static tjac_code add_contents(tjac_sha256 *hash, int fd, const char *path, atomic_bool *stop,
                              bool *ended, tjac_err *err)
{
    enum { BLOCK = 1 << 18 }; /* fits a second-level cache */
    unsigned char *buf = tjac_alloc(BLOCK, 1, err);
    ssize_t n = 1;
    while (!err->code && n > 0 && !atomic_load(stop)) {
        n = read(fd, buf, BLOCK);
        if (n < 0)
            tjac_err_set(err, TJAC_EFAIL, "cannot read '%s': %s", path, strerror(errno));
        else if (tjac_sha256_add(hash, buf, (size_t)n, err))
            break;
    }
    *ended = n == 0;
    free(buf);
    return err->code;
}

tjac_code tjac_sha256_file_until(const char *path, const tjac_stamp *stamp, atomic_bool *stop,
                                 char out[65], tjac_err *err)
{
    tjac_sha256 *hash = NULL;
    bool ended = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return tjac_err_set(err, TJAC_EFAIL, "cannot read '%s': %s", path, strerror(errno));
#ifdef POSIX_FADV_SEQUENTIAL
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
    tjac_code code = tjac_sha256_make(&hash, err);
    if (!code)
        code = add_contents(hash, fd, path, stop, &ended, err);
    if (!code && stamp)
        code = tjac_stamp_check(fd, path, stamp, err);
    if (!code && ended)
        code = tjac_sha256_hex(hash, out, err);
    tjac_sha256_free(hash);
    close(fd);
    return code;
}

tjac_code tjac_sha256_file(const char *path, char out[65], tjac_err *err)
{
    atomic_bool never = false;
    return tjac_sha256_file_until(path, NULL, &never, out, err);
}

const char *tjac_sha256_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
