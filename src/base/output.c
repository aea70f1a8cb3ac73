#include "base/output.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"

/* mkdir -p of the folder that holds path. */
static tjac_code make_folder(const char *path, tjac_err *err)
{
    char *copy = tjac_strdup(path, err);
    if (!copy)
        return err->code;
    for (char *p = copy + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            tjac_err_set(err, TJAC_EFAIL, "cannot make the folder '%s': %s", copy, strerror(errno));
            break;
        }
        *p = '/';
    }
    free(copy);
    return err->code;
}

tjac_code tjac_output_open(const char *path, tjac_output *out, tjac_err *err)
{
    tjac_output o = {0};
    tjac_text name = {0};
    if (!(o.path = tjac_strdup(path, err)))
        return err->code;
    if (strcmp(path, "-") == 0) {
        o.file = stdout;
        *out = o;
        return TJAC_OK;
    }
    tjac_text_add(&name, "%s.%ld.tmp", path, (long)getpid());
    o.temporary = name.text;
    if (!o.temporary)
        tjac_err_memory(err, "out of memory");
    else if (!make_folder(path, err) && !(o.file = fopen(o.temporary, "wb")))
        tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", o.temporary, strerror(errno));
    if (err->code) {
        free(o.temporary);
        free(o.path);
        return err->code;
    }
    *out = o;
    return TJAC_OK;
}

static tjac_code write_failed(const tjac_output *o, tjac_err *err)
{
    return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", o->path,
                        errno ? strerror(errno) : "write error");
}

tjac_code tjac_output_commit(tjac_output *o, tjac_err *err)
{
    errno = 0;
    if (!o->temporary) {
        if (fflush(o->file) != 0 || ferror(o->file))
            write_failed(o, err);
        o->file = NULL;
    } else {
        bool bad = fflush(o->file) != 0 || ferror(o->file) || fsync(fileno(o->file)) != 0;
        bad |= fclose(o->file) != 0;
        o->file = NULL;
        if (bad || rename(o->temporary, o->path) != 0)
            write_failed(o, err);
        else
            *o->temporary = '\0'; /* nothing left to remove */
    }
    tjac_output_discard(o);
    return err->code;
}

void tjac_output_discard(tjac_output *o)
{
    if (!o)
        return;
    if (o->file && o->temporary)
        fclose(o->file);
    if (o->temporary && *o->temporary)
        unlink(o->temporary);
    free(o->temporary);
    free(o->path);
    *o = (tjac_output){0};
}

/* The path without "." and "..", and without links as far as it exists. */
static char *resolve(const char *path, tjac_err *err)
{
    char *real = realpath(path, NULL);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (real || strcmp(path, ".") == 0)
        return real ? real : tjac_strdup(path, err);
    char *folder = !slash ? tjac_strdup(".", err)
                          : tjac_strndup(path, slash == path ? 1 : (size_t)(slash - path), err);
    char *above = folder ? resolve(folder, err) : NULL, *out = NULL;
    free(folder);
    if (!above || *name == '\0' || strcmp(name, ".") == 0)
        return above;
    if (strcmp(name, "..") != 0) {
        out = tjac_path_join(above, name, err);
        free(above);
        return out;
    }
    char *last = strrchr(above, '/');
    if (last)
        last[last == above] = '\0';
    return above;
}

tjac_code tjac_output_same(const char *a, const char *b, bool *same, tjac_err *err)
{
    char *one = resolve(a, err), *other = one ? resolve(b, err) : NULL;
    if (other)
        *same = strcmp(one, other) == 0;
    free(one);
    free(other);
    return err->code;
}

void tjac_output_field(FILE *file, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, file);
        return;
    }
    fputc('"', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
    fputc('"', file);
}

/* A decimal of up to 15 digits survives the way through a double, so the first precision from 15
 * on that reads back is the shortest text; subnormal numbers have fewer. */
const char *tjac_output_number(double v, char *buf)
{
    if (!isfinite(v))
        return "NA";
    for (int digits = fabs(v) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(buf, 32, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            break;
    }
    return buf;
}
