/* What the engine takes at once against what it is allowed: passes that are open at the same time,
 * KDs and lines of a call, counted around the stand-in. */
#include "engine_case.h"

/* Lines, cells, the KD's derivative and changes. */
static const tjac_estimand four[] = {TJAC_SET_MEAN, TJAC_SAME_CELL, TJAC_PERT, TJAC_KNOCKOUT};
enum { N_FOUR = sizeof four / sizeof *four };

static engine_case e; /* large */

/* ---- counting ---- */

static tjac_st counted; /* what the counters stand before */
static atomic_size_t open_now, most_open, most_lines;

static void note(atomic_size_t *most, size_t n)
{
    size_t was = atomic_load(most);
    while (n > was && !atomic_compare_exchange_weak(most, &was, n))
        ;
}

static tjac_code count_open(void *self, tjac_pass **out, tjac_err *err)
{
    note(&most_open, atomic_fetch_add(&open_now, 1) + 1);
    return counted.open_pass(self, out, err);
}

static void count_close(tjac_pass *pass)
{
    atomic_fetch_sub(&open_now, 1);
    counted.close_pass(pass);
}

static tjac_code count_probe(tjac_pass *pass, tjac_way way, const tjac_probe *probe, size_t n,
                             double *out, tjac_err *err)
{
    note(&most_lines, n);
    return counted.probe(pass, way, probe, n, out, err);
}

static tjac_code count_change(tjac_pass *pass, const tjac_change *change, size_t n, double *out,
                              tjac_err *err)
{
    note(&most_lines, n);
    return counted.change(pass, change, n, out, err);
}

static const char *const plan = "xxxxxxxxx/xxxxxxxxx/xxxxxxxxx/xxxxxxxxx";

/* A plan of these rows, 2 sets of 8 cells (a whole group of lines of a device), with counters. */
static void setup(const char *rows, size_t n_kds, tjac_engine_kind kind, size_t threads)
{
    case_init(&e, rows, n_kds, 8, 2);
    want(&e, four, N_FOUR);
    e.options.kind = kind;
    e.options.threads = threads;
    counted = e.st[0];
    e.st[0].open_pass = count_open;
    e.st[0].close_pass = count_close;
    e.st[0].probe = count_probe;
    e.st[0].change = count_change;
    atomic_store(&most_open, 0);
    atomic_store(&most_lines, 0);
}

/* ---- bounds ---- */

/* Numbers on the host are below 200 kB here, passes above 1 MB. */
static const double numbers = 2e5;

/* Bytes of passes, by the stand-in's own estimates. */
static double bytes_of(tjac_engine_kind kind, size_t workers, size_t kds, size_t lines)
{
    const tjac_st_memory *m = &e.model[0].memory;
    double push = kind == TJAC_ENGINE_FORWARD ? m->push : 0;
    return (double)workers * (double)kds * (m->predict + push + (double)lines * m->probe);
}

static bool same(const double *a, const double *b, size_t n)
{
    return memcmp(a, b, n * sizeof *a) == 0;
}

/* J of the run without a bound: the same bytes, but for the last digits where groups were cut. */
static void check_same(test *t, const tjac_results *whole, const tjac_results *r)
{
    size_t n = N_FOUR * e.plan.n_kds * e.plan.n_pairs;
    if (!CHECK(t, whole->J && r->J))
        return;
    if (r->report.pieces)
        for (size_t i = 0; i < n; i++)
            CHECK_NEAR(t, r->J[i], whole->J[i], 1e-9);
    else
        CHECK(t, same(r->J, whole->J, n) && same(r->se, whole->se, n) &&
                     same(r->active, whole->active, e.plan.n_kds * e.plan.n_targets));
}

static tjac_results run_whole(test *t, size_t n_kds, tjac_engine_kind kind)
{
    setup(plan, n_kds, kind, 1);
    return run_case(t, &e);
}

