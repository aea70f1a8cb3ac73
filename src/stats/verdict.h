/* verdict.h: what the rows of panel_stats.csv mean, once all of them are there: q, the criteria,
 * the verdict and its reason in words. docs/method.md says what each verdict licenses one to say.
 *
 *     elevated    elevation_effect >= min_effect, pathway_effect > 0, p_elevation < alpha
 *     specific    q < alpha, p_blocks < alpha, effect >= min_effect, routing_linear > 0; where
 *                 targets are named, unrelated_effect >= min_effect with p_unrelated < alpha
 *     consistent  members_elevated >= 0.75, loo_kd_min >= effect / 2, loo_gene_min > 0 (or NaN);
 *                 never with one pathway KD
 *     replicated  elevated and specific in every model of the run that is no control (a model
 *                 without an answer counts as no); unknown with one model
 *
 * q is Benjamini & Hochberg's of p_kds over the rows of an estimand and reference, those of
 * shuffled models apart; rows without an answer or that can never reach alpha leave the family.
 * q_min: q if the row's p were its p_kds_min and the others as they are.
 */
#ifndef TJAC_VERDICT_H
#define TJAC_VERDICT_H

#include "stats/panel_stats.h"

/* Sets q, q_min, elevated, specific, consistent, replicated, verdict and reason of every row. */
tjac_code tjac_verdict_all(tjac_panel_stats *stats, const tjac_config_stats *options,
                           tjac_err *err) TJAC_MUST_USE;

/* Whether the same panel is positive in a model whose weights are shuffled. */
bool tjac_verdict_of_control(const tjac_panel_stats *stats, const tjac_panel_stat *row);

const char *tjac_verdict_name(tjac_verdict v); /* "not_elevated" */

#endif
