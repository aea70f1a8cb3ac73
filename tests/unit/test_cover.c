/* Covers of small graphs by hand and against all subsets, and of a large one for its time. */
#include "test.h"
#include "base/alloc.h"
#include "engine/cover.h"

enum { MOST = 8, MOST_PAIRS = MOST * MOST };

typedef struct {
    tjac_plan_pair pair[MOST_PAIRS];
    tjac_cover_graph graph;
    bool regulator[MOST], target[MOST];
} sample;

/* One line a regulator, 'x' where the pair is wanted: "xx./..x" is 2 regulators x 3 targets. */
static void read_sample(sample *s, const char *rows, double regulator_cost, double target_cost)
{
    size_t r = 0, j = 0, n = 0;
    for (const char *c = rows; *c; c++) {
        if (*c == 'x')
            s->pair[n++] = (tjac_plan_pair){r, j};
        j = *c == '/' ? 0 : j + 1;
        r += *c == '/';
    }
    s->graph = (tjac_cover_graph){s->pair, n, r + 1, j, regulator_cost, target_cost};
}

/* Finds the cover and checks that it is one; its cost. */
static double cost_of_cover(test *t, sample *s)
{
    tjac_err err = {0};
    const tjac_cover_graph *g = &s->graph;
    double cost = 0;
    if (!CHECK_OK(t, tjac_cover_find(g, s->regulator, s->target, &err), &err))
        return NAN;
    for (size_t i = 0; i < g->n_pairs; i++)
        CHECK(t, s->regulator[g->pair[i].regulator] || s->target[g->pair[i].target]);
    for (size_t r = 0; r < g->n_regulators; r++)
        cost += s->regulator[r] ? g->regulator_cost : 0;
    for (size_t j = 0; j < g->n_targets; j++)
        cost += s->target[j] ? g->target_cost : 0;
    return cost;
}

/* want: the regulators taken, then the targets, e.g. "10|010". */
static void check_cover(test *t, const char *rows, double regulator_cost, double target_cost,
                        const char *want)
{
    sample s = {0};
    char got[2 * MOST + 2];
    size_t n = 0;
    read_sample(&s, rows, regulator_cost, target_cost);
    cost_of_cover(t, &s);
    for (size_t r = 0; r < s.graph.n_regulators; r++)
        got[n++] = s.regulator[r] ? '1' : '0';
    got[n++] = '|';
    for (size_t j = 0; j < s.graph.n_targets; j++)
        got[n++] = s.target[j] ? '1' : '0';
    got[n] = '\0';
    if (!CHECK_STRING(t, got, want))
        fprintf(stderr, "    of   %s at %g : %g\n", rows, regulator_cost, target_cost);
}

static void covers_by_hand(test *t)
{
    static const char *const complete = "xxxxx/xxxxx/xxxxx/xxxxx"; /* 4 regulators x 5 targets */
    check_cover(t, complete, 1, 1, "1111|00000");
    check_cover(t, complete, 1.3, 1, "0000|11111");  /* 5.2 against 5 */
    check_cover(t, complete, 1.25, 1, "0000|11111"); /* a tie goes to the targets */
    check_cover(t, complete, 1.2, 1, "1111|00000");
    check_cover(t, complete, 1e-300, 1e300, "1111|00000");
    check_cover(t, complete, 1e300, 1e-300, "0000|11111");
    check_cover(t, "xxxxx", 4.9, 1, "1|00000"); /* stars */
    check_cover(t, "xxxxx", 5, 1, "0|11111");
    check_cover(t, "x/x/x", 0.1, 1, "111|0");
    check_cover(t, "x/x/x", 1, 3, "000|1");
    check_cover(t, "x../.x./..x", 1, 1, "000|111"); /* disjoint pairs */
    check_cover(t, "x../.x./..x", 0.9, 1, "111|000");
    /* A panel of two regulators on every target, and one target that all regulators are wanted
     * for: neither side alone is the cheapest. */
    check_cover(t, "xxxxx/xxxxx/x..../x..../x....", 1, 1, "11000|10000");
    check_cover(t, "xxxxx/xxxxx/x..../x..../x....", 2.5, 1, "00000|11111");
    /* The target with the most pairs is taken for nothing by a search that starts there. */
    check_cover(t, "xx../x.x./x..x", 1, 1, "111|0000");
    /* What is in no pair is not taken. */
    check_cover(t, ".../.x./...", 1, 1, "000|010");
    check_cover(t, ".../...", 1, 1, "00|000");
}

