/* fill.h: rows of numbers into a file in which all of them have their place, by one thread.
 *
 * The file is there, with its final size; rows are written by pwrite where they belong. A row has
 * a mark, its CRC-32, in another place: 0 until the row is there. Marks are written when the rows
 * before them have been synced, and synced themselves, so that after a kill at any moment, or a
 * loss of power, a row whose mark fits is whole. That takes place every TJAC_FILL_SECONDS, in
 * tjac_fill_flush and at the end: what is not on the disk by then is lost.
 *
 * Any thread may put; the first failure (TJAC_EFAIL: file and reason) is told to all who come
 * later. A file that was removed, moved or replaced meanwhile is such a failure, found when
 * rows are synced.
 */
#ifndef TJAC_FILL_H
#define TJAC_FILL_H

#include <stdint.h>
#include "base/err.h"

enum { TJAC_FILL_SECONDS = 5 };

typedef struct tjac_fill tjac_fill;

/* Bytes and where they belong in the file. */
typedef struct {
    uint64_t at;
    const void *bytes;
    size_t size;
} tjac_fill_part;

/* Bytes of a mark and where it stands. */
typedef struct {
    uint64_t at;
    uint32_t crc; /* tjac_fill_crc */
} tjac_fill_mark;

/* A mark from a CRC-32: 0 means that nothing is there, so that a CRC of 0 is written as 1. */
uint32_t tjac_fill_crc(uint32_t crc);

tjac_code tjac_fill_open(const char *path, tjac_fill **out, tjac_err *err) TJAC_MUST_USE;

/* Copies the parts, which are written soon; mark may be NULL: more of the row comes later. Waits
 * while much is to be written. */
tjac_code tjac_fill_put(tjac_fill *fill, const tjac_fill_part *part, size_t n,
                        const tjac_fill_mark *mark, tjac_err *err) TJAC_MUST_USE;

/* All that was put is on the disk, marks too. */
tjac_code tjac_fill_flush(tjac_fill *fill, tjac_err *err) TJAC_MUST_USE;

/* Flushes, ends the thread and frees in any case. */
tjac_code tjac_fill_close(tjac_fill *fill, tjac_err *err) TJAC_MUST_USE;

/* The same where an error is on its way already; NULL-safe. */
void tjac_fill_drop(tjac_fill *fill);

#endif
