/** What is read off the points before and after the iterations. Parallel over blocks of ROW_BLOCK rows; sums within a block run in order.
 */
#include "api.h"
#include "threads.h"
#include <math.h>
#include <string.h>

/** The bits of infinity: those of NaN are larger. */
#define INFINITE_BITS 0x7f800000

typedef struct {
  const Session *s;
  const double *weights;
  /** Per worker d maxima; per block the first bad value's index in the block's rows, or −1. */
  double *max;
  int64_t *bad;
} ColumnStats;

static void statsOfBlock(void *context, int64_t block, int worker) {
  const ColumnStats *p = context;
  const int64_t d = p->s->d, first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  double *max = p->max + worker * d;
  p->bad[block] = -1;
  for (int64_t i = first; i < last; i++) {
    const float *x = rowOf(p->s, i);
    const double weight = p->weights == 0 ? 1 : p->weights[i];
    int32_t largestBits = 0;
    for (int64_t t = 0; t < d; t++) {
      const double size = fabs(weight * x[t]);
      max[t] = size > max[t] ? size : max[t];
      int32_t bits;
      memcpy(&bits, x + t, sizeof bits);
      bits &= INT32_MAX;
      largestBits = bits > largestBits ? bits : largestBits;
    }
    if (largestBits < INFINITE_BITS || p->bad[block] >= 0) continue;
    for (int64_t t = 0; t < d && p->bad[block] < 0; t++)
      if (x[t] - x[t] != 0) p->bad[block] = (i - first) * d + t;
  }
}

int fastkmeans_column_stats(Session *s, const double *weights, double *max, double *bad, Control *control) {
  const int64_t blocks = (s->n + ROW_BLOCK - 1) / ROW_BLOCK, d = s->d;
  ColumnStats p = {s, weights, allocate(s->threads * d * 8), allocate(blocks * 8)};
  int result = NO_MEMORY;
  if (p.max != 0 && p.bad != 0) result = spread(s->threads, blocks, control, statsOfBlock, &p);
  if (result == DONE) {
    for (int64_t t = 0; t < d; t++) max[t] = 0;
    for (int worker = 0; worker < s->threads; worker++)
      for (int64_t t = 0; t < d; t++) max[t] = p.max[worker * d + t] > max[t] ? p.max[worker * d + t] : max[t];
    bad[0] = -1;
    for (int64_t block = 0; block < blocks && bad[0] < 0; block++) {
      if (p.bad[block] < 0) continue;
      const int64_t row = block * ROW_BLOCK + p.bad[block] / d, column = p.bad[block] % d;
      bad[0] = (double)row;
      bad[1] = (double)column;
      bad[2] = rowOf(s, row)[column];
    }
  }
  release(p.max);
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

/** Rows whose sums run side by side, as Isa.distances takes them: each is one chain of additions. */
#define CHAINS 8

static void distancesOfBlock(void *context, int64_t block, int worker) {
  (void)worker;
  const Distances *p = context;
  const int64_t d = p->s->d, first = block * ROW_BLOCK, last = first + ROW_BLOCK < p->s->n ? first + ROW_BLOCK : p->s->n;
  double total = 0;
  for (int64_t i = first; i < last; i += CHAINS) {
    const int count = last - i < CHAINS ? (int)(last - i) : CHAINS;
    const float *x[CHAINS], *c[CHAINS];
    double sum[CHAINS];
    for (int l = 0; l < CHAINS; l++) {
      const int64_t row = l < count ? i + l : i;
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
  return spread(p.s->threads, (p.s->n + ROW_BLOCK - 1) / ROW_BLOCK, control, distancesOfBlock, &p);
}

int fastkmeans_prepare(Session *s, const float *mean, const double *weights, double *blocks, Control *control) {
  forget(s);
  forgetSeeding(s);
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
