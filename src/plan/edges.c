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
    tjac_names there = {0};
    size_t at, n = r->levels->n ? tjac_csv_n_rows(r->csv) : 0;
    for (size_t row = 0; row < n && !r->err->code; row++)
        (void)!tjac_names_put(&there, tjac_csv_field(r->csv, row, (size_t)r->confidence), &at,
                              r->err);
    for (size_t i = 0; i < r->levels->n && !r->err->code; i++)
        if (tjac_names_find(&there, r->levels->name[i]) < 0)
            tjac_err_set(r->err, TJAC_EINPUT,
                         "'%s': no edge has the confidence '%s'; the first one has '%s'", path,
                         r->levels->name[i], n ? there.name[0] : "none");
    tjac_names_free(&there);
    return r->err->code;
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

/* Finds edges by their genes, and counts the rows that repeat one. */
typedef struct {
    tjac_edges *edges;
    tjac_index index; /* of edges->edge by {source, target} */
    size_t n_repeats, first_repeat;
} collector;

/* The edge of two genes, new where they have none yet. */
static tjac_code find_edge(collector *c, size_t source, size_t target, size_t *at, tjac_err *err)
{
    tjac_edges *e = c->edges;
    if (tjac_index_reserve(&c->index, e->n, err))
        return err->code;
    uint32_t hash = tjac_index_hash(&c->index, (const size_t[]){source, target}, 2 * sizeof source);
    size_t step = 0;
    for (int64_t i; (i = tjac_index_next(&c->index, hash, &step)) >= 0;)
        if (e->edge[i].source == source && e->edge[i].target == target) {
            *at = (size_t)i;
            return TJAC_OK;
        }
    tjac_index_add(&c->index, hash, e->n);
    *at = e->n++;
    e->edge[*at] = (tjac_edge){.source = source, .target = target};
    return TJAC_OK;
}

/* A row's edge. Signs that contradict each other are none. */
static tjac_code take_row(const reader *r, size_t row, collector *c)
{
    tjac_edges *e = c->edges;
    const char *source = NULL, *target = NULL;
    size_t from = 0, to = 0, at = 0, n = e->n;
    int sign = 0;
    if (read_name(r, row, r->source, &source) || read_name(r, row, r->target, &target) ||
        tjac_names_put(&e->genes, source, &from, r->err) ||
        tjac_names_put(&e->genes, target, &to, r->err) || find_edge(c, from, to, &at, r->err) ||
        read_sign(r, row, &sign))
        return r->err->code;
    tjac_edge *edge = &e->edge[at];
    edge->sign = at == n || edge->sign == sign ? sign : 0;
    edge->wanted = edge->wanted || is_wanted(r, row);
    if (at < n && c->n_repeats++ == 0)
        c->first_repeat = row;
    return TJAC_OK;
}

static tjac_code warn_repeats(const reader *r, const collector *c)
{
    tjac_text t = {0};
    size_t row = c->first_repeat;
    if (c->n_repeats == 0)
        return TJAC_OK;
    tjac_text_add(&t,
                  "'%s': %zu duplicate edge(s), the first %s -> %s (line %zu); each is taken once",
                  tjac_csv_path(r->csv), c->n_repeats, tjac_csv_field(r->csv, row, r->source),
                  tjac_csv_field(r->csv, row, r->target), tjac_csv_line(r->csv, row));
    return tjac_names_take(&c->edges->warnings, &t, r->err);
}

static tjac_code take_rows(const reader *r, tjac_edges *e)
{
    size_t n = tjac_csv_n_rows(r->csv);
    collector c = {.edges = e};
    e->edge = tjac_alloc(n, sizeof *e->edge, r->err);
    for (size_t i = 0; i < n && !r->err->code; i++)
        (void)!take_row(r, i, &c);
    if (!r->err->code)
        (void)!warn_repeats(r, &c);
    tjac_index_free(&c.index);
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
    if (!find_format(&r) && !check_levels(&r) && !take_rows(&r, &e)) {
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
