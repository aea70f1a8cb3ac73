/* Control cells by cell type and batch: of the 40 cells of now.h5ad (make_h5ad.py) the even ones
 * are controls; those that 4 or 5 divides are hepg2, the others rpe1; gem_group is c % 3 + 1. */
#include "inputs/survey.h"

#include "test.h"

static const tjac_sets_spec SPEC = {.pert_col = "gene",
                                    .control = "non-targeting",
                                    .cell_type_col = "cell_line",
                                    .batch_col = "gem_group"};

static size_t count(int64_t hepg2, int64_t batch)
{
    size_t n = 0;
    for (int64_t c = 0; c < 40; c += 2)
        n += (hepg2 < 0 || hepg2 == (c % 4 == 0 || c % 5 == 0)) && (batch < 0 || c % 3 == batch);
    return n;
}

static void test_counts(test *t, const tjac_cells *cells)
{
    tjac_survey s = {0};
    tjac_err err = {0};
    if (!CHECK_OK(t, tjac_survey_make(cells, &SPEC, true, &s, &err), &err))
        return;
    int64_t hepg2 = tjac_names_find(&s.types, "hepg2");
    CHECK(t, s.n == 20 && s.types.n == 2 && s.batches.n == 3); /* no control cell is a k562 */
    CHECK(t, tjac_survey_count(&s, -1, -1) == 20);
    CHECK(t, tjac_survey_count(&s, hepg2, -1) == count(1, -1));
    for (int64_t b = 0; b < 3; b++) {
        char label[8];
        snprintf(label, sizeof label, "%d", (int)b + 1);
        int64_t at = tjac_names_find(&s.batches, label);
        CHECK(t, tjac_survey_count(&s, -1, at) == count(-1, b));
        CHECK(t, tjac_survey_count(&s, hepg2, at) == count(1, b));
    }
    CHECK(t, tjac_survey_count(&s, 2, -1) == 0 && tjac_survey_count(&s, -1, 3) == 0);
    tjac_survey_free(&s);
}

/* Cells whose label is missing are counted apart: a dose of six is none. */
static void test_missing(test *t, const tjac_cells *cells)
{
    tjac_sets_spec spec = SPEC;
    tjac_survey s = {0};
    tjac_err err = {0};
    size_t none = 0;
    for (size_t c = 0; c < 40; c += 2)
        none += c % 6 == 4;
    spec.batch_col = "dose";
    if (CHECK_OK(t, tjac_survey_make(cells, &spec, true, &s, &err), &err))
        CHECK(t, none && tjac_survey_count(&s, -1, (int64_t)s.batches.n) == none);
    tjac_survey_free(&s);
}

static void test_columns(test *t, const tjac_cells *cells)
{
    tjac_sets_spec spec = SPEC;
    tjac_survey s = {0};
    tjac_err err = {0};
    spec.batch_col = "plate";
    CHECK(t, tjac_survey_make(cells, &spec, true, &s, &err) == TJAC_EMISSING);
    CHECK_ERROR(t, &err, TJAC_EMISSING, "plate");
    if (CHECK_OK(t, tjac_survey_make(cells, &spec, false, &s, &err), &err))
        CHECK(t, s.batches.n == 0 && tjac_survey_count(&s, -1, -1) == 20);
    tjac_survey_free(&s);
    spec.cell_type_col = NULL;
    if (CHECK_OK(t, tjac_survey_make(cells, &spec, false, &s, &err), &err))
        CHECK(t, s.types.n == 0 && tjac_survey_count(&s, -1, -1) == 20);
    tjac_survey_free(&s);
    spec.control = "no-targeting";
    CHECK(t, tjac_survey_make(cells, &spec, false, &s, &err) == TJAC_EMISSING);
    CHECK_ERROR(t, &err, TJAC_EMISSING, "did you mean 'non-targeting'?");
}

int main(void)
{
    test t = {0};
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    char path[1024];
    const char *dir = getenv("TJAC_TEST_H5AD");
    snprintf(path, sizeof path, "%s/now.h5ad", dir ? dir : "tests/unit/h5ad");
    if (CHECK_OK(&t, tjac_cells_open(path, &cells, &err), &err)) {
        test_counts(&t, cells);
        test_missing(&t, cells);
        test_columns(&t, cells);
    }
    tjac_cells_close(cells);
    return test_end(&t);
}
