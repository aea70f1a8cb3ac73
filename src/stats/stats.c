#include "stats/stats.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/text.h"
#include "stats/profiles.h"

/* ---- warnings ---- */

static void name_panel(const tjac_j_panel *j, tjac_text *t)
{
    tjac_text_add(t, "panel '%s' of model '%s', %s in '%s': ", j->panel, j->model,
                  tjac_estimand_name(j->estimand), j->cell_type);
}

/* What was left out of a panel, and what stands in for logarithms of 0. */
static tjac_code warn_crossed(const tjac_crossed *c, tjac_names *warnings, tjac_err *err)
{
    size_t rows = c->n_rows + 1 - c->grid.rows, cols = c->n_cols + 1 - c->grid.cols, kds = 0;
    tjac_text t = {0};
    for (size_t k = 0; k < c->panel->kds.n; k++)
        kds += tjac_j_panel_counts(c->panel, k);
    if (c->n_dead == 0 && c->n_floored == 0)
        return TJAC_OK;
    name_panel(c->panel, &t);
    if (c->n_dead)
        tjac_text_add(&t,
                      "%zu of %zu pairs are left out, as their J is 0 or no number under every KD",
                      c->n_dead, c->panel->n_pairs);
    if (rows + cols)
        tjac_text_add(&t, ", and with them %zu rows and %zu columns of blocks that have no other",
                      rows, cols);
    if (c->n_floored)
        tjac_text_add(&t,
                      "%sall of a block is 0 under a KD in %zu of %zu cases, where s is the "
                      "block's smallest less 1",
                      c->n_dead ? "; " : "", c->n_floored, kds * tjac_grid_cells(c->grid));
    return tjac_names_take(warnings, &t, err);
}

/* A file whose KDs are none of the run's is most likely the wrong file. */
static tjac_code warn_strangers(tjac_stats *s, const char *path, const tjac_external *e,
                                tjac_err *err)
{
    tjac_text t = {0};
    for (size_t i = 0; i < s->table.n; i++)
        for (size_t k = 0; k < s->table.panel[i].kds.n; k++)
            if (tjac_names_find(&e->kds, s->table.panel[i].kds.name[k]) >= 0)
                return TJAC_OK;
    tjac_text_add(&t, "'%s' of stats.external names %zu KDs and none of the run's", path, e->kds.n);
    return tjac_names_take(&s->warnings, &t, err);
}

/* ---- a panel ---- */

static tjac_code make_panel(tjac_stats *s, size_t i, const tjac_config_stats *options,
                            tjac_profiles_near *near, tjac_err *err)
{
    const tjac_j_panel *j = &s->table.panel[i];
    double *correlation = NULL;
    if (tjac_crossed_make(j, &s->crossed[i], err) ||
        !(s->score[i] = tjac_alloc(j->kds.n, sizeof **s->score, err)) ||
        tjac_scores_make(&s->crossed[i], options, s->score[i], err) ||
        tjac_profiles_make(&s->crossed[i], &correlation, err))
        goto done;
    const tjac_panel_numbers numbers = {&s->crossed[i], s->score[i], correlation};
    if (!tjac_panel_stats_add(&s->panels, &numbers, options, err) &&
        !tjac_profiles_find_near(correlation, j->kds.n, near, err))
        (void)!warn_crossed(&s->crossed[i], &s->warnings, err);
done:
    free(correlation);
    return err->code;
}

static tjac_code make_all(const tjac_config *config, const tjac_externals *externals, tjac_stats *s,
                          tjac_err *err)
{
    const tjac_config_stats *o = &config->stats;
    tjac_profiles_near *near = tjac_alloc(s->table.n, sizeof *near, err);
    s->crossed = tjac_alloc(s->table.n, sizeof *s->crossed, err);
    s->score = tjac_alloc(s->table.n, sizeof *s->score, err);
    for (size_t i = 0; i < s->table.n && !err->code; i++)
        (void)!make_panel(s, i, o, &near[i], err);
    if (!err->code && !tjac_verdict_all(&s->panels, o, err) &&
        !tjac_panel_matrix_make(&s->table, s->score, config, &s->matrix, err))
        (void)!tjac_concordance_make(&s->table, s->score, near, externals, o, &s->concordance, err);
    for (size_t i = 0; near && i < s->table.n; i++)
        tjac_profiles_near_free(&near[i]);
    free(near);
    return err->code;
}

/* ---- the whole ---- */

static tjac_code add_all(tjac_names *to, const tjac_names *from, tjac_err *err)
{
    for (size_t i = 0; i < from->n && !err->code; i++)
        (void)!tjac_names_add(to, from->name[i], err);
    return err->code;
}

tjac_code tjac_stats_make(const tjac_config *config, const tjac_panels *panels,
                          const tjac_externals *externals, const tjac_jfile *file, tjac_stats *out,
                          tjac_err *err)
{
    tjac_stats s = {0};
    if (tjac_j_table_make(config, panels, file, &s.table, err) ||
        add_all(&s.warnings, &s.table.warnings, err) || make_all(config, externals, &s, err) ||
        add_all(&s.warnings, &s.concordance.warnings, err))
        goto done;
    for (size_t i = 0; i < externals->n; i++)
        if (warn_strangers(&s, config->stats.external.name[i], &externals->external[i], err))
            break;
done:
    if (err->code)
        tjac_stats_free(&s);
    else
        *out = s;
    return err->code;
}

void tjac_stats_free(tjac_stats *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->table.n; i++) {
        if (s->score)
            free(s->score[i]);
        if (s->crossed)
            tjac_crossed_free(&s->crossed[i]);
    }
    free(s->score);
    free(s->crossed);
    tjac_panel_stats_free(&s->panels);
    tjac_panel_matrix_free(&s->matrix);
    tjac_concordance_free(&s->concordance);
    tjac_names_free(&s->warnings);
    tjac_j_table_free(&s->table);
    *s = (tjac_stats){0};
}
