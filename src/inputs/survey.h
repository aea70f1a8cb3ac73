/* survey.h: how many control cells there are of each cell type and batch: what sets can be drawn
 * from. */
#ifndef TJAC_SURVEY_H
#define TJAC_SURVEY_H

#include "inputs/sets.h"

typedef struct {
    tjac_names types, batches; /* labels that control cells have, in the order of the column's
                                  labels; empty without the column */
    size_t *count;             /* [types.n + 1][batches.n + 1]; the last ones: without a label */
    size_t n;                  /* control cells */
} tjac_survey;

/* Of `spec` its columns and the control label count. The column of batches need not be there unless
 * `need_batches`; otherwise fails as tjac_sets_make does. */
tjac_code tjac_survey_make(const tjac_cells *cells, const tjac_sets_spec *spec, bool need_batches,
                           tjac_survey *out, tjac_err *err) TJAC_MUST_USE;
void tjac_survey_free(tjac_survey *survey);

/* Control cells of a cell type and a batch, positions of the lists; -1: of all. */
size_t tjac_survey_count(const tjac_survey *survey, int64_t type, int64_t batch);

#endif
