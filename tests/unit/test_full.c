/* The file of the full Jacobian: made with its final size, filled in pieces, gone on with, and
 * refused where it is of something else. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "test.h"
#include "base/alloc.h"
#include "results/full.h"
#include "results/place.h"

enum { MODELS = 2, KDS = 3, TARGETS = 130, REGULATORS = 7 };

static const char *const path = "test_full_dir/a/J.h5";
static const char *const hash = "a hash";

/* A run of two models that share genes and KDs. */
typedef struct {
    char text[TARGETS][16];
    char *target[TARGETS], *regulator[REGULATORS], *kd[KDS];
    size_t kds[KDS];
    tjac_names kd_names;
    tjac_plan_names names;
    tjac_block block;
    tjac_run_model model[MODELS];
    tjac_run run;
} fixture;

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)s;
}

static void setup(fixture *f)
{
    static const char *const regulators[] = {"R0", "R1", "R2", "R3", "R4", "R5", "a, \"b\""};
    static const char *const kds[] = {"TRAPPC3", "non-targeting", "SRP54"};
    memset(f, 0, sizeof *f);
    for (size_t j = 0; j < TARGETS; j++) {
        snprintf(f->text[j], sizeof f->text[j], "G\xC3\xA8ne%zu", j);
        f->target[j] = f->text[j];
    }
    for (size_t i = 0; i < REGULATORS; i++)
        f->regulator[i] = text_of(regulators[i]);
    for (size_t k = 0; k < KDS; k++) {
        f->kd[k] = text_of(kds[k]);
        f->kds[k] = k == 0 ? 0 : KDS - k; /* the control comes last */
    }
    f->kd_names = (tjac_names){.name = f->kd, .n = KDS};
    f->names.kds = &f->kd_names;
    f->block.cell_type = text_of("hepg2");
    for (size_t m = 0; m < MODELS; m++) {
        f->model[m].input = (tjac_input){.name = text_of(m ? "zero, \"shot\"" : "fewshot"),
                                         .inputs = {.name = f->regulator, .n = REGULATORS},
                                         .outputs = {.name = f->target, .n = TARGETS},
                                         .block = &f->block,
                                         .n_blocks = 1};
        f->model[m].plan = (tjac_plan){.kd = f->kds, .n_kds = KDS, .names = &f->names};
    }
    f->run = (tjac_run){.model = f->model, .n_models = MODELS};
}

static size_t at(size_t m, size_t k, size_t j)
{
    return ((m * KDS + k) * TARGETS + j) * REGULATORS;
}

static double value(size_t where)
{
    return 0.1 - 1e-3 * (double)where;
}

static void put(test *t, tjac_full *full, size_t m, size_t k, size_t first, size_t n)
{
    tjac_err err = {0};
    double *J = tjac_alloc(n * REGULATORS, sizeof *J, &err);
    if (!J)
        abort();
    for (size_t i = 0; i < n * REGULATORS; i++)
        J[i] = value(at(m, k, first) + i);
    CHECK_OK(t, tjac_full_put(full, &(tjac_full_block){m, k, first, n}, J, &err), &err);
    free(J);
}

