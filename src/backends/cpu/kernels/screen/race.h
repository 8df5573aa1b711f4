/**
 * One row's search for its label: the candidates that the screen let pass, and the best centroid so far. What the packed integers leave
 * open is decided by distances, and what these leave open by the definition.
 */
#pragma once
#include "screen/definition.h"
#include "screen/near.h"

/** Candidates kept before they are looked at; a panel must fit on top. */
#define CANDIDATES 96
/** Columns from which on float32 spares more than a second look costs. */
#define ROUGH_FROM 64

typedef struct {
  /** At least the distance, once it has been looked at. */
  double least;
  /** q·r, and the centroid's place in the packing. */
  int32_t product, place;
} Candidate;

typedef struct {
  /** The best so far; −1: none. */
  int32_t label;
  int32_t count;
  /** Whether the definition was asked. */
  int32_t open;
  /** The best one's distance in any order (−1: not computed), and by the definition (−1: was not needed). */
  double distance, exact;
  /** At least the distance to the label; and at most D of every other that was looked at. */
  double reach, others;
  Candidate candidates[CANDIDATES];
} Race;

/** What all rows share. */
typedef struct {
  const Session *s;
  const PackedCentroids *c;
  double gamma;
} Track;

static inline void startRace(Race *race, int32_t label) {
  race->label = label;
  race->distance = race->exact = -1;
  race->reach = race->others = INFINITY;
  race->count = race->open = 0;
}

/** Computes the distance to the label. */
static inline void measureOwn(const Track *t, Race *race, const float *x) {
  race->distance = t->s->isa->distance(x, t->c->values + race->label * t->s->d, t->s->d);
  race->reach = wider(sqrt(race->distance));
}

static inline void leadWith(Race *race, int32_t j, double distance, double exact) {
  race->label = j;
  race->distance = distance;
  race->exact = exact;
  race->reach = wider(sqrt(distance));
}

/** Lets centroid j compete with the label, whose distance is known. The loser's distance bounds the others'. */
static inline void compete(const Track *t, Race *race, const float *x, int32_t j) {
  const int64_t d = t->s->d;
  const float *values = t->c->values;
  const double distance = t->s->isa->distance(x, values + j * d, d), more = 1 + 2 * t->gamma, less = 1 - 2 * t->gamma;
  const int farther = distance * less > race->distance * more, nearer = distance * more < race->distance * less;
  const double loser = (farther || (!nearer && distance < race->distance) ? distance : race->distance) * less;
  race->others = loser < race->others ? loser : race->others;
  if (farther) return;
  if (nearer) {
    leadWith(race, j, distance, -1);
    return;
  }
  race->open = 1;
  if (race->exact < 0) race->exact = sqDistance(x, values + race->label * d, d);
  const double exact = sqDistance(x, values + j * d, d);
  if (exact < race->exact || (exact == race->exact && j < race->label)) leadWith(race, j, distance, exact);
}

/** Whether a centroid of at least this distance cannot be the label (bound.h, 6). If so, it bounds the others'. */
static inline int beaten(Race *race, double least) {
  if (!(least > race->reach * (1 + WIDE))) return 0;
  race->others = least * least < race->others ? least * least : race->others;
  return 1;
}

/**
 * Keeps the candidates that can still win by what the packed integers tell. The label passes on to the one that is surely nearest, unless
 * the label before is not among the candidates: then both are left.
 */
static inline void narrow(const Track *t, Race *race, int64_t slot) {
  const PackedCentroids *c = t->c;
  double nearest = INFINITY;
  int met = race->label < 0, kept = 0;
  int32_t label = -1;
  for (int i = 0; i < race->count; i++) {
    Candidate *candidate = race->candidates + i;
    const int32_t j = c->order[candidate->place];
    const Interval interval = intervalOf(t->s, c, slot, j, candidate->product, t->gamma);
    candidate->least = interval.least;
    if (j == race->label) {
      met = 1;
      if (interval.most < race->reach) race->reach = wider(interval.most);
    }
    if (interval.most < nearest) {
      nearest = interval.most;
      label = j;
    }
  }
  if (met && label >= 0 && nearest < race->reach && label != race->label) {
    race->label = label;
    race->distance = race->exact = -1;
    race->reach = wider(nearest);
  }
  for (int i = 0; i < race->count; i++) {
    const Candidate *candidate = race->candidates + i;
    if (c->order[candidate->place] != race->label && !beaten(race, candidate->least)) race->candidates[kept++] = *candidate;
  }
  race->count = kept;
}

/** At least the distance to centroid j, from float32 (bound.h, 8). */
static inline double roughlyFrom(const Track *t, const float *x, int32_t j) {
  const int64_t d = t->s->d;
  const float rough = t->s->isa->roughDistance(x, t->c->values + j * d, d);
  const double least = (rough < FLT_MAX ? rough : FLT_MAX) * (double)nearLess(d) - nearTiny(d);
  return least > 0 ? sqrt(least) * (1 - WIDE) : 0;
}

/** Looks at the candidates that are left, of many columns in float32 first, which most often is enough. */
static inline void settle(const Track *t, Race *race, const float *x) {
  const int roughly = t->s->d >= ROUGH_FROM;
  if (race->count > 0 && race->distance < 0) measureOwn(t, race, x);
  for (int i = 0; i < race->count; i++) {
    const int32_t j = t->c->order[race->candidates[i].place];
    if (!beaten(race, race->candidates[i].least) && !(roughly && beaten(race, roughlyFrom(t, x, j)))) compete(t, race, x, j);
  }
  race->count = 0;
}

/** T from what the label's distance is not more than. */
static inline double leadOf(const Track *t, const Race *race, double square) {
  return race->label < 0 ? -INFINITY : certified(square, race->reach * race->reach, t->gamma);
}
