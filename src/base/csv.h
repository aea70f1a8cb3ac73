/* csv.h: tables of text: comma- or tab-separated, with one header row.
 *
 * RFC 4180 quoting in comma-separated files; tabs only separate. A BOM and the CR of CRLF are
 * stripped, blank lines skipped. The file may be compressed with gzip. All text is in memory;
 * fields are borrowed from the table.
 */
#ifndef TJAC_CSV_H
#define TJAC_CSV_H

#include "base/names.h"

typedef struct tjac_csv tjac_csv;

/* Tab-separated when the header has a tab outside quotes, else comma-separated. A file that cannot
 * be read: as tjac_text_read; no header, a column named twice, a row with more or fewer fields than
 * the header, text after a closing quote, a quote never closed, bytes that are not UTF-8:
 * TJAC_EINPUT with file and line. */
tjac_code tjac_csv_read(const char *path, tjac_csv **out, tjac_err *err) TJAC_MUST_USE;
void tjac_csv_free(tjac_csv *csv);

const char *tjac_csv_path(const tjac_csv *csv);
size_t tjac_csv_n_rows(const tjac_csv *csv);
size_t tjac_csv_line(const tjac_csv *csv, size_t row); /* of the file, counted from 1 */
const tjac_names *tjac_csv_header(const tjac_csv *csv);

/* Position of a column, or -1. */
int64_t tjac_csv_find(const tjac_csv *csv, const char *name);

/* The same; a column that is not there is TJAC_EINPUT with the columns that are. */
tjac_code tjac_csv_column(const tjac_csv *csv, const char *name, size_t *out,
                          tjac_err *err) TJAC_MUST_USE;

const char *tjac_csv_field(const tjac_csv *csv, size_t row, size_t column);

/* A field as a number; "", NA, NaN, nan become NaN; what is no number is TJAC_EINPUT with file,
 * line and column. */
tjac_code tjac_csv_number(const tjac_csv *csv, size_t row, size_t column, double *out,
                          tjac_err *err) TJAC_MUST_USE;

#endif
