/* Names to indices, what is missing, KD classes and row order. */
#include "test.h"
#include <time.h>
#include "base/alloc.h"
#include "plan/plan.h"

typedef struct {
    tjac_names inputs, outputs, kds;
    tjac_plan_names names;
    tjac_config config;
    tjac_config_panel panel[2];
    tjac_panels panels;
    const tjac_blocks *blocks;
} fixture;

static void add(tjac_names *to, const char *words)
{
    tjac_err err = {0};
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        if (tjac_names_add(to, w, &err))
            abort();
}

static void setup(fixture *f)
{
    memset(f, 0, sizeof *f);
    add(&f->inputs, "HSPA5 ATF4 CALR MYC PDIA3");
    add(&f->outputs, "PDIA3 CALR HSPA5 ATF4 MYC");
    add(&f->kds, "SRP54 non-targeting HSPA5 TRAPPC3 MYC");
    f->names = (tjac_plan_names){"fewshot", &f->inputs, &f->outputs, &f->kds, "non-targeting"};
    f->config.panel = f->panel;
    f->config.n_panels = 2;
    f->panel[0].name = (char *)(uintptr_t) "secretory";
    f->panel[1].name = (char *)(uintptr_t) "other";
    add(&f->panel[0].regulators, "HSPA5 ATF4");
    add(&f->panel[0].targets, "CALR PDIA3");
    add(&f->panel[0].kds, "TRAPPC3 HSPA5");
    add(&f->panel[0].unrelated_kds, "MYC");
    add(&f->panel[1].regulators, "ATF4");
    add(&f->panel[1].targets, "CALR MYC");
    add(&f->panel[1].kds, "SRP54");
}

static void teardown(fixture *f)
{
    for (int i = 0; i < 2; i++) {
        tjac_names_free(&f->panel[i].regulators);
        tjac_names_free(&f->panel[i].targets);
        tjac_names_free(&f->panel[i].kds);
        tjac_names_free(&f->panel[i].unrelated_kds);
        tjac_names_free(&f->panel[i].unrelated_targets);
    }
    tjac_panels_free(&f->panels);
    tjac_names_free(&f->inputs);
    tjac_names_free(&f->outputs);
    tjac_names_free(&f->kds);
    tjac_names_free(&f->config.kds);
}

static tjac_code make(fixture *f, tjac_plan *out, tjac_err *err)
{
    tjac_panels_free(&f->panels);
    if (tjac_panels_read(&f->config, &f->panels, err))
        return err->code;
    return tjac_plan_make(&f->config, &f->panels, f->blocks, &f->names, out, err);
}

static void check_row(test *t, const tjac_plan *p, size_t panel, size_t row, const char *regulator,
                      const char *target)
{
    const tjac_plan_pair *pair = &p->pair[p->panel[panel].row[row].pair];
    CHECK_STRING(t, p->names->inputs->name[p->regulator[pair->regulator]], regulator);
    CHECK_STRING(t, p->names->outputs->name[p->target[pair->target]], target);
}

static void check_kds(test *t, const tjac_plan *p, const char *words)
{
    char got[256] = "";
    for (size_t k = 0; k < p->n_kds; k++) {
        strcat(got, k ? " " : "");
        strcat(got, p->names->kds->name[p->kd[k]]);
    }
    CHECK_STRING(t, got, words);
}

/* Whether KD k is the regulator or the target of the pair: positions lead to the right names. */
static int is_self(const tjac_plan *p, size_t k, size_t pair)
{
    const char *kd = p->names->kds->name[p->kd[k]];
    size_t in = p->regulator[p->pair[pair].regulator], out = p->target[p->pair[pair].target];
    return strcmp(kd, p->names->inputs->name[in]) == 0 ||
           strcmp(kd, p->names->outputs->name[out]) == 0;
}

