/* shuffle.h: weights without what they learned, as a negative control (Adebayo et al. 2018, "Sanity
 * checks for saliency maps"): what a permuted model still shows was not learned. */
#ifndef TJAC_SHUFFLE_H
#define TJAC_SHUFFLE_H

#include "model/model.h"

/* Permutes the elements within every two-dimensional weight, each of fewer than 2^32; biases and
 * norms, which have one dimension, stay. One stream of tjac_rng goes through the weights in order
 * of name, in each as numpy.random.RandomState(seed).shuffle does through its elements in the order
 * in which they are stored (but for seed 0, see numeric.h). The weights are loaded. */
tjac_code tjac_weights_shuffle(tjac_weight *weight, size_t n, uint64_t seed,
                               tjac_err *err) TJAC_MUST_USE;

#endif
