#include "inputs/gene_names.h"

#include <stdint.h>
#include "test.h"

/* What make_gene_names.py writes. */
enum { N = 40, NUMBERS = 6 };

static tjac_code open_file(const char *name, tjac_cells **out, tjac_err *err)
{
    const char *dir = getenv("TJAC_TEST_H5AD");
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", dir ? dir : "tests/unit/h5ad", name);
    return tjac_cells_open(path, out, err);
}

/* ---- where names are from ---- */

/* want: names with spaces between; NULL: none. */
static void check_read(test *t, const char *file, const char *key, bool variable, size_t n,
                       const char *from, const char *want)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *matrix = NULL;
    tjac_names names = {0};
    tjac_text text = {0};
    const char *source = "";
    if (!CHECK_OK(t, open_file(file, &cells, &err), &err) ||
        (key && !CHECK_OK(t, tjac_matrix_open(cells, key, &matrix, &err), &err)))
        goto done;
    const tjac_gene_names_wanted wanted = {cells, matrix, variable, n};
    if (!CHECK_OK(t, tjac_gene_names_read(&wanted, &names, &source, NULL, &err), &err))
        goto done;
    CHECK(t, from ? source && strcmp(source, from) == 0 : !source && names.n == 0);
    for (size_t i = 0; i < names.n; i++)
        tjac_text_add(&text, "%s%s", i ? " " : "", names.name[i]);
    if (want)
        CHECK_STRING(t, text.text, want);
done:
    tjac_text_free(&text);
    tjac_names_free(&names);
    tjac_matrix_close(matrix);
    tjac_cells_close(cells);
}

/* genes.h5ad has another number of names in each place. */
static void each_place(test *t)
{
    const char *f = "genes.h5ad";
    check_read(t, f, "numbers", true, 6, "the columns of the DataFrame",
               "f64 a_int bool cat n_int n_bool");
    check_read(t, f, NULL, true, 5, "uns/X_hvg_var_names", "U3 U1 U3 U2 U0");
    check_read(t, f, "numbers", true, 5, "uns/X_hvg_var_names", NULL);
    check_read(t, f, NULL, true, 4, "uns/hvg_names", "S0 S1 nan S3");
    check_read(t, f, NULL, true, 3, "var/gene_name where var/highly_variable", "V2 V4 V7");
    check_read(t, f, NULL, true, 12, "var/gene_name", "V0 V1 V2 V3 V4 V4 V6 V7 V8 V9 V10 nan");
    check_read(t, f, NULL, true, 7, NULL, NULL);
    /* the columns of .X and layers are the genes of var, however many are variable */
    check_read(t, f, NULL, false, 12, "var/gene_name", NULL);
    check_read(t, f, NULL, false, 5, NULL, NULL);
    /* without var/gene_name: the index */
    check_read(t, "now.h5ad", "X_hvg", true, 5, "uns/X_hvg_var_names", "H0 H1 H2 H3 H4");
    check_read(t, "now.h5ad", "X", false, 12, "the index of var",
               "G0 G1 G2 G3 G4 G5 G6 G7 G8 G9 G10 G11");
    check_read(t, "plain.h5ad", NULL, true, 5, "the index of var where var/highly_variable",
               "G1 G3 G5 G7 G9");
    check_read(t, "v06.h5ad", NULL, true, 5, "the index of var where var/highly_variable",
               "G1 G3 G5 G7 G9");
    check_read(t, "v07.h5ad", NULL, true, 12, "the index of var", NULL);
    check_read(t, "v07.h5ad", NULL, true, 5, NULL, NULL);
    check_read(t, "twice.h5ad", NULL, false, 3, "the index of var", "G0 G1 G0");
    /* what is no list of names is passed over */
    check_read(t, "named_unique.h5ad", NULL, true, 3, NULL, NULL);
}

static void what_was_tried(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_names names = {0};
    tjac_text tried = {0};
    const char *from = NULL;
    if (!CHECK_OK(t, open_file("genes.h5ad", &cells, &err), &err))
        return;
    const tjac_gene_names_wanted wanted = {cells, NULL, true, 100};
    CHECK_OK(t, tjac_gene_names_read(&wanted, &names, &from, &tried, &err), &err);
    CHECK_STRING(t, tried.text,
                 "uns/X_hvg_var_names: 5, uns/hvg_names: 4, var/gene_name where "
                 "var/highly_variable: 3, var/gene_name: 12");
    tjac_text_free(&tried);
    tjac_cells_close(cells);
}

/* ---- names that must agree ---- */

static void add_words(test *t, const char *words, tjac_names *out)
{
    tjac_err err = {0};
    for (size_t n; *words; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        CHECK_OK(t, tjac_names_addn(out, words, n, &err), &err);
    }
}

static void check_differ(test *t, const char *a, const char *b, size_t n, size_t first)
{
    tjac_names x = {0}, y = {0};
    size_t at = 99;
    add_words(t, a, &x);
    add_words(t, b, &y);
    if (!CHECK(t, tjac_gene_names_differ(&x, &y, &at) == n && (n == 0 || at == first)))
        fprintf(stderr, "    %s / %s\n", a, b);
    at = 99;
    CHECK(t, tjac_gene_names_differ(&y, &x, &at) == n && (n == 0 || at == first));
    tjac_names_free(&x);
    tjac_names_free(&y);
}

