#include "inputs/cells.h"

#include <stdint.h>
#include <unistd.h>
#include "test.h"

static const char *test_h5ad(void)
{
    const char *dir = getenv("TJAC_TEST_H5AD");
    return dir ? dir : "tests/unit/h5ad";
}

/* The values are the formulas of make_h5ad.py. */
enum { N = 40, G = 12, H = 5 };

static float want_count(size_t c, size_t g)
{
    return c != 7 && (5 * c + 3 * g) % 7 < 3 ? (float)c + (float)g / 4 : 0;
}

static float want_hvg(size_t c, size_t j)
{
    return (float)c / 2 - 3 * (float)j;
}

static float want_row(size_t c, size_t j)
{
    (void)j;
    return (float)c;
}

static float want_rounded(size_t c, size_t g)
{
    return nearbyintf(want_count(c, g)); /* to even, as numpy's rint */
}

static tjac_code open_file(const char *name, tjac_cells **out, tjac_err *err)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", test_h5ad(), name);
    return tjac_cells_open(path, out, err);
}

/* ---- columns ---- */

static void check_column(test *t, const tjac_cells *cells, const char *name,
                         const char *(*want)(size_t c))
{
    tjac_err err = {0};
    tjac_column col = {0};
    if (!CHECK_OK(t, tjac_cells_column(cells, name, &col, &err), &err))
        return;
    for (size_t c = 0; c < N; c++) {
        const char *w = want(c);
        int32_t k = col.code[c];
        int ok =
            w ? k >= 0 && (size_t)k < col.labels.n && strcmp(col.labels.name[k], w) == 0 : k == -1;
        if (!CHECK(t, ok)) {
            fprintf(stderr, "    column %s, cell %zu\n", name, c);
            break;
        }
    }
    tjac_column_free(&col);
}

static const char *gene(size_t c)
{
    static const char *kd[] = {"MYC", "HSPA5", "TRAPPC3"};
    return c % 2 == 0 ? "non-targeting" : kd[c % 3];
}
static const char *cell_line(size_t c)
{
    return c % 4 == 0 || c % 5 == 0 ? "hepg2" : "rpe1";
}
static const char *gem_group(size_t c)
{
    static const char *s[] = {"1", "2", "3"};
    return s[c % 3];
}
static const char *is_control(size_t c)
{
    return c % 2 == 0 ? "True" : "False";
}
static const char *dose(size_t c)
{
    static const char *s[] = {"0.1", "1.0", "1e-05", "1e+16", NULL, "12.5"};
    return s[c % 6];
}
static const char *n_int(size_t c)
{
    static const char *s[] = {"0", "1", "2", NULL};
    return s[c % 4];
}
static const char *n_bool(size_t c)
{
    static const char *s[] = {"False", "True", NULL};
    return s[c % 3];
}
static const char *cat_int(size_t c)
{
    return c == 5 ? NULL : c % 2 ? "11" : "10";
}
static const char *cat_bool(size_t c)
{
    return c % 2 ? "True" : "False";
}
static const char *note(size_t c)
{
    static const char *s[] = {"n0", "n1", "n2"};
    return s[c % 3];
}
static const char *fixed(size_t c)
{
    return c % 2 ? "f1" : "f0";
}
static const char *padded(size_t c)
{
    return c % 2 ? "p1" : "p0";
}
static const char *n_text(size_t c)
{
    return c % 2 ? NULL : c % 4 ? "t2" : "t0";
}

static void columns_of_every_encoding(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    if (!CHECK_OK(t, open_file("now.h5ad", &cells, &err), &err))
        return;
    check_column(t, cells, "gene", gene);
    check_column(t, cells, "cell_line", cell_line);
    check_column(t, cells, "gem_group", gem_group);
    check_column(t, cells, "is_control", is_control);
    check_column(t, cells, "dose", dose);
    check_column(t, cells, "dose32", dose);
    check_column(t, cells, "n_int", n_int);
    check_column(t, cells, "n_bool", n_bool);
    check_column(t, cells, "cat_int", cat_int);
    check_column(t, cells, "cat_bool", cat_bool);
    check_column(t, cells, "note", note);
    check_column(t, cells, "fixed", fixed);
    check_column(t, cells, "padded", padded);
    check_column(t, cells, "n_text", n_text);
    tjac_cells_close(cells);
}

