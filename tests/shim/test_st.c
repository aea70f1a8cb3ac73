/* test_st CASE_DIR: the real forward pass and its pullback, in double, along random directions.
 * The gradient of E[Y_j] is checked along random shifts of all regulators' columns: g . d against
 * the central difference (f(x+hd) - f(x-hd)) / 2h, sign kept. The allowed error grows with the
 * measured curvature |f+ + f- - 2 f0| where a ReLU turns between the points. */
#include "st_case.h"

static double mean_of(const st_case *f, const double *y, size_t t)
{
    double sum = 0;
    for (size_t c = 0; c < f->S; c++)
        sum += y[c * f->T + t];
    return sum / (double)f->S;
}

/* A fixed sequence of numbers in [-1, 1): the test is the same every time. */
static double direction(size_t trial, size_t i)
{
    uint64_t x = (trial + 1) * 0x9e3779b97f4a7c15u + i * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return (double)(x >> 11) / 4503599627370496.0 - 1.0;
}

/* d E[Y_t] / d direction by the pullback: the cells' weights v carry the direction. */
static tjac_code slope(st_case *f, size_t t, size_t trial, double *out, tjac_err *err)
{
    double u[64], v[64], form[8];
    *out = 0;
    for (size_t c = 0; c < f->S; c++)
        u[c] = 1.0 / (double)f->S;
    for (size_t r = 0; r < f->R; r++) {
        for (size_t c = 0; c < f->S; c++)
            v[c] = direction(trial, c * f->R + r);
        const tjac_probe probe = {t, u, v};
        if (f->st.probe(f->pass, TJAC_PULL, &probe, 1, form, err))
            return err->code;
        *out += form[r];
    }
    return TJAC_OK;
}

static void check_direction(test *t, st_case *f, size_t trial, double *steepest)
{
    const double h = 1e-6;
    tjac_err err = {0};
    double want[8];
    if (!CHECK_OK(t, predict_at(f, f->cells, f->y, &err), &err))
        return;
    double f0[8], up[8], down[8];
    for (size_t j = 0; j < f->T; j++) {
        f0[j] = mean_of(f, f->y, j);
        CHECK_OK(t, slope(f, j, trial, &want[j], &err), &err);
    }
    for (int sign = 1; sign >= -1; sign -= 2) {
        memcpy(f->moved, f->cells, f->S * f->G * sizeof *f->moved);
        for (size_t c = 0; c < f->S; c++)
            for (size_t r = 0; r < f->R; r++)
                f->moved[c * f->G + f->regulator[r]] += sign * h * direction(trial, c * f->R + r);
        CHECK_OK(t, predict_at(f, f->moved, f->y, &err), &err);
        for (size_t j = 0; j < f->T; j++)
            (sign > 0 ? up : down)[j] = mean_of(f, f->y, j);
    }
    for (size_t j = 0; j < f->T; j++) {
        double slope_fd = (up[j] - down[j]) / (2 * h);
        double curvature = fabs(up[j] + down[j] - 2 * f0[j]) / h;
        double allowed = 1e-7 * fabs(slope_fd) + 2 * curvature + 1e-9;
        if (!CHECK(t, fabs(want[j] - slope_fd) <= allowed))
            fprintf(stderr, "    pullback %.12g, difference %.12g\n", want[j], slope_fd);
        *steepest = fmax(*steepest, fabs(slope_fd));
    }
}

int main(int argc, char **argv)
{
    test t = {0};
    st_case f = {0};
    tjac_err err = {0};
    double steepest = 0;
    if (argc != 2 || !CHECK_OK(&t, open_case(&f, argv[1], &err), &err))
        return 1;
    for (size_t trial = 0; trial < 5; trial++)
        check_direction(&t, &f, trial, &steepest);
    CHECK(&t, steepest > 1e-4); /* else nothing was tested */
    close_case(&f);
    return test_end(&t);
}