/* done: a character a KD, model by model. */
static void check_done(test *t, const tjac_full *full, const char *want)
{
    tjac_err err = {0};
    unsigned char done[KDS];
    for (size_t m = 0; m < MODELS; m++) {
        CHECK_OK(t, tjac_full_done(full, m, done, &err), &err);
        for (size_t k = 0; k < KDS; k++)
            CHECK(t, done[k] == want[m * KDS + k] - '0');
    }
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

/* ---- what HDF5 sees ---- */

static tjac_code take_name(void *ctx, size_t row, const char *text, tjac_err *err)
{
    (void)row;
    return tjac_names_add(ctx, text, err);
}

static void check_names(test *t, const tjac_h5 *h5, const char *dataset, const char *const *want,
                        size_t n)
{
    tjac_err err = {0};
    tjac_h5_data *data = NULL;
    tjac_names got = {0};
    if (CHECK_OK(t, tjac_h5_vector_open(h5, dataset, NULL, TJAC_H5_TEXT, n, &data, &err), &err))
        CHECK_OK(t, tjac_h5_each_text(data, 0, n, take_name, &got, &err), &err);
    for (size_t i = 0; i < got.n; i++)
        CHECK_STRING(t, got.name[i], want[i]);
    tjac_names_free(&got);
    tjac_h5_data_close(data);
}

static void check_attr(test *t, const tjac_h5 *h5, const char *object, const char *attr,
                       const char *want)
{
    tjac_err err = {0};
    char *text = NULL;
    CHECK_OK(t, tjac_h5_attr_text(h5, object, attr, &text, &err), &err);
    CHECK_STRING(t, text, want);
    free(text);
}

/* J of all KDs that are done. */
static void check_J(test *t, const tjac_h5 *h5, const char *done)
{
    enum { N = MODELS * KDS * TARGETS * REGULATORS };
    static float J[N];
    tjac_err err = {0};
    tjac_h5_data *data = NULL;
    size_t wrong = 0;
    if (!CHECK_OK(t, tjac_h5_data_open(h5, "J", NULL, &data, &err), &err))
        return;
    CHECK(t, data->rank == 4 && data->n_rows == MODELS && data->n_cols == N / MODELS);
    CHECK_STRING(t, data->dtype, "float32");
    CHECK_OK(t, tjac_h5_read_f32(data, 0, MODELS, J, &err), &err);
    for (size_t i = 0; i < N; i++)
        if (done[i / (REGULATORS * TARGETS)] == '1')
            wrong += J[i] != (float)value(i);
    CHECK(t, wrong == 0);
    tjac_h5_data_close(data);
}

static void check_file(test *t, const char *done)
{
    static const char *const models[] = {"fewshot", "zero, \"shot\""};
    static const char *const kds[] = {"TRAPPC3", "SRP54", "non-targeting"};
    fixture f;
    tjac_err err = {0};
    tjac_h5 *h5 = NULL;
    setup(&f);
    if (!CHECK_OK(t, tjac_h5_open(path, &h5, &err), &err))
        return;
    check_names(t, h5, "model", models, MODELS);
    check_names(t, h5, "kd", kds, KDS);
    check_names(t, h5, "target", (const char *const *)f.target, TARGETS);
    check_names(t, h5, "regulator", (const char *const *)f.regulator, REGULATORS);
    check_attr(t, h5, "/", "format", "tjac full Jacobian");
    check_attr(t, h5, "/", "hash", hash);
    check_attr(t, h5, "J", "dimensions", "model,kd,target,regulator");
    check_attr(t, h5, "J", "estimand", "set_mean");
    check_attr(t, h5, "J", "cell_type", "hepg2");
    check_attr(t, h5, "J", "meaning",
               "J[m,k,j,i] = dE[Y_j]/dX_i of model m under KD k, target j and regulator i, the "
               "mean over the cell sets; done[m,k] is 0 where it is not there");
    check_J(t, h5, done);
    tjac_h5_close(h5);
}

/* ---- filling ---- */

/* Two KDs of six, in pieces, and a part of a third; then the rest, by another who opens it. */
static void test_fill(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    struct stat before, after;
    setup(&f);
    CHECK_OK(t, tjac_full_make(path, &f.run, hash, &err), &err);
    CHECK(t, n_files("test_full_dir/a") == 1 && stat(path, &before) == 0);
    CHECK(t, before.st_size >= 4 * MODELS * KDS * TARGETS * REGULATORS);
    if (!CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err))
        return;
    check_done(t, full, "000000");
    put(t, full, 1, 2, 0, 100);
    put(t, full, 1, 2, 100, 29);
    CHECK_OK(t, tjac_fill_flush(tjac_full_fill(full), &err), &err);
    check_done(t, full, "000000");
    put(t, full, 1, 2, 129, 1);
    put(t, full, 0, 1, 0, TARGETS);
    put(t, full, 0, 0, 0, 70);
    CHECK_OK(t, tjac_fill_flush(tjac_full_fill(full), &err), &err);
    check_done(t, full, "010001");
    check_file(t, "010001");
    CHECK_OK(t, tjac_full_close(full, &err), &err);

    if (!CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err))
        return;
    check_done(t, full, "010001");
    for (size_t c = 0; c < MODELS * KDS; c++)
        if ("010001"[c] == '0')
            for (size_t first = 0; first < TARGETS; first += 65)
                put(t, full, c / KDS, c % KDS, first, 65);
    CHECK_OK(t, tjac_full_close(full, &err), &err);
    CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err);
    check_done(t, full, "111111");
    tjac_full_drop(full);
    check_file(t, "111111");
    CHECK(t, stat(path, &after) == 0 && before.st_ino == after.st_ino);
    CHECK(t, before.st_size == after.st_size && n_files("test_full_dir/a") == 1);
}

