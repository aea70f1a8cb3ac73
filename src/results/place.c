#include "results/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/folder.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are filled in as they are");

static tjac_code failed(const char *path, tjac_err *err)
{
    return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", path, strerror(errno));
}

/* Room on the disk for all of it: a disk that is too full is found now. */
static tjac_code reserve_room(int fd, const char *path, tjac_err *err)
{
    struct stat st = {0};
    int failure = fstat(fd, &st) != 0 ? errno : 0;
    if (!failure && st.st_size > 0)
        failure = posix_fallocate(fd, 0, st.st_size);
    if (failure && failure != EOPNOTSUPP && failure != EINVAL)
        tjac_err_set(err, TJAC_EFAIL, "cannot reserve the %.3g MB of '%s': %s",
                     (double)st.st_size / 1e6, path, strerror(failure));
    return err->code;
}

static tjac_code give_name(int fd, const char *name, const char *path, tjac_err *err)
{
    if (fsync(fd) != 0 || rename(name, path) != 0)
        return failed(path, err);
    return tjac_folder_sync(path, err);
}

/* Not a tjac_output, which reads all of a file for its hash: this one may be of many GB. */
tjac_code tjac_place_make(const char *path,
                          tjac_code (*write)(const void *self, tjac_h5_writer *writer,
                                             tjac_err *err),
                          const void *self, tjac_err *err)
{
    tjac_h5_writer *w = NULL;
    char *name = NULL;
    int fd = -1;
    if (tjac_folder_above(path, err))
        return err->code;
    if ((fd = tjac_folder_temporary(path, &name)) < 0)
        return failed(path, err);
    if (tjac_h5_create(name, path, &w, err))
        goto done;
    if (write(self, w, err)) {
        tjac_h5_abandon(w);
        goto done;
    }
    if (!tjac_h5_finish(w, err) && !reserve_room(fd, path, err))
        (void)!give_name(fd, name, path, err);
done:
    close(fd);
    if (err->code)
        unlink(name);
    free(name);
    return err->code;
}

tjac_code tjac_place_open(const char *path, tjac_h5 **h5, int *fd, tjac_err *err)
{
    tjac_err why = {0}; /* HDF5's words speak of h5ad files */
    if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' cannot be read (%s); expected a file of J that tjac made", path,
                            strerror(errno));
    if (tjac_h5_open(path, h5, &why) == TJAC_EFAIL) /* in use, or no memory */
        tjac_err_set(err, TJAC_EFAIL, "%s", tjac_err_message(&why));
    else if (why.code)
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s' is not a file of J that tjac made, or is damaged; run again", path);
    tjac_err_clear(&why);
    return err->code;
}

tjac_code tjac_place_find(const tjac_h5 *h5, const char *dataset, const tjac_place_spec *spec,
                          uint64_t *at, tjac_err *err)
{
    tjac_h5_data *d = NULL;
    if (!tjac_h5_data_open(h5, dataset, NULL, &d, err)) {
        if (d->rank != spec->rank || d->n_rows != spec->rows ||
            (spec->rank > 1 && d->n_cols != spec->columns))
            tjac_err_set(err, TJAC_EINPUT,
                         "'%s': '%s' has %zu x %zu numbers, expected %zu x %zu; the file is "
                         "damaged, run again",
                         h5->path, dataset, d->n_rows, d->n_cols, spec->rows, spec->columns);
        else
            (void)!tjac_h5_data_place(d, spec->number, at, err);
    }
    tjac_h5_data_close(d);
    return err->code;
}

tjac_code tjac_place_read(const char *path, int fd, uint64_t at, void *out, size_t n, tjac_err *err)
{
    for (char *to = out; n > 0;) {
        ssize_t got = pread(fd, to, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return tjac_err_set(err, TJAC_EFAIL, "cannot read '%s': %s", path,
                                got < 0 ? strerror(errno) : "it ends too early");
        to += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return TJAC_OK;
}
