/* Where a run writes: the folder, and the file of the full Jacobian. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "config/config_take.h"

static bool is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* The folder of the command line: relative to the working folder. NULL on failure. */
static char *folder_here(const char *folder, tjac_err *err)
{
    if (is_stdout(folder))
        return tjac_strdup(folder, err);
    char *here = tjac_config_folder("-", err);
    char *path = here ? tjac_path_join(here, folder, err) : NULL;
    free(here);
    return path;
}

/* Also where the command line names another folder: a bad config stays one. */
tjac_code tjac_take_out(const tjac_taker *t, const char *folder, char **out)
{
    const tjac_value *v = tjac_take_value(t, "out");
    if (v->kind == TJAC_V_STRING && is_stdout(v->u.str.s))
        return tjac_take_refuse(t, "out",
                                "'%sout' is '-', expected a folder; standard output is asked for "
                                "on the command line, with --out -",
                                t->path);
    if (tjac_take_path(t, "out", true, false, out) || !folder)
        return t->err->code;
    free(*out);
    if (!(*out = folder_here(folder, t->err)))
        return t->err->code;
    return tjac_value_put(t->doc, t->v, "out",
                          tjac_value_string(t->doc, *out, strlen(*out), t->err), t->err);
}

static tjac_code bad_full(const tjac_taker *t, const char *path, const char *why)
{
    return tjac_take_refuse(t, "full", "'%sfull' is '%s', %s", t->path, path, why);
}

static tjac_code take_given_full(const tjac_taker *t, const char *given, const char *out,
                                 char **full)
{
    struct stat info;
    if (is_stdout(given))
        return bad_full(t, given,
                        "but it is an HDF5 file and cannot go to standard output; expected a file "
                        "name, such as full.h5");
    if (is_stdout(out))
        return bad_full(t, given,
                        "and with --out - no file is written; give --out DIR, or --set "
                        "jacobian.full=null");
    if (!(*full = tjac_path_join(out, given, t->err)) ||
        tjac_value_put(t->doc, t->v, "full",
                       tjac_value_string(t->doc, *full, strlen(*full), t->err), t->err))
        return t->err->code;
    if ((*full)[strlen(*full) - 1] == '/' || (stat(*full, &info) == 0 && S_ISDIR(info.st_mode)))
        return bad_full(t, *full, "which is a folder; expected a file, such as full.h5");
    return TJAC_OK;
}

tjac_code tjac_take_full(const tjac_taker *t, const char *out, char **full)
{
    char *given = NULL;
    if (!tjac_take_string(t, "full", false, &given) && given)
        (void)!take_given_full(t, given, out, full);
    free(given);
    return t->err->code;
}
