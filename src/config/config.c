#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "base/text.h"
#include "config/config_take.h"
#include "config/config_tree.h"

/* ---- words ---- */

static const char *const estimand_names[] = {"set_mean", "same_cell", "cross_cell", "mean_cell",
                                             "pert",     "knockout",  "shift",      NULL};
static const char *const precision_names[] = {"float32", "float64", "tf32", "bf16", NULL};
static const char *const engine_names[] = {"auto", "reverse", "forward", "sequential", NULL};
static const char *const score_names[] = {"routing",    "elevation", "log2_abs_ratio",
                                          "difference", "ratio",     NULL};
_Static_assert(sizeof estimand_names / sizeof *estimand_names == TJAC_N_ESTIMANDS + 1,
               "a name for every estimand");

const char *tjac_estimand_name(tjac_estimand e)
{
    return estimand_names[e];
}

bool tjac_estimand_among(const tjac_estimand *list, size_t n, tjac_estimand e)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == e)
            return true;
    return false;
}

const char *tjac_precision_name(tjac_precision p)
{
    return precision_names[p];
}

const char *tjac_engine_name(tjac_engine_kind e)
{
    return engine_names[e];
}

const char *tjac_score_name(tjac_score s)
{
    return score_names[s];
}

/* Names of models, and of panels, differ. `names` are those before it. */
static tjac_code check_name(const tjac_taker *one, const char *what, const char *name,
                            tjac_names *names)
{
    if (tjac_names_find(names, name) >= 0)
        return tjac_take_refuse(one, "name", "two %s are named '%s'", what, name);
    return tjac_names_add(names, name, one->err);
}

/* ---- models and cells ---- */

static tjac_code take_shuffle(const tjac_taker *t, tjac_config_model *m)
{
    int64_t seed = -1;
    if (tjac_take_int(t, "shuffle", true, 0, UINT32_MAX, &seed))
        return t->err->code;
    m->shuffled = seed >= 0;
    m->shuffle = m->shuffled ? (uint64_t)seed : 0;
    return TJAC_OK;
}

static tjac_code take_checkpoint(const tjac_taker *t, tjac_config_model *m)
{
    if (tjac_take_string(t, "checkpoint", false, &m->checkpoint) || !m->checkpoint ||
        !strchr(m->checkpoint, '/'))
        return t->err->code;
    free(m->checkpoint);
    m->checkpoint = NULL;
    return tjac_take_path(t, "checkpoint", true, !t->elsewhere, &m->checkpoint);
}

static tjac_code take_models(const tjac_taker *t, tjac_config *c)
{
    const tjac_value *list = tjac_take_value(t, "models");
    tjac_names names = {0};
    if (list->u.list.n == 0)
        return tjac_take_refuse(t, "models",
                                "'models' is empty; expected at least one {\"name\", \"dir\"}");
    if (!(c->model = tjac_alloc(list->u.list.n, sizeof *c->model, t->err)))
        return t->err->code;
    c->n_models = list->u.list.n;
    for (size_t i = 0; i < c->n_models; i++) {
        char path[48];
        snprintf(path, sizeof path, "models[%zu].", i);
        const tjac_taker one = tjac_take_item(t, list, i, path);
        tjac_config_model *m = &c->model[i];
        if (tjac_take_name(&one, "name", &m->name) ||
            tjac_take_path(&one, "dir", true, !t->elsewhere, &m->dir) || take_checkpoint(&one, m) ||
            take_shuffle(&one, m) || check_name(&one, "models", m->name, &names))
            break;
    }
    tjac_names_free(&names);
    return t->err->code;
}

static tjac_code take_cells(const tjac_taker *t, tjac_config_cells *c)
{
    int64_t seed = 0;
    if (tjac_take_path(t, "h5ad", true, !t->elsewhere, &c->h5ad) ||
        tjac_take_string(t, "embed_key", false, &c->embed_key) ||
        tjac_take_string(t, "pert_col", false, &c->pert_col) ||
        tjac_take_string(t, "control", false, &c->control) ||
        tjac_take_string(t, "cell_type_col", false, &c->cell_type_col) ||
        tjac_take_string(t, "batch_col", false, &c->batch_col) ||
        tjac_take_names(t, "cell_type", true, &c->cell_types) ||
        tjac_take_string(t, "batch", false, &c->batch) ||
        tjac_take_int(t, "set_size", true, 1, 1 << 20, &c->set_size) ||
        tjac_take_int(t, "n_sets", false, 1, 1 << 20, &c->n_sets) ||
        tjac_take_int(t, "seed", false, 0, UINT32_MAX, &seed) ||
        tjac_take_path(t, "obs_names", false, !t->elsewhere, &c->obs_names) ||
        tjac_take_path(t, "gene_names", false, !t->elsewhere, &c->gene_names))
        return t->err->code;
    c->seed = (uint64_t)seed;
    return TJAC_OK;
}

