#include "table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/h5.h"

enum { MAX_FIELDS = 32, MAX_ROWS = 100000, LINE = 4096 };

_Noreturn void die(const char *path, const char *what)
{
    fprintf(stderr, "compare: %s: %s\n", path, what);
    exit(1);
}

/* ---- CSV ---- */

static int split(char *line, char **field)
{
    int n = 0;
    line[strcspn(line, "\r\n")] = '\0';
    for (char *p = line; p && n < MAX_FIELDS; n++) {
        field[n] = p;
        if ((p = strchr(p, ',')) != NULL)
            *p++ = '\0';
    }
    return n;
}

static void read_csv(const char *path, table *t)
{
    static const char *const wanted[] = {"estimand", "kd", "regulator", "target", "J"};
    char line[LINE], *field[MAX_FIELDS];
    int at[N_KEYS + 1] = {-1, -1, -1, -1, -1};
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f))
        die(path, "cannot read");
    int n = split(line, field);
    for (int w = 0; w <= N_KEYS; w++)
        for (int i = 0; i < n; i++)
            if (strcmp(field[i], wanted[w]) == 0)
                at[w] = i;
    for (int w = 0; w <= N_KEYS; w++)
        if (at[w] < 0)
            die(path, "a column is missing");
    while (fgets(line, sizeof line, f) && t->n < MAX_ROWS) {
        if (split(line, field) != n)
            die(path, "a row has another number of fields");
        row *r = &t->rows[t->n++];
        for (int k = 0; k < N_KEYS; k++)
            snprintf(r->key[k], sizeof r->key[k], "%s", field[at[k]]);
        char *end;
        r->J = strtod(field[at[N_KEYS]], &end);
        if (*end || end == field[at[N_KEYS]])
            die(path, "J is no number");
    }
    fclose(f);
}

/* ---- the full Jacobian ---- */

static tjac_code add_name(void *names, size_t at, const char *text, tjac_err *err)
{
    (void)at;
    return tjac_names_add(names, text, err);
}

static tjac_code read_axis(const tjac_h5 *file, const char *axis, tjac_names *out, tjac_err *err)
{
    tjac_h5_data *data = NULL;
    if (!tjac_h5_vector_open(file, axis, NULL, TJAC_H5_TEXT, SIZE_MAX, &data, err))
        (void)!tjac_h5_each_text(data, 0, data->n_rows, add_name, out, err);
    tjac_h5_data_close(data);
    return err->code;
}

/* J (1, KD, target, regulator) of one model. */
static void take_J(const char *path, const tjac_names axis[4], const float *J, table *t)
{
    const tjac_names *kd = &axis[1], *target = &axis[2], *regulator = &axis[3];
    for (size_t k = 0; k < kd->n; k++)
        for (size_t j = 0; j < target->n; j++)
            for (size_t i = 0; i < regulator->n; i++) {
                row *r = &t->rows[t->n++];
                snprintf(r->key[ESTIMAND], sizeof r->key[0], "set_mean");
                snprintf(r->key[KD], sizeof r->key[0], "%s", kd->name[k]);
                snprintf(r->key[TARGET], sizeof r->key[0], "%s", target->name[j]);
                snprintf(r->key[REGULATOR], sizeof r->key[0], "%s", regulator->name[i]);
                r->J = (double)J[(k * target->n + j) * regulator->n + i];
                if (!isfinite(r->J))
                    die(path, "an element of J was not computed");
            }
}

static void read_full(const char *path, table *t)
{
    static const char *const axes[4] = {"model", "kd", "target", "regulator"};
    static float J[MAX_ROWS];
    tjac_err err = {0};
    tjac_names axis[4] = {{0}};
    tjac_h5 *file = NULL;
    tjac_h5_data *data = NULL;
    size_t n = 1;
    if (tjac_h5_open(path, &file, &err) || tjac_h5_data_open(file, "J", NULL, &data, &err))
        die(path, tjac_err_message(&err));
    for (int a = 0; a < 4; a++) {
        if (read_axis(file, axes[a], &axis[a], &err))
            die(path, tjac_err_message(&err));
        n *= axis[a].n;
    }
    if (axis[0].n != 1 || data->n_rows != 1 || data->n_cols != n || n > MAX_ROWS)
        die(path, "J is not the product of its axes, of one model");
    if (tjac_h5_read_f32(data, 0, 1, J, &err))
        die(path, tjac_err_message(&err));
    take_J(path, axis, J, t);
    for (int a = 0; a < 4; a++)
        tjac_names_free(&axis[a]);
    tjac_h5_data_close(data);
    tjac_h5_close(file);
}

table read_table(const char *path)
{
    size_t n = strlen(path);
    table t = {.rows = calloc(MAX_ROWS, sizeof *t.rows)};
    if (!t.rows)
        die(path, "out of memory");
    t.full = n > 3 && strcmp(path + n - 3, ".h5") == 0;
    if (t.full)
        read_full(path, &t);
    else
        read_csv(path, &t);
    return t;
}
