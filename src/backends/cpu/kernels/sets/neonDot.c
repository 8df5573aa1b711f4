/**
 * NEON with the dot product of Armv8.2 (sdot): 12 rows × 8 centroids of int8. 24 accumulators, two registers of centroids, three of rows,
 * whose lanes are factors: 29 of 32 in use. Per step of 4 dimensions 24 sdot of 16 products each and 5 loads.
 */
#include "sets/levels.h"
#include <arm_neon.h>
#define ISA_NAME "neondot"
#define ISA_SYMBOL isaNeonDot
#define ROWS 12
#define WIDTH 8
#define GROUP 4
#define TOGETHER 1
#define PACE 1.3
#define FLOATS 4
#define BIAS 0
#define TIMES 0.004, 0.1, 0.085, 0.085
#define INTERLEAVED
#include "isa/isa.h"
#include "sets/neon.h"

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

#define MEET(i, x, lane) \
  sum[i][0] = vdotq_laneq_s32(sum[i][0], c0, x, lane); \
  sum[i][1] = vdotq_laneq_s32(sum[i][1], c1, x, lane);
#define MEET_FOUR(i, x) MEET(i, x, 0) MEET(i + 1, x, 1) MEET(i + 2, x, 2) MEET(i + 3, x, 3)

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int8_t *q = rows, *p = centroids;
  int32x4_t sum[ROWS][2];
  start(sum, m);
  for (int64_t g = 0; g < words; g++, q += GROUP * ROWS, p += GROUP * WIDTH) {
    const int8x16_t c0 = vld1q_s8(p), c1 = vld1q_s8(p + 16);
    const int8x16_t x0 = vld1q_s8(q), x1 = vld1q_s8(q + 16), x2 = vld1q_s8(q + 32);
    MEET_FOUR(0, x0)
    MEET_FOUR(4, x1)
    MEET_FOUR(8, x2)
  }
  return finish(sum, m);
}

#include "isa/functions.h"
