#include "stats/verdict.h"

#include <math.h>
#include <string.h>
#include "base/text.h"

static const double members_needed = 0.75;

const char *tjac_verdict_name(tjac_verdict v)
{
    static const char *const names[] = {
        "NA",           "underpowered",   "not_elevated", "not_consistent",
        "not_specific", "not_replicated", "positive"};
    return names[v];
}

const char *tjac_reference_name(int reference)
{
    return reference < 0 ? "NA" : tjac_kd_class_name((tjac_kd_class)reference);
}

/* ---- criteria ---- */

static tjac_tri tri(bool holds)
{
    return holds ? TJAC_YES : TJAC_NO;
}

/* NaN compares false: an undefined effect_pathway is no rise. */
static void set_criteria(tjac_panel_stat *r, const tjac_config_stats *o)
{
    double effect = r->test.effect;
    if (!isnan(r->q))
        r->elevated = tri(r->q < o->alpha && effect >= o->min_effect && r->effect_pathway > 0);
    if (r->n_pathway_kds > 1 && !isnan(effect))
        r->consistent =
            tri(r->members_elevated >= members_needed && r->loo_effect_min >= effect / 2 &&
                (isnan(r->loo_pair_effect_min) || r->loo_pair_effect_min > 0));
    if (!isnan(r->q_specificity))
        r->specific = tri(r->q_specificity < o->alpha && r->specificity >= o->min_effect);
}

/* The same question asked of another model. */
static bool same_question(const tjac_panel_stat *a, const tjac_panel_stat *b)
{
    return a->reference == b->reference && a->block->estimand == b->block->estimand &&
           strcmp(a->block->panel, b->block->panel) == 0 &&
           strcmp(a->block->cell_type, b->block->cell_type) == 0;
}

static size_t count_models(const tjac_j_table *t)
{
    size_t n = 0;
    for (size_t b = 0; b < t->n; b++) {
        bool first = true;
        for (size_t k = 0; k < b; k++)
            first = first && strcmp(t->panel[k].model, t->panel[b].model) != 0;
        n += first;
    }
    return n;
}

/* The row of the first model in which the question's answer is not "elevated", NULL when there is
 * none; *asked becomes the number of models that have the question. */
static const tjac_panel_stat *not_elevated(const tjac_panel_stats *s, const tjac_panel_stat *of,
                                           size_t *asked)
{
    const tjac_panel_stat *found = NULL;
    *asked = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!same_question(&s->row[i], of))
            continue;
        ++*asked;
        if (!found && s->row[i].elevated != TJAC_YES)
            found = &s->row[i];
    }
    return found;
}

/* ---- verdicts ---- */

static tjac_verdict judge(const tjac_panel_stat *r, const tjac_config_stats *o)
{
    if (r->n_pathway_kds == 0 || r->n_reference_kds == 0 || isnan(r->test.p))
        return TJAC_VERDICT_NA;
    if (r->test.p_min >= o->alpha)
        return TJAC_VERDICT_UNDERPOWERED;
    if (r->elevated == TJAC_NO)
        return TJAC_VERDICT_NOT_ELEVATED;
    if (r->consistent == TJAC_NO || r->n_pathway_kds == 1)
        return TJAC_VERDICT_NOT_CONSISTENT;
    if (r->specific == TJAC_NO)
        return TJAC_VERDICT_NOT_SPECIFIC;
    if (r->replicated == TJAC_NO)
        return TJAC_VERDICT_NOT_REPLICATED;
    return TJAC_VERDICT_POSITIVE;
}

/* ---- reasons ---- */

/* Why a group is empty: no such KDs, or the first of their reasons. */
static void explain_na(const tjac_panel_stat *r, const tjac_kd_score *score, tjac_text *t)
{
    const tjac_j_panel *b = r->block;
    int class = r->n_pathway_kds == 0 ? (int)TJAC_KD_PATHWAY : r->reference;
    if (r->n_pathway_kds && r->reference < 0) {
        tjac_text_add(t, "the run has neither unrelated nor background KDs to compare with");
        return;
    }
    for (size_t k = 0; k < b->kds.n; k++)
        if ((int)b->kd_class[k] == class && score[k].reason) {
            tjac_text_add(t, "no %s KD has a score: %s",
                          class == TJAC_KD_PATHWAY ? "pathway" : tjac_reference_name(class),
                          score[k].reason);
            return;
        }
    if (class == TJAC_KD_PATHWAY)
        tjac_text_add(t, "the panel names no KDs");
    else
        tjac_text_add(t, "no p: the scores are not numbers");
}

static void explain_not_elevated(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    if (!(r->test.effect >= o->min_effect))
        tjac_text_add(t, "effect %.3g is below min_effect %.3g", r->test.effect, o->min_effect);
    else if (!(r->q < o->alpha))
        tjac_text_add(t, "q %.3g is not below alpha %.3g", r->q, o->alpha);
    else if (isnan(r->effect_pathway))
        tjac_text_add(t, "effect_pathway is undefined: under some KD every J is 0");
    else
        tjac_text_add(t, "the null falls (%.3g) and the pathway does not rise (%.3g)",
                      r->effect_null, r->effect_pathway);
}

