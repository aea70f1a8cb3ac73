/* cmd_rate.c: see cmd_rate.h. */
#include "cmd/cmd_rate.h"

#include <math.h>
#include <string.h>

enum { KEPT = 4 }; /* bursts that stay, however old: the first is where the others count from */

static const double window = 60, burst = 1, least_units = 3, least_seconds = 2;

void cmd_rate_start(cmd_rate *r, double time)
{
    /* What comes within the first second is not where it counts from: that burst is never open. */
    *r = (cmd_rate){.burst = {{.opened = -INFINITY, .time = time}}, .n = 1, .start = time};
}

static void forget_first(cmd_rate *r)
{
    memmove(r->burst, r->burst + 1, --r->n * sizeof *r->burst);
}

void cmd_rate_add(cmd_rate *r, double time, double units, double work, double triples)
{
    if (time - r->burst[r->n - 1].opened >= burst) {
        if (r->n == CMD_RATE_BURSTS)
            forget_first(r);
        r->burst[r->n] = r->burst[r->n - 1];
        r->burst[r->n++].opened = time;
    }
    cmd_rate_burst *last = &r->burst[r->n - 1];
    last->time = time;
    last->work += work;
    last->triples += triples;
    r->units += units;
    while (r->n > KEPT && time - r->burst[1].time >= window)
        forget_first(r);
}

/* How long a burst takes on average; 0 before the first. */
static double mean_gap(const cmd_rate *r)
{
    return r->n < 2 ? 0 : (r->burst[r->n - 1].time - r->burst[0].time) / (double)(r->n - 1);
}

bool cmd_rate_speed(const cmd_rate *r, double time, cmd_speed *out)
{
    const cmd_rate_burst *first = &r->burst[0], *last = &r->burst[r->n - 1];
    double seconds = fmax(last->time, time - mean_gap(r)) - first->time;
    if (r->units < least_units || time - r->start < least_seconds || seconds <= 0)
        return false;
    *out = (cmd_speed){(last->work - first->work) / seconds,
                       (last->triples - first->triples) / seconds};
    return out->work > 0;
}

double cmd_rate_left(const cmd_rate *r, double time, double work)
{
    cmd_speed speed;
    if (!cmd_rate_speed(r, time, &speed))
        return NAN;
    double waited = fmin(time - r->burst[r->n - 1].time, mean_gap(r));
    return fmax(work / speed.work - waited, 0);
}
