#include "plan/edges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/alloc.h"
#include "base/csv.h"
#include "base/text.h"

/* ---- which table ---- */

typedef enum { NO_SIGN, SIGN_OF_NUMBER, SIGN_OF_FLAGS } sign_rule;

typedef struct {
    const char *name, *source, *target, *needed; /* needed: a further column that tells it */
    const char *number;                          /* a signed number, or NULL */
    const char *up, *down;                       /* flags, or NULL */
} format;

/* CollecTRI comes last: its columns are the plainest. */
static const format formats[] = {
    {"OmniPath", "source_genesymbol", "target_genesymbol", NULL, NULL, "is_stimulation",
     "is_inhibition"},
    {"DoRothEA", "tf", "target", "mor", "mor", NULL, NULL},
    {"SCENIC", "TF", "target", "importance", NULL, NULL, NULL},
    {"CollecTRI", "source", "target", NULL, "weight", NULL, NULL},
};

typedef struct {
    const tjac_csv *csv;
    const format *format;
    size_t source, target;
    int64_t number, up, down, confidence; /* -1: not there */
    const tjac_names *levels;             /* wanted; empty: all */
    tjac_err *err;
} reader;

static bool matches(const tjac_csv *csv, const format *f)
{
    return tjac_csv_find(csv, f->source) >= 0 && tjac_csv_find(csv, f->target) >= 0 &&
           (!f->needed || tjac_csv_find(csv, f->needed) >= 0);
}

static int64_t find(const tjac_csv *csv, const char *name)
{
    return name ? tjac_csv_find(csv, name) : -1;
}

static tjac_code find_format(reader *r)
{
    const tjac_csv *csv = r->csv;
    const tjac_names *header = tjac_csv_header(csv);
    tjac_text there = {0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const format *f = &formats[i];
        if (!matches(csv, f))
            continue;
        r->format = f;
        r->source = (size_t)tjac_csv_find(csv, f->source);
        r->target = (size_t)tjac_csv_find(csv, f->target);
        r->number = find(csv, f->number);
        r->up = find(csv, f->up);
        r->down = find(csv, f->down);
        r->confidence = find(csv, "confidence");
        return TJAC_OK;
    }
    for (size_t i = 0; i < header->n; i++)
        tjac_text_add(&there, "%s%s", i ? "," : "", header->name[i]);
    tjac_err_set(r->err, TJAC_EINPUT,
                 "'%s' has the columns %s; expected an edge table: source,target[,weight] "
                 "(CollecTRI), tf,confidence,target,mor (DoRothEA), "
                 "source_genesymbol,target_genesymbol,is_stimulation,is_inhibition (OmniPath) or "
                 "TF,target,importance (SCENIC)",
                 tjac_csv_path(csv), there.text ? there.text : "");
    tjac_text_free(&there);
    return r->err->code;
}

/* Levels that no row has are slips; so is a filter on a table without levels. */
static tjac_code check_levels(const reader *r)
{
    const char *path = tjac_csv_path(r->csv);
    if (r->levels->n && r->confidence < 0)
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s' has no column 'confidence' (%s), but the panel asks for '%s'",
                            path, r->format->name, r->levels->name[0]);
    for (size_t i = 0; i < r->levels->n; i++) {
        size_t row = 0, n = tjac_csv_n_rows(r->csv);
        while (row < n &&
               strcmp(tjac_csv_field(r->csv, row, (size_t)r->confidence), r->levels->name[i]) != 0)
            row++;
        if (row == n)
            return tjac_err_set(r->err, TJAC_EINPUT,
                                "'%s': no edge has the confidence '%s'; the first one has '%s'",
                                path, r->levels->name[i],
                                n ? tjac_csv_field(r->csv, 0, (size_t)r->confidence) : "none");
    }
    return TJAC_OK;
}

/* ---- a row ---- */

static tjac_code read_flag(const reader *r, size_t row, int64_t column, bool *out)
{
    const char *text = tjac_csv_field(r->csv, row, (size_t)column);
    *out = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
    if (*out || strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0)
        return TJAC_OK;
    return tjac_err_set(r->err, TJAC_EINPUT, "'%s' line %zu: '%s' is '%s', expected True or False",
                        tjac_csv_path(r->csv), tjac_csv_line(r->csv, row),
                        tjac_csv_header(r->csv)->name[column], text);
}

static tjac_code read_sign(const reader *r, size_t row, int *sign)
{
    double number = 0;
    bool up = false, down = false;
    if (r->number >= 0 && tjac_csv_number(r->csv, row, (size_t)r->number, &number, r->err))
        return r->err->code;
    if ((r->up >= 0 && read_flag(r, row, r->up, &up)) ||
        (r->down >= 0 && read_flag(r, row, r->down, &down)))
        return r->err->code;
    *sign = r->number >= 0 ? (number > 0) - (number < 0) : (int)up - (int)down;
    return TJAC_OK;
}

static tjac_code read_name(const reader *r, size_t row, size_t column, const char **out)
{
    const char *text = tjac_csv_field(r->csv, row, column);
    size_t n = strlen(text);
    if (n == 0 || text[0] == ' ' || text[n - 1] == ' ')
        return tjac_err_set(r->err, TJAC_EINPUT,
                            "'%s' line %zu: '%s' is '%s', expected a gene without blanks around it",
                            tjac_csv_path(r->csv), tjac_csv_line(r->csv, row),
                            tjac_csv_header(r->csv)->name[column], text);
    *out = text;
    return TJAC_OK;
}

