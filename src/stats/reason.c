/* Why a row has its verdict, in words. */
#include <math.h>
#include "base/text.h"
#include "stats/verdict_parts.h"

/* From here on KDs that resemble each other are told. */
static const double correlated = 0.3;

/* ---- no answer, no power ---- */

/* Why no KD of a class has a score. */
static const char *why_no_score(const tjac_panel_stat *r, int class)
{
    const tjac_j_panel *j = r->panel;
    bool number = true;
    for (size_t k = 0; k < j->kds.n; k++)
        for (size_t i = 0; (int)j->kd_class[k] == class && i < j->n_pairs; i++)
            number = number && (j->pair[i].kind == TJAC_PAIR_UNRELATED_TARGET ||
                                j->self[k * j->n_pairs + i] || isfinite(j->J[k * j->n_pairs + i]));
    return number ? "under each of them all pairs of some block are the KD's own"
                  : "a J under each of them is not a number";
}

static bool has_class(const tjac_panel_stat *r, int class)
{
    for (size_t k = 0; k < r->panel->kds.n; k++)
        if ((int)r->panel->kd_class[k] == class)
            return true;
    return false;
}

/* What J of the pathway is under all KDs but the control. */
typedef struct {
    size_t of_others; /* where the KD is neither gene */
    size_t numbers;   /* of these */
    size_t zeros;     /* of these */
    size_t off;       /* of these, where the last ReLU passes in no cell */
} pathway_J;

static pathway_J count_pathway(const tjac_j_panel *j)
{
    pathway_J n = {0, 0, 0, 0};
    for (size_t k = 0; k < j->kds.n; k++)
        for (size_t i = 0; tjac_j_panel_counts(j, k) && i < j->n_pairs; i++) {
            double J = j->J[k * j->n_pairs + i];
            if (j->pair[i].kind != TJAC_PAIR_PATHWAY || j->self[k * j->n_pairs + i])
                continue;
            n.of_others++;
            n.numbers += isfinite(J) ? 1 : 0;
            n.zeros += J == 0;
            n.off += J == 0 && (!j->off || j->off[k * j->n_pairs + i]);
        }
    return n;
}

/* Why no pathway pair is alive; NULL: some are. */
static const char *why_dead(const tjac_j_panel *j)
{
    const pathway_J n = count_pathway(j);
    if (n.of_others == 0)
        return "every pathway pair is the KD's own under every KD";
    if (n.numbers == 0)
        return "no J of the pathway is a number";
    if (n.zeros < n.numbers)
        return NULL;
    return n.off == n.zeros
               ? "last ReLU off (active 0): J of every pathway pair is 0 under every KD"
               : "J of every pathway pair is 0 under every KD, though the last ReLU "
                 "is not off everywhere (active)";
}

static void explain_no_answer(const tjac_panel_stat *r, tjac_text *t)
{
    const char *dead = why_dead(r->panel);
    const pathway_J n = count_pathway(r->panel);
    if (!has_class(r, TJAC_KD_PATHWAY))
        tjac_text_add(t, "the panel has no KDs");
    else if (dead) /* which more KDs or blocks would not change */
        tjac_text_add(t, "%s", dead);
    else if (r->reference < 0)
        tjac_text_add(t, "the run has neither unrelated nor background KDs to compare with");
    else if (r->n_rows == 0 || r->n_cols == 0)
        tjac_text_add(t, "no blocks: no %s of like expression could be drawn and kept",
                      r->n_rows == 0 ? "regulators" : "targets");
    else if (r->n_pathway_kds == 0)
        tjac_text_add(t, "no pathway KD has a score: %s", why_no_score(r, TJAC_KD_PATHWAY));
    else if (r->n_reference_kds == 0)
        tjac_text_add(t, "no %s KD has a score: %s", tjac_reference_name(r->reference),
                      why_no_score(r, r->reference));
    else
        tjac_text_add(t,
                      "%sJ of every pathway pair is 0 under %zu of %zu pathway and %zu of %zu %s "
                      "KDs",
                      n.off == n.zeros ? "last ReLU off (active 0): " : "", r->n_floored[0],
                      r->n_pathway_kds, r->n_floored[1], r->n_reference_kds,
                      tjac_reference_name(r->reference));
}

