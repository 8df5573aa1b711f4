/** From the screen to a row's race: who passed. */
#pragma once
#include "screen/step.h"
#include "screen/tile.h"

/** Candidates of one row from which on it does not. */
#define CROWDED 8

/** At least s, from a score and the scales. An initial value that was clamped says nothing (bound.h, 2). */
static inline double upperOf(int32_t score, double scales) {
  const double upper = score * scales;
  return score >= SCORE_LIMIT ? INFINITY : upper + fabs(upper) * SMALL;
}

/** Takes in who passed of one panel, in one of the tile's rows. */
static inline void collect(const Track *track, const Measure *measure, int64_t slot, int64_t panelIndex, double scales, uint32_t hits,
                           int member, const Meeting *m, Tile *tile, Runner *runner) {
  const Session *s = track->s;
  const int width = s->isa->width;
  const double square = s->packed.squares[slot];
  Race *race = &runner->race;
  const int32_t bias = tile->bias[member];
  double threshold = tile->threshold[member];
  if (race->count > CANDIDATES - width) {
    narrow(track, race, slot);
    if (race->count > CANDIDATES - width) settle(track, race, rowOf(s, s->packed.order[slot]));
    const double lead = leadOf(track, race, square);
    threshold = lead > threshold ? lead : threshold;
  }
  if (race->label < 0 && measure->perScale > 0) {
    double lower = s->isa->surest(m, member, bias, hits) * scales;
    lower -= fabs(lower) * SMALL + track->gamma * square;
    threshold = lower > threshold ? lower : threshold;
  }
  for (; hits != 0; hits &= hits - 1) {
    const int j = __builtin_ctz(hits);
    const int32_t score = m->score[member][j] - bias;
    if (!(upperOf(score, scales) < threshold))
      race->candidates[race->count++] = (Candidate){0, score - m->initial[j], (int32_t)(panelIndex * width + j)};
  }
  if (race->count >= CROWDED && race->label >= 0) {
    const double lead = leadOf(track, race, square);
    threshold = lead > threshold ? lead : threshold;
  }
  tile->threshold[member] = threshold;
}

/**
 * The same where the panel is reduced: its scores bound s from above only. The most promising is looked at by all columns first, as it
 * tells which others need not be.
 */
static inline void lookAt(const Track *track, int64_t slot, int64_t panelIndex, double scales, uint32_t hits, int member,
                          const Meeting *m, Tile *tile, Runner *runner) {
  const Session *s = track->s;
  const PackedCentroids *c = track->c;
  const int width = s->isa->width;
  const PackedRows *packed = &s->packed;
  const int8_t *row = packed->bytes + slot * packed->words * s->isa->group;
  const double square = packed->squares[slot];
  const int32_t bias = tile->bias[member];
  Race *race = &runner->race;
  double threshold = tile->threshold[member];
  if (race->count > CANDIDATES - width) {
    narrow(track, race, slot);
    if (race->count > CANDIDATES - width) settle(track, race, rowOf(s, packed->order[slot]));
  }
  int best = __builtin_ctz(hits);
  for (uint32_t others = hits; others != 0; others &= others - 1) {
    const int j = __builtin_ctz(others);
    if (m->score[member][j] > m->score[member][best]) best = j;
  }
  for (int j = best; hits != 0; j = hits == 0 ? 0 : __builtin_ctz(hits)) {
    hits &= ~(1u << j);
    if (upperOf(m->score[member][j] - bias, scales) < threshold) continue;
    const int32_t place = (int32_t)(panelIndex * width + j), id = c->order[place];
    const int32_t product = s->isa->product(row, c->singleWords + id * packed->words, packed->words) - packed->bias[slot];
    if (highest(s, c, slot, id, product, track->gamma) < threshold) continue;
    const double most = intervalOf(s, c, slot, id, product, track->gamma).most * (1 + MARGIN);
    const double lead = certified(square, most * most, track->gamma);
    threshold = lead > threshold ? lead : threshold;
    race->candidates[race->count++] = (Candidate){0, product, place};
  }
  tile->threshold[member] = threshold;
}
