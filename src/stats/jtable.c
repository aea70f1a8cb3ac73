#include "stats/jtable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "results/rows.h"

static void panel_free(tjac_j_panel *b)
{
    free(b->model);
    free(b->cell_type);
    free(b->panel);
    free(b->pair);
    free(b->kd_class);
    free(b->J);
    free(b->self);
    free(b->off);
    tjac_names_free(&b->regulators);
    tjac_names_free(&b->targets);
    tjac_names_free(&b->kds);
    *b = (tjac_j_panel){0};
}

void tjac_j_table_free(tjac_j_table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n; i++)
        panel_free(&t->panel[i]);
    free(t->panel);
    tjac_names_free(&t->warnings);
    *t = (tjac_j_table){0};
}

/* ---- pairs among the config's ---- */

static size_t find_pair(const tjac_panel *panel, const tjac_index *pairs, const size_t genes[2])
{
    uint32_t hash = tjac_index_hash(pairs, genes, 2 * sizeof *genes);
    size_t step = 0;
    for (int64_t i; (i = tjac_index_next(pairs, hash, &step)) >= 0;)
        if (panel->pair[i].regulator == genes[0] && panel->pair[i].target == genes[1])
            return (size_t)i;
    return SIZE_MAX;
}

/* at[n_pairs]: position of each pathway pair among the panel's pairs; SIZE_MAX: it is none. */
static tjac_code match(const tjac_j_panel *b, const tjac_panel *panel, size_t *at, tjac_err *err)
{
    tjac_index pairs = {0};
    if (tjac_index_reserve(&pairs, panel->n_pairs, err))
        return err->code;
    for (size_t i = 0; i < panel->n_pairs; i++) {
        const size_t genes[] = {panel->pair[i].regulator, panel->pair[i].target};
        tjac_index_add(&pairs, tjac_index_hash(&pairs, genes, sizeof genes), i);
    }
    for (size_t i = 0; i < b->n_pairs; i++) {
        const tjac_j_pair *p = &b->pair[i];
        at[i] = SIZE_MAX;
        if (p->kind != TJAC_PAIR_PATHWAY)
            continue;
        int64_t r = tjac_names_find(&panel->regulators, b->regulators.name[p->regulator]);
        int64_t t = tjac_names_find(&panel->targets, b->targets.name[p->target]);
        if (r >= 0 && t >= 0)
            at[i] = find_pair(panel, &pairs, (const size_t[]){(size_t)r, (size_t)t});
    }
    tjac_index_free(&pairs);
    return TJAC_OK;
}

tjac_code tjac_j_panel_sign(tjac_j_panel *b, const tjac_panel *panel, tjac_err *err)
{
    size_t *at = tjac_alloc(b->n_pairs, sizeof *at, err);
    if (at && !match(b, panel, at, err))
        for (size_t i = 0; i < b->n_pairs; i++)
            b->pair[i].sign = at[i] == SIZE_MAX ? 0 : panel->pair[at[i]].sign;
    free(at);
    return err->code;
}

/* ---- what the config asks for ---- */

static tjac_code refuse_pair(const tjac_j_panel *b, const tjac_panel *panel, size_t at,
                             const char *path, tjac_err *err)
{
    return tjac_err_set(err, TJAC_EMISSING,
                        "panel '%s' has the pair %s -> %s, which '%s' does not have for model "
                        "'%s'; run it",
                        b->panel, panel->regulators.name[panel->pair[at].regulator],
                        panel->targets.name[panel->pair[at].target], path, b->model);
}

static tjac_code check_pairs(const tjac_j_panel *b, const tjac_config *c, const tjac_panel *panel,
                             const char *path, tjac_err *err)
{
    size_t more = 0;
    size_t *at = tjac_alloc(b->n_pairs, sizeof *at, err);
    unsigned char *there = tjac_alloc(panel->n_pairs, 1, err);
    if (err->code || match(b, panel, at, err))
        goto done;
    for (size_t i = 0; i < b->n_pairs; i++) {
        if (b->pair[i].kind != TJAC_PAIR_PATHWAY)
            continue;
        if (at[i] < panel->n_pairs)
            there[at[i]] = 1;
        else
            more++;
    }
    for (size_t i = 0; i < panel->n_pairs && !c->skip_missing && !err->code; i++)
        if (!there[i])
            refuse_pair(b, panel, i, path, err);
    if (more)
        tjac_err_set(err, TJAC_EUSAGE,
                     "panel '%s' has %zu pathway pair(s) in '%s' that the config does not name; "
                     "its blocks were drawn for them all: give the run's panel, or run the new one",
                     b->panel, more, path);
done:
    free(at);
    free(there);
    return err->code;
}

