#include "results/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/folder.h"

/* Bytes that wait at most; one put may be larger. */
static const size_t most_waiting = 64 << 20;

/* What was put at once: `bytes` holds the parts one after the other. */
typedef struct item {
    struct item *next;
    size_t n_parts, size;
    uint64_t *at; /* [n_parts] */
    size_t *part; /* [n_parts] bytes of each */
    char *bytes;  /* [size] */
    bool has_mark;
    tjac_fill_mark mark;
} item;

struct tjac_fill {
    int fd;
    char *path;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock. */
    item *first, *last;
    size_t waiting;             /* bytes of the items that are not written yet */
    size_t put, wanted, synced; /* items: of all; of those, to be synced soon; that are */
    bool closing;
    int failure; /* errno of the first that failed; -1: the file is not there any more */
    /* The thread's own. */
    size_t written;       /* items */
    tjac_fill_mark *mark; /* of rows that are written and not synced */
    size_t n_marks, cap_marks;
    bool dirty;    /* something is written and not synced, */
    double oldest; /* the first of it then */
};

uint32_t tjac_fill_crc(uint32_t crc)
{
    return crc ? crc : 1;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void item_free(item *i)
{
    free(i->at);
    free(i->part);
    free(i->bytes);
    free(i);
}

/* ---- the thread ---- */

/* errno, 0 when all is written. */
static int write_all(int fd, const char *bytes, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, bytes, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? errno : EIO;
        bytes += done;
        at += (uint64_t)done;
        n -= (size_t)done;
    }
    return 0;
}

static int sync_file(const tjac_fill *f)
{
    if (fdatasync(f->fd) != 0)
        return errno;
    return tjac_folder_is_at(f->fd, f->path) ? 0 : -1;
}

/* Rows, then their marks: a mark on the disk means that its row is there. */
static int sync_all(tjac_fill *f)
{
    int failure = f->dirty ? sync_file(f) : 0;
    for (size_t i = 0; i < f->n_marks && !failure; i++) {
        const uint32_t crc = f->mark[i].crc;
        const unsigned char le[] = {(unsigned char)crc, (unsigned char)(crc >> 8),
                                    (unsigned char)(crc >> 16), (unsigned char)(crc >> 24)};
        failure = write_all(f->fd, (const char *)le, sizeof le, f->mark[i].at);
    }
    if (f->n_marks && !failure)
        failure = sync_file(f);
    f->n_marks = 0;
    f->dirty = false;
    return failure;
}

static int write_item(tjac_fill *f, const item *i)
{
    tjac_err err = {0};
    size_t from = 0;
    if (!f->dirty)
        f->oldest = now();
    f->dirty = true;
    for (size_t k = 0; k < i->n_parts; from += i->part[k++]) {
        int failure = write_all(f->fd, i->bytes + from, i->part[k], i->at[k]);
        if (failure)
            return failure;
    }
    if (!i->has_mark)
        return 0;
    if (tjac_grow((void **)&f->mark, &f->cap_marks, f->n_marks + 1, sizeof *f->mark, &err)) {
        tjac_err_clear(&err);
        return ENOMEM;
    }
    f->mark[f->n_marks++] = i->mark;
    return 0;
}

/* Until there is an item, or a sync is due. Under the lock. */
static void wait_for_work(tjac_fill *f)
{
    while (!f->first && !f->closing && f->synced >= f->wanted) {
        struct timespec until;
        if (!f->dirty) {
            pthread_cond_wait(&f->changed, &f->lock);
            continue;
        }
        clock_gettime(CLOCK_REALTIME, &until);
        double left = f->oldest + TJAC_FILL_SECONDS - now();
        if (left <= 0)
            return;
        until.tv_sec += (time_t)left + 1;
        pthread_cond_timedwait(&f->changed, &f->lock, &until);
    }
}