static void labels_keep_their_order(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_column col = {0};
    if (!CHECK_OK(t, open_file("now.h5ad", &cells, &err), &err))
        return;
    /* categories in their order, those without cells too */
    if (CHECK_OK(t, tjac_cells_column(cells, "cell_line", &col, &err), &err) &&
        CHECK(t, col.labels.n == 3)) {
        CHECK_STRING(t, col.labels.name[0], "rpe1");
        CHECK_STRING(t, col.labels.name[1], "k562");
        CHECK_STRING(t, col.labels.name[2], "hepg2");
    }
    tjac_column_free(&col);
    /* other values as they appear */
    if (CHECK_OK(t, tjac_cells_column(cells, "dose", &col, &err), &err) &&
        CHECK(t, col.labels.n == 5)) {
        CHECK_STRING(t, col.labels.name[2], "1e-05");
        CHECK_STRING(t, col.labels.name[4], "12.5");
    }
    tjac_column_free(&col);
    tjac_column_free(NULL);
    tjac_cells_close(cells);
}

static void check_column_error(test *t, const char *file, const char *column, tjac_code code,
                               const char *part)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_column col = {0};
    if (!CHECK_OK(t, open_file(file, &cells, &err), &err))
        return;
    CHECK(t, tjac_cells_column(cells, column, &col, &err) == code);
    CHECK(t, col.code == NULL && col.labels.n == 0);
    CHECK(t, strstr(tjac_err_message(&err), file) != NULL);
    CHECK_ERROR(t, &err, code, part);
    tjac_cells_close(cells);
}

static void bad_columns(test *t)
{
    check_column_error(t, "plain.h5ad", "genes", TJAC_EMISSING,
                       "has no obs column 'genes'; did you mean 'gene'? columns: gene");
    check_column_error(t, "now.h5ad", "perturbation", TJAC_EMISSING,
                       "has no obs column 'perturbation'; columns: big, cat_bool,");
    check_column_error(t, "v06.h5ad", "genes", TJAC_EMISSING,
                       "columns: gene, cell_line, gem_group");
    check_column_error(t, "v07.h5ad", "x", TJAC_EMISSING, "columns: cell_line, gem_group, gene");
    check_column_error(t, "now.h5ad", "", TJAC_EMISSING, "has no obs column ''");
    check_column_error(t, "now.h5ad", "big", TJAC_EINPUT, "beyond 2^63 at row 0");
    check_column_error(t, "broken.h5ad", "code_past", TJAC_EINPUT,
                       "'obs/code_past/codes' has code 2 at row 6");
    check_column_error(t, "broken.h5ad", "code_negative", TJAC_EINPUT, "has code -2 at row 6");
    check_column_error(t, "broken.h5ad", "code_short", TJAC_EINPUT, "has 39 values, expected 40");
    check_column_error(t, "broken.h5ad", "code_float", TJAC_EINPUT, "expected integers");
    check_column_error(t, "broken.h5ad", "category_twice", TJAC_EINPUT,
                       "category 'a' of obs column 'category_twice' occurs twice");
    check_column_error(t, "broken.h5ad", "category_none", TJAC_EINPUT,
                       "'obs/category_none/categories'");
    check_column_error(t, "broken.h5ad", "no_encoding", TJAC_EINPUT, "has encoding 'none'");
    check_column_error(t, "broken.h5ad", "complex", TJAC_EINPUT, "'obs/complex' holds record");
    check_column_error(t, "broken.h5ad", "long", TJAC_EINPUT, "has 41 values, expected 40");
}

/* ---- names ---- */

static void check_names(test *t, const char *file)
{
    static const size_t rows[] = {39, 0, 17, 0};
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_names all = {0}, some = {0};
    char want[32];
    if (!CHECK_OK(t, open_file(file, &cells, &err), &err))
        return;
    CHECK(t, tjac_cells_n_obs(cells) == N);
    CHECK(t, strstr(tjac_cells_path(cells), file) != NULL);
    if (CHECK_OK(t, tjac_cells_obs_names(cells, &all, &err), &err) && CHECK(t, all.n == N))
        for (size_t c = 0; c < N; c++) {
            snprintf(want, sizeof want, "cell-%03zu", c);
            CHECK_STRING(t, all.name[c], want);
        }
    if (CHECK_OK(t, tjac_cells_obs_names_at(cells, rows, 4, &some, &err), &err) &&
        CHECK(t, some.n == 4))
        for (size_t i = 0; i < 4; i++) {
            snprintf(want, sizeof want, "cell-%03zu", rows[i]);
            CHECK_STRING(t, some.name[i], want);
        }
    tjac_names_free(&all);
    tjac_names_free(&some);
    tjac_cells_close(cells);
}

