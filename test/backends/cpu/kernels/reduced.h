/** For selfTest.c: what bound.h, 12, says of reduced rows and centroids is true, of every one and of every pair. */
#pragma once
#include "plain.h"
#include "reduction/reduction.h"
#include "screen/tile.h"

/** Column j of the basis, as computed. */
static inline double basisAt(const struct Reduction *r, int64_t t, int64_t j) {
  return r->basis[(j / STRIP * r->depth + t) * STRIP + j % STRIP];
}

/** U, [m][d]: the orthonormal factor of the basis V, as V − ½(VVᵀ − I)V, whose error is the square of V's defect. */
static inline double *orthonormal(const struct Reduction *r, int64_t d) {
  const int64_t m = r->m;
  double *u = room(m * d, sizeof *u), *e = room(m * m, sizeof *e);
  for (int64_t i = 0; i < m; i++)
    for (int64_t j = 0; j <= i; j++) {
      double sum = -(i == j);
      for (int64_t t = 0; t < d; t++) sum += basisAt(r, t, i) * basisAt(r, t, j);
      e[i * m + j] = e[j * m + i] = sum;
    }
  for (int64_t i = 0; i < m; i++)
    for (int64_t t = 0; t < d; t++) {
      double sum = 0;
      for (int64_t j = 0; j < m; j++) sum += e[i * m + j] * basisAt(r, t, j);
      u[i * d + t] = basisAt(r, t, i) - 0.5 * sum;
    }
  free(e);
  return u;
}

/** Coordinates are off by no more than they may be, and what lies outside is no longer than the tails say. */
static inline void checkCoordinates(const Session *s, void (*fail)(const char *, int64_t, double, double)) {
  const struct Reduction *r = s->reduction;
  const int64_t d = s->d, m = r->m;
  double *u = orthonormal(r, d), *inside = room(d, sizeof *inside);
  float *scratch = room(reduceRoom(r), sizeof *scratch), *values = room(reducedColumns(r), sizeof *values);
  for (int64_t slot = 0; slot < s->packed.bandCount * BAND_ROWS && s->packed.order[slot] != NO_ROW; slot += 1 + slot % 3) {
    const float *x = rowOf(s, s->packed.order[slot]);
    const double square = s->packed.squares[slot];
    double off = 0, outside = 0, tails = 0;
    reduce(s, r, &x, &square, 1, scratch, values);
    memset(inside, 0, (size_t)d * sizeof *inside);
    for (int64_t j = 0; j < m; j++) {
      double coordinate = 0;
      for (int64_t t = 0; t < d; t++) coordinate += u[j * d + t] * ((double)x[t] - s->mean[t]);
      for (int64_t t = 0; t < d; t++) inside[t] += u[j * d + t] * coordinate;
      off += (values[j] - coordinate) * (values[j] - coordinate);
    }
    for (int64_t t = 0; t < d; t++) outside += ((double)x[t] - s->mean[t] - inside[t]) * ((double)x[t] - s->mean[t] - inside[t]);
    for (int64_t j = m; j < reducedColumns(r); j++) tails += (double)values[j] * values[j];
    if (!(sqrt(off) <= strayOf(r, square))) fail("stray", slot, strayOf(r, square), sqrt(off));
    if (!(sqrt(tails) >= sqrt(outside) - 1e-12 * sqrt(square))) fail("tails", slot, sqrt(outside), sqrt(tails));
  }
  free(u);
  free(inside);
  free(scratch);
  free(values);
}

/** The screen's sums of reduced rows and panels are no less than s. */
static inline void checkReduced(const Session *s, const float *centroids, int64_t k, void (*fail)(const char *, int64_t, double, double)) {
  const struct Reduction *r = s->reduction;
  if (r == 0 || r->rows.bytes == 0) return;
  const Isa *isa = s->isa;
  const int64_t d = s->d, words = r->rows.words;
  const double gamma = gammaOf(d);
  PackedCentroids c;
  Control control = {0};
  Meeting meeting;
  int32_t *member = room(words, sizeof *member);
  checkCoordinates(s, fail);
  if (packCentroids(s, centroids, k, 0, 0, r, &c, &control) != DONE) abort();
  for (int64_t slot = 0; slot < r->rows.bandCount * BAND_ROWS && s->packed.order[slot] != NO_ROW; slot++) {
    const Band *band = r->rows.bands + slot / BAND_ROWS;
    const Measure measure = measureOf(band, &c);
    const int8_t *row = r->rows.bytes + slot * words * isa->group;
    for (int64_t panel = slot % 2; panel < c.panelCount && measure.perScale > 0 && !c.unfit; panel += 2) {
      isa->begin(&measure, c.panels + panel, &meeting);
      for (int64_t j = 0; j < isa->width && panel * isa->width + j < k; j++) {
        const int32_t id = c.order[panel * isa->width + j];
        for (int64_t g = 0; g < words; g++) member[g] = c.words[(panel * words + g) * isa->width + j];
        const int32_t score = isa->product(row, member, words) - r->rows.bias[slot] + meeting.initial[j];
        const double square = s->packed.squares[slot];
        const double distance = plainDistance(rowOf(s, s->packed.order[slot]), centroids + id * d, d);
        const double right = 0.5 * (square - distance) - gamma * (square + distance), upper = score * (band->scale * c.panels[panel].scale);
        if (score < SCORE_LIMIT && !(upper >= right)) fail("reduced", slot * k + id, right, upper);
      }
    }
  }
  free(member);
  freeCentroids(&c);
}
