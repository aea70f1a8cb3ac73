/* The KDs of every panel on the genes of every panel. */
#include "test.h"
#include "stats/panel_matrix.h"

enum { PANELS = 3, ESTIMANDS = 2, KDS = 7 };

/* One model, three panels by two estimands; panel `c` lists no KD that is there. */
typedef struct {
    tjac_config_panel listed[PANELS];
    tjac_config config;
    tjac_j_panel panel[PANELS * ESTIMANDS];
    tjac_kd_class kd_class[KDS];
    tjac_kd_score score_of[PANELS * ESTIMANDS][KDS], *score[PANELS * ESTIMANDS];
    tjac_j_table table;
    tjac_panel_matrix made;
} fixture;

static void name(tjac_names *names, const char *text)
{
    tjac_err err = {0};
    if (tjac_names_add(names, text, &err))
        abort();
}

static void setup(fixture *f)
{
    static const char *const kds[KDS] = {"A0", "A1", "AB", "B0", "x", "y", "ctl"};
    static const double routing[PANELS][KDS] = {
        {4, 6, 2, 1, 0, 1, 100}, {1, NAN, 2, 6, -1, 3, 100}, {0, 0, 5, 1, NAN, 1, 100}};
    static const char *const names[] = {"a", "b", "c"};
    memset(f, 0, sizeof *f);
    name(&f->listed[0].kds, "A0");
    name(&f->listed[0].kds, "A1");
    name(&f->listed[0].kds, "AB");
    name(&f->listed[1].kds, "AB");
    name(&f->listed[1].kds, "B0");
    name(&f->listed[2].kds, "gone");
    f->config = (tjac_config){.panel = f->listed, .n_panels = PANELS};
    for (size_t k = 0; k < KDS; k++)
        f->kd_class[k] = k == KDS - 1 ? TJAC_KD_CONTROL : TJAC_KD_BACKGROUND;
    for (size_t i = 0; i < PANELS * ESTIMANDS; i++) { /* as in a table: estimands alternate */
        size_t p = i / ESTIMANDS;
        f->panel[i] = (tjac_j_panel){.model = (char *)(uintptr_t) "m",
                                     .cell_type = (char *)(uintptr_t) "hep",
                                     .panel = (char *)(uintptr_t)names[p],
                                     .panel_index = p,
                                     .estimand = i % ESTIMANDS ? TJAC_SAME_CELL : TJAC_SET_MEAN,
                                     .kd_class = f->kd_class};
        f->score[i] = f->score_of[i];
        for (size_t k = 0; k < KDS; k++) {
            name(&f->panel[i].kds, kds[k]);
            f->score_of[i][k].routing = i % ESTIMANDS ? -routing[p][k] : routing[p][k];
        }
    }
    f->table = (tjac_j_table){.panel = f->panel, .n = PANELS * ESTIMANDS};
}

static void test_rows(test *t)
{
    /* A's KDs against B0 x y, x y, B0 and y (x has no score there), and so on */
    static const struct {
        const char *kd_panel, *panel;
        size_t n;
        double effect, in_row, in_col;
    } want[] = {{"a", "a", 3, 4 - 2.0 / 3, 1, 1}, {"a", "b", 2, 1.5 - 1, 3, 2},
                {"a", "c", 3, 5.0 / 3 - 1, 2, 2}, {"b", "a", 2, 1.5 - 0.5, 3, 2},
                {"b", "b", 2, 4 - 1, 1, 1},       {"b", "c", 2, 3 - 1.0 / 3, 2, 1},
                {"c", "a", 0, NAN, NAN, NAN},     {"c", "b", 0, NAN, NAN, NAN},
                {"c", "c", 0, NAN, NAN, NAN}};
    fixture f;
    tjac_err err = {0};
    setup(&f);
    CHECK_OK(t, tjac_panel_matrix_make(&f.table, f.score, &f.config, &f.made, &err), &err);
    CHECK(t, f.made.n == 18);
    for (size_t i = 0; i < f.made.n && i < 9; i++) {
        const tjac_panel_matrix_row *r = &f.made.row[i];
        CHECK_STRING(t, r->kd_panel, want[i].kd_panel);
        CHECK_STRING(t, r->panel->panel, want[i].panel);
        CHECK(t, r->panel->estimand == TJAC_SET_MEAN && r[9].panel->estimand == TJAC_SAME_CELL);
        CHECK(t, r->n_kds == want[i].n && r[9].n_kds == want[i].n);
        if (isnan(want[i].effect)) {
            CHECK(t, isnan(r->effect) && isnan(r->rank_in_row) && isnan(r->rank_in_col));
            continue;
        }
        CHECK_NEAR(t, r->effect, want[i].effect, 1e-12);
        CHECK_NEAR(t, r[9].effect, -want[i].effect, 1e-12);
        CHECK(t, r->rank_in_row == want[i].in_row && r->rank_in_col == want[i].in_col);
        CHECK(t, r[9].rank_in_row == 4 - want[i].in_row);
    }
    tjac_panel_matrix_free(&f.made);
    f.table.n = 0;
    CHECK_OK(t, tjac_panel_matrix_make(&f.table, f.score, &f.config, &f.made, &err), &err);
    CHECK(t, f.made.n == 0);
    tjac_panel_matrix_free(&f.made);
    for (size_t i = 0; i < PANELS * ESTIMANDS; i++)
        tjac_names_free(&f.panel[i].kds);
    for (size_t i = 0; i < PANELS; i++)
        tjac_names_free(&f.listed[i].kds);
}

int main(void)
{
    test t = {0};
    test_rows(&t);
    return test_end(&t);
}
