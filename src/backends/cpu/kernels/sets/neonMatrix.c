/**
 * NEON with the int8 matrix product of Armv8.6 (smmla): 8 rows × 8 centroids of int8. An accumulator is 2 rows × 2 centroids, a factor 8
 * dimensions of two rows or two centroids: 16 accumulators, four factors of either kind. Per step of 8 dimensions 16 smmla of 32 products
 * each and 8 loads; centroids lie 4 dimensions together, hence 4 zips more.
 */
#include "sets/levels.h"
#include <arm_neon.h>
#define ISA_NAME "neonmatrix"
#define ISA_SYMBOL isaNeonMatrix
#define ROWS 8
#define WIDTH 8
#define GROUP 4
#define TOGETHER 2
#define PACE 0.8
#define FLOATS 4
#define BIAS 0
#define TIMES 0.0025, 0.1, 0.085, 0.085
#define INTERLEAVED
#include "isa/isa.h"
#include "sets/neon.h"

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

/** Two centroids of 8 dimensions, from the words of two groups. */
static inline int8x16_t lowPair(int32x4_t even, int32x4_t odd) { return vreinterpretq_s8_s32(vzip1q_s32(even, odd)); }
static inline int8x16_t highPair(int32x4_t even, int32x4_t odd) { return vreinterpretq_s8_s32(vzip2q_s32(even, odd)); }

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int8_t *q = rows;
  const int32_t *p = centroids;
  int32x4_t pair[ROWS / 2][WIDTH / 2];
#pragma GCC unroll 4
  for (int j = 0; j < WIDTH / 2; j++) {
    const int32x2_t initial = vld1_s32(m->initial + 2 * j);
#pragma GCC unroll 4
    for (int i = 0; i < ROWS / 2; i++) pair[i][j] = vcombine_s32(initial, initial);
  }
  for (int64_t g = 0; g < words; g += TOGETHER, q += 4 * TOGETHER * ROWS, p += TOGETHER * WIDTH) {
    const int32x4_t even0 = vld1q_s32(p), even1 = vld1q_s32(p + 4), odd0 = vld1q_s32(p + 8), odd1 = vld1q_s32(p + 12);
    const int8x16_t c[] = {lowPair(even0, odd0), highPair(even0, odd0), lowPair(even1, odd1), highPair(even1, odd1)};
#pragma GCC unroll 4
    for (int i = 0; i < ROWS / 2; i++) {
      const int8x16_t x = vld1q_s8(q + 16 * i);
#pragma GCC unroll 4
      for (int j = 0; j < WIDTH / 2; j++) pair[i][j] = vmmlaq_s32(pair[i][j], x, c[j]);
    }
  }
  int32x4_t sum[ROWS][2];
#pragma GCC unroll 4
  for (int i = 0; i < ROWS / 2; i++)
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
      const int64x2_t first = vreinterpretq_s64_s32(pair[i][2 * half]), second = vreinterpretq_s64_s32(pair[i][2 * half + 1]);
      sum[2 * i][half] = vreinterpretq_s32_s64(vzip1q_s64(first, second));
      sum[2 * i + 1][half] = vreinterpretq_s32_s64(vzip2q_s64(first, second));
    }
  return finish(sum, m);
}

#include "isa/functions.h"
