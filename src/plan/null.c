#include "plan/null.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "base/text.h"
#include "plan/null_related.h"

/* Genes of one side in order of expression. */
typedef struct {
    size_t n;
    const double *expression; /* NULL: none */
    size_t *order;            /* [n] genes, lowest first */
    size_t *rank;             /* [n] of a gene */
} null_ranking;

typedef struct {
    const tjac_panels *panels;
    const tjac_null_genes *genes;
    tjac_match match;
    null_ranking input, output;
    tjac_related related;
    tjac_err *err;
} null_drawer;

typedef struct {
    size_t regulator, target; /* positions in the ranked genes */
} null_gene_pair;

/* A panel under way. */
typedef struct {
    size_t index; /* of the panel */
    tjac_null_panel *out;
    size_t cap;
    uint64_t *drawn; /* bits inputs x outputs */
    tjac_rng *rng;
} null_panel_drawer;

/* ---- ranks ---- */

/* Without expression the genes stay as they stand. */
static tjac_code rank_genes(const tjac_names *names, const double *expression, null_ranking *r,
                            tjac_err *err)
{
    size_t n = names->n;
    *r = (null_ranking){.n = n, .expression = expression};
    r->order = tjac_alloc(n, sizeof *r->order, err);
    r->rank = tjac_alloc(n, sizeof *r->rank, err);
    for (size_t i = 0; i < n && !err->code; i++) {
        r->order[i] = i;
        if (expression && !isfinite(expression[i]))
            tjac_err_set(err, TJAC_EFAIL, "the mean expression of '%s' is not a number",
                         names->name[i]);
    }
    if (!err->code && expression)
        (void)!tjac_sort_order(expression, n, r->order, err);
    for (size_t i = 0; i < n && !err->code; i++)
        r->rank[r->order[i]] = i;
    return err->code;
}

static void ranking_free(null_ranking *r)
{
    free(r->order);
    free(r->rank);
}

/* Ranks [*first, *end) within `window` of a gene's. */
static void near(const null_ranking *r, size_t gene, size_t window, size_t *first, size_t *end)
{
    size_t rank = r->rank[gene];
    *first = rank > window ? rank - window : 0;
    *end = rank + window < r->n ? rank + window + 1 : r->n;
}

/* ---- one null pair ---- */

/* The genes that may stand in for one: those near it that are not the panel's, or itself. */
static size_t candidates(const null_drawer *d, size_t panel, bool output, bool changed, size_t gene,
                         size_t window, size_t *list)
{
    const null_ranking *r = output ? &d->output : &d->input;
    size_t first, end, n = 0;
    if (!changed) {
        list[0] = gene;
        return 1;
    }
    near(r, gene, window, &first, &end);
    for (size_t k = first; k < end; k++) {
        size_t g = r->order[k];
        bool own = output ? tjac_related_output_in(&d->related, g, panel)
                          : tjac_related_input_in(&d->related, g, panel);
        if (!own)
            list[n++] = g;
    }
    return n;
}

/* The which-th eligible pair of two lists, and how many there are when which is beyond them. */
static size_t walk(const null_drawer *d, const null_panel_drawer *p, const size_t *in, size_t n_in,
                   const size_t *out, size_t n_out, size_t which, null_gene_pair *found)
{
    size_t n = 0;
    for (size_t i = 0; i < n_in; i++)
        for (size_t j = 0; j < n_out; j++) {
            if (tjac_related_pair(&d->related, in[i], out[j]) ||
                tjac_related_get(&d->related, p->drawn, in[i], out[j]))
                continue;
            if (n++ == which) {
                *found = (null_gene_pair){in[i], out[j]};
                return n;
            }
        }
    return n;
}

/* A pair for (i, j), uniformly from the narrowest window that has one; *window 0: there is none. */
static tjac_code draw_pair(const null_drawer *d, null_panel_drawer *p, null_gene_pair own,
                           null_gene_pair *found, size_t *window)
{
    size_t widest = d->input.n > d->output.n ? d->input.n : d->output.n;
    size_t *in = tjac_alloc(d->input.n, sizeof *in, d->err);
    size_t *out = tjac_alloc(d->output.n, sizeof *out, d->err);
    for (size_t w = TJAC_NULL_WINDOW; !d->err->code; w *= 2) {
        size_t n_in =
            candidates(d, p->index, false, d->match != TJAC_MATCH_TARGET, own.regulator, w, in);
        size_t n_out =
            candidates(d, p->index, true, d->match != TJAC_MATCH_REGULATOR, own.target, w, out);
        size_t n = walk(d, p, in, n_in, out, n_out, SIZE_MAX, found);
        if (n) {
            walk(d, p, in, n_in, out, n_out, (size_t)tjac_rng_below(p->rng, n), found);
            *window = w;
            break;
        }
        *window = 0;
        if (w >= widest)
            break;
    }
    free(in);
    free(out);
    return d->err->code;
}

static double expression(const null_ranking *r, size_t gene)
{
    return r->expression ? r->expression[gene] : NAN;
}

