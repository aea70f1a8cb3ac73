#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "results/layout.h"

static tjac_code write_list(tjac_h5_writer *w, const char *dataset, const tjac_names *names,
                            tjac_err *err)
{
    return tjac_h5_write_names(w, dataset, (const char *const *)names->name, names->n, err);
}

/* ---- the draw ---- */

/* What a text column of the draw says. */
static const char *draw_text(const tjac_layout *l, const tjac_layout_draw *d, int column)
{
    switch (column) {
    case 0:
        return l->panels.name[d->panel];
    case 1:
        return tjac_layout_role(d->target);
    default:
        return l->genes.name[d->gene[column - 2]];
    }
}

static tjac_code write_draw(const tjac_layout *l, tjac_h5_writer *w, tjac_err *err)
{
    static const char *const texts[] = {"/draw/panel", "/draw/role", "/draw/gene",
                                        "/draw/drawn_gene"};
    static const char *const numbers[] = {"/draw/expr_gene", "/draw/expr_drawn_gene"};
    static const char *const ints[] = {"/draw/block", "/draw/window"};
    const char **text = tjac_alloc(l->n_draws, sizeof *text, err);
    double *number = tjac_alloc(l->n_draws, sizeof *number, err);
    int32_t *whole = tjac_alloc(l->n_draws, sizeof *whole, err);
    for (int c = 0; c < 4 && !err->code; c++) {
        for (size_t i = 0; i < l->n_draws; i++)
            text[i] = draw_text(l, &l->draw[i], c);
        (void)!tjac_h5_write_names(w, texts[c], text, l->n_draws, err);
    }
    for (int c = 0; c < 2 && !err->code; c++) {
        for (size_t i = 0; i < l->n_draws; i++) {
            number[i] = l->draw[i].expression[c];
            whole[i] = c == 0 ? l->draw[i].block : l->draw[i].window;
        }
        if (!tjac_h5_write_f64(w, numbers[c], number, l->n_draws, err))
            (void)!tjac_h5_write_i32(w, ints[c], whole, l->n_draws, err);
    }
    free(text);
    free(number);
    free(whole);
    return err->code;
}

/* ---- models ---- */

typedef struct {
    const tjac_layout *layout;
    const tjac_layout_model *model;
    tjac_h5_writer *w;
    tjac_err *err;
} writer;

/* What a text column of the pair table says. */
static const char *pair_text(const writer *x, const tjac_layout_pair *p, int column)
{
    switch (column) {
    case 0:
        return x->layout->panels.name[p->panel];
    case 1:
        return tjac_pair_kind_name(p->kind);
    case 2:
        return x->model->regulators.name[p->regulator];
    default:
        return x->model->targets.name[p->target];
    }
}

static int32_t pair_number(const tjac_layout_pair *p, int column)
{
    return column == 0 ? p->row : column == 1 ? p->col : (int32_t)p->column;
}

static tjac_code write_pairs(const writer *x)
{
    static const char *const texts[] = {"pair/panel", "pair/pair", "pair/regulator", "pair/target"};
    static const char *const numbers[] = {"pair/row", "pair/col", "pair/column"};
    const tjac_layout_model *m = x->model;
    const char **text = tjac_alloc(m->n_pairs, sizeof *text, x->err);
    int32_t *number = tjac_alloc(m->n_pairs, sizeof *number, x->err);
    char *path = NULL;
    for (int c = 0; c < 4 && !x->err->code; c++, free(path)) {
        for (size_t i = 0; i < m->n_pairs; i++)
            text[i] = pair_text(x, &m->pair[i], c);
        if ((path = tjac_layout_path(m, NULL, NULL, texts[c], x->err)))
            (void)!tjac_h5_write_names(x->w, path, text, m->n_pairs, x->err);
    }
    for (int c = 0; c < 3 && !x->err->code; c++, free(path)) {
        for (size_t i = 0; i < m->n_pairs; i++)
            number[i] = pair_number(&m->pair[i], c);
        if ((path = tjac_layout_path(m, NULL, NULL, numbers[c], x->err)))
            (void)!tjac_h5_write_i32(x->w, path, number, m->n_pairs, x->err);
    }
    free(text);
    free(number);
    return x->err->code;
}

static tjac_code write_names(const writer *x, const tjac_layout_cells *cells, const char *what,
                             const tjac_names *names)
{
    char *path = tjac_layout_path(x->model, cells, NULL, what, x->err);
    if (path)
        (void)!write_list(x->w, path, names, x->err);
    free(path);
    return x->err->code;
}

static tjac_code put_attr(const writer *x, const tjac_layout_cells *cells, const char *what,
                          const char *attr, const char *text)
{
    char *path = tjac_layout_path(x->model, cells, NULL, what, x->err);
    if (path)
        (void)!tjac_h5_put_attr_text(x->w, path, attr, text, x->err);
    free(path);
    return x->err->code;
}

