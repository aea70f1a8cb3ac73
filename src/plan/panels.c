#include "plan/panels.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/text.h"
#include "plan/edges.h"
#include "plan/gmt.h"

typedef struct {
    const tjac_config *config;
    tjac_panels *all;
    size_t cap_edges;
    tjac_err *err;
} reader;

static tjac_code warn(reader *r, tjac_text *text)
{
    return tjac_names_take(&r->all->warnings, text, r->err);
}

/* ---- what makes no sense together ---- */

static tjac_code check(const tjac_config_panel *p, tjac_err *err)
{
    const char *wrong = NULL;
    if (p->pairs && p->gmt)
        wrong = "both pairs and gmt; a panel is read from one of them";
    else if (p->confidence.n && !p->pairs)
        wrong = "confidence without pairs, the edge table that it filters";
    else if (p->set && !p->gmt)
        wrong = "set without gmt, the file that holds it";
    else if (p->gmt && !p->set)
        wrong = "gmt without set; name one of the file's sets";
    else if (p->gmt && p->targets.n)
        wrong = "gmt with targets; the targets are the members of the set";
    else if (p->gmt && p->pairing == TJAC_PAIRING_ALL && p->regulators.n)
        wrong =
            "gmt with regulators; set pairing to \"regulators\" to take only these as regulators";
    else if (p->gmt && p->pairing == TJAC_PAIRING_REGULATORS && p->regulators.n == 0)
        wrong = "pairing \"regulators\" without a list of regulators";
    else if (!p->gmt && p->pairing == TJAC_PAIRING_REGULATORS)
        wrong = "pairing without gmt, whose members it pairs";
    if (wrong)
        return tjac_err_set(err, TJAC_EUSAGE, "panel '%s' has %s", p->name, wrong);
    return TJAC_OK;
}

/* ---- pairs ---- */

/* Appends a pair of two names, which join the panel's lists where they are new. */
static tjac_code add_pair(reader *r, tjac_panel *p, size_t *cap, const char *regulator,
                          const char *target, int sign)
{
    tjac_panel_pair pair = {0, 0, sign};
    if (tjac_names_put(&p->regulators, regulator, &pair.regulator, r->err) ||
        tjac_names_put(&p->targets, target, &pair.target, r->err) ||
        tjac_grow((void **)&p->pair, cap, p->n_pairs + 1, sizeof *p->pair, r->err))
        return r->err->code;
    p->pair[p->n_pairs++] = pair;
    return TJAC_OK;
}

/* Pairs of lists: no run computes more, and no memory holds many times as many. */
enum { MOST_PAIRS = 100 * 1000 * 1000 };

static tjac_code check_size(reader *r, const tjac_panel *p, size_t n_regulators, size_t n_targets)
{
    if (n_targets == 0 || n_regulators <= MOST_PAIRS / n_targets)
        return TJAC_OK;
    return tjac_err_set(r->err, TJAC_EUSAGE,
                        "panel '%s' asks for %.3g pairs, %zu regulators with %zu targets, more "
                        "than %d; name fewer%s",
                        p->name, (double)n_regulators * (double)n_targets, n_regulators, n_targets,
                        MOST_PAIRS,
                        p->config->gmt ? ": pairing \"regulators\" takes those of a list" : "");
}

/* Every regulator with every target but itself; *n_self counts those. */
static tjac_code pair_all(reader *r, tjac_panel *p, const tjac_names *regulators,
                          const tjac_names *targets, size_t *n_self)
{
    size_t cap = 0, *target = NULL;
    if (check_size(r, p, regulators->n, targets->n) ||
        !(target = tjac_alloc_unknown(targets->n, r->err)))
        return r->err->code;
    for (size_t i = 0; i < regulators->n; i++) {
        size_t regulator = SIZE_MAX;
        for (size_t j = 0; j < targets->n; j++) {
            bool self = strcmp(regulators->name[i], targets->name[j]) == 0;
            *n_self += self;
            if (self)
                continue;
            if ((regulator == SIZE_MAX &&
                 tjac_names_put(&p->regulators, regulators->name[i], &regulator, r->err)) ||
                (target[j] == SIZE_MAX &&
                 tjac_names_put(&p->targets, targets->name[j], &target[j], r->err)) ||
                tjac_grow((void **)&p->pair, &cap, p->n_pairs + 1, sizeof *p->pair, r->err))
                goto done;
            p->pair[p->n_pairs++] = (tjac_panel_pair){regulator, target[j], 0};
        }
    }
done:
    free(target);
    return r->err->code;
}

/* ---- lists ---- */

