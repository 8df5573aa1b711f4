/** A sample of rows, quantised by themselves, and of centroids, with the scales of panels by magnitude. */
#include "screen/passing.h"
#include <math.h>

/** Centroids that the sample meets. */
#define SAMPLE_CENTROIDS 32

/** A vector as the screen would see it: its length, and what quantising leaves. */
typedef struct {
  double length, rest;
} Quantised;

/** largest: of the vectors that share a scale. */
static Quantised quantise(const Session *s, const float *values, double largest, int levels, int8_t *bytes) {
  double own, square, rest, ignored;
  int64_t sum;
  if (largest == 0) return (Quantised){0, 0};
  s->isa->measure(values, s->mean, s->d, &own, &square);
  s->isa->quantiseRow(values, s->mean, s->d, largest / levels, bytes, &rest, &ignored, &sum);
  return (Quantised){sqrt(square), sqrt(rest)};
}

/** How many of the centroids that are tried pass, over all rows of the sample. */
static double countPassing(const Session *s, const float *const *tried, const Quantised *quantised, int64_t count, const double *reach,
                           int8_t *bytes) {
  double passed = 0, largest, ignored;
  for (int64_t r = 0; r < SAMPLE; r++) {
    const float *x = rowOf(s, sampled(s, r));
    s->isa->measure(x, s->mean, s->d, &largest, &ignored);
    const Quantised row = quantise(s, x, largest, s->isa->rowLevels(s->d), bytes);
    for (int64_t c = 0; c < count; c++) {
      const double slack = row.rest * quantised[c].length + row.length * quantised[c].rest;
      passed += s->isa->distance(x, tried[c], s->d) <= reach[r] + 2 * slack;
    }
  }
  return passed;
}

double passing(const Session *s, const float *centroids, int64_t k, const double *reach) {
  const int64_t d = s->d, count = k < SAMPLE_CENTROIDS ? k : SAMPLE_CENTROIDS, width = s->isa->width;
  int8_t *bytes = allocate(d + 8);
  double *largest = allocate(k * 8), ignored, passed = -1;
  int32_t *order = allocate(k * 8);
  if (bytes != 0 && largest != 0 && order != 0) {
    Quantised quantised[SAMPLE_CENTROIDS];
    const float *tried[SAMPLE_CENTROIDS];
    for (int64_t j = 0; j < k; j++) s->isa->measure(centroids + j * d, s->mean, d, &largest[j], &ignored);
    orderByMagnitude(largest, k, order, order + k);
    for (int64_t c = 0; c < count; c++) {
      const int64_t place = c * k / count, last = (place / width + 1) * width - 1;
      tried[c] = centroids + order[place] * d;
      quantised[c] = quantise(s, tried[c], largest[order[last < k ? last : k - 1]], s->isa->centroidLevels(d), bytes);
    }
    passed = countPassing(s, tried, quantised, count, reach, bytes) / SAMPLE / (double)count * (double)k;
  }
  release(bytes);
  release(largest);
  release(order);
  return passed;
}
