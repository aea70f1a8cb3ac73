/* The file that is filled: rows and marks where they belong, no mark on the disk before its row,
 * errors told to all who come later, and a kill at any moment. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include "test.h"
#include "base/alloc.h"
#include "base/crc.h"
#include "results/fill.h"

enum { ROWS = 64, ROW = 1000, ROWS_AT = 4096, BYTES = ROWS_AT + ROWS * ROW };

static const char path[] = "test_fill.bin";

/* ---- what the system is asked for ---- */

static struct {
    pthread_mutex_t lock;
    size_t clock;        /* of writes */
    size_t row[ROWS];    /* when a row was written */
    size_t synced;       /* all that was written until then is on the disk */
    size_t syncs, marks; /* calls; marks written */
    size_t early;        /* marks that were written before their row was on the disk */
    size_t last_mark;    /* when */
    int write_error, sync_error;
    bool broken;   /* writes are interrupted, and then short */
    bool slow;     /* writes take 5 ms and write nothing */
    bool hurrying; /* seconds last 10 ms, for the thread's timer */
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

ssize_t __real_pwrite(int fd, const void *bytes, size_t n, off_t at);
int __real_fdatasync(int fd);
int __real_clock_gettime(clockid_t id, struct timespec *out);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t at);
int __wrap_fdatasync(int fd);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);

static void note(off_t at, size_t n)
{
    seen.clock++;
    if (at >= ROWS_AT && at < BYTES)
        seen.row[(at - ROWS_AT) / ROW] = seen.clock;
    if (at >= ROWS_AT || n != 4)
        return;
    size_t row = seen.row[at / 4];
    seen.marks++;
    seen.early += row == 0 || row > seen.synced;
    seen.last_mark = seen.clock;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    static _Thread_local unsigned calls;
    pthread_mutex_lock(&seen.lock);
    const int error = seen.write_error;
    const bool broken = seen.broken, slow = seen.slow;
    if (!error)
        note(at, n);
    pthread_mutex_unlock(&seen.lock);
    calls++;
    if (error || (broken && calls % 2)) {
        errno = error ? error : EINTR;
        return -1;
    }
    if (slow) {
        nanosleep(&(struct timespec){0, 5000000}, NULL);
        return (ssize_t)n;
    }
    return __real_pwrite(fd, bytes, broken && n > 7 ? 7 : n, at);
}

int __wrap_fdatasync(int fd)
{
    pthread_mutex_lock(&seen.lock);
    const size_t before = seen.clock;
    const int error = seen.sync_error;
    pthread_mutex_unlock(&seen.lock);
    if (error) {
        errno = error;
        return -1;
    }
    int code = __real_fdatasync(fd);
    pthread_mutex_lock(&seen.lock);
    seen.synced = before;
    seen.syncs++;
    pthread_mutex_unlock(&seen.lock);
    return code;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    int code = __real_clock_gettime(id, out);
    pthread_mutex_lock(&seen.lock);
    if (seen.hurrying && id == CLOCK_MONOTONIC) {
        const int64_t hundred = (int64_t)out->tv_sec * 100000000000 + (int64_t)out->tv_nsec * 100;
        *out = (struct timespec){hundred / 1000000000, hundred % 1000000000};
    } else if (seen.hurrying) {
        out->tv_sec -= 60; /* who waits until so much later is woken at once, and looks again */
    }
    pthread_mutex_unlock(&seen.lock);
    return code;
}

/* A number of `seen` that the thread may be changing. */
static size_t look(const size_t *number)
{
    pthread_mutex_lock(&seen.lock);
    size_t value = *number;
    pthread_mutex_unlock(&seen.lock);
    return value;
}

/* ---- rows ---- */

static void make_row(size_t k, char *row)
{
    for (size_t i = 0; i < ROW; i++)
        row[i] = (char)(k * 31 + i * 7 + 1);
}

/* The row in two parts, or one and nothing. */
static tjac_code put_row(tjac_fill *fill, size_t k, bool mark, tjac_err *err)
{
    char row[ROW];
    make_row(k, row);
    const size_t at = ROWS_AT + k * ROW, cut = k % 2 ? 400 : ROW;
    const tjac_fill_part part[] = {{at, row, cut}, {at + cut, row + cut, ROW - cut}};
    const tjac_fill_mark m = {4 * k, tjac_fill_crc(tjac_crc32(0, row, ROW))};
    return tjac_fill_put(fill, part, 2, mark ? &m : NULL, err);
}

