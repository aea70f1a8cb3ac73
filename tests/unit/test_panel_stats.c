/* Rows of panel_stats.csv against sums that the test makes itself. What is tested on vectors is in
 * test_inference.c, what rows mean in test_verdict.c. */
#include <stddef.h>
#include "blocks_case.h"
#include "stats/panel_stats.h"
#include "stats/profiles.h"

enum { MOST_KDS = 16, MOST_CELLS = 64 };

typedef struct {
    tjac_j_panel panel;
    tjac_crossed crossed;
    tjac_config_stats options;
    tjac_kd_score score[MOST_KDS];
    double correlation[MOST_KDS * MOST_KDS];
    tjac_panel_stats stats;
} fixture;

static void setup(fixture *f, panel_shape shape, size_t named, const char *classes)
{
    *f = (fixture){0};
    shape.kds = strlen(classes);
    panel_case_make(&f->panel, shape);
    if (named)
        blocks_case_name(&f->panel, shape, named);
    blocks_case_classes(&f->panel, classes);
    blocks_case_fill(&f->panel);
    f->options = (tjac_config_stats){
        .permutations = 9999, .bootstrap = 20, .alpha = 0.05, .min_effect = 0.263, .seed = 1};
    for (size_t i = 0; i < MOST_KDS * MOST_KDS; i++)
        f->correlation[i] = NAN;
}

static void run(test *t, fixture *f)
{
    tjac_err err = {0};
    const tjac_panel_numbers numbers = {&f->crossed, f->score, f->correlation};
    tjac_crossed_free(&f->crossed);
    tjac_panel_stats_free(&f->stats);
    CHECK_OK(t, tjac_crossed_make(&f->panel, &f->crossed, &err), &err);
    CHECK_OK(t, tjac_scores_make(&f->crossed, &f->options, f->score, &err), &err);
    CHECK_OK(t, tjac_panel_stats_add(&f->stats, &numbers, &f->options, &err), &err);
}

static void teardown(fixture *f)
{
    tjac_panel_stats_free(&f->stats);
    tjac_crossed_free(&f->crossed);
    panel_case_free(&f->panel);
}

/* ---- the same by other sums ---- */

static bool in_group(const fixture *f, size_t k, tjac_kd_class class)
{
    return f->panel.kd_class[k] == class && isfinite(f->score[k].routing);
}

/* Mean over the pathway's KDs less that over the reference's. */
static double contrast(const fixture *f, const double *value, tjac_kd_class reference)
{
    double sum[2] = {0, 0}, n[2] = {0, 0};
    for (size_t k = 0; k < f->panel.kds.n; k++)
        for (int i = 0; i < 2; i++)
            if (in_group(f, k, i ? reference : TJAC_KD_PATHWAY) && isfinite(value[k])) {
                sum[i] += value[k];
                n[i]++;
            }
    return sum[0] / n[0] - sum[1] / n[1];
}

/* E_rt of s, or of mean n. */
static void contrast_blocks(const fixture *f, bool scaled, tjac_kd_class reference, double *E)
{
    double value[MOST_KDS];
    for (size_t i = 0; i < tjac_grid_cells(f->crossed.grid); i++) {
        for (size_t k = 0; k < f->panel.kds.n; k++) {
            const tjac_crossed_block *b =
                &f->crossed.score[k * f->crossed.n_blocks + f->crossed.at[i]];
            value[k] = scaled ? b->mean_n : b->s;
        }
        E[i] = contrast(f, value, reference);
    }
}

/* Mean of x over rows r0 .. r1 and columns t0 .. t1 but for one row and one column (0: none). */
static double mean_of(const double *x, size_t cols, const size_t from[2], const size_t to[2],
                      const size_t but[2])
{
    double sum = 0, n = 0;
    for (size_t r = from[0]; r <= to[0]; r++)
        for (size_t c = from[1]; c <= to[1]; c++)
            if ((r == 0 || r != but[0]) && (c == 0 || c != but[1])) {
                sum += x[r * cols + c];
                n++;
            }
    return sum / n;
}

