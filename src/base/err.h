/* err.h: the one error type of tjac.
 *
 * Every fallible function takes a caller-owned `tjac_err *` as its last argument and returns a
 * tjac_code: TJAC_OK, or the code that it has put into the error. The codes are the exit codes of
 * the program. The first error wins: setting an error that is already set changes nothing, so a
 * lower, more precise message is never overwritten. On success the error is untouched.
 *
 * A message is one sentence in lower case without a full stop, names in single quotes: the file,
 * the name, what was expected, what to do. main.c prints it once, after "tjac: ".
 */
#ifndef TJAC_ERR_H
#define TJAC_ERR_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    TJAC_OK = 0,
    TJAC_EFAIL = 1,    /* failed while running: I/O, memory, device */
    TJAC_EUSAGE = 2,   /* bad command line or config, or a path in it that does not exist */
    TJAC_EMISSING = 3, /* a requested gene, KD, cell or column is missing */
    TJAC_EINPUT = 4,   /* an input file is malformed, unsupported or inconsistent with another */
    TJAC_EINTR = 130   /* stopped by a caller; what a signal ends does not come this way */
} tjac_code;

/* Zero-initialised by its owner (`tjac_err err = {0}`), released by tjac_err_clear. */
typedef struct {
    tjac_code code;
    bool memory; /* TJAC_EFAIL for lack of memory, the host's or a device's: less may do */
    char *msg;   /* owned; NULL while code is TJAC_OK (and when memory ran out for the message) */
} tjac_err;

#if defined(__GNUC__)
#define TJAC_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define TJAC_MUST_USE __attribute__((warn_unused_result))
#else
#define TJAC_PRINTF(f, a)
#define TJAC_MUST_USE
#endif

/* Sets the error unless one is set already; returns the code that the error now holds. */
tjac_code tjac_err_set(tjac_err *err, tjac_code code, const char *fmt, ...) TJAC_PRINTF(3, 4);

/* Sets a TJAC_EFAIL for lack of memory, unless an error is set already; returns the code. */
tjac_code tjac_err_memory(tjac_err *err, const char *fmt, ...) TJAC_PRINTF(2, 3);

/* The message of a set error, never NULL. */
const char *tjac_err_message(const tjac_err *err);

/* Frees the message and makes the error fresh again. */
void tjac_err_clear(tjac_err *err);

#endif
