/* zipfile.c: see zipfile.h. The only file that includes libzip. */
#include "torchfile/zipfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>
#include "base/alloc.h"

struct tjac_zip {
    zip_t *zip;
    char *path;
    uint64_t length; /* of the file */
};

struct tjac_zip_stream {
    tjac_zip *zip;
    zip_file_t *file;
    uint64_t index, at, size;
    bool unsummed;
};

enum {
    READ_AT_ONCE = 1 << 30, /* bytes per call into libzip */
    DEFLATE_RATIO = 1032    /* the most that deflate can expand to */
};

tjac_code tjac_zip_open(const char *path, tjac_zip **out, tjac_err *err)
{
    int why = 0;
    struct stat about;
    tjac_zip *z = tjac_alloc(1, sizeof *z, err);
    if (z == NULL)
        return err->code;
    tjac_code code = TJAC_OK;
    z->path = tjac_strdup(path, err);
    if (z->path == NULL) {
        code = err->code;
        goto done;
    }
    if (stat(path, &about) != 0) {
        code = tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s", path, strerror(errno));
        goto done;
    }
    z->zip = zip_open(path, ZIP_RDONLY, &why);
    if (z->zip == NULL) {
        /* libzip says "no such file" to some damaged directories as well: the file is there. */
        zip_error_t error;
        zip_error_init_with_code(&error, why == ZIP_ER_NOENT ? ZIP_ER_INCONS : why);
        code = tjac_err_set(err, why == ZIP_ER_MEMORY ? TJAC_EFAIL : TJAC_EINPUT,
                            "cannot read '%s' as a zip file: %s; was it copied completely?", path,
                            zip_error_strerror(&error));
        zip_error_fini(&error);
        goto done;
    }
    z->length = (uint64_t)about.st_size;
    *out = z;
    z = NULL;
done:
    tjac_zip_close(z);
    return code;
}

void tjac_zip_close(tjac_zip *z)
{
    if (z == NULL)
        return;
    if (z->zip != NULL)
        zip_discard(z->zip);
    free(z->path);
    free(z);
}

uint64_t tjac_zip_count(const tjac_zip *z)
{
    zip_int64_t n = zip_get_num_entries(z->zip, 0);
    return n < 0 ? 0 : (uint64_t)n;
}

const char *tjac_zip_name(const tjac_zip *z, uint64_t index)
{
    const char *name = zip_get_name(z->zip, index, 0);
    return name == NULL ? "" : name;
}

bool tjac_zip_has(const tjac_zip *z, const char *name)
{
    return zip_name_locate(z->zip, name, 0) >= 0;
}

tjac_code tjac_zip_find(const tjac_zip *z, const char *name, tjac_zip_entry *out, tjac_err *err)
{
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat(z->zip, name, 0, &about) != 0)
        return tjac_err_set(err, TJAC_EINPUT, "'%s' is damaged: it has no entry '%s'", z->path,
                            name);
    const zip_uint64_t needed =
        ZIP_STAT_INDEX | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    bool stored = about.comp_method == ZIP_CM_STORE;
    bool possible = (about.valid & needed) == needed && about.comp_size <= z->length;
    if (possible && stored)
        possible = about.size == about.comp_size;
    else if (possible)
        possible = about.size / DEFLATE_RATIO <= about.comp_size;
    if (!possible)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' is damaged: the stated size of entry '%s' (%llu bytes) cannot be",
                            z->path, name, (unsigned long long)about.size);
    bool unsummed = (about.valid & ZIP_STAT_CRC) != 0 && about.crc == 0;
    *out = (tjac_zip_entry){.index = about.index, .size = about.size, .unsummed = unsummed};
    return TJAC_OK;
}

static tjac_code fail(const tjac_zip_stream *s, zip_error_t *error, tjac_err *err)
{
    const char *hint = error != NULL && zip_error_code_zip(error) == ZIP_ER_CRC
                           ? "; was the file copied completely, and saved with checksums?"
                           : "";
    return tjac_err_set(err, TJAC_EINPUT, "'%s' is damaged: cannot read entry '%s': %s%s",
                        s->zip->path, tjac_zip_name(s->zip, s->index),
                        error == NULL ? "it is too short" : zip_error_strerror(error), hint);
}

tjac_code tjac_zip_stream_open(tjac_zip *z, const tjac_zip_entry *entry, uint64_t offset,
                               tjac_zip_stream **out, tjac_err *err)
{
    tjac_code code = TJAC_OK;
    tjac_zip_stream *s = tjac_alloc(1, sizeof *s, err);
    if (s == NULL)
        return err->code;
    s->zip = z;
    s->index = entry->index;
    s->size = entry->size;
    s->unsummed = entry->unsummed;
    s->file = zip_fopen_index(z->zip, entry->index, 0);
    if (s->file == NULL) {
        code = fail(s, zip_get_error(z->zip), err);
        goto done;
    }
    if (offset > 0 && offset <= INT64_MAX &&
        zip_fseek(s->file, (zip_int64_t)offset, SEEK_SET) == 0) {
        s->at = offset;
    } else if (offset > 0) { /* only stored entries can be sought in */
        char skipped[4096];
        zip_fclose(s->file);
        s->file = zip_fopen_index(z->zip, entry->index, 0);
        if (s->file == NULL)
            code = fail(s, zip_get_error(z->zip), err);
        while (code == TJAC_OK && s->at < offset) {
            uint64_t left = offset - s->at;
            code = tjac_zip_stream_read(s, skipped, left < sizeof skipped ? left : sizeof skipped,
                                        err);
        }
    }
    if (code == TJAC_OK) {
        *out = s;
        s = NULL;
    }
done:
    tjac_zip_stream_close(s);
    return code;
}

tjac_code tjac_zip_stream_read(tjac_zip_stream *s, void *out, uint64_t n, tjac_err *err)
{
    char *p = out, extra;
    while (n > 0) {
        zip_int64_t got = zip_fread(s->file, p, n < READ_AT_ONCE ? n : READ_AT_ONCE);
        if (got <= 0)
            return fail(s, got < 0 ? zip_file_get_error(s->file) : NULL, err);
        p += got;
        n -= (uint64_t)got;
        s->at += (uint64_t)got;
    }
    /* libzip compares the checksum when it meets the end. */
    if (s->at == s->size && !s->unsummed && zip_fread(s->file, &extra, 1) != 0)
        return fail(s, zip_file_get_error(s->file), err);
    return TJAC_OK;
}

void tjac_zip_stream_close(tjac_zip_stream *s)
{
    if (s == NULL)
        return;
    if (s->file != NULL)
        zip_fclose(s->file);
    free(s);
}

const char *tjac_zip_version(void)
{
    return zip_libzip_version();
}
