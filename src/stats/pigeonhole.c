#include "stats/pigeonhole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/inference.h"

enum {
    LANES = 16,      /* KDs that are summed side by side */
    WIDE = 4 * LANES /* KDs for which a round is weighed once */
};

/* The genes of one role, those of pathway pairs before those of matched pairs alone, and how often
 * each was drawn in every round. */
typedef struct {
    size_t n;     /* genes of the role in the panel */
    size_t *gene; /* [n_pathway + n_matched] */
    size_t n_pathway, n_matched;
    double *weight; /* [rounds][n] */
} role;

/* A pair that was drawn. */
typedef struct {
    size_t at; /* position among the side's pairs */
    double weight;
} drawn;

/* One kind's pairs (pathway or matched), and what they are under WIDE KDs. */
typedef struct {
    size_t *pair;      /* [n] positions in the panel's pairs */
    size_t (*gene)[2]; /* [n] their regulators and targets */
    size_t n;
    double *total; /* [rounds] weight of all n */
    drawn *drawn;  /* [n] of one round, those of weight 0 left out */
    double *J;     /* [WIDE / LANES][n][LANES], 0 where a pair is the KD's own */
    size_t *own;   /* [WIDE][n] the pairs that are the KD's own, n_own[WIDE] of them */
    size_t n_own[WIDE];
    double *mean; /* [WIDE][rounds] */
} side;

typedef struct {
    const tjac_crossed *crossed;
    size_t rounds;
    role regulators, targets;
    side side[2];   /* pathway, matched */
    bool bad[WIDE]; /* KDs with a J that is no number */
} work;

/* ---- pairs and genes ---- */

static tjac_code side_init(const work *w, bool (*is_one)(const tjac_crossed *, size_t), side *s,
                           tjac_err *err)
{
    const tjac_j_panel *j = w->crossed->panel;
    s->pair = tjac_alloc(j->n_pairs, sizeof *s->pair, err);
    s->gene = tjac_alloc(j->n_pairs, sizeof *s->gene, err);
    if (err->code)
        return err->code;
    for (size_t i = 0; i < j->n_pairs; i++) {
        if (!is_one(w->crossed, i))
            continue;
        s->gene[s->n][0] = j->pair[i].regulator;
        s->gene[s->n][1] = j->pair[i].target;
        s->pair[s->n++] = i;
    }
    s->total = tjac_alloc(w->rounds, sizeof *s->total, err);
    s->drawn = tjac_alloc(s->n, sizeof *s->drawn, err);
    s->J = tjac_alloc(s->n, WIDE * sizeof *s->J, err);
    s->own = tjac_alloc(s->n, WIDE * sizeof *s->own, err);
    s->mean = tjac_alloc(w->rounds, WIDE * sizeof *s->mean, err);
    return err->code;
}

static void side_free(side *s)
{
    free(s->pair);
    free(s->gene);
    free(s->total);
    free(s->drawn);
    free(s->J);
    free(s->own);
    free(s->mean);
}

/* `which`: 0 regulators, 1 targets. */
static tjac_code role_init(const work *w, int which, role *r, tjac_err *err)
{
    const tjac_j_panel *j = w->crossed->panel;
    size_t n = which ? j->targets.n : j->regulators.n;
    unsigned char *seen = tjac_alloc(n, 1, err);
    *r = (role){.n = n};
    r->gene = tjac_alloc(n, sizeof *r->gene, err);
    r->weight = tjac_alloc(w->rounds, (n + 1) * sizeof *r->weight, err);
    for (int k = 0; k < 2 && !err->code; k++) {
        const side *s = &w->side[k];
        for (size_t i = 0; i < s->n; i++) {
            size_t g = s->gene[i][which];
            if (seen[g])
                continue;
            seen[g] = 1;
            r->gene[r->n_pathway + r->n_matched] = g;
            ++*(k == 0 ? &r->n_pathway : &r->n_matched);
        }
    }
    free(seen);
    return err->code;
}

static void role_free(role *r)
{
    free(r->gene);
    free(r->weight);
}

/* ---- weights ---- */

/* n draws with replacement out of n genes; a gene's weight is how often it was drawn. */
static void draw(const size_t *gene, size_t n, double *weight, tjac_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        weight[gene[i]] = 0;
    for (size_t i = 0; i < n; i++)
        weight[gene[tjac_rng_below(rng, n)]] += 1;
}

static void draw_role(role *r, size_t round, tjac_rng *rng)
{
    draw(r->gene, r->n_pathway, r->weight + round * r->n, rng);
    draw(r->gene + r->n_pathway, r->n_matched, r->weight + round * r->n, rng);
}

static double weight_of(const work *w, const side *s, size_t at, size_t round)
{
    return w->regulators.weight[round * w->regulators.n + s->gene[at][0]] *
           w->targets.weight[round * w->targets.n + s->gene[at][1]];
}

/* Fills s->drawn with the pairs that were drawn in one round; how many. */
static size_t weigh(const work *w, const side *s, size_t round)
{
    const double *regulator = w->regulators.weight + round * w->regulators.n;
    const double *target = w->targets.weight + round * w->targets.n;
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        s->drawn[n] = (drawn){i, regulator[s->gene[i][0]] * target[s->gene[i][1]]};
        n += s->drawn[n].weight > 0; /* no branch: it would be a coin's */
    }
    return n;
}

