/* cmd_out.h: the folder of a run: taken before the first pass, held, and left in order. */
#ifndef TJAC_CMD_OUT_H
#define TJAC_CMD_OUT_H

#include <stdbool.h>
#include "base/folder.h"
#include "base/names.h"

/* What stands in a folder. */
typedef enum {
    CMD_OUT_UNKNOWN,    /* not looked at yet */
    CMD_OUT_EMPTY,      /* nothing of tjac's */
    CMD_OUT_UNFINISHED, /* a results file and no run.json, which is written last */
    CMD_OUT_FINISHED,
    CMD_OUT_OTHER /* a file that a run would write over, and no run */
} cmd_out_state;

typedef struct {
    const char *dir; /* borrowed */
    char *jfile;     /* DIR/j.h5 */
    tjac_folder_lock *lock;
    bool made; /* by this process */
    cmd_out_state state;
    char *other; /* of CMD_OUT_OTHER: the file */
} cmd_out;

/* The files that a run writes into its folder, the results file first and run.json last. */
extern const char *const cmd_out_names[];
enum { CMD_OUT_NAMES = 9 };

/* Makes the folder where it is not there, tries, holds and cleans it of what a killed run has left.
 * *notice: see tjac_folder_lock_take. `out` is released by cmd_out_leave, after a failure too. */
tjac_code cmd_out_take(const char *dir, cmd_out *out, char **notice, tjac_err *err);

/* Whether a file (a link too) is there. */
tjac_code cmd_out_there(const char *path, bool *there, tjac_err *err);

/* Removes run.json and all that a run writes: it is not finished from then on. */
tjac_code cmd_out_empty(const cmd_out *out, tjac_err *err);

/* On the way out of the process, from any thread: temporary files and the lock's go, and the folder
 * where it is empty and was made for this run. */
void cmd_out_abandon(const cmd_out *out);

/* Lets the folder go. `nothing`: nothing was computed, so that an empty folder which was made for
 * it goes too, with a results file that was only just made. */
void cmd_out_leave(cmd_out *out, bool nothing);

#endif
