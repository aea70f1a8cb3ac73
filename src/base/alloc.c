/* alloc.c: see alloc.h. */
#include "base/alloc.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

void *tjac_alloc(size_t n, size_t size, tjac_err *err)
{
    if (size != 0 && n > SIZE_MAX / size) {
        tjac_err_memory(err, "out of memory: %zu elements of %zu bytes overflow", n, size);
        return NULL;
    }
    void *p = n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
    if (p == NULL)
        tjac_err_memory(err, "out of memory: %zu bytes asked for", n * size);
    return p;
}

double tjac_memory_resident(void)
{
#if defined(__GLIBC__)
    malloc_trim(0); /* main.c has freed memory kept */
#endif
    FILE *f = fopen("/proc/self/statm", "r");
    long pages = 0;
    if (f && fscanf(f, "%*s %ld", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

double tjac_memory_available(void)
{
    FILE *f = fopen("/proc/meminfo", "r");
    char line[128];
    double kib = 0;
    while (f && kib == 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %lf", &kib) != 1)
            kib = 0;
    if (f)
        fclose(f);
    return 1024 * kib;
}

double *tjac_alloc_nan(size_t n, tjac_err *err)
{
    double *list = tjac_alloc(n, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++)
        list[i] = NAN;
    return list;
}

size_t *tjac_alloc_unknown(size_t n, tjac_err *err)
{
    size_t *list = tjac_alloc(n, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++)
        list[i] = SIZE_MAX;
    return list;
}

tjac_code tjac_grow(void **array, size_t *cap, size_t need, size_t size, tjac_err *err)
{
    if (need <= *cap)
        return TJAC_OK;
    /* Half again as much keeps appending linear; the bound keeps the sum below from wrapping. */
    size_t wanted = need;
    if (*cap <= SIZE_MAX / 2 && *cap + *cap / 2 > need)
        wanted = *cap + *cap / 2;
    if (wanted < 8)
        wanted = 8;
    if (wanted > SIZE_MAX / size)
        return tjac_err_memory(err, "out of memory: %zu elements of %zu bytes overflow", wanted,
                               size);
    void *p = realloc(*array, wanted * size);
    if (p == NULL)
        return tjac_err_memory(err, "out of memory: %zu bytes asked for", wanted * size);
    memset((char *)p + *cap * size, 0, (wanted - *cap) * size);
    *array = p;
    *cap = wanted;
    return TJAC_OK;
}

char *tjac_strndup(const char *s, size_t n, tjac_err *err)
{
    if (n == SIZE_MAX) {
        tjac_err_memory(err, "out of memory: a text of %zu bytes", n);
        return NULL;
    }
    char *p = malloc(n + 1);
    if (p == NULL) {
        tjac_err_memory(err, "out of memory: %zu bytes asked for", n + 1);
        return NULL;
    }
    if (n != 0)
        memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *tjac_strdup(const char *s, tjac_err *err)
{
    return tjac_strndup(s, strlen(s), err);
}

char *tjac_path_join(const char *dir, const char *name, tjac_err *err)
{
    if (dir == NULL || dir[0] == '\0' || name[0] == '/')
        return tjac_strdup(name, err);
    size_t d = strlen(dir), n = strlen(name);
    const char *slash = dir[d - 1] == '/' ? "" : "/";
    char *path = tjac_alloc(d + n + 2, 1, err);
    if (path != NULL)
        snprintf(path, d + n + 2, "%s%s%s", dir, slash, name);
    return path;
}

char *tjac_path_folder(const char *path, tjac_err *err)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return tjac_strdup(".", err);
    return tjac_strndup(path, slash == path ? 1 : (size_t)(slash - path), err);
}
