#include "inputs/inputs.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "inputs/gene_names.h"

static tjac_code warn(tjac_input *in, tjac_text *text, tjac_err *err)
{
    return tjac_names_take(&in->warnings, text, err);
}

/* ---- columns ---- */

/* The config's word, else the model's, else NULL. */
static tjac_code choose(const char *given, const char *model, char **out, tjac_err *err)
{
    const char *s = given ? given : model;
    *out = s ? tjac_strdup(s, err) : NULL;
    return err->code;
}

static tjac_code resolve_columns(const tjac_config_cells *c, tjac_input *in, tjac_err *err)
{
    const tjac_model_columns *m = &in->model->columns;
    const char *embed = in->model->arch.embed_key;
    if (choose(c->pert_col, m->pert_col, &in->pert_col, err) ||
        choose(c->control, m->control, &in->control, err) ||
        choose(c->cell_type_col, m->cell_type_col, &in->cell_type_col, err) ||
        choose(c->batch_col, m->batch_col, &in->batch_col, err) ||
        choose(c->embed_key, embed ? embed : "X", &in->embed_key, err))
        return err->code;
    if (!in->pert_col || !in->control)
        return tjac_err_set(err, TJAC_EMISSING,
                            "model '%s' does not say which obs column holds the KDs and which "
                            "label is the control; set cells.pert_col and cells.control",
                            in->name);
    if (in->model->arch.batch_dim && !in->batch_col)
        return tjac_err_set(err, TJAC_EMISSING,
                            "model '%s' has a batch encoder but does not say "
                            "which obs column holds the batches; set "
                            "cells.batch_col",
                            in->name);
    if (tjac_names_find(&in->model->kds, in->control) < 0)
        return tjac_err_set(err, TJAC_EMISSING,
                            "the control '%s' is not in the KD map '%s'; set "
                            "cells.control to the model's control label",
                            in->control, in->model->kd_map);
    return TJAC_OK;
}

/* ---- cells ---- */

static tjac_code open_matrix(tjac_input *in, tjac_err *err)
{
    size_t G = (size_t)in->model->arch.input_dim;
    if (tjac_matrix_open(in->cells, in->embed_key, &in->matrix, err))
        return err->code;
    if (tjac_matrix_n_cols(in->matrix) != G)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' of '%s' has %zu columns, but model '%s' has "
                            "%zu inputs; cells.embed_key names the matrix",
                            in->embed_key, tjac_cells_path(in->cells),
                            tjac_matrix_n_cols(in->matrix), in->name, G);
    return TJAC_OK;
}

/* "1" of "1.0", where that is in the map: integers become floats where a value was missing once. */
static const char *without_fraction(const tjac_names *batches, const char *label)
{
    size_t n = strlen(label);
    for (size_t i = 0; i < batches->n && n > 2 && strcmp(label + n - 2, ".0") == 0; i++)
        if (strlen(batches->name[i]) == n - 2 && strncmp(batches->name[i], label, n - 2) == 0)
            return batches->name[i];
    return NULL;
}

static tjac_code refuse_batches(const tjac_input *in, const tjac_names *missing, tjac_err *err)
{
    enum { SHOWN = 12 };
    const tjac_model *m = in->model;
    const char *whole = without_fraction(&m->batches, missing->name[0]);
    tjac_text t = {0};
    tjac_text_add(&t,
                  "%zu batch label(s) of the chosen cells (obs '%s') are not in '%s' of model '%s' "
                  "(%zu batches): ",
                  missing->n, in->batch_col, m->batch_map, in->name, m->batches.n);
    for (size_t i = 0; i < missing->n && i < SHOWN; i++)
        tjac_text_add(&t, "%s%s", i ? ", " : "", missing->name[i]);
    tjac_text_add(&t, "%s; ", missing->n > SHOWN ? ", ..." : "");
    if (whole)
        tjac_text_add(&t, "'%s' is: write the column as integers or strings, not as floats", whole);
    else
        tjac_text_add(&t, "choose cells with cells.batch or cells.cell_type");
    tjac_err_set(err, TJAC_EMISSING, "%s", t.text ? t.text : "batch labels are missing");
    tjac_text_free(&t);
    return err->code;
}

/* Rows of the batch encoder for the cells of a block. A label that is not in the map is an error:
 * index 0 would be a silent lie. */
