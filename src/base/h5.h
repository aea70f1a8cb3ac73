/* h5.h: the parts of HDF5 that h5ad files and the files of J need.
 *
 * Its h5*.c are the only files that include hdf5.h: h5.c (files, attributes), h5_data.c (datasets),
 * h5_reason.c (why something failed), h5_write.c. Objects are named by their path in the file
 * ("obs/gene/codes"). Whatever HDF5 refuses to read is TJAC_EINPUT, to write TJAC_EFAIL, with the
 * file, the object and HDF5's own reason, and what that comes from: a format newer than the
 * library, a link to nothing, damage. Nothing but the file itself is read: external links,
 * external storage and virtual datasets are refused. "Not there" is said only where HDF5 is sure.
 * Nothing is ever printed. One thread at a time, whatever the files: that is the caller's duty.
 */
#ifndef TJAC_H5_H
#define TJAC_H5_H

#include <stdint.h>
#include "base/names.h"
#include "base/stamp.h"

typedef struct {
    char *path;      /* owned */
    int64_t id;      /* HDF5's handle */
    uint64_t bytes;  /* size of the file: what it states is checked against this */
    int fd;          /* of our own, for the stamp */
    int superblock;  /* version of the file's format: 3 and more come with HDF5 1.10 and later */
    int64_t access;  /* HDF5's handle: how links are followed */
    char *elsewhere; /* owned; where the link leads that HDF5 was kept from following, or "" */
    tjac_stamp stamp;
} tjac_h5;

typedef enum {
    TJAC_H5_ABSENT,
    TJAC_H5_GROUP,
    TJAC_H5_DATASET,
    TJAC_H5_OTHER /* a named type, a link to nothing or out of the file, what HDF5 cannot open or
                   * cannot tell whether it is there: opening it says why */
} tjac_h5_kind;

/* No such file, a directory, no permission: TJAC_EUSAGE. Not HDF5 (it is said what it is, where
 * magic.h knows), truncated, left open by a writer: TJAC_EINPUT. Locked by a writer: TJAC_EFAIL. */
tjac_code tjac_h5_open(const char *path, tjac_h5 **out, tjac_err *err) TJAC_MUST_USE;
void tjac_h5_close(tjac_h5 *file);

/* After reading: whether the file was written to since it was opened, see tjac_stamp_check. */
tjac_code tjac_h5_unchanged(const tjac_h5 *file, tjac_err *err) TJAC_MUST_USE;

/* TJAC_H5_ABSENT only where HDF5 is sure that nothing is there. Compare with that alone to do
 * without an object: one that is TJAC_H5_OTHER is to be opened, which says why it cannot be. */
tjac_h5_kind tjac_h5_find(const tjac_h5 *file, const char *object);

/* Appends the names of a group's members, in name order. */
tjac_code tjac_h5_members(const tjac_h5 *file, const char *group, tjac_names *out,
                          tjac_err *err) TJAC_MUST_USE;

/* A scalar string attribute; *out (owned by the caller) is NULL when there is none. */
tjac_code tjac_h5_attr_text(const tjac_h5 *file, const char *object, const char *attr, char **out,
                            tjac_err *err) TJAC_MUST_USE;

/* An attribute of exactly two integers (a shape); *there is 0 when there is none. */
tjac_code tjac_h5_attr_pair(const tjac_h5 *file, const char *object, const char *attr,
                            int64_t out[2], int *there, tjac_err *err) TJAC_MUST_USE;

