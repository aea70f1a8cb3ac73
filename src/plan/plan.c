#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "plan/plan_missing.h"

const char *tjac_pair_kind_name(tjac_pair_kind kind)
{
    static const char *const names[] = {"pathway", "matched", "row", "col", "unrelated_target"};
    return names[kind];
}

tjac_pair_kind tjac_plan_pair_kind(int row, int col)
{
    if (col == TJAC_COL_NAMED)
        return TJAC_PAIR_UNRELATED_TARGET;
    if (row == 0)
        return col == 0 ? TJAC_PAIR_PATHWAY : TJAC_PAIR_ROW;
    return col == 0 ? TJAC_PAIR_COL : TJAC_PAIR_MATCHED;
}

const char *tjac_kd_class_name(tjac_kd_class c)
{
    static const char *const names[] = {"pathway", "unrelated", "control", "background"};
    return names[c];
}

tjac_kd_class tjac_plan_kd_class(const tjac_config_panel *panel, const char *kd, bool control)
{
    if (control)
        return TJAC_KD_CONTROL;
    if (tjac_names_find(&panel->kds, kd) >= 0)
        return TJAC_KD_PATHWAY;
    return tjac_names_find(&panel->unrelated_kds, kd) >= 0 ? TJAC_KD_UNRELATED : TJAC_KD_BACKGROUND;
}

tjac_code tjac_plan_check_control(const tjac_config *c, const char *control, tjac_err *err)
{
    for (size_t i = 0; i < c->n_panels; i++) {
        const tjac_config_panel *p = &c->panel[i];
        bool kds = tjac_names_find(&p->kds, control) >= 0;
        if (kds || tjac_names_find(&p->unrelated_kds, control) >= 0)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "panel '%s' names the control '%s' in '%s'; the control is in no "
                                "group: remove it there",
                                p->name, control, kds ? "kds" : "unrelated_kds");
    }
    return TJAC_OK;
}

/* ---- lists without repeats ---- */

/* Where inputs, outputs, KDs and pairs stand in the plan: SIZE_MAX, or a position. */
typedef struct {
    size_t *regulator, *target, *kd; /* [inputs], [outputs], [KDs] */
    tjac_index pairs;                /* of tjac_plan.pair by {regulator, target} */
} finder;

static tjac_code finder_init(const tjac_plan_names *names, finder *f, tjac_err *err)
{
    f->regulator = tjac_alloc_unknown(names->inputs->n, err);
    f->target = tjac_alloc_unknown(names->outputs->n, err);
    f->kd = tjac_alloc_unknown(names->kds->n, err);
    return err->code;
}

static void finder_free(finder *f)
{
    free(f->regulator);
    free(f->target);
    free(f->kd);
    tjac_index_free(&f->pairs);
}

/* The position of a gene or KD in a list of the plan, added when it is new. */
static tjac_code add_once(size_t **list, size_t *n, size_t *cap, size_t *where, size_t value,
                          size_t *at, tjac_err *err)
{
    if (where[value] == SIZE_MAX) {
        if (tjac_grow((void **)list, cap, *n + 1, sizeof **list, err))
            return err->code;
        (*list)[*n] = value;
        where[value] = (*n)++;
    }
    *at = where[value];
    return TJAC_OK;
}

static tjac_code add_pair(tjac_plan *p, finder *f, size_t input, size_t output, size_t *at,
                          tjac_err *err)
{
    size_t genes[2], step = 0;
    if (add_once(&p->regulator, &p->n_regulators, &p->cap_regulators, f->regulator, input,
                 &genes[0], err) ||
        add_once(&p->target, &p->n_targets, &p->cap_targets, f->target, output, &genes[1], err) ||
        tjac_index_reserve(&f->pairs, p->n_pairs, err) ||
        tjac_grow((void **)&p->pair, &p->cap_pairs, p->n_pairs + 1, sizeof *p->pair, err))
        return err->code;
    uint32_t hash = tjac_index_hash(&f->pairs, genes, sizeof genes);
    for (int64_t i; (i = tjac_index_next(&f->pairs, hash, &step)) >= 0;)
        if (p->pair[i].regulator == genes[0] && p->pair[i].target == genes[1]) {
            *at = (size_t)i;
            return TJAC_OK;
        }
    tjac_index_add(&f->pairs, hash, p->n_pairs);
    *at = p->n_pairs++;
    p->pair[*at] = (tjac_plan_pair){genes[0], genes[1]};
    return TJAC_OK;
}

/* ---- KDs and panels ---- */