/* An array of a number a KD and column; 0 columns: the marks of the KDs. */
static tjac_code reserve(const writer *x, const tjac_layout_cells *cells, const char *estimand,
                         const char *what, size_t columns)
{
    const tjac_h5_shape rows = {2, {cells->kds.n, columns}}, marks = {1, {cells->kds.n}};
    char *path = tjac_layout_path(x->model, cells, estimand, what, x->err);
    if (path)
        (void)!tjac_h5_reserve(x->w, path, columns == 0 ? TJAC_H5_U32 : TJAC_H5_F64,
                               columns == 0 ? &marks : &rows, x->err);
    free(path);
    return x->err->code;
}

static tjac_code write_cells(const writer *x, const tjac_layout_cells *cells)
{
    int32_t *at = tjac_alloc(cells->kds.n, sizeof *at, x->err);
    char *path = at ? tjac_layout_path(x->model, cells, NULL, "at", x->err) : NULL, of[24];
    for (size_t k = 0; path && k < cells->kds.n; k++)
        at[k] = (int32_t)cells->at[k];
    snprintf(of, sizeof of, "%zu", cells->of);
    if (path && !tjac_h5_write_i32(x->w, path, at, cells->kds.n, x->err) &&
        !put_attr(x, cells, "at", "of", of) && !write_names(x, cells, "kd", &cells->kds) &&
        !reserve(x, cells, NULL, "done", 0))
        (void)!reserve(x, cells, NULL, "active", x->model->targets.n);
    for (size_t e = 0; e < x->layout->n_estimands && !x->err->code; e++) {
        const char *estimand = tjac_estimand_name(x->layout->estimand[e]);
        if (reserve(x, cells, estimand, "J", x->model->n_columns) ||
            reserve(x, cells, estimand, "J_se", x->model->n_columns))
            break;
    }
    free(path);
    free(at);
    return x->err->code;
}

static tjac_code write_cell_types(const writer *x)
{
    const char **name = tjac_alloc(x->model->n_cells, sizeof *name, x->err);
    char *path = tjac_layout_path(x->model, NULL, NULL, "cell_types", x->err);
    for (size_t c = 0; name && c < x->model->n_cells; c++)
        name[c] = x->model->cells[c].cell_type;
    if (!x->err->code)
        (void)!tjac_h5_write_names(x->w, path, name, x->model->n_cells, x->err);
    free(path);
    free(name);
    return x->err->code;
}

static tjac_code write_shuffle(const writer *x)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, x->model->shuffle);
    return x->model->shuffled ? put_attr(x, NULL, "", "shuffle", seed) : TJAC_OK;
}

static tjac_code write_model(const writer *x)
{
    const tjac_layout_model *m = x->model;
    if (write_names(x, NULL, "regulator", &m->regulators) ||
        write_names(x, NULL, "target", &m->targets) || write_cell_types(x) ||
        put_attr(x, NULL, "", "control", m->control) || write_shuffle(x) || write_pairs(x))
        return x->err->code;
    for (size_t c = 0; c < m->n_cells; c++)
        if (write_cells(x, &m->cells[c]))
            return x->err->code;
    return TJAC_OK;
}

/* ---- the whole ---- */

static tjac_code write_root(const tjac_layout *l, tjac_h5_writer *w, tjac_err *err)
{
    const char *estimand[TJAC_N_ESTIMANDS];
    char version[16], shard[64];
    snprintf(version, sizeof version, "%d", TJAC_LAYOUT_VERSION);
    snprintf(shard, sizeof shard, "%zu/%zu", l->shard, l->n_shards);
    for (size_t e = 0; e < l->n_estimands; e++)
        estimand[e] = tjac_estimand_name(l->estimand[e]);
    if (tjac_h5_put_attr_text(w, "/", "format", "tjac results", err) ||
        tjac_h5_put_attr_text(w, "/", "layout", version, err) ||
        tjac_h5_put_attr_text(w, "/", "hash", l->hash, err) ||
        tjac_h5_put_attr_text(w, "/", "machine", l->machine, err) ||
        tjac_h5_put_attr_text(w, "/", "shard", shard, err) ||
        write_list(w, "/identity", &l->identity, err) || write_list(w, "/panel", &l->panels, err))
        return err->code;
    return tjac_h5_write_names(w, "/estimand", estimand, l->n_estimands, err);
}

static tjac_code write_model_names(const tjac_layout *l, tjac_h5_writer *w, tjac_err *err)
{
    const char **name = tjac_alloc(l->n_models, sizeof *name, err);
    for (size_t m = 0; name && m < l->n_models; m++)
        name[m] = l->model[m].name;
    if (name)
        (void)!tjac_h5_write_names(w, "/models", name, l->n_models, err);
    free(name);
    return err->code;
}

tjac_code tjac_layout_write(const tjac_layout *l, tjac_h5_writer *w, tjac_err *err)
{
    if (write_root(l, w, err) || write_model_names(l, w, err) || write_draw(l, w, err))
        return err->code;
    for (size_t m = 0; m < l->n_models; m++) {
        const writer x = {l, &l->model[m], w, err};
        if (write_model(&x))
            return err->code;
    }
    return TJAC_OK;
}
