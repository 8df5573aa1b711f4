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
  /** The best so far; −1: none. Its distance in any order, and by the definition where that was needed (else −1). */
  int32_t label;
  double distance, exact;
  int32_t count;
  /** Whether the definition was asked. */
  int32_t open;
  Candidate candidates[CANDIDATES];
} Race;

/** What all rows share. */
typedef struct {
  const Session *s;
  const PackedCentroids *c;
  double gamma;
} Track;

static inline void startRace(Race *race) {
  race->label = -1;
  race->distance = INFINITY;
  race->exact = -1;
  race->count = race->open = 0;
}

/** Lets centroid j compete. */
static inline void compete(const Track *t, Race *race, const float *x, int32_t j) {
  const int64_t d = t->s->d;
  const float *values = t->c->values;
  const double distance = t->s->isa->distance(x, values + j * d, d), more = 1 + 2 * t->gamma, less = 1 - 2 * t->gamma;
  if (race->label >= 0) {
    if (distance * less > race->distance * more) return;
    if (!(distance * more < race->distance * less)) {
      race->open = 1;
      if (race->exact < 0) race->exact = sqDistance(x, values + race->label * d, d);
      const double exact = sqDistance(x, values + j * d, d);
      if (exact > race->exact || (exact == race->exact && j >= race->label)) return;
      race->label = j;
      race->distance = distance;
      race->exact = exact;
      return;
    }
  }
  race->label = j;
  race->distance = distance;
  race->exact = -1;
}

/** At least s, from a score and the scales. An initial value that was clamped says nothing (bound.h, 2). */
static inline double upperOf(int32_t score, double scales) {
  const double upper = score * scales;
  return score >= SCORE_LIMIT ? INFINITY : upper + fabs(upper) * SMALL;
}

/** Looks at the candidates, the most promising first, and at others only as long as they can win. @return the row's threshold */
static inline double settle(const Track *t, Race *race, const float *x, double square, double threshold) {
  int first = 0;
  double top = -INFINITY;
  for (int i = 0; i < race->count && race->label < 0; i++)
    if (race->candidates[i].upper > top) {
      top = race->candidates[i].upper;
      first = i;
    }
  for (int n = 0; n < race->count; n++) {
    const int i = n == 0 ? first : n == first ? 0 : n;
    const Candidate *candidate = &race->candidates[i];
    if (candidate->upper < threshold) continue;
    const int32_t j = t->c->order[candidate->place];
    if (j == race->label) continue;
    const double before = race->distance;
    compete(t, race, x, j);
    if (race->distance < before) {
      const double better = certified(square, race->distance, t->gamma);
      threshold = better > threshold ? better : threshold;
    }
  }
  race->count = 0;
  return threshold;
}
