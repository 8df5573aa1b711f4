/**
 * AVX2: 6 rows × 16 centroids, of int16 (rows are int8 at rest). 12 accumulators, two registers of centroids, one broadcast row, one product: all 16 in use. Per
 * step of 2 dimensions 12 vpmaddwd and 12 additions; int8 would need three instructions for twice the dimensions, and saturates.
 */
#include "levels.h"
#include <immintrin.h>
#define ISA_NAME "avx2"
#define ISA_SYMBOL isaAvx2
#define ROWS 6
#define WIDTH 16
#define GROUP 2
#define TOGETHER 1
#define BIAS 0
#include "isa.h"

static void enter(void) {}
static void leave(void) {}

static int rowLevels(int64_t d) { return wideRowLevels(d); }
static int centroidLevels(int64_t d) { return wideCentroidLevels(d); }

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int32_t *q = rows;
  const __m256i *p = centroids;
  __m256i sum[ROWS][2];
  const __m256i first = _mm256_load_si256((const __m256i *)m->initial), second = _mm256_load_si256((const __m256i *)m->initial + 1);
#pragma GCC unroll 6
  for (int i = 0; i < ROWS; i++) {
    sum[i][0] = first;
    sum[i][1] = second;
  }
  for (int64_t g = 0; g < words; g++, q++, p += 2) {
    const __m256i c0 = _mm256_load_si256(p), c1 = _mm256_load_si256(p + 1);
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++) {
      const __m256i x = _mm256_set1_epi32(q[i * words]);
      sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(x, c0));
      sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(x, c1));
    }
  }
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

#include "screen.h"
