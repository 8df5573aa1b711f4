/**
 * The E-step of few rows: float32 distances to the centroids as they lie (bound.h, 8), then the definition. Nothing is kept for the next
 * one.
 */
#include "direct/few.h"
#include "bound.h"
#include "session/threads.h"

typedef struct {
  Session *s;
  const float *centroids;
  int64_t k;
  NearErrors errors;
  int32_t *labels;
  /** NEAR_GROUP·d values a worker. */
  double *scratch;
  /** Whether a row's label is left open. */
  int32_t open[FEW_ROWS];
} Few;

static void meetGroup(void *context, int64_t item, int worker) {
  Few *p = context;
  const Session *s = p->s;
  const int64_t first = item * NEAR_GROUP;
  const float *x[NEAR_GROUP + 4];
  Near near;
  for (int l = 0; l < NEAR_GROUP + 4; l++) x[l] = rowOf(s, first + l < s->n ? first + l : first);
  s->isa->nearby(x, p->centroids, p->k, s->d, (float *)(p->scratch + worker * NEAR_GROUP * s->d), &near);
  s->isa->conclude(&near, &p->errors, 0);
  for (int l = 0; l < NEAR_GROUP && first + l < s->n; l++) {
    p->labels[first + l] = near.label[l];
    p->open[first + l] = near.open[l];
  }
}

/** Labels by the definition where float32 leaves them open. @return how many; −1 without memory */
static int define(Few *p) {
  const Session *s = p->s;
  const int64_t values = p->k * s->d;
  const float *rows[FEW_ROWS];
  int32_t numbers[FEW_ROWS], labels[FEW_ROWS];
  int count = 0;
  for (int32_t i = 0; i < s->n; i++) {
    rows[count] = rowOf(s, i);
    numbers[count] = i;
    count += p->open[i] != 0;
  }
  if (count == 0) return 0;
  double *wide = allocate(values * 8);
  if (wide == 0) return -1;
  for (int64_t i = 0; i < values; i++) wide[i] = p->centroids[i];
  s->isa->nearest(rows, count, wide, p->k, s->d, p->scratch, labels);
  for (int i = 0; i < count; i++) p->labels[numbers[i]] = labels[i];
  release(wide);
  return count;
}

int assignFew(Session *s, const float *centroids, int64_t k, int32_t *labels, Control *control, double *open) {
  const int64_t d = s->d;
  Few p = {.s = s, .centroids = centroids, .k = k, .errors = {nearMore(d), nearLess(d), (float)nearTiny(d)}, .labels = labels};
  p.scratch = allocate(s->threads * NEAR_GROUP * d * 8);
  if (p.scratch == 0) return NO_MEMORY;
  s->history.k = 0;
  control->items = (int32_t)((s->n + NEAR_GROUP - 1) / NEAR_GROUP);
  const double work = (double)s->n * (double)d * (1 + (double)k / s->isa->floats);
  int result = spread(threadsFor(s, work), control->items, control, meetGroup, &p);
  const int defined = result == DONE ? define(&p) : 0;
  release(p.scratch);
  if (defined < 0) return NO_MEMORY;
  *open = defined;
  return result;
}
