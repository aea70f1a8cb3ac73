/* weights.h: the weights of the forward pass in a checkpoint's state_dict. Private to the model
 * stage. */
#ifndef TJAC_WEIGHTS_H
#define TJAC_WEIGHTS_H

#include "model/model.h"

/* Lists them in m->weight, by the architecture; sets its n_positions. One that is not there, or of
 * another shape: TJAC_EINPUT. */
tjac_code tjac_weights_list(tjac_model *m, tjac_err *err) TJAC_MUST_USE;

/* Reads those that are listed, adapters of LoRA folded in. */
tjac_code tjac_weights_read(tjac_model *m, tjac_err *err) TJAC_MUST_USE;

#endif
