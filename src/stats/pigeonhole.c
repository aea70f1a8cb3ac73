#include "stats/pigeonhole.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"
#include "base/numeric.h"
#include "stats/inference.h"

enum { LANES = 8 }; /* KDs that are summed side by side */

/* The genes of one role, those of pathway pairs before those of null pairs alone, and how often
 * each was drawn in every round. */
typedef struct {
    size_t n;     /* genes of the role in the block */
    size_t *gene; /* [n_pathway + n_null] */
    size_t n_pathway, n_null;
    double *weight; /* [rounds][n] */
} role;

/* One kind's pairs (pathway or null). */
typedef struct {
    size_t *pair; /* [n] positions in the block's pairs */
    size_t n;
    double *weight; /* [n] of one round */
    double *total;  /* [rounds] of all n */
} side;

typedef struct {
    const tjac_j_panel *block;
    size_t rounds;
    role regulators, targets;
    side side[2]; /* pathway, null */
} work;

static const tjac_pair_kind kinds[2] = {TJAC_PAIR_PATHWAY, TJAC_PAIR_MATCHED};

/* ---- weights ---- */

static size_t gene_of(const tjac_j_pair *p, int target)
{
    return target ? p->target : p->regulator;
}

static tjac_code role_init(const tjac_j_panel *b, int target, size_t rounds, role *r, tjac_err *err)
{
    size_t n = target ? b->targets.n : b->regulators.n;
    unsigned char *seen = tjac_alloc(n, 1, err);
    *r = (role){.n = n};
    r->gene = tjac_alloc(n, sizeof *r->gene, err);
    r->weight = tjac_alloc(rounds, (n + 1) * sizeof *r->weight, err);
    for (int kind = 0; kind < 2 && !err->code; kind++) {
        size_t *count = kind == 0 ? &r->n_pathway : &r->n_null;
        for (size_t i = 0; i < b->n_pairs; i++) {
            size_t g = gene_of(&b->pair[i], target);
            if (b->pair[i].kind != kinds[kind] || seen[g])
                continue;
            seen[g] = 1;
            r->gene[r->n_pathway + r->n_null] = g;
            ++*count;
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
    draw(r->gene + r->n_pathway, r->n_null, r->weight + round * r->n, rng);
}

static tjac_code side_init(const tjac_j_panel *b, tjac_pair_kind kind, size_t rounds, side *s,
                           tjac_err *err)
{
    if (!(s->pair = tjac_alloc(b->n_pairs, sizeof *s->pair, err)))
        return err->code;
    for (size_t i = 0; i < b->n_pairs; i++)
        if (b->pair[i].kind == kind)
            s->pair[s->n++] = i;
    s->weight = tjac_alloc(s->n, sizeof *s->weight, err);
    s->total = tjac_alloc(rounds, sizeof *s->total, err);
    return err->code;
}

static void side_free(side *s)
{
    free(s->pair);
    free(s->weight);
    free(s->total);
}

/* The weights of a kind's pairs in one round. */
static const double *weigh(const work *w, const side *s, size_t round)
{
    const double *regulator = w->regulators.weight + round * w->regulators.n;
    const double *target = w->targets.weight + round * w->targets.n;
    for (size_t i = 0; i < s->n; i++) {
        const tjac_j_pair *p = &w->block->pair[s->pair[i]];
        s->weight[i] = regulator[p->regulator] * target[p->target];
    }
    return s->weight;
}

/* Regulators are drawn first, then targets. */
static tjac_code draw_weights(work *w, uint64_t seed, tjac_err *err)
{
    tjac_rng *rng = NULL;
    if (role_init(w->block, 0, w->rounds, &w->regulators, err) ||
        role_init(w->block, 1, w->rounds, &w->targets, err) || tjac_rng_new(seed, &rng, err))
        return err->code;
    for (size_t r = 0; r < w->rounds; r++) {
        draw_role(&w->regulators, r, rng);
        draw_role(&w->targets, r, rng);
        for (int k = 0; k < 2; k++) {
            const double *weight = weigh(w, &w->side[k], r);
            for (size_t i = 0; i < w->side[k].n; i++)
                w->side[k].total[r] += weight[i];
        }
    }
    tjac_rng_free(rng);
    return TJAC_OK;
}

/* ---- means ---- */

/* mean[lane][rounds] of one kind under KDs [first, first + LANES): sum w J / sum w over the pairs
 * that are not the KD's own. Each lane is summed in the order of the pairs, so that the lanes
 * beside it change nothing. */
static void sum_lanes(const work *w, const side *s, size_t first, double *J, double *mean)
{
    const tjac_j_panel *b = w->block;
    size_t lanes = b->kds.n - first < LANES ? b->kds.n - first : LANES;
    memset(J, 0, s->n * LANES * sizeof *J);
    for (size_t q = 0; q < lanes; q++)
        for (size_t i = 0; i < s->n; i++) {
            size_t at = (first + q) * b->n_pairs + s->pair[i];
            J[i * LANES + q] = b->self[at] ? 0 : b->J[at];
        }
    for (size_t r = 0; r < w->rounds; r++) {
        const double *weight = weigh(w, s, r);
        double sum[LANES] = {0};
        for (size_t i = 0; i < s->n; i++)
            for (size_t q = 0; q < LANES; q++)
                sum[q] += weight[i] * J[i * LANES + q];
        for (size_t q = 0; q < lanes; q++) {
            double total = s->total[r];
            const unsigned char *self = b->self + (first + q) * b->n_pairs;
            for (size_t i = 0; i < s->n; i++)
                total -= self[s->pair[i]] ? weight[i] : 0; /* whole numbers: exact */
            mean[q * w->rounds + r] = total > 0 ? sum[q] / total : NAN;
        }
    }
}

/* Moments over the rounds in which both means are defined; sorts nothing but `scratch`. */
static void summarize(const double *a, const double *b, size_t rounds, double alpha,
                      double *scratch, tjac_pigeonhole *out)
{
    double ma = 0, mb = 0, saa = 0, sbb = 0, sab = 0;
    size_t n = 0;
    *out = (tjac_pigeonhole){0, NAN, NAN, NAN, NAN, NAN};
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
    out->var_null = sbb / (double)(n - 1);
    out->covariance = sab / (double)(n - 1);
    tjac_interval limits = tjac_percentile_limits(scratch, rounds, alpha);
    out->difference_lo = limits.lo;
    out->difference_hi = limits.hi;
}

tjac_code tjac_pigeonhole_run(const tjac_j_panel *block, size_t rounds, double alpha, uint64_t seed,
                              tjac_pigeonhole *out, tjac_err *err)
{
    work w = {.block = block, .rounds = rounds};
    double *mean[2] = {NULL, NULL}, *J = NULL, *scratch = NULL;
    if (side_init(block, kinds[0], rounds, &w.side[0], err) ||
        side_init(block, kinds[1], rounds, &w.side[1], err) || draw_weights(&w, seed, err))
        goto done;
    mean[0] = tjac_alloc(rounds, LANES * sizeof(double), err);
    mean[1] = tjac_alloc(rounds, LANES * sizeof(double), err);
    J = tjac_alloc(block->n_pairs, LANES * sizeof *J, err);
    scratch = tjac_alloc(rounds, sizeof *scratch, err);
    if (err->code)
        goto done;
    for (size_t first = 0; first < block->kds.n; first += LANES) {
        sum_lanes(&w, &w.side[0], first, J, mean[0]);
        sum_lanes(&w, &w.side[1], first, J, mean[1]);
        for (size_t q = 0; q < LANES && first + q < block->kds.n; q++)
            summarize(mean[0] + q * rounds, mean[1] + q * rounds, rounds, alpha, scratch,
                      &out[first + q]);
    }
done:
    role_free(&w.regulators);
    role_free(&w.targets);
    side_free(&w.side[0]);
    side_free(&w.side[1]);
    free(mean[0]);
    free(mean[1]);
    free(J);
    free(scratch);
    return err->code;
}
