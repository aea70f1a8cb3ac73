/* hyper.h: typed look-ups in a checkpoint's hyper-parameters. Private to the model stage.
 * NULL and absent keys give the default; a value of the wrong kind or range is TJAC_EINPUT with
 * the file and the key. */
#ifndef TJAC_HYPER_H
#define TJAC_HYPER_H

#include "base/value.h"

typedef struct {
    const tjac_value *v; /* a dictionary */
    const char *what;    /* the file, for messages */
    tjac_err *err;
} tjac_hyper;

/* The value under key; NULL when it is absent or null. */
const tjac_value *tjac_hyper_find(const tjac_hyper *h, const char *key);

/* A fallback below min says that the key is needed. */
tjac_code tjac_hyper_int(const tjac_hyper *h, const char *key, int64_t fallback, int64_t min,
                         int64_t *out);
tjac_code tjac_hyper_bool(const tjac_hyper *h, const char *key, bool fallback, bool *out);
tjac_code tjac_hyper_real(const tjac_hyper *h, const char *key, double fallback, double *out);
/* *out is borrowed. */
tjac_code tjac_hyper_string(const tjac_hyper *h, const char *key, const char *fallback,
                            const char **out);
/* The dictionary under key as a reader of its own; v NULL when it is absent. */
tjac_code tjac_hyper_dict(const tjac_hyper *h, const char *key, tjac_hyper *out);

tjac_code tjac_hyper_wrong_kind(const tjac_hyper *h, const char *key, const char *wanted);
tjac_code tjac_hyper_unsupported(const tjac_hyper *h, const char *key, const char *value);

#endif
