/* identity.h: what J depends on, so that numbers of two runs may stand in one file.
 *
 * Lines "what: value", and the SHA-256 of all of them, the plan's hash. Of long things (genes,
 * KDs, pairs, cells, files) the value is a SHA-256. In them: tjac and the layout of j.h5;
 * names of the models, estimands, precision, engine, tolerance and seed of the probes; of every
 * model its checkpoint, the seed that shuffles its weights, maps, attention, prediction, pair
 * table, KDs in their order, cells, their batches, and the standard deviations that the estimand
 * shift moves by. Not in them: paths, `stats`, memory, out, label, threads, device, shard: the
 * numbers do not depend on them, but for last digits that differ between kinds of devices.
 */
#ifndef TJAC_IDENTITY_H
#define TJAC_IDENTITY_H

#include "base/hashing.h"
#include "results/run.h"

/* Reads the cells of every block and waits for the hashes of the models' files. tjac: the version.
 * hash[65]. */
tjac_code tjac_identity_make(const tjac_config *config, tjac_run *run, const char *tjac,
                             tjac_hashing *hashing, tjac_names *lines, char *hash,
                             tjac_err *err) TJAC_MUST_USE;

/* What differs, as words for a sentence: "checkpoint of model 'a', precision"; NULL: nothing. To be
 * freed. */
char *tjac_identity_differs(const tjac_names *a, const tjac_names *b, tjac_err *err);

#endif
