/* KDs are computed by groups that the plan alone cuts: where a run was cut changes no bit of J;
 * what is handed over when; what a stop leaves. */
#include "engine_case.h"

static const tjac_estimand every[] = {TJAC_SET_MEAN,  TJAC_SAME_CELL, TJAC_CROSS_CELL,
                                      TJAC_MEAN_CELL, TJAC_PERT,      TJAC_KNOCKOUT,
                                      TJAC_SHIFT};
enum { N_EVERY = sizeof every / sizeof *every };

static engine_case e; /* large */

/* ---- results of some KDs ---- */

/* J of the KDs at these positions of the case's plan. */
static tjac_results run_some(test *t, const size_t *kds, size_t n)
{
    tjac_err err = {0};
    tjac_plan some = {0};
    tjac_results r = {0};
    engine_case *c = &e;
    if (!CHECK_OK(t, tjac_plan_some(&e.plan, kds, n, &some, &err), &err))
        return r;
    c->task.plan = &some;
    r = run_case(t, c);
    c->task.plan = &c->plan;
    free(some.kd);
    return r;
}

/* Whether KD b of `part` has the bits of KD a of `whole`. */
static bool same_kd(const tjac_results *whole, size_t a, const tjac_results *part, size_t b)
{
    size_t n = whole->n_pairs, T = whole->n_targets;
    bool same = memcmp(whole->active + a * T, part->active + b * T, T * sizeof(double)) == 0;
    for (size_t i = 0; i < whole->n_estimands; i++) {
        size_t x = (i * whole->n_kds + a) * n, y = (i * part->n_kds + b) * n;
        same &= memcmp(whole->J + x, part->J + y, n * sizeof(double)) == 0 &&
                memcmp(whole->se + x, part->se + y, n * sizeof(double)) == 0;
    }
    return same;
}

static bool same_kds(const tjac_results *whole, const size_t *kds, const tjac_results *part)
{
    bool same = whole->J && part->J;
    for (size_t k = 0; same && k < part->n_kds; k++)
        same = same_kd(whole, kds[k], part, k);
    return same;
}

/* ---- groups ---- */

/* The positions of the KDs of these groups. */
static size_t groups_of(const char *groups, size_t G, size_t *kds)
{
    size_t n = 0;
    for (const char *g = groups; *g; g++)
        for (size_t k = (size_t)(*g - '0') * G; k < (size_t)(*g - '0' + 1) * G; k++)
            if (k < e.plan.n_kds)
                kds[n++] = k;
    return n;
}

static void check_parts(test *t, size_t G)
{
    static const char *const parts[] = {"02", "134"};
    size_t kds[MOST_KDS];
    double passes = 0;
    tjac_results whole = run_case(t, &e);
    CHECK(t, !whole.report.pieces);
    for (size_t i = 0; i < 2; i++) {
        size_t n = groups_of(parts[i], G, kds);
        tjac_results part = run_some(t, kds, n);
        CHECK(t, part.n_kds == n && same_kds(&whole, kds, &part));
        passes += part.report.passes;
        tjac_results_free(&part);
    }
    CHECK_NEAR(t, passes, whole.report.passes, 1e-15);
    tjac_results_free(&whole);
}

/* Five groups, the last one not full; all of them at once, or two and three of them. */
static void test_groups(test *t, bool device)
{
    size_t G = tjac_engine_group(device);
    for (size_t threads = 1; threads <= 3; threads += 2)
        for (size_t sets = 1; sets <= 3; sets += 2)
            for (int probed = 0; probed < 2; probed++) {
                case_init(&e, "xxxxx/x.x.x", 4 * G + (device ? 5 : 1), 5, sets);
                want(&e, every, N_EVERY);
                e.model[0].f.rounds = e.model[1].f.rounds = true;
                e.model[0].f.own = e.model[1].f.own = 1;
                e.options.threads = threads;
                e.options.tolerance = probed ? 0.05 : 0;
                e.task.n_st = device && threads > 1 ? 2 : 1;
                if (device)
                    on_device(&e, 1e12);
                check_parts(t, G);
            }
}

/* The stand-in rounds by the KDs of a call: half a group has other bits. And each group is one
 * call.
 */
