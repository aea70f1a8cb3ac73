/* What J depends on: the plan's hash changes with it, with nothing else, and says what differs. */
#include "test.h"
#include "engine/engine.h"
#include "results/identity.h"

/* ---- what differs ---- */

typedef struct {
    const char *a[4], *b[4]; /* lines, up to NULL */
    const char *want;
} difference;

static const difference differences[] = {
    {{"precision: float32"}, {"precision: float32"}, NULL},
    {{"precision: float32"}, {"precision: float64"}, "precision"},
    {{"tjac: 1, layout 1", "engine: auto"}, {"tjac: 1, layout 2", "engine: auto"}, "tjac"},
    {{"a: 1", "checkpoint of model 'm': 01", "b: 2"},
     {"a: 2", "checkpoint of model 'm': 02", "b: 2"},
     "a, checkpoint of model 'm'"},
    {{"checkpoint of model 'a: b': 01"},
     {"checkpoint of model 'a: b': 02"},
     "checkpoint of model 'a: b'"},
    {{"cells (T: CD4) of model 'm': 1 sets of 8: 01"},
     {"cells (T: CD4) of model 'm': 2 sets of 8: 01"},
     "cells (T: CD4) of model 'm'"},
    {{"a: 1"}, {"a: 1", "b of model 'm': 2"}, "b of model 'm'"}, /* in one alone */
    {{"a: 1", "b of model 'm': 2"}, {"a: 1"}, "b of model 'm'"},
    {{"a: 1", "c of model 'm': 1"},
     {"b: 1", "c of model 'n': 1"},
     "a, c of model 'm', b, c of model 'n'"},
    {{"no value"}, {"none either"}, "no value, none either"},
    {{"names of models: m", "a: 1", "c of model 'm': 1"},
     {"names of models: n", "a: 2", "c of model 'n': 1"},
     "names of models, a"},
    {{NULL}, {NULL}, NULL},
};

static void add_lines(test *t, tjac_names *lines, const char *const *line)
{
    tjac_err err = {0};
    for (size_t i = 0; i < 4 && line[i]; i++)
        CHECK_OK(t, tjac_names_add(lines, line[i], &err), &err);
}

static void differs(test *t)
{
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++) {
        const difference *d = &differences[i];
        tjac_names a = {0}, b = {0};
        tjac_err err = {0};
        add_lines(t, &a, d->a);
        add_lines(t, &b, d->b);
        char *got = tjac_identity_differs(&a, &b, &err);
        if (d->want)
            CHECK_STRING(t, got, d->want);
        else
            CHECK(t, got == NULL && err.code == TJAC_OK);
        free(got);
        tjac_names_free(&a);
        tjac_names_free(&b);
    }
}

/* ---- of a run ---- */

typedef struct {
    tjac_names lines;
    char hash[65];
} identity;

/* The plan of one model without blocks, as a run makes it. */
static tjac_code open_run(const tjac_config *c, tjac_run *run, tjac_err *err)
{
    tjac_run_model *m = run->model;
    const tjac_engine_options o = {.estimand = c->estimand,
                                   .n_estimands = c->n_estimands,
                                   .kind = c->engine,
                                   .tolerance = c->tolerance};
    if (tjac_panels_read(c, &run->panels, err) || tjac_input_open(c, 0, &m->input, err))
        return err->code;
    m->names = (tjac_plan_names){m->input.name, &m->input.inputs, &m->input.outputs,
                                 &m->input.model->kds, m->input.control};
    if (tjac_plan_make(c, &run->panels, NULL, &m->names, &m->plan, err))
        return err->code;
    return tjac_engine_choose(&m->plan, &o, (size_t)tjac_arch_enc(&m->input.model->arch),
                              m->input.block[0].sets.set_size, &m->lines, err);
}

/* What is done to the run before its identity is made. */
typedef void (*change_fn)(tjac_run *run);

static void change_batch(tjac_run *run)
{
    run->model->input.block[0].batch[1] ^= 1;
}

/* What is not in the sets: one cell fewer that the deviations are over. */
static void change_eligible(tjac_run *run)
{
    run->model->input.block[0].sets.n_eligible--;
}

