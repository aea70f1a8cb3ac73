#include "cmd/cmd_power.h"

#include <stdint.h>
#include <string.h>
#include "base/text.h"
#include "cmd/cmd_common.h"
#include "stats/inference.h"

enum { N_CLASSES = TJAC_KD_BACKGROUND + 1 };

/* A panel of one model, and its KDs by class. */
typedef struct {
    const tjac_config *config;
    const tjac_plan_panel *panel;
    const char *model; /* NULL: all models have as many */
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
    tjac_text_add(&t, "panel '%s'%s%s%s %s", g->panel->name, g->model ? " of model '" : "",
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

static tjac_code warn_reference(const group *g, tjac_kd_class reference, tjac_names *warnings,
                                tjac_err *err)
{
    const tjac_config_stats *o = &g->config->stats;
    size_t n1 = g->n[TJAC_KD_PATHWAY], n2 = g->n[reference];
    double p_min = tjac_permutation_p_min(n1, n2, o->permutations, o->two_sided);
    tjac_text t = {0};
    if (!(p_min >= o->alpha)) /* NaN without such KDs */
        return TJAC_OK;
    tjac_text_add(&t,
                  "is underpowered: %zu KD(s) against %zu %s can never give p below %.3g and "
                  "'stats.alpha' is %g; ",
                  n1, n2, tjac_kd_class_name(reference), p_min, o->alpha);
    advise(g, tjac_permutation_p_min(n1, n2, SIZE_MAX, o->two_sided), &t);
    tjac_code code = say(g, &t, warnings, err);
    tjac_text_free(&t);
    return code;
}

static tjac_code warn_panel(const group *g, tjac_names *warnings, tjac_err *err)
{
    tjac_text t = {0};
    size_t kds = g->n[TJAC_KD_PATHWAY];
    if (kds == 0)
        tjac_text_add(&t, "has no KDs, so its verdict will be NA; name them in its 'kds'");
    else if (g->n[TJAC_KD_UNRELATED] + g->n[TJAC_KD_BACKGROUND] == 0)
        tjac_text_add(&t,
                      "has no KDs to compare its %zu KD(s) with, so its verdict will be NA; name "
                      "some in its 'unrelated_kds', or set \"kds\": \"all\" for the run",
                      kds);
    if (t.text || t.failed)
        say(g, &t, warnings, err);
    else if (!warn_reference(g, TJAC_KD_UNRELATED, warnings, err))
        warn_reference(g, TJAC_KD_BACKGROUND, warnings, err);
    tjac_text_free(&t);
    return err->code;
}

/* Models that have as many KDs of each class share their sentences. */
static tjac_code warn_models(const tjac_config *c, const tjac_run *run, size_t panel,
                             tjac_names *warnings, tjac_err *err)
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
        const tjac_run_model *m = &run->model[i];
        group g = {c, &m->plan.panel[panel], differ ? m->input.name : NULL, {0}};
        count_classes(run, i, panel, g.n);
        if (warn_panel(&g, warnings, err))
            return err->code;
    }
    return TJAC_OK;
}

tjac_code cmd_warn_power(const tjac_config *c, const tjac_run *run, tjac_names *warnings,
                         tjac_err *err)
{
    if (strcmp(c->out, "-") == 0)
        return TJAC_OK;
    for (size_t i = 0; i < c->n_panels; i++)
        if (warn_models(c, run, i, warnings, err))
            return err->code;
    return TJAC_OK;
}