static double routing_but(const double *x, tjac_grid g, size_t row, size_t col)
{
    const size_t but[2] = {row, col}, end[2] = {g.rows - 1, g.cols - 1};
    return x[0] - mean_of(x, g.cols, (size_t[]){0, 1}, (size_t[]){0, end[1]}, but) -
           mean_of(x, g.cols, (size_t[]){1, 0}, (size_t[]){end[0], 0}, but) +
           mean_of(x, g.cols, (size_t[]){1, 1}, end, but);
}

static double squares_without(const double *E, tjac_grid g, bool rows)
{
    double value[MOST_CELLS], mean = 0, squares = 0;
    size_t m = (rows ? g.rows : g.cols) - 1;
    for (size_t b = 0; b < m; b++) {
        value[b] = routing_but(E, g, rows ? b + 1 : 0, rows ? 0 : b + 1);
        mean += value[b];
    }
    for (size_t b = 0; b < m; b++)
        squares += (value[b] - mean / (double)m) * (value[b] - mean / (double)m);
    return squares * ((double)m - 1) / (double)m;
}

/* Share of all ways to choose n1 of n values whose mean is at least as far above the others'. */
static double permute(const double *value, size_t n1, size_t n)
{
    double first = 0;
    size_t ways = 0, as_large = 0;
    for (size_t i = 0; i < n1; i++)
        first += value[i];
    for (size_t set = 0; set < (size_t)1 << n; set++) {
        double sum = 0;
        size_t members = 0;
        for (size_t i = 0; i < n; i++)
            if (set >> i & 1) {
                sum += value[i];
                members++;
            }
        ways += members == n1;
        as_large += members == n1 && sum >= first - 1e-12;
    }
    return (double)as_large / (double)ways;
}

/* p of a value a KD, the pathway's first, of the KDs that have one. */
static double permute_of(const fixture *f, const double *value, tjac_kd_class reference)
{
    double x[MOST_KDS];
    size_t n1 = 0, n = 0;
    for (size_t k = 0; k < f->panel.kds.n; k++)
        if (in_group(f, k, TJAC_KD_PATHWAY) && isfinite(value[k]))
            x[n1++] = value[k];
    n = n1;
    for (size_t k = 0; k < f->panel.kds.n; k++)
        if (in_group(f, k, reference) && isfinite(value[k]))
            x[n++] = value[k];
    return permute(x, n1, n);
}

/* ---- one panel, all of its numbers ---- */

static void check_blocks(test *t, const fixture *f, const tjac_panel_stat *r)
{
    const tjac_grid g = f->crossed.grid;
    const tjac_kd_class reference = (tjac_kd_class)r->reference;
    const size_t none[2] = {0, 0}, end[2] = {g.rows - 1, g.cols - 1};
    double E[MOST_CELLS], I[MOST_CELLS], squares = 0, cells = (double)tjac_grid_cells(g);
    size_t as_large = 0, small = 0, n2 = 0;
    contrast_blocks(f, true, reference, E);
    tjac_grid_centre(E, g, I);
    CHECK_NEAR(t, r->routing_linear, I[0], 1e-10);
    contrast_blocks(f, false, reference, E);
    tjac_grid_centre(E, g, I);
    CHECK_NEAR(t, r->effect, I[0] * cells / (double)(end[0] * end[1]), 1e-10);
    double matched = mean_of(E, g.cols, (size_t[]){1, 1}, end, none);
    CHECK_NEAR(t, r->pathway_effect, E[0], 1e-10);
    CHECK_NEAR(t, r->matched_effect, matched, 1e-10);
    CHECK_NEAR(t, r->elevation_effect, E[0] - matched, 1e-10);
    CHECK_NEAR(t, r->row_effect, mean_of(E, g.cols, (size_t[]){0, 1}, (size_t[]){0, end[1]}, none),
               1e-10);
    CHECK_NEAR(t, r->col_effect, mean_of(E, g.cols, (size_t[]){1, 0}, (size_t[]){end[0], 0}, none),
               1e-10);
    for (size_t i = 0; i < tjac_grid_cells(g); i++) {
        as_large += I[i] >= I[0] - 1e-12;
        squares += i ? I[i] * I[i] : 0;
    }
    CHECK_NEAR(t, r->p_blocks, (double)as_large / cells, 1e-15);
    CHECK_NEAR(t, r->z_blocks, I[0] / sqrt(squares / (cells - 1)), 1e-10);
    CHECK_NEAR(t, r->p_blocks_min, 1 / cells, 1e-15);
    CHECK_NEAR(t, r->block_se, sqrt(squares_without(E, g, true) + squares_without(E, g, false)),
               1e-10);
    for (size_t k = 0; k < f->panel.kds.n; k++)
        if (in_group(f, k, reference)) {
            small += f->score[k].p_blocks < f->options.alpha;
            n2++;
        }
    CHECK_NEAR(t, r->p_blocks_ref, (double)small / (double)n2, 1e-15);
}

