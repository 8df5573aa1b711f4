/**
 * What the two WebAssembly sets share: tiles of 8 rows × 16 centroids in blocks of 4 × 8: 8 accumulators, two registers of centroids and
 * one broadcast row fit the 16 registers of x86. More steps in one body are slower: V8 puts all their loads first, and spills. Blocks share
 * initial values and limits, which cost as much as ten steps. A block may end early (bound.h): the look at its sums costs two. The
 * including file defines `multiplyAdd` of a row's word and four centroids', `fourWords` of a row as it lies in memory, and what functions.h
 * wants besides.
 */
#pragma once
#include "bound.h"
#include <wasm_simd128.h>

#define BLOCK 4

static void enter(void) {}
static void leave(void) {}

/** Where the terms of an early end are larger, there is none: so nothing overflows. */
#define GAIN_LIMIT 0x1p28f

/** What an early end adds for the centroids, and w, for which it is about what the rows add. */
static inline void gains(const Measure *rows, const Panel *panel, Meeting *m) {
  double mean = 0, most = 0;
  for (int j = 0; j < WIDTH; j++) {
    mean += panel->tail[j] / WIDTH;
    most = panel->tail[j] > most ? panel->tail[j] : most;
  }
  m->weight = rows->tail > 0 && mean > 0 ? (float)sqrt(mean / rows->tail) : 0;
  const float half = m->weight > 0 ? upward(0.5 / m->weight) : 0;
  if (!(most * half < GAIN_LIMIT)) m->weight = 0;
  if (m->weight == 0) return;
#pragma clang loop unroll(full)
  for (int j = 0; j < WIDTH; j += 4) {
    const v128_t gain = wasm_f32x4_mul(wasm_v128_load(panel->tail + j), wasm_f32x4_splat(half));
    wasm_v128_store(m->gain + j, wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(gain), wasm_i32x4_splat(1)));
  }
}

/** What sums begin with, before the limit is taken away, and the largest of that. */
static inline void starts(Meeting *m) {
  v128_t most = wasm_i32x4_splat(INT32_MIN);
#pragma clang loop unroll(full)
  for (int j = 0; j < WIDTH; j += 4) {
    v128_t start = wasm_v128_load(m->initial + j);
    if (m->weight > 0) start = wasm_i32x4_add(start, wasm_v128_load(m->gain + j));
    wasm_v128_store(m->start + j, start);
    most = wasm_i32x4_max(most, start);
  }
  most = wasm_i32x4_max(most, wasm_i32x4_shuffle(most, most, 2, 3, 0, 1));
  m->largest = wasm_i32x4_extract_lane(wasm_i32x4_max(most, wasm_i32x4_shuffle(most, most, 1, 0, 3, 2)), 0);
}

#define OWN_PRODUCT
/** The products of one row and one centroid, as far as whole registers go. @return the words that are done */
static inline int64_t productsOf(const int8_t *row, const int32_t *centroid, int64_t words, int32_t *total) {
  v128_t sum = wasm_i32x4_splat(0);
  int64_t g = 0;
  for (; g + 4 <= words; g += 4) sum = multiplyAdd(fourWords(row, g), wasm_v128_load(centroid + g), sum);
  *total = wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) + wasm_i32x4_extract_lane(sum, 2) +
           wasm_i32x4_extract_lane(sum, 3);
  return g;
}

#define OWN_START
/** As in functions.h, operation by operation; pmin(a, b) is b < a ? b : a. */
static inline void initials(const Measure *rows, const Panel *panel, Meeting *m) {
  const v128_t rest = wasm_f32x4_splat(rows->rest), length = wasm_f32x4_splat(rows->length), perScale = wasm_f32x4_splat(rows->perScale);
#pragma clang loop unroll(full)
  for (int j = 0; j < WIDTH; j += 4) {
    const v128_t around =
        wasm_f32x4_add(wasm_f32x4_mul(rest, wasm_v128_load(panel->norm + j)), wasm_f32x4_mul(length, wasm_v128_load(panel->rest + j)));
    v128_t v = wasm_f32x4_add(wasm_f32x4_mul(wasm_v128_load(panel->half + j), perScale), around);
    v = wasm_f32x4_pmin(wasm_f32x4_splat(INITIAL_LIMIT), v);
    v = wasm_f32x4_pmax(wasm_f32x4_splat(-INITIAL_LIMIT), v);
    const v128_t up = wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(v), wasm_i32x4_splat(2));
    wasm_v128_store(m->initial + j, wasm_i32x4_min(up, wasm_i32x4_splat(INITIAL_LIMIT)));
  }
  gains(rows, panel, m);
  starts(m);
}

