/* config.h: the config file as plain data. Strict: unknown keys, wrong types and values out of
 * range are TJAC_EUSAGE with the key and the nearest known one. */
#ifndef TJAC_CONFIG_H
#define TJAC_CONFIG_H

#include "tjac/arch.h"
#include "tjac/names.h"
#include "tjac/value.h"

typedef struct {
    char *name, *dir, *checkpoint; /* checkpoint NULL: chosen in dir */
} tjac_config_model;

typedef struct {
    char *h5ad;
    char *embed_key, *pert_col, *control, *cell_type_col, *batch_col; /* NULL: the model's */
    tjac_names cell_types;                                            /* empty: all pooled */
    char *batch;
    int64_t set_size; /* 0: the model's cell_set_len */
    int64_t n_sets;
    uint64_t seed;
    char *obs_names; /* path or NULL */
} tjac_config_cells;

typedef struct {
    char *name;
    tjac_names regulators, targets, kds, unrelated_kds, unrelated_targets;
} tjac_config_panel;

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
    tjac_arch_override attention;
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
    char *full;       /* path of the HDF5 file for the full Jacobian, or NULL */
    bool skip_missing;
    char *device; /* "auto", "cpu", "cuda", "cuda:0", "cuda:0,cuda:1"; checked when it is opened */
    int threads;  /* 0: not given */
    tjac_engine_kind engine;
    char *out;
    tjac_doc *doc;
    tjac_value *resolved; /* the whole config with defaults and absolute paths, for run.json */
} tjac_config;

/* Reads `path`, applies the settings ("cells.n_sets=8"; a value that is no JSON is a string;
 * list elements by number, "panels.0.kds"), fills in defaults and makes paths absolute: they are
 * relative to the config file. Inputs that it names must exist; outputs (out, jacobian.full) need
 * not. */
tjac_code tjac_config_read(const char *path, const char *const *settings, size_t n_settings,
                           tjac_config *out, tjac_err *err) TJAC_MUST_USE;
void tjac_config_free(tjac_config *config);

/* As they stand in a config: "set_mean"; "float32"; "reverse". */
const char *tjac_estimand_name(tjac_estimand e);
const char *tjac_precision_name(tjac_precision p);
const char *tjac_engine_name(tjac_engine_kind e);

#endif
