/* grid.h: one number a block, for a panel's (R + 1) x (T + 1) blocks: what is left in block (0, 0)
 * when what its row and its column share with all others is taken out.
 *
 * x[rows * cols] is row-major, rows = R + 1, cols = T + 1. Any NaN gives NaN, and so does a grid
 * without a drawn row or column (rows < 2 or cols < 2).
 */
#ifndef TJAC_GRID_H
#define TJAC_GRID_H

#include <stddef.h>

typedef struct {
    size_t rows, cols;
} tjac_grid;

size_t tjac_grid_cells(tjac_grid g);

/* Means of the drawn parts: E_0t over t > 0 (the panel's regulators on drawn targets), E_r0 over
 * r > 0 (drawn regulators on its targets), E_rt over both. */
typedef struct {
    double row, col, matched;
} tjac_grid_means;
tjac_grid_means tjac_grid_mean(const double *x, tjac_grid g);

/* x_00 - mean_{t>0} x_0t - mean_{r>0} x_r0 + mean_{r,t>0} x_rt: routing. */
double tjac_grid_routing(const double *x, tjac_grid g);

/* The same without drawn row `row` (1 .. R; 0: with all) and drawn column `col`. */
double tjac_grid_routing_without(const double *x, tjac_grid g, size_t row, size_t col);

/* Double-centred: out = x - mean of its row - mean of its column + mean of all, [rows * cols].
 * out[0] is routing times R T / ((R + 1)(T + 1)). */
void tjac_grid_centre(const double *x, tjac_grid g, double *out);

/* Cells of a double-centred x that are at least the first, itself counted; ties by rounding count
 * (1e-12 of the largest |x|, or of 1). */
size_t tjac_grid_at_least(const double *centred, tjac_grid g);

/* The first cell of a double-centred x over the root mean square of the others; NaN where these
 * are 0. */
double tjac_grid_z(const double *centred, tjac_grid g);

/* The smallest share that tjac_grid_at_least can give: 1 / cells; 1/2 for 2 x 2 cells, whose
 * double-centred values come in pairs. NaN without a drawn row or column. */
double tjac_grid_p_min(tjac_grid g);

#endif
