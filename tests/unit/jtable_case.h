/* jtable_case.h: small configs, and small results files, made in memory and filled with numbers
 * that count upwards. */
#ifndef TJAC_JTABLE_CASE_H
#define TJAC_JTABLE_CASE_H

#include <stdint.h>
#include "test.h"
#include "base/alloc.h"
#include "results/jfile.h"
#include "stats/jtable.h"

enum { CASE_PANELS = 3 };

typedef struct {
    tjac_config config;
    tjac_config_model model[2];
    tjac_config_panel panel[CASE_PANELS];
    tjac_panels panels;
} jtable_case;

static inline char *case_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

/* Adds the names between '|'. */
static inline void case_add(tjac_names *to, const char *words)
{
    tjac_err err = {0};
    for (const char *w = words; *w; w += *w == '|') {
        size_t n = strcspn(w, "|");
        if (tjac_names_addn(to, w, n, &err))
            abort();
        w += n;
    }
    if (to->twice)
        abort();
}

static inline void case_panel(jtable_case *c, const char *name, const char *regulators,
                              const char *targets, const char *kds, const char *unrelated)
{
    tjac_config_panel *p = &c->panel[c->config.n_panels++];
    p->name = case_text(name);
    case_add(&p->regulators, regulators);
    case_add(&p->targets, targets);
    case_add(&p->kds, kds);
    case_add(&p->unrelated_kds, unrelated);
}

static inline void case_model(jtable_case *c, const char *name)
{
    c->model[c->config.n_models++].name = case_text(name);
}

static inline void case_estimand(jtable_case *c, tjac_estimand e)
{
    c->config.estimand[c->config.n_estimands++] = e;
}

/* After the panels. */
static inline void case_ready(jtable_case *c)
{
    tjac_err err = {0};
    c->config.panel = c->panel;
    c->config.model = c->model;
    tjac_panels_free(&c->panels);
    if (tjac_panels_read(&c->config, &c->panels, &err))
        abort();
}

static inline void case_free(jtable_case *c)
{
    for (size_t i = 0; i < c->config.n_panels; i++) {
        tjac_names_free(&c->panel[i].regulators);
        tjac_names_free(&c->panel[i].targets);
        tjac_names_free(&c->panel[i].kds);
        tjac_names_free(&c->panel[i].unrelated_kds);
    }
    tjac_panels_free(&c->panels);
    *c = (jtable_case){0};
}

/* ---- results files ---- */

/* A row of a model's pair table. */
typedef struct {
    const char *panel;
    tjac_pair_kind kind;
    const char *regulator, *target;
} case_pair;

static inline void case_layout(tjac_layout *l, const char *panels, const char *machine)
{
    tjac_err err = {0};
    *l = (tjac_layout){0};
    case_add(&l->panels, panels);
    memset(l->hash, 'a', sizeof l->hash - 1);
    l->machine = tjac_strdup(machine, &err);
    l->model = tjac_alloc(2, sizeof *l->model, &err);
    if (err.code)
        abort();
}

static inline void case_layout_estimand(tjac_layout *l, tjac_estimand e)
{
    l->estimand[l->n_estimands++] = e;
}

/* A model with n pairs, each with a column of its own; `kds` of every cell type. */
static inline tjac_layout_model *case_layout_model(tjac_layout *l, const char *name,
                                                   const char *cell_types, const char *kds,
                                                   const case_pair *pair, size_t n)
{
    tjac_err err = {0};
    tjac_layout_model *m = &l->model[l->n_models++];
    tjac_names types = {0};
    case_add(&types, cell_types);
    m->name = tjac_strdup(name, &err);
    m->control = tjac_strdup("ctl", &err);
    m->pair = tjac_alloc(n, sizeof *m->pair, &err);
    m->cells = tjac_alloc(types.n, sizeof *m->cells, &err);
    if (err.code)
        abort();
    for (size_t i = 0; i < n; i++) {
        tjac_layout_pair *to = &m->pair[i];
        *to = (tjac_layout_pair){.kind = pair[i].kind, .column = i};
        to->row = to->kind == TJAC_PAIR_MATCHED || to->kind == TJAC_PAIR_COL;
        to->col = to->kind == TJAC_PAIR_UNRELATED_TARGET
                      ? TJAC_COL_NAMED
                      : to->kind == TJAC_PAIR_MATCHED || to->kind == TJAC_PAIR_ROW;
        to->panel = (size_t)tjac_names_find(&l->panels, pair[i].panel);
        if (tjac_names_put(&m->regulators, pair[i].regulator, &to->regulator, &err) ||
            tjac_names_put(&m->targets, pair[i].target, &to->target, &err))
            abort();
    }
    m->n_pairs = m->n_columns = n;
    for (; m->n_cells < types.n; m->n_cells++) {
        tjac_layout_cells *c = &m->cells[m->n_cells];
        case_add(&c->kds, kds);
        c->of = c->kds.n;
        c->cell_type = tjac_strdup(types.name[m->n_cells], &err);
        c->at = tjac_alloc(c->of, sizeof *c->at, &err);
        for (size_t k = 0; !err.code && k < c->of; k++)
            c->at[k] = k;
    }
    if (err.code)
        abort();
    tjac_names_free(&types);
    return m;
}

