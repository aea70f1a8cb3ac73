/* arch_decoder.h: the gene decoder of an architecture. Private to the model stage. */
#ifndef TJAC_ARCH_DECODER_H
#define TJAC_ARCH_DECODER_H

#include "model/arch.h"
#include "model/hyper.h"
#include "model/state.h"

/* The decoder that the weights make, from their names and shapes. */
void tjac_decoder_of_weights(const tjac_state *state, tjac_decoder_shape *out);

/* Fills decoder_there and the sizes of *arch, whose output_space is set, from the weights where
 * they are known, else from the hyper-parameters; `decoder` says which kind. */
tjac_code tjac_arch_read_decoder(const tjac_hyper *hyper, const tjac_decoder_shape *weights,
                                 tjac_arch *arch);

/* For a decoder that makes the prediction: its weights are there and of a known kind, what the
 * hyper-parameters say of it agrees with them, and it fits the model. */
tjac_code tjac_arch_check_decoder(const tjac_hyper *hyper, const tjac_decoder_shape *weights,
                                  const tjac_arch *arch);

#endif