/* A column of the scores. */
static const double *column(const fixture *f, size_t offset)
{
    static double value[MOST_KDS];
    for (size_t k = 0; k < f->panel.kds.n; k++)
        memcpy(&value[k], (const char *)&f->score[k] + offset, sizeof *value);
    return value;
}

static void check_labels(test *t, const fixture *f, const tjac_panel_stat *r)
{
    const tjac_kd_class reference = (tjac_kd_class)r->reference;
    const double *routing = column(f, offsetof(tjac_kd_score, routing));
    CHECK_NEAR(t, r->effect, contrast(f, routing, reference), 1e-12);
    CHECK_NEAR(t, r->p_kds, permute_of(f, routing, reference), 1e-12);
    CHECK_NEAR(t, r->p_elevation,
               permute_of(f, column(f, offsetof(tjac_kd_score, elevation)), reference), 1e-12);
    const double *unrelated = column(f, offsetof(tjac_kd_score, unrelated));
    CHECK_NEAR(t, r->unrelated_effect, contrast(f, unrelated, reference), 1e-12);
    CHECK_NEAR(t, r->p_unrelated, permute_of(f, unrelated, reference), 1e-12);
    const double *score = column(f, offsetof(tjac_kd_score, score));
    CHECK_NEAR(t, r->score_effect, contrast(f, score, reference), 1e-12);
    CHECK_NEAR(t, r->p_score, permute_of(f, score, reference), 1e-12);
}

static void test_numbers(test *t)
{
    static const tjac_score all[] = {TJAC_SCORE_ROUTING, TJAC_SCORE_DIFFERENCE};
    fixture f;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        setup(&f, (panel_shape){2, 3, 2 + seed % 3, 4, 0}, 2, "pppuuuubbbbbc");
        f.options.score = all[seed % 2];
        f.options.alpha = 0.2; /* so that p_blocks_ref is not always 0 */
        blocks_case_shake(&f.panel, 2, seed);
        f.panel.J[f.panel.n_pairs - 1] = NAN; /* a named target: no d, but a score */
        run(t, &f);
        if (!CHECK(t, f.stats.n == 2))
            return;
        for (size_t i = 0; i < 2; i++) {
            const tjac_panel_stat *r = &f.stats.row[i];
            CHECK(t, r->panel == &f.panel &&
                         r->reference == (i ? TJAC_KD_BACKGROUND : TJAC_KD_UNRELATED));
            CHECK(t, r->n_pathway_kds == 3 && r->n_reference_kds == (i ? 5 : 4));
            CHECK(t, r->n_rows == 2 + seed % 3 && r->n_cols == 4);
            CHECK_NEAR(t, r->p_kds_min, i ? 1.0 / 56 : 1.0 / 35, 1e-14);
            check_blocks(t, &f, r);
            check_labels(t, &f, r);
            CHECK(t, isnan(r->q) && isnan(r->q_min) && r->elevated == TJAC_UNKNOWN && !r->reason);
        }
        teardown(&f);
    }
}

