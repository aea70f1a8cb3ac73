#include "plan/blocks.h"

#include <math.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "base/text.h"
#include "plan/related.h"

/* Genes of one role in order of expression. */
typedef struct {
    const tjac_names *names;
    const double *expression;
    size_t *order; /* [n] genes, lowest first */
    size_t *rank;  /* [n] of a gene */
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
    size_t n, n_blocks;
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

static tjac_code rank_genes(const tjac_names *names, const double *expression, ranking *r,
                            tjac_err *err)
{
    *r = (ranking){.names = names, .expression = expression};
    r->order = tjac_alloc(names->n, sizeof *r->order, err);
    r->rank = tjac_alloc(names->n, sizeof *r->rank, err);
    for (size_t i = 0; expression && i < names->n && !err->code; i++)
        if (!isfinite(expression[i]))
            tjac_err_set(err, TJAC_EFAIL, "the expression of '%s' is not a number", names->name[i]);
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
}

/* ---- drawing ---- */

static bool eligible(const drawer *d, const panel_drawer *p, bool target, size_t gene)
{
    bool own = target ? tjac_related_output_in(&d->related, gene, p->index)
                      : tjac_related_input_in(&d->related, gene, p->index);
    return !own && !p->side[target].taken[gene];
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
    bool some = false;
    for (size_t i = 0; i < s->n; i++)
        some = some || s->own[i] != SIZE_MAX;
    for (; some && s->n_blocks < d->options->blocks; s->n_blocks++) {
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

/* Whether pair i of the panel stands in block (r, t). */
static bool pair_at(const drawer *d, const panel_drawer *p, size_t r, size_t t, size_t i,
                    size_t gene[2])
{
    const tjac_panel_pair *pair = &d->panels->panel[p->index].pair[i];
    gene[0] = gene_at(&p->side[0], r, pair->regulator);
    gene[1] = gene_at(&p->side[1], t, pair->target);
    return gene[0] != SIZE_MAX && gene[1] != SIZE_MAX &&
           !tjac_related_pair(&d->related, gene[0], gene[1]);
}

static tjac_code count_pairs(const drawer *d, panel_drawer *p)
{
    size_t R = p->side[0].n_blocks, T = p->side[1].n_blocks, gene[2];
    if (!(p->count = tjac_alloc(R + 1, (T + 1) * sizeof *p->count, d->err)))
        return d->err->code;
    for (size_t r = 0; r <= R; r++)
        for (size_t t = 0; t <= T; t++)
            for (size_t i = 0; i < d->panels->panel[p->index].n_pairs; i++)
                p->count[r * (T + 1) + t] += (r || t) && pair_at(d, p, r, t, i, gene);
    return TJAC_OK;
}

/* Blocks without a pair in row (or column) b, with what remains of the other side and its 0. */
static size_t empty_blocks(const panel_drawer *p, bool target, size_t b)
{
    const side *other = &p->side[!target];
    size_t T = p->side[1].n_blocks, n = 0;
    for (size_t o = 0; o <= other->n_blocks; o++) {
        size_t r = target ? o : b, t = target ? b : o;
        if ((o == 0 || !other->gone[o - 1]) && p->count[r * (T + 1) + t] == 0)
            n++;
    }
    return n;
}

/* The row or column with most empty blocks goes, until none has any. */
static void drop_blocks(panel_drawer *p)
{
    for (;;) {
        size_t most = 0, block = 0;
        bool of = false;
        for (int target = 0; target < 2; target++)
            for (size_t b = 1; b <= p->side[target].n_blocks; b++) {
                size_t n = p->side[target].gone[b - 1] ? 0 : empty_blocks(p, target, b);
                if (n > most) {
                    most = n;
                    block = b;
                    of = target;
                }
            }
        if (most == 0)
            return;
        p->side[of].gone[block - 1] = 1;
    }
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
                                   .expression = r->expression[own],
                                   .drawn_expression = r->expression[drawn],
                                   .window = s->window[b * s->n + i]};
        }
        number += !s->gone[b];
    }
}

static void put_pairs(const drawer *d, const panel_drawer *p)
{
    const side *rows = &p->side[0], *cols = &p->side[1];
    const size_t n = d->panels->panel[p->index].n_pairs;
    int row = 0, col;
    for (size_t r = 0; r <= rows->n_blocks; r++) {
        if (r && rows->gone[r - 1])
            continue;
        col = 0;
        for (size_t t = 0; t <= cols->n_blocks; t++) {
            if (t && cols->gone[t - 1])
                continue;
            for (size_t i = 0; (r || t) && i < n; i++) {
                size_t gene[2];
                if (pair_at(d, p, r, t, i, gene))
                    p->out->pair[p->out->n_pairs++] = (tjac_blocks_pair){
                        row, col, d->role[0].names->name[gene[0]], d->role[1].names->name[gene[1]]};
                else
                    p->out->left_out++;
            }
            col++;
        }
        row++;
    }
}

