/* folder.h: the folder that a run writes into: made, tried, measured and held.
 *
 * All of it is for the start of a run, so that what is wrong with a folder is said before the first
 * number is computed. A failure is TJAC_EFAIL with the path and the system's reason, where nothing
 * else is said.
 */
#ifndef TJAC_FOLDER_H
#define TJAC_FOLDER_H

#include <stdbool.h>
#include "base/err.h"

/* Makes the folder that holds `path`, and those above it, where they are not there. */
tjac_code tjac_folder_above(const char *path, tjac_err *err) TJAC_MUST_USE;

/* Makes the folder itself too, and tries it: a file is made in it, written, synced and removed.
 * "" is TJAC_EUSAGE. */
tjac_code tjac_folder_make(const char *path, tjac_err *err) TJAC_MUST_USE;

/* Fails when the file system of a folder has less than `bytes` free for this user; never when it
 * does not say. A quota may be less than what is said. */
tjac_code tjac_folder_room(const char *path, double bytes, tjac_err *err) TJAC_MUST_USE;

/* Syncs the folder that holds `path`: a rename in it survives a power cut. A file system that
 * cannot sync folders is no failure. */
tjac_code tjac_folder_sync(const char *path, tjac_err *err) TJAC_MUST_USE;

/* Makes a new, empty file beside `path`, ".NAME.XXXXXX.tmp" (X: letters and digits), with the mode
 * that the umask gives a file, and opens it for reading and writing. Neither a file nor a link that
 * is there is ever opened. Returns the descriptor and its owned name; -1 with errno and *name
 * untouched. */
int tjac_folder_temporary(const char *path, char **name);

/* Whether the open file stands under the path: it was neither removed, moved nor replaced. */
bool tjac_folder_is_at(int fd, const char *path);

/* Removes files in `folder` that are named as tjac_folder_temporary names them for one of `names`
 * (n file names without folders), or for tjac_folder_make: a run that was killed has left them.
 * Only regular files; a folder that is not there holds none. Not while another run writes there. */
tjac_code tjac_folder_clean(const char *folder, const char *const *names, size_t n,
                            tjac_err *err) TJAC_MUST_USE;

/* ---- one run at a time: folder_lock.c ---- */

/* A folder that this process holds. */
typedef struct tjac_folder_lock tjac_folder_lock;

/* Holds a folder that is there, by the file ".tjac.lock" in it: locked by flock, it says who
 * (process, host, start in UTC). What a killed process has left is taken over. A folder that
 * another process holds, or this one already, is TJAC_EUSAGE and says who holds it.
 *
 * Where the file system knows no flock the file itself is the lock. It is taken over only when its
 * process is surely gone: one of this host, and of the same process numbers (containers of one host
 * may have their own). *notice is then a sentence for the user about that, owned by the caller;
 * else NULL. On failure *out and *notice are untouched. */
tjac_code tjac_folder_lock_take(const char *folder, tjac_folder_lock **out, char **notice,
                                tjac_err *err) TJAC_MUST_USE;

/* The path of its file, borrowed: an emergency exit may unlink it, from any thread. */
const char *tjac_folder_lock_path(const tjac_folder_lock *lock);

/* Removes the file, lets the folder go and frees. lock may be NULL. */
void tjac_folder_unlock(tjac_folder_lock *lock);

#endif
