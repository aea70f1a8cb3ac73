#include "stats/panel_matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

static bool lists(const tjac_config *config, const tjac_j_panel *of, const char *kd)
{
    return tjac_names_find(&config->panel[of->panel_index].kds, kd) >= 0;
}

/* The row of kd_panel's KDs on panel's genes, whose scores these are. */
static tjac_panel_matrix_row contrast(const tjac_config *config, const tjac_j_panel *kd_panel,
                                      const tjac_j_panel *panel, const tjac_kd_score *score)
{
    double sum[2] = {0, 0};
    size_t n[2] = {0, 0};
    for (size_t k = 0; k < panel->kds.n; k++) {
        const char *kd = panel->kds.name[k];
        bool in = lists(config, kd_panel, kd);
        if (!isfinite(score[k].routing) || !tjac_j_panel_counts(panel, k) ||
            (!in && lists(config, panel, kd)))
            continue;
        sum[in] += score[k].routing;
        n[in]++;
    }
    bool both = n[0] && n[1];
    return (tjac_panel_matrix_row){.panel = panel,
                                   .kd_panel = kd_panel->panel,
                                   .n_kds = n[1],
                                   .effect =
                                       both ? sum[1] / (double)n[1] - sum[0] / (double)n[0] : NAN};
}

/* The rank of x among n numbers, of which it is one, `step` apart. */
static double rank(double x, const tjac_panel_matrix_row *among, size_t n, size_t step)
{
    double greater = 0;
    for (size_t i = 0; i < n; i++)
        greater += among[i * step].effect > x;
    return isnan(x) ? NAN : 1 + greater;
}

/* row[n * n] of the n panels of one model, cell type and estimand, by their positions. */
static void fill(const tjac_j_table *table, tjac_kd_score *const *score, const tjac_config *config,
                 const size_t *panel, size_t n, tjac_panel_matrix_row *row)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            row[i * n + k] =
                contrast(config, &table->panel[panel[i]], &table->panel[panel[k]], score[panel[k]]);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            tjac_panel_matrix_row *r = &row[i * n + k];
            r->rank_in_row = rank(r->effect, row + i * n, n, 1);
            r->rank_in_col = rank(r->effect, row + k, n, n);
        }
}

static bool same_cells(const tjac_j_panel *a, const tjac_j_panel *b)
{
    return strcmp(a->model, b->model) == 0 && strcmp(a->cell_type, b->cell_type) == 0;
}

tjac_code tjac_panel_matrix_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                 const tjac_config *config, tjac_panel_matrix *out, tjac_err *err)
{
    tjac_panel_matrix m = {0};
    size_t cap = 0, *panel = tjac_alloc(table->n, sizeof *panel, err);
    unsigned char *done = tjac_alloc(table->n, 1, err);
    /* A table has a model's cell type in one piece, its panels' estimands alternating. */
    for (size_t first = 0; first < table->n && !err->code; first++) {
        const tjac_j_panel *a = &table->panel[first];
        size_t n = 0;
        for (size_t i = first; i < table->n && !done[first]; i++)
            if (same_cells(&table->panel[i], a) && table->panel[i].estimand == a->estimand)
                panel[n++] = i;
        for (size_t i = 0; i < n; i++)
            done[panel[i]] = 1;
        if (tjac_grow((void **)&m.row, &cap, m.n + n * n, sizeof *m.row, err))
            break;
        fill(table, score, config, panel, n, m.row + m.n);
        m.n += n * n;
    }
    free(panel);
    free(done);
    if (err->code)
        tjac_panel_matrix_free(&m);
    else
        *out = m;
    return err->code;
}

void tjac_panel_matrix_free(tjac_panel_matrix *m)
{
    if (!m)
        return;
    free(m->row);
    *m = (tjac_panel_matrix){0};
}
