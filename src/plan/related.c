#include "plan/related.h"

#include <stdlib.h>
#include "base/alloc.h"

enum { WORD = 64 };

/* ---- bits ---- */

uint64_t *tjac_related_bits(const tjac_related *r, tjac_err *err)
{
    size_t row = r->n_outputs / WORD + 1;
    return tjac_alloc(r->n_inputs, row * sizeof(uint64_t), err);
}

static size_t word_of(const tjac_related *r, size_t input, size_t output)
{
    return input * (r->n_outputs / WORD + 1) + output / WORD;
}

bool tjac_related_get(const tjac_related *r, const uint64_t *bits, size_t input, size_t output)
{
    return bits[word_of(r, input, output)] >> output % WORD & 1;
}

void tjac_related_set(const tjac_related *r, uint64_t *bits, size_t input, size_t output)
{
    bits[word_of(r, input, output)] |= (uint64_t)1 << output % WORD;
}

/* ---- panels ---- */

static void join(const tjac_names *genes, const tjac_names *names, size_t words, size_t panel,
                 uint64_t *member)
{
    for (size_t i = 0; i < names->n; i++) {
        int64_t g = tjac_names_find(genes, names->name[i]);
        if (g >= 0)
            member[(size_t)g * words + panel / WORD] |= (uint64_t)1 << panel % WORD;
    }
}

static void join_panels(const tjac_panels *panels, const tjac_blocks_genes *genes, tjac_related *r)
{
    for (size_t i = 0; i < panels->n; i++) {
        const tjac_panel *p = &panels->panel[i];
        const tjac_names *lists[] = {&p->regulators, &p->targets, &p->members, &p->config->kds};
        for (size_t l = 0; l < sizeof lists / sizeof *lists; l++) {
            join(genes->inputs, lists[l], r->words, i, r->input_panels);
            join(genes->outputs, lists[l], r->words, i, r->output_panels);
        }
    }
}

static void join_edges(const tjac_panels *panels, const tjac_blocks_genes *genes, tjac_related *r)
{
    for (size_t i = 0; i < panels->n_edges; i++)
        for (int way = 0; way < 2; way++) {
            int64_t in =
                tjac_names_find(genes->inputs, panels->edge_genes.name[panels->edge[i][way]]);
            int64_t out =
                tjac_names_find(genes->outputs, panels->edge_genes.name[panels->edge[i][1 - way]]);
            if (in >= 0 && out >= 0)
                tjac_related_set(r, r->edge, (size_t)in, (size_t)out);
        }
}

tjac_code tjac_related_init(const tjac_panels *panels, const tjac_blocks_genes *genes,
                            tjac_related *out, tjac_err *err)
{
    tjac_related r = {.n_inputs = genes->inputs->n, .n_outputs = genes->outputs->n};
    r.words = panels->n / WORD + 1;
    r.input_panels = tjac_alloc(r.n_inputs, r.words * sizeof(uint64_t), err);
    r.output_panels = tjac_alloc(r.n_outputs, r.words * sizeof(uint64_t), err);
    r.same = tjac_alloc(r.n_inputs, sizeof *r.same, err);
    r.edge = tjac_related_bits(&r, err);
    if (err->code) {
        tjac_related_free(&r);
        return err->code;
    }
    for (size_t i = 0; i < r.n_inputs; i++) {
        int64_t o = tjac_names_find(genes->outputs, genes->inputs->name[i]);
        r.same[i] = o < 0 ? SIZE_MAX : (size_t)o;
    }
    join_panels(panels, genes, &r);
    join_edges(panels, genes, &r);
    *out = r;
    return TJAC_OK;
}

void tjac_related_free(tjac_related *r)
{
    free(r->input_panels);
    free(r->output_panels);
    free(r->edge);
    free(r->same);
    *r = (tjac_related){0};
}

/* ---- questions ---- */

bool tjac_related_edge(const tjac_related *r, size_t input, size_t output)
{
    return tjac_related_get(r, r->edge, input, output);
}

bool tjac_related_pair(const tjac_related *r, size_t input, size_t output)
{
    if (r->same[input] == output || tjac_related_edge(r, input, output))
        return true;
    for (size_t w = 0; w < r->words; w++)
        if (r->input_panels[input * r->words + w] & r->output_panels[output * r->words + w])
            return true;
    return false;
}

bool tjac_related_input_in(const tjac_related *r, size_t input, size_t panel)
{
    return r->input_panels[input * r->words + panel / WORD] >> panel % WORD & 1;
}

bool tjac_related_output_in(const tjac_related *r, size_t output, size_t panel)
{
    return r->output_panels[output * r->words + panel / WORD] >> panel % WORD & 1;
}

bool tjac_related_output_in_any(const tjac_related *r, size_t output)
{
    for (size_t w = 0; w < r->words; w++)
        if (r->output_panels[output * r->words + w])
            return true;
    return false;
}
