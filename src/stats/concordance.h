/* concordance.h: do models agree on which KDs score high, with each other and with values from
 * elsewhere: the rows of concordance.csv. The control KD takes no part.
 *
 * KDs whose profiles (profiles.h) are near in either model, and those near to them in turn, are one
 * cluster: limits come from drawing clusters. With fewer than five, or one that has more than half
 * of the KDs, there is too little to draw from: no limits. */
#ifndef TJAC_CONCORDANCE_H
#define TJAC_CONCORDANCE_H

#include "stats/inference.h"
#include "stats/profiles.h"
#include "stats/scores.h"

/* One number a KD from a CSV (kd,value). */
typedef struct {
    char *name;     /* the file's name without folder and extension */
    tjac_names kds; /* indexed */
    double *value;  /* [kds.n]; NaN where it is NA */
} tjac_external;

typedef struct {
    tjac_external *external;
    size_t n;
} tjac_externals;

/* Reads files in their order. */
tjac_code tjac_externals_read(const tjac_names *paths, tjac_externals *out,
                              tjac_err *err) TJAC_MUST_USE;
void tjac_externals_free(tjac_externals *externals);

/* A KD twice, a column missing, a value that is no number: TJAC_EINPUT with file and line. */
tjac_code tjac_external_read(const char *path, tjac_external *out, tjac_err *err) TJAC_MUST_USE;
void tjac_external_free(tjac_external *external);

typedef struct {
    const char *panel; /* borrowed */
    tjac_estimand estimand;
    char *a, *b; /* owned: a model, "model [cell type]" with several cell types, an external */
    bool pathway_only;    /* kds: "pathway", else "all" */
    size_t n, n_clusters; /* KDs with a number in both; clusters of them */
    double pearson;
    tjac_interval pearson_limits;
    double spearman;
} tjac_concordance_row;

typedef struct {
    tjac_concordance_row *row; /* cell type, panel, estimand, a, b; all before pathway */
    size_t n;
    tjac_names warnings; /* rows of five KDs and more that their clusters leave without limits */
} tjac_concordance;

/* Every two models, then every model with every external: of tjac_kd_score.score, score[i] and
 * near[i] of table->panel[i]. */
tjac_code tjac_concordance_make(const tjac_j_table *table, tjac_kd_score *const *score,
                                const tjac_profiles_near *near, const tjac_externals *externals,
                                const tjac_config_stats *options, tjac_concordance *out,
                                tjac_err *err) TJAC_MUST_USE;
void tjac_concordance_free(tjac_concordance *concordance);

#endif
