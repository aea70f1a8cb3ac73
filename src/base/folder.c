#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include "base/alloc.h"
#include "base/text.h"

enum { RANDOM = 6 }; /* letters of a temporary name */
static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
static const char probe_name[] = "tjac";

/* ---- making it ---- */

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* mkdir alone does not tell: a folder that is there may fail with EEXIST, EROFS or EACCES. */
static tjac_code make_one(const char *path, tjac_err *err)
{
    if (mkdir(path, 0777) == 0)
        return TJAC_OK;
    int reason = errno;
    if (is_folder(path))
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EFAIL, "cannot make the folder '%s': %s", path, strerror(reason));
}

tjac_code tjac_folder_above(const char *path, tjac_err *err)
{
    char *copy = tjac_strdup(path, err);
    if (!copy)
        return err->code;
    for (char *p = copy; *p && !err->code; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0';
        make_one(copy, err);
        *p = '/';
    }
    free(copy);
    return err->code;
}

/* The errno, or 0. */
static int try_to_write(const char *path)
{
    char *file = NULL;
    int fd = tjac_folder_temporary(path, &file), reason = errno;
    if (fd < 0)
        return reason;
    reason = write(fd, "\n", 1) == 1 && fsync(fd) == 0 ? 0 : errno;
    if (close(fd) != 0 && !reason)
        reason = errno;
    /* ENOENT: another run has cleaned the folder meanwhile. */
    if (unlink(file) != 0 && errno != ENOENT && !reason)
        reason = errno;
    free(file);
    return reason;
}

tjac_code tjac_folder_make(const char *path, tjac_err *err)
{
    if (!*path)
        return tjac_err_set(err, TJAC_EUSAGE, "the output folder has an empty name; give one");
    if (tjac_folder_above(path, err) || make_one(path, err))
        return err->code;
    char *probe = tjac_path_join(path, probe_name, err);
    if (!probe)
        return err->code;
    int reason = try_to_write(probe);
    free(probe);
    if (reason)
        tjac_err_set(err, TJAC_EFAIL, "cannot write into the folder '%s': %s", path,
                     strerror(reason));
    return err->code;
}

/* ---- room in it ---- */

static void add_size(tjac_text *t, double bytes)
{
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t i = 0;
    for (; bytes >= 1000 && i < 4; i++)
        bytes /= 1000;
    tjac_text_add(t, "%.3g %s", bytes, unit[i]);
}

tjac_code tjac_folder_room(const char *path, double bytes, tjac_err *err)
{
    struct statvfs fs;
    tjac_text has = {0}, needs = {0};
    if (statvfs(path, &fs) != 0 || fs.f_blocks == 0)
        return TJAC_OK;
    double unused = (double)fs.f_bavail * (double)fs.f_frsize;
    if (unused >= bytes)
        return TJAC_OK;
    add_size(&has, unused);
    add_size(&needs, bytes);
    if (has.failed || needs.failed)
        tjac_err_memory(err, "out of memory");
    else
        tjac_err_set(err, TJAC_EFAIL,
                     "'%s' has %s free and this run writes about %s; free some or give another "
                     "--out",
                     path, has.text, needs.text);
    tjac_text_free(&has);
    tjac_text_free(&needs);
    return err->code;
}

/* ---- files in it ---- */

tjac_code tjac_folder_sync(const char *path, tjac_err *err)
{
    char *folder = tjac_path_folder(path, err);
    if (!folder)
        return err->code;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* One that may be written but not read cannot be opened, and some systems sync files alone. */
    if (fd >= 0 && fsync(fd) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
        tjac_err_set(err, TJAC_EFAIL, "cannot sync the folder '%s': %s", folder, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(folder);
    return err->code;
}

/* Names that differ between processes, hosts and containers of one process number each. O_EXCL
 * makes a name that is there harmless, so they need not be secret. */
static void choose_letters(char *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t x = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 44 ^
                 (uint64_t)(uintptr_t)out;
    for (int i = 0; i < RANDOM; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        out[i] = letters[(x >> 33) % (sizeof letters - 1)];
    }
}

/* Not mkstemp: open with 0666 leaves umask and the folder's ACL to the system, without a race. */
int tjac_folder_temporary(const char *path, char **name)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    tjac_text t = {0};
    int fd = -1;
    tjac_text_add(&t, "%.*s.%s.", (int)(base - path), path, base);
    size_t at = t.n;
    tjac_text_add(&t, "%0*d.tmp", RANDOM, 0);
    if (t.failed) {
        tjac_text_free(&t);
        errno = ENOMEM;
        return -1;
    }
    for (int tries = 0; tries < 100 && fd < 0; tries++) {
        choose_letters(t.text + at);
        fd = open(t.text, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd >= 0) {
        *name = t.text;
        return fd;
    }
    int reason = errno;
    tjac_text_free(&t);
    errno = reason;
    return -1;
}

bool tjac_folder_is_at(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && lstat(path, &there) == 0 && mine.st_dev == there.st_dev &&
           mine.st_ino == there.st_ino;
}

static bool is_temporary(const char *file, const char *name)
{
    size_t n = strlen(name);
    return file[0] == '.' && strncmp(file + 1, name, n) == 0 && file[n + 1] == '.' &&
           strspn(file + n + 2, letters) == RANDOM && strcmp(file + n + 2 + RANDOM, ".tmp") == 0;
}

static tjac_code remove_file(DIR *dir, const char *folder, const char *file, tjac_err *err)
{
    struct stat st;
    if (fstatat(dirfd(dir), file, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) ||
        unlinkat(dirfd(dir), file, 0) == 0 || errno == ENOENT)
        return TJAC_OK;
    return tjac_err_set(err, TJAC_EFAIL,
                        "cannot remove '%s/%s', which a run has left that was killed: %s", folder,
                        file, strerror(errno));
}

tjac_code tjac_folder_clean(const char *folder, const char *const *names, size_t n, tjac_err *err)
{
    DIR *dir = opendir(folder);
    if (!dir && errno == ENOENT)
        return TJAC_OK;
    if (!dir)
        return tjac_err_set(err, TJAC_EFAIL, "cannot read the folder '%s': %s", folder,
                            strerror(errno));
    for (struct dirent *e; !err->code && (e = readdir(dir));) {
        bool ours = is_temporary(e->d_name, probe_name);
        for (size_t i = 0; i < n && !ours; i++)
            ours = is_temporary(e->d_name, names[i]);
        if (ours)
            remove_file(dir, folder, e->d_name, err);
    }
    closedir(dir);
    return err->code;
}
