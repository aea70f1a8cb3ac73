/* Strict reading, defaults, --set, paths. Writes its configs into the working folder. */
#include <unistd.h>
#include "test.h"
#include "base/json.h"
#include "config/config.h"

static const char base[] =
    "{\"models\": [{\"name\": \"m\", \"dir\": \".\"}], \"cells\": {\"h5ad\": \"test_config.json\"},"
    " \"panels\": [{\"name\": \"p\", \"regulators\": [\"A\"], \"targets\": [\"B\", \"C\"],"
    " \"kds\": [\"K\"]}]%s}";

/* set: what stands after --set. */
static tjac_code read_to(const char *folder, const char *extra, const char *const *set, size_t n,
                         tjac_config *c, tjac_err *err)
{
    tjac_setting settings[16];
    for (size_t i = 0; i < n && i < 16; i++)
        settings[i] = (tjac_setting){"set", NULL, set[i]};
    FILE *f = fopen("test_config.json", "w");
    if (!f)
        abort();
    fprintf(f, base, extra);
    fclose(f);
    return tjac_config_read("test_config.json", settings, n, folder, c, err);
}

static tjac_code read_with(const char *extra, const char *const *set, size_t n, tjac_config *c,
                           tjac_err *err)
{
    return read_to(NULL, extra, set, n, c, err);
}

static void bad(test *t, const char *extra, const char *message)
{
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_code code = read_with(extra, NULL, 0, &c, &err);
    CHECK(t, code == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, message);
    tjac_config_free(&c);
}

static void bad_set(test *t, const char *setting, const char *message)
{
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_code code = read_with("", &setting, 1, &c, &err);
    CHECK(t, code == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, message);
    tjac_config_free(&c);
}

static void test_defaults(test *t)
{
    tjac_config c = {0};
    tjac_err err = {0};
    char cwd[4096], want[4200];
    if (!getcwd(cwd, sizeof cwd))
        abort();
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    CHECK(t, !c.model[0].shuffled);
    CHECK(t, c.n_models == 1 && c.n_panels == 1 && c.panel[0].targets.n == 2);
    CHECK(t, c.cells.n_sets == 1 && c.cells.seed == 42 && c.cells.set_size == 0);
    CHECK(t, c.n_estimands == 1 && c.estimand[0] == TJAC_SET_MEAN && !c.skip_missing);
    CHECK(t, c.attention.causal == TJAC_CHOICE_AUTO && c.attention.rotary == TJAC_CHOICE_AUTO);
    snprintf(want, sizeof want, "%s/out", cwd);
    CHECK_STRING(t, c.out, want); /* relative to the config file */
    const tjac_value *v = tjac_value_at(c.resolved, "null.blocks");
    CHECK(t, v && v->kind == TJAC_V_INT && v->u.i == 10);
    tjac_config_free(&c);
}

static void test_set(test *t)
{
    static const char *const set[] = {"cells.n_sets=8",
                                      "device=cpu",
                                      "panels[0].kds=[\"X\",\"Y\"]",
                                      "cells.cell_type=hepg2",
                                      "rotary=true",
                                      "attention=causal",
                                      "jacobian.precision=float64"};
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_with("", set, sizeof set / sizeof *set, &c, &err), &err);
    CHECK(t, c.cells.n_sets == 8 && c.panel[0].kds.n == 2 && c.cells.cell_types.n == 1);
    CHECK(t, c.attention.rotary == TJAC_CHOICE_YES && c.attention.causal == TJAC_CHOICE_YES);
    CHECK(t, c.precision == TJAC_PRECISION_F64);
    CHECK_STRING(t, c.device, "cpu");
    tjac_config_free(&c);
    bad_set(t, "cells.nsets=8", "unknown key 'cells.nsets'; did you mean 'cells.n_sets'?");
    bad_set(t, "panels[1].kds=[]", "[1] is no position in a list of 1");
    bad_set(t, "cells", "expected KEY=VALUE");
    bad_set(t, "cells.n_sets=abc", "'cells.n_sets' is a string, expected a whole number");
    bad_set(t, "device.x=1", "'device' is a mapping, expected a string");
}

