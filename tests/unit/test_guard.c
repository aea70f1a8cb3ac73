/* A signal ends the process in one way, whatever its other threads do. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>
#include "test.h"
#include "cmd/cmd_guard.h"

/* What a child does once it is there; it writes a byte to `ready` when signals may come. */
typedef void (*child_fn)(int ready);

typedef struct {
    pid_t pid;
    int ready, errors; /* to be read */
} child;

static void announce(int ready)
{
    if (write(ready, "r", 1) != 1)
        _exit(99);
}

static bool wait_ready(const child *c)
{
    char byte;
    return read(c->ready, &byte, 1) == 1;
}

static child begin(child_fn fn)
{
    int ready[2], errors[2];
    if (pipe(ready) != 0 || pipe(errors) != 0)
        exit(1);
    child c = {fork(), ready[0], errors[0]};
    if (c.pid == 0) {
        close(ready[0]);
        close(errors[0]);
        dup2(errors[1], STDERR_FILENO);
        signal(SIGINT, SIG_DFL); /* whatever the test was started with */
        signal(SIGHUP, SIG_DFL);
        fn(ready[1]);
        _exit(98);
    }
    close(ready[1]);
    close(errors[1]);
    return c;
}

/* Waits for the end, as waitpid says it, and what stands on stderr. */
static int finish(child *c, char text[256])
{
    int status = -1;
    size_t n = 0;
    for (ssize_t got; n < 255 && (got = read(c->errors, text + n, 255 - n)) > 0;)
        n += (size_t)got;
    text[n] = '\0';
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(c->ready);
    close(c->errors);
    return status;
}

/* The test ends where a child does not. */
static void wait_here(void)
{
    for (;;)
        pause();
}

static cmd_guard *start(void)
{
    tjac_err err = {0};
    cmd_guard *guard = NULL;
    if (cmd_guard_start(&guard, &err))
        _exit(97);
    return guard;
}

static void add_words(void *self, tjac_text *sentence)
{
    tjac_text_add(sentence, "; %s", (const char *)self);
}

/* ---- one signal ---- */

static atomic_int handled;

static void on_signal(int number)
{
    atomic_store(&handled, number);
}

/* A thread that would take any signal that is not blocked, and computes. */
static void *compute(void *self)
{
    volatile unsigned x = 0;
    while (!atomic_load(&handled))
        x++;
    fprintf(stderr, "a thread of the computation has taken signal %d\n", atomic_load(&handled));
    return self;
}

static void guarded(int ready)
{
    pthread_t thread;
    signal(SIGUSR1, on_signal); /* the guard's meaning goes first */
    cmd_guard *guard = start();
    if (pthread_create(&thread, NULL, compute, NULL) != 0)
        _exit(96);
    cmd_guard_set(guard, add_words, "the first");
    cmd_guard_set(guard, add_words, "nothing is lost");
    announce(ready);
    wait_here();
}

static void without_words(int ready)
{
    cmd_guard *guard = start();
    cmd_guard_set(guard, add_words, "not said");
    cmd_guard_set(guard, NULL, NULL);
    announce(ready);
    wait_here();
}

static void check_signal(test *t, int number, const char *name)
{
    char text[256], want[256];
    child c = begin(guarded);
    CHECK(t, wait_ready(&c) && kill(c.pid, number) == 0);
    int status = finish(&c, text);
    CHECK(t, WIFEXITED(status) && WEXITSTATUS(status) == 128 + number);
    snprintf(want, sizeof want, "tjac: interrupted by %s; nothing is lost\n", name);
    CHECK_STRING(t, text, want);
    c = begin(without_words);
    CHECK(t, wait_ready(&c) && kill(c.pid, number) == 0);
    status = finish(&c, text);
    CHECK(t, WIFEXITED(status) && WEXITSTATUS(status) == 128 + number);
    snprintf(want, sizeof want, "tjac: interrupted by %s\n", name);
    CHECK_STRING(t, text, want);
}

/* ---- a second one ---- */

static void hang(void *self, tjac_text *sentence)
{
    (void)sentence;
    announce(*(int *)self);
    wait_here();
}

static void hanging(int ready)
{
    cmd_guard *guard = start();
    cmd_guard_set(guard, hang, &ready);
    announce(ready);
    wait_here();
}

static void check_second(test *t, int number)
{
    char text[256];
    child c = begin(hanging);
    CHECK(t, wait_ready(&c) && kill(c.pid, SIGTERM) == 0);
    CHECK(t, wait_ready(&c) && kill(c.pid, number) == 0); /* while the function hangs */
    int status = finish(&c, text);
    CHECK(t, WIFSIGNALED(status) && WTERMSIG(status) == number);
    CHECK_STRING(t, text, "");
}

