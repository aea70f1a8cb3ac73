#include "base/csv.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/alloc.h"
#include "base/text.h"
#include "base/value.h"

struct tjac_csv {
    char *path;
    tjac_text text;
    char separator;
    tjac_names header;
    char **field; /* [n_rows * header.n] into text */
    size_t n_fields, cap_fields;
    size_t *line; /* [n_rows] */
    size_t n_rows, cap_lines;
};

/* ---- rows ---- */

typedef struct {
    tjac_csv *csv;
    char *at, *end;
    size_t line; /* of `at` */
    tjac_err *err;
} cursor;

static tjac_code bad(const cursor *c, size_t line, const char *what)
{
    return tjac_err_set(c->err, TJAC_EINPUT, "'%s' line %zu: %s", c->csv->path, line, what);
}

/* A quoted field: taken out of its quotes in place. */
static char *take_quoted(cursor *c)
{
    char *out = ++c->at, *field = out;
    size_t start = c->line;
    for (;; c->at++) {
        if (c->at == c->end) {
            bad(c, start, "a quote is opened and never closed");
            return NULL;
        }
        if (*c->at == '"' && c->at + 1 < c->end && c->at[1] == '"')
            c->at++;
        else if (*c->at == '"')
            break;
        c->line += *c->at == '\n';
        *out++ = *c->at;
    }
    c->at++;
    if (c->at < c->end && *c->at != c->csv->separator && *c->at != '\n' &&
        !(*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n')) {
        bad(c, c->line, "text after a closing quote");
        return NULL;
    }
    if (out < c->at)
        *out = '\0';
    return field;
}

/* One field; `at` is left on what ended it, which is overwritten once it was looked at. */
static char *take_field(cursor *c)
{
    if (c->csv->separator == ',' && c->at < c->end && *c->at == '"')
        return take_quoted(c);
    char *field = c->at;
    while (c->at < c->end && *c->at != c->csv->separator && *c->at != '\n')
        c->at++;
    return field;
}

/* The fields of a row, appended to csv->field; *n becomes their number. */
static tjac_code take_row(cursor *c, size_t *n)
{
    tjac_csv *csv = c->csv;
    for (*n = 0;;) {
        char *field = take_field(c);
        if (!field || tjac_grow((void **)&csv->field, &csv->cap_fields, csv->n_fields + 1,
                                sizeof *csv->field, c->err))
            return c->err->code;
        csv->field[csv->n_fields++] = field;
        ++*n;
        char ended = '\0';
        if (c->at < c->end)
            ended = *c->at;
        if (ended == '\r')
            *c->at++ = '\0'; /* after a closing quote, before a newline */
        else if (ended != csv->separator && c->at > field && c->at[-1] == '\r')
            c->at[-1] = '\0';
        if (c->at < c->end)
            *c->at++ = '\0';
        if (ended == csv->separator)
            continue;
        c->line++;
        return TJAC_OK;
    }
}

static bool blank(const cursor *c)
{
    return c->at < c->end &&
           (*c->at == '\n' || (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n'));
}

static void skip_blank(cursor *c)
{
    for (; blank(c); c->line++)
        c->at += *c->at == '\r' ? 2 : 1;
}

static tjac_code take_header(cursor *c)
{
    tjac_csv *csv = c->csv;
    size_t n;
    csv->separator = ',';
    for (const char *p = c->at; p < c->end && *p != '\n' && *p != '"'; p++)
        if (*p == '\t')
            csv->separator = '\t';
    if (c->at == c->end)
        return tjac_err_set(c->err, TJAC_EINPUT, "'%s' is empty; expected a header row", csv->path);
    if (take_row(c, &n))
        return c->err->code;
    for (size_t i = 0; i < n; i++)
        if (tjac_names_add(&csv->header, csv->field[i], c->err))
            return c->err->code;
    csv->n_fields = 0;
    if (csv->header.twice)
        return tjac_err_set(c->err, TJAC_EINPUT, "'%s' line 1: the column '%s' stands there twice",
                            csv->path, csv->header.name[csv->header.twice]);
    return TJAC_OK;
}

static tjac_code take_rows(cursor *c)
{
    tjac_csv *csv = c->csv;
    for (skip_blank(c); c->at < c->end; skip_blank(c)) {
        size_t n, line = c->line;
        if (take_row(c, &n))
            return c->err->code;
        if (n != csv->header.n)
            return tjac_err_set(c->err, TJAC_EINPUT,
                                "'%s' line %zu: %zu fields, expected the header's %zu, separated "
                                "by %s",
                                csv->path, line, n, csv->header.n,
                                csv->separator == ',' ? "commas" : "tabs");
        if (tjac_grow((void **)&csv->line, &csv->cap_lines, csv->n_rows + 1, sizeof *csv->line,
                      c->err))
            return c->err->code;
        csv->line[csv->n_rows++] = line;
    }
    return TJAC_OK;
}

static tjac_code parse(tjac_csv *csv, tjac_err *err)
{
    cursor c = {csv, csv->text.text, csv->text.text + csv->text.n, 1, err};
    if (csv->text.n >= 3 && memcmp(c.at, "\xEF\xBB\xBF", 3) == 0)
        c.at += 3;
    if (!tjac_utf8_valid(c.at, (size_t)(c.end - c.at)))
        return tjac_err_set(err, TJAC_EINPUT, "'%s' is not UTF-8 text", csv->path);
    skip_blank(&c);
    if (take_header(&c))
        return err->code;
    return take_rows(&c);
}

tjac_code tjac_csv_read(const char *path, tjac_csv **out, tjac_err *err)
{
    tjac_csv *csv = tjac_alloc(1, sizeof *csv, err);
    if (!csv)
        return err->code;
    if (!(csv->path = tjac_strdup(path, err)) || tjac_text_read(&csv->text, path, 0, err) ||
        parse(csv, err)) {
        tjac_csv_free(csv);
        return err->code;
    }
    *out = csv;
    return TJAC_OK;
}

void tjac_csv_free(tjac_csv *csv)
{
    if (!csv)
        return;
    tjac_names_free(&csv->header);
    free(csv->field);
    free(csv->line);
    tjac_text_free(&csv->text);
    free(csv->path);
    free(csv);
}

/* ---- looking at it ---- */

const char *tjac_csv_path(const tjac_csv *csv)
{
    return csv->path;
}

size_t tjac_csv_n_rows(const tjac_csv *csv)
{
    return csv->n_rows;
}

size_t tjac_csv_line(const tjac_csv *csv, size_t row)
{
    return csv->line[row];
}

const tjac_names *tjac_csv_header(const tjac_csv *csv)
{
    return &csv->header;
}

int64_t tjac_csv_find(const tjac_csv *csv, const char *name)
{
    return tjac_names_find(&csv->header, name);
}

tjac_code tjac_csv_column(const tjac_csv *csv, const char *name, size_t *out, tjac_err *err)
{
    int64_t at = tjac_csv_find(csv, name);
    tjac_text there = {0};
    if (at >= 0) {
        *out = (size_t)at;
        return TJAC_OK;
    }
    for (size_t i = 0; i < csv->header.n; i++)
        tjac_text_add(&there, "%s%s", i ? "," : "", csv->header.name[i]);
    tjac_err_set(err, TJAC_EINPUT, "'%s' has no column '%s' (its header: %s)", csv->path, name,
                 there.text ? there.text : "");
    tjac_text_free(&there);
    return err->code;
}

const char *tjac_csv_field(const tjac_csv *csv, size_t row, size_t column)
{
    return csv->field[row * csv->header.n + column];
}

tjac_code tjac_csv_number(const tjac_csv *csv, size_t row, size_t column, double *out,
                          tjac_err *err)
{
    const char *text = tjac_csv_field(csv, row, column);
    char *end;
    if (*text == '\0' || strcmp(text, "NA") == 0 || strcasecmp(text, "nan") == 0) {
        *out = NAN;
        return TJAC_OK;
    }
    double v = strtod(text, &end);
    if (*end || !isfinite(v) || strpbrk(text, "xX \t"))
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' line %zu: '%s' is '%s', expected a number or NA", csv->path,
                            csv->line[row], csv->header.name[column], text);
    *out = v;
    return TJAC_OK;
}
