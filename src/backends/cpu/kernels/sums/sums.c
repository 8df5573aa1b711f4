/**
 * Limb sums by label, as src/backends/limbSums.ts makes them: integers in float64, exact in any order. A row that changed its cluster is
 * taken out of one sum and put into another. Few sums: every thread takes runs of rows, reads them once and has sums of its own, added up
 * in the end. Many: work is cut by label, and by columns where there are few labels, and every sum has one owner.
 */
#include "api.h"
#include "session/threads.h"
#include <math.h>

/** Shares a thread gets at least, for balance; columns of one share at least. */
#define SHARES 8
#define MIN_COLUMNS 16
/** Sums that a thread may have of its own: half of a second-level cache. */
#define OWN_SUMS 32768
/** Rows of a run. */
#define RUN_ROWS 512
/** Rows fetched before they are read. */
#define AHEAD 16

/** k·d and k values each. */
typedef struct {
  double *hi, *lo, *counts, *countsLow;
} Totals;

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
  Totals totals;
  /** Those of the other threads, one behind the other. */
  double *own;
  int64_t k;
  Control *control;
} Sums;

/** Adds a row's limbs (sign 1) to its cluster, or takes them away (−1). */
static inline void addRow(const Sums *p, const Totals *totals, const float *x, int64_t i, int64_t cluster, double sign, int64_t from,
                          int64_t end) {
  const int64_t at = cluster * p->s->d;
  const double weight = p->weights == 0 ? 1 : p->weights[i];
  p->s->isa->addLimbs(x, weight, sign, p->scale, p->bits, (LimbTarget){totals->hi + at, totals->lo + at}, from, end);
  if (from > 0) return;
  if (p->weights == 0) totals->counts[cluster] += sign;
  else {
    const double scaled = weight * ldexp(1, p->bits - 1), count = rint(scaled);
    totals->counts[cluster] += sign * count;
    totals->countsLow[cluster] += sign * rint((scaled - count) * ldexp(1, p->bits));
  }
}

/** Moves one row from its old sums to its new ones, as far as they belong to this share. */
static void moveRow(const Sums *p, int64_t i, int64_t class, int64_t from, int64_t end) {
  const int64_t to = p->labels[i], old = p->summed[i];
  const float *x = rowOf(p->s, i);
  if (to % p->classes == class) addRow(p, &p->totals, x, i, to, 1, from, end);
  if (old >= 0 && old % p->classes == class) addRow(p, &p->totals, x, i, old, -1, from, end);
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

/** The sums of worker number `worker`: the first one's are the caller's. */
static Totals totalsOf(const Sums *p, int worker) {
  if (worker == 0) return p->totals;
  const int64_t size = p->k * p->s->d;
  double *hi = p->own + (worker - 1) * 2 * (size + p->k);
  return (Totals){hi, hi + size, hi + 2 * size, hi + 2 * size + p->k};
}

static void addRun(void *context, int64_t item, int worker) {
  const Sums *p = context;
  const Session *s = p->s;
  const int64_t first = item * RUN_ROWS, size = first + RUN_ROWS < s->n ? RUN_ROWS : s->n - first;
  const Totals totals = totalsOf(p, worker);
  int32_t rows[RUN_ROWS];
  int count = 0;
  for (int i = 0; i < size; i++) {
    rows[count] = i;
    count += p->labels[first + i] != p->summed[first + i];
  }
  for (int c = 0; c < count; c++) {
    if (c + AHEAD < count) prefetch(rowOf(s, first + rows[c + AHEAD]), s->d);
    const int64_t i = first + rows[c];
    const float *x = rowOf(s, i);
    addRow(p, &totals, x, i, p->labels[i], 1, 0, s->d);
    if (p->summed[i] >= 0) addRow(p, &totals, x, i, p->summed[i], -1, 0, s->d);
    p->summed[i] = p->labels[i];
  }
}

/** Runs of rows, to each thread sums of its own; NO_MEMORY: nothing was done. */
static int addRuns(Sums *p, int threads) {
  const int64_t size = p->k * p->s->d, runs = (p->s->n + RUN_ROWS - 1) / RUN_ROWS;
  p->own = allocate((threads - 1) * 2 * (size + p->k) * 8);
  if (p->own == 0) return NO_MEMORY;
  const int result = spread(threads, runs, p->control, addRun, p);
  for (int worker = 1; worker < threads; worker++) {
    const Totals own = totalsOf(p, worker);
    for (int64_t at = 0; at < size; at++) p->totals.hi[at] += own.hi[at];
    for (int64_t at = 0; at < size; at++) p->totals.lo[at] += own.lo[at];
    for (int64_t j = 0; j < p->k; j++) p->totals.counts[j] += own.counts[j];
    for (int64_t j = 0; j < p->k; j++) p->totals.countsLow[j] += own.countsLow[j];
  }
  release(p->own);
  return result;
}

/** Shares of labels and columns. */
static int addShares(Sums *p, int threads) {
  const int64_t n = p->s->n, d = p->s->d, wanted = SHARES * (int64_t)p->s->threads;
  p->rows = allocate(p->changed * 4);
  if (p->rows == 0) return NO_MEMORY;
  p->changed = 0;
  for (int64_t i = 0; i < n; i++)
    if (p->labels[i] != p->summed[i]) p->rows[p->changed++] = (uint32_t)i;
  p->classes = p->k < wanted ? p->k : wanted;
  int64_t cuts = wanted / p->classes, most = (d + MIN_COLUMNS - 1) / MIN_COLUMNS;
  if (cuts > most) cuts = most;
  p->columns = ((d + cuts - 1) / cuts + MIN_COLUMNS - 1) / MIN_COLUMNS * MIN_COLUMNS;
  const int result = spread(threads, p->classes * ((d + p->columns - 1) / p->columns), p->control, addShare, p);
  for (int64_t c = 0; c < p->changed && result == DONE; c++) p->summed[p->rows[c]] = p->labels[p->rows[c]];
  release(p->rows);
  return result;
}

int fastkmeans_sums(Session *s, const int32_t *labels, int32_t *summed, const double *weights, const double *scale, int bits, int64_t k,
                    double *hi, double *lo, double *counts, double *countsLow, Control *control) {
  Sums p = {s, labels, summed, weights, scale, bits, .totals = {hi, lo, counts, countsLow}, .k = k, .control = control};
  for (int64_t i = 0; i < s->n; i++) p.changed += labels[i] != summed[i];
  if (p.changed == 0) return DONE;
  const int threads = threadsFor(s, 1.5 * (double)(p.changed * s->d));
  const int result = k * s->d > OWN_SUMS ? NO_MEMORY : addRuns(&p, threads);
  return result == NO_MEMORY ? addShares(&p, threads) : result;
}
