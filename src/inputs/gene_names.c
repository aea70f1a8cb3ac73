#include "inputs/gene_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "inputs/gene_names_parts.h"
#include "inputs/h5ad.h"
#include "inputs/name_list.h"

static const char GENE_NAME[] = "gene_name", HVG_COLUMN[] = "highly_variable";

/* ---- places in an h5ad: each leaves out empty where it is not there ---- */

typedef tjac_code (*place_fn)(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err);

static tjac_code copy_names(const tjac_names *from, tjac_names *to, tjac_err *err)
{
    for (size_t i = 0; i < from->n; i++)
        if (tjac_names_add(to, from->name[i], err))
            return err->code;
    return TJAC_OK;
}

static tjac_code of_columns(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err)
{
    const tjac_names *columns = w->matrix ? tjac_matrix_columns(w->matrix) : NULL;
    return columns ? copy_names(columns, out, err) : TJAC_OK;
}

/* Whether uns/KEY is a vector of labels: people keep other things under these keys too. */
static tjac_code is_vector(const tjac_h5 *file, const char *object, bool *out, tjac_err *err)
{
    tjac_h5_kind kind = tjac_h5_find(file, object);
    char *encoding = NULL;
    tjac_h5_data *data = NULL;
    *out = false;
    if (kind == TJAC_H5_GROUP && !tjac_h5_attr_text(file, object, "encoding-type", &encoding, err))
        *out = encoding &&
               (strcmp(encoding, "categorical") == 0 || strncmp(encoding, "nullable-", 9) == 0);
    else if (kind != TJAC_H5_GROUP && kind != TJAC_H5_ABSENT &&
             !tjac_h5_data_open(file, object, NULL, &data, err))
        *out = data->rank == 1 && (data->type & TJAC_H5_LABEL);
    tjac_h5_data_close(data);
    free(encoding);
    return err->code;
}

static tjac_code of_uns(const tjac_gene_names_wanted *w, const char *key, tjac_names *out,
                        tjac_err *err)
{
    const tjac_frame uns = {.file = w->cells->file, .name = "uns", .n = SIZE_MAX};
    tjac_place place;
    char object[64];
    bool there;
    snprintf(object, sizeof object, "uns/%s", key);
    if (is_vector(uns.file, object, &there, err) || !there ||
        tjac_frame_place(&uns, key, &place, err))
        return err->code;
    return tjac_frame_labels(&uns, &place, out, err);
}

static tjac_code of_uns_x_hvg(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err)
{
    return of_uns(w, "X_hvg_var_names", out, err);
}

static tjac_code of_uns_hvg(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err)
{
    return of_uns(w, "hvg_names", out, err);
}

/* Those of `all` that var/highly_variable marks. */
static tjac_code keep_variable(const tjac_cells *cells, const tjac_names *all, tjac_names *out,
                               tjac_err *err)
{
    tjac_column flag = {0};
    (void)!tjac_frame_column(&cells->var, HVG_COLUMN, &flag, err);
    for (size_t i = 0; i < all->n && !err->code; i++) {
        const char *label = flag.code[i] < 0 ? "False" : flag.labels.name[flag.code[i]];
        if (strcmp(label, "True") == 0 || strcmp(label, "1") == 0)
            (void)!tjac_names_add(out, all->name[i], err);
        else if (strcmp(label, "False") != 0 && strcmp(label, "0") != 0)
            tjac_err_set(err, TJAC_EINPUT,
                         "'%s': 'var/highly_variable' holds '%s', expected booleans",
                         cells->file->path, label);
    }
    tjac_column_free(&flag);
    return err->code;
}

tjac_code gene_names_of_var(const tjac_cells *cells, const char *column, bool variable,
                            tjac_names *out, tjac_err *err)
{
    tjac_place place;
    tjac_names all = {0};
    if ((variable && !tjac_frame_has(&cells->var, HVG_COLUMN)) ||
        tjac_frame_place(&cells->var, column, &place, err) || place.kind == TJAC_COLUMN_ABSENT)
        return err->code;
    if (!variable)
        return tjac_frame_labels(&cells->var, &place, out, err);
    if (!tjac_frame_labels(&cells->var, &place, &all, err))
        (void)!keep_variable(cells, &all, out, err);
    tjac_names_free(&all);
    return err->code;
}

/* var/gene_name where there is one, else the index. */
static const char *column_of(const tjac_gene_names_wanted *w)
{
    const tjac_frame *var = &w->cells->var;
    return tjac_frame_has(var, GENE_NAME) ? GENE_NAME : var->index;
}

static tjac_code of_variable(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err)
{
    return gene_names_of_var(w->cells, column_of(w), true, out, err);
}

static tjac_code of_all(const tjac_gene_names_wanted *w, tjac_names *out, tjac_err *err)
{
    return gene_names_of_var(w->cells, column_of(w), false, out, err);
}

static const struct {
    const char *from, *of_gene_name; /* the latter where var/gene_name is there, NULL: the same */
    bool variable;                   /* of the highly variable genes alone */
    place_fn read;
} places[] = {{"the columns of the DataFrame", NULL, true, of_columns},
              {"uns/X_hvg_var_names", NULL, true, of_uns_x_hvg},
              {"uns/hvg_names", NULL, true, of_uns_hvg},
              {"the index of var where var/highly_variable",
               "var/gene_name where var/highly_variable", true, of_variable},
              {"the index of var", "var/gene_name", false, of_all}};

