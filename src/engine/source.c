#include "engine/source.h"

static tjac_code kd_vector(void *self, size_t kd, float *vector, tjac_err *err)
{
    return tjac_model_kd_vector(self, kd, vector, err);
}

tjac_code tjac_engine_source_open(tjac_input *in, size_t block, bool shift, tjac_engine_source *out,
                                  tjac_err *err)
{
    const tjac_block *b = &in->block[block];
    const tjac_arch *arch = &in->model->arch;
    if (tjac_input_read_sets(in, block, err) ||
        (shift && tjac_input_read_deviations(in, block, err)))
        return err->code;
    *out = (tjac_engine_source){.set_size = b->sets.set_size,
                                .n_sets = b->sets.n_sets,
                                .input_dim = (size_t)arch->input_dim,
                                .pert_dim = (size_t)arch->pert_dim,
                                .cells = b->cells,
                                .batch = b->batch,
                                .sd = b->sd,
                                .self = in->model,
                                .kd_vector = kd_vector};
    return TJAC_OK;
}

void tjac_engine_source_cells(const tjac_engine_source *source, size_t k, double *out)
{
    size_t n = source->set_size * source->input_dim;
    for (size_t i = 0; i < n; i++)
        out[i] = (double)source->cells[k * n + i];
}

void tjac_engine_source_close(tjac_engine_source *source)
{
    *source = (tjac_engine_source){0};
}
