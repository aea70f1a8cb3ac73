#include "base/output.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/folder.h"
#include "base/sha256.h"

static tjac_code write_failed(const char *path, int reason, tjac_err *err)
{
    if (strcmp(path, "-") == 0)
        return tjac_err_set(err, TJAC_EFAIL, "cannot write to standard output: %s",
                            strerror(reason));
    return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", path, strerror(reason));
}

static tjac_code open_temporary(tjac_output *o, tjac_err *err)
{
    struct stat st;
    if (tjac_folder_above(o->path, err))
        return err->code;
    if (stat(o->path, &st) == 0 && S_ISDIR(st.st_mode)) /* now, not when it is renamed */
        return write_failed(o->path, EISDIR, err);
    int fd = tjac_folder_temporary(o->path, &o->temporary);
    if (fd < 0 || !(o->file = fdopen(fd, "wb"))) {
        write_failed(o->path, errno, err);
        if (fd >= 0)
            close(fd);
    }
    return err->code;
}

tjac_code tjac_output_open(const char *path, tjac_output *out, tjac_err *err)
{
    tjac_output o = {0};
    if (!*path)
        return tjac_err_set(err, TJAC_EUSAGE, "an output file has an empty name; give one");
    if (!(o.path = tjac_strdup(path, err)))
        return err->code;
    if (strcmp(path, "-") == 0)
        o.file = stdout;
    else if (open_temporary(&o, err)) {
        tjac_output_discard(&o);
        return err->code;
    }
    *out = o;
    return TJAC_OK;
}

/* A write that failed has left its mark on the stream, but its errno is lost since. Asked for one
 * more byte the same file says the same again; what was written is of no use in any case. */
static int flush(FILE *file)
{
    if (fflush(file) != 0)
        return errno;
    if (!ferror(file))
        return 0;
    return write(fileno(file), "\n", 1) < 0 ? errno : EIO;
}

tjac_code tjac_output_flush(FILE *file, const char *path, tjac_err *err)
{
    int reason = flush(file);
    return reason ? write_failed(path, reason, err) : TJAC_OK;
}

tjac_code tjac_output_finish(tjac_output *o, tjac_err *err)
{
    if (!o->file)
        return TJAC_OK;
    int reason = flush(o->file);
    if (o->temporary) {
        if (!reason && fsync(fileno(o->file)) != 0)
            reason = errno;
        if (fclose(o->file) != 0 && !reason)
            reason = errno;
    }
    o->file = NULL;
    if (reason)
        write_failed(o->path, reason, err);
    else if (o->temporary)
        reason = tjac_sha256_file(o->temporary, o->sha256, err) != TJAC_OK;
    if (reason)
        tjac_output_discard(o);
    return err->code;
}

static tjac_code give_name(tjac_output *o, tjac_err *err)
{
    if (rename(o->temporary, o->path) != 0)
        return write_failed(o->path, errno, err);
    *o->temporary = '\0'; /* nothing left to remove */
    return tjac_folder_sync(o->path, err);
}

tjac_code tjac_output_commit(tjac_output *o, tjac_err *err)
{
    if (tjac_output_finish(o, err))
        return err->code;
    tjac_code code = o->temporary ? give_name(o, err) : TJAC_OK;
    tjac_output_discard(o);
    return code;
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
    char *folder = tjac_path_folder(path, err);
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
