#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/csv.h"
#include "stats/concordance.h"

/* The file's name without folder and extension, both of "values.csv.gz". */
static char *base_name(const char *path, tjac_err *err)
{
    const char *slash = strrchr(path, '/');
    char *name = tjac_strdup(slash ? slash + 1 : path, err), *dot = NULL;
    if (name && (dot = strrchr(name, '.')) && dot > name && strcmp(dot, ".gz") == 0)
        *dot = '\0';
    if (name && (dot = strrchr(name, '.')) && dot > name)
        *dot = '\0';
    return name;
}

tjac_code tjac_external_read(const char *path, tjac_external *out, tjac_err *err)
{
    tjac_external e = {0};
    tjac_csv *csv = NULL;
    size_t kd, value;
    if (tjac_csv_read(path, &csv, err) || tjac_csv_column(csv, "kd", &kd, err) ||
        tjac_csv_column(csv, "value", &value, err))
        goto done;
    size_t n = tjac_csv_n_rows(csv);
    e.name = base_name(path, err);
    e.value = tjac_alloc(n, sizeof *e.value, err);
    for (size_t i = 0; i < n && !err->code; i++)
        if (tjac_names_add(&e.kds, tjac_csv_field(csv, i, kd), err) ||
            tjac_csv_number(csv, i, value, &e.value[i], err))
            break;
    if (err->code)
        goto done;
    if (e.kds.twice) /* the position of a name is its row */
        tjac_err_set(err, TJAC_EINPUT, "'%s' line %zu: KD '%s' stands there twice", path,
                     tjac_csv_line(csv, e.kds.twice), e.kds.name[e.kds.twice]);
    else
        *out = e;
done:
    tjac_csv_free(csv);
    if (err->code)
        tjac_external_free(&e);
    return err->code;
}

void tjac_external_free(tjac_external *e)
{
    if (!e)
        return;
    free(e->name);
    free(e->value);
    tjac_names_free(&e->kds);
    *e = (tjac_external){0};
}

tjac_code tjac_externals_read(const tjac_names *paths, tjac_externals *out, tjac_err *err)
{
    tjac_externals e = {0};
    if (!(e.external = tjac_alloc(paths->n, sizeof *e.external, err)))
        return err->code;
    for (; e.n < paths->n; e.n++)
        if (tjac_external_read(paths->name[e.n], &e.external[e.n], err))
            break;
    if (err->code)
        tjac_externals_free(&e);
    else
        *out = e;
    return err->code;
}

void tjac_externals_free(tjac_externals *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n; i++)
        tjac_external_free(&e->external[i]);
    free(e->external);
    *e = (tjac_externals){0};
}
