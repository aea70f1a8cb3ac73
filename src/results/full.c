#include "results/full.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/crc.h"
#include "base/h5.h"
#include "results/place.h"

struct tjac_full {
    tjac_fill *fill;
    char *path;
    int fd;
    uint64_t J, done; /* where they are in the file */
    size_t n_models, n_kds, n_targets, n_regulators;
    float *row; /* [n_regulators][most rows of a put] */
    size_t cap_row;
    uint32_t crc; /* of the targets of the KD so far */
};

/* ---- of which run ---- */

static bool same_names(const tjac_names *a, const tjac_names *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = strcmp(a->name[i], b->name[i]) == 0;
    return same;
}

static const char *kd_name(const tjac_plan *p, size_t k)
{
    return p->names->kds->name[p->kd[k]];
}

static bool same_axes(const tjac_run_model *a, const tjac_run_model *b)
{
    bool same = same_names(&a->input.inputs, &b->input.inputs) &&
                same_names(&a->input.outputs, &b->input.outputs) && a->plan.n_kds == b->plan.n_kds;
    for (size_t k = 0; same && k < a->plan.n_kds; k++)
        same = strcmp(kd_name(&a->plan, k), kd_name(&b->plan, k)) == 0;
    return same;
}

tjac_code tjac_full_check(const tjac_run *run, tjac_err *err)
{
    if (run->model[0].input.n_blocks > 1)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "jacobian.full holds one block of cells and cells.cell_type names %zu "
                            "cell types; name one, or null to pool them",
                            run->model[0].input.n_blocks);
    for (size_t i = 1; i < run->n_models; i++)
        if (!same_axes(&run->model[i], &run->model[0]))
            return tjac_err_set(err, TJAC_EINPUT,
                                "jacobian.full is one array of all models, and models '%s' and "
                                "'%s' differ in genes or KDs; run them one by one",
                                run->model[0].input.name, run->model[i].input.name);
    return TJAC_OK;
}

/* ---- making ---- */

static tjac_code write_axes(const tjac_run *run, tjac_h5_writer *w, tjac_err *err)
{
    const tjac_run_model *m = &run->model[0];
    const char **model = tjac_alloc(run->n_models, sizeof *model, err);
    const char **kd = tjac_alloc(m->plan.n_kds, sizeof *kd, err);
    for (size_t i = 0; i < run->n_models && !err->code; i++)
        model[i] = run->model[i].input.name;
    for (size_t k = 0; k < m->plan.n_kds && !err->code; k++)
        kd[k] = kd_name(&m->plan, k);
    if (!err->code && !tjac_h5_write_names(w, "model", model, run->n_models, err) &&
        !tjac_h5_write_names(w, "kd", kd, m->plan.n_kds, err) &&
        !tjac_h5_write_names(w, "target", (const char *const *)m->input.outputs.name,
                             m->input.outputs.n, err))
        (void)!tjac_h5_write_names(w, "regulator", (const char *const *)m->input.inputs.name,
                                   m->input.inputs.n, err);
    free(model);
    free(kd);
    return err->code;
}

static tjac_code write_all(const tjac_run *run, const char *hash, tjac_h5_writer *w, tjac_err *err)
{
    const tjac_run_model *m = &run->model[0];
    const tjac_h5_shape J = {4,
                             {run->n_models, m->plan.n_kds, m->input.outputs.n, m->input.inputs.n}};
    const tjac_h5_shape done = {2, {run->n_models, m->plan.n_kds}};
    if (write_axes(run, w, err) || tjac_h5_reserve(w, "J", TJAC_H5_F32, &J, err) ||
        tjac_h5_reserve(w, "done", TJAC_H5_U32, &done, err) ||
        tjac_h5_put_attr_text(w, "/", "format", "tjac full Jacobian", err) ||
        tjac_h5_put_attr_text(w, "/", "hash", hash, err) ||
        tjac_h5_put_attr_text(w, "J", "dimensions", "model,kd,target,regulator", err) ||
        tjac_h5_put_attr_text(w, "J", "estimand", "set_mean", err) ||
        tjac_h5_put_attr_text(w, "J", "cell_type", m->input.block[0].cell_type, err))
        return err->code;
    return tjac_h5_put_attr_text(w, "J", "meaning",
                                 "J[m,k,j,i] = dE[Y_j]/dX_i of model m under KD k, target j and "
                                 "regulator i, the mean over the cell sets; done[m,k] is 0 where "
                                 "it is not there",
                                 err);
}

typedef struct {
    const tjac_run *run;
    const char *hash;
} content;

static tjac_code write_content(const void *self, tjac_h5_writer *w, tjac_err *err)
{
    const content *c = self;
    return write_all(c->run, c->hash, w, err);
}

tjac_code tjac_full_make(const char *path, const tjac_run *run, const char *hash, tjac_err *err)
{
    const content c = {run, hash};
    return tjac_place_make(path, write_content, &c, err);
}

/* ---- opening ---- */