/* On the CPU: first fewer workers, then fewer lines at once, then no. */
static void test_on_the_cpu(test *t, tjac_engine_kind kind, size_t threads)
{
    tjac_results whole = run_whole(t, 6, kind);
    CHECK(t, atomic_load(&most_open) == 1 && atomic_load(&most_lines) == 4);
    double least = bytes_of(kind, 1, 1, 1), most = bytes_of(kind, threads, 1, 4);
    size_t refused = 0, fewer_lines = 0, fewer_workers = 0, all = 0, open = 0, lines = 0;
    for (double bytes = least / 2; bytes < 2 * most + 2 * numbers; bytes *= 1.2) {
        tjac_err err = {0};
        tjac_results r;
        setup(plan, 6, kind, threads);
        e.options.memory_bytes = bytes;
        if (try_case(&e, &r, &err)) {
            CHECK_ERROR(t, &err, TJAC_EFAIL, "raise jacobian.memory_gb");
            CHECK(t, bytes < least + numbers && atomic_load(&most_open) == 0);
            refused++;
            continue;
        }
        CHECK(t, atomic_load(&most_open) >= open && atomic_load(&most_lines) >= lines);
        open = atomic_load(&most_open);
        lines = atomic_load(&most_lines);
        CHECK(t, bytes_of(kind, open, 1, lines) <= bytes);
        CHECK(t, open == threads || bytes_of(kind, open + 1, 1, 4) > bytes - numbers);
        CHECK(t, lines == 4 || bytes_of(kind, 1, 1, 2 * lines) > bytes - numbers);
        CHECK(t, lines == 4 || open == 1);
        CHECK(t, r.report.pieces == (lines < 4));
        check_same(t, &whole, &r);
        fewer_lines += lines < 4;
        fewer_workers += lines == 4 && open < threads;
        all += open == threads && lines == 4;
        tjac_results_free(&r);
    }
    CHECK(t, refused > 0 && fewer_lines > 0 && all > 0 && (fewer_workers > 0) == (threads > 1));
    tjac_results_free(&whole);
}

/* On a device: two workers where whole groups of KDs fit, then one, then half of a group, a quarter
 * ..., then fewer lines of one KD; of what is free there 0.7 may be taken, whatever
 * jacobian.memory_gb says. J has the same bits until a group is cut, which is said. */
static void test_on_a_device(test *t, tjac_engine_kind kind, bool bounded, size_t n_kds)
{
    size_t refused = 0, fewer_lines = 0, one_worker = 0, fewer_kds = 0, all = 0;
    size_t G = tjac_engine_group(true), group = n_kds < G ? n_kds : G;
    tjac_results whole = run_whole(t, n_kds, kind);
    for (double bytes = bytes_of(kind, 1, 1, 1) / 2;
         bytes<3 * bytes_of(kind, 2, group, 8); bytes *= n_kds> G ? 1.5 : 1.2) {
        tjac_err err = {0};
        tjac_results r;
        setup(plan, n_kds, kind, 1);
        on_device(&e, bounded ? 1e12 : bytes / 0.7);
        e.options.memory_bytes = bounded ? bytes : 1e12;
        if (try_case(&e, &r, &err)) {
            CHECK_ERROR(t, &err, TJAC_EFAIL, "raise jacobian.memory_gb");
            CHECK(t, bytes < bytes_of(kind, 1, 1, 1) && atomic_load(&most_open) == 0);
            refused++;
            continue;
        }
        size_t open = atomic_load(&most_open), lines = atomic_load(&most_lines),
               kds = atomic_load(&e.model[0].most_kds);
        double slack = 1 + 1e-9; /* bytes / 0.7 * 0.7 */
        CHECK(t, bytes_of(kind, open, kds, lines) <= bytes * slack);
        CHECK(t, lines == 8 || (kds == 1 && bytes_of(kind, 1, 1, 2 * lines) * slack > bytes));
        CHECK(t, kds == group || (open == 1 && bytes_of(kind, 1, 2 * kds + 1, 8) * slack > bytes));
        CHECK(t, n_kds <= G || G % kds == 0);
        bool two = bytes_of(kind, 2, group, 8) <= bytes * slack;
        CHECK(t, n_kds > group || (open == 2) == (two && n_kds > 1));
        CHECK(t, r.report.pieces == (kds < group || lines < 8));
        check_same(t, &whole, &r);
        fewer_lines += lines < 8;
        fewer_kds += lines == 8 && kds < group;
        one_worker += kds == group && open == 1;
        all += kds == group && open == 2;
        tjac_results_free(&r);
    }
    CHECK(t, refused > 0 && fewer_lines > 0 && one_worker > 0 && fewer_kds > 0 && all > 0);
    tjac_results_free(&whole);
}

/* ---- the full Jacobian ---- */

static double full[MOST_KDS][OUTPUTS][GENES];

static tjac_code take_rows(void *self, size_t kd, size_t first, size_t n, const double *J,
                           tjac_err *err)
{
    (void)self;
    (void)err;
    memcpy(full[kd][first], J, n * sizeof full[kd][first]);
    return TJAC_OK;
}

static tjac_code run_full(double bytes, tjac_err *err)
{
    tjac_engine_report report;
    setup("x/x/x/x/x/x", 6, TJAC_ENGINE_REVERSE, 3);
    e.options.memory_bytes = bytes;
    e.options.take_rows = take_rows;
    e.plan.n_targets = 100;
    return tjac_engine_run_full(&e.task, &e.options, &report, err);
}

