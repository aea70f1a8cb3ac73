/* fuzz_torchfile.c: any bytes as a file of torch.save or pickle; reads the tensors at its root. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "torchfile/torchfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_tensors(tjac_torchfile *f)
{
    const tjac_value *root = tjac_torchfile_root(f);
    for (size_t i = 0; root->kind == TJAC_V_DICT && i < root->u.dict.n; i++) {
        const tjac_value *v = root->u.dict.entry[i].value;
        tjac_err err = {0};
        if (v->kind != TJAC_V_TENSOR || v->u.tensor.numel > 1u << 20)
            continue;
        float *out = malloc(((size_t)v->u.tensor.numel + 1) * sizeof *out);
        if (out != NULL && tjac_torchfile_read_f32(f, &v->u.tensor, "t", out, &err) != err.code)
            abort();
        tjac_err_clear(&err);
        free(out);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[512];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/tjac_fuzz_XXXXXX", dir == NULL ? "/tmp" : dir);
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    if (write(fd, data, n) != (ssize_t)n)
        n = 0;
    close(fd);
    for (int trust = 0; trust < 2; trust++) {
        tjac_err err = {0};
        tjac_torchfile *f = NULL;
        tjac_code code =
            tjac_torchfile_open(path, trust ? TJAC_TRUST_OPAQUE : TJAC_TRUST_ALLOWED, &f, &err);
        if (code != err.code || (code == TJAC_OK) != (f != NULL) || code == TJAC_EUSAGE)
            abort();
        if (f != NULL)
            read_tensors(f);
        tjac_err_clear(&err);
        tjac_torchfile_close(f);
    }
    unlink(path);
    return 0;
}
