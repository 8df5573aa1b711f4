/**
 * Lanes are rows: FLOATS of them, laid side by side, meet a centroid's values one after the other, so that nothing is left to add up in the
 * end. Part of floats.h. An instruction set of more than four lanes defines CHUNKS (four columns of every fourth row from row i on) and the
 * interleavings of its 128-bit parts; one that has better SMALLER and LARGER.
 */
#pragma once

#ifndef CHUNKS
#if defined(__clang__)
#define MERGE_FLOATS(a, b, p, q, r, s) __builtin_shufflevector(a, b, p, q, r, s)
#else
#define MERGE_FLOATS(a, b, p, q, r, s) __builtin_shuffle(a, b, (WideBits){p, q, r, s})
#endif
#define CHUNKS(rows, i, t) loadWide((rows)[i] + (t))
#define FIRST_VALUES(a, b) MERGE_FLOATS(a, b, 0, 4, 1, 5)
#define LAST_VALUES(a, b) MERGE_FLOATS(a, b, 2, 6, 3, 7)
#define FIRST_PAIRS(a, b) MERGE_FLOATS(a, b, 0, 1, 4, 5)
#define LAST_PAIRS(a, b) MERGE_FLOATS(a, b, 2, 3, 6, 7)
#endif

#ifndef SMALLER
static inline Wide selectWide(WideBits mask, Wide yes, Wide no) { return (Wide)(((WideBits)yes & mask) | ((WideBits)no & ~mask)); }
#define SMALLER(a, b) selectWide((WideBits)((a) < (b)), a, b)
#define LARGER(a, b) selectWide((WideBits)((a) < (b)), b, a)
#endif

static inline void storeWide(float *x, Wide wide) { memcpy(x, &wide, sizeof wide); }

/** Four columns from t on become lines of FLOATS rows. */
static inline void layFour(const float *const *rows, int64_t t, float *lines) {
  const Wide a = (Wide)CHUNKS(rows, 0, t), b = (Wide)CHUNKS(rows, 1, t), c = (Wide)CHUNKS(rows, 2, t), e = (Wide)CHUNKS(rows, 3, t);
  const Wide ab = (Wide)FIRST_VALUES(a, b), ce = (Wide)FIRST_VALUES(c, e);
  const Wide lastAb = (Wide)LAST_VALUES(a, b), lastCe = (Wide)LAST_VALUES(c, e);
  storeWide(lines, (Wide)FIRST_PAIRS(ab, ce));
  storeWide(lines + FLOATS, (Wide)LAST_PAIRS(ab, ce));
  storeWide(lines + 2 * FLOATS, (Wide)FIRST_PAIRS(lastAb, lastCe));
  storeWide(lines + 3 * FLOATS, (Wide)LAST_PAIRS(lastAb, lastCe));
}

/** FLOATS rows side by side, [d][FLOATS]; the last four columns may be laid twice. */
static inline void layRows(const float *const *rows, int64_t d, float *lines) {
  int64_t t = 0;
  for (; t + 4 <= d; t += 4) layFour(rows, t, lines + t * FLOATS);
  if (t < d && d > 4) layFour(rows, d - 4, lines + (d - 4) * FLOATS);
  else
    for (; t < d; t++)
      for (int l = 0; l < FLOATS; l++) lines[t * FLOATS + l] = rows[l][t];
}

typedef struct {
  Wide best, second;
  WideBits label;
} NearLanes;

/** Lets centroid j compete: what it beats, or what beats it, may be second. */
static inline void takeLanes(NearLanes *near, Wide sum, int64_t j) {
  const WideBits closer = (WideBits)(sum < near->best);
  near->second = (Wide)SMALLER(near->second, (Wide)LARGER(near->best, sum));
  near->best = (Wide)SMALLER(near->best, sum);
  near->label = ((int32_t)j & closer) | (near->label & ~closer);
}

/** `width` centroids from the first on. */
static inline __attribute__((always_inline)) void meetLanes(const int width, const float *lines, const float *c, int64_t d, int64_t first,
                                                            NearLanes *near) {
  Wide sum[NEAR_CHAINS] = {0};
  for (int64_t t = 0; t < d; t++) {
    const Wide x = loadWide(lines + t * FLOATS);
    UNROLLED
    for (int u = 0; u < width; u++) {
      const Wide v = x - c[u * d + t];
      sum[u] = MULTIPLY_ADD(v, v, sum[u]);
    }
  }
  UNROLLED
  for (int u = 0; u < width; u++) takeLanes(near, sum[u], first + u);
}

/** scratch: d·FLOATS values. */
static void nearRows(const float *const *rows, const float *centroids, int64_t k, int64_t d, float *scratch, Near *out, int at) {
  const int64_t turns = (k + NEAR_CHAINS - 1) / NEAR_CHAINS;
  NearLanes near = {(Wide){0} + __builtin_inff(), (Wide){0} + __builtin_inff(), {0}};
  layRows(rows, d, scratch);
  for (int64_t turn = 0; turn < turns; turn++) {
    const int64_t first = turn * k / turns;
    const float *c = centroids + first * d;
    switch ((turn + 1) * k / turns - first) {
#define CASE(width) \
  case width: \
    meetLanes(width, scratch, c, d, first, &near); \
    break;
      CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
    }
  }
  memcpy(out->best + at, &near.best, sizeof near.best);
  memcpy(out->second + at, &near.second, sizeof near.second);
  memcpy(out->label + at, &near.label, sizeof near.label);
}
