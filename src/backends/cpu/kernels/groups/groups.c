/** Groups of near centroids: which they are, and what is kept of them from one E-step to the next (bound.h, 11). */
#include "groups/groups.h"
#include "session/threads.h"
#include <string.h>

/**
 * Bounds are kept in a unit of about this part of the mean distance to a label. They reach 64 times that distance; the drifts that they are
 * lowered by may add up to half of it.
 */
#define PARTS 1024
#define DRIFT_LIMIT (FAR_LIMIT / 2)

int64_t boundBytes(const Session *s, int64_t k) {
  return s->packed.bandCount * BAND_ROWS * ((k + s->isa->width - 1) / s->isa->width) * (int64_t)sizeof(uint16_t);
}

void forgetGroups(Session *s) {
  struct Groups *groups = s->groups;
  if (groups == 0) return;
  release(groups->order);
  release(groups->drift);
  release(groups->still);
  release(groups->bounds);
  release(groups);
  s->groups = 0;
}

/**
 * Orders centroids so that aligned runs of 1, 2, 4 … panels lie close together: halves by which of two far members is nearer, the one that
 * is farthest from any and the one that is farthest from that. scratch: 2·count indices; values: count.
 */
static void divide(const Session *s, const float *centroids, int32_t *order, int64_t count, int32_t *scratch, double *values) {
  const int64_t d = s->d;
  if (count <= s->isa->width) return;
  int64_t half = s->isa->width, from = 0;
  for (int pass = 0; pass < 3; pass++) {
    const float *end = centroids + order[from] * d;
    double most = -1, least = INFINITY;
    for (int64_t i = 0; i < count; i++) {
      const double distance = s->isa->distance(centroids + order[i] * d, end, d);
      if (distance > most) {
        most = distance;
        from = i;
      }
      values[i] = pass == 2 ? values[i] - distance : distance;
      least = values[i] < least ? values[i] : least;
    }
    for (int64_t i = 0; i < count && pass == 2; i++) values[i] = values[i] - least < DBL_MAX ? values[i] - least : DBL_MAX;
  }
  while (half * 2 < count) half *= 2;
  orderByMagnitude(values, count, scratch, scratch + count);
  for (int64_t i = 0; i < count; i++) scratch[count + i] = order[scratch[i]];
  memcpy(order, scratch + count, (size_t)count * sizeof *order);
  divide(s, centroids, order, half, scratch, values);
  divide(s, centroids, order + half, count - half, scratch, values);
}

struct Groups *orderGroups(Session *s, const PackedCentroids *c) {
  const int64_t k = c->k;
  if (s->groups != 0 && s->groups->k != k) forgetGroups(s);
  if (s->groups == 0) s->groups = allocate(sizeof *s->groups);
  struct Groups *groups = s->groups;
  if (groups == 0 || groups->order != 0) return groups;
  groups->k = k;
  groups->count = c->panelCount;
  int32_t *scratch = allocate(2 * k * 4);
  double *values = allocate(k * 8);
  groups->order = scratch != 0 && values != 0 ? allocate(k * 4) : 0;
  if (groups->order != 0) {
    for (int64_t j = 0; j < k; j++) groups->order[j] = (int32_t)j;
    divide(s, c->values, groups->order, k, scratch, values);
  }
  release(scratch);
  release(values);
  return groups->order == 0 ? 0 : groups;
}

const int32_t *groupOrder(Step *step, int64_t k) {
  struct Groups *groups = step->s->groups;
  if (!step->followed || groups == 0 || groups->k != k || !groups->taken) return 0;
  step->groups = groups;
  return groups->order;
}

/** A power of two. */
static double unitOf(const Session *s) {
  double sum = 0;
  int exponent = 0;
  for (int64_t r = 0; r < GROUP_SAMPLE; r++) sum += s->history.own[sampleRow(s->n, r, GROUP_SAMPLE)];
  if (sum > 0 && sum < FLT_MAX) frexp(sum / GROUP_SAMPLE / PARTS, &exponent);
  return ldexp(1, exponent);
}

int makeGroups(Step *step) {
  Session *s = step->s;
  struct Groups *groups = s->groups;
  const int64_t bytes = boundBytes(s, step->c->k);
  if (groups->drift == 0) groups->drift = allocate(groups->count * 4);
  if (groups->still == 0) groups->still = allocate(groups->count);
  if (groups->bounds == 0) groups->bounds = allocate(bytes);
  if (groups->drift == 0 || groups->still == 0 || groups->bounds == 0) return NO_MEMORY;
  memset(groups->bounds, 0, (size_t)bytes);
  memset(groups->drift, 0, (size_t)groups->count * sizeof *groups->drift);
  memset(groups->still, 0, (size_t)groups->count);
  groups->unit = unitOf(s);
  step->groups = groups;
  return DONE;
}

double farthestOf(const struct Groups *groups, const PackedCentroids *c, int64_t group, int width) {
  double most = 0;
  for (int64_t place = group * width; place < c->k && place < (group + 1) * width; place++) {
    const double drift = c->drift[groups->order[place]];
    most = drift > most ? drift : most;
  }
  return most;
}

void followGroups(const Step *step) {
  struct Groups *groups = step->groups;
  for (int64_t group = 0; group < groups->count; group++) {
    const double most = farthestOf(groups, step->c, group, step->s->isa->width), units = most / groups->unit;
    groups->drift[group] += most == 0 ? 0 : units < FAR_LIMIT ? (int32_t)units + 1 : FAR_LIMIT;
    groups->still[group] = most == 0;
  }
}

int wornOut(const struct Groups *groups) {
  for (int64_t group = 0; group < groups->count; group++)
    if (groups->drift[group] > DRIFT_LIMIT) return 1;
  return 0;
}