static void test_plain(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    setup(&f);
    CHECK_OK(t, make(&f, &p, &err), &err);
    check_kds(t, &p, "TRAPPC3 HSPA5 MYC SRP54 non-targeting");
    CHECK(t, p.panel[0].n_rows == 4 && p.panel[1].n_rows == 2);
    CHECK(t, p.n_pairs == 5); /* ATF4 -> CALR stands in both panels and is computed once */
    check_row(t, &p, 0, 0, "HSPA5", "CALR");
    check_row(t, &p, 0, 1, "HSPA5", "PDIA3");
    check_row(t, &p, 0, 2, "ATF4", "CALR");
    check_row(t, &p, 1, 0, "ATF4", "CALR");
    CHECK(t, p.panel[0].row[2].pair == p.panel[1].row[0].pair);
    const tjac_kd_class want[] = {TJAC_KD_PATHWAY, TJAC_KD_PATHWAY, TJAC_KD_UNRELATED,
                                  TJAC_KD_BACKGROUND, TJAC_KD_CONTROL};
    for (size_t k = 0; k < 5; k++)
        CHECK(t, p.panel[0].kd_class[k] == want[k]);
    CHECK(t, p.panel[1].kd_class[3] == TJAC_KD_PATHWAY);
    CHECK(t, is_self(&p, 1, p.panel[0].row[0].pair) == 1); /* KD HSPA5, HSPA5 -> CALR */
    CHECK(t, is_self(&p, 0, p.panel[0].row[0].pair) == 0);
    CHECK(t, is_self(&p, 2, p.panel[1].row[1].pair) == 1); /* KD MYC, ATF4 -> MYC */
    tjac_plan_free(&p);

    f.config.kds_rule = TJAC_KDS_ALL;
    CHECK_OK(t, make(&f, &p, &err), &err);
    check_kds(t, &p, "SRP54 HSPA5 TRAPPC3 MYC non-targeting");
    tjac_plan_free(&p);

    f.config.kds_rule = TJAC_KDS_LIST;
    add(&f.config.kds, "MYC non-targeting");
    CHECK_OK(t, make(&f, &p, &err), &err);
    check_kds(t, &p, "MYC TRAPPC3 HSPA5 SRP54 non-targeting");
    tjac_plan_free(&p);
    teardown(&f);
}

/* Some KDs of a plan, evenly spread ones, none. */
static void test_some(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0}, some = {0};
    const size_t kds[] = {0, 2, 3};
    setup(&f);
    CHECK_OK(t, make(&f, &p, &err), &err);
    check_kds(t, &p, "TRAPPC3 HSPA5 MYC SRP54 non-targeting");
    CHECK_OK(t, tjac_plan_some(&p, kds, 3, &some, &err), &err);
    check_kds(t, &some, "TRAPPC3 MYC SRP54");
    CHECK(t, some.pair == p.pair && some.n_pairs == p.n_pairs && some.panel == p.panel);
    CHECK(t, some.panel[0].kd_class[kds[1]] == TJAC_KD_UNRELATED); /* MYC, by the whole plan */
    CHECK(t, is_self(&some, 1, p.panel[1].row[1].pair) == 1);
    free(some.kd);
    CHECK_OK(t, tjac_plan_some(&p, NULL, 0, &some, &err), &err);
    CHECK(t, some.n_kds == 0 && some.kd);
    free(some.kd);
    CHECK_OK(t, tjac_plan_sample(&p, 2, &some, &err), &err);
    check_kds(t, &some, "TRAPPC3 MYC");
    free(some.kd);
    CHECK_OK(t, tjac_plan_sample(&p, 9, &some, &err), &err);
    check_kds(t, &some, "TRAPPC3 HSPA5 MYC SRP54 non-targeting");
    free(some.kd);
    tjac_plan_free(&p);
    teardown(&f);
}

static void test_missing(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    setup(&f);
    add(&f.panel[0].regulators, "TRAPPC3 SRP54");
    CHECK(t, make(&f, &p, &err) == TJAC_EMISSING);
    CHECK_STRING(t, tjac_err_message(&err),
                 "regulator 'TRAPPC3' is not an input gene of model 'fewshot' (5 genes); it is one "
                 "of its KDs. Missing in all: TRAPPC3, SRP54");
    tjac_err_clear(&err);

    add(&f.panel[1].kds, "SRP45");
    CHECK(t, make(&f, &p, &err) == TJAC_EMISSING);
    CHECK(t, strstr(tjac_err_message(&err), "KD 'SRP45' is not a KD of model 'fewshot' (5 KDs); "
                                            "did you mean 'SRP54'?") != NULL);
    CHECK_ERROR(t, &err, TJAC_EMISSING, "Missing in all: regulators TRAPPC3, SRP54; KDs SRP45");

    f.config.skip_missing = true;
    CHECK_OK(t, make(&f, &p, &err), &err);
    CHECK(t, p.missing.n == 3 && p.panel[0].n_rows == 4);
    CHECK_STRING(t, p.missing.name[0], "regulator TRAPPC3");
    tjac_plan_free(&p);
    teardown(&f);

    setup(&f); /* nothing is left of a panel: an error even when skipping */
    f.config.skip_missing = true;
    tjac_names_free(&f.panel[1].kds);
    add(&f.panel[1].kds, "NOPE");
    CHECK(t, make(&f, &p, &err) == TJAC_EMISSING);
    CHECK_ERROR(t, &err, TJAC_EMISSING, "panel 'other' has no KD left");
    teardown(&f);
}

