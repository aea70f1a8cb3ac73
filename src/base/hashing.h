/* hashing.h: SHA-256 of files, by one thread in the background while the run computes. */
#ifndef TJAC_HASHING_H
#define TJAC_HASHING_H

#include "base/stamp.h"

typedef struct tjac_hashing tjac_hashing;

/* Starts the thread; it waits for files, at a low priority, and takes no signals. */
tjac_code tjac_hashing_start(tjac_hashing **out, tjac_err *err) TJAC_MUST_USE;

/* Queues a file. The path is copied; NULL and a path that was added before are ignored. Whether the
 * file can be read is said by find, and whether it has this stamp (NULL: any; copied) when it is.
 */
tjac_code tjac_hashing_add(tjac_hashing *h, const char *path, const tjac_stamp *stamp,
                           tjac_err *err) TJAC_MUST_USE;

/* The hash of a file, 64 hexadecimal digits and NUL: waits for it, and adds it first where nobody
 * did. TJAC_EFAIL when the file cannot be read or has another stamp, each time that it is asked
 * for. */
tjac_code tjac_hashing_find(tjac_hashing *h, const char *path, char out[65],
                            tjac_err *err) TJAC_MUST_USE;

/* Ends the thread within a block of reading, leaves the rest undone, and frees. h may be NULL. */
void tjac_hashing_stop(tjac_hashing *h);

#endif