static void explain_underpowered(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    if (r->p_kds_min >= o->alpha)
        tjac_text_add(t, "too few KDs: %zu against %zu can never give p_kds below %.3g",
                      r->n_pathway_kds, r->n_reference_kds, r->p_kds_min);
    else if (r->p_blocks_min >= o->alpha)
        tjac_text_add(t,
                      "too few genes of like expression: %zu x %zu blocks can never give p_blocks "
                      "below %.3g",
                      r->n_rows + 1, r->n_cols + 1, r->p_blocks_min);
    else
        tjac_text_add(t,
                      "too many panels for so few KDs: beside the others' p, q can never be below "
                      "%.3g",
                      r->q_min);
    tjac_text_add(t, "; alpha is %.3g", o->alpha);
}

/* ---- criteria that fail ---- */

static void explain_not_elevated(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    if (!(r->elevation_effect >= o->min_effect))
        tjac_text_add(t,
                      "the pathway is not above matched pairs: elevation_effect %.3g, min_effect "
                      "%.3g",
                      r->elevation_effect, o->min_effect);
    else if (!(r->pathway_effect > 0))
        tjac_text_add(t,
                      "the pathway does not rise (pathway_effect %.3g), matched pairs fall "
                      "(matched_effect %.3g)",
                      r->pathway_effect, r->matched_effect);
    else
        tjac_text_add(t, "no more than chance among KDs: p_elevation %.3g", r->p_elevation);
}

/* Which of the criterion's conditions fails first. */
static void add_unspecific(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    if (!(r->effect >= o->min_effect))
        tjac_text_add(t, "what is left as routing, effect %.3g, is below min_effect %.3g",
                      r->effect, o->min_effect);
    else if (!(r->p_blocks < o->alpha))
        tjac_text_add(t, "other blocks have as much: p_blocks %.3g", r->p_blocks);
    else if (!(r->q < o->alpha))
        tjac_text_add(t, "other KDs have as much: q %.3g", r->q);
    else if (!(r->routing_linear > 0))
        tjac_text_add(t, "the effect %.3g is one of the logarithm alone: routing_linear %.3g",
                      r->effect, r->routing_linear);
    else if (isnan(r->unrelated_effect))
        tjac_text_add(t, "the targets that are named have no J to compare with");
    else
        tjac_text_add(t,
                      "the targets that are named answer as well: unrelated_effect %.3g, "
                      "p_unrelated %.3g",
                      r->unrelated_effect, r->p_unrelated);
}

static void explain_not_specific(const tjac_panel_stat *r, const tjac_config_stats *o, tjac_text *t)
{
    bool row = r->row_effect >= r->col_effect;
    double larger = row ? r->row_effect : r->col_effect;
    if (larger - r->matched_effect >= o->min_effect)
        tjac_text_add(t, "%s (%s %.3g); ",
                      row ? "regulators act on everything" : "targets answer to everything",
                      row ? "row_effect" : "col_effect", larger);
    add_unspecific(r, o, t);
}

static void explain_not_consistent(const tjac_panel_stat *r, tjac_text *t)
{
    if (r->n_pathway_kds == 1)
        tjac_text_add(t, "one KD alone cannot show consistency");
    else if (!(r->members_elevated >= verdict_members))
        tjac_text_add(t, "%.0f of %zu KDs are above the reference median; %.0f %% are needed",
                      r->members_elevated * (double)r->n_pathway_kds, r->n_pathway_kds,
                      100 * verdict_members);
    else if (!(r->loo_kd_min >= r->effect / 2))
        tjac_text_add(t, "without one KD the effect falls from %.3g to %.3g", r->effect,
                      r->loo_kd_min);
    else
        tjac_text_add(t, "without one gene's pairs the effect falls from %.3g to %.3g", r->effect,
                      r->loo_gene_min);
}

static void explain_not_replicated(const verdict_models *m, tjac_text *t)
{
    if (!m->against)
        tjac_text_add(t, "another model of the run has no such KDs");
    else
        tjac_text_add(t, "%s in model '%s' (effect %.3g)", tjac_verdict_name(m->against->verdict),
                      m->against->panel->model, m->against->effect);
}

