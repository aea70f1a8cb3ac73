/* config.h: the config file as plain data. Strict: unknown keys, wrong types and values out of
 * range are TJAC_EUSAGE with the key and the nearest known one. */
#ifndef TJAC_CONFIG_H
#define TJAC_CONFIG_H

#include "base/names.h"
#include "base/value.h"

typedef struct {
    char *name, *dir, *checkpoint; /* checkpoint NULL: chosen in dir */
    bool shuffled;                 /* a negative control: its weights are permuted (model.h) */
    uint64_t shuffle;              /* with this seed */
} tjac_config_model;

typedef struct {
    char *h5ad;
    char *embed_key, *pert_col, *control, *cell_type_col, *batch_col; /* NULL: the model's */
    tjac_names cell_types;                                            /* empty: all pooled */
    char *batch;
    int64_t set_size; /* 0: the model's cell_set_len */
    int64_t n_sets;
    uint64_t seed;
    char *obs_names, *gene_names; /* paths or NULL */
} tjac_config_cells;

/* What the user may say about the model's forward pass; TJAC_CHOICE_AUTO leaves it to the
 * hyper-parameters. */
typedef enum { TJAC_CHOICE_AUTO = -1, TJAC_CHOICE_NO = 0, TJAC_CHOICE_YES = 1 } tjac_choice;
typedef struct {
    tjac_choice causal; /* config `attention`: bidirectional NO, causal YES */
    tjac_choice rotary;
    tjac_choice decode; /* config `prediction`: model NO, decoder YES */
} tjac_config_override;

typedef enum { TJAC_PAIRING_ALL, TJAC_PAIRING_REGULATORS } tjac_pairing;

/* As written; panels.h makes pairs of it. */
typedef struct {
    char *name;
    tjac_names regulators, targets, kds, unrelated_kds, unrelated_targets;
    char *pairs;           /* path of an edge table, or NULL */
    tjac_names confidence; /* levels of the edge table to take; empty: all */
    char *gmt, *set;       /* path of a GMT file and the name of its set, or NULL */
    tjac_pairing pairing;
} tjac_config_panel;

enum { TJAC_CONFIG_BLOCKS = 1000 }; /* at most */

typedef struct {
    size_t blocks; /* rows, and columns, of drawn genes (plan/blocks.h) */
    uint64_t seed;
} tjac_config_null;

typedef enum {
    TJAC_SCORE_ROUTING,
    TJAC_SCORE_ELEVATION,
    TJAC_SCORE_LOG2_ABS_RATIO,
    TJAC_SCORE_DIFFERENCE,
    TJAC_SCORE_RATIO
} tjac_score;

typedef struct {
    tjac_score score;
    bool two_sided;
    size_t permutations, bootstrap; /* at most this many; rounds */
    double alpha, min_effect;
    uint64_t seed;
    tjac_names external; /* paths of CSVs with kd,value */
} tjac_config_stats;

typedef enum {
    TJAC_SET_MEAN,
    TJAC_SAME_CELL,
    TJAC_CROSS_CELL,
    TJAC_MEAN_CELL,
    TJAC_PERT,
    TJAC_KNOCKOUT,
    TJAC_SHIFT,
    TJAC_N_ESTIMANDS
} tjac_estimand;
typedef enum { TJAC_KDS_PANEL, TJAC_KDS_ALL, TJAC_KDS_LIST } tjac_kds_rule;
typedef enum {
    TJAC_PRECISION_F32,
    TJAC_PRECISION_F64,
    TJAC_PRECISION_TF32,
    TJAC_PRECISION_BF16
} tjac_precision;
typedef enum {
    TJAC_ENGINE_AUTO,
    TJAC_ENGINE_REVERSE,
    TJAC_ENGINE_FORWARD,
    TJAC_ENGINE_SEQUENTIAL
} tjac_engine_kind;

typedef struct {
    tjac_config_model *model;
    size_t n_models;
    tjac_config_cells cells;
    tjac_config_override attention;
    tjac_config_panel *panel;
    size_t n_panels;
    tjac_kds_rule kds_rule;
    tjac_names kds; /* TJAC_KDS_LIST */
    tjac_estimand estimand[TJAC_N_ESTIMANDS];
    size_t n_estimands;
    double tolerance; /* jacobian.same_cell.tolerance: largest relative standard error of probes;
                         0: exact */
    tjac_precision precision;
    double memory_gb; /* 0: not bounded */
    tjac_config_null null;
    tjac_config_stats stats;
    char *full; /* absolute path of the HDF5 file for the full Jacobian, or NULL */
    bool skip_missing;
    char *device; /* "auto", "cpu", "cuda", "cuda:0", "cuda:0,cuda:1"; checked when it is opened */
    int threads;  /* 0: not given */
    tjac_engine_kind engine;
    char *out; /* the folder that is used, absolute; "-": standard output */
    tjac_doc *doc;
    tjac_value *resolved; /* the whole config with defaults and absolute paths, for run.json */
} tjac_config;

/* What the command line sets: "--set panels[0].kds=[A,B]" is {"set", NULL, "panels[0].kds=[A,B]"},
 * "--engine fast" is {"engine", "engine", "fast"}. Keys are written as messages write them. The
 * value is taken as what the key is: for a text "1" is one, a list of texts needs no quotes. What
 * is wrong with it is said of the command line. */
typedef struct {
    const char *option, *key; /* key NULL: `value` is KEY=VALUE */
    const char *value;
} tjac_setting;

/* Reads `path`, once: a file, a pipe, or standard input, "-"; the run.json of an earlier run too,
 * whose resolved config is taken. Applies the settings in their order, fills in defaults and makes
 * paths absolute: those of the file are relative to its folder (of a pipe: the working folder),
 * those of settings to the working folder, jacobian.full always to the folder `out`. Inputs that it
 * names must exist; outputs (out, jacobian.full) need not. `folder`, from the command line, takes
 * the place of `out`: relative to the working folder, or "-" for standard output; NULL: not given.
 */
tjac_code tjac_config_read(const char *path, const tjac_setting *settings, size_t n_settings,
                           const char *folder, tjac_config *out, tjac_err *err) TJAC_MUST_USE;

/* The same for statistics on an earlier run: models, cells and their paths are not looked for. */
tjac_code tjac_config_read_stats(const char *path, tjac_config *out, tjac_err *err) TJAC_MUST_USE;
void tjac_config_free(tjac_config *config);

/* As they stand in a config: "set_mean"; "float32"; "reverse". */
const char *tjac_estimand_name(tjac_estimand e);
bool tjac_estimand_among(const tjac_estimand *list, size_t n, tjac_estimand e);
const char *tjac_precision_name(tjac_precision p);
const char *tjac_engine_name(tjac_engine_kind e);
const char *tjac_score_name(tjac_score s); /* "routing" */

#endif