/* ---- what the caller had set ---- */

/* As under nohup: SIGHUP does nothing, the others what they always do. */
static void ignoring(int ready)
{
    signal(SIGHUP, SIG_IGN);
    guarded(ready);
}

static void check_ignored(test *t)
{
    char text[256];
    child c = begin(ignoring);
    CHECK(t, wait_ready(&c) && kill(c.pid, SIGHUP) == 0);
    nanosleep(&(struct timespec){0, 50000000}, NULL);
    CHECK(t, waitpid(c.pid, &(int){0}, WNOHANG) == 0); /* it goes on */
    CHECK(t, kill(c.pid, SIGINT) == 0);
    int status = finish(&c, text);
    CHECK(t, WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT);
    CHECK_STRING(t, text, "tjac: interrupted by SIGINT; nothing is lost\n");
}

/* After the end of the guard SIGTERM ends the process itself, and SIGUSR1 has its old handler. */
static void stopped(int ready)
{
    for (int i = 0; i < 50; i++)
        cmd_guard_stop(start());
    cmd_guard_stop(NULL);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    if (atomic_load(&handled) != SIGUSR1)
        _exit(95);
    announce(ready);
    wait_here();
}

static void check_stopped(test *t)
{
    char text[256];
    child c = begin(stopped);
    CHECK(t, wait_ready(&c) && kill(c.pid, SIGTERM) == 0);
    int status = finish(&c, text);
    CHECK(t, WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    CHECK_STRING(t, text, "");
}

/* ---- while others set and stop ---- */

/* Called while the owner of the words sets others: what it was given is there. */
static void add_slowly(void *self, tjac_text *sentence)
{
    nanosleep(&(struct timespec){0, 20000000}, NULL);
    add_words(self, sentence);
}

static void setting(int ready)
{
    cmd_guard *guard = start();
    announce(ready);
    for (;;) {
        char words[] = "there";
        cmd_guard_set(guard, add_slowly, words);
        cmd_guard_set(guard, NULL, NULL);
        memset(words, 'x', sizeof words - 1); /* nobody is reading it */
    }
}

static void check_setting(test *t)
{
    for (int i = 0; i < 10; i++) {
        char text[256];
        child c = begin(setting);
        CHECK(t, wait_ready(&c));
        nanosleep(&(struct timespec){0, i * 200000}, NULL);
        CHECK(t, kill(c.pid, SIGTERM) == 0);
        int status = finish(&c, text);
        CHECK(t, WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
        CHECK(t, strcmp(text, "tjac: interrupted by SIGTERM; there\n") == 0 ||
                     strcmp(text, "tjac: interrupted by SIGTERM\n") == 0);
    }
}

/* A signal at any moment of starting and stopping ends the process in one of the two ways. */
static void restarting(int ready)
{
    announce(ready);
    for (;;)
        cmd_guard_stop(start());
}

static void check_restarting(test *t)
{
    for (int i = 0; i < 10; i++) {
        char text[256];
        child c = begin(restarting);
        CHECK(t, wait_ready(&c));
        nanosleep(&(struct timespec){0, i * 200000}, NULL);
        int status = 0;
        pid_t ended = 0;
        /* One that comes at the very end is lost with the guard: the command is done then. */
        for (int k = 0; k < 100 && ended == 0; k++) {
            kill(c.pid, SIGTERM);
            nanosleep(&(struct timespec){0, 2000000}, NULL);
            ended = waitpid(c.pid, &status, WNOHANG);
        }
        CHECK(t, ended == c.pid);
        if (ended == 0)
            kill(c.pid, SIGKILL);
        finish(&c, text);
        CHECK(t, WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM
                                     : WEXITSTATUS(status) == 128 + SIGTERM);
    }
}

int main(void)
{
    test t = {0};
    alarm(300); /* a child that does not end */
    check_signal(&t, SIGINT, "SIGINT");
    check_signal(&t, SIGTERM, "SIGTERM");
    check_signal(&t, SIGHUP, "SIGHUP");
    check_signal(&t, SIGUSR1, "SIGUSR1");
    check_second(&t, SIGTERM);
    check_second(&t, SIGINT);
    check_ignored(&t);
    check_stopped(&t);
    check_setting(&t);
    check_restarting(&t);
    return test_end(&t);
}
