/* fuzz_jfile.c: any bytes as a results file, opened, checked, read row by row and made into
 * statistics.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/alloc.h"
#include "stats/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* HDF5 loses some of its own memory when it refuses a file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

enum { MEMORY = 1 << 30 };

/* A file of some KB that asks for more memory than that fails the test. Sanitizers map more. */
static void limit_memory(void)
{
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    const struct rlimit most = {MEMORY, MEMORY};
    if (setrlimit(RLIMIT_AS, &most) != 0)
        abort();
#endif
}

static void check(tjac_code code, tjac_err *err)
{
    if (code != err->code || (code && !err->msg) || err->memory) {
        fprintf(stderr, "%d: %s\n", (int)code, tjac_err_message(err));
        abort();
    }
    tjac_err_clear(err);
}

/* What is written in it adds up, so that every position can be followed. */
static void check_layout(const tjac_layout *l)
{
    for (size_t m = 0; m < l->n_models; m++) {
        const tjac_layout_model *model = &l->model[m];
        if (model->n_cells == 0 || model->first[l->panels.n] != model->n_pairs)
            abort();
        for (size_t i = 0; i < model->n_pairs; i++)
            if (model->pair[i].regulator >= model->regulators.n ||
                model->pair[i].target >= model->targets.n ||
                model->pair[i].column >= model->n_pairs ||
                model->pair[i].row > TJAC_CONFIG_BLOCKS ||
                model->pair[i].col > TJAC_CONFIG_BLOCKS ||
                model->pair[i].kind != tjac_plan_pair_kind(model->pair[i].row, model->pair[i].col))
                abort();
    }
    for (size_t i = 0; i < l->n_draws; i++)
        for (size_t c = 0; c < 2; c++)
            if (l->draw[i].gene[c] >= l->genes.n || l->draw[i].panel >= l->panels.n)
                abort();
    if (l->n_models == 0 || l->n_estimands == 0 || l->panels.n == 0)
        abort();
}

static void read_rows(const tjac_jfile *f, size_t model, size_t cells)
{
    const tjac_layout_model *m = &f->layout.model[model];
    tjac_err err = {0};
    double *J = tjac_alloc(m->n_columns, sizeof *J, &err), *se = NULL, *active = NULL;
    se = tjac_alloc(m->n_columns, sizeof *se, &err);
    active = tjac_alloc(m->targets.n, sizeof *active, &err);
    for (size_t e = 0; e < f->layout.n_estimands && !err.code; e++)
        for (size_t k = 0; k < m->cells[cells].kds.n && !err.code; k++) {
            const tjac_jfile_at at = {model, cells, k};
            (void)!tjac_jfile_read(f, &at, e, J, se, active, &err);
        }
    check(err.code, &err);
    free(J);
    free(se);
    free(active);
}

/* As a run of the model 'zero' with the panel 'edges'. */
static void make_stats(const tjac_jfile *f)
{
    tjac_config_model model = {.name = (char *)(uintptr_t) "zero"};
    tjac_config_panel panel = {.name = (char *)(uintptr_t) "edges"};
    tjac_config config = {.model = &model,
                          .n_models = 1,
                          .panel = &panel,
                          .n_panels = 1,
                          .n_estimands = 1,
                          .stats = {.permutations = 19, .bootstrap = 9, .alpha = 0.05},
                          .skip_missing = true};
    tjac_panel made = {.config = &panel, .name = panel.name};
    const tjac_panels panels = {.panel = &made, .n = 1};
    const tjac_externals externals = {0};
    tjac_stats stats = {0};
    tjac_err err = {0};
    check(tjac_stats_make(&config, &panels, &externals, f, &stats, &err), &err);
    tjac_stats_free(&stats);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[512];
    const char *dir = getenv("TMPDIR");
    tjac_jfile *f = NULL;
    tjac_err err = {0};
    limit_memory();
    snprintf(path, sizeof path, "%s/tjac_fuzz_XXXXXX", dir == NULL ? "/tmp" : dir);
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    int written = write(fd, data, n) == (ssize_t)n;
    close(fd);
    if (written) {
        tjac_code code = tjac_jfile_open(path, &f, &err);
        check(code, &err);
    }
    if (f) {
        check_layout(&f->layout);
        check(tjac_jfile_complete(f, &err), &err);
        for (size_t m = 0; m < f->layout.n_models; m++)
            for (size_t c = 0; c < f->layout.model[m].n_cells; c++)
                read_rows(f, m, c);
        make_stats(f);
    }
    tjac_jfile_close(f);
    unlink(path);
    return 0;
}
