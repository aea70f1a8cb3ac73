/* st.h: the ST model over LibTorch, as what the engine asks of a model (engine/st.h). The equations
 * are in st_forward.c, passes over them and their derivatives in st.c. */
#ifndef TJAC_ST_OPEN_H
#define TJAC_ST_OPEN_H

#include "base/names.h"
#include "config/config.h"
#include "engine/st.h"
#include "model/model.h"

typedef struct {
    const char *device; /* "cpu", "cuda:N" */
    tjac_precision precision;
    bool sequential; /* pullbacks one by one: the reference */
} tjac_st_options;

/* The ST model over LibTorch, with one intra-op thread. The model must be loaded and outlive it:
 * on the CPU in float32 its weights are used in place. A device that is not there: TJAC_EFAIL. */
tjac_code tjac_st_open(const tjac_model *model, const tjac_st_options *options, tjac_st *out,
                       tjac_err *err) TJAC_MUST_USE;
void tjac_st_close(tjac_st *st);

/* The devices that a config's word stands for: "auto", "cpu", "cuda", "cuda:N" or a list of
 * "cuda:N,cuda:M". Appends "cpu" or "cuda:N", ... to out. */
tjac_code tjac_st_devices(const char *name, tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* The version of LibTorch. */
const char *tjac_st_version(void);

#endif
