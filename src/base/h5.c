/* h5.c: a file, what is in it, and attributes. */
#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/h5_parts.h"
#include "base/magic.h"

_Static_assert(sizeof(hid_t) == sizeof(int64_t), "h5.h keeps HDF5's handles in int64_t");

void tjac_h5_version(char *buf, size_t size)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(buf, size, "%u.%u.%u", major, minor, release);
}

/* ---- the file ---- */

static tjac_code open_path(const char *path, tjac_h5 *file, tjac_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return tjac_err_set(err, TJAC_EUSAGE, "'%s' cannot be read (%s); check cells.h5ad", path,
                            strerror(errno));
    if (S_ISDIR(st.st_mode))
        return tjac_err_set(err, TJAC_EUSAGE,
                            "'%s' is a directory, not an .h5ad file; check cells.h5ad", path);
    if ((file->fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return tjac_err_set(err, TJAC_EUSAGE, "'%s' cannot be read (%s); check cells.h5ad", path,
                            strerror(errno));
    file->bytes = st.st_size > 0 ? (uint64_t)st.st_size : 0;
    return tjac_stamp_take(file->fd, path, &file->stamp, err);
}

/* The version of the superblock, from its place at 0, 512, 1024, 2048 ...; -1: there is none. */
static int find_superblock(const tjac_h5 *file)
{
    static const char signature[] = "\x89HDF\r\n\x1a\n";
    char head[9];
    for (uint64_t at = 0; at < file->bytes; at = at ? 2 * at : 512)
        if (pread(file->fd, head, sizeof head, (off_t)at) == (ssize_t)sizeof head &&
            memcmp(head, signature, 8) == 0)
            return (unsigned char)head[8];
    return -1;
}

/* Says what it is instead. */
static tjac_code refuse_other(const tjac_h5 *file, tjac_err *err)
{
    char head[TJAC_MAGIC_BYTES];
    ssize_t n = pread(file->fd, head, sizeof head, 0);
    const char *says = n < 0 ? NULL : tjac_magic_says(head, (size_t)n);
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s' is not an HDF5 file%s%s; an .h5ad file written by anndata is needed",
                        file->path, says ? ": " : "", says ? says : "");
}

static tjac_code open_file(tjac_h5 *file, tjac_err *err)
{
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
#if H5_VERSION_GE(1, 10, 7)
    /* Many cluster file systems have no locks, and a reader can do without. */
    if (fapl >= 0)
        H5Pset_file_locking(fapl, 1, 1);
#endif
    errno = 0;
    file->id = H5Fopen(file->path, H5F_ACC_RDONLY, fapl >= 0 ? fapl : H5P_DEFAULT);
    if (file->id < 0)
        h5_fail_open(file, errno, err);
    if (fapl >= 0)
        H5Pclose(fapl);
    if (!err->code && (file->access = h5_access(file, H5P_LINK_ACCESS)) < 0)
        h5_fail(file, "/", "open", err);
    return err->code;
}

tjac_code tjac_h5_open(const char *path, tjac_h5 **out, tjac_err *err)
{
    tjac_h5 *file = tjac_alloc(1, sizeof *file, err);
    if (!file)
        return err->code;
    file->id = file->access = -1;
    file->fd = -1;
    if (open_path(path, file, err) || !(file->path = tjac_strdup(path, err)) ||
        !(file->elsewhere = tjac_alloc(TJAC_H5_ELSEWHERE, 1, err)))
        goto done;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* HDF5 prints its errors unless told not to */
    file->superblock = find_superblock(file);
    if (file->superblock < 0)
        refuse_other(file, err);
    else
        (void)!open_file(file, err);
done:
    if (err->code)
        tjac_h5_close(file);
    else
        *out = file;
    return err->code;
}

void tjac_h5_close(tjac_h5 *file)
{
    if (!file)
        return;
    if (file->access >= 0)
        H5Pclose(file->access);
    if (file->id >= 0)
        H5Fclose(file->id);
    if (file->fd >= 0)
        close(file->fd);
    free(file->elsewhere);
    free(file->path);
    free(file);
}

tjac_code tjac_h5_unchanged(const tjac_h5 *file, tjac_err *err)
{
    return tjac_stamp_check(file->fd, file->path, &file->stamp, err);
}

/* ---- objects and attributes ---- */

static bool is_group(const tjac_h5 *file, const char *object)
{
    hid_t id = H5Oopen(file->id, object, file->access);
    bool group = id >= 0 && H5Iget_type(id) == H5I_GROUP;
    if (id >= 0)
        H5Oclose(id);
    return group || id < 0; /* what cannot be opened may be one */
}

/* Whether a link of this name is there: 1, 0, or -1 where HDF5 cannot tell. H5Lexists wants every
 * part of a path but the last to exist, and to be a group. */
static int linked(const tjac_h5 *file, const char *object)
{
    char part[1024];
    size_t n = strlen(object), parent = 0;
    if (n == 0 || n >= sizeof part)
        return 0;
    for (size_t i = 1; i <= n; i++) {
        if (object[i] != '/' && object[i] != '\0')
            continue;
        memcpy(part, object, i);
        part[i] = '\0';
        htri_t there = H5Lexists(file->id, part, file->access);
        part[parent] = '\0';
        if (there < 0 && parent && !is_group(file, part))
            return 0;
        if (there <= 0)
            return there < 0 ? -1 : 0;
        parent = i;
    }
    return 1;
}

static tjac_h5_kind kind_of(const tjac_h5 *file, const char *object)
{
    int there = linked(file, object);
    if (there <= 0)
        return there < 0 ? TJAC_H5_OTHER : TJAC_H5_ABSENT;
    hid_t id = H5Oopen(file->id, object, file->access);
    if (id < 0)
        return TJAC_H5_OTHER;
    H5I_type_t type = H5Iget_type(id);
    H5Oclose(id);
    return type == H5I_GROUP     ? TJAC_H5_GROUP
           : type == H5I_DATASET ? TJAC_H5_DATASET
                                 : TJAC_H5_OTHER;
}

tjac_h5_kind tjac_h5_find(const tjac_h5 *file, const char *object)
{
    tjac_h5_kind kind = kind_of(file, object);
    file->elsewhere[0] = '\0'; /* said by whoever opens it */
    return kind;
}

tjac_code tjac_h5_members(const tjac_h5 *file, const char *group, tjac_names *out, tjac_err *err)
{
    tjac_code code = TJAC_OK;
    H5G_info_t info;
    hid_t id = H5Oopen(file->id, group, file->access);
    if (id < 0 || H5Gget_info(id, &info) < 0)
        code = h5_fail(file, group, "list", err);
    for (hsize_t i = 0; !code && i < info.nlinks; i++) {
        char name[512];
        ssize_t n = H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, sizeof name,
                                       H5P_DEFAULT);
        code = n < 0 ? h5_fail(file, group, "list", err) : tjac_names_add(out, name, err);
    }
    if (id >= 0)
        H5Oclose(id);
    return code;
}