static inline void limits(const Tile *tile, double scales, Meeting *m) {
  const v128_t scale = wasm_f64x2_splat(scales), most = wasm_f64x2_splat(SCORE_LIMIT), least = wasm_f64x2_splat(-INITIAL_LIMIT);
#pragma clang loop unroll(full)
  for (int i = 0; i < ROWS; i += 4) {
    v128_t down[2], below[2];
#pragma clang loop unroll(full)
    for (int l = 0; l < 2; l++) {
      const v128_t t = wasm_f64x2_pmin(most, wasm_f64x2_mul(wasm_v128_load(tile->threshold + i + 2 * l), scale));
      down[l] = wasm_i32x4_trunc_sat_f64x2_zero(wasm_f64x2_pmax(least, t));
      below[l] = wasm_f64x2_lt(t, least);
    }
    v128_t limit = wasm_i64x2_shuffle(down[0], down[1], 0, 2);
    limit = wasm_i32x4_add(wasm_i32x4_sub(limit, wasm_i32x4_splat(1)), wasm_v128_load(tile->bias + i));
    const v128_t least = wasm_i32x4_splat(INT32_MIN), open = wasm_i32x4_shuffle(below[0], below[1], 0, 2, 4, 6);
    wasm_v128_store(m->limit + i, wasm_v128_bitselect(least, limit, open));
    if (m->weight == 0) continue;
    const v128_t gain = wasm_f32x4_mul(wasm_v128_load(tile->tail + i), wasm_f32x4_splat(0.5f * m->weight));
    const v128_t more = wasm_i32x4_add(wasm_i32x4_trunc_sat_f32x4(gain), wasm_i32x4_splat(1));
    const v128_t early = wasm_i32x4_sub(limit, wasm_i32x4_add(more, wasm_v128_load(tile->later + i)));
    wasm_v128_store(m->early + i, wasm_v128_bitselect(least, early, wasm_v128_or(open, wasm_f32x4_ge(gain, wasm_f32x4_splat(GAIN_LIMIT)))));
  }
}

typedef v128_t Sums[BLOCK][2];

/** Adds the products of some words. */
static inline __attribute__((always_inline)) void multiply(const int32_t *q, const int32_t *p, int32_t words, Sums sum) {
  for (int32_t g = 0; g < words; g++, q += ROWS, p += WIDTH) {
    // What the compiler does not know about it leaves alone: the distances between the loads stay within them.
    __asm__("" : "+r"(q), "+r"(p));
    const v128_t c0 = wasm_v128_load(p), c1 = wasm_v128_load(p + 4);
#pragma clang loop unroll(full)
    for (int i = 0; i < BLOCK; i++) {
      const v128_t x = wasm_v128_load32_splat(q + i);
      sum[i][0] = multiplyAdd(x, c0, sum[i][0]);
      sum[i][1] = multiplyAdd(x, c1, sum[i][1]);
    }
  }
}

/** Whether all sums are below zero. */
static inline int allBelow(Sums sum) {
  v128_t all = wasm_v128_and(sum[0][0], sum[0][1]);
#pragma clang loop unroll(full)
  for (int i = 1; i < BLOCK; i++) all = wasm_v128_and(all, wasm_v128_and(sum[i][0], sum[i][1]));
  return wasm_i32x4_bitmask(all) == 15;
}

/**
 * Scores of BLOCK rows and 8 centroids; no further than to an early end where none can hit. Sums begin without their limit, so that one
 * sign tells of each; `wide`: rows of which it may not, as a difference would leave 32 bits. @return the rows that have a hit
 */
