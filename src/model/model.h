/* model.h: an ST model directory: its artifacts, checked against each other, and its weights.
 *
 * Opening reads names, shapes and settings but no weights; tjac_model_load reads exactly the
 * weights of the forward pass, once, as float32. Optimizer state and token embeddings are never
 * touched.
 */
#ifndef TJAC_MODEL_H
#define TJAC_MODEL_H

#include "base/hashing.h"
#include "base/names.h"
#include "model/arch.h"

typedef struct {
    tjac_weight_spec spec;
    float *data; /* row-major, owned by the model; NULL until tjac_model_load */
} tjac_weight;

/* Column names and labels that the model was trained with; NULL where nothing says. */
typedef struct {
    char *pert_col, *control, *cell_type_col, *batch_col;
} tjac_model_columns;

typedef struct tjac_model_files tjac_model_files; /* open artifacts */

typedef struct {
    char *dir, *checkpoint;       /* paths, owned */
    char *kd_map, *batch_map;     /* paths of the maps; batch_map NULL without a batch encoder */
    char *config_yaml, *var_dims; /* NULL where there is none */
    tjac_arch arch;
    tjac_model_columns columns;
    tjac_names kds;        /* keys of the KD map in the map's order, the control among them */
    tjac_names batches;    /* keys of the batch map; empty without a batch encoder */
    int64_t *batch_index;  /* [batches.n] row of the batch encoder */
    tjac_names gene_names; /* var_dims gene_names (else the hyper-parameters'), may be empty */
    tjac_weight *weight;   /* [n_weights] in the order of tjac_arch_weights */
    size_t n_weights;
    bool shuffled;    /* its weights are permuted when they are loaded, with the seed `shuffle` */
    uint64_t shuffle; /* see tjac_model_shuffle */
    int64_t n_parameters; /* numbers in these weights */
    tjac_names warnings;  /* sentences for the user */
    tjac_model_files *files;
} tjac_model;

/* dir: the model directory; a path within it or above: TJAC_EUSAGE with the one that is meant.
 * checkpoint: a file name in dir/checkpoints or dir (or a path), or NULL: of dir/checkpoints, or of
 * dir where there are none, best, final, last, else the newest step, else the only one; a warning
 * names the others. Nothing there: TJAC_EUSAGE with the names of those there. Artifacts missing,
 * malformed or in contradiction: TJAC_EINPUT. config.yaml and var_dims.pkl may be missing (the
 * latter with a warning): hyper_parameters say what they say. */
tjac_code tjac_model_open(const char *dir, const char *checkpoint,
                          const tjac_config_override *choice, tjac_model **out,
                          tjac_err *err) TJAC_MUST_USE;

/* Makes a negative control of a model that is not loaded: loading permutes its weights with this
 * seed, adapters of LoRA folded in (shuffle.h). */
void tjac_model_shuffle(tjac_model *model, uint64_t seed);

/* Reads the weights. May be called again: does nothing then. After a failure there are none. */
tjac_code tjac_model_load(tjac_model *model, tjac_err *err) TJAC_MUST_USE;

/* Queues all files that the model is of; one whose content is no longer what was opened is an error
 * of tjac_hashing_find. config.yaml has no stamp: it was read whole. */
tjac_code tjac_model_hash(const tjac_model *model, tjac_hashing *hashing,
                          tjac_err *err) TJAC_MUST_USE;

/* Frees the weights; names and settings stay. */
void tjac_model_unload(tjac_model *model);

/* A loaded weight by name, NULL when the architecture has none of that name. Borrowed. */
const tjac_weight *tjac_model_weight(const tjac_model *model, const char *name);

/* The vector of KD k (position in kds): out[arch.pert_dim]. */
tjac_code tjac_model_kd_vector(const tjac_model *model, size_t k, float *out,
                               tjac_err *err) TJAC_MUST_USE;

void tjac_model_close(tjac_model *model);

#endif
