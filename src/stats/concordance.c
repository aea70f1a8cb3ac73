#include "stats/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"

typedef struct {
    const tjac_j_table *table;
    tjac_kd_score *const *score;
    const tjac_config_stats *options;
    tjac_concordance *out;
    size_t cap;
    double *x, *y; /* room for the KDs of the largest block */
    tjac_err *err;
} maker;

/* One side of a comparison: a block's scores, or an external's values. */
typedef struct {
    const tjac_names *kds;
    const tjac_kd_score *score; /* or NULL */
    const double *value;
} side;

static double value_of(const side *s, const char *kd)
{
    int64_t k = tjac_names_find(s->kds, kd);
    if (k < 0)
        return NAN;
    return s->score ? s->score[k].score : s->value[k];
}

static bool several_types(const tjac_j_table *t)
{
    for (size_t b = 1; b < t->n; b++)
        if (strcmp(t->panel[b].cell_type, t->panel[0].cell_type) != 0)
            return true;
    return false;
}

/* "model", or "model [cell type]" where there are several. */
static char *label(const maker *m, const tjac_j_panel *b)
{
    tjac_text t = {0};
    if (!several_types(m->table))
        return tjac_strdup(b->model, m->err);
    tjac_text_add(&t, "%s [%s]", b->model, b->cell_type);
    if (!t.text || t.failed) {
        tjac_text_free(&t);
        tjac_err_memory(m->err, "out of memory");
    }
    return t.text;
}

/* KDs of block `a` that have a number on both sides; the control takes no part. */
static size_t gather(const maker *m, const tjac_j_panel *a, const side *one, const side *other,
                     bool pathway_only)
{
    size_t n = 0;
    for (size_t k = 0; k < a->kds.n; k++) {
        if (a->kd_class[k] == TJAC_KD_CONTROL ||
            (pathway_only && a->kd_class[k] != TJAC_KD_PATHWAY))
            continue;
        m->x[n] = value_of(one, a->kds.name[k]);
        m->y[n] = value_of(other, a->kds.name[k]);
        n += isfinite(m->x[n]) && isfinite(m->y[n]);
    }
    return n;
}

/* The rows of one comparison: over all KDs and over pathway KDs. */
static tjac_code compare(maker *m, const tjac_j_panel *a, const side *one, const side *other,
                         const char *b_name)
{
    const tjac_config_stats *o = m->options;
    if (tjac_grow((void **)&m->out->row, &m->cap, m->out->n + 2, sizeof *m->out->row, m->err))
        return m->err->code;
    for (int pathway = 0; pathway < 2; pathway++) {
        tjac_concordance_row *row = &m->out->row[m->out->n++];
        *row = (tjac_concordance_row){
            .panel = a->panel, .estimand = a->estimand, .pathway_only = pathway == 1};
        row->n = gather(m, a, one, other, row->pathway_only);
        row->pearson = tjac_pearson(m->x, m->y, row->n);
        row->spearman = row->p_spearman = NAN;
        if (!(row->a = label(m, a)) || !(row->b = tjac_strdup(b_name, m->err)) ||
            tjac_bootstrap_pearson(m->x, m->y, row->n, o->bootstrap, o->alpha, o->seed,
                                   &row->pearson_limits, m->err) ||
            tjac_spearman(m->x, m->y, row->n, &row->spearman, &row->p_spearman, m->err))
            return m->err->code;
    }
    return TJAC_OK;
}

static bool alike(const tjac_j_panel *a, const tjac_j_panel *b)
{
    return a->estimand == b->estimand && strcmp(a->panel, b->panel) == 0 &&
           strcmp(a->cell_type, b->cell_type) == 0;
}

static tjac_code compare_models(maker *m, size_t first)
{
    const tjac_j_table *t = m->table;
    for (size_t a = first; a < t->n; a++)
        for (size_t b = a + 1; b < t->n; b++) {
            const tjac_j_panel *x = &t->panel[a], *y = &t->panel[b];
            if (!alike(x, &t->panel[first]) || !alike(y, x) || strcmp(x->model, y->model) == 0)
                continue;
            const side one = {&x->kds, m->score[a], NULL}, other = {&y->kds, m->score[b], NULL};
            char *name = label(m, y);
            if (name)
                (void)!compare(m, x, &one, &other, name);
            free(name);
            if (m->err->code)
                return m->err->code;
        }
    return TJAC_OK;
}

static tjac_code compare_externals(maker *m, size_t first, const tjac_externals *e)
{
    const tjac_j_table *t = m->table;
    for (size_t a = first; a < t->n; a++)
        for (size_t i = 0; i < e->n && alike(&t->panel[a], &t->panel[first]); i++) {
            const side one = {&t->panel[a].kds, m->score[a], NULL};
            const side other = {&e->external[i].kds, NULL, e->external[i].value};
            if (compare(m, &t->panel[a], &one, &other, e->external[i].name))
                return m->err->code;
        }
    return TJAC_OK;
}

tjac_code tjac_concordance_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                const tjac_externals *externals, const tjac_config_stats *options,
                                tjac_concordance *out, tjac_err *err)
{
    tjac_concordance c = {0};
    size_t most = 0;
    for (size_t b = 0; b < table->n; b++)
        most = table->panel[b].kds.n > most ? table->panel[b].kds.n : most;
    maker m = {.table = table, .score = score, .options = options, .out = &c, .err = err};
    m.x = tjac_alloc(most + 1, sizeof *m.x, err);
    m.y = tjac_alloc(most + 1, sizeof *m.y, err);
    for (size_t b = 0; b < table->n && !err->code; b++) {
        bool first = true; /* of its panel, estimand and cell type */
        for (size_t k = 0; k < b; k++)
            first = first && !alike(&table->panel[k], &table->panel[b]);
        if (first && !compare_models(&m, b))
            (void)!compare_externals(&m, b, externals);
    }
    free(m.x);
    free(m.y);
    if (err->code)
        tjac_concordance_free(&c);
    else
        *out = c;
    return err->code;
}

void tjac_concordance_free(tjac_concordance *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n; i++) {
        free(c->row[i].a);
        free(c->row[i].b);
    }
    free(c->row);
    *c = (tjac_concordance){0};
}
