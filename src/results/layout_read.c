/* Reads what layout_write.c wrote. Whoever wrote it: nothing is believed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "results/layout.h"

typedef struct {
    const tjac_h5 *file;
    tjac_layout *layout;
    tjac_layout_model *model;
    tjac_err *err;
} reader;

static tjac_code refuse(const reader *r, const char *object, const char *expected)
{
    return tjac_err_set(r->err, TJAC_EINPUT,
                        "'%s': '%s' is not what tjac writes, expected %s; the file is damaged or "
                        "of another version, run again",
                        r->file->path, object, expected);
}

/* ---- vectors ---- */

static tjac_code add_name(void *names, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(names, text, err);
}

/* n SIZE_MAX: any number. */
static tjac_code read_names(const reader *r, const char *object, size_t n, tjac_names *out)
{
    tjac_h5_data *d = NULL;
    if (!tjac_h5_vector_open(r->file, object, NULL, TJAC_H5_TEXT, n, &d, r->err))
        (void)!tjac_h5_each_text(d, 0, d->n_rows, add_name, out, r->err);
    tjac_h5_data_close(d);
    return r->err->code;
}

/* Names of which none stands there twice. */
static tjac_code read_list(const reader *r, const char *object, tjac_names *out)
{
    if (!read_names(r, object, SIZE_MAX, out) && out->twice)
        refuse(r, object, "each name once");
    return r->err->code;
}

/* Integers from `least` to below `below`; n SIZE_MAX: any number, *n how many. */
static tjac_code read_ints(const reader *r, const char *object, size_t *n, const int64_t range[2],
                           int64_t **out)
{
    tjac_h5_data *d = NULL;
    if (tjac_h5_vector_open(r->file, object, NULL, TJAC_H5_INT, *n, &d, r->err))
        return r->err->code;
    *n = d->n_rows;
    if ((*out = tjac_alloc(d->n_rows, sizeof **out, r->err)))
        (void)!tjac_h5_read_i64(d, 0, d->n_rows, *out, r->err);
    for (size_t i = 0; i < *n && !r->err->code; i++)
        if ((*out)[i] < range[0] || (*out)[i] >= range[1])
            refuse(r, object, "positions inside their lists");
    tjac_h5_data_close(d);
    if (r->err->code) {
        free(*out);
        *out = NULL;
    }
    return r->err->code;
}

static tjac_code read_some(const reader *r, const char *object, tjac_names *out)
{
    if (!read_list(r, object, out) && out->n == 0)
        refuse(r, object, "at least one");
    return r->err->code;
}

static tjac_code read_attr(const reader *r, const char *object, const char *attr, char **out)
{
    if (!tjac_h5_attr_text(r->file, object, attr, out, r->err) && !*out)
        refuse(r, attr, "an attribute");
    return r->err->code;
}

static tjac_code take_number(const reader *r, const char *attr, const char *text,
                             unsigned long long most, uint64_t *out)
{
    char *end = NULL;
    unsigned long long v = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || v > most)
        return refuse(r, attr, "a number");
    *out = v;
    return TJAC_OK;
}

/* A number in an attribute. */
static tjac_code read_count(const reader *r, const char *object, const char *attr, size_t *out)
{
    char *text = NULL;
    uint64_t v = 0;
    if (!read_attr(r, object, attr, &text))
        (void)!take_number(r, attr, text, INT32_MAX, &v);
    *out = (size_t)v;
    free(text);
    return r->err->code;
}

/* A model that was not shuffled has no such attribute. */
static tjac_code read_shuffle(const reader *r, const char *object)
{
    char *text = NULL;
    tjac_layout_model *m = r->model;
    if (!tjac_h5_attr_text(r->file, object, "shuffle", &text, r->err) && text)
        m->shuffled = !take_number(r, "shuffle", text, UINT32_MAX, &m->shuffle);
    free(text);
    return r->err->code;
}

/* Positions of `texts` in a list. */
static tjac_code find_all(const reader *r, const char *object, const tjac_names *texts,
                          const tjac_names *list, size_t *out)
{
    for (size_t i = 0; i < texts->n; i++) {
        int64_t at = tjac_names_find(list, texts->name[i]);
        if (at < 0)
            return refuse(r, object, "names of their list");
        out[i] = (size_t)at;
    }
    return TJAC_OK;
}