/* ---- attributes ---- */

/* HDF5 converts neither between fixed and variable length nor
 * between character sets. */
int64_t h5_text_type(int64_t stored)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0)
        return type;
    int variable = H5Tis_variable_str(stored) > 0;
    if (H5Tset_size(type, variable ? H5T_VARIABLE : H5Tget_size(stored)) < 0 ||
        H5Tset_cset(type, H5Tget_cset(stored)) < 0 ||
        (!variable && H5Tset_strpad(type, H5Tget_strpad(stored)) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

size_t h5_unpadded(const char *s, size_t size, int pad)
{
    size_t n = 0;
    while (n < size && s[n] != '\0')
        n++;
    while (pad == H5T_STR_SPACEPAD && n > 0 && s[n - 1] == ' ')
        n--;
    return n;
}

/* An attribute, opened, where it is there. Closed by the caller. */
static tjac_code open_attr(const tjac_h5 *file, const char *object, const char *attr, hid_t *id,
                           tjac_err *err)
{
    *id = -1;
    htri_t there = H5Aexists_by_name(file->id, object, attr, file->access);
    if (there > 0)
        *id = H5Aopen_by_name(file->id, object, attr, H5P_DEFAULT, file->access);
    if (there < 0 || (there > 0 && *id < 0))
        return h5_fail(file, object, "read the attributes of", err);
    return TJAC_OK;
}

/* Number of values and class of their type; negative, as the class, where HDF5 cannot tell. */
static hssize_t attr_shape(hid_t attr, H5T_class_t *class)
{
    hid_t space = H5Aget_space(attr), type = H5Aget_type(attr);
    hssize_t n = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    *class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return n;
}

/* false: HDF5 cannot read it. */
static bool read_attr_text(hid_t attr, hid_t stored, char **out, tjac_err *err)
{
    char *text = NULL;
    hid_t type = h5_text_type(stored);
    bool variable = H5Tis_variable_str(stored) > 0, good = type >= 0;
    size_t size = H5Tget_size(stored);
    if (good && variable) {
        good = H5Aread(attr, type, &text) >= 0;
        *out = good ? tjac_strdup(text ? text : "", err) : NULL;
        H5free_memory(text);
    } else if (good && (text = tjac_alloc(size + 1, 1, err))) {
        good = H5Aread(attr, type, text) >= 0;
        if (good)
            *out = tjac_strndup(text, h5_unpadded(text, size, H5Tget_strpad(stored)), err);
        free(text);
    }
    if (type >= 0)
        H5Tclose(type);
    return good;
}

tjac_code tjac_h5_attr_text(const tjac_h5 *file, const char *object, const char *attr, char **out,
                            tjac_err *err)
{
    hid_t id = -1, stored = -1;
    H5T_class_t class;
    *out = NULL;
    if (open_attr(file, object, attr, &id, err) || id < 0)
        return err->code;
    hssize_t n = attr_shape(id, &class);
    if (n < 0 || class == H5T_NO_CLASS || (stored = H5Aget_type(id)) < 0)
        h5_fail(file, object, "read the attributes of", err);
    else if (class != H5T_STRING || n != 1 ||
             (H5Tis_variable_str(stored) <= 0 && H5Tget_size(stored) > TJAC_H5_STRING))
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': attribute '%s' of '%s' is not one string, as anndata writes it",
                     file->path, attr, object);
    else if (!read_attr_text(id, stored, out, err))
        h5_fail(file, object, "read the attributes of", err);
    if (stored >= 0)
        H5Tclose(stored);
    H5Aclose(id);
    return err->code;
}

tjac_code tjac_h5_attr_pair(const tjac_h5 *file, const char *object, const char *attr,
                            int64_t out[2], int *there, tjac_err *err)
{
    hid_t id = -1;
    H5T_class_t class;
    *there = 0;
    if (open_attr(file, object, attr, &id, err) || id < 0)
        return err->code;
    hssize_t n = attr_shape(id, &class);
    *there = n == 2 && class == H5T_INTEGER;
    if (n >= 0 && class != H5T_NO_CLASS && !*there)
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': attribute '%s' of '%s' is not two integers (rows, columns)", file->path,
                     attr, object);
    else if (!*there || H5Aread(id, H5T_NATIVE_INT64, out) < 0)
        h5_fail(file, object, "read the attributes of", err);
    H5Aclose(id);
    return err->code;
}