static void names_are_found(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_names wanted = {0};
    size_t row[3];
    if (!CHECK_OK(t, open_file("now.h5ad", &cells, &err), &err))
        return;
    CHECK_OK(t, tjac_names_add(&wanted, "cell-031", &err), &err);
    CHECK_OK(t, tjac_names_add(&wanted, "nobody", &err), &err);
    CHECK_OK(t, tjac_names_add(&wanted, "cell-000", &err), &err);
    if (CHECK_OK(t, tjac_cells_find_obs(cells, &wanted, row, &err), &err))
        CHECK(t, row[0] == 31 && row[1] == SIZE_MAX && row[2] == 0);
    tjac_names_free(&wanted);
    tjac_cells_close(cells);
}

static void twice_named(test *t)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_names names = {0};
    size_t row[1];
    if (!CHECK_OK(t, open_file("twice.h5ad", &cells, &err), &err))
        return;
    CHECK_OK(t, tjac_names_add(&names, "b", &err), &err);
    CHECK_OK(t, tjac_cells_find_obs(cells, &names, row, &err), &err);
    tjac_names_free(&names);
    CHECK_OK(t, tjac_names_add(&names, "a", &err), &err);
    CHECK(t, tjac_cells_find_obs(cells, &names, row, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "two cells are named 'a' (rows 0 and 2)");
    tjac_names_free(&names);
    tjac_cells_close(cells);
}

/* ---- matrices ---- */