static void test_half_a_group(test *t)
{
    size_t G = tjac_engine_group(true), kds[MOST_KDS];
    case_init(&e, "xx/xx", G + 1, 5, 1);
    want(&e, every, 1);
    e.model[0].f.rounds = true;
    on_device(&e, 1e12);
    tjac_results whole = run_case(t, &e), half = run_some(t, kds, groups_of("0", G, kds) / 2);
    CHECK(t, atomic_load(&e.model[0].most_kds) == G);
    CHECK(t, half.n_kds == G / 2 && whole.J && half.J && !same_kd(&whole, 0, &half, 0));
    tjac_results_free(&half);
    half = run_some(t, (const size_t[]){G}, 1);
    CHECK(t, whole.J && half.J && same_kd(&whole, G, &half, 0));
    tjac_results_free(&half);
    tjac_results_free(&whole);
    CHECK(t, tjac_engine_group(false) == 1 && (G & (G - 1)) == 0);
}

/* ---- probes ---- */

/* KDs that need 4, 8 and all 15 probes: each has the bits, of J and of its error, that it has
 * alone, whoever is in its batch. What a batch computes is what its slowest KD needs. */
static void test_kds_settle_alone(test *t)
{
    static const tjac_estimand what[] = {TJAC_SAME_CELL, TJAC_CROSS_CELL};
    static const size_t three[] = {1, 4, 7}, all[] = {0, 1, 2, 3, 4, 5, 6, 7};
    for (size_t sets = 1; sets <= 2; sets++) {
        double most = 0;
        size_t of_4 = 0, of_8 = 0, of_15 = 0;
        case_init(&e, "x", 8, 16, sets);
        want(&e, what, 2);
        e.model[0].f.own = 1;
        e.options.tolerance = 0.026;
        e.options.seed = 3;
        on_device(&e, 1e12);
        tjac_results batch = run_case(t, &e), some = run_some(t, three, 3);
        for (size_t i = 0; i < 3 && batch.J && some.J; i++)
            CHECK(t, same_kd(&batch, three[i], &some, i));
        for (size_t k = 0; k < 8; k++) {
            tjac_results alone = run_some(t, &all[k], 1);
            CHECK(t, same_kds(&batch, &all[k], &alone));
            double passes = alone.report.passes / (double)sets;
            of_4 += passes == 1 + 4;
            of_8 += passes == 1 + 8;
            of_15 += passes == 1 + 15;
            most = passes > most ? passes : most;
            tjac_results_free(&alone);
        }
        if (sets == 1) {
            CHECK(t, of_4 > 0 && of_8 > 0 && of_15 > 0 && of_4 + of_8 + of_15 == 8);
            CHECK(t, batch.report.passes == 8 * most);
        }
        tjac_results_free(&some);
        tjac_results_free(&batch);
    }
}

/* ---- what is handed over, and stops ---- */

typedef struct {
    const tjac_results *whole; /* what must come */
    size_t handed, calls, stop_at, done, of, workers;
    bool stopped, wrong, late;
} watcher;

static tjac_code take(void *self, const tjac_engine_kd *kd, tjac_err *err)
{
    watcher *w = self;
    const tjac_results *r = w->whole;
    size_t n = r->n_pairs, T = r->n_targets;
    (void)err;
    w->late |= w->stopped;
    w->wrong |= memcmp(kd->active, r->active + kd->kd * T, T * sizeof(double)) != 0;
    for (size_t i = 0; i < r->n_estimands; i++)
        w->wrong |= memcmp(kd->J + i * n, r->J + (i * r->n_kds + kd->kd) * n, n * sizeof(double));
    /* begun and not handed over: a group a worker, and one more */
    size_t most = (w->workers + 1) * tjac_engine_group(e.st[0].device);
    w->wrong |= e.reads > e.source.n_sets * (w->handed + most);
    w->handed++;
    return TJAC_OK;
}

static tjac_code watch(void *self, size_t done, size_t of, tjac_err *err)
{
    watcher *w = self;
    w->late |= w->stopped || (w->calls && w->done == w->of); /* all was done already */
    w->wrong |= done < w->done || done > of || w->handed * e.source.n_sets > done;
    w->done = done;
    w->of = of;
    w->stopped = ++w->calls == w->stop_at;
    return w->stopped ? tjac_err_set(err, TJAC_EINTR, "stop") : TJAC_OK;
}

/* Runs the case with the watcher. */
static tjac_code run_watched(watcher *w, tjac_err *err)
{
    tjac_engine_report report;
    tjac_engine_options o = e.options;
    o.take = take;
    o.progress = watch;
    o.take_self = o.progress_self = w;
    e.reads = 0;
    return tjac_engine_run(&e.task, &o, &report, err);
}

