#include "cmd/cmd_files.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "report/report.h"

FILE *cmd_files_open(cmd_files *f, const char *name, tjac_err *err)
{
    assert(f->n < CMD_MAX_FILES);
    char *path =
        strcmp(f->dir, "-") == 0 ? tjac_strdup("-", err) : tjac_path_join(f->dir, name, err);
    if (path && !tjac_output_open(path, &f->file[f->n], err))
        f->n++;
    free(path);
    return err->code ? NULL : f->file[f->n - 1].file;
}

tjac_code cmd_files_write_stats(cmd_files *f, const tjac_stats *stats,
                                const tjac_config_stats *options, tjac_err *err)
{
    FILE *file;
    if (!(file = cmd_files_open(f, "kd_scores.csv", err)))
        return err->code;
    tjac_report_kd_scores(file, stats);
    if (!(file = cmd_files_open(f, "panel_stats.csv", err)))
        return err->code;
    tjac_report_panel_stats(file, stats, options);
    if (!(file = cmd_files_open(f, "concordance.csv", err)))
        return err->code;
    tjac_report_concordance(file, stats, options);
    return TJAC_OK;
}

tjac_code cmd_files_commit(cmd_files *f, tjac_err *err)
{
    for (size_t i = 0; i < f->n; i++)
        if (tjac_output_finish(&f->file[i], err))
            return err->code;
    for (size_t i = 0; i < f->n; i++)
        if (tjac_output_commit(&f->file[i], err))
            return err->code;
    return TJAC_OK;
}

void cmd_files_discard(cmd_files *f)
{
    for (size_t i = 0; i < f->n; i++)
        tjac_output_discard(&f->file[i]);
}
