/* Correlations of profiles against numpy's: J by the same formula, |J| over its nanmean over all
 * KDs but the last, log2 less its nanmean over the same, then corrcoef of the entries that both
 * have. */
#include "test.h"
#include "panel_case.h"
#include "stats/profiles.h"

enum { KDS = 11, DEAD = 44 };

static const panel_shape shape = {2, 2, 2, 3, KDS};

static double number(size_t k, size_t i)
{
    return (double)((k * 7 + i * 13 + k * i * 5) % 17 + 1);
}

/* KDs with hardly a 0, with a third and with most of them 0, self pairs, a J that is none, a pair
 * that is 0 under all. */
static void fill(tjac_j_panel *j)
{
    for (size_t k = 0; k < KDS; k++)
        for (size_t i = 0; i < j->n_pairs; i++) {
            bool zero = ((k == 2 || k == 9) && i % 3 == 0) || (k == 5 && i % 7 && i % 5);
            double J = zero || i == DEAD ? 0 : number(k, i);
            j->J[k * j->n_pairs + i] = (k + i) % 2 ? -J : J;
            j->self[k * j->n_pairs + i] = (k == 3 && i % 6 == 5) || (k == 9 && i >= 30 && i < 35);
        }
    j->J[7 * j->n_pairs + 20] = NAN;
    j->J[3 * j->n_pairs + 11] = NAN; /* its own */
}

static double *correlations(test *t, const tjac_j_panel *j)
{
    tjac_crossed crossed;
    double *r = NULL;
    tjac_err err = {0};
    CHECK_OK(t, tjac_crossed_make(j, &crossed, &err), &err);
    CHECK_OK(t, tjac_profiles_make(&crossed, &r, &err), &err);
    tjac_crossed_free(&crossed);
    return r;
}

static const double want[] =
    {/* of KD 0 with those after it, of KD 1, ... */
     -0.09070230047731438, -0.1583792021088259,  -0.20893183194571086, -0.21422552550648624,
     0.05862714472531398,  -0.23895162756712612, -0.1294942119576934,  -0.021999738616817012,
     0.0504267619738509,   -0.1743966722812088,  -0.06364538870717026, -0.12095142946562107,
     0.04492061182679174,  -0.03334427655067906, -0.2708667830333793,  -0.2210330003187527,
     -0.40420815532589577, 0.017890193711914894, 0.1077191548428521,   0.4265516573189733,
     -0.2563752009419801,  -0.8613653301724667,  -0.2985715465857507,  -0.055522098345420094,
     -0.40403663215788316, -0.3736610351836425,  -0.27451976372861353, -0.2943739767494224,
     -0.5455607824769372,  0.06995562204162864,  -0.34527153083260215, 0.1264522293843728,
     -0.4391643462030241,  0.10764214385328814,  -0.6553701499930866,  -0.008796354637145417,
     -0.20922035005244938, 0.13112529419472513,  0.15183188774108797,  -0.27342217227344984,
     -0.09765291761620702, 0.6770388690229303,   -0.34354168623713494, -0.5836784553790456,
     0.08518161427607136,  0.3509691693827813,   -0.13639177869728936, -0.45397971871318343,
     0.25317671000704217,  -0.41619041138788965, -0.2464840627168763,  -0.04299929528346152,
     0.3471360100309636,   0.26449788565841714,  -0.16630239441158118};

static void test_missing(test *t)
{
    const unsigned char some[KDS] = {[0] = 1, [2] = 1, [5] = 1, [7] = 1}, one[KDS] = {1};
    tjac_j_panel j;
    panel_case_make(&j, shape);
    fill(&j);
    double *r = correlations(t, &j);
    for (size_t i = 0, at = 0; i < KDS; i++) {
        CHECK(t, r[i * KDS + i] == 1);
        for (size_t k = i + 1; k < KDS; k++) {
            CHECK_NEAR(t, r[i * KDS + k], want[at++], 1e-10);
            CHECK(t, r[i * KDS + k] == r[k * KDS + i]);
        }
    }
    CHECK_NEAR(t, tjac_profiles_mean(r, KDS, some), -0.07818247147269364, 1e-10);
    r[5] = NAN; /* of 0 and 5 */
    CHECK_NEAR(t, tjac_profiles_mean(r, KDS, some), (-0.07818247147269364 * 6 - want[4]) / 5, 1e-9);
    CHECK(t, isnan(tjac_profiles_mean(r, KDS, one)));
    free(r);
    panel_case_free(&j);
}

