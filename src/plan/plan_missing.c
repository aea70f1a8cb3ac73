#include "plan/plan_missing.h"

#include <string.h>
#include "base/text.h"

static const char *const role_name[] = {"regulator", "target", "KD"};
static const char *const role_home[] = {"an input gene", "an output gene", "a KD"};

static const tjac_names *home(const tjac_plan_names *n, tjac_role r)
{
    return r == TJAC_ROLE_REGULATOR ? n->inputs : r == TJAC_ROLE_TARGET ? n->outputs : n->kds;
}

/* What a name is instead, or the nearest name of the right kind. */
static void explain(const tjac_plan_names *n, tjac_role r, const char *name, tjac_text *t)
{
    const char *near = tjac_names_nearest(home(n, r), name);
    if (r != TJAC_ROLE_KD && tjac_names_find(n->kds, name) >= 0)
        tjac_text_add(t, "it is one of its KDs");
    else if (r == TJAC_ROLE_REGULATOR && tjac_names_find(n->outputs, name) >= 0)
        tjac_text_add(t, "it is one of its outputs");
    else if (r != TJAC_ROLE_REGULATOR && tjac_names_find(n->inputs, name) >= 0)
        tjac_text_add(t, "it is one of its input genes");
    else if (near)
        tjac_text_add(t, "did you mean '%s'?", near);
    else
        tjac_text_add(t, "the model does not know it; tjac inspect lists its genes and KDs");
}

void tjac_missing_free(tjac_missing *m)
{
    for (int r = 0; r < TJAC_N_ROLES; r++)
        tjac_names_free(&m->of[r]);
}

bool tjac_missing_any(const tjac_missing *m)
{
    return m->of[TJAC_ROLE_REGULATOR].n || m->of[TJAC_ROLE_TARGET].n || m->of[TJAC_ROLE_KD].n;
}

static tjac_code note(const tjac_plan_names *n, tjac_role r, const tjac_names *wanted,
                      tjac_missing *m, tjac_err *err)
{
    size_t at;
    for (size_t i = 0; i < wanted->n; i++)
        if (tjac_names_find(home(n, r), wanted->name[i]) < 0 &&
            tjac_names_put(&m->of[r], wanted->name[i], &at, err))
            return err->code;
    return TJAC_OK;
}

tjac_code tjac_missing_find(const tjac_config *c, const tjac_panels *panels,
                            const tjac_plan_names *n, tjac_missing *m, tjac_err *err)
{
    for (size_t i = 0; i < c->n_panels; i++) {
        const tjac_config_panel *p = &c->panel[i];
        if (note(n, TJAC_ROLE_REGULATOR, &panels->panel[i].regulators, m, err) ||
            note(n, TJAC_ROLE_TARGET, &panels->panel[i].targets, m, err) ||
            note(n, TJAC_ROLE_TARGET, &p->unrelated_targets, m, err) ||
            note(n, TJAC_ROLE_KD, &p->kds, m, err) ||
            note(n, TJAC_ROLE_KD, &p->unrelated_kds, m, err))
            return err->code;
    }
    return c->kds_rule == TJAC_KDS_LIST ? note(n, TJAC_ROLE_KD, &c->kds, m, err) : TJAC_OK;
}

/* One sentence on the first missing name of each role, then all of them. */
tjac_code tjac_missing_refuse(const tjac_plan_names *n, const tjac_missing *m, tjac_err *err)
{
    tjac_text t = {0};
    size_t roles = 0;
    for (int r = 0; r < TJAC_N_ROLES; r++)
        roles += m->of[r].n > 0;
    for (int r = 0; r < TJAC_N_ROLES; r++) {
        if (m->of[r].n == 0)
            continue;
        const char *name = m->of[r].name[0];
        tjac_text_add(&t, "%s%s '%s' is not %s of model '%s' (%zu %s); ", t.n ? "; " : "",
                      role_name[r], name, role_home[r], n->model, home(n, (tjac_role)r)->n,
                      r == TJAC_ROLE_KD ? "KDs" : "genes");
        explain(n, (tjac_role)r, name, &t);
    }
    const char *before = t.n && t.text[t.n - 1] == '?' ? " Missing in all: " : ". Missing in all: ";
    for (int r = 0; r < TJAC_N_ROLES; r++) {
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

/* The first name of `wanted` that is among `doubled`. */
static const char *find_doubled(const tjac_names *wanted, const tjac_names *doubled)
{
    for (size_t i = 0; doubled->n && i < wanted->n; i++)
        if (tjac_names_find(doubled, wanted->name[i]) >= 0)
            return wanted->name[i];
    return NULL;
}

static tjac_code refuse_doubled(const tjac_plan_names *n, tjac_role r, const char *panel,
                                const char *name, tjac_err *err)
{
    const tjac_names *genes = home(n, r);
    const char *what = r == TJAC_ROLE_REGULATOR ? "inputs" : "outputs";
    size_t first = (size_t)tjac_names_find(genes, name), second = first + 1;
    while (second + 1 < genes->n && strcmp(genes->name[second], name) != 0)
        second++;
    return tjac_err_set(err, TJAC_EINPUT,
                        "%s '%s' of panel '%s' is not one of the %s of model '%s' but several, at "
                        "positions %zu and %zu (from 0); tell them apart with cells.gene_names, as "
                        "'%s' and '%s-1', or leave it out",
                        role_name[r], name, panel, what, n->model, first, second, name, name);
}

tjac_code tjac_doubled_refuse(const tjac_config *c, const tjac_panels *panels,
                              const tjac_plan_names *n, tjac_err *err)
{
    tjac_names in = {0}, out = {0};
    (void)(tjac_names_doubled(n->inputs, &in, err) || tjac_names_doubled(n->outputs, &out, err));
    for (size_t i = 0; i < c->n_panels && !err->code; i++) {
        const tjac_panel *p = &panels->panel[i];
        const char *regulator = find_doubled(&p->regulators, &in);
        const char *target = find_doubled(&p->targets, &out);
        if (!target)
            target = find_doubled(&c->panel[i].unrelated_targets, &out);
        if (regulator)
            refuse_doubled(n, TJAC_ROLE_REGULATOR, p->name, regulator, err);
        else if (target)
            refuse_doubled(n, TJAC_ROLE_TARGET, p->name, target, err);
    }
    tjac_names_free(&in);
    tjac_names_free(&out);
    return err->code;
}

tjac_code tjac_missing_list(const tjac_missing *m, tjac_names *out, tjac_err *err)
{
    for (int r = 0; r < TJAC_N_ROLES; r++)
        for (size_t i = 0; i < m->of[r].n; i++) {
            tjac_text t = {0};
            tjac_text_add(&t, "%s %s", role_name[r], m->of[r].name[i]);
            if (tjac_names_take(out, &t, err))
                return err->code;
        }
    return TJAC_OK;
}
