/* h5ad.h: anndata's layout on top of h5.h. Private to cells.c, frame.c, matrix.c, csc.c.
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

/* obs or var: a table with named columns and one index column of names. */
typedef struct {
    const tjac_h5 *file; /* borrowed */
    const char *name;    /* "obs" or "var", static */
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

typedef enum { TJAC_MATRIX_DENSE, TJAC_MATRIX_CSR, TJAC_MATRIX_CSC } tjac_matrix_kind;

struct tjac_matrix {
    const tjac_cells *cells; /* borrowed */
    char *key, *object;      /* "X_hvg", "obsm/X_hvg" */
    char layout[64];
    tjac_matrix_kind kind;
    size_t n_rows, n_cols;
    tjac_h5_data *data;    /* dense: [n_rows][n_cols]; sparse: the stored values */
    tjac_h5_data *indices; /* sparse: column (CSR) or row (CSC) of each value */
    int64_t *start;        /* sparse: first value of each row (CSR) or column (CSC), one more */
};

/* TJAC_EINPUT for a value that is NaN or infinite; cells.c, which knows the cell's name. */
tjac_code tjac_matrix_refuse(const tjac_matrix *m, size_t row, size_t col, double value,
                             tjac_err *err);

/* The two reads of matrix.c for CSC: both stream through all stored values in blocks. */
tjac_code tjac_csc_read_rows(const tjac_matrix *m, const size_t *rows, size_t n_rows, float *out,
                             tjac_err *err) TJAC_MUST_USE;
tjac_code tjac_csc_moments(const tjac_matrix *m, const size_t *rows, size_t n_rows, double *mean,
                           double *sd, tjac_err *err) TJAC_MUST_USE;

#endif
