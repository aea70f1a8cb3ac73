/* cmd_job.h: one tjac run, as the files of this command share it. */
#ifndef TJAC_CMD_JOB_H
#define TJAC_CMD_JOB_H

#include <stdatomic.h>
#include "cmd/cmd_engine.h"
#include "cmd/cmd_guard.h"
#include "cmd/cmd_out.h"
#include "cmd/cmd_progress.h"
#include "report/report.h"
#include "results/full.h"
#include "results/jfile.h"

typedef struct {
    tjac_config config;
    tjac_run run;
    tjac_externals externals;
    tjac_names warnings, devices;
    tjac_text device_text, machine; /* "cuda:0,cuda:1"; facts.machine */
    tjac_report_facts facts;
    double start;
    bool quiet, verbose, resume, force;
    cmd_progress_form form;
    cmd_progress *progress;
    cmd_guard *guard;
    /* What is computed: identity.h, and the KDs of this part. */
    tjac_names identity;
    char hash[65], label[65];
    size_t shard, n_shards; /* 0 of 0: all */
    /* Where it goes: the folder, its results file and who fills it. */
    cmd_out out;
    tjac_jfile *file;
    tjac_fill *fill;
    tjac_full *full;
    bool full_made; /* its file, by this process */
    atomic_size_t kds_done;
} cmd_job;

/* ---- cmd_keep.c ---- */

/* What the results file of this run, or part, is to hold. */
tjac_code cmd_make_layout(const cmd_job *job, tjac_layout *out, tjac_err *err);

/* Makes the results file in the folder that is held, or opens the one that is there: of this plan
 * and part, and only as --resume and --force allow. */
tjac_code cmd_open_file(cmd_job *job, tjac_err *err);

/* The same of the full Jacobian, which may stand elsewhere; nothing where none is wanted. */
tjac_code cmd_open_full(cmd_job *job, tjac_err *err);

/* ---- cmd_finish.c ---- */

/* The tables, run.json last, and the verdicts for people; of a part run.json alone. */
tjac_code cmd_finish(cmd_job *job, tjac_err *err);

/* ---- cmd_compute.c ---- */

/* Computes the KDs of the results file that are not in it, and the full Jacobian's. facts.kds and
 * kds_before are set first. */
tjac_code cmd_compute(cmd_job *job, tjac_err *err);

/* Whether nothing is left to be computed. */
bool cmd_is_complete(const cmd_job *job, tjac_err *err);

/* KDs of a group on the devices of the job. */
size_t cmd_group(const cmd_job *job);

/* What one KD of a model takes, in a measure that all models share: passes times operations. */
double cmd_kd_cost(const tjac_config *config, const tjac_run_model *model, size_t block);

/* A fast precision against float32 on a sample of the KDs, one engine after the other: `fast` is
 * closed here. Lack of memory for float32 beside it is a warning. */
tjac_code cmd_measure_deviation(cmd_job *job, tjac_run_model *model, cmd_engine *fast,
                                tjac_err *err);

/* Tells the progress that n_kds KDs of a block of a model, or of its full Jacobian, are next. */
void cmd_begin_part(cmd_job *job, size_t model, size_t block, size_t n_kds, bool full);

/* Says where lack of memory has halved groups of a model. */
tjac_code cmd_warn_pieces(cmd_job *job, const tjac_run_model *model, tjac_err *err);

/* ---- cmd_stream.c ---- */

/* j.csv to standard output as it is computed; no folder. */
tjac_code cmd_stream(cmd_job *job, tjac_err *err);

/* ---- cmd_run.c ---- */

tjac_code cmd_job_warn(cmd_job *job, const tjac_run_model *model, const char *what, const char *why,
                       tjac_err *err);

#endif
