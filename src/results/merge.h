/* merge.h: the results files of the parts of one run become the whole run's. */
#ifndef TJAC_MERGE_H
#define TJAC_MERGE_H

#include "results/jfile.h"

/* Whether the parts are the whole. TJAC_EUSAGE: parts of different plans (what differs), a KD in
 * two parts, a KD in none (how many, and which parts are not there). TJAC_EINPUT: a KD that is not
 * computed, or does not fit its mark. */
tjac_code tjac_merge_check(const tjac_jfile *const *part, size_t n, tjac_err *err) TJAC_MUST_USE;

/* Checks them, and makes the results file at `path` with all KDs of the plan, each from the part
 * that has it. */
tjac_code tjac_merge(const tjac_jfile *const *part, size_t n, const char *path,
                     tjac_err *err) TJAC_MUST_USE;

#endif
