/* Scale, blocks, floors and what is left out, on panels made by hand. */
#include "blocks_case.h"
#include "stats/crossed.h"

typedef struct {
    tjac_j_panel panel;
    tjac_crossed crossed;
} fixture;

/* J 1 everywhere; the last KD is the control. */
static void setup(fixture *f, panel_shape shape, size_t named)
{
    *f = (fixture){0};
    panel_case_make(&f->panel, shape);
    if (named)
        blocks_case_name(&f->panel, shape, named);
    for (size_t i = 0; i < shape.kds * f->panel.n_pairs; i++)
        f->panel.J[i] = 1;
}

static void make(test *t, fixture *f)
{
    tjac_err err = {0};
    tjac_crossed_free(&f->crossed);
    CHECK_OK(t, tjac_crossed_make(&f->panel, &f->crossed, &err), &err);
}

static void teardown(fixture *f)
{
    tjac_crossed_free(&f->crossed);
    panel_case_free(&f->panel);
}

static double *J(fixture *f, size_t kd, size_t pair)
{
    return &f->panel.J[kd * f->panel.n_pairs + pair];
}

static void own(fixture *f, size_t kd, size_t pair)
{
    f->panel.self[kd * f->panel.n_pairs + pair] = 1;
}

static const tjac_crossed_block *block(const fixture *f, size_t kd, size_t at)
{
    return &f->crossed.score[kd * f->crossed.n_blocks + at];
}

/* Whether all remaining blocks have an s under a KD. */
static bool scored(const fixture *f, size_t kd)
{
    double s[64];
    return tjac_crossed_s(&f->crossed, f->crossed.score, kd, s);
}

/* ---- the scale ---- */

static void test_scale(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 2, 1, 1, 5}, 0); /* pairs 0, 1 are the pathway's */
    *J(&f, 0, 0) = -2;
    *J(&f, 1, 0) = 4;
    *J(&f, 2, 0) = 6;
    *J(&f, 3, 0) = NAN; /* left out */
    *J(&f, 4, 0) = 100; /* the control, left out as well */
    *J(&f, 0, 1) = 3;
    *J(&f, 1, 1) = 1000; /* the KD's own */
    own(&f, 1, 1);
    *J(&f, 2, 1) = 5;
    *J(&f, 3, 1) = 1;
    make(t, &f);
    CHECK_NEAR(t, f.crossed.scale[0], 4, 1e-15);
    CHECK_NEAR(t, f.crossed.scale[1], 3, 1e-15);
    CHECK_NEAR(t, tjac_crossed_scaled(&f.crossed, 0, 0), 0.5, 1e-15);
    CHECK_NEAR(t, tjac_crossed_scaled(&f.crossed, 4, 0), 25, 1e-15); /* on the others' scale */
    CHECK(t, isnan(tjac_crossed_scaled(&f.crossed, 3, 0)) &&
                 isnan(tjac_crossed_scaled(&f.crossed, 1, 1)));
    const tjac_crossed_block *b = block(&f, 0, 0);
    CHECK(t, b->n == 2 && !b->floored);
    CHECK_NEAR(t, b->mean_J, 0.5, 1e-15);
    CHECK_NEAR(t, b->mean_abs_J, 2.5, 1e-15);
    CHECK_NEAR(t, b->mean_n, 0.75, 1e-15);
    CHECK_NEAR(t, b->s, log2(0.75), 1e-15);
    CHECK(t, block(&f, 1, 0)->n == 1 && block(&f, 1, 0)->s == 0 && scored(&f, 1));
    b = block(&f, 3, 0); /* a J that is no number */
    CHECK(t, b->n == 2 && isnan(b->mean_J) && isnan(b->mean_abs_J) && isnan(b->s) && !b->floored);
    CHECK(t, !scored(&f, 3) && scored(&f, 2) && block(&f, 3, 1)->s == 0);
    CHECK(t, f.crossed.n_dead == 0 && f.crossed.n_floored == 0);
    teardown(&f);
}

/* ---- dead pairs ---- */

