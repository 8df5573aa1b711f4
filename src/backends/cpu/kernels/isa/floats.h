/**
 * The nearest centroid in float32, by differences, with the relative error of bound.h, 8: where it lies clear before the second it is the
 * label. Part of functions.h. An instruction set defines FLOATS (lanes of a register) and, where it has better, NEAR_WIDTH, MULTIPLY_ADD
 * and FOUR_SUMS.
 *
 * Of few columns, or for many centroids, lanes are rows (floatLanes.h). Else they are columns, and four rows meet NEAR_WIDTH centroids in
 * registers, so that every load serves several sums; the rows behind are fetched meanwhile.
 */
#include "isa/lanes.h"

/** Centroids that four rows meet together: sums, rows and a difference for 16 registers. */
#ifndef NEAR_WIDTH
#define NEAR_WIDTH 2
#endif
#ifndef MULTIPLY_ADD
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
/** Columns that cost less to lay down than the sums over lanes of columns do, however few centroids there are. */
#define NARROW 64

#if defined(__clang__)
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif

typedef float Wide __attribute__((vector_size(4 * FLOATS)));
typedef int32_t WideBits __attribute__((vector_size(4 * FLOATS)));
typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourBits __attribute__((vector_size(16)));

static inline Wide loadWide(const float *x) {
  Wide wide;
  memcpy(&wide, x, sizeof wide);
  return wide;
}

#include "isa/floatLanes.h"

#ifndef FOUR_SUMS
#define FOUR_SUMS fourSums
/** The sums of four registers' lanes. */
static inline Four fourSums(Wide a, Wide b, Wide c, Wide d) {
  Four sums = {0};
  for (int l = 0; l < FLOATS; l++) sums += (Four){a[l], b[l], c[l], d[l]};
  return sums;
}
#endif

/** Lets centroid j compete: the loser may be second. */
#define TAKE_NEAR(Values, Masks, best, second, label, distance, j) \
  do { \
    const Masks closer = distance < best; \
    const Values loser = (Values)(((Masks)best & closer) | ((Masks)distance & ~closer)); \
    const Masks less = loser < second; \
    second = (Values)(((Masks)loser & less) | ((Masks)second & ~less)); \
    best = (Values)(((Masks)distance & closer) | ((Masks)best & ~closer)); \
    label = ((int32_t)(j)&closer) | (label & ~closer); \
  } while (0)

typedef struct {
  Four best, second;
  FourBits label;
} NearFour;

/** Lanes are columns: four rows, `width` centroids from the first on. d ≥ FLOATS. fetch: whether the rows behind will be needed. */
static inline __attribute__((always_inline)) void meetNear(const int width, const float *const *rows, int fetch, const float *c, int64_t d,
                                                           int64_t first, NearFour *near) {
  Wide sum[4][NEAR_WIDTH] = {0};
  int64_t t = 0;
  for (; t + FLOATS <= d; t += FLOATS) {
    Wide x[4];
    UNROLLED
    for (int i = 0; i < 4; i++) x[i] = loadWide(rows[i] + t);
    if (fetch && t % 16 == 0)
      UNROLLED
      for (int i = 0; i < 4; i++) __builtin_prefetch(rows[i + 4] + t);
    UNROLLED
    for (int j = 0; j < width; j++) {
      const Wide own = loadWide(c + j * d + t);
      UNROLLED
      for (int i = 0; i < 4; i++) {
        const Wide v = x[i] - own;
        sum[i][j] = MULTIPLY_ADD(v, v, sum[i][j]);
      }
    }
  }
  if (t < d) {
    // The last register over again, without the columns that it has in common with the one before.
    WideBits rest;
    for (int l = 0; l < FLOATS; l++) rest[l] = l < FLOATS - (d - t) ? 0 : -1;
    UNROLLED
    for (int j = 0; j < width; j++) {
      const Wide own = loadWide(c + j * d + d - FLOATS);
      UNROLLED
      for (int i = 0; i < 4; i++) {
        const Wide v = (Wide)((WideBits)(loadWide(rows[i] + d - FLOATS) - own) & rest);
        sum[i][j] = MULTIPLY_ADD(v, v, sum[i][j]);
      }
    }
  }
  UNROLLED
  for (int j = 0; j < width; j++) {
    const Four distance = (Four)FOUR_SUMS(sum[0][j], sum[1][j], sum[2][j], sum[3][j]);
    TAKE_NEAR(Four, FourBits, near->best, near->second, near->label, distance, first + j);
  }
}

