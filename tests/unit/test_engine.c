/* The engine against a stand-in whose Jacobian is known in closed form (stand_in.h). */
#include "engine_case.h"
#include "engine/fold.h"

static const tjac_estimand every[] = {TJAC_SET_MEAN,  TJAC_SAME_CELL, TJAC_CROSS_CELL,
                                      TJAC_MEAN_CELL, TJAC_PERT,      TJAC_KNOCKOUT,
                                      TJAC_SHIFT};
enum { N_EVERY = sizeof every / sizeof *every };

static engine_case e; /* large */

/* Every estimand by every engine: pulls, pushes, both, and the encoding (of 2 numbers). */
static void test_values(test *t)
{
    static const char *const rows[] = {"xxxxx/xxxxx/xxxxx/xxxxx", "x.x/.x./xx.",
                                       "xxxxxxxx/x......./x......./x......./x......./x.......",
                                       "x"};
    static const tjac_engine_kind kinds[] = {TJAC_ENGINE_AUTO, TJAC_ENGINE_REVERSE,
                                             TJAC_ENGINE_FORWARD, TJAC_ENGINE_SEQUENTIAL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            for (size_t S = 5; S <= 8; S += 3)
                for (size_t sets = 1; sets <= 3; sets += 2)
                    for (size_t enc = ENC; enc <= 100; enc += 98) {
                        case_init(&e, rows[i], 3, S, sets);
                        e.options.kind = kinds[k];
                        e.st[0].enc_size = enc; /* 100: never worth it */
                        want(&e, every, N_EVERY);
                        tjac_results r = run_case(t, &e);
                        check_values(t, &e, &r, 1e-9);
                        tjac_results_free(&r);
                    }
}

/* A set of equal cells is as one cell; not when its cells are of several batches. */
static void test_mean_cell(test *t)
{
    static const tjac_estimand what[] = {TJAC_MEAN_CELL};
    for (int collapses = 0; collapses < 2; collapses++)
        for (int batches = 0; batches < 3; batches++) {
            case_init(&e, "xx/.x", 2, 4, 2);
            want(&e, what, 1);
            e.model[0].f.normal = true;
            e.st[0].collapses = collapses;
            for (size_t i = 0; i < 8; i++)
                e.batch[i] = batches == 1 ? (int64_t)(i / 4) : (int64_t)(i % 3);
            e.source.batch = batches ? e.batch : NULL;
            tjac_results r = run_case(t, &e);
            check_values(t, &e, &r, 1e-10);
            tjac_results_free(&r);
        }
}

static bool same_bytes(const tjac_results *a, const tjac_results *b)
{
    size_t n = a->n_estimands * a->n_kds * a->n_pairs;
    return memcmp(a->J, b->J, n * sizeof *a->J) == 0 &&
           memcmp(a->se, b->se, n * sizeof *a->se) == 0 &&
           memcmp(a->active, b->active, a->n_kds * a->n_targets * sizeof *a->active) == 0 &&
           fabs(a->report.passes - b->report.passes) < 0.5;
}

static void test_threads(test *t)
{
    static const size_t threads[] = {2, 4, 7};
    for (size_t kds = 1; kds <= 5; kds += 4)
        for (size_t sets = 1; sets <= 3; sets += 2)
            for (int probed = 0; probed < 2; probed++) {
                case_init(&e, "xxxxxxxxx/xxxxxxxxx/..x......", kds, 6, sets);
                want(&e, every, N_EVERY);
                e.options.tolerance = probed ? 0.2 : 0;
                tjac_results one = run_case(t, &e);
                for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
                    e.options.threads = threads[i];
                    tjac_results more = run_case(t, &e);
                    CHECK(t, one.J && more.J && same_bytes(&one, &more));
                    tjac_results_free(&more);
                }
                tjac_results_free(&one);
            }
}

