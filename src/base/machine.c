#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity */
#include <sched.h>
#endif
#include "base/machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

void tjac_machine_processor(char out[TJAC_MACHINE_NAME])
{
    struct utsname u;
    char line[256];
    FILE *f = fopen("/proc/cpuinfo", "r");
    snprintf(out, TJAC_MACHINE_NAME, "%s", uname(&u) == 0 ? u.machine : "unknown");
    while (f && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = '\0';
        snprintf(out, TJAC_MACHINE_NAME, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (f)
        fclose(f);
}

/* ---- control groups ---- */

enum { PATH_ROOM = 4096 };

/* Up to two numbers of a file; "max" is none. How many there were. */
static int read_numbers(const char *root, const char *folder, const char *group, const char *file,
                        double number[2])
{
    char path[3 * PATH_ROOM], text[64] = "";
    snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, folder, group, file);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    if (!fgets(text, sizeof text, f))
        *text = '\0';
    fclose(f);
    return sscanf(text, "%lf %lf", &number[0], &number[1]);
}

/* Of one group: version 2, "150000 100000" or "max 100000"; version 1, two files, -1 for none. */
static double quota_of(const char *root, const char *folder, const char *group)
{
    double v[2] = {0, 0}, period[2] = {0, 0};
    if (read_numbers(root, folder, group, "cpu.max", v) == 2 && v[0] > 0 && v[1] > 0)
        return v[0] / v[1];
    if (read_numbers(root, folder, group, "cpu.cfs_quota_us", v) >= 1 && v[0] > 0 &&
        read_numbers(root, folder, group, "cpu.cfs_period_us", period) >= 1 && period[0] > 0)
        return v[0] / period[0];
    return 0;
}

/* Of a group and all above it. In a container the names may be those outside; the last one, the
 * root, is there. */
static double least_quota(const char *root, const char *folder, char *group)
{
    double least = 0;
    for (;;) {
        double quota = quota_of(root, folder, group);
        if (quota > 0 && (least == 0 || quota < least))
            least = quota;
        char *slash = strrchr(group, '/');
        if (!slash)
            return least;
        *slash = '\0';
    }
}

static int has_cpu(const char *controllers)
{
    for (const char *c = controllers; c; c = strchr(c, ',') ? strchr(c, ',') + 1 : NULL)
        if (strncmp(c, "cpu", 3) == 0 && (c[3] == ',' || c[3] == '\0'))
            return 1;
    return 0;
}

double tjac_machine_quota(const char *root)
{
    char path[PATH_ROOM + 32], line[PATH_ROOM];
    double least = 0;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f)) { /* "0::/a/b"; "4:cpu,cpuacct:/a/b" */
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (strcmp(group, "/") == 0)
            *group = '\0';
        int second = controllers[1] == '\0';
        if (!second && !has_cpu(controllers + 1))
            continue;
        double quota = least_quota(root, second ? "" : "/cpu", group);
        if (quota > 0 && (least == 0 || quota < least))
            least = quota;
    }
    if (f)
        fclose(f);
    return least;
}

/* ---- CPUs ---- */

/* 0: not known. */
static size_t count_affinity(void)
{
    size_t n = 0;
#ifdef __linux__
    for (size_t most = 1024; n == 0 && most <= 1 << 20; most *= 4) { /* too few bits are refused */
        cpu_set_t *set = CPU_ALLOC(most);
        if (!set)
            break;
        if (sched_getaffinity(0, CPU_ALLOC_SIZE(most), set) == 0)
            n = (size_t)CPU_COUNT_S(CPU_ALLOC_SIZE(most), set);
        CPU_FREE(set);
    }
#endif
    return n;
}

static size_t count_variable(const char *name)
{
    char *end;
    const char *text = getenv(name);
    unsigned long n = text && *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;
    return n > 0 && *end == '\0' && n < 1 << 20 ? n : 0;
}

static void bound(tjac_cpus *cpus, size_t n, const char *why)
{
    if (n > 0 && n < cpus->n)
        *cpus = (tjac_cpus){n, why};
}

tjac_cpus tjac_machine_cpus(void)
{
    long machine = sysconf(_SC_NPROCESSORS_ONLN);
    tjac_cpus cpus = {machine < 1 ? 1 : (size_t)machine, "CPUs of the machine"};
    size_t task = count_variable("SLURM_CPUS_PER_TASK");
    bound(&cpus, count_affinity(), "CPU affinity of the process");
    bound(&cpus, (size_t)ceil(tjac_machine_quota("")), "CPU quota of the control group");
    if (task)
        bound(&cpus, task, "SLURM_CPUS_PER_TASK");
    else
        bound(&cpus, count_variable("SLURM_CPUS_ON_NODE"), "SLURM_CPUS_ON_NODE");
    return cpus;
}
