/** What floats.h takes from AVX-512: 24 sums, four rows, a centroid and a difference fill the 32 registers. */
#pragma once
#include <immintrin.h>

#define FLOATS 16
#define NEAR_WIDTH 6
#define MULTIPLY_ADD _mm512_fmadd_ps
#define FOUR_SUMS fourSums

static inline __m512 pairSums(__m512 a, __m512 b) { return _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)); }

static inline __m128 fourSums(__m512 a, __m512 b, __m512 c, __m512 d) {
  const __m512d ab = _mm512_castps_pd(pairSums(a, b)), cd = _mm512_castps_pd(pairSums(c, d));
  const __m512 all = _mm512_add_ps(_mm512_castpd_ps(_mm512_shuffle_pd(ab, cd, 0)), _mm512_castpd_ps(_mm512_shuffle_pd(ab, cd, 0xff)));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
  return _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
}