/* ---- what is computed ---- */

static tjac_code unknown_estimand(const tjac_taker *t, const char *name)
{
    tjac_names known = {0};
    tjac_text list = {0};
    for (size_t e = 0; e < TJAC_N_ESTIMANDS; e++) {
        if (tjac_names_add(&known, estimand_names[e], t->err))
            goto done;
        tjac_text_add(&list, "%s%s", e ? ", " : "", estimand_names[e]);
    }
    const char *near = tjac_names_nearest(&known, name);
    tjac_take_refuse(t, "estimands", "'%sestimands' names '%s'%s%s%s (supported: %s)", t->path,
                     name, near ? "; did you mean '" : ", which is no estimand", near ? near : "",
                     near ? "'?" : "", list.text ? list.text : "");
done:
    tjac_text_free(&list);
    tjac_names_free(&known);
    return t->err->code;
}

static tjac_code take_estimands(const tjac_taker *t, tjac_config *c)
{
    tjac_names names = {0};
    if (tjac_take_names(t, "estimands", false, &names))
        goto done;
    for (size_t i = 0; i < names.n; i++) {
        int e = 0;
        while (estimand_names[e] && strcmp(estimand_names[e], names.name[i]) != 0)
            e++;
        if (!estimand_names[e]) {
            unknown_estimand(t, names.name[i]);
            goto done;
        }
        c->estimand[c->n_estimands++] = (tjac_estimand)e;
    }
    if (c->n_estimands == 0)
        tjac_take_refuse(t, "estimands", "'%sestimands' is empty", t->path);
done:
    tjac_names_free(&names);
    return t->err->code;
}

static const double most_memory_gb = 1e6; /* more is a number of bytes, or a slip */

static tjac_code take_jacobian(const tjac_taker *t, tjac_config *c)
{
    const tjac_taker same = tjac_take_inside(t, "same_cell", "jacobian.same_cell.");
    int word = 0;
    if (take_estimands(t, c) || tjac_take_word(t, "precision", precision_names, &word) ||
        tjac_take_number(&same, "tolerance", false, &c->tolerance) ||
        tjac_take_number(t, "memory_gb", true, &c->memory_gb) ||
        tjac_take_full(t, c->out, &c->full))
        return t->err->code;
    c->precision = (tjac_precision)word;
    if (!(c->tolerance >= 0 && c->tolerance < 1))
        return tjac_take_refuse(&same, "tolerance",
                                "'jacobian.same_cell.tolerance' is %g, expected a number from 0 "
                                "(exact) to below 1",
                                c->tolerance);
    if (tjac_take_value(t, "memory_gb")->kind != TJAC_V_NULL &&
        !(c->memory_gb > 0 && c->memory_gb <= most_memory_gb))
        return tjac_take_refuse(t, "memory_gb",
                                "'jacobian.memory_gb' is %.10g, expected a number above 0 and "
                                "up to %.0f, or null for no bound",
                                c->memory_gb, most_memory_gb);
    return TJAC_OK;
}

static tjac_code take_kds(const tjac_taker *t, tjac_config *c)
{
    static const char *const words[] = {"panel", "all", NULL};
    int word = 0;
    if (tjac_take_is_list(t, "kds")) {
        c->kds_rule = TJAC_KDS_LIST;
        return tjac_take_names(t, "kds", false, &c->kds);
    }
    if (tjac_take_word(t, "kds", words, &word))
        return t->err->code;
    c->kds_rule = (tjac_kds_rule)word;
    return TJAC_OK;
}

