#include "stats/profiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/alloc.h"

enum { LANES = 8 }; /* KDs that stand side by side */

/* Of one KD, over the entries that it has. */
typedef struct {
    double n, sum, squares; /* centred: the sum is 0 but for rounding */
    bool flat;              /* without spread */
    bool lists_own;         /* the entries listed are those that it has, else those that it lacks */
    size_t *listed;         /* [n_listed] the fewer of both */
    size_t n_listed;
} kd;

/* Profiles of LANES KDs side by side, block after block. Sums run over the entries in their order
 * in every lane, so that no lane depends on those beside it. */
typedef struct {
    size_t kds, entries, blocks;
    double *value; /* [blocks][entries][LANES]; 0 where there is no entry */
    double *there; /* the same; 1 or 0 */
    size_t *list;  /* all of kd.listed */
    kd *kd;        /* [kds] */
} profiles;

/* ---- entries ---- */

static size_t at(const profiles *p, size_t k, size_t entry)
{
    return (k / LANES * p->entries + entry) * LANES + k % LANES;
}

/* log2 n less its mean over the KDs that count, of one pair. */
static void put_entry(profiles *p, const tjac_crossed *c, size_t pair, size_t entry)
{
    double sum = 0;
    size_t n = 0;
    for (size_t k = 0; k < p->kds; k++) {
        double scaled = tjac_crossed_scaled(c, k, pair);
        if (!(scaled > 0))
            continue;
        double value = p->value[at(p, k, entry)] = log2(scaled);
        p->there[at(p, k, entry)] = 1;
        if (tjac_j_panel_counts(c->panel, k)) {
            sum += value;
            n++;
        }
    }
    for (size_t k = 0; k < p->kds && n; k++)
        if (p->there[at(p, k, entry)] > 0)
            p->value[at(p, k, entry)] -= sum / (double)n;
}

/* Whether n numbers with these squares about their mean are all the same but for rounding: an sd
 * of 1e-12 of a doubling. */
static bool is_flat(double squares, double n)
{
    return !(squares > 1e-24 * n);
}

/* Takes a KD's mean off its entries, so that no sum of theirs cancels. */
static void centre(profiles *p, size_t k)
{
    kd *d = &p->kd[k];
    for (size_t e = 0; e < p->entries; e++) {
        d->n += p->there[at(p, k, e)];
        d->sum += p->value[at(p, k, e)];
    }
    double mean = d->n > 0 ? d->sum / d->n : 0;
    d->sum = 0;
    for (size_t e = 0; e < p->entries; e++) {
        double *value = &p->value[at(p, k, e)];
        *value = p->there[at(p, k, e)] > 0 ? *value - mean : 0;
        d->sum += *value;
        d->squares += *value * *value;
    }
    d->flat = is_flat(d->squares, d->n);
    d->lists_own = 2 * d->n < (double)p->entries;
    d->n_listed = (size_t)(d->lists_own ? d->n : (double)p->entries - d->n);
}

static tjac_code list_entries(profiles *p, tjac_err *err)
{
    size_t all = 0;
    for (size_t k = 0; k < p->kds; k++)
        all += p->kd[k].n_listed;
    if (!(p->list = tjac_alloc(all, sizeof *p->list, err)))
        return err->code;
    size_t *next = p->list;
    for (size_t k = 0; k < p->kds; k++) {
        p->kd[k].listed = next;
        for (size_t e = 0; e < p->entries; e++)
            if ((p->there[at(p, k, e)] > 0) == p->kd[k].lists_own)
                *next++ = e;
    }
    return TJAC_OK;
}

static tjac_code profiles_init(const tjac_crossed *c, profiles *p, tjac_err *err)
{
    const tjac_j_panel *j = c->panel;
    *p = (profiles){.kds = j->kds.n, .blocks = (j->kds.n + LANES - 1) / LANES};
    for (size_t i = 0; i < j->n_pairs; i++)
        p->entries += tjac_crossed_is_matched(c, i);
    p->value = tjac_alloc(p->blocks, (p->entries + 1) * LANES * sizeof *p->value, err);
    p->there = tjac_alloc(p->blocks, (p->entries + 1) * LANES * sizeof *p->there, err);
    p->kd = tjac_alloc(p->kds, sizeof *p->kd, err);
    if (err->code)
        return err->code;
    for (size_t i = 0, entry = 0; i < j->n_pairs; i++)
        if (tjac_crossed_is_matched(c, i))
            put_entry(p, c, i, entry++);
    for (size_t k = 0; k < p->kds; k++)
        centre(p, k);
    return list_entries(p, err);
}

static void profiles_free(profiles *p)
{
    free(p->value);
    free(p->there);
    free(p->list);
    free(p->kd);
}

/* ---- sums over two blocks of KDs ---- */

/* out[i][q]: sum of the products of KD i of one block and KD q of the other. */
static void multiply(const double *a, const double *b, size_t n, double (*out)[LANES])
{
    for (size_t i = 0; i < LANES; i += 2) { /* two at a time fit the registers */
        double one[LANES] = {0}, two[LANES] = {0};
        for (size_t e = 0; e < n; e++)
            for (size_t q = 0; q < LANES; q++) {
                one[q] += a[e * LANES + i] * b[e * LANES + q];
                two[q] += a[e * LANES + i + 1] * b[e * LANES + q];
            }
        memcpy(out[i], one, sizeof one);
        memcpy(out[i + 1], two, sizeof two);
    }
}

/* n, sum and squares of the KDs of a block over the entries that they share with one KD. */
typedef struct {
    double n[LANES], sum[LANES], squares[LANES];
} shared;

