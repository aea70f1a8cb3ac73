/* The CPUs that a process may use, from made-up control groups, in a folder of their own. */
#include <ftw.h>
#include <sys/stat.h>
#include "base/machine.h"
#include "test.h"

static char root[] = "test_machine_XXXXXX";

/* A file under the root, its folders made. */
static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0777);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

static void test_version_2(test *t)
{
    write_file("proc/self/cgroup", "0::/job/step\n");
    CHECK(t, tjac_machine_quota(root) == 0);
    write_file("sys/fs/cgroup/job/step/cpu.max", "max 100000\n");
    CHECK(t, tjac_machine_quota(root) == 0);
    write_file("sys/fs/cgroup/job/cpu.max", "350000 100000\n");
    CHECK(t, tjac_machine_quota(root) == 3.5); /* of the group above */
    write_file("sys/fs/cgroup/job/step/cpu.max", "200000 100000\n");
    CHECK(t, tjac_machine_quota(root) == 2); /* the least */
    write_file("sys/fs/cgroup/job/step/cpu.max", "nonsense\n");
    CHECK(t, tjac_machine_quota(root) == 3.5);
}

/* As in a container, which sees its own group as the root, under the name that it has outside. */
static void test_version_1(test *t)
{
    write_file("proc/self/cgroup", "9:cpuset:/a\n4:cpuacct,cpu:/outside/name\n0::/\n");
    CHECK(t, tjac_machine_quota(root) == 0);
    write_file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    write_file("sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n");
    CHECK(t, tjac_machine_quota(root) == 0);
    write_file("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "75000\n");
    CHECK(t, tjac_machine_quota(root) == 1.5);
    write_file("proc/self/cgroup", "9:cpuset:/a\n0::/\n");
    CHECK(t, tjac_machine_quota(root) == 0);
}

static void test_slurm(test *t)
{
    unsetenv("SLURM_CPUS_ON_NODE");
    unsetenv("SLURM_CPUS_PER_TASK");
    tjac_cpus all = tjac_machine_cpus();
    CHECK(t, all.n >= 1 && all.why);
    setenv("SLURM_CPUS_ON_NODE", "1", 1);
    CHECK(t, tjac_machine_cpus().n == 1);
    setenv("SLURM_CPUS_PER_TASK", "100000", 1); /* which the node's do not bound */
    CHECK(t, tjac_machine_cpus().n == all.n);
    setenv("SLURM_CPUS_PER_TASK", "many", 1);
    CHECK(t, tjac_machine_cpus().n == 1);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int main(void)
{
    test t = {0};
    if (!mkdtemp(root))
        abort();
    CHECK(&t, tjac_machine_quota("no_such_folder") == 0);
    test_version_2(&t);
    test_version_1(&t);
    test_slurm(&t);
    if (nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0)
        abort();
    return test_end(&t);
}
