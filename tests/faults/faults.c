/* Faults for LD_PRELOAD, where a test wants them and not where chance has them.
 *
 * TJAC_FAULT=CALL:N:ACTION  what the N-th call of rename, fsync, fdatasync, pwrite or
 *                           posix_fallocate does instead of its work, counted from 1:
 *     kill    the process dies of SIGKILL
 *     pause   the file TJAC_FAULT_FILE is made, and the call goes on when it has been removed
 *     ENOSPC, EIO  it fails with that, and so does every later one
 * TJAC_FAULT_CLOCK=K        the monotonic clock runs K times as fast, so that what is done every
 *                           few seconds is done often in a short run
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

typedef void any_function(void);

static any_function *next(const char *name)
{
    union {
        void *object;
        any_function *function;
    } found = {dlsym(RTLD_NEXT, name)};
    return found.function;
}

static void pause_until_removed(const char *file)
{
    const struct timespec nap = {0, 2000000};
    int fd = file ? open(file, O_CREAT | O_WRONLY, 0666) : -1;
    if (fd < 0)
        return;
    close(fd);
    while (access(file, F_OK) == 0)
        nanosleep(&nap, NULL);
}

/* The errno with which this call fails, or 0. */
static int fault(const char *call, atomic_ulong *count)
{
    const char *f = getenv("TJAC_FAULT");
    size_t n = strlen(call);
    char *action = NULL;
    if (!f || strncmp(f, call, n) != 0 || f[n] != ':')
        return 0;
    unsigned long wanted = strtoul(f + n + 1, &action, 10);
    unsigned long now = atomic_fetch_add(count, 1) + 1;
    if (now > wanted && strcmp(action, ":ENOSPC") == 0)
        return ENOSPC;
    if (now > wanted && strcmp(action, ":EIO") == 0)
        return EIO;
    if (now != wanted)
        return 0;
    if (strcmp(action, ":kill") == 0)
        raise(SIGKILL);
    if (strcmp(action, ":pause") == 0)
        pause_until_removed(getenv("TJAC_FAULT_FILE"));
    return strcmp(action, ":ENOSPC") == 0 ? ENOSPC : strcmp(action, ":EIO") == 0 ? EIO : 0;
}

static int failed(int reason)
{
    errno = reason;
    return -1;
}

int rename(const char *from, const char *to)
{
    static atomic_ulong count;
    int reason = fault("rename", &count);
    return reason ? failed(reason)
                  : ((int (*)(const char *, const char *))next("rename"))(from, to);
}

int fsync(int fd)
{
    static atomic_ulong count;
    int reason = fault("fsync", &count);
    return reason ? failed(reason) : ((int (*)(int))next("fsync"))(fd);
}

int fdatasync(int fd)
{
    static atomic_ulong count;
    int reason = fault("fdatasync", &count);
    return reason ? failed(reason) : ((int (*)(int))next("fdatasync"))(fd);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    static atomic_ulong count;
    int reason = fault("pwrite", &count);
    return reason
               ? failed(reason)
               : ((ssize_t(*)(int, const void *, size_t, off_t))next("pwrite"))(fd, bytes, n, at);
}

/* Returns its errno. */
int posix_fallocate(int fd, off_t at, off_t n)
{
    static atomic_ulong count;
    int reason = fault("posix_fallocate", &count);
    return reason ? reason : ((int (*)(int, off_t, off_t))next("posix_fallocate"))(fd, at, n);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    const char *k = getenv("TJAC_FAULT_CLOCK");
    int code = ((int (*)(clockid_t, struct timespec *))next("clock_gettime"))(clock, out);
    if (code == 0 && k && clock == CLOCK_MONOTONIC) {
        long long faster = atoll(k);
        long long nanoseconds = (long long)out->tv_nsec * faster;
        out->tv_sec = (time_t)(out->tv_sec * faster + nanoseconds / 1000000000);
        out->tv_nsec = (long)(nanoseconds % 1000000000);
    }
    return code;
}