static void flip(test *t, off_t where)
{
    unsigned char byte;
    int fd = open(path, O_RDWR);
    CHECK(t, fd >= 0 && pread(fd, &byte, 1, where) == 1);
    byte ^= 1;
    CHECK(t, pwrite(fd, &byte, 1, where) == 1 && close(fd) == 0);
}

/* The file of test_fill: a number or a mark that changed is not done; a new one replaces it. */
static void test_flipped(test *t)
{
    const tjac_place_spec J = {TJAC_H5_F32, 4, MODELS, KDS * TARGETS * REGULATORS};
    const tjac_place_spec done = {TJAC_H5_U32, 2, MODELS, KDS};
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    tjac_h5 *h5 = NULL;
    uint64_t number, mark;
    int fd = -1;
    setup(&f);
    CHECK_OK(t, tjac_place_open(path, &h5, &fd, &err), &err);
    CHECK_OK(t, tjac_place_find(h5, "J", &J, &number, &err), &err);
    CHECK_OK(t, tjac_place_find(h5, "done", &done, &mark, &err), &err);
    tjac_h5_close(h5);
    close(fd);
    flip(t, (off_t)(number + 4 * at(0, 2, TARGETS - 1)));
    flip(t, (off_t)(mark + 4 * 3));
    CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err);
    check_done(t, full, "110011");
    tjac_full_drop(full);
    CHECK_OK(t, tjac_full_make(path, &f.run, hash, &err), &err);
    CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err);
    check_done(t, full, "000000");
    tjac_full_drop(full);
    tjac_full_drop(NULL);
}

/* ---- what is refused ---- */

static void check_refused(test *t, const char *file, const fixture *f, tjac_code code,
                          const char *message)
{
    tjac_full *full = NULL;
    tjac_err err = {0};
    CHECK(t, tjac_full_open(file, &f->run, hash, &full, &err) == code && !full);
    CHECK_ERROR(t, &err, code, message);
}

static tjac_code write_other(const void *format, tjac_h5_writer *w, tjac_err *err)
{
    if (format && tjac_h5_put_attr_text(w, "/", "format", format, err))
        return err->code;
    return tjac_h5_put_attr_text(w, "/", "hash", hash, err);
}

static void test_refused(test *t)
{
    static const char *const other = "test_full_dir/b.h5";
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    setup(&f);
    CHECK(t, tjac_full_open(path, &f.run, "another", &full, &err) == TJAC_EUSAGE && !full);
    CHECK_ERROR(t, &err, TJAC_EUSAGE,
                "J.h5' is the full Jacobian of another plan; give jacobian.full "
                "another name, or --force to write it anew");
    f.run.n_models = 1;
    check_refused(t, path, &f, TJAC_EINPUT, "the file is damaged, run again");
    f.run.n_models = MODELS;
    f.model[0].input.inputs.n--;
    check_refused(t, path, &f, TJAC_EINPUT, "'J' has 2 x 2730 numbers, expected 2 x 2340");
    setup(&f);
    check_refused(t, other, &f, TJAC_EUSAGE, "'test_full_dir/b.h5' cannot be read (No such file");
    CHECK_OK(t, tjac_place_make(other, write_other, NULL, &err), &err);
    check_refused(t, other, &f, TJAC_EUSAGE, "is there and is no full Jacobian of tjac");
    CHECK_OK(t, tjac_place_make(other, write_other, "tjac results", &err), &err);
    check_refused(t, other, &f, TJAC_EUSAGE, "is there and is no full Jacobian of tjac");
    FILE *text = fopen(other, "w");
    CHECK(t, text && fputs("kd,value\n", text) >= 0 && fclose(text) == 0);
    check_refused(t, other, &f, TJAC_EINPUT, "is not a file of J that tjac made, or is damaged");
    CHECK(t, truncate(path, 3000) == 0);
    check_refused(t, path, &f, TJAC_EINPUT, "is not a file of J that tjac made, or is damaged");
    unlink(other);
}