/* Up is 8 under each pathway KD, in (0, 0) alone, but for noise. */
static void plant(fixture *f, double up)
{
    for (size_t k = 0; k < f->panel.kds.n; k++)
        if (f->panel.kd_class[k] == TJAC_KD_PATHWAY)
            blocks_case_multiply(&f->panel, k, 0, 0, ANY, ANY, up);
    blocks_case_shake(&f->panel, 0.25, 11);
}

static void test_planted(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 3, 5, 4, 0}, 0, "ppppuuuuubbbbbbc");
    plant(&f, 8);
    run(t, &f);
    for (size_t i = 0; i < 2 && f.stats.n == 2; i++) {
        const tjac_panel_stat *r = &f.stats.row[i];
        CHECK(t, r->effect > 2 && r->pathway_effect > 2 && r->routing_linear > 0);
        CHECK(t, r->p_kds == r->p_kds_min && r->p_blocks == r->p_blocks_min &&
                     r->p_elevation == r->p_kds);
        CHECK(t, fabs(r->row_effect) < 0.3 && fabs(r->col_effect) < 0.3);
        CHECK(t, r->members_elevated == 1 && r->mann_whitney.auc == 1);
        CHECK_NEAR(t, r->p_members, 0.0625, 1e-12);
        CHECK(t, r->loo_kd_min > 2 && r->loo_gene_min > 1.5 && r->z_blocks > 4);
        CHECK(t, isnan(r->unrelated_effect) && isnan(r->p_unrelated)); /* none is named */
        CHECK(t, r->n_floored[0] == 0 && r->n_floored[1] == 0);
    }
    teardown(&f);
}

/* ---- what is left out, one after the other ---- */

/* Effects without each gene, from panels that do not have its pairs. */
static double smallest_without(test *t, const fixture *f, tjac_kd_class reference)
{
    double least = INFINITY;
    for (int role = 0; role < 2; role++)
        for (size_t gene = 0; gene < (role ? 3 : 2); gene++) {
            fixture part = {.panel = f->panel, .options = f->options};
            const size_t n = f->panel.n_pairs;
            tjac_err err = {0};
            unsigned char *self = tjac_alloc(f->panel.kds.n, n, &err);
            if (!self)
                abort();
            memcpy(self, f->panel.self, f->panel.kds.n * n);
            for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < f->panel.kds.n; k++)
                    if (f->panel.pair[i].own[role] == gene)
                        self[k * n + i] = 1; /* under every KD: as if the pair were not there */
            part.panel.self = self;
            CHECK_OK(t, tjac_crossed_make(&part.panel, &part.crossed, &err), &err);
            CHECK_OK(t, tjac_scores_make(&part.crossed, &part.options, part.score, &err), &err);
            double effect =
                contrast(&part, column(&part, offsetof(tjac_kd_score, routing)), reference);
            least = effect < least ? effect : least;
            tjac_crossed_free(&part.crossed);
            free(self);
        }
    return least;
}

static void test_genes(test *t)
{
    fixture f;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        setup(&f, (panel_shape){2, 3, 2, 3, 0}, 1, "pppuuuubc");
        plant(&f, 4);
        blocks_case_shake(&f.panel, 1, seed);
        for (size_t i = 0; i < 2; i++) /* floors of what remains: pairs of regulator 0 alone live */
            blocks_case_multiply(&f.panel, 4, 1, (int)i, 1, ANY, 0);
        run(t, &f);
        CHECK_NEAR(t, f.stats.row[0].loo_gene_min, smallest_without(t, &f, TJAC_KD_UNRELATED),
                   1e-10);
        CHECK_NEAR(t, f.stats.row[1].loo_gene_min, smallest_without(t, &f, TJAC_KD_BACKGROUND),
                   1e-10);
        teardown(&f);
    }

    setup(&f, (panel_shape){2, 3, 2, 3, 0}, 0, "ppppuuuuu"); /* one regulator carries it */
    for (size_t k = 0; k < 4; k++)
        blocks_case_multiply(&f.panel, k, 0, 0, 1, ANY, 32);
    run(t, &f);
    CHECK(t, f.stats.row[0].effect > 1 && fabs(f.stats.row[0].loo_gene_min) < 1e-12);
    teardown(&f);

    setup(&f, (panel_shape){1, 3, 2, 3, 0}, 0, "ppppuuuuu"); /* one regulator: targets alone */
    for (size_t k = 0; k < 4; k++)
        blocks_case_multiply(&f.panel, k, 0, 0, 0, 2, 32);
    run(t, &f);
    CHECK(t, fabs(f.stats.row[0].loo_gene_min) < 1e-12);
    teardown(&f);

    setup(&f, (panel_shape){1, 1, 2, 3, 0}, 0, "ppppuuuuu"); /* neither role has several */
    plant(&f, 4);
    run(t, &f);
    CHECK(t, isfinite(f.stats.row[0].effect) && isnan(f.stats.row[0].loo_gene_min));
    teardown(&f);
}