static identity make(test *t, const char *config, const char *setting, const char *tjac,
                     change_fn change)
{
    identity out = {.hash = ""};
    tjac_err err = {0};
    tjac_config c = {0};
    const tjac_setting set = {"set", NULL, setting};
    tjac_hashing *hashing = NULL;
    tjac_run run = {.model = calloc(1, sizeof *run.model), .n_models = 1};
    CHECK_OK(t, tjac_hashing_start(&hashing, &err), &err);
    if (CHECK_OK(t, tjac_config_read(config, &set, setting ? 1 : 0, NULL, &c, &err), &err) &&
        CHECK_OK(t, open_run(&c, &run, &err), &err)) {
        if (change)
            change(&run);
        CHECK_OK(t, tjac_identity_make(&c, &run, tjac, hashing, &out.lines, out.hash, &err), &err);
    }
    tjac_hashing_stop(hashing);
    tjac_run_free(&run);
    tjac_config_free(&c);
    return out;
}

static void compare(test *t, const identity *a, identity *b, const char *setting, const char *want)
{
    tjac_err err = {0};
    char *got = tjac_identity_differs(&a->lines, &b->lines, &err);
    const int before = t->failures;
    CHECK(t, strlen(b->hash) == 64 && (strcmp(a->hash, b->hash) == 0) == (want == NULL));
    if (want)
        CHECK_STRING(t, got, want);
    else
        CHECK(t, got == NULL);
    if (t->failures > before)
        fprintf(stderr, "    with %s: %s\n", setting ? setting : "-", got ? got : "-");
    free(got);
    tjac_names_free(&b->lines);
}

typedef struct {
    const char *setting, *want;
} effect;

static const effect effects[] = {
    {NULL, NULL},
    {"models[0].name=other", "names of models"},
    {"threads=3", NULL},
    {"out=elsewhere", NULL},
    {"device=cuda", NULL},
    {"stats.permutations=99", NULL},
    {"stats.seed=9", NULL},
    {"jacobian.memory_gb=2", NULL},
    {"jacobian.full=J.h5", NULL},
    {"null.seed=2", NULL}, /* none are drawn */
    {"on_missing=skip", NULL},
    {"jacobian.estimands=[\"set_mean\"]",
     "estimands, standard deviations (mixed) of model 'llama_batch'"},
    {"jacobian.precision=float64", "precision"},
    {"jacobian.same_cell.tolerance=0.5", "tolerance of same_cell"},
    {"engine=sequential", "engine, lines of the engine of model 'llama_batch'"},
    {"cells.seed=43", "cells.seed"},
    {"models[0].shuffle=0", "seed of the shuffled weights of model 'llama_batch'"},
    {"cells.set_size=4", "cells (mixed) of model 'llama_batch'"}, /* two sets of the same */
    {"attention=causal", "attention of model 'llama_batch', rotary of model 'llama_batch'"},
    {"kds=[\"KD2\"]", "KDs and their order of model 'llama_batch'"},
    {"panels[0].name=other", "pairs and blocks of model 'llama_batch'"},
    {"panels[0].targets=[\"GENE4\",\"GENE20\",\"GENE10\",\"GENE1\"]",
     "pairs and blocks of model 'llama_batch'"},
};

static void of_a_run(test *t)
{
    char config[TEST_PATH], elsewhere[] = "test_identity_dir/config.json", dir[TEST_PATH];
    snprintf(dir, sizeof dir, "%s/../../parity/cases/llama_batch", test_data());
    snprintf(config, sizeof config, "%.400s/config.json", dir);
    identity a = make(t, config, NULL, "tjac 1", NULL), b;
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        b = make(t, config, effects[i].setting, "tjac 1", NULL);
        compare(t, &a, &b, effects[i].setting, effects[i].want);
    }
    b = make(t, config, NULL, "tjac 2", NULL);
    compare(t, &a, &b, "another tjac", "tjac");
    b = make(t, config, NULL, "tjac 1", change_batch);
    compare(t, &a, &b, "another batch", "cells (mixed) of model 'llama_batch'");
    b = make(t, config, NULL, "tjac 1", change_eligible);
    compare(t, &a, &b, "other cells around", "standard deviations (mixed) of model 'llama_batch'");
    unlink("test_identity_dir");
    CHECK(t, symlink(dir, "test_identity_dir") == 0); /* the same under another path */
    b = make(t, elsewhere, NULL, "tjac 1", NULL);
    compare(t, &a, &b, elsewhere, NULL);
    unlink("test_identity_dir");
    tjac_names_free(&a.lines);
}

int main(void)
{
    test t = {0};
    differs(&t);
    of_a_run(&t);
    return test_end(&t);
}
