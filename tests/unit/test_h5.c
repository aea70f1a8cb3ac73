/* h5: what is there and what cannot be told, files of other kinds, in use, of a newer format, with
 * parts elsewhere. The files are make_h5ad.py's. */
#include "test.h"
#include <fcntl.h>
#include <sys/file.h>
#include "base/h5.h"

static const char *const path = "test_h5.txt";

static const char *data(const char *name)
{
    static char buf[1024];
    const char *dir = getenv("TJAC_TEST_H5AD");
    snprintf(buf, sizeof buf, "%s/%s", dir ? dir : "tests/unit/h5ad", name);
    return buf;
}

/* ---- files that are none ---- */

static void bad_file(test *t, const void *bytes, size_t n, const char *message)
{
    tjac_h5 *file = NULL;
    tjac_err err = {0};
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        abort();
    CHECK(t, tjac_h5_open(path, &file, &err) == TJAC_EINPUT && !file);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
}

static void test_other_kinds(test *t)
{
    static const char *const kinds[][2] = {
        {"", "is not an HDF5 file: it is empty"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"},
        {"/annex/objects/SHA256E-s1--0.h5ad\n", "git annex get"},
        {"<!DOCTYPE html><html>", "it is a web page"},
        {"\n <HTML lang=en>", "it is a web page"},
        {"<?xml version=\"1.0\"?><Error>AccessDenied</Error>", "it is an XML text"},
        {"\x1f\x8b\x08", "it is compressed with gzip: unpack it with gunzip"},
        {"PK\3\4", "it is a zip archive"},
        {"hello", "is not an HDF5 file; an .h5ad file written by anndata is needed"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        bad_file(t, kinds[i][0], strlen(kinds[i][0]), kinds[i][1]);
    bad_file(t, "\x89HDF\r\n\x1a\n", 8, "it is an HDF5 file");
    bad_file(t, "\x89HDF\r\n\x1a\n\x09more", 13, "cannot open '/'");
}

static void test_in_use(test *t)
{
    tjac_h5 *file = NULL;
    tjac_err err = {0};
    int fd = open(data("plain.h5ad"), O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) { /* as a writer's HDF5 does */
        CHECK(t, tjac_h5_open(data("plain.h5ad"), &file, &err) == TJAC_EFAIL);
        CHECK_ERROR(t, &err, TJAC_EFAIL, "is in use by another process");
    }
    if (fd >= 0)
        close(fd);
    CHECK(t, tjac_h5_open(data("left_open.h5ad"), &file, &err) == TJAC_EINPUT && !file);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "was opened for writing and is not closed");
}

/* ---- what is in a file ---- */

static void bad_data(test *t, const tjac_h5 *file, const char *object, const char *message)
{
    tjac_h5_data *d = NULL;
    tjac_err err = {0};
    CHECK(t, tjac_h5_data_open(file, object, NULL, &d, &err) == TJAC_EINPUT && !d);
    CHECK_ERROR(t, &err, TJAC_EINPUT, message);
}

static void test_soft_links(test *t, const tjac_h5 *file)
{
    tjac_h5_data *d = NULL;
    tjac_err err = {0};
    char *text = NULL;
    int32_t values[3] = {0};
    CHECK(t, tjac_h5_find(file, "soft") == TJAC_H5_GROUP);
    CHECK(t, tjac_h5_find(file, "soft/values") == TJAC_H5_DATASET);
    CHECK_OK(t, tjac_h5_attr_text(file, "soft", "encoding-type", &text, &err), &err);
    CHECK_STRING(t, text, "array");
    free(text);
    CHECK_OK(t, tjac_h5_attr_text(file, "soft", "other", &text, &err), &err);
    CHECK(t, !text);
    if (CHECK_OK(t, tjac_h5_data_open(file, "soft_values", NULL, &d, &err), &err))
        CHECK_OK(t, tjac_h5_read_i32(d, 0, 3, values, &err), &err);
    CHECK(t, values[1] == 1 && values[2] == 2);
    tjac_h5_data_close(d);
}

static void test_links(test *t)
{
    tjac_h5 *file = NULL;
    tjac_err err = {0};
    char *text = NULL;
    if (!CHECK_OK(t, tjac_h5_open(data("links.h5ad"), &file, &err), &err))
        return;
    test_soft_links(t, file);
    static const char *const absent[] = {"none", "here/none", "here/values/none", "none/x", ""};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        CHECK(t, tjac_h5_find(file, absent[i]) == TJAC_H5_ABSENT);
    static const char *const odd[] = {"nothing", "nothing/x",      "circle",       "outside",
                                      "nowhere", "outside/_index", "soft_outside", "type"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        CHECK(t, tjac_h5_find(file, odd[i]) == TJAC_H5_OTHER);
    bad_data(t, file, "nothing", "'nothing' is a soft link to '/gone/values', where nothing is");
    bad_data(t, file, "nothing/x", "'nothing' is a soft link to '/gone/values'");
    bad_data(t, file, "here/chain/x", "'/here/next' is a soft link to '/here/missing'");
    bad_data(t, file, "circle", "cannot open 'circle' (HDF5: too many links)");
    bad_data(t, file, "outside/_index", "an external link leads to '/obs' of 'plain.h5ad'");
    bad_data(t, file, "nowhere", "an external link leads to '/obs' of 'gone.h5ad'");
    bad_data(t, file, "soft_outside", "an external link leads to '/obs' of 'plain.h5ad'");
    bad_data(t, file, "none", "cannot open 'none'"); /* no trace of the link before */
    bad_data(t, file, "virtual", "'virtual' is a virtual dataset");
    bad_data(t, file, "stored_elsewhere", "are in another file, 'gone.bin'");
    CHECK(t, tjac_h5_attr_text(file, "outside", "_index", &text, &err) == TJAC_EINPUT && !text);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "an external link leads to '/obs' of 'plain.h5ad'");
    CHECK(t, tjac_h5_attr_text(file, "nothing", "_index", &text, &err) == TJAC_EINPUT);
    CHECK_ERROR(t, &err, TJAC_EINPUT, "'nothing' is a soft link to '/gone/values'");
    tjac_h5_close(file);
}

/* A library that knows the format reads it. */
static void test_newer(test *t)
{
    tjac_h5 *file = NULL;
    tjac_h5_data *d = NULL;
    tjac_err err = {0};
    char version[32];
    int64_t pair[2];
    int there;
    tjac_h5_version(version, sizeof version);
    if (!CHECK_OK(t, tjac_h5_open(data("newer.h5ad"), &file, &err), &err))
        return;
    if (strncmp(version, "1.10.", 5) == 0) {
        bad_data(t, file, "obs/flag", "it is written in a newer format than HDF5 1.10.");
        /* An attribute that is not there, beside one that cannot be read: HDF5 cannot tell. */
        CHECK(t, tjac_h5_attr_pair(file, "obs", "shape", pair, &there, &err) == TJAC_EINPUT);
        CHECK_ERROR(t, &err, TJAC_EINPUT, "(libver v112 or later)");
    } else {
        CHECK_OK(t, tjac_h5_data_open(file, "obs/flag", NULL, &d, &err), &err);
    }
    tjac_h5_data_close(d);
    tjac_h5_close(file);
}

int main(void)
{
    test t = {0};
    test_other_kinds(&t);
    test_in_use(&t);
    test_links(&t);
    test_newer(&t);
    unlink(path);
    return test_end(&t);
}