/* The genes of one role that have a partner but themselves, in the order of the config. */
static tjac_code list_others(reader *r, const tjac_names *genes, const tjac_names *partners,
                             tjac_names *out)
{
    for (size_t i = 0; i < genes->n; i++)
        if ((partners->n > 1 || strcmp(partners->name[0], genes->name[i]) != 0) &&
            tjac_names_add(out, genes->name[i], r->err))
            return r->err->code;
    return TJAC_OK;
}

static tjac_code make_listed(reader *r, tjac_panel *p)
{
    const tjac_config_panel *c = p->config;
    if (list_others(r, &c->regulators, &c->targets, &p->regulators) ||
        list_others(r, &c->targets, &c->regulators, &p->targets))
        return r->err->code;
    return pair_all(r, p, &c->regulators, &c->targets, &p->n_self);
}

/* ---- edge tables ---- */

/* Edges that the panel takes, grouped by regulator in order of first appearance. */
static int by_group(const void *a, const void *b)
{
    const size_t *x = a, *y = b; /* {regulator, position} */
    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

static bool takes(const tjac_config_panel *c, const tjac_edges *e, const tjac_edge *edge)
{
    return edge->wanted &&
           (c->regulators.n == 0 ||
            tjac_names_find(&c->regulators, e->genes.name[edge->source]) >= 0) &&
           (c->targets.n == 0 || tjac_names_find(&c->targets, e->genes.name[edge->target]) >= 0);
}

static tjac_code pair_edges(reader *r, tjac_panel *p, const tjac_edges *e)
{
    size_t n = 0, cap = 0;
    size_t(*order)[2] = tjac_alloc(e->n, sizeof *order, r->err);
    if (!order)
        return r->err->code;
    for (size_t i = 0; i < e->n; i++) {
        bool self = e->edge[i].source == e->edge[i].target;
        if (!takes(p->config, e, &e->edge[i]))
            continue;
        p->n_self += self;
        if (self)
            continue;
        order[n][1] = i;
        if (tjac_names_put(&p->regulators, e->genes.name[e->edge[i].source], &order[n++][0],
                           r->err))
            goto done;
    }
    qsort(order, n, sizeof *order, by_group);
    for (size_t k = 0; k < n; k++) {
        const tjac_edge *edge = &e->edge[order[k][1]];
        if (add_pair(r, p, &cap, e->genes.name[edge->source], e->genes.name[edge->target],
                     edge->sign))
            goto done;
    }
done:
    free(order);
    return r->err->code;
}

/* A listed gene that none of the panel's edges has. */
static tjac_code check_listed(reader *r, const tjac_panel *p, const tjac_names *listed,
                              const tjac_names *found, const char *role)
{
    tjac_text t = {0};
    size_t n = 0;
    for (size_t i = 0; i < listed->n; i++)
        if (tjac_names_find(found, listed->name[i]) < 0)
            tjac_text_add(&t, "%s%s", n++ ? ", " : "", listed->name[i]);
    if (n == 0)
        return TJAC_OK;
    tjac_text sentence = {0};
    tjac_text_add(&sentence, "panel '%s': %zu %s(s) stand in no edge of '%s' that it takes: %s",
                  p->name, n, role, p->config->pairs, t.text ? t.text : "");
    tjac_text_free(&t);
    if (r->config->skip_missing)
        return warn(r, &sentence);
    tjac_err_set(r->err, TJAC_EMISSING, "%s", sentence.text ? sentence.text : "missing genes");
    tjac_text_free(&sentence);
    return r->err->code;
}

/* Whether an earlier panel read the same file: its edges are listed and its warnings said. */
static bool read_before(const reader *r, size_t panel)
{
    for (size_t i = 0; i < panel; i++)
        if (r->config->panel[i].pairs &&
            strcmp(r->config->panel[i].pairs, r->config->panel[panel].pairs) == 0)
            return true;
    return false;
}

/* Adds the table's edges to those of the run. */
static tjac_code list_edges(reader *r, const tjac_edges *e)
{
    tjac_panels *all = r->all;
    size_t base = all->edge_genes.n;
    for (size_t i = 0; i < e->genes.n; i++)
        if (tjac_names_add(&all->edge_genes, e->genes.name[i], r->err))
            return r->err->code;
    if (tjac_grow((void **)&all->edge, &r->cap_edges, all->n_edges + e->n, sizeof *all->edge,
                  r->err))
        return r->err->code;
    for (size_t i = 0; i < e->n; i++) {
        all->edge[all->n_edges][0] = base + e->edge[i].source;
        all->edge[all->n_edges++][1] = base + e->edge[i].target;
    }
    for (size_t i = 0; i < e->warnings.n; i++)
        if (tjac_names_add(&all->warnings, e->warnings.name[i], r->err))
            return r->err->code;
    return TJAC_OK;
}

static tjac_code make_from_edges(reader *r, tjac_panel *p, size_t i)
{
    tjac_edges e = {0};
    if (tjac_edges_read(p->config->pairs, &p->config->confidence, &e, r->err))
        return r->err->code;
    if (!pair_edges(r, p, &e) && !read_before(r, i))
        list_edges(r, &e);
    tjac_edges_free(&e);
    if (r->err->code || p->n_pairs == 0) /* said by make_panel */
        return r->err->code;
    if (check_listed(r, p, &p->config->regulators, &p->regulators, "regulator"))
        return r->err->code;
    return check_listed(r, p, &p->config->targets, &p->targets, "target");
}

/* ---- gene sets ---- */

/* Takes what the panel keeps of its set. */
static tjac_code take_set(reader *r, tjac_panel *p, tjac_gmt_set *set)
{
    for (size_t i = 0; i < set->warnings.n; i++)
        if (tjac_names_add(&r->all->warnings, set->warnings.name[i], r->err))
            return r->err->code;
    p->members = set->members;
    p->description = set->description;
    p->line = set->line;
    set->members = (tjac_names){0};
    set->description = NULL;
    return TJAC_OK;
}

static tjac_code pair_members(reader *r, tjac_panel *p)
{
    const tjac_config_panel *c = p->config;
    tjac_names listed = {0};
    size_t own = 0; /* nobody named a member with itself */
    if (c->pairing == TJAC_PAIRING_ALL)
        return pair_all(r, p, &p->members, &p->members, &own);
    for (size_t i = 0; i < p->members.n; i++)
        if (tjac_names_find(&c->regulators, p->members.name[i]) >= 0 &&
            tjac_names_add(&listed, p->members.name[i], r->err))
            goto done;
    (void)!pair_all(r, p, &listed, &p->members, &own);
done:
    tjac_names_free(&listed);
    return r->err->code;
}

static tjac_code make_from_set(reader *r, tjac_panel *p)
{
    tjac_gmt_set set = {0};
    if (!tjac_gmt_read(p->config->gmt, p->config->set, &set, r->err) && !take_set(r, p, &set))
        (void)!pair_members(r, p);
    tjac_gmt_free(&set);
    return r->err->code;
}

/* ---- the whole ---- */

static tjac_code warn_self(reader *r, const tjac_panel *p)
{
    tjac_text t = {0};
    if (p->n_self)
        tjac_text_add(&t,
                      "panel '%s': %zu pair(s) of a gene with itself are left out: an effect of a "
                      "gene on itself is no routing",
                      p->name, p->n_self);
    return t.text ? warn(r, &t) : TJAC_OK;
}

/* A panel that has no pair. */
static tjac_code refuse_empty(reader *r, const tjac_panel *p)
{
    const char *file = p->config->pairs ? p->config->pairs : p->config->gmt;
    if (!file)
        return tjac_err_set(r->err, TJAC_EMISSING,
                            "panel '%s' has no pair: '%s' is its only regulator and its only "
                            "target, and a gene with itself is no pair; name another one",
                            p->name, p->config->targets.name[0]);
    return tjac_err_set(
        r->err, TJAC_EMISSING, "panel '%s' has no pair: '%s' gives none with its %s", p->name, file,
        p->config->pairs ? "regulators, targets and confidence" : "set and pairing");
}

static tjac_code make_panel(reader *r, tjac_panel *p, size_t i)
{
    p->config = &r->config->panel[i];
    p->name = p->config->name;
    if (check(p->config, r->err))
        return r->err->code;
    tjac_code code = p->config->pairs ? make_from_edges(r, p, i)
                     : p->config->gmt ? make_from_set(r, p)
                                      : make_listed(r, p);
    if (code)
        return code;
    return p->n_pairs == 0 ? refuse_empty(r, p) : warn_self(r, p);
}

tjac_code tjac_panels_read(const tjac_config *config, tjac_panels *out, tjac_err *err)
{
    tjac_panels all = {0};
    reader r = {.config = config, .all = &all, .err = err};
    if (!(all.panel = tjac_alloc(config->n_panels, sizeof *all.panel, err)))
        return err->code;
    for (; all.n < config->n_panels && !err->code; all.n++)
        (void)!make_panel(&r, &all.panel[all.n], all.n);
    if (!err->code)
        *out = all;
    else
        tjac_panels_free(&all);
    return err->code;
}

void tjac_panels_free(tjac_panels *all)
{
    if (!all)
        return;
    for (size_t i = 0; i < all->n && all->panel; i++) {
        tjac_names_free(&all->panel[i].regulators);
        tjac_names_free(&all->panel[i].targets);
        tjac_names_free(&all->panel[i].members);
        free(all->panel[i].description);
        free(all->panel[i].pair);
    }
    free(all->panel);
    free(all->edge);
    tjac_names_free(&all->edge_genes);
    tjac_names_free(&all->warnings);
    *all = (tjac_panels){0};
}
