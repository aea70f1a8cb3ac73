#include "plan/blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "plan/blocks_parts.h"
#include "plan/related.h"

/* Genes of one role in order of expression. */
typedef struct {
    const tjac_names *names;
    const double *expression;
    size_t *order;   /* [n] genes, lowest first */
    size_t *rank;    /* [n] of a gene */
    size_t *related; /* [n] its position in related.h */
} ranking;

typedef struct {
    const tjac_panels *panels;
    const tjac_config_null *options;
    ranking role[2]; /* regulators, targets */
    tjac_related related;
    tjac_names *warnings;
    tjac_err *err;
} drawer;

/* The genes of one role of a panel and what was drawn for them. */
typedef struct {
    size_t *own; /* [n] among the ranked genes, SIZE_MAX: not there */
    size_t n, n_there, n_blocks;
    size_t *drawn;        /* [n_blocks][n], as own */
    size_t *window;       /* [n_blocks][n] */
    unsigned char *taken; /* [genes] */
    unsigned char *gone;  /* [n_blocks]: dropped */
} side;

typedef struct {
    size_t index; /* of the panel */
    tjac_blocks_panel *out;
    tjac_rng *rng;
    side side[2];
    size_t *count; /* [(R + 1)][(T + 1)] pairs that a block has left */
} panel_drawer;

/* ---- ranks ---- */

static tjac_code rank_genes(const tjac_related *related, const tjac_names *names,
                            const double *expression, ranking *r, tjac_err *err)
{
    *r = (ranking){.names = names, .expression = expression};
    r->related = tjac_alloc(names->n, sizeof *r->related, err);
    r->order = tjac_alloc(names->n, sizeof *r->order, err);
    r->rank = tjac_alloc(names->n, sizeof *r->rank, err);
    for (size_t i = 0; i < names->n && !err->code; i++) {
        r->related[i] = tjac_related_find(related, names->name[i]);
        if (expression && !isfinite(expression[i]))
            tjac_err_set(err, TJAC_EFAIL, "the expression of '%s' is not a number", names->name[i]);
    }
    if (err->code || !expression)
        return err->code;
    if (!tjac_sort_order(expression, names->n, r->order, err))
        for (size_t i = 0; i < names->n; i++)
            r->rank[r->order[i]] = i;
    return err->code;
}

static void ranking_free(ranking *r)
{
    free(r->order);
    free(r->rank);
    free(r->related);
}

/* ---- drawing ---- */

static bool eligible(const drawer *d, const panel_drawer *p, bool target, size_t gene)
{
    return !p->side[target].taken[gene] &&
           !tjac_related_in(&d->related, d->role[target].related[gene], p->index);
}

/* A gene like `gene`; *window 0: there is none. */
static size_t draw_gene(const drawer *d, const panel_drawer *p, bool target, size_t gene,
                        size_t *window)
{
    const ranking *r = &d->role[target];
    size_t n = r->names->n, rank = r->rank[gene];
    for (size_t w = TJAC_BLOCKS_WINDOW;; w *= 2) {
        size_t first = rank > w ? rank - w : 0, end = rank + w < n ? rank + w + 1 : n, found = 0;
        for (size_t k = first; k < end; k++)
            found += eligible(d, p, target, r->order[k]);
        size_t which = found ? (size_t)tjac_rng_below(p->rng, found) : 0;
        *window = found ? w : 0;
        for (size_t k = first; found && k < end; k++)
            if (eligible(d, p, target, r->order[k]) && which-- == 0)
                return r->order[k];
        if (w >= n)
            return SIZE_MAX;
    }
}

/* The rows, or columns, of a panel: as many as can be filled. */
static void draw_side(const drawer *d, panel_drawer *p, bool target)
{
    side *s = &p->side[target];
    for (; s->n_there && s->n_blocks < d->options->blocks; s->n_blocks++) {
        size_t *drawn = s->drawn + s->n_blocks * s->n, *window = s->window + s->n_blocks * s->n;
        for (size_t i = 0; i < s->n; i++) {
            drawn[i] = SIZE_MAX;
            if (s->own[i] == SIZE_MAX)
                continue;
            drawn[i] = draw_gene(d, p, target, s->own[i], &window[i]);
            if (drawn[i] == SIZE_MAX)
                return;
            s->taken[drawn[i]] = 1;
        }
    }
}

/* ---- blocks ---- */

static size_t gene_at(const side *s, size_t block, size_t i)
{
    return block == 0 ? s->own[i] : s->drawn[(block - 1) * s->n + i];
}

/* What pair i of the panel is in block (r, t): absent where a model does not have its genes. */
typedef enum { PAIR_ABSENT, PAIR_LEFT_OUT, PAIR_STANDS } standing;

