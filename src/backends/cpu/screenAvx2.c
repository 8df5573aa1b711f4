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
#include "avx.h"

static int rowLevels(int64_t d) { return wideRowLevels(d); }
static int centroidLevels(int64_t d) { return wideCentroidLevels(d); }

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int32_t *q = rows;
  const __m256i *p = centroids;
  __m256i sum[ROWS][2];
  start(sum, m);
  for (int64_t g = 0; g < words; g++, q++, p += 2) {
    const __m256i c0 = _mm256_load_si256(p), c1 = _mm256_load_si256(p + 1);
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++) {
      const __m256i x = _mm256_set1_epi32(q[i * words]);
      sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(x, c0));
      sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(x, c1));
    }
  }
  return finish(sum, m);
}

#include "screen.h"