static void positions_that_differ(test *t)
{
    check_differ(t, "A B C", "A B C", 0, 0);
    check_differ(t, "A B C", "A C B", 2, 1);
    check_differ(t, "A B A A", "A B A-1 A-2", 0, 0);
    check_differ(t, "B A C", "B A-1 C", 0, 0); /* the first A was dropped */
    check_differ(t, "A NKX2-1 B", "A NKX2-5 B", 1, 1);
    check_differ(t, "A A-1", "A-1 A", 2, 0); /* two genes of their own */
    check_differ(t, "A B", "A B-x", 1, 1);
    check_differ(t, "A B", "A B-", 1, 1);
    check_differ(t, "A B", "A B-01", 1, 1);
    check_differ(t, "A -1", "A B", 1, 1);
}

/* ---- DataFrames ---- */

static float want_number(size_t c, size_t j)
{
    static const float cat[] = {0.5f, 2.25f, -1};
    switch (j) {
    case 0:
        return (float)c / 4;
    case 1:
        return (float)c - 7;
    case 2:
        return c % 3 == 0;
    case 3:
        return cat[c % 3];
    case 4:
        return 2 * (float)c;
    default:
        return c % 2 == 1;
    }
}

static void frames_are_read(test *t)
{
    static const size_t rows[] = {39, 7, 0, 1, 2, 3, 20, 3};
    enum { R = sizeof rows / sizeof *rows };
    float got[R * NUMBERS];
    double mean[NUMBERS], sd[NUMBERS];
    size_t every[N], wrong = 0;
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    if (!CHECK_OK(t, open_file("genes.h5ad", &cells, &err), &err))
        return;
    if (CHECK_OK(t, tjac_matrix_open(cells, "numbers", &m, &err), &err)) {
        CHECK_STRING(t, tjac_matrix_layout(m), "DataFrame mixed");
        CHECK(t, tjac_matrix_n_cols(m) == NUMBERS);
        CHECK_OK(t, tjac_matrix_read_rows(m, rows, R, got, &err), &err);
        for (size_t i = 0; i < R * NUMBERS; i++)
            wrong += got[i] != want_number(rows[i / NUMBERS], i % NUMBERS);
        CHECK(t, wrong == 0);
        for (size_t c = 0; c < N; c++)
            every[c] = c;
        CHECK_OK(t, tjac_matrix_moments(m, every, N, mean, sd, &err), &err);
        CHECK_NEAR(t, mean[1], 12.5, 1e-12);
        CHECK_NEAR(t, sd[1], sqrt(N * (N + 1) / 12.0), 1e-12);
        CHECK_NEAR(t, mean[5], 0.5, 1e-12);
    }
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void check_refused(test *t, const char *key, const char *part)
{
    size_t rows[N];
    float out[N * NUMBERS];
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    for (size_t c = 0; c < N; c++)
        rows[c] = c;
    if (!CHECK_OK(t, open_file("genes.h5ad", &cells, &err), &err))
        return;
    if (!tjac_matrix_open(cells, key, &m, &err))
        CHECK(t, tjac_matrix_read_rows(m, rows, N, out, &err) == TJAC_EINPUT);
    CHECK(t, strstr(tjac_err_message(&err), "genes.h5ad") != NULL);
    CHECK_ERROR(t, &err, TJAC_EINPUT, part);
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void bad_frames(test *t)
{
    check_refused(t, "words",
                  "column 'word' of the DataFrame 'obsm/words' holds text, expected numbers");
    check_refused(t, "word_cat", "column 'word' of the DataFrame 'obsm/word_cat' holds text");
    check_refused(t, "missing", "holds nan for cell 'cell-003' (row 3, column 0");
    check_refused(t, "missing_cat", "holds nan for cell 'cell-005' (row 5, column 0");
    check_refused(t, "gone", "has no column 'n', which its 'column-order' names");
    check_refused(t, "no_order", "'column-order' of 'obsm/no_order'");
    check_refused(t, "long", "column 'n' of the DataFrame 'obsm/long' has 41 values, expected 40");
    check_refused(t, "code", "has code 1 at row 7, but there are 1 categories");
    check_refused(t, "moved",
                  "row 2 of the DataFrame 'obsm/moved' is 'cell-003', but cell 2 is "
                  "'cell-002'");
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    if (CHECK_OK(t, open_file("genes.h5ad", &cells, &err), &err) &&
        CHECK_OK(t, tjac_matrix_open(cells, "empty", &m, &err), &err))
        CHECK(t, tjac_matrix_n_cols(m) == 0 && tjac_matrix_columns(m)->n == 0);
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void mudata(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    CHECK(t, open_file("two.h5mu", &cells, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT,
                "two.h5mu' is MuData (.h5mu) with the modalities prot, rna, expected an .h5ad "
                "file; write one of them: mudata.read_h5mu(...).mod['rna'].write_h5ad('rna.h5ad')");
}

int main(void)
{
    test t = {0};
    each_place(&t);
    what_was_tried(&t);
    positions_that_differ(&t);
    frames_are_read(&t);
    bad_frames(&t);
    mudata(&t);
    return test_end(&t);
}
