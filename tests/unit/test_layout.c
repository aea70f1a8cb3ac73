/* The results file: what is written is read back, a mark says what is there, and what is damaged or
 * not tjac's is refused. */
#include <dirent.h>
#include <fcntl.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include "layout_case.h"
#include "results/place.h"

static const char path[] = "test_layout_dir/a/j.h5";

/* A file of many GB is not to be read when it is made. */
static size_t hashed;
tjac_code __wrap_tjac_sha256_file(const char *file, char out[65], tjac_err *err);
tjac_code __wrap_tjac_sha256_file(const char *file, char out[65], tjac_err *err)
{
    (void)file, (void)err;
    hashed++;
    out[0] = '\0';
    return TJAC_OK;
}

/* ---- read back ---- */

static void same_names(test *t, const tjac_names *got, const tjac_names *want)
{
    CHECK(t, got->n == want->n);
    for (size_t i = 0; i < got->n && i < want->n; i++)
        CHECK_STRING(t, got->name[i], want->name[i]);
}

static void same_cells(test *t, const tjac_layout_cells *got, const tjac_layout_cells *want)
{
    CHECK_STRING(t, got->cell_type, want->cell_type);
    CHECK(t, got->of == want->of);
    same_names(t, &got->kds, &want->kds);
    for (size_t k = 0; k < got->kds.n && k < want->kds.n; k++)
        CHECK(t, got->at[k] == want->at[k]);
}

static void same_model(test *t, const tjac_layout_model *got, const tjac_layout_model *want,
                       size_t n_panels)
{
    CHECK_STRING(t, got->name, want->name);
    CHECK_STRING(t, got->control, want->control);
    CHECK(t, got->shuffled == want->shuffled && got->shuffle == want->shuffle);
    same_names(t, &got->regulators, &want->regulators);
    same_names(t, &got->targets, &want->targets);
    CHECK(t, got->n_pairs == want->n_pairs && got->n_columns == want->n_columns);
    for (size_t i = 0; i < got->n_pairs && i < want->n_pairs; i++) {
        const tjac_layout_pair *a = &got->pair[i], *b = &want->pair[i];
        CHECK(t, a->panel == b->panel && a->kind == b->kind && a->repeats == b->repeats);
        CHECK(t, a->row == b->row && a->col == b->col && a->column == b->column);
        CHECK(t, a->regulator == b->regulator && a->target == b->target);
    }
    for (size_t p = 0; p <= n_panels; p++)
        CHECK(t, got->first[p] == want->first[p]);
    CHECK(t, got->n_cells == want->n_cells);
    for (size_t c = 0; c < got->n_cells && c < want->n_cells; c++)
        same_cells(t, &got->cells[c], &want->cells[c]);
}

static void same_draws(test *t, const tjac_layout *got, const tjac_layout *want)
{
    CHECK(t, got->n_draws == want->n_draws);
    for (size_t i = 0; i < got->n_draws && i < want->n_draws; i++) {
        const tjac_layout_draw *a = &got->draw[i], *b = &want->draw[i];
        CHECK(t, a->panel == b->panel && a->target == b->target && a->window == b->window);
        CHECK(t, a->block == b->block);
        for (size_t c = 0; c < 2; c++) {
            CHECK_STRING(t, got->genes.name[a->gene[c]], want->genes.name[b->gene[c]]);
            CHECK(t, a->expression[c] == b->expression[c] ||
                         (isnan(a->expression[c]) && isnan(b->expression[c])));
        }
    }
}

static void same_layout(test *t, const tjac_layout *got, const tjac_layout *want)
{
    same_names(t, &got->identity, &want->identity);
    same_names(t, &got->panels, &want->panels);
    CHECK_STRING(t, got->hash, want->hash);
    CHECK_STRING(t, got->machine, want->machine);
    CHECK(t, got->shard == want->shard && got->n_shards == want->n_shards);
    CHECK(t, got->n_estimands == want->n_estimands);
    for (size_t e = 0; e < got->n_estimands; e++)
        CHECK(t, got->estimand[e] == want->estimand[e]);
    same_draws(t, got, want);
    CHECK(t, got->n_models == want->n_models);
    for (size_t m = 0; m < got->n_models && m < want->n_models; m++)
        same_model(t, &got->model[m], &want->model[m], want->panels.n);
}

