/* Whole files or none, CSV fields, numbers. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test.h"
#include "base/output.h"

static const char *const folder = "test_output_dir/a";
static const char *const file = "test_output_dir/a/x.csv";

static int exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static size_t n_files(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n < 2 ? 0 : n - 2;
}

/* The linker leads every open of this program here (-Wl,--wrap=open). With `trap` set, a link to
 * that file is there under the next temporary name, as if somebody had guessed it. */
static const char *trap;
static char trapped[TEST_PATH];

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (trap && flags & O_CREAT && symlink(trap, path) == 0) {
        snprintf(trapped, sizeof trapped, "%s", path);
        trap = NULL;
    }
    return __real_open(path, flags, mode);
}

static void test_files(test *t)
{
    tjac_output o = {0};
    tjac_err err = {0};
    char temporary[256];
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    fputs("text\n", o.file);
    snprintf(temporary, sizeof temporary, "%s", o.temporary);
    CHECK(t, exists(temporary) && !exists(file) && n_files() == 1);
    CHECK(t, strncmp(temporary, "test_output_dir/a/.x.csv.", 25) == 0);
    CHECK(t, strlen(temporary) == 35 && strcmp(temporary + 31, ".tmp") == 0);
    CHECK(t, fcntl(fileno(o.file), F_GETFD) & FD_CLOEXEC);
    tjac_output_discard(&o);
    CHECK(t, n_files() == 0);
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    fputs("text\n", o.file);
    CHECK_OK(t, tjac_output_commit(&o, &err), &err);
    CHECK(t, n_files() == 1 && exists(file));
    CHECK_OK(t, tjac_output_commit(&o, &err), &err); /* nothing is left to do */
}

