/** The search for a row's label in boxes of centroids (boxes.h); part of every instruction set (functions.h). */
#pragma once
#include "isa/boxes.h"
#include "isa/lanes.h"

/** Eight boxes, or members of a group. */
typedef float Eight __attribute__((vector_size(4 * FANOUT)));
typedef int32_t EightBits __attribute__((vector_size(4 * FANOUT)));

/** Lanes that hold, a bit each: lane l at bit MASK_STEP·l. */
#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#define MASK_STEP 1
static inline uint64_t maskOf(Bits lanes) {
  v128_t parts[4];
  memcpy(parts, &lanes, sizeof parts);
  return wasm_i64x2_bitmask(parts[0]) | wasm_i64x2_bitmask(parts[1]) << 2 | wasm_i64x2_bitmask(parts[2]) << 4 |
         wasm_i64x2_bitmask(parts[3]) << 6;
}

static inline uint64_t maskOfFloats(EightBits lanes) {
  v128_t parts[2];
  memcpy(parts, &lanes, sizeof parts);
  return wasm_i32x4_bitmask(parts[0]) | wasm_i32x4_bitmask(parts[1]) << 4;
}
#elif defined(__AVX2__)
#include <immintrin.h>
#define MASK_STEP 1
static inline uint64_t maskOf(Bits lanes) {
#if defined(__AVX512DQ__)
  return _mm512_movepi64_mask((__m512i)lanes);
#else
  return (uint64_t)_mm256_movemask_pd((__m256d)lanes);
#endif
}

static inline uint64_t maskOfFloats(EightBits lanes) { return (uint64_t)_mm256_movemask_ps((__m256)lanes); }
#else
#define MASK_STEP 8
static inline uint64_t maskOf(Bits lanes) {
  typedef int8_t Bytes __attribute__((vector_size(LANES)));
  const Bytes bytes = __builtin_convertvector(lanes, Bytes);
  uint64_t mask;
  memcpy(&mask, &bytes, sizeof mask);
  return mask & 0x0101010101010101;
}

static inline uint64_t maskOfFloats(EightBits lanes) { return maskOf(__builtin_convertvector(lanes, Bits)); }
#endif

static inline Eight largerFloats(Eight a, Eight b) {
#if defined(__AVX2__)
  return (Eight)_mm256_max_ps((__m256)a, (__m256)b);
#else
  const EightBits larger = a > b;
  return (Eight)(((EightBits)a & larger) | ((EightBits)b & ~larger));
#endif
}

/** Of eight boxes: the sums over the leads that no centroid in them is below, in float32. */
static inline Eight boxSums(const float *bounds, int leads, const float *x) {
  Eight sum = {0};
  for (int l = 0; l < leads; l++, bounds += 2 * FANOUT) {
    Eight low, high;
    memcpy(&low, bounds, sizeof low);
    memcpy(&high, bounds + FANOUT, sizeof high);
    const Eight gap = largerFloats(largerFloats(low - x[l], x[l] - high), (Eight){0});
    sum += gap * gap;
  }
  return sum;
}

/** Meets the members of a group. */
static inline void meetGroup(const Boxes *b, int64_t group, Search *s) {
  const double *members = b->members + group * b->leads * FANOUT;
  const int32_t *ids = b->ids + group * FANOUT;
  s->met++;
  Lanes sum[FANOUT / LANES] = {0};
  for (int l = 0; l < b->leads; l++)
    for (int p = 0; p < FANOUT / LANES; p++) {
      const Lanes v = s->x[l] - load(members + l * FANOUT + p * LANES);
      sum[p] += v * v;
    }
  uint64_t mask = 0;
  for (int p = 0; p < FANOUT / LANES; p++) mask |= maskOf(sum[p] <= s->bound) << p * LANES * MASK_STEP;
  if (!b->complete) {
    for (; mask != 0; mask &= mask - 1) s->found[s->count++] = ids[__builtin_ctzll(mask) / MASK_STEP];
    return;
  }
  for (; mask != 0; mask &= mask - 1) {
    const int lane = __builtin_ctzll(mask) / MASK_STEP;
    const int32_t id = ids[lane];
    const double own = sum[lane / LANES][lane % LANES];
    if (own < s->best || (own == s->best && id < s->label)) {
      s->others = s->best;
      s->best = own;
      s->label = id;
      boundSearch(b, own * s->margin, s);
    } else if (id != s->label) s->others = own < s->others ? own : s->others;
  }
}

