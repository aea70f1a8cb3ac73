/* The file of the full Jacobian: what is written is read back, the rest is NaN, nothing is left
 * behind. */
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "test.h"
#include "base/alloc.h"
#include "base/h5.h"
#include "results/full.h"

enum { MODELS = 2, KDS = 3, TARGETS = 130, REGULATORS = 7 };

static const char *const model[] = {"fewshot", "zero, \"shot\""};
static const char *const kd[] = {"TRAPPC3", "SRP54", "non-targeting"};

typedef struct {
    char names[2][TARGETS][16];
    const char *target[TARGETS], *regulator[REGULATORS];
    tjac_full_spec spec;
} fixture;

static void fixture_init(fixture *f)
{
    for (size_t j = 0; j < TARGETS; j++) {
        snprintf(f->names[0][j], sizeof f->names[0][j], "Gène%zu", j); /* UTF-8 */
        f->target[j] = f->names[0][j];
    }
    for (size_t i = 0; i < REGULATORS; i++) {
        snprintf(f->names[1][i], sizeof f->names[1][i], "R%zu", i);
        f->regulator[i] = f->names[1][i];
    }
    f->spec = (tjac_full_spec){.model = {model, MODELS},
                               .kd = {kd, KDS},
                               .target = {f->target, TARGETS},
                               .regulator = {f->regulator, REGULATORS},
                               .cell_type = "hepg2",
                               .estimand = "set_mean"};
}

static size_t at(size_t m, size_t k, size_t j, size_t i)
{
    return ((m * KDS + k) * TARGETS + j) * REGULATORS + i;
}

static double value(size_t where)
{
    return 0.1 - 1e-3 * (double)where;
}

static tjac_code write_rows(tjac_full *full, const tjac_full_block *b, tjac_err *err)
{
    double *J = tjac_alloc(b->n * REGULATORS, sizeof *J, err);
    if (!J)
        return err->code;
    for (size_t k = 0; k < b->n * REGULATORS; k++)
        J[k] = value(at(b->model, b->kd, b->first, 0) + k);
    tjac_code code = tjac_full_write(full, b, J, err);
    free(J);
    return code;
}

static size_t n_files(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (dir)
        closedir(dir);
    return n;
}

static tjac_code take_name(void *ctx, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(ctx, text, err);
}

static void check_names(test *t, const tjac_h5 *h5, const char *dataset, const tjac_full_axis *want)
{
    tjac_err err = {0};
    tjac_h5_data *data = NULL;
    tjac_names got = {0};
    if (CHECK_OK(t, tjac_h5_vector_open(h5, dataset, NULL, TJAC_H5_TEXT, want->n, &data, &err),
                 &err))
        CHECK_OK(t, tjac_h5_each_text(data, 0, want->n, take_name, &got, &err), &err);
    for (size_t i = 0; i < got.n; i++)
        CHECK_STRING(t, got.name[i], want->name[i]);
    tjac_names_free(&got);
    tjac_h5_data_close(data);
}

static void check_attr(test *t, const tjac_h5 *h5, const char *attr, const char *want)
{
    tjac_err err = {0};
    char *text = NULL;
    CHECK_OK(t, tjac_h5_attr_text(h5, "J", attr, &text, &err), &err);
    CHECK_STRING(t, text, want);
    free(text);
}

/* Written: all of (1, 2), rows 60 to 69 of (0, 0), row 129 of (0, 1). */
static int is_written(size_t m, size_t k, size_t j)
{
    return (m == 1 && k == 2) || (m == 0 && k == 0 && j >= 60 && j < 70) ||
           (m == 0 && k == 1 && j == 129);
}

static void check_J(test *t, const tjac_h5 *h5)
{
    enum { N = MODELS * KDS * TARGETS * REGULATORS };
    tjac_err err = {0};
    tjac_h5_data *data = NULL;
    float *J = tjac_alloc(N, sizeof *J, &err);
    if (!J || !CHECK_OK(t, tjac_h5_data_open(h5, "J", NULL, &data, &err), &err))
        goto done;
    CHECK(t, data->rank == 4 && data->n_rows == MODELS && data->n_cols == N / MODELS);
    CHECK_STRING(t, data->dtype, "float32");
    for (size_t m = MODELS; m-- > 0;) /* one model at a time */
        CHECK_OK(t, tjac_h5_read_f32(data, m, 1, J + at(m, 0, 0, 0), &err), &err);
    for (size_t k = 0; k < N; k++) {
        size_t j = k / REGULATORS % TARGETS, c = k / REGULATORS / TARGETS;
        CHECK(t, is_written(c / KDS, c % KDS, j) ? J[k] == (float)value(k) : isnan(J[k]));
    }
done:
    tjac_h5_data_close(data);
    free(J);
}