static void test_dead(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 4, 1, 1, 4}, 0);
    for (size_t k = 0; k < 3; k++) {
        *J(&f, k, 0) = 0; /* under the control alone it is not */
        *J(&f, k, 1) = NAN;
        *J(&f, k, 2) = k == 1 ? 5 : 0; /* but for the KD whose own it is */
    }
    own(&f, 1, 2);
    make(t, &f);
    CHECK(t, f.crossed.n_dead == 3);
    for (size_t i = 0; i < 4; i++) {
        CHECK(t, (f.crossed.block[i] == SIZE_MAX) == (i < 3));
        CHECK(t, tjac_crossed_is_pathway(&f.crossed, i) == (i == 3));
        CHECK(t, isnan(tjac_crossed_scaled(&f.crossed, 3, i)) == (i < 3));
    }
    for (size_t k = 0; k < 4; k++)
        CHECK(t, block(&f, k, 0)->n == 1 && block(&f, k, 0)->mean_J == 1 && scored(&f, k));
    teardown(&f);
}

/* What is dead may take a drawn row with it, never row or column 0. */
static void test_drop(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 1, 3, 2, 3}, 1); /* a block a pair: row * 3 + column */
    for (size_t k = 0; k < 2; k++) {
        *J(&f, k, 2 * 3 + 0) = 0; /* (2, 0) */
        *J(&f, k, 1 * 3 + 2) = 0; /* (1, 2): a row and a column tie, the row goes */
        *J(&f, k, 2 * 3 + 1) = 0; /* (2, 1) */
    }
    make(t, &f);
    CHECK(t, f.crossed.n_rows == 3 && f.crossed.n_cols == 2 && f.crossed.n_blocks == 13);
    CHECK(t, f.crossed.row_gone[0] && f.crossed.row_gone[1] && !f.crossed.row_gone[2]);
    CHECK(t, !f.crossed.col_gone[0] && !f.crossed.col_gone[1]);
    CHECK(t, f.crossed.grid.rows == 2 && f.crossed.grid.cols == 3);
    const size_t at[] = {0, 1, 2, 9, 10, 11};
    CHECK(t, memcmp(f.crossed.at, at, sizeof at) == 0);
    CHECK(t, isnan(block(&f, 0, 4)->s) && block(&f, 0, 4)->n == 1); /* (1, 1) went with its row */
    CHECK(t, isnan(block(&f, 2, 3)->s)); /* (1, 0), and under the control */
    CHECK(t, block(&f, 0, 12)->s == 0 && scored(&f, 0) && scored(&f, 2));
    CHECK(t, !tjac_crossed_is_matched(&f.crossed, 4) && tjac_crossed_is_matched(&f.crossed, 10));
    CHECK(t, !tjac_crossed_is_matched(&f.crossed, 9) && !tjac_crossed_is_matched(&f.crossed, 2));
    CHECK(t, !tjac_crossed_is_matched(&f.crossed, 12) && !tjac_crossed_is_pathway(&f.crossed, 12));

    for (size_t k = 0; k < 2; k++)
        *J(&f, k, 0) = 0; /* the pathway: nothing can be dropped for it */
    make(t, &f);
    CHECK(t, f.crossed.grid.rows == 2 && f.crossed.grid.cols == 3);
    CHECK(t, block(&f, 0, 0)->n == 0 && isnan(block(&f, 0, 0)->s) && !scored(&f, 0));
    teardown(&f);
}

/* The worst goes first: a column with two empty blocks, and both rows stay. */
static void test_drop_column(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 1, 2, 2, 2}, 0);
    *J(&f, 0, 1 * 3 + 2) = *J(&f, 0, 2 * 3 + 2) = 0;
    make(t, &f);
    CHECK(t, f.crossed.grid.rows == 3 && f.crossed.grid.cols == 2 && f.crossed.col_gone[1]);
    CHECK(t, isnan(block(&f, 0, 2)->s)); /* (0, 2) */
    teardown(&f);
}

/* ---- floors ---- */

