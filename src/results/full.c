#include "results/full.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/h5.h"
#include "base/output.h"

enum { CHUNK_TARGETS = 64, CHUNK_BYTES = 1 << 20 };

struct tjac_full {
    tjac_output file; /* gives the names and syncs; HDF5 writes through a descriptor of its own */
    tjac_h5_writer *h5;
    tjac_h5_array *J; /* owned by h5 */
    size_t n_models, n_kds, n_targets, n_regulators;
};

static tjac_code write_names(tjac_full *f, const tjac_full_spec *spec, tjac_err *err)
{
    const struct {
        const char *dataset;
        const tjac_full_axis *axis;
    } list[] = {{"model", &spec->model},
                {"kd", &spec->kd},
                {"target", &spec->target},
                {"regulator", &spec->regulator}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (list[i].axis->n == 0)
            return tjac_err_set(err, TJAC_EFAIL, "'%s': axis '%s' has no names", f->file.path,
                                list[i].dataset);
        if (tjac_h5_write_names(f->h5, list[i].dataset, list[i].axis->name, list[i].axis->n, err))
            return err->code;
    }
    return TJAC_OK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static tjac_code create_J(tjac_full *f, const tjac_full_spec *spec, tjac_err *err)
{
    size_t rows = least(f->n_targets, CHUNK_TARGETS);
    size_t columns = least(f->n_regulators, CHUNK_BYTES / sizeof(float) / rows);
    tjac_h5_shape shape = {.rank = 4,
                           .extent = {f->n_models, f->n_kds, f->n_targets, f->n_regulators},
                           .chunk = {1, 1, rows, columns},
                           .fill = NAN};
    if (tjac_h5_create_f32(f->h5, "J", &shape, &f->J, err) ||
        tjac_h5_put_attr_text(f->J, "dimensions", "model,kd,target,regulator", err) ||
        tjac_h5_put_attr_text(f->J, "estimand", spec->estimand, err) ||
        tjac_h5_put_attr_text(f->J, "cell_type", spec->cell_type, err))
        return err->code;
    return tjac_h5_put_attr_text(f->J, "meaning",
                                 "J[m,k,j,i] = dE[Y_j]/dX_i of model m under KD k, target j and "
                                 "regulator i, the mean over the cell sets; NaN is not computed",
                                 err);
}

tjac_code tjac_full_open(const char *path, const tjac_full_spec *spec, tjac_full **out,
                         tjac_err *err)
{
    tjac_full *f = tjac_alloc(1, sizeof *f, err);
    if (!f)
        return err->code;
    f->n_models = spec->model.n;
    f->n_kds = spec->kd.n;
    f->n_targets = spec->target.n;
    f->n_regulators = spec->regulator.n;
    if (tjac_output_open(path, &f->file, err))
        goto done;
    if (!f->file.temporary) {
        tjac_err_set(err, TJAC_EUSAGE,
                     "the full Jacobian is an HDF5 file and cannot go to standard output; give "
                     "jacobian.full a file name");
        goto done;
    }
    if (tjac_h5_create(f->file.temporary, &f->h5, err) || write_names(f, spec, err) ||
        create_J(f, spec, err))
        goto done;
    *out = f;
done:
    if (err->code)
        tjac_full_discard(f);
    return err->code;
}

tjac_code tjac_full_write(tjac_full *full, const tjac_full_block *block, const double *J,
                          tjac_err *err)
{
    if (block->model >= full->n_models || block->kd >= full->n_kds ||
        block->first > full->n_targets || block->n > full->n_targets - block->first)
        return tjac_err_set(err, TJAC_EFAIL,
                            "'%s': targets %zu to %zu of model %zu and KD %zu are beyond the %zu "
                            "targets, %zu models and %zu KDs of the file",
                            full->file.path, block->first, block->first + block->n, block->model,
                            block->kd, full->n_targets, full->n_models, full->n_kds);
    const tjac_h5_block rows = {{block->model, block->kd, block->first, 0},
                                {1, 1, block->n, full->n_regulators}};
    return tjac_h5_write_block(full->J, &rows, J, err);
}

tjac_code tjac_full_commit(tjac_full *full, tjac_err *err)
{
    tjac_h5_writer *h5 = full->h5;
    full->h5 = NULL;
    tjac_code code = tjac_h5_finish(h5, err);
    if (!code)
        code = tjac_output_commit(&full->file, err);
    tjac_full_discard(full); /* removes nothing after a commit */
    return code;
}

void tjac_full_discard(tjac_full *full)
{
    if (!full)
        return;
    tjac_h5_abandon(full->h5);
    tjac_output_discard(&full->file);
    free(full);
}

/* ---- of a run ---- */

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

tjac_code tjac_full_open_run(const char *path, const tjac_run *run, tjac_full **out, tjac_err *err)
{
    const tjac_input *in = &run->model[0].input;
    const tjac_plan *p = &run->model[0].plan;
    const char **model = tjac_alloc(run->n_models, sizeof *model, err);
    const char **kd = tjac_alloc(p->n_kds, sizeof *kd, err);
    for (size_t i = 0; i < run->n_models && !err->code; i++)
        model[i] = run->model[i].input.name;
    for (size_t k = 0; k < p->n_kds && !err->code; k++)
        kd[k] = kd_name(p, k);
    if (!err->code) {
        const tjac_full_spec spec = {{model, run->n_models},
                                     {kd, p->n_kds},
                                     {(const char *const *)in->outputs.name, in->outputs.n},
                                     {(const char *const *)in->inputs.name, in->inputs.n},
                                     in->block[0].cell_type,
                                     "set_mean"};
        if (tjac_full_open(path, &spec, out, err))
            *out = NULL;
    }
    free(model);
    free(kd);
    return err->code;
}
