/* machine.h: what this machine calls itself, and how much of it this process may use. */
#ifndef TJAC_MACHINE_H
#define TJAC_MACHINE_H

#include <stddef.h>

enum { TJAC_MACHINE_NAME = 128 };

/* The processor, "AMD EPYC 7B13", or the kind of it where the system does not say more. */
void tjac_machine_processor(char out[TJAC_MACHINE_NAME]);

/* The CPUs that this process may use, at least 1, and which bound it was that set their number. */
typedef struct {
    size_t n;
    const char *why; /* "CPU affinity of the process" */
} tjac_cpus;

/* The least of: the machine's, those of the process's affinity, the quota of its control groups
 * (rounded up), Slurm's share of a task (SLURM_CPUS_PER_TASK, else SLURM_CPUS_ON_NODE). */
tjac_cpus tjac_machine_cpus(void);

/* The quota alone, in CPUs; 0: none. root: "" for the machine, a folder with proc and sys in it for
 * tests. Control groups of both versions. */
double tjac_machine_quota(const char *root);

#endif
