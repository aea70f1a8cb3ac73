/* Blocks from a j.csv. Its rows stand as tjac run writes them: blocks together, and in a block KD
 * by KD, each with the pairs of the first one in their order; where they do not, they are put so.
 */
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/csv.h"
#include "base/text.h"
#include "stats/jtable_parts.h"

typedef struct {
    const tjac_csv *csv;
    tjac_j_columns at;
    const size_t *order; /* row i is row order[i] of the file; NULL: row i */
    const tjac_config *config;
    const tjac_panels *panels;
    tjac_j_table *table;
    size_t cap;
    tjac_err *err;
} reader;

static size_t in_file(const reader *r, size_t row)
{
    return r->order ? r->order[row] : row;
}

static const char *get(const reader *r, size_t row, size_t column)
{
    return tjac_csv_field(r->csv, in_file(r, row), column);
}

static tjac_code bad(const reader *r, size_t row, const char *what)
{
    return tjac_err_set(r->err, TJAC_EINPUT,
                        "'%s' line %zu: rows are not in the order that tjac run writes: %s; take "
                        "the file as it was written",
                        tjac_csv_path(r->csv), tjac_csv_line(r->csv, in_file(r, row)), what);
}

static tjac_code bad_word(const reader *r, size_t row, size_t column, const char *expected)
{
    return tjac_err_set(r->err, TJAC_EINPUT, "'%s' line %zu: '%s' is '%s', expected %s",
                        tjac_csv_path(r->csv), tjac_csv_line(r->csv, in_file(r, row)),
                        tjac_csv_header(r->csv)->name[column], get(r, row, column), expected);
}

/* ---- words ---- */

static tjac_code read_kind(const reader *r, size_t row, tjac_pair_kind *out)
{
    for (int k = 0; k <= TJAC_PAIR_UNRELATED_TARGET; k++)
        if (strcmp(get(r, row, r->at.pair), tjac_pair_kind_name((tjac_pair_kind)k)) == 0) {
            *out = (tjac_pair_kind)k;
            return TJAC_OK;
        }
    return bad_word(r, row, r->at.pair, "pathway, null or unrelated_target");
}

static tjac_code read_class(const reader *r, size_t row, bool *control)
{
    for (int k = 0; k <= TJAC_KD_BACKGROUND; k++)
        if (strcmp(get(r, row, r->at.kd_class), tjac_kd_class_name((tjac_kd_class)k)) == 0) {
            *control = k == TJAC_KD_CONTROL;
            return TJAC_OK;
        }
    return bad_word(r, row, r->at.kd_class, "pathway, unrelated, control or background");
}

static tjac_code read_estimand(const reader *r, size_t row, tjac_estimand *out)
{
    for (int e = 0; e < TJAC_N_ESTIMANDS; e++)
        if (strcmp(get(r, row, r->at.estimand), tjac_estimand_name((tjac_estimand)e)) == 0) {
            *out = (tjac_estimand)e;
            return TJAC_OK;
        }
    return bad_word(r, row, r->at.estimand, "an estimand, such as set_mean");
}

/* ---- pairs ---- */

typedef struct {
    const char *name;
    size_t i;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->i < y->i ? -1 : x->i > y->i;
}

/* The distinct names in a column of rows [first, first + n), in order of first appearance; at[n]
 * becomes each row's position among them. Sorted once: a panel may have 100,000 pairs. */
static tjac_code read_names(const reader *r, size_t first, size_t n, size_t c, tjac_names *list,
                            size_t *at)
{
    named *all = tjac_alloc(n, sizeof *all, r->err);
    if (!all)
        return r->err->code;
    for (size_t i = 0; i < n; i++)
        all[i] = (named){get(r, first + i, c), i};
    qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0, leader = 0; i < n; i++) {
        if (i && strcmp(all[i].name, all[i - 1].name) != 0)
            leader = i;
        at[all[i].i] = all[leader].i; /* for now the row where the name first stands */
    }
    for (size_t i = 0; i < n && !r->err->code; i++) {
        bool is_new = at[i] == i;
        at[i] = is_new ? list->n : at[at[i]];
        if (is_new)
            (void)!tjac_names_add(list, get(r, first + i, c), r->err);
    }
    free(all);
    return r->err->code;
}

