/* state.h: a checkpoint's state_dict under the names that arc-state's code gives its weights.
 * Private to the model stage.
 *
 * What wraps a module when it is trained leaves a word in the names of its weights:
 * `_orig_mod` (torch.compile of the model or of a part of it), `module` (DataParallel, DDP,
 * averages of weights), `_fsdp_wrapped_module`, `_checkpoint_wrapped_module`, `_forward_module`.
 * These words are left out wherever they stand; `model` (a model inside of another) only before a
 * name, because LoRA's own names have it inside.
 */
#ifndef TJAC_STATE_H
#define TJAC_STATE_H

#include "base/names.h"
#include "base/value.h"

typedef struct {
    tjac_names names;         /* without the wrappers' words, in the file's order */
    const tjac_value **value; /* [names.n], borrowed */
} tjac_state;

/* `dict` is the state_dict of the file `what`. Two of its names that are one without the wrappers'
 * words: TJAC_EINPUT with both. Owned: tjac_state_free. */
tjac_code tjac_state_read(const tjac_value *dict, const char *what, tjac_state *out,
                          tjac_err *err) TJAC_MUST_USE;
void tjac_state_free(tjac_state *state);

/* Borrowed; NULL: none of that name. */
const tjac_value *tjac_state_find(const tjac_state *state, const char *name);

/* The same if it is a tensor of so many dimensions, else NULL. */
const tjac_tensor *tjac_state_tensor(const tjac_state *state, const char *name, int ndim);

#endif
