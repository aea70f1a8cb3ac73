#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"

struct tjac_folder_lock {
    char *path;
    int fd;
};

/* ---- who holds it: the text of the file ---- */

typedef struct {
    long process; /* 0: not known, and nothing else is */
    char host[256], start[32];
    unsigned long numbers; /* what tells one numbering of processes from another; 0: not known */
} holder;

/* A container may have the host's name and process numbers of its own: Linux shows that here. */
static unsigned long process_numbers(void)
{
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 ? (unsigned long)st.st_ino : 0;
}

static holder self(void)
{
    holder h = {.process = (long)getpid(), .numbers = process_numbers()};
    time_t now = time(NULL);
    struct tm utc;
    gethostname(h.host, sizeof h.host - 1);
    if (gmtime_r(&now, &utc))
        strftime(h.start, sizeof h.start, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return h;
}

static tjac_code write_holder(const tjac_folder_lock *lock, tjac_err *err)
{
    char text[512];
    holder h = self();
    int n = snprintf(text, sizeof text, "process %ld\nhost %s\nstart %s\nnumbers %lu\n", h.process,
                     h.host, h.start, h.numbers);
    if (ftruncate(lock->fd, 0) != 0 || pwrite(lock->fd, text, (size_t)n, 0) != n)
        return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", lock->path, strerror(errno));
    fsync(lock->fd); /* for those who read it on another host; the lock holds without */
    return TJAC_OK;
}

/* Only what write_holder can have written is believed. */
static holder read_holder(int fd)
{
    char text[512], process[16] = "", numbers[24] = "";
    holder h = {0};
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    if (sscanf(text,
               "process %15[0-9]\nhost %255[-._A-Za-z0-9]\nstart %31[-:TZ0-9]\nnumbers %23[0-9]\n",
               process, h.host, h.start, numbers) != 4)
        return (holder){0};
    h.process = strtol(process, NULL, 10);
    h.numbers = strtoul(numbers, NULL, 10);
    return h.process > 0 && h.process <= INT_MAX ? h : (holder){0};
}

/* Whether its process is surely gone; never guessed of one that cannot be seen from here. */
static bool is_gone(const holder *h)
{
    holder here = self();
    return h->process && strcmp(h->host, here.host) == 0 && h->numbers == here.numbers &&
           kill((pid_t)h->process, 0) != 0 && errno == ESRCH;
}

static tjac_code refuse(const char *folder, int fd, const char *advice, tjac_err *err)
{
    holder h = read_holder(fd);
    tjac_text who = {0};
    if (h.process)
        tjac_text_add(&who, "process %ld on host '%s' since %s", h.process, h.host, h.start);
    else
        tjac_text_add(&who, "another process");
    if (who.failed)
        tjac_err_memory(err, "out of memory");
    else
        tjac_err_set(err, TJAC_EUSAGE, "'%s' is in use by %s; %s", folder, who.text, advice);
    tjac_text_free(&who);
    return err->code;
}

/* ---- taking it ---- */

/* Another may have come in between; then its file stands there and stays. */
static void remove_own(const tjac_folder_lock *lock)
{
    if (tjac_folder_is_at(lock->fd, lock->path))
        unlink(lock->path);
}

static void close_file(tjac_folder_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}

/* Removed while it is still locked: whoever opened it before finds that it is gone. */
static void lock_free(tjac_folder_lock *lock, bool held)
{
    if (held)
        remove_own(lock);
    close_file(lock);
    free(lock->path);
    free(lock);
}

/* Makes the file (*made) or opens the one that is there; neither (fd -1, no error) when it came or
 * went in between. */
static tjac_code open_file(tjac_folder_lock *lock, bool *made, tjac_err *err)
{
    /* O_NONBLOCK: a pipe of that name is refused, not waited for. */
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat st;
    lock->fd = open(lock->path, flags | O_CREAT | O_EXCL, 0666);
    *made = lock->fd >= 0;
    if (lock->fd < 0 && errno == EEXIST) {
        lock->fd = open(lock->path, flags);
        if (lock->fd < 0 && errno == ENOENT)
            return TJAC_OK;
    }
    if (lock->fd < 0)
        return tjac_err_set(err, TJAC_EFAIL, "cannot open '%s': %s%s", lock->path, strerror(errno),
                            errno == ELOOP ? "; it is a symbolic link, remove it" : "");
    if (fstat(lock->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return tjac_err_set(err, TJAC_EFAIL, "'%s' is not a file; remove it", lock->path);
    return TJAC_OK;
}

static bool knows_no_flock(int reason)
{
    return reason == ENOSYS || reason == ENOLCK || reason == EOPNOTSUPP || reason == ENOTSUP;
}

/* The file itself is the lock: who made it holds the folder. */
static bool take_by_file(tjac_folder_lock *lock, const char *folder, bool made, tjac_err *err)
{
    if (made)
        return true;
    holder h = read_holder(lock->fd);
    if (is_gone(&h)) {
        remove_own(lock);
        return false;
    }
    tjac_text advice = {0};
    tjac_text_add(&advice,
                  "its file system has no locks to tell whether that still runs: wait for it, or "
                  "remove '%s' when it is surely gone",
                  lock->path);
    if (advice.failed)
        tjac_err_memory(err, "out of memory");
    else
        refuse(folder, lock->fd, advice.text, err);
    tjac_text_free(&advice);
    return false;
}

/* Whether it is taken now; if not and without an error, it may be the next time. *without: flock's
 * errno where the file system has none. */
static bool try_once(tjac_folder_lock *lock, const char *folder, int *without, tjac_err *err)
{
    bool made;
    if (open_file(lock, &made, err) || lock->fd < 0)
        return false;
    /* Its holder may have removed it before this lock: then it locks nothing. */
    if (flock(lock->fd, LOCK_EX | LOCK_NB) == 0)
        return tjac_folder_is_at(lock->fd, lock->path);
    if (errno == EWOULDBLOCK)
        refuse(folder, lock->fd, "wait for it or give another --out", err);
    else if (knows_no_flock(*without = errno))
        return take_by_file(lock, folder, made, err);
    else
        tjac_err_set(err, TJAC_EFAIL, "cannot lock '%s': %s", lock->path, strerror(errno));
    return false;
}

static char *no_flock_notice(const tjac_folder_lock *lock, int reason, tjac_err *err)
{
    tjac_text t = {0};
    tjac_text_add(&t,
                  "the file system of '%s' has no locks (%s): the file alone keeps other runs out, "
                  "and stays when this one is killed",
                  lock->path, strerror(reason));
    if (t.failed)
        tjac_err_memory(err, "out of memory");
    return t.text;
}

tjac_code tjac_folder_lock_take(const char *folder, tjac_folder_lock **out, char **notice,
                                tjac_err *err)
{
    tjac_folder_lock *lock = tjac_alloc(1, sizeof *lock, err);
    char *text = NULL;
    bool taken = false;
    int without = 0;
    if (!lock)
        return err->code;
    lock->fd = -1;
    lock->path = tjac_path_join(folder, ".tjac.lock", err);
    for (int tries = 0; tries < 100 && !taken && !err->code; tries++) {
        close_file(lock);
        without = 0;
        taken = try_once(lock, folder, &without, err);
    }
    if (!taken)
        tjac_err_set(err, TJAC_EFAIL, "cannot lock the folder '%s': its lock comes and goes",
                     folder);
    else if (!write_holder(lock, err) && without)
        text = no_flock_notice(lock, without, err);
    if (err->code) {
        free(text);
        lock_free(lock, taken);
        return err->code;
    }
    *out = lock;
    *notice = text;
    return TJAC_OK;
}

const char *tjac_folder_lock_path(const tjac_folder_lock *lock)
{
    return lock->path;
}

void tjac_folder_unlock(tjac_folder_lock *lock)
{
    if (lock)
        lock_free(lock, true);
}