static tjac_code find_kinds(const reader *r, const char *object, const tjac_names *texts,
                            size_t *out)
{
    for (size_t i = 0; i < texts->n; i++) {
        int k = 0;
        while (k < TJAC_N_PAIR_KINDS &&
               strcmp(texts->name[i], tjac_pair_kind_name((tjac_pair_kind)k)) != 0)
            k++;
        if (k == TJAC_N_PAIR_KINDS)
            return refuse(r, object, "kinds of pairs");
        out[i] = (size_t)k;
    }
    return TJAC_OK;
}

/* A vector of names as positions in a list (NULL: kinds of pairs). *n as read_ints. */
static tjac_code read_positions(const reader *r, const char *object, const tjac_names *list,
                                size_t *n, size_t **out)
{
    tjac_names texts = {0};
    if (!read_names(r, object, *n, &texts) && (*out = tjac_alloc(texts.n, sizeof **out, r->err))) {
        *n = texts.n;
        (void)!(list ? find_all(r, object, &texts, list, *out)
                     : find_kinds(r, object, &texts, *out));
    }
    tjac_names_free(&texts);
    return r->err->code;
}

/* ---- the draw ---- */

/* The genes of a column. */
static tjac_code read_draw_genes(const reader *r, const char *object, size_t column)
{
    tjac_layout *l = r->layout;
    tjac_names texts = {0};
    if (!read_names(r, object, l->n_draws, &texts))
        for (size_t i = 0; i < l->n_draws; i++)
            if (tjac_names_put(&l->genes, texts.name[i], &l->draw[i].gene[column], r->err))
                break;
    tjac_names_free(&texts);
    return r->err->code;
}

static tjac_code read_draw_texts(const reader *r)
{
    tjac_layout *l = r->layout;
    tjac_names roles = {0};
    size_t n = SIZE_MAX, *panel = NULL, *role = NULL;
    if (tjac_names_add(&roles, tjac_layout_role(false), r->err) ||
        tjac_names_add(&roles, tjac_layout_role(true), r->err) ||
        read_positions(r, "/draw/panel", &l->panels, &n, &panel) ||
        read_positions(r, "/draw/role", &roles, &n, &role) ||
        !(l->draw = tjac_alloc(n, sizeof *l->draw, r->err)))
        goto done;
    l->n_draws = n;
    for (size_t i = 0; i < n; i++) {
        l->draw[i].panel = panel[i];
        l->draw[i].target = role[i] == 1;
    }
    if (!read_draw_genes(r, "/draw/gene", 0))
        (void)!read_draw_genes(r, "/draw/drawn_gene", 1);
done:
    tjac_names_free(&roles);
    free(panel);
    free(role);
    return r->err->code;
}

static tjac_code read_draw_numbers(const reader *r)
{
    static const char *const numbers[] = {"/draw/expr_gene", "/draw/expr_drawn_gene"};
    static const int64_t any[] = {0, INT32_MAX}, blocks[] = {1, TJAC_CONFIG_BLOCKS + 1};
    tjac_layout *l = r->layout;
    double *value = tjac_alloc(l->n_draws, sizeof *value, r->err);
    int64_t *window = NULL, *block = NULL;
    size_t n = l->n_draws;
    for (size_t c = 0; c < 2 && !r->err->code; c++) {
        tjac_h5_data *d = NULL;
        if (!tjac_h5_vector_open(r->file, numbers[c], NULL, TJAC_H5_FLOAT, n, &d, r->err) &&
            !tjac_h5_read_f64(d, 0, n, value, r->err))
            for (size_t i = 0; i < n; i++)
                l->draw[i].expression[c] = value[i];
        tjac_h5_data_close(d);
    }
    if (!r->err->code && !read_ints(r, "/draw/window", &n, any, &window) &&
        !read_ints(r, "/draw/block", &n, blocks, &block))
        for (size_t i = 0; i < n; i++) {
            l->draw[i].window = (int)window[i];
            l->draw[i].block = (int)block[i];
        }
    free(block);
    free(window);
    free(value);
    return r->err->code;
}

/* ---- models ---- */

/* A text column of the pair table as positions in a list, an integer one as it is; [n]. */
static tjac_code read_pair_texts(const reader *r, const char *what, const tjac_names *list,
                                 size_t *n, size_t **out)
{
    char *path = tjac_layout_path(r->model, NULL, NULL, what, r->err);
    if (path)
        (void)!read_positions(r, path, list, n, out);
    free(path);
    return r->err->code;
}