/* Appends a draw to the panel. */
static tjac_code add_draw(const null_drawer *d, null_panel_drawer *p, tjac_pair_kind kind,
                          null_gene_pair own, null_gene_pair drawn, size_t window)
{
    tjac_null_panel *out = p->out;
    if (tjac_grow((void **)&out->pair, &p->cap, out->n + 1, sizeof *out->pair, d->err))
        return d->err->code;
    out->pair[out->n++] =
        (tjac_null_pair){.kind = kind,
                         .regulator = d->genes->inputs->name[own.regulator],
                         .target = d->genes->outputs->name[own.target],
                         .drawn_regulator = d->genes->inputs->name[drawn.regulator],
                         .drawn_target = d->genes->outputs->name[drawn.target],
                         .expr_regulator = expression(&d->input, own.regulator),
                         .expr_drawn_regulator = expression(&d->input, drawn.regulator),
                         .expr_target = expression(&d->output, own.target),
                         .expr_drawn_target = expression(&d->output, drawn.target),
                         .window = window};
    return TJAC_OK;
}

/* ---- the null pairs of a panel ---- */

/* The pathway pairs whose genes may be ranked; *n of them, owned by the caller. */
static null_gene_pair *pathway_pairs(const null_drawer *d, const tjac_panel *panel, size_t *n)
{
    null_gene_pair *list = tjac_alloc(panel->n_pairs, sizeof *list, d->err);
    *n = 0;
    for (size_t i = 0; list && i < panel->n_pairs; i++) {
        int64_t r =
            tjac_names_find(d->genes->inputs, panel->regulators.name[panel->pair[i].regulator]);
        int64_t t = tjac_names_find(d->genes->outputs, panel->targets.name[panel->pair[i].target]);
        if (r >= 0 && t >= 0)
            list[(*n)++] = (null_gene_pair){(size_t)r, (size_t)t};
    }
    return list;
}

/* Deals the wanted pairs in turn; where there are fewer than pathway pairs, to evenly spaced ones.
 * A pathway pair for which nothing is left is passed over from then on. */
static tjac_code deal(const null_drawer *d, null_panel_drawer *p, const null_gene_pair *own,
                      size_t n)
{
    size_t wanted = p->out->wanted, step = wanted < n ? wanted : n, left = step;
    unsigned char *done = tjac_alloc(step, 1, d->err);
    for (size_t k = 0; !d->err->code && left > 0 && p->out->n_null < wanted; k = (k + 1) % step) {
        size_t at = wanted < n ? k * n / step : k, window = 0;
        null_gene_pair found = {0, 0};
        if (done[k])
            continue;
        if (draw_pair(d, p, own[at], &found, &window))
            break;
        if (window == 0) {
            done[k] = 1;
            left--;
            continue;
        }
        tjac_related_set(&d->related, p->drawn, found.regulator, found.target);
        if (!add_draw(d, p, TJAC_PAIR_MATCHED, own[at], found, window))
            p->out->n_null++;
    }
    free(done);
    return d->err->code;
}

static tjac_code draw_null(const null_drawer *d, null_panel_drawer *p)
{
    size_t n;
    null_gene_pair *own = pathway_pairs(d, &d->panels->panel[p->index], &n);
    if (own && n)
        (void)!deal(d, p, own, n);
    free(own);
    return d->err->code;
}

/* ---- unrelated targets: genes in no panel that are expressed like a panel's ---- */

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
static unrelated draw_one(const null_drawer *d, null_panel_drawer *p, size_t like,
                          const size_t *regulator, size_t n_regulators, const unsigned char *taken)
{
    for (size_t w = TJAC_NULL_WINDOW;; w *= 2) {
        size_t first, end, n = 0;
        near(&d->output, like, w, &first, &end);
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
            if (add_draw(d, p, TJAC_PAIR_UNRELATED_TARGET, own, drawn, list[k].window))
                return d->err->code;
        }
    return TJAC_OK;
}

/* The unrelated targets of a panel that gives none. */
static tjac_code draw_unrelated(const null_drawer *d, null_panel_drawer *p)
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
        unrelated u = draw_one(d, p, tgt[k % n_tgt], reg, n_reg, taken);
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

/* ---- balance ---- */

/* Running mean and sum of squares (Welford). */
typedef struct {
    size_t n;
    double mean, squares;
} moments;

static void take(moments *m, double v)
{
    double delta = v - m->mean;
    m->mean += delta / (double)++m->n;
    m->squares += delta * (v - m->mean);
}

static double difference(const moments *drawn, const moments *matched)
{
    if (drawn->n < 2)
        return NAN;
    double n = (double)drawn->n - 1, spread = (drawn->squares + matched->squares) / n / 2;
    return spread > 0 ? (drawn->mean - matched->mean) / sqrt(spread) : NAN;
}

