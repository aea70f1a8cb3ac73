/* Which passes cover the wanted pairs: each exactly once, by the way that costs least. */
#include <string.h>
#include "test.h"
#include "engine/lines.h"

enum { MOST = 1100 };

typedef struct {
    tjac_plan plan;
    tjac_plan_pair pair[MOST];
} some_plan;

static void grid(some_plan *p, size_t R, size_t T)
{
    *p = (some_plan){.plan = {.n_regulators = R, .n_targets = T}};
    for (size_t i = 0; i < R * T; i++)
        p->pair[i] = (tjac_plan_pair){i / T, i % T};
    p->plan.pair = p->pair;
    p->plan.n_pairs = R * T;
}

/* Regulator 0 with all targets and target 0 with all regulators. */
static void star(some_plan *p, size_t n)
{
    *p = (some_plan){.plan = {.n_regulators = n, .n_targets = n}};
    for (size_t i = 0; i < n; i++)
        p->pair[i] = (tjac_plan_pair){0, i};
    for (size_t i = 1; i < n; i++)
        p->pair[n - 1 + i] = (tjac_plan_pair){i, 0};
    p->plan.pair = p->pair;
    p->plan.n_pairs = 2 * n - 1;
}

/* Every pair once, from a line that gives it; pulls before pushes. */
static void check_cover(test *t, const tjac_plan *p, const tjac_lines *l)
{
    size_t seen[MOST] = {0}, entries = 0;
    for (size_t k = 0; k < l->n_lines; k++) {
        const tjac_line *line = &l->line[k];
        CHECK(t, (line->way == TJAC_PULL) == (k < l->n_pulls));
        for (size_t i = 0; i < line->n; i++, entries++) {
            const tjac_line_entry *e = &l->entry[line->first + i];
            if (!CHECK(t, e->dest < p->n_pairs))
                return;
            bool pull = line->way == TJAC_PULL;
            seen[e->dest]++;
            CHECK(t, p->pair[e->dest].target == (pull ? line->index : e->other));
            CHECK(t, p->pair[e->dest].regulator == (pull ? e->other : line->index));
        }
    }
    CHECK(t, entries == p->n_pairs && l->n_entries == p->n_pairs && l->n_dest == p->n_pairs);
    for (size_t i = 0; i < p->n_pairs; i++)
        CHECK(t, seen[i] == 1);
}

typedef struct {
    tjac_engine_kind kind;
    const char *name;
    size_t n_lines, n_pulls;
} wanted;

static void check_choice(test *t, const some_plan *p, size_t enc, wanted w)
{
    const tjac_lines_choice c = {.kind = w.kind, .enc_size = enc, .forms = 1};
    tjac_lines l = {0};
    tjac_err err = {0};
    if (!CHECK_OK(t, tjac_lines_choose(&p->plan, &c, &l, &err), &err))
        return;
    CHECK_STRING(t, l.name, w.name);
    CHECK(t, l.n_lines == w.n_lines && l.n_pulls == w.n_pulls && !l.enc);
    CHECK(t, strlen(l.reason) > 0);
    check_cover(t, &p->plan, &l);
    tjac_lines_free(&l);
}

/* The numbers of the encoding give all pairs: dest = target * L + number. */
static void check_leaf(test *t)
{
    enum { L = 3, N = 20 };
    static some_plan p;
    tjac_lines l = {0};
    tjac_err err = {0};
    tjac_lines_choice c = {.kind = TJAC_ENGINE_AUTO, .enc_size = L, .forms = 1};
    grid(&p, N, N);
    CHECK_OK(t, tjac_lines_choose(&p.plan, &c, &l, &err), &err);
    CHECK(t, l.enc && l.n_lines == L && l.n_pulls == 0 && l.n_dest == (size_t)L * N);
    for (size_t k = 0; k < l.n_lines; k++)
        for (size_t i = 0; i < l.line[k].n; i++) {
            const tjac_line_entry *e = &l.entry[l.line[k].first + i];
            CHECK(t, l.line[k].way == TJAC_PUSH_ENC && e->dest == e->other * L + l.line[k].index);
        }
    tjac_lines_free(&l);

    c.needs_pairs = true; /* errors of probes are per pair */
    CHECK_OK(t, tjac_lines_choose(&p.plan, &c, &l, &err), &err);
    CHECK(t, !l.enc && l.n_lines == N);
    check_cover(t, &p.plan, &l);
    tjac_lines_free(&l);

    c.enc_size = 1000;
    grid(&p, 3, 2);
    CHECK_OK(t, tjac_lines_choose_full(&p.plan, &c, &l, &err), &err);
    CHECK(t, !l.enc && l.n_dest == 6);
    for (size_t k = 0; k < l.n_lines; k++)
        for (size_t i = 0; i < l.line[k].n; i++) {
            const tjac_line_entry *e = &l.entry[l.line[k].first + i];
            CHECK(t, l.line[k].way == TJAC_PULL ? e->dest == l.line[k].index * 3 + e->other
                                                : e->dest == e->other * 3 + l.line[k].index);
        }
    tjac_lines_free(&l);
}

