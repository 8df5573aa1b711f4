/**
 * NEON of every AArch64 processor: 12 rows × 8 centroids of int16 (rows are int8 at rest). 24 accumulators, two registers of centroids
 * (even and odd dimensions, parted by the load), three of rows, whose lanes are factors: 29 of 32 in use. Per step of 2 dimensions 48 smlal
 * of 4 products each and 4 loads. Two multiply-adds of int8 into int16 would overflow, so int8 has no advantage here.
 */
#include "sets/levels.h"
#include <arm_neon.h>
#define ISA_NAME "neon"
#define ISA_SYMBOL isaNeon
#define ROWS 12
#define WIDTH 8
#define GROUP 2
#define TOGETHER 1
#define PACE 2
#define FLOATS 4
#define BIAS 0
#define TIMES 0.01, 0.1, 0.085, 0.085
#define INTERLEAVED
#include "isa/isa.h"
#include "sets/neon.h"

static int rowLevels(int64_t d) { return wideRowLevels(d); }
static int centroidLevels(int64_t d) { return wideCentroidLevels(d); }

/** One row, whose two dimensions are lanes of x, meets the panel. */
#define MEET(i, x, lane) \
  sum[i][0] = vmlal_laneq_s16(sum[i][0], vget_low_s16(c.val[0]), x, lane); \
  sum[i][1] = vmlal_high_laneq_s16(sum[i][1], c.val[0], x, lane); \
  sum[i][0] = vmlal_laneq_s16(sum[i][0], vget_low_s16(c.val[1]), x, lane + 1); \
  sum[i][1] = vmlal_high_laneq_s16(sum[i][1], c.val[1], x, lane + 1);
#define MEET_FOUR(i, x) MEET(i, x, 0) MEET(i + 1, x, 2) MEET(i + 2, x, 4) MEET(i + 3, x, 6)

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int16_t *q = rows, *p = centroids;
  int32x4_t sum[ROWS][2];
  start(sum, m);
  for (int64_t g = 0; g < words; g++, q += GROUP * ROWS, p += GROUP * WIDTH) {
    const int16x8x2_t c = vld2q_s16(p);
    const int16x8_t x0 = vld1q_s16(q), x1 = vld1q_s16(q + 8), x2 = vld1q_s16(q + 16);
    MEET_FOUR(0, x0)
    MEET_FOUR(4, x1)
    MEET_FOUR(8, x2)
  }
  return finish(sum, m);
}

#include "isa/functions.h"
