/** Putting centroids into boxes: in every E-step that looks for labels there (leads.c). */
#include "leads/leads.h"
#include <math.h>
#include <string.h>

/** The leads of all centroids while they are ordered. */
typedef struct {
  Boxes *b;
  /** [leads][k]. */
  float *values;
  uint32_t random;
} Ordering;

/** Sum of the squared distances from the mean of the points, per column. */
static void spreadsOf(const Session *s, const float *centroids, int64_t k, double *spreads) {
  for (int64_t j = 0; j < k; j++)
    for (int64_t t = 0; t < s->d; t++) {
      const double v = (double)centroids[j * s->d + t] - s->mean[t];
      spreads[t] += v * v;
    }
}

double chooseLeads(const Session *s, const float *centroids, int64_t k, Boxes *b) {
  const int64_t d = s->d;
  double *spreads = allocate(d * 8);
  if (spreads == 0) return -1;
  double all = 0, held = 0;
  spreadsOf(s, centroids, k, spreads);
  b->complete = d <= ALL_LEADS;
  b->leads = b->complete ? (int)d : SOME_LEADS;
  for (int64_t t = 0; t < d; t++) all += spreads[t];
  for (int l = 0; l < b->leads; l++) {
    int64_t widest = 0;
    for (int64_t t = 1; t < d; t++)
      if (spreads[t] > spreads[widest]) widest = t;
    held += spreads[widest];
    spreads[widest] = -1;
  }
  int l = 0;
  for (int64_t t = 0; t < d; t++)
    if (spreads[t] < 0) b->columns[l++] = (int32_t)t;
  release(spreads);
  return all > 0 ? held / all : 0;
}

/**
 * Reorders the places [from, to) so that none before `middle` has a larger value than any from there on. Pivots are drawn, so that no order
 * of the input is a bad one.
 */
static void halve(Ordering *o, const float *values, int64_t from, int64_t to, int64_t middle) {
  int32_t *ids = o->b->ids;
  while (to - from > 1) {
    o->random = o->random * 1664525 + 1013904223;
    const float pivot = values[ids[from + (int64_t)((uint64_t)o->random * (uint64_t)(to - from) >> 32)]];
    int64_t low = from, high = to - 1;
    while (low <= high) {
      while (values[ids[low]] < pivot) low++;
      while (values[ids[high]] > pivot) high--;
      if (low > high) break;
      const int32_t id = ids[low];
      ids[low++] = ids[high];
      ids[high--] = id;
    }
    if (middle <= high) to = high + 1;
    else if (middle >= low) from = low;
    else return;
  }
}

/** Orders the places [from, to) so that aligned runs of 8, 16, 32 … lie close together: halves by the lead in which they are widest. */
static void order(Ordering *o, int64_t from, int64_t to) {
  const Boxes *b = o->b;
  while (to - from > FANOUT) {
    const float *widest = o->values;
    float most = -1;
    for (int l = 0; l < b->leads; l++) {
      const float *values = o->values + l * b->k;
      float low = values[b->ids[from]], high = low;
      for (int64_t i = from; i < to; i++) {
        const float v = values[b->ids[i]];
        low = v < low ? v : low;
        high = v > high ? v : high;
      }
      if (high - low > most) {
        most = high - low;
        widest = values;
      }
    }
    int64_t half = FANOUT;
    while (half * 2 < to - from) half *= 2;
    halve(o, widest, from, to, from + half);
    order(o, from + half, to);
    to = from + half;
  }
}

/** The bounds of groups, then of boxes of the level below. */
static void boundLevel(Boxes *b, int level) {
  const int64_t count = b->counts[level], eights = (count + FANOUT - 1) / FANOUT;
  for (int64_t box = 0; box < eights * FANOUT; box++)
    for (int l = 0; l < b->leads; l++) {
      const int64_t from = (box * b->leads + l) * FANOUT;
      float low = INFINITY, high = -INFINITY;
      for (int i = 0; i < FANOUT && box < count; i++) {
        const float least = level == 0 ? (float)b->members[from + i] : b->bounds[level - 1][2 * from + i];
        const float most = level == 0 ? least : b->bounds[level - 1][2 * from + FANOUT + i];
        low = least < low ? least : low;
        high = most > high ? most : high;
      }
      float *out = b->bounds[level] + (box / FANOUT * b->leads + l) * 2 * FANOUT + box % FANOUT;
      out[0] = low;
      out[FANOUT] = high;
    }
}

int makeBoxes(const Session *s, const float *centroids, Boxes *b) {
  const int64_t groups = (b->k + FANOUT - 1) / FANOUT;
  b->levels = 0;
  for (int64_t count = groups;; count = (count + FANOUT - 1) / FANOUT) {
    b->counts[b->levels] = count;
    b->roots = (count + FANOUT - 1) / FANOUT;
    b->bounds[b->levels++] = allocate(b->roots * FANOUT * b->leads * 8);
    if (count <= MOST_ROOTS) break;
  }
  b->members = allocate(groups * FANOUT * b->leads * 8);
  b->ids = allocate(groups * FANOUT * 4);
  Ordering o = {b, allocate(b->leads * b->k * 4), 1};
  int complete = b->members != 0 && b->ids != 0 && o.values != 0;
  for (int level = 0; level < b->levels; level++) complete = complete && b->bounds[level] != 0;
  if (complete) {
    for (int64_t j = 0; j < b->k; j++) {
      b->ids[j] = (int32_t)j;
      for (int l = 0; l < b->leads; l++) o.values[l * b->k + j] = centroids[j * s->d + b->columns[l]];
    }
    order(&o, 0, b->k);
    for (int64_t place = b->k; place < groups * FANOUT; place++) b->ids[place] = b->ids[(groups - 1) * FANOUT];
    for (int64_t place = 0; place < groups * FANOUT; place++)
      for (int l = 0; l < b->leads; l++)
        b->members[(place / FANOUT * b->leads + l) * FANOUT + place % FANOUT] = o.values[l * b->k + b->ids[place]];
    for (int level = 0; level < b->levels; level++) boundLevel(b, level);
  }
  release(o.values);
  if (!complete) freeBoxes(b);
  return complete ? DONE : NO_MEMORY;
}

void freeBoxes(Boxes *b) {
  for (int level = 0; level < b->levels; level++) release(b->bounds[level]);
  release(b->members);
  release(b->ids);
  *b = (Boxes){0};
}
