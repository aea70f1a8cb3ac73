/* h5ad.h: anndata's layout on top of h5.h. Private to this room.
 *
 * anndata 0.8 to 0.12 write obs and var as groups whose columns say their encoding; 0.7 had the
 * categories apart in `__categories`; 0.6 and before had one dataset of records and the categories
 * in `uns/NAME_categories`. frame.c knows these layouts, nobody else does.
 */
#ifndef TJAC_H5AD_H
#define TJAC_H5AD_H

#include "base/alloc.h"
#include "base/h5.h"
#include "base/text.h"
#include "inputs/cells.h"

/* obs, var, or a DataFrame in obsm: a table with named columns and one index column of names. */
typedef struct {
    const tjac_h5 *file; /* borrowed */
    const char *name;    /* "obs", "var", "obsm/X_hvg": borrowed */
    int record;          /* one dataset of records (0.6), not a group */
    char *index;         /* owned: name of the index column */
    size_t n;            /* rows */
} tjac_frame;

tjac_code tjac_frame_open(const tjac_h5 *file, const char *name, tjac_frame *out,
                          tjac_err *err) TJAC_MUST_USE;
void tjac_frame_free(tjac_frame *frame);

/* Opens the index column. */
tjac_code tjac_frame_index_open(const tjac_frame *frame, tjac_h5_data **out,
                                tjac_err *err) TJAC_MUST_USE;

int tjac_frame_has(const tjac_frame *frame, const char *column);

/* Where a column is: ABSENT, or a vector of values, values with a mask of those that are missing
 * (NULLABLE), or positions among categories (CODES). */
typedef enum {
    TJAC_COLUMN_ABSENT,
    TJAC_COLUMN_VALUES,
    TJAC_COLUMN_NULLABLE,
    TJAC_COLUMN_CODES
} tjac_column_kind;

typedef struct {
    tjac_column_kind kind;
    char object[512];    /* values or codes */
    const char *field;   /* of a record, or NULL */
    char companion[512]; /* mask or categories */
} tjac_place;

/* A column in an encoding that is none of these is TJAC_EINPUT. */
tjac_code tjac_frame_place(const tjac_frame *frame, const char *column, tjac_place *out,
                           tjac_err *err) TJAC_MUST_USE;

/* Appends the label of each row, "nan" where it is missing. frame->n may be SIZE_MAX: any number of
 * rows; a group of vectors is such a frame (uns). */
tjac_code tjac_frame_labels(const tjac_frame *frame, const tjac_place *place, tjac_names *out,
                            tjac_err *err) TJAC_MUST_USE;

/* Appends the names of the columns, without the index. */
tjac_code tjac_frame_columns(const tjac_frame *frame, tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* Fills out, which the caller frees also after a failure. */
tjac_code tjac_frame_column(const tjac_frame *frame, const char *column, tjac_column *out,
                            tjac_err *err) TJAC_MUST_USE;

/* Calls fn for each element of a vector as a label: text as it is, numbers and booleans as
 * Python's str() writes them; NULL for NaN. */
tjac_code tjac_label_each(const tjac_h5_data *data, tjac_h5_text_fn fn, void *ctx,
                          tjac_err *err) TJAC_MUST_USE;

/* Opens a vector of labels: a dataset, or the group {values, mask} that newer pandas strings
 * become. */
tjac_code tjac_label_open(const tjac_h5 *file, const char *object, size_t n, tjac_h5_data **out,
                          tjac_err *err) TJAC_MUST_USE;

struct tjac_cells {
    tjac_h5 *file;
    tjac_frame obs, var;
};

typedef enum {
    TJAC_MATRIX_DENSE,
    TJAC_MATRIX_CSR,
    TJAC_MATRIX_CSC,
    TJAC_MATRIX_TABLE /* a DataFrame: a dataset a column */
} tjac_matrix_kind;

typedef struct tjac_table tjac_table;

struct tjac_matrix {
    const tjac_cells *cells; /* borrowed */
    char *key, *object;      /* "X_hvg", "obsm/X_hvg" */
    char layout[64];
    tjac_matrix_kind kind;
    size_t n_rows, n_cols;
    tjac_table *table;     /* of a DataFrame, owned */
    tjac_h5_data *data;    /* dense: [n_rows][n_cols]; sparse: the stored values */
    tjac_h5_data *indices; /* sparse: column (CSR) or row (CSC) of each value */
    int64_t *start;        /* sparse: first value of each row (CSR) or column (CSC), one more */
};

/* TJAC_EINPUT for a value that is NaN or infinite; cells.c, which knows the cell's name. */
tjac_code tjac_matrix_refuse(const tjac_matrix *m, size_t row, size_t col, double value,
                             tjac_err *err);

/* A row of the file and the place of the output that it goes to. */
typedef struct {
    size_t row, slot;
} tjac_errand;

/* table.c: a DataFrame as a matrix. Opening looks at every column: one that is no number is
 * TJAC_EINPUT. Sets the matrix's shape and layout. */
tjac_code tjac_table_open(tjac_matrix *m, tjac_err *err) TJAC_MUST_USE;
const tjac_names *tjac_table_columns(const tjac_table *table);

/* The two reads; list is in order of its rows. A missing value is as NaN. */
tjac_code tjac_table_read_rows(const tjac_matrix *m, const tjac_errand *list, size_t n, float *out,
                               tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_table_moments(const tjac_matrix *m, const size_t *rows, size_t n_rows, double *mean,
                             double *sd, tjac_err *err) TJAC_MUST_USE;
void tjac_table_close(tjac_table *table);

/* The two reads of matrix.c for CSC: both stream through all stored values in blocks. */
tjac_code tjac_csc_read_rows(const tjac_matrix *m, const size_t *rows, size_t n_rows, float *out,
                             tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_csc_moments(const tjac_matrix *m, const size_t *rows, size_t n_rows, double *mean,
                           double *sd, tjac_err *err) TJAC_MUST_USE;

#endif
