#include "results/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/sha256.h"
#include "results/layout.h"

static const char models[] = "names of models";

typedef struct {
    tjac_names *lines;
    tjac_hashing *hashing;
    tjac_err *err;
} maker;

/* "what: value" or "what of model 'm': value". */
static void put(const maker *m, const char *what, const char *model, const char *value)
{
    tjac_text t = {0};
    tjac_text_add(&t, "%s", what);
    if (model)
        tjac_text_add(&t, " of model '%s'", model);
    tjac_text_add(&t, ": %s", value);
    if (t.failed)
        tjac_err_memory(m->err, "out of memory");
    else if (!m->err->code)
        (void)!tjac_names_add(m->lines, t.text, m->err);
    tjac_text_free(&t);
}

static void put_number(const maker *m, const char *what, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.17g", value);
    put(m, what, NULL, text);
}

static void put_file(const maker *m, const char *what, const char *model, const char *path)
{
    char hash[65];
    if (!m->err->code && path && !tjac_hashing_find(m->hashing, path, hash, m->err))
        put(m, what, model, hash);
}

/* ---- lists ---- */

/* A text, its end included, and a number. */
static void add(tjac_sha256 *h, const char *text, uint64_t number, tjac_err *err)
{
    unsigned char le[8];
    for (int i = 0; i < 8; i++)
        le[i] = (unsigned char)(number >> 8 * i);
    if (!err->code && !tjac_sha256_add(h, text, strlen(text) + 1, err))
        (void)!tjac_sha256_add(h, le, sizeof le, err);
}

static void put_kds(const maker *m, const tjac_plan *p)
{
    tjac_sha256 *h = NULL;
    char hash[65] = "";
    if (m->err->code || tjac_sha256_make(&h, m->err))
        return;
    for (size_t k = 0; k < p->n_kds; k++)
        add(h, p->names->kds->name[p->kd[k]], p->kd[k], m->err);
    if (!m->err->code && !tjac_sha256_hex(h, hash, m->err))
        put(m, "KDs and their order", p->names->model, hash);
    tjac_sha256_free(h);
}

/* Names, and where they are among the model's inputs and outputs. */
static void add_pair(tjac_sha256 *h, const tjac_plan *p, const tjac_plan_pair *pair, tjac_err *err)
{
    size_t in = p->regulator[pair->regulator], out = p->target[pair->target];
    add(h, p->names->inputs->name[in], in, err);
    add(h, p->names->outputs->name[out], out, err);
}

static void put_pairs(const maker *m, const tjac_plan *p)
{
    tjac_sha256 *h = NULL;
    char hash[65] = "";
    if (m->err->code || tjac_sha256_make(&h, m->err))
        return;
    for (size_t i = 0; i < p->n_pairs; i++)
        add_pair(h, p, &p->pair[i], m->err);
    for (size_t i = 0; i < p->n_panels; i++)
        for (size_t k = 0; k < p->panel[i].n_rows; k++) {
            const tjac_plan_row *row = &p->panel[i].row[k];
            add(h, p->panel[i].name, (uint64_t)(row->row + 2) << 32 | (uint64_t)(row->col + 2),
                m->err);
            add_pair(h, p, &p->pair[row->pair], m->err);
        }
    if (!m->err->code && !tjac_sha256_hex(h, hash, m->err))
        put(m, "pairs and blocks", p->names->model, hash);
    tjac_sha256_free(h);
}

/* ---- models ---- */

/* Of the rows of the batch encoder that the cells take; "" without one. */
static void hash_batches(const maker *m, const tjac_block *b, char hash[65])
{
    tjac_sha256 *h = NULL;
    const size_t n = b->sets.n_sets * b->sets.set_size;
    hash[0] = '\0';
    if (b->batch && !m->err->code && !tjac_sha256_make(&h, m->err) &&
        !tjac_sha256_add(h, b->batch, n * sizeof *b->batch, m->err))
        (void)!tjac_sha256_hex(h, hash, m->err);
    tjac_sha256_free(h);
}

static void put_cells(const maker *m, const tjac_input *in, const tjac_block *b)
{
    tjac_text what = {0};
    char value[240], batches[65];
    hash_batches(m, b, batches);
    tjac_text_add(&what, "cells (%s)", b->cell_type);
    snprintf(value, sizeof value, "%zu sets of %zu: %s%s%s", b->sets.n_sets, b->sets.set_size,
             b->sha256, *batches ? ", batches " : "", batches);
    if (what.failed)
        tjac_err_memory(m->err, "out of memory");
    else
        put(m, what.text, in->name, value);
    tjac_text_free(&what);
}

/* What the estimand shift moves by: over all eligible cells, of which the sets' are a part. */
static void put_deviations(const maker *m, const tjac_input *in, const tjac_block *b)
{
    tjac_text what = {0};
    tjac_sha256 *h = NULL;
    char hash[65];
    tjac_text_add(&what, "standard deviations (%s)", b->cell_type);
    if (what.failed)
        tjac_err_memory(m->err, "out of memory");
    else if (!tjac_sha256_make(&h, m->err) &&
             !tjac_sha256_add(h, b->sd, in->inputs.n * sizeof *b->sd, m->err) &&
             !tjac_sha256_hex(h, hash, m->err))
        put(m, what.text, in->name, hash);
    tjac_sha256_free(h);
    tjac_text_free(&what);
}

