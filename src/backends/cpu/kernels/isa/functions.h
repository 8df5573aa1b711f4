/**
 * What every instruction set compiles for itself: each field of Isa (isa.h), here or in one of the headers below. The including file
 * (sets/) defines ISA_NAME, ISA_SYMBOL, ROWS, WIDTH, GROUP (dimensions in four bytes), BIAS, TOGETHER, FLOATS, PACE, TIMES, rowLevels,
 * centroidLevels, enter, leave; INTERLEAVED where tiles are not [rows][words] but [words ÷ TOGETHER][rows][TOGETHER]; and
 *
 *   static uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m)
 *
 * which computes score[i][j] = initial[j] + Σ row_i·centroid_j in integers, sets bit j of hit[i] where that is at least limit[i], and
 * returns the rows that have one (without any, neither score nor hit need be stored; rows beyond the tile's count may be left out). bound.h
 * holds the proof that what does not hit cannot be the label.
 *
 * It may bring functions of its own, for a compiler that makes no vectors of these: `initials` and `limits` (OWN_START), placeRow
 * (OWN_PLACE), productsOf (OWN_PRODUCT, packLanes.h), what floats.h names; and TAIL, the function of Isa.tail, where its screen ends early.
 */
#include "bound.h"
#include "isa/boxLanes.h"
#include "isa/isa.h"
#include "isa/chains.h"
#include "isa/floats.h"
#include "isa/lanes.h"
#include "isa/packLanes.h"
#include "isa/project.h"
#include "isa/scoreLanes.h"
#include "isa/seedLanes.h"
#include "isa/tableLanes.h"

#ifndef OWN_START
/** The accumulators' initial values. */
static inline void initials(const Measure *rows, const Panel *panel, Meeting *m) {
  const float rest = rows->rest, length = rows->length, perScale = rows->perScale;
  for (int j = 0; j < WIDTH; j++) {
    float v = panel->half[j] * perScale + (rest * panel->norm[j] + length * panel->rest[j]);
    v = v < (float)INITIAL_LIMIT ? v : (float)INITIAL_LIMIT;
    v = v > -(float)INITIAL_LIMIT ? v : -(float)INITIAL_LIMIT;
    int32_t up = (int32_t)v + 2;
    m->initial[j] = up < INITIAL_LIMIT ? up : INITIAL_LIMIT;
  }
}

/** The rows' limits; scales: of which thresholds are made units. */
static inline void limits(const Tile *tile, double scales, Meeting *m) {
  for (int i = 0; i < (ROWS + 7) / 8 * 8; i++) {
    double t = tile->threshold[i] * scales;
    t = t < SCORE_LIMIT ? t : SCORE_LIMIT;
    double bounded = t > -(double)INITIAL_LIMIT ? t : -(double)INITIAL_LIMIT;
    int32_t down = (int32_t)bounded - 1 + tile->bias[i];
    m->limit[i] = t < -(double)INITIAL_LIMIT ? INT32_MIN : down;
  }
}
#endif

static void begin(const Measure *rows, const Panel *panel, Meeting *m) {
  initials(rows, panel, m);
  m->members = panel->members;
  const double rest = rows->rest, length = rows->length, perScale = rows->perScale * (1 + 2 * SLACK);
  for (int j = 0; j < WIDTH; j++)
    m->above[j] = (double)m->initial[j] + 2 + (rest * panel->norm[j] + length * panel->rest[j]) - (double)panel->half[j] * perScale;
}

static uint32_t screen(const Tile *tile, double scales, const void *rows, const void *centroids, int64_t words, Meeting *m) {
  limits(tile, scales, m);
  m->count = tile->count;
  return products(rows, centroids, words, m);
}

