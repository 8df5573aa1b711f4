/**
 * Packing the rows: x − μ as int8 with one scale a band. A scale serves its largest member, so rows are sorted by magnitude within blocks
 * of SORT_ROWS. Parallel over those blocks; once per training.
 */
#include "bound.h"
#include "screen/packing.h"
#include "session/threads.h"

typedef struct {
  Session *s;
  const Control *control;
} RowPacking;

/** Packs one row and widens its band's bounds. */
static void packRow(Session *s, Band *band, int64_t slot, uint32_t row, double square) {
  PackedRows *packed = &s->packed;
  const Isa *isa = s->isa;
  double rest, length;
  int64_t sum;
  isa->quantiseRow(rowOf(s, row), s->mean, s->d, band->scale, packed->bytes + slot * packed->words * isa->group, &rest, &length, &sum);
  packed->order[slot] = row;
  packed->squares[slot] = square;
  packed->bias[slot] = (int32_t)(sum * isa->bias);
  packed->lengths[slot] = (int32_t)length;
  const float restBound = restOf(rest, sqrt(square), band->scale), lengthBound = upward(sqrt(length));
  band->rest = restBound > band->rest ? restBound : band->rest;
  band->length = lengthBound > band->length ? lengthBound : band->length;
}

/** Sorts and packs the rows of one block. */
static void packBlock(void *context, int64_t item, int worker) {
  (void)worker;
  const RowPacking *p = context;
  Session *s = p->s;
  const Isa *isa = s->isa;
  const int64_t first = item * SORT_ROWS;
  const int count = s->n - first < SORT_ROWS ? (int)(s->n - first) : SORT_ROWS;
  int32_t order[SORT_ROWS], scratch[SORT_ROWS];
  double largest[SORT_ROWS] = {0}, square[SORT_ROWS], most = 0;
  for (int i = 0; i < count && !cancelled(p->control); i++)
    isa->measure(rowOf(s, first + i), s->mean, s->d, &largest[i], &square[i]);
  orderByMagnitude(largest, count, order, scratch);
  for (int i = 0; i < count; i++) most = largest[i] > most ? largest[i] : most;
  const double floor = most > 0 ? most * SCALE_FLOOR : 1;
  for (int from = 0; from < count && !cancelled(p->control); from += BAND_ROWS) {
    double bandLargest = 0;
    for (int i = from; i < from + BAND_ROWS && i < count; i++)
      bandLargest = largest[order[i]] > bandLargest ? largest[order[i]] : bandLargest;
    Band *band = s->packed.bands + (first + from) / BAND_ROWS;
    *band = (Band){.scale = scaleOf(bandLargest, isa->rowLevels(s->d), floor)};
    for (int i = from; i < from + BAND_ROWS; i++) {
      if (i + 1 < count) prefetch(rowOf(s, first + order[i + 1]), s->d);
      if (i < count) packRow(s, band, first + i, (uint32_t)(first + order[i]), square[order[i]]);
      else s->packed.order[first + i] = NO_ROW;
    }
  }
}

int packRows(Session *s, Control *control) {
  const Isa *isa = s->isa;
  PackedRows *packed = &s->packed;
  packed->words = wordsOf(isa, s->d);
  packed->bandCount = (s->n + BAND_ROWS - 1) / BAND_ROWS;
  const int64_t slots = packed->bandCount * BAND_ROWS;
  packed->bytes = allocate(slots * packed->words * isa->group);
  packed->bands = allocate(packed->bandCount * (int64_t)sizeof(Band));
  packed->order = allocate(slots * 4);
  packed->bias = allocate(slots * 4);
  packed->lengths = allocate(slots * 4);
  packed->squares = allocate(slots * 8);
  RowPacking p = {s, control};
  int result = NO_MEMORY;
  if (packed->bytes != 0 && packed->bands != 0 && packed->order != 0 && packed->bias != 0 && packed->lengths != 0 && packed->squares != 0)
    result = spread(threadsFor(s, 0.7 * (double)(s->n * s->d)), (s->n + SORT_ROWS - 1) / SORT_ROWS, control, packBlock, &p);
  if (result != DONE) forget(s);
  return result;
}
