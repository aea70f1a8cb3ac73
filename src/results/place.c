#include "results/place.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/output.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are filled in as they are");

/* Room on the disk for all of it: a disk that is too full is found now. */
static tjac_code reserve_room(const char *path, const char *name, tjac_err *err)
{
    struct stat st = {0};
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW), failure = 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        failure = errno;
    else if (st.st_size > 0)
        failure = posix_fallocate(fd, 0, st.st_size);
    if (fd >= 0)
        close(fd);
    if (failure && failure != EOPNOTSUPP && failure != EINVAL)
        tjac_err_set(err, TJAC_EFAIL, "cannot reserve the %.3g GB of '%s': %s",
                     (double)st.st_size / 1e9, name, strerror(failure));
    return err->code;
}

tjac_code tjac_place_make(const char *path,
                          tjac_code (*write)(const void *self, tjac_h5_writer *writer,
                                             tjac_err *err),
                          const void *self, tjac_err *err)
{
    tjac_output file = {0};
    tjac_h5_writer *w = NULL;
    if (tjac_output_open(path, &file, err) || tjac_h5_create(file.temporary, &w, err))
        goto done;
    if (write(self, w, err)) {
        tjac_h5_abandon(w);
        goto done;
    }
    if (!tjac_h5_finish(w, err) && !reserve_room(file.temporary, path, err))
        (void)!tjac_output_commit(&file, err);
done:
    tjac_output_discard(&file);
    return err->code;
}

tjac_code tjac_place_open(const char *path, tjac_h5 **h5, int *fd, tjac_err *err)
{
    tjac_err why = {0}; /* HDF5's words speak of h5ad files */
    if ((*fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' cannot be read (%s); expected a file of J that tjac made", path,
                            strerror(errno));
    if (tjac_h5_open(path, h5, &why)) {
        tjac_err_clear(&why);
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s' is not a file of J that tjac made, or is damaged; run again", path);
    }
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