static void *work(void *self)
{
    tjac_fill *f = self;
    pthread_mutex_lock(&f->lock);
    for (bool end = false; !end;) {
        wait_for_work(f);
        item *i = f->first;
        int failure = f->failure;
        end = !i && f->closing;
        if (i)
            f->first = i->next;
        f->written += i != NULL;
        /* A flush waits for what was put before it, not for an empty queue: that may never come. */
        bool due = !i || (f->wanted > f->synced && f->written >= f->wanted);
        pthread_mutex_unlock(&f->lock);
        if (i && !failure)
            failure = write_item(f, i);
        due = due || (f->dirty && now() - f->oldest >= TJAC_FILL_SECONDS);
        if (!failure && due)
            failure = sync_all(f);
        pthread_mutex_lock(&f->lock);
        if (!f->failure)
            f->failure = failure;
        if (due)
            f->synced = f->written;
        if (i)
            f->waiting -= i->size;
        pthread_cond_broadcast(&f->changed);
        if (i)
            item_free(i);
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* ---- from outside ---- */

static tjac_code say(const char *path, int failure, tjac_err *err)
{
    if (failure < 0)
        return tjac_err_set(err, TJAC_EFAIL,
                            "'%s' was removed or replaced while tjac was filling it; run again, "
                            "with --resume where it is now if it was only moved",
                            path);
    return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", path, strerror(failure));
}

tjac_code tjac_fill_open(const char *path, tjac_fill **out, tjac_err *err)
{
    tjac_fill *f = tjac_alloc(1, sizeof *f, err);
    if (!f)
        return err->code;
    f->fd = -1;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    if (!(f->path = tjac_strdup(path, err)))
        goto done;
    if ((f->fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) < 0)
        say(path, errno, err);
    else if (!(f->started = pthread_create(&f->thread, NULL, work, f) == 0))
        tjac_err_set(err, TJAC_EFAIL, "cannot start the thread that writes '%s'", path);
done:
    if (err->code)
        tjac_fill_drop(f);
    else
        *out = f;
    return err->code;
}

static item *item_of(const tjac_fill_part *part, size_t n, const tjac_fill_mark *mark,
                     tjac_err *err)
{
    item *i = tjac_alloc(1, sizeof *i, err);
    if (!i)
        return NULL;
    for (size_t k = 0; k < n; k++)
        i->size += part[k].size;
    i->n_parts = n;
    i->at = tjac_alloc(n, sizeof *i->at, err);
    i->part = tjac_alloc(n, sizeof *i->part, err);
    i->bytes = tjac_alloc(i->size, 1, err);
    if (err->code) {
        item_free(i);
        return NULL;
    }
    for (size_t k = 0, from = 0; k < n; from += part[k++].size) {
        i->at[k] = part[k].at;
        i->part[k] = part[k].size;
        if (part[k].size)
            memcpy(i->bytes + from, part[k].bytes, part[k].size);
    }
    i->has_mark = mark != NULL;
    if (mark)
        i->mark = *mark;
    return i;
}

tjac_code tjac_fill_put(tjac_fill *f, const tjac_fill_part *part, size_t n,
                        const tjac_fill_mark *mark, tjac_err *err)
{
    item *i = item_of(part, n, mark, err);
    if (!i)
        return err->code;
    pthread_mutex_lock(&f->lock);
    while (f->waiting > 0 && f->waiting + i->size > most_waiting && !f->failure)
        pthread_cond_wait(&f->changed, &f->lock);
    int failure = f->failure;
    if (!failure) {
        *(f->first ? &f->last->next : &f->first) = i;
        f->last = i;
        f->waiting += i->size;
        f->put++;
        pthread_cond_broadcast(&f->changed);
    }
    pthread_mutex_unlock(&f->lock);
    if (failure)
        item_free(i);
    return failure ? say(f->path, failure, err) : TJAC_OK;
}

tjac_code tjac_fill_flush(tjac_fill *f, tjac_err *err)
{
    pthread_mutex_lock(&f->lock);
    const size_t mine = f->put;
    if (f->wanted < mine)
        f->wanted = mine;
    pthread_cond_broadcast(&f->changed);
    while (f->synced < mine)
        pthread_cond_wait(&f->changed, &f->lock);
    int failure = f->failure;
    pthread_mutex_unlock(&f->lock);
    return failure ? say(f->path, failure, err) : TJAC_OK;
}

tjac_code tjac_fill_close(tjac_fill *f, tjac_err *err)
{
    if (f->started) {
        pthread_mutex_lock(&f->lock);
        f->closing = true;
        pthread_cond_broadcast(&f->changed);
        pthread_mutex_unlock(&f->lock);
        pthread_join(f->thread, NULL);
    }
    if (f->failure)
        say(f->path, f->failure, err);
    if (f->fd >= 0)
        close(f->fd);
    free(f->mark);
    free(f->path);
    pthread_cond_destroy(&f->changed);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return err->code;
}

void tjac_fill_drop(tjac_fill *f)
{
    tjac_err ignored = {0};
    if (f && tjac_fill_close(f, &ignored))
        tjac_err_clear(&ignored);
}
