#include "model/model_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/alloc.h"
#include "base/text.h"

/* More names than these are counted, not told. */
enum { MOST_TOLD = 8 };

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
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

/* ---- what a folder holds ---- */

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static bool is_ckpt(const char *name)
{
    return ends_with(name, ".ckpt");
}

/* Weights in a form that is none of Lightning's checkpoints. */
static bool is_foreign(const char *name)
{
    return ends_with(name, ".safetensors") || ends_with(name, ".safetensors.index.json") ||
           ends_with(name, ".distcp") || ends_with(name, ".bin");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds the sorted names in dir that `wanted` takes; a folder that is not there has none. */
static tjac_code list_folder(const char *dir, bool (*wanted)(const char *), tjac_names *out,
                             tjac_err *err)
{
    DIR *d = opendir(dir);
    char **name = NULL;
    size_t n = 0, cap = 0;
    if (!d && errno == ENOENT)
        return TJAC_OK;
    if (!d)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s", dir, strerror(errno));
    for (struct dirent *e; !err->code && (e = readdir(d)) != NULL;)
        if (wanted(e->d_name) && !tjac_grow((void **)&name, &cap, n + 1, sizeof *name, err)) {
            name[n] = tjac_strdup(e->d_name, err);
            n += name[n] != NULL;
        }
    closedir(d);
    if (n) /* readdir's order is the file system's */
        qsort(name, n, sizeof *name, compare_names);
    tjac_code code = err->code;
    for (size_t i = 0; i < n; i++) {
        if (!code)
            code = tjac_names_add(out, name[i], err);
        free(name[i]);
    }
    free(name);
    return code;
}

/* "a, b and 3 more", without the name `but`. */
static void add_list(tjac_text *t, const tjac_names *names, const char *but)
{
    size_t told = 0, more = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (but && strcmp(names->name[i], but) == 0)
            continue;
        if (told < MOST_TOLD)
            tjac_text_add(t, "%s%s", told++ ? ", " : "", names->name[i]);
        else
            more++;
    }
    if (more)
        tjac_text_add(t, " and %zu more", more);
    if (!told)
        tjac_text_add(t, "none");
}

/* ---- a path that is no model folder ---- */

/* Whether files of a model folder stand in dir. */
static bool is_model(const char *dir)
{
    static const char *const names[] = {"config.yaml", "var_dims.pkl", "pert_onehot_map.pt", NULL};
    tjac_err err = {0};
    char *found = NULL, *folder = tjac_path_join(dir, "checkpoints", &err);
    bool is = folder && is_folder(folder);
    tjac_artifact_find(dir, names, &found, &err);
    is = is || found;
    free(found);
    free(folder);
    tjac_err_clear(&err);
    return is;
}

/* The folder in which `path` stands, owned. */
static char *parent_of(const char *path, tjac_err *err)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    while (n > 0 && path[n - 1] != '/')
        n--;
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n ? tjac_strndup(path, n, err) : tjac_strdup(".", err);
}

static bool is_name(const char *name)
{
    return name[0] != '.';
}

/* The model folders in dir: sets an error that names them, if there are any. */
static tjac_code name_models_in(const char *dir, tjac_err *err)
{
    tjac_names all = {0}, models = {0};
    tjac_text t = {0};
    tjac_code code = list_folder(dir, is_name, &all, err);
    for (size_t i = 0; i < all.n && !code; i++) {
        char *path = tjac_path_join(dir, all.name[i], err);
        if (!path)
            code = err->code;
        else if (is_folder(path) && is_model(path))
            code = tjac_names_add(&models, path, err);
        free(path);
    }
    add_list(&t, &models, NULL);
    if (models.n && !code)
        tjac_err_set(err, TJAC_EUSAGE, "'%s' is no model folder, but holds %s: %s; give %s", dir,
                     models.n == 1 ? "one" : "some", t.text ? t.text : "?",
                     models.n == 1 ? "that" : "one of them");
    tjac_text_free(&t);
    tjac_names_free(&models);
    tjac_names_free(&all);
    return err->code;
}

/* Says which folder is meant where `dir` is a checkpoint, the folder of them, or one above. */
static tjac_code check_dir(const char *dir, tjac_err *err)
{
    struct stat st;
    if (stat(dir, &st) != 0)
        return tjac_err_set(err, TJAC_EUSAGE, "cannot open '%s': %s; expected a model folder", dir,
                            strerror(errno));
    if (S_ISDIR(st.st_mode) && is_model(dir))
        return TJAC_OK;
    char *above = parent_of(dir, err), *model = above ? parent_of(above, err) : NULL;
    if (!model)
        goto done;
    if (S_ISDIR(st.st_mode) && is_model(above))
        tjac_err_set(err, TJAC_EUSAGE, "'%s' is a folder of the model folder '%s'; give that one",
                     dir, above);
    else if (!S_ISDIR(st.st_mode) && (is_model(above) || is_model(model)))
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' is a file, expected a model folder; give '%s', and the checkpoint's "
                     "name in models[].checkpoint",
                     dir, is_model(above) ? above : model);
    else if (!S_ISDIR(st.st_mode))
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' is a file, expected a model folder: one with config.yaml, the maps and "
                     "'checkpoints'",
                     dir);
    else
        name_models_in(dir, err);
