/* "null" and "stats". */
#include "config/config_parts.h"

static const char *const match_names[] = {"regulator", "target", "both", NULL};
static const char *const score_names[] = {"log2_abs_ratio", "difference", "ratio", NULL};

const char *tjac_match_name(tjac_match m)
{
    return match_names[m];
}

const char *tjac_score_name(tjac_score s)
{
    return score_names[s];
}

tjac_code tjac_config_take_null(const tjac_taker *t, tjac_config_null *out)
{
    int64_t pairs = 0, seed = 0;
    int match = 0;
    if (tjac_take_int(t, "pairs", false, 0, 1 << 24, &pairs) ||
        tjac_take_word(t, "match", match_names, &match) ||
        tjac_take_int(t, "seed", false, 0, UINT32_MAX, &seed))
        return t->err->code;
    *out = (tjac_config_null){(size_t)pairs, (tjac_match)match, (uint64_t)seed};
    return TJAC_OK;
}

tjac_code tjac_config_take_stats(const tjac_taker *t, tjac_config_stats *out)
{
    static const char *const alternatives[] = {"greater", "two-sided", NULL};
    int64_t permutations = 0, rounds = 0, seed = 0;
    int score = 0, alternative = 0;
    if (tjac_take_word(t, "score", score_names, &score) ||
        tjac_take_word(t, "alternative", alternatives, &alternative) ||
        tjac_take_int(t, "permutations", false, 1, 100000000, &permutations) ||
        tjac_take_int(t, "bootstrap", false, 2, 10000000, &rounds) ||
        tjac_take_number(t, "alpha", false, &out->alpha) ||
        tjac_take_number(t, "min_effect", false, &out->min_effect) ||
        tjac_take_int(t, "seed", false, 0, UINT32_MAX, &seed) ||
        tjac_take_paths(t, "external", &out->external))
        return t->err->code;
    if (!(out->alpha > 0 && out->alpha < 1))
        return tjac_err_set(t->err, TJAC_EUSAGE,
                            "'%s': 'stats.alpha' is %g, expected a number above 0 and below 1",
                            t->what, out->alpha);
    if (!(out->min_effect >= 0))
        return tjac_err_set(t->err, TJAC_EUSAGE,
                            "'%s': 'stats.min_effect' is %g, expected 0 or more, on the scale of "
                            "the score",
                            t->what, out->min_effect);
    out->score = (tjac_score)score;
    out->two_sided = alternative == 1;
    out->permutations = (size_t)permutations;
    out->bootstrap = (size_t)rounds;
    out->seed = (uint64_t)seed;
    return TJAC_OK;
}