/* An entry that only one KD of two has dwarfs all others of its: none of them is lost in it. */
static void test_dwarfed(test *t)
{
    tjac_j_panel j;
    panel_case_make(&j, shape);
    for (size_t k = 0; k < KDS; k++)
        for (size_t i = 0; i < j.n_pairs; i++)
            j.J[k * j.n_pairs + i] = 1 + (number(k, i) - 1) / 100;
    j.J[20] = 1e40;
    j.J[j.n_pairs + 20] = 0;
    double *r = correlations(t, &j);
    CHECK_NEAR(t, r[1], -0.004045771191937038, 1e-10);
    CHECK_NEAR(t, r[2], -0.9997932984407694, 1e-10);
    free(r);
    panel_case_free(&j);
}

/* KDs that multiply every pair by one number have no profile but rounding; KDs that share two
 * entries correlate with nothing. */
static void test_undefined(test *t)
{
    tjac_j_panel j;
    panel_case_make(&j, shape);
    for (size_t k = 0; k < KDS; k++)
        for (size_t i = 0; i < j.n_pairs; i++)
            j.J[k * j.n_pairs + i] = (double)(k + 3) / 7 * (double)(i + 1);
    double *r = correlations(t, &j);
    for (size_t i = 0; i < KDS * KDS; i++)
        CHECK(t, i % (KDS + 1) ? isnan(r[i]) : r[i] == 1);
    free(r);
    fill(&j);
    size_t seen = 0;
    for (size_t i = 0; i < j.n_pairs; i++) /* two entries under KD 0, three under KD 1 */
        if (j.pair[i].kind == TJAC_PAIR_MATCHED && i != DEAD) {
            seen++;
            j.J[i] = seen <= 2 ? number(0, i) : 0;
            j.J[j.n_pairs + i] = seen <= 3 ? number(1, i) : 0;
        }
    r = correlations(t, &j);
    CHECK(t, isnan(r[1]) && isnan(r[4]) && isfinite(r[KDS + 4]));
    free(r);
    panel_case_free(&j);
}

/* Nothing to correlate: no block but the pathway. */
static void test_empty(test *t)
{
    tjac_j_panel j;
    panel_case_make(&j, (panel_shape){2, 2, 0, 0, 3});
    for (size_t i = 0; i < 3 * j.n_pairs; i++)
        j.J[i] = 1 + (double)i;
    double *r = correlations(t, &j);
    CHECK(t, r[0] == 1 && isnan(r[1]) && isnan(r[5]));
    free(r);
    panel_case_free(&j);
}

static void test_list(test *t)
{
    const double r[] = {1,   0.5,  0.6, NAN, 0.5, 1,        -0.9, 0.500001,
                        0.6, -0.9, 1,   0,   NAN, 0.500001, 0,    1};
    tjac_profiles_near near;
    tjac_err err = {0};
    CHECK_OK(t, tjac_profiles_find_near(r, 4, &near, &err), &err);
    CHECK(t, near.n == 2 && near.pair[0][0] == 0 && near.pair[0][1] == 2);
    CHECK(t, near.pair[1][0] == 1 && near.pair[1][1] == 3);
    tjac_profiles_near_free(&near);
    CHECK_OK(t, tjac_profiles_find_near(r, 1, &near, &err), &err);
    CHECK(t, near.n == 0);
    tjac_profiles_near_free(&near);
}

int main(void)
{
    test t = {0};
    test_missing(&t);
    test_dwarfed(&t);
    test_undefined(&t);
    test_empty(&t);
    test_list(&t);
    return test_end(&t);
}