/* A gene that was drawn for one of a panel's, in row or column `block`; `expression` of both. */
static inline void case_layout_draw(tjac_layout *l, const char *panel, bool target, int block,
                                    const char *const gene[2], const double expression[2])
{
    tjac_err err = {0};
    size_t cap = l->n_draws;
    if (tjac_grow((void **)&l->draw, &cap, l->n_draws + 1, sizeof *l->draw, &err))
        abort();
    tjac_layout_draw *d = &l->draw[l->n_draws++];
    *d = (tjac_layout_draw){.panel = (size_t)tjac_names_find(&l->panels, panel),
                            .target = target,
                            .block = block,
                            .expression = {expression[0], expression[1]},
                            .window = 25};
    for (int i = 0; i < 2; i++)
        if (tjac_names_put(&l->genes, gene[i], &d->gene[i], &err))
            abort();
}

/* J counts from `next`, its first numbers replaced by the special ones. J_se is half of J, `active`
 * 0 of the second target, 0.25 of the others. */
typedef struct {
    double next;
    const double *special;
    size_t n_special;
} case_numbers;

static inline double case_number(case_numbers *x)
{
    double v = x->next++;
    if (x->n_special == 0)
        return v;
    x->n_special--;
    return *x->special++;
}

static inline void case_put(const tjac_jfile *f, tjac_fill *fill, const tjac_jfile_at *at,
                            case_numbers *x)
{
    tjac_err err = {0};
    const tjac_layout_model *m = &f->layout.model[at->model];
    size_t n = f->layout.n_estimands * m->n_columns;
    double *J = tjac_alloc(n, sizeof *J, &err), *se = tjac_alloc(n, sizeof *se, &err);
    double *active = tjac_alloc(m->targets.n, sizeof *active, &err);
    if (err.code)
        abort();
    for (size_t i = 0; i < n; i++) {
        J[i] = case_number(x);
        se[i] = J[i] / 2;
    }
    for (size_t j = 0; j < m->targets.n; j++)
        active[j] = j == 1 ? 0 : 0.25;
    if (tjac_jfile_put(f, fill, at, &(tjac_engine_kd){at->kd, J, se, active}, &err))
        abort();
    free(J);
    free(se);
    free(active);
}

/* Makes the file of the layout, which is freed, and opens it. All KDs are filled, model by model,
 * cell type by cell type, KD by KD, estimand by estimand; but for the last `without`. */
static inline tjac_jfile *case_file(const char *path, tjac_layout *l, case_numbers numbers,
                                    size_t without)
{
    tjac_err err = {0};
    tjac_jfile *f = NULL;
    tjac_fill *fill = NULL;
    tjac_jfile_at at = {0};
    if (tjac_jfile_make(path, l, &err) || tjac_jfile_open(path, &f, &err) ||
        tjac_fill_open(path, &fill, &err)) {
        fprintf(stderr, "%s\n", tjac_err_message(&err));
        abort();
    }
    size_t left = tjac_layout_kds(l) - without;
    tjac_layout_free(l);
    for (at.model = 0; at.model < f->layout.n_models; at.model++)
        for (at.cells = 0; at.cells < f->layout.model[at.model].n_cells; at.cells++)
            for (at.kd = 0; at.kd < f->layout.model[at.model].cells[at.cells].kds.n; at.kd++)
                if (left > 0) {
                    left--;
                    case_put(f, fill, &at, &numbers);
                }
    if (tjac_fill_close(fill, &err))
        abort();
    return f;
}

#endif
