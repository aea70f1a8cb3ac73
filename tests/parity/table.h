/* table.h: J of one model and cell type, a row a number, from any of the files that hold it. */
#ifndef TJAC_PARITY_TABLE_H
#define TJAC_PARITY_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { ESTIMAND, KD, REGULATOR, TARGET, N_KEYS };

typedef struct {
    char key[N_KEYS][128];
    double J;
} row;

typedef struct {
    row *rows; /* free() */
    size_t n;
    bool full; /* from the HDF5 file of the full Jacobian: every pair, one estimand */
} table;

/* PATH.h5 is a full Jacobian, anything else a CSV with the columns estimand, kd, regulator, target
 * and J among others. What cannot be read, or holds a J that is no number, ends the program. */
table read_table(const char *path);

/* Says what is wrong with the file and ends the program. */
_Noreturn void die(const char *path, const char *what);

#endif
