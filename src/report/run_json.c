/* run.json: what was run, on what, with what. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/alloc.h"
#include "base/json.h"
#include "report/report.h"
#include "report/version.h"

/* A document under construction; errors pass through, so that lines read as the file does. */
typedef struct {
    tjac_doc *doc;
    tjac_hashing *hashing;
    tjac_err *err;
} builder;

static tjac_value *object(builder *b)
{
    return tjac_value_dict(b->doc, b->err);
}

static void put(builder *b, tjac_value *d, const char *key, tjac_value *v)
{
    if (!b->err->code)
        tjac_value_put(b->doc, d, key, v, b->err);
}

static void put_string(builder *b, tjac_value *d, const char *key, const char *s)
{
    put(b, d, key,
        s ? tjac_value_string(b->doc, s, strlen(s), b->err) : tjac_value_null(b->doc, b->err));
}

static void put_int(builder *b, tjac_value *d, const char *key, size_t i)
{
    put(b, d, key, tjac_value_int(b->doc, (int64_t)i, b->err));
}

static void put_real(builder *b, tjac_value *d, const char *key, double x)
{
    put(b, d, key, tjac_value_float(b->doc, x, b->err));
}

static tjac_value *strings(builder *b, char *const *s, size_t n)
{
    tjac_value *list = tjac_value_list(b->doc, b->err);
    for (size_t i = 0; i < n && !b->err->code; i++)
        tjac_value_push(b->doc, list, tjac_value_string(b->doc, s[i], strlen(s[i]), b->err),
                        b->err);
    return list;
}

static void put_file(builder *b, tjac_value *d, const char *key, const char *path)
{
    char hash[65];
    if (b->err->code || !path || tjac_hashing_find(b->hashing, path, hash, b->err))
        return;
    tjac_value *f = object(b);
    put_string(b, f, "path", path);
    put_string(b, f, "sha256", hash);
    put(b, d, key, f);
}

/* ---- models ---- */

static tjac_value *describe_arch(builder *b, const tjac_arch *a)
{
    tjac_value *d = object(b);
    put_string(b, d, "backbone", tjac_backbone_name(a->backbone));
    put_int(b, d, "layers", (size_t)a->n_layers);
    put_int(b, d, "hidden", (size_t)a->hidden_dim);
    put_int(b, d, "inputs", (size_t)a->input_dim);
    put_int(b, d, "outputs", (size_t)tjac_arch_outputs(a));
    put_string(b, d, "attention", tjac_attend_name(a->attend));
    put(b, d, "rotary", tjac_value_bool(b->doc, a->rotary, b->err));
    put_string(b, d, "attention_reason", a->attention_reason);
    put_string(b, d, "prediction", a->decoder == TJAC_DECODER_NONE ? "model" : "decoder");
    return d;
}

static tjac_value *describe_block(builder *b, const tjac_block *block)
{
    const tjac_sets *s = &block->sets;
    tjac_value *d = object(b), *sets = tjac_value_list(b->doc, b->err);
    put_string(b, d, "cell_type", block->cell_type);
    put_int(b, d, "eligible_cells", s->n_eligible);
    put_int(b, d, "set_size", s->set_size);
    put_int(b, d, "n_sets", s->n_sets);
    put_string(b, d, "cells_sha256", block->sha256);
    for (size_t k = 0; k < s->n_sets && !b->err->code; k++)
        tjac_value_push(b->doc, sets, strings(b, s->names.name + k * s->set_size, s->set_size),
                        b->err);
    put(b, d, "obs_names", sets);
    return d;
}

static tjac_value *describe_counts(builder *b, const tjac_run_model *m)
{
    const tjac_plan *p = &m->plan;
    tjac_value *d = object(b);
    put_int(b, d, "regulators", p->n_regulators);
    put_int(b, d, "targets", p->n_targets);
    put_int(b, d, "pairs", p->n_pairs);
    put_int(b, d, "kds", p->n_kds);
    put_int(b, d, "triples", p->n_pairs * p->n_kds);
    put_real(b, d, "passes", m->report.passes);
    return d;
}

static tjac_value *describe_engine(builder *b, const tjac_lines *l)
{
    tjac_value *d = object(b);
    put_string(b, d, "name", l->name);
    put_string(b, d, "reason", l->reason);
    put_int(b, d, "pullbacks", l->n_pulls);
    put_int(b, d, "pushes", l->n_lines - l->n_pulls);
    return d;
}

