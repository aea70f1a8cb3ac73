/* stamp.h: whether an open file still has the content that it had.
 *
 * Inputs are read in parts, the weights of a second model hours after its names, and are hashed by
 * another reader. One that is overwritten in between would give numbers of one content and the
 * hash of another. A file that is replaced by renaming another over it stays what it was for who
 * has it open.
 */
#ifndef TJAC_STAMP_H
#define TJAC_STAMP_H

#include <sys/types.h>
#include <time.h>
#include "base/err.h"

typedef struct {
    dev_t device;
    ino_t file;
    off_t size;
    struct timespec written;
} tjac_stamp;

/* The stamp of an open file; taken before the first byte is read. path: for the message. */
tjac_code tjac_stamp_take(int fd, const char *path, tjac_stamp *out, tjac_err *err) TJAC_MUST_USE;

/* After reading: TJAC_EFAIL when the open file is another than that of the stamp, or was written to
 * since. That takes the place of an error of reading, which is only its consequence; without it
 * such an error stays. */
tjac_code tjac_stamp_check(int fd, const char *path, const tjac_stamp *stamp,
                           tjac_err *err) TJAC_MUST_USE;

#endif
