/** The M-step: next centroids, shifts and inertia terms from the limb sums. Parallel over clusters. */
#include "api.h"
#include "session/threads.h"
#include <math.h>

typedef struct {
  const Session *s;
  const double *hi, *lo, *counts, *countsLow, *scale;
  const float *current;
  int bits, weighted, spherical;
  float *next;
  double *shifts, *terms;
  /** 2·d values a worker. */
  double *scratch;
} Update;

/** exact.ts, updateCluster, operation by operation. */
static void updateCluster(void *context, int64_t j, int worker) {
  const Update *p = context;
  const int64_t d = p->s->d;
  const double *hi = p->hi + j * d, *lo = p->lo + j * d, low = ldexp(1, -p->bits);
  const float *current = p->current + j * d, *mean = p->s->mean;
  float *next = p->next + j * d;
  double *y = p->scratch + worker * 2 * d, *terms = y + d;
  const double weight = p->weighted ? (p->counts[j] + p->countsLow[j] * low) * ldexp(1, 1 - p->bits) : p->counts[j];
  p->shifts[j] = p->terms[j] = 0;
  if (weight == 0) {
    for (int64_t t = 0; t < d; t++) next[t] = current[t];
    return;
  }
  // What does not hang on the element before is kept apart, for vectors.
  double term = 0, norm = 0, shift = 0;
  for (int64_t t = 0; t < d; t++) {
    const double sum = hi[t] + lo[t] * low, scale = p->scale[t];
    y[t] = (sum / weight) * scale;
    const double a = (double)current[t] - mean[t], s = sum * scale - weight * mean[t];
    terms[t] = 2 * a * s - weight * a * a;
  }
  if (p->spherical) {
    for (int64_t t = 0; t < d; t++) norm += y[t] * y[t];
    const double length = sqrt(norm);
    for (int64_t t = 0; t < d; t++) y[t] = length == 0 ? current[t] : y[t] / length;
  }
  for (int64_t t = 0; t < d; t++) {
    next[t] = (float)y[t];
    const double moved = (double)next[t] - current[t];
    y[t] = moved * moved;
  }
  for (int64_t t = 0; t < d; t++) {
    term += terms[t];
    shift += y[t];
  }
  p->shifts[j] = sqrt(shift);
  p->terms[j] = term;
}

int fastkmeans_update(Session *s, const double *hi, const double *lo, const double *counts, const double *countsLow, const double *scale,
                      int bits, int weighted, int spherical, int64_t k, const float *current, float *next, double *shifts, double *terms) {
  Update p = {s,    hi,       lo,        counts, countsLow, scale, current,
              bits, weighted, spherical, next,   shifts,    terms, allocate(s->threads * 2 * s->d * 8)};
  if (p.scratch == 0) return NO_MEMORY;
  const int result = spread(threadsFor(s, 5.0 * (double)(k * s->d)), k, 0, updateCluster, &p);
  release(p.scratch);
  return result;
}