static tjac_code add_kds(tjac_plan *p, finder *f, const tjac_names *wanted, tjac_err *err)
{
    size_t at;
    for (size_t i = 0; i < wanted->n; i++) {
        int64_t k = tjac_names_find(p->names->kds, wanted->name[i]);
        if (k < 0 || strcmp(wanted->name[i], p->names->control) == 0)
            continue; /* missing and skipped, or the control, which comes last */
        if (add_once(&p->kd, &p->n_kds, &p->cap_kds, f->kd, (size_t)k, &at, err))
            return err->code;
    }
    return TJAC_OK;
}

/* The KDs of the run: the rule's, then what the panels name besides, then the control. */
static tjac_code make_kds(tjac_plan *p, finder *f, const tjac_config *c, tjac_err *err)
{
    size_t at;
    int64_t control = tjac_names_find(p->names->kds, p->names->control);
    if (c->kds_rule == TJAC_KDS_ALL && add_kds(p, f, p->names->kds, err))
        return err->code;
    if (c->kds_rule == TJAC_KDS_LIST && add_kds(p, f, &c->kds, err))
        return err->code;
    for (size_t i = 0; i < c->n_panels; i++)
        if (add_kds(p, f, &c->panel[i].kds, err) || add_kds(p, f, &c->panel[i].unrelated_kds, err))
            return err->code;
    if (control < 0)
        return tjac_err_set(err, TJAC_EMISSING,
                            "the control '%s' is not among the KDs of model "
                            "'%s'",
                            p->names->control, p->names->model);
    return add_once(&p->kd, &p->n_kds, &p->cap_kds, f->kd, (size_t)control, &at, err);
}

static tjac_code classify_kds(tjac_plan *p, const tjac_config_panel *from, tjac_plan_panel *panel,
                              tjac_err *err)
{
    if (!(panel->kd_class = tjac_alloc(p->n_kds, sizeof *panel->kd_class, err)))
        return err->code;
    for (size_t k = 0; k < p->n_kds; k++) {
        const char *name = p->names->kds->name[p->kd[k]];
        panel->kd_class[k] = tjac_plan_kd_class(from, name, strcmp(name, p->names->control) == 0);
    }
    return TJAC_OK;
}

/* like: what it is, its pair to be found. */
static tjac_code add_row(tjac_plan *p, finder *f, tjac_plan_panel *panel, const tjac_plan_row *like,
                         const char *regulator, const char *target, tjac_err *err)
{
    int64_t in = tjac_names_find(p->names->inputs, regulator);
    int64_t out = tjac_names_find(p->names->outputs, target);
    size_t pair = 0;
    if (in < 0 || out < 0)
        return TJAC_OK; /* missing and skipped: listed already */
    if (add_pair(p, f, (size_t)in, (size_t)out, &pair, err) ||
        tjac_grow((void **)&panel->row, &panel->cap_rows, panel->n_rows + 1, sizeof *panel->row,
                  err))
        return err->code;
    panel->row[panel->n_rows] = *like;
    panel->row[panel->n_rows++].pair = pair;
    return TJAC_OK;
}

static tjac_code add_pathway(tjac_plan *p, finder *f, const tjac_panel *from,
                             tjac_plan_panel *panel, tjac_err *err)
{
    const tjac_plan_row pathway = {TJAC_PAIR_PATHWAY, 0, 0, 0};
    for (size_t i = 0; i < from->n_pairs; i++)
        if (add_row(p, f, panel, &pathway, from->regulators.name[from->pair[i].regulator],
                    from->targets.name[from->pair[i].target], err))
            return err->code;
    return TJAC_OK;
}

/* The pairs of the other blocks. */
static tjac_code add_blocks(tjac_plan *p, finder *f, const tjac_blocks_panel *blocks,
                            tjac_plan_panel *panel, tjac_err *err)
{
    for (size_t i = 0; i < blocks->n_pairs; i++) {
        const tjac_blocks_pair *pair = &blocks->pair[i];
        const tjac_plan_row row = {tjac_plan_pair_kind(pair->row, pair->col), pair->row, pair->col,
                                   0};
        if (add_row(p, f, panel, &row, pair->regulator, pair->target, err))
            return err->code;
    }
    return TJAC_OK;
}

/* A condition that the panel sets is not dropped in silence. */
static tjac_code check_named(const tjac_plan *p, const tjac_panel *from,
                             const tjac_plan_panel *panel, tjac_err *err)
{
    bool there = from->config->unrelated_targets.n == 0;
    for (size_t i = 0; i < panel->n_rows; i++)
        there = there || panel->row[i].kind == TJAC_PAIR_UNRELATED_TARGET;
    if (there)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EMISSING,
                        "panel '%s' has no pair with its 'unrelated_targets' in model '%s': each "
                        "target is missing, is the regulator, or stands with it in a panel, set or "
                        "edge; name others",
                        from->name, p->names->model);
}

