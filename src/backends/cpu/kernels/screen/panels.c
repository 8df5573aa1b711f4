/**
 * Packing the centroids: c − μ as integers with one scale a panel, in every E-step. Those that came far since the E-step before stand
 * first, so that rows which only they can win meet a beginning of the panels (bound.h, 6); within a class of drift they stand by magnitude,
 * as a scale serves its largest member. Or they stand in the order of their groups (groups.h). Parallel over panels.
 */
#include "bound.h"
#include "reduction/reduction.h"
#include "screen/packing.h"
#include "session/threads.h"
#include <string.h>

typedef struct {
  const Session *s;
  PackedCentroids *c;
  double *largest, *square;
  /** Reduced panels: scratch and values per worker, and zeros in the place of a mean; else null. */
  const struct Reduction *reduction;
  float *scratch, *values, *zeros;
} CentroidPacking;

static void measurePanel(void *context, int64_t panel, int worker) {
  (void)worker;
  const CentroidPacking *p = context;
  const PackedCentroids *c = p->c;
  const Isa *isa = p->s->isa;
  const int64_t d = p->s->d, from = panel * isa->width, to = from + isa->width < c->k ? from + isa->width : c->k;
  for (int64_t j = from; j < to; j++) {
    const float *now = c->values + j * d;
    isa->measure(now, p->s->mean, d, &p->largest[j], &p->square[j]);
    if (c->drift != 0) c->drift[j] = driftOf(p->s, c->values, j);
  }
}

/** Orders the centroids [from, to) of the order by magnitude; scratch: 2k indices, k values. */
static void orderClass(const CentroidPacking *p, int64_t from, int64_t to, int32_t *scratch, double *values) {
  int32_t *order = p->c->order + from, *ids = scratch + p->c->k;
  const int64_t count = to - from;
  memcpy(ids, order, (size_t)count * sizeof *ids);
  for (int64_t i = 0; i < count; i++) values[i] = p->largest[ids[i]];
  orderByMagnitude(values, count, order, scratch);
  for (int64_t i = 0; i < count; i++) order[i] = ids[order[i]];
}

/** The classes' cuts and panels, and the order of the centroids. */
static void orderByDrift(const CentroidPacking *p, int32_t *scratch, double *values) {
  PackedCentroids *c = p->c;
  const int64_t k = c->k, width = p->s->isa->width;
  int64_t moved = 0, from = 0;
  if (c->drift == 0) {
    for (int64_t j = 0; j < k; j++) c->order[j] = (int32_t)j;
  } else {
    orderByMagnitude(c->drift, k, c->order, scratch);
    for (int64_t i = 0; i < k / 2; i++) {
      const int32_t other = c->order[i];
      c->order[i] = c->order[k - 1 - i];
      c->order[k - 1 - i] = other;
    }
    while (moved < k && c->drift[c->order[moved]] > 0) moved++;
    for (int64_t cut = 0; cut <= moved;) {
      c->classes[c->classCount++] = (DriftClass){(cut + width - 1) / width, 0};
      if (cut > 0) orderClass(p, from, cut, scratch, values);
      from = cut;
      if (cut == moved) break;
      const int64_t next = moved * c->classCount / (MAX_CLASSES - 2);
      cut = c->classCount == MAX_CLASSES - 2 || moved - cut < 2 * width ? moved : next < cut + width ? cut + width : next;
    }
  }
  orderClass(p, from, k, scratch, values);
  c->classes[c->classCount++] = (DriftClass){c->panelCount, 0};
}

/** For each class but the last the farthest drift behind its panels. */
static void cutClasses(PackedCentroids *c, int width) {
  double most = 0;
  int class = c->classCount - 2;
  for (int64_t place = c->k; class >= 0; place--) {
    while (class >= 0 && place <= c->classes[class].panels * width) c->classes[class--].cut = most;
    if (place > 0 && c->drift[c->order[place - 1]] > most) most = c->drift[c->order[place - 1]];
  }
}