static tjac_code find_batches(tjac_input *in, tjac_block *b, tjac_err *err)
{
    const tjac_model *m = in->model;
    size_t n = b->sets.n_sets * b->sets.set_size;
    tjac_column column = {0};
    tjac_names missing = {0};
    if (!m->arch.batch_dim)
        return TJAC_OK;
    if (tjac_cells_column(in->cells, in->batch_col, &column, err) ||
        !(b->batch = tjac_alloc(n, sizeof *b->batch, err)))
        goto done;
    for (size_t i = 0; i < n; i++) {
        int32_t code = column.code[b->sets.row[i]];
        const char *label = code < 0 ? "(missing value)" : column.labels.name[code];
        int64_t k = code < 0 ? -1 : tjac_names_find(&m->batches, label);
        if (k >= 0)
            b->batch[i] = m->batch_index[k];
        else if (tjac_names_find(&missing, label) < 0 && tjac_names_add(&missing, label, err))
            goto done;
    }
    if (missing.n)
        refuse_batches(in, &missing, err);
done:
    tjac_column_free(&column);
    tjac_names_free(&missing);
    return err->code;
}

static tjac_code label_block(tjac_input *in, tjac_block *b, const char *cell_type, tjac_err *err)
{
    const char *label = cell_type;
    if (!label)
        label = b->sets.types.n == 0   ? "NA"
                : b->sets.types.n == 1 ? b->sets.types.name[0]
                                       : "mixed";
    if (!(b->cell_type = tjac_strdup(label, err)))
        return err->code;
    if (cell_type || b->sets.types.n < 2)
        return TJAC_OK;
    tjac_text t = {0};
    tjac_text_add(&t,
                  "the control cells of '%s' are of %zu cell types and are pooled; set "
                  "cells.cell_type to keep them apart",
                  in->name, b->sets.types.n);
    return warn(in, &t, err);
}

static tjac_code make_block(const tjac_config_cells *c, tjac_input *in, const char *cell_type,
                            tjac_block *b, tjac_err *err)
{
    size_t set_size = c->set_size ? (size_t)c->set_size : (size_t)in->model->arch.cell_set_len;
    tjac_sets_spec spec = {.pert_col = in->pert_col,
                           .control = in->control,
                           .cell_type_col = in->cell_type_col,
                           .cell_type = cell_type,
                           .batch_col = in->batch_col,
                           .batch = c->batch,
                           .set_size = set_size,
                           .n_sets = (size_t)c->n_sets,
                           .seed = c->seed,
                           .obs_names_path = c->obs_names};
    if (tjac_sets_make(in->cells, &spec, &b->sets, err) || label_block(in, b, cell_type, err))
        return err->code;
    return find_batches(in, b, err);
}

static tjac_code make_blocks(const tjac_config_cells *c, tjac_input *in, tjac_err *err)
{
    size_t n = c->cell_types.n ? c->cell_types.n : 1;
    int64_t len = in->model->arch.cell_set_len;
    if (c->cell_types.n && !in->cell_type_col)
        return tjac_err_set(err, TJAC_EMISSING,
                            "cells.cell_type is given, but model '%s' does not "
                            "say which obs column holds the cell types; set "
                            "cells.cell_type_col",
                            in->name);
    int64_t tokens = (c->set_size ? c->set_size : len) + in->model->arch.batch_token +
                     in->model->arch.confidence_token;
    if (in->model->arch.n_positions && tokens > in->model->arch.n_positions)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "a set of %lld tokens is too large for model '%s', whose GPT2 backbone "
                            "has %lld positions; lower cells.set_size",
                            (long long)tokens, in->name, (long long)in->model->arch.n_positions);
    if (c->set_size > len) {
        tjac_text t = {0};
        tjac_text_add(&t,
                      "cells.set_size %lld is larger than the %lld cells that model '%s' was "
                      "trained with",
                      (long long)c->set_size, (long long)len, in->name);
        if (warn(in, &t, err))
            return err->code;
    }
    if (!(in->block = tjac_alloc(n, sizeof *in->block, err)))
        return err->code;
    in->n_blocks = n;
    for (size_t i = 0; i < n; i++)
        if (make_block(c, in, c->cell_types.n ? c->cell_types.name[i] : NULL, &in->block[i], err))
            return err->code;
    return TJAC_OK;
}

/* ---- the whole ---- */

tjac_code tjac_input_resolve(const tjac_config_cells *c, tjac_input *in, tjac_err *err)
{
    const tjac_names *warnings = &in->model->warnings;
    for (size_t i = 0; i < warnings->n; i++)
        if (tjac_names_add(&in->warnings, warnings->name[i], err))
            return err->code;
    if (resolve_columns(c, in, err))
        return err->code;
    if (in->cells && open_matrix(in, err))
        return err->code;
    if (tjac_gene_names_find(in, c->gene_names, err))
        return err->code;
    if (!in->cells)
        return TJAC_OK;
    (void)!make_blocks(c, in, err);
    return tjac_cells_unchanged(in->cells, err);
}