/** No row has a limit while products are computed, so that all their scores are there, and the largest of each. */
static uint32_t sweep(const Tile *tile, double scales, double perUnit, const void *rows, const void *centroids, int64_t words, Meeting *m) {
  int32_t limit[MAX_ROWS], most[MAX_ROWS] = {0};
  limits(tile, scales, m);
  m->count = tile->count;
  m->members = WIDTH;
  for (int i = 0; i < ROWS; i++) {
    limit[i] = m->limit[i];
    m->limit[i] = INT32_MIN;
  }
  products(rows, centroids, words, m);
  for (int i = 0; i < tile->count; i++) {
    int32_t best = m->score[i][0];
    for (int j = 1; j < WIDTH; j++) best = m->score[i][j] > best ? m->score[i][j] : best;
    most[i] = best;
  }
  const double twice = 2 / scales;
  for (int i = 0; i < ROWS; i++) {
    const int32_t score = most[i] - tile->bias[i];
    const double up = (double)score * twice, square = tile->square[i] - (up + (up < 0 ? -up : up) * (2 * SMALL));
    double far = __builtin_sqrt(square > 0 ? square : 0) * perUnit;
    far = far < (double)FAR_LIMIT ? far : (double)FAR_LIMIT;
    m->far[i] = score < SCORE_LIMIT ? (int32_t)far : 0;
  }
  uint32_t passed = 0;
  for (int i = 0; i < tile->count; i++) {
    if (most[i] < limit[i]) continue;
    uint32_t hit = 0;
    for (int j = 0; j < WIDTH; j++) hit |= (uint32_t)(m->score[i][j] >= limit[i]) << j;
    m->hit[i] = hit;
    passed |= 1u << i;
  }
  return passed;
}

static double surest(const Meeting *m, int row, int32_t bias, uint32_t hits) {
  double lower[WIDTH];
  for (int j = 0; j < WIDTH; j++) lower[j] = (double)m->score[row][j] - m->above[j];
  double most = -__builtin_inf();
  if (hits == UINT32_MAX >> (32 - WIDTH)) {
    for (int width = WIDTH / 2; width > 0; width /= 2)
      for (int j = 0; j < width; j++) lower[j] = lower[j] > lower[j + width] ? lower[j] : lower[j + width];
    most = lower[0];
  } else
    for (; hits != 0; hits &= hits - 1) {
      const int j = __builtin_ctz(hits);
      most = lower[j] > most ? lower[j] : most;
    }
  return most - bias;
}

#ifndef OWN_PLACE
static void placeRow(const int8_t *bytes, int64_t words, int member, int32_t *tile) {
#if defined(INTERLEAVED)
  for (int64_t g = 0; g < words; g++) {
    Value values[GROUP];
    for (int t = 0; t < GROUP; t++) values[t] = bytes[g * GROUP + t];
    memcpy(tile + (g / TOGETHER * ROWS + member) * TOGETHER + g % TOGETHER, values, 4);
  }
#elif GROUP == 4
  memcpy(tile + member * words, bytes, (size_t)words * 4);
#else
  Value *values = (Value *)(tile + member * words);
  for (int64_t t = 0; t < GROUP * words; t++) values[t] = bytes[t];
#endif
}
#endif

static double distance(const float *a, const float *b, int64_t d) {
  Lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
  int64_t t = 0;
  for (; t + 4 * LANES <= d; t += 4 * LANES) {
    Lanes v0 = widen(a + t) - widen(b + t), v1 = widen(a + t + LANES) - widen(b + t + LANES);
    Lanes v2 = widen(a + t + 2 * LANES) - widen(b + t + 2 * LANES), v3 = widen(a + t + 3 * LANES) - widen(b + t + 3 * LANES);
    s0 += v0 * v0;
    s1 += v1 * v1;
    s2 += v2 * v2;
    s3 += v3 * v3;
  }
  for (; t + LANES <= d; t += LANES) {
    Lanes v = widen(a + t) - widen(b + t);
    s0 += v * v;
  }
  double tail = 0;
  for (; t < d; t++) {
    double v = (double)a[t] - b[t];
    tail += v * v;
  }
  return total((s0 + s1) + (s2 + s3)) + tail;
}

/**
 * LANES rows at most. scratch: d·LANES values. Centroids are k·d float64. Four of them at a time, for four independent chains of additions.
 */
