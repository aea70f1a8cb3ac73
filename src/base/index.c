/* index.c: see index.h. */
#include "base/index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "base/alloc.h"

/* ---- SipHash-1-3 (Aumasson and Bernstein 2012, with the rounds that Rust and CPython take) ----
 */

static uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint32_t tjac_index_hash(const tjac_index *index, const void *key, size_t n)
{
    const unsigned char *p = key;
    uint64_t v[4] = {index->key[0] ^ 0x736f6d6570736575u, index->key[1] ^ 0x646f72616e646f6du,
                     index->key[0] ^ 0x6c7967656e657261u, index->key[1] ^ 0x7465646279746573u};
    uint64_t word = 0, last = (uint64_t)n << 56;
    for (size_t left = n; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        sip_word(v, word);
    }
    for (size_t i = 0; i < n % 8; i++)
        last |= (uint64_t)p[i] << 8 * i;
    sip_word(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(word ^ word >> 32);
}

/* ---- slots ---- */

static void draw_key(tjac_index *index)
{
    struct timespec t;
    if (getentropy(index->key, sizeof index->key) == 0)
        return;
    /* A kernel without it: what a file's author does not know either. */
    clock_gettime(CLOCK_MONOTONIC, &t);
    index->key[0] = (uint64_t)t.tv_nsec;
    index->key[1] = (uint64_t)(uintptr_t)index;
}

static void put(tjac_index *index, tjac_index_slot slot)
{
    size_t mask = index->n_slots - 1, at = slot.hash & mask;
    while (index->slot[at].place)
        at = (at + 1) & mask;
    index->slot[at] = slot;
}

tjac_code tjac_index_reserve(tjac_index *index, size_t n, tjac_err *err)
{
    if (n >= UINT32_MAX)
        return tjac_err_set(err, TJAC_EFAIL, "a list of more than %u entries", UINT32_MAX);
    if (n < index->n_slots / 2)
        return TJAC_OK;
    tjac_index grown = *index;
    grown.n_slots = index->n_slots ? 2 * index->n_slots : 16;
    while (n >= grown.n_slots / 2)
        grown.n_slots *= 2;
    if (!(grown.slot = tjac_alloc(grown.n_slots, sizeof *grown.slot, err)))
        return err->code;
    if (index->n_slots == 0)
        draw_key(&grown);
    for (size_t i = 0; i < index->n_slots; i++)
        if (index->slot[i].place)
            put(&grown, index->slot[i]);
    free(index->slot);
    *index = grown;
    return TJAC_OK;
}

int64_t tjac_index_next(const tjac_index *index, uint32_t hash, size_t *step)
{
    if (index->n_slots == 0)
        return -1;
    size_t mask = index->n_slots - 1;
    for (;;) {
        const tjac_index_slot *slot = &index->slot[(hash + (*step)++) & mask];
        if (slot->place == 0)
            return -1;
        if (slot->hash == hash)
            return (int64_t)slot->place - 1;
    }
}

void tjac_index_add(tjac_index *index, uint32_t hash, size_t position)
{
    put(index, (tjac_index_slot){hash, (uint32_t)position + 1});
}

void tjac_index_free(tjac_index *index)
{
    free(index->slot);
    *index = (tjac_index){0};
}
