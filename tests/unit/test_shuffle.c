/* Shuffled weights: a permutation of each, in the order that numpy gives, after LoRA is folded in.
 */
#include "test.h"
#include "model/shuffle.h"

static tjac_weight made_up(const char *name, int ndim, int64_t rows, int64_t cols, float first)
{
    const size_t n = (size_t)(rows * (ndim == 2 ? cols : 1));
    tjac_weight w = {.spec = {.ndim = ndim, .shape = {rows, cols}}};
    snprintf(w.spec.name, sizeof w.spec.name, "%s", name);
    w.data = calloc(n, sizeof *w.data);
    for (size_t i = 0; w.data && i < n; i++)
        w.data[i] = first + (float)i;
    return w;
}

/* r = numpy.random.RandomState(7); r.shuffle of 0..5, of 10..21, of 30..33: one stream in order of
 * name, which the list is not in, and none of it for a vector. */
static void numpys_order(test *t)
{
    static const float a[] = {3, 5, 0, 2, 1, 4};
    static const float b[] = {11, 12, 15, 13, 10, 14, 16, 21, 20, 19, 18, 17};
    static const float c[] = {31, 30, 32, 33};
    tjac_weight w[] = {made_up("c.weight", 2, 1, 4, 30), made_up("b.weight", 2, 3, 4, 10),
                       made_up("a.bias", 1, 5, 0, 50), made_up("a.weight", 2, 6, 1, 0)};
    tjac_err err = {0};
    CHECK_OK(t, tjac_weights_shuffle(w, 4, 7, &err), &err);
    CHECK(t, memcmp(w[3].data, a, sizeof a) == 0);
    CHECK(t, memcmp(w[1].data, b, sizeof b) == 0);
    CHECK(t, memcmp(w[0].data, c, sizeof c) == 0);
    for (int i = 0; i < 5; i++)
        CHECK(t, w[2].data[i] == (float)(50 + i));
    for (int i = 0; i < 4; i++)
        free(w[i].data);
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static size_t size_of(const tjac_weight *w)
{
    return (size_t)(w->spec.shape[0] * (w->spec.ndim == 2 ? w->spec.shape[1] : 1));
}

static tjac_model *open_case(test *t, const char *name)
{
    const tjac_config_override automatic = {TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    char dir[TEST_PATH];
    tjac_err err = {0};
    tjac_model *m = NULL;
    snprintf(dir, sizeof dir, "%.300s/../../parity/cases/%s/model", test_data(), name);
    CHECK_OK(t, tjac_model_open(dir, NULL, &automatic, &m, &err), &err);
    return m;
}

static bool equal(const tjac_weight *a, const tjac_weight *b)
{
    return memcmp(a->data, b->data, size_of(a) * sizeof *a->data) == 0;
}

/* Every weight has the elements that the folded one has, elsewhere if it has two dimensions. */
static void compare(test *t, const tjac_model *plain, const tjac_model *shuffled)
{
    CHECK(t, plain->n_weights == shuffled->n_weights);
    for (size_t i = 0; i < plain->n_weights; i++) {
        const tjac_weight *a = &plain->weight[i], *b = &shuffled->weight[i];
        bool zero = strstr(a->spec.name, "wpe") != NULL;
        CHECK(t, equal(a, b) == (a->spec.ndim == 1 || zero));
        qsort(a->data, size_of(a), sizeof *a->data, by_value);
        qsort(b->data, size_of(b), sizeof *b->data, by_value);
        CHECK(t, equal(a, b));
    }
}

/* The same each time that they are loaded, and other ones with another seed. */
static void of_models(test *t)
{
    static const char *const cases[] = {"gpt2_lora", "llama_lora_mlp", "tokens_both"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tjac_err err = {0};
        tjac_model *plain = open_case(t, cases[i]), *once = open_case(t, cases[i]);
        tjac_model *again = open_case(t, cases[i]), *other = open_case(t, cases[i]);
        if (!plain || !once || !again || !other)
            return;
        tjac_model_shuffle(once, 1);
        tjac_model_shuffle(again, 1);
        tjac_model_shuffle(other, 2);
        CHECK_OK(t, tjac_model_load(plain, &err), &err);
        CHECK_OK(t, tjac_model_load(once, &err), &err);
        CHECK_OK(t, tjac_model_load(again, &err), &err);
        CHECK_OK(t, tjac_model_load(again, &err), &err); /* does nothing */
        CHECK_OK(t, tjac_model_load(other, &err), &err);
        CHECK(t, equal(once->weight, again->weight) && !equal(once->weight, other->weight));
        tjac_model_unload(again);
        CHECK_OK(t, tjac_model_load(again, &err), &err);
        for (size_t k = 0; k < once->n_weights; k++)
            CHECK(t, equal(&once->weight[k], &again->weight[k]));
        compare(t, plain, once);
        tjac_model_close(plain);
        tjac_model_close(once);
        tjac_model_close(again);
        tjac_model_close(other);
    }
}

int main(void)
{
    test t = {0};
    numpys_order(&t);
    of_models(&t);
    return test_end(&t);
}