static double least_cost(const tjac_cover_graph *g, size_t *most_targets)
{
    double least = INFINITY;
    for (unsigned set = 0; set < 1u << (g->n_regulators + g->n_targets); set++) {
        double cost = 0;
        size_t covered = 0, targets = 0;
        for (size_t k = 0; k < g->n_regulators + g->n_targets; k++) {
            targets += k >= g->n_regulators && (set >> k & 1);
            cost += !(set >> k & 1) ? 0 : k < g->n_regulators ? g->regulator_cost : g->target_cost;
        }
        while (covered < g->n_pairs && ((set >> g->pair[covered].regulator & 1) ||
                                        (set >> (g->n_regulators + g->pair[covered].target) & 1)))
            covered++;
        if (covered < g->n_pairs || cost > least + 1e-9)
            continue;
        *most_targets = cost < least - 1e-9 || targets > *most_targets ? targets : *most_targets;
        least = fmin(cost, least);
    }
    return least;
}

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* The same pairs in another order, some of them twice. */
static void check_order(test *t, const sample *s, uint32_t *state)
{
    sample other = *s;
    for (size_t i = other.graph.n_pairs; i > 1; i--) {
        size_t k = draw(state) % i;
        tjac_plan_pair swap = other.pair[i - 1];
        other.pair[i - 1] = other.pair[k];
        other.pair[k] = swap;
    }
    other.graph.pair = other.pair;
    for (size_t i = 0; i < 5 && s->graph.n_pairs > 0; i++)
        other.pair[other.graph.n_pairs++] = s->pair[draw(state) % s->graph.n_pairs];
    cost_of_cover(t, &other);
    CHECK(t, memcmp(s->regulator, other.regulator, sizeof other.regulator) == 0);
    CHECK(t, memcmp(s->target, other.target, sizeof other.target) == 0);
}

static void covers_are_cheapest(test *t)
{
    static const double ratio[] = {1, 1.3, 0.7, 2, 0.5, 3.14159265358979};
    uint32_t state = 1;
    for (size_t round = 0; round < 600; round++) {
        sample s = {0};
        size_t R = 1 + draw(&state) % 6, T = 1 + draw(&state) % 6, n = 0, targets = 0, most = 0;
        uint32_t density = 1 + draw(&state) % 9;
        for (size_t i = 0; i < R * T; i++)
            if (draw(&state) % 10 < density)
                s.pair[n++] = (tjac_plan_pair){i / T, i % T};
        s.graph = (tjac_cover_graph){s.pair, n, R, T, ratio[round % 6] * 0.01, 0.01};
        double cost = cost_of_cover(t, &s), least = least_cost(&s.graph, &most);
        CHECK(t, fabs(cost - least) <= 1e-9);
        for (size_t j = 0; j < T; j++)
            targets += s.target[j];
        CHECK(t, targets == most);
        check_order(t, &s, &state);
    }
}

/* Pair (r, j) for r <= j: a matching of all exists, but first come, first served must undo. */
static void large(test *t)
{
    enum { N = 500 };
    tjac_err err = {0};
    tjac_plan_pair *pair = tjac_alloc(N * N, sizeof *pair, &err);
    bool *taken = tjac_alloc(2 * N, sizeof *taken, &err);
    size_t n = 0, count = 0;
    for (size_t r = N; pair && r-- > 0;)
        for (size_t j = N; j-- > r;)
            pair[n++] = (tjac_plan_pair){r, j};
    tjac_cover_graph g = {pair, n, N, N, 1.3, 1};
    if (pair && taken && CHECK_OK(t, tjac_cover_find(&g, taken, taken + N, &err), &err)) {
        for (size_t j = 0; j < N; j++)
            count += taken[N + j] && !taken[j];
        CHECK(t, count == N);
    }
    free(pair);
    free(taken);
}

static void refusals(test *t)
{
    sample s = {0};
    tjac_err err = {0};
    static const double bad[] = {0, -1, NAN, INFINITY};
    read_sample(&s, "xx/xx", 1, 1);
    for (size_t i = 0; i < 4; i++) {
        s.graph.target_cost = bad[i];
        CHECK(t, tjac_cover_find(&s.graph, s.regulator, s.target, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "positive costs are needed");
    }
    s.graph.target_cost = 1;
    s.pair[3].target = 2;
    CHECK(t, tjac_cover_find(&s.graph, s.regulator, s.target, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "pair 3 is (1, 2), expected below 2 regulators and 2 targets");
}

int main(void)
{
    test t = {0};
    covers_by_hand(&t);
    covers_are_cheapest(&t);
    large(&t);
    refusals(&t);
    return test_end(&t);
}
