/**
 * AVX2: 4 rows × 16 centroids of 7 bits. vpmaddubsw multiplies unsigned × signed bytes and adds two neighbours in int16; with 63 levels on
 * both sides four such products still fit, so that 8 dimensions are added before vpmaddwd widens them: five instructions for 64 products,
 * where int16 takes eight. The bounds are wider than those of 8 bits, which costs more candidates (of 1536 dimensions as much as it
 * spares). 8 accumulators, four registers of centroids, ones, two rows, one product: all 16 in use. Per step of 8 dimensions 4 loads,
 * 8 broadcasts and 40 operations, three a cycle.
 * Centroids are the unsigned ones, stored as r + 64; 64·Σq is part of the row's limit.
 */
#include "sets/levels.h"
#include <immintrin.h>
#define ISA_NAME "avx2"
#define ISA_SYMBOL isaAvx2
#define ROWS 4
#define WIDTH 16
#define GROUP 4
#define TOGETHER 2
#define PACE 1.7
#define BIAS 64
#define TIMES 0.0075, 0.03, 0.042, 0.02
#define LEVELS 63
#include "isa/isa.h"
#include "sets/avx.h"

_Static_assert(4 * LEVELS * (LEVELS + BIAS) <= INT16_MAX, "vpmaddubsw saturates, vpaddw wraps around");

static int rowLevels(int64_t d) {
  const int levels = byteLevels(d, BIAS);
  return levels < LEVELS ? levels : LEVELS;
}

static int centroidLevels(int64_t d) {
  (void)d;
  return LEVELS;
}

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int32_t *q = rows;
  const __m256i *p = centroids;
  __m256i sum[ROWS][2];
  const __m256i ones = _mm256_set1_epi16(1);
  start(sum, m);
  for (int64_t g = 0; g < words; g += TOGETHER, q += TOGETHER, p += 2 * TOGETHER) {
    const __m256i c0 = _mm256_load_si256(p), c1 = _mm256_load_si256(p + 1), c2 = _mm256_load_si256(p + 2), c3 = _mm256_load_si256(p + 3);
#pragma GCC unroll 4
    for (int i = 0; i < ROWS; i++) {
      const __m256i x = _mm256_set1_epi32(q[i * words]), y = _mm256_set1_epi32(q[i * words + 1]);
      const __m256i first = _mm256_add_epi16(_mm256_maddubs_epi16(c0, x), _mm256_maddubs_epi16(c2, y));
      const __m256i second = _mm256_add_epi16(_mm256_maddubs_epi16(c1, x), _mm256_maddubs_epi16(c3, y));
      sum[i][0] = _mm256_add_epi32(sum[i][0], _mm256_madd_epi16(first, ones));
      sum[i][1] = _mm256_add_epi32(sum[i][1], _mm256_madd_epi16(second, ones));
    }
  }
  return finish(sum, m);
}

#define OWN_PRODUCT
/** The products of one row and one centroid, as far as whole registers go. @return the words that are done */
static inline int64_t productsOf(const int8_t *row, const int32_t *centroid, int64_t words, int32_t *total) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sum = _mm256_setzero_si256();
  int64_t g = 0;
  for (; g + 8 <= words; g += 8) {
    const __m256i c = _mm256_loadu_si256((const __m256i *)(centroid + g)), x = _mm256_loadu_si256((const __m256i *)(row + 4 * g));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(c, x), ones));
  }
  *total = sumOf(sum);
  return g;
}

#include "isa/functions.h"
