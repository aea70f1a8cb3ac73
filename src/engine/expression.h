/* expression.h: what a model predicts that its outputs are, where no cell says it. */
#ifndef TJAC_EXPRESSION_H
#define TJAC_EXPRESSION_H

#include "engine/st.h"
#include "inputs/inputs.h"

/* Mean predictions of all outputs under a KD (its position in the model's map), over the sets of
 * all blocks of the input: out[outputs]. The sets of `st` are replaced. */
tjac_code tjac_expression_predict(const tjac_st *st, tjac_input *input, size_t kd, double *out,
                                  tjac_err *err) TJAC_MUST_USE;

#endif
