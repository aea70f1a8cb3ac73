/* tjac init: a config for a model and its cells, with every key. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_draft.h"
#include "cmd/cmd_text.h"
#include "config/schema.h"

/* The words of all --panel. */
static tjac_code take_panels(const cmd_line *line, tjac_names *out, tjac_err *err)
{
    for (size_t i = 0; i < line->n_given; i++)
        if (strcmp(line->given[i].option->name, "panel") == 0 &&
            tjac_names_add(out, line->given[i].value, err))
            return err->code;
    return TJAC_OK;
}

/* ---- into the tree ---- */

typedef struct {
    tjac_doc *doc;
    tjac_err *err;
} writer;

static void put(const writer *w, tjac_value *d, const char *key, tjac_value *v)
{
    if (!w->err->code)
        tjac_value_put(w->doc, d, key, v, w->err);
}

static tjac_value *text(const writer *w, const char *s)
{
    return s ? tjac_value_string(w->doc, s, strlen(s), w->err) : tjac_value_null(w->doc, w->err);
}

static tjac_value *list(const writer *w, const tjac_names *names)
{
    tjac_value *v = tjac_value_list(w->doc, w->err);
    for (size_t i = 0; i < names->n && !w->err->code; i++)
        tjac_value_push(w->doc, v, text(w, names->name[i]), w->err);
    return v;
}

static void put_path(const writer *w, tjac_value *d, const char *key, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        tjac_err_set(w->err, TJAC_EUSAGE, "cannot find '%s': %s", path, strerror(errno));
    put(w, d, key, text(w, real));
    free(real);
}

/* The last word of the folder's path. */
static void put_name(const writer *w, tjac_value *d, const char *dir)
{
    char *real = realpath(dir, NULL);
    const char *slash = real ? strrchr(real, '/') : NULL;
    put(w, d, "name", text(w, slash && slash[1] ? slash + 1 : "model"));
    free(real);
}

/* The one that is read now, though others should come: its name in the folder of checkpoints, else
 * its path. */
static void put_checkpoint(const writer *w, tjac_value *d, const tjac_model *m)
{
    tjac_err *err = w->err;
    const char *slash = strrchr(m->checkpoint, '/');
    char *folder = tjac_path_join(m->dir, "checkpoints", err);
    char *there = folder ? tjac_path_join(folder, slash ? slash + 1 : m->checkpoint, err) : NULL;
    if (there && strcmp(there, m->checkpoint) == 0)
        put(w, d, "checkpoint", text(w, slash + 1));
    else if (there)
        put_path(w, d, "checkpoint", m->checkpoint);
    free(folder);
    free(there);
}

static void put_cells(const writer *w, tjac_value *d, const tjac_input *in,
                      const cmd_draft_cells *cells)
{
    put_path(w, d, "h5ad", tjac_cells_path(in->cells));
    put(w, d, "embed_key", text(w, in->embed_key));
    put(w, d, "pert_col", text(w, in->pert_col));
    put(w, d, "control", text(w, in->control));
    put(w, d, "cell_type_col", text(w, in->cell_type_col));
    put(w, d, "batch_col", text(w, in->batch_col));
    if (cells->types.n)
        put(w, d, "cell_type",
            cells->types.n == 1 ? text(w, cells->types.name[0]) : list(w, &cells->types));
    put(w, d, "batch", text(w, cells->batch));
    put(w, d, "set_size", tjac_value_int(w->doc, (int64_t)cells->set_size, w->err));
    put(w, d, "n_sets", tjac_value_int(w->doc, (int64_t)cells->n_sets, w->err));
}

/* A panel over a copy of the pattern. */
static tjac_value *make_panel(const writer *w, const tjac_value *pattern,
                              const tjac_config_panel *p)
{
    tjac_value *d = tjac_value_dict(w->doc, w->err);
    for (size_t i = 0; i < pattern->u.dict.n; i++)
        put(w, d, pattern->u.dict.entry[i].key->u.str.s, pattern->u.dict.entry[i].value);
    put(w, d, "name", text(w, p->name));
    put(w, d, "regulators", list(w, &p->regulators));
    put(w, d, "targets", list(w, &p->targets));
    put(w, d, "kds", list(w, &p->kds));
    put(w, d, "unrelated_kds", list(w, &p->unrelated_kds));
    return d;
}

static tjac_value *inside(tjac_value *d, const char *key)
{
    return (tjac_value *)(uintptr_t)tjac_value_get(d, key);
}

static tjac_code fill(const writer *w, tjac_value *d, const tjac_input *in,
                      const cmd_draft_cells *cells, const tjac_config *draft)
{
    tjac_value *model = inside(d, "models")->u.list.item[0];
    const tjac_value *pattern = inside(d, "panels")->u.list.item[0];
    tjac_value *panels = tjac_value_list(w->doc, w->err);
    put_name(w, model, in->model->dir);
    put_path(w, model, "dir", in->model->dir);
    put_checkpoint(w, model, in->model);
    put_cells(w, inside(d, "cells"), in, cells);
    for (size_t i = 0; i < draft->n_panels && !w->err->code; i++)
        tjac_value_push(w->doc, panels, make_panel(w, pattern, &draft->panel[i]), w->err);
    put(w, d, "panels", panels);
    put(w, d, "kds", text(w, draft->kds_rule == TJAC_KDS_ALL ? "all" : "panel"));
    return w->err->code;
}