/* A new file of zeros, opened, and nothing seen yet. */
static tjac_fill *begin(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = NULL;
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(t, fd >= 0 && ftruncate(fd, BYTES) == 0);
    close(fd);
    pthread_mutex_lock(&seen.lock);
    memset(seen.row, 0, sizeof seen.row);
    seen.clock = seen.synced = seen.syncs = seen.marks = seen.early = seen.last_mark = 0;
    pthread_mutex_unlock(&seen.lock);
    CHECK_OK(t, tjac_fill_open(path, &fill, &err), &err);
    return fill;
}

/* Marks that are there, and how many of them do not fit their rows. */
static size_t count_marks(size_t *unfit)
{
    size_t n = 0;
    char row[ROW], want[ROW];
    int fd = open(path, O_RDONLY);
    *unfit = fd < 0;
    for (size_t k = 0; k < ROWS && fd >= 0; k++) {
        unsigned char le[4] = {0};
        if (pread(fd, le, 4, (off_t)(4 * k)) != 4 ||
            pread(fd, row, ROW, (off_t)(ROWS_AT + k * ROW)) != ROW)
            ++*unfit;
        uint32_t mark =
            le[0] | (uint32_t)le[1] << 8 | (uint32_t)le[2] << 16 | (uint32_t)le[3] << 24;
        make_row(k, want);
        n += mark != 0;
        *unfit +=
            mark && (mark != tjac_fill_crc(tjac_crc32(0, row, ROW)) || memcmp(row, want, ROW) != 0);
    }
    if (fd >= 0)
        close(fd);
    return n;
}

static void check_file(test *t, size_t marks)
{
    size_t unfit = 0;
    CHECK(t, count_marks(&unfit) == marks && unfit == 0);
    CHECK(t, look(&seen.early) == 0);
}

/* ---- all is well ---- */

static void places_and_order(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    for (size_t k = 0; k < ROWS; k += 2)
        CHECK_OK(t, put_row(fill, k, true, &err), &err);
    CHECK_OK(t, tjac_fill_flush(fill, &err), &err);
    check_file(t, ROWS / 2);
    CHECK(t, look(&seen.synced) >= look(&seen.last_mark)); /* marks are on the disk too */
    for (size_t k = 1; k < ROWS; k += 2)
        CHECK_OK(t, put_row(fill, k, true, &err), &err);
    CHECK_OK(t, tjac_fill_close(fill, &err), &err);
    check_file(t, ROWS);
    CHECK(t, look(&seen.synced) >= look(&seen.last_mark));
    CHECK(t, tjac_fill_crc(0) == 1 && tjac_fill_crc(7) == 7);
    tjac_fill_drop(NULL);
}

static void short_writes(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    seen.broken = true;
    for (size_t k = 0; k < ROWS; k++)
        CHECK_OK(t, put_row(fill, k, true, &err), &err);
    CHECK_OK(t, tjac_fill_close(fill, &err), &err);
    seen.broken = false;
    size_t unfit = 0;
    CHECK(t, count_marks(&unfit) == ROWS && unfit == 0);
}

/* Rows without a mark are on the disk too when a flush says so. */
static void unmarked(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    CHECK_OK(t, put_row(fill, 3, false, &err), &err);
    CHECK_OK(t, tjac_fill_flush(fill, &err), &err);
    CHECK(t, look(&seen.syncs) > 0 && look(&seen.synced) >= look(&seen.row[3]));
    const size_t syncs = look(&seen.syncs);
    CHECK_OK(t, tjac_fill_flush(fill, &err), &err); /* nothing new: nothing to do */
    CHECK(t, look(&seen.syncs) == syncs);
    tjac_fill_drop(fill);
    check_file(t, 0);
}

