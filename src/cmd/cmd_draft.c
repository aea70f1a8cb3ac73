#include "cmd/cmd_draft.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "cmd/cmd_asked.h"
#include "cmd/cmd_blocks.h"
#include "inputs/survey.h"
#include "plan/plan.h"

/* ---- cells ---- */

enum { MOST_SETS = 8 }; /* more make J_se little better known, and every set costs as much */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool known_batch(const tjac_input *in, const tjac_survey *s, size_t batch)
{
    return in->model->arch.batch_dim == 0 ||
           (batch < s->batches.n &&
            tjac_names_find(&in->model->batches, s->batches.name[batch]) >= 0);
}

/* Control cells of a type (-1: of all), 0 where the model does not know a batch of one of them. */
static size_t usable(const tjac_input *in, const tjac_survey *s, int64_t type)
{
    for (size_t b = 0; b <= s->batches.n; b++)
        if (!known_batch(in, s, b) && tjac_survey_count(s, type, (int64_t)b))
            return 0;
    return tjac_survey_count(s, type, -1);
}

static tjac_code set_sizes(tjac_input *in, size_t most, cmd_draft_cells *out, tjac_err *err)
{
    const size_t len = (size_t)in->model->arch.cell_set_len;
    tjac_text t = {0};
    out->set_size = most && most < len ? most : len;
    out->n_sets = most < len ? 1 : smaller(MOST_SETS, most / len);
    if (out->set_size == len)
        return TJAC_OK;
    tjac_text_add(&t,
                  "cells.set_size is %zu, as there are no more such control cells; model '%s' was "
                  "trained with sets of %zu",
                  most, in->name, len);
    return tjac_names_take(&in->warnings, &t, err);
}

static tjac_code warn_left_out(tjac_input *in, const char *type, size_t cells, size_t sets,
                               tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t,
                  "cells.cell_type leaves out '%s': %zu control cells whose batches the model "
                  "knows, too few for %zu set(s)",
                  type, cells, sets);
    return tjac_names_take(&in->warnings, &t, err);
}

/* Types that make one set, or two where some type does: one set says nothing of J_se. */
static tjac_code choose_types(tjac_input *in, const tjac_survey *s, cmd_draft_cells *out,
                              tjac_err *err)
{
    size_t most = 0;
    for (size_t i = 0; i < s->types.n; i++)
        most = most > usable(in, s, (int64_t)i) ? most : usable(in, s, (int64_t)i);
    if (most == 0 || set_sizes(in, most, out, err))
        return err->code;
    const size_t least = out->n_sets > 1 ? 2 : 1;
    for (size_t i = 0; i < s->types.n && !err->code; i++) {
        size_t cells = usable(in, s, (int64_t)i), sets = cells / out->set_size;
        if (sets < least) {
            (void)!warn_left_out(in, s->types.name[i], cells, least, err);
            continue;
        }
        out->n_sets = smaller(out->n_sets, sets);
        (void)!tjac_names_add(&out->types, s->types.name[i], err);
    }
    return err->code;
}

static tjac_code choose_batch(tjac_input *in, const tjac_survey *s, cmd_draft_cells *out,
                              tjac_err *err)
{
    size_t most = usable(in, s, -1), best = s->batches.n;
    for (size_t b = 0; most == 0 && b < s->batches.n; b++)
        if (known_batch(in, s, b) &&
            (best == s->batches.n ||
             tjac_survey_count(s, -1, (int64_t)b) > tjac_survey_count(s, -1, (int64_t)best)))
            best = b;
    if (most == 0 && best < s->batches.n) {
        most = tjac_survey_count(s, -1, (int64_t)best);
        if (!(out->batch = tjac_strdup(s->batches.name[best], err)))
            return err->code;
    }
    return set_sizes(in, most, out, err);
}

