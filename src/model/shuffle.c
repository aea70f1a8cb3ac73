#include "model/shuffle.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"

static int by_name(const void *a, const void *b)
{
    const tjac_weight *const *one = a, *const *other = b;
    return strcmp((*one)->spec.name, (*other)->spec.name);
}

/* The permutation of tjac_rng_shuffle, on the elements themselves. */
static void permute(tjac_rng *rng, float *x, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)tjac_rng_below(rng, i);
        float last = x[i - 1];
        x[i - 1] = x[j];
        x[j] = last;
    }
}

tjac_code tjac_weights_shuffle(tjac_weight *weight, size_t n, uint64_t seed, tjac_err *err)
{
    tjac_rng *rng = NULL;
    tjac_weight **order = tjac_alloc(n, sizeof *order, err);
    if (!order || tjac_rng_new(seed, &rng, err))
        goto done;
    for (size_t i = 0; i < n; i++)
        order[i] = &weight[i];
    qsort(order, n, sizeof *order, by_name);
    for (size_t i = 0; i < n; i++)
        if (order[i]->spec.ndim == 2)
            permute(rng, order[i]->data,
                    (size_t)(order[i]->spec.shape[0] * order[i]->spec.shape[1]));
done:
    tjac_rng_free(rng);
    free(order);
    return err->code;
}
