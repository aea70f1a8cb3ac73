#include "results/jfile.h"

#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/crc.h"
#include "results/place.h"

double tjac_jfile_bytes(const tjac_layout *l)
{
    double bytes = 65536;
    for (size_t m = 0; m < l->n_models; m++) {
        const tjac_layout_model *model = &l->model[m];
        bytes += 100.0 * (double)model->n_pairs;
        for (size_t c = 0; c < model->n_cells; c++)
            bytes += (double)model->cells[c].kds.n * 8 *
                     (2.0 * (double)l->n_estimands * (double)model->n_columns +
                      (double)model->targets.n + 8);
    }
    return bytes;
}

/* ---- making ---- */

static tjac_code write_layout(const void *layout, tjac_h5_writer *w, tjac_err *err)
{
    return tjac_layout_write(layout, w, err);
}

tjac_code tjac_jfile_make(const char *path, const tjac_layout *layout, tjac_err *err)
{
    return tjac_place_make(path, write_layout, layout, err);
}

/* ---- opening ---- */

/* Frees the path of the dataset. */
static tjac_code find_place(const tjac_h5 *h5, char *path, const tjac_place_spec *spec,
                            uint64_t *at, tjac_err *err)
{
    if (path)
        (void)!tjac_place_find(h5, path, spec, at, err);
    free(path);
    return err->code;
}

static tjac_code find_places(const tjac_h5 *h5, const tjac_layout *l, size_t m, size_t c,
                             tjac_jfile_place *out, tjac_err *err)
{
    const tjac_layout_model *model = &l->model[m];
    const tjac_layout_cells *cells = &model->cells[c];
    const size_t n = cells->kds.n;
    const tjac_place_spec marks = {TJAC_H5_U32, 1, n, 1};
    const tjac_place_spec active = {TJAC_H5_F64, 2, n, model->targets.n};
    const tjac_place_spec rows = {TJAC_H5_F64, 2, n, model->n_columns};
    if (find_place(h5, tjac_layout_path(model, cells, NULL, "done", err), &marks, &out->done,
                   err) ||
        find_place(h5, tjac_layout_path(model, cells, NULL, "active", err), &active, &out->active,
                   err))
        return err->code;
    for (size_t e = 0; e < l->n_estimands; e++) {
        const char *name = tjac_estimand_name(l->estimand[e]);
        if (find_place(h5, tjac_layout_path(model, cells, name, "J", err), &rows, &out->J[e],
                       err) ||
            find_place(h5, tjac_layout_path(model, cells, name, "J_se", err), &rows, &out->se[e],
                       err))
            break;
    }
    return err->code;
}

static tjac_code find_all_places(tjac_jfile *f, const tjac_h5 *h5, tjac_err *err)
{
    const tjac_layout *l = &f->layout;
    if (!(f->place = tjac_alloc(l->n_models, sizeof *f->place, err)))
        return err->code;
    for (size_t m = 0; m < l->n_models; m++) {
        if (!(f->place[m] = tjac_alloc(l->model[m].n_cells, sizeof **f->place, err)))
            return err->code;
        for (size_t c = 0; c < l->model[m].n_cells; c++)
            if (find_places(h5, l, m, c, &f->place[m][c], err))
                return err->code;
    }
    return TJAC_OK;
}

tjac_code tjac_jfile_open(const char *path, tjac_jfile **out, tjac_err *err)
{
    tjac_h5 *h5 = NULL;
    tjac_jfile *f = tjac_alloc(1, sizeof *f, err);
    if (!f)
        return err->code;
    f->fd = -1;
    if ((f->path = tjac_strdup(path, err)) && !tjac_place_open(path, &h5, &f->fd, err) &&
        !tjac_layout_read(h5, &f->layout, err))
        (void)!find_all_places(f, h5, err);
    tjac_h5_close(h5);
    if (err->code)
        tjac_jfile_close(f);
    else
        *out = f;
    return err->code;
}

void tjac_jfile_close(tjac_jfile *f)
{
    if (!f)
        return;
    for (size_t m = 0; f->place && m < f->layout.n_models; m++)
        free(f->place[m]);
    free(f->place);
    tjac_layout_free(&f->layout);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f);
}

/* ---- reading ---- */

static tjac_code read_bytes(const tjac_jfile *f, uint64_t at, void *out, size_t n, tjac_err *err)
{
    return tjac_place_read(f->path, f->fd, at, out, n, err);
}