/* A gene without which no KD has a score is passed over; a dead pair's gene is asked too. */
static void test_genes_needed(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 1, 2, 2, 0}, 0, "ppppuuuuu");
    plant(&f, 4);
    for (size_t k = 0; k < 9; k++)
        blocks_case_multiply(&f.panel, k, 1, 1, 1, ANY, 0); /* regulator 0 is needed in (1, 1) */
    run(t, &f);
    CHECK(t, f.crossed.n_dead == 1);
    fixture other;
    setup(&other, (panel_shape){2, 1, 2, 2, 0}, 0, "ppppuuuuu");
    memcpy(other.panel.J, f.panel.J, 9 * f.panel.n_pairs * sizeof *f.panel.J);
    for (size_t i = 0; i < other.panel.n_pairs; i++)
        for (size_t k = 0; k < 9; k++)
            other.panel.self[k * other.panel.n_pairs + i] = other.panel.pair[i].own[0] == 1;
    run(t, &other);
    CHECK_NEAR(t, f.stats.row[0].loo_gene_min, other.stats.row[0].effect, 1e-12);
    teardown(&other);
    teardown(&f);
}

static void test_members(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 2, 2, 2, 0}, 0, "pppppuuuuuuc");
    blocks_case_shake(&f.panel, 2, 3);
    run(t, &f);
    const tjac_panel_stat *r = &f.stats.row[0];
    double least = INFINITY, reference = 0, median[6], above = 0, p = 0;
    for (size_t i = 0; i < 6; i++) {
        size_t at = i; /* sorted as they come */
        for (; at > 0 && median[at - 1] > f.score[5 + i].routing; at--)
            median[at] = median[at - 1];
        median[at] = f.score[5 + i].routing;
        reference += f.score[5 + i].routing / 6;
    }
    for (size_t k = 0; k < 5; k++) {
        double sum = 0;
        for (size_t o = 0; o < 5; o++)
            sum += o == k ? 0 : f.score[o].routing / 4;
        least = fmin(least, sum - reference);
        above += f.score[k].routing > (median[2] + median[3]) / 2;
    }
    for (size_t n = (size_t)above; n <= 5; n++)
        p += (double[]){1, 5, 10, 10, 5, 1}[n] / 32;
    CHECK_NEAR(t, r->loo_kd_min, least, 1e-10);
    CHECK_NEAR(t, r->members_elevated, above / 5, 1e-15);
    CHECK_NEAR(t, r->p_members, p, 1e-12);
    teardown(&f);
}

/* ---- KDs that resemble each other ---- */

static void relate(fixture *f, size_t a, size_t b, double r)
{
    f->correlation[a * f->panel.kds.n + b] = f->correlation[b * f->panel.kds.n + a] = r;
}