static void put_block(const maker *m, bool shift, tjac_input *in, size_t block)
{
    const tjac_block *b = &in->block[block];
    if (tjac_input_read_sets(in, block, m->err))
        return;
    put_cells(m, in, b);
    if (shift && !m->err->code && !tjac_input_read_deviations(in, block, m->err))
        put_deviations(m, in, b);
}

static void put_model(const maker *m, const tjac_config *c, tjac_run_model *of)
{
    tjac_input *in = &of->input;
    const tjac_arch *a = &in->model->arch;
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, in->model->shuffle);
    put_file(m, "checkpoint", in->name, in->model->checkpoint);
    put_file(m, "map of KDs", in->name, in->model->kd_map);
    put_file(m, "map of batches", in->name, in->model->batch_map);
    if (in->model->shuffled)
        put(m, "seed of the shuffled weights", in->name, seed);
    put(m, "backbone", in->name, tjac_backbone_name(a->backbone));
    put(m, "attention", in->name, tjac_attend_name(a->attend));
    put(m, "rotary", in->name, a->rotary ? "true" : "false");
    put(m, "prediction", in->name, a->decoder == TJAC_DECODER_NONE ? "model" : "decoder");
    put(m, "control", in->name, in->control);
    put(m, "lines of the engine", in->name, of->lines.name);
    put_kds(m, &of->plan);
    put_pairs(m, &of->plan);
    bool shift = tjac_estimand_among(c->estimand, c->n_estimands, TJAC_SHIFT);
    for (size_t b = 0; b < in->n_blocks && !m->err->code; b++)
        put_block(m, shift, in, b);
}

/* ---- the whole ---- */

static void put_options(const maker *m, const tjac_config *c, const char *tjac)
{
    tjac_text t = {0};
    for (size_t i = 0; i < c->n_models; i++)
        tjac_text_add(&t, "%s%s", i ? "," : "", c->model[i].name);
    put(m, models, NULL, t.text ? t.text : "");
    tjac_text_free(&t);
    tjac_text_add(&t, "%s, layout %d", tjac, TJAC_LAYOUT_VERSION);
    put(m, "tjac", NULL, t.text ? t.text : "");
    tjac_text_free(&t);
    for (size_t e = 0; e < c->n_estimands; e++)
        tjac_text_add(&t, "%s%s", e ? "," : "", tjac_estimand_name(c->estimand[e]));
    put(m, "estimands", NULL, t.text ? t.text : "");
    tjac_text_free(&t);
    put(m, "precision", NULL, tjac_precision_name(c->precision));
    put(m, "engine", NULL, tjac_engine_name(c->engine));
    put_number(m, "tolerance of same_cell", c->tolerance);
    put_number(m, "cells.seed", (double)c->cells.seed);
}

static tjac_code hash_lines(const tjac_names *lines, char *hash, tjac_err *err)
{
    tjac_sha256 *h = NULL;
    if (tjac_sha256_make(&h, err))
        return err->code;
    for (size_t i = 0; i < lines->n; i++)
        add(h, lines->name[i], i, err);
    if (!err->code)
        (void)!tjac_sha256_hex(h, hash, err);
    tjac_sha256_free(h);
    return err->code;
}

tjac_code tjac_identity_make(const tjac_config *config, tjac_run *run, const char *tjac,
                             tjac_hashing *hashing, tjac_names *lines, char *hash, tjac_err *err)
{
    const maker m = {lines, hashing, err};
    put_options(&m, config, tjac);
    for (size_t i = 0; i < run->n_models && !err->code; i++)
        put_model(&m, config, &run->model[i]);
    return err->code ? err->code : hash_lines(lines, hash, err);
}

/* ---- what differs ---- */

/* Bytes of "what" in "what: value": values have no ": ", but those of cells, whose `what` ends at
 * the first one all the same. */
static size_t what_of(const char *line)
{
    const char *end = strstr(line, "': ");
    if (end)
        return (size_t)(end + 1 - line);
    end = strstr(line, ": ");
    return end ? (size_t)(end - line) : strlen(line);
}

static bool has_line(const tjac_names *lines, const char *line, size_t n)
{
    for (size_t i = 0; i < lines->n; i++)
        if (what_of(lines->name[i]) == n && strncmp(lines->name[i], line, n) == 0)
            return true;
    return false;
}

static void add_difference(tjac_text *t, const char *line)
{
    tjac_text_add(t, "%s%.*s", t->n ? ", " : "", (int)what_of(line), line);
}

/* What is of a model with a name that the other does not know need not be told. */
static bool is_of_model(const char *line)
{
    return strstr(line, " of model '") != NULL;
}

static bool same_models(const tjac_names *a, const tjac_names *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (what_of(a->name[i]) == strlen(models) &&
            strncmp(a->name[i], models, strlen(models)) == 0)
            return tjac_names_find(b, a->name[i]) >= 0;
    return true;
}

char *tjac_identity_differs(const tjac_names *a, const tjac_names *b, tjac_err *err)
{
    tjac_text t = {0};
    bool same = same_models(a, b);
    for (size_t i = 0; i < a->n; i++)
        if (tjac_names_find(b, a->name[i]) < 0 && (same || !is_of_model(a->name[i])))
            add_difference(&t, a->name[i]);
    for (size_t i = 0; i < b->n; i++)
        if (!has_line(a, b->name[i], what_of(b->name[i])) && (same || !is_of_model(b->name[i])))
            add_difference(&t, b->name[i]);
    if (t.failed)
        tjac_err_memory(err, "out of memory");
    return t.text;
}
