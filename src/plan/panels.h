/* panels.h: the panels of a config as pairs: written out, from an edge table or from a gene set.
 *
 *   regulators, targets    every regulator with every target, but a gene with itself
 *   pairs                  the wanted edges of the table, but a gene with itself; regulators and
 *                          targets, where given, keep only their edges
 *   gmt, pairing "all"     all ordered pairs of different members
 *   gmt, "regulators"      members that stand in `regulators` x the other members
 *
 * A gene with itself is no pair of any panel; where lists or a table name one, a warning says how
 * many are left out.
 */
#ifndef TJAC_PANELS_H
#define TJAC_PANELS_H

#include "config/config.h"

/* What a pair is to a panel: its block (blocks.h). */
typedef enum {
    TJAC_PAIR_PATHWAY, /* (0, 0) */
    TJAC_PAIR_MATCHED, /* (r, t): both genes are drawn */
    TJAC_PAIR_ROW,     /* (0, t): the panel's regulator, a drawn target */
    TJAC_PAIR_COL,     /* (r, 0): a drawn regulator, the panel's target */
    TJAC_PAIR_UNRELATED_TARGET,
    TJAC_N_PAIR_KINDS
} tjac_pair_kind;

typedef struct {
    size_t regulator, target; /* positions in the panel's regulators and targets */
    int sign;                 /* curated: -1, 0 (none), 1 */
} tjac_panel_pair;

typedef struct {
    const tjac_config_panel *config; /* borrowed */
    const char *name;                /* borrowed */
    tjac_names regulators, targets;  /* of its pairs, indexed, in order of first appearance */
    tjac_panel_pair *pair;           /* [n_pairs], regulator outermost; each once */
    size_t n_pairs;
    tjac_names members; /* of its gene set, indexed; empty without one */
    char *description;  /* of its gene set; NULL without one */
    size_t line;        /* of its gene set in the file */
    size_t n_self;      /* pairs of a gene with itself that its lists or its table name: left out */
} tjac_panel;

typedef struct {
    tjac_panel *panel;
    size_t n;
    /* All edges of all tables that were read, whatever their confidence: two genes of an edge are
     * no pair of a drawn block. */
    tjac_names edge_genes; /* indexed; a gene stands there once a table */
    size_t (*edge)[2];     /* [n_edges] positions in edge_genes */
    size_t n_edges;
    tjac_names warnings; /* sentences: duplicate edges, repeated members, genes with themselves */
} tjac_panels;

/* Reads the tables. A panel without pairs (confidence, pairing and lists leave none), a listed
 * regulator or target without an edge: TJAC_EMISSING (with on_missing skip a warning, as long as a
 * pair is left). Lists or a set that give more than 10^8 pairs: TJAC_EUSAGE. Files: as edges.h and
 * gmt.h. */
tjac_code tjac_panels_read(const tjac_config *config, tjac_panels *out,
                           tjac_err *err) TJAC_MUST_USE;
void tjac_panels_free(tjac_panels *panels);

#endif
