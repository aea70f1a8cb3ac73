#include "inputs/sets.h"

#include <stdint.h>
#include <unistd.h>
#include "test.h"

static const char *test_h5ad(void)
{
    const char *dir = getenv("TJAC_TEST_H5AD");
    return dir ? dir : "tests/unit/h5ad";
}

/* Of the 40 cells of now.h5ad (make_h5ad.py) the even ones are controls; those that 4 or 5 divides
 * are hepg2, the others rpe1; gem_group is c % 3 + 1. The orders are numpy's for seed 42. */
enum { N_CONTROL = 20, N_HEPG2 = 12 };

static const size_t ORDER[N_CONTROL] = {0,  34, 30, 2,  16, 10, 22, 6,  36, 32,
                                        26, 4,  18, 38, 8,  24, 14, 20, 28, 12};
static const size_t ORDER_HEPG2[N_HEPG2] = {32, 30, 0, 28, 16, 8, 4, 36, 12, 24, 10, 20};

static const tjac_sets_spec SPEC = {.pert_col = "gene",
                                    .control = "non-targeting",
                                    .cell_type_col = "cell_line",
                                    .batch_col = "gem_group",
                                    .set_size = 3,
                                    .n_sets = 2,
                                    .seed = 42};

static tjac_cells *open_now(test *t)
{
    char path[1024];
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    snprintf(path, sizeof path, "%s/now.h5ad", test_h5ad());
    CHECK_OK(t, tjac_cells_open(path, &cells, &err), &err);
    return cells;
}

static void check_names(test *t, const tjac_sets *s)
{
    char want[32];
    if (!CHECK(t, s->names.n == s->n_sets * s->set_size))
        return;
    for (size_t i = 0; i < s->names.n; i++) {
        snprintf(want, sizeof want, "cell-%03zu", s->row[i]);
        CHECK_STRING(t, s->names.name[i], want);
    }
}

static void draws_in_numpys_order(test *t, const tjac_cells *cells)
{
    tjac_err err = {0};
    tjac_sets s;
    if (!CHECK_OK(t, tjac_sets_make(cells, &SPEC, &s, &err), &err))
        return;
    CHECK(t, s.n_sets == 2 && s.set_size == 3);
    CHECK(t, memcmp(s.row, ORDER, 6 * sizeof *ORDER) == 0);
    if (CHECK(t, s.n_eligible == N_CONTROL))
        for (size_t i = 0; i < N_CONTROL; i++)
            CHECK(t, s.eligible[i] == 2 * i);
    check_names(t, &s);
    if (CHECK(t, s.types.n == 2)) { /* in the order of the categories; k562 has no cell */
        CHECK_STRING(t, s.types.name[0], "rpe1");
        CHECK_STRING(t, s.types.name[1], "hepg2");
    }
    tjac_sets_free(&s);
}

static void more_sets_keep_the_first(test *t, const tjac_cells *cells)
{
    tjac_err err = {0};
    tjac_sets s;
    tjac_sets_spec spec = SPEC;
    int seen[40] = {0};
    spec.n_sets = 5;
    spec.set_size = 4; /* all eligible cells */
    if (!CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err))
        return;
    CHECK(t, memcmp(s.row, ORDER, sizeof ORDER) == 0);
    for (size_t i = 0; i < N_CONTROL; i++)
        CHECK(t, s.row[i] < 40 && seen[s.row[i]]++ == 0);
    tjac_sets_free(&s);
}

static void seeds_differ(test *t, const tjac_cells *cells)
{
    tjac_err err = {0};
    tjac_sets s;
    tjac_sets_spec spec = SPEC;
    spec.seed = 43;
    if (CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err))
        CHECK(t, memcmp(s.row, ORDER, 6 * sizeof *ORDER) != 0);
    tjac_sets_free(&s);
    spec.seed = (uint64_t)1 << 32;
    CHECK(t, tjac_sets_make(cells, &spec, &s, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "seed 4294967296");
    CHECK(t, s.row == NULL && s.eligible == NULL);
}