/* Smaller chunks and batches after lack of memory, down to one; then the error. */
static void test_memory(test *t)
{
    for (size_t probes = 1; probes <= 4; probes++)
        for (size_t kds = 1; kds <= 5; kds += 2)
            for (int device = 0; device < 2; device++) {
                case_init(&e, "xxxxx/xxxxx/x..xx", 5, 5, 2);
                want(&e, every, N_EVERY);
                e.model[0].max_probes = probes;
                e.model[0].max_kds = device ? kds : SIZE_MAX;
                if (device)
                    on_device(&e, 1e9);
                tjac_results r = run_case(t, &e);
                check_values(t, &e, &r, 1e-9);
                CHECK(t, atomic_load(&e.model[0].most_kds) == (device ? 5 : 1));
                tjac_results_free(&r);
            }
    e.model[0].max_probes = 0;
    check_fails(t, &e, TJAC_EFAIL, "out of memory for 1 ");
    case_init(&e, "xx", 1, 5, 1);
    want(&e, every, 1);
    e.options.memory_bytes = 1000;
    check_fails(t, &e, TJAC_EFAIL, "jacobian.memory_gb");
    case_init(&e, "xx", 1, 5, 1);
    want(&e, every, 1);
    e.model[0].broken = true;
    check_fails(t, &e, TJAC_EFAIL, "the stand-in is broken");
}

/* ---- lack of memory ---- */

/* One of two workers runs out of memory once, at every one of its calls in turn: in whole units and
 * in parts of the last one. Nothing may be left out. */
static void test_fault(test *t)
{
    static const tjac_engine_kind kinds[] = {TJAC_ENGINE_REVERSE, TJAC_ENGINE_FORWARD};
    size_t faults = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t worker = 0; worker < 2; worker++)
            for (size_t call = 1; call <= 40; call++) {
                case_init(&e, "xxxxx/xxxxx/xxxxx/xxxxx/xxxxx/xxxxx", 3, 5, 1);
                want(&e, every, N_EVERY);
                e.options.kind = kinds[k];
                e.options.threads = 2;
                e.model[0].meet = 2;
                e.model[0].fault = (fault){.pass = worker, .call = call};
                tjac_results r = run_case(t, &e);
                check_values(t, &e, &r, 1e-9);
                bool happened = atomic_load(&e.model[0].faults) > 0;
                CHECK(t, r.report.pieces == happened);
                faults += happened;
                tjac_results_free(&r);
            }
    CHECK(t, faults > 80); /* of 160: the calls of both workers were reached */
}

/* The same with batches of KDs on two devices, probed, several sets. */
static void test_fault_in_batches(test *t)
{
    size_t faults = 0;
    for (size_t device = 0; device < 2; device++)
        for (size_t call = 1; call <= 40; call++) {
            case_init(&e, "xxxxx/xxxxx/xxxxx/xxxxx", 5, 8, 2);
            want(&e, every, N_EVERY);
            e.options.tolerance = 0.2;
            e.task.n_st = 2;
            on_device(&e, 1e9);
            e.model[device].fault = (fault){.call = call};
            tjac_results r = run_case(t, &e);
            if (!CHECK(t, r.J))
                return;
            e.model[device].fault.call = 0;
            tjac_results whole = run_case(t, &e);
            for (size_t i = 0; whole.J && i < N_EVERY * 5 * e.plan.n_pairs; i++)
                CHECK_NEAR(t, r.J[i], whole.J[i], 1e-9);
            faults += atomic_load(&e.model[device].faults);
            tjac_results_free(&r);
            tjac_results_free(&whole);
        }
    CHECK(t, faults > 10);
}

/* A lack that lasts ends the run, whenever it begins: an error or every value, never in between. */
static void test_lasting_fault(test *t)
{
    size_t failed = 0;
    for (size_t worker = 0; worker < 2; worker++)
        for (size_t call = 1; call <= 40; call++) {
            tjac_err err = {0};
            tjac_results r;
            case_init(&e, "xxxxx/xxxxx/xxxxx/xxxxx/xxxxx/xxxxx", 3, 5, 1);
            want(&e, every, N_EVERY);
            e.options.threads = 2;
            e.model[0].meet = 2;
            e.model[0].fault = (fault){worker, call, .lasting = true};
            if (try_case(&e, &r, &err)) {
                CHECK_ERROR(t, &err, TJAC_EFAIL, "out of memory for 1 ");
                failed++;
            } else {
                check_values(t, &e, &r, 1e-9);
            }
            tjac_results_free(&r);
        }
    CHECK(t, failed > 20);
}

