/* magic.c: see magic.h. */
#include "base/magic.h"

#include <string.h>
#include <strings.h>

typedef struct {
    const char *bytes;
    size_t n;
    const char *says;
} kind;

#define POINTER "it is a pointer of Git LFS: fetch the file with git lfs pull"
#define PAGE "it is a web page, not the file: the download went wrong, fetch it again"
#define MARKUP "it is an XML text, not the file: the download went wrong, fetch it again"

static const kind binary[] = {
    {"version https://git-lfs", 23, POINTER},
    {"version https://hawser", 22, POINTER},
    {"/annex/objects/", 15, "it is a pointer of git-annex: fetch the file with git annex get"},
    {"\x1f\x8b", 2, "it is compressed with gzip: unpack it with gunzip"},
    {"PK\3\4", 4, "it is a zip archive: unpack it with unzip"},
    {"PK\5\6", 4, "it is an empty zip archive"},
    {"\x89HDF\r\n\x1a\n", 8, "it is an HDF5 file"},
    {"\x28\xb5\x2f\xfd", 4, "it is compressed with zstd: unpack it with zstd -d"},
    {"\xfd"
     "7zXZ",
     5, "it is compressed with xz: unpack it with xz -d"},
    {"BZh91AY&SY", 10, "it is compressed with bzip2: unpack it with bunzip2"},
    {"PAR1\x15", 5, "it is a Parquet file"},
    {"\x93NUMPY", 6, "it is a NumPy array"},
    {"\xff\xfe", 2, "it is text in UTF-16: save it as UTF-8"},
    {"\xfe\xff", 2, "it is text in UTF-16: save it as UTF-8"},
};

/* After a byte order mark and blanks, in any case of letters. */
static const kind markup[] = {
    {"<!doctype html", 14, PAGE},
    {"<html", 5, PAGE},
    {"<?xml", 5, MARKUP},
};

static const char *find(const kind *kinds, size_t n_kinds, const char *head, size_t n,
                        int (*compare)(const char *, const char *, size_t))
{
    for (size_t i = 0; i < n_kinds; i++)
        if (n >= kinds[i].n && compare(head, kinds[i].bytes, kinds[i].n) == 0)
            return kinds[i].says;
    return NULL;
}

static int same_bytes(const char *a, const char *b, size_t n)
{
    return memcmp(a, b, n);
}

const char *tjac_magic_says(const void *head, size_t n)
{
    const char *p = head, *end = p + n;
    if (n == 0)
        return "it is empty";
    const char *says = find(binary, sizeof binary / sizeof *binary, p, n, same_bytes);
    if (says)
        return says;
    if (n >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
        p++;
    return find(markup, sizeof markup / sizeof *markup, p, (size_t)(end - p), strncasecmp);
}

bool tjac_magic_gzip(const void *head, size_t n)
{
    return n >= 2 && memcmp(head, "\x1f\x8b", 2) == 0;
}
