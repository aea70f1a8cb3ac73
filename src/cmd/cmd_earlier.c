#include "cmd/cmd_earlier.h"

#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/sha256.h"
#include "cmd/cmd_common.h"

/* ---- reading ---- */

static tjac_code read_run_json(cmd_earlier *e, tjac_err *err)
{
    bool there = false;
    const char *hash = NULL;
    if (!(e->run_json_path = tjac_path_join(e->dir, "run.json", err)) ||
        cmd_out_there(e->run_json_path, &there, err) || !there)
        return err->code;
    if (tjac_doc_new(&e->doc, err) ||
        tjac_report_read_json(e->run_json_path, e->doc, &e->run_json, err))
        return err->code;
    hash = tjac_report_json_text(e->run_json, "plan_hash");
    if (!hash || strcmp(hash, e->file->layout.hash) != 0)
        tjac_err_set(
            err, TJAC_EINPUT,
            "'%s' is a mixture: its run.json and its j.h5 are of different runs; run again",
            e->dir);
    return err->code;
}

tjac_code cmd_earlier_open(const char *dir, cmd_earlier *e, tjac_err *err)
{
    char *path = tjac_path_join(dir, cmd_out_names[0], err);
    *e = (cmd_earlier){.dir = dir};
    if (path && !tjac_jfile_open(path, &e->file, err) && !read_run_json(e, err)) {
        const char *label = e->run_json ? tjac_report_json_text(e->run_json, "run") : NULL;
        snprintf(e->label, sizeof e->label, "%.*s", label ? 64 : 8,
                 label ? label : e->file->layout.hash);
    }
    free(path);
    return err->code;
}

void cmd_earlier_close(cmd_earlier *e)
{
    tjac_jfile_close(e->file);
    tjac_doc_free(e->doc);
    free(e->run_json_path);
    *e = (cmd_earlier){0};
}

static tjac_code check_table(const cmd_earlier *e, const char *name, const char *sha256,
                             tjac_names *warnings, tjac_err *err)
{
    tjac_text t = {0};
    char found[65] = "";
    bool there = false;
    char *path = tjac_path_join(e->dir, name, err);
    if (path && !cmd_out_there(path, &there, err) && there)
        (void)!tjac_sha256_file(path, found, err);
    if (!err->code && strcmp(found, sha256) != 0) {
        tjac_text_add(&t,
                      "'%s' is a mixture: its %s is not %s; tjac table and tjac stats write it "
                      "again",
                      e->dir, name, there ? "the one that run.json names" : "there");
        (void)!cmd_warn(warnings, t.text ? t.text : "", err);
    }
    tjac_text_free(&t);
    free(path);
    return err->code;
}

tjac_code cmd_earlier_check_tables(const cmd_earlier *e, tjac_names *warnings, tjac_err *err)
{
    const tjac_value *tables = tjac_value_get(e->run_json, "tables");
    for (size_t i = 0; tables && tables->kind == TJAC_V_DICT && i < tables->u.dict.n; i++) {
        const tjac_entry *entry = &tables->u.dict.entry[i];
        for (size_t k = 0; k < CMD_OUT_NAMES; k++) /* no other names: they are paths */
            if (entry->key->kind == TJAC_V_STRING && entry->value->kind == TJAC_V_STRING &&
                strcmp(entry->key->u.str.s, cmd_out_names[k]) == 0 &&
                check_table(e, cmd_out_names[k], entry->value->u.str.s, warnings, err))
                return err->code;
    }
    return TJAC_OK;
}

tjac_code cmd_earlier_config(const cmd_earlier *e, const char *path, tjac_config *out,
                             tjac_err *err)
{
    if (path)
        return tjac_config_read_stats(path, out, err);
    if (!e->run_json)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' has no run.json: its run is not finished; go on with it by tjac "
                            "run CONFIG.json --resume",
                            e->dir);
    return tjac_config_read_stats(e->run_json_path, out, err);
}

/* ---- writing ---- */

tjac_code cmd_earlier_stats(const tjac_config *c, const tjac_jfile *file, tjac_names *warnings,
                            tjac_stats *out, tjac_err *err)
{
    tjac_panels panels = {0};
    tjac_externals externals = {0};
    if (!tjac_panels_read(c, &panels, err) && !cmd_warn_all(warnings, &panels.warnings, err) &&
        !tjac_externals_read(&c->stats.external, &externals, err) &&
        !tjac_stats_make(c, &panels, &externals, file, out, err))
        (void)!cmd_warn_all(warnings, &out->warnings, err);
    tjac_externals_free(&externals);
    tjac_panels_free(&panels);
    return err->code;
}

tjac_code cmd_earlier_put_config(cmd_earlier *e, const tjac_config *c, tjac_err *err)
{
    if (!e->run_json)
        return TJAC_OK;
    return tjac_value_put(e->doc, e->run_json, "stats_config",
                          c ? c->resolved : tjac_value_null(e->doc, err), err);
}

static tjac_code write_run_json(cmd_earlier *e, cmd_files *files, tjac_err *err)
{
    tjac_report_table table[CMD_MAX_FILES];
    size_t n = cmd_files_finish(files, table, err);
    if (err->code || tjac_report_put_tables(e->doc, e->run_json, table, n, err))
        return err->code;
    FILE *file = cmd_files_open(files, "run.json", err);
    return file ? tjac_report_print_json(file, e->run_json, err) : err->code;
}

tjac_code cmd_earlier_commit(cmd_earlier *e, cmd_files *files, tjac_err *err)
{
    if (e->run_json && write_run_json(e, files, err))
        return err->code;
    return cmd_files_commit(files, err);
}

/* ---- where it writes ---- */

static void on_signal(void *self, tjac_text *sentence)
{
    const cmd_hold *h = self;
    cmd_out_abandon(&h->out);
    tjac_text_add(sentence, "; the same command does it again");
}

tjac_code cmd_hold_take(const char *dir, cmd_hold *h, tjac_names *warnings, tjac_err *err)
{
    char *notice = NULL;
    if (cmd_guard_start(&h->guard, err) || cmd_out_take(dir, &h->out, &notice, err))
        return err->code;
    if (notice)
        (void)!cmd_warn(warnings, notice, err);
    free(notice);
    cmd_guard_set(h->guard, on_signal, h);
    return err->code;
}

void cmd_hold_leave(cmd_hold *h, bool failed)
{
    if (h->guard)
        cmd_guard_set(h->guard, NULL, NULL);
    cmd_out_leave(&h->out, failed);
    cmd_guard_stop(h->guard);
}

tjac_code cmd_earlier_hold(const cmd_earlier *e, const char *dir, cmd_hold *h, tjac_names *warnings,
                           tjac_err *err)
{
    bool own = false;
    if (cmd_hold_take(dir, h, warnings, err) || tjac_output_same(dir, e->dir, &own, err))
        return err->code;
    if (!own && (h->out.state == CMD_OUT_FINISHED || h->out.state == CMD_OUT_UNFINISHED))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' holds another run, which would become a mixture; give another "
                            "--out",
                            dir);
    return TJAC_OK;
}