static void nearColumns(const float *const *rows, const float *centroids, int64_t k, int64_t d, Near *out, int at) {
  const int64_t turns = (k + NEAR_WIDTH - 1) / NEAR_WIDTH;
  NearFour near = {(Four){0} + __builtin_inff(), (Four){0} + __builtin_inff(), {0}};
  for (int64_t turn = 0; turn < turns; turn++) {
    const int64_t first = turn * k / turns, width = (turn + 1) * k / turns - first;
    const float *c = centroids + first * d;
    switch (width) {
#define CASE(width) \
  case width: \
    meetNear(width, rows, turn == 0, c, d, first, &near); \
    break;
      CASE(1) CASE(2)
#if NEAR_WIDTH == 6
      CASE(3) CASE(4) CASE(5) CASE(6)
#endif
#undef CASE
    }
  }
  memcpy(out->best + at, &near.best, sizeof near.best);
  memcpy(out->second + at, &near.second, sizeof near.second);
  memcpy(out->label + at, &near.label, sizeof near.label);
}

static void nearby(const float *const *rows, const float *centroids, int64_t k, int64_t d, float *scratch, Near *near) {
  if (d <= NARROW || d <= 2 * k)
    for (int at = 0; at < NEAR_GROUP; at += FLOATS) nearRows(rows + at, centroids, k, d, scratch, near, at);
  else
    for (int at = 0; at < NEAR_GROUP; at += 4) nearColumns(rows + at, centroids, k, d, near, at);
}

/**
 * Where the smallest of a group lies clear before the second, it is the label; the others are left open. With `bounded`, bounds too
 * (bound.h, 6 and 8). Compilers make vectors of this.
 */
static void conclude(Near *near, const NearErrors *errors, int bounded) {
  const float more = errors->more, less = errors->less, tiny = errors->tiny;
  for (int l = 0; l < NEAR_GROUP; l++) {
    const float second = near->second[l] < FLT_MAX ? near->second[l] : FLT_MAX;
    const float most = near->best[l] * more + tiny, least = second * less - tiny;
    near->open[l] = !(least > most);
  }
  if (!bounded) return;
  for (int l = 0; l < NEAR_GROUP; l++) {
    const float best = near->best[l] < FLT_MAX ? near->best[l] : FLT_MAX, second = near->second[l] < FLT_MAX ? near->second[l] : FLT_MAX;
    const float square = (near->open[l] ? best : second) * less - tiny, others = square > 0 ? square : 0;
    near->own[l] = __builtin_sqrtf(near->best[l] * more + tiny) * (1 + (float)WIDE) + FLT_TRUE_MIN;
    near->others[l] = __builtin_sqrtf(others) * (1 - (float)WIDE);
  }
}

/** Bounds of `count` rows follow their labels' centroids (bound.h, 6). @return how many rows that leaves open; `left` has their numbers */
static int follow(const Followed *drift, const int32_t *labels, int count, float *own, float *others, int32_t *left) {
  for (int i = 0; i < count; i++) {
    const float most = (own[i] + drift->own[labels[i]]) * (1 + (float)WIDE) + FLT_TRUE_MIN;
    const float least = (others[i] - drift->others[labels[i]]) * (1 - (float)WIDE);
    own[i] = most;
    others[i] = least > 0 ? least : 0;
    left[i] = !(least > most * (1 + 2 * (float)WIDE));
  }
  int open = 0;
  for (int i = 0; i < count; i++) {
    const int32_t stays = left[i];
    left[open] = i;
    open += stays;
  }
  return open;
}
