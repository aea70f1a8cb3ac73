/* model_files.h: finding and opening the artifacts of a model directory. Private to the model
 * stage. */
#ifndef TJAC_MODEL_FILES_H
#define TJAC_MODEL_FILES_H

#include "model/model.h"
#include "model/state.h"
#include "torchfile/torchfile.h"

struct tjac_model_files {
    tjac_torchfile *checkpoint, *kd_map, *batch_map, *var_dims; /* the last two may be NULL */
    tjac_state state;                                           /* the checkpoint's state_dict */
    tjac_doc *config_doc;
    tjac_value *config; /* config.yaml, NULL without one */
};

/* The path of the checkpoint; see tjac_model_open. Owned by the caller. Where it was chosen among
 * several, a sentence in `warnings` names the others. */
tjac_code tjac_checkpoint_find(const char *dir, const char *name, char **out, tjac_names *warnings,
                               tjac_err *err);

/* The first of the given names (NULL-terminated) that exists in dir; *out NULL when none does. */
tjac_code tjac_artifact_find(const char *dir, const char *const *names, char **out, tjac_err *err);

#endif
