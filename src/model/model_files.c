#include "model/model_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/text.h"

static int is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

tjac_code tjac_artifact_find(const char *dir, const char *const *names, char **out, tjac_err *err)
{
    *out = NULL;
    for (; *names; names++) {
        char *path = tjac_path_join(dir, *names, err);
        if (!path)
            return err->code;
        if (is_file(path)) {
            *out = path;
            return TJAC_OK;
        }
        free(path);
    }
    return TJAC_OK;
}

/* The number after the last "step=", -1 when there is none. */
static long long step_of(const char *name)
{
    long long step = -1;
    for (const char *p = name; (p = strstr(p, "step=")) != NULL; p += 5) {
        char *end;
        errno = 0;
        long long v = strtoll(p + 5, &end, 10);
        if (end != p + 5 && errno == 0)
            step = v;
    }
    return step;
}

static int is_ckpt(const char *name)
{
    size_t n = strlen(name);
    return n > 5 && strcmp(name + n - 5, ".ckpt") == 0;
}

/* Names of the .ckpt files in dir, for messages and for the newest step. */
static tjac_code list_checkpoints(const char *dir, tjac_names *out, tjac_err *err)
{
    DIR *d = opendir(dir);
    if (!d)
        return tjac_err_set(err, TJAC_EUSAGE,
                            "cannot open '%s': %s; expected a model directory "
                            "with a folder 'checkpoints'",
                            dir, strerror(errno));
    tjac_code code = TJAC_OK;
    for (struct dirent *e; !code && (e = readdir(d)) != NULL;)
        if (is_ckpt(e->d_name))
            code = tjac_names_add(out, e->d_name, err);
    closedir(d);
    return code;
}

static const char *preferred(const tjac_names *found)
{
    static const char *const first[] = {"best.ckpt", "final.ckpt", "last.ckpt"};
    const char *newest = NULL;
    for (size_t i = 0; i < 3; i++)
        if (tjac_names_find(found, first[i]) >= 0)
            return first[i];
    for (size_t i = 0; i < found->n; i++) {
        long long step = step_of(found->name[i]);
        if (step >= 0 && (!newest || step > step_of(newest)))
            newest = found->name[i];
    }
    return newest;
}

static tjac_code not_found(const char *dir, const char *name, const tjac_names *found,
                           tjac_err *err)
{
    tjac_text list = {0};
    for (size_t i = 0; i < found->n; i++)
        tjac_text_add(&list, "%s%s", i ? ", " : "", found->name[i]);
    if (name)
        tjac_err_set(err, TJAC_EUSAGE, "there is no checkpoint '%s' in '%s'; found: %s", name, dir,
                     list.text ? list.text : "none");
    else
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' has no best.ckpt, final.ckpt, last.ckpt or step=N.ckpt; found: %s; name "
                     "one in the config's models[].checkpoint",
                     dir, list.text ? list.text : "none");
    tjac_text_free(&list);
    return err->code;
}

tjac_code tjac_checkpoint_find(const char *dir, const char *name, char **out, tjac_err *err)
{
    tjac_names found = {0};
    char *folder = tjac_path_join(dir, "checkpoints", err), *path = NULL;
    if (!folder)
        return err->code;
    if (name && strchr(name, '/')) { /* a path of its own, from the config file's folder */
        path = tjac_strdup(name, err);
        if (path && !is_file(path))
            tjac_err_set(err, TJAC_EUSAGE, "there is no checkpoint '%s'", name);
        goto done;
    }
    if (list_checkpoints(folder, &found, err))
        goto done;
    const char *wanted = name ? name : preferred(&found);
    if (!wanted || tjac_names_find(&found, wanted) < 0) {
        not_found(folder, name, &found, err);
        goto done;
    }
    path = tjac_path_join(folder, wanted, err);
done:
    free(folder);
    tjac_names_free(&found);
    if (err->code) {
        free(path);
        return err->code;
    }
    *out = path;
    return TJAC_OK;
}
