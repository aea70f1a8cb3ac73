#include "stats/stats.h"

#include <stdlib.h>
#include "base/alloc.h"
#include "base/text.h"

static tjac_code make_scores(const tjac_j_table *table, const tjac_config_stats *options,
                             tjac_stats *s, tjac_err *err)
{
    if (!(s->score = tjac_alloc(table->n, sizeof *s->score, err)))
        return err->code;
    for (size_t b = 0; b < table->n; b++)
        if (!(s->score[b] = tjac_alloc(table->panel[b].kds.n, sizeof **s->score, err)) ||
            tjac_scores_make(&table->panel[b], options, s->score[b], err))
            return err->code;
    return TJAC_OK;
}

/* A file whose KDs are none of the run's is most likely the wrong file. */
static tjac_code warn_strangers(const tjac_j_table *table, const char *path, const tjac_external *e,
                                tjac_stats *s, tjac_err *err)
{
    tjac_text t = {0};
    for (size_t b = 0; b < table->n; b++)
        for (size_t k = 0; k < table->panel[b].kds.n; k++)
            if (tjac_names_find(&e->kds, table->panel[b].kds.name[k]) >= 0)
                return TJAC_OK;
    tjac_text_add(&t, "'%s' of stats.external names %zu KDs and none of the run's", path, e->kds.n);
    tjac_code code = t.text ? tjac_names_add(&s->warnings, t.text, err) : TJAC_OK;
    tjac_text_free(&t);
    return code;
}

static tjac_code warn_all(const tjac_j_table *table, const tjac_config_stats *options,
                          const tjac_externals *externals, tjac_stats *s, tjac_err *err)
{
    for (size_t i = 0; i < externals->n; i++)
        if (warn_strangers(table, options->external.name[i], &externals->external[i], s, err))
            break;
    return err->code;
}

tjac_code tjac_stats_make(const tjac_j_table *table, const tjac_config_stats *options,
                          const tjac_externals *externals, tjac_stats *out, tjac_err *err)
{
    tjac_stats s = {.table = table};
    if (make_scores(table, options, &s, err) ||
        tjac_panel_stats_make(table, s.score, options, &s.panels, err) ||
        tjac_concordance_make(table, s.score, externals, options, &s.concordance, err) ||
        warn_all(table, options, externals, &s, err))
        tjac_stats_free(&s);
    else
        *out = s;
    return err->code;
}

void tjac_stats_free(tjac_stats *s)
{
    if (!s)
        return;
    for (size_t b = 0; s->score && b < s->table->n; b++)
        free(s->score[b]);
    free(s->score);
    tjac_panel_stats_free(&s->panels);
    tjac_concordance_free(&s->concordance);
    tjac_names_free(&s->warnings);
    *s = (tjac_stats){0};
}