static void share(const profiles *p, size_t block, const kd *with, shared *out)
{
    const double *value = p->value + block * p->entries * LANES;
    const double *there = p->there + block * p->entries * LANES;
    shared s = {{0}, {0}, {0}};
    for (size_t i = 0; i < with->n_listed; i++)
        for (size_t q = 0; q < LANES; q++) {
            double v = value[with->listed[i] * LANES + q];
            s.n[q] += there[with->listed[i] * LANES + q];
            s.sum[q] += v;
            s.squares[q] += v * v;
        }
    for (size_t q = 0; q < LANES && block * LANES + q < p->kds && !with->lists_own; q++) {
        const kd *d = &p->kd[block * LANES + q];
        s.n[q] = d->n - s.n[q];
        s.sum[q] = d->sum - s.sum[q];
        s.squares[q] = d->squares - s.squares[q];
    }
    *out = s;
}

/* ---- correlations ---- */

/* The same from the entries themselves, in two passes. */
static double correlate_slowly(const profiles *p, size_t i, size_t k)
{
    double n = 0, mx = 0, my = 0, sxx = 0, syy = 0, sxy = 0;
    for (size_t e = 0; e < p->entries; e++) {
        double both = p->there[at(p, i, e)] * p->there[at(p, k, e)];
        n += both;
        mx += both * p->value[at(p, i, e)];
        my += both * p->value[at(p, k, e)];
    }
    mx /= n;
    my /= n;
    for (size_t e = 0; e < p->entries; e++) {
        double both = p->there[at(p, i, e)] * p->there[at(p, k, e)];
        double x = both * (p->value[at(p, i, e)] - mx), y = both * (p->value[at(p, k, e)] - my);
        sxx += x * x;
        syy += y * y;
        sxy += x * y;
    }
    if (is_flat(sxx, n) || is_flat(syy, n))
        return NAN;
    return fmax(-1, fmin(1, sxy / (sqrt(sxx) * sqrt(syy))));
}

/* Of KDs i and k, lanes a and b of their blocks. */
static double correlate(const profiles *p, size_t i, size_t k, double product, const shared *of_i,
                        const shared *of_k)
{
    const double least = 1e-4; /* of a KD's squares: if less is shared, differences cancel */
    size_t a = i % LANES, b = k % LANES;
    double n = of_i->n[a];
    if (n < 3 || p->kd[i].flat || p->kd[k].flat)
        return NAN;
    double sxx = of_i->squares[a] - of_i->sum[a] * of_i->sum[a] / n;
    double syy = of_k->squares[b] - of_k->sum[b] * of_k->sum[b] / n;
    if (!(sxx > least * p->kd[i].squares) || !(syy > least * p->kd[k].squares))
        return correlate_slowly(p, i, k);
    double sxy = product - of_i->sum[a] * of_k->sum[b] / n;
    return fmax(-1, fmin(1, sxy / (sqrt(sxx) * sqrt(syy))));
}

/* r of the KDs of blocks x and y. */
static void correlate_blocks(const profiles *p, size_t x, size_t y, double *r)
{
    double product[LANES][LANES];
    shared of_x[LANES], of_y[LANES]; /* with each KD of the other block */
    multiply(p->value + x * p->entries * LANES, p->value + y * p->entries * LANES, p->entries,
             product);
    for (size_t q = 0; q < LANES; q++) {
        if (y * LANES + q < p->kds)
            share(p, x, &p->kd[y * LANES + q], &of_x[q]);
        if (x * LANES + q < p->kds)
            share(p, y, &p->kd[x * LANES + q], &of_y[q]);
    }
    for (size_t i = x * LANES; i < (x + 1) * LANES && i < p->kds; i++)
        for (size_t k = y * LANES; k < (y + 1) * LANES && k < p->kds; k++)
            if (i < k)
                r[i * p->kds + k] = r[k * p->kds + i] = correlate(
                    p, i, k, product[i % LANES][k % LANES], &of_x[k % LANES], &of_y[i % LANES]);
}

tjac_code tjac_profiles_make(const tjac_crossed *crossed, double **out, tjac_err *err)
{
    profiles p;
    double *r = NULL;
    if (profiles_init(crossed, &p, err) || !(r = tjac_alloc(p.kds, p.kds * sizeof *r, err)))
        goto done;
    for (size_t x = 0; x < p.blocks; x++)
        for (size_t y = x; y < p.blocks; y++)
            correlate_blocks(&p, x, y, r);
    for (size_t k = 0; k < p.kds; k++)
        r[k * p.kds + k] = 1;
    *out = r;
done:
    profiles_free(&p);
    return err->code;
}

double tjac_profiles_mean(const double *r, size_t kds, const unsigned char *member)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < kds; i++)
        for (size_t k = i + 1; k < kds; k++)
            if (member[i] && member[k] && !isnan(r[i * kds + k])) {
                sum += r[i * kds + k];
                n++;
            }
    return n ? sum / (double)n : NAN;
}

tjac_code tjac_profiles_find_near(const double *r, size_t kds, tjac_profiles_near *out,
                                  tjac_err *err)
{
    const double beyond = 0.5;
    tjac_profiles_near near = {0};
    size_t cap = 0;
    for (size_t i = 0; i < kds; i++)
        for (size_t k = i + 1; k < kds; k++) {
            if (!(r[i * kds + k] > beyond))
                continue;
            if (tjac_grow((void **)&near.pair, &cap, near.n + 1, sizeof *near.pair, err)) {
                tjac_profiles_near_free(&near);
                return err->code;
            }
            near.pair[near.n][0] = i;
            near.pair[near.n++][1] = k;
        }
    *out = near;
    return TJAC_OK;
}

void tjac_profiles_near_free(tjac_profiles_near *near)
{
    free(near->pair);
    *near = (tjac_profiles_near){0};
}
