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

#define SMALLER _mm512_min_ps
#define LARGER _mm512_max_ps
#define CHUNKS chunks
#define FIRST_VALUES _mm512_unpacklo_ps
#define LAST_VALUES _mm512_unpackhi_ps
#define FIRST_PAIRS(a, b) _mm512_unpacklo_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))
#define LAST_PAIRS(a, b) _mm512_unpackhi_pd(_mm512_castps_pd(a), _mm512_castps_pd(b))
static inline __m512 chunks(const float *const *rows, int i, int64_t t) {
  const __m512 a = _mm512_insertf32x4(_mm512_castps128_ps512(_mm_loadu_ps(rows[i] + t)), _mm_loadu_ps(rows[i + 4] + t), 1);
  return _mm512_insertf32x4(_mm512_insertf32x4(a, _mm_loadu_ps(rows[i + 8] + t), 2), _mm_loadu_ps(rows[i + 12] + t), 3);
}
