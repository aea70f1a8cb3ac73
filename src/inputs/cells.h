/* cells.h: control cells from an .h5ad file.
 *
 * Opens an anndata file, reads obs columns and names, and reads only those rows of a matrix that
 * are asked for: memory does not grow with the file beyond a few bytes a cell.
 */
#ifndef TJAC_CELLS_H
#define TJAC_CELLS_H

#include "base/names.h"

typedef struct tjac_cells tjac_cells;

/* A path that does not exist or is no readable file is TJAC_EUSAGE; a file that is not HDF5 or
 * not anndata (MuData, which holds several) is TJAC_EINPUT. */
tjac_code tjac_cells_open(const char *path, tjac_cells **out, tjac_err *err) TJAC_MUST_USE;
void tjac_cells_close(tjac_cells *cells);

/* After reading: whether the file was written to since it was opened, see stamp.h. */
tjac_code tjac_cells_unchanged(const tjac_cells *cells, tjac_err *err) TJAC_MUST_USE;

const char *tjac_cells_path(const tjac_cells *cells);
size_t tjac_cells_n_obs(const tjac_cells *cells);

/* An obs column as labels. code[c] is the position of cell c's label in `labels`, -1 where the
 * value is missing. Numbers are labels as Python's str() writes them (integers: digits). */
typedef struct {
    tjac_names labels; /* distinct; order of the categories, or of first appearance */
    int32_t *code;     /* [n_obs] */
} tjac_column;

/* A missing column is TJAC_EMISSING with the nearest column name and the list of those there. */
tjac_code tjac_cells_column(const tjac_cells *cells, const char *name, tjac_column *out,
                            tjac_err *err) TJAC_MUST_USE;
void tjac_column_free(tjac_column *column);

/* Names of all cells (obs index), in file order. */
tjac_code tjac_cells_obs_names(const tjac_cells *cells, tjac_names *out,
                               tjac_err *err) TJAC_MUST_USE;

/* Names of the cells at these rows (any order, repeats allowed); the others are not kept. */
tjac_code tjac_cells_obs_names_at(const tjac_cells *cells, const size_t *rows, size_t n_rows,
                                  tjac_names *out, tjac_err *err) TJAC_MUST_USE;

/* row[i] becomes the row of the cell named wanted->name[i] (distinct), SIZE_MAX where no
 * cell has that name. One pass over the file. A wanted name that two cells have is TJAC_EINPUT. */
tjac_code tjac_cells_find_obs(const tjac_cells *cells, const tjac_names *wanted, size_t *row,
                              tjac_err *err) TJAC_MUST_USE;

/* A matrix with one row a cell. `key`: an obsm key ("X_hvg"), "X", or "layers/NAME".
 * Not there: TJAC_EMISSING with the names of those there. */
typedef struct tjac_matrix tjac_matrix;
tjac_code tjac_matrix_open(const tjac_cells *cells, const char *key, tjac_matrix **out,
                           tjac_err *err) TJAC_MUST_USE;
size_t tjac_matrix_n_cols(const tjac_matrix *matrix);
const char *tjac_matrix_key(const tjac_matrix *matrix);

/* The names of its columns, NULL where it is no DataFrame. Borrowed. */
const tjac_names *tjac_matrix_columns(const tjac_matrix *matrix);

/* One line on what it is, for people: "dense float32", "CSR float32, int32 indices",
 * "DataFrame float32". */
const char *tjac_matrix_layout(const tjac_matrix *matrix);

/* Reads rows (positions in the file, any order, repeats allowed) into out[n_rows][n_cols] as
 * float32. NaN or infinite values are TJAC_EINPUT naming the cell and the column. A call on a
 * column-compressed (CSC) matrix passes over all its values, on a DataFrame over all its columns:
 * ask for all rows at once. */
tjac_code tjac_matrix_read_rows(const tjac_matrix *matrix, const size_t *rows, size_t n_rows,
                                float *out, tjac_err *err) TJAC_MUST_USE;

/* Streams rows (at least one, ascending, distinct) and gives each column's mean and (may be NULL)
 * standard deviation (n - 1; NaN of one row) in double. Memory is a fixed block of rows. */
tjac_code tjac_matrix_moments(const tjac_matrix *matrix, const size_t *rows, size_t n_rows,
                              double *mean, double *sd, tjac_err *err) TJAC_MUST_USE;
void tjac_matrix_close(tjac_matrix *matrix);

#endif