static void test_correlation(test *t)
{
    fixture f;
    tjac_welch want;
    double x[3], y[4];
    setup(&f, (panel_shape){2, 3, 3, 3, 0}, 0, "pppuuuub");
    plant(&f, 4);
    relate(&f, 0, 1, 0.75);
    relate(&f, 1, 2, 0.25); /* 0 and 2: undefined, left out */
    for (size_t a = 3; a < 7; a++)
        for (size_t b = 3; b < a; b++)
            relate(&f, a, b, 0.125);
    relate(&f, 0, 3, 0.99); /* of two groups: not asked */
    run(t, &f);
    const tjac_panel_stat *r = &f.stats.row[0];
    CHECK_NEAR(t, r->kd_correlation, 0.375, 1e-14);
    for (size_t k = 0; k < 3; k++)
        x[k] = f.score[k].routing;
    for (size_t k = 0; k < 4; k++)
        y[k] = f.score[3 + k].routing;
    tjac_welch_make(x, 3, y, 4, 0.375, 0.05, &want);
    CHECK_NEAR(t, r->effect_limits.lo, want.limits.lo, 1e-12);
    CHECK_NEAR(t, r->effect_limits.hi, want.limits.hi, 1e-12);
    CHECK_NEAR(t, r->p_vif, want.p, 1e-12);
    CHECK_NEAR(t, r->mde80, want.mde80, 1e-12);
    r = &f.stats.row[1]; /* one background KD has no pair */
    CHECK(t, isnan(r->kd_correlation) && isnan(r->effect_limits.lo) && isnan(r->p_vif) &&
                 isnan(r->mde80) && isfinite(r->effect));
    teardown(&f);
}

/* The profiles of this panel itself, as stats.c gives them. */
static void test_profiles(test *t)
{
    fixture f;
    tjac_err err = {0};
    double *r = NULL;
    setup(&f, (panel_shape){2, 3, 3, 3, 0}, 0, "pppuuuuuuuuuuuuc");
    blocks_case_shake(&f.panel, 1, 5);
    uint64_t state = 9;
    for (size_t i = 0; i < f.panel.n_pairs; i++) { /* the pathway's KDs share what they do */
        double shared = exp2(4 * blocks_case_noise(&state));
        for (size_t k = 0; k < 3; k++)
            f.panel.J[k * f.panel.n_pairs + i] *= shared;
    }
    run(t, &f);
    CHECK_OK(t, tjac_profiles_make(&f.crossed, &r, &err), &err);
    memcpy(f.correlation, r, f.panel.kds.n * f.panel.kds.n * sizeof *r);
    free(r);
    run(t, &f);
    CHECK(t, f.stats.row[0].kd_correlation > 0.1 && f.stats.row[0].p_vif > 0);
    teardown(&f);
}

/* ---- groups ---- */

static void test_groups(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 3, 2, 2, 0}, 1, "ppppuuuc");
    blocks_case_shake(&f.panel, 1, 2);
    f.panel.J[2 * f.panel.n_pairs] = NAN;                 /* a pathway KD without a score */
    memset(f.panel.self + 5 * f.panel.n_pairs, 1, 6);     /* the pathway is KD 5's own */
    blocks_case_multiply(&f.panel, 0, 0, 0, ANY, ANY, 0); /* floored */
    blocks_case_multiply(&f.panel, 4, 0, 0, ANY, ANY, 0);
    blocks_case_multiply(&f.panel, 6, 1, 1, ANY, ANY, 0); /* floored elsewhere */
    run(t, &f);
    CHECK(t, f.stats.n == 1);
    const tjac_panel_stat *r = &f.stats.row[0];
    CHECK(t, r->n_pathway_kds == 3 && r->n_reference_kds == 2);
    CHECK(t, r->n_floored[0] == 1 && r->n_floored[1] == 1);
    CHECK_NEAR(t, r->p_kds_min, 0.1, 1e-14);
    check_labels(t, &f,
                 &(tjac_panel_stat){.reference = TJAC_KD_UNRELATED,
                                    .effect = r->effect,
                                    .p_kds = r->p_kds,
                                    .p_elevation = r->p_elevation,
                                    .unrelated_effect = r->unrelated_effect,
                                    .p_unrelated = r->p_unrelated,
                                    .score_effect = r->score_effect,
                                    .p_score = r->p_score});
    teardown(&f);
}

/* A panel without a reference has one row without numbers, a reference without scores one with
 * counts. */
