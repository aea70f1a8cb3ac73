#include "inputs/name_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *path, *what;
    size_t number, blank; /* of the line, of the first blank one: 0 */
    tjac_names *out;
} reader;

static tjac_code add_line(reader *r, char *line, size_t n, tjac_err *err)
{
    r->number++;
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        line[--n] = '\0';
    if (r->number == 1 && n >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3, n -= 3; /* a byte order mark is no part of a name */
    if (n == 0) {
        r->blank = r->blank ? r->blank : r->number; /* blank lines at the end are none */
        return TJAC_OK;
    }
    if (r->blank)
        return tjac_err_set(err, TJAC_EINPUT, "'%s': line %zu is blank, expected one %s a line",
                            r->path, r->blank, r->what);
    if (strlen(line) < n)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': line %zu holds a NUL byte, expected a text file with one %s a "
                            "line",
                            r->path, r->number, r->what);
    return tjac_names_addn(r->out, line, n, err);
}

tjac_code tjac_name_list_read(const char *path, const char *key, const char *what, tjac_names *out,
                              tjac_err *err)
{
    reader r = {.path = path, .what = what, .out = out};
    tjac_code code = TJAC_OK;
    char *line = NULL;
    size_t cap = 0;
    ssize_t got;
    FILE *f = fopen(path, "rb");
    if (!f)
        return tjac_err_set(err, TJAC_EUSAGE, "'%s' cannot be read (%s); check %s", path,
                            strerror(errno), key);
    while (!code && (errno = 0, got = getline(&line, &cap, f)) >= 0)
        code = add_line(&r, line, (size_t)got, err);
    if (!code && !feof(f))
        code = tjac_err_set(err, TJAC_EUSAGE, "'%s' cannot be read (%s); check %s", path,
                            strerror(errno), key);
    free(line);
    fclose(f);
    return code;
}
