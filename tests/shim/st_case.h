/* st_case.h: a parity case opened in double, on the CPU: its model, one set, its panel's genes. */
#ifndef TJAC_ST_CASE_H
#define TJAC_ST_CASE_H

#include "test.h"
#include "inputs/inputs.h"
#include "st/st.h"

typedef struct {
    tjac_config config;
    tjac_input input;
    tjac_st st;
    tjac_pass *pass;
    size_t S, G, R, T;
    size_t regulator[8], target[8];
    double *cells, *moved, *y;
    float *kd;
} st_case;

static inline tjac_code predict_at(st_case *f, const double *cells, double *y, tjac_err *err)
{
    const tjac_st_genes genes = {f->regulator, f->R, f->target, f->T};
    const tjac_st_set set = {f->S, cells, f->input.block[0].batch};
    f->st.close_pass(f->pass);
    f->pass = NULL;
    if (f->st.begin(f->st.self, &genes, err) || f->st.add_set(f->st.self, &set, err) ||
        f->st.open_pass(f->st.self, &f->pass, err))
        return err->code;
    return f->st.predict(f->pass, 0, f->kd, 1, y, err);
}

/* All but its st: nothing is computed yet. */
static inline tjac_code read_case(st_case *f, const char *dir, tjac_err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/config.json", dir);
    if (tjac_config_read(path, NULL, 0, NULL, &f->config, err) ||
        tjac_input_open(&f->config, 0, &f->input, err) || tjac_model_load(f->input.model, err))
        return err->code;
    const tjac_config_panel *p = &f->config.panel[0];
    f->S = f->input.block[0].sets.set_size;
    f->G = f->input.inputs.n;
    f->R = p->regulators.n;
    f->T = p->targets.n;
    if (f->S > 64 || f->R > 8 || f->T > 8)
        return tjac_err_set(err, TJAC_EFAIL, "this test is for small cases");
    for (size_t r = 0; r < f->R; r++)
        f->regulator[r] = (size_t)tjac_names_find(&f->input.inputs, p->regulators.name[r]);
    for (size_t j = 0; j < f->T; j++)
        f->target[j] = (size_t)tjac_names_find(&f->input.outputs, p->targets.name[j]);
    f->cells = calloc(f->S * f->G, sizeof *f->cells);
    f->moved = calloc(f->S * f->G, sizeof *f->moved);
    f->y = calloc(f->S * f->T, sizeof *f->y);
    f->kd = calloc((size_t)f->input.model->arch.pert_dim, sizeof *f->kd);
    int64_t k = tjac_names_find(&f->input.model->kds, p->kds.name[0]);
    if (tjac_model_kd_vector(f->input.model, (size_t)k, f->kd, err))
        return err->code;
    if (tjac_input_read_sets(&f->input, 0, err))
        return err->code;
    for (size_t i = 0; i < f->S * f->G; i++)
        f->cells[i] = (double)f->input.block[0].cells[i];
    return TJAC_OK;
}

static inline tjac_code open_case(st_case *f, const char *dir, tjac_err *err)
{
    const tjac_st_options o = {"cpu", TJAC_PRECISION_F64, false};
    return read_case(f, dir, err) ? err->code : tjac_st_open(f->input.model, &o, &f->st, err);
}

static inline void close_case(st_case *f)
{
    free(f->cells);
    free(f->moved);
    free(f->y);
    free(f->kd);
    if (f->st.close_pass)
        f->st.close_pass(f->pass);
    tjac_st_close(&f->st);
    tjac_input_close(&f->input);
    tjac_config_free(&f->config);
}

#endif
