/* sizes.h: how many workers, KDs and lines at once fit into memory. Private to the engine. */
#ifndef TJAC_SIZES_H
#define TJAC_SIZES_H

#include "engine/forms.h"

typedef struct {
    const tjac_engine_task *task;
    const tjac_engine_options *options;
    const form_wants *want;
} sizes_task;

typedef struct {
    size_t chunk;     /* lines of a group: by the kind of device alone */
    size_t n_workers; /* of each device */
    size_t B;       /* KDs of a batch: a group, or for lack of memory a part of one; where the plan
                       has more KDs than a group B divides it, so no batch lies in two groups */
    size_t at_once; /* lines of a group that a worker takes at once: chunk, or less for lack of
                       memory */
    bool pieces;    /* a group of KDs or of lines is not taken whole */
} sizes;

/* The most that fit: fewer workers before parts of a group, fewer KDs before fewer lines. One KD
 * and line of one worker that do not: TJAC_EFAIL, with what it takes. */
tjac_code sizes_choose(const sizes_task *task, sizes *out, tjac_err *err) TJAC_MUST_USE;

#endif