tjac_code tjac_jfile_read(const tjac_jfile *f, const tjac_jfile_at *at, size_t e, double *J,
                          double *se, double *active, tjac_err *err)
{
    const tjac_layout_model *m = &f->layout.model[at->model];
    const tjac_jfile_place *p = &f->place[at->model][at->cells];
    const size_t row = m->n_columns * sizeof *J, targets = m->targets.n * sizeof *active;
    if ((J && read_bytes(f, p->J[e] + at->kd * row, J, row, err)) ||
        (se && read_bytes(f, p->se[e] + at->kd * row, se, row, err)) ||
        (active && read_bytes(f, p->active + at->kd * targets, active, targets, err)))
        return err->code;
    return TJAC_OK;
}

/* The CRC of a KD's rows: J and J_se of each estimand, then active. room[n_columns + n_targets]. */
static tjac_code crc_of(const tjac_jfile *f, const tjac_jfile_at *at, double *room, uint32_t *out,
                        tjac_err *err)
{
    const tjac_layout_model *m = &f->layout.model[at->model];
    const size_t row = m->n_columns * sizeof *room;
    uint32_t crc = 0;
    for (size_t e = 0; e < f->layout.n_estimands; e++) {
        if (tjac_jfile_read(f, at, e, room, NULL, NULL, err))
            return err->code;
        crc = tjac_crc32(crc, room, row);
        if (tjac_jfile_read(f, at, e, NULL, room, NULL, err))
            return err->code;
        crc = tjac_crc32(crc, room, row);
    }
    if (tjac_jfile_read(f, at, 0, NULL, NULL, room, err))
        return err->code;
    *out = tjac_fill_crc(tjac_crc32(crc, room, m->targets.n * sizeof *room));
    return TJAC_OK;
}

tjac_code tjac_jfile_done(const tjac_jfile *f, size_t model, size_t cells, unsigned char *done,
                          tjac_err *err)
{
    const tjac_layout_model *m = &f->layout.model[model];
    size_t n = m->cells[cells].kds.n;
    uint32_t *mark = tjac_alloc(n, sizeof *mark, err), crc = 0;
    double *room = tjac_alloc(m->n_columns + m->targets.n, sizeof *room, err);
    if (!err->code)
        (void)!read_bytes(f, f->place[model][cells].done, mark, n * sizeof *mark, err);
    for (size_t k = 0; k < n && !err->code; k++) {
        const tjac_jfile_at at = {model, cells, k};
        done[k] = 0;
        if (mark[k] && !crc_of(f, &at, room, &crc, err))
            done[k] = mark[k] == crc;
    }
    free(mark);
    free(room);
    return err->code;
}

tjac_code tjac_jfile_complete(const tjac_jfile *f, tjac_err *err)
{
    for (size_t m = 0; m < f->layout.n_models; m++)
        for (size_t c = 0; c < f->layout.model[m].n_cells; c++) {
            const tjac_layout_cells *cells = &f->layout.model[m].cells[c];
            unsigned char *done = tjac_alloc(cells->kds.n, 1, err);
            if (done && !tjac_jfile_done(f, m, c, done, err))
                for (size_t k = 0; k < cells->kds.n; k++)
                    if (!done[k]) {
                        tjac_err_set(err, TJAC_EINPUT,
                                     "'%s': J under KD '%s' of model '%s' (%s) is not there, or "
                                     "is damaged; compute it with tjac run ... --resume",
                                     f->path, cells->kds.name[k], f->layout.model[m].name,
                                     cells->cell_type);
                        break;
                    }
            free(done);
            if (err->code)
                return err->code;
        }
    return TJAC_OK;
}

/* ---- filling ---- */

tjac_code tjac_jfile_put(const tjac_jfile *f, tjac_fill *fill, const tjac_jfile_at *at,
                         const tjac_engine_kd *kd, tjac_err *err)
{
    const tjac_layout_model *m = &f->layout.model[at->model];
    const tjac_jfile_place *p = &f->place[at->model][at->cells];
    const size_t columns = m->n_columns, row = columns * sizeof(double);
    const size_t targets = m->targets.n * sizeof(double);
    tjac_fill_part part[2 * TJAC_N_ESTIMANDS + 1];
    size_t n = 0;
    uint32_t crc = 0;
    for (size_t e = 0; e < f->layout.n_estimands; e++) {
        part[n++] = (tjac_fill_part){p->J[e] + at->kd * row, kd->J + e * columns, row};
        part[n++] = (tjac_fill_part){p->se[e] + at->kd * row, kd->se + e * columns, row};
    }
    part[n++] = (tjac_fill_part){p->active + at->kd * targets, kd->active, targets};
    for (size_t i = 0; i < n; i++)
        crc = tjac_crc32(crc, part[i].bytes, part[i].size);
    const tjac_fill_mark mark = {p->done + at->kd * sizeof crc, tjac_fill_crc(crc)};
    return tjac_fill_put(fill, part, n, &mark, err);
}