tjac_code cmd_draft_choose(tjac_input *in, cmd_draft_cells *out, tjac_err *err)
{
    const tjac_model_columns *c = &in->model->columns;
    const tjac_sets_spec spec = {.pert_col = c->pert_col,
                                 .control = c->control,
                                 .cell_type_col = c->cell_type_col,
                                 .batch_col = c->batch_col};
    const bool batches = in->model->arch.batch_dim > 0;
    tjac_survey s = {0};
    *out = (cmd_draft_cells){.n_sets = 1};
    if (!c->pert_col || !c->control || (batches && !c->batch_col))
        return TJAC_OK; /* resolving says so */
    if (!tjac_survey_make(in->cells, &spec, batches, &s, err) && !choose_types(in, &s, out, err) &&
        out->types.n == 0)
        (void)!choose_batch(in, &s, out, err);
    tjac_survey_free(&s);
    return err->code;
}

tjac_code cmd_draft_resolve(tjac_input *in, const cmd_draft_cells *cells, tjac_err *err)
{
    const tjac_config_cells c = {.cell_types = cells->types,
                                 .batch = cells->batch,
                                 .set_size = (int64_t)cells->set_size,
                                 .n_sets = (int64_t)cells->n_sets,
                                 .seed = 42};
    return tjac_input_resolve(&c, in, err);
}

void cmd_draft_cells_free(cmd_draft_cells *c)
{
    tjac_names_free(&c->types);
    free(c->batch);
    *c = (cmd_draft_cells){0};
}

/* ---- a panel of the command line ---- */

enum { LEAST_FIELDS = 4, MOST_FIELDS = 5 };

static tjac_code bad_panel(const char *word, tjac_err *err)
{
    return tjac_err_set(err, TJAC_EUSAGE,
                        "--panel '%s': expected NAME:REGULATOR,..:TARGET,..:KD,.. and, where "
                        "wanted, :UNRELATED_KD,.. after it",
                        word);
}

/* Where the field at `p` ends. In a dimension, KEY:NUMBER, the colon ends none. */
static const char *field_end(const char *p, const char *key)
{
    const size_t n = strlen(key);
    for (const char *name = p;; p++) {
        if (*p == ',')
            name = p + 1;
        else if (*p == '\0' ||
                 (*p == ':' && !((size_t)(p - name) == n && strncmp(name, key, n) == 0 &&
                                 p[1] >= '0' && p[1] <= '9')))
            return p;
    }
}

static tjac_code parse_panel(const tjac_input *in, const char *word, tjac_config_panel *out,
                             tjac_err *err)
{
    tjac_names *lists[MOST_FIELDS] = {NULL, &out->regulators, &out->targets, &out->kds,
                                      &out->unrelated_kds};
    size_t fields = 0;
    for (const char *p = word;; p++, fields++) {
        const char *end = fields ? field_end(p, in->embed_key) : p + strcspn(p, ":");
        if (fields == MOST_FIELDS || end == p)
            return bad_panel(word, err);
        char *field = tjac_strndup(p, (size_t)(end - p), err);
        if (fields == 0)
            out->name = field;
        else if (field)
            cmd_split_names("panel", field, lists[fields], err);
        if (fields)
            free(field);
        p = end;
        if (err->code || !*p)
            break;
    }
    if (!err->code && fields + 1 < LEAST_FIELDS)
        return bad_panel(word, err);
    for (size_t i = 0; i < out->kds.n && !err->code; i++)
        if (tjac_names_find(&out->unrelated_kds, out->kds.name[i]) >= 0)
            return tjac_err_set(err, TJAC_EUSAGE,
                                "--panel '%s' has KD '%s' both among its KDs and the unrelated "
                                "ones",
                                word, out->kds.name[i]);
    return err->code;
}

/* ---- the example ---- */

enum { REGULATORS = 2, TARGETS = 3, KDS = 3, UNRELATED = 12 };

static bool among(const tjac_config_panel *p, const char *name)
{
    return tjac_names_find(&p->regulators, name) >= 0 || tjac_names_find(&p->targets, name) >= 0;
}

/* Inputs well above the middle in expression, with others of like expression on both sides to draw
 * blocks from; where targets are no inputs, the first outputs. None whose name stands there twice.
 */