/* A call that computes nothing and says nothing is found out, whichever it is. */
static void test_silence(test *t)
{
    size_t silent = 0, found = 0;
    for (int probed = 0; probed < 2; probed++)
        for (size_t call = 1; call <= 60; call++) {
            tjac_err err = {0};
            tjac_results r;
            case_init(&e, "xxxxx/xxxxx", 2, 5, 2);
            want(&e, every, N_EVERY);
            e.options.tolerance = probed ? 0.2 : 0;
            e.model[0].fault = (fault){.call = call, .silent = true};
            found += try_case(&e, &r, &err) == TJAC_EFAIL && strstr(err.msg, " is nan, expected");
            silent += atomic_load(&e.model[0].faults);
            tjac_err_clear(&err);
            tjac_results_free(&r);
        }
    CHECK(t, silent > 60 && found == silent);
}

/* The last set that does not go round is shared by both workers. */
static void test_tail_is_shared(test *t)
{
    case_init(&e, "xxxxx/xxxxx/xxxxx/xxxxx/xxxxx/xxxxx", 1, 5, 1);
    want(&e, every, 1);
    e.options.kind = TJAC_ENGINE_REVERSE;
    e.options.threads = 2;
    e.model[0].meet = 2;
    tjac_results r = run_case(t, &e);
    CHECK(t, atomic_load(&e.model[0].met) == 2);
    check_values(t, &e, &r, 1e-9);
    tjac_results_free(&r);
}

/* A KD that was never handed over is named. */
static void test_never_computed(test *t)
{
    tjac_err err = {0};
    tjac_results r = {0};
    double J[4] = {1, 2, 3, 4}, active[2] = {1, 1};
    const tjac_engine_kd kd = {0, J, J, active};
    case_init(&e, "xx/xx", 2, 5, 1);
    CHECK_OK(t, tjac_results_init(1, &e.plan, &r, &err), &err);
    CHECK_OK(t, tjac_results_take(&r, &kd, &err), &err);
    CHECK(t, tjac_results_check(&r, &e.plan, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "J of X4 -> Y6 under KD 'K0' of model 'bent' was never");
    tjac_results_free(&r);
}

/* Two devices, each with a copy of the model. */
static void test_devices(test *t)
{
    case_init(&e, "xxx/xxx", 5, 5, 3);
    want(&e, every, N_EVERY);
    e.task.n_st = 2;
    on_device(&e, 1e9);
    tjac_results r = run_case(t, &e);
    check_values(t, &e, &r, 1e-9);
    tjac_results_free(&r);
}

static void test_not_finite(test *t)
{
    case_init(&e, "xx/xx", 4, 5, 1);
    want(&e, every, 1);
    e.model[0].f.bad_kd = 5;
    e.model[0].f.bad_target = e.target[1];
    check_fails(t, &e, TJAC_EFAIL, "J of X4 -> Y73 under KD 'K5' of model 'bent' is nan");
}

/* ---- probes ---- */

static void test_probes_end_exactly(test *t)
{
    static const tjac_estimand what[] = {TJAC_SAME_CELL, TJAC_CROSS_CELL};
    for (size_t S = 5; S <= 8; S += 3) {
        case_init(&e, "xxx/xxx", 2, S, 1);
        want(&e, what, 2);
        e.options.tolerance = 1e-13;
        tjac_results r = run_case(t, &e);
        if (!CHECK(t, r.J))
            return;
        for (size_t i = 0; i < 2 * 2 * 6; i++) {
            CHECK_NEAR(t, r.J[i], expected(&e, what[i / 12], 0, i / 6 % 2, i % 6), 1e-9);
            CHECK(t, r.se[i] == 0.0);
        }
        tjac_results_free(&r);
    }
    case_init(&e, "xxx/xxx", 2, 8, 3); /* with several sets the error is theirs */
    want(&e, what, 2);
    e.options.tolerance = 1e-13;
    tjac_results r = run_case(t, &e);
    check_values(t, &e, &r, 1e-9);
    tjac_results_free(&r);
}

/* 4 of 7 probes: the mean error is 0 and the reported variance is the true one. */
static void test_probes_are_unbiased(test *t)
{
    enum { SEEDS = 500 };
    static const tjac_estimand what[] = {TJAC_SAME_CELL, TJAC_CROSS_CELL};
    double sum = 0, squares = 0, reported = 0, exact_passes;
    case_init(&e, "x", 1, 8, 1);
    want(&e, what, 2);
    tjac_results exact = run_case(t, &e);
    exact_passes = exact.report.passes;
    e.options.tolerance = 1e9;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        e.options.seed = seed;
        tjac_results r = run_case(t, &e);
        if (!CHECK(t, r.J && exact.J))
            return;
        double error = r.J[0] - exact.J[0];
        sum += error;
        squares += error * error;
        reported += r.se[0] * r.se[0];
        CHECK_NEAR(t, r.J[1] - exact.J[1], -error, 1e-6);
        CHECK_NEAR(t, r.se[1], r.se[0], 1e-12);
        CHECK(t, r.report.passes < exact_passes);
        tjac_results_free(&r);
    }
    double sd = sqrt(squares / SEEDS);
    CHECK(t, sd > 0 && fabs(sum / SEEDS) < 4 * sd / sqrt(SEEDS));
    CHECK(t, reported / squares > 0.8 && reported / squares < 1.25);
    tjac_results_free(&exact);
}

