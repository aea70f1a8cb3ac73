/* h5_write.c: the writing half of h5.h. */
#include "base/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/alloc.h"
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

struct tjac_h5_writer {
    hid_t id, driver; /* the driver outlives the file: HDF5 still uses it when it has closed */
    char *path;       /* for messages */
    int error;        /* errno of the first write that failed */
};

/* ---- the disk ----
 *
 * HDF5 cannot close a file whose last buffers it cannot write: it keeps the file half closed and
 * crashes on it at exit, so that a full disk would end in a crash. This driver does what HDF5's
 * own does (no locks: nobody else opens the file), but the first failed write is kept in the
 * writer, and from then on HDF5 is told that all is well. Every function below asks for it. */

typedef struct {
    H5FD_t public; /* HDF5 wants this first */
    int fd;
    int *error; /* the writer's */
    haddr_t eoa, eof;
} disk;

typedef struct {
    int *error;
} disk_info;

static H5FD_t *disk_open(const char *name, unsigned flags, hid_t fapl, haddr_t most)
{
    const disk_info *info = H5Pget_driver_info(fapl);
    disk *d = calloc(1, sizeof *d);
    (void)most;
    if (!d || !info) {
        free(d);
        return NULL;
    }
    d->error = info->error;
    d->fd = open(name,
                 O_RDWR | O_CLOEXEC | O_NOFOLLOW | (flags & H5F_ACC_TRUNC ? O_CREAT | O_TRUNC : 0),
                 0666);
    *d->error = d->fd < 0 ? errno : 0;
    if (d->fd < 0) {
        free(d);
        return NULL;
    }
    off_t end = lseek(d->fd, 0, SEEK_END);
    d->eof = end > 0 ? (haddr_t)end : 0;
    return &d->public;
}

static void disk_note(disk *d)
{
    if (*d->error == 0)
        *d->error = errno ? errno : EIO;
}

static herr_t disk_close(H5FD_t *file)
{
    disk *d = (disk *)file;
    if (close(d->fd) != 0)
        disk_note(d);
    free(d);
    return 0;
}

static herr_t disk_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t disk_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const disk *)file)->eoa;
}

static herr_t disk_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t eoa)
{
    (void)type;
    ((disk *)file)->eoa = eoa;
    return 0;
}

static haddr_t disk_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const disk *)file)->eof;
}

