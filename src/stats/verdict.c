#include "stats/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "stats/verdict_parts.h"

const char *tjac_verdict_name(tjac_verdict v)
{
    static const char *const names[] = {"no_answer",    "underpowered",   "not_elevated",
                                        "not_specific", "not_consistent", "not_replicated",
                                        "positive"};
    return names[v];
}

/* ---- false discovery ---- */

bool verdict_floored(const tjac_panel_stat *r)
{
    return 2 * r->n_floored[0] > r->n_pathway_kds || 2 * r->n_floored[1] > r->n_reference_kds;
}

static bool has_answer(const tjac_panel_stat *r)
{
    return !isnan(r->p_kds) && !isnan(r->p_blocks) && !verdict_floored(r);
}

/* NaN compares false: such a row is in no family. */
static bool in_family(const tjac_panel_stat *r, const tjac_panel_stat *of, double alpha)
{
    return r->panel->estimand == of->panel->estimand && r->reference == of->reference &&
           r->panel->shuffled == of->panel->shuffled && has_answer(r) && r->p_kds_min < alpha &&
           r->p_blocks_min < alpha;
}

/* q and q_min of one row within its family; p, q: [s->n] room. */
static tjac_code adjust(tjac_panel_stats *s, size_t row, double alpha, double *p, double *q,
                        tjac_err *err)
{
    tjac_panel_stat *r = &s->row[row];
    for (size_t i = 0; i < s->n; i++)
        p[i] = in_family(&s->row[i], r, alpha) ? s->row[i].p_kds : NAN;
    if (isnan(p[row]))
        return TJAC_OK;
    if (tjac_false_discovery(p, s->n, q, err))
        return err->code;
    r->q = q[row];
    p[row] = r->p_kds_min;
    if (!tjac_false_discovery(p, s->n, q, err))
        r->q_min = q[row];
    return err->code;
}

static tjac_code adjust_all(tjac_panel_stats *s, double alpha, tjac_err *err)
{
    double *p = tjac_alloc(s->n, sizeof *p, err), *q = tjac_alloc(s->n, sizeof *q, err);
    for (size_t i = 0; i < s->n && !err->code; i++)
        (void)!adjust(s, i, alpha, p, q, err);
    free(p);
    free(q);
    return err->code;
}

/* ---- criteria ---- */

static tjac_tri tri(bool holds)
{
    return holds ? TJAC_YES : TJAC_NO;
}

static bool names_targets(const tjac_panel_stat *r)
{
    for (size_t i = 0; i < r->panel->n_pairs; i++)
        if (r->panel->pair[i].kind == TJAC_PAIR_UNRELATED_TARGET)
            return true;
    return false;
}

/* What is NaN compares false: an undefined effect is no rise. */
static void set_criteria(tjac_panel_stat *r, const tjac_config_stats *o)
{
    if (!has_answer(r))
        return;
    if (!isnan(r->p_elevation))
        r->elevated = tri(r->elevation_effect >= o->min_effect && r->pathway_effect > 0 &&
                          r->p_elevation < o->alpha);
    if (!isnan(r->q) && !isnan(r->p_blocks) && !(names_targets(r) && isnan(r->p_unrelated)))
        r->specific = tri(r->q < o->alpha && r->p_blocks < o->alpha && r->effect >= o->min_effect &&
                          r->routing_linear > 0 &&
                          (!names_targets(r) ||
                           (r->unrelated_effect >= o->min_effect && r->p_unrelated < o->alpha)));
    if (!isnan(r->effect))
        r->consistent =
            tri(r->n_pathway_kds > 1 && r->members_elevated >= verdict_members &&
                r->loo_kd_min >= r->effect / 2 && (isnan(r->loo_gene_min) || r->loo_gene_min > 0));
}

/* The same question asked of another model. */
static bool same_question(const tjac_panel_stat *a, const tjac_panel_stat *b)
{
    return a->reference == b->reference && a->panel->estimand == b->panel->estimand &&
           strcmp(a->panel->panel, b->panel->panel) == 0 &&
           strcmp(a->panel->cell_type, b->panel->cell_type) == 0;
}

/* Models of the rows that are no controls. */
static size_t count_models(const tjac_panel_stats *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool first = !s->row[i].panel->shuffled;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(s->row[k].panel->model, s->row[i].panel->model) != 0;
        n += first;
    }
    return n;
}

static bool confirms(const tjac_panel_stat *r)
{
    return r->elevated == TJAC_YES && r->specific == TJAC_YES;
}

verdict_models verdict_count(const tjac_panel_stats *s, const tjac_panel_stat *of)
{
    verdict_models m = {.of = count_models(s)};
    for (size_t i = 0; i < s->n; i++) {
        const tjac_panel_stat *r = &s->row[i];
        if (r->panel->shuffled || !same_question(r, of))
            continue;
        m.confirm += confirms(r);
        if (!confirms(r) && !m.against)
            m.against = r;
    }
    return m;
}

bool tjac_verdict_of_control(const tjac_panel_stats *s, const tjac_panel_stat *of)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->row[i].panel->shuffled && s->row[i].verdict == TJAC_VERDICT_POSITIVE &&
            same_question(&s->row[i], of))
            return true;
    return false;
}

/* ---- verdicts ---- */

static tjac_verdict judge(const tjac_panel_stat *r, const tjac_config_stats *o)
{
    if (!has_answer(r))
        return TJAC_VERDICT_NO_ANSWER;
    if (r->p_kds_min >= o->alpha || r->p_blocks_min >= o->alpha || r->q_min >= o->alpha)
        return TJAC_VERDICT_UNDERPOWERED;
    if (r->elevated != TJAC_YES)
        return TJAC_VERDICT_NOT_ELEVATED;
    if (r->specific != TJAC_YES)
        return TJAC_VERDICT_NOT_SPECIFIC;
    if (r->consistent != TJAC_YES)
        return TJAC_VERDICT_NOT_CONSISTENT;
    if (r->replicated == TJAC_NO)
        return TJAC_VERDICT_NOT_REPLICATED;
    return TJAC_VERDICT_POSITIVE;
}

tjac_code tjac_verdict_all(tjac_panel_stats *s, const tjac_config_stats *o, tjac_err *err)
{
    if (adjust_all(s, o->alpha, err))
        return err->code;
    for (size_t i = 0; i < s->n; i++)
        set_criteria(&s->row[i], o);
    for (size_t i = 0; i < s->n; i++) {
        tjac_panel_stat *r = &s->row[i];
        verdict_models models = verdict_count(s, r);
        if (!r->panel->shuffled && models.of > 1)
            r->replicated = tri(models.confirm == models.of);
        r->verdict = judge(r, o);
    }
    for (size_t i = 0; i < s->n && !err->code; i++)
        (void)!verdict_explain(&s->row[i], s, o, err);
    return err->code;
}