static void round_trip(test *t, const tjac_range *range, size_t shard, size_t n_shards)
{
    tjac_err err = {0};
    tjac_layout want = {0};
    tjac_jfile *file = NULL;
    if (!CHECK_OK(t, case_layout(range, &want, &err), &err))
        return;
    want.shard = shard;
    want.n_shards = n_shards;
    CHECK_OK(t, tjac_jfile_make(path, &want, &err), &err);
    if (CHECK_OK(t, tjac_jfile_open(path, &file, &err), &err)) {
        same_layout(t, &file->layout, &want);
        CHECK(t, tjac_layout_kds(&file->layout) == tjac_layout_kds(&want));
        CHECK_STRING(t, file->path, path);
    }
    tjac_jfile_close(file);
    tjac_layout_free(&want);
}

static void round_trips(test *t)
{
    static const tjac_range some[] = {{0, 0}, {3, 7}, {0, 4}, {2, 3}}, none[4] = {{0, 0}};
    round_trip(t, NULL, 0, 0);
    round_trip(t, some, 2, 7);
    round_trip(t, none, 1000000, 1000000);
    tjac_jfile_close(NULL);
}

/* Of a panel's pairs the second of one kind and target. */
static void repeats(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    for (size_t i = 0; i < l.model[0].n_pairs; i++)
        CHECK(t, l.model[0].pair[i].repeats == (i == 1 || i == 5));
    CHECK(t, l.model[0].first[0] == 0 && l.model[0].first[1] == 3 && l.model[0].first[2] == 7);
    tjac_layout_free(&l);
}

static void paths(test *t)
{
    static const char *const name[] = {"a", "a/b%", ".", "..", "...a", "\u00c9 \""};
    static const char *const want[] = {
        "/model/a/cells/a/pert/J",       "/model/a%2Fb%25/cells/a%2Fb%25/pert/J",
        "/model/%2E/cells/%2E/pert/J",   "/model/%2E%2E/cells/%2E%2E/pert/J",
        "/model/...a/cells/...a/pert/J", "/model/\u00c9 \"/cells/\u00c9 \"/pert/J"};
    tjac_err err = {0};
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        char text[16];
        snprintf(text, sizeof text, "%s", name[i]);
        const tjac_layout_model m = {.name = text};
        const tjac_layout_cells c = {.cell_type = text};
        char *got = tjac_layout_path(&m, &c, "pert", "J", &err);
        CHECK_STRING(t, got, want[i]);
        free(got);
    }
}

/* ---- numbers ---- */