static void test_strict(test *t)
{
    bad(t, ", \"panel\": []", "unknown key 'panel'; did you mean 'panels'?");
    bad(t, ", \"jacobian\": {\"estimand\": []}", "did you mean 'jacobian.estimands'?");
    bad(t, ", \"kds\": \"every\"", "'kds' is 'every', expected one of: panel, all");
    bad(t, ", \"kds\": [\"A\", \"A\"]", "'kds' names 'A' twice");
    bad(t, ", \"on_missing\": 3", "'on_missing' is");
    bad(t, ", \"attention\": \"both\"", "auto, bidirectional, causal");
    bad(t, ", \"threads\": 0", "'threads' is 0, expected 1 to");
    bad(t, ", \"threads\": 1.5", "'threads' is");
    bad(t, ", \"out\": \"a\", \"out\": \"b\"", "out");
    bad(t, ", \"out\": ", "test_config.json");
    bad_set(t, "panels[0].targets=[]", "panel 'p' has no targets");
    bad_set(t, "panels[0].unrelated_kds=[\"K\"]", "both in kds and in unrelated_kds");
    bad_set(t, "models[0].dir=nowhere", "nowhere");
    bad_set(t, "models[0].shuffle=-1", "'models[0].shuffle' is -1");
    bad_set(t, "models[0].shuffle=true", "'models[0].shuffle' is");
    bad_set(t, "cells.h5ad=null", "'cells.h5ad' is needed");
    bad_set(t, "cells.seed=-1", "'cells.seed' is -1");
    bad_set(t, "panels=[]", "'panels' is empty");
    bad_set(t,
            "panels=[{\"name\": \"p\", \"regulators\": [\"A\"], \"targets\": [\"B\"]},"
            "{\"name\": \"p\", \"regulators\": [\"C\"], \"targets\": [\"D\"]}]",
            "two panels are named 'p'");
    bad_set(t, "models=[{\"name\": \"m\", \"dir\": \".\"}, {\"name\": \"m\", \"dir\": \"..\"}]",
            "two models are named 'm'");
    bad_set(t, "cells.cell_type=", "'cells.cell_type' is empty, expected a name");
    bad_set(t, "models=3", "'models' is");
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK(t, tjac_config_read("no_such.json", NULL, 0, NULL, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "no_such.json");
}

/* Lists and texts as they are typed. */
static void test_typed(test *t)
{
    static const char *const set[] = {"panels[0].kds=[ 1, \"a,b\" ,c d , true]",
                                      "panels[0].unrelated_kds=[]",
                                      "panels[0].unrelated_targets=Z",
                                      "cells.cell_type=[1.50]",
                                      "cells.batch=1e2",
                                      "cells.control=null",
                                      "cells.pert_col=\"null\"",
                                      "models[0].name=7",
                                      "kds=[1]"};
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_with("", set, sizeof set / sizeof *set, &c, &err), &err);
    const tjac_names *kds = &c.panel[0].kds;
    CHECK(t, kds->n == 4 && c.panel[0].unrelated_kds.n == 0 && c.kds_rule == TJAC_KDS_LIST);
    CHECK_STRING(t, kds->name[0], "1");
    CHECK_STRING(t, kds->name[1], "a,b");
    CHECK_STRING(t, kds->name[2], "c d");
    CHECK_STRING(t, kds->name[3], "true");
    CHECK_STRING(t, c.panel[0].unrelated_targets.name[0], "Z");
    CHECK_STRING(t, c.cells.cell_types.name[0], "1.50");
    CHECK_STRING(t, c.cells.batch, "1e2");
    CHECK(t, c.cells.control == NULL);
    CHECK_STRING(t, c.cells.pert_col, "null");
    CHECK_STRING(t, c.model[0].name, "7");
    const tjac_value *v = tjac_value_at(c.resolved, "cells.batch");
    CHECK(t, v && v->kind == TJAC_V_STRING); /* so that run.json is a config of the same */
    tjac_config_free(&c);
    bad_set(t, "panels[0].kds=[a,,b]", "is a string, expected a list of names");
    bad_set(t, "panels[0].kds=[a", "is a string, expected a list of names");
    bad_set(t, "panels[0].kds=[a,[b]]", "is a string, expected a list of names");
    bad_set(t, "panels[0].kds=[\"a\"b]", "is a string, expected a list of names");
    bad_set(t, "panels[0].kds=[\"\"]", "'panels[0].kds[0]' is empty, expected a name");
    bad_set(t, "panels[0]..kds=[a]", "there is nothing named '' inside");
    bad_set(t, "panels[x].kds=[a]", "[x] is no position in a list of 1");
    bad_set(t, "cells[0]=1", "there is no element [0] in a mapping");
    bad_set(t, "panels[0].kds=\xff", "the value is not UTF-8");
}