static void larger_than_the_queue(test *t)
{
    tjac_err err = {0};
    const size_t n = ((size_t)64 << 20) + 12345;
    char *bytes = tjac_alloc(n, 1, &err), last = 0;
    tjac_fill *fill = begin(t);
    memset(bytes, 'x', n);
    for (size_t i = 0; i < 2; i++) { /* the second waits for the first */
        const tjac_fill_part part = {BYTES + i * n, bytes, n};
        CHECK_OK(t, tjac_fill_put(fill, &part, 1, NULL, &err), &err);
    }
    CHECK_OK(t, put_row(fill, 0, true, &err), &err);
    CHECK_OK(t, tjac_fill_close(fill, &err), &err);
    check_file(t, 1);
    int fd = open(path, O_RDONLY);
    CHECK(t, pread(fd, &last, 1, (off_t)(BYTES + 2 * n - 1)) == 1 && last == 'x');
    CHECK(t, lseek(fd, 0, SEEK_END) == (off_t)(BYTES + 2 * n));
    close(fd);
    free(bytes);
}

/* ---- when ---- */

static bool comes_to(const size_t *number, size_t least)
{
    for (int i = 0; i < 2000 && look(number) < least; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    return look(number) >= least;
}

/* Nobody flushes: what was put is on the disk after TJAC_FILL_SECONDS, while nothing else comes. */
static void timer(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    pthread_mutex_lock(&seen.lock);
    seen.hurrying = true;
    pthread_mutex_unlock(&seen.lock);
    CHECK_OK(t, put_row(fill, 5, true, &err), &err);
    CHECK(t, comes_to(&seen.marks, 1) && comes_to(&seen.synced, look(&seen.last_mark)));
    pthread_mutex_lock(&seen.lock);
    seen.hurrying = false;
    pthread_mutex_unlock(&seen.lock);
    check_file(t, 1);
    CHECK_OK(t, tjac_fill_close(fill, &err), &err);
}

typedef struct {
    tjac_fill *fill;
    size_t first;
    atomic_bool stop, ended;
    tjac_code code;
} putter;

static void *put_without_end(void *self)
{
    putter *p = self;
    tjac_err err = {0};
    static const char bytes[8 << 20];
    const tjac_fill_part part = {BYTES, bytes, sizeof bytes};
    for (int i = 0; i < 400 && !atomic_load(&p->stop) && !p->code; i++)
        p->code = tjac_fill_put(p->fill, &part, 1, NULL, &err);
    atomic_store(&p->ended, true);
    tjac_err_clear(&err);
    return NULL;
}

/* A flush waits for what was put before it, though the queue is never empty. */
static void flush_among_puts(test *t)
{
    tjac_err err = {0};
    putter p = {.fill = begin(t)};
    pthread_t thread;
    pthread_mutex_lock(&seen.lock);
    seen.slow = true;
    pthread_mutex_unlock(&seen.lock);
    CHECK(t, pthread_create(&thread, NULL, put_without_end, &p) == 0);
    CHECK(t, comes_to(&seen.clock, 10)); /* the queue is full */
    CHECK_OK(t, tjac_fill_flush(p.fill, &err), &err);
    CHECK(t, !atomic_load(&p.ended) && look(&seen.syncs) > 0);
    atomic_store(&p.stop, true);
    pthread_join(thread, NULL);
    CHECK(t, p.code == TJAC_OK);
    CHECK_OK(t, tjac_fill_close(p.fill, &err), &err);
    seen.slow = false;
}

static void *put_some(void *self)
{
    putter *p = self;
    tjac_err err = {0};
    for (size_t i = 0; i < 50 && !p->code; i++) {
        p->code = put_row(p->fill, p->first + i % 8, true, &err);
        if (i % 20 == 19 && !p->code)
            p->code = tjac_fill_flush(p->fill, &err);
    }
    tjac_err_clear(&err);
    return NULL;
}

static void many_threads(test *t)
{
    enum { THREADS = ROWS / 8 };
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    pthread_t thread[THREADS];
    putter p[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        p[i] = (putter){.fill = fill, .first = 8 * i};
        CHECK(t, pthread_create(&thread[i], NULL, put_some, &p[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        CHECK(t, p[i].code == TJAC_OK);
    }
    CHECK_OK(t, tjac_fill_close(fill, &err), &err);
    size_t unfit = 0;
    CHECK(t, count_marks(&unfit) == ROWS && unfit == 0);
}

/* ---- what fails ---- */

/* The next put, flush and close say it, in this order, and no mark is written. */
static void check_failure(test *t, tjac_fill *fill, const char *part)
{
    tjac_err err = {0};
    char file[64];
    snprintf(file, sizeof file, "'%s'", path);
    CHECK_OK(t, put_row(fill, 1, true, &err), &err);
    CHECK(t, tjac_fill_flush(fill, &err) == TJAC_EFAIL && strstr(tjac_err_message(&err), file));
    CHECK_ERROR(t, &err, TJAC_EFAIL, part);
    CHECK(t, put_row(fill, 2, true, &err) == TJAC_EFAIL && strstr(tjac_err_message(&err), file));
    CHECK_ERROR(t, &err, TJAC_EFAIL, part);
    CHECK(t, tjac_fill_flush(fill, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, part);
    CHECK(t, tjac_fill_close(fill, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, part);
}

static void fails_as(test *t, int *error, int reason, const char *part)
{
    tjac_fill *fill = begin(t);
    pthread_mutex_lock(&seen.lock);
    *error = reason;
    pthread_mutex_unlock(&seen.lock);
    check_failure(t, fill, part);
    *error = 0;
    check_file(t, 0); /* a row that may not be on the disk has no mark */
}

/* As a limit on the size of files, which the system itself refuses. */
static void full_disk(test *t)
{
    struct rlimit old, low;
    tjac_fill *fill = begin(t);
    getrlimit(RLIMIT_FSIZE, &old);
    low = (struct rlimit){ROWS_AT, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK(t, setrlimit(RLIMIT_FSIZE, &low) == 0);
    check_failure(t, fill, "File too large");
    setrlimit(RLIMIT_FSIZE, &old);
    check_file(t, 0);
}

static void removed(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = begin(t);
    CHECK_OK(t, put_row(fill, 0, true, &err), &err);
    CHECK_OK(t, tjac_fill_flush(fill, &err), &err);
    unlink(path);
    check_failure(t, fill, "was removed or replaced");
    fill = begin(t);
    int fd = open("test_fill.other", O_RDWR | O_CREAT, 0600);
    CHECK(t, fd >= 0 && close(fd) == 0 && rename("test_fill.other", path) == 0);
    check_failure(t, fill, "was removed or replaced");
}

static void opening(test *t)
{
    tjac_err err = {0};
    tjac_fill *fill = NULL;
    unlink(path);
    CHECK(t, tjac_fill_open(path, &fill, &err) == TJAC_EFAIL && !fill);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_fill.bin': No such file or directory");
    CHECK(t, symlink("test_fill.other", path) == 0); /* written where it is, or not at all */
    CHECK(t, tjac_fill_open(path, &fill, &err) == TJAC_EFAIL && !fill);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "cannot write 'test_fill.bin'");
    unlink(path);
}

/* ---- a kill ---- */

static void fill_until_killed(void)
{
    tjac_err err = {0};
    tjac_fill *fill = NULL;
    tjac_code code = tjac_fill_open(path, &fill, &err);
    for (size_t k = 0; k < ROWS && !code; k++) {
        code = put_row(fill, k, true, &err);
        if (k % 3 == 2 && !code)
            code = tjac_fill_flush(fill, &err);
    }
    while (!code)
        pause();
    _exit(1);
}

static void kills(test *t)
{
    unsigned state = 12345;
    size_t there = 0;
    for (int i = 0; i < 20; i++) {
        tjac_fill_drop(begin(t));
        pid_t child = fork();
        if (child == 0)
            fill_until_killed();
        state = state * 1103515245u + 12345u;
        nanosleep(&(struct timespec){0, (long)(state >> 16) % 400 * 50000}, NULL);
        int status = 0;
        kill(child, SIGKILL);
        CHECK(t, waitpid(child, &status, 0) == child && WIFSIGNALED(status));
        size_t unfit = 0;
        there += count_marks(&unfit);
        CHECK(t, unfit == 0);
    }
    CHECK(t, there > 0); /* not all were killed before the first mark */
}

int main(void)
{
    test t = {0};
    kills(&t); /* first: a fork keeps one thread */
    places_and_order(&t);
    short_writes(&t);
    unmarked(&t);
    larger_than_the_queue(&t);
    timer(&t);
    flush_among_puts(&t);
    many_threads(&t);
    fails_as(&t, &seen.write_error, ENOSPC, "No space left on device");
    fails_as(&t, &seen.write_error, EDQUOT, "quota");
    fails_as(&t, &seen.sync_error, EIO, "Input/output error");
    full_disk(&t);
    removed(&t);
    opening(&t);
    unlink(path);
    return test_end(&t);
}