done:
    free(above);
    free(model);
    return err->code;
}

/* ---- the checkpoint ---- */

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

/* best, final, last, the newest step, or the only one there is. */
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
    return !newest && found->n == 1 ? found->name[0] : newest;
}

/* The checkpoints in `folder` and what else there looks like weights, for an error. */
static tjac_code not_found(const char *folder, const char *name, const tjac_names *found,
                           tjac_err *err)
{
    tjac_text list = {0}, other = {0};
    tjac_names foreign = {0};
    if (list_folder(folder, is_foreign, &foreign, err))
        goto done;
    add_list(&list, found, NULL);
    if (foreign.n && !found->n) {
        tjac_text_add(&other, "; tjac does not read ");
        add_list(&other, &foreign, NULL);
    }
    if (name)
        tjac_err_set(err, TJAC_EUSAGE, "there is no checkpoint '%s' in '%s'; found: %s%s", name,
                     folder, list.text ? list.text : "?", other.text ? other.text : "");
    else
        tjac_err_set(err, TJAC_EUSAGE,
                     "'%s' has no best.ckpt, final.ckpt, last.ckpt or step=N.ckpt; found: %s%s; "
                     "name one in the config's models[].checkpoint, or give a model folder with "
                     "'checkpoints'",
                     folder, list.text ? list.text : "?", other.text ? other.text : "");
done:
    tjac_text_free(&list);
    tjac_text_free(&other);
    tjac_names_free(&foreign);
    return err->code;
}

/* A checkpoint that is a folder: shards of a distributed one. */
static tjac_code check_file(const char *path, tjac_err *err)
{
    if (!is_folder(path))
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EINPUT,
                        "'%s' is a folder: a checkpoint in shards (FSDP, DeepSpeed), which tjac "
                        "does not read; make one file of it, as with 'python -m "
                        "lightning.pytorch.utilities.consolidate_checkpoint'",
                        path);
}

/* A path of its own, from the config file's folder. */
static tjac_code take_path(const char *path, char **out, tjac_err *err)
{
    if (!is_file(path) && !is_folder(path))
        return tjac_err_set(err, TJAC_EUSAGE, "there is no checkpoint '%s'", path);
    if (check_file(path, err))
        return err->code;
    *out = tjac_strdup(path, err);
    return err->code;
}

static tjac_code warn_others(const char *folder, const char *taken, const tjac_names *found,
                             tjac_names *warnings, tjac_err *err)
{
    tjac_text t = {0};
    if (found->n < 2)
        return TJAC_OK;
    tjac_text_add(&t, "'%s' has several checkpoints: %s is taken, not ", folder, taken);
    add_list(&t, found, taken);
    tjac_text_add(&t, "; models[].checkpoint names another");
    return tjac_names_take(warnings, &t, err);
}

tjac_code tjac_checkpoint_find(const char *dir, const char *name, char **out, tjac_names *warnings,
                               tjac_err *err)
{
    tjac_names found = {0}, beside = {0};
    char *folder = NULL, *path = NULL;
    if (check_dir(dir, err))
        return err->code;
    if (name && strchr(name, '/'))
        return take_path(name, out, err);
    folder = tjac_path_join(dir, "checkpoints", err);
    if (!folder || list_folder(folder, is_ckpt, &found, err) ||
        list_folder(dir, is_ckpt, &beside, err))
        goto done;
    /* beside config.yaml: where there are none in 'checkpoints', or this one is named */
    bool here = name ? tjac_names_find(&found, name) < 0 && tjac_names_find(&beside, name) >= 0
                     : found.n == 0 && beside.n > 0;
    const tjac_names *list = here ? &beside : &found;
    const char *in = here || !is_folder(folder) ? dir : folder;
    const char *taken = name ? name : preferred(list);
    if (!taken || tjac_names_find(list, taken) < 0) {
        not_found(in, name, list, err);
        goto done;
    }
    path = tjac_path_join(in, taken, err);
    if (path && !check_file(path, err) && !name)
        warn_others(in, taken, list, warnings, err);
done:
    free(folder);
    tjac_names_free(&found);
    tjac_names_free(&beside);
    if (err->code) {
        free(path);
        return err->code;
    }
    *out = path;
    return TJAC_OK;
}