static void round_trip(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    tjac_h5 *h5 = NULL;
    fixture_init(&f);
    if (!CHECK_OK(t, tjac_full_open("test_full_dir/a/J.h5", &f.spec, &full, &err), &err))
        return;
    CHECK(t, n_files("test_full_dir/a") == 1 && access("test_full_dir/a/J.h5", F_OK) != 0);
    const tjac_full_block rows[] = {{1, 2, 0, 100},  {0, 0, 60, 10}, {0, 1, 129, 1},
                                    {1, 2, 100, 30}, {0, 2, 130, 0}, {0, 0, 60, 1}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        CHECK_OK(t, write_rows(full, &rows[k], &err), &err);
    CHECK_OK(t, tjac_full_commit(full, &err), &err);
    CHECK(t, n_files("test_full_dir/a") == 1);
    if (!CHECK_OK(t, tjac_h5_open("test_full_dir/a/J.h5", &h5, &err), &err))
        return;
    check_names(t, h5, "model", &f.spec.model);
    check_names(t, h5, "kd", &f.spec.kd);
    check_names(t, h5, "target", &f.spec.target);
    check_names(t, h5, "regulator", &f.spec.regulator);
    check_attr(t, h5, "dimensions", "model,kd,target,regulator");
    check_attr(t, h5, "estimand", "set_mean");
    check_attr(t, h5, "cell_type", "hepg2");
    check_attr(t, h5, "meaning",
               "J[m,k,j,i] = dE[Y_j]/dX_i of model m under KD k, target j and regulator i, the "
               "mean over the cell sets; NaN is not computed");
    check_J(t, h5);
    tjac_h5_close(h5);
}

/* The file of round_trip stands; a discarded or failed one leaves it as it is. */
static void discard_leaves_nothing(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    struct stat before, after;
    fixture_init(&f);
    CHECK(t, stat("test_full_dir/a/J.h5", &before) == 0);
    if (CHECK_OK(t, tjac_full_open("test_full_dir/a/J.h5", &f.spec, &full, &err), &err)) {
        CHECK_OK(t, write_rows(full, &(tjac_full_block){0, 0, 0, TARGETS}, &err), &err);
        tjac_full_discard(full);
    }
    CHECK(t, n_files("test_full_dir/a") == 1);
    CHECK(t, stat("test_full_dir/a/J.h5", &after) == 0 && before.st_ino == after.st_ino);
    f.spec.regulator.n = 0;
    CHECK(t, tjac_full_open("test_full_dir/a/J.h5", &f.spec, &full, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "axis 'regulator' has no names");
    CHECK(t, n_files("test_full_dir/a") == 1);
    tjac_full_discard(NULL);
}

static void refuses_what_is_beyond(test *t)
{
    static const tjac_full_block bad[] = {{2, 0, 0, 1},       {0, 3, 0, 1},
                                          {0, 0, TARGETS, 1}, {0, 0, TARGETS + 1, 0},
                                          {0, 0, 1, TARGETS}, {0, 0, 1, SIZE_MAX}};
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    double J[REGULATORS] = {0};
    fixture_init(&f);
    if (!CHECK_OK(t, tjac_full_open("test_full_dir/b.h5", &f.spec, &full, &err), &err))
        return;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        CHECK(t, tjac_full_write(full, &bad[k], J, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "beyond the 130 targets, 2 models and 3 KDs");
    }
    tjac_full_discard(full);
}

static void refuses_paths(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    fixture_init(&f);
    CHECK(t, tjac_full_open("-", &f.spec, &full, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "jacobian.full");
    CHECK(t, tjac_full_open("test_full_dir/a/J.h5/c/J.h5", &f.spec, &full, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot make the folder 'test_full_dir/a/J.h5': File exists");
    CHECK(t, mkdir("test_full_dir/locked", 0500) == 0);
    if (access("test_full_dir/locked", W_OK) != 0) { /* the superuser may write anywhere */
        CHECK(t, tjac_full_open("test_full_dir/locked/J.h5", &f.spec, &full, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "Permission denied");
    }
    CHECK(t, mkdir("test_full_dir/J.h5", 0700) == 0);
    CHECK(t, tjac_full_open("test_full_dir/J.h5", &f.spec, &full, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_full_dir/J.h5': Is a directory");
    CHECK(t, n_files("test_full_dir") == 3);
    rmdir("test_full_dir/J.h5");
    rmdir("test_full_dir/locked");
}

/* A disk that is full, as a limit on the size of files: at once, or when buffers are written. */
static void full_disk(test *t, size_t n_targets, rlim_t bytes)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    struct rlimit old, low;
    fixture_init(&f);
    getrlimit(RLIMIT_FSIZE, &old);
    low = (struct rlimit){bytes, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
    tjac_code code = tjac_full_open("test_full_dir/b.h5", &f.spec, &full, &err);
    for (size_t k = 0; !code && k < KDS; k++)
        code = write_rows(full, &(tjac_full_block){0, k, 0, n_targets}, &err);
    if (!code)
        code = tjac_full_commit(full, &err);
    else if (full)
        tjac_full_discard(full);
    CHECK(t, code == TJAC_EFAIL);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "File too large");
    CHECK(t, n_files("test_full_dir") == 1);
}

int main(void)
{
    test t = {0};
    round_trip(&t);
    discard_leaves_nothing(&t);
    refuses_what_is_beyond(&t);
    refuses_paths(&t);
    full_disk(&t, 1, 1000);
    full_disk(&t, 1, 6000);
    full_disk(&t, TARGETS, 9000);
    unlink("test_full_dir/a/J.h5");
    rmdir("test_full_dir/a");
    CHECK(&t, rmdir("test_full_dir") == 0);
    return test_end(&t);
}