static tjac_code check_kds(const tjac_j_panel *b, const tjac_config *c, const char *path,
                           tjac_err *err)
{
    const tjac_config_panel *p = &c->panel[b->panel_index];
    const tjac_names *lists[] = {&p->kds, &p->unrelated_kds};
    for (int l = 0; l < 2 && !c->skip_missing; l++)
        for (size_t i = 0; i < lists[l]->n; i++)
            if (tjac_names_find(&b->kds, lists[l]->name[i]) < 0)
                return tjac_err_set(err, TJAC_EMISSING,
                                    "panel '%s' names the KD '%s', which '%s' does not have for "
                                    "model '%s' (%zu KDs); run it",
                                    b->panel, lists[l]->name[i], path, b->model, b->kds.n);
    return TJAC_OK;
}

static tjac_code check_panel(const tjac_j_panel *b, const tjac_config *c, const tjac_panel *panel,
                             const char *path, tjac_err *err)
{
    if (check_pairs(b, c, panel, path, err))
        return err->code;
    return check_kds(b, c, path, err);
}

static bool has_panel(const tjac_j_table *t, const char *model, size_t panel, tjac_estimand e)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->panel[i].panel_index == panel && t->panel[i].estimand == e &&
            strcmp(t->panel[i].model, model) == 0)
            return true;
    return false;
}

/* A file has every panel and estimand for each of its models and cell types. */
static tjac_code check_table(const tjac_j_table *t, const tjac_config *c, const char *path,
                             tjac_err *err)
{
    for (size_t m = 0; m < c->n_models; m++)
        for (size_t p = 0; p < c->n_panels; p++)
            for (size_t e = 0; e < c->n_estimands; e++)
                if (c->estimand[e] != TJAC_PERT &&
                    !has_panel(t, c->model[m].name, p, c->estimand[e]))
                    return tjac_err_set(err, TJAC_EMISSING,
                                        "'%s' has no rows of panel '%s' for model '%s', estimand "
                                        "%s; run it",
                                        path, c->panel[p].name, c->model[m].name,
                                        tjac_estimand_name(c->estimand[e]));
    return TJAC_OK;
}

/* ---- panels ---- */

typedef struct {
    const tjac_config *config;
    const tjac_panels *panels;
    const tjac_jfile *file;
    tjac_jfile_at at; /* the model and cells */
    size_t e;         /* position of the estimand in the file */
    tjac_rows rows;
    size_t *pair;        /* positions of the panel's pairs in the model's, [n_pairs] */
    tjac_names drawn[2]; /* genes drawn for the panel by role */
    size_t *stands[2];   /* [drawn.n] what they stand for: positions in the layout's genes */
    tjac_j_table *table;
    size_t cap;
    tjac_err *err;
} maker;

static const tjac_layout_cells *cells_of(const maker *m)
{
    return &m->rows.model->cells[m->at.cells];
}

/* The genes that were drawn for the panel of m->rows. */
static tjac_code read_draws(maker *m)
{
    const tjac_layout *l = &m->file->layout;
    for (int role = 0; role < 2; role++)
        if (!(m->stands[role] = tjac_alloc(l->n_draws, sizeof **m->stands, m->err)))
            return m->err->code;
    for (size_t i = 0; i < l->n_draws; i++) {
        const tjac_layout_draw *d = &l->draw[i];
        if (d->panel != m->rows.panel)
            continue;
        m->stands[d->target][m->drawn[d->target].n] = d->gene[0];
        if (tjac_names_add(&m->drawn[d->target], l->genes.name[d->gene[1]], m->err))
            return m->err->code;
    }
    return TJAC_OK;
}

/* How like their genes the drawn ones are: see tjac_blocks_balance. */
static tjac_code find_balance(const maker *m, double balance[2])
{
    const tjac_layout *l = &m->file->layout;
    double(*expression)[2] = tjac_alloc(l->n_draws, sizeof *expression, m->err);
    for (int role = 0; role < 2 && expression; role++) {
        size_t n = 0;
        for (size_t i = 0; i < l->n_draws; i++)
            if (l->draw[i].panel == m->rows.panel && l->draw[i].target == (role == 1))
                memcpy(expression[n++], l->draw[i].expression, sizeof *expression);
        balance[role] = tjac_blocks_balance((const double(*)[2])expression, n);
    }
    free(expression);
    return m->err->code;
}

