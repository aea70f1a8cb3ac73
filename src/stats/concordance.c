#include "stats/concordance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"

enum { FEWEST = 5 }; /* clusters to draw from */

typedef struct {
    const tjac_j_table *table;
    tjac_kd_score *const *score;
    const tjac_profiles_near *near;
    const tjac_config_stats *options;
    tjac_concordance *out;
    size_t cap;
    /* Room for the KDs of the largest panel. Of those that are compared: numbers on both sides,
       positions in the first side, clusters. */
    double *x, *y;
    size_t *kd, *cluster;
    size_t *place; /* of the KDs of a side: which of those that are compared; SIZE_MAX: none */
    tjac_err *err;
} maker;

/* One side of a comparison: a panel's scores, or an external's values. */
typedef struct {
    const tjac_names *kds;
    const tjac_kd_score *score;     /* or NULL */
    const tjac_profiles_near *near; /* or NULL */
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

/* KDs of panel `a` that have a number on both sides; the control takes no part. */
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
        m->kd[n] = k;
        n += isfinite(m->x[n]) && isfinite(m->y[n]);
    }
    return n;
}

/* ---- clusters ---- */

/* The first KD of a cluster; every KD points at one before it in its cluster, or at itself. */
static size_t first_of(size_t *cluster, size_t i)
{
    while (cluster[i] != i)
        i = cluster[i] = cluster[cluster[i]];
    return i;
}

/* Joins those of the n compared KDs of panel `a` whose profiles are near on this side. */
static void join(const maker *m, const tjac_j_panel *a, const side *s, size_t n)
{
    for (size_t k = 0; k < s->kds->n; k++)
        m->place[k] = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        m->place[tjac_names_find(s->kds, a->kds.name[m->kd[i]])] = i;
    for (size_t e = 0; e < s->near->n; e++) {
        size_t i = m->place[s->near->pair[e][0]], k = m->place[s->near->pair[e][1]];
        if (i == SIZE_MAX || k == SIZE_MAX)
            continue;
        i = first_of(m->cluster, i);
        k = first_of(m->cluster, k);
        m->cluster[i > k ? i : k] = i < k ? i : k;
    }
}

/* Numbers the clusters by their first KDs; *largest: KDs of the largest. How many clusters. */
static size_t number(const maker *m, size_t n, size_t *largest)
{
    size_t clusters = 0, *size = m->place;
    *largest = 0;
    for (size_t i = 0; i < n; i++)
        m->cluster[i] = first_of(m->cluster, i); /* all point at the first: it may be numbered */
    for (size_t i = 0; i < n; i++) {
        bool first = m->cluster[i] == i;
        size_t c = m->cluster[i] = first ? clusters++ : m->cluster[m->cluster[i]];
        size[c] = first ? 1 : size[c] + 1;
        *largest = size[c] > *largest ? size[c] : *largest;
    }
    return clusters;
}

static tjac_code warn_clusters(maker *m, const tjac_concordance_row *r, size_t largest)
{
    tjac_text t = {0};
    tjac_text_add(&t,
                  "panel '%s', %s, '%s' and '%s': the %zu %sKDs stand in %zu cluster%s of like ",
                  r->panel, tjac_estimand_name(r->estimand), r->a, r->b, r->n,
                  r->pathway_only ? "pathway " : "", r->n_clusters, r->n_clusters == 1 ? "" : "s");
    if (r->n_clusters < FEWEST)
        tjac_text_add(&t, "profiles, fewer than %d", FEWEST);
    else
        tjac_text_add(&t, "profiles, and %zu of them in one", largest);
    tjac_text_add(&t, ": the correlation has no limits");
    return tjac_names_take(&m->out->warnings, &t, m->err);
}