static standing find_pair(const drawer *d, const panel_drawer *p, size_t r, size_t t, size_t i,
                          size_t gene[2])
{
    const tjac_panel_pair *pair = &d->panels->panel[p->index].pair[i];
    gene[0] = gene_at(&p->side[0], r, pair->regulator);
    gene[1] = gene_at(&p->side[1], t, pair->target);
    if (gene[0] == SIZE_MAX || gene[1] == SIZE_MAX)
        return PAIR_ABSENT;
    const ranking *in = &d->role[0], *out = &d->role[1];
    if (strcmp(in->names->name[gene[0]], out->names->name[gene[1]]) == 0 ||
        tjac_related_together(&d->related, in->related[gene[0]], out->related[gene[1]]))
        return PAIR_LEFT_OUT;
    return PAIR_STANDS;
}

static tjac_code count_pairs(const drawer *d, panel_drawer *p)
{
    size_t R = p->side[0].n_blocks, T = p->side[1].n_blocks, gene[2];
    if (!(p->count = tjac_alloc(R + 1, (T + 1) * sizeof *p->count, d->err)))
        return d->err->code;
    for (size_t r = 0; r <= R; r++)
        for (size_t t = 0; t <= T; t++)
            for (size_t i = 0; i < d->panels->panel[p->index].n_pairs; i++)
                p->count[r * (T + 1) + t] +=
                    (r || t) && find_pair(d, p, r, t, i, gene) == PAIR_STANDS;
    return TJAC_OK;
}

static size_t remaining(const side *s)
{
    size_t n = 0;
    for (size_t b = 0; b < s->n_blocks; b++)
        n += !s->gone[b];
    return n;
}

/* ---- what comes out ---- */

static void put_genes(const drawer *d, const panel_drawer *p, bool target)
{
    const side *s = &p->side[target];
    const ranking *r = &d->role[target];
    for (size_t b = 0, number = 1; b < s->n_blocks; b++) {
        for (size_t i = 0; !s->gone[b] && i < s->n; i++) {
            size_t own = s->own[i], drawn = s->drawn[b * s->n + i];
            if (own == SIZE_MAX)
                continue;
            p->out->gene[p->out->n_genes++] =
                (tjac_blocks_gene){.target = target,
                                   .block = number,
                                   .gene = r->names->name[own],
                                   .drawn = r->names->name[drawn],
                                   .expression = {r->expression[own], r->expression[drawn]},
                                   .window = s->window[b * s->n + i]};
        }
        number += !s->gone[b];
    }
}

static void put_block(const drawer *d, const panel_drawer *p, const size_t at[2], int row, int col)
{
    tjac_blocks_panel *o = p->out;
    for (size_t i = 0; i < d->panels->panel[p->index].n_pairs; i++) {
        size_t gene[2];
        standing is = find_pair(d, p, at[0], at[1], i, gene);
        o->left_out += is == PAIR_LEFT_OUT;
        if (is == PAIR_STANDS)
            o->pair[o->n_pairs++] = (tjac_blocks_pair){row, col, d->role[0].names->name[gene[0]],
                                                       d->role[1].names->name[gene[1]]};
    }
}

static bool remains(const side *s, size_t block)
{
    return block == 0 || !s->gone[block - 1];
}

static void put_pairs(const drawer *d, const panel_drawer *p)
{
    int row = 0;
    for (size_t r = 0; r <= p->side[0].n_blocks; r++) {
        if (!remains(&p->side[0], r))
            continue;
        int col = 0;
        for (size_t t = 0; t <= p->side[1].n_blocks; t++) {
            if (!remains(&p->side[1], t))
                continue;
            if (r || t)
                put_block(d, p, (const size_t[]){r, t}, row, col);
            col++;
        }
        row++;
    }
}

/* The targets that the panel names, under each of its regulators: of these a model may lack some.
 */
static void put_named(const drawer *d, const panel_drawer *p)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    const tjac_names *named = &panel->config->unrelated_targets;
    for (size_t i = 0; i < panel->regulators.n; i++)
        for (size_t j = 0; j < named->n; j++) {
            const char *in = panel->regulators.name[i], *out = named->name[j];
            if (strcmp(in, out) == 0 ||
                tjac_related_together(&d->related, tjac_related_find(&d->related, in),
                                      tjac_related_find(&d->related, out)))
                p->out->named_left_out++;
            else
                p->out->pair[p->out->n_pairs++] = (tjac_blocks_pair){0, TJAC_COL_NAMED, in, out};
        }
}

static tjac_code find_balance(const drawer *d, tjac_blocks_panel *o)
{
    double(*expression)[2] = tjac_alloc(o->n_genes, sizeof *expression, d->err);
    for (int role = 0; role < 2 && expression; role++) {
        size_t n = 0;
        for (size_t i = 0; i < o->n_genes; i++)
            if (o->gene[i].target == role)
                memcpy(expression[n++], o->gene[i].expression, sizeof *expression);
        o->balance[role] = tjac_blocks_balance((const double(*)[2])expression, n);
    }
    free(expression);
    return d->err->code;
}

