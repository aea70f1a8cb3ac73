#include "cmd/cmd_files.h"

#include <assert.h>
#include <stdlib.h>
#include "base/alloc.h"

FILE *cmd_files_open(cmd_files *f, const char *name, tjac_err *err)
{
    assert(f->n < CMD_MAX_FILES);
    char *path = tjac_path_join(f->dir, name, err);
    if (path && !tjac_output_open(path, &f->file[f->n], err))
        f->name[f->n++] = name;
    free(path);
    return err->code ? NULL : f->file[f->n - 1].file;
}

tjac_code cmd_files_write_j(cmd_files *f, const cmd_tables *t, tjac_err *err)
{
    const tjac_report_j_rows like = {
        .run = t->run, .config = t->config, .rows = {.matched = t->matched}};
    FILE *file;
    if (!(file = cmd_files_open(f, "j.csv", err)) || tjac_report_j(file, t->file, &like, err) ||
        !(file = cmd_files_open(f, "null_pairs.csv", err)))
        return err->code;
    tjac_report_null_pairs(file, &t->file->layout, t->run);
    return TJAC_OK;
}

tjac_code cmd_files_write_stats(cmd_files *f, const cmd_tables *t, const tjac_stats *stats,
                                tjac_err *err)
{
    FILE *file;
    if (!(file = cmd_files_open(f, "kd_scores.csv", err)))
        return err->code;
    tjac_report_kd_scores(file, stats, t->run);
    if (!(file = cmd_files_open(f, "blocks.csv", err)))
        return err->code;
    tjac_report_blocks(file, stats, t->run);
    if (!(file = cmd_files_open(f, "panel_stats.csv", err)))
        return err->code;
    tjac_report_panel_stats(file, stats, &t->config->stats, t->run);
    if (!(file = cmd_files_open(f, "panel_matrix.csv", err)))
        return err->code;
    tjac_report_panel_matrix(file, stats, t->run);
    if (!(file = cmd_files_open(f, "concordance.csv", err)))
        return err->code;
    tjac_report_concordance(file, stats, &t->config->stats, t->run);
    return TJAC_OK;
}

size_t cmd_files_finish(cmd_files *f, tjac_report_table *out, tjac_err *err)
{
    for (size_t i = 0; i < f->n; i++) {
        if (tjac_output_finish(&f->file[i], err))
            return 0;
        out[i] = (tjac_report_table){f->name[i], f->file[i].sha256};
    }
    return f->n;
}

tjac_code cmd_files_commit(cmd_files *f, tjac_err *err)
{
    tjac_report_table unused[CMD_MAX_FILES];
    (void)cmd_files_finish(f, unused, err);
    for (size_t i = 0; i < f->n && !err->code; i++)
        (void)!tjac_output_commit(&f->file[i], err);
    return err->code;
}

void cmd_files_discard(cmd_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        tjac_output_discard(&f->file[i]);
}
