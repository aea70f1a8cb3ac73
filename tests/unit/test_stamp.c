/* Stamps: a file that stays, that is written to, that is replaced; errors before them. */
#include <fcntl.h>
#include <time.h>
#include "test.h"
#include "base/stamp.h"

static void write_bytes(test *t, const char *path, const char *bytes)
{
    const struct timespec tick = {0, 20000000}; /* a file's time is as coarse as the kernel's */
    nanosleep(&tick, NULL);
    int fd = open(path, O_WRONLY);
    CHECK(t, fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
    close(fd);
}

static void test_changes(test *t)
{
    char path[TEST_PATH], other[TEST_PATH];
    tjac_err err = {0};
    tjac_stamp stamp;
    CHECK(t, test_temporary(path, "abc", 3) && test_temporary(other, "abc", 3));
    int fd = open(path, O_RDONLY), fd_other = open(other, O_RDONLY);
    CHECK_OK(t, tjac_stamp_take(fd, path, &stamp, &err), &err);
    CHECK_OK(t, tjac_stamp_check(fd, path, &stamp, &err), &err);
    CHECK(t, tjac_stamp_check(fd_other, path, &stamp, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, path);

    /* Replaced by renaming: what is open is what it was. */
    CHECK(t, rename(other, path) == 0);
    CHECK_OK(t, tjac_stamp_check(fd, path, &stamp, &err), &err);
    unlink(path);
    close(fd);
    close(fd_other);
}

static void test_errors(test *t)
{
    char path[TEST_PATH];
    tjac_err err = {0};
    tjac_stamp stamp;
    CHECK(t, test_temporary(path, "abc", 3));
    int fd = open(path, O_RDONLY);
    CHECK_OK(t, tjac_stamp_take(fd, path, &stamp, &err), &err);

    /* An error of reading stays while the file is the same, and gives way when it is not. */
    tjac_err_set(&err, TJAC_EINPUT, "it is damaged");
    CHECK(t, tjac_stamp_check(fd, path, &stamp, &err) == TJAC_EINPUT);
    write_bytes(t, path, "xyz"); /* of the same length */
    CHECK(t, tjac_stamp_check(fd, path, &stamp, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "was changed or replaced");
    unlink(path);
    close(fd);
    CHECK(t, tjac_stamp_take(-1, path, &stamp, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, path);
}

int main(void)
{
    test t = {0};
    test_changes(&t);
    test_errors(&t);
    return test_end(&t);
}