static tjac_code open_model(const tjac_config *config, const tjac_config_model *c, tjac_model **out,
                            tjac_err *err)
{
    if (tjac_model_open(c->dir, c->checkpoint, &config->attention, out, err))
        return err->code;
    if (c->shuffled)
        tjac_model_shuffle(*out, c->shuffle);
    return TJAC_OK;
}

tjac_code tjac_input_open(const tjac_config *config, size_t m, tjac_input *out, tjac_err *err)
{
    tjac_input in = {0};
    const tjac_config_model *c = &config->model[m];
    if (!(in.name = tjac_strdup(c->name, err)) || open_model(config, c, &in.model, err) ||
        tjac_cells_open(config->cells.h5ad, &in.cells, err) ||
        tjac_input_resolve(&config->cells, &in, err)) {
        tjac_input_close(&in);
        return err->code;
    }
    *out = in;
    return TJAC_OK;
}

tjac_code tjac_input_read_sets(tjac_input *in, size_t block, tjac_err *err)
{
    tjac_block *b = &in->block[block];
    size_t rows = b->sets.set_size * b->sets.n_sets, n = in->inputs.n;
    tjac_sha256 *hash = NULL;
    if (b->cells)
        return TJAC_OK;
    float *cells = tjac_alloc(rows, n * sizeof *cells, err);
    if (cells)
        (void)!tjac_matrix_read_rows(in->matrix, b->sets.row, rows, cells, err);
    if (tjac_cells_unchanged(in->cells, err) || tjac_sha256_make(&hash, err) ||
        tjac_sha256_add(hash, cells, rows * n * sizeof *cells, err) ||
        tjac_sha256_hex(hash, b->sha256, err))
        free(cells);
    else
        b->cells = cells;
    tjac_sha256_free(hash);
    return err->code;
}

static int by_row(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

tjac_code tjac_input_moments(const tjac_input *in, double *mean, double *sd, tjac_err *err)
{
    size_t n = 0, distinct = 0;
    for (size_t b = 0; b < in->n_blocks; b++)
        n += in->block[b].sets.n_eligible;
    size_t *row = tjac_alloc(n, sizeof *row, err);
    if (!row)
        return err->code;
    n = 0;
    for (size_t b = 0; b < in->n_blocks; b++) {
        const tjac_sets *s = &in->block[b].sets;
        memcpy(row + n, s->eligible, s->n_eligible * sizeof *row);
        n += s->n_eligible;
    }
    qsort(row, n, sizeof *row, by_row);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || row[i] != row[i - 1])
            row[distinct++] = row[i];
    (void)!tjac_matrix_moments(in->matrix, row, distinct, mean, sd, err);
    free(row);
    return tjac_cells_unchanged(in->cells, err);
}

tjac_code tjac_input_read_deviations(tjac_input *in, size_t block, tjac_err *err)
{
    tjac_block *b = &in->block[block];
    const tjac_sets *s = &b->sets;
    if (b->sd)
        return TJAC_OK;
    if (s->n_eligible < 2)
        return tjac_err_set(err, TJAC_EMISSING,
                            "the estimand shift moves a gene by its standard deviation over the "
                            "eligible cells, and there is only %zu such cell of model '%s'",
                            s->n_eligible, in->name);
    double *mean = tjac_alloc(in->inputs.n, sizeof *mean, err);
    double *sd = tjac_alloc(in->inputs.n, sizeof *sd, err);
    if (!err->code)
        (void)!tjac_matrix_moments(in->matrix, s->eligible, s->n_eligible, mean, sd, err);
    free(mean);
    if (tjac_cells_unchanged(in->cells, err))
        free(sd);
    else
        b->sd = sd;
    return err->code;
}

void tjac_input_close(tjac_input *in)
{
    if (!in)
        return;
    for (size_t i = 0; i < in->n_blocks && in->block; i++) {
        free(in->block[i].cell_type);
        free(in->block[i].batch);
        free(in->block[i].cells);
        free(in->block[i].sd);
        tjac_sets_free(&in->block[i].sets);
    }
    free(in->block);
    tjac_matrix_close(in->matrix);
    tjac_cells_close(in->cells);
    tjac_model_close(in->model);
    free(in->name);
    free(in->pert_col);
    free(in->control);
    free(in->cell_type_col);
    free(in->batch_col);
    free(in->embed_key);
    tjac_names_free(&in->inputs);
    tjac_names_free(&in->outputs);
    tjac_names_free(&in->warnings);
    *in = (tjac_input){0};
}