/* ---- progress ---- */

typedef struct {
    size_t done, of, stop_at;
    bool backwards;
} watcher;

static tjac_code watch(void *self, size_t done, size_t of, tjac_err *err)
{
    watcher *w = self;
    w->backwards |= done < w->done;
    w->done = done;
    w->of = of;
    return done >= w->stop_at ? tjac_err_set(err, TJAC_EINTR, "stop") : TJAC_OK;
}

static void test_progress(test *t)
{
    for (size_t threads = 1; threads <= 4; threads += 3) {
        watcher w = {.stop_at = SIZE_MAX};
        case_init(&e, "xxx/xxx", 5, 5, 3);
        want(&e, every, 1);
        e.options.threads = threads;
        e.options.progress = watch;
        e.options.progress_self = &w;
        tjac_results r = run_case(t, &e);
        CHECK(t, w.done == 15 && w.of == 15 && !w.backwards);
        tjac_results_free(&r);
        w = (watcher){.stop_at = 2};
        check_fails(t, &e, TJAC_EINTR, "stop");
        CHECK(t, w.done >= 2 && w.done < 15);
    }
}

/* ---- the full Jacobian ---- */

typedef struct {
    size_t next[MOST_KDS];
    double J[MOST_KDS][OUTPUTS][GENES];
    bool disorder;
} sheet;

static tjac_code take(void *self, size_t kd, size_t first, size_t n, const double *J, tjac_err *err)
{
    sheet *s = self;
    (void)err;
    s->disorder |= first != s->next[kd];
    s->next[kd] = first + n;
    memcpy(s->J[kd][first], J, n * sizeof s->J[kd][first]);
    return TJAC_OK;
}

static double full_value(size_t kd, size_t t, size_t r)
{
    double sum = 0, S = (double)e.source.set_size;
    float v[VECTOR];
    fill_vector(e.kd[kd], v);
    for (size_t k = 0; k < e.source.n_sets; k++) {
        cell_set s = set_of(&e, k);
        sum += sum_of_g(&e.model[0].f, &s, e.target[t], e.regulator[r], false);
    }
    return scale_of(v, NULL) * sum / S / S / (double)e.source.n_sets;
}