/* The control is in no group: not in a config, nor by a list that was not checked. */
static void test_control(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    setup(&f);
    add(&f.panel[1].unrelated_kds, "MYC non-targeting");
    CHECK(t, make(&f, &p, &err) == TJAC_EUSAGE);
    CHECK_STRING(t, tjac_err_message(&err),
                 "panel 'other' names the control 'non-targeting' in 'unrelated_kds'; the control "
                 "is in no group: remove it there");
    tjac_err_clear(&err);
    add(&f.panel[0].regulators, "NOPE"); /* said before names that are missing */
    add(&f.panel[0].kds, "non-targeting");
    CHECK(t, make(&f, &p, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "panel 'secretory' names the control 'non-targeting' in 'kds'");
    CHECK(t, tjac_plan_kd_class(&f.panel[0], "non-targeting", true) == TJAC_KD_CONTROL);
    CHECK(t, tjac_plan_check_control(&f.config, "SRP54", &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "panel 'other' names the control 'SRP54' in 'kds'");
    CHECK_OK(t, tjac_plan_check_control(&f.config, "BRCA1", &err), &err);
    teardown(&f);
}

static tjac_plan_row row_at(const tjac_plan *p, size_t panel, size_t row)
{
    return p->panel[panel].row[row];
}

/* Blocks follow the pathway pairs, in their order; a pair that stands in several blocks, or in
 * several panels, is computed once. */
static void test_drawn(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    tjac_blocks_pair first[] = {{0, 1, "HSPA5", "MYC"},   {0, 1, "ATF4", "MYC"},
                                {1, 0, "CALR", "PDIA3"},  {1, 1, "CALR", "MYC"},
                                {1, 2, "CALR", "MYC"},    {0, TJAC_COL_NAMED, "ATF4", "MYC"},
                                {0, 1, "ABSENT", "CALR"}, {0, 1, "HSPA5", "ABSENT"}};
    tjac_blocks_pair second[] = {{2, 0, "CALR", "PDIA3"}};
    tjac_blocks_panel drawn[] = {{.pair = first, .n_pairs = 8}, {.pair = second, .n_pairs = 1}};
    const tjac_blocks blocks = {.panel = drawn, .n_panels = 2};
    static const tjac_pair_kind kind[] = {TJAC_PAIR_PATHWAY, TJAC_PAIR_PATHWAY,
                                          TJAC_PAIR_PATHWAY, TJAC_PAIR_PATHWAY,
                                          TJAC_PAIR_ROW,     TJAC_PAIR_ROW,
                                          TJAC_PAIR_COL,     TJAC_PAIR_MATCHED,
                                          TJAC_PAIR_MATCHED, TJAC_PAIR_UNRELATED_TARGET};
    setup(&f);
    f.blocks = &blocks;
    f.config.skip_missing = true; /* what a model does not have is skipped */
    CHECK_OK(t, make(&f, &p, &err), &err);
    if (CHECK(t, p.panel[0].n_rows == 10 && p.panel[1].n_rows == 3))
        for (size_t i = 0; i < 10; i++) {
            const tjac_plan_row row = row_at(&p, 0, i);
            CHECK(t, row.kind == kind[i]);
            CHECK(t, row.row == (i < 4 ? 0 : first[i - 4].row));
            CHECK(t, row.col == (i < 4 ? 0 : first[i - 4].col));
            if (i >= 4)
                check_row(t, &p, 0, i, first[i - 4].regulator, first[i - 4].target);
        }
    /* 4 pathway pairs and ATF4 -> MYC, which the other panel has as pathway, HSPA5 -> MYC, CALR ->
     * PDIA3, CALR -> MYC: of 13 rows 8 pairs */
    CHECK(t, p.n_pairs == 8);
    CHECK(t, row_at(&p, 0, 5).pair == row_at(&p, 1, 1).pair);
    CHECK(t, row_at(&p, 0, 5).pair == row_at(&p, 0, 9).pair);
    CHECK(t, row_at(&p, 0, 7).pair == row_at(&p, 0, 8).pair);
    CHECK(t, row_at(&p, 0, 6).pair == row_at(&p, 1, 2).pair && row_at(&p, 1, 2).row == 2);
    tjac_plan_free(&p);
    teardown(&f);
}

/* More pairs than the first table of the hash holds, each found again. */
static void test_many(test *t)
{
    enum { N = 80 };
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    char name[16];
    setup(&f);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "G%d", i);
        add(&f.inputs, name);
        add(&f.outputs, name);
        add(&f.panel[0].regulators, name);
        add(&f.panel[1].regulators, name);
        add(&f.panel[0].targets, name);
        add(&f.panel[1].targets, name);
    }
    CHECK_OK(t, make(&f, &p, &err), &err);
    /* 82 x 82 and 81 x 82 without N of a gene with itself, in both the same */
    CHECK(t, p.panel[0].n_rows == (N + 2) * (N + 2) - N);
    CHECK(t, p.panel[1].n_rows == (N + 1) * (N + 2) - N);
    CHECK(t, p.n_pairs == (N + 2) * (N + 2) + (N + 1) - N); /* 81 with MYC are the second's own */
    for (size_t i = 0; i < p.n_pairs; i++)
        for (size_t k = i + 1; k < p.n_pairs && k < i + 200; k++)
            if (p.pair[i].regulator == p.pair[k].regulator && p.pair[i].target == p.pair[k].target)
                CHECK(t, !"a pair stands in the plan twice");
    tjac_plan_free(&p);
    teardown(&f);
}

