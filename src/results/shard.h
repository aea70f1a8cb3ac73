/* shard.h: one of n parts of a run's KDs. */
#ifndef TJAC_SHARD_H
#define TJAC_SHARD_H

#include "results/jfile.h"

/* The KDs of one block of cells of one model. */
typedef struct {
    size_t n_kds;
    double cost; /* of a KD, in a measure that all blocks share */
} tjac_shard_block;

/* Part i of n (from 1): out[n_blocks], the KDs of each block. Blocks stand one after the other, cut
 * into groups of `group` KDs; a part is a run of groups, so that the parts' costs are as even as
 * groups allow. Every group is in one part; with more parts than groups some have none. */
void tjac_shard_cut(const tjac_shard_block *block, size_t n_blocks, size_t group, size_t i,
                    size_t n, tjac_range *out);

#endif