static void free_draws(maker *m)
{
    for (int role = 0; role < 2; role++) {
        tjac_names_free(&m->drawn[role]);
        free(m->stands[role]);
        m->stands[role] = NULL;
    }
}

/* Sets own[role] of a pair whose gene is a drawn one, at `gene` of `genes`. */
static tjac_code find_own(const maker *m, int role, tjac_names *genes, size_t gene, size_t *own)
{
    int64_t at = tjac_names_find(&m->drawn[role], genes->name[gene]);
    if (at < 0)
        return tjac_err_set(m->err, TJAC_EINPUT,
                            "'%s' has pairs of the drawn %s '%s' in panel '%s', but /draw does not "
                            "say what it stands for; run it again",
                            m->file->path, tjac_layout_role(role), genes->name[gene],
                            m->file->layout.panels.name[m->rows.panel]);
    return tjac_names_put(genes, m->file->layout.genes.name[m->stands[role][at]], own, m->err);
}

static tjac_code make_pair(const maker *m, tjac_j_panel *b, const tjac_layout_pair *from)
{
    const tjac_layout_model *model = m->rows.model;
    tjac_j_pair *to = &b->pair[b->n_pairs++];
    *to = (tjac_j_pair){.kind = from->kind, .row = from->row, .col = from->col};
    if (tjac_names_put(&b->regulators, model->regulators.name[from->regulator], &to->regulator,
                       m->err) ||
        tjac_names_put(&b->targets, model->targets.name[from->target], &to->target, m->err))
        return m->err->code;
    to->own[0] = to->regulator;
    to->own[1] = to->target;
    if (from->row > 0 && find_own(m, 0, &b->regulators, to->regulator, &to->own[0]))
        return m->err->code;
    if (from->col > 0 && find_own(m, 1, &b->targets, to->target, &to->own[1]))
        return m->err->code;
    return TJAC_OK;
}

static tjac_code make_pairs(maker *m, tjac_j_panel *b)
{
    const tjac_layout_model *model = m->rows.model;
    size_t most = model->first[m->rows.panel + 1] - model->first[m->rows.panel];
    if (!(m->pair = tjac_alloc(most, sizeof *m->pair, m->err)))
        return m->err->code;
    size_t n = tjac_rows_of(&m->rows, m->pair);
    b->pair = tjac_alloc(n, sizeof *b->pair, m->err);
    if (!b->pair || read_draws(m) || find_balance(m, b->balance))
        return m->err->code;
    for (size_t i = 0; i < n; i++)
        if (make_pair(m, b, &model->pair[m->pair[i]]))
            break;
    return m->err->code;
}

static tjac_code make_kds(const maker *m, tjac_j_panel *b)
{
    const tjac_names *kds = &cells_of(m)->kds;
    const tjac_config_panel *panel = &m->config->panel[b->panel_index];
    if (!(b->kd_class = tjac_alloc(kds->n, sizeof *b->kd_class, m->err)))
        return m->err->code;
    for (size_t k = 0; k < kds->n; k++) {
        bool control = strcmp(kds->name[k], m->rows.model->control) == 0;
        b->kd_class[k] = tjac_plan_kd_class(panel, kds->name[k], control);
        if (tjac_names_add(&b->kds, kds->name[k], m->err))
            return m->err->code;
    }
    return TJAC_OK;
}

static tjac_code make_numbers(const maker *m, tjac_j_panel *b)
{
    const tjac_layout_model *model = m->rows.model;
    double *row = tjac_alloc(model->n_columns, sizeof *row, m->err);
    double *active = tjac_alloc(model->targets.n, sizeof *active, m->err);
    tjac_jfile_at at = m->at;
    b->J = tjac_alloc(b->kds.n, (b->n_pairs + 1) * sizeof *b->J, m->err);
    b->self = tjac_alloc(b->kds.n, b->n_pairs + 1, m->err);
    b->off = tjac_alloc(b->kds.n, b->n_pairs + 1, m->err);
    for (at.kd = 0; at.kd < b->kds.n && !m->err->code; at.kd++) {
        if (tjac_jfile_read(m->file, &at, m->e, row, NULL, active, m->err))
            break;
        for (size_t i = 0; i < b->n_pairs; i++) {
            const tjac_layout_pair *pair = &model->pair[m->pair[i]];
            size_t to = at.kd * b->n_pairs + i;
            b->J[to] = isfinite(row[pair->column]) ? row[pair->column] : NAN;
            b->off[to] = active[pair->target] == 0;
            b->self[to] = tjac_rows_self(&m->rows, b->kds.name[at.kd], pair);
        }
    }
    free(row);
    free(active);
    return m->err->code;
}

