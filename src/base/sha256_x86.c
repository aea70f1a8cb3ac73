#include "base/sha256_x86.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <cpuid.h>
#include <immintrin.h>

#define WITH_SHA __attribute__((target("sha,sse4.1")))

/* Four rounds with the words w. sha256rnds2 does two: it takes the new first half of the state from
 * both halves, and what was the first half is then the second. */
#define ROUNDS(i, w)                                                                               \
    do {                                                                                           \
        __m128i wk =                                                                               \
            _mm_add_epi32(w, _mm_loadu_si128((const __m128i *)(tjac_sha256_k + 4 * (i))));         \
        cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);                                              \
        abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));                     \
    } while (0)

/* The schedule: a, b, c, d are sixteen words in order; a becomes the four that follow them. */
#define EXTEND(a, b, c, d)                                                                         \
    a = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(a, b), _mm_alignr_epi8(d, c, 4)), d)

WITH_SHA static inline __m128i load_words(const unsigned char *p)
{
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)p), big_endian);
}

/* The state stays in registers over all blocks, in the order that the instructions want. */
WITH_SHA static void compress(uint32_t s[8], const unsigned char *p, size_t n)
{
    __m128i dcba = _mm_loadu_si128((const __m128i *)s);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(s + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xb1), efgh = _mm_shuffle_epi32(hgfe, 0x1b);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
    for (; n; n--, p += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i a = load_words(p), b = load_words(p + 16);
        __m128i c = load_words(p + 32), d = load_words(p + 48);
        for (int i = 0; i < 12; i += 4) {
            ROUNDS(i, a);
            EXTEND(a, b, c, d);
            ROUNDS(i + 1, b);
            EXTEND(b, c, d, a);
            ROUNDS(i + 2, c);
            EXTEND(c, d, a, b);
            ROUNDS(i + 3, d);
            EXTEND(d, a, b, c);
        }
        ROUNDS(12, a);
        ROUNDS(13, b);
        ROUNDS(14, c);
        ROUNDS(15, d);
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_storeu_si128((__m128i *)s, _mm_blend_epi16(feba, dchg, 0xf0));
    _mm_storeu_si128((__m128i *)(s + 4), _mm_alignr_epi8(dchg, feba, 8));
}

tjac_sha256_compress *tjac_sha256_x86(void)
{
    const unsigned ssse3 = 1u << 9, sse41 = 1u << 19, sha = 1u << 29;
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & ssse3) || !(c & sse41) ||
        !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & sha))
        return NULL;
    return compress;
}

#else

tjac_sha256_compress *tjac_sha256_x86(void)
{
    return NULL;
}

#endif