static void find_balance(tjac_null_panel *p)
{
    moments m[6] = {{0, 0, 0}};
    const char *first = NULL;
    for (size_t i = 0; i < p->n; i++) {
        const tjac_null_pair *q = &p->pair[i];
        if (q->kind == TJAC_PAIR_MATCHED) {
            take(&m[0], q->expr_drawn_regulator);
            take(&m[1], q->expr_regulator);
            take(&m[2], q->expr_drawn_target);
            take(&m[3], q->expr_target);
            continue;
        }
        first = first ? first : q->regulator;
        if (q->regulator == first) { /* every regulator has the same targets */
            take(&m[4], q->expr_drawn_target);
            take(&m[5], q->expr_target);
        }
    }
    p->balance = (tjac_null_balance){difference(&m[0], &m[1]), difference(&m[2], &m[3]),
                                     difference(&m[4], &m[5])};
}

/* ---- warnings ---- */

static tjac_code warn(tjac_null *null, tjac_text *text, tjac_err *err)
{
    tjac_code code = text->text ? tjac_names_add(&null->warnings, text->text, err) : TJAC_OK;
    tjac_text_free(text);
    return code;
}

static tjac_code warn_panel(const null_drawer *d, const null_panel_drawer *p, tjac_null *null)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    const tjac_null_panel *o = p->out;
    size_t wide = 0, widest = 0;
    tjac_text t = {0};
    for (size_t i = 0; i < o->n; i++) {
        wide += o->pair[i].kind == TJAC_PAIR_MATCHED && o->pair[i].window > TJAC_NULL_WINDOW;
        if (o->pair[i].kind == TJAC_PAIR_MATCHED && o->pair[i].window > widest)
            widest = o->pair[i].window;
    }
    if (o->n_null < o->wanted) {
        tjac_text_add(&t,
                      "panel '%s': only %zu of %zu null pairs could be drawn: no other pair of the "
                      "models' genes is outside the panels, gene sets and edges of the run",
                      panel->name, o->n_null, o->wanted);
        if (warn(null, &t, d->err))
            return d->err->code;
    }
    if (wide) {
        tjac_text_add(&t, "panel '%s': %zu of %zu null pairs needed a window of up to %zu ranks",
                      panel->name, wide, o->n_null, widest);
        if (warn(null, &t, d->err))
            return d->err->code;
    }
    if (o->n_unrelated < panel->targets.n && panel->config->unrelated_targets.n == 0) {
        tjac_text_add(&t,
                      "panel '%s': only %zu unrelated targets could be drawn for its %zu "
                      "targets",
                      panel->name, o->n_unrelated, panel->targets.n);
        return warn(null, &t, d->err);
    }
    return TJAC_OK;
}

/* ---- the whole ---- */

static tjac_code draw_panel(const null_drawer *d, const tjac_config_null *options, size_t index,
                            tjac_null *null)
{
    null_panel_drawer p = {.index = index, .out = &null->panel[index]};
    p.out->wanted = options->pairs;
    if (!(p.drawn = tjac_related_bits(&d->related, d->err)) ||
        tjac_rng_new(options->seed, &p.rng, d->err))
        goto done;
    if (draw_null(d, &p))
        goto done;
    if (d->panels->panel[index].config->unrelated_targets.n == 0 && draw_unrelated(d, &p))
        goto done;
    find_balance(p.out);
    (void)!warn_panel(d, &p, null);
done:
    tjac_rng_free(p.rng);
    free(p.drawn);
    return d->err->code;
}

static tjac_code choose_match(const tjac_config_null *options, const tjac_null_genes *genes,
                              tjac_null *null, tjac_err *err)
{
    null->match = options->match;
    if (genes->input_expression || options->match == TJAC_MATCH_TARGET)
        return TJAC_OK;
    if (options->match == TJAC_MATCH_REGULATOR)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "null.match is 'regulator' and the models read an embedding, whose "
                            "dimensions have no expression to match; use 'target'");
    null->match = TJAC_MATCH_TARGET;
    return tjac_names_add(&null->warnings,
                          "the models read an embedding, whose dimensions have no expression to "
                          "match: null.match 'both' becomes 'target'",
                          err);
}

tjac_code tjac_null_draw(const tjac_panels *panels, const tjac_config_null *options,
                         const tjac_null_genes *genes, tjac_null *out, tjac_err *err)
{
    tjac_null null = {0};
    null_drawer d = {.panels = panels, .genes = genes, .err = err};
    if (choose_match(options, genes, &null, err) ||
        !(null.panel = tjac_alloc(panels->n, sizeof *null.panel, err)))
        goto done;
    null.n_panels = panels->n;
    d.match = null.match;
    if (options->pairs > 0) {
        if (rank_genes(genes->inputs, genes->input_expression, &d.input, err) ||
            rank_genes(genes->outputs, genes->output_expression, &d.output, err) ||
            tjac_related_init(panels, genes, &d.related, err))
            goto done;
        for (size_t i = 0; i < panels->n && !err->code; i++)
            (void)!draw_panel(&d, options, i, &null);
    }
done:
    ranking_free(&d.input);
    ranking_free(&d.output);
    tjac_related_free(&d.related);
    if (err->code)
        tjac_null_free(&null);
    else
        *out = null;
    return err->code;
}

void tjac_null_free(tjac_null *null)
{
    if (!null)
        return;
    for (size_t i = 0; i < null->n_panels && null->panel; i++)
        free(null->panel[i].pair);
    free(null->panel);
    tjac_names_free(&null->warnings);
    *null = (tjac_null){0};
}
