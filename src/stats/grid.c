#include "stats/grid.h"

#include <math.h>

size_t tjac_grid_cells(tjac_grid g)
{
    return g.rows * g.cols;
}

static double mean_without(const double *x, tjac_grid g, size_t row, size_t col, int part)
{
    double sum = 0;
    size_t n = 0;
    for (size_t r = part == 0 ? 0 : 1; r < (part == 0 ? 1 : g.rows); r++)
        for (size_t t = part == 1 ? 0 : 1; t < (part == 1 ? 1 : g.cols); t++) {
            if ((row && r == row) || (col && t == col))
                continue;
            sum += x[r * g.cols + t];
            n++;
        }
    return n ? sum / (double)n : NAN;
}

tjac_grid_means tjac_grid_mean(const double *x, tjac_grid g)
{
    return (tjac_grid_means){mean_without(x, g, 0, 0, 0), mean_without(x, g, 0, 0, 1),
                             mean_without(x, g, 0, 0, 2)};
}

double tjac_grid_routing_without(const double *x, tjac_grid g, size_t row, size_t col)
{
    return x[0] - mean_without(x, g, row, col, 0) - mean_without(x, g, row, col, 1) +
           mean_without(x, g, row, col, 2);
}

double tjac_grid_routing(const double *x, tjac_grid g)
{
    return tjac_grid_routing_without(x, g, 0, 0);
}

static double mean_of(const double *x, size_t n, size_t step)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i * step];
    return sum / (double)n;
}

void tjac_grid_centre(const double *x, tjac_grid g, double *out)
{
    double all = mean_of(x, g.rows * g.cols, 1);
    if (g.rows < 2 || g.cols < 2)
        all = NAN;
    for (size_t r = 0; r < g.rows; r++) {
        double row = mean_of(x + r * g.cols, g.cols, 1);
        for (size_t t = 0; t < g.cols; t++)
            out[r * g.cols + t] = x[r * g.cols + t] - row + all;
    }
    for (size_t t = 0; t < g.cols; t++) {
        double col = mean_of(x + t, g.rows, g.cols);
        for (size_t r = 0; r < g.rows; r++)
            out[r * g.cols + t] -= col;
    }
}

size_t tjac_grid_at_least(const double *centred, tjac_grid g)
{
    double largest = 1;
    size_t n = 0;
    for (size_t i = 0; i < tjac_grid_cells(g); i++)
        largest = fmax(largest, fabs(centred[i]));
    for (size_t i = 0; i < tjac_grid_cells(g); i++)
        n += centred[i] >= centred[0] - 1e-12 * largest;
    return n;
}

double tjac_grid_z(const double *centred, tjac_grid g)
{
    double squares = 0;
    for (size_t i = 1; i < tjac_grid_cells(g); i++)
        squares += centred[i] * centred[i];
    return squares > 0 ? centred[0] / sqrt(squares / (double)(tjac_grid_cells(g) - 1)) : NAN;
}

double tjac_grid_p_min(tjac_grid g)
{
    if (g.rows < 2 || g.cols < 2)
        return NAN;
    return (g.rows == 2 && g.cols == 2 ? 2 : 1) / (double)tjac_grid_cells(g);
}
