#include "results/run.h"

#include <stdlib.h>

static void model_free(tjac_run_model *m)
{
    tjac_lines_free(&m->lines);
    tjac_plan_free(&m->plan);
    tjac_input_close(&m->input);
}

void tjac_run_free(tjac_run *run)
{
    if (!run)
        return;
    for (size_t i = 0; i < run->n_models; i++)
        model_free(&run->model[i]);
    free(run->model);
    tjac_blocks_free(&run->blocks);
    tjac_names_free(&run->inputs);
    tjac_names_free(&run->outputs);
    tjac_panels_free(&run->panels);
    *run = (tjac_run){0};
}
