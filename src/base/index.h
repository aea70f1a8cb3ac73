/* index.h: positions in a list found by hash: what lists of names, pairs and the like share.
 *
 * Open addressing with linear probing, at most half full. The index holds hashes and positions
 * alone; its owner holds the list and says what is equal:
 *
 *     uint32_t hash = tjac_index_hash(&index, key, n_bytes);
 *     size_t step = 0;
 *     for (int64_t i; (i = tjac_index_next(&index, hash, &step)) >= 0;)
 *         if (list[i] equals key) return i;
 *
 * The hash is SipHash-1-3 under a random key that each index draws: names come from downloaded
 * files, and without the key none can be chosen so that all fall on one place. No result depends
 * on the key.
 *
 * Reading (hash, next) is for any number of threads at once, as long as none adds.
 */
#ifndef TJAC_INDEX_H
#define TJAC_INDEX_H

#include <stdint.h>
#include "base/err.h"

typedef struct {
    uint32_t hash, place; /* place: position + 1; 0: nothing stands here */
} tjac_index_slot;

/* Zero-initialised: empty. Released by tjac_index_free. */
typedef struct {
    tjac_index_slot *slot;
    size_t n_slots; /* 0 or a power of two */
    uint64_t key[2];
} tjac_index;

/* Makes room for position n, when 0 .. n - 1 are there. Before the first tjac_index_hash, too: it
 * draws the key. On failure (TJAC_EFAIL) the index is as it was. */
tjac_code tjac_index_reserve(tjac_index *index, size_t n, tjac_err *err) TJAC_MUST_USE;

uint32_t tjac_index_hash(const tjac_index *index, const void *key, size_t n);

/* The positions that have this hash, one a call, then -1. *step: 0 before the first call. */
int64_t tjac_index_next(const tjac_index *index, uint32_t hash, size_t *step);

/* Room must have been made. Positions need not follow each other. */
void tjac_index_add(tjac_index *index, uint32_t hash, size_t position);

void tjac_index_free(tjac_index *index);

#endif
