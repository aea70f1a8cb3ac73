#include "cmd/cmd_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/alloc.h"
#include "cmd/cmd_text.h"

struct cmd_guard {
    pthread_t thread;
    sigset_t watched, old;
    pthread_mutex_t lock; /* of fn, self and stopping */
    cmd_guard_fn fn;
    void *self;
    bool stopping;
};

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}, {SIGUSR1, "SIGUSR1"}};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

static const char *name_of(int number)
{
    for (int i = 0; i < N_SIGNALS; i++)
        if (signals[i].number == number)
            return signals[i].name;
    return "a signal";
}

/* Others stay where they are: whoever waits for the lock must not go on to write. */
static void end_process(cmd_guard *g, int number)
{
    tjac_text sentence = {0};
    pthread_sigmask(SIG_UNBLOCK, &g->watched, NULL); /* a second one is not waited for */
    tjac_text_add(&sentence, "interrupted by %s", name_of(number));
    if (g->fn)
        g->fn(g->self, &sentence);
    cmd_say(stderr, "tjac: %s\n", sentence.text ? sentence.text : "interrupted");
    _exit(128 + number);
}

static void *watch(void *self)
{
    cmd_guard *g = self;
    int number = 0;
    while (sigwait(&g->watched, &number) != 0)
        continue;
    pthread_mutex_lock(&g->lock);
    if (!g->stopping)
        end_process(g, number);
    pthread_mutex_unlock(&g->lock);
    return NULL;
}

tjac_code cmd_guard_start(cmd_guard **out, tjac_err *err)
{
    cmd_guard *g = tjac_alloc(1, sizeof *g, err);
    if (!g)
        return err->code;
    sigemptyset(&g->watched);
    for (int i = 0; i < N_SIGNALS; i++) {
        struct sigaction now;
        /* nohup and the like: what was ignored stays so. */
        if (sigaction(signals[i].number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&g->watched, signals[i].number);
    }
    pthread_mutex_init(&g->lock, NULL);
    pthread_sigmask(SIG_BLOCK, &g->watched, &g->old);
    if (pthread_create(&g->thread, NULL, watch, g) != 0) {
        pthread_sigmask(SIG_SETMASK, &g->old, NULL);
        pthread_mutex_destroy(&g->lock);
        free(g);
        return tjac_err_set(err, TJAC_EFAIL, "cannot start the thread that waits for signals");
    }
    *out = g;
    return TJAC_OK;
}

void cmd_guard_set(cmd_guard *g, cmd_guard_fn fn, void *self)
{
    pthread_mutex_lock(&g->lock);
    g->fn = fn;
    g->self = self;
    pthread_mutex_unlock(&g->lock);
}

void cmd_guard_stop(cmd_guard *g)
{
    if (!g)
        return;
    pthread_mutex_lock(&g->lock);
    g->stopping = true;
    pthread_mutex_unlock(&g->lock);
    pthread_cancel(g->thread); /* sigwait is where it is */
    pthread_join(g->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &g->old, NULL);
    pthread_mutex_destroy(&g->lock);
    free(g);
}