static tjac_code read_pair_ints(const reader *r, const char *what, const int64_t range[2],
                                size_t *n, int64_t **out)
{
    char *path = tjac_layout_path(r->model, NULL, NULL, what, r->err);
    if (path)
        (void)!read_ints(r, path, n, range, out);
    free(path);
    return r->err->code;
}

/* Whether a pair's kind is the one of its block; of the targets that are named there is one row. */
static bool is_in_block(const tjac_layout_pair *p)
{
    if (p->col < 0 && (p->col != TJAC_COL_NAMED || p->row != 0))
        return false;
    return p->kind == tjac_plan_pair_kind(p->row, p->col);
}

static tjac_code read_pairs(const reader *r)
{
    static const int64_t row[] = {0, TJAC_CONFIG_BLOCKS + 1}, column[] = {0, INT32_MAX};
    static const int64_t col[] = {TJAC_COL_NAMED, TJAC_CONFIG_BLOCKS + 1};
    tjac_layout_model *m = r->model;
    size_t n = SIZE_MAX, *text[4] = {NULL};
    int64_t *number[3] = {NULL};
    if (!read_pair_texts(r, "pair/panel", &r->layout->panels, &n, &text[0]) &&
        !read_pair_texts(r, "pair/pair", NULL, &n, &text[1]) &&
        !read_pair_texts(r, "pair/regulator", &m->regulators, &n, &text[2]) &&
        !read_pair_texts(r, "pair/target", &m->targets, &n, &text[3]) &&
        !read_pair_ints(r, "pair/row", row, &n, &number[0]) &&
        !read_pair_ints(r, "pair/col", col, &n, &number[1]) &&
        !read_pair_ints(r, "pair/column", column, &n, &number[2]) &&
        (m->pair = tjac_alloc(n, sizeof *m->pair, r->err)))
        m->n_pairs = n;
    for (size_t i = 0; i < m->n_pairs; i++) {
        m->pair[i] = (tjac_layout_pair){.panel = text[0][i],
                                        .kind = (tjac_pair_kind)text[1][i],
                                        .regulator = text[2][i],
                                        .target = text[3][i],
                                        .row = (int)number[0][i],
                                        .col = (int)number[1][i],
                                        .column = (size_t)number[2][i]};
        if (m->pair[i].column + 1 > m->n_columns)
            m->n_columns = m->pair[i].column + 1;
        if (m->pair[i].column >= n) /* pairs share columns */
            refuse(r, "pair/column", "no more columns than pairs");
        if (!is_in_block(&m->pair[i]))
            refuse(r, "pair/pair", "the kind that fits row and col");
        if (i && text[0][i] < text[0][i - 1])
            refuse(r, "pair/panel", "panels in their order");
    }
    for (int c = 0; c < 4; c++)
        free(text[c]);
    for (int c = 0; c < 3; c++)
        free(number[c]);
    return r->err->code ? r->err->code : tjac_layout_settle(m, r->layout->panels.n, r->err);
}

static tjac_code read_kds(const reader *r, tjac_layout_cells *cells)
{
    static const int64_t any[] = {0, INT32_MAX};
    char *path = tjac_layout_path(r->model, cells, NULL, "kd", r->err);
    int64_t *at = NULL;
    if (path && !read_list(r, path, &cells->kds)) {
        free(path);
        path = tjac_layout_path(r->model, cells, NULL, "at", r->err);
    }
    size_t n = cells->kds.n;
    if (!r->err->code && !read_ints(r, path, &n, any, &at) &&
        !read_count(r, path, "of", &cells->of) &&
        (cells->at = tjac_alloc(n, sizeof *cells->at, r->err)))
        for (size_t k = 0; k < n; k++) {
            cells->at[k] = (size_t)at[k];
            if (cells->at[k] >= cells->of || (k && cells->at[k] <= cells->at[k - 1])) {
                refuse(r, path, "positions in the plan");
                break;
            }
        }
    free(at);
    free(path);
    return r->err->code;
}