static void test_empty(test *t)
{
    static const char *const classes[] = {"ppppc", "uuubbc", "c"};
    fixture f;
    for (size_t i = 0; i < 3; i++) {
        setup(&f, (panel_shape){2, 2, 2, 2, 0}, 0, classes[i]);
        run(t, &f);
        CHECK(t, f.stats.n == (i == 1 ? 2 : 1));
        const tjac_panel_stat *r = &f.stats.row[0];
        CHECK(t, r->reference == (i == 1 ? (int)TJAC_KD_UNRELATED : -1));
        CHECK(t, r->n_pathway_kds == (i == 0 ? 4 : 0) && r->n_reference_kds == (i == 1 ? 3 : 0));
        CHECK(t, isnan(r->effect) && isnan(r->p_kds) && isnan(r->p_kds_min) && isnan(r->p_blocks) &&
                     isnan(r->effect_limits.lo) && isnan(r->mann_whitney.auc) &&
                     isnan(r->loo_gene_min) && isnan(r->score_effect) &&
                     isnan(r->members_elevated));
        if (i < 2)
            CHECK_NEAR(t, r->p_blocks_min, 1.0 / 9, 1e-15);
        else
            CHECK(t, isnan(r->p_blocks_min)); /* every pair is dead, and so every block */
        teardown(&f);
    }
    CHECK_STRING(t, tjac_reference_name(-1), "NA");
    CHECK_STRING(t, tjac_reference_name(TJAC_KD_UNRELATED), "unrelated");
    CHECK_STRING(t, tjac_reference_name(TJAC_KD_BACKGROUND), "background");
}

static void test_shapes(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 2, 0, 0, 0}, 1, "ppppuuuu"); /* no blocks: nobody has a score */
    run(t, &f);
    const tjac_panel_stat *r = &f.stats.row[0];
    CHECK(t, r->n_rows == 0 && r->n_cols == 0 && r->n_pathway_kds == 0 && isnan(r->p_blocks_min) &&
                 isnan(r->p_kds));
    teardown(&f);

    setup(&f, (panel_shape){2, 2, 1, 3, 0}, 0, "ppppuuuu"); /* one row: no jackknife over it */
    plant(&f, 4);
    run(t, &f);
    r = &f.stats.row[0];
    CHECK(t, r->n_rows == 1 && r->n_cols == 3 && isnan(r->block_se) && r->p_blocks == 0.125);
    teardown(&f);

    setup(&f, (panel_shape){2, 2, 2, 2, 0}, 0, "puuuuuuu"); /* one pathway KD */
    plant(&f, 4);
    run(t, &f);
    r = &f.stats.row[0];
    CHECK(t, isnan(r->loo_kd_min) && isnan(r->kd_correlation) && isnan(r->effect_limits.lo));
    CHECK(t, r->p_kds == 0.125 && r->members_elevated == 1);
    CHECK_NEAR(t, r->p_members, 0.5, 1e-12);
    teardown(&f);
}

static void test_two_sided(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 2, 3, 3, 0}, 0, "ppppuuuu");
    plant(&f, 0.125);
    run(t, &f);
    CHECK(t, f.stats.row[0].effect < -1 && f.stats.row[0].p_kds == 1);
    CHECK(t, f.stats.row[0].p_blocks > 0.5); /* a share from above, whatever is asked */
    f.options.two_sided = true;
    run(t, &f);
    CHECK_NEAR(t, f.stats.row[0].p_kds, 2.0 / 70, 1e-14);
    CHECK_NEAR(t, f.stats.row[0].p_kds_min, 2.0 / 70, 1e-14);
    CHECK(t, f.stats.row[0].p_blocks > 0.5);
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_numbers(&t);
    test_planted(&t);
    test_genes(&t);
    test_genes_needed(&t);
    test_members(&t);
    test_correlation(&t);
    test_profiles(&t);
    test_groups(&t);
    test_empty(&t);
    test_shapes(&t);
    test_two_sided(&t);
    return test_end(&t);
}