/* Appends the strings of an attribute, which must be there (h5_attr.c). */
tjac_code tjac_h5_attr_names(const tjac_h5 *file, const char *object, const char *attr,
                             tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* What the elements of a dataset are; the bits form sets for tjac_h5_vector_open. */
typedef enum {
    TJAC_H5_BOOL = 1,
    TJAC_H5_INT = 2,
    TJAC_H5_FLOAT = 4,
    TJAC_H5_TEXT = 8,
    TJAC_H5_RECORD = 16,  /* named fields */
    TJAC_H5_UNKNOWN = 32, /* anything else */
    TJAC_H5_LABEL = 1 | 2 | 4 | 8
} tjac_h5_type;

/* Numbers as they are stored, little-endian. */
typedef enum { TJAC_H5_F64, TJAC_H5_F32, TJAC_H5_U32, TJAC_H5_I32 } tjac_h5_number;

/* An open dataset, or one field of a dataset of records. Read only. */
typedef struct {
    const tjac_h5 *file; /* borrowed */
    char *name, *field;  /* owned; field is NULL when the dataset is no record */
    int64_t id, type_id; /* HDF5's handles: the dataset, the type of its elements (or field) */
    tjac_h5_type type;
    char dtype[12]; /* "int8" … "uint64", "float32", "bool", "text", "record", "unknown" */
    size_t rank;    /* as stored */
    size_t n_rows;  /* first dimension (1 for a scalar) */
    size_t n_cols;  /* elements of a row: the product of the other dimensions (1 for a vector) */
} tjac_h5_data;

/* Opens a dataset and checks that its extents can be in a file of this size and that every filter
 * it needs is there. field: NULL, or one field of a dataset of records. */
tjac_code tjac_h5_data_open(const tjac_h5 *file, const char *object, const char *field,
                            tjac_h5_data **out, tjac_err *err) TJAC_MUST_USE;

/* The same, and it must be a vector whose type is in the set `types`, of n_rows elements
 * (SIZE_MAX: any number). */
tjac_code tjac_h5_vector_open(const tjac_h5 *file, const char *object, const char *field,
                              unsigned types, size_t n_rows, tjac_h5_data **out,
                              tjac_err *err) TJAC_MUST_USE;
void tjac_h5_data_close(tjac_h5_data *data);

/* Where in the file the numbers of an array are that was reserved as `number`: *at of its first
 * byte. TJAC_EINPUT when it was stored otherwise, is behind a soft or external link, or reaches
 * beyond the end of the file. */
tjac_code tjac_h5_data_place(const tjac_h5_data *data, tjac_h5_number number, uint64_t *at,
                             tjac_err *err) TJAC_MUST_USE;

/* Appends the names of the fields of a dataset of records, in their order. */
tjac_code tjac_h5_fields(const tjac_h5_data *data, tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* Reads n rows from `first` (all columns) as the type that the name says; HDF5 converts, and
 * clips integers to the range of the type. first + n <= n_rows is the caller's duty. */
tjac_code tjac_h5_read_i32(const tjac_h5_data *data, size_t first, size_t n, int32_t *out,
                           tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_h5_read_i64(const tjac_h5_data *data, size_t first, size_t n, int64_t *out,
                           tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_h5_read_f32(const tjac_h5_data *data, size_t first, size_t n, float *out,
                           tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_h5_read_f64(const tjac_h5_data *data, size_t first, size_t n, double *out,
                           tjac_err *err) TJAC_MUST_USE;

/* Calls fn for each of n strings from `first`, in order, with a block of them in memory at a time.
 * text is borrowed for the call. */
typedef tjac_code (*tjac_h5_text_fn)(void *ctx, size_t row, const char *text, tjac_err *err);
tjac_code tjac_h5_each_text(const tjac_h5_data *data, size_t first, size_t n, tjac_h5_text_fn fn,
                            void *ctx, tjac_err *err) TJAC_MUST_USE;

/* ---- writing ----
 *
 * A file is made with all that it will ever hold in its place: names and attributes are written,
 * arrays of numbers are reserved, and filled later by pwrite where tjac_h5_data_place finds them.
 * Groups on the way to a dataset are made. No times are kept: the same content is the same bytes.
 * All but names and numbers have checksums, so that a damaged file is refused when it is opened.
 */

enum { TJAC_H5_MOST_DIMS = 4 };

typedef struct tjac_h5_writer tjac_h5_writer;

typedef struct {
    size_t rank; /* 1 to TJAC_H5_MOST_DIMS */
    size_t extent[TJAC_H5_MOST_DIMS];
} tjac_h5_shape;

/* Creates or empties the file, which messages call by the name that it will have. */
tjac_code tjac_h5_create(const char *path, const char *called, tjac_h5_writer **out,
                         tjac_err *err) TJAC_MUST_USE;

/* Writes out what is buffered and closes the file; frees the writer in any case. */
tjac_code tjac_h5_finish(tjac_h5_writer *writer, tjac_err *err) TJAC_MUST_USE;

/* Closes the file as it is; NULL-safe. */
void tjac_h5_abandon(tjac_h5_writer *writer);

/* An array in one piece, whose place is kept and whose numbers are not written: 0 on most file
 * systems. An extent may be 0. */
tjac_code tjac_h5_reserve(tjac_h5_writer *writer, const char *dataset, tjac_h5_number number,
                          const tjac_h5_shape *shape, tjac_err *err) TJAC_MUST_USE;

/* Vectors of n elements; names are UTF-8 strings of a fixed length, filled up with NUL. */
tjac_code tjac_h5_write_i32(tjac_h5_writer *writer, const char *dataset, const int32_t *value,
                            size_t n, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_h5_write_f64(tjac_h5_writer *writer, const char *dataset, const double *value,
                            size_t n, tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_h5_write_names(tjac_h5_writer *writer, const char *dataset, const char *const *name,
                              size_t n, tjac_err *err) TJAC_MUST_USE;

/* A string attribute (UTF-8, of fixed length) of a dataset or group that is there; "/" is the
 * file. */
tjac_code tjac_h5_put_attr_text(tjac_h5_writer *writer, const char *object, const char *attr,
                                const char *text, tjac_err *err) TJAC_MUST_USE;

/* ---- the library ---- */

enum { TJAC_H5_REASON = 160 };

/* HDF5's own reason for the last call that failed. For the two files of the door. */
void tjac_h5_reason(char why[TJAC_H5_REASON]);

/* "1.10.8" of the library that is running; buf holds at least 32 bytes. */
void tjac_h5_version(char *buf, size_t size);

#endif
