#include "results/shard.h"

/* A group belongs to the part in which the middle of its cost lies. */
void tjac_shard_cut(const tjac_shard_block *block, size_t n_blocks, size_t group, size_t i,
                    size_t n, tjac_range *out)
{
    double all = 0, before = 0;
    for (size_t b = 0; b < n_blocks; b++)
        all += (double)block[b].n_kds * block[b].cost;
    for (size_t b = 0; b < n_blocks; b++) {
        out[b] = (tjac_range){0, 0};
        for (size_t first = 0; first < block[b].n_kds; first += group) {
            size_t left = block[b].n_kds - first, kds = left < group ? left : group;
            double cost = (double)kds * block[b].cost;
            size_t part = all > 0 ? (size_t)((before + cost / 2) / all * (double)n) : 0;
            before += cost;
            if ((part < n ? part : n - 1) != i - 1)
                continue;
            if (out[b].last == 0)
                out[b].first = first;
            out[b].last = first + kds;
        }
    }
}
