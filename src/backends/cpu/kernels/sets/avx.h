/**
 * What the sets of 256-bit registers share: accumulators of ROWS × 16, from the initial values to the hits. Included behind ROWS and isa.h.
 */
#pragma once

static void enter(void) {}
static void leave(void) {}

static inline void start(__m256i sum[ROWS][2], const Meeting *m) {
#pragma GCC unroll 6
  for (int i = 0; i < ROWS; i++) {
    sum[i][0] = _mm256_load_si256((const __m256i *)m->initial);
    sum[i][1] = _mm256_load_si256((const __m256i *)m->initial + 1);
  }
}

/** Hits and, where there are any, scores. @return the rows that have a hit */
static inline uint32_t finish(__m256i sum[ROWS][2], Meeting *m) {
  uint32_t passed = 0;
#pragma GCC unroll 6
  for (int i = 0; i < ROWS; i++) {
    const __m256i limit = _mm256_set1_epi32(m->limit[i]);
    uint32_t below0 = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, sum[i][0])));
    uint32_t below1 = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, sum[i][1])));
    m->hit[i] = ~(below0 | below1 << 8) & 0xffff;
    passed |= (uint32_t)(m->hit[i] != 0) << i;
  }
  if (passed)
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++) {
      _mm256_store_si256((__m256i *)m->score[i], sum[i][0]);
      _mm256_store_si256((__m256i *)m->score[i] + 1, sum[i][1]);
    }
  return passed;
}

static inline int32_t sumOf(__m256i values) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1)));
}

/** What floats.h takes. */
#define FLOATS 8
#define MULTIPLY_ADD _mm256_fmadd_ps
#define FOUR_SUMS fourSums
static inline __m128 fourSums(__m256 a, __m256 b, __m256 c, __m256 d) {
  const __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
  return _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

#define SMALLER _mm256_min_ps
#define LARGER _mm256_max_ps
#define CHUNKS chunks
#define FIRST_VALUES _mm256_unpacklo_ps
#define LAST_VALUES _mm256_unpackhi_ps
#define FIRST_PAIRS(a, b) _mm256_unpacklo_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))
#define LAST_PAIRS(a, b) _mm256_unpackhi_pd(_mm256_castps_pd(a), _mm256_castps_pd(b))
static inline __m256 chunks(const float *const *rows, int i, int64_t t) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(rows[i] + t)), _mm_loadu_ps(rows[i + 4] + t), 1);
}
