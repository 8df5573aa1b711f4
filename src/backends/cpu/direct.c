/** The E-step without a screen: where packing costs more than it spares. Parallel over runs of rows. */
#include "assign.h"
#include "threads.h"

/** Largest work (values of x times centroids) of an item. */
#define DIRECT_GRAIN (1 << 22)

typedef struct {
  const Session *s;
  const double *centroids;
  int64_t k, grain;
  int32_t *labels;
  /** d·8 values a worker. */
  double *scratch;
} Direct;

static void assignDirectly(void *context, int64_t item, int worker) {
  const Direct *p = context;
  const Session *s = p->s;
  const int64_t first = item * p->grain, last = first + p->grain < s->n ? first + p->grain : s->n;
  for (int64_t i = first; i < last; i += 8) {
    const float *rows[8];
    const int count = last - i < 8 ? (int)(last - i) : 8;
    for (int l = 0; l < count; l++) rows[l] = rowOf(s, i + l);
    s->isa->nearest(rows, count, p->centroids, p->k, s->d, p->scratch + worker * 8 * s->d, p->labels + i);
  }
}

int assignByDefinition(const Session *s, const float *centroids, int64_t k, int32_t *labels, Control *control) {
  const int64_t d = s->d, rows = DIRECT_GRAIN / (k * d) / 8 * 8;
  double *wide = allocate(k * d * 8), *scratch = allocate(s->threads * d * 64);
  int result = NO_MEMORY;
  if (wide != 0 && scratch != 0) {
    for (int64_t i = 0; i < k * d; i++) wide[i] = centroids[i];
    Direct p = {s, wide, k, rows < 8 ? 8 : rows > 4096 ? 4096 : rows, labels, scratch};
    control->items = (int32_t)((s->n + p.grain - 1) / p.grain);
    result = spread(s->threads, control->items, control, assignDirectly, &p);
  }
  release(wide);
  release(scratch);
  return result;
}