/** A packed vector as a member of a panel; norm: at least its length. */
static void setMember(const CentroidPacking *p, int64_t item, int j, const int32_t *words, int64_t count, double square, double norm,
                      double restBound) {
  const Isa *isa = p->s->isa;
  Panel *panel = p->c->panels + item;
  int32_t *out = p->c->words + item * isa->width * count;
  for (int64_t g = 0; g < count; g++) out[g * isa->width + j] = words[g];
  panel->half[j] = (float)(-0.5 * square / panel->scale / p->c->unit * (1 - SLACK));
  panel->norm[j] = upward(norm / panel->scale);
  panel->rest[j] = upward(restBound);
  if (isa->tail != 0) panel->tail[j] = upward(isa->tail(words, earlyWords(count), count));
}

/** Packs what the reduction makes of a panel's members. */
static void packReducedPanel(const CentroidPacking *p, int64_t item, int members, int worker) {
  const Isa *isa = p->s->isa;
  const PackedCentroids *c = p->c;
  const struct Reduction *r = p->reduction;
  const int64_t columns = reducedColumns(r), count = r->rows.words, first = item * isa->width;
  float *values = p->values + worker * MAX_WIDTH * columns;
  const float *x[MAX_WIDTH];
  double squares[MAX_WIDTH], lengths[MAX_WIDTH], most, largest = 0, rest, ignored;
  int32_t words[MAX_REDUCED] = {0};
  for (int j = 0; j < members; j++) {
    x[j] = c->values + c->order[first + j] * p->s->d;
    squares[j] = p->square[c->order[first + j]];
  }
  if (!reduce(p->s, r, x, squares, members, p->scratch + worker * reduceRoom(r), values))
    __atomic_store_n(&p->c->unfit, 1, __ATOMIC_RELAXED);
  for (int j = 0; j < members; j++) {
    isa->measure(values + j * columns, p->zeros, columns, &most, &lengths[j]);
    largest = most > largest ? most : largest;
  }
  const double scale = c->panels[item].scale = scaleOf(largest, isa->centroidLevels(columns), c->unit * SCALE_FLOOR);
  for (int j = 0; j < members; j++) {
    const double norm = sqrt(lengths[j]), stray = strayOf(r, squares[j]);
    isa->quantiseCentroid(values + j * columns, p->zeros, columns, scale, words, &rest, &ignored);
    setMember(p, item, j, words, count, squares[j], norm + stray, restOf(rest, norm, scale) + stray / scale);
  }
}

/** Places without a centroid repeat the last one, so that the best of a panel is that of its members. */
static void repeatLast(const CentroidPacking *p, int64_t item, int members, int64_t count) {
  const int64_t width = p->s->isa->width;
  Panel *panel = p->c->panels + item;
  int32_t *out = p->c->words + item * width * count;
  panel->members = members;
  for (int64_t j = members; j < width; j++) {
    for (int64_t g = 0; g < count; g++) out[g * width + j] = out[g * width + members - 1];
    panel->half[j] = panel->half[members - 1];
    panel->norm[j] = panel->norm[members - 1];
    panel->rest[j] = panel->rest[members - 1];
    panel->tail[j] = panel->tail[members - 1];
  }
}

static void packPanel(void *context, int64_t item, int worker) {
  const CentroidPacking *p = context;
  const PackedCentroids *c = p->c;
  const Isa *isa = p->s->isa;
  const int64_t d = p->s->d, width = isa->width, count = p->s->packed.words, first = item * width;
  const int members = c->k - first < width ? (int)(c->k - first) : (int)width;
  double largest = 0;
  for (int j = 0; j < members; j++) largest = p->largest[c->order[first + j]] > largest ? p->largest[c->order[first + j]] : largest;
  const double scale = c->panels[item].scale = scaleOf(largest, isa->centroidLevels(d), c->unit * SCALE_FLOOR);
  for (int j = 0; j < members; j++) {
    const int64_t id = c->order[first + j];
    int32_t *words = c->singleWords + id * count;
    double rest, square;
    isa->quantiseCentroid(c->values + id * d, p->s->mean, d, scale, words, &rest, &square);
    const double norm = sqrt(p->square[id]), restBound = restOf(rest, norm, scale);
    c->singles[id] = (Single){scale, p->square[id], scale * scale * square, scale * upward(norm / scale), scale * restBound};
    if (p->reduction == 0) setMember(p, item, j, words, count, p->square[id], norm, restBound);
  }
  if (p->reduction != 0) packReducedPanel(p, item, members, worker);
  repeatLast(p, item, members, p->reduction == 0 ? count : p->reduction->rows.words);
}

