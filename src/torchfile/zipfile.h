/* zipfile.h: reading entries of a zip file (libzip behind one door). Private to the model stage. */
#ifndef TJAC_ZIPFILE_H
#define TJAC_ZIPFILE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

typedef struct tjac_zip tjac_zip;

typedef struct {
    uint64_t index;
    uint64_t size; /* bytes when unpacked; checked to be possible for the file's length */
    bool unsummed; /* its checksum is 0: torch was told to compute none */
} tjac_zip_entry;

/* Not a zip file or a damaged directory: TJAC_EINPUT; cannot be opened: TJAC_EUSAGE. */
tjac_code tjac_zip_open(const char *path, tjac_zip **out, tjac_err *err) TJAC_MUST_USE;
void tjac_zip_close(tjac_zip *zip);

/* Names of the entries, borrowed. */
uint64_t tjac_zip_count(const tjac_zip *zip);
const char *tjac_zip_name(const tjac_zip *zip, uint64_t index);

/* Whether there is such an entry. */
bool tjac_zip_has(const tjac_zip *zip, const char *name);

/* The entry of this name; none, or sizes that cannot be: TJAC_EINPUT. */
tjac_code tjac_zip_find(const tjac_zip *zip, const char *name, tjac_zip_entry *out,
                        tjac_err *err) TJAC_MUST_USE;

/* Reading one entry in order. The checksum is verified when the last byte was read (and the read
 * began at the first one), unless it is 0: so torch writes it with `compute_crc32` off, with
 * `skip_data`, and for what it lays out for a device to fill, an entry at a time. That damage makes
 * one 0 is a matter of 1 in 2^32. Failures are TJAC_EINPUT with file and entry. */
typedef struct tjac_zip_stream tjac_zip_stream;
tjac_code tjac_zip_stream_open(tjac_zip *zip, const tjac_zip_entry *entry, uint64_t offset,
                               tjac_zip_stream **out, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_zip_stream_read(tjac_zip_stream *stream, void *out, uint64_t n,
                               tjac_err *err) TJAC_MUST_USE;
void tjac_zip_stream_close(tjac_zip_stream *stream);

/* The version of libzip (static). */
const char *tjac_zip_version(void);

#endif
