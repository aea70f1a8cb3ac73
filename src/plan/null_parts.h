/* null_parts.h: what the drawing of null pairs and of unrelated targets share. Private to null.h's
 * stage. */
#ifndef TJAC_NULL_PARTS_H
#define TJAC_NULL_PARTS_H

#include "base/numeric.h"
#include "plan/null_related.h"

/* Genes of one side in order of expression. */
typedef struct {
    size_t n;
    const double *expression; /* NULL: none */
    size_t *order;            /* [n] genes, lowest first */
    size_t *rank;             /* [n] of a gene */
} null_ranking;

typedef struct {
    const tjac_panels *panels;
    const tjac_null_genes *genes;
    tjac_match match;
    null_ranking input, output;
    tjac_related related;
    tjac_err *err;
} null_drawer;

typedef struct {
    size_t regulator, target; /* positions in the ranked genes */
} null_gene_pair;

/* A panel under way. */
typedef struct {
    size_t index; /* of the panel */
    tjac_null_panel *out;
    size_t cap;
    uint64_t *drawn; /* bits inputs x outputs */
    tjac_rng *rng;
} null_panel_drawer;

/* Ranks [*first, *end) within `window` of a gene's. */
void tjac_null_near(const null_ranking *ranking, size_t gene, size_t window, size_t *first,
                    size_t *end);

/* Appends a draw to the panel. */
tjac_code tjac_null_add(const null_drawer *d, null_panel_drawer *p, tjac_pair_kind kind,
                        null_gene_pair own, null_gene_pair drawn, size_t window);

/* The unrelated targets of a panel that gives none. */
tjac_code tjac_null_draw_unrelated(const null_drawer *d, null_panel_drawer *p);

#endif