static void check_matrix(test *t, const char *file, const char *key, const char *layout,
                         size_t n_cols, float (*want)(size_t c, size_t j))
{
    static const size_t rows[] = {39, 7, 0, 1, 2, 3, 20, 3, 38, 8};
    enum { R = sizeof rows / sizeof rows[0] };
    float got[R * G], all[N * G];
    size_t every[N], wrong = 0;
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    if (!CHECK_OK(t, open_file(file, &cells, &err), &err))
        return;
    if (CHECK_OK(t, tjac_matrix_open(cells, key, &m, &err), &err)) {
        CHECK_STRING(t, tjac_matrix_layout(m), layout);
        CHECK_STRING(t, tjac_matrix_key(m), key);
        memset(got, 0xff, sizeof got);
        if (CHECK(t, tjac_matrix_n_cols(m) == n_cols) &&
            CHECK_OK(t, tjac_matrix_read_rows(m, rows, R, got, &err), &err))
            for (size_t i = 0; i < R * n_cols; i++)
                wrong += got[i] != want(rows[i / n_cols], i % n_cols);
        for (size_t c = 0; c < N; c++)
            every[c] = c;
        memset(all, 0xff, sizeof all);
        if (CHECK_OK(t, tjac_matrix_read_rows(m, every, N, all, &err), &err))
            for (size_t i = 0; i < N * n_cols; i++)
                wrong += all[i] != want(i / n_cols, i % n_cols);
        if (!CHECK(t, wrong == 0))
            fprintf(stderr, "    %s %s: %zu values differ\n", file, key, wrong);
        every[3] = N;
        CHECK(t, tjac_matrix_read_rows(m, every, N, all, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "row 40");
    }
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void check_moments(test *t, const char *key, size_t n_cols,
                          float (*want)(size_t c, size_t j))
{
    static const size_t rows[] = {1, 2, 3, 7, 11, 20, 39};
    enum { R = sizeof rows / sizeof rows[0] };
    double mean[G], sd[G], alone[G];
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    if (!CHECK_OK(t, open_file("now.h5ad", &cells, &err), &err))
        return;
    if (CHECK_OK(t, tjac_matrix_open(cells, key, &m, &err), &err) &&
        CHECK_OK(t, tjac_matrix_moments(m, rows, R, mean, sd, &err), &err))
        for (size_t j = 0; j < n_cols; j++) {
            double sum = 0, square = 0;
            for (size_t i = 0; i < R; i++)
                sum += (double)want(rows[i], j) / R;
            for (size_t i = 0; i < R; i++)
                square += pow(want(rows[i], j) - sum, 2);
            CHECK_NEAR(t, mean[j], sum, 1e-14);
            CHECK_NEAR(t, sd[j], sqrt(square / (R - 1)), 1e-13);
        }
    if (m && CHECK_OK(t, tjac_matrix_moments(m, rows, R, alone, NULL, &err), &err))
        CHECK(t, memcmp(alone, mean, n_cols * sizeof *mean) == 0);
    if (m && CHECK_OK(t, tjac_matrix_moments(m, rows + 5, 1, mean, sd, &err), &err))
        for (size_t j = 0; j < n_cols; j++)
            CHECK(t, mean[j] == want(rows[5], j) && isnan(sd[j]));
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void matrices_of_every_layout(test *t)
{
    check_matrix(t, "now.h5ad", "X", "CSR float32, int32 indices", G, want_count);
    check_matrix(t, "now.h5ad", "layers/halves", "CSR float32, int64 indices", G, want_count);
    check_matrix(t, "now.h5ad", "layers/csc", "CSC float64, int32 indices", G, want_count);
    check_matrix(t, "now.h5ad", "layers/dense", "dense float64", G, want_count);
    check_matrix(t, "now.h5ad", "layers/half", "dense float16", G, want_count);
    check_matrix(t, "now.h5ad", "layers/int", "dense int32", G, want_rounded);
    check_matrix(t, "now.h5ad", "X_hvg", "dense float32", H, want_hvg);
    check_matrix(t, "now.h5ad", "sparse", "CSR float32, int32 indices", H, want_hvg);
    check_matrix(t, "now.h5ad", "frame", "DataFrame int64", 1, want_row);
    check_matrix(t, "plain.h5ad", "X", "dense float32", G, want_count);
    check_matrix(t, "v07.h5ad", "X", "CSR float32, int32 indices", G, want_count);
    check_matrix(t, "v06.h5ad", "X", "CSR float32, int32 indices", G, want_count);
    check_moments(t, "X", G, want_count);
    check_moments(t, "layers/csc", G, want_count);
    check_moments(t, "layers/dense", G, want_count);
    check_moments(t, "X_hvg", H, want_hvg);
}

/* Opens the matrix and reads all its rows; one of the two must fail. */
static void check_matrix_error(test *t, const char *file, const char *key, tjac_code code,
                               const char *part)
{
    size_t rows[N];
    float out[N * (G + 1)];
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    for (size_t c = 0; c < N; c++)
        rows[c] = N - 1 - c;
    if (!CHECK_OK(t, open_file(file, &cells, &err), &err))
        return;
    tjac_code got = tjac_matrix_open(cells, key, &m, &err);
    if (got)
        CHECK(t, m == NULL);
    else
        got = tjac_matrix_read_rows(m, rows, N, out, &err);
    CHECK(t, got == code);
    CHECK(t, strstr(tjac_err_message(&err), file) != NULL);
    if (!CHECK_ERROR(t, &err, code, part))
        fprintf(stderr, "    %s %s\n", file, key);
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

static void bad_matrices(test *t)
{
    const char *f = "broken.h5ad";
    check_matrix_error(t, "now.h5ad", "X_hgv", TJAC_EMISSING,
                       "has no matrix 'X_hgv'; did you mean 'X_hvg'? matrices: X, layers/csc, "
                       "layers/dense, layers/half, layers/halves, layers/int, X_hvg, frame, "
                       "sparse; set cells.embed_key");
    check_matrix_error(t, "now.h5ad", "layers/none", TJAC_EMISSING, "no matrix 'layers/none'");
    check_matrix_error(t, "now.h5ad", "", TJAC_EMISSING, "no matrix ''");
    check_matrix_error(t, "now.h5ad", "/X", TJAC_EMISSING, "no matrix '/X'");
    check_matrix_error(t, f, "layers/indptr_first", TJAC_EINPUT, "indptr' is 1 at 0");
    check_matrix_error(t, f, "layers/indptr_back", TJAC_EINPUT, "indptr' is 0 at 9");
    check_matrix_error(t, f, "layers/indptr_past", TJAC_EINPUT, "at 40, expected");
    check_matrix_error(t, f, "layers/indptr_short", TJAC_EINPUT, "has 40 values, expected 41");
    check_matrix_error(t, f, "layers/index_past", TJAC_EINPUT,
                       "names column 12 in row 4, expected 0 to 11");
    check_matrix_error(t, f, "layers/index_negative", TJAC_EINPUT, "names column -1 in row 4");
    check_matrix_error(t, f, "layers/indices_short", TJAC_EINPUT, "/indices' has");
    check_matrix_error(t, f, "layers/no_data", TJAC_EINPUT, "has no 'data'");
    check_matrix_error(t, f, "layers/no_shape", TJAC_EINPUT, "states no shape");
    check_matrix_error(t, f, "layers/rows", TJAC_EINPUT, "has 41 rows, but obs has 40 cells");
    check_matrix_error(t, f, "layers/columns", TJAC_EINPUT, "13 columns, but var has 12 genes");
    check_matrix_error(t, f, "layers/not_finite", TJAC_EINPUT,
                       "holds nan for cell 'cell-004' (row 4, column");
    check_matrix_error(t, f, "layers/infinite", TJAC_EINPUT,
                       "holds inf for cell 'cell-003' (row 3, column 2, from 0)");
    check_matrix_error(t, f, "layers/encoding", TJAC_EINPUT, "has encoding 'awkward-array'");
    check_matrix_error(t, f, "layers/csc_past", TJAC_EINPUT, "names row 40 in column 0");
    check_matrix_error(t, f, "layers/cube", TJAC_EINPUT, "in 3 dimensions, expected numbers");
    check_matrix_error(t, f, "layers/words", TJAC_EINPUT, "holds text in 2 dimensions");
    check_matrix_error(t, f, "layers/lzf", TJAC_EINPUT,
                       "compressed with HDF5 filter 32000 ('lzf')");
    check_matrix_error(t, f, "layers/huge", TJAC_EINPUT, "more than a file of");
}

/* Rows sum what is stored twice; moments cannot, and say so. */
static void csc_stored_twice(test *t)
{
    size_t rows[N];
    double mean[G], sd[G];
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    tjac_matrix *m = NULL;
    for (size_t c = 0; c < N; c++)
        rows[c] = c;
    if (!CHECK_OK(t, open_file("broken.h5ad", &cells, &err), &err))
        return;
    if (CHECK_OK(t, tjac_matrix_open(cells, "layers/csc_twice", &m, &err), &err)) {
        CHECK(t, tjac_matrix_moments(m, rows, N, mean, sd, &err) == TJAC_EINPUT);
        CHECK_ERROR(t, &err, TJAC_EINPUT, "twice in column 0; call adata.X.sum_duplicates()");
    }
    tjac_matrix_close(m);
    tjac_cells_close(cells);
}

/* ---- files ---- */

static void check_open_error(test *t, const char *path, tjac_code code, const char *part)
{
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    CHECK(t, tjac_cells_open(path, &cells, &err) == code);
    CHECK(t, cells == NULL);
    CHECK(t, strstr(tjac_err_message(&err), path) != NULL);
    CHECK_ERROR(t, &err, code, part);
}

/* Opens the first `n` bytes of a good file: must be refused, wherever it is cut. */
static void check_cut(test *t, const char *bytes, size_t n)
{
    char path[] = "/tmp/tjac_cut_XXXXXX";
    int fd = mkstemp(path);
    if (!CHECK(t, fd >= 0))
        return;
    if (CHECK(t, write(fd, bytes, n) == (ssize_t)n))
        check_open_error(t, path, TJAC_EINPUT, n < 8 ? "is not an HDF5 file" : "");
    close(fd);
    unlink(path);
}

static void cut_files(test *t)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/plain.h5ad", test_h5ad());
    static char bytes[1 << 16];
    FILE *f = fopen(path, "rb");
    if (!CHECK(t, f != NULL))
        return;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    if (!CHECK(t, n > 1000 && n < sizeof bytes))
        return;
    check_cut(t, bytes, 0);
    check_cut(t, bytes, 7);
    check_cut(t, bytes, 60);
    for (size_t i = 1; i < 8; i++)
        check_cut(t, bytes, n * i / 8);
    check_cut(t, bytes, n - 1);
}

static void bad_files(test *t)
{
    char path[1024];
    check_open_error(t, "no/such/file.h5ad", TJAC_EUSAGE, "No such file");
    check_open_error(t, test_h5ad(), TJAC_EUSAGE, "is a directory");
    check_open_error(t, "/dev/null", TJAC_EINPUT, "is not an HDF5 file");
    snprintf(path, sizeof path, "%s/no_obs.h5ad", test_h5ad());
    check_open_error(t, path, TJAC_EINPUT, "has no 'obs'");
    snprintf(path, sizeof path, "%s/no_index.h5ad", test_h5ad());
    check_open_error(t, path, TJAC_EINPUT, "group 'obs' has no attribute '_index'");
}

int main(void)
{
    test t = {0};
    columns_of_every_encoding(&t);
    labels_keep_their_order(&t);
    bad_columns(&t);
    static const char *files[] = {"now.h5ad", "plain.h5ad", "v07.h5ad", "v06.h5ad"};
    for (size_t i = 0; i < 4; i++)
        check_names(&t, files[i]);
    names_are_found(&t);
    twice_named(&t);
    tjac_err err = {0};
    tjac_cells *cells = NULL;
    for (size_t i = 2; i < 4 && CHECK_OK(&t, open_file(files[i], &cells, &err), &err); i++) {
        check_column(&t, cells, "gene", gene);
        check_column(&t, cells, "cell_line", cell_line);
        check_column(&t, cells, "gem_group", gem_group);
        tjac_cells_close(cells);
    }
    matrices_of_every_layout(&t);
    bad_matrices(&t);
    csc_stored_twice(&t);
    bad_files(&t);
    cut_files(&t);
    return test_end(&t);
}
