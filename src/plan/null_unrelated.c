/* Unrelated targets: genes in no panel that are expressed like a panel's targets. */
#include <stdlib.h>
#include "base/alloc.h"
#include "plan/null_parts.h"

/* The panel's genes of one side, as positions among the ranked ones. */
static size_t *positions(const tjac_names *all, const tjac_names *some, size_t *n, tjac_err *err)
{
    size_t *list = tjac_alloc(some->n, sizeof *list, err);
    *n = 0;
    for (size_t i = 0; list && i < some->n; i++) {
        int64_t g = tjac_names_find(all, some->name[i]);
        if (g >= 0)
            list[(*n)++] = (size_t)g;
    }
    return list;
}

typedef struct {
    size_t target, like, window;
} unrelated;

static bool fits(const null_drawer *d, size_t target, const size_t *regulator, size_t n_regulators,
                 const unsigned char *taken)
{
    if (taken[target] || tjac_related_output_in_any(&d->related, target))
        return false;
    for (size_t i = 0; i < n_regulators; i++)
        if (d->related.same[regulator[i]] == target ||
            tjac_related_edge(&d->related, regulator[i], target))
            return false;
    return true;
}

/* One unrelated target like `like`; window 0: there is none. */
static unrelated draw_unrelated(const null_drawer *d, null_panel_drawer *p, size_t like,
                                const size_t *regulator, size_t n_regulators,
                                const unsigned char *taken)
{
    for (size_t w = TJAC_NULL_WINDOW;; w *= 2) {
        size_t first, end, n = 0;
        tjac_null_near(&d->output, like, w, &first, &end);
        for (size_t k = first; k < end; k++)
            n += fits(d, d->output.order[k], regulator, n_regulators, taken);
        size_t which = n ? (size_t)tjac_rng_below(p->rng, n) : 0;
        for (size_t k = first; n && k < end; k++)
            if (fits(d, d->output.order[k], regulator, n_regulators, taken) && which-- == 0)
                return (unrelated){d->output.order[k], like, w};
        if (w >= d->output.n)
            return (unrelated){0, like, 0};
    }
}

static tjac_code add_unrelated(const null_drawer *d, null_panel_drawer *p, const size_t *regulator,
                               size_t n_regulators, const unrelated *list)
{
    for (size_t i = 0; i < n_regulators; i++)
        for (size_t k = 0; k < p->out->n_unrelated; k++) {
            const null_gene_pair own = {regulator[i], list[k].like},
                                 drawn = {regulator[i], list[k].target};
            if (tjac_null_add(d, p, TJAC_PAIR_UNRELATED_TARGET, own, drawn, list[k].window))
                return d->err->code;
        }
    return TJAC_OK;
}

tjac_code tjac_null_draw_unrelated(const null_drawer *d, null_panel_drawer *p)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    size_t n_reg, n_tgt;
    size_t *reg = positions(d->genes->inputs, &panel->regulators, &n_reg, d->err);
    size_t *tgt = positions(d->genes->outputs, &panel->targets, &n_tgt, d->err);
    size_t wanted = n_tgt > TJAC_NULL_UNRELATED ? n_tgt : TJAC_NULL_UNRELATED;
    unsigned char *taken = tjac_alloc(d->output.n, 1, d->err);
    unrelated *list = tjac_alloc(wanted, sizeof *list, d->err);
    p->out->wanted_unrelated = wanted;
    for (size_t k = 0; !d->err->code && n_tgt && p->out->n_unrelated < wanted; k++) {
        /* from what is left at any width, so that none is left when one target finds none */
        unrelated u = draw_unrelated(d, p, tgt[k % n_tgt], reg, n_reg, taken);
        if (u.window == 0)
            break;
        taken[u.target] = 1;
        list[p->out->n_unrelated++] = u;
    }
    if (!d->err->code)
        (void)!add_unrelated(d, p, reg, n_reg, list);
    free(reg);
    free(tgt);
    free(taken);
    free(list);
    return d->err->code;
}
