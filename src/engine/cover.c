/* cover.c: see cover.h. The cut is found by Dinic's method: breadth first by levels, then paths
 * along the levels until none is left, until no regulator with supply reaches a target with room.
 */
#include "engine/cover.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include "base/alloc.h"

static const uint32_t NOWHERE = UINT32_MAX;

/* The graph with its flow. Nodes: the R regulators, then the T targets. Every pair is two arcs: the
 * arcs of the regulators come first, the way back of a target's arc is `back`. */
typedef struct {
    size_t R, T, n_pairs;
    size_t *first;   /* [R + T + 1] where the arcs of a node begin */
    uint32_t *to;    /* [2 n_pairs] the node at the other end of an arc */
    uint32_t *back;  /* [n_pairs] of arc n_pairs + i: the same pair among the regulators' arcs */
    int64_t *flow;   /* [n_pairs] of a regulator's arc */
    int64_t *spare;  /* [R + T] supply left of a regulator, room left of a target */
    uint32_t *level; /* [R + T] steps from the regulators with supply, or NOWHERE */
    size_t *next;    /* [R + T] the arc to try next */
    uint32_t *queue; /* [R + T] nodes to visit; then the nodes of a path */
} network;

static void network_free(network *w)
{
    free(w->first);
    free(w->to);
    free(w->back);
    free(w->flow);
    free(w->spare);
    free(w->level);
    free(w->next);
    free(w->queue);
}

static tjac_code check(const tjac_cover_graph *g, tjac_err *err)
{
    if (!(isfinite(g->regulator_cost) && g->regulator_cost > 0) ||
        !(isfinite(g->target_cost) && g->target_cost > 0))
        return tjac_err_set(err, TJAC_EFAIL,
                            "passes that cost %g (regulator) and %g (target) cannot be weighed; "
                            "positive costs are needed",
                            g->regulator_cost, g->target_cost);
    if (g->n_pairs >= NOWHERE || g->n_regulators >= NOWHERE / 2 || g->n_targets >= NOWHERE / 2)
        return tjac_err_set(err, TJAC_EFAIL,
                            "%zu pairs of %zu regulators and %zu targets are too many", g->n_pairs,
                            g->n_regulators, g->n_targets);
    for (size_t i = 0; i < g->n_pairs; i++)
        if (g->pair[i].regulator >= g->n_regulators || g->pair[i].target >= g->n_targets)
            return tjac_err_set(err, TJAC_EFAIL,
                                "pair %zu is (%zu, %zu), expected below %zu regulators and %zu "
                                "targets",
                                i, g->pair[i].regulator, g->pair[i].target, g->n_regulators,
                                g->n_targets);
    return TJAC_OK;
}

/* The costs as small integers of the same ratio to nine digits, so that the flow is exact and ends:
 * the convergents p/q of the continued fraction of the ratio. */
static void scale_costs(const tjac_cover_graph *g, int64_t *regulator, int64_t *target)
{
    bool swap = g->regulator_cost < g->target_cost;
    double x = swap ? g->target_cost / g->regulator_cost : g->regulator_cost / g->target_cost;
    double most = (double)(g->n_regulators + g->n_targets + 1);
    x = fmin(x, most); /* dearer than all of the other side: never taken, however dear */
    double p = 1, q = 0, p_before = 0, q_before = 1, rest = x;
    do {
        double whole = floor(rest), t;
        t = whole * p + p_before, p_before = p, p = t;
        t = whole * q + q_before, q_before = q, q = t;
        rest = 1 / (rest - whole);
    } while (fabs(p / q - x) > 1e-9 * x);
    *regulator = (int64_t)(swap ? q : p);
    *target = (int64_t)(swap ? p : q);
}

static void fill(network *w, const tjac_cover_graph *g)
{
    size_t n_nodes = w->R + w->T;
    for (size_t i = 0; i < w->n_pairs; i++) {
        w->first[g->pair[i].regulator + 1]++;
        w->first[w->R + g->pair[i].target + 1]++;
    }
    for (size_t k = 0; k < n_nodes; k++) {
        w->next[k] = w->first[k];
        w->first[k + 1] += w->first[k];
    }
    for (size_t i = 0; i < w->n_pairs; i++) {
        size_t r = g->pair[i].regulator, t = w->R + g->pair[i].target;
        size_t forth = w->next[r]++, back = w->next[t]++;
        w->to[forth] = (uint32_t)t;
        w->to[back] = (uint32_t)r;
        w->back[back - w->n_pairs] = (uint32_t)forth;
    }
}