/* The targets that the panel names, under each of its regulators. */
static void put_named(const drawer *d, const panel_drawer *p)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    const tjac_names *named = &panel->config->unrelated_targets;
    for (size_t i = 0; i < panel->regulators.n; i++)
        for (size_t j = 0; j < named->n; j++) {
            int64_t in = tjac_names_find(d->role[0].names, panel->regulators.name[i]);
            int64_t out = tjac_names_find(d->role[1].names, named->name[j]);
            if (in >= 0 && out >= 0 && tjac_related_pair(&d->related, (size_t)in, (size_t)out))
                p->out->left_out++;
            else
                p->out->pair[p->out->n_pairs++] = (tjac_blocks_pair){
                    0, TJAC_COL_NAMED, panel->regulators.name[i], named->name[j]};
        }
}

static tjac_code put_all(const drawer *d, const panel_drawer *p)
{
    const tjac_panel *panel = &d->panels->panel[p->index];
    tjac_blocks_panel *o = p->out;
    o->n_rows = remaining(&p->side[0]);
    o->n_cols = remaining(&p->side[1]);
    size_t genes = o->n_rows * p->side[0].n + o->n_cols * p->side[1].n;
    size_t named = panel->regulators.n * panel->config->unrelated_targets.n;
    if (!(o->gene = tjac_alloc(genes, sizeof *o->gene, d->err)) ||
        !(o->pair = tjac_alloc((o->n_rows + 1) * (o->n_cols + 1) * panel->n_pairs + named,
                               sizeof *o->pair, d->err)))
        return d->err->code;
    if (o->n_rows && o->n_cols) {
        put_genes(d, p, false);
        put_genes(d, p, true);
        put_pairs(d, p);
    }
    put_named(d, p);
    return TJAC_OK;
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

static void find_balance(tjac_blocks_panel *o)
{
    moments own[2] = {{0, 0, 0}, {0, 0, 0}}, drawn[2] = {{0, 0, 0}, {0, 0, 0}};
    for (size_t i = 0; i < o->n_genes; i++) {
        take(&own[o->gene[i].target], o->gene[i].expression);
        take(&drawn[o->gene[i].target], o->gene[i].drawn_expression);
    }
    for (int k = 0; k < 2; k++) {
        double n = (double)own[k].n - 1, spread = (drawn[k].squares + own[k].squares) / n / 2;
        o->balance[k] =
            own[k].n > 1 && spread > 0 ? (drawn[k].mean - own[k].mean) / sqrt(spread) : NAN;
    }
}

/* ---- warnings ---- */

static tjac_code warn(const drawer *d, tjac_text *t)
{
    if (t->text && !t->failed)
        (void)!tjac_names_add(d->warnings, t->text, d->err);
    tjac_text_free(t);
    return d->err->code;
}

static tjac_code warn_fewer(const drawer *d, const panel_drawer *p)
{
    const tjac_blocks_panel *o = p->out;
    const size_t drawn[2] = {p->side[0].n_blocks, p->side[1].n_blocks};
    tjac_text t = {0};
    if (o->n_rows >= o->wanted && o->n_cols >= o->wanted)
        return TJAC_OK;
    tjac_text_add(&t,
                  "panel '%s' has %zu rows and %zu columns of blocks, %zu were wanted: for %zu and "
                  "%zu there are genes that are not the panel's own, and of these %zu and %zu were "
                  "dropped, as all pairs of some block are of one gene, panel, set or edge",
                  d->panels->panel[p->index].name, o->n_rows, o->n_cols, o->wanted, drawn[0],
                  drawn[1], drawn[0] - o->n_rows, drawn[1] - o->n_cols);
    return warn(d, &t);
}

static tjac_code warn_panel(const drawer *d, const panel_drawer *p)
{
    static const char *const roles[] = {"regulators", "targets"};
    const tjac_blocks_panel *o = p->out;
    const char *name = d->panels->panel[p->index].name;
    size_t wide = 0, widest = 0;
    tjac_text t = {0};
    for (size_t i = 0; i < o->n_genes; i++) {
        wide += o->gene[i].window > TJAC_BLOCKS_WINDOW;
        widest = o->gene[i].window > widest ? o->gene[i].window : widest;
    }
    if (warn_fewer(d, p))
        return d->err->code;
    if (wide)
        tjac_text_add(&t, "panel '%s': %zu of %zu drawn genes needed a window of up to %zu ranks",
                      name, wide, o->n_genes, widest);
    if (warn(d, &t))
        return d->err->code;
    for (int k = 0; k < 2; k++) {
        if (fabs(o->balance[k]) > 0.25) /* false where it is NaN */
            tjac_text_add(&t,
                          "panel '%s': the expression of the drawn %s differs from the panel's by "
                          "%.2g standard deviations",
                          name, roles[k], o->balance[k]);
        if (warn(d, &t))
            return d->err->code;
    }
    return TJAC_OK;
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
    drop_blocks(&p);
    if (put_all(d, &p))
        goto done;
    find_balance(out);
    (void)!warn_panel(d, &p);
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
        rank_genes(genes->inputs, genes->input_expression, &d.role[0], err) ||
        rank_genes(genes->outputs, genes->output_expression, &d.role[1], err) ||
        tjac_related_init(panels, genes, &d.related, err))
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
