#include "tjac/plan.h"

#include <stdlib.h>
#include <string.h>
#include "tjac/alloc.h"

const char *tjac_pair_kind_name(tjac_pair_kind kind)
{
    static const char *const names[] = {"pathway", "null", "unrelated_target"};
    return names[kind];
}

const char *tjac_kd_class_name(tjac_kd_class c)
{
    static const char *const names[] = {"pathway", "unrelated", "control", "background"};
    return names[c];
}

/* ---- what is missing ---- */

typedef enum { REGULATOR, TARGET, KD, N_ROLES } role;
static const char *const role_name[] = {"regulator", "target", "KD"};
static const char *const role_home[] = {"an input gene", "an output gene", "a KD"};

static const tjac_names *home(const tjac_plan_names *n, role r)
{
    return r == REGULATOR ? n->inputs : r == TARGET ? n->outputs : n->kds;
}

/* What a name is instead, or the nearest name of the right kind. */
static void explain(const tjac_plan_names *n, role r, const char *name, tjac_text *t)
{
    const char *near = tjac_names_nearest(home(n, r), name);
    if (r != KD && tjac_names_find(n->kds, name) >= 0)
        tjac_text_add(t, "it is one of its KDs");
    else if (r == REGULATOR && tjac_names_find(n->outputs, name) >= 0)
        tjac_text_add(t, "it is one of its outputs");
    else if (r != REGULATOR && tjac_names_find(n->inputs, name) >= 0)
        tjac_text_add(t, "it is one of its input genes");
    else if (near)
        tjac_text_add(t, "did you mean '%s'?", near);
    else
        tjac_text_add(t, "the model does not know it; tjac inspect lists its genes and KDs");
}

typedef struct {
    tjac_names of[N_ROLES];
} missing;

static void missing_free(missing *m)
{
    for (int r = 0; r < N_ROLES; r++)
        tjac_names_free(&m->of[r]);
}

static tjac_code note(const tjac_plan_names *n, role r, const tjac_names *wanted, missing *m,
                      tjac_err *err)
{
    for (size_t i = 0; i < wanted->n; i++)
        if (tjac_names_find(home(n, r), wanted->name[i]) < 0 &&
            tjac_names_find(&m->of[r], wanted->name[i]) < 0 &&
            tjac_names_add(&m->of[r], wanted->name[i], err))
            return err->code;
    return TJAC_OK;
}

static tjac_code find_missing(const tjac_config *c, const tjac_plan_names *n, missing *m,
                              tjac_err *err)
{
    for (size_t i = 0; i < c->n_panels; i++) {
        const tjac_config_panel *p = &c->panel[i];
        if (note(n, REGULATOR, &p->regulators, m, err) || note(n, TARGET, &p->targets, m, err) ||
            note(n, TARGET, &p->unrelated_targets, m, err) || note(n, KD, &p->kds, m, err) ||
            note(n, KD, &p->unrelated_kds, m, err))
            return err->code;
    }
    return c->kds_rule == TJAC_KDS_LIST ? note(n, KD, &c->kds, m, err) : TJAC_OK;
}

/* One sentence on the first missing name of each role, then all of them. */
static tjac_code refuse_missing(const tjac_plan_names *n, const missing *m, tjac_err *err)
{
    tjac_text t = {0};
    size_t roles = 0;
    for (int r = 0; r < N_ROLES; r++)
        roles += m->of[r].n > 0;
    for (int r = 0; r < N_ROLES; r++) {
        if (m->of[r].n == 0)
            continue;
        const char *name = m->of[r].name[0];
        tjac_text_add(&t, "%s%s '%s' is not %s of model '%s' (%zu %s); ", t.n ? "; " : "",
                      role_name[r], name, role_home[r], n->model, home(n, (role)r)->n,
                      r == KD ? "KDs" : "genes");
        explain(n, (role)r, name, &t);
    }
    const char *before = ". Missing in all: ";
    for (int r = 0; r < N_ROLES; r++) {
        if (m->of[r].n == 0)
            continue;
        tjac_text_add(&t, "%s%s%s", before, roles > 1 ? role_name[r] : "", roles > 1 ? "s " : "");
        for (size_t i = 0; i < m->of[r].n; i++)
            tjac_text_add(&t, "%s%s", i ? ", " : "", m->of[r].name[i]);
        before = "; ";
    }
    tjac_err_set(err, TJAC_EMISSING, "%s", t.text ? t.text : "names are missing");
    tjac_text_free(&t);
    return err->code;
}

