/* Files that must differ: what the run writes from what it reads, a model's checkpoint from the
 * other models'. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/output.h"
#include "cmd/cmd_common.h"
#include "cmd/cmd_out.h"

/* A file that the run writes: DIR/NAME, or jacobian.full where name is NULL. */
typedef struct {
    const char *path, *name;
} output;

/* Refuses an output that is the file at `path`, or at path/name; a NULL path is no file. */
static tjac_code refuse(const output *o, const char *path, const char *name, const char *what,
                        tjac_err *err)
{
    bool same = false;
    char *other = !path ? NULL : name ? tjac_path_join(path, name, err) : tjac_strdup(path, err);
    if (other && !tjac_output_same(o->path, other, &same, err) && same) {
        if (o->name)
            tjac_err_set(err, TJAC_EUSAGE,
                         "the %s of this run would be '%s', which is %s; give another --out",
                         o->name, o->path, what);
        else
            tjac_err_set(err, TJAC_EUSAGE,
                         "'jacobian.full' is '%s', which is %s; expected a file of its own, such "
                         "as full.h5",
                         o->path, what);
    }
    free(other);
    return err->code;
}

static tjac_code refuse_tables(const output *o, const tjac_config *c, tjac_err *err)
{
    for (size_t i = 0; i < c->n_panels; i++)
        if (refuse(o, c->panel[i].pairs, NULL, "the edge table of a panel", err) ||
            refuse(o, c->panel[i].gmt, NULL, "the GMT file of a panel", err))
            return err->code;
    for (size_t i = 0; i < c->stats.external.n; i++)
        if (refuse(o, c->stats.external.name[i], NULL, "a file of stats.external", err))
            return err->code;
    return TJAC_OK;
}

/* Not over anything that the run reads. */
static tjac_code refuse_inputs(const output *o, const tjac_config *c, const tjac_run *run,
                               const char *config, tjac_err *err)
{
    if (refuse(o, config, NULL, "the config", err) ||
        refuse(o, c->cells.h5ad, NULL, "cells.h5ad", err) ||
        refuse(o, c->cells.obs_names, NULL, "cells.obs_names", err) ||
        refuse(o, c->cells.gene_names, NULL, "cells.gene_names", err) || refuse_tables(o, c, err))
        return err->code;
    for (size_t i = 0; i < run->n_models; i++) {
        const tjac_model *m = run->model[i].input.model;
        if (refuse(o, m->checkpoint, NULL, "the checkpoint of a model", err) ||
            refuse(o, m->kd_map, NULL, "the KD map of a model", err) ||
            refuse(o, m->batch_map, NULL, "the batch map of a model", err) ||
            refuse(o, m->dir, "config.yaml", "the config.yaml of a model", err) ||
            refuse(o, m->dir, "var_dims.pkl", "the var_dims.pkl of a model", err))
            return err->code;
    }
    return TJAC_OK;
}

tjac_code cmd_check_paths(const tjac_config *c, const tjac_run *run, const char *config,
                          tjac_err *err)
{
    const output full = {c->full, NULL};
    bool folder = strcmp(c->out, "-") != 0;
    if (c->full && refuse_inputs(&full, c, run, config, err))
        return err->code;
    for (size_t i = 0; folder && i < CMD_OUT_NAMES && !err->code; i++) {
        char what[64], *path = tjac_path_join(c->out, cmd_out_names[i], err);
        const output table = {path, cmd_out_names[i]};
        snprintf(what, sizeof what, "the %s of this run", cmd_out_names[i]);
        if (path && !refuse_inputs(&table, c, run, config, err) && c->full)
            (void)!refuse(&full, path, NULL, what, err);
        free(path);
    }
    return err->code;
}

tjac_code cmd_check_tables(const char *out, const tjac_config *c, tjac_err *err)
{
    for (size_t i = 0; i < CMD_OUT_NAMES && !err->code; i++) {
        char *path = tjac_path_join(out, cmd_out_names[i], err);
        const output table = {path, cmd_out_names[i]};
        if (path)
            (void)!refuse_tables(&table, c, err);
        free(path);
    }
    return err->code;
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

/* One trained model and its shuffled control, or two controls, are different models. */
static bool same_weights(const tjac_model *a, const tjac_model *b)
{
    return a->shuffled == b->shuffled && (!a->shuffled || a->shuffle == b->shuffle) &&
           same_content(a->checkpoint, b->checkpoint);
}

tjac_code cmd_check_checkpoint(const tjac_run *run, tjac_err *err)
{
    const tjac_input *last = &run->model[run->n_models - 1].input;
    for (size_t i = 0; i + 1 < run->n_models; i++) {
        const tjac_input *m = &run->model[i].input;
        if (same_weights(m->model, last->model))
            return tjac_err_set(
                err, TJAC_EUSAGE,
                "models '%s' and '%s' have one and the same checkpoint%s, '%s' and "
                "'%s', and replicate nothing; expected a model under one name alone",
                m->name, last->name, last->model->shuffled ? " and seed of 'shuffle'" : "",
                m->model->checkpoint, last->model->checkpoint);
    }
    return TJAC_OK;
}
