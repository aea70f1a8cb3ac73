#include "cmd/cmd_power.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cmd/cmd_blocks.h"
#include "cmd/cmd_text.h"
#include "stats/grid.h"
#include "stats/inference.h"

enum { N_CLASSES = TJAC_KD_BACKGROUND + 1 };

/* A panel of one model, and its KDs by class. */
typedef struct {
    const tjac_config *config;
    const char *panel;
    const tjac_blocks_panel *blocks; /* NULL: not known */
    const char *model;               /* NULL: all models have as many */
    size_t n[N_CLASSES];
} group;

static void count_classes(const tjac_run *run, size_t model, size_t panel, size_t n[N_CLASSES])
{
    const tjac_plan *p = &run->model[model].plan;
    memset(n, 0, N_CLASSES * sizeof *n);
    for (size_t k = 0; k < p->n_kds; k++)
        n[p->panel[panel].kd_class[k]]++;
}

static tjac_code say(const group *g, const tjac_text *what, tjac_names *warnings, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t, "panel '%s'%s%s%s %s", g->panel, g->model ? " of model '" : "",
                  g->model ? g->model : "", g->model ? "'" : "", what->text ? what->text : "");
    tjac_code code = t.failed || what->failed ? tjac_err_memory(err, "out of memory")
                                              : cmd_warn(warnings, t.text, err);
    tjac_text_free(&t);
    return code;
}

/* More permutations help where they are a sample; else only more KDs do. */
static void advise(const group *g, double all_ways, tjac_text *t)
{
    const tjac_config *c = g->config;
    if (all_ways < c->stats.alpha)
        tjac_text_add(t, "raise 'stats.permutations', which is %zu", c->stats.permutations);
    else
        tjac_text_add(t, "name more KDs in 'kds' or 'unrelated_kds'%s",
                      c->kds_rule == TJAC_KDS_ALL ? "" : ", or set \"kds\": \"all\" for the run");
}

static double p_kds_min(const group *g, tjac_kd_class reference)
{
    const tjac_config_stats *o = &g->config->stats;
    return tjac_permutation_p_min(g->n[TJAC_KD_PATHWAY], g->n[reference], o->permutations,
                                  o->two_sided);
}

static double p_blocks_min(size_t rows, size_t cols)
{
    return tjac_grid_p_min((tjac_grid){rows + 1, cols + 1});
}

/* ---- warnings ---- */

static tjac_code warn_reference(const group *g, tjac_kd_class reference, tjac_names *warnings,
                                tjac_err *err)
{
    const tjac_config_stats *o = &g->config->stats;
    size_t n1 = g->n[TJAC_KD_PATHWAY], n2 = g->n[reference];
    double p_min = p_kds_min(g, reference);
    tjac_text t = {0};
    if (!(p_min >= o->alpha)) /* NaN without such KDs */
        return TJAC_OK;
    tjac_text_add(&t,
                  "is underpowered: %zu KD(s) against %zu %s can never give p_kds below %.3g and "
                  "'stats.alpha' is %g; ",
                  n1, n2, tjac_kd_class_name(reference), p_min, o->alpha);
    advise(g, tjac_permutation_p_min(n1, n2, SIZE_MAX, o->two_sided), &t);
    tjac_code code = say(g, &t, warnings, err);
    tjac_text_free(&t);
    return code;
}

/* Every pair is on the scale of its mean over all KDs, the panel's own among them. */
static tjac_code warn_share(const group *g, tjac_names *warnings, tjac_err *err)
{
    size_t kds = g->n[TJAC_KD_PATHWAY];
    size_t all = kds + g->n[TJAC_KD_UNRELATED] + g->n[TJAC_KD_BACKGROUND];
    tjac_text t = {0};
    if (5 * kds <= all)
        return TJAC_OK;
    tjac_text_add(
        &t,
        "has %zu of the %zu KDs that count, more than a fifth: effects are compressed, as "
        "every pair is on the scale of its mean over them all; %s",
        kds, all,
        g->config->kds_rule == TJAC_KDS_ALL ? "the model has no more KDs"
                                            : "set \"kds\": \"all\" for the run");
    tjac_code code = say(g, &t, warnings, err);
    tjac_text_free(&t);
    return code;
}

static tjac_code warn_kds(const group *g, void *warnings, tjac_err *err)
{
    tjac_text t = {0};
    size_t kds = g->n[TJAC_KD_PATHWAY];
    if (kds == 0)
        tjac_text_add(&t, "has no KDs, so its verdict will be no_answer; name them in its 'kds'");
    else if (g->n[TJAC_KD_UNRELATED] + g->n[TJAC_KD_BACKGROUND] == 0)
        tjac_text_add(&t,
                      "has no KDs to compare its %zu KD(s) with, so its verdict will be no_answer; "
                      "name some in its 'unrelated_kds', or set \"kds\": \"all\" for the run",
                      kds);
    if (t.text || t.failed)
        say(g, &t, warnings, err);
    else if (!warn_reference(g, TJAC_KD_UNRELATED, warnings, err) &&
             !warn_reference(g, TJAC_KD_BACKGROUND, warnings, err))
        warn_share(g, warnings, err);
    tjac_text_free(&t);
    return err->code;
}