static bool is_wanted(const reader *r, size_t row)
{
    return r->levels->n == 0 ||
           tjac_names_find(r->levels, tjac_csv_field(r->csv, row, (size_t)r->confidence)) >= 0;
}

/* ---- all rows ---- */

/* Genes in order of first appearance; the table may name them 100,000 times. */
static tjac_code collect_genes(const reader *r, tjac_names *genes)
{
    tjac_names all = {0};
    size_t n = tjac_csv_n_rows(r->csv);
    const char *name = NULL;
    for (size_t k = 0; k < 2 * n; k++)
        if (read_name(r, k / 2, k % 2 ? r->target : r->source, &name) ||
            tjac_names_add(&all, name, r->err))
            goto done;
    if (tjac_names_index(&all, NULL, r->err))
        goto done;
    for (size_t k = 0; k < all.n; k++) /* a name is found at its first position */
        if (tjac_names_find(&all, all.name[k]) == (int64_t)k &&
            tjac_names_add(genes, all.name[k], r->err))
            goto done;
    if (!r->err->code)
        (void)!tjac_names_index(genes, NULL, r->err);
done:
    tjac_names_free(&all);
    return r->err->code;
}

typedef struct {
    size_t source, target, row;
} keyed;

static int by_edge(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->target != y->target)
        return x->target < y->target ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static tjac_code warn_duplicates(const reader *r, tjac_edges *e, size_t n, size_t first)
{
    tjac_text t = {0};
    if (n == 0)
        return TJAC_OK;
    tjac_text_add(&t,
                  "'%s': %zu duplicate edge(s), the first %s -> %s (line %zu); each is taken once",
                  tjac_csv_path(r->csv), n, tjac_csv_field(r->csv, first, r->source),
                  tjac_csv_field(r->csv, first, r->target), tjac_csv_line(r->csv, first));
    tjac_code code = t.text ? tjac_names_add(&e->warnings, t.text, r->err) : TJAC_OK;
    tjac_text_free(&t);
    return code;
}

/* Folds the rows of an edge into its first one. first[row]: the row that it repeats, or itself. */
static tjac_code find_duplicates(const reader *r, const keyed *key, size_t n, size_t *first,
                                 tjac_edges *e)
{
    size_t duplicates = 0, earliest = SIZE_MAX;
    for (size_t k = 0; k < n; k++) {
        bool same = k && key[k].source == key[k - 1].source && key[k].target == key[k - 1].target;
        first[key[k].row] = same ? first[key[k - 1].row] : key[k].row;
        if (!same)
            continue;
        duplicates++;
        earliest = key[k].row < earliest ? key[k].row : earliest;
    }
    return warn_duplicates(r, e, duplicates, earliest);
}

static tjac_code take_edges(const reader *r, tjac_edges *e)
{
    size_t n = tjac_csv_n_rows(r->csv);
    keyed *key = tjac_alloc(n, sizeof *key, r->err);
    size_t *first = tjac_alloc(n, sizeof *first, r->err);
    size_t *place = tjac_alloc(n, sizeof *place, r->err);
    if (r->err->code || !(e->edge = tjac_alloc(n, sizeof *e->edge, r->err)))
        goto done;
    for (size_t i = 0; i < n; i++)
        key[i] =
            (keyed){(size_t)tjac_names_find(&e->genes, tjac_csv_field(r->csv, i, r->source)),
                    (size_t)tjac_names_find(&e->genes, tjac_csv_field(r->csv, i, r->target)), i};
    qsort(key, n, sizeof *key, by_edge);
    if (find_duplicates(r, key, n, first, e))
        goto done;
    for (size_t i = 0; i < n; i++)
        place[key[i].row] = i; /* where a row stands among the keys */
    for (size_t i = 0; i < n; i++) {
        const keyed *k = &key[place[i]];
        int sign = 0;
        if (read_sign(r, i, &sign))
            goto done;
        if (first[i] == i) {
            first[i] = e->n; /* from here on: its position among the edges */
            e->edge[e->n++] = (tjac_edge){k->source, k->target, sign, is_wanted(r, i)};
            continue;
        }
        first[i] = first[first[i]];
        tjac_edge *edge = &e->edge[first[i]];
        edge->sign = edge->sign == sign ? sign : 0;
        edge->wanted = edge->wanted || is_wanted(r, i);
    }
done:
    free(key);
    free(first);
    free(place);
    return r->err->code;
}

tjac_code tjac_edges_read(const char *path, const tjac_names *confidence, tjac_edges *out,
                          tjac_err *err)
{
    tjac_csv *csv = NULL;
    tjac_edges e = {0};
    if (tjac_csv_read(path, &csv, err))
        return err->code;
    reader r = {.csv = csv, .levels = confidence, .err = err};
    if (!find_format(&r) && !check_levels(&r) && !collect_genes(&r, &e.genes) &&
        !take_edges(&r, &e)) {
        e.format = r.format->name;
        e.has_signs = r.number >= 0 || r.up >= 0 || r.down >= 0;
        *out = e;
    } else {
        tjac_edges_free(&e);
    }
    tjac_csv_free(csv);
    return err->code;
}

void tjac_edges_free(tjac_edges *e)
{
    if (!e)
        return;
    tjac_names_free(&e->genes);
    tjac_names_free(&e->warnings);
    free(e->edge);
    *e = (tjac_edges){0};
}
