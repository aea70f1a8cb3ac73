/* related.h: which genes belong together in a run, looked up in one step. Private to the plan
 * stage. */
#ifndef TJAC_RELATED_H
#define TJAC_RELATED_H

#include "plan/blocks.h"

typedef struct {
    size_t n_inputs, n_outputs;
    size_t words;            /* of 64 panels each */
    uint64_t *input_panels;  /* [n_inputs][words] panels that a gene belongs to */
    uint64_t *output_panels; /* [n_outputs][words] */
    uint64_t *edge;          /* bits [n_inputs][n_outputs]: an edge in either direction */
    size_t *same;            /* [n_inputs] the output of the same name, SIZE_MAX without one */
} tjac_related;

/* A panel's genes are its regulators, targets, members of its gene set and its kds. */
tjac_code tjac_related_init(const tjac_panels *panels, const tjac_blocks_genes *genes,
                            tjac_related *out, tjac_err *err) TJAC_MUST_USE;
void tjac_related_free(tjac_related *related);

/* Whether an input and an output are one gene, or stand together in a panel or an edge. */
bool tjac_related_pair(const tjac_related *related, size_t input, size_t output);
bool tjac_related_edge(const tjac_related *related, size_t input, size_t output);

bool tjac_related_input_in(const tjac_related *related, size_t input, size_t panel);
bool tjac_related_output_in(const tjac_related *related, size_t output, size_t panel);
bool tjac_related_output_in_any(const tjac_related *related, size_t output);

/* Bits of a matrix inputs x outputs, all 0. */
uint64_t *tjac_related_bits(const tjac_related *related, tjac_err *err);
bool tjac_related_get(const tjac_related *related, const uint64_t *bits, size_t input,
                      size_t output);
void tjac_related_set(const tjac_related *related, uint64_t *bits, size_t input, size_t output);

#endif
