/* config_take.h: values out of the resolved tree, checked by kind and range. Private to the config
 * stage. A value of another kind or out of range is TJAC_EUSAGE with the file, or the words of the
 * command line, and the key's path.
 *
 * A value that the command line has set is made what its key is first: where a text is wanted, "1"
 * and "true" are texts, and "[A, B]" is a list of them. */
#ifndef TJAC_CONFIG_TAKE_H
#define TJAC_CONFIG_TAKE_H

#include "config/config_source.h"

/* Where values are taken from and what messages call them. */
typedef struct {
    tjac_doc *doc;
    tjac_value *v;    /* an object of the resolved tree: it has every key of the defaults */
    const char *path; /* "cells." */
    const tjac_config_source *from;
    tjac_err *err;
    bool elsewhere; /* models and cells are not read: their paths need not exist */
} tjac_taker;

/* The object under `key`; `path` is what messages put before its keys ("cells."). */
tjac_taker tjac_take_inside(const tjac_taker *t, const char *key, const char *path);

/* Element i of a list of objects; `path` as above ("panels[0]."), borrowed. */
tjac_taker tjac_take_item(const tjac_taker *t, const tjac_value *list, size_t i, const char *path);

const tjac_value *tjac_take_value(const tjac_taker *t, const char *key);

/* TJAC_EUSAGE "WHERE: WHY": the words of the command line that have set the key, or the file. */
#define tjac_take_refuse(t, key, ...)                                                              \
    tjac_config_refuse((t)->from, (t)->path, key, (t)->err, __VA_ARGS__)

/* "'cells.seed' is a string, expected a whole number" */
tjac_code tjac_take_bad_kind(const tjac_taker *t, const char *key, const char *wanted);

/* Where null is allowed (not `needed`, `nullable`), null leaves *out as it is. */
tjac_code tjac_take_string(const tjac_taker *t, const char *key, bool needed,
                           char **out) TJAC_MUST_USE;
tjac_code tjac_take_int(const tjac_taker *t, const char *key, bool nullable, int64_t min,
                        int64_t max, int64_t *out) TJAC_MUST_USE;

/* A name that stands in tables and messages: a needed string without control characters. */
tjac_code tjac_take_name(const tjac_taker *t, const char *key, char **out) TJAC_MUST_USE;

/* Whole or not. Finite, as every number that json.h reads. */
tjac_code tjac_take_number(const tjac_taker *t, const char *key, bool nullable,
                           double *out) TJAC_MUST_USE;

/* Whether the value is a list, also as it is typed on a command line. */
bool tjac_take_is_list(const tjac_taker *t, const char *key);

/* A list of different names; a single string, or null, where `single` allows it. */
tjac_code tjac_take_names(const tjac_taker *t, const char *key, bool single,
                          tjac_names *out) TJAC_MUST_USE;

/* One of the words (NULL ends them); *out becomes its position. */
tjac_code tjac_take_word(const tjac_taker *t, const char *key, const char *const *words,
                         int *out) TJAC_MUST_USE;

/* A path: made absolute, in the resolved tree too; must exist unless it is an output. Relative to
 * the folder of the file, or where the command line has set it to the working folder. */
tjac_code tjac_take_path(const tjac_taker *t, const char *key, bool needed, bool exists,
                         char **out) TJAC_MUST_USE;

/* `out`, and `folder` of the command line in its place: absolute, or "-"; that folder alone may be
 * "-". */
tjac_code tjac_take_out(const tjac_taker *t, const char *folder, char **out) TJAC_MUST_USE;

/* The file of the full Jacobian: relative to the folder `out`. The run makes it, so it need not
 * exist; a folder is no file. */
tjac_code tjac_take_full(const tjac_taker *t, const char *out, char **full) TJAC_MUST_USE;

/* A list of paths, as above; all must exist. */
tjac_code tjac_take_paths(const tjac_taker *t, const char *key, tjac_names *out) TJAC_MUST_USE;

#endif
