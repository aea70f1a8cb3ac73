/* related.h: which genes belong together in a run, looked up in one step. Private to the plan
 * stage. */
#ifndef TJAC_RELATED_H
#define TJAC_RELATED_H

#include "plan/panels.h"

typedef struct {
    tjac_names gene;  /* indexed: those of some panel or edge */
    size_t words;     /* of 64 panels each */
    uint64_t *panels; /* [gene.n][words] panels that a gene belongs to */
    uint64_t *edge;   /* [n_edges] sorted: the smaller position << 32 | the larger one */
    size_t n_edges;
} tjac_related;

/* A panel's genes are its regulators, targets, members of its gene set and its kds. */
tjac_code tjac_related_init(const tjac_panels *panels, tjac_related *out,
                            tjac_err *err) TJAC_MUST_USE;
void tjac_related_free(tjac_related *related);

/* Position of a gene, for the questions below; SIZE_MAX: it is in no panel and no edge. */
size_t tjac_related_find(const tjac_related *related, const char *gene);

/* Whether two genes stand together in a panel or an edge, in either direction. */
bool tjac_related_together(const tjac_related *related, size_t a, size_t b);

bool tjac_related_in(const tjac_related *related, size_t gene, size_t panel);

#endif