typedef struct {
    tjac_j_pair pair;
    size_t row;
} keyed;

static int by_pair(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->pair.kind != y->pair.kind)
        return x->pair.kind < y->pair.kind ? -1 : 1;
    if (x->pair.regulator != y->pair.regulator)
        return x->pair.regulator < y->pair.regulator ? -1 : 1;
    if (x->pair.target != y->pair.target)
        return x->pair.target < y->pair.target ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static tjac_code refuse_twice(const reader *r, const tjac_j_block *b, size_t first)
{
    keyed *key = tjac_alloc(b->n_pairs, sizeof *key, r->err);
    if (!key)
        return r->err->code;
    for (size_t i = 0; i < b->n_pairs; i++)
        key[i] = (keyed){b->pair[i], first + i};
    qsort(key, b->n_pairs, sizeof *key, by_pair);
    for (size_t i = 1; i < b->n_pairs; i++)
        if (key[i].pair.kind == key[i - 1].pair.kind &&
            key[i].pair.target == key[i - 1].pair.target &&
            key[i].pair.regulator == key[i - 1].pair.regulator) {
            bad(r, key[i].row, "the pair stands there twice under its KD");
            break;
        }
    free(key);
    return r->err->code;
}

/* The pairs of the block's first KD: rows [first, first + n). */
static tjac_code read_pairs(const reader *r, size_t first, size_t n, tjac_j_block *b)
{
    size_t *regulator = tjac_alloc(n, sizeof *regulator, r->err);
    size_t *target = tjac_alloc(n, sizeof *target, r->err);
    b->pair = tjac_alloc(n, sizeof *b->pair, r->err);
    if (r->err->code || read_names(r, first, n, r->at.target, &b->targets, target))
        goto done;
    if (b->estimand != TJAC_PERT)
        (void)!read_names(r, first, n, r->at.regulator, &b->regulators, regulator);
    else
        (void)!tjac_names_add(&b->regulators, "", r->err); /* regulator[n] is 0 */
    for (; b->n_pairs < n && !r->err->code; b->n_pairs++) {
        tjac_j_pair *p = &b->pair[b->n_pairs];
        *p = (tjac_j_pair){.regulator = regulator[b->n_pairs], .target = target[b->n_pairs]};
        (void)!read_kind(r, first + b->n_pairs, &p->kind);
    }
    if (!r->err->code)
        (void)!refuse_twice(r, b, first);
done:
    free(regulator);
    free(target);
    return r->err->code;
}

/* ---- KDs ---- */

/* Row i of the KD whose rows start at `first` says what the block's first KD has there. */
static tjac_code check_row(const reader *r, const tjac_j_block *b, size_t first, size_t i)
{
    const tjac_j_pair *p = &b->pair[i];
    const char *kd = get(r, first, r->at.kd);
    size_t row = first + i;
    tjac_pair_kind kind = TJAC_PAIR_PATHWAY;
    bool control;
    /* pert has no regulator: the KD stands there */
    const char *regulator = b->estimand == TJAC_PERT ? kd : b->regulators.name[p->regulator];
    if (strcmp(get(r, row, r->at.kd), kd) != 0)
        return bad(r, row, "the KD before has not all the pairs of the block's first KD");
    if (read_kind(r, row, &kind) || read_class(r, row, &control))
        return r->err->code;
    if (kind != p->kind || strcmp(get(r, row, r->at.target), b->targets.name[p->target]) != 0 ||
        strcmp(get(r, row, r->at.regulator), regulator) != 0)
        return bad(r, row, "not the pair that stands there under the block's first KD");
    if (strcmp(get(r, row, r->at.kd_class), get(r, first, r->at.kd_class)) != 0)
        return bad(r, row, "the KD has another kd_class in the row before");
    return TJAC_OK;
}

static tjac_code read_self(const reader *r, size_t row, unsigned char *out)
{
    const char *text = get(r, row, r->at.self);
    *out = strcmp(text, "1") == 0;
    return *out || strcmp(text, "0") == 0 ? TJAC_OK : bad_word(r, row, r->at.self, "0 or 1");
}