static void test_floors(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 2, 1, 1, 5}, 0); /* pairs 0, 1: (0, 0); 6, 7: (1, 1) */
    const double first[] = {0, 4, 8, 12, 0};
    for (size_t k = 0; k < 5; k++)
        *J(&f, k, 0) = *J(&f, k, 1) = first[k]; /* scale 6 */
    *J(&f, 2, 6) = *J(&f, 2, 7) = 0;            /* scale 3/4 */
    *J(&f, 4, 6) = *J(&f, 4, 7) = 0.0375;       /* the control has no part in floors */
    make(t, &f);
    CHECK(t, block(&f, 0, 0)->floored && block(&f, 0, 0)->n == 2 && block(&f, 0, 0)->mean_n == 0);
    CHECK_NEAR(t, block(&f, 0, 0)->s, log2(4.0 / 6) - 1, 1e-14);
    CHECK(t, block(&f, 4, 0)->floored && block(&f, 4, 0)->s == block(&f, 0, 0)->s);
    CHECK(t, !block(&f, 1, 0)->floored);
    CHECK_NEAR(t, block(&f, 1, 0)->s, log2(4.0 / 6), 1e-14);
    CHECK_NEAR(t, block(&f, 2, 3)->s, log2(4.0 / 3) - 1, 1e-14);
    CHECK_NEAR(t, block(&f, 4, 3)->s, log2(0.05), 1e-14); /* below the floor */
    for (size_t k = 0; k < 5; k++)
        CHECK(t, scored(&f, k));
    CHECK(t, f.crossed.n_floored == 2 && f.crossed.n_dead == 0); /* the control's is not counted */
    double n[4];
    CHECK(t, tjac_crossed_n(&f.crossed, f.crossed.score, 0, n) && n[0] == 0);
    CHECK_NEAR(t, n[1], 1, 1e-15);
    teardown(&f);

    setup(&f, (panel_shape){1, 2, 1, 1, 4}, 0); /* no KD has an s that a floor could be put below */
    *J(&f, 0, 1) = *J(&f, 1, 0) = *J(&f, 1, 1) = *J(&f, 2, 0) = 0;
    *J(&f, 0, 1) = *J(&f, 2, 0) = NAN;
    make(t, &f);
    CHECK(t, f.crossed.n_dead == 0 && block(&f, 1, 0)->floored && isnan(block(&f, 1, 0)->s));
    CHECK(t, !scored(&f, 1));
    teardown(&f);
}

/* Blocks of dropped rows are not counted as floored. */
static void test_floors_dropped(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 1, 2, 1, 3}, 0);
    *J(&f, 0, 2) = 0;                /* (1, 0) under one KD */
    *J(&f, 0, 3) = *J(&f, 1, 3) = 0; /* (1, 1) is dead */
    make(t, &f);
    CHECK(t, f.crossed.row_gone[0] && block(&f, 0, 2)->floored && isnan(block(&f, 0, 2)->s));
    CHECK(t, f.crossed.n_floored == 0 && scored(&f, 0));
    teardown(&f);
}

/* ---- a KD's own pairs ---- */

static void test_self(test *t)
{
    fixture f;
    setup(&f, (panel_shape){1, 2, 1, 2, 4}, 0); /* (0, 1): pairs 2, 3 */
    own(&f, 0, 2);
    own(&f, 0, 3);
    own(&f, 1, 2);
    *J(&f, 1, 2) = NAN; /* its own: nobody looks at it */
    make(t, &f);
    const tjac_crossed_block *b = block(&f, 0, 1);
    CHECK(t, b->n == 0 && isnan(b->mean_J) && isnan(b->s) && !b->floored && !scored(&f, 0));
    CHECK(t, block(&f, 1, 1)->n == 1 && block(&f, 1, 1)->s == 0 && scored(&f, 1));
    CHECK(t, scored(&f, 2) && f.crossed.grid.cols == 3 && f.crossed.n_dead == 0);
    teardown(&f);
}

/* ---- shapes ---- */

