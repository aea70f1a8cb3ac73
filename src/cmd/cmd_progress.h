/* cmd_progress.h: how far a run is, while it computes.
 *
 *     cmd_progress_open(form, &spec, cmd_now(), &p, err);
 *     for each model and cell type                   (a part)
 *         cmd_progress_part(p, &part, cmd_now());    before its engine starts
 *         cmd_progress_update(p, done, cmd_now());   from the engine's progress
 *         cmd_progress_kd(p, name, cmd_now());       from the engine's take
 *     cmd_progress_end(p, cmd_now());                also when it failed or was interrupted
 *     cmd_progress_free(p);
 *
 * On a terminal one line is rewritten, at most 5 times a second, never wider than the terminal:
 *
 *     [####................] 20%, 812 of 4048 KDs, 1.23M triples/s, time left 12 min, ST / K562
 *
 * and the KD. Names are cut where they do not fit. Elsewhere (a log; also TERM=dumb) a line every
 * 10 s, the first after 10 s. As JSON an object a line, the first with the first part, at most one
 * a second, at least one every 10 s:
 *
 *     {"kds_done":812,"kds":4048,"triples_per_second":1.23e+06,"seconds_left":720,"elapsed":184,
 *      "model":"ST","cell_type":"K562","kd":"RPL3","done":false}
 *
 * (on one line; null: not known yet). "done":true marks the last one: what was computed is all
 * there when kds_done is kds, else the run was ended. It has the mean rate of the run, seconds_left
 * is 0 or null. The last line of a log and of a terminal:
 *
 *     tjac: 4048 of 4048 KDs in 14 min, 1.23M triples/s, 1000 of them by an earlier run
 *
 * The KD that is named was completed last. Nothing is printed twice: a state once, the last line
 * once. A time left is shown from 3 units and 2 s of computing on (cmd_rate.h); what an earlier run
 * did, and the time between two parts (loading), do not count.
 *
 * All but open take NULL for p. The calls are for any thread, open, end and free for one. With a
 * clock, a thread shows what is due while nothing is told: groups of KDs may take minutes. Around
 * anything else that is printed to the same terminal: cmd_progress_hide(p, true), then false.
 *
 * For --help:
 *
 *     --progress FORM  how progress is shown on standard error: auto (a line on a terminal, else a
 *                      log), line, log, json (an object a line) or none
 *     NO_COLOR         in the environment, not empty: no colour
 */
#ifndef TJAC_CMD_PROGRESS_H
#define TJAC_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>
#include "base/err.h"

typedef enum {
    CMD_PROGRESS_AUTO, /* LINE on a terminal, else LOG */
    CMD_PROGRESS_LINE,
    CMD_PROGRESS_LOG,
    CMD_PROGRESS_JSON,
    CMD_PROGRESS_NONE /* -q */
} cmd_progress_form;

typedef struct {
    size_t kds;            /* of all models and cell types */
    size_t kds_before;     /* those of them that an earlier run did */
    double work;           /* of all parts of this run: sum of their units x work */
    FILE *file;            /* standard error; borrowed, flushed after each line */
    size_t columns;        /* of a line; 0: as wide as the terminal, 80 when that is not known */
    double (*clock)(void); /* the clock of `now`; NULL: lines come out of the calls alone */
} cmd_progress_spec;

/* A model and cell type that is computed, or its full Jacobian. Names are copied. */
typedef struct {
    const char *model, *cell_type;
    size_t units;   /* KD x set, those of an earlier run not counted */
    double work;    /* of a unit in any measure that all parts share, such as its lines
                       times parameters; 1 when they are alike */
    double triples; /* (regulator, target, KD) that a unit brings: pairs / sets */
} cmd_progress_part_spec;

typedef struct cmd_progress cmd_progress;

/* The value of --progress; another one is TJAC_EUSAGE. */
tjac_code cmd_progress_parse(const char *value, cmd_progress_form *out,
                             tjac_err *err) TJAC_MUST_USE;

/* now, here and below: seconds on a clock that only goes forward. Prints nothing. */
tjac_code cmd_progress_open(cmd_progress_form form, const cmd_progress_spec *spec, double now,
                            cmd_progress **out, tjac_err *err) TJAC_MUST_USE;

void cmd_progress_part(cmd_progress *p, const cmd_progress_part_spec *part, double now);

/* So many units of the part are done. Cheap. */
void cmd_progress_update(cmd_progress *p, size_t units, double now);

/* A KD of the part is complete; its name is copied. */
void cmd_progress_kd(cmd_progress *p, const char *name, double now);

/* true: the line leaves the terminal and nothing but the last one is printed; false: on it goes. */
void cmd_progress_hide(cmd_progress *p, bool hidden);

/* The last line, once; none when nothing was begun and KDs are missing (the error says why). */
void cmd_progress_end(cmd_progress *p, double now);

void cmd_progress_free(cmd_progress *p);

#endif