static void setup_watched(size_t n_kds, size_t threads, bool device)
{
    case_init(&e, "xxxxx/xxxxx", n_kds, 5, 3);
    want(&e, every, N_EVERY);
    e.options.threads = threads;
    if (device)
        on_device(&e, 1e12);
}

/* Every KD comes once, as soon as it is there: no more are held than the workers have begun. */
static void test_handed_over(test *t)
{
    for (int device = 0; device < 2; device++)
        for (size_t threads = 1; threads <= 3; threads += 2) {
            tjac_err err = {0};
            setup_watched(device ? 4 * tjac_engine_group(true) : 24, threads, device);
            tjac_results whole = run_case(t, &e);
            watcher w = {.whole = &whole, .workers = device ? 2 : threads};
            if (!CHECK(t, whole.J))
                return;
            CHECK_OK(t, run_watched(&w, &err), &err);
            CHECK(t, w.handed == e.plan.n_kds && w.done == w.of && !w.wrong && !w.late);
            tjac_results_free(&whole);
        }
}

/* A set that several workers share is done when all of its parts are, whichever ends last. */
static void test_parts_are_done_together(test *t)
{
    for (int round = 0; round < 20; round++) {
        tjac_err err = {0};
        case_init(&e, "xxxxxxxxxxxx/xxxxxxxxxxxx", 1, 5, 1);
        want(&e, every, 2);
        e.options.kind = TJAC_ENGINE_REVERSE;
        e.options.threads = 3;
        e.model[0].meet = 3;
        tjac_results whole = run_case(t, &e);
        watcher w = {.whole = &whole, .workers = 3};
        if (!CHECK(t, whole.J))
            return;
        CHECK_OK(t, run_watched(&w, &err), &err);
        CHECK(t, w.handed == 1 && w.done == 1 && !w.wrong && !w.late);
        tjac_results_free(&whole);
    }
}

/* Stopped at each call of progress in turn, so also between the passes of a unit. */
static void test_stop(test *t)
{
    static const size_t threads[] = {1, 3};
    for (size_t i = 0; i < 2; i++) {
        setup_watched(3, threads[i], false);
        tjac_results whole = run_case(t, &e);
        size_t none = 0, some = 0, stops = 0;
        for (size_t stop_at = 1; whole.J && stop_at < 400; stop_at++, stops++) {
            tjac_err err = {0};
            watcher w = {.whole = &whole, .stop_at = stop_at, .workers = threads[i]};
            tjac_code code = run_watched(&w, &err);
            CHECK(t, !w.wrong && !w.late && (code == TJAC_EINTR) == w.stopped);
            if (!w.stopped)
                break;
            CHECK_ERROR(t, &err, TJAC_EINTR, "stop");
            none += w.handed == 0;
            some += w.handed > 0 && w.handed < 3;
        }
        CHECK(t, none > 10 && some > 10 && stops > 30);
        tjac_results_free(&whole);
    }
}

/* A stop is heard within a unit: it is not computed to its end. */
static void test_stop_is_soon(test *t)
{
    tjac_err err = {0};
    setup_watched(1, 1, false);
    e.source.n_sets = 1;
    tjac_results whole = run_case(t, &e);
    watcher w = {.whole = &whole, .stop_at = 2, .workers = 1};
    if (CHECK(t, whole.J))
        CHECK(t, run_watched(&w, &err) == TJAC_EINTR && w.calls == 2 && w.done == 0);
    tjac_err_clear(&err);
    tjac_results_free(&whole);
}

/* A part of a run may be without KDs. */
static void test_no_kds(test *t)
{
    for (int device = 0; device < 2; device++) {
        tjac_err err = {0};
        tjac_results whole = {0};
        watcher w = {.whole = &whole};
        setup_watched(0, 2, device);
        CHECK_OK(t, run_watched(&w, &err), &err);
        CHECK(t, w.handed == 0);
    }
}

int main(void)
{
    test t = {0};
    test_groups(&t, false);
    test_groups(&t, true);
    test_half_a_group(&t);
    test_kds_settle_alone(&t);
    test_handed_over(&t);
    test_parts_are_done_together(&t);
    test_stop(&t);
    test_stop_is_soon(&t);
    test_no_kds(&t);
    return test_end(&t);
}