/** Two classes: of rows that meet nothing, and of those that may meet any panel. */
static void keepOrder(PackedCentroids *c, const int32_t *order) {
  memcpy(c->order, order, (size_t)c->k * sizeof *order);
  c->classes[0] = (DriftClass){0, 0};
  c->classes[1] = (DriftClass){c->panelCount, 0};
  c->classCount = 2;
}

/** The power of two above all values. */
static double unitOf(const double *values, int64_t count) {
  double largest = 0;
  int exponent = 0;
  for (int64_t i = 0; i < count; i++) largest = values[i] > largest ? values[i] : largest;
  if (largest > 0) frexp(largest, &exponent);
  return ldexp(1, exponent);
}

int packCentroids(const Session *s, const float *values, int64_t k, int drifts, const int32_t *order, const struct Reduction *reduction,
                  PackedCentroids *c, Control *control) {
  const int64_t width = s->isa->width, words = s->packed.words, panelWords = reduction == 0 ? words : reduction->rows.words;
  *c = (PackedCentroids){.values = values, .k = k, .panelCount = (k + width - 1) / width};
  c->words = allocate(c->panelCount * width * panelWords * 4);
  c->panels = allocate(c->panelCount * (int64_t)sizeof(Panel));
  c->singles = allocate(k * (int64_t)sizeof(Single));
  c->singleWords = allocate(k * words * 4);
  c->order = allocate(k * 4);
  c->drift = drifts ? allocate(k * 8) : 0;
  CentroidPacking p = {.s = s, .c = c, .largest = allocate(k * 8), .square = allocate(k * 8), .reduction = reduction};
  if (reduction != 0) {
    p.scratch = allocate(s->threads * reduceRoom(reduction) * 4);
    p.values = allocate(s->threads * MAX_WIDTH * reducedColumns(reduction) * 4);
    p.zeros = allocate(reducedColumns(reduction) * 4);
  }
  int32_t *scratch = allocate(2 * k * 4);
  double *values64 = allocate(k * 8);
  int result = NO_MEMORY;
  const int threads = reduction != 0 ? s->threads : threadsFor(s, 1.5 * (double)(k * s->d));
  const int reduces = reduction == 0 || (p.scratch != 0 && p.values != 0 && p.zeros != 0);
  if (c->words != 0 && c->panels != 0 && c->singles != 0 && c->singleWords != 0 && c->order != 0 && (!drifts || c->drift != 0) &&
      p.largest != 0 && p.square != 0 && reduces && scratch != 0 && values64 != 0) {
    result = spread(threads, c->panelCount, control, measurePanel, &p);
    if (result == DONE) {
      if (order != 0) keepOrder(c, order);
      else orderByDrift(&p, scratch, values64);
      if (drifts) cutClasses(c, (int)width);
      c->unit = unitOf(p.largest, k);
      result = spread(threads, c->panelCount, control, packPanel, &p);
    }
  }
  release(p.largest);
  release(p.square);
  release(p.scratch);
  release(p.values);
  release(p.zeros);
  release(scratch);
  release(values64);
  if (result != DONE) freeCentroids(c);
  return result;
}

void freeCentroids(PackedCentroids *c) {
  release(c->words);
  release(c->panels);
  release(c->singles);
  release(c->singleWords);
  release(c->order);
  release(c->drift);
  *c = (PackedCentroids){0};
}
