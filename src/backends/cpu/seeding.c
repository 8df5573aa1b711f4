/**
 * The passes of k-means++, as src/backends/hostSeeding.ts makes them. Distances in any order rule out most pairs (gammaOf, bound.h); the
 * definition settles the rest. Parallel over blocks of ROW_BLOCK rows; potentials are sums of integers, exact in any order.
 */
#include "api.h"
#include "bound.h"
#include "definition.h"
#include "threads.h"

typedef struct {
  const Session *s;
  const float *centers;
  int64_t m;
  const double *weights;
  double *closest;
  double scale;
  /** Per worker: m sums, or one maximum. */
  double *results;
} Seeding;

static inline double weighted(const Seeding *p, int64_t row, double distance) {
  return p->weights == 0 ? distance : p->weights[row] * distance;
}

/** D to center j where it is below the row's closest, else that. */
static inline double closer(const Seeding *p, const float *x, int64_t j, double closest, double less) {
  const int64_t d = p->s->d;
  if (p->s->isa->distance(x, p->centers + j * d, d) * less > closest) return closest;
  const double distance = sqDistance(x, p->centers + j * d, d);
  return distance < closest ? distance : closest;
}

static void seedBlock(void *context, int64_t block, int worker) {
  const Seeding *p = context;
  const int64_t first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  const double less = 1 - 2 * gammaOf(p->s->d);
  double largest = p->results[worker];
  for (int64_t i = first; i < last; i++) {
    const float *x = rowOf(p->s, i);
    double closest = p->closest[i];
    for (int64_t j = 0; j < p->m; j++) closest = closer(p, x, j, closest, less);
    p->closest[i] = closest;
    const double own = weighted(p, i, closest);
    largest = own > largest ? own : largest;
  }
  p->results[worker] = largest;
}

int fastkmeans_seed(Session *s, const float *centers, int64_t m, const double *weights, double *closest, double *largest,
                    Control *control) {
  Seeding p = {.s = s, .centers = centers, .m = m, .weights = weights, .closest = closest};
  p.results = allocate(s->threads * 8);
  if (p.results == 0) return NO_MEMORY;
  int result = spread(s->threads, (s->n + ROW_BLOCK - 1) / ROW_BLOCK, control, seedBlock, &p);
  *largest = 0;
  for (int worker = 0; worker < s->threads; worker++) *largest = p.results[worker] > *largest ? p.results[worker] : *largest;
  release(p.results);
  return result;
}

static void potentialsOfBlock(void *context, int64_t block, int worker) {
  const Seeding *p = context;
  const int64_t first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  const double less = 1 - 2 * gammaOf(p->s->d);
  double *sums = p->results + worker * p->m;
  for (int64_t i = first; i < last; i++) {
    const float *x = rowOf(p->s, i);
    const double closest = p->closest[i], own = rint(weighted(p, i, closest) * p->scale);
    for (int64_t j = 0; j < p->m; j++) {
      const double distance = closer(p, x, j, closest, less);
      sums[j] += distance < closest ? rint(weighted(p, i, distance) * p->scale) : own;
    }
  }
}

int fastkmeans_potentials(Session *s, const float *candidates, int64_t m, const double *weights, const double *closest, double scale,
                          double *sums, Control *control) {
  Seeding p = {.s = s, .centers = candidates, .m = m, .weights = weights, .closest = (double *)closest, .scale = scale};
  p.results = allocate(s->threads * m * 8);
  if (p.results == 0) return NO_MEMORY;
  int result = spread(s->threads, (s->n + ROW_BLOCK - 1) / ROW_BLOCK, control, potentialsOfBlock, &p);
  for (int64_t j = 0; j < m; j++) {
    sums[j] = 0;
    for (int worker = 0; worker < s->threads; worker++) sums[j] += p.results[worker * m + j];
  }
  release(p.results);
  return result;
}

/** Σ rint(w·closest·scale) of one block, in `results` by block. */
static void sumBlock(void *context, int64_t block, int worker) {
  (void)worker;
  const Seeding *p = context;
  const int64_t first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  double sum = 0;
  for (int64_t i = first; i < last; i++) sum += rint(weighted(p, i, p->closest[i]) * p->scale);
  p->results[block] = sum;
}

int fastkmeans_pick(Session *s, const double *uniforms, int64_t count, const double *weights, const double *closest, double scale,
                    uint32_t *rows) {
  const int64_t blocks = (s->n + ROW_BLOCK - 1) / ROW_BLOCK;
  Seeding p = {.s = s, .weights = weights, .closest = (double *)closest, .scale = scale, .results = allocate(blocks * 8)};
  if (p.results == 0) return NO_MEMORY;
  int result = spread(s->threads, blocks, 0, sumBlock, &p);
  double total = 0, running = 0;
  for (int64_t block = 0; block < blocks; block++) total += p.results[block];
  int64_t next = 0, block = 0;
  for (; next < count; next++) rows[next] = 0;
  for (next = 0; next < count && block < blocks; block++) {
    const double target = floor(uniforms[next] * total);
    if (running + p.results[block] <= target) {
      running += p.results[block];
      continue;
    }
    const int64_t last = (block + 1) * ROW_BLOCK < s->n ? (block + 1) * ROW_BLOCK : s->n;
    for (int64_t i = block * ROW_BLOCK; i < last; i++) {
      running += rint(weighted(&p, i, closest[i]) * scale);
      for (; next < count && running > floor(uniforms[next] * total); next++) rows[next] = (uint32_t)i;
    }
  }
  release(p.results);
  return result;
}
