/* pickle.h: Python pickles (protocols 0 to 5) as plain data. Private to the model stage.
 *
 * A stack machine over an allow-list: it imports, calls and builds nothing. The globals that real
 * ST files hold are interpreted (tensors, NumPy scalars and small arrays, OrderedDict, Namespace,
 * paths, torch.Size/device/dtype); any other one is refused by name or becomes OPAQUE.
 */
#ifndef TJAC_PICKLE_H
#define TJAC_PICKLE_H

#include "base/value.h"
#include "torchfile/torchfile.h"

/* The storages that a pickle refers to by persistent ids, in order, with repetitions. The storages
 * live in the document, the array is the caller's to free(). */
typedef struct {
    tjac_storage **item;
    size_t n, cap;
} tjac_storage_list;

typedef struct {
    const char *what; /* the file, for messages */
    tjac_trust trust;
    int depth;                   /* nesting of streams in pickles; callers start with 0 */
    tjac_storage_list *storages; /* appended to; NULL: not wanted */
} tjac_pickle_opts;

/* Reads one pickle from bytes[n] into doc, which borrows nothing from bytes. Text that is not fit
 * for a STRING is BYTES, a whole number beyond 64 bits is OPAQUE "int 0x...".
 * *used (may be NULL) becomes the number of bytes up to
 * and including STOP. TJAC_EINPUT names the file, the byte position and what is wrong. */
tjac_code tjac_pickle_read(tjac_doc *doc, const unsigned char *bytes, size_t n,
                           const tjac_pickle_opts *opts, tjac_value **out, size_t *used,
                           tjac_err *err) TJAC_MUST_USE;

#endif
