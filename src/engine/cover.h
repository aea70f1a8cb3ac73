/* cover.h: which targets and regulators to take a pass for, so that every wanted pair is on one.
 *
 * A pullback gives dY_j/dX_i of one target j for every regulator i, a tangent those of one
 * regulator i for every target j. A pair (i, j) is then known when j is among the targets taken or
 * i among the regulators taken: a vertex cover of the bipartite graph of the pairs. The cheapest
 * one is a minimum cut of source -> regulators -> targets -> sink, where the outer arcs have the
 * costs as capacities and the pairs are unlimited (Koenig 1931; Ford and Fulkerson 1956).
 */
#ifndef TJAC_COVER_H
#define TJAC_COVER_H

#include <stdbool.h>
#include "plan/plan.h"

typedef struct {
    const tjac_plan_pair *pair; /* [n_pairs] in any order, repeats allowed; borrowed */
    size_t n_pairs, n_regulators, n_targets;
    double regulator_cost, target_cost; /* of one tangent, of one pullback; > 0, in any unit */
} tjac_cover_graph;

/* Fills regulator[n_regulators] and target[n_targets] with what to take: the cover of least cost;
 * of several the one with the most targets, which is unique, so that the order of the pairs does
 * not matter. The ratio of the costs counts to nine digits. What is in no pair is not taken.
 * Memory: about 20 bytes a pair, freed on return. A pair outside the graph, a cost that is not
 * positive and finite, or memory that runs out is TJAC_EFAIL. */
tjac_code tjac_cover_find(const tjac_cover_graph *graph, bool *regulator, bool *target,
                          tjac_err *err) TJAC_MUST_USE;

#endif