static tjac_code read_kd(const reader *r, size_t first, size_t k, tjac_j_block *b)
{
    const tjac_config_panel *panel = &r->config->panel[b->panel_index];
    const char *kd = get(r, first, r->at.kd);
    bool control = false;
    if (read_class(r, first, &control) || tjac_names_add(&b->kds, kd, r->err))
        return r->err->code;
    b->kd_class[k] = tjac_plan_kd_class(panel, kd, control);
    for (size_t i = 0; i < b->n_pairs; i++) {
        size_t row = first + i, at = k * b->n_pairs + i;
        if (check_row(r, b, first, i) ||
            tjac_csv_number(r->csv, in_file(r, row), r->at.J, &b->J[at], r->err) ||
            read_self(r, row, &b->self[at]))
            return r->err->code;
    }
    return TJAC_OK;
}

static tjac_code read_kds(const reader *r, size_t first, size_t end, tjac_j_block *b)
{
    size_t n = (end - first) / b->n_pairs;
    b->kd_class = tjac_alloc(n, sizeof *b->kd_class, r->err);
    b->J = tjac_alloc(n, b->n_pairs * sizeof *b->J, r->err);
    b->self = tjac_alloc(n, b->n_pairs, r->err);
    for (size_t k = 0; k < n && !r->err->code; k++)
        (void)!read_kd(r, first + k * b->n_pairs, k, b);
    if (r->err->code)
        return r->err->code;
    if (n * b->n_pairs != end - first)
        return bad(r, end - 1, "the last KD of the block lacks pairs");
    if (b->kds.twice)
        return bad(r, first + b->kds.twice * b->n_pairs, "the KD stands in the block twice");
    return TJAC_OK;
}

/* ---- blocks ---- */

static bool same_block(const reader *r, size_t a, size_t b)
{
    return strcmp(get(r, a, r->at.panel), get(r, b, r->at.panel)) == 0 &&
           strcmp(get(r, a, r->at.estimand), get(r, b, r->at.estimand)) == 0 &&
           strcmp(get(r, a, r->at.model), get(r, b, r->at.model)) == 0 &&
           strcmp(get(r, a, r->at.cell_type), get(r, b, r->at.cell_type)) == 0;
}

static tjac_code leave_out(const reader *r, const char *what, const char *name)
{
    tjac_text t = {0};
    tjac_code code = TJAC_OK;
    tjac_text_add(&t, "'%s' has the %s '%s', which the config does not name; it is left out",
                  tjac_csv_path(r->csv), what, name);
    if (t.text && tjac_names_find(&r->table->warnings, t.text) < 0)
        code = tjac_names_add(&r->table->warnings, t.text, r->err);
    tjac_text_free(&t);
    return code;
}

/* Whether the config asks for the block; a warning where it does not. */
static tjac_code is_wanted(const reader *r, size_t row, tjac_j_block *b, bool *wanted)
{
    const tjac_config *c = r->config;
    bool model = false, estimand = false, panel = false;
    if (read_estimand(r, row, &b->estimand))
        return r->err->code;
    for (size_t i = 0; i < c->n_models; i++)
        model = model || strcmp(c->model[i].name, get(r, row, r->at.model)) == 0;
    for (size_t i = 0; i < c->n_estimands; i++)
        estimand = estimand || c->estimand[i] == b->estimand;
    for (size_t i = 0; i < c->n_panels; i++)
        if (strcmp(c->panel[i].name, get(r, row, r->at.panel)) == 0) {
            panel = true;
            b->panel_index = i;
        }
    *wanted = model && estimand && panel;
    if (!model)
        return leave_out(r, "model", get(r, row, r->at.model));
    if (!panel)
        return leave_out(r, "panel", get(r, row, r->at.panel));
    return estimand ? TJAC_OK : leave_out(r, "estimand", get(r, row, r->at.estimand));
}

static tjac_code read_block(const reader *r, size_t first, size_t end, tjac_j_block *b)
{
    size_t n = 1;
    while (first + n < end && strcmp(get(r, first + n, r->at.kd), get(r, first, r->at.kd)) == 0)
        n++;
    const tjac_panel *panel = &r->panels->panel[b->panel_index];
    if (!(b->model = tjac_strdup(get(r, first, r->at.model), r->err)) ||
        !(b->cell_type = tjac_strdup(get(r, first, r->at.cell_type), r->err)) ||
        !(b->panel = tjac_strdup(get(r, first, r->at.panel), r->err)) ||
        read_pairs(r, first, n, b) || read_kds(r, first, end, b) ||
        tjac_j_check_block(b, r->config, panel, tjac_csv_path(r->csv), r->err))
        return r->err->code;
    return tjac_j_block_sign(b, panel, r->err);
}

