#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "inputs/gene_names_parts.h"
#include "inputs/h5ad.h"

/* Length of `name` without a suffix of var_names_make_unique, 0: it has none. */
static size_t without_suffix(const char *name)
{
    size_t n = strlen(name), digits = 0;
    while (digits < n && isdigit((unsigned char)name[n - digits - 1]))
        digits++;
    bool has =
        digits > 0 && n > digits + 1 && name[n - digits - 1] == '-' && name[n - digits] != '0';
    return has ? n - digits - 1 : 0;
}

/* Whether `longer` is `name` made unique. Where the other list has the longer name too, at another
 * position, it is a gene of its own. */
static bool is_made_of(const char *longer, const char *name, const tjac_names *other)
{
    size_t n = without_suffix(longer);
    return n > 0 && strlen(name) == n && strncmp(longer, name, n) == 0 &&
           tjac_names_find(other, longer) < 0;
}

size_t tjac_gene_names_differ(const tjac_names *a, const tjac_names *b, size_t *first)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        const char *x = a->name[i], *y = b->name[i];
        if (strcmp(x, y) == 0 || is_made_of(x, y, b) || is_made_of(y, x, a))
            continue;
        if (n++ == 0)
            *first = i;
    }
    return n;
}

/* Whether one list is the other in another order. */
static bool is_reordered(const tjac_names *a, const tjac_names *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (tjac_names_find(b, a->name[i]) < 0)
            return false;
    return true;
}

/* Whether a column of var has the model's names. What cannot be read does not: there is an error to
 * tell already. */
static bool column_agrees(const tjac_input *in, const char *column, bool variable)
{
    const tjac_names *own = &in->model->gene_names;
    tjac_names names = {0};
    tjac_err ignored = {0};
    size_t first;
    bool agrees = !gene_names_of_var(in->cells, column, variable, &names, &ignored) &&
                  names.n == own->n && tjac_gene_names_differ(&names, own, &first) == 0;
    tjac_names_free(&names);
    tjac_err_clear(&ignored);
    return agrees;
}

/* Where the names are from var: another of its columns that has the model's. */
static bool suggest_column(const tjac_input *in, tjac_text *t)
{
    bool variable = strstr(in->names_from, "highly_variable") != NULL, found = false;
    tjac_names columns = {0};
    tjac_err ignored = {0};
    if (!in->cells || strstr(in->names_from, "var") == NULL ||
        strncmp(in->names_from, "uns", 3) == 0 ||
        tjac_names_add(&columns, in->cells->var.index, &ignored) ||
        tjac_frame_columns(&in->cells->var, &columns, &ignored))
        goto done;
    for (size_t i = 0; i < columns.n && !found; i++)
        if ((found = column_agrees(in, columns.name[i], variable)))
            tjac_text_add(t,
                          "'var/%s' has the model's names in its order: write them, one a line, "
                          "into a file for cells.gene_names",
                          columns.name[i]);
done:
    tjac_names_free(&columns);
    tjac_err_clear(&ignored);
    return found;
}

static void say_what_to_do(const tjac_input *in, const char *file, bool reordered, tjac_text *t)
{
    if (file)
        tjac_text_add(t, "expected the names of var_dims.pkl in its order in cells.gene_names");
    else if (suggest_column(in, t))
        return;
    else if (reordered)
        tjac_text_add(t, "write the columns in the order of var_dims.pkl, or, where they are in "
                         "it, give their names with cells.gene_names");
    else
        tjac_text_add(t, "is it the h5ad of this model? Where its columns are the model's genes, "
                         "give their names with cells.gene_names");
}

tjac_code gene_names_compare(const tjac_input *in, const char *file, tjac_err *err)
{
    const tjac_names *own = &in->model->gene_names, *names = &in->inputs;
    size_t at = 0, n;
    tjac_text t = {0};
    if (in->model->arch.embedding || own->n != names->n ||
        (n = tjac_gene_names_differ(names, own, &at)) == 0)
        return TJAC_OK;
    const char *where = file ? file : in->cells ? tjac_cells_path(in->cells) : in->name;
    bool reordered = is_reordered(names, own);
    tjac_text_add(&t,
                  "column %zu (from 0) of '%s' is '%s' in '%s' (%s) but '%s' in '%s', and %zu of "
                  "%zu differ%s: J would stand at wrong genes; ",
                  at, in->embed_key, names->name[at], where, in->names_from, own->name[at],
                  in->model->var_dims, n, names->n, reordered ? ", as in another order" : "");
    say_what_to_do(in, file, reordered, &t);
    tjac_err_set(err, TJAC_EINPUT, "%s", t.text ? t.text : "names differ");
    tjac_text_free(&t);
    return err->code;
}