/* 6 regulators x 100 targets in all three ways: more than one block of rows. */
static void test_full(test *t)
{
    static const tjac_engine_kind kinds[] = {TJAC_ENGINE_AUTO, TJAC_ENGINE_REVERSE,
                                             TJAC_ENGINE_FORWARD};
    for (size_t threads = 1; threads <= 3; threads += 2)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            static sheet s;
            tjac_err err = {0};
            s = (sheet){.disorder = false};
            case_init(&e, "x/x/x/x/x/x", 3, 5, 2);
            e.plan.n_targets = 100;
            e.options.kind = kinds[k];
            e.options.threads = threads;
            tjac_engine_report report;
            e.options.take_rows = take;
            e.options.take_self = &s;
            CHECK_OK(t, tjac_engine_run_full(&e.task, &e.options, &report, &err), &err);
            CHECK(t, !s.disorder);
            for (size_t kd = 0; kd < 3; kd++)
                CHECK(t, s.next[kd] == 100);
            for (size_t i = 0; i < 3 * 100 * 6; i++) {
                double want = full_value(i / 600, i / 6 % 100, i % 6);
                CHECK(t, fabs(s.J[i / 600][i / 6 % 100][i % 6] - want) < 1e-12 * (1 + fabs(want)));
            }
        }

    tjac_err err = {0};
    tjac_engine_report report;
    e.model[0].f.bad_kd = 5;
    e.model[0].f.bad_target = e.target[70];
    CHECK(t, tjac_engine_run_full(&e.task, &e.options, &report, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "under KD 'K5' of model 'bent' is nan");
}

/* ---- the rest of the results ---- */

static void test_active(test *t)
{
    case_init(&e, "xx/xx", 3, 5, 2);
    want(&e, every, 1);
    cell_set first = set_of(&e, 0);
    e.model[0].f.shift = mean_unscaled(&e.model[0].f, &first, e.target[0]);
    tjac_results r = run_case(t, &e);
    double all = 0;
    for (size_t i = 0; r.J && i < 3 * 2; i++) {
        double active = 0;
        float v[VECTOR];
        fill_vector(e.kd[i / 2], v);
        for (size_t k = 0; k < 10; k++) {
            cell_set s = set_of(&e, k / 5);
            active += scale_of(v, NULL) * unscaled(&e.model[0].f, &s, k % 5, e.target[i % 2]) > 0;
        }
        CHECK_NEAR(t, r.active[i], active / 10, 1e-15);
        all += active;
    }
    CHECK(t, all > 0 && all < 60); /* some of both */
    tjac_results_free(&r);
    e.st[0].final_relu = false;
    r = run_case(t, &e);
    CHECK(t, r.active && isnan(r.active[0])); /* written as NA */
    tjac_results_free(&r);
}

/* sd / sqrt(n) of 1, 2, 6 is sqrt(7/3). */
static void test_spread(test *t)
{
    const double value[] = {1, 2, 6};
    double mean, se;
    fold_sets(value, 3, &mean, &se);
    CHECK_NEAR(t, mean, 3.0, 1e-15);
    CHECK_NEAR(t, se, sqrt(7.0 / 3.0), 1e-15);
    fold_sets(value, 1, &mean, &se);
    CHECK(t, mean == 1 && isnan(se));
}

int main(void)
{
    test t = {0};
    test_values(&t);
    test_mean_cell(&t);
    test_threads(&t);
    test_memory(&t);
    test_fault(&t);
    test_fault_in_batches(&t);
    test_lasting_fault(&t);
    test_silence(&t);
    test_tail_is_shared(&t);
    test_never_computed(&t);
    test_devices(&t);
    test_not_finite(&t);
    test_probes_end_exactly(&t);
    test_probes_are_unbiased(&t);
    test_progress(&t);
    test_full(&t);
    test_active(&t);
    test_spread(&t);
    return test_end(&t);
}
