/* profiles.h: which KDs resemble each other in what they do to pairs that are not the question.
 *
 * A KD's profile is log2 n (crossed.h) over the matched pairs, less its mean over all KDs but the
 * control. Entries that are 0, the KD's own or no number are left out, pairwise. KDs that resemble
 * each other are no independent witnesses.
 */
#ifndef TJAC_PROFILES_H
#define TJAC_PROFILES_H

#include "stats/crossed.h"

/* r[kds * kds]: Pearson correlation of every two KDs' profiles over the entries that both have (the
 * diagonal is 1); NaN below three of them or without spread (an sd of less than 1e-12). Freed with
 * free(). 2,024 KDs and 2,000 pairs take a second, where half of J is 0 four. */
tjac_code tjac_profiles_make(const tjac_crossed *crossed, double **r, tjac_err *err) TJAC_MUST_USE;

/* Mean of r[kds * kds] over the pairs of the marked KDs: member[kds]; undefined ones are left out,
 * NaN where none is left. */
double tjac_profiles_mean(const double *r, size_t kds, const unsigned char *member);

/* Every two KDs whose profiles correlate by more than 0.5, the lower position first. */
typedef struct {
    size_t (*pair)[2]; /* [n] positions of KDs */
    size_t n;
} tjac_profiles_near;

tjac_code tjac_profiles_find_near(const double *r, size_t kds, tjac_profiles_near *out,
                                  tjac_err *err) TJAC_MUST_USE;
void tjac_profiles_near_free(tjac_profiles_near *near);

#endif
