#include "cmd/cmd_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/alloc.h"

const char *const cmd_out_names[] = {
    "j.h5",       "j.csv",           "null_pairs.csv",   "kd_scores.csv",
    "blocks.csv", "panel_stats.csv", "panel_matrix.csv", "concordance.csv",
    "run.json"};

tjac_code cmd_out_there(const char *path, bool *there, tjac_err *err)
{
    struct stat st;
    *there = lstat(path, &st) == 0;
    if (!*there && errno != ENOENT && errno != ENOTDIR)
        tjac_err_set(err, TJAC_EFAIL, "cannot look for '%s': %s", path, strerror(errno));
    return err->code;
}

static tjac_code is_there(const char *dir, const char *name, bool *there, tjac_err *err)
{
    char *path = tjac_path_join(dir, name, err);
    if (path)
        (void)!cmd_out_there(path, there, err);
    free(path);
    return err->code;
}

static tjac_code find_state(cmd_out *o, tjac_err *err)
{
    bool there[CMD_OUT_NAMES] = {false};
    for (size_t i = 0; i < CMD_OUT_NAMES; i++)
        if (is_there(o->dir, cmd_out_names[i], &there[i], err))
            return err->code;
    o->state = CMD_OUT_EMPTY;
    if (there[0])
        o->state = there[CMD_OUT_NAMES - 1] ? CMD_OUT_FINISHED : CMD_OUT_UNFINISHED;
    for (size_t i = 1; o->state == CMD_OUT_EMPTY && i < CMD_OUT_NAMES; i++)
        if (there[i]) {
            o->state = CMD_OUT_OTHER;
            o->other = tjac_path_join(o->dir, cmd_out_names[i], err);
        }
    return err->code;
}

tjac_code cmd_out_take(const char *dir, cmd_out *out, char **notice, tjac_err *err)
{
    struct stat st;
    *out = (cmd_out){.dir = dir, .made = stat(dir, &st) != 0};
    if (tjac_folder_make(dir, err) || tjac_folder_lock_take(dir, &out->lock, notice, err) ||
        !(out->jfile = tjac_path_join(dir, cmd_out_names[0], err)) ||
        tjac_folder_clean(dir, cmd_out_names, CMD_OUT_NAMES, err))
        return err->code;
    return find_state(out, err);
}

static tjac_code remove_file(const char *dir, const char *name, tjac_err *err)
{
    char *path = tjac_path_join(dir, name, err);
    if (path && unlink(path) != 0 && errno != ENOENT)
        tjac_err_set(err, TJAC_EFAIL, "cannot remove '%s': %s", path, strerror(errno));
    free(path);
    return err->code;
}

tjac_code cmd_out_empty(const cmd_out *o, tjac_err *err)
{
    for (size_t i = CMD_OUT_NAMES; i > 0; i--)
        if (remove_file(o->dir, cmd_out_names[i - 1], err))
            break;
    return err->code;
}

void cmd_out_abandon(const cmd_out *o)
{
    tjac_err ignored = {0};
    if (!o->lock)
        return;
    if (tjac_folder_clean(o->dir, cmd_out_names, CMD_OUT_NAMES, &ignored))
        tjac_err_clear(&ignored);
    unlink(tjac_folder_lock_path(o->lock));
    if (o->made)
        rmdir(o->dir); /* stays where something is in it */
}

void cmd_out_leave(cmd_out *o, bool nothing)
{
    if (nothing && (o->state == CMD_OUT_EMPTY || o->state == CMD_OUT_OTHER))
        unlink(o->jfile);
    tjac_folder_unlock(o->lock);
    if (o->made && nothing)
        rmdir(o->dir); /* stays where something is in it */
    free(o->jfile);
    free(o->other);
    *o = (cmd_out){0};
}
