/**
 * AVX-VNNI, vpdpbusd on 256 bits for processors without AVX-512: 6 rows × 16 centroids of int8. 12 accumulators, two registers of
 * centroids, one broadcast row: 15 of 16 in use. Per step of 4 dimensions 2 loads, 6 broadcasts and 12 vpdpbusd of 32 products each, the
 * bound of two a cycle. As for AVX-512, centroids are stored as r + 128, and 128·Σq is part of the row's limit.
 */
#include "sets/levels.h"
#include <immintrin.h>
#define ISA_NAME "avxvnni"
#define ISA_SYMBOL isaAvxVnni
#define ROWS 6
#define WIDTH 16
#define GROUP 4
#define TOGETHER 1
#define PACE 1
#define BIAS 128
#define TIMES 0.0042, 0.03, 0.042, 0.02
#include "isa/isa.h"
#include "sets/avx.h"

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

/** Compilers copy and spill accumulators around the intrinsic, to half the speed. */
static inline __m256i multiply(__m256i sum, __m256i centroids, __m256i row) {
  __asm__("%{vex%} vpdpbusd %[row],%[centroids],%[sum]" : [sum] "+x"(sum) : [centroids] "x"(centroids), [row] "x"(row));
  return sum;
}

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
      sum[i][0] = multiply(sum[i][0], c0, x);
      sum[i][1] = multiply(sum[i][1], c1, x);
    }
  }
  return finish(sum, m);
}

#define OWN_PRODUCT
/** The products of one row and one centroid, as far as whole registers go. @return the words that are done */
static inline int64_t productsOf(const int8_t *row, const int32_t *centroid, int64_t words, int32_t *total) {
  __m256i sum = _mm256_setzero_si256();
  int64_t g = 0;
  for (; g + 8 <= words; g += 8)
    sum = multiply(sum, _mm256_loadu_si256((const __m256i *)(centroid + g)), _mm256_loadu_si256((const __m256i *)(row + 4 * g)));
  *total = sumOf(sum);
  return g;
}

#include "isa/functions.h"