/* Regulators are drawn first, then targets. */
static tjac_code draw_weights(work *w, uint64_t seed, tjac_err *err)
{
    tjac_rng *rng = NULL;
    if (role_init(w, 0, &w->regulators, err) || role_init(w, 1, &w->targets, err) ||
        tjac_rng_new(seed, &rng, err))
        return err->code;
    for (size_t r = 0; r < w->rounds; r++) {
        draw_role(&w->regulators, r, rng);
        draw_role(&w->targets, r, rng);
        for (int k = 0; k < 2; k++) {
            size_t n = weigh(w, &w->side[k], r);
            for (size_t i = 0; i < n; i++)
                w->side[k].total[r] += w->side[k].drawn[i].weight;
        }
    }
    tjac_rng_free(rng);
    return TJAC_OK;
}

/* ---- means ---- */

/* J of KDs [first, first + n), side by side. */
static void gather(work *w, side *s, size_t first, size_t n)
{
    const tjac_j_panel *j = w->crossed->panel;
    memset(s->J, 0, s->n * WIDE * sizeof *s->J);
    memset(s->n_own, 0, sizeof s->n_own);
    for (size_t q = 0; q < n; q++)
        for (size_t i = 0; i < s->n; i++) {
            size_t at = (first + q) * j->n_pairs + s->pair[i];
            if (j->self[at])
                s->own[q * s->n + s->n_own[q]++] = i;
            else if (!isfinite(j->J[at]))
                w->bad[q] = true;
            else
                s->J[(q / LANES * s->n + i) * LANES + q % LANES] = j->J[at];
        }
}

/* sum[LANES] of weight J over the n pairs that were drawn. Each lane is summed in the order of the
 * pairs, so that the lanes beside it change nothing. */
static void sum_lanes(const drawn *pair, size_t n, const double *J, double *sum)
{
    double lane[LANES] = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < LANES; q++)
            lane[q] += pair[i].weight * J[pair[i].at * LANES + q];
    memcpy(sum, lane, sizeof lane);
}

/* Weight of all pairs but KD q's own; weights are whole numbers: exact. */
static double total_of(const work *w, const side *s, size_t q, size_t round)
{
    double total = s->total[round];
    for (size_t i = 0; i < s->n_own[q]; i++)
        total -= weight_of(w, s, s->own[q * s->n + i], round);
    return total;
}

/* s->mean of the n KDs that were gathered: sum w J / sum w over the pairs that are not the KD's
 * own. */
static void make_means(const work *w, side *s, size_t n)
{
    for (size_t r = 0; r < w->rounds; r++) {
        size_t n_drawn = weigh(w, s, r);
        double sum[WIDE];
        for (size_t q = 0; q < n; q += LANES)
            sum_lanes(s->drawn, n_drawn, s->J + q * s->n, sum + q);
        for (size_t q = 0; q < n; q++) {
            double total = total_of(w, s, q, r);
            s->mean[q * w->rounds + r] = total > 0 ? sum[q] / total : NAN;
        }
    }
}

/* Moments over the rounds in which both means are defined; sorts nothing but `scratch`. */
static void summarize(const double *a, const double *b, size_t rounds, double alpha,
                      double *scratch, tjac_pigeonhole *out)
{
    double ma = 0, mb = 0, saa = 0, sbb = 0, sab = 0;
    size_t n = 0;
    for (size_t r = 0; r < rounds; r++) {
        scratch[r] = a[r] - b[r];
        if (isnan(scratch[r]))
            continue;
        n++;
        double da = a[r] - ma, db = b[r] - mb; /* Welford */
        ma += da / (double)n;
        mb += db / (double)n;
        saa += da * (a[r] - ma);
        sbb += db * (b[r] - mb);
        sab += da * (b[r] - mb);
    }
    out->rounds = n;
    if (n < 2 || 2 * n <= rounds)
        return;
    out->var_pathway = saa / (double)(n - 1);
    out->var_matched = sbb / (double)(n - 1);
    out->covariance = sab / (double)(n - 1);
    tjac_interval limits = tjac_percentile_limits(scratch, rounds, alpha);
    out->difference_lo = limits.lo;
    out->difference_hi = limits.hi;
}

/* out[n] of KDs [first, first + n). */
static void run_some(work *w, size_t first, size_t n, double alpha, double *scratch,
                     tjac_pigeonhole *out)
{
    memset(w->bad, 0, sizeof w->bad);
    for (int k = 0; k < 2; k++) {
        gather(w, &w->side[k], first, n);
        make_means(w, &w->side[k], n);
    }
    for (size_t q = 0; q < n; q++) {
        out[q] = (tjac_pigeonhole){0, NAN, NAN, NAN, NAN, NAN};
        if (!w->bad[q])
            summarize(w->side[0].mean + q * w->rounds, w->side[1].mean + q * w->rounds, w->rounds,
                      alpha, scratch, &out[q]);
    }
}

tjac_code tjac_pigeonhole_run(const tjac_crossed *crossed, size_t rounds, double alpha,
                              uint64_t seed, tjac_pigeonhole *out, tjac_err *err)
{
    work w = {.crossed = crossed, .rounds = rounds};
    size_t kds = crossed->panel->kds.n;
    double *scratch = tjac_alloc(rounds, sizeof *scratch, err);
    if (err->code || side_init(&w, tjac_crossed_is_pathway, &w.side[0], err) ||
        side_init(&w, tjac_crossed_is_matched, &w.side[1], err) || draw_weights(&w, seed, err))
        goto done;
    for (size_t first = 0; first < kds; first += WIDE)
        run_some(&w, first, kds - first < WIDE ? kds - first : WIDE, alpha, scratch, out + first);
done:
    role_free(&w.regulators);
    role_free(&w.targets);
    side_free(&w.side[0]);
    side_free(&w.side[1]);
    free(scratch);
    return err->code;
}