static void filters_by_type_and_batch(test *t, const tjac_cells *cells)
{
    tjac_err err = {0};
    tjac_sets s;
    tjac_sets_spec spec = SPEC;
    spec.cell_type = "hepg2";
    if (CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err)) {
        CHECK(t, s.n_eligible == N_HEPG2);
        CHECK(t, memcmp(s.row, ORDER_HEPG2, 6 * sizeof *ORDER) == 0);
        if (CHECK(t, s.types.n == 1))
            CHECK_STRING(t, s.types.name[0], "hepg2");
        check_names(t, &s);
    }
    tjac_sets_free(&s);
    spec.batch = "2"; /* c % 3 == 1: 4, 10, 16, 28 */
    spec.n_sets = 1;
    if (CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err) && CHECK(t, s.n_eligible == 4)) {
        static const size_t want[] = {4, 10, 16, 28};
        CHECK(t, memcmp(s.eligible, want, sizeof want) == 0);
    }
    tjac_sets_free(&s);
    spec.cell_type = NULL;
    spec.cell_type_col = NULL;
    if (CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err))
        CHECK(t, s.types.n == 0 && s.n_eligible == 6);
    tjac_sets_free(&s);
}

static void check_refused(test *t, const tjac_cells *cells, const tjac_sets_spec *spec,
                          tjac_code code, const char *part)
{
    tjac_err err = {0};
    tjac_sets s;
    CHECK(t, tjac_sets_make(cells, spec, &s, &err) == code);
    CHECK(t, s.row == NULL && s.eligible == NULL && s.names.n == 0 && s.types.n == 0);
    CHECK_ERROR(t, &err, code, part);
}

static void refusals(test *t, const tjac_cells *cells)
{
    tjac_sets_spec s = SPEC;
    s.control = "non-targetting";
    check_refused(t, cells, &s, TJAC_EMISSING,
                  "obs column 'gene' has no label 'non-targetting'; did you mean "
                  "'non-targeting'? labels: TRAPPC3, non-targeting, MYC, HSPA5; set cells.control");
    s = SPEC, s.pert_col = "genes";
    check_refused(t, cells, &s, TJAC_EMISSING, "no obs column 'genes'; did you mean 'gene'?");
    s = SPEC, s.cell_type = "jurkat";
    check_refused(t, cells, &s, TJAC_EMISSING,
                  "no label 'jurkat'; labels: rpe1, k562, hepg2; set cells.cell_type");
    s = SPEC, s.batch = "77";
    check_refused(t, cells, &s, TJAC_EMISSING, "no label '77'; labels: 1, 2, 3; set cells.batch");
    s = SPEC, s.cell_type = "k562";
    check_refused(t, cells, &s, TJAC_EMISSING, "has 0 control cells");
    s = SPEC, s.cell_type = "hepg2", s.batch = "2", s.n_sets = 3;
    check_refused(t, cells, &s, TJAC_EMISSING,
                  "has 4 control cells ('non-targeting') of cell type 'hepg2' in batch '2'; 3 sets "
                  "of 3 need 9: lower cells.n_sets or cells.set_size");
    s = SPEC, s.n_sets = 7;
    check_refused(t, cells, &s, TJAC_EMISSING, "has 20 control cells ('non-targeting'); 7 sets");
    s = SPEC, s.n_sets = SIZE_MAX / 2;
    check_refused(t, cells, &s, TJAC_EUSAGE, "overflows");
    s = SPEC, s.set_size = 0;
    check_refused(t, cells, &s, TJAC_EUSAGE, "cells.set_size is 0");
    s = SPEC, s.n_sets = 0;
    check_refused(t, cells, &s, TJAC_EUSAGE, "cells.n_sets is 0");
    s = SPEC, s.control = NULL;
    check_refused(t, cells, &s, TJAC_EUSAGE, "set cells.pert_col and cells.control");
    s = SPEC, s.cell_type = "hepg2", s.cell_type_col = "";
    check_refused(t, cells, &s, TJAC_EUSAGE, "set cells.cell_type_col");
    s = SPEC, s.batch = "1", s.batch_col = NULL;
    check_refused(t, cells, &s, TJAC_EUSAGE, "set cells.batch_col");
}

/* ---- lists of names ---- */

/* Writes text[n] to a new file and gives its path. */
static int write_list(test *t, const char *text, size_t n, char path[32])
{
    strcpy(path, "/tmp/tjac_list_XXXXXX");
    int fd = mkstemp(path);
    if (!CHECK(t, fd >= 0))
        return 0;
    int ok = CHECK(t, write(fd, text, n) == (ssize_t)n);
    close(fd);
    return ok;
}

