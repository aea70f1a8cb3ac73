#include "engine/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/alloc.h"
#include "engine/cover.h"

/* Measured on real dimensions (docs/performance.md), a pullback being 1: a push through the
 * double-backward graph, and making that graph once a prediction. */
static const double push_cost = 1.3, push_setup = 2.5;

static double cost_of(const tjac_lines_choice *c, size_t pulls, size_t pushes)
{
    double forms = c->forms ? (double)c->forms : 1;
    return forms * ((double)pulls + push_cost * (double)pushes) + (pushes ? push_setup : 0);
}

static size_t count(const bool *taken, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        k += taken[i];
    return k;
}

static void take_all(bool *taken, size_t n, bool value)
{
    for (size_t i = 0; i < n; i++)
        taken[i] = value;
}

/* The cheapest way, or the one that was asked for. */
static tjac_code take_lines(const tjac_plan *p, const tjac_lines_choice *c, bool *regulator,
                            bool *target, tjac_lines *out, tjac_err *err)
{
    const tjac_cover_graph g = {p->pair, p->n_pairs, p->n_regulators, p->n_targets, push_cost, 1.0};
    size_t R = p->n_regulators, T = p->n_targets, L = c->enc_size;
    if (c->kind == TJAC_ENGINE_AUTO && tjac_cover_find(&g, regulator, target, err))
        return err->code;
    size_t pulls = count(target, T), pushes = count(regulator, R);
    double mixed = cost_of(c, pulls, pushes), reverse = cost_of(c, T, 0);
    double forward = cost_of(c, 0, R), enc = cost_of(c, 0, L);
    bool can_enc = L > 0 && !c->needs_pairs;
    bool automatic = c->kind == TJAC_ENGINE_AUTO;
    bool forwards = c->kind == TJAC_ENGINE_FORWARD;
    out->enc = can_enc && ((automatic && enc < mixed && enc < reverse && enc < forward) ||
                           (forwards && enc < forward));
    out->name = "mixed";
    if (out->enc || forwards || (automatic && forward <= mixed && forward < reverse)) {
        out->name = "forward";
        take_all(target, T, false);
        take_all(regulator, R, true);
    } else if (!automatic || reverse <= mixed) {
        out->name = c->kind == TJAC_ENGINE_SEQUENTIAL ? "sequential" : "reverse";
        take_all(target, T, true);
        take_all(regulator, R, false);
    }
    if (!automatic)
        snprintf(out->reason, sizeof out->reason, "asked for");
    else
        snprintf(out->reason, sizeof out->reason,
                 "costs in pullbacks a KD and set: reverse %.4g (%zu targets), forward %.4g (%zu "
                 "regulators), mixed %.4g (%zu + %zu), by the encoding %.4g (%zu numbers)",
                 reverse, T, forward, R, mixed, pulls, pushes, enc, L);
    return TJAC_OK;
}

static tjac_code add_line(tjac_lines *l, size_t *cap, tjac_way way, size_t index, tjac_err *err)
{
    if (tjac_grow((void **)&l->line, cap, l->n_lines + 1, sizeof *l->line, err))
        return err->code;
    l->line[l->n_lines++] = (tjac_line){way, index, 0, 0};
    return TJAC_OK;
}

/* L lines of T entries. */
static tjac_code make_enc_lines(const tjac_plan *p, size_t L, tjac_lines *l, tjac_err *err)
{
    size_t cap = 0, T = p->n_targets;
    if (!(l->entry = tjac_alloc(L, T * sizeof *l->entry, err)))
        return err->code;
    l->n_dest = l->n_entries = L * T;
    for (size_t h = 0; h < L; h++) {
        if (add_line(l, &cap, TJAC_PUSH_ENC, h, err))
            return err->code;
        l->line[h].first = h * T;
        l->line[h].n = T;
        for (size_t t = 0; t < T; t++)
            l->entry[h * T + t] = (tjac_line_entry){t, t * L + h};
    }
    return TJAC_OK;
}

/* Lines of the taken targets, then regulators; a pair that both could give is pulled. */
static tjac_code make_pair_lines(const tjac_plan *p, const bool *regulator, const bool *target,
                                 tjac_lines *l, tjac_err *err)
{
    size_t cap = 0, R = p->n_regulators, T = p->n_targets;
    size_t *of_target = tjac_alloc(T, sizeof *of_target, err);
    size_t *of_regulator = tjac_alloc(R, sizeof *of_regulator, err);
    l->entry = tjac_alloc(p->n_pairs, sizeof *l->entry, err);
    l->n_dest = l->n_entries = p->n_pairs;
    for (size_t t = 0; t < T && !err->code; t++)
        if (target[t]) {
            of_target[t] = l->n_lines;
            if (!add_line(l, &cap, TJAC_PULL, t, err))
                l->n_pulls = l->n_lines;
        }
    for (size_t r = 0; r < R && !err->code; r++)
        if (regulator[r]) {
            of_regulator[r] = l->n_lines;
            if (add_line(l, &cap, TJAC_PUSH, r, err))
                break;
        }
    if (err->code)
        goto done;
    for (int fill = 0; fill < 2; fill++) {
        for (size_t i = 0; i < p->n_pairs; i++) {
            const tjac_plan_pair *pair = &p->pair[i];
            bool pulled = target[pair->target];
            tjac_line *line =
                &l->line[pulled ? of_target[pair->target] : of_regulator[pair->regulator]];
            if (fill)
                l->entry[line->first + line->n] =
                    (tjac_line_entry){pulled ? pair->regulator : pair->target, i};
            line->n++;
        }
        for (size_t k = 0, at = 0; !fill && k < l->n_lines; k++) {
            l->line[k].first = at;
            at += l->line[k].n;
            l->line[k].n = 0;
        }
    }
done:
    free(of_target);
    free(of_regulator);
    return err->code;
}

tjac_code tjac_lines_choose(const tjac_plan *plan, const tjac_lines_choice *choice, tjac_lines *out,
                            tjac_err *err)
{
    tjac_lines l = {.name = "none"};
    bool *regulator = tjac_alloc(plan->n_regulators, sizeof *regulator, err);
    bool *target = tjac_alloc(plan->n_targets, sizeof *target, err);
    if (err->code || plan->n_pairs == 0 || choice->forms == 0) {
        snprintf(l.reason, sizeof l.reason, "no derivatives are wanted");
        goto done;
    }
    if (take_lines(plan, choice, regulator, target, &l, err))
        goto done;
    if (l.enc)
        make_enc_lines(plan, choice->enc_size, &l, err);
    else
        make_pair_lines(plan, regulator, target, &l, err);
done:
    free(regulator);
    free(target);
    if (err->code)
        tjac_lines_free(&l);
    else
        *out = l;
    return err->code;
}

tjac_code tjac_lines_choose_full(const tjac_plan *plan, const tjac_lines_choice *choice,
                                 tjac_lines *out, tjac_err *err)
{
    tjac_plan all = *plan;
    size_t R = plan->n_regulators, T = plan->n_targets;
    if (!(all.pair = tjac_alloc(R, T * sizeof *all.pair, err)))
        return err->code;
    all.n_pairs = R * T;
    for (size_t t = 0; t < T; t++)
        for (size_t r = 0; r < R; r++)
            all.pair[t * R + r] = (tjac_plan_pair){r, t};
    tjac_code code = tjac_lines_choose(&all, choice, out, err);
    free(all.pair);
    return code;
}

void tjac_lines_free(tjac_lines *l)
{
    if (!l)
        return;
    free(l->line);
    free(l->entry);
    *l = (tjac_lines){0};
}