/* A name stands in tables and messages. */
static void test_names(test *t)
{
    bad_set(t, "models[0].name=\"a\\nb\"", "which has a control character");
    bad_set(t, "panels[0].name=a\tb", "which has a control character");
    bad_set(t, "panels[0].name=a\u202eb", "which has a control character");
    bad_set(t, "models[0].name=\xc2\x85", "which has a control character");
    bad_set(t, "cells.h5ad=~/a.h5ad", "in which no shell has put your home folder for '~'");
}

/* Whoever set it is told: the last one, and who has set what it stands in. */
static void test_blame(test *t)
{
    bad(t, ", \"stats\": {\"alpha\": 2}", "'test_config.json': 'stats.alpha' is 2");
    bad_set(t, "stats.alpha=2", "--set stats.alpha=2: 'stats.alpha' is 2");
    bad_set(t, "stats={\"alpha\": 2}", "--set stats={\"alpha\": 2}: 'stats.alpha' is 2");
    static const char *const set[] = {"stats.alpha=2", "stats.seed=1"};
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK(t, read_with("", set, 2, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "--set stats.alpha=2: ");
    const tjac_setting option = {"engine", "engine", "fast"};
    CHECK(t, tjac_config_read("test_config.json", &option, 1, NULL, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "--engine fast: 'engine' is 'fast', expected one of");
}

static void test_statistics(test *t)
{
    static const char *const settings[] = {"null.blocks=50",
                                           "null.seed=7",
                                           "stats.score=difference",
                                           "stats.alternative=two-sided",
                                           "stats.permutations=99",
                                           "stats.bootstrap=10",
                                           "stats.alpha=0.1",
                                           "stats.min_effect=0",
                                           "stats.external=[\"test_config.json\"]",
                                           "panels[0].pairs=test_config.json",
                                           "panels[0].confidence=[\"A\"]",
                                           "panels[0].regulators=[]",
                                           "panels[0].targets=[]"};
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    CHECK(t, c.null.blocks == 10 && c.null.seed == 1);
    CHECK(t, c.stats.score == TJAC_SCORE_ROUTING && !c.stats.two_sided);
    CHECK(t, c.stats.permutations == 9999 && c.stats.bootstrap == 2000 && c.stats.seed == 1);
    CHECK(t, c.stats.alpha == 0.05 && c.stats.min_effect == 0.263 && c.stats.external.n == 0);
    CHECK(t, !c.panel[0].pairs && !c.panel[0].gmt && c.panel[0].pairing == TJAC_PAIRING_ALL);
    tjac_config_free(&c);

    CHECK_OK(t, read_with("", settings, sizeof settings / sizeof *settings, &c, &err), &err);
    CHECK(t, c.null.blocks == 50 && c.null.seed == 7);
    CHECK(t, c.stats.score == TJAC_SCORE_DIFFERENCE && c.stats.two_sided);
    CHECK(t, c.stats.permutations == 99 && c.stats.bootstrap == 10);
    CHECK(t, c.stats.alpha == 0.1 && c.stats.min_effect == 0);
    CHECK(t, c.stats.external.n == 1 && c.stats.external.name[0][0] == '/'); /* absolute */
    CHECK(t, c.panel[0].pairs && c.panel[0].pairs[0] == '/' && c.panel[0].confidence.n == 1);
    CHECK_STRING(t, tjac_score_name(c.stats.score), "difference");
    const tjac_value *v = tjac_value_at(c.resolved, "stats.external");
    CHECK(t, v && v->u.list.n == 1 && v->u.list.item[0]->u.str.s[0] == '/');
    tjac_config_free(&c);

    bad_set(t, "null.match=both", "'null.match' is gone; give null.blocks, whose");
    bad_set(t, "null.pairs=200", "'null.pairs' is gone; give null.blocks: rows and columns of");
    bad_set(t, "null.block=2", "unknown key 'null.block'; did you mean 'null.blocks'?");
    bad_set(t, "null.blocks=-1", "'null.blocks' is -1, expected 0 to 1000");
    bad_set(t, "null.blocks=1001", "'null.blocks' is 1001");
    bad_set(t, "stats.score=log2",
            "expected one of: routing, elevation, log2_abs_ratio, difference, ratio");
    bad_set(t, "stats.alternative=less", "expected one of: greater, two-sided");
    bad_set(t, "stats.permutations=0", "'stats.permutations' is 0");
    bad_set(t, "stats.bootstrap=1", "'stats.bootstrap' is 1");
    bad_set(t, "stats.alpha=1", "'stats.alpha' is 1");
    bad_set(t, "stats.min_effect=-1", "'stats.min_effect' is -1");
    bad_set(t, "stats.external=[\"nowhere.csv\"]", "nowhere.csv");
    bad_set(t, "panels[0].pairs=nowhere.tsv", "nowhere.tsv");
    bad_set(t, "panels[0].pairing=some", "expected one of: all, regulators");
}

/* A config for statistics: of models that are gone, and inside a run.json. */
static void test_elsewhere(test *t)
{
    static const char gone[] =
        "{\"models\": [{\"name\": \"m\", \"dir\": \"/gone\", \"checkpoint\": \"/gone/a.ckpt\"}],"
        " \"cells\": {\"h5ad\": \"/gone.h5ad\", \"obs_names\": \"/gone.txt\"},"
        " \"panels\": [{\"name\": \"p\", \"regulators\": [\"A\"], \"targets\": [\"B\"]}]}";
    tjac_config c = {0};
    tjac_err err = {0};
    FILE *f = fopen("test_config_run.json", "w");
    if (!f)
        abort();
    fprintf(f, "{\"tjac\": \"0\", \"config\": %s}", gone);
    fclose(f);
    CHECK_OK(t, tjac_config_read_stats("test_config_run.json", &c, &err), &err);
    CHECK(t, c.n_panels == 1 && strcmp(c.model[0].dir, "/gone") == 0);
    tjac_config_free(&c);
}

static bool is_null(const tjac_config *c, const char *path)
{
    const tjac_value *v = tjac_value_at(c->resolved, path);
    return v && v->kind == TJAC_V_NULL;
}

static void test_jacobian_defaults(test *t)
{
    tjac_config c = {0};
    tjac_err err = {0};
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    CHECK(t, c.tolerance == 0 && c.memory_gb == 0 && c.full == NULL);
    CHECK(t, c.precision == TJAC_PRECISION_F32 && c.engine == TJAC_ENGINE_AUTO);
    const tjac_value *v = tjac_value_at(c.resolved, "jacobian.same_cell.tolerance");
    CHECK(t, v && v->kind == TJAC_V_INT && v->u.i == 0);
    CHECK(t, is_null(&c, "jacobian.memory_gb") && is_null(&c, "jacobian.full"));
    tjac_config_free(&c);
}

/* Estimands keep their order; a full Jacobian's path is relative to the folder `out`. */
static void test_jacobian(test *t)
{
    static const tjac_estimand order[] = {TJAC_SHIFT,      TJAC_PERT,      TJAC_SET_MEAN,
                                          TJAC_CROSS_CELL, TJAC_SAME_CELL, TJAC_MEAN_CELL,
                                          TJAC_KNOCKOUT};
    tjac_config c = {0};
    tjac_err err = {0};
    char cwd[4096], want[4200];
    if (!getcwd(cwd, sizeof cwd))
        abort();
    CHECK_OK(t,
             read_with(", \"jacobian\": {\"estimands\": [\"shift\", \"pert\", \"set_mean\","
                       " \"cross_cell\", \"same_cell\", \"mean_cell\", \"knockout\"],"
                       " \"same_cell\": {\"tolerance\": 0.125}, \"memory_gb\": 1.5,"
                       " \"full\": \"new/full.h5\"}, \"device\": \"cuda:0,cuda:1\"",
                       NULL, 0, &c, &err),
             &err);
    CHECK(t, c.n_estimands == TJAC_N_ESTIMANDS);
    CHECK(t, memcmp(c.estimand, order, sizeof order) == 0);
    CHECK(t, c.tolerance == 0.125 && c.memory_gb == 1.5);
    CHECK_STRING(t, c.device, "cuda:0,cuda:1");
    snprintf(want, sizeof want, "%s/out/new/full.h5", cwd);
    CHECK_STRING(t, c.full, want);
    const tjac_value *v = tjac_value_at(c.resolved, "jacobian.full");
    CHECK(t, v && v->kind == TJAC_V_STRING && strcmp(v->u.str.s, want) == 0);
    tjac_config_free(&c);
    static const char *const set[] = {"jacobian.same_cell.tolerance=0", "jacobian.memory_gb=4",
                                      "jacobian.full=/a/full.h5", "device=cuda:2,cuda:0"};
    CHECK_OK(t, read_with("", set, sizeof set / sizeof *set, &c, &err), &err);
    CHECK(t, c.tolerance == 0 && c.memory_gb == 4);
    CHECK_STRING(t, c.full, "/a/full.h5");
    CHECK_STRING(t, c.device, "cuda:2,cuda:0");
    tjac_config_free(&c);
}

static void check_to(test *t, const char *folder, const char *extra, const char *out,
                     const char *full)
{
    tjac_config c = {0};
    tjac_err err = {0};
    if (!CHECK_OK(t, read_to(folder, extra, NULL, 0, &c, &err), &err))
        return;
    const tjac_value *v = tjac_value_at(c.resolved, "out");
    CHECK_STRING(t, c.out, out);
    CHECK(t, v && v->kind == TJAC_V_STRING && strcmp(v->u.str.s, out) == 0);
    CHECK_STRING(t, c.full, full);
    v = tjac_value_at(c.resolved, "jacobian.full");
    CHECK(t, v && v->kind == TJAC_V_STRING && strcmp(v->u.str.s, full) == 0);
    tjac_config_free(&c);
}

/* The command line's folder takes the place of `out`; jacobian.full follows it. */
static void test_outputs(test *t)
{
    static const char full[] = ", \"jacobian\": {\"full\": \"f.h5\"}",
                      elsewhere[] = ", \"jacobian\": {\"full\": \"/a/f.h5\"}",
                      other[] = ", \"out\": \"/b\", \"jacobian\": {\"full\": \"c/f.h5\"}";
    char cwd[4096], out[4200], want[4300];
    tjac_config c = {0};
    tjac_err err = {0};
    if (!getcwd(cwd, sizeof cwd))
        abort();
    snprintf(out, sizeof out, "%s/there", cwd);
    snprintf(want, sizeof want, "%s/f.h5", out);
    check_to(t, "there", full, out, want);
    check_to(t, "there", elsewhere, out, "/a/f.h5");
    check_to(t, NULL, other, "/b", "/b/c/f.h5");
    check_to(t, "/d", other, "/d", "/d/c/f.h5");
    CHECK(t, read_to("-", full, NULL, 0, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "'jacobian.full' is 'f.h5', and with --out - no file is");
    CHECK(t, read_to("-", elsewhere, NULL, 0, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "'jacobian.full' is '/a/f.h5', and with --out - no file is");
    CHECK(t, read_to("there", ", \"out\": \"-\"", NULL, 0, &c, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "'out' is '-', expected a folder");
    bad(t, ", \"out\": \"-\"", "'out' is '-', expected a folder");
    bad(t, ", \"out\": \"\"", "'out' is empty, expected a string");
    bad(t, ", \"out\": null", "'out' is needed");
}

/* Every name is read as itself, and the schema lists the same ones in the same order. */
static void test_words(test *t, const char *key, const char *enum_path, int n,
                       const char *(*name)(int), int (*value)(const tjac_config *))
{
    const char *path = getenv("TJAC_TEST_SCHEMA");
    tjac_doc *doc = NULL;
    tjac_err err = {0};
    tjac_value *schema = NULL;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    CHECK_OK(t, tjac_json_read(doc, path ? path : "configs/tjac.schema.json", &schema, &err), &err);
    const tjac_value *list = tjac_value_at(schema, enum_path);
    CHECK(t, list && list->kind == TJAC_V_LIST && list->u.list.n == (size_t)n);
    for (int i = 0; list && i < n; i++) {
        tjac_config c = {0};
        char text[128];
        const char *set = text;
        snprintf(text, sizeof text, key, name(i));
        CHECK_OK(t, read_with("", &set, 1, &c, &err), &err);
        CHECK(t, value(&c) == i);
        CHECK_STRING(t, name(i), list->u.list.item[i]->u.str.s);
        tjac_config_free(&c);
    }
    tjac_doc_free(doc);
}

static const char *estimand_name(int i)
{
    return tjac_estimand_name((tjac_estimand)i);
}

static const char *precision_name(int i)
{
    return tjac_precision_name((tjac_precision)i);
}

static const char *engine_name(int i)
{
    return tjac_engine_name((tjac_engine_kind)i);
}

static int estimand_of(const tjac_config *c)
{
    return (int)c->estimand[0];
}

static int precision_of(const tjac_config *c)
{
    return (int)c->precision;
}

static int engine_of(const tjac_config *c)
{
    return (int)c->engine;
}

static void test_all_words(test *t)
{
    test_words(t, "jacobian.estimands=[\"%s\"]",
               "properties.jacobian.properties.estimands.items.enum", TJAC_N_ESTIMANDS,
               estimand_name, estimand_of);
    test_words(t, "jacobian.precision=%s", "properties.jacobian.properties.precision.enum",
               TJAC_PRECISION_BF16 + 1, precision_name, precision_of);
    test_words(t, "engine=%s", "properties.engine.enum", TJAC_ENGINE_SEQUENTIAL + 1, engine_name,
               engine_of);
    CHECK_STRING(t, tjac_estimand_name(TJAC_KNOCKOUT), "knockout");
    CHECK_STRING(t, tjac_precision_name(TJAC_PRECISION_TF32), "tf32");
    CHECK_STRING(t, tjac_engine_name(TJAC_ENGINE_FORWARD), "forward");
}

static void test_jacobian_refused(test *t)
{
    static const char tolerance[] = "'jacobian.same_cell.tolerance' is";
    static const char memory[] = "'jacobian.memory_gb' is";
    static const char list[] =
        "supported: set_mean, same_cell, cross_cell, mean_cell, pert, knockout, shift";
    bad(t, ", \"jacobian\": {\"estimands\": []}", "'jacobian.estimands' is empty");
    bad_set(t, "jacobian.estimands=[\"pairwise\"]", "names 'pairwise', which is no estimand (");
    bad_set(t, "jacobian.estimands=[\"pairwise\"]", list);
    bad_set(t, "jacobian.estimands=[\"pert\", \"knock_out\"]",
            "names 'knock_out'; did you mean 'knockout'? (");
    bad_set(t, "jacobian.estimands=[\"knock_out\"]", list);
    bad_set(t, "jacobian.estimands=[\"shift\", \"shift\"]", "names 'shift' twice");
    bad_set(t, "jacobian.estimands=pert,shift", "is a string, expected a list of names, such as");
    bad_set(t, "jacobian.precision=float16", "expected one of: float32, float64, tf32, bf16");
    bad_set(t, "engine=fast", "expected one of: auto, reverse, forward, sequential");

    bad_set(t, "jacobian.same_cell.tolerance=1", tolerance);
    bad_set(t, "jacobian.same_cell.tolerance=-0.01", tolerance);
    bad_set(t, "jacobian.same_cell.tolerance=null", "expected a number");
    bad_set(t, "jacobian.same_cell.tolerance=tight", "is a string, expected a number");
    bad(t, ", \"jacobian\": {\"same_cell\": {\"tolerance\": 1e999}}", "out of range");
    bad(t, ", \"jacobian\": {\"same_cell\": {\"tolerence\": 0.1}}",
        "unknown key 'jacobian.same_cell.tolerence'; did you mean 'jacobian.same_cell.tolerance'?");
    bad_set(t, "jacobian.same_cell=0.1", "jacobian.same_cell is a number, expected an object");

    bad_set(t, "jacobian.memory_gb=0", memory);
    bad_set(t, "jacobian.memory_gb=-1.5", memory);
    bad_set(t, "jacobian.memory_gb=1000001",
            "is 1000001, expected a number above 0 and up to 1000000");
    bad_set(t, "jacobian.memory_gb=16e9", "is 1.6e+10, expected");
    bad_set(t, "jacobian.memory_gb=16GB", "is a string, expected a number or null");
    bad(t, ", \"jacobian\": {\"memory_gb\": 1e999}", "out of range");

    bad_set(t, "jacobian.full=-",
            "'jacobian.full' is '-', but it is an HDF5 file and cannot go to standard output");
    bad_set(t, "jacobian.full=/.", "which is a folder; expected a file");
    bad_set(t, "jacobian.full=new_folder/", "which is a folder; expected a file");
    bad_set(t, "jacobian.full=\"\"", "expected a string or null");
    bad_set(t, "jacobian.full={}", "'jacobian.full' is a mapping, expected a string or null");
    bad_set(t, "device=[\"cuda:0\"]", "'device' is a list, expected a string");
}

/* Keys of a resolved config and properties of the schema, both ways. */
static void compare_keys(test *t, const tjac_value *known, const tjac_value *schema,
                         const char *path)
{
    const tjac_value *properties = tjac_value_get(schema, "properties");
    if (!CHECK(t, properties != NULL))
        return;
    for (size_t i = 0; i < known->u.dict.n; i++) {
        const char *key = known->u.dict.entry[i].key->u.str.s;
        const tjac_value *v = known->u.dict.entry[i].value, *s = tjac_value_get(properties, key);
        const tjac_value *says = s ? tjac_value_get(s, "description") : NULL;
        if (!CHECK(t, says && says->kind == TJAC_V_STRING && says->u.str.n > 8))
            fprintf(stderr, "    the schema lacks %s%s, or says nothing of it\n", path, key);
        else if (v->kind == TJAC_V_DICT)
            compare_keys(t, v, s, key);
        else if (v->kind == TJAC_V_LIST && v->u.list.n && v->u.list.item[0]->kind == TJAC_V_DICT)
            compare_keys(t, v->u.list.item[0], tjac_value_get(s, "items"), key);
    }
    for (size_t i = 0; i < properties->u.dict.n; i++) {
        const char *key = properties->u.dict.entry[i].key->u.str.s;
        if (!CHECK(t, tjac_value_get(known, key) != NULL))
            fprintf(stderr, "    the schema has %s%s, the parser does not\n", path, key);
    }
}

static void test_schema(test *t)
{
    const char *path = getenv("TJAC_TEST_SCHEMA");
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_value *schema = NULL;
    CHECK_OK(t, read_with("", NULL, 0, &c, &err), &err);
    if (CHECK_OK(t, tjac_json_read(c.doc, path ? path : "configs/tjac.schema.json", &schema, &err),
                 &err))
        compare_keys(t, c.resolved, schema, "");
    tjac_config_free(&c);
}

/* The bound of memory_gb is the same in both. */
static void test_schema_bound(test *t)
{
    const char *path = getenv("TJAC_TEST_SCHEMA");
    tjac_doc *doc = NULL;
    tjac_config c = {0};
    tjac_err err = {0};
    tjac_value *schema = NULL;
    char text[64];
    const char *set = text;
    CHECK_OK(t, tjac_doc_new(&doc, &err), &err);
    CHECK_OK(t, tjac_json_read(doc, path ? path : "configs/tjac.schema.json", &schema, &err), &err);
    const tjac_value *most =
        tjac_value_at(schema, "properties.jacobian.properties.memory_gb.maximum");
    if (CHECK(t, most && most->kind == TJAC_V_INT)) {
        snprintf(text, sizeof text, "jacobian.memory_gb=%lld", (long long)most->u.i);
        CHECK_OK(t, read_with("", &set, 1, &c, &err), &err);
        CHECK(t, c.memory_gb == (double)most->u.i);
        tjac_config_free(&c);
        snprintf(text, sizeof text, "jacobian.memory_gb=%lld.5", (long long)most->u.i);
        bad_set(t, text, "'jacobian.memory_gb' is");
    }
    tjac_doc_free(doc);
}

int main(void)
{
    test t = {0};
    test_schema(&t);
    test_schema_bound(&t);
    test_defaults(&t);
    test_set(&t);
    test_strict(&t);
    test_typed(&t);
    test_names(&t);
    test_blame(&t);
    test_statistics(&t);
    test_elsewhere(&t);
    test_jacobian_defaults(&t);
    test_jacobian(&t);
    test_outputs(&t);
    test_all_words(&t);
    test_jacobian_refused(&t);
    unlink("test_config.json");
    return test_end(&t);
}
