/**
 * Packing: x − μ and c − μ as integers with one scale a tile (panel). A scale serves its largest member; so rows are sorted by magnitude
 * within blocks of SORT_ROWS, centroids all together. Parallel over those blocks, and over panels. Rows are packed once, centroids in every E-step.
 */
#include "bound.h"
#include "threads.h"
#include <stdlib.h>

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
  const int levels = isa->rowLevels(s->d);
  for (int from = 0; from < count; from += isa->rows) {
    const int64_t slot = first + from;
    Tile *tile = packed->tiles + slot / isa->rows;
    int32_t *out = packed->words + slot * groups;
    double tileLargest = 0;
    for (int i = from; i < from + isa->rows && i < count; i++)
      tileLargest = largest[order[i]] > tileLargest ? largest[order[i]] : tileLargest;
    tile->scale = scaleOf(tileLargest, levels, floor);
    for (int i = 0; i < isa->rows; i++) {
      packed->order[slot + i] = NO_ROW;
      if (from + i >= count) continue;
      const int member = order[from + i];
      double rest, length;
      int64_t sum;
      isa->quantise(rowOf(s, first + member), s->mean, s->d, tile->scale, 0, words, &rest, &length, &sum);
      for (int64_t g = 0; g < groups; g++) out[WORD_AT(g, i, isa->rows, isa->together)] = words[g];
      packed->order[slot + i] = (uint32_t)(first + member);
      packed->squares[slot + i] = square[member];
      tile->bias[i] = (int32_t)(sum * isa->bias);
      const float restBound = restOf(rest, sqrt(square[member]), tile->scale), lengthBound = upward(sqrt(length));
      tile->rest = restBound > tile->rest ? restBound : tile->rest;
      tile->length = lengthBound > tile->length ? lengthBound : tile->length;
    }
  }
}

int packRows(Session *s, Control *control) {
  const Isa *isa = s->isa;
  PackedRows *packed = &s->packed;
  packed->groups = ((s->d + isa->group - 1) / isa->group + isa->together - 1) / isa->together * isa->together;
  packed->tileCount = (s->n + isa->rows - 1) / isa->rows;
  const int64_t slots = packed->tileCount * isa->rows;
  packed->words = allocate(slots * packed->groups * 4);
  packed->tiles = allocate(packed->tileCount * (int64_t)sizeof(Tile));
  packed->order = allocate(slots * 4);
  packed->squares = allocate(slots * 8);
  RowPacking p = {s, allocate(s->threads * packed->groups * 4)};
  int result = NO_MEMORY;
  if (packed->words != 0 && packed->tiles != 0 && packed->order != 0 && packed->squares != 0 && p.words != 0)
    result = spread(s->threads, (s->n + SORT_ROWS - 1) / SORT_ROWS, control, packBlock, &p);
  release(p.words);
  if (result != DONE) freeRows(packed);
  return result;
}

void freeRows(PackedRows *packed) {
  release(packed->words);
  release(packed->tiles);
  release(packed->order);
  release(packed->squares);
  *packed = (PackedRows){0};
}

typedef struct {
  const Session *s;
  PackedCentroids *c;
  double *largest, *square;
  int32_t *words;
} CentroidPacking;

static void measureCentroids(void *context, int64_t panel, int worker) {
  (void)worker;
  const CentroidPacking *p = context;
  const int64_t d = p->s->d, width = p->s->isa->width, from = panel * width, to = from + width < p->c->k ? from + width : p->c->k;
  for (int64_t j = from; j < to; j++) p->s->isa->measure(p->c->values + j * d, p->s->mean, d, &p->largest[j], &p->square[j]);
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
    const int64_t id = c->order[first + j];
    double rest, length;
    int64_t sum;
    isa->quantise(c->values + id * d, p->s->mean, d, panel->scale, isa->bias, words, &rest, &length, &sum);
    for (int64_t g = 0; g < groups; g++) out[g * width + j] = words[g];
    const double norm = sqrt(p->square[id]);
    panel->half[j] = (float)(-0.5 * p->square[id] / panel->scale / c->unit * (1 - SLACK));
    panel->norm[j] = upward(norm / panel->scale);
    panel->rest[j] = restOf(rest, norm, panel->scale);
  }
}

int packCentroids(const Session *s, const float *values, int64_t k, PackedCentroids *c, Control *control) {
  const Isa *isa = s->isa;
  const int64_t groups = s->packed.groups;
  *c = (PackedCentroids){.values = values, .k = k, .panelCount = (k + isa->width - 1) / isa->width};
  const int64_t slots = c->panelCount * isa->width;
  c->words = allocate(slots * groups * 4);
  c->panels = allocate(c->panelCount * (int64_t)sizeof(Panel));
  c->order = allocate(k * 4);
  CentroidPacking p = {s, c, allocate(k * 8), allocate(k * 8), allocate(s->threads * groups * 4)};
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
