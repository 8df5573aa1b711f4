/** What a packed row and a packed centroid tell of their distance, without a look at either's values (bound.h, 7). */
#pragma once
#include "bound.h"
#include "screen/packing.h"

/** At least and at most a distance. */
typedef struct {
  double least, most;
} Interval;

/** product: q·r. */
static inline Interval intervalOf(const Session *s, const PackedCentroids *c, int64_t slot, int64_t centroid, int32_t product,
                                  double gamma) {
  const Band *band = s->packed.bands + slot / BAND_ROWS;
  const Single *single = c->singles + centroid;
  const double square = s->packed.squares[slot], rest = band->scale * band->rest;
  const double squares = band->scale * band->scale * s->packed.lengths[slot] + single->length;
  const double twice = 2.0 * product * (band->scale * single->scale), apart = squares - twice, small = squares * SMALL;
  const double centre = square + single->square - twice;
  const double around = 2 * (rest * single->norm + band->scale * band->length * single->rest) + gamma * (squares + square + single->square);
  const double triangle = rest + single->rest;
  if (around * around < 4 * apart * triangle * triangle)
    return (Interval){centre > around ? sqrt(centre - around) * (1 - WIDE) : 0, sqrt(centre + around) * (1 + WIDE)};
  const double least = apart > small ? sqrt(apart - small) * (1 - WIDE) - triangle : 0;
  return (Interval){least > 0 ? least * (1 - WIDE) : 0, (sqrt(apart > 0 ? apart + small : small) + triangle) * (1 + WIDE)};
}

/** At most s + εC² of bound.h, 4, as the screen of all columns would have it: from (3), in float64. */
static inline double highest(const Session *s, const PackedCentroids *c, int64_t slot, int64_t centroid, int32_t product, double gamma) {
  const Band *band = s->packed.bands + slot / BAND_ROWS;
  const Single *single = c->singles + centroid;
  const double scales = band->scale * single->scale, around = band->scale * (band->rest * single->norm + band->length * single->rest);
  const double squares = band->scale * band->scale * s->packed.lengths[slot] + single->length + s->packed.squares[slot] + single->square;
  return product * scales + around - 0.5 * single->square + 4 * gamma * squares;
}

/** intervalOf, from the packed values. */
static inline Interval meet(const Session *s, const PackedCentroids *c, int64_t slot, int64_t centroid, double gamma) {
  const PackedRows *packed = &s->packed;
  const int8_t *row = packed->bytes + slot * packed->words * s->isa->group;
  const int32_t product = s->isa->product(row, c->singleWords + centroid * packed->words, packed->words) - packed->bias[slot];
  return intervalOf(s, c, slot, centroid, product, gamma);
}