/* A file without descriptions: the gene that is taken for one is named. */
static void check_described(test *t, const char *description, bool warned)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    setup(&f);
    CHECK_OK(t, make(&f, &p, &err), &err);
    tjac_plan_free(&p);
    f.panel[0].gmt = (char *)(uintptr_t) "sets.gmt";
    f.panel[0].set = (char *)(uintptr_t) "UPR";
    f.panels.panel[0].line = 7;
    f.panels.panel[0].description = tjac_strdup(description, &err);
    add(&f.panels.panel[0].members, "CALR PDIA3");
    CHECK_OK(t, tjac_plan_make(&f.config, &f.panels, NULL, &f.names, &p, &err), &err);
    CHECK(t, p.warnings.n == warned);
    if (warned && p.warnings.n)
        CHECK(t, strstr(p.warnings.name[0], "'sets.gmt' line 7: 'MYC', a gene, stands where the "
                                            "description of the set 'UPR' belongs") != NULL);
    tjac_plan_free(&p);
    teardown(&f);
}

static void test_descriptions(test *t)
{
    check_described(t, "MYC", true);
    check_described(t, "CALR", false); /* a member all the same */
    check_described(t, "na", false);
    check_described(t, "", false);
}

/* Lists of many names, each looked up in one step: a second, not the minutes of a scan. */
static void test_long_lists(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_plan p = {0};
    setup(&f);
    f.config.skip_missing = true;
    for (size_t i = 0; i < 200000; i++) {
        char name[32];
        snprintf(name, sizeof name, "X%zu", i);
        if (tjac_names_add(&f.panel[0].regulators, name, &err) ||
            tjac_names_add(&f.panel[1].targets, name, &err))
            abort();
    }
    clock_t start = clock();
    CHECK_OK(t, make(&f, &p, &err), &err);
    CHECK(t, (double)(clock() - start) / CLOCKS_PER_SEC < 20);
    CHECK(t, p.panel[0].n_rows == 4 && p.missing.n == 400000);
    tjac_plan_free(&p);
    while (f.panel[0].targets.n < 600)
        add(&f.panel[0].targets, "CALR");
    CHECK(t, make(&f, &p, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "panel 'secretory' asks for 1.2e+08 pairs, 200002 regulators");
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_descriptions(&t);
    test_long_lists(&t);
    test_plain(&t);
    test_some(&t);
    test_missing(&t);
    test_control(&t);
    test_drawn(&t);
    test_many(&t);
    return test_end(&t);
}