static void nearestOf(const float *const *rows, int count, const double *centroids, int64_t k, int64_t d, double *scratch,
                      int32_t *labels) {
  for (int l = 0; l < LANES; l++) {
    const float *x = rows[l < count ? l : 0];
    for (int64_t t = 0; t < d; t++) scratch[t * LANES + l] = x[t];
  }
  Lanes best;
  Bits label = {0};
  for (int l = 0; l < LANES; l++) best[l] = __builtin_inf();
  int64_t j = 0;
  for (; j + 4 <= k; j += 4) {
    const double *c = centroids + j * d;
    Lanes sum[4] = {0};
    for (int64_t t = 0; t < d; t++) {
      Lanes x = load(scratch + t * LANES), v0 = x - c[t], v1 = x - c[d + t], v2 = x - c[2 * d + t], v3 = x - c[3 * d + t];
      sum[0] += v0 * v0;
      sum[1] += v1 * v1;
      sum[2] += v2 * v2;
      sum[3] += v3 * v3;
    }
    for (int u = 0; u < 4; u++) {
      Bits closer = sum[u] < best;
      best = select(closer, sum[u], best);
      label = (closer & (j + u)) | (~closer & label);
    }
  }
  for (; j < k; j++) {
    const double *c = centroids + j * d;
    Lanes sum = {0};
    for (int64_t t = 0; t < d; t++) {
      Lanes v = load(scratch + t * LANES) - c[t];
      sum += v * v;
    }
    Bits closer = sum < best;
    best = select(closer, sum, best);
    label = (closer & j) | (~closer & label);
  }
  for (int l = 0; l < count; l++) labels[l] = (int32_t)label[l];
}

static void nearest(const float *const *rows, int count, const double *centroids, int64_t k, int64_t d, double *scratch, int32_t *labels) {
  for (int at = 0; at < count; at += LANES)
    nearestOf(rows + at, count - at < LANES ? count - at : LANES, centroids, k, d, scratch, labels + at);
}

/**
 * exact.ts: hi = rint(v·2^e), lo = rint((v·2^e − hi)·2^bits), ties to even. Most often hi is all there is: of rows without a rest only the
 * first sum is touched.
 */
static void addLimbs(const float *x, double weight, double sign, const double *scale, int bits, LimbTarget to, int64_t from, int64_t end) {
  const double low = (double)(1ll << bits);
  int64_t t = from;
  Bits left = {0};
  if (bits <= 51) {
    for (; t + LANES <= end; t += LANES) {
      Lanes value = widen(x + t) * weight * load(scale + t), high = value + ROUNDING - ROUNDING;
      left |= (Bits)(value - high);
      store(to.hi + t, load(to.hi + t) + high * sign);
    }
    int64_t any = 0;
    for (int l = 0; l < LANES; l++) any |= left[l];
    if ((any & INT64_MAX) != 0)
      for (int64_t u = from; u < t; u += LANES) {
        Lanes value = widen(x + u) * weight * load(scale + u), high = value + ROUNDING - ROUNDING;
        store(to.lo + u, load(to.lo + u) + ((value - high) * low + ROUNDING - ROUNDING) * sign);
      }
  }
  for (; t < end; t++) {
    double value = x[t] * weight * scale[t], high = __builtin_rint(value);
    to.hi[t] += high * sign;
    to.lo[t] += __builtin_rint((value - high) * low) * sign;
  }
}

const Isa ISA_SYMBOL = {
    .name = ISA_NAME,
    .rows = ROWS,
    .width = WIDTH,
    .group = GROUP,
    .bias = BIAS,
    .together = TOGETHER,
    .floats = FLOATS,
    .pace = PACE,
    .enter = enter,
    .leave = leave,
    .rowLevels = rowLevels,
    .centroidLevels = centroidLevels,
    .begin = begin,
    .screen = screen,
    .sweep = sweep,
    .surest = surest,
    .placeRow = placeRow,
    .measure = measure,
    .quantiseRow = quantiseRow,
    .quantiseCentroid = quantiseCentroid,
    .product = product,
#if defined(TAIL)
    .tail = TAIL,
#endif
    .distance = distance,
    .roughDistance = roughDistance,
    .distances = distances,
    .magnitudes = magnitudes,
    .nearest = nearest,
    .tableWidth = TABLE_WIDTH,
    .table = table,
    .nearby = nearby,
    .conclude = conclude,
    .score = score,
    .concludeScores = concludeScores,
    .follow = follow,
    .searchBoxes = searchBoxes,
    .searchNear = searchNear,
    .searchAround = searchAround,
    .narrowFound = narrowFound,
    .addLimbs = addLimbs,
    .project = project,
    .gram = gram,
    .times = {TIMES},
    .roundedSum = roundedSum,
    .largest = largestOf,
};
