#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "config/config_parts.h"

static tjac_code take_panel(const tjac_taker *t, tjac_config_panel *p)
{
    static const char *const pairings[] = {"all", "regulators", NULL};
    int pairing = 0;
    if (tjac_take_string(t, "name", true, &p->name) ||
        tjac_take_names(t, "regulators", false, &p->regulators) ||
        tjac_take_names(t, "targets", false, &p->targets) ||
        tjac_take_names(t, "kds", false, &p->kds) ||
        tjac_take_names(t, "unrelated_kds", false, &p->unrelated_kds) ||
        tjac_take_names(t, "unrelated_targets", false, &p->unrelated_targets) ||
        tjac_take_path(t, "pairs", false, true, &p->pairs) ||
        tjac_take_names(t, "confidence", false, &p->confidence) ||
        tjac_take_path(t, "gmt", false, true, &p->gmt) ||
        tjac_take_string(t, "set", false, &p->set) ||
        tjac_take_word(t, "pairing", pairings, &pairing))
        return t->err->code;
    p->pairing = (tjac_pairing)pairing;
    if (!p->pairs && !p->gmt && (p->regulators.n == 0 || p->targets.n == 0))
        return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': panel '%s' has no %s", t->what, p->name,
                            p->regulators.n ? "targets" : "regulators");
    for (size_t i = 0; i < p->kds.n; i++)
        if (tjac_names_find(&p->unrelated_kds, p->kds.name[i]) >= 0)
            return tjac_err_set(t->err, TJAC_EUSAGE,
                                "'%s': panel '%s' has KD '%s' both in kds and "
                                "in unrelated_kds",
                                t->what, p->name, p->kds.name[i]);
    return TJAC_OK;
}

tjac_code tjac_config_take_panels(const tjac_taker *t, tjac_config *c)
{
    const tjac_value *list = tjac_take_value(t, "panels");
    if (list->u.list.n == 0)
        return tjac_err_set(t->err, TJAC_EUSAGE,
                            "'%s': 'panels' is empty; expected at least one "
                            "{\"name\", \"regulators\", \"targets\", \"kds\"}",
                            t->what);
    if (!(c->panel = tjac_alloc(list->u.list.n, sizeof *c->panel, t->err)))
        return t->err->code;
    c->n_panels = list->u.list.n;
    for (size_t i = 0; i < c->n_panels; i++) {
        char path[48];
        snprintf(path, sizeof path, "panels[%zu].", i);
        const tjac_taker one = tjac_take_item(t, list, i, path);
        if (take_panel(&one, &c->panel[i]))
            return t->err->code;
        for (size_t k = 0; k < i; k++)
            if (strcmp(c->panel[k].name, c->panel[i].name) == 0)
                return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': two panels are named '%s'", t->what,
                                    c->panel[i].name);
    }
    return TJAC_OK;
}

void tjac_config_free_panels(tjac_config *c)
{
    for (size_t i = 0; i < c->n_panels && c->panel; i++) {
        tjac_config_panel *p = &c->panel[i];
        free(p->name);
        free(p->pairs);
        free(p->gmt);
        free(p->set);
        tjac_names_free(&p->confidence);
        tjac_names_free(&p->regulators);
        tjac_names_free(&p->targets);
        tjac_names_free(&p->kds);
        tjac_names_free(&p->unrelated_kds);
        tjac_names_free(&p->unrelated_targets);
    }
    free(c->panel);
}