static tjac_code read_model(const reader *r)
{
    tjac_layout_model *m = r->model;
    tjac_names types = {0};
    char *path[4] = {tjac_layout_path(m, NULL, NULL, "", r->err),
                     tjac_layout_path(m, NULL, NULL, "regulator", r->err),
                     tjac_layout_path(m, NULL, NULL, "target", r->err),
                     tjac_layout_path(m, NULL, NULL, "cell_types", r->err)};
    if (!r->err->code && !read_attr(r, path[0], "control", &m->control) &&
        !read_shuffle(r, path[0]) && !read_list(r, path[1], &m->regulators) &&
        !read_list(r, path[2], &m->targets) && !read_some(r, path[3], &types) && !read_pairs(r))
        m->cells = tjac_alloc(types.n, sizeof *m->cells, r->err);
    for (size_t c = 0; !r->err->code && c < types.n; c++) {
        tjac_layout_cells *cells = &m->cells[m->n_cells++];
        if ((cells->cell_type = tjac_strdup(types.name[c], r->err)))
            (void)!read_kds(r, cells);
    }
    for (size_t i = 0; i < 4; i++)
        free(path[i]);
    tjac_names_free(&types);
    return r->err->code;
}

/* ---- the whole ---- */

static tjac_code read_estimands(const reader *r)
{
    tjac_layout *l = r->layout;
    tjac_names names = {0};
    (void)!read_some(r, "/estimand", &names);
    for (size_t i = 0; i < names.n && !r->err->code; i++) {
        int e = 0;
        while (e < TJAC_N_ESTIMANDS &&
               strcmp(names.name[i], tjac_estimand_name((tjac_estimand)e)) != 0)
            e++;
        if (e == TJAC_N_ESTIMANDS)
            refuse(r, "/estimand", "estimands");
        else
            l->estimand[l->n_estimands++] = (tjac_estimand)e;
    }
    tjac_names_free(&names);
    return r->err->code;
}

static tjac_code read_shard(const reader *r)
{
    tjac_layout *l = r->layout;
    char *text = NULL, again[64];
    if (read_attr(r, "/", "shard", &text))
        return r->err->code;
    if (sscanf(text, "%zu/%zu", &l->shard, &l->n_shards) == 2)
        snprintf(again, sizeof again, "%zu/%zu", l->shard, l->n_shards);
    else
        again[0] = '\0';
    if (strcmp(text, again) != 0 || l->shard > l->n_shards || l->n_shards > TJAC_LAYOUT_SHARDS ||
        (l->shard == 0) != (l->n_shards == 0))
        refuse(r, "shard", "a part such as 2/7");
    free(text);
    return r->err->code;
}

static tjac_code read_root(const reader *r)
{
    char *format = NULL, *hash = NULL;
    size_t version = 0;
    if (tjac_h5_attr_text(r->file, "/", "format", &format, r->err))
        return r->err->code;
    if (!format || strcmp(format, "tjac results") != 0)
        refuse(r, "/", "a results file");
    else if (!read_count(r, "/", "layout", &version) && version != TJAC_LAYOUT_VERSION)
        tjac_err_set(r->err, TJAC_EINPUT,
                     "'%s' has layout %zu and this tjac reads layout %d; run again, or use the "
                     "tjac that wrote it",
                     r->file->path, version, TJAC_LAYOUT_VERSION);
    if (!r->err->code && !read_attr(r, "/", "hash", &hash) &&
        (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64))
        refuse(r, "hash", "64 hexadecimal digits");
    if (!r->err->code)
        memcpy(r->layout->hash, hash, sizeof r->layout->hash);
    free(format);
    free(hash);
    if (r->err->code || read_attr(r, "/", "machine", &r->layout->machine) || read_shard(r) ||
        read_names(r, "/identity", SIZE_MAX, &r->layout->identity) ||
        read_some(r, "/panel", &r->layout->panels))
        return r->err->code;
    return read_estimands(r);
}

tjac_code tjac_layout_read(const tjac_h5 *file, tjac_layout *out, tjac_err *err)
{
    tjac_layout l = {0};
    tjac_names names = {0};
    reader r = {file, &l, NULL, err};
    if (read_root(&r) || read_draw_texts(&r) || read_draw_numbers(&r) ||
        read_some(&r, "/models", &names) || !(l.model = tjac_alloc(names.n, sizeof *l.model, err)))
        goto done;
    while (l.n_models < names.n) {
        r.model = &l.model[l.n_models++];
        if (!(r.model->name = tjac_strdup(names.name[l.n_models - 1], err)) || read_model(&r))
            goto done;
    }
    *out = l;
done:
    tjac_names_free(&names);
    if (err->code)
        tjac_layout_free(&l);
    return err->code;
}