/* On both sides of where two ways cost the same, in pullbacks: T for reverse, 1.3 R + 2.5 for
 * forward, 1.3 L + 2.5 by the encoding; the 2.5 once, however many forms a line has. */
static void check_prices(test *t)
{
    static const struct {
        size_t R, T; /* a grid; R = 0: a star of T */
        size_t L, forms;
        tjac_engine_kind kind;
        const char *name;
        bool enc;
    } cases[] = {
        {1, 3, 0, 1, TJAC_ENGINE_AUTO, "reverse", false},  /* 3 < 3.8 */
        {1, 4, 0, 1, TJAC_ENGINE_AUTO, "forward", false},  /* 3.8 < 4 */
        {1, 3, 0, 10, TJAC_ENGINE_AUTO, "forward", false}, /* 15.5 < 30 */
        {5, 9, 0, 1, TJAC_ENGINE_AUTO, "reverse", false},  /* 9 = 9 */
        {3, 5, 1, 1, TJAC_ENGINE_AUTO, "forward", true},   /* 3.8 < 5 */
        {3, 5, 2, 1, TJAC_ENGINE_AUTO, "reverse", false},  /* 5 < 5.1 < 6.4 */
        {0, 40, 1, 1, TJAC_ENGINE_AUTO, "forward", true},  /* 3.8 < 4.8 */
        {0, 40, 2, 1, TJAC_ENGINE_AUTO, "mixed", false},   /* 4.8 < 5.1 */
        {2, 5, 1, 1, TJAC_ENGINE_FORWARD, "forward", true},
        {2, 5, 2, 1, TJAC_ENGINE_FORWARD, "forward", false}, /* 5.1 = 5.1 */
        {9, 9, 1, 1, TJAC_ENGINE_REVERSE, "reverse", false},
    };
    static some_plan p;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const tjac_lines_choice c = {cases[i].kind, cases[i].L, cases[i].forms, false};
        tjac_lines l = {0};
        tjac_err err = {0};
        if (cases[i].R)
            grid(&p, cases[i].R, cases[i].T);
        else
            star(&p, cases[i].T);
        CHECK_OK(t, tjac_lines_choose(&p.plan, &c, &l, &err), &err);
        CHECK_STRING(t, l.name, cases[i].name);
        CHECK(t, l.enc == cases[i].enc);
        tjac_lines_free(&l);
    }
}

int main(void)
{
    test t = {0};
    static some_plan p;
    grid(&p, 4, 5);
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_AUTO, "reverse", 5, 5});
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_FORWARD, "forward", 4, 0});
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_SEQUENTIAL, "sequential", 5, 5});
    grid(&p, 4, 255);
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_AUTO, "forward", 4, 0});
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_REVERSE, "reverse", 255, 255});
    grid(&p, 255, 4);
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_AUTO, "reverse", 4, 4});
    star(&p, 40);
    check_choice(&t, &p, 1000, (wanted){TJAC_ENGINE_AUTO, "mixed", 2, 1});
    check_leaf(&t);
    check_prices(&t);

    tjac_lines none = {0};
    tjac_err err = {0};
    const tjac_lines_choice c = {.kind = TJAC_ENGINE_AUTO, .enc_size = 3, .forms = 1};
    p.plan.n_pairs = 0;
    CHECK_OK(&t, tjac_lines_choose(&p.plan, &c, &none, &err), &err);
    CHECK(&t, none.n_lines == 0 && strlen(none.reason) > 0);
    tjac_lines_free(&none);
    return test_end(&t);
}
