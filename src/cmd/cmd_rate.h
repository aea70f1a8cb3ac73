/* cmd_rate.h: how fast it goes, and how long the rest takes. Pure: time is passed in.
 *
 * What is done comes in bursts: a group of KDs at a time, once in milliseconds, once in minutes. So
 * the rate is measured from burst to burst, over the last 60 s or the last three bursts, whichever
 * is longer: neither the wait for the next burst nor an early burst distorts it. When a burst is
 * later than bursts are on average, the rate falls with every second.
 */
#ifndef TJAC_CMD_RATE_H
#define TJAC_CMD_RATE_H

#include <stdbool.h>
#include <stddef.h>

/* What was done up to a time; what is done within a second of `opened` is one burst. */
typedef struct {
    double opened, time, work, triples;
} cmd_rate_burst;

enum { CMD_RATE_BURSTS = 64 };

/* Plain data, begun by cmd_rate_start. */
typedef struct {
    cmd_rate_burst burst[CMD_RATE_BURSTS]; /* [n], in order; the first is where it counts from */
    size_t n;
    double start, units;
} cmd_rate;

/* Work a second, triples a second. */
typedef struct {
    double work, triples;
} cmd_speed;

void cmd_rate_start(cmd_rate *r, double time);

/* `units` more were done at `time`: so much work, so many triples. time never falls. */
void cmd_rate_add(cmd_rate *r, double time, double units, double work, double triples);

/* false: not known yet, as fewer than 3 units or 2 seconds are there. */
bool cmd_rate_speed(const cmd_rate *r, double time, cmd_speed *out);

/* Seconds that `work` more takes, what is under way counted as done as fast as before; NaN: not
 * known yet. */
double cmd_rate_left(const cmd_rate *r, double time, double work);

#endif