static void check_list(test *t, const tjac_cells *cells, const char *text)
{
    static const size_t row[] = {38, 0, 12, 20, 4, 30}, eligible[] = {0, 4, 12, 20, 30, 38};
    char path[32];
    tjac_err err = {0};
    tjac_sets s;
    tjac_sets_spec spec = SPEC;
    if (!write_list(t, text, strlen(text), path))
        return;
    spec.obs_names_path = path;
    spec.n_sets = 0; /* ignored */
    if (CHECK_OK(t, tjac_sets_make(cells, &spec, &s, &err), &err)) {
        CHECK(t, s.n_sets == 2 && s.n_eligible == 6);
        CHECK(t, memcmp(s.row, row, sizeof row) == 0);
        CHECK(t, memcmp(s.eligible, eligible, sizeof eligible) == 0);
        CHECK(t, s.types.n == 2);
        check_names(t, &s);
    }
    tjac_sets_free(&s);
    unlink(path);
}

static void check_bad_list(test *t, const tjac_cells *cells, tjac_sets_spec spec, const char *text,
                           size_t n, tjac_code code, const char *part)
{
    char path[32];
    if (!write_list(t, text, n, path))
        return;
    spec.obs_names_path = path;
    check_refused(t, cells, &spec, code, part);
    check_refused(t, cells, &spec, code, path);
    unlink(path);
}

#define BAD_LIST(spec, text, code, part)                                                           \
    check_bad_list(t, cells, spec, text, sizeof(text) - 1, code, part)

static void lists(test *t, const tjac_cells *cells)
{
    tjac_sets_spec typed = SPEC, batched = SPEC, absent = SPEC;
    check_list(t, cells, "cell-038\ncell-000\ncell-012\ncell-020\ncell-004\ncell-030\n");
    check_list(t, cells, "cell-038\ncell-000\ncell-012\ncell-020\ncell-004\ncell-030");
    check_list(t, cells,
               "\xEF\xBB\xBF"
               "cell-038\r\ncell-000\r\ncell-012\r\ncell-020\r\ncell-004\r\ncell-030\r\n\r\n\n");
    BAD_LIST(SPEC, "cell-000\n\ncell-002\ncell-004\n", TJAC_EINPUT, "line 2 is blank");
    BAD_LIST(SPEC, "cell-000\ncell\0-2\ncell-004\n", TJAC_EINPUT, "line 2 holds a NUL byte");
    BAD_LIST(SPEC, "cell-000\ncell-002\n", TJAC_EMISSING, "lists 2 cells, expected a multiple");
    BAD_LIST(SPEC, "", TJAC_EMISSING, "lists 0 cells");
    BAD_LIST(SPEC, "\n\n", TJAC_EMISSING, "lists 0 cells");
    BAD_LIST(SPEC, "cell-000\ncell-002\ncell-000\n", TJAC_EMISSING, "lists cell 'cell-000' twice");
    BAD_LIST(SPEC, "cell-000\nnobody\ncell-002\n", TJAC_EMISSING,
             "cell 'nobody' (line 2) is not in '");
    BAD_LIST(SPEC, "cell-000\ncell-002\ncell-001\n", TJAC_EMISSING,
             "cell 'cell-001' (line 3) is not a control cell: obs 'gene' is 'HSPA5', expected "
             "'non-targeting'");
    typed.cell_type = "hepg2";
    BAD_LIST(typed, "cell-000\ncell-002\ncell-004\n", TJAC_EMISSING,
             "cell 'cell-002' (line 2) is not of the cell type: obs 'cell_line' is 'rpe1'");
    batched.batch = "1";
    BAD_LIST(batched, "cell-000\ncell-006\ncell-004\n", TJAC_EMISSING,
             "cell 'cell-004' (line 3) is not of the batch: obs 'gem_group' is '2', expected '1'");
    absent.obs_names_path = "no/such/list.txt";
    check_refused(t, cells, &absent, TJAC_EUSAGE, "'no/such/list.txt' cannot be read");
    absent.obs_names_path = "/tmp";
    check_refused(t, cells, &absent, TJAC_EUSAGE, "'/tmp' cannot be read (Is a directory)");
}

int main(void)
{
    test t = {0};
    tjac_cells *cells = open_now(&t);
    if (cells) {
        draws_in_numpys_order(&t, cells);
        more_sets_keep_the_first(&t, cells);
        seeds_differ(&t, cells);
        filters_by_type_and_batch(&t, cells);
        refusals(&t, cells);
        lists(&t, cells);
    }
    tjac_cells_close(cells);
    tjac_sets_free(NULL);
    return test_end(&t);
}
