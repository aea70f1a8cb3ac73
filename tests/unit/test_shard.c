/* Parts of a run's KDs: every group in one part, parts even. */
#include "test.h"
#include "results/shard.h"

enum { MOST_BLOCKS = 5, MOST_N = 70 };

typedef struct {
    size_t n_blocks;
    tjac_shard_block block[MOST_BLOCKS];
} blocks;

/* The KDs [first, last) of all parts are the block, one after the other, cut at groups. */
static void check_block(test *t, const tjac_range *part, size_t n, size_t kds, size_t group)
{
    size_t next = 0;
    for (size_t i = 0; i < n; i++) {
        if (part[i].first == part[i].last)
            continue;
        CHECK(t, part[i].first == next && part[i].last > part[i].first);
        CHECK(t, part[i].last % group == 0 || part[i].last == kds);
        next = part[i].last;
    }
    CHECK(t, next == kds);
}

/* What a part costs is its share of all, but for half a group at each end. */
static void check_costs(test *t, const blocks *b, tjac_range part[MOST_BLOCKS][MOST_N], size_t n,
                        size_t group)
{
    double all = 0, largest = 0;
    for (size_t k = 0; k < b->n_blocks; k++) {
        size_t kds = b->block[k].n_kds < group ? b->block[k].n_kds : group;
        all += (double)b->block[k].n_kds * b->block[k].cost;
        largest = fmax(largest, (double)kds * b->block[k].cost);
    }
    for (size_t i = 0; i < n; i++) {
        double cost = 0;
        for (size_t k = 0; k < b->n_blocks; k++)
            cost += (double)(part[k][i].last - part[k][i].first) * b->block[k].cost;
        CHECK(t, fabs(cost - all / (double)n) <= largest * (1 + 1e-9));
    }
}

/* A part is a run: it ends where the next begins, over all blocks. */
static void check_run(test *t, const blocks *b, tjac_range part[MOST_BLOCKS][MOST_N], size_t n)
{
    size_t last = 0;
    for (size_t k = 0; k < b->n_blocks; k++)
        for (size_t i = 0; i < n; i++)
            if (part[k][i].first != part[k][i].last) {
                CHECK(t, i >= last);
                last = i;
            }
}

static void check(test *t, const blocks *b, size_t group, size_t n)
{
    tjac_range part[MOST_BLOCKS][MOST_N], one[MOST_BLOCKS];
    for (size_t i = 0; i < n; i++) {
        tjac_shard_cut(b->block, b->n_blocks, group, i + 1, n, one);
        for (size_t k = 0; k < b->n_blocks; k++)
            part[k][i] = one[k];
    }
    for (size_t k = 0; k < b->n_blocks; k++)
        check_block(t, part[k], n, b->block[k].n_kds, group);
    check_run(t, b, part, n);
    check_costs(t, b, part, n, group);
}

static void many(test *t)
{
    static const blocks all[] = {{1, {{1, 1}}},
                                 {1, {{100, 0.3}}},
                                 {1, {{0, 2}}},
                                 {2, {{1000, 1e-12}, {10, 1e-10}}},
                                 {3, {{0, 5}, {33, 1}, {0, 1}}},
                                 {4, {{7, 1}, {0, 1e9}, {7, 3}, {64, 1.0 / 3}}},
                                 {5, {{64, 1e6}, {65, 1}, {1, 1e8}, {63, 7}, {128, 1e3}}},
                                 {2, {{5, 0}, {3, 0}}}};
    static const size_t group[] = {1, 3, 64, 1000}, n[] = {1, 2, 3, 7, 64, MOST_N};
    for (size_t b = 0; b < sizeof all / sizeof *all; b++)
        for (size_t g = 0; g < sizeof group / sizeof *group; g++)
            for (size_t i = 0; i < sizeof n / sizeof *n; i++)
                check(t, &all[b], group[g], n[i]);
}

/* Three groups in ten parts: seven parts are empty. */
static void empty_parts(test *t)
{
    const tjac_shard_block block = {9, 2.5};
    size_t empty = 0;
    for (size_t i = 1; i <= 10; i++) {
        tjac_range r = {5, 9};
        tjac_shard_cut(&block, 1, 3, i, 10, &r);
        empty += r.first == r.last;
        CHECK(t, r.first == r.last || r.last - r.first == 3);
    }
    CHECK(t, empty == 7);
    tjac_shard_cut(NULL, 0, 3, 1, 2, NULL); /* no blocks at all */
}

int main(void)
{
    test t = {0};
    many(&t);
    empty_parts(&t);
    return test_end(&t);
}
