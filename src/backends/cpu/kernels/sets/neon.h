/** What the NEON sets share: accumulators of ROWS × WIDTH = 8, from the initial values to the hits. Included behind ROWS and isa.h. */
#pragma once

/** What floats.h asks for. */
#define FOUR_SUMS(a, b, c, d) \
  vpaddq_f32(vpaddq_f32((float32x4_t)(a), (float32x4_t)(b)), vpaddq_f32((float32x4_t)(c), (float32x4_t)(d)))

static void enter(void) {}
static void leave(void) {}

static inline void start(int32x4_t sum[ROWS][2], const Meeting *m) {
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
    sum[i][0] = vld1q_s32(m->initial);
    sum[i][1] = vld1q_s32(m->initial + 4);
  }
}

/** Hits and, where there are any, scores. @return the rows that have a hit */
static inline uint32_t finish(int32x4_t sum[ROWS][2], Meeting *m) {
  static const uint16_t places[8] = {1, 2, 4, 8, 16, 32, 64, 128};
  const uint16x8_t bits = vld1q_u16(places);
  uint32_t passed = 0;
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
    const int32x4_t limit = vdupq_n_s32(m->limit[i]);
    const uint16x4_t low = vmovn_u32(vcgeq_s32(sum[i][0], limit)), high = vmovn_u32(vcgeq_s32(sum[i][1], limit));
    m->hit[i] = vaddvq_u16(vandq_u16(vcombine_u16(low, high), bits));
    passed |= (uint32_t)(m->hit[i] != 0) << i;
  }
  if (passed)
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      vst1q_s32(m->score[i], sum[i][0]);
      vst1q_s32(m->score[i] + 4, sum[i][1]);
    }
  return passed;
}
#define SMALLER(a, b) vminq_f32((float32x4_t)(a), (float32x4_t)(b))
#define LARGER(a, b) vmaxq_f32((float32x4_t)(a), (float32x4_t)(b))