static tjac_code refuse_again(const reader *r, size_t row)
{
    for (size_t i = 0; i < r->table->n; i++) {
        const tjac_j_block *b = &r->table->block[i];
        if (strcmp(b->model, get(r, row, r->at.model)) == 0 &&
            strcmp(b->cell_type, get(r, row, r->at.cell_type)) == 0 &&
            strcmp(b->panel, get(r, row, r->at.panel)) == 0 &&
            strcmp(tjac_estimand_name(b->estimand), get(r, row, r->at.estimand)) == 0)
            return bad(r, row, "rows of an earlier model, cell type, panel and estimand again");
    }
    return TJAC_OK;
}

static tjac_code read_blocks(reader *r)
{
    size_t n = tjac_csv_n_rows(r->csv);
    for (size_t row = 0, end; row < n; row = end) {
        tjac_j_block b = {0};
        bool wanted = false;
        for (end = row + 1; end < n && same_block(r, row, end);)
            end++;
        if (refuse_again(r, row) || is_wanted(r, row, &b, &wanted))
            return r->err->code;
        if (!wanted)
            continue;
        if (tjac_grow((void **)&r->table->block, &r->cap, r->table->n + 1, sizeof b, r->err) ||
            read_block(r, row, end, &b)) {
            tjac_j_block_free(&b);
            return r->err->code;
        }
        r->table->block[r->table->n++] = b;
    }
    return TJAC_OK;
}

static tjac_code find_columns(reader *r)
{
    tjac_j_columns *at = &r->at;
    const struct {
        const char *name;
        size_t *at;
    } columns[] = {{"model", &at->model},       {"cell_type", &at->cell_type},
                   {"estimand", &at->estimand}, {"panel", &at->panel},
                   {"pair", &at->pair},         {"kd", &at->kd},
                   {"kd_class", &at->kd_class}, {"regulator", &at->regulator},
                   {"target", &at->target},     {"J", &at->J},
                   {"self", &at->self}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (tjac_csv_column(r->csv, columns[i].name, columns[i].at, r->err))
            break;
    return r->err->code;
}

static tjac_code read_all(reader *r)
{
    if (read_blocks(r) || tjac_j_check_table(r->table, r->config, tjac_csv_path(r->csv), r->err)) {
        tjac_j_table_free(r->table);
        r->cap = 0;
    }
    return r->err->code;
}

/* After a failure: again with the rows in the order of tjac run, when they are not. What is wrong
 * with the rows themselves keeps the first message, which names the place in the file. */
static void read_again(reader *r)
{
    tjac_err *first = r->err, again = {0};
    size_t *order = tjac_alloc(tjac_csv_n_rows(r->csv), sizeof *order, &again);
    r->order = order;
    r->err = &again;
    if (order && !tjac_j_order(r->csv, &r->at, order, &again))
        (void)!read_all(r);
    if (first->code != TJAC_EINPUT || again.code != TJAC_EINPUT) {
        tjac_err_clear(first);
        if (again.code)
            tjac_err_set(first, again.code, "%s", tjac_err_message(&again));
    }
    tjac_err_clear(&again);
    free(order);
    r->order = NULL;
    r->err = first;
}

tjac_code tjac_j_table_read(const char *path, const tjac_config *config, const tjac_panels *panels,
                            tjac_j_table *out, tjac_err *err)
{
    tjac_csv *csv = NULL;
    tjac_j_table t = {0};
    if (tjac_csv_read(path, &csv, err))
        return err->code;
    reader r = {.csv = csv, .config = config, .panels = panels, .table = &t, .err = err};
    if (!find_columns(&r) && read_all(&r) && err->code != TJAC_EFAIL)
        read_again(&r);
    if (!err->code)
        *out = t;
    tjac_csv_free(csv);
    return err->code;
}