static tjac_value *describe_deviation(builder *b, const tjac_deviation *v)
{
    tjac_value *d = object(b);
    put_real(b, d, "worst_of_largest", v->worst);
    put_int(b, d, "triples", v->triples);
    put_string(b, d, "estimand", v->estimand);
    put_string(b, d, "kd", v->kd);
    put_string(b, d, "regulator", v->regulator);
    put_string(b, d, "target", v->target);
    return d;
}

static tjac_value *describe_model(builder *b, const tjac_run_model *m)
{
    const tjac_model *model = m->input.model;
    tjac_value *d = object(b), *blocks = tjac_value_list(b->doc, b->err);
    put_string(b, d, "name", m->input.name);
    put_file(b, d, "checkpoint", model->checkpoint);
    put(b, d, "shuffle",
        model->shuffled ? tjac_value_int(b->doc, (int64_t)model->shuffle, b->err)
                        : tjac_value_null(b->doc, b->err));
    put_file(b, d, "kd_map", model->kd_map);
    put_file(b, d, "batch_map", model->batch_map);
    put_file(b, d, "config_yaml", model->config_yaml);
    put_file(b, d, "var_dims", model->var_dims);
    put(b, d, "architecture", describe_arch(b, &model->arch));
    put_string(b, d, "embed_key", m->input.embed_key);
    put_string(b, d, "gene_names_from", m->input.names_from);
    put_string(b, d, "control", m->input.control);
    put(b, d, "counts", describe_counts(b, m));
    put(b, d, "engine", describe_engine(b, &m->lines));
    if (m->deviation.triples)
        put(b, d, "deviation_from_float32", describe_deviation(b, &m->deviation));
    put(b, d, "missing", strings(b, m->plan.missing.name, m->plan.missing.n));
    for (size_t i = 0; i < m->input.n_blocks && !b->err->code; i++)
        tjac_value_push(b->doc, blocks, describe_block(b, &m->input.block[i]), b->err);
    put(b, d, "cells", blocks);
    return d;
}

/* ---- panels and blocks ---- */

static tjac_value *describe_blocks(builder *b, const tjac_blocks_panel *n)
{
    tjac_value *d = object(b), *balance = object(b);
    size_t window = 0;
    for (size_t k = 0; k < n->n_genes; k++)
        window = n->gene[k].window > window ? n->gene[k].window : window;
    put_int(b, d, "wanted", n->wanted);
    put_int(b, d, "rows_drawn", n->drawn[0]);
    put_int(b, d, "columns_drawn", n->drawn[1]);
    put_int(b, d, "n_rows", n->n_rows);
    put_int(b, d, "n_cols", n->n_cols);
    put_int(b, d, "rows_short", n->wanted - n->n_rows);
    put_int(b, d, "columns_short", n->wanted - n->n_cols);
    put_int(b, d, "pairs", n->n_pairs);
    put_int(b, d, "pairs_left_out", n->left_out);
    put_int(b, d, "unrelated_target_pairs_left_out", n->named_left_out);
    put_int(b, d, "widest_window", window);
    put_real(b, balance, "regulator", n->balance[0]);
    put_real(b, balance, "target", n->balance[1]);
    put(b, d, "standardised_mean_difference", balance);
    return d;
}

static tjac_value *describe_panels(builder *b, const tjac_run *run)
{
    tjac_value *list = tjac_value_list(b->doc, b->err);
    for (size_t i = 0; i < run->panels.n && !b->err->code; i++) {
        const tjac_panel *p = &run->panels.panel[i];
        tjac_value *d = object(b);
        size_t signs = 0;
        for (size_t k = 0; k < p->n_pairs; k++)
            signs += p->pair[k].sign != 0;
        put_string(b, d, "name", p->name);
        put_file(b, d, "pairs", p->config->pairs);
        put_file(b, d, "gmt", p->config->gmt);
        put_int(b, d, "regulators", p->regulators.n);
        put_int(b, d, "targets", p->targets.n);
        put_int(b, d, "pathway_pairs", p->n_pairs);
        put_int(b, d, "self_pairs_left_out", p->n_self);
        put_int(b, d, "signed_pairs", signs);
        put(b, d, "blocks", describe_blocks(b, &run->blocks.panel[i]));
        tjac_value_push(b->doc, list, d, b->err);
    }
    return list;
}

