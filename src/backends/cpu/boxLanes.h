/** The search for a row's label in boxes of centroids (boxes.h); part of every instruction set (screen.h). */
#pragma once
#include "boxes.h"
#include "lanes.h"

/** Lanes that hold, a bit each: lane l at bit 8l. */
static inline uint64_t maskOf(Bits lanes) {
  typedef int8_t Bytes __attribute__((vector_size(LANES)));
  const Bytes bytes = __builtin_convertvector(lanes, Bytes);
  uint64_t mask;
  memcpy(&mask, &bytes, sizeof mask);
  return mask & 0x0101010101010101;
}

/** Of eight boxes: the sums over the leads that no centroid in them is below. */
static inline Lanes boxSums(const double *bounds, int leads, const double *x) {
  Lanes sum = {0};
  for (int l = 0; l < leads; l++, bounds += 2 * LANES) {
    const Lanes below = load(bounds) - x[l], above = x[l] - load(bounds + LANES), gap = larger(larger(below, above), (Lanes){0});
    sum += gap * gap;
  }
  return sum;
}

/** Meets the members of a group. */
static inline void meetGroup(const Boxes *b, int64_t group, Search *s) {
  const double *members = b->members + group * b->leads * LANES;
  const int32_t *ids = b->ids + group * LANES;
  s->met++;
  Lanes sum = {0};
  for (int l = 0; l < b->leads; l++) {
    const Lanes v = s->x[l] - load(members + l * LANES);
    sum += v * v;
  }
  uint64_t mask = maskOf(sum <= s->bound);
  if (!b->complete) {
    for (; mask != 0; mask &= mask - 1) s->found[s->count++] = ids[__builtin_ctzll(mask) >> 3];
    return;
  }
  for (; mask != 0; mask &= mask - 1) {
    const int lane = __builtin_ctzll(mask) >> 3;
    const int32_t id = ids[lane];
    const double own = sum[lane];
    if (own < s->best || (own == s->best && id < s->label)) {
      s->others = s->best;
      s->best = own;
      s->label = id;
      s->bound = own * s->margin;
    } else if (id != s->label) s->others = own < s->others ? own : s->others;
  }
}

/** Opens eight boxes. */
static void openBoxes(const Boxes *b, int level, int64_t eight, Search *s) {
  const Lanes sum = boxSums(b->bounds[level] + eight * b->leads * 2 * LANES, b->leads, s->x);
  s->met++;
  for (uint64_t mask = maskOf(sum <= s->bound); mask != 0; mask &= mask - 1) {
    const int64_t box = eight * LANES + (__builtin_ctzll(mask) >> 3);
    if (level > 0) openBoxes(b, level - 1, box, s);
    else meetGroup(b, box, s);
  }
}

/** Meets all that lies within the bound. */
static void searchBoxes(const Boxes *b, Search *s) {
  for (int64_t root = 0; root < b->roots; root++) openBoxes(b, b->levels - 1, root, s);
}

static inline double leastOf(Lanes a) {
  const Lanes b = smaller(a, (Lanes){a[4], a[5], a[6], a[7], a[4], a[5], a[6], a[7]});
  const double x = b[0] < b[2] ? b[0] : b[2], y = b[1] < b[3] ? b[1] : b[3];
  return x < y ? x : y;
}

/** Meets one group that lies near, for a first bound: the nearest box of the nearest box. */
static void searchNear(const Boxes *b, Search *s) {
  int64_t from = 0, to = b->roots, nearest = 0;
  for (int level = b->levels - 1; level >= 0; level--) {
    double least = __builtin_inf();
    for (int64_t eight = from; eight < to; eight++) {
      const Lanes sum = boxSums(b->bounds[level] + eight * b->leads * 2 * LANES, b->leads, s->x);
      const double own = leastOf(sum);
      if (own < least) {
        least = own;
        nearest = eight * LANES + (__builtin_ctzll(maskOf(sum == own)) >> 3);
      }
    }
    from = nearest;
    to = nearest + 1;
  }
  meetGroup(b, nearest, s);
}

typedef float WideFloats __attribute__((vector_size(64)));
#define WIDE_LANES 16

/** Squares of up to 16 differences; there are zeros behind the last. */
static inline WideFloats roughSquares(const float *a, const float *b, int64_t count) {
  WideFloats v = {0}, w = {0};
  memcpy(&v, a, count < WIDE_LANES ? (size_t)count * 4 : sizeof v);
  memcpy(&w, b, count < WIDE_LANES ? (size_t)count * 4 : sizeof w);
  v -= w;
  return v * v;
}

/** ‖a − b‖² in float32, in any order. */
static inline float roughDistance(const float *a, const float *b, int64_t d) {
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
  return ((half[0][0] + half[0][4]) + (half[0][2] + half[0][6])) + ((half[0][1] + half[0][5]) + (half[0][3] + half[0][7]));
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