static tjac_code make_panel(tjac_plan *p, finder *f, const tjac_panel *from,
                            const tjac_blocks_panel *blocks, tjac_plan_panel *panel, tjac_err *err)
{
    panel->name = from->name;
    if (classify_kds(p, from->config, panel, err) || add_pathway(p, f, from, panel, err))
        return err->code;
    size_t kept = 0;
    for (size_t k = 0; k < p->n_kds; k++)
        kept += panel->kd_class[k] == TJAC_KD_PATHWAY;
    if (panel->n_rows == 0 || (from->config->kds.n && kept == 0))
        return tjac_err_set(err, TJAC_EMISSING,
                            "panel '%s' has no %s left in model '%s' after "
                            "skipping what is missing",
                            from->name, panel->n_rows ? "KD" : "pair", p->names->model);
    if (!blocks || add_blocks(p, f, blocks, panel, err))
        return err->code;
    return check_named(p, from, panel, err);
}

/* A file without descriptions gives its first genes for them, and they are lost without a word. */
static tjac_code warn_description(tjac_plan *p, const tjac_panel *from, tjac_err *err)
{
    tjac_text t = {0};
    const char *text = from->description;
    if (!text || tjac_names_find(&from->members, text) >= 0 ||
        (tjac_names_find(p->names->inputs, text) < 0 &&
         tjac_names_find(p->names->outputs, text) < 0))
        return TJAC_OK;
    tjac_text_add(&t,
                  "'%s' line %zu: '%s', a gene, stands where the description of the set '%s' "
                  "belongs, and is taken for it, not for a member; if the file has no "
                  "descriptions, put one (na) between each name and its genes",
                  from->config->gmt, from->line, text, from->config->set);
    return tjac_names_take(&p->warnings, &t, err);
}

tjac_code tjac_plan_make(const tjac_config *config, const tjac_panels *panels,
                         const tjac_blocks *blocks, const tjac_plan_names *names, tjac_plan *out,
                         tjac_err *err)
{
    tjac_plan p = {.names = names};
    tjac_missing m = {0};
    finder f = {0};
    if (tjac_plan_check_control(config, names->control, err) ||
        tjac_doubled_refuse(config, panels, names, err) ||
        tjac_missing_find(config, panels, names, &m, err))
        goto done;
    if (tjac_missing_any(&m) && !config->skip_missing) {
        tjac_missing_refuse(names, &m, err);
        goto done;
    }
    if (tjac_missing_list(&m, &p.missing, err) || finder_init(names, &f, err) ||
        make_kds(&p, &f, config, err))
        goto done;
    if (!(p.panel = tjac_alloc(config->n_panels, sizeof *p.panel, err)))
        goto done;
    p.n_panels = config->n_panels;
    for (size_t i = 0; i < p.n_panels; i++)
        if (warn_description(&p, &panels->panel[i], err) ||
            make_panel(&p, &f, &panels->panel[i], blocks ? &blocks->panel[i] : NULL, &p.panel[i],
                       err))
            goto done;
    *out = p;
done:
    tjac_missing_free(&m);
    finder_free(&f);
    if (err->code)
        tjac_plan_free(&p);
    return err->code;
}

tjac_code tjac_plan_some(const tjac_plan *plan, const size_t *kds, size_t n, tjac_plan *out,
                         tjac_err *err)
{
    size_t *kd = tjac_alloc(n, sizeof *kd, err);
    if (!kd)
        return err->code;
    for (size_t k = 0; k < n; k++)
        kd[k] = plan->kd[kds[k]];
    *out = *plan;
    out->kd = kd;
    out->n_kds = n;
    return TJAC_OK;
}

tjac_code tjac_plan_sample(const tjac_plan *plan, size_t most, tjac_plan *out, tjac_err *err)
{
    size_t n = plan->n_kds < most ? plan->n_kds : most;
    size_t *at = tjac_alloc(n, sizeof *at, err);
    for (size_t k = 0; at && k < n; k++)
        at[k] = k * plan->n_kds / n;
    tjac_code code = at ? tjac_plan_some(plan, at, n, out, err) : err->code;
    free(at);
    return code;
}

void tjac_plan_free(tjac_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_panels && p->panel; i++) {
        free(p->panel[i].row);
        free(p->panel[i].kd_class);
    }
    free(p->panel);
    free(p->regulator);
    free(p->target);
    free(p->kd);
    free(p->pair);
    tjac_names_free(&p->missing);
    tjac_names_free(&p->warnings);
    *p = (tjac_plan){0};
}