static tjac_code list_missing(const missing *m, tjac_names *out, tjac_err *err)
{
    for (int r = 0; r < N_ROLES; r++)
        for (size_t i = 0; i < m->of[r].n; i++) {
            tjac_text t = {0};
            tjac_text_add(&t, "%s %s", role_name[r], m->of[r].name[i]);
            tjac_code code = t.text ? tjac_names_add(out, t.text, err) : TJAC_OK;
            tjac_text_free(&t);
            if (code)
                return code;
        }
    return TJAC_OK;
}

/* ---- lists without repeats ---- */

static tjac_code add_once(size_t **list, size_t *n, size_t *cap, size_t value, size_t *at,
                          tjac_err *err)
{
    for (size_t i = 0; i < *n; i++)
        if ((*list)[i] == value) {
            *at = i;
            return TJAC_OK;
        }
    if (tjac_grow((void **)list, cap, *n + 1, sizeof **list, err))
        return err->code;
    *at = (*n)++;
    (*list)[*at] = value;
    return TJAC_OK;
}

static tjac_code add_pair(tjac_plan *p, size_t input, size_t output, size_t *at, tjac_err *err)
{
    tjac_plan_pair pair;
    if (add_once(&p->regulator, &p->n_regulators, &p->cap_regulators, input, &pair.regulator,
                 err) ||
        add_once(&p->target, &p->n_targets, &p->cap_targets, output, &pair.target, err))
        return err->code;
    for (size_t i = 0; i < p->n_pairs; i++)
        if (p->pair[i].regulator == pair.regulator && p->pair[i].target == pair.target) {
            *at = i;
            return TJAC_OK;
        }
    if (tjac_grow((void **)&p->pair, &p->cap_pairs, p->n_pairs + 1, sizeof *p->pair, err))
        return err->code;
    *at = p->n_pairs++;
    p->pair[*at] = pair;
    return TJAC_OK;
}

/* ---- KDs and panels ---- */

static tjac_code add_kds(tjac_plan *p, const tjac_names *wanted, tjac_err *err)
{
    size_t at;
    for (size_t i = 0; i < wanted->n; i++) {
        int64_t k = tjac_names_find(p->names->kds, wanted->name[i]);
        if (k < 0 || strcmp(wanted->name[i], p->names->control) == 0)
            continue; /* missing and skipped, or the control, which comes last */
        if (add_once(&p->kd, &p->n_kds, &p->cap_kds, (size_t)k, &at, err))
            return err->code;
    }
    return TJAC_OK;
}

/* The KDs of the run: the rule's, then what the panels name besides, then the control. */
static tjac_code make_kds(tjac_plan *p, const tjac_config *c, tjac_err *err)
{
    size_t at;
    int64_t control = tjac_names_find(p->names->kds, p->names->control);
    if (c->kds_rule == TJAC_KDS_ALL && add_kds(p, p->names->kds, err))
        return err->code;
    if (c->kds_rule == TJAC_KDS_LIST && add_kds(p, &c->kds, err))
        return err->code;
    for (size_t i = 0; i < c->n_panels; i++)
        if (add_kds(p, &c->panel[i].kds, err) || add_kds(p, &c->panel[i].unrelated_kds, err))
            return err->code;
    if (control < 0)
        return tjac_err_set(err, TJAC_EMISSING,
                            "the control '%s' is not among the KDs of model "
                            "'%s'",
                            p->names->control, p->names->model);
    return add_once(&p->kd, &p->n_kds, &p->cap_kds, (size_t)control, &at, err);
}