static tjac_code check_hash(const tjac_h5 *h5, const char *hash, tjac_err *err)
{
    char *format = NULL, *found = NULL;
    if (tjac_h5_attr_text(h5, "/", "format", &format, err) ||
        tjac_h5_attr_text(h5, "/", "hash", &found, err))
        goto done;
    bool ours = format && found && strcmp(format, "tjac full Jacobian") == 0;
    if (!ours || strcmp(found, hash) != 0)
        tjac_err_set(
            err, TJAC_EUSAGE,
            "'%s' is %s; give jacobian.full another name, or --force to write it anew", h5->path,
            ours ? "the full Jacobian of another plan" : "there and is no full Jacobian of tjac");
done:
    free(format);
    free(found);
    return err->code;
}

static tjac_code find_places(tjac_full *f, const tjac_h5 *h5, tjac_err *err)
{
    const tjac_place_spec J = {TJAC_H5_F32, 4, f->n_models,
                               f->n_kds * f->n_targets * f->n_regulators};
    const tjac_place_spec done = {TJAC_H5_U32, 2, f->n_models, f->n_kds};
    if (tjac_place_find(h5, "J", &J, &f->J, err))
        return err->code;
    return tjac_place_find(h5, "done", &done, &f->done, err);
}

tjac_code tjac_full_open(const char *path, const tjac_run *run, const char *hash, tjac_full **out,
                         tjac_err *err)
{
    tjac_h5 *h5 = NULL;
    tjac_full *f = tjac_alloc(1, sizeof *f, err);
    if (!f)
        return err->code;
    f->fd = -1;
    f->n_models = run->n_models;
    f->n_kds = run->model[0].plan.n_kds;
    f->n_targets = run->model[0].input.outputs.n;
    f->n_regulators = run->model[0].input.inputs.n;
    if (!(f->path = tjac_strdup(path, err)) || tjac_place_open(path, &h5, &f->fd, err) ||
        check_hash(h5, hash, err) || find_places(f, h5, err))
        goto done;
    (void)!tjac_fill_open(path, &f->fill, err);
done:
    tjac_h5_close(h5);
    if (err->code)
        tjac_full_drop(f);
    else
        *out = f;
    return err->code;
}

tjac_code tjac_full_done(const tjac_full *f, size_t model, unsigned char *done, tjac_err *err)
{
    const size_t row = f->n_regulators * sizeof *f->row, first = model * f->n_kds;
    uint32_t *mark = tjac_alloc(f->n_kds, sizeof *mark, err);
    float *room = tjac_alloc(f->n_regulators, sizeof *room, err);
    if (!err->code)
        (void)!tjac_place_read(f->path, f->fd, f->done + first * sizeof *mark, mark,
                               f->n_kds * sizeof *mark, err);
    for (size_t k = 0; k < f->n_kds && !err->code; k++) {
        uint32_t crc = 0;
        uint64_t at = f->J + (first + k) * f->n_targets * row;
        for (size_t t = 0; mark[k] && t < f->n_targets; t++) {
            if (tjac_place_read(f->path, f->fd, at + t * row, room, row, err))
                break;
            crc = tjac_crc32(crc, room, row);
        }
        done[k] = mark[k] && mark[k] == tjac_fill_crc(crc);
    }
    free(mark);
    free(room);
    return err->code;
}

/* ---- filling ---- */

tjac_code tjac_full_put(tjac_full *f, const tjac_full_block *b, const double *J, tjac_err *err)
{
    if (b->model >= f->n_models || b->kd >= f->n_kds || b->first > f->n_targets ||
        b->n > f->n_targets - b->first)
        return tjac_err_set(err, TJAC_EFAIL,
                            "'%s': targets %zu to %zu of model %zu and KD %zu are beyond the %zu "
                            "targets, %zu models and %zu KDs of the file",
                            f->path, b->first, b->first + b->n, b->model, b->kd, f->n_targets,
                            f->n_models, f->n_kds);
    const size_t n = b->n * f->n_regulators, kd = b->model * f->n_kds + b->kd;
    if (tjac_grow((void **)&f->row, &f->cap_row, n, sizeof *f->row, err))
        return err->code;
    for (size_t i = 0; i < n; i++)
        f->row[i] = (float)J[i];
    f->crc = tjac_crc32(b->first == 0 ? 0 : f->crc, f->row, n * sizeof *f->row);
    const tjac_fill_part part = {f->J + (kd * f->n_targets + b->first) * f->n_regulators *
                                            sizeof *f->row,
                                 f->row, n * sizeof *f->row};
    const tjac_fill_mark mark = {f->done + kd * sizeof f->crc, tjac_fill_crc(f->crc)};
    return tjac_fill_put(f->fill, &part, 1, b->first + b->n == f->n_targets ? &mark : NULL, err);
}

tjac_fill *tjac_full_fill(tjac_full *full)
{
    return full->fill;
}

tjac_code tjac_full_close(tjac_full *f, tjac_err *err)
{
    if (f->fill)
        (void)!tjac_fill_close(f->fill, err);
    if (f->fd >= 0)
        close(f->fd);
    free(f->row);
    free(f->path);
    free(f);
    return err->code;
}

void tjac_full_drop(tjac_full *full)
{
    tjac_err ignored = {0};
    if (full && tjac_full_close(full, &ignored))
        tjac_err_clear(&ignored);
}
