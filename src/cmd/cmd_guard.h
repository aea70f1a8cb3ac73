/* cmd_guard.h: SIGINT, SIGTERM, SIGHUP and SIGUSR1 end a command within a second and lose nothing
 * that is done.
 *
 * A thread waits for them; all other threads have them blocked, LibTorch's too, as long as the
 * guard is there first. When one comes it does not wait for what is being computed: it calls what
 * was set last, prints its sentence, and ends the process with 128 + the signal. A second signal
 * ends it at once.
 */
#ifndef TJAC_CMD_GUARD_H
#define TJAC_CMD_GUARD_H

#include "base/text.h"

typedef struct cmd_guard cmd_guard;

/* Saves what is to be saved and adds to the sentence "interrupted by SIGTERM", such as "; nothing
 * was written". Called once, by the guard's thread, while others go on: what they hold is safe to
 * use as long as it is not unset. */
typedef void (*cmd_guard_fn)(void *self, tjac_text *sentence);

tjac_code cmd_guard_start(cmd_guard **out, tjac_err *err) TJAC_MUST_USE;

/* What is to be called from now on; it returns when nothing set before is being called. */
void cmd_guard_set(cmd_guard *guard, cmd_guard_fn fn, void *self);

/* Ends the thread, gives the signals their old meaning, and frees; NULL-safe. */
void cmd_guard_stop(cmd_guard *guard);

#endif
