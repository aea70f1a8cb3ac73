/* torchfile.h: files that torch.save or pickle wrote, read without executing anything.
 * Private to the model stage.
 *
 * Three containers: a zip of stored entries (TOP/data.pkl, TOP/data/KEY, TOP/byteorder), torch's
 * legacy stream (five pickles, then raw storages), and a plain pickle (whose tensors are
 * `torch.storage._load_from_bytes(bytes)` with a legacy stream inside).
 */
#ifndef TJAC_TORCHFILE_H
#define TJAC_TORCHFILE_H

#include "base/stamp.h"
#include "base/value.h"

typedef struct tjac_torchfile tjac_torchfile;

typedef enum {
    TJAC_TRUST_ALLOWED, /* a global outside the allow-list is refused by name (maps, var_dims) */
    TJAC_TRUST_OPAQUE   /* it becomes an OPAQUE value that is never built (checkpoints) */
} tjac_trust;

/* Opens the file, finds out what it is, reads the pickle (no tensor data).
 * A file that cannot be opened is TJAC_EUSAGE, anything wrong inside is TJAC_EINPUT. */
tjac_code tjac_torchfile_open(const char *path, tjac_trust trust, tjac_torchfile **out,
                              tjac_err *err) TJAC_MUST_USE;

/* The root value; lives as long as the file. */
const tjac_value *tjac_torchfile_root(const tjac_torchfile *file);

/* Of the file as it was opened. */
const tjac_stamp *tjac_torchfile_stamp(const tjac_torchfile *file);

/* Reads a tensor as float32, contiguous, row-major: out[t->numel]. float64, float16, bfloat16,
 * integers and bool are converted. `name` is for messages. Only the bytes that the view covers are
 * read; memory beyond `out` is a fixed buffer (views that are not contiguous: their span). A file
 * that was written to since it was opened is TJAC_EFAIL. */
tjac_code tjac_torchfile_read_f32(tjac_torchfile *file, const tjac_tensor *t, const char *name,
                                  float *out, tjac_err *err) TJAC_MUST_USE;

void tjac_torchfile_close(tjac_torchfile *file);

#endif
