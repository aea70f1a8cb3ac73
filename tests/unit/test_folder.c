/* The folder of a run: made, tried, measured, cleaned, and held by one process at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "test.h"
#include "base/folder.h"

static const char *const folder = "test_folder_dir/a/b";
static const char *const lock_file = "test_folder_dir/a/b/.tjac.lock";

/* The linker leads flock here (-Wl,--wrap=flock). */
static int no_flock; /* the errno of a file system without it; 0: the real one */
static int times_removed;

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

int __wrap_flock(int fd, int operation)
{
    if (no_flock) {
        errno = no_flock;
        return -1;
    }
    if (times_removed > 0) { /* its holder goes between open and flock */
        times_removed--;
        unlink(lock_file);
    }
    return __real_flock(fd, operation);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

static void read_file(const char *path, char text[512])
{
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, 511, f) : 0;
    text[n] = '\0';
    if (f)
        fclose(f);
}

static int is_empty(void)
{
    return rmdir(folder) == 0 && mkdir(folder, 0777) == 0;
}

/* ---- made and tried ---- */

static void test_make(test *t)
{
    tjac_err err = {0};
    char name[400];
    CHECK_OK(t, tjac_folder_make(folder, &err), &err);
    CHECK_OK(t, tjac_folder_make("test_folder_dir/a//b/", &err), &err); /* it is there */
    CHECK_OK(t, tjac_folder_make(".", &err), &err);
    CHECK(t, is_empty());
    CHECK(t, tjac_folder_make("", &err) == TJAC_EUSAGE);
    CHECK_ERROR(t, &err, TJAC_EUSAGE, "empty name");
    write_file("test_folder_dir/file", "");
    CHECK(t, tjac_folder_make("test_folder_dir/file", &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot make the folder 'test_folder_dir/file': File exists");
    CHECK(t, tjac_folder_make("test_folder_dir/file/x", &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot make the folder 'test_folder_dir/file': File exists");
    unlink("test_folder_dir/file");
    snprintf(name, sizeof name, "test_folder_dir/%0300d", 0);
    CHECK(t, tjac_folder_make(name, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "File name too long");
}

static void test_tried(test *t)
{
    tjac_err err = {0};
    struct rlimit old, low;
    chmod(folder, 0500);
    if (access(folder, W_OK) == 0) {
        fprintf(stderr, "skipped: the superuser may write into any folder\n");
    } else {
        CHECK(t, tjac_folder_make(folder, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL,
                    "cannot write into the folder 'test_folder_dir/a/b': Permission denied");
    }
    chmod(folder, 0700);
    getrlimit(RLIMIT_FSIZE, &old);
    low = (struct rlimit){0, old.rlim_max}; /* as a full disk: files can be made, not written */
    signal(SIGXFSZ, SIG_IGN);
    CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK(t, tjac_folder_make(folder, &err) == TJAC_EFAIL);
    setrlimit(RLIMIT_FSIZE, &old);
    CHECK_ERROR(t, &err, TJAC_EFAIL,
                "cannot write into the folder 'test_folder_dir/a/b': File too large");
    CHECK(t, is_empty());
}

static void test_room(test *t)
{
    tjac_err err = {0};
    CHECK_OK(t, tjac_folder_room(folder, 0, &err), &err);
    CHECK_OK(t, tjac_folder_room("test_folder_dir/none", 1e30, &err), &err);
    CHECK_OK(t, tjac_folder_room("/proc/self", 1e30, &err), &err); /* of no blocks at all */
    CHECK(t, tjac_folder_room(folder, 2.5e21, &err) == TJAC_EFAIL);
    CHECK(t, strncmp(tjac_err_message(&err), "'test_folder_dir/a/b' has ", 26) == 0);
    CHECK_ERROR(t, &err, TJAC_EFAIL,
                " free and this run writes about 2.5e+09 TB; free some or give another --out");
}

static void test_clean(test *t)
{
    static const char *const ours[] = {"j.csv", "run.json"};
    static const char *const gone[] = {".j.csv.a1B2c3.tmp", ".run.json.000000.tmp",
                                       ".tjac.zzzzzz.tmp"};
    static const char *const kept[] = {"j.csv",
                                       ".j.csv.a1B2c3",
                                       ".j.csv.a1B2c.tmp",
                                       ".j.csv.a1B2c34.tmp",
                                       ".j.csv.a1B2c-.tmp",
                                       ".j.csvx.a1B2c3.tmp",
                                       "xj.csv.a1B2c3.tmp",
                                       ".j.csv.a1B2c3.tmp~"};
    enum { GONE = sizeof gone / sizeof *gone, KEPT = sizeof kept / sizeof *kept };
    tjac_err err = {0};
    struct stat st;
    if (chdir(folder) != 0)
        abort();
    for (size_t i = 0; i < GONE; i++)
        write_file(gone[i], "half");
    for (size_t i = 0; i < KEPT; i++)
        write_file(kept[i], "whole");
    CHECK(t, symlink("j.csv", ".j.csv.link00.tmp") == 0 && mkdir(".j.csv.folder.tmp", 0700) == 0);
    CHECK_OK(t, tjac_folder_clean(".", ours, 2, &err), &err);
    for (size_t i = 0; i < GONE; i++)
        CHECK(t, lstat(gone[i], &st) != 0);
    for (size_t i = 0; i < KEPT; i++)
        CHECK(t, lstat(kept[i], &st) == 0 && unlink(kept[i]) == 0);
    CHECK(t, unlink(".j.csv.link00.tmp") == 0 && rmdir(".j.csv.folder.tmp") == 0);
    if (chdir("../../..") != 0)
        abort();
    CHECK_OK(t, tjac_folder_clean("test_folder_dir/none", ours, 2, &err), &err);
    CHECK(t, is_empty());
}

/* ---- held ---- */

/* Succeeds, and says so in the file; *notice is the caller's. */
static tjac_folder_lock *take(test *t, char **notice)
{
    tjac_folder_lock *lock = NULL;
    tjac_err err = {0};
    char text[512], start[64];
    if (!CHECK_OK(t, tjac_folder_lock_take(folder, &lock, notice, &err), &err))
        return NULL;
    CHECK_STRING(t, tjac_folder_lock_path(lock), lock_file);
    read_file(lock_file, text);
    snprintf(start, sizeof start, "process %ld\nhost ", (long)getpid());
    CHECK(t, strncmp(text, start, strlen(start)) == 0 && strstr(text, "\nstart 20"));
    return lock;
}

static void take_and_leave(test *t)
{
    char *notice = NULL;
    tjac_folder_unlock(take(t, &notice));
    CHECK(t, !notice && is_empty());
}

static void check_refused(test *t, tjac_code code, const char *part)
{
    tjac_folder_lock *lock = NULL;
    tjac_err err = {0};
    char *notice = NULL;
    CHECK(t, tjac_folder_lock_take(folder, &lock, &notice, &err) == code);
    CHECK(t, !lock && !notice);
    CHECK_ERROR(t, &err, code, part);
}

/* A process that holds the folder until it is killed; or that ends as it should. */
static pid_t holder(test *t)
{
    int ready[2];
    char byte;
    if (pipe(ready) != 0)
        abort();
    pid_t child = fork();
    if (child == 0) {
        test inner = {0};
        char *notice = NULL;
        take(&inner, &notice);
        if (inner.failures == 0 && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    CHECK(t, child > 0 && read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void test_two(test *t)
{
    char part[400], host[256] = "";
    pid_t child = holder(t);
    gethostname(host, sizeof host - 1);
    snprintf(part, sizeof part,
             "'test_folder_dir/a/b' is in use by process %ld on host '%s' since 20", (long)child,
             host);
    check_refused(t, TJAC_EUSAGE, part);
    check_refused(t, TJAC_EUSAGE, "Z; wait for it or give another --out");
    end(child);
    CHECK(t, access(lock_file, F_OK) == 0); /* what was killed removes nothing */
    take_and_leave(t);
    char *notice = NULL;
    tjac_folder_lock *lock = take(t, &notice);
    check_refused(t, TJAC_EUSAGE, "is in use by process"); /* this one */
    write_file(lock_file, "process 1; rm\nhost \033[2J\n");
    check_refused(t, TJAC_EUSAGE, "is in use by another process; wait");
    tjac_folder_unlock(lock);
    CHECK(t, is_empty());
    tjac_folder_unlock(NULL);
}

/* What stands under the name is neither followed, waited for nor written over. */
static void test_planted(test *t)
{
    char text[512];
    write_file("test_folder_dir/victim", "precious");
    CHECK(t, symlink("../../victim", lock_file) == 0);
    check_refused(t, TJAC_EFAIL, "/.tjac.lock': ");
    unlink(lock_file);
    read_file("test_folder_dir/victim", text);
    CHECK_STRING(t, text, "precious");
    unlink("test_folder_dir/victim");
    CHECK(t, mkfifo(lock_file, 0600) == 0);
    check_refused(t, TJAC_EFAIL, "'test_folder_dir/a/b/.tjac.lock' is not a file; remove it");
    unlink(lock_file);
    CHECK(t, mkdir(lock_file, 0700) == 0);
    check_refused(t, TJAC_EFAIL, "Is a directory");
    rmdir(lock_file);
    CHECK(t, rmdir(folder) == 0);
    check_refused(t, TJAC_EFAIL, "cannot open 'test_folder_dir/a/b/.tjac.lock': No such file");
    CHECK(t, mkdir(folder, 0777) == 0);
}

static void test_removed(test *t)
{
    char *notice = NULL;
    times_removed = 3;
    take_and_leave(t);
    times_removed = 1000;
    check_refused(t, TJAC_EFAIL, "comes and goes");
    times_removed = 0;
    CHECK(t, is_empty());
    /* A folder that was removed and made again meanwhile: the lock in it is another's. */
    tjac_folder_lock *old = take(t, &notice);
    unlink(lock_file);
    tjac_folder_lock *new = take(t, &notice);
    tjac_folder_unlock(old);
    CHECK(t, access(lock_file, F_OK) == 0);
    tjac_folder_unlock(new);
    CHECK(t, is_empty());
}

/* Takes and leaves the folder over and over; whoever holds it must be alone. */
static int contend(void)
{
    for (int taken = 0; taken < 20;) {
        tjac_folder_lock *lock = NULL;
        tjac_err err = {0};
        char *notice = NULL;
        if (!tjac_folder_lock_take(folder, &lock, &notice, &err)) {
            int alone = open("test_folder_dir/alone", O_CREAT | O_EXCL, 0600);
            if (alone < 0)
                return 1;
            close(alone);
            unlink("test_folder_dir/alone");
            tjac_folder_unlock(lock);
            free(notice);
            taken++;
        }
        if (err.code == TJAC_EFAIL)
            return 2;
        tjac_err_clear(&err);
    }
    return 0;
}

static void test_contended(test *t)
{
    enum { N = 4 };
    pid_t child[N];
    for (int i = 0; i < N; i++)
        if ((child[i] = fork()) == 0)
            _exit(contend());
    for (int i = 0; i < N; i++) {
        int status = -1;
        CHECK(t, waitpid(child[i], &status, 0) == child[i] && status == 0);
    }
    CHECK(t, is_empty());
}

/* ---- without flock ---- */

static void test_no_flock(test *t)
{
    static const int reasons[] = {ENOSYS, ENOLCK, EOPNOTSUPP, ENOTSUP};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        char *notice = NULL;
        no_flock = reasons[i];
        tjac_folder_lock *lock = take(t, &notice);
        CHECK(t, notice && strstr(notice, lock_file) && strstr(notice, strerror(no_flock)));
        check_refused(t, TJAC_EUSAGE, "or remove 'test_folder_dir/a/b/.tjac.lock' when it is");
        tjac_folder_unlock(lock);
        free(notice);
        CHECK(t, is_empty());
    }
    no_flock = EIO;
    check_refused(t, TJAC_EFAIL, "cannot lock 'test_folder_dir/a/b/.tjac.lock': Input/output");
    unlink(lock_file);
}

/* The text of a killed process with one word in it replaced. */
static void check_not_guessed(test *t, const char *text, const char *word, const char *other)
{
    char changed[600];
    const char *at = strstr(text, word);
    if (!CHECK(t, at))
        return;
    at += strlen(word);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, other,
             at + strcspn(at, "\n"));
    write_file(lock_file, changed);
    check_refused(t, TJAC_EUSAGE, "surely gone");
    char after[512];
    read_file(lock_file, after);
    CHECK_STRING(t, after, changed);
}

static void test_left_without_flock(test *t)
{
    char text[512], *notice = NULL;
    no_flock = ENOSYS;
    pid_t child = holder(t);
    check_refused(t, TJAC_EUSAGE, "surely gone");
    end(child);
    read_file(lock_file, text);
    tjac_folder_lock *lock = take(t, &notice);
    tjac_folder_unlock(lock);
    free(notice);
    check_not_guessed(t, text, "host ", "elsewhere");
    check_not_guessed(t, text, "numbers ", "1");
    check_not_guessed(t, text, "process ", "1");           /* another's, which runs */
    check_not_guessed(t, text, "process ", "99999999999"); /* no process */
    check_not_guessed(t, text, "process ", "-1");
    write_file(lock_file, ""); /* not written yet, perhaps */
    check_refused(t, TJAC_EUSAGE, "is in use by another process; its file system has no locks");
    unlink(lock_file);
    no_flock = 0;
    CHECK(t, is_empty());
}

int main(void)
{
    test t = {0};
    test_make(&t);
    test_tried(&t);
    test_room(&t);
    test_clean(&t);
    take_and_leave(&t);
    test_two(&t);
    test_planted(&t);
    test_removed(&t);
    test_contended(&t);
    test_no_flock(&t);
    no_flock = ENOSYS;
    test_contended(&t);
    no_flock = 0;
    test_left_without_flock(&t);
    rmdir("test_folder_dir/a/b");
    rmdir("test_folder_dir/a");
    CHECK(&t, rmdir("test_folder_dir") == 0);
    return test_end(&t);
}
