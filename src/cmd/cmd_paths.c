/* Files that must differ: the full Jacobian from what the run reads and what else it writes, a
 * model's checkpoint from the other models'. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/output.h"
#include "cmd/cmd_common.h"

/* Refuses `full` when it is DIR/NAME (PATH alone when name is NULL); a NULL path is no file. */
static tjac_code refuse(const char *full, const char *path, const char *name, const char *what,
                        tjac_err *err)
{
    bool same = false;
    char *other = !path ? NULL : name ? tjac_path_join(path, name, err) : tjac_strdup(path, err);
    if (other && !tjac_output_same(full, other, &same, err) && same)
        tjac_err_set(err, TJAC_EUSAGE,
                     "'jacobian.full' is '%s', which is %s; expected a file of its own, such as "
                     "full.h5",
                     full, what);
    free(other);
    return err->code;
}

static tjac_code refuse_outputs(const tjac_config *c, tjac_err *err)
{
    static const char *const names[] = {"j.csv",           "null_pairs.csv",  "kd_scores.csv",
                                        "panel_stats.csv", "concordance.csv", "run.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char what[64];
        snprintf(what, sizeof what, "the %s of this run", names[i]);
        if (refuse(c->full, c->out, names[i], what, err))
            return err->code;
    }
    return TJAC_OK;
}

static tjac_code refuse_tables(const tjac_config *c, tjac_err *err)
{
    for (size_t i = 0; i < c->n_panels; i++)
        if (refuse(c->full, c->panel[i].pairs, NULL, "the edge table of a panel", err) ||
            refuse(c->full, c->panel[i].gmt, NULL, "the GMT file of a panel", err))
            return err->code;
    for (size_t i = 0; i < c->stats.external.n; i++)
        if (refuse(c->full, c->stats.external.name[i], NULL, "a file of stats.external", err))
            return err->code;
    return TJAC_OK;
}

tjac_code cmd_full_check_path(const tjac_config *c, const tjac_run *run, const cmd_options *o,
                              tjac_err *err)
{
    bool folder = strcmp(c->out, "-") != 0;
    if (!c->full || refuse(c->full, o->config, NULL, "the config", err) ||
        refuse(c->full, c->cells.h5ad, NULL, "cells.h5ad", err) ||
        refuse(c->full, c->cells.obs_names, NULL, "cells.obs_names", err) ||
        refuse_tables(c, err) || (folder && refuse_outputs(c, err)))
        return err->code;
    for (size_t i = 0; i < run->n_models; i++) {
        const tjac_model *m = run->model[i].input.model;
        if (refuse(c->full, m->checkpoint, NULL, "the checkpoint of a model", err) ||
            refuse(c->full, m->kd_map, NULL, "the KD map of a model", err) ||
            refuse(c->full, m->batch_map, NULL, "the batch map of a model", err) ||
            refuse(c->full, m->dir, "config.yaml", "the config.yaml of a model", err) ||
            refuse(c->full, m->dir, "var_dims.pkl", "the var_dims.pkl of a model", err))
            return err->code;
    }
    return TJAC_OK;
}

/* Whether two files of one size have the same bytes; what cannot be read is said where it is
 * used. */
static bool same_bytes(FILE *a, FILE *b)
{
    char one[1 << 14], other[1 << 14];
    size_t n;
    do {
        n = fread(one, 1, sizeof one, a);
        if (fread(other, 1, sizeof other, b) != n || memcmp(one, other, n) != 0)
            return false;
    } while (n == sizeof one);
    return feof(a) && feof(b);
}

static bool same_content(const char *a, const char *b)
{
    struct stat one, other;
    if (stat(a, &one) || stat(b, &other) || one.st_size != other.st_size)
        return false;
    if (one.st_dev == other.st_dev && one.st_ino == other.st_ino)
        return true;
    FILE *f = fopen(a, "rb"), *g = fopen(b, "rb");
    bool same = f && g && same_bytes(f, g);
    if (f)
        fclose(f);
    if (g)
        fclose(g);
    return same;
}

tjac_code cmd_check_checkpoint(const tjac_run *run, tjac_err *err)
{
    const tjac_input *last = &run->model[run->n_models - 1].input;
    for (size_t i = 0; i + 1 < run->n_models; i++) {
        const tjac_input *m = &run->model[i].input;
        if (same_content(m->model->checkpoint, last->model->checkpoint))
            return tjac_err_set(err, TJAC_EUSAGE,
                                "models '%s' and '%s' have one and the same checkpoint, '%s' and "
                                "'%s'; expected a model under one name alone",
                                m->name, last->name, m->model->checkpoint, last->model->checkpoint);
    }
    return TJAC_OK;
}