/** Opens eight boxes. */
static void openBoxes(const Boxes *b, int level, int64_t eight, Search *s) {
  const Eight sum = boxSums(b->bounds[level] + eight * b->leads * 2 * FANOUT, b->leads, s->lead);
  s->met++;
  for (uint64_t mask = maskOfFloats(sum <= s->rough); mask != 0; mask &= mask - 1) {
    const int64_t box = eight * FANOUT + __builtin_ctzll(mask) / MASK_STEP;
    if (box >= b->counts[level]) break;
    if (level > 0) openBoxes(b, level - 1, box, s);
    else meetGroup(b, box, s);
  }
}

/** Meets all that lies within the bound. */
static void searchBoxes(const Boxes *b, Search *s) {
  for (int64_t root = 0; root < b->roots; root++) openBoxes(b, b->levels - 1, root, s);
}

/** From the label on, whose D is the best one so far, through the groups around it. @return whether that settles the search */
static int searchAround(const Surroundings *around, Search *s) {
  const int64_t first = (int64_t)s->label * around->eights;
  const double *beyond = around->beyond + first + s->label, reach = s->best * s->apart;
  for (int e = 0; e < around->eights; e++) {
    if (reach < beyond[e]) return 1;
    meetGroup(&around->lists, first + e, s);
  }
  return reach < beyond[around->eights];
}

static inline float leastOf(Eight a) {
  float least = a[0];
  for (int l = 1; l < FANOUT; l++) least = a[l] < least ? a[l] : least;
  return least;
}

/** Meets one group that lies near, for a first bound: the nearest box of the nearest box. */
static void searchNear(const Boxes *b, Search *s) {
  int64_t from = 0, to = b->roots, nearest = 0;
  for (int level = b->levels - 1; level >= 0; level--) {
    float least = __builtin_inff();
    nearest = from * FANOUT;
    for (int64_t eight = from; eight < to; eight++) {
      const Eight sum = boxSums(b->bounds[level] + eight * b->leads * 2 * FANOUT, b->leads, s->lead);
      const float own = leastOf(sum);
      if (own < least) {
        least = own;
        nearest = eight * FANOUT + __builtin_ctzll(maskOfFloats(sum == own)) / MASK_STEP;
      }
    }
    from = nearest;
    to = nearest + 1;
  }
  meetGroup(b, nearest, s);
}

typedef float WideFloats __attribute__((vector_size(8 * LANES)));
#define WIDE_LANES (2 * LANES)

/** Squares of up to WIDE_LANES differences; there are zeros behind the last. */
static inline WideFloats roughSquares(const float *a, const float *b, int64_t count) {
  WideFloats v = {0}, w = {0};
  memcpy(&v, a, count < WIDE_LANES ? (size_t)count * 4 : sizeof v);
  memcpy(&w, b, count < WIDE_LANES ? (size_t)count * 4 : sizeof w);
  v -= w;
  return v * v;
}

/** ‖a − b‖² in float32, in any order. */
static float roughDistance(const float *a, const float *b, int64_t d) {
  WideFloats s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
  int64_t t = 0;
  for (; t + 4 * WIDE_LANES <= d; t += 4 * WIDE_LANES) {
    s0 += roughSquares(a + t, b + t, WIDE_LANES);
    s1 += roughSquares(a + t + WIDE_LANES, b + t + WIDE_LANES, WIDE_LANES);
    s2 += roughSquares(a + t + 2 * WIDE_LANES, b + t + 2 * WIDE_LANES, WIDE_LANES);
    s3 += roughSquares(a + t + 3 * WIDE_LANES, b + t + 3 * WIDE_LANES, WIDE_LANES);
  }
  for (; t + WIDE_LANES <= d; t += WIDE_LANES) s0 += roughSquares(a + t, b + t, WIDE_LANES);
  if (t < d) s1 += roughSquares(a + t, b + t, d - t);
  Floats half[2];
  s0 = (s0 + s1) + (s2 + s3);
  memcpy(half, &s0, sizeof half);
  half[0] += half[1];
#if LANES == 4
  return (half[0][0] + half[0][2]) + (half[0][1] + half[0][3]);
#else
  return ((half[0][0] + half[0][4]) + (half[0][2] + half[0][6])) + ((half[0][1] + half[0][5]) + (half[0][3] + half[0][7]));
#endif
}

/** Keeps of the centroids that were found those that are no farther by all columns: whose float32 distance is at most `limit`. */
static void narrowFound(const float *x, const float *centroids, int64_t d, double limit, Search *s) {
  int32_t kept = 0;
  for (int32_t i = 0; i < s->count; i++) {
    const double distance = roughDistance(x, centroids + s->found[i] * d, d);
    s->found[kept] = s->found[i];
    if (distance > limit) s->others = distance < s->others ? distance : s->others;
    else kept++;
  }
  s->looked += s->count;
  s->count = kept;
}
