#include "base/stamp.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

tjac_code tjac_stamp_take(int fd, const char *path, tjac_stamp *out, tjac_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return tjac_err_set(err, TJAC_EFAIL, "cannot read '%s': %s", path, strerror(errno));
    *out = (tjac_stamp){st.st_dev, st.st_ino, st.st_size, st.st_mtim};
    return TJAC_OK;
}

tjac_code tjac_stamp_check(int fd, const char *path, const tjac_stamp *was, tjac_err *err)
{
    struct stat is;
    if (fstat(fd, &is) != 0)
        return tjac_err_set(err, TJAC_EFAIL, "cannot read '%s': %s", path, strerror(errno));
    if (is.st_dev == was->device && is.st_ino == was->file && is.st_size == was->size &&
        is.st_mtim.tv_sec == was->written.tv_sec && is.st_mtim.tv_nsec == was->written.tv_nsec)
        return err->code;
    tjac_err_clear(err);
    return tjac_err_set(err, TJAC_EFAIL,
                        "'%s' was changed or replaced while tjac was reading it; run again when "
                        "nothing writes to it",
                        path);
}