/* ---- the run ---- */

static tjac_value *describe_externals(builder *b, const tjac_config_stats *stats)
{
    tjac_value *list = tjac_value_list(b->doc, b->err);
    for (size_t i = 0; i < stats->external.n && !b->err->code; i++) {
        tjac_value *d = object(b);
        put_file(b, d, "file", stats->external.name[i]);
        tjac_value_push(b->doc, list, d, b->err);
    }
    return list;
}

static tjac_value *libraries(builder *b)
{
    tjac_value *d = object(b);
    tjac_library library;
    for (size_t i = 0; tjac_version_library(i, &library); i++)
        put_string(b, d, library.name, library.version);
    return d;
}

static tjac_value *seconds(builder *b, const tjac_report_facts *facts)
{
    tjac_value *d = object(b);
    put_real(b, d, "open", facts->seconds_open);
    put_real(b, d, "load", facts->seconds_load);
    put_real(b, d, "engine", facts->seconds_engine);
    put_real(b, d, "stats", facts->seconds_stats);
    put_real(b, d, "all", facts->seconds_all);
    return d;
}

static tjac_value *describe_kds(builder *b, const tjac_report_facts *facts)
{
    tjac_value *d = object(b);
    put_int(b, d, "all", facts->kds);
    put_int(b, d, "by_earlier_runs", facts->kds_before);
    return d;
}

/* SHA-256 by name. */
static tjac_value *describe_tables(builder *b, const tjac_report_table *table, size_t n)
{
    tjac_value *d = object(b);
    for (size_t i = 0; i < n; i++)
        put_string(b, d, table[i].name, table[i].sha256);
    return d;
}

static double peak_mib(void)
{
    struct rusage u;
    return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024.0 : 0.0;
}

static tjac_value *describe_run(builder *b, const tjac_config *config, const tjac_run *run,
                                const tjac_report_facts *facts)
{
    tjac_value *d = object(b), *models = tjac_value_list(b->doc, b->err);
    put_string(b, d, "tjac", TJAC_VERSION);
    put_string(b, d, "run", facts->label);
    put_string(b, d, "plan_hash", facts->hash);
    put_string(b, d, "shard", facts->shard);
    put(b, d, "command", strings(b, facts->argv, (size_t)facts->argc));
    put_string(b, d, "machine", facts->machine);
    put_string(b, d, "device", facts->device);
    put_int(b, d, "threads", facts->threads);
    put_string(b, d, "threads_from", facts->threads_from);
    put_string(b, d, "precision", tjac_precision_name(config->precision));
    put(b, d, "engine", describe_engine(b, &run->model[0].lines));
    put_string(b, d, "full_jacobian", facts->full);
    for (size_t i = 0; i < run->n_models && !b->err->code; i++)
        tjac_value_push(b->doc, models, describe_model(b, &run->model[i]), b->err);
    put(b, d, "models", models);
    put_file(b, d, "gene_names", config->cells.gene_names);
    put(b, d, "panels", describe_panels(b, run));
    put(b, d, "external", describe_externals(b, &config->stats));
    put(b, d, "libraries", libraries(b));
    put(b, d, "kds", describe_kds(b, facts));
    put(b, d, "tables", describe_tables(b, facts->table, facts->n_tables));
    put(b, d, "seconds", seconds(b, facts));
    put_real(b, d, "peak_memory_mib", peak_mib());
    put(b, d, "warnings", strings(b, facts->warnings->name, facts->warnings->n));
    put(b, d, "config", config->resolved);
    put_string(b, d, "stats_config", NULL); /* of tjac stats with another one */
    return d;
}

tjac_code tjac_report_print_json(FILE *file, const tjac_value *run_json, tjac_err *err)
{
    char *text = NULL;
    if (!tjac_json_print(run_json, &text, err))
        fputs(text, file);
    free(text);
    return err->code;
}

tjac_code tjac_report_run_json(FILE *file, const tjac_config *config, const tjac_run *run,
                               const tjac_report_facts *facts, tjac_err *err)
{
    builder b = {NULL, facts->hashing, err};
    if (tjac_doc_new(&b.doc, err))
        return err->code;
    tjac_value *root = describe_run(&b, config, run, facts);
    if (!err->code)
        (void)!tjac_report_print_json(file, root, err);
    tjac_doc_free(b.doc);
    return err->code;
}