/* Unequal rows and columns and the column of named targets, each block with a J of its own. */
static void test_named(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 1, 1, 3, 3}, 2);
    for (size_t i = 0; i < f.panel.n_pairs; i++) {
        const tjac_j_pair *p = &f.panel.pair[i];
        *J(&f, 0, i) = p->col == TJAC_COL_NAMED ? 50 : 10 * p->row + p->col + 1;
    }
    make(t, &f);
    CHECK(t, f.crossed.named && f.crossed.n_rows == 1 && f.crossed.n_cols == 3);
    CHECK(t, f.crossed.n_blocks == 9 && tjac_grid_cells(f.crossed.grid) == 8);
    const double J_of[] = {1, 2, 3, 4, 11, 12, 13, 14, 50};
    for (size_t b = 0; b < 9; b++) {
        CHECK_NEAR(t, block(&f, 0, b)->mean_J, J_of[b], 1e-15);
        CHECK_NEAR(t, block(&f, 0, b)->s, log2(J_of[b] / ((J_of[b] + 1) / 2)), 1e-14);
        CHECK(t, block(&f, 0, b)->n == (b < 8 ? 2 : 4));
    }
    *J(&f, 1, 16) = NAN; /* a named target's: the KD has its score all the same */
    make(t, &f);
    CHECK(t, isnan(block(&f, 1, 8)->s) && scored(&f, 1));
    teardown(&f);
}

static void test_no_blocks(test *t)
{
    fixture f;
    setup(&f, (panel_shape){2, 2, 0, 0, 3}, 1);
    make(t, &f);
    CHECK(t, f.crossed.n_blocks == 2 && f.crossed.grid.rows == 1 && f.crossed.grid.cols == 1);
    CHECK(t, block(&f, 0, 0)->s == 0 && block(&f, 0, 1)->s == 0);
    teardown(&f);

    setup(&f, (panel_shape){1, 1, 1, 1, 2}, 0); /* the only row is dead */
    *J(&f, 0, 2) = 0;
    make(t, &f);
    CHECK(t, f.crossed.grid.rows == 1 && f.crossed.grid.cols == 2);
    teardown(&f);
}

/* ---- without some pairs ---- */

static void test_without(test *t)
{
    fixture f;
    unsigned char without[8] = {1, 0, 0, 0, 0, 0, 1, 0};
    tjac_crossed_block score[4 * 4];
    setup(&f, (panel_shape){1, 2, 1, 1, 4}, 0);
    *J(&f, 0, 0) = 9;
    *J(&f, 0, 1) = 0;
    *J(&f, 1, 1) = 3;
    *J(&f, 2, 1) = 6;
    make(t, &f);
    CHECK(t, !block(&f, 0, 0)->floored);
    tjac_crossed_without(&f.crossed, without, score);
    CHECK(t, score[0].n == 1 && score[0].mean_J == 0 && score[0].floored); /* pair 1 alone */
    CHECK_NEAR(t, score[4].s, 0, 0); /* on the scale as it was: 3 of 3 */
    CHECK_NEAR(t, score[8].s, 1, 1e-15);
    CHECK_NEAR(t, score[0].s, -1, 1e-15); /* below the smallest of what remains */
    CHECK(t, score[3].n == 1 && score[1].n == 2);
    without[1] = 1;
    tjac_crossed_without(&f.crossed, without, score);
    CHECK(t, score[0].n == 0 && isnan(score[0].s) && score[1].s == block(&f, 0, 1)->s);
    CHECK(t, block(&f, 0, 0)->n == 2); /* those of the panel are as they were */
    double s[4];
    CHECK(t, !tjac_crossed_s(&f.crossed, score, 1, s));
    teardown(&f);
}

int main(void)
{
    test t = {0};
    test_scale(&t);
    test_dead(&t);
    test_drop(&t);
    test_drop_column(&t);
    test_floors(&t);
    test_floors_dropped(&t);
    test_self(&t);
    test_named(&t);
    test_no_blocks(&t);
    test_without(&t);
    return test_end(&t);
}
