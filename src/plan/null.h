/* null.h: null pairs and unrelated targets, drawn for each panel by rank of expression. Pure.
 *
 * For pathway pair (i, j) a null pair (i', j') has like expression and no shared pathway. Genes are
 * ranked by expression (ties by position), inputs and outputs apart. `null.pairs` pairs a panel are
 * dealt round-robin over its pathway pairs (in their order): each takes one pair, uniformly from
 * all that are eligible within `window` ranks above and below on each changed side; where none is
 * left the window doubles, from TJAC_NULL_WINDOW until it holds all genes. A pathway pair that has
 * nothing left at any width is passed over; when all are, the panel is short.
 *
 *   match both        i' near i, j' near j
 *   match regulator   i' near i, j' = j
 *   match target      i' = i, j' near j
 *
 * Not eligible: a changed gene that is one of the panel's own (regulators, targets, members of its
 * gene set, its kds); i' = j'; a pair whose two genes lie together in any panel (as before), or in
 * an edge of the run, in either direction; a pair already drawn for the panel.
 *
 * Unrelated targets: where the panel gives none, as many as it has targets, at least
 * TJAC_NULL_UNRELATED where there are as many, dealt round-robin over its targets by the rule for
 * j'; from genes in no panel, in no edge with one of the panel's regulators. Each goes with every
 * panel regulator. None are drawn when null.pairs is 0.
 *
 * Every panel starts from null.seed anew (MT19937, numeric.h): its draws do not depend on the order
 * of the panels.
 */
#ifndef TJAC_NULL_H
#define TJAC_NULL_H

#include "plan/panels.h"

enum { TJAC_NULL_WINDOW = 25, TJAC_NULL_UNRELATED = 20 };

/* The genes that may be drawn: those that all models of the run have. Pathway pairs whose genes are
 * not among them take no part. */
typedef struct {
    const tjac_names *inputs, *outputs; /* borrowed */
    const double *input_expression;     /* [inputs->n]; NULL with an embedding as input */
    const double *output_expression;    /* [outputs->n] */
} tjac_null_genes;

typedef struct {
    tjac_pair_kind kind;                        /* NULL or UNRELATED_TARGET */
    const char *regulator, *target;             /* the pathway pair; for an unrelated target the
                                                   panel's regulator and the target it resembles */
    const char *drawn_regulator, *drawn_target; /* borrowed from the genes */
    double expr_regulator, expr_drawn_regulator, expr_target, expr_drawn_target; /* NaN: none */
    size_t window;                                                               /* ranks */
} tjac_null_pair;

/* Standardised mean difference, drawn minus matched, over sqrt((s1^2 + s2^2) / 2); NaN below two
 * pairs or without spread. */
typedef struct {
    double regulator, target, unrelated_target;
} tjac_null_balance;

typedef struct {
    tjac_null_pair *pair; /* [n] null pairs in the order of the draw, then unrelated targets,
                             regulator outermost */
    size_t n, n_null, n_unrelated; /* n_unrelated: unrelated targets drawn, not pairs */
    size_t wanted, wanted_unrelated;
    tjac_null_balance balance;
} tjac_null_panel;

typedef struct {
    tjac_null_panel *panel; /* one a panel */
    size_t n_panels;
    tjac_match match;    /* that was used */
    tjac_names warnings; /* fallback to target, shortfalls, windows that had to grow */
} tjac_null;

/* Without input expression match regulator is TJAC_EUSAGE, match both becomes target with a
 * warning. */
tjac_code tjac_null_draw(const tjac_panels *panels, const tjac_config_null *options,
                         const tjac_null_genes *genes, tjac_null *out, tjac_err *err) TJAC_MUST_USE;
void tjac_null_free(tjac_null *null);

#endif
