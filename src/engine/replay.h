/* replay.h: which control cells `state tx infer` drew for which rows.
 *
 * For each cell type in sorted order, each label in sorted order among the file's cells of that
 * type, each window of up to set_len of its rows in file order, as many control cells of the type
 * (all controls when it has none) were drawn with replacement by one NumPy RandomState(seed).
 */
#ifndef TJAC_REPLAY_H
#define TJAC_REPLAY_H

#include "inputs/cells.h"

typedef struct {
    const char *label; /* the KD; borrowed from the replay */
    size_t first, n;   /* positions in `row` and `control` */
} tjac_replay_window;

typedef struct {
    size_t *row;     /* [n_rows] predicted rows, window by window */
    size_t *control; /* [n_rows] the control cell that stood for each */
    size_t n_rows;
    tjac_replay_window *window;
    size_t n_windows, cap_windows;
    tjac_column labels; /* of pert_col */
} tjac_replay;

/* cell_type_col NULL or not in obs: one group. No control cell: TJAC_EMISSING. */
tjac_code tjac_replay_draw(const tjac_cells *cells, const char *pert_col, const char *control,
                           const char *cell_type_col, size_t set_len, uint64_t seed,
                           tjac_replay *out, tjac_err *err) TJAC_MUST_USE;
void tjac_replay_free(tjac_replay *replay);

#endif