static herr_t disk_read(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t at, size_t size,
                        void *buf)
{
    disk *d = (disk *)file;
    (void)type, (void)dxpl;
    for (char *to = buf; size > 0;) {
        ssize_t n = pread(d->fd, to, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            disk_note(d);
            return -1;
        }
        if (n == 0) { /* beyond the end */
            memset(to, 0, size);
            return 0;
        }
        to += n;
        at += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static herr_t disk_write(H5FD_t *file, H5FD_mem_t type, hid_t dxpl, haddr_t at, size_t size,
                         const void *buf)
{
    disk *d = (disk *)file;
    (void)type, (void)dxpl;
    if (at + size > d->eof)
        d->eof = at + size;
    for (const char *from = buf; size > 0 && *d->error == 0;) {
        ssize_t n = pwrite(d->fd, from, size, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            disk_note(d);
            break;
        }
        from += n;
        at += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static herr_t disk_truncate(H5FD_t *file, hid_t dxpl, hbool_t closing)
{
    disk *d = (disk *)file;
    (void)dxpl, (void)closing;
    if (d->eof != d->eoa && *d->error == 0 && ftruncate(d->fd, (off_t)d->eoa) != 0)
        disk_note(d);
    d->eof = d->eoa;
    return 0;
}

static const H5FD_class_t disk_class = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = 511, /* 256 to 511 are for drivers that are not registered */
#endif
    .name = "tjac",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(disk_info),
    .open = disk_open,
    .close = disk_close,
    .query = disk_query,
    .get_eoa = disk_eoa,
    .set_eoa = disk_set_eoa,
    .get_eof = disk_eof,
    .read = disk_read,
    .write = disk_write,
    .truncate = disk_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

/* ---- the file ---- */

/* object: NULL for the file as a whole. */
static tjac_code fail(const tjac_h5_writer *w, const char *object, tjac_err *err)
{
    char why[TJAC_H5_REASON];
    if (w->error)
        return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s': %s", w->path, strerror(w->error));
    tjac_h5_reason(why);
    return tjac_err_set(err, TJAC_EFAIL, "cannot write '%s' of '%s' (HDF5: %s)",
                        object ? object : "/", w->path, why);
}

/* How a file, a group or a dataset is made: without its times, so that equal content is equal
 * bytes. Closed by the caller. */
static hid_t without_times(hid_t class)
{
    hid_t list = H5Pcreate(class);
    if (list >= 0 && H5Pset_obj_track_times(list, 0) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

/* In the format of HDF5 1.8, whose metadata have checksums: HDF5 says that a damaged file is one,
 * where it may crash on one of the older format. */
static hid_t create_file(tjac_h5_writer *w, const char *path)
{
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS), fcpl = without_times(H5P_FILE_CREATE), id = -1;
    const disk_info info = {&w->error};
    w->driver = H5FDregister(&disk_class);
    if (fapl >= 0 && fcpl >= 0 && w->driver >= 0 && H5Pset_driver(fapl, w->driver, &info) >= 0 &&
        H5Pset_libver_bounds(fapl, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0)
        id = H5Fcreate(path, H5F_ACC_TRUNC, fcpl, fapl);
    hid_t why = H5Eget_current_stack(); /* any call clears the stack: keep it over this one */
    if (fcpl >= 0)
        H5Pclose(fcpl);
    if (fapl >= 0)
        H5Pclose(fapl);
    H5Eset_current_stack(why);
    return id;
}

tjac_code tjac_h5_create(const char *path, const char *called, tjac_h5_writer **out, tjac_err *err)
{
    tjac_h5_writer *w = tjac_alloc(1, sizeof *w, err);
    if (!w)
        return err->code;
    w->id = w->driver = -1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* HDF5 prints its errors unless told not to */
    if ((w->path = tjac_strdup(called, err)) && ((w->id = create_file(w, path)) < 0 || w->error))
        fail(w, NULL, err);
    if (err->code) {
        tjac_h5_abandon(w);
        return err->code;
    }
    *out = w;
    return TJAC_OK;
}

tjac_code tjac_h5_finish(tjac_h5_writer *writer, tjac_err *err)
{
    if (writer->id >= 0 && H5Fclose(writer->id) < 0)
        fail(writer, NULL, err);
    if (writer->error)
        fail(writer, NULL, err);
    if (writer->driver >= 0)
        H5FDunregister(writer->driver);
    free(writer->path);
    free(writer);
    return err->code;
}

void tjac_h5_abandon(tjac_h5_writer *writer)
{
    tjac_err ignored = {0};
    if (writer && tjac_h5_finish(writer, &ignored))
        tjac_err_clear(&ignored);
}

/* ---- datasets ---- */

/* Makes a group that is not there yet. */
static bool make_group(const tjac_h5_writer *w, const char *group, hid_t gcpl)
{
    htri_t there = H5Lexists(w->id, group, H5P_DEFAULT);
    if (there != 0)
        return there > 0;
    hid_t id = H5Gcreate2(w->id, group, H5P_DEFAULT, gcpl, H5P_DEFAULT);
    return id >= 0 && H5Gclose(id) >= 0;
}

/* The groups on the way to an object: those that HDF5 makes by itself have times. */
static bool make_groups(const tjac_h5_writer *w, const char *object)
{
    size_t n = strlen(object);
    char *group = malloc(n + 1);
    hid_t gcpl = without_times(H5P_GROUP_CREATE);
    bool made = group && gcpl >= 0;
    for (size_t i = 1; made && i < n; i++)
        if (object[i] == '/') {
            memcpy(group, object, i);
            group[i] = '\0';
            made = make_group(w, group, gcpl);
        }
    hid_t why = H5Eget_current_stack();
    if (gcpl >= 0)
        H5Pclose(gcpl);
    H5Eset_current_stack(why);
    free(group);
    return made;
}

/* One piece, all of it there from the start, nothing written into it. Closed by the caller. */
static hid_t whole(void)
{
    hid_t dcpl = without_times(H5P_DATASET_CREATE);
    if (dcpl >= 0 && (H5Pset_layout(dcpl, H5D_CONTIGUOUS) < 0 ||
                      H5Pset_alloc_time(dcpl, H5D_ALLOC_TIME_EARLY) < 0 ||
                      H5Pset_fill_time(dcpl, H5D_FILL_TIME_NEVER) < 0)) {
        H5Pclose(dcpl);
        return -1;
    }
    return dcpl;
}

/* Closed by the caller. */
static hid_t create(const tjac_h5_writer *w, const char *dataset, hid_t type,
                    const tjac_h5_shape *shape)
{
    hsize_t extent[TJAC_H5_MOST_DIMS];
    for (size_t d = 0; d < shape->rank; d++)
        extent[d] = shape->extent[d];
    hid_t dcpl = whole(), space = H5Screate_simple((int)shape->rank, extent, NULL), id = -1;
    if (dcpl >= 0 && space >= 0 && make_groups(w, dataset))
        id = H5Dcreate2(w->id, dataset, type, space, H5P_DEFAULT, dcpl, H5P_DEFAULT);
    hid_t why = H5Eget_current_stack();
    if (space >= 0)
        H5Sclose(space);
    if (dcpl >= 0)
        H5Pclose(dcpl);
    H5Eset_current_stack(why);
    return id;
}

static hid_t stored(tjac_h5_number number)
{
    switch (number) {
    case TJAC_H5_F64:
        return H5T_IEEE_F64LE;
    case TJAC_H5_F32:
        return H5T_IEEE_F32LE;
    case TJAC_H5_U32:
        return H5T_STD_U32LE;
    default:
        return H5T_STD_I32LE;
    }
}

tjac_code tjac_h5_reserve(tjac_h5_writer *w, const char *dataset, tjac_h5_number number,
                          const tjac_h5_shape *shape, tjac_err *err)
{
    hid_t id = create(w, dataset, stored(number), shape);
    if (id < 0 || w->error)
        fail(w, dataset, err);
    if (id >= 0 && H5Dclose(id) < 0)
        fail(w, dataset, err);
    return err->code;
}

static tjac_code write_vector(tjac_h5_writer *w, const char *dataset, hid_t type, hid_t memory,
                              const void *value, size_t n, tjac_err *err)
{
    const tjac_h5_shape shape = {1, {n}};
    hid_t id = create(w, dataset, type, &shape);
    if (id < 0 || w->error ||
        (n > 0 && H5Dwrite(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) < 0) || w->error)
        fail(w, dataset, err);
    if (id >= 0 && (H5Dclose(id) < 0 || w->error))
        fail(w, dataset, err);
    return err->code;
}

tjac_code tjac_h5_write_i32(tjac_h5_writer *w, const char *dataset, const int32_t *value, size_t n,
                            tjac_err *err)
{
    return write_vector(w, dataset, H5T_STD_I32LE, H5T_NATIVE_INT32, value, n, err);
}

tjac_code tjac_h5_write_f64(tjac_h5_writer *w, const char *dataset, const double *value, size_t n,
                            tjac_err *err)
{
    return write_vector(w, dataset, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, value, n, err);
}

/* ---- text ----
 *
 * Of a fixed length, that of the longest, filled up with NUL: those of variable length are kept in
 * a heap without a checksum, on which HDF5 crashes when it is damaged. */

/* Closed by the caller. */
static hid_t text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
                      H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

/* Length of the longest; at least 1, as HDF5 knows no strings of none. */
static size_t longest(const char *const *text, size_t n)
{
    size_t most = 1;
    for (size_t i = 0; i < n; i++)
        if (strlen(text[i]) > most)
            most = strlen(text[i]);
    return most;
}

tjac_code tjac_h5_write_names(tjac_h5_writer *w, const char *dataset, const char *const *name,
                              size_t n, tjac_err *err)
{
    size_t size = longest(name, n);
    char *block = tjac_alloc(n, size, err);
    if (!block)
        return err->code;
    for (size_t i = 0; i < n; i++)
        memcpy(block + i * size, name[i], strlen(name[i]));
    hid_t type = text_type(size);
    if (type < 0)
        fail(w, dataset, err);
    else
        (void)!write_vector(w, dataset, type, type, block, n, err);
    if (type >= 0)
        H5Tclose(type);
    free(block);
    return err->code;
}

tjac_code tjac_h5_put_attr_text(tjac_h5_writer *w, const char *object, const char *attr,
                                const char *text, tjac_err *err)
{
    size_t size = longest(&text, 1);
    char *block = tjac_alloc(1, size, err); /* "" is a NUL of this size too */
    if (!block)
        return err->code;
    memcpy(block, text, strlen(text));
    hid_t type = text_type(size), space = H5Screate(H5S_SCALAR), id = -1;
    hid_t of = H5Oopen(w->id, object, H5P_DEFAULT);
    if (type >= 0 && space >= 0 && of >= 0)
        id = H5Acreate2(of, attr, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (id < 0 || H5Awrite(id, type, block) < 0 || w->error)
        fail(w, attr, err);
    if (id >= 0)
        H5Aclose(id);
    if (of >= 0)
        H5Oclose(of);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    free(block);
    return err->code;
}

/* ---- where numbers are ---- */

/* No soft or external link is on the way to an object: it is in this file. */
static bool is_own(const tjac_h5_data *d, tjac_err *err)
{
    char *path = tjac_strdup(d->name, err);
    bool own = path != NULL;
    for (char *end = path ? path + 1 : NULL; own && end;) {
        H5L_info_t link;
        if ((end = strchr(end, '/')))
            *end = '\0';
        own = H5Lget_info(d->file->id, path, &link, H5P_DEFAULT) >= 0 && link.type == H5L_TYPE_HARD;
        if (end)
            *end++ = '/';
    }
    free(path);
    return own;
}

tjac_code tjac_h5_data_place(const tjac_h5_data *d, tjac_h5_number number, uint64_t *at,
                             tjac_err *err)
{
    hid_t dcpl = H5Dget_create_plist(d->id);
    int same = H5Tequal(d->type_id, stored(number)) > 0;
    int one_piece =
        dcpl >= 0 && H5Pget_layout(dcpl) == H5D_CONTIGUOUS && H5Pget_external_count(dcpl) == 0;
    haddr_t first = H5Dget_offset(d->id);
    uint64_t bytes = d->n_rows * d->n_cols * H5Tget_size(d->type_id);
    if (dcpl >= 0)
        H5Pclose(dcpl);
    if (bytes == 0 && same)
        first = 0; /* has no place */
    if (!is_own(d, err) || !same || (bytes && !one_piece) || first == HADDR_UNDEF ||
        first > d->file->bytes || bytes > d->file->bytes - first)
        return tjac_err_set(err, TJAC_EINPUT,
                            "'%s': '%s' is not stored as tjac writes it, in one piece inside the "
                            "file; the file is damaged or of another version",
                            d->file->path, d->name);
    *at = first;
    return TJAC_OK;
}