static void test_finish(test *t)
{
    tjac_output o = {0};
    tjac_err err = {0};
    struct stat st;
    mode_t mask = umask(027);
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    umask(mask);
    fputs("abc", o.file);
    CHECK_OK(t, tjac_output_finish(&o, &err), &err);
    CHECK(t, !o.file && stat(file, &st) == 0 && st.st_size == 5); /* of test_files */
    CHECK_STRING(t, o.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK_OK(t, tjac_output_finish(&o, &err), &err);
    CHECK_OK(t, tjac_output_commit(&o, &err), &err);
    CHECK(t, stat(file, &st) == 0 && st.st_size == 3 && (st.st_mode & 0777) == 0640);
    CHECK(t, n_files() == 1);
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    CHECK_OK(t, tjac_output_finish(&o, &err), &err);
    tjac_output_discard(&o);
    CHECK(t, n_files() == 1 && stat(file, &st) == 0 && st.st_size == 3);
}

/* A link of the temporary's name, to a file of somebody: it is not followed. */
static void test_trap(test *t)
{
    tjac_output o = {0};
    tjac_err err = {0};
    struct stat st;
    trap = "x.csv";
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    CHECK(t, !trap && strcmp(o.temporary, trapped) != 0);
    fputs("not there", o.file);
    CHECK_OK(t, tjac_output_finish(&o, &err), &err);
    CHECK(t, stat(file, &st) == 0 && st.st_size == 3);
    tjac_output_discard(&o);
    CHECK(t, unlink(trapped) == 0 && n_files() == 1);
}

static void test_refused(test *t)
{
    tjac_output o = {0};
    tjac_err err = {0};
    char path[400];
    CHECK(t, tjac_output_open("test_output_dir/a/x.csv/y", &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot make the folder 'test_output_dir/a/x.csv': File");
    CHECK(t, tjac_output_open("test_output_dir/a", &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_output_dir/a': Is a directory");
    CHECK(t, tjac_output_open("test_output_dir/a/", &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_output_dir/a/': Is a directory");
    CHECK(t, tjac_output_open("", &o, &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "empty name");
    snprintf(path, sizeof path, "%s/%0250d", folder, 0);
    CHECK(t, tjac_output_open(path, &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "File name too long");
    CHECK(t, !o.path && n_files() == 1);
    if (!CHECK_OK(t, tjac_output_open("test_output_dir/b/y", &o, &err), &err))
        return;
    unlink(o.temporary); /* the folder goes while a run computes */
    rmdir("test_output_dir/b");
    CHECK(t, tjac_output_commit(&o, &err) == TJAC_EFAIL);
    CHECK(t, strstr(tjac_err_message(&err), "No such file") && !o.path);
    tjac_err_clear(&err);
}

/* A disk that is full, as a limit on the size of files: when the last bytes are written, and long
 * before, when the stream only remembers that there was an error. */
static void test_full(test *t, size_t n)
{
    tjac_output o = {0};
    tjac_err err = {0};
    struct rlimit old, low;
    getrlimit(RLIMIT_FSIZE, &old);
    low = (struct rlimit){100, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK_OK(t, tjac_output_open(file, &o, &err), &err);
    setvbuf(o.file, NULL, _IOFBF, 4096);
    CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
    for (size_t i = 0; i < n; i++)
        fputc('x', o.file);
    CHECK(t, tjac_output_finish(&o, &err) == TJAC_EFAIL);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_output_dir/a/x.csv': File too large");
    CHECK(t, !o.path && n_files() == 1);
}

/* Of a stream whose reader is gone, flushed and half forgotten. */
static void test_pipe(test *t, size_t n)
{
    tjac_err err = {0};
    int end[2];
    signal(SIGPIPE, SIG_IGN);
    FILE *f = pipe(end) == 0 ? fdopen(end[1], "w") : NULL;
    if (!f)
        abort();
    close(end[0]);
    for (size_t i = 0; i < n; i++)
        fputc('x', f);
    CHECK(t, tjac_output_flush(f, "-", &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write to standard output: Broken pipe");
    fclose(f);
}

static void check_same(test *t, const char *a, const char *b, bool want)
{
    tjac_err err = {0};
    bool same = !want;
    CHECK_OK(t, tjac_output_same(a, b, &same, &err), &err);
    CHECK(t, same == want);
}

static void test_same(test *t)
{
    char cwd[TEST_PATH], path[TEST_PATH + 32];
    if (!getcwd(cwd, sizeof cwd) || mkdir("test_output_same", 0777) != 0 ||
        symlink("test_output_same", "test_output_link") != 0)
        abort();
    snprintf(path, sizeof path, "%s/test_output_same/x", cwd);
    check_same(t, "test_output_same/x", path, true); /* x is nowhere */
    check_same(t, "test_output_link/x", path, true);
    check_same(t, "test_output_same/none/../none/./x", "test_output_link//none/x", true);
    check_same(t, "test_output_same/x", "test_output_same/y", false);
    check_same(t, "test_output_same/none/x", "test_output_same/x", false);
    check_same(t, "x", "test_output_same/../x", true);
    check_same(t, "test_output_same", cwd, false);
    check_same(t, "/", "/none/..", true);
    check_same(t, "/none", "/", false);
    unlink("test_output_link");
    rmdir("test_output_same");
}

static void check_field(test *t, const char *text, const char *want)
{
    char buf[64] = "";
    FILE *f = fmemopen(buf, sizeof buf, "w");
    if (!f)
        abort();
    tjac_output_field(f, text);
    fclose(f);
    CHECK_STRING(t, buf, want);
}

static void test_numbers(test *t)
{
    char buf[32];
    CHECK_STRING(t, tjac_output_number(0.1, buf), "0.1");
    CHECK_STRING(t, tjac_output_number(1.0 / 3, buf), "0.3333333333333333");
    CHECK_STRING(t, tjac_output_number(-0.013234052364353262, buf), "-0.013234052364353262");
    CHECK_STRING(t, tjac_output_number(5e-324, buf), "5e-324");
    CHECK_STRING(t, tjac_output_number(NAN, buf), "NA");
    CHECK_STRING(t, tjac_output_number(INFINITY, buf), "NA");
    double v = 1;
    for (int i = 0; i < 2000; i++) {
        v = v * -1.7 + 1e-7 * i;
        if (fabs(v) > 1e200)
            v = 1e-200;
        CHECK(t, strtod(tjac_output_number(v, buf), NULL) == v);
    }
}

int main(void)
{
    test t = {0};
    test_files(&t);
    test_finish(&t);
    test_trap(&t);
    test_refused(&t);
    test_full(&t, 200);
    test_full(&t, 4097);
    test_pipe(&t, 1);
    test_pipe(&t, 1 << 20);
    unlink(file);
    rmdir(folder);
    CHECK(&t, rmdir("test_output_dir") == 0);
    test_same(&t);
    test_numbers(&t);
    check_field(&t, "plain", "plain");
    check_field(&t, "a,b", "\"a,b\"");
    check_field(&t, "say \"x\"", "\"say \"\"x\"\"\"");
    return test_end(&t);
}
