/**
 * Limb sums by label, as src/backends/limbSums.ts makes them: integers in float64, exact in any order. A row that changed its cluster is
 * taken out of one sum and put into another. Work is cut by label, and by columns where there are few labels: every sum has one owner, so
 * threads need neither atomics nor sums of their own.
 */
#include "api.h"
#include "threads.h"
#include <math.h>

/** Shares a thread gets at least, for balance; columns of one share at least. */
#define SHARES 8
#define MIN_COLUMNS 16
/** Fewer values than these are not worth a second thread. */
#define ALONE 65536
/** Rows fetched before they are read. */
#define AHEAD 16

typedef struct {
  const Session *s;
  const int32_t *labels;
  int32_t *summed;
  const double *weights, *scale;
  int bits;
  int64_t classes, columns;
  /** Rows whose label is not the summed one. */
  int64_t changed;
  uint32_t *rows;
  double *hi, *lo, *counts, *countsLow;
  const Control *control;
} Sums;

/** Moves one row from its old sums to its new ones, as far as they belong to this share. */
static void moveRow(const Sums *p, int64_t i, int64_t class, int64_t from, int64_t end) {
  const Session *s = p->s;
  const int64_t d = s->d, to = p->labels[i], old = p->summed[i];
  const float *x = rowOf(s, i);
  const double weight = p->weights == 0 ? 1 : p->weights[i], scaled = weight * ldexp(1, p->bits - 1);
  const double count = p->weights == 0 ? 1 : rint(scaled), countLow = p->weights == 0 ? 0 : rint((scaled - count) * ldexp(1, p->bits));
  if (to % p->classes == class) {
    s->isa->addLimbs(x, weight, 1, p->scale, p->bits, (LimbTarget){p->hi + to * d, p->lo + to * d}, from, end);
    if (from == 0) {
      p->counts[to] += count;
      p->countsLow[to] += countLow;
    }
  }
  if (old >= 0 && old % p->classes == class) {
    s->isa->addLimbs(x, weight, -1, p->scale, p->bits, (LimbTarget){p->hi + old * d, p->lo + old * d}, from, end);
    if (from == 0) {
      p->counts[old] -= count;
      p->countsLow[old] -= countLow;
    }
  }
}

/** Rows of a share lie apart: they are found, and fetched, some time before they are read. */
static void addShare(void *context, int64_t item, int worker) {
  (void)worker;
  const Sums *p = context;
  const Session *s = p->s;
  const int64_t d = s->d, class = item % p->classes, from = item / p->classes * p->columns,
                end = from + p->columns < d ? from + p->columns : d;
  int64_t waiting[AHEAD];
  int count = 0;
  for (int64_t c = 0; c < p->changed && !cancelled(p->control); c++) {
    const int64_t i = p->rows[c];
    const int32_t to = p->labels[i], old = p->summed[i];
    if (to % p->classes != class && (old < 0 || old % p->classes != class)) continue;
    prefetch(rowOf(s, i) + from, end - from);
    waiting[count++] = i;
    if (count < AHEAD) continue;
    for (int w = 0; w < AHEAD; w++) moveRow(p, waiting[w], class, from, end);
    count = 0;
  }
  for (int w = 0; w < count; w++) moveRow(p, waiting[w], class, from, end);
}

int fastkmeans_sums(Session *s, const int32_t *labels, int32_t *summed, const double *weights, const double *scale, int bits, int64_t k,
                    double *hi, double *lo, double *counts, double *countsLow, Control *control) {
  const int64_t wanted = SHARES * (int64_t)s->threads;
  Sums p = {s, labels, summed, weights, scale, bits, .hi = hi, .lo = lo, .counts = counts, .countsLow = countsLow, .control = control};
  p.classes = k < wanted ? k : wanted;
  int64_t cuts = wanted / p.classes, most = (s->d + MIN_COLUMNS - 1) / MIN_COLUMNS;
  if (cuts > most) cuts = most;
  p.columns = ((s->d + cuts - 1) / cuts + MIN_COLUMNS - 1) / MIN_COLUMNS * MIN_COLUMNS;
  cuts = (s->d + p.columns - 1) / p.columns;
  p.rows = allocate(s->n * 4);
  if (p.rows == 0) return NO_MEMORY;
  for (int64_t i = 0; i < s->n; i++)
    if (labels[i] != summed[i]) p.rows[p.changed++] = (uint32_t)i;
  const int threads = p.changed * s->d < ALONE ? 1 : s->threads;
  const int result = spread(threads, p.classes * cuts, control, addShare, &p);
  for (int64_t c = 0; c < p.changed && result == DONE; c++) summed[p.rows[c]] = labels[p.rows[c]];
  release(p.rows);
  return result;
}
