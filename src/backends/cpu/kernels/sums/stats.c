/** What is read off the points before and after the iterations. Parallel over blocks of ROW_BLOCK rows; sums within a block run in order.
 */
#include "api.h"
#include "session/threads.h"
#include <math.h>
#include <string.h>

/** The bits of infinity: those of NaN are larger. */
#define INFINITE_BITS 0x7f800000
/** Narrow rows are joined to about this many columns. */
#define JOINED 64

typedef struct {
  const Session *s;
  const double *weights;
  /** Rows that are taken as one, and the columns of that. */
  int64_t joined, width;
  /** Per worker `width` magnitudes of x, and with weights d of w·x. */
  int32_t *largest;
  double *weighted;
  /** Per block the first bad value's index in the block's rows, or −1. */
  int64_t *bad;
} ColumnStats;

/** Rows from i on, before `last`, that lie together. */
static int64_t together(const Session *s, int64_t i, int64_t last) {
  for (int64_t b = 0; b < s->blockCount; b++)
    if (i < s->firstRows[b + 1]) return (last < s->firstRows[b + 1] ? last : s->firstRows[b + 1]) - i;
  return 0;
}

static int64_t lastOf(const Session *s, int64_t block) { return (block + 1) * ROW_BLOCK < s->n ? (block + 1) * ROW_BLOCK : s->n; }

static void statsOfBlock(void *context, int64_t block, int worker) {
  const ColumnStats *p = context;
  const Session *s = p->s;
  const int64_t d = s->d, last = lastOf(s, block);
  int32_t *largest = p->largest + worker * p->width;
  for (int64_t i = block * ROW_BLOCK; i < last;) {
    const int64_t rows = together(s, i, last), joined = rows / p->joined;
    const float *x = rowOf(s, i);
    s->isa->magnitudes(x, joined, p->width, largest);
    s->isa->magnitudes(x + joined * p->width, rows - joined * p->joined, d, largest);
    i += rows;
  }
  if (p->weights == 0) return;
  double *weighted = p->weighted + worker * d;
  for (int64_t i = block * ROW_BLOCK; i < last; i++) {
    const float *x = rowOf(s, i);
    for (int64_t t = 0; t < d; t++) {
      const double size = fabs(p->weights[i] * x[t]);
      weighted[t] = size > weighted[t] ? size : weighted[t];
    }
  }
}

static void findBad(void *context, int64_t block, int worker) {
  (void)worker;
  const ColumnStats *p = context;
  const int64_t d = p->s->d, first = block * ROW_BLOCK, last = lastOf(p->s, block);
  p->bad[block] = -1;
  for (int64_t i = first; i < last; i++) {
    const float *x = rowOf(p->s, i);
    for (int64_t t = 0; t < d; t++)
      if (x[t] - x[t] != 0) {
        p->bad[block] = (i - first) * d + t;
        return;
      }
  }
}

/** The largest of all workers; infinite values count as the largest there are. @return whether all are finite */
static int mergeMaxima(const ColumnStats *p, double *max) {
  const int64_t d = p->s->d;
  int finite = 1;
  for (int64_t t = 0; t < d; t++) {
    int32_t bits = 0;
    for (int64_t at = t; at < p->s->threads * p->width; at += d) bits = p->largest[at] > bits ? p->largest[at] : bits;
    float largest;
    memcpy(&largest, &bits, sizeof largest);
    finite = finite && bits < INFINITE_BITS;
    max[t] = largest;
    if (p->weights == 0) continue;
    max[t] = 0;
    for (int worker = 0; worker < p->s->threads; worker++)
      max[t] = p->weighted[worker * d + t] > max[t] ? p->weighted[worker * d + t] : max[t];
  }
  return finite;
}

int fastkmeans_column_stats(Session *s, const double *weights, double *max, double *bad, Control *control) {
  const int64_t blocks = (s->n + ROW_BLOCK - 1) / ROW_BLOCK, d = s->d;
  const int threads = threadsFor(s, 0.25 * (double)(s->n * d));
  ColumnStats p = {.s = s, .weights = weights, .joined = d < JOINED ? JOINED / d : 1};
  p.width = p.joined * d;
  p.largest = allocate(s->threads * p.width * 4);
  p.weighted = weights == 0 ? 0 : allocate(s->threads * d * 8);
  p.bad = allocate(blocks * 8);
  int result = NO_MEMORY;
  if (p.largest != 0 && (weights == 0 || p.weighted != 0) && p.bad != 0) result = spread(threads, blocks, control, statsOfBlock, &p);
  bad[0] = -1;
  if (result == DONE && !mergeMaxima(&p, max)) {
    result = spread(threads, blocks, control, findBad, &p);
    for (int64_t block = 0; result == DONE && block < blocks && bad[0] < 0; block++) {
      if (p.bad[block] < 0) continue;
      const int64_t row = block * ROW_BLOCK + p.bad[block] / d, column = p.bad[block] % d;
      bad[0] = (double)row;
      bad[1] = (double)column;
      bad[2] = rowOf(s, row)[column];
    }
  }
  release(p.largest);
  release(p.weighted);
  release(p.bad);
  return result;
}

typedef struct {
  const Session *s;
  /** One point for all rows, or the centroids of `labels`. */
  const float *to;
  const int32_t *labels;
  const double *weights;
  /** One of them is asked for. */
  double *distances, *blocks;
} Distances;

static void distancesOfBlock(void *context, int64_t block, int worker) {
  (void)worker;
  const Distances *p = context;
  const int64_t d = p->s->d, first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  double total = 0;
  for (int64_t i = first; i < last; i += CHAINS) {
    const int count = last - i < CHAINS ? (int)(last - i) : CHAINS;
    const float *x[2 * CHAINS], *c[2 * CHAINS];
    double sum[CHAINS];
    for (int l = 0; l < 2 * CHAINS; l++) {
      const int64_t row = i + l < last ? i + l : i;
      x[l] = rowOf(p->s, row);
      c[l] = p->labels == 0 ? p->to : p->to + p->labels[row] * d;
    }
    p->s->isa->distances(x, c, d, sum);
    for (int l = 0; l < count; l++) {
      if (p->distances != 0) p->distances[i + l] = sum[l];
      total += p->weights == 0 ? sum[l] : p->weights[i + l] * sum[l];
    }
  }
  if (p->blocks != 0) p->blocks[block] = total;
}

static int distances(Distances p, Control *control) {
  const int threads = threadsFor(p.s, 0.7 * (double)(p.s->n * p.s->d));
  return spread(threads, (p.s->n + ROW_BLOCK - 1) / ROW_BLOCK, control, distancesOfBlock, &p);
}

int fastkmeans_prepare(Session *s, const float *mean, const double *weights, double *blocks, Control *control) {
  forget(s);
  forgetSeeding(s);
  forgetLeading(s);
  memcpy(s->mean, mean, (size_t)s->d * sizeof *mean);
  return distances((Distances){.s = s, .to = s->mean, .weights = weights, .blocks = blocks}, control);
}

int fastkmeans_sq_distances(Session *s, const float *centroids, const int32_t *labels, double *out, Control *control) {
  return distances((Distances){.s = s, .to = centroids, .labels = labels, .distances = out}, control);
}

int fastkmeans_block_inertia(Session *s, const float *centroids, const int32_t *labels, const double *weights, double *blocks,
                             Control *control) {
  return distances((Distances){.s = s, .to = centroids, .labels = labels, .weights = weights, .blocks = blocks}, control);
}