static tjac_code network_init(network *w, const tjac_cover_graph *g, tjac_err *err)
{
    size_t R = g->n_regulators, T = g->n_targets;
    int64_t supply, room;
    w->R = R;
    w->T = T;
    w->n_pairs = g->n_pairs;
    w->first = tjac_alloc(R + T + 1, sizeof *w->first, err);
    w->to = tjac_alloc(g->n_pairs, 2 * sizeof *w->to, err);
    w->back = tjac_alloc(g->n_pairs, sizeof *w->back, err);
    w->flow = tjac_alloc(g->n_pairs, sizeof *w->flow, err);
    w->spare = tjac_alloc(R + T, sizeof *w->spare, err);
    w->level = tjac_alloc(R + T, sizeof *w->level, err);
    w->next = tjac_alloc(R + T, sizeof *w->next, err);
    w->queue = tjac_alloc(R + T, sizeof *w->queue, err);
    if (err->code)
        return err->code;
    fill(w, g);
    scale_costs(g, &supply, &room);
    for (size_t k = 0; k < R + T; k++)
        w->spare[k] = k < R ? supply : room;
    return TJAC_OK;
}

/* A regulator's arc always lets more flow pass, a target's as much as can be taken back. */
static int64_t capacity(const network *w, size_t arc)
{
    return arc < w->n_pairs ? INT64_MAX : w->flow[w->back[arc - w->n_pairs]];
}

/* Levels from the regulators with supply, and every arc to be tried again; whether a target with
 * room is reached. */
static bool set_levels(network *w)
{
    bool reached = false;
    size_t n = 0;
    for (size_t k = 0; k < w->R + w->T; k++) {
        w->next[k] = w->first[k];
        w->level[k] = k < w->R && w->spare[k] > 0 ? 0 : NOWHERE;
        if (w->level[k] == 0)
            w->queue[n++] = (uint32_t)k;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t k = w->queue[i];
        reached |= k >= w->R && w->spare[k] > 0;
        for (size_t a = w->first[k]; a < w->first[k + 1]; a++) {
            if (w->level[w->to[a]] != NOWHERE || capacity(w, a) == 0)
                continue;
            w->level[w->to[a]] = w->level[k] + 1;
            w->queue[n++] = w->to[a];
        }
    }
    return reached;
}

static void augment(network *w, const uint32_t *path, size_t n)
{
    int64_t least = w->spare[path[0]];
    if (w->spare[path[n - 1]] < least)
        least = w->spare[path[n - 1]];
    for (size_t i = 0; i + 1 < n; i++)
        if (capacity(w, w->next[path[i]]) < least)
            least = capacity(w, w->next[path[i]]);
    w->spare[path[0]] -= least;
    w->spare[path[n - 1]] -= least;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t a = w->next[path[i]];
        if (a < w->n_pairs)
            w->flow[a] += least;
        else
            w->flow[w->back[a - w->n_pairs]] -= least;
    }
}

/* One path along the levels from a regulator to a target with room; false when there is none. */
static bool push(network *w, uint32_t regulator)
{
    uint32_t *path = w->queue;
    size_t n = 0;
    path[n++] = regulator;
    while (n > 0) {
        uint32_t k = path[n - 1];
        if (k >= w->R && w->spare[k] > 0) {
            augment(w, path, n);
            return true;
        }
        size_t a = w->next[k];
        while (a < w->first[k + 1] &&
               (w->level[w->to[a]] != w->level[k] + 1 || capacity(w, a) == 0))
            a++;
        w->next[k] = a;
        if (a < w->first[k + 1])
            path[n++] = w->to[a];
        else if (--n > 0)
            w->next[path[n - 1]]++;
    }
    return false;
}

/* The cut with the most targets: all but the nodes that still reach a target with room are on the
 * side of the source; the arcs cut are those to regulators that reach one and from targets that do
 * not. A target without pairs has room. */
static void read_cut(network *w, bool *regulator, bool *target)
{
    size_t n = 0;
    for (size_t k = 0; k < w->R + w->T; k++) {
        bool reaches = k >= w->R && w->spare[k] > 0;
        w->level[k] = reaches ? 0 : NOWHERE;
        if (reaches)
            w->queue[n++] = (uint32_t)k;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t k = w->queue[i];
        for (size_t a = w->first[k]; a < w->first[k + 1]; a++) {
            if (w->level[w->to[a]] == 0 || (k < w->R && w->flow[a] == 0))
                continue;
            w->level[w->to[a]] = 0;
            w->queue[n++] = w->to[a];
        }
    }
    for (size_t r = 0; r < w->R; r++)
        regulator[r] = w->level[r] == 0;
    for (size_t t = 0; t < w->T; t++)
        target[t] = w->level[w->R + t] != 0;
}

tjac_code tjac_cover_find(const tjac_cover_graph *graph, bool *regulator, bool *target,
                          tjac_err *err)
{
    network w = {0};
    if (check(graph, err) || network_init(&w, graph, err))
        goto done;
    while (set_levels(&w))
        for (size_t r = 0; r < w.R; r++)
            while (w.spare[r] > 0 && push(&w, (uint32_t)r))
                continue;
    read_cut(&w, regulator, target);
done:
    network_free(&w);
    return err->code;
}