static void explain_positive(const tjac_panel_stat *r, const verdict_models *m, tjac_text *t)
{
    tjac_text_add(t, "%.0f of %zu KDs are above the reference median",
                  r->members_elevated * (double)r->n_pathway_kds, r->n_pathway_kds);
    if (r->panel->shuffled)
        tjac_text_add(t, "; the weights of this model are shuffled: a control that should not be "
                         "positive");
    else if (r->replicated == TJAC_YES && m->of == 2) /* of more, add_remarks tells how many */
        tjac_text_add(t, "; elevated and specific in every model");
    else if (m->of == 1)
        tjac_text_add(t, "; one model: replication was not tested");
}

/* ---- what else one should know ---- */

static void add_balance(const tjac_panel_stat *r, tjac_text *t)
{
    static const char *const roles[2] = {"regulators", "targets"};
    for (int i = 0; i < 2; i++)
        if (fabs(r->panel->balance[i]) > TJAC_BLOCKS_BALANCE)
            tjac_text_add(t, "; drawn %s differ in expression by %.2g standard deviations",
                          roles[i], r->panel->balance[i]);
}

static void add_remarks(const tjac_panel_stat *r, const tjac_panel_stats *s,
                        const verdict_models *m, const tjac_config_stats *o, tjac_text *t)
{
    const tjac_j_panel *j = r->panel;
    size_t n = 0, floored = r->n_floored[0] + r->n_floored[1];
    for (size_t k = 0; k < j->kds.n; k++)
        n += j->kd_class[k] == TJAC_KD_PATHWAY || (int)j->kd_class[k] == r->reference;
    n -= r->n_pathway_kds + r->n_reference_kds;
    if (o->two_sided && r->effect < 0 && r->p_kds < o->alpha)
        tjac_text_add(t, "; routing falls: effect %.3g, p_kds %.3g", r->effect, r->p_kds);
    if (r->kd_correlation > correlated && !(r->p_vif < o->alpha))
        tjac_text_add(t, "; the KDs resemble each other (kd_correlation %.2g): p_vif %.3g",
                      r->kd_correlation, r->p_vif);
    if (n)
        tjac_text_add(t, "; %zu KD%s without a score %s left out", n, n == 1 ? "" : "s",
                      n == 1 ? "is" : "are");
    if (floored)
        tjac_text_add(t, "; under %zu KD%s J of every pathway pair is 0 (floored)", floored,
                      floored == 1 ? "" : "s");
    add_balance(r, t);
    if (m->of > 2 && !j->shuffled)
        tjac_text_add(t, "; elevated and specific in %zu of %zu models", m->confirm, m->of);
    if (!j->shuffled && tjac_verdict_of_control(s, r))
        tjac_text_add(t, "; positive in a shuffled control too: do not trust it");
}

tjac_code verdict_explain(tjac_panel_stat *r, const tjac_panel_stats *s, const tjac_config_stats *o,
                          tjac_err *err)
{
    const verdict_models m = verdict_count(s, r);
    tjac_text t = {0};
    switch (r->verdict) {
    case TJAC_VERDICT_NO_ANSWER:
        explain_no_answer(r, &t);
        break;
    case TJAC_VERDICT_UNDERPOWERED:
        explain_underpowered(r, o, &t);
        break;
    case TJAC_VERDICT_NOT_ELEVATED:
        explain_not_elevated(r, o, &t);
        break;
    case TJAC_VERDICT_NOT_SPECIFIC:
        explain_not_specific(r, o, &t);
        break;
    case TJAC_VERDICT_NOT_CONSISTENT:
        explain_not_consistent(r, &t);
        break;
    case TJAC_VERDICT_NOT_REPLICATED:
        explain_not_replicated(&m, &t);
        break;
    case TJAC_VERDICT_POSITIVE:
        explain_positive(r, &m, &t);
        break;
    }
    if (r->verdict != TJAC_VERDICT_NO_ANSWER)
        add_remarks(r, s, &m, o, &t);
    if (!t.text || t.failed) {
        tjac_text_free(&t);
        return tjac_err_memory(err, "out of memory");
    }
    r->reason = t.text;
    return TJAC_OK;
}