static tjac_code take_attention(const tjac_taker *t, tjac_config *c)
{
    static const char *const attention[] = {"auto", "bidirectional", "causal", NULL};
    static const char *const rotary[] = {"auto", NULL};
    static const char *const prediction[] = {"auto", "model", "decoder", NULL};
    const tjac_value *v = tjac_take_value(t, "rotary");
    int word = 0;
    c->attention = (tjac_config_override){TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    if (tjac_take_word(t, "attention", attention, &word))
        return t->err->code;
    c->attention.causal = (tjac_choice)(word - 1);
    if (v->kind == TJAC_V_BOOL)
        c->attention.rotary = v->u.b ? TJAC_CHOICE_YES : TJAC_CHOICE_NO;
    else if (tjac_take_word(t, "rotary", rotary, &word))
        return t->err->code;
    if (tjac_take_word(t, "prediction", prediction, &word))
        return t->err->code;
    c->attention.decode = (tjac_choice)(word - 1);
    return TJAC_OK;
}

/* ---- panels ---- */

static tjac_code take_panel(const tjac_taker *t, tjac_config_panel *p)
{
    static const char *const pairings[] = {"all", "regulators", NULL};
    int pairing = 0;
    if (tjac_take_name(t, "name", &p->name) ||
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
        return tjac_take_refuse(t, p->regulators.n ? "targets" : "regulators",
                                "panel '%s' has no %s", p->name,
                                p->regulators.n ? "targets" : "regulators");
    for (size_t i = 0; i < p->kds.n; i++)
        if (tjac_names_find(&p->unrelated_kds, p->kds.name[i]) >= 0)
            return tjac_take_refuse(t, "unrelated_kds",
                                    "panel '%s' has KD '%s' both in kds and in unrelated_kds",
                                    p->name, p->kds.name[i]);
    return TJAC_OK;
}

static tjac_code take_panels(const tjac_taker *t, tjac_config *c)
{
    const tjac_value *list = tjac_take_value(t, "panels");
    tjac_names names = {0};
    if (list->u.list.n == 0)
        return tjac_take_refuse(t, "panels",
                                "'panels' is empty; expected at least one {\"name\", "
                                "\"regulators\", \"targets\", \"kds\"}");
    if (!(c->panel = tjac_alloc(list->u.list.n, sizeof *c->panel, t->err)))
        return t->err->code;
    c->n_panels = list->u.list.n;
    for (size_t i = 0; i < c->n_panels; i++) {
        char path[48];
        snprintf(path, sizeof path, "panels[%zu].", i);
        const tjac_taker one = tjac_take_item(t, list, i, path);
        if (take_panel(&one, &c->panel[i]) || check_name(&one, "panels", c->panel[i].name, &names))
            break;
    }
    tjac_names_free(&names);
    return t->err->code;
}

/* ---- null and stats ---- */

static tjac_code take_null(const tjac_taker *t, tjac_config_null *out)
{
    int64_t blocks = 0, seed = 0;
    if (tjac_take_int(t, "blocks", false, 0, TJAC_CONFIG_BLOCKS, &blocks) ||
        tjac_take_int(t, "seed", false, 0, UINT32_MAX, &seed))
        return t->err->code;
    *out = (tjac_config_null){(size_t)blocks, (uint64_t)seed};
    return TJAC_OK;
}

static tjac_code take_stats(const tjac_taker *t, tjac_config_stats *out)
{
    static const char *const alternatives[] = {"greater", "two-sided", NULL};
    int64_t permutations = 0, rounds = 0, seed = 0;
    int score = 0, alternative = 0;
    if (tjac_take_word(t, "score", score_names, &score) ||
        tjac_take_word(t, "alternative", alternatives, &alternative) ||
        tjac_take_int(t, "permutations", false, 1, 100000000, &permutations) ||
        tjac_take_int(t, "bootstrap", false, 2, 10000000, &rounds) ||
        tjac_take_number(t, "alpha", false, &out->alpha) ||
        tjac_take_number(t, "min_effect", false, &out->min_effect) ||
        tjac_take_int(t, "seed", false, 0, UINT32_MAX, &seed) ||
        tjac_take_paths(t, "external", &out->external))
        return t->err->code;
    if (!(out->alpha > 0 && out->alpha < 1))
        return tjac_take_refuse(
            t, "alpha", "'stats.alpha' is %g, expected a number above 0 and below 1", out->alpha);
    if (!(out->min_effect >= 0))
        return tjac_take_refuse(t, "min_effect",
                                "'stats.min_effect' is %g, expected 0 or more, on the scale of "
                                "routing (log2)",
                                out->min_effect);
    out->score = (tjac_score)score;
    out->two_sided = alternative == 1;
    out->permutations = (size_t)permutations;
    out->bootstrap = (size_t)rounds;
    out->seed = (uint64_t)seed;
    return TJAC_OK;
}

/* ---- the whole ---- */

/* `out` comes before what is relative to it. */
static tjac_code take_all(const tjac_taker *t, const char *folder, tjac_config *c)
{
    static const char *const missing[] = {"error", "skip", NULL};
    int64_t threads = 0;
    int word = 0;
    const tjac_taker cells = tjac_take_inside(t, "cells", "cells."),
                     null = tjac_take_inside(t, "null", "null."),
                     stats = tjac_take_inside(t, "stats", "stats."),
                     jacobian = tjac_take_inside(t, "jacobian", "jacobian.");
    if (tjac_take_out(t, folder, &c->out) || take_models(t, c) || take_cells(&cells, &c->cells) ||
        take_attention(t, c) || take_panels(t, c) || take_kds(t, c) ||
        take_jacobian(&jacobian, c) || take_null(&null, &c->null) ||
        take_stats(&stats, &c->stats) || tjac_take_word(t, "on_missing", missing, &word) ||
        tjac_take_string(t, "device", true, &c->device) ||
        tjac_take_int(t, "threads", true, 1, 4096, &threads))
        return t->err->code;
    c->skip_missing = word == 1;
    c->threads = (int)threads;
    if (tjac_take_word(t, "engine", engine_names, &word))
        return t->err->code;
    c->engine = (tjac_engine_kind)word;
    return TJAC_OK;
}

/* ---- the file ---- */

/* The object that holds the config: the file's own, or in the run.json of an earlier run the one
 * under "config". */
static tjac_code find_config(const char *what, tjac_doc *doc, tjac_value **user, tjac_err *err)
{
    const tjac_value *inside = tjac_value_get(*user, "config");
    if ((*user)->kind != TJAC_V_DICT)
        return tjac_err_set(err, TJAC_EUSAGE, "'%s' is %s, expected an object", what,
                            tjac_value_kind_name(*user));
    if (!inside || inside->kind != TJAC_V_DICT || !tjac_value_get(*user, "tjac"))
        return TJAC_OK;
    *user = (tjac_value *)(uintptr_t)inside;
    /* What stood in the folder of that run is to stand in the folder of the next. */
    const tjac_value *out = tjac_value_get(*user, "out"),
                     *full = tjac_value_at(*user, "jacobian.full");
    size_t n = out && out->kind == TJAC_V_STRING ? out->u.str.n : 0;
    if (n && full && full->kind == TJAC_V_STRING && strncmp(full->u.str.s, out->u.str.s, n) == 0 &&
        full->u.str.s[n] == '/')
        return tjac_value_put(
            doc, (tjac_value *)(uintptr_t)tjac_value_get(*user, "jacobian"), "full",
            tjac_value_string(doc, full->u.str.s + n + 1, full->u.str.n - n - 1, err), err);
    return TJAC_OK;
}

static tjac_code read_config(const char *path, const char *folder, bool elsewhere,
                             tjac_config_source *from, tjac_config *out, tjac_err *err)
{
    tjac_config c = {0};
    tjac_value *user = NULL;
    from->what = strcmp(path, "-") == 0 ? "standard input" : path;
    if (!(from->dir = tjac_config_folder(path, err)) || tjac_doc_new(&c.doc, err) ||
        tjac_json_read(c.doc, path, &user, err) || find_config(from->what, c.doc, &user, err))
        goto done;
    for (size_t i = 0; i < from->n_settings; i++)
        if (tjac_config_set(c.doc, user, &from->setting[i], err))
            goto done;
    if (tjac_config_merge(c.doc, user, from, &c.resolved, err))
        goto done;
    const tjac_taker t = {c.doc, c.resolved, "", from, err, elsewhere};
    if (!take_all(&t, folder, &c))
        *out = c;
done:
    free(from->dir);
    if (err->code)
        tjac_config_free(&c);
    return err->code;
}

tjac_code tjac_config_read(const char *path, const tjac_setting *settings, size_t n_settings,
                           const char *folder, tjac_config *out, tjac_err *err)
{
    return read_config(path, folder, false,
                       &(tjac_config_source){.setting = settings, .n_settings = n_settings}, out,
                       err);
}

tjac_code tjac_config_read_stats(const char *path, tjac_config *out, tjac_err *err)
{
    return read_config(path, NULL, true, &(tjac_config_source){0}, out, err);
}

/* ---- free ---- */

static void free_panels(tjac_config *c)
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

void tjac_config_free(tjac_config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_models && c->model; i++) {
        free(c->model[i].name);
        free(c->model[i].dir);
        free(c->model[i].checkpoint);
    }
    free(c->model);
    free_panels(c);
    tjac_config_cells *k = &c->cells;
    char *owned[] = {k->h5ad,          k->embed_key, k->pert_col, k->control,
                     k->cell_type_col, k->batch_col, k->batch,    k->obs_names,
                     k->gene_names,    c->device,    c->out,      c->full};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    tjac_names_free(&k->cell_types);
    tjac_names_free(&c->kds);
    tjac_names_free(&c->stats.external);
    tjac_doc_free(c->doc);
    *c = (tjac_config){0};
}
