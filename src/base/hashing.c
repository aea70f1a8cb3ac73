#include "base/hashing.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/alloc.h"
#include "base/sha256.h"

typedef struct {
    char *path;
    tjac_stamp stamp;
    bool has_stamp;
    char hex[65];
    bool done;
    tjac_err err; /* its own, for whoever asks */
} entry;

struct tjac_hashing {
    pthread_t thread;
    pthread_mutex_t mutex;  /* holds what follows, down to `next` */
    pthread_cond_t changed; /* a file was added, a file is done, or stop was set */
    entry *file;            /* [n], moves when it grows; paths stay where they are */
    size_t n, cap, next;    /* next: the first that the thread has not begun */
    atomic_bool stop;       /* read between blocks too, without the mutex */
};

/* ---- the thread ---- */

/* LibTorch's threads wait for each other after every operation: one that shares its core with this
 * thread holds up all. Linux alone has a priority of one thread behind this call; that it stays as
 * it was does no harm. */
static void yield_to_others(void)
{
#ifdef __linux__
    setpriority(PRIO_PROCESS, 0, 10);
#endif
}

static void *work(void *self)
{
    tjac_hashing *h = self;
    yield_to_others();
    pthread_mutex_lock(&h->mutex);
    while (!atomic_load(&h->stop)) {
        if (h->next == h->n) {
            pthread_cond_wait(&h->changed, &h->mutex);
            continue;
        }
        size_t i = h->next++;
        entry done = h->file[i];
        pthread_mutex_unlock(&h->mutex);
        /* The error is kept for whoever asks. */
        if (tjac_sha256_file_until(done.path, done.has_stamp ? &done.stamp : NULL, &h->stop,
                                   done.hex, &done.err))
            done.hex[0] = '\0';
        done.done = true;
        pthread_mutex_lock(&h->mutex);
        h->file[i] = done;
        pthread_cond_broadcast(&h->changed);
    }
    pthread_mutex_unlock(&h->mutex);
    return NULL;
}

/* ---- its owner ---- */

tjac_code tjac_hashing_start(tjac_hashing **out, tjac_err *err)
{
    tjac_hashing *h = tjac_alloc(1, sizeof *h, err);
    sigset_t all, before;
    if (!h)
        return err->code;
    pthread_mutex_init(&h->mutex, NULL);
    pthread_cond_init(&h->changed, NULL);
    atomic_init(&h->stop, false);
    /* A thread inherits the mask: signals are for whoever waits for them, not for this one. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&h->thread, NULL, work, h);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        pthread_cond_destroy(&h->changed);
        pthread_mutex_destroy(&h->mutex);
        free(h);
        return tjac_err_set(err, TJAC_EFAIL, "cannot start a thread: %s", strerror(failed));
    }
    *out = h;
    return TJAC_OK;
}

/* The position of a path, of a new entry where there is none; with the mutex held. */
static tjac_code place(tjac_hashing *h, const char *path, const tjac_stamp *stamp, size_t *at,
                       tjac_err *err)
{
    for (size_t i = 0; i < h->n; i++)
        if (strcmp(h->file[i].path, path) == 0) {
            *at = i;
            return TJAC_OK;
        }
    if (tjac_grow((void **)&h->file, &h->cap, h->n + 1, sizeof *h->file, err) ||
        !(h->file[h->n].path = tjac_strdup(path, err)))
        return err->code;
    h->file[h->n].has_stamp = stamp != NULL;
    if (stamp)
        h->file[h->n].stamp = *stamp;
    *at = h->n++;
    pthread_cond_broadcast(&h->changed);
    return TJAC_OK;
}

tjac_code tjac_hashing_add(tjac_hashing *h, const char *path, const tjac_stamp *stamp,
                           tjac_err *err)
{
    size_t at;
    if (!path)
        return TJAC_OK;
    pthread_mutex_lock(&h->mutex);
    tjac_code code = place(h, path, stamp, &at, err);
    pthread_mutex_unlock(&h->mutex);
    return code;
}

tjac_code tjac_hashing_find(tjac_hashing *h, const char *path, char out[65], tjac_err *err)
{
    size_t at;
    pthread_mutex_lock(&h->mutex);
    tjac_code code = place(h, path, NULL, &at, err);
    while (!code && !h->file[at].done)
        pthread_cond_wait(&h->changed, &h->mutex);
    const entry *e = code ? NULL : &h->file[at];
    if (e && e->err.code)
        code = tjac_err_set(err, e->err.code, "%s", tjac_err_message(&e->err));
    else if (e)
        memcpy(out, e->hex, sizeof e->hex);
    pthread_mutex_unlock(&h->mutex);
    return code;
}

void tjac_hashing_stop(tjac_hashing *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->mutex);
    atomic_store(&h->stop, true);
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->mutex);
    pthread_join(h->thread, NULL);
    for (size_t i = 0; i < h->n; i++) {
        free(h->file[i].path);
        tjac_err_clear(&h->file[i].err);
    }
    free(h->file);
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->mutex);
    free(h);
}