static void note(tjac_text *tried, const char *from, size_t n)
{
    if (tried)
        tjac_text_add(tried, "%s%s: %zu", tried->n ? ", " : "", from, n);
}

tjac_code tjac_gene_names_read(const tjac_gene_names_wanted *w, tjac_names *out, const char **from,
                               tjac_text *tried, tjac_err *err)
{
    bool gene_name = tjac_frame_has(&w->cells->var, GENE_NAME);
    *out = (tjac_names){0};
    *from = NULL;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (places[i].variable && !w->variable)
            continue;
        const char *here =
            gene_name && places[i].of_gene_name ? places[i].of_gene_name : places[i].from;
        if (!places[i].read(w, out, err) && out->n == w->n) {
            *from = here;
            break;
        }
        if (out->n)
            note(tried, here, out->n);
        tjac_names_free(out);
        if (err->code)
            break;
    }
    return err->code;
}

/* ---- inputs ---- */

static tjac_code add_positions(const char *of, size_t n, tjac_names *names, tjac_err *err)
{
    for (size_t i = 0; i < n && !err->code; i++) {
        tjac_text name = {0};
        tjac_text_add(&name, "%s:%zu", of, i);
        (void)!tjac_names_take(names, &name, err);
    }
    return err->code;
}

static tjac_code warn_unnamed(tjac_input *in, const char *what, const char *of, size_t n,
                              const tjac_text *tried, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t,
                  "nothing names the %zu %s of model '%s'%s%s%s: they are called %s:0 to %s:%zu", n,
                  what, in->name, tried->n ? " (" : "", tried->n ? tried->text : "",
                  tried->n ? ")" : "", of, of, n ? n - 1 : 0);
    if (strcmp(what, "inputs") == 0)
        tjac_text_add(&t, "; %scells.gene_names takes a file with their names",
                      in->cells ? "" : "an h5ad may name them, and ");
    return tjac_names_take(&in->warnings, &t, err);
}

static tjac_code read_file(tjac_input *in, const char *file, size_t n, tjac_err *err)
{
    in->names_from = "cells.gene_names";
    if (tjac_name_list_read(file, in->names_from, "name", &in->inputs, err))
        return err->code;
    if (in->inputs.n == n)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s' (cells.gene_names) names %zu columns%s%s%s, but '%s' of model '%s' "
                        "has %zu; expected one name a line for each",
                        file, in->inputs.n, in->inputs.n ? ", the first '" : "",
                        in->inputs.n ? in->inputs.name[0] : "", in->inputs.n ? "'" : "",
                        in->embed_key, in->name, n);
}

static tjac_code name_inputs(tjac_input *in, const char *file, tjac_text *tried, tjac_err *err)
{
    const tjac_model *m = in->model;
    size_t n = (size_t)m->arch.input_dim;
    if (file)
        return read_file(in, file, n, err);
    if (m->arch.embedding) {
        in->names_from = "the dimensions of the embedding";
        return add_positions(m->arch.embed_key, n, &in->inputs, err);
    }
    bool whole = strcmp(in->embed_key, "X") == 0 || strncmp(in->embed_key, "layers/", 7) == 0;
    const tjac_gene_names_wanted wanted = {in->cells, in->matrix, !whole, n};
    if (in->cells && tjac_gene_names_read(&wanted, &in->inputs, &in->names_from, tried, err))
        return err->code;
    if (in->inputs.n == n)
        return TJAC_OK;
    if (m->gene_names.n == n) {
        in->names_from = "var_dims.pkl";
        return copy_names(&m->gene_names, &in->inputs, err);
    }
    note(tried, "var_dims.pkl", m->gene_names.n);
    in->names_from = "their positions";
    if (add_positions(in->embed_key, n, &in->inputs, err))
        return err->code;
    return warn_unnamed(in, "inputs", in->embed_key, n, tried, err);
}

/* ---- outputs ---- */

static tjac_code name_outputs(tjac_input *in, tjac_text *tried, tjac_err *err)
{
    const tjac_arch *a = &in->model->arch;
    const tjac_names *genes = &in->model->gene_names;
    size_t n = (size_t)tjac_arch_outputs(a);
    bool decodes = a->decoder != TJAC_DECODER_NONE;
    const char *from = NULL;
    if (!decodes && n == in->inputs.n)
        return copy_names(&in->inputs, &in->outputs, err);
    if (!decodes && a->embedding)
        return add_positions(a->embed_key, n, &in->outputs, err);
    if (genes->n == n)
        return copy_names(genes, &in->outputs, err);
    const tjac_gene_names_wanted wanted = {in->cells, NULL, a->output_space == TJAC_SPACE_GENE, n};
    if (in->cells && tjac_gene_names_read(&wanted, &in->outputs, &from, tried, err))
        return err->code;
    if (from)
        return TJAC_OK;
    note(tried, "var_dims.pkl", genes->n);
    if (add_positions("output", n, &in->outputs, err))
        return err->code;
    return warn_unnamed(in, "outputs", "output", n, tried, err);
}

tjac_code tjac_gene_names_find(tjac_input *in, const char *file, tjac_err *err)
{
    tjac_text of_inputs = {0}, of_outputs = {0};
    if (!name_inputs(in, file, &of_inputs, err) && !gene_names_compare(in, file, err))
        (void)!name_outputs(in, &of_outputs, err);
    tjac_text_free(&of_inputs);
    tjac_text_free(&of_outputs);
    return err->code;
}
