/* panel_matrix.h: the KDs of every panel on the genes of every panel: the rows of panel_matrix.csv.
 * A circuit stands on the diagonal.
 */
#ifndef TJAC_PANEL_MATRIX_H
#define TJAC_PANEL_MATRIX_H

#include "stats/scores.h"

/* Mean routing, on a panel's genes, of the KDs that another panel lists (or the same), less that of
 * the KDs that are in neither panel's list. KDs without a score there are in no mean, and neither
 * is the control. */
typedef struct {
    const tjac_j_panel *panel; /* whose genes; borrowed from the table */
    const char *kd_panel;      /* whose KDs; borrowed from the table */
    size_t n_kds;              /* of that panel, with a score */
    double effect;             /* NaN where either mean has no KD */
    double rank_in_row;        /* of these KDs on all panels' genes, 1 the highest, ties alike */
    double rank_in_col;        /* of all panels' KDs on these genes; NaN where the effect is */
} tjac_panel_matrix_row;

typedef struct {
    tjac_panel_matrix_row *row; /* [n] model, cell type, estimand, KDs' panel, genes' panel; panels
                                   as they stand in the table */
    size_t n;
} tjac_panel_matrix;

/* score[i] is of table->panel[i]; the config has the panels' lists of KDs. */
tjac_code tjac_panel_matrix_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                 const tjac_config *config, tjac_panel_matrix *out,
                                 tjac_err *err) TJAC_MUST_USE;
void tjac_panel_matrix_free(tjac_panel_matrix *matrix);

#endif
