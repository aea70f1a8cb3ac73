/* cmd_against.h: tjac check --against. */
#ifndef TJAC_CMD_AGAINST_H
#define TJAC_CMD_AGAINST_H

#include "config/config.h"
#include "results/run.h"

typedef struct {
    const char *path;       /* the output of state tx infer, NULL: not asked for */
    const char *model;      /* a model of the config, NULL: its only one */
    const char *checkpoint; /* what infer loaded, NULL: what run takes */
    const tjac_run *run;    /* opened, models in the config's order */
    uint64_t seed;
} cmd_against;

/* Replays a few windows of the prediction, compares after clipping, and tries the other attentions
 * when it disagrees, naming the one that fits. *agrees becomes false when none does. Where run
 * takes another checkpoint than was compared, or infer would by itself, that is printed. */
tjac_code cmd_check_against(const tjac_config *config, const cmd_against *against,
                            const char *device, bool *agrees, tjac_err *err);

#endif
