/** One row's search for its label: the candidates that the screen let pass, and the best centroid so far, which is always the definition's
 * best among those looked at. */
#pragma once
#include "bound.h"
#include "definition.h"
#include "session.h"

/** Candidates kept before they are looked at; a panel must fit on top. */
#define CANDIDATES 96

typedef struct {
  /** At least the centroid's s. */
  double upper;
  /** Its place in the packing. */
  int32_t place;
} Candidate;

typedef struct {
  /** The best so far; −1: none. */
  int32_t label;
  int32_t count;
  /** Whether the definition was asked. */
  int32_t open;
  /** The best one's distance in any order (−1: not computed yet), and by the definition (−1: was not needed). */
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

/** Lets centroid j compete with the label. The loser's distance bounds the others'. */
static inline void compete(const Track *t, Race *race, const float *x, int32_t j) {
  const int64_t d = t->s->d;
  const float *values = t->c->values;
  const double distance = t->s->isa->distance(x, values + j * d, d), more = 1 + 2 * t->gamma, less = 1 - 2 * t->gamma;
  if (race->label < 0) {
    leadWith(race, j, distance, -1);
    return;
  }
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

/** At least s, from a score and the scales. An initial value that was clamped says nothing (bound.h, 2). */
static inline double upperOf(int32_t score, double scales) {
  const double upper = score * scales;
  return score >= SCORE_LIMIT ? INFINITY : upper + fabs(upper) * SMALL;
}

/** T from the label's distance, or from what it is not more than. */
static inline double leadOf(const Track *t, const Race *race, double square) {
  if (race->label < 0) return -INFINITY;
  return certified(square, race->distance >= 0 ? race->distance : race->reach * race->reach, t->gamma);
}

/** Looks at the candidates, the most promising first where there is no label yet, and at others only as long as they can win. */
static inline void settle(const Track *t, Race *race, const float *x, double square) {
  int first = 0;
  double top = -INFINITY, lead = leadOf(t, race, square);
  for (int i = 0; i < race->count && race->label < 0; i++)
    if (race->candidates[i].upper > top) {
      top = race->candidates[i].upper;
      first = i;
    }
  for (int n = 0; n < race->count; n++) {
    const Candidate *candidate = &race->candidates[n == 0 ? first : n == first ? 0 : n];
    const int32_t j = t->c->order[candidate->place];
    if (j == race->label) continue;
    if (candidate->upper >= lead && race->label >= 0 && race->distance < 0) {
      measureOwn(t, race, x);
      lead = leadOf(t, race, square);
    }
    if (candidate->upper < lead) {
      const double least = beyond(square, candidate->upper, t->gamma);
      race->others = least < race->others ? least : race->others;
      continue;
    }
    compete(t, race, x, j);
    lead = leadOf(t, race, square);
  }
  race->count = 0;
}