/* Limits of a row's Pearson. */
static tjac_code put_limits(maker *m, const tjac_j_panel *a, const side *one, const side *other,
                            tjac_concordance_row *row)
{
    const tjac_config_stats *o = m->options;
    size_t largest;
    for (size_t i = 0; i < row->n; i++)
        m->cluster[i] = i;
    join(m, a, one, row->n);
    if (other->near)
        join(m, a, other, row->n);
    row->n_clusters = number(m, row->n, &largest);
    row->pearson_limits = (tjac_interval){NAN, NAN};
    if (row->n_clusters >= FEWEST && 2 * largest <= row->n)
        return tjac_bootstrap_clusters(
            &(tjac_clustered){m->x, m->y, m->cluster, row->n, row->n_clusters}, o->bootstrap,
            o->alpha, o->seed, &row->pearson_limits, m->err);
    if (row->n >= FEWEST && !isnan(row->pearson))
        return warn_clusters(m, row, largest);
    return TJAC_OK;
}

/* ---- rows ---- */

/* The rows of one comparison: over all KDs and over pathway KDs. */
static tjac_code compare(maker *m, const tjac_j_panel *a, const side *one, const side *other,
                         const char *b_name)
{
    if (tjac_grow((void **)&m->out->row, &m->cap, m->out->n + 2, sizeof *m->out->row, m->err))
        return m->err->code;
    for (int pathway = 0; pathway < 2; pathway++) {
        tjac_concordance_row *row = &m->out->row[m->out->n++];
        *row = (tjac_concordance_row){
            .panel = a->panel, .estimand = a->estimand, .pathway_only = pathway == 1};
        row->n = gather(m, a, one, other, row->pathway_only);
        row->pearson = tjac_pearson(m->x, m->y, row->n);
        if (!(row->a = label(m, a)) || !(row->b = tjac_strdup(b_name, m->err)) ||
            tjac_spearman(m->x, m->y, row->n, &row->spearman, m->err) ||
            put_limits(m, a, one, other, row))
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
            const side one = {&x->kds, m->score[a], &m->near[a], NULL};
            const side other = {&y->kds, m->score[b], &m->near[b], NULL};
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
            const side one = {&t->panel[a].kds, m->score[a], &m->near[a], NULL};
            const side other = {&e->external[i].kds, NULL, NULL, e->external[i].value};
            if (compare(m, &t->panel[a], &one, &other, e->external[i].name))
                return m->err->code;
        }
    return TJAC_OK;
}

static tjac_code make_all(maker *m, const tjac_externals *externals)
{
    const tjac_j_table *t = m->table;
    for (size_t b = 0; b < t->n && !m->err->code; b++) {
        bool first = true; /* of its panel, estimand and cell type */
        for (size_t k = 0; k < b; k++)
            first = first && !alike(&t->panel[k], &t->panel[b]);
        if (first && !compare_models(m, b))
            (void)!compare_externals(m, b, externals);
    }
    return m->err->code;
}

tjac_code tjac_concordance_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                const tjac_profiles_near *near, const tjac_externals *externals,
                                const tjac_config_stats *options, tjac_concordance *out,
                                tjac_err *err)
{
    tjac_concordance c = {0};
    size_t most = 0;
    for (size_t b = 0; b < table->n; b++)
        most = table->panel[b].kds.n > most ? table->panel[b].kds.n : most;
    maker m = {.table = table,
               .score = score,
               .near = near,
               .options = options,
               .out = &c,
               .x = tjac_alloc(most + 1, sizeof *m.x, err),
               .y = tjac_alloc(most + 1, sizeof *m.y, err),
               .kd = tjac_alloc(most + 1, sizeof *m.kd, err),
               .cluster = tjac_alloc(most + 1, sizeof *m.cluster, err),
               .place = tjac_alloc(most + 1, sizeof *m.place, err),
               .err = err};
    if (err->code || make_all(&m, externals))
        tjac_concordance_free(&c);
    else
        *out = c;
    free(m.x);
    free(m.y);
    free(m.kd);
    free(m.cluster);
    free(m.place);
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
    tjac_names_free(&c->warnings);
    *c = (tjac_concordance){0};
}
