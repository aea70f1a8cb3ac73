/* legacy.h: torch's stream from before its zip files. Private to the model stage.
 *
 * Five pickles in a row (magic number, protocol version, system, object, keys of the storages in
 * the order of their data), then for each key an int64 count of elements and the raw elements.
 */
#ifndef TJAC_LEGACY_H
#define TJAC_LEGACY_H

#include "torchfile/pickle.h"

/* Whether bytes[n] start with the magic number. */
bool tjac_legacy_is(const unsigned char *bytes, size_t n);

/* Reads the stream into doc. The storages' data are borrowed from `bytes`, which must live as long
 * as the document. Anything wrong: TJAC_EINPUT. */
tjac_code tjac_legacy_read(tjac_doc *doc, const unsigned char *bytes, size_t n,
                           const tjac_pickle_opts *opts, tjac_value **out,
                           tjac_err *err) TJAC_MUST_USE;

#endif
