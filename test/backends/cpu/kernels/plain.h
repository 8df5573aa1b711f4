/** For selfTest.c: cases, and the definition (src/exact.ts) as plain loops. */
#pragma once
#include "api.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/**
 * Kinds of values: small integers (many ties), far from the origin, one column × 1000, few distinct rows, sizes from 1e-30 to 1e30, zeros,
 * one column of three large values and small integers beside it, denormals, up to 1e18.
 */
enum { SMOOTH, INTEGERS, FAR, OUTLIER, DUPLICATES, HUGE_RANGE, ZEROS, STEPS, DENORMAL, VAST, KINDS };

typedef struct {
  int64_t n, d, k;
  int values, threads, weighted, spherical;
  int64_t blocks, screenFrom;
  int leads;
} Case;

typedef struct {
  float *x, *mean;
  /** Null without weights. */
  double *weights;
  /** Largest |w·x|, and 2^e_t. */
  double *max, *scale;
  int bits;
} Points;

/** Zeroed memory of the test's own; never null. */
static inline void *room(int64_t count, size_t size) {
  void *block = calloc(count > 0 ? (size_t)count : 1, size);
  if (block == 0) abort();
  return block;
}

/** SplitMix64: a value in [0, 1) by index. */
static inline double uniform(uint64_t index) {
  uint64_t z = (index + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static const int64_t SHAPES[][3] = {{1, 1, 1},    {5, 3, 9},     {97, 2, 7},     {193, 17, 65},  {500, 33, 40},
                                    {1537, 5, 33}, {300, 128, 70}, {4100, 8, 20}, {120, 513, 31}, {40, 2000, 25}};
#define SHAPE_COUNT (int64_t)(sizeof SHAPES / sizeof *SHAPES)

static inline int64_t caseCount(void) { return SHAPE_COUNT * KINDS; }

static inline Case caseOf(int64_t number, int leads) {
  const int64_t *shape = SHAPES[number % SHAPE_COUNT];
  const int values = (int)(number / SHAPE_COUNT);
  return (Case){.n = shape[0],
                .d = shape[1],
                .k = shape[2],
                .values = values,
                .threads = 1 + (int)(number % 3),
                .weighted = number % 4 == 1,
                .spherical = number % 5 == 2,
                .blocks = shape[0] > 2 ? 1 + number % 2 : 1,
                // Now and then the way of few centroids.
                .screenFrom = number % 7 == 3 ? 1000 : number % 7 > 4 ? 1000000000 : -1000000000,
                .leads = leads};
}

static inline float valueOf(const Case *c, int64_t i, int64_t t) {
  const uint64_t at = (uint64_t)(c->values * 1000003 + i * c->d + t);
  const double u = uniform(at), cluster = uniform((uint64_t)(77777777 + i / 20 * c->d + t));
  switch (c->values) {
  case INTEGERS:
    return (float)floor(4 * u);
  case FAR:
    return (float)(10000 + u);
  case OUTLIER:
    return (float)((u - 0.5) * (t == 0 ? 1000 : 1));
  case DUPLICATES:
    return (float)cluster;
  case HUGE_RANGE:
    return (float)((u - 0.5) * pow(10, 60 * uniform((uint64_t)(5555555 + i)) - 30));
  case ZEROS:
    return i % 3 == 0 ? (float)u : 0;
  case STEPS:
    return (float)(t == 0 ? 1000 * floor(3 * u) : floor(2 * u));
  case DENORMAL:
    return (float)((u - 0.5) * 1e-42);
  case VAST:
    return (float)((u - 0.5) * (t == 0 ? 2e18 : 1e15));
  default:
    return (float)(cluster * 4 + u);
  }
}

static inline Points makePoints(const Case *c) {
  const int64_t n = c->n, d = c->d;
  Points p = {room(n * d, sizeof(float)), room(d, sizeof(float)), 0, room(2 * d, sizeof(double)), 0, 53};
  p.scale = p.max + d;
  for (int64_t rows = 1; rows < n; rows *= 2) p.bits--;
  if (c->weighted) p.weights = room(n, sizeof(double));
  for (int64_t i = 0; i < n; i++) {
    const double weight = i == 0 ? 1 : 1.9375 * uniform((uint64_t)(99999 + i));
    if (c->weighted) p.weights[i] = (float)weight;
    for (int64_t t = 0; t < d; t++) {
      const float value = p.x[i * d + t] = valueOf(c, i, t);
      const double size = fabs((c->weighted ? p.weights[i] : 1) * value);
      if (size > p.max[t]) p.max[t] = size;
    }
  }
  for (int64_t t = 0; t < d; t++) {
    int exponent;
    frexp(p.max[t], &exponent);
    p.scale[t] = p.max[t] == 0 ? 1 : ldexp(1, p.bits - exponent);
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += p.x[i * d + t];
    p.mean[t] = (float)(sum / (double)n);
  }
  return p;
}

static inline double plainDistance(const float *x, const float *c, int64_t d) {
  double sum = 0;
  for (int64_t t = 0; t < d; t++) {
    const double difference = (double)x[t] - c[t];
    sum += difference * difference;
  }
  return sum;
}

static inline void plainLabels(const Case *c, const Points *p, const float *centroids, int32_t *labels) {
  for (int64_t i = 0; i < c->n; i++) {
    double best = INFINITY;
    labels[i] = 0;
    for (int64_t j = 0; j < c->k; j++) {
      const double distance = plainDistance(p->x + i * c->d, centroids + j * c->d, c->d);
      if (distance >= best) continue;
      best = distance;
      labels[i] = (int32_t)j;
    }
  }
}

static inline void plainDistances(const Case *c, const Points *p, const float *centroids, const int32_t *labels, const double *weights,
                                  double *distances, double *blocks) {
  for (int64_t i = 0; i < c->n; i++) {
    distances[i] = plainDistance(p->x + i * c->d, centroids + labels[i] * c->d, c->d);
    blocks[i / ROW_BLOCK] += weights == 0 ? distances[i] : weights[i] * distances[i];
  }
}

typedef struct {
  double *hi, *lo, *counts, *countsLow, *shifts, *terms;
  float *next;
} Plain;

static inline void freePlain(Plain *plain) {
  void *const all[] = {plain->hi, plain->lo, plain->counts, plain->countsLow, plain->shifts, plain->terms, plain->next};
  for (int i = 0; i < 7; i++) free(all[i]);
}

/** exact.ts, updateCluster. */
static inline void plainCluster(const Case *c, const Points *p, const float *current, int64_t j, Plain *out) {
  const int64_t d = c->d;
  const double low = ldexp(1, -p->bits);
  const double weight =
      p->weights == 0 ? out->counts[j] : (out->counts[j] + out->countsLow[j] * low) * ldexp(1, 1 - p->bits);
  double term = 0, norm = 0, shift = 0, *y = room(d, sizeof *y);
  for (int64_t t = 0; t < d && weight != 0; t++) {
    const double sum = out->hi[j * d + t] + out->lo[j * d + t] * low, unit = 1 / p->scale[t];
    y[t] = (sum / weight) * unit;
    norm += y[t] * y[t];
    const double a = (double)current[j * d + t] - p->mean[t], s = sum * unit - weight * p->mean[t];
    term += 2 * a * s - weight * a * a;
  }
  const double length = c->spherical ? sqrt(norm) : 1;
  for (int64_t t = 0; t < d; t++) {
    const float old = current[j * d + t];
    const float next = weight == 0 || length == 0 ? old : (float)(c->spherical ? y[t] / length : y[t]);
    const double moved = (double)next - old;
    out->next[j * d + t] = next;
    shift += moved * moved;
  }
  out->shifts[j] = sqrt(shift);
  out->terms[j] = term;
  free(y);
}

static inline Plain plainUpdate(const Case *c, const Points *p, const int32_t *labels, const float *current) {
  const int64_t d = c->d, k = c->k;
  Plain out = {room(k * d, 8), room(k * d, 8), room(k, 8), room(k, 8), room(k, 8), room(k, 8), room(k * d, sizeof(float))};
  const double low = ldexp(1, p->bits);
  for (int64_t i = 0; i < c->n; i++) {
    const int64_t j = labels[i];
    const double weight = p->weights == 0 ? 1 : p->weights[i], scaled = weight * ldexp(1, p->bits - 1);
    out.counts[j] += p->weights == 0 ? 1 : rint(scaled);
    out.countsLow[j] += p->weights == 0 ? 0 : rint((scaled - rint(scaled)) * low);
    for (int64_t t = 0; t < d; t++) {
      const double value = weight * p->x[i * d + t] * p->scale[t];
      out.hi[j * d + t] += rint(value);
      out.lo[j * d + t] += rint((value - rint(value)) * low);
    }
  }
  for (int64_t j = 0; j < k; j++) plainCluster(c, p, current, j, &out);
  return out;
}

/** Rounds of E-step and M-step. */
enum { ROUNDS = 4 };

/** A round's centroids, and what the definition makes of them. */
typedef struct {
  float *centroids;
  int32_t *labels;
  Plain plain;
  double *distances, *blocks;
} Round;

/** A case's points, and what is right: the same for every instruction set and way, so it is found once. */
typedef struct {
  Points p;
  Round rounds[ROUNDS];
} Truth;

static inline Truth makeTruth(const Case *c) {
  const int64_t n = c->n, d = c->d, k = c->k;
  Truth truth = {.p = makePoints(c)};
  for (int i = 0; i < ROUNDS; i++) {
    Round *r = &truth.rounds[i];
    *r = (Round){room(k * d, sizeof(float)), room(n, sizeof(int32_t)), {0}, room(n, sizeof(double)), room(n, sizeof(double))};
    if (i == 0)
      for (int64_t j = 0; j < k; j++) memcpy(r->centroids + j * d, truth.p.x + (j * 7 + 3) % n * d, (size_t)d * sizeof(float));
    // All centroids, a few, or none have moved.
    else
      memcpy(r->centroids, i == 2 ? r[-1].centroids : r[-1].plain.next, (size_t)(k * d) * sizeof(float));
    if (i == 2) memcpy(r->centroids, truth.p.x, (size_t)d * sizeof(float));
    plainLabels(c, &truth.p, r->centroids, r->labels);
    r->plain = plainUpdate(c, &truth.p, r->labels, r->centroids);
    plainDistances(c, &truth.p, r->centroids, r->labels, truth.p.weights, r->distances, r->blocks);
  }
  return truth;
}

static inline void freeTruth(Truth *truth) {
  for (int i = 0; i < ROUNDS; i++) {
    Round *r = &truth->rounds[i];
    void *const all[] = {r->centroids, r->labels, r->distances, r->blocks};
    for (int j = 0; j < 4; j++) free(all[j]);
    freePlain(&r->plain);
  }
  void *const all[] = {truth->p.x, truth->p.mean, truth->p.weights, truth->p.max};
  for (int j = 0; j < 4; j++) free(all[j]);
}

/** k-means++: closest, potentials of two candidates, and three rows drawn. */
static inline void checkSeeding(const Case *c, const Points *p, Session *s, void (*fail)(const char *, int64_t, double, double)) {
  const int64_t n = c->n, d = c->d, m = n > 2 ? 2 : 1;
  Control control = {0};
  const double uniforms[] = {0, 0.3, 0.999999};
  double *closest = room(n, sizeof *closest), largest, top = 0, total = 0, sums[2], expected[2] = {0};
  uint32_t rows[3];
  for (int64_t i = 0; i < n; i++) closest[i] = INFINITY;
  if (fastkmeans_seed(s, p->x, 1, 1, p->weights, closest, &largest, &control) != DONE) fail("seed", 0, DONE, NO_MEMORY);
  for (int64_t i = 0; i < n; i++) {
    const double distance = plainDistance(p->x + i * d, p->x, d), own = p->weights == 0 ? distance : p->weights[i] * distance;
    if (closest[i] != distance) fail("closest", i, distance, closest[i]);
    top = own > top ? own : top;
  }
  if (largest != top) fail("largest", 0, top, largest);
  int exponent;
  frexp(top, &exponent);
  const double scale = ldexp(1, 20 - exponent);
  const float *candidates = p->x + (n - m) * d;
  if (fastkmeans_potentials(s, candidates, m, p->weights, closest, scale, sums, &control) != DONE) fail("potentials", 0, DONE, NO_MEMORY);
  for (int64_t i = 0; i < n; i++) {
    const double weight = p->weights == 0 ? 1 : p->weights[i];
    total += rint(weight * closest[i] * scale);
    for (int64_t j = 0; j < m; j++) {
      const double distance = plainDistance(p->x + i * d, candidates + j * d, d);
      expected[j] += rint(weight * (distance < closest[i] ? distance : closest[i]) * scale);
    }
  }
  for (int64_t j = 0; j < m; j++)
    if (sums[j] != expected[j]) fail("potentials", j, expected[j], sums[j]);
  if (fastkmeans_pick(s, uniforms, 3, p->weights, closest, scale, rows) != DONE) fail("pick", 0, DONE, NO_MEMORY);
  for (int u = 0; u < 3 && total > 0; u++) {
    double running = 0;
    int64_t i = -1;
    while (running <= floor(uniforms[u] * total)) i++, running += rint((p->weights == 0 ? 1 : p->weights[i]) * closest[i] * scale);
    if (rows[u] != i) fail("pick", u, (double)i, rows[u]);
  }
  free(closest);
}
