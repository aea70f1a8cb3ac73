/* cmd_account.h: what --verbose says of a run. */
#ifndef TJAC_CMD_ACCOUNT_H
#define TJAC_CMD_ACCOUNT_H

#include <stdio.h>
#include "cmd/cmd_job.h"

/* Before the first pass: the files that are read, with SHA-256, the cells, the plan's hash. config:
 * its path. Waits for the hashes. */
tjac_code cmd_account_files(FILE *file, const cmd_job *job, const char *config, tjac_err *err);

/* "device cpu, 8 thread(s) (CPU affinity of the process), float32" */
void cmd_account_device(FILE *file, const cmd_job *job);

/* How long it took and the most memory that it had. */
void cmd_account_end(FILE *file, const cmd_job *job);

#endif