/* cJSON's tabs, which stand in no string, become the spaces that people write. */
static void print_spaced(const char *json)
{
    for (const char *p = json; *p; p++)
        fputs(*p != '\t' ? (char[]){*p, '\0'} : p > json && p[-1] == ':' ? " " : "  ", stdout);
}

static tjac_code write_config(const tjac_input *in, const cmd_draft_cells *cells,
                              const tjac_config *draft, tjac_err *err)
{
    tjac_doc *doc = NULL;
    tjac_value *d = NULL;
    char *json = NULL;
    if (!tjac_doc_new(&doc, err) && !tjac_schema_defaults(doc, &d, err)) {
        const writer w = {doc, err};
        if (!fill(&w, d, in, cells, draft) && !tjac_json_print(d, &json, err))
            print_spaced(json);
    }
    free(json);
    tjac_doc_free(doc);
    return err->code;
}

/* ---- the whole ---- */

static void say_next(const tjac_config *draft, const char *dir, bool example,
                     const cmd_draft_cells *cells)
{
    if (cells->types.n > 1)
        cmd_say(stderr,
                "tjac: cells.cell_type lists %zu cell types, each computed on its own: keep those "
                "that you ask about\n",
                cells->types.n);
    if (example)
        cmd_say(stderr,
                "tjac: panel '%s' is a place to write yours: its genes and KDs mean nothing but "
                "that the model has them; tjac inspect '%s' --genes, --outputs and --kds list what "
                "can stand there\n",
                draft->panel[0].name, dir);
    cmd_say(stderr, "tjac: next: tjac check my.json, where my.json is what was written; tjac help "
                    "config says what the keys mean\n");
}

static tjac_code run_init(const cmd_line *line, tjac_err *err)
{
    const tjac_config_override automatic = {TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO, TJAC_CHOICE_AUTO};
    const char *dir = cmd_line_operand(line, 0);
    tjac_names panels = {0};
    tjac_input in = {0};
    cmd_draft_cells cells = {0};
    tjac_config draft = {0};
    if (take_panels(line, &panels, err) || !(in.name = tjac_strdup(dir, err)) ||
        tjac_model_open(dir, cmd_line_value(line, "checkpoint"), &automatic, &in.model, err) ||
        tjac_cells_open(cmd_line_operand(line, 1), &in.cells, err) ||
        cmd_draft_choose(&in, &cells, err) || cmd_draft_resolve(&in, &cells, err))
        goto done;
    for (size_t i = 0; i < in.warnings.n; i++)
        cmd_say(stderr, "tjac: warning: %s\n", in.warnings.name[i]);
    if (!cmd_draft_panels(&in, &panels, &draft, err) && !cmd_draft_check(&in, &draft, err) &&
        !write_config(&in, &cells, &draft, err))
        say_next(&draft, dir, panels.n == 0, &cells);
done:
    tjac_config_free(&draft);
    cmd_draft_cells_free(&cells);
    tjac_input_close(&in);
    tjac_names_free(&panels);
    return err->code;
}

/* ---- its table ---- */

static const cmd_option table[] = {
    {.name = "panel",
     .argument = "PANEL",
     .repeated = true,
     .words = "",
     .help = "NAME:REGULATORS:TARGETS:KDS[:UNRELATED_KDS], names between commas, such as "
             "up:ATF4:CALR,PDIA3:SRP54,SRP72 (repeatable). Without unrelated KDs all KDs of the "
             "model are computed, to compare with. Without --panel there is one, 'example', of "
             "genes and KDs that the model has: a place to write yours"},
    {.name = "checkpoint",
     .argument = "NAME",
     .help = "a file in checkpoints of MODEL_DIR, or beside config.yaml (default: best, final, "
             "last, newest step)"},
    {0}};

const cmd_command cmd_init = {
    .name = "init",
    .about = "a config for a model and its cells, to edit",
    .operands = "MODEL_DIR CELLS.h5ad",
    .least = 2,
    .most = 2,
    .text = "Writes a config to standard output: every key with its default; the columns, the "
            "control and the set size of this model; the cell types of its control cells, and as "
            "many sets of them as are useful (up to 8). Paths in it are absolute, so that it can "
            "stand anywhere. Fails as a run with it would. tjac help config says what the keys "
            "mean.",
    .after = "Next: tjac init MODEL_DIR CELLS.h5ad > my.json, edit my.json, tjac check my.json, "
             "tjac run my.json",
    .option = table,
    .run = run_init};
