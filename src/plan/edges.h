/* edges.h: regulator-target edges from a table (TSV or CSV, or these compressed with gzip).
 *
 * The header says which it is:
 *     source,target[,weight]                                   CollecTRI; the sign of the weight
 *     tf,confidence,target,mor                                 DoRothEA; the sign of mor
 *     source_genesymbol,target_genesymbol,is_stimulation,is_inhibition   OmniPath; a sign where
 *                                                              exactly one of the two holds
 *     TF,target,importance                                     SCENIC; no signs
 * Other columns are not looked at, but for `confidence`, wherever it stands. Complexes and other
 * names are names like all others.
 */
#ifndef TJAC_EDGES_H
#define TJAC_EDGES_H

#include <stdbool.h>
#include "base/names.h"

typedef struct {
    size_t source, target; /* positions in genes */
    int sign;              /* -1, 0 (not known), 1 */
    bool wanted;           /* its confidence is one of those asked for */
} tjac_edge;

typedef struct {
    const char *format; /* "CollecTRI", "DoRothEA", "OmniPath", "SCENIC" (static) */
    tjac_names genes;   /* in order of first appearance */
    tjac_edge *edge;    /* [n], each (source, target) once, in the order of the file */
    size_t n;
    bool has_signs;      /* of the format */
    tjac_names warnings; /* duplicates: how many and the first, with its line */
} tjac_edges;

/* confidence empty: all edges are wanted. Of duplicate edges the first stays (wanted when any of
 * them is; with contradicting signs the sign is 0), and a warning says so. A header of another
 * kind, a level of `confidence` that no row has or a table without the column, a sign column that
 * is no number, an empty name: TJAC_EINPUT (file, line, what was expected). */
tjac_code tjac_edges_read(const char *path, const tjac_names *confidence, tjac_edges *out,
                          tjac_err *err) TJAC_MUST_USE;
void tjac_edges_free(tjac_edges *edges);

#endif
