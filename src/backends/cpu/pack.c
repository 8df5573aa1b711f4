/**
 * Packing: x − μ and c − μ as integers with one scale a band (panel). A scale serves its largest member; so rows are sorted by magnitude
 * within blocks of SORT_ROWS, centroids all together. Parallel over those blocks, and over panels. Rows are packed once, centroids in
 * every E-step.
 */
#include "bound.h"
#include "threads.h"
#include <string.h>

/** Scales are at least the largest magnitude around times this; zero rows need some scale. */
#define SCALE_FLOOR 0x1p-64

typedef struct {
  Session *s;
  /** Per worker: words of one row. */
  int32_t *words;
} RowPacking;

/** Sorts and packs the rows of one block; `slot` is its first packed row. */
static void packBlock(void *context, int64_t item, int worker) {
  RowPacking *p = context;
  Session *s = p->s;
  PackedRows *packed = &s->packed;
  const Isa *isa = s->isa;
  const int64_t first = item * SORT_ROWS, groups = packed->groups;
  const int count = s->n - first < SORT_ROWS ? (int)(s->n - first) : SORT_ROWS;
  int32_t *words = p->words + worker * groups, order[SORT_ROWS], scratch[SORT_ROWS];
  double largest[SORT_ROWS] = {0}, square[SORT_ROWS];
  for (int i = 0; i < count; i++) isa->measure(rowOf(s, first + i), s->mean, s->d, &largest[i], &square[i]);
  orderByMagnitude(largest, count, order, scratch);
  double most = 0;
  for (int i = 0; i < count; i++) most = largest[i] > most ? largest[i] : most;
  const double floor = most > 0 ? most * SCALE_FLOOR : 1;
  for (int from = 0; from < count; from += BAND_ROWS) {
    const int members = count - from < BAND_ROWS ? count - from : BAND_ROWS;
    double bandLargest = 0;
    for (int i = from; i < from + members; i++) bandLargest = largest[order[i]] > bandLargest ? largest[order[i]] : bandLargest;
    Band *band = packed->bands + (first + from) / BAND_ROWS;
    *band = (Band){.scale = scaleOf(bandLargest, isa->rowLevels(s->d), floor)};
    for (int i = 0; i < BAND_ROWS; i++) {
      const int64_t slot = first + from + i;
      packed->order[slot] = NO_ROW;
      if (i >= members) continue;
      const int64_t row = first + order[from + i];
      double rest, length;
      int64_t sum;
      isa->quantise(rowOf(s, row), s->mean, s->d, band->scale, 0, words, &rest, &length, &sum);
      int32_t *out = packed->words + slot / isa->rows * isa->rows * groups;
      const int64_t member = slot % isa->rows;
      for (int64_t g = 0; g < groups; g += isa->together)
        memcpy(out + g * isa->rows + member * isa->together, words + g, (size_t)isa->together * 4);
      packed->order[slot] = (uint32_t)row;
      packed->squares[slot] = square[row - first];
      packed->bias[slot] = (int32_t)(sum * isa->bias);
      const float restBound = restOf(rest, sqrt(square[row - first]), band->scale), lengthBound = upward(sqrt(length));
      band->rest = restBound > band->rest ? restBound : band->rest;
      band->length = lengthBound > band->length ? lengthBound : band->length;
    }
  }
}

int packRows(Session *s, Control *control) {
  const Isa *isa = s->isa;
  PackedRows *packed = &s->packed;
  packed->groups = ((s->d + isa->group - 1) / isa->group + isa->together - 1) / isa->together * isa->together;
  packed->bandCount = (s->n + BAND_ROWS - 1) / BAND_ROWS;
  const int64_t slots = packed->bandCount * BAND_ROWS;
  packed->words = allocate(slots * packed->groups * 4);
  packed->bands = allocate(packed->bandCount * (int64_t)sizeof(Band));
  packed->order = allocate(slots * 4);
  packed->bias = allocate(slots * 4);
  packed->squares = allocate(slots * 8);
  s->history.distances = allocate(slots * 8);
  RowPacking p = {s, allocate(s->threads * packed->groups * 4)};
  int result = NO_MEMORY;
  if (packed->words != 0 && packed->bands != 0 && packed->order != 0 && packed->bias != 0 && packed->squares != 0 &&
      s->history.distances != 0 && p.words != 0)
    result = spread(s->threads, (s->n + SORT_ROWS - 1) / SORT_ROWS, control, packBlock, &p);
  release(p.words);
  if (result != DONE) forget(s);
  return result;
}

