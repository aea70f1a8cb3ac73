/* Where a run writes: the folder, and the file of the full Jacobian. */
#include <errno.h>
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
    char *here = realpath(".", NULL);
    if (!here)
        tjac_err_set(err, TJAC_EFAIL, "cannot find the working folder: %s", strerror(errno));
    char *path = here ? tjac_path_join(here, folder, err) : NULL;
    free(here);
    return path;
}

/* Also where the command line names another folder: a bad config stays one. */
tjac_code tjac_take_out(const tjac_taker *t, const char *folder, char **out)
{
    const tjac_value *v = tjac_take_value(t, "out");
    if (v->kind == TJAC_V_STRING && is_stdout(v->u.str.s))
        return tjac_err_set(t->err, TJAC_EUSAGE,
                            "'%s': '%sout' is '-', expected a folder; standard output is asked for "
                            "on the command line, with --out -",
                            t->what, t->path);
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
    return tjac_err_set(t->err, TJAC_EUSAGE, "'%s': '%sfull' is '%s', %s", t->what, t->path, path,
                        why);
}

tjac_code tjac_take_full(const tjac_taker *t, const char *out, char **full)
{
    const tjac_value *v = tjac_take_value(t, "full");
    const char *given = v->kind == TJAC_V_STRING ? v->u.str.s : "";
    tjac_taker inside = *t;
    struct stat info;
    inside.dir = out;
    if (is_stdout(given))
        return bad_full(t, given,
                        "but it is an HDF5 file and cannot go to standard output; expected a file "
                        "name, such as full.h5");
    if (*given && is_stdout(out))
        return bad_full(t, given,
                        "and with --out - no file is written; give --out DIR, or --set "
                        "jacobian.full=null");
    if (tjac_take_path(&inside, "full", false, false, full) || !*full)
        return t->err->code;
    if ((*full)[strlen(*full) - 1] == '/' || (stat(*full, &info) == 0 && S_ISDIR(info.st_mode)))
        return bad_full(t, *full, "which is a folder; expected a file, such as full.h5");
    return TJAC_OK;
}