static tjac_code draft_genes(const tjac_input *in, tjac_config_panel *p, tjac_err *err)
{
    const size_t n = in->inputs.n;
    double *value = tjac_alloc(n, sizeof *value, err);
    size_t *order = tjac_alloc(n, sizeof *order, err);
    tjac_names doubled = {0};
    if (err->code || cmd_rank_inputs(in, value, err) || tjac_sort_order(value, n, order, err) ||
        tjac_names_doubled(&in->inputs, &doubled, err) ||
        tjac_names_doubled(&in->outputs, &doubled, err))
        goto done;
    for (size_t i = n - n / 4; i-- > 0 && !err->code;) {
        const char *gene = in->inputs.name[order[i]];
        if (tjac_names_find(&doubled, gene) >= 0)
            continue;
        if (p->regulators.n < REGULATORS && 2 * p->regulators.n < n)
            (void)!tjac_names_add(&p->regulators, gene, err);
        else if (p->targets.n < TARGETS && tjac_names_find(&in->outputs, gene) >= 0)
            (void)!tjac_names_add(&p->targets, gene, err);
    }
    for (size_t j = 0; p->targets.n < TARGETS && j < in->outputs.n && !err->code; j++)
        if (!among(p, in->outputs.name[j]) && tjac_names_find(&doubled, in->outputs.name[j]) < 0)
            (void)!tjac_names_add(&p->targets, in->outputs.name[j], err);
done:
    tjac_names_free(&doubled);
    free(value);
    free(order);
    return err->code;
}

/* KDs of the pathway are a fifth of all or less, so that effects are not compressed. */
static tjac_code draft_kds(const tjac_input *in, tjac_config_panel *p, tjac_err *err)
{
    const tjac_names *kds = &in->model->kds;
    size_t wanted = smaller(KDS, kds->n / 5 ? kds->n / 5 : 1);
    for (size_t k = 0; k < kds->n && !err->code; k++) {
        if (strcmp(kds->name[k], in->control) == 0 || among(p, kds->name[k]))
            continue;
        if (p->kds.n < wanted)
            (void)!tjac_names_add(&p->kds, kds->name[k], err);
        else if (p->unrelated_kds.n < UNRELATED)
            (void)!tjac_names_add(&p->unrelated_kds, kds->name[k], err);
    }
    return err->code;
}

/* ---- panels ---- */

tjac_code cmd_draft_panels(const tjac_input *in, const tjac_names *words, tjac_config *c,
                           tjac_err *err)
{
    size_t n = words->n, wanted = n ? n : 1;
    if (!(c->panel = tjac_alloc(wanted, sizeof *c->panel, err)))
        return err->code;
    c->n_panels = wanted;
    if (n == 0 && (c->panel->name = tjac_strdup("example", err)) && !draft_genes(in, c->panel, err))
        (void)!draft_kds(in, c->panel, err);
    for (size_t i = 0; i < n; i++) {
        if (parse_panel(in, words->name[i], &c->panel[i], err))
            return err->code;
        for (size_t k = 0; k < i; k++)
            if (strcmp(c->panel[k].name, c->panel[i].name) == 0)
                return tjac_err_set(err, TJAC_EUSAGE, "--panel names two panels '%s'",
                                    c->panel[i].name);
        if (c->panel[i].unrelated_kds.n == 0)
            c->kds_rule = TJAC_KDS_ALL;
    }
    return err->code;
}

tjac_code cmd_draft_check(const tjac_input *in, const tjac_config *c, tjac_err *err)
{
    const tjac_plan_names names = {in->name, &in->inputs, &in->outputs, &in->model->kds,
                                   in->control};
    tjac_panels panels = {0};
    tjac_plan plan = {0};
    if (tjac_panels_read(c, &panels, err))
        return err->code;
    if (!tjac_plan_make(c, &panels, NULL, &names, &plan, err))
        tjac_plan_free(&plan);
    tjac_panels_free(&panels);
    return err->code;
}
