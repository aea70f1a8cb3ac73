#include "inputs/survey.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/alloc.h"

/* A column, and the position of each label among those that control cells have. */
typedef struct {
    tjac_column column; /* no code: there is no such column */
    size_t *at;         /* [labels + 1]: the last one is of missing values */
} labels;

static void labels_free(labels *l)
{
    tjac_column_free(&l->column);
    free(l->at);
}

static size_t label_of(const labels *l, size_t cell)
{
    int32_t code = l->column.code[cell];
    return code < 0 ? l->column.labels.n : (size_t)code;
}

static size_t position(const labels *l, size_t cell)
{
    return l->at[l->column.code ? label_of(l, cell) : 0];
}

/* `control` of the cells: 1 where it is one. */
static tjac_code read_labels(const tjac_cells *cells, const char *name, bool needed,
                             const char *control, labels *l, tjac_names *used, tjac_err *err)
{
    tjac_err absent = {0};
    if (name && name[0] &&
        tjac_cells_column(cells, name, &l->column, needed ? err : &absent) == TJAC_EMISSING &&
        !needed)
        tjac_column_free(&l->column);
    else if (absent.code)
        tjac_err_set(err, absent.code, "%s", tjac_err_message(&absent));
    tjac_err_clear(&absent);
    size_t n = l->column.code ? l->column.labels.n : 0;
    if (err->code || !(l->at = tjac_alloc_unknown(n + 1, err)))
        return err->code;
    for (size_t c = 0; l->column.code && c < tjac_cells_n_obs(cells); c++)
        if (control[c])
            l->at[label_of(l, c)] = 0;
    for (size_t k = 0; k < n; k++)
        if (l->at[k] == 0) {
            l->at[k] = used->n;
            if (tjac_names_add(used, l->column.labels.name[k], err))
                return err->code;
        }
    l->at[n] = used->n;
    return TJAC_OK;
}

/* By a set of one cell, so that what is wrong with the label is said as a run says it. */
static tjac_code mark_controls(const tjac_cells *cells, const tjac_sets_spec *spec, char *control,
                               tjac_err *err)
{
    tjac_sets_spec one = *spec;
    tjac_sets sets = {0};
    one.set_size = one.n_sets = 1;
    one.cell_type = one.batch = one.obs_names_path = NULL;
    if (!tjac_sets_make(cells, &one, &sets, err))
        for (size_t i = 0; i < sets.n_eligible; i++)
            control[sets.eligible[i]] = 1;
    tjac_sets_free(&sets);
    return err->code;
}

tjac_code tjac_survey_make(const tjac_cells *cells, const tjac_sets_spec *spec, bool need_batches,
                           tjac_survey *out, tjac_err *err)
{
    const size_t n_obs = tjac_cells_n_obs(cells);
    labels types = {0}, batches = {0};
    tjac_survey s = {0};
    char *control = tjac_alloc(n_obs, 1, err);
    if (!control || mark_controls(cells, spec, control, err) ||
        read_labels(cells, spec->cell_type_col, true, control, &types, &s.types, err) ||
        read_labels(cells, spec->batch_col, need_batches, control, &batches, &s.batches, err))
        goto done;
    size_t width = s.batches.n + 1;
    if (!(s.count = tjac_alloc(s.types.n + 1, width * sizeof *s.count, err)))
        goto done;
    for (size_t c = 0; c < n_obs; c++)
        if (control[c]) {
            s.count[position(&types, c) * width + position(&batches, c)]++;
            s.n++;
        }
done:
    free(control);
    labels_free(&types);
    labels_free(&batches);
    if (err->code)
        tjac_survey_free(&s);
    else
        *out = s;
    return err->code;
}

void tjac_survey_free(tjac_survey *s)
{
    if (!s)
        return;
    tjac_names_free(&s->types);
    tjac_names_free(&s->batches);
    free(s->count);
    *s = (tjac_survey){0};
}

size_t tjac_survey_count(const tjac_survey *s, int64_t type, int64_t batch)
{
    size_t n = 0;
    for (size_t t = 0; t <= s->types.n; t++)
        for (size_t b = 0; b <= s->batches.n; b++)
            if ((type < 0 || (size_t)type == t) && (batch < 0 || (size_t)batch == b))
                n += s->count[t * (s->batches.n + 1) + b];
    return n;
}
