#include "base/sha256.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
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

const char *tjac_sha256_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