static tjac_code make_one(maker *m, size_t panel_index)
{
    tjac_j_table *t = m->table;
    if (tjac_grow((void **)&t->panel, &m->cap, t->n + 1, sizeof *t->panel, m->err))
        return m->err->code;
    const tjac_panel *panel = &m->panels->panel[panel_index];
    tjac_j_panel *b = &t->panel[t->n++];
    *b = (tjac_j_panel){.panel_index = panel_index,
                        .estimand = m->rows.estimand,
                        .shuffled = m->rows.model->shuffled};
    if ((b->model = tjac_strdup(m->rows.model->name, m->err)) &&
        (b->cell_type = tjac_strdup(cells_of(m)->cell_type, m->err)) &&
        (b->panel = tjac_strdup(panel->name, m->err)) && !make_pairs(m, b) && !make_kds(m, b) &&
        !check_panel(b, m->config, panel, m->file->path, m->err) && !make_numbers(m, b))
        (void)!tjac_j_panel_sign(b, panel, m->err);
    free(m->pair);
    m->pair = NULL;
    free_draws(m);
    return m->err->code;
}

/* ---- the table ---- */

static tjac_code leave_out(const maker *m, const char *what, const char *name)
{
    tjac_text t = {0};
    size_t at;
    tjac_text_add(&t, "'%s' has the %s '%s', which the config does not name; it is left out",
                  m->file->path, what, name);
    if (t.failed)
        tjac_err_memory(m->err, "out of memory");
    else
        (void)!tjac_names_put(&m->table->warnings, t.text, &at, m->err);
    tjac_text_free(&t);
    return m->err->code;
}

static bool wants_model(const maker *m, const char *name)
{
    bool wanted = false;
    for (size_t i = 0; i < m->config->n_models; i++)
        wanted = wanted || strcmp(m->config->model[i].name, name) == 0;
    return wanted;
}

/* Position of a panel of the file in the config; SIZE_MAX: not there. */
static size_t find_panel(const maker *m, const char *name)
{
    size_t i = 0;
    while (i < m->config->n_panels && strcmp(m->config->panel[i].name, name) != 0)
        i++;
    return i < m->config->n_panels ? i : SIZE_MAX;
}

/* A panel, an estimand each. */
static tjac_code make_panel(maker *m)
{
    const tjac_layout *l = &m->file->layout;
    size_t at = find_panel(m, l->panels.name[m->rows.panel]);
    if (at == SIZE_MAX)
        return leave_out(m, "panel", l->panels.name[m->rows.panel]);
    for (m->e = 0; m->e < l->n_estimands && !m->err->code; m->e++) {
        m->rows.estimand = l->estimand[m->e];
        if (!tjac_estimand_among(m->config->estimand, m->config->n_estimands, m->rows.estimand))
            (void)!leave_out(m, "estimand", tjac_estimand_name(m->rows.estimand));
        else if (m->rows.estimand != TJAC_PERT)
            (void)!make_one(m, at);
    }
    return m->err->code;
}

tjac_code tjac_j_table_make(const tjac_config *config, const tjac_panels *panels,
                            const tjac_jfile *file, tjac_j_table *out, tjac_err *err)
{
    const tjac_layout *l = &file->layout;
    tjac_j_table t = {0};
    maker m = {.config = config, .panels = panels, .file = file, .table = &t, .err = err};
    (void)!tjac_jfile_complete(file, err);
    for (m.at.model = 0; m.at.model < l->n_models && !err->code; m.at.model++) {
        m.rows = (tjac_rows){.model = &l->model[m.at.model], .matched = true};
        if (!wants_model(&m, m.rows.model->name)) {
            (void)!leave_out(&m, "model", m.rows.model->name);
            continue;
        }
        for (m.at.cells = 0; m.at.cells < m.rows.model->n_cells && !err->code; m.at.cells++)
            for (m.rows.panel = 0; m.rows.panel < l->panels.n; m.rows.panel++)
                if (make_panel(&m))
                    break;
    }
    if (err->code || check_table(&t, config, file->path, err))
        tjac_j_table_free(&t);
    else
        *out = t;
    return err->code;
}

bool tjac_j_panel_counts(const tjac_j_panel *j, size_t kd)
{
    return j->kd_class[kd] != TJAC_KD_CONTROL;
}
