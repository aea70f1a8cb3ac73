/* fuzz_tables.c: any bytes as a CSV, an edge table, a GMT file and a file of values. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/csv.h"
#include "base/magic.h"
#include "plan/edges.h"
#include "plan/gmt.h"
#include "stats/concordance.h"

enum { MOST_PACKING = 1032 }; /* of deflate */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(tjac_code code, tjac_err *err)
{
    if (code != err->code || code == TJAC_EFAIL)
        abort();
    tjac_err_clear(err);
}

/* Every field lies in the file's text of n bytes. */
static void read_csv(const char *path, size_t n)
{
    tjac_csv *csv = NULL;
    tjac_err err = {0};
    size_t letters = 0;
    tjac_code code = tjac_csv_read(path, &csv, &err);
    for (size_t row = 0; csv && row < tjac_csv_n_rows(csv); row++)
        for (size_t c = 0; c < tjac_csv_header(csv)->n; c++)
            for (const char *p = tjac_csv_field(csv, row, c); *p; p++)
                letters++;
    if (letters > n)
        abort();
    check(code, &err);
    tjac_csv_free(csv);
}

static void read_edges(const char *path)
{
    const tjac_names all = {0};
    tjac_edges e = {0};
    tjac_err err = {0};
    tjac_code code = tjac_edges_read(path, &all, &e, &err);
    for (size_t i = 0; i < e.n; i++)
        if (e.edge[i].source >= e.genes.n || e.edge[i].target >= e.genes.n)
            abort();
    check(code, &err);
    tjac_edges_free(&e);
}

static void read_gmt(const char *path)
{
    tjac_gmt_set set = {0};
    tjac_err err = {0};
    tjac_code code = tjac_gmt_read(path, "SMALL", &set, &err);
    if (!code && (set.members.n == 0 || set.line == 0 || !set.description))
        abort();
    check(code, &err);
    tjac_gmt_free(&set);
}

/* Every KD has a value. */
static void read_values(const char *path)
{
    tjac_external e = {0};
    tjac_err err = {0};
    tjac_code code = tjac_external_read(path, &e, &err);
    for (size_t k = 0; k < e.kds.n; k++)
        if (isinf(e.value[k]))
            abort();
    check(code, &err);
    tjac_external_free(&e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[512];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/tjac_fuzz_XXXXXX", dir == NULL ? "/tmp" : dir);
    int fd = mkstemp(path);
    if (fd < 0)
        return 0;
    if (write(fd, data, n) != (ssize_t)n)
        n = 0;
    close(fd);
    read_csv(path, tjac_magic_gzip(data, n) ? n * MOST_PACKING : n);
    read_edges(path);
    read_gmt(path);
    read_values(path);
    unlink(path);
    return 0;
}
