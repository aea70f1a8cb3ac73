#include "plan/related.h"

#include <stdlib.h>
#include "base/alloc.h"

enum { WORD = 64 };

/* ---- panels ---- */

static size_t genes_of(const tjac_panel *p, const tjac_names *lists[4])
{
    lists[0] = &p->regulators;
    lists[1] = &p->targets;
    lists[2] = &p->members;
    lists[3] = &p->config->kds;
    return 4;
}

static tjac_code add_genes(tjac_related *r, const tjac_names *genes, tjac_err *err)
{
    size_t at;
    for (size_t i = 0; i < genes->n; i++)
        if (tjac_names_put(&r->gene, genes->name[i], &at, err))
            return err->code;
    return TJAC_OK;
}

static tjac_code join_panels(tjac_related *r, const tjac_panels *panels, tjac_err *err)
{
    const tjac_names *lists[4];
    r->words = panels->n / WORD + 1;
    if (!(r->panels = tjac_alloc(r->gene.n, r->words * sizeof *r->panels, err)))
        return err->code;
    for (size_t i = 0; i < panels->n; i++)
        for (size_t l = genes_of(&panels->panel[i], lists); l-- > 0;)
            for (size_t k = 0; k < lists[l]->n; k++)
                r->panels[tjac_related_find(r, lists[l]->name[k]) * r->words + i / WORD] |=
                    (uint64_t)1 << i % WORD;
    return TJAC_OK;
}

/* ---- edges ---- */

static uint64_t key_of(size_t a, size_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static tjac_code join_edges(tjac_related *r, const tjac_panels *panels, tjac_err *err)
{
    if (!(r->edge = tjac_alloc(panels->n_edges, sizeof *r->edge, err)))
        return err->code;
    for (size_t i = 0; i < panels->n_edges; i++) {
        const size_t *e = panels->edge[i];
        r->edge[r->n_edges++] = key_of(tjac_related_find(r, panels->edge_genes.name[e[0]]),
                                       tjac_related_find(r, panels->edge_genes.name[e[1]]));
    }
    qsort(r->edge, r->n_edges, sizeof *r->edge, by_key);
    return TJAC_OK;
}

/* ---- the whole ---- */

tjac_code tjac_related_init(const tjac_panels *panels, tjac_related *out, tjac_err *err)
{
    tjac_related r = {0};
    const tjac_names *lists[4];
    for (size_t i = 0; i < panels->n; i++)
        for (size_t l = genes_of(&panels->panel[i], lists); l-- > 0;)
            if (add_genes(&r, lists[l], err))
                goto done;
    if (!add_genes(&r, &panels->edge_genes, err) && !join_panels(&r, panels, err))
        (void)!join_edges(&r, panels, err);
done:
    if (err->code)
        tjac_related_free(&r);
    else
        *out = r;
    return err->code;
}

void tjac_related_free(tjac_related *r)
{
    tjac_names_free(&r->gene);
    free(r->panels);
    free(r->edge);
    *r = (tjac_related){0};
}

/* ---- questions ---- */

size_t tjac_related_find(const tjac_related *r, const char *gene)
{
    int64_t at = tjac_names_find(&r->gene, gene);
    return at < 0 ? SIZE_MAX : (size_t)at;
}

bool tjac_related_together(const tjac_related *r, size_t a, size_t b)
{
    if (a == SIZE_MAX || b == SIZE_MAX)
        return false;
    for (size_t w = 0; w < r->words; w++)
        if (r->panels[a * r->words + w] & r->panels[b * r->words + w])
            return true;
    uint64_t key = key_of(a, b);
    return bsearch(&key, r->edge, r->n_edges, sizeof *r->edge, by_key) != NULL;
}

bool tjac_related_in(const tjac_related *r, size_t gene, size_t panel)
{
    return gene != SIZE_MAX && r->panels[gene * r->words + panel / WORD] >> panel % WORD & 1;
}