static void test_beyond(test *t)
{
    static const tjac_full_block bad[] = {{2, 0, 0, 1},       {0, 3, 0, 1},
                                          {0, 0, TARGETS, 1}, {0, 0, TARGETS + 1, 0},
                                          {0, 0, 1, TARGETS}, {0, 0, 1, SIZE_MAX}};
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    double J[REGULATORS] = {0};
    setup(&f);
    CHECK_OK(t, tjac_full_make(path, &f.run, hash, &err), &err);
    if (!CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err))
        return;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        CHECK(t, tjac_full_put(full, &bad[k], J, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "beyond the 130 targets, 2 models and 3 KDs");
    }
    CHECK_OK(t, tjac_full_close(full, &err), &err);
}

/* The file is gone while it is filled: that is said at the end. */
static void test_removed(test *t)
{
    fixture f;
    tjac_err err = {0};
    tjac_full *full = NULL;
    setup(&f);
    if (!CHECK_OK(t, tjac_full_open(path, &f.run, hash, &full, &err), &err))
        return;
    CHECK(t, unlink(path) == 0);
    put(t, full, 0, 0, 0, TARGETS);
    CHECK(t, tjac_full_close(full, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, path);
}

static void check_no_file(test *t, const char *file, const char *message)
{
    fixture f;
    tjac_err err = {0};
    setup(&f);
    CHECK(t, tjac_full_make(file, &f.run, hash, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, message);
}

static void test_paths(test *t)
{
    fixture f;
    tjac_err err = {0};
    setup(&f);
    CHECK_OK(t, tjac_full_make(path, &f.run, hash, &err), &err);
    check_no_file(t, "test_full_dir/a/J.h5/c/J.h5",
                  "cannot make the folder 'test_full_dir/a/J.h5': File exists");
    CHECK(t, mkdir("test_full_dir/locked", 0500) == 0);
    if (access("test_full_dir/locked", W_OK) != 0) /* the superuser may write anywhere */
        check_no_file(t, "test_full_dir/locked/J.h5", "Permission denied");
    CHECK(t, mkdir("test_full_dir/J.h5", 0700) == 0);
    check_no_file(t, "test_full_dir/J.h5", "cannot write 'test_full_dir/J.h5': Is a directory");
    CHECK(t, n_files("test_full_dir") == 3);
    rmdir("test_full_dir/J.h5");
    rmdir("test_full_dir/locked");
}

/* A disk that is full, as a limit on the size of files: nothing is left of the new file, and the
 * old one stands. */
static void test_full_disk(test *t, rlim_t bytes)
{
    struct rlimit old, low;
    struct stat before, after;
    CHECK(t, stat(path, &before) == 0);
    getrlimit(RLIMIT_FSIZE, &old);
    low = (struct rlimit){bytes, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
    check_no_file(t, path, "File too large");
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK(t, n_files("test_full_dir/a") == 1 && stat(path, &after) == 0);
    CHECK(t, before.st_ino == after.st_ino && before.st_size == after.st_size);
}

int main(void)
{
    test t = {0};
    test_fill(&t);
    test_flipped(&t);
    test_refused(&t);
    test_beyond(&t);
    test_removed(&t);
    test_paths(&t);
    test_full_disk(&t, 100);
    test_full_disk(&t, 6000);
    test_full_disk(&t, 20000);
    unlink(path);
    rmdir("test_full_dir/a");
    CHECK(&t, rmdir("test_full_dir") == 0);
    return test_end(&t);
}