static void explain_not_consistent(const tjac_panel_stat *r, tjac_text *t)
{
    if (r->n_pathway_kds == 1)
        tjac_text_add(t, "one KD alone cannot show consistency");
    else if (!(r->members_elevated >= members_needed))
        tjac_text_add(t, "%.0f of %zu KDs are above the reference median; %.0f %% are needed",
                      r->members_elevated * (double)r->n_pathway_kds, r->n_pathway_kds,
                      100 * members_needed);
    else if (!(r->loo_effect_min >= r->test.effect / 2))
        tjac_text_add(t, "without one KD the effect falls from %.3g to %.3g", r->test.effect,
                      r->loo_effect_min);
    else
        tjac_text_add(t, "without one gene's pairs the effect falls from %.3g to %.3g",
                      r->test.effect, r->loo_pair_effect_min);
}

static void explain_not_specific(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    if (!(r->specificity >= o->min_effect))
        tjac_text_add(t, "on unrelated targets as well: specificity %.3g is below min_effect %.3g",
                      r->specificity, o->min_effect);
    else
        tjac_text_add(t, "q_specificity %.3g is not below alpha %.3g", r->q_specificity, o->alpha);
}

static void explain_not_replicated(const tjac_panel_stat *r, const tjac_panel_stats *s,
                                   tjac_text *t)
{
    size_t asked;
    const tjac_panel_stat *other = not_elevated(s, r, &asked);
    if (!other)
        tjac_text_add(t, "another model of the run has no such KDs");
    else if (other->elevated == TJAC_NO)
        tjac_text_add(t, "not elevated in model '%s' (effect %.3g; q %.3g)", other->block->model,
                      other->test.effect, other->q);
    else
        tjac_text_add(t, "model '%s' gives no answer", other->block->model);
}

static void explain_positive(const tjac_panel_stat *r, tjac_text *t)
{
    tjac_text_add(t, "%.0f of %zu KDs are above the reference median",
                  r->members_elevated * (double)r->n_pathway_kds, r->n_pathway_kds);
    if (r->specific == TJAC_UNKNOWN)
        tjac_text_add(t, "; specificity was not tested");
    tjac_text_add(t, r->replicated == TJAC_YES ? "; elevated in every model"
                                               : "; one model: replication was not tested");
}

/* KDs of the two groups that have no score. */
static void mention_left_out(const tjac_panel_stat *r, const tjac_kd_score *score, tjac_text *t)
{
    const tjac_j_panel *b = r->block;
    size_t n = 0;
    for (size_t k = 0; k < b->kds.n; k++)
        n += !isfinite(score[k].score) &&
             (b->kd_class[k] == TJAC_KD_PATHWAY || (int)b->kd_class[k] == r->reference);
    if (n && r->verdict != TJAC_VERDICT_NA)
        tjac_text_add(t, "; %zu KDs without a score are left out", n);
}

static tjac_code explain(tjac_panel_stat *r, const tjac_panel_stats *s, const tjac_kd_score *score,
                         const tjac_config_stats *o, tjac_err *err)
{
    tjac_text t = {0};
    if (r->verdict == TJAC_VERDICT_NA) {
        explain_na(r, score, &t);
    } else if (r->verdict == TJAC_VERDICT_UNDERPOWERED) {
        tjac_text_add(&t, "%zu against %zu KDs can never give p below %.3g; alpha is %.3g",
                      r->n_pathway_kds, r->n_reference_kds, r->test.p_min, o->alpha);
    } else if (r->verdict == TJAC_VERDICT_NOT_ELEVATED) {
        explain_not_elevated(r, o, &t);
    } else if (r->verdict == TJAC_VERDICT_NOT_CONSISTENT) {
        explain_not_consistent(r, &t);
    } else if (r->verdict == TJAC_VERDICT_NOT_SPECIFIC) {
        explain_not_specific(r, o, &t);
    } else if (r->verdict == TJAC_VERDICT_NOT_REPLICATED) {
        explain_not_replicated(r, s, &t);
    } else {
        explain_positive(r, &t);
    }
    mention_left_out(r, score, &t);
    if (!t.text || t.failed) {
        tjac_text_free(&t);
        return tjac_err_memory(err, "out of memory");
    }
    r->reason = t.text;
    return TJAC_OK;
}

tjac_code tjac_verdict_all(tjac_panel_stats *s, const tjac_j_table *table,
                           tjac_kd_score *const *score, const tjac_config_stats *o, tjac_err *err)
{
    size_t models = count_models(table), asked;
    for (size_t i = 0; i < s->n; i++)
        set_criteria(&s->row[i], o);
    for (size_t i = 0; i < s->n; i++) {
        tjac_panel_stat *r = &s->row[i];
        if (models > 1)
            r->replicated = tri(!not_elevated(s, r, &asked) && asked == models);
        r->verdict = judge(r, o);
    }
    for (size_t i = 0; i < s->n; i++) {
        tjac_panel_stat *r = &s->row[i];
        if (explain(r, s, score[r->block - table->panel], o, err))
            return err->code;
    }
    return TJAC_OK;
}
