/* fuzz_pickle.c: any bytes as a pickle, under both kinds of trust. */
#include <stdint.h>
#include <stdlib.h>
#include "torchfile/pickle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Touches every value down to a depth, so that sanitizers see pointers into nowhere. */
static uint64_t walk(const tjac_value *v, int depth)
{
    uint64_t sum = (uint64_t)v->kind;
    if (v->kind == TJAC_V_STRING || v->kind == TJAC_V_BYTES || v->kind == TJAC_V_OPAQUE) {
        for (size_t i = 0; i <= v->u.str.n; i++)
            sum += i < v->u.str.n || v->kind != TJAC_V_BYTES ? (unsigned char)v->u.str.s[i] : 0;
        if (v->kind == TJAC_V_STRING && !tjac_utf8_valid(v->u.str.s, v->u.str.n))
            abort();
    }
    if (v->kind == TJAC_V_TENSOR && v->u.tensor.numel > v->u.tensor.storage->numel)
        abort();
    if (depth == 0)
        return sum;
    if (v->kind == TJAC_V_LIST)
        for (size_t i = 0; i < v->u.list.n && i < 100; i++)
            sum += walk(v->u.list.item[i], depth - 1);
    if (v->kind == TJAC_V_DICT)
        for (size_t i = 0; i < v->u.dict.n && i < 100; i++)
            sum += walk(v->u.dict.entry[i].key, 0) + walk(v->u.dict.entry[i].value, depth - 1);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    for (int trust = 0; trust < 2; trust++) {
        tjac_err err = {0};
        tjac_doc *doc = NULL;
        tjac_value *v = NULL;
        tjac_pickle_opts opts = {.what = "fuzz",
                                 .trust = trust ? TJAC_TRUST_OPAQUE : TJAC_TRUST_ALLOWED};
        if (tjac_doc_new(&doc, &err) != TJAC_OK)
            return 0;
        tjac_code code = tjac_pickle_read(doc, data, n, &opts, &v, NULL, &err);
        if (code != err.code || (code == TJAC_OK) != (v != NULL) || code == TJAC_EUSAGE)
            abort();
        if (v != NULL && walk(v, 6) == UINT64_MAX)
            abort();
        tjac_err_clear(&err);
        tjac_doc_free(doc);
    }
    return 0;
}