static int same_bits(const double *a, const double *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

static void check_numbers(test *t, const tjac_jfile *f, const tjac_jfile_at *at)
{
    tjac_err err = {0};
    const size_t k = f->layout.model[at->model].cells[at->cells].at[at->kd];
    const case_numbers want = case_numbers_of(at->model, at->cells, k);
    case_numbers got = {0};
    for (size_t e = 0; e < 2; e++)
        CHECK_OK(t,
                 tjac_jfile_read(f, at, e, got.J + e * CASE_COLUMNS, got.se + e * CASE_COLUMNS,
                                 e ? NULL : got.active, &err),
                 &err);
    CHECK(t, same_bits(got.J, want.J, 2 * CASE_COLUMNS));
    CHECK(t, same_bits(got.se, want.se, 2 * CASE_COLUMNS));
    CHECK(t, same_bits(got.active, want.active, CASE_TARGETS));
}

/* done of one block is 1 but for its KDs from `n` on and KD `but`. */
static void check_done(test *t, const tjac_jfile *f, size_t m, size_t c, size_t n, size_t but)
{
    tjac_err err = {0};
    unsigned char done[CASE_KDS] = {7, 7, 7, 7, 7, 7, 7};
    CHECK_OK(t, tjac_jfile_done(f, m, c, done, &err), &err);
    for (size_t k = 0; k < f->layout.model[m].cells[c].kds.n; k++)
        CHECK(t, done[k] == (k < n && k != but));
}

static void numbers(test *t)
{
    static const tjac_range range[] = {{0, 7}, {3, 7}, {0, 0}, {2, 4}};
    tjac_err err = {0};
    tjac_layout l = {0};
    CHECK_OK(t, case_layout(range, &l, &err), &err);
    tjac_jfile *f = case_file(t, path, &l);
    if (!f)
        return;
    check_done(t, f, 0, 0, 0, SIZE_MAX);
    CHECK(t, tjac_jfile_complete(f, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT,
                "KD 'TRAPPC3' of model 'a/b%2F' (K562, \"wild\") is not there");
    CHECK_OK(t, case_fill(f, 1, &err), &err);
    CHECK(t, tjac_jfile_complete(f, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "KD 'non-targeting' of model 'a/b%2F' (K562, \"wild\")");
    check_done(t, f, 0, 0, 6, SIZE_MAX);
    check_done(t, f, 1, 1, 1, SIZE_MAX);
    CHECK_OK(t, case_fill(f, 0, &err), &err);
    CHECK_OK(t, tjac_jfile_complete(f, &err), &err);
    for (size_t m = 0; m < CASE_MODELS; m++)
        for (size_t c = 0; c < CASE_CELLS; c++)
            for (size_t k = 0; k < f->layout.model[m].cells[c].kds.n; k++)
                check_numbers(t, f, &(tjac_jfile_at){m, c, k});
    tjac_jfile_close(f);
}

static void flip(test *t, uint64_t at)
{
    unsigned char byte = 0;
    int fd = open(path, O_RDWR);
    CHECK(t, fd >= 0 && pread(fd, &byte, 1, (off_t)at) == 1);
    byte ^= 0x10;
    CHECK(t, pwrite(fd, &byte, 1, (off_t)at) == 1 && close(fd) == 0);
}

/* A byte of anything that a KD has: this KD is not there, and no other. */
static void flipped_bytes(test *t)
{
    enum { M = 1, C = 0, K = 2 };
    tjac_err err = {0};
    tjac_layout l = {0};
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    tjac_jfile *f = case_file(t, path, &l);
    if (!f || !CHECK_OK(t, case_fill(f, 0, &err), &err))
        return;
    const tjac_jfile_place *p = &f->place[M][C];
    const size_t row = CASE_COLUMNS * sizeof(double), targets = CASE_TARGETS * sizeof(double);
    const uint64_t byte[] = {
        p->J[0] + K * row,  p->J[1] + (K + 1) * row - 1, p->se[0] + (K + 1) * row - 1,
        p->se[1] + K * row, p->active + K * targets,     p->active + (K + 1) * targets - 1,
        p->done + K * 4,    p->done + K * 4 + 3};
    for (size_t i = 0; i < sizeof byte / sizeof *byte; i++) {
        flip(t, byte[i]);
        for (size_t m = 0; m < CASE_MODELS; m++)
            for (size_t c = 0; c < CASE_CELLS; c++)
                check_done(t, f, m, c, CASE_KDS, m == M && c == C ? K : SIZE_MAX);
        CHECK(t, tjac_jfile_complete(f, &err) == TJAC_EINPUT);
        CHECK_ERROR(t, &err, TJAC_EINPUT, "KD '\"q\"' of model '..' (K562, \"wild\") is not there");
        flip(t, byte[i]);
    }
    CHECK_OK(t, tjac_jfile_complete(f, &err), &err);
    tjac_jfile_close(f);
}

/* The file may be cut off while it is open. */
static void ends_early(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    double J[CASE_COLUMNS];
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    tjac_jfile *f = case_file(t, path, &l);
    if (!f)
        return;
    CHECK(t, truncate(path, 512) == 0);
    CHECK(t, tjac_jfile_read(f, &(tjac_jfile_at){1, 1, 0}, 0, J, NULL, NULL, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot read 'test_layout_dir/a/j.h5': it ends too early");
    tjac_jfile_close(f);
}

/* ---- making ---- */

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

static void same_bytes(test *t)
{
    tjac_err err = {0};
    for (int i = 0; i < 2; i++) { /* a second later no time is in the file */
        tjac_layout l = {0};
        nanosleep(&(struct timespec){i, i * 50000000}, NULL);
        CHECK_OK(t, case_layout(NULL, &l, &err), &err);
        tjac_jfile *f = case_file(t, i ? "test_layout_dir/a/again.h5" : path, &l);
        if (f)
            CHECK_OK(t, case_fill(f, 0, &err), &err);
        tjac_jfile_close(f);
    }
    CHECK(t, case_same(path, "test_layout_dir/a/again.h5"));
    unlink("test_layout_dir/a/again.h5");
    CHECK(t, n_files("test_layout_dir/a") == 1); /* no temporary file is left */
}

/* Many targets: their room is on the disk from the start, and it was not read. */
static void room(test *t)
{
    enum { TARGETS = 20000 };
    tjac_err err = {0};
    tjac_layout l = {0};
    struct stat st = {0};
    char name[16];
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    for (size_t j = CASE_TARGETS; j < TARGETS && !err.code; j++) {
        snprintf(name, sizeof name, "G%zu", j);
        (void)!tjac_names_add(&l.model[0].targets, name, &err);
    }
    const double bytes = tjac_jfile_bytes(&l);
    CHECK_OK(t, tjac_jfile_make(path, &l, &err), &err);
    CHECK(t, stat(path, &st) == 0 && st.st_size > 2 * CASE_KDS * TARGETS * 8);
    CHECK(t, (double)st.st_blocks * 512 >= (double)st.st_size);
    CHECK(t, bytes > 0.9 * (double)st.st_size && bytes < 1.2 * (double)st.st_size);
    CHECK(t, hashed == 0);
    tjac_layout_free(&l);
}

/* What fails leaves nothing, and what is there stays. */
static void cannot_make(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    struct stat before, after;
    struct rlimit old, low;
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    CHECK_OK(t, tjac_jfile_make(path, &l, &err), &err);
    CHECK(t, stat(path, &before) == 0);
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t bytes = 1000; bytes < (rlim_t)before.st_size; bytes += 3000) {
        low = (struct rlimit){bytes, old.rlim_max};
        CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
        CHECK(t, tjac_jfile_make(path, &l, &err) == TJAC_EFAIL);
        setrlimit(RLIMIT_FSIZE, &old);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "File too large");
    }
    CHECK(t, stat(path, &after) == 0 && after.st_ino == before.st_ino);
    CHECK(t, n_files("test_layout_dir/a") == 1);
    CHECK(t, tjac_jfile_make("test_layout_dir/a/j.h5/b/j.h5", &l, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot make the folder 'test_layout_dir/a/j.h5'");
    CHECK(t, tjac_jfile_make("test_layout_dir/a", &l, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_layout_dir/a': Is a directory");
    CHECK(t, n_files("test_layout_dir") == 1);
    tjac_layout_free(&l);
}

/* ---- damage ---- */

/* One change of a good file; `object` is what it is done to. */
typedef struct {
    void (*change)(hid_t file, const char *object, const char *value);
    const char *object, *value;
    const char *part; /* of the message */
} damage;

#define CELLS "/model/%2E%2E/cells/%2E/"
#define FIRST "/model/a%2Fb%252F/"

static void removed(hid_t file, const char *object, const char *value)
{
    (void)value;
    H5Ldelete(file, object, H5P_DEFAULT);
}

static void soft_link(hid_t file, const char *object, const char *value)
{
    H5Ldelete(file, object, H5P_DEFAULT);
    H5Lcreate_soft(value, file, object, H5P_DEFAULT, H5P_DEFAULT);
}

/* The same object, under another name. */
static void moved_away(hid_t file, const char *object, const char *value)
{
    H5Lmove(file, object, file, value, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_soft(value, file, object, H5P_DEFAULT, H5P_DEFAULT);
}

static void external_link(hid_t file, const char *object, const char *value)
{
    H5Ldelete(file, object, H5P_DEFAULT);
    H5Lcreate_external(value, object, file, object, H5P_DEFAULT, H5P_DEFAULT);
}

static void attribute(hid_t file, const char *object, const char *value)
{
    char of[256];
    snprintf(of, sizeof of, "%s", object);
    char *name = strrchr(of, ':');
    *name++ = '\0';
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR), id;
    H5Adelete_by_name(file, of, name, H5P_DEFAULT);
    if (value) {
        H5Tset_size(type, strlen(value) + 1);
        id = H5Acreate_by_name(file, of, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(id, type, value);
        H5Aclose(id);
    }
    H5Sclose(space);
    H5Tclose(type);
}

/* Anew, as a dataset of the shape in `value`, such as "f8 4x5 chunked". */
static void dataset(hid_t file, const char *object, const char *value)
{
    hsize_t shape[2] = {1, 1};
    hid_t type = value[0] == 'b'   ? H5T_IEEE_F64BE
                 : value[0] == 'i' ? H5T_STD_I32LE
                 : value[1] == '4' ? H5T_IEEE_F32LE
                                   : H5T_IEEE_F64LE;
    const char *by = strchr(value, 'x');
    shape[0] = strtoull(value + 3, NULL, 10);
    if (by)
        shape[1] = strtoull(by + 1, NULL, 10);
    hid_t space = H5Screate_simple(by ? 2 : 1, shape, NULL), dcpl = H5Pcreate(H5P_DATASET_CREATE);
    if (strstr(value, "chunked"))
        H5Pset_chunk(dcpl, 2, shape);
    if (strstr(value, "compact"))
        H5Pset_layout(dcpl, H5D_COMPACT);
    if (strstr(value, "early"))
        H5Pset_alloc_time(dcpl, H5D_ALLOC_TIME_EARLY);
    H5Ldelete(file, object, H5P_DEFAULT);
    hid_t id = H5Dcreate2(file, object, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    H5Dclose(id);
    H5Pclose(dcpl);
    H5Sclose(space);
}

/* Sets one number of a vector: "3=99". */
static void number(hid_t file, const char *object, const char *value)
{
    int32_t v[64] = {0};
    hid_t id = H5Dopen2(file, object, H5P_DEFAULT);
    H5Dread(id, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
    v[strtol(value, NULL, 10)] = (int32_t)strtol(strchr(value, '=') + 1, NULL, 10);
    H5Dwrite(id, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
    H5Dclose(id);
}

/* Sets one name of a vector: "0=text", not longer than the longest that is there. */
static void name(hid_t file, const char *object, const char *value)
{
    char v[4096] = "";
    hid_t id = H5Dopen2(file, object, H5P_DEFAULT), type = H5Dget_type(id);
    const size_t size = H5Tget_size(type), at = strtoul(value, NULL, 10) * size;
    H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
    memset(v + at, 0, size);
    memcpy(v + at, strchr(value, '=') + 1, strlen(strchr(value, '=') + 1));
    H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, v);
    H5Tclose(type);
    H5Dclose(id);
}

static const damage bad[] = {
    {attribute, "/:format", NULL, "expected a results file"},
    {attribute, "/:format", "tjac full Jacobian", "expected a results file"},
    {attribute, "/:layout", "1", "has layout 1 and this tjac reads layout 2"},
    {attribute, "/:layout", "1x", "expected a number"},
    {attribute, "/:layout", "-1", "expected a number"},
    {attribute, "/:hash", "12", "64 hexadecimal digits"},
    {attribute, "/:hash", "zzzzzzzzzzzzzzzzaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "64 hexadecimal digits"},
    {attribute, "/:machine", NULL, "expected an attribute"},
    {attribute, "/:shard", "2", "a part such as 2/7"},
    {attribute, "/:shard", "3/2", "a part such as 2/7"},
    {attribute, "/:shard", "0/2", "a part such as 2/7"},
    {attribute, "/:shard", "-1/-1", "a part such as 2/7"},
    {attribute, "/:shard", "1/18446744073709551615", "a part such as 2/7"},
    {attribute, "/:shard", "1/2 ", "a part such as 2/7"},
    {attribute, CELLS "at:of", "3", "positions in the plan"},
    {attribute, CELLS "at:of", NULL, "expected an attribute"},
    {attribute, FIRST ":control", NULL, "expected an attribute"},
    {removed, "/identity", NULL, "/identity"},
    {removed, "/draw", NULL, "/draw/panel"},
    {removed, "/models", NULL, "/models"},
    {removed, "/model", NULL, "it is not there"},
    {removed, CELLS "done", NULL, CELLS "done"},
    {removed, CELLS "pert/J_se", NULL, CELLS "pert/J_se"},
    {name, "/estimand", "0=pert", "each name once"},
    {name, "/estimand", "0=no_such", "expected estimands"},
    {name, "/panel", "1=TRAPP, core", "each name once"},
    {name, "/models", "1=a/b%2F", "each name once"},
    {name, "/draw/role", "1=gene", "names of their list"},
    {name, "/draw/panel", "1=no such", "names of their list"},
    {name, FIRST "pair/panel", "0=zweites \"Gen\u00e8se\"", "panels in their order"},
    {name, FIRST "pair/pair", "6=other", "kinds of pairs"},
    {name, FIRST "pair/pair", "2=row", "the kind that fits row and col"},
    {name, FIRST "pair/regulator", "6=X9", "names of their list"},
    {name, FIRST "pair/target", "0=", "names of their list"},
    {name, FIRST "target", "0=Y,1", "each name once"},
    {name, CELLS "kd", "1=TRAPPC3", "each name once"},
    {number, FIRST "pair/column", "6=5", "has 7 x 5 numbers, expected 7 x 6"},
    {number, FIRST "pair/column", "6=7", "expected no more columns than pairs"},
    {number, FIRST "pair/column", "6=-1", "positions inside their lists"},
    {number, FIRST "pair/row", "0=-1", "positions inside their lists"},
    {number, CELLS "at", "1=0", "positions in the plan"},
    {number, CELLS "at", "3=4", "positions in the plan"},
    {number, CELLS "at", "0=-1", "positions inside their lists"},
    {number, FIRST "pair/row", "0=1001", "positions inside their lists"},
    {number, FIRST "pair/col", "0=-3", "positions inside their lists"},
    {number, FIRST "pair/col", "0=-1", "the kind that fits row and col"},
    {number, FIRST "pair/col", "0=3", "the kind that fits row and col"},
    {number, FIRST "pair/row", "6=1", "the kind that fits row and col"},
    {number, "/draw/block", "0=0", "positions inside their lists"},
    {number, "/draw/window", "0=-1", "positions inside their lists"},
    {dataset, "/draw/window", "i4 1 early", "has 1 values, expected 2"},
    {dataset, "/draw/window", "f8 2 early", "expected integers"},
    {dataset, FIRST "pair/col", "i4 7x2 early", "expected integers in one"},
    {dataset, CELLS "done", "i4 4 early", "not stored as tjac writes it"},
    {dataset, CELLS "done", "f8 4 early", "not stored as tjac writes it"},
    {dataset, CELLS "active", "f8 5x4 early", "has 5 x 4 numbers, expected 4 x 4"},
    {dataset, CELLS "pert/J", "f8 4x5 chunked early", "not stored as tjac writes it"},
    {dataset, CELLS "pert/J", "f8 4x5 compact", "not stored as tjac writes it"},
    {dataset, CELLS "pert/J", "f8 4x5", "not stored as tjac writes it"}, /* has no place yet */
    {dataset, CELLS "pert/J", "f4 4x5 early", "not stored as tjac writes it"},
    {dataset, CELLS "pert/J", "b8 4x5 early", "not stored as tjac writes it"},
    {dataset, CELLS "pert/J", "f8 4x6 early", "has 4 x 6 numbers, expected 4 x 5"},
    {dataset, CELLS "pert/J", "f8 20 early", "has 20 x 1 numbers, expected 4 x 5"},
    {soft_link, CELLS "pert/J", CELLS "pert/J_se", "not stored as tjac writes it"},
    {soft_link, CELLS "pert/J", "/nowhere", CELLS "pert/J"},
    {moved_away, CELLS "pert", "/elsewhere", "not stored as tjac writes it"},
    {external_link, CELLS "pert/J", "test_layout_dir/other.h5", "an external link leads to"},
};

static void refuses(test *t, tjac_code code, const char *part)
{
    tjac_err err = {0};
    tjac_jfile *f = NULL;
    CHECK(t, tjac_jfile_open(path, &f, &err) == code && f == NULL);
    CHECK_ERROR(t, &err, code, part);
    tjac_jfile_close(f);
}

static void damaged(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    CHECK_OK(t, tjac_jfile_make("test_layout_dir/other.h5", &l, &err), &err);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_OK(t, tjac_jfile_make(path, &l, &err), &err);
        hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        if (!CHECK(t, file >= 0))
            continue;
        bad[i].change(file, bad[i].object, bad[i].value);
        CHECK(t, H5Fclose(file) >= 0);
        const int before = t->failures;
        refuses(t, TJAC_EINPUT, bad[i].part);
        if (t->failures > before)
            fprintf(stderr, "    damage %zu: '%s', '%s'\n", i, bad[i].object,
                    bad[i].value ? bad[i].value : "");
    }
    CHECK_OK(t, tjac_jfile_make(path, &l, &err), &err);
    tjac_layout_free(&l);
    unlink("test_layout_dir/other.h5");
}

static void cut_off(test *t)
{
    tjac_err err = {0};
    tjac_layout l = {0};
    struct stat st;
    CHECK_OK(t, case_layout(NULL, &l, &err), &err);
    for (off_t least = 0; least < 40; least++) {
        CHECK_OK(t, tjac_jfile_make(path, &l, &err), &err);
        CHECK(t, stat(path, &st) == 0);
        CHECK(t, truncate(path, st.st_size - 1 - least * (st.st_size / 40)) == 0);
        refuses(t, TJAC_EINPUT, "is not a file of J that tjac made, or is damaged");
    }
    tjac_layout_free(&l);
}

static void not_tjacs(test *t)
{
    unlink(path);
    refuses(t, TJAC_EUSAGE, "No such file or directory");
    CHECK(t, mkdir(path, 0700) == 0);
    refuses(t, TJAC_EINPUT, "is not a file of J");
    CHECK(t, rmdir(path) == 0);
    FILE *f = fopen(path, "w");
    CHECK(t, f && fputs("run,model\n", f) >= 0 && fclose(f) == 0);
    refuses(t, TJAC_EINPUT, "is not a file of J that tjac made");
    CHECK(t, truncate(path, 0) == 0);
    refuses(t, TJAC_EINPUT, "is not a file of J that tjac made");
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    CHECK(t, file >= 0 && H5Fclose(file) >= 0);
    refuses(t, TJAC_EINPUT, "expected a results file");
}

int main(void)
{
    test t = {0};
    round_trips(&t);
    repeats(&t);
    paths(&t);
    numbers(&t);
    flipped_bytes(&t);
    ends_early(&t);
    same_bytes(&t);
    room(&t);
    cannot_make(&t);
    damaged(&t);
    cut_off(&t);
    not_tjacs(&t);
    unlink(path);
    rmdir("test_layout_dir/a");
    CHECK(&t, rmdir("test_layout_dir") == 0);
    return test_end(&t);
}