static tjac_code classify_kds(tjac_plan *p, const tjac_config_panel *from, tjac_plan_panel *panel,
                              tjac_err *err)
{
    if (!(panel->kd_class = tjac_alloc(p->n_kds, sizeof *panel->kd_class, err)))
        return err->code;
    for (size_t k = 0; k < p->n_kds; k++) {
        const char *name = p->names->kds->name[p->kd[k]];
        if (tjac_names_find(&from->kds, name) >= 0)
            panel->kd_class[k] = TJAC_KD_PATHWAY;
        else if (tjac_names_find(&from->unrelated_kds, name) >= 0)
            panel->kd_class[k] = TJAC_KD_UNRELATED;
        else
            panel->kd_class[k] =
                strcmp(name, p->names->control) == 0 ? TJAC_KD_CONTROL : TJAC_KD_BACKGROUND;
    }
    return TJAC_OK;
}

static tjac_code add_rows(tjac_plan *p, tjac_plan_panel *panel, tjac_pair_kind kind,
                          const tjac_names *regulators, const tjac_names *targets, tjac_err *err)
{
    for (size_t i = 0; i < regulators->n; i++)
        for (size_t j = 0; j < targets->n; j++) {
            int64_t in = tjac_names_find(p->names->inputs, regulators->name[i]);
            int64_t out = tjac_names_find(p->names->outputs, targets->name[j]);
            size_t pair = 0;
            if (in < 0 || out < 0)
                continue; /* missing and skipped: listed already */
            if (add_pair(p, (size_t)in, (size_t)out, &pair, err) ||
                tjac_grow((void **)&panel->row, &panel->cap_rows, panel->n_rows + 1,
                          sizeof *panel->row, err))
                return err->code;
            panel->row[panel->n_rows++] = (tjac_plan_row){kind, pair};
        }
    return TJAC_OK;
}

static tjac_code make_panel(tjac_plan *p, const tjac_config_panel *from, tjac_plan_panel *panel,
                            tjac_err *err)
{
    panel->name = from->name;
    if (classify_kds(p, from, panel, err) ||
        add_rows(p, panel, TJAC_PAIR_PATHWAY, &from->regulators, &from->targets, err))
        return err->code;
    size_t kept = 0;
    for (size_t k = 0; k < p->n_kds; k++)
        kept += panel->kd_class[k] == TJAC_KD_PATHWAY;
    if (panel->n_rows == 0 || (from->kds.n && kept == 0))
        return tjac_err_set(err, TJAC_EMISSING,
                            "panel '%s' has no %s left in model '%s' after "
                            "skipping what is missing",
                            from->name, panel->n_rows ? "KD" : "pair", p->names->model);
    return add_rows(p, panel, TJAC_PAIR_UNRELATED_TARGET, &from->regulators,
                    &from->unrelated_targets, err);
}

tjac_code tjac_plan_make(const tjac_config *config, const tjac_plan_names *names, tjac_plan *out,
                         tjac_err *err)
{
    tjac_plan p = {.names = names};
    missing m = {0};
    if (find_missing(config, names, &m, err))
        goto done;
    bool any = m.of[REGULATOR].n || m.of[TARGET].n || m.of[KD].n;
    if (any && !config->skip_missing) {
        refuse_missing(names, &m, err);
        goto done;
    }
    if (list_missing(&m, &p.missing, err) || make_kds(&p, config, err))
        goto done;
    if (!(p.panel = tjac_alloc(config->n_panels, sizeof *p.panel, err)))
        goto done;
    p.n_panels = config->n_panels;
    for (size_t i = 0; i < p.n_panels; i++)
        if (make_panel(&p, &config->panel[i], &p.panel[i], err))
            goto done;
    *out = p;
done:
    missing_free(&m);
    if (err->code)
        tjac_plan_free(&p);
    return err->code;
}

int tjac_plan_is_self(const tjac_plan *p, size_t k, size_t pair)
{
    const char *kd = p->names->kds->name[p->kd[k]];
    size_t in = p->regulator[p->pair[pair].regulator], out = p->target[p->pair[pair].target];
    return strcmp(kd, p->names->inputs->name[in]) == 0 ||
           strcmp(kd, p->names->outputs->name[out]) == 0;
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
    *p = (tjac_plan){0};
}