void forget(Session *s) {
  release(s->packed.words);
  release(s->packed.bands);
  release(s->packed.order);
  release(s->packed.bias);
  release(s->packed.squares);
  release(s->history.centroids);
  release(s->history.distances);
  s->packed = (PackedRows){0};
  s->history = (History){0};
}

typedef struct {
  const Session *s;
  PackedCentroids *c;
  /** Member → centroid; null: the same. */
  const int32_t *ids;
  double *largest, *square;
  int32_t *words;
} CentroidPacking;

static inline int64_t idOf(const CentroidPacking *p, int64_t member) { return p->ids == 0 ? member : p->ids[member]; }

static void measureCentroids(void *context, int64_t panel, int worker) {
  (void)worker;
  const CentroidPacking *p = context;
  const int64_t d = p->s->d, width = p->s->isa->width, from = panel * width, to = from + width < p->c->k ? from + width : p->c->k;
  for (int64_t j = from; j < to; j++) p->s->isa->measure(p->c->values + idOf(p, j) * d, p->s->mean, d, &p->largest[j], &p->square[j]);
}

static void packPanel(void *context, int64_t item, int worker) {
  const CentroidPacking *p = context;
  const PackedCentroids *c = p->c;
  const Isa *isa = p->s->isa;
  const int64_t d = p->s->d, width = isa->width, groups = p->s->packed.groups, first = item * width;
  const int count = c->k - first < width ? (int)(c->k - first) : (int)width;
  Panel *panel = c->panels + item;
  int32_t *out = c->words + first * groups, *words = p->words + worker * groups;
  double largest = 0;
  for (int j = 0; j < count; j++) largest = p->largest[c->order[first + j]] > largest ? p->largest[c->order[first + j]] : largest;
  panel->scale = scaleOf(largest, isa->centroidLevels(d), c->unit * SCALE_FLOOR);
  for (int j = 0; j < count; j++) {
    const int64_t member = c->order[first + j], id = idOf(p, member);
    double rest, length;
    int64_t sum;
    isa->quantise(c->values + id * d, p->s->mean, d, panel->scale, isa->bias, words, &rest, &length, &sum);
    for (int64_t g = 0; g < groups; g++) out[g * width + j] = words[g];
    const double norm = sqrt(p->square[member]);
    panel->half[j] = (float)(-0.5 * p->square[member] / panel->scale / c->unit * (1 - SLACK));
    panel->norm[j] = upward(norm / panel->scale);
    panel->rest[j] = restOf(rest, norm, panel->scale);
    c->order[first + j] = (int32_t)id;
  }
}

int packCentroids(const Session *s, const float *values, const int32_t *ids, int64_t k, PackedCentroids *c, Control *control) {
  const Isa *isa = s->isa;
  const int64_t groups = s->packed.groups;
  *c = (PackedCentroids){.values = values, .k = k, .panelCount = (k + isa->width - 1) / isa->width};
  const int64_t slots = c->panelCount * isa->width;
  c->words = allocate(slots * groups * 4);
  c->panels = allocate(c->panelCount * (int64_t)sizeof(Panel));
  c->order = allocate(k * 4);
  CentroidPacking p = {s, c, ids, allocate(k * 8), allocate(k * 8), allocate(s->threads * groups * 4)};
  int32_t *scratch = allocate(k * 4);
  int result = NO_MEMORY;
  if (c->words != 0 && c->panels != 0 && c->order != 0 && p.largest != 0 && p.square != 0 && p.words != 0 && scratch != 0) {
    result = spread(s->threads, c->panelCount, control, measureCentroids, &p);
    if (result == DONE) {
      orderByMagnitude(p.largest, k, c->order, scratch);
      double largest = p.largest[c->order[k - 1]];
      int exponent = 0;
      if (largest > 0) frexp(largest, &exponent);
      c->unit = ldexp(1, exponent);
      result = spread(s->threads, c->panelCount, control, packPanel, &p);
    }
  }
  release(p.largest);
  release(p.square);
  release(p.words);
  release(scratch);
  if (result != DONE) freeCentroids(c);
  return result;
}

void freeCentroids(PackedCentroids *c) {
  release(c->words);
  release(c->panels);
  release(c->order);
  *c = (PackedCentroids){0};
}
