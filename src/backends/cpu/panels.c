/**
 * Packing the centroids: c − μ as integers with one scale a panel, in every E-step. Those that came far since the E-step before stand
 * first, so that rows which only they can win meet a beginning of the panels (bound.h, 6); within a class of drift they stand by magnitude,
 * as a scale serves its largest member. Or they stand in the order of their groups (groups.h). Parallel over panels.
 */
#include "bound.h"
#include "threads.h"
#include <string.h>

typedef struct {
  const Session *s;
  PackedCentroids *c;
  double *largest, *square;
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

static void packPanel(void *context, int64_t item, int worker) {
  (void)worker;
  const CentroidPacking *p = context;
  const PackedCentroids *c = p->c;
  const Isa *isa = p->s->isa;
  const int64_t d = p->s->d, width = isa->width, count = p->s->packed.words, first = item * width;
  const int members = c->k - first < width ? (int)(c->k - first) : (int)width;
  Panel *panel = c->panels + item;
  int32_t *out = c->words + first * count;
  double largest = 0;
  for (int j = 0; j < members; j++) largest = p->largest[c->order[first + j]] > largest ? p->largest[c->order[first + j]] : largest;
  panel->scale = scaleOf(largest, isa->centroidLevels(d), c->unit * SCALE_FLOOR);
  for (int j = 0; j < members; j++) {
    const int64_t id = c->order[first + j];
    int32_t *words = c->singleWords + id * count;
    double rest, square;
    isa->quantiseCentroid(c->values + id * d, p->s->mean, d, panel->scale, words, &rest, &square);
    for (int64_t g = 0; g < count; g++) out[g * width + j] = words[g];
    const double norm = sqrt(p->square[id]);
    panel->half[j] = (float)(-0.5 * p->square[id] / panel->scale / c->unit * (1 - SLACK));
    panel->norm[j] = upward(norm / panel->scale);
    panel->rest[j] = restOf(rest, norm, panel->scale);
    c->singles[id] = (Single){panel->scale, p->square[id], panel->scale * panel->scale * square, panel->scale * panel->norm[j],
                              panel->scale * panel->rest[j]};
    if (isa->tail != 0) panel->tail[j] = upward(isa->tail(words, earlyWords(count), count));
  }
  // Places without a centroid repeat the last one, so that the best of a panel is that of its members.
  for (int j = members; j < width; j++) {
    for (int64_t g = 0; g < count; g++) out[g * width + j] = out[g * width + members - 1];
    panel->half[j] = panel->half[members - 1];
    panel->norm[j] = panel->norm[members - 1];
    panel->rest[j] = panel->rest[members - 1];
    panel->tail[j] = panel->tail[members - 1];
  }
}

/** Two classes: of rows that meet nothing, and of those that may meet any panel. */
static void keepOrder(PackedCentroids *c, const int32_t *order) {
  memcpy(c->order, order, (size_t)c->k * sizeof *order);
  c->classes[0] = (DriftClass){0, 0};
  c->classes[1] = (DriftClass){c->panelCount, 0};
  c->classCount = 2;
}

int packCentroids(const Session *s, const float *values, int64_t k, int drifts, const int32_t *order, PackedCentroids *c, Control *control) {
  const int64_t width = s->isa->width, words = s->packed.words;
  *c = (PackedCentroids){.values = values, .k = k, .panelCount = (k + width - 1) / width};
  c->words = allocate(c->panelCount * width * words * 4);
  c->panels = allocate(c->panelCount * (int64_t)sizeof(Panel));
  c->singles = allocate(k * (int64_t)sizeof(Single));
  c->singleWords = allocate(k * words * 4);
  c->order = allocate(k * 4);
  c->drift = drifts ? allocate(k * 8) : 0;
  CentroidPacking p = {s, c, allocate(k * 8), allocate(k * 8)};
  int32_t *scratch = allocate(2 * k * 4);
  double *values64 = allocate(k * 8);
  int result = NO_MEMORY;
  if (c->words != 0 && c->panels != 0 && c->singles != 0 && c->singleWords != 0 && c->order != 0 && (!drifts || c->drift != 0) &&
      p.largest != 0 && p.square != 0 && scratch != 0 && values64 != 0) {
    result = spread(s->threads, c->panelCount, control, measurePanel, &p);
    if (result == DONE) {
      if (order != 0) keepOrder(c, order);
      else orderByDrift(&p, scratch, values64);
      if (drifts) cutClasses(c, (int)width);
      double largest = 0;
      for (int64_t j = 0; j < k; j++) largest = p.largest[j] > largest ? p.largest[j] : largest;
      int exponent = 0;
      if (largest > 0) frexp(largest, &exponent);
      c->unit = ldexp(1, exponent);
      result = spread(s->threads, c->panelCount, control, packPanel, &p);
    }
  }
  release(p.largest);
  release(p.square);
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