static tjac_code warn_blocks(const group *g, tjac_names *warnings, tjac_err *err)
{
    const tjac_blocks_panel *b = g->blocks;
    const double alpha = g->config->stats.alpha, p_min = p_blocks_min(b->n_rows, b->n_cols);
    const size_t wanted = g->config->null.blocks;
    tjac_text t = {0};
    if (p_min < alpha)
        return TJAC_OK;
    if (wanted == 0)
        tjac_text_add(&t, "has no blocks, so its verdict will be no_answer; raise 'null.blocks', "
                          "which is 0");
    else if (b->n_rows == 0)
        tjac_text_add(&t, "has no blocks, so its verdict will be no_answer: too few genes that all "
                          "models have are not its own");
    else
        tjac_text_add(&t,
                      "is underpowered: %zu row(s) and %zu column(s) of blocks can never give "
                      "p_blocks below %.3g and 'stats.alpha' is %g; ",
                      b->n_rows, b->n_cols, p_min, alpha);
    if (b->n_rows && p_blocks_min(wanted, wanted) < alpha)
        tjac_text_add(&t, "too few genes that all models have are not its own");
    else if (b->n_rows)
        tjac_text_add(&t, "raise 'null.blocks', which is %zu", wanted);
    tjac_code code = say(g, &t, warnings, err);
    tjac_text_free(&t);
    return code;
}

/* ---- models ---- */

typedef tjac_code (*group_fn)(const group *g, void *self, tjac_err *err);

/* Models that have as many KDs of each class share their sentences. */
static tjac_code each_group(const tjac_config *c, const tjac_run *run, size_t panel, group_fn fn,
                            void *self, tjac_err *err)
{
    size_t first[N_CLASSES];
    bool differ = false;
    count_classes(run, 0, panel, first);
    for (size_t i = 1; i < run->n_models; i++) {
        size_t n[N_CLASSES];
        count_classes(run, i, panel, n);
        differ = differ || memcmp(n, first, sizeof n) != 0;
    }
    for (size_t i = 0; i < (differ ? run->n_models : 1); i++) {
        group g = {c,
                   c->panel[panel].name,
                   &run->blocks.panel[panel],
                   differ ? run->model[i].input.name : NULL,
                   {0}};
        count_classes(run, i, panel, g.n);
        if (fn(&g, self, err))
            return err->code;
    }
    return TJAC_OK;
}

tjac_code cmd_warn_compressed(const tjac_config *c, const tjac_stats *s, tjac_names *warnings,
                              tjac_err *err)
{
    for (size_t i = 0; i < s->table.n && !err->code; i++) {
        const tjac_j_panel *j = &s->table.panel[i];
        group g = {c, j->panel, NULL, j->model, {0}};
        for (size_t k = 0; k < j->kds.n; k++)
            g.n[j->kd_class[k]]++;
        if (j->estimand == s->table.panel[0].estimand)
            (void)!warn_share(&g, warnings, err);
    }
    return err->code;
}

tjac_code cmd_warn_power(const tjac_config *c, const tjac_run *run, tjac_names *warnings,
                         tjac_err *err)
{
    if (strcmp(c->out, "-") == 0 || !cmd_has_statistics(c))
        return TJAC_OK;
    for (size_t i = 0; i < c->n_panels; i++) {
        const group all = {c, c->panel[i].name, &run->blocks.panel[i], NULL, {0}};
        if (each_group(c, run, i, warn_kds, warnings, err) || warn_blocks(&all, warnings, err))
            return err->code;
    }
    return TJAC_OK;
}

/* ---- what is so ---- */

static tjac_code print_group(const group *g, void *self, tjac_err *err)
{
    static const tjac_kd_class references[] = {TJAC_KD_UNRELATED, TJAC_KD_BACKGROUND};
    (void)err;
    for (size_t i = 0; i < 2; i++) {
        double p = p_kds_min(g, references[i]);
        if (!isnan(p)) /* without KDs on one side */
            cmd_say(self, "panel %s%s%s: %zu KDs against %zu %s: p_kds can be %.3g at least\n",
                    g->panel, g->model ? " of " : "", g->model ? g->model : "",
                    g->n[TJAC_KD_PATHWAY], g->n[references[i]], tjac_kd_class_name(references[i]),
                    p);
    }
    return TJAC_OK;
}

tjac_code cmd_print_power(FILE *f, const tjac_config *c, const tjac_run *run, size_t panel,
                          tjac_err *err)
{
    const tjac_blocks_panel *b = &run->blocks.panel[panel];
    if (!cmd_has_statistics(c) || each_group(c, run, panel, print_group, f, err))
        return err->code;
    if (b->n_rows)
        cmd_say(f, "panel %s: %zu x %zu blocks: p_blocks can be %.3g at least\n",
                c->panel[panel].name, b->n_rows + 1, b->n_cols + 1,
                p_blocks_min(b->n_rows, b->n_cols));
    return TJAC_OK;
}
