/* test_index.c: positions found by hash (index.h). */
#include "test.h"
#include "base/index.h"

/* SipHash-1-3 of 0, 1, ... n - 1 under the key 0, 1, ... 15, folded to 32 bits: that of no bytes is
 * Rust's test vector dc c4 0f 05 58 01 ac ab, the others are an independent implementation's, which
 * with other rounds gives the paper's vector for SipHash-2-4. */
static void test_hash(test *t)
{
    static const struct {
        size_t n;
        uint32_t hash;
    } want[] = {{0, 0xaea3c584},  {1, 0xb4a35160},  {7, 0x48236cd8}, {8, 0xbbb90f9f},
                {15, 0xf971413b}, {16, 0xb1df567c}, {63, 0x2aa223ca}};
    const uint16_t one = 1;
    tjac_index index = {.key = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    unsigned char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (*(const unsigned char *)&one == 1) /* words are taken as the processor has them */
            CHECK(t, tjac_index_hash(&index, bytes, want[i].n) == want[i].hash);
}

static void test_key(test *t)
{
    tjac_index a = {0}, b = {0};
    tjac_err err = {0};
    CHECK_OK(t, tjac_index_reserve(&a, 0, &err), &err);
    CHECK_OK(t, tjac_index_reserve(&b, 0, &err), &err);
    CHECK(t, a.key[0] != b.key[0] || a.key[1] != b.key[1]);
    uint64_t before = a.key[0];
    CHECK_OK(t, tjac_index_reserve(&a, 1000, &err), &err);
    CHECK(t, a.key[0] == before); /* the hashes that were given stay right */
    tjac_index_free(&a);
    tjac_index_free(&b);
}

/* All positions of a hash are met once, however many fall on it and on its neighbours. */
static void test_collisions(test *t)
{
    enum { N = 3000 };
    tjac_index index = {0};
    tjac_err err = {0};
    static unsigned char met[N];
    for (size_t i = 0; i < N; i++) {
        CHECK_OK(t, tjac_index_reserve(&index, i, &err), &err);
        tjac_index_add(&index, i % 3 ? 0xfffffff0u + (uint32_t)(i % 3) : 7, i);
    }
    for (uint32_t h = 0; h < 3; h++) {
        size_t step = 0, n = 0;
        for (int64_t i; (i = tjac_index_next(&index, h ? 0xfffffff0u + h : 7, &step)) >= 0; n++) {
            CHECK(t, i % 3 == h && !met[i]);
            met[i] = 1;
        }
        CHECK(t, n == N / 3);
    }
    size_t step = 0;
    CHECK(t, tjac_index_next(&index, 8, &step) == -1);
    tjac_index_free(&index);
    step = 0;
    CHECK(t, tjac_index_next(&index, 7, &step) == -1);
}

static void test_too_many(test *t)
{
    tjac_index index = {0};
    tjac_err err = {0};
    CHECK(t, tjac_index_reserve(&index, UINT32_MAX, &err) == TJAC_EFAIL && index.slot == NULL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "a list of more than 4294967295 entries");
}

int main(void)
{
    test t = {0};
    test_hash(&t);
    test_key(&t);
    test_collisions(&t);
    test_too_many(&t);
    return test_end(&t);
}