static tjac_code put_all(const drawer *d, const panel_drawer *p)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    tjac_blocks_panel *o = p->out;
    for (int role = 0; role < 2; role++)
        o->drawn[role] = p->side[role].n_blocks;
    o->n_rows = remaining(&p->side[0]);
    o->n_cols = remaining(&p->side[1]);
    if (o->n_rows == 0 || o->n_cols == 0)
        o->n_rows = o->n_cols = 0;
    size_t genes = o->n_rows * p->side[0].n + o->n_cols * p->side[1].n;
    size_t named = panel->regulators.n * panel->config->unrelated_targets.n;
    if (!(o->gene = tjac_alloc(genes, sizeof *o->gene, d->err)) ||
        !(o->pair = tjac_alloc((o->n_rows + 1) * (o->n_cols + 1) * panel->n_pairs + named,
                               sizeof *o->pair, d->err)))
        return d->err->code;
    if (o->n_rows) {
        put_genes(d, p, false);
        put_genes(d, p, true);
        put_pairs(d, p);
    }
    put_named(d, p);
    return find_balance(d, o);
}

/* ---- a panel ---- */

static tjac_code side_init(const drawer *d, bool target, const tjac_names *genes, side *s)
{
    const ranking *r = &d->role[target];
    size_t B = d->options->blocks;
    s->n = genes->n;
    s->own = tjac_alloc(s->n, sizeof *s->own, d->err);
    s->drawn = tjac_alloc(B, s->n * sizeof *s->drawn, d->err);
    s->window = tjac_alloc(B, s->n * sizeof *s->window, d->err);
    s->taken = tjac_alloc(r->names->n, 1, d->err);
    s->gone = tjac_alloc(B, 1, d->err);
    for (size_t i = 0; i < s->n && !d->err->code; i++) {
        int64_t g = tjac_names_find(r->names, genes->name[i]);
        s->own[i] = g < 0 ? SIZE_MAX : (size_t)g;
        s->n_there += g >= 0;
    }
    return d->err->code;
}

static void side_free(side *s)
{
    free(s->own);
    free(s->drawn);
    free(s->window);
    free(s->taken);
    free(s->gone);
}

static tjac_code draw_panel(const drawer *d, size_t index, tjac_blocks_panel *out)
{
    const tjac_panel *panel = &d->panels->panel[index];
    panel_drawer p = {.index = index, .out = out};
    out->wanted = d->options->blocks;
    if (side_init(d, false, &panel->regulators, &p.side[0]) ||
        side_init(d, true, &panel->targets, &p.side[1]) ||
        tjac_rng_new(d->options->seed, &p.rng, d->err))
        goto done;
    draw_side(d, &p, false);
    draw_side(d, &p, true);
    if (count_pairs(d, &p))
        goto done;
    tjac_blocks_drop(p.count, p.side[0].n_blocks, p.side[1].n_blocks, p.side[0].gone,
                     p.side[1].gone);
    if (!put_all(d, &p))
        (void)!blocks_warn(panel, out, d->warnings, d->err);
done:
    tjac_rng_free(p.rng);
    side_free(&p.side[0]);
    side_free(&p.side[1]);
    free(p.count);
    return d->err->code;
}

tjac_code tjac_blocks_draw(const tjac_panels *panels, const tjac_config_null *options,
                           const tjac_blocks_genes *genes, tjac_blocks *out, tjac_err *err)
{
    tjac_blocks b = {0};
    drawer d = {.panels = panels, .options = options, .warnings = &b.warnings, .err = err};
    if (!(b.panel = tjac_alloc(panels->n, sizeof *b.panel, err)) ||
        tjac_related_init(panels, &d.related, err) ||
        rank_genes(&d.related, genes->inputs, genes->input_expression, &d.role[0], err) ||
        rank_genes(&d.related, genes->outputs, genes->output_expression, &d.role[1], err))
        goto done;
    for (; b.n_panels < panels->n && !err->code; b.n_panels++)
        (void)!draw_panel(&d, b.n_panels, &b.panel[b.n_panels]);
done:
    ranking_free(&d.role[0]);
    ranking_free(&d.role[1]);
    tjac_related_free(&d.related);
    if (err->code)
        tjac_blocks_free(&b);
    else
        *out = b;
    return err->code;
}

void tjac_blocks_free(tjac_blocks *b)
{
    if (!b)
        return;
    for (size_t i = 0; b->panel && i < b->n_panels; i++) {
        free(b->panel[i].gene);
        free(b->panel[i].pair);
    }
    free(b->panel);
    tjac_names_free(&b->warnings);
    *b = (tjac_blocks){0};
}
