/* h5_reason.c: why HDF5 failed, in words that help. */
#include <errno.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/h5_parts.h"

enum { MOST_LINKS = 32 };

typedef struct {
    char *why;     /* [TJAC_H5_REASON] */
    bool version;  /* the cause is a version that the library does not know */
    bool checksum; /* what it stumbled over is damaged for sure */
    bool locked, left_open;
} reason;

/* HDF5 lists its errors from the cause up to the call: the first one is the reason. */
static herr_t look(unsigned n, const H5E_error2_t *e, void *ctx)
{
    reason *r = ctx;
    const char *text = e->desc ? e->desc : "";
    if (n == 0 && e->desc) {
        snprintf(r->why, TJAC_H5_REASON, "%s", text);
        r->version = strstr(text, "version") != NULL;
    }
    r->checksum = r->checksum || strstr(text, "checksum");
    r->locked = r->locked || strstr(text, "lock file") || strstr(text, "lock the file");
    r->left_open = r->left_open || strstr(text, "already open for write");
    return 0;
}

static reason read_reason(char why[TJAC_H5_REASON])
{
    reason r = {.why = why};
    snprintf(why, TJAC_H5_REASON, "no reason given");
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, look, &r);
    return r;
}

void tjac_h5_reason(char why[TJAC_H5_REASON])
{
    (void)read_reason(why);
}

/* ---- links ---- */

/* What HDF5 calls when a path leads out of the file: keeps where to, and stops it. */
static herr_t refuse_external(const char *parent, const char *group, const char *child,
                              const char *object, unsigned *flags, hid_t fapl, void *elsewhere)
{
    (void)parent, (void)group, (void)flags, (void)fapl;
    snprintf(elsewhere, TJAC_H5_ELSEWHERE, "'%s' of '%s'", object ? object : "",
             child ? child : "");
    return -1;
}

int64_t h5_access(const tjac_h5 *file, int64_t class)
{
    hid_t list = H5Pcreate(class);
    if (list >= 0 && H5Pset_elink_cb(list, refuse_external, file->elsewhere) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

/* Where a soft link leads, from the root where it lies in a group; NULL: it is none. Owned by the
 * caller. */
static char *read_soft(const tjac_h5 *file, const char *link, tjac_err *err)
{
    H5L_info_t info;
    const char *slash = strrchr(link, '/');
    size_t above = slash ? (size_t)(slash - link) + 1 : 0;
    if (H5Lget_info(file->id, link, &info, file->access) < 0 || info.type != H5L_TYPE_SOFT)
        return NULL;
    char *to = tjac_alloc(above + info.u.val_size + 1, 1, err);
    if (!to)
        return NULL;
    memcpy(to, link, above);
    if (H5Lget_val(file->id, link, to + above, info.u.val_size, file->access) < 0)
        to[above] = '\0';
    if (to[above] == '/')
        memmove(to, to + above, strlen(to + above) + 1);
    return to;
}

/* Says the soft link that leads to nothing on the way to an object; links may lead to links, in
 * a circle too: *links more are looked at. */
static bool refuse_dangling(const tjac_h5 *file, const char *object, int *links, tjac_err *err)
{
    char *path = tjac_strdup(object, err);
    for (char *end = path ? path + (*path == '/') : NULL;
         !err->code && end && *end && *links > 0;) {
        if ((end = strchr(end, '/')))
            *end = '\0';
        char *to = read_soft(file, path, err);
        *links -= to != NULL;
        if (to && tjac_h5_find(file, to) == TJAC_H5_ABSENT)
            tjac_err_set(
                err, TJAC_EINPUT,
                "'%s': '%s' is a soft link to '%s', where nothing is; write the file again",
                file->path, path, to);
        else if (to)
            (void)!refuse_dangling(file, to, links, err);
        free(to);
        if (end)
            *end++ = '/';
    }
    free(path);
    return err->code != TJAC_OK;
}

/* ---- refusals ---- */

/* Superblocks from 3 on come with HDF5 1.10 and later: only such files may hold what a library
 * does not know yet. */
static bool is_newer(const tjac_h5 *file, const reason *r)
{
    return r->version && !r->checksum && file->superblock >= 3;
}

static tjac_code refuse_newer(const tjac_h5 *file, const char *object, const char *verb,
                              const char *why, tjac_err *err)
{
    char version[32];
    tjac_h5_version(version, sizeof version);
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s': cannot %s '%s' (HDF5: %s); it is written in a newer format than "
                        "HDF5 %s reads (libver v112 or later): write it again with h5py's default "
                        "libver, or build tjac with a newer HDF5",
                        file->path, verb, object, why, version);
}

tjac_code h5_fail(const tjac_h5 *file, const char *object, const char *verb, tjac_err *err)
{
    char why[TJAC_H5_REASON];
    reason r = read_reason(why); /* any call clears it */
    int links = MOST_LINKS;
    if (file->elsewhere[0]) {
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': cannot %s '%s': an external link leads to %s, and tjac reads one file "
                     "alone; write it again with all its parts inside",
                     file->path, verb, object, file->elsewhere);
        file->elsewhere[0] = '\0';
        return err->code;
    }
    if (file->id >= 0 && refuse_dangling(file, object, &links, err))
        return err->code;
    if (file->id >= 0 && tjac_h5_find(file, object) == TJAC_H5_ABSENT)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': cannot %s '%s': it is not there; the file is incomplete or of "
                            "another kind",
                            file->path, verb, object);
    if (is_newer(file, &r))
        return refuse_newer(file, object, verb, why, err);
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s': cannot %s '%s' (HDF5: %s); the file is damaged or incomplete: write "
                        "or copy it again",
                        file->path, verb, object, why);
}

tjac_code h5_fail_open(const tjac_h5 *file, int failure, tjac_err *err)
{
    char why[TJAC_H5_REASON];
    reason r = read_reason(why);
    if (r.locked && (failure == EAGAIN || failure == EACCES))
        return tjac_err_set(err, TJAC_EFAIL,
                            "'%s' is in use by another process, which has it open for writing; "
                            "wait until it has closed the file (or, if nobody writes to it, set "
                            "HDF5_USE_FILE_LOCKING=FALSE)",
                            file->path);
    if (r.locked)
        return tjac_err_set(err, TJAC_EFAIL,
                            "'%s' cannot be locked (%s); where the file system has no locks, set "
                            "HDF5_USE_FILE_LOCKING=FALSE",
                            file->path, failure ? strerror(failure) : why);
    if (r.left_open)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s' was opened for writing and is not closed: a program still writes "
                            "to it, or ended too early; close it there, or write it again (h5clear "
                            "-s takes the mark off a file that is whole)",
                            file->path);
    return h5_fail(file, "/", "open", err);
}