/* ---- an earlier one ---- */

tjac_code tjac_report_read_json(const char *path, tjac_doc *doc, tjac_value **out, tjac_err *err)
{
    if (!tjac_json_read(doc, path, out, err) && (*out)->kind != TJAC_V_DICT)
        tjac_err_set(err, TJAC_EINPUT, "'%s' is %s, expected the run.json of a tjac run", path,
                     tjac_value_kind_name(*out));
    return err->code;
}

const char *tjac_report_json_text(const tjac_value *run_json, const char *key)
{
    const tjac_value *v = tjac_value_at(run_json, key);
    return v && v->kind == TJAC_V_STRING ? v->u.str.s : NULL;
}

tjac_code tjac_report_put_tables(tjac_doc *doc, tjac_value *run_json,
                                 const tjac_report_table *table, size_t n, tjac_err *err)
{
    const tjac_value *old = tjac_value_get(run_json, "tables");
    tjac_value *tables = tjac_value_dict(doc, err);
    for (size_t i = 0; old && old->kind == TJAC_V_DICT && i < old->u.dict.n && !err->code; i++)
        if (old->u.dict.entry[i].key->kind == TJAC_V_STRING)
            tjac_value_put(doc, tables, old->u.dict.entry[i].key->u.str.s,
                           old->u.dict.entry[i].value, err);
    for (size_t i = 0; i < n && !err->code; i++)
        tjac_value_put(doc, tables, table[i].name,
                       tjac_value_string(doc, table[i].sha256, strlen(table[i].sha256), err), err);
    return err->code ? err->code : tjac_value_put(doc, run_json, "tables", tables, err);
}

/* ---- parts of a run ---- */

static tjac_value *describe_part(builder *b, const tjac_report_part *part)
{
    static const char *const own[] = {"shard",   "command",      "machine", "device",
                                      "threads", "threads_from", "seconds", "peak_memory_mib"};
    tjac_value *d = object(b);
    put_string(b, d, "folder", part->dir);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const tjac_value *v = tjac_value_get(part->run_json, own[i]);
        if (v)
            put(b, d, own[i], (tjac_value *)(uintptr_t)v);
    }
    return d;
}

/* The warnings of all parts and of the merge, each once. */
static tjac_value *all_warnings(builder *b, const tjac_report_part *part, size_t n,
                                const tjac_names *more)
{
    tjac_names all = {0};
    size_t at;
    for (size_t i = 0; i < n && !b->err->code; i++) {
        const tjac_value *list = tjac_value_get(part[i].run_json, "warnings");
        for (size_t k = 0; list && list->kind == TJAC_V_LIST && k < list->u.list.n; k++)
            if (list->u.list.item[k]->kind == TJAC_V_STRING)
                (void)!tjac_names_put(&all, list->u.list.item[k]->u.str.s, &at, b->err);
    }
    for (size_t k = 0; k < more->n; k++)
        (void)!tjac_names_put(&all, more->name[k], &at, b->err);
    tjac_value *out = strings(b, all.name, all.n);
    tjac_names_free(&all);
    return out;
}

tjac_code tjac_report_merge_json(tjac_doc *doc, const tjac_report_part *part, size_t n,
                                 const tjac_report_whole *whole, tjac_err *err)
{
    builder b = {doc, NULL, err};
    tjac_value *root = (tjac_value *)(uintptr_t)part[0].run_json;
    tjac_value *parts = tjac_value_list(doc, err), *kds = object(&b);
    tjac_value *config = (tjac_value *)(uintptr_t)tjac_value_get(root, "config");
    for (size_t i = 0; i < n && !err->code; i++)
        tjac_value_push(doc, parts, describe_part(&b, &part[i]), err);
    put(&b, root, "warnings", all_warnings(&b, part, n, whole->warnings));
    put(&b, root, "parts", parts);
    put_string(&b, root, "shard", NULL);
    if (whole->label)
        put_string(&b, root, "run", whole->label);
    put_int(&b, kds, "all", whole->kds);
    put_int(&b, kds, "by_earlier_runs", whole->kds);
    put(&b, root, "kds", kds);
    put(&b, root, "tables", object(&b));
    if (config && config->kind == TJAC_V_DICT)
        put_string(&b, config, "out", whole->out);
    return err->code;
}