static void test_full(test *t)
{
    static double unbounded[MOST_KDS][OUTPUTS][GENES];
    tjac_err err = {0};
    CHECK_OK(t, run_full(0, &err), &err);
    CHECK(t, atomic_load(&most_open) == 3 && atomic_load(&most_lines) == 4);
    memcpy(unbounded, full, sizeof full);
    memset(full, 0, sizeof full);
    CHECK_OK(t, run_full(bytes_of(TJAC_ENGINE_REVERSE, 2, 1, 4) + numbers, &err), &err);
    CHECK(t, atomic_load(&most_open) == 2 && atomic_load(&most_lines) == 4);
    CHECK(t, memcmp(unbounded, full, sizeof full) == 0);
    CHECK(t, run_full(bytes_of(TJAC_ENGINE_REVERSE, 1, 1, 1), &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "raise jacobian.memory_gb");
}

/* ---- the host, and what is held ---- */

/* On a device fewer KDs at once where the host has no room for their numbers; on the CPU the
 * numbers count beside the passes. */
static void test_host_memory(test *t)
{
    size_t refused = 0, between = 0, most = 0;
    for (double bytes = 256; bytes < 1e7; bytes *= 1.25) {
        tjac_err err = {0};
        tjac_results r;
        case_init(&e, "xxxxx/xxxxx/x..xx", 5, 5, 2);
        want(&e, four, N_FOUR);
        on_device(&e, 1e9);
        e.options.host_bytes = bytes;
        if (try_case(&e, &r, &err)) {
            CHECK_ERROR(t, &err, TJAC_EFAIL, "raise jacobian.memory_gb");
            CHECK(t, most == 0);
            refused++;
            continue;
        }
        check_values(t, &e, &r, 1e-9);
        most = atomic_load(&e.model[0].most_kds);
        between += most > 1 && most < 5;
        tjac_results_free(&r);
    }
    CHECK(t, refused > 0 && between > 0 && most == 5);
    case_init(&e, "xx", 1, 5, 1);
    want(&e, four, 1);
    e.model[0].memory = (tjac_st_memory){.predict = 1};
    e.options.memory_bytes = 100;
    check_fails(t, &e, TJAC_EFAIL, "raise jacobian.memory_gb");
}

/* What jacobian.memory_gb leaves: of the process, or of a device that holds the weights. */
static void test_what_memory_allows(test *t)
{
    tjac_err err = {0};
    tjac_engine_options o = {.threads = 1};
    case_init(&e, "x", 1, 5, 1);
    e.model[0].memory.held = 3e9;
    CHECK_OK(t, tjac_engine_memory(&e.st[0], 0, &o, &err), &err);
    CHECK(t, o.memory_bytes == 0 && o.host_bytes == 0);
    CHECK_OK(t, tjac_engine_memory(&e.st[0], 2, &o, &err), &err);
    CHECK(t, o.memory_bytes > 1e9 && o.memory_bytes < 2e9 && o.host_bytes == 0);
    CHECK(t, tjac_engine_memory(&e.st[0], 1e-6, &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "jacobian.memory_gb is 1e-06 and ");
    on_device(&e, 8e9);
    CHECK_OK(t, tjac_engine_memory(&e.st[0], 4, &o, &err), &err);
    CHECK(t, o.memory_bytes == 1e9 && o.host_bytes == 4e9);
    CHECK(t, tjac_engine_memory(&e.st[0], 2, &o, &err) == TJAC_EFAIL);
    CHECK_ERROR(t, &err, TJAC_EFAIL, "jacobian.memory_gb is 2 and 3 GB are held");
    CHECK_OK(t, tjac_engine_memory(&e.st[0], 0, &o, &err), &err);
    CHECK(t, o.memory_bytes == 0 && o.host_bytes > 0);
}

int main(void)
{
    test t = {0};
    static const tjac_engine_kind kinds[] = {TJAC_ENGINE_REVERSE, TJAC_ENGINE_FORWARD};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t threads = 1; threads <= 5; threads += 2)
            test_on_the_cpu(&t, kinds[k], threads);
        test_on_a_device(&t, kinds[k], false, 6);
        test_on_a_device(&t, kinds[k], true, 6);
        test_on_a_device(&t, kinds[k], true, tjac_engine_group(true) + 3);
    }
    test_full(&t);
    CHECK(&t, atomic_load(&open_now) == 0);
    test_host_memory(&t);
    test_what_memory_allows(&t);
    return test_end(&t);
}