static inline uint32_t block(const int32_t *q, const int32_t *p, int32_t words, Meeting *m, int row, int side, uint32_t wide) {
  Sums sum;
  const int32_t first = m->weight > 0 ? (int32_t)earlyWords(words) : 0, *limits = (first > 0 ? m->early : m->limit) + row;
  const v128_t start0 = wasm_v128_load(m->start + side), start1 = wasm_v128_load(m->start + side + 4);
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) {
    const v128_t limit = wasm_v128_load32_splat(limits + i);
    sum[i][0] = wasm_i32x4_sub(start0, limit);
    sum[i][1] = wasm_i32x4_sub(start1, limit);
  }
  q += row;
  p += side;
  if (first > 0) {
    multiply(q, p, first, sum);
    if (allBelow(sum) && wide == 0) return 0;
    const v128_t gain0 = wasm_v128_load(m->gain + side), gain1 = wasm_v128_load(m->gain + side + 4);
#pragma clang loop unroll(full)
    for (int i = 0; i < BLOCK; i++) {
      const v128_t more = wasm_i32x4_sub(wasm_v128_load32_splat(m->limit + row + i), wasm_v128_load32_splat(m->early + row + i));
      sum[i][0] = wasm_i32x4_sub(sum[i][0], wasm_i32x4_add(gain0, more));
      sum[i][1] = wasm_i32x4_sub(sum[i][1], wasm_i32x4_add(gain1, more));
    }
  }
  multiply(q + first * ROWS, p + first * WIDTH, words - first, sum);
  if (allBelow(sum) && wide == 0) return 0;
  uint32_t passed = 0;
#pragma clang loop unroll(full)
  for (int i = 0; i < BLOCK; i++) {
    const v128_t limit = wasm_v128_load32_splat(m->limit + row + i);
    const v128_t score0 = wasm_i32x4_add(sum[i][0], limit), score1 = wasm_i32x4_add(sum[i][1], limit);
    const uint32_t bits = wasm_i32x4_bitmask(wasm_i32x4_ge(score0, limit)) | wasm_i32x4_bitmask(wasm_i32x4_ge(score1, limit)) << 4;
    m->hit[row + i] |= bits << side;
    passed |= (uint32_t)(bits != 0) << (row + i);
    wasm_v128_store(m->score[row + i] + side, score0);
    wasm_v128_store(m->score[row + i] + side + 4, score1);
  }
  return passed;
}

/** Products are below 2^30 in absolute value. */
#define PRODUCT_LIMIT (1 << 30)

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int32_t *limits = m->weight > 0 ? m->early : m->limit;
  const v128_t least = wasm_i32x4_splat(m->largest - PRODUCT_LIMIT);
  uint32_t passed = 0, wide = 0;
  for (int i = 0; i < ROWS; i++) m->hit[i] = 0;
  for (int i = 0; i < ROWS; i += BLOCK) wide |= wasm_i32x4_bitmask(wasm_i32x4_le(wasm_v128_load(limits + i), least)) << i;
  // Of constant sides: a block whose places are variables is slower by a tenth where rows are short.
#pragma clang loop unroll(full)
  for (int side = 0; side < WIDTH; side += 8) {
    if (side >= m->members) break;
#pragma clang loop unroll(full)
    for (int row = 0; row < ROWS; row += BLOCK)
      passed |= block(rows, centroids, (int32_t)words, m, row, side, wide >> row & ((1 << BLOCK) - 1));
  }
  return passed;
}

#define FOUR_SUMS fourSums
static inline v128_t pairSums(v128_t a, v128_t b) {
  return wasm_f32x4_add(wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), wasm_i32x4_shuffle(a, b, 2, 6, 3, 7));
}

static inline v128_t fourSums(v128_t a, v128_t b, v128_t c, v128_t d) {
  const v128_t ab = pairSums(a, b), cd = pairSums(c, d);
  return wasm_f32x4_add(wasm_i32x4_shuffle(ab, cd, 0, 1, 4, 5), wasm_i32x4_shuffle(ab, cd, 2, 3, 6, 7));
}
