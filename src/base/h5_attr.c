#include "base/h5.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

/* Appends n strings that stand one after the other, of variable length or of `size` bytes each. */
static tjac_code add_strings(const void *buffer, size_t n, int variable, size_t size, int spaces,
                             tjac_names *out, tjac_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *s = variable ? ((char *const *)buffer)[i] : (const char *)buffer + i * size;
        s = s ? s : "";
        size_t length = variable ? strlen(s) : strnlen(s, size);
        while (spaces && length > 0 && s[length - 1] == ' ')
            length--;
        if (tjac_names_addn(out, s, length, err))
            return err->code;
    }
    return TJAC_OK;
}

/* The type that is stored is the one that is read as: no string is converted. */
static tjac_code read_strings(hid_t attr, hid_t type, hid_t space, tjac_names *out, int *bad,
                              tjac_err *err)
{
    hssize_t points = H5Sget_simple_extent_npoints(space);
    size_t n = points > 0 ? (size_t)points : 0;
    int variable = H5Tis_variable_str(type) > 0;
    size_t size = variable ? sizeof(char *) : H5Tget_size(type);
    void *buffer = points < 0 ? NULL : tjac_alloc(n, size, err);
    *bad = points < 0 || (buffer && n && H5Aread(attr, type, buffer) < 0);
    if (buffer && !*bad) {
        (void)!add_strings(buffer, n, variable, size, H5Tget_strpad(type) == H5T_STR_SPACEPAD, out,
                           err);
        if (variable && n)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
    }
    free(buffer);
    return err->code;
}

tjac_code tjac_h5_attr_names(const tjac_h5 *file, const char *object, const char *attr,
                             tjac_names *out, tjac_err *err)
{
    hid_t id = H5Aopen_by_name(file->id, object, attr, H5P_DEFAULT, H5P_DEFAULT);
    hid_t type = id < 0 ? -1 : H5Aget_type(id);
    hid_t space = id < 0 ? -1 : H5Aget_space(id);
    int bad = type < 0 || space < 0;
    /* an empty list has no type: anndata writes numbers */
    if (!bad && H5Sget_simple_extent_npoints(space) != 0)
        bad = H5Tget_class(type) != H5T_STRING || read_strings(id, type, space, out, &bad, err);
    if (bad && !err->code)
        tjac_err_set(err, TJAC_EINPUT,
                     "'%s': attribute '%s' of '%s' is no list of names, as anndata writes it",
                     file->path, attr, object);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    if (id >= 0)
        H5Aclose(id);
    return err->code;
}
