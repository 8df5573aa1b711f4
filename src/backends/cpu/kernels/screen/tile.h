/** What a tile of packed rows takes from its band. */
#pragma once
#include "bound.h"
#include "screen/packing.h"

/** perScale is 0 where the scales lie too far apart for a screen: then every threshold is to be −∞. */
static inline Measure measureOf(const Band *band, const PackedCentroids *c) {
  const double perScale = c->unit / band->scale;
  return (Measure){perScale > MAX_PER_SCALE ? 0 : (float)perScale, 1 / band->scale, band->rest, band->length, 0};
}

/** Puts a packed row into a tile. */
static inline void placeSlot(const Isa *isa, const PackedRows *packed, int64_t slot, int member, int32_t *tile) {
  isa->placeRow(packed->bytes + slot * packed->words * isa->group, packed->words, member, tile);
}

/** Words of a row from which on a screen may end early: below, the look at the sums costs more than it spares. */
#define EARLY_FROM 16

/** At least Σq² of a packed row behind `earlyWords`; later: Σq there times the centroids' bias. */
static inline float tailOf(const Isa *isa, const PackedRows *packed, int64_t slot, int32_t *later) {
  const int64_t group = isa->group, words = packed->words;
  const int8_t *bytes = packed->bytes + slot * words * group;
  int32_t sum = 0, plain = 0;
  for (int64_t t = earlyWords(words) * group; t < words * group; t++) {
    sum += bytes[t] * bytes[t];
    plain += bytes[t];
  }
  *later = plain * isa->bias;
  return upward(sum);
}

/** Rows by descending threshold: those that few centroids are near share tiles, whose screens may then end early. */
static inline void orderByThreshold(double *thresholds, int16_t *rows, int count) {
  for (int n = 1; n < count; n++) {
    const double threshold = thresholds[n];
    const int16_t row = rows[n];
    int at = n;
    for (; at > 0 && thresholds[at - 1] < threshold; at--) {
      thresholds[at] = thresholds[at - 1];
      rows[at] = rows[at - 1];
    }
    thresholds[at] = threshold;
    rows[at] = row;
  }
}

/** The members of a panel: not all of the last one's width is taken. */
static inline uint32_t membersOf(const PackedCentroids *c, int64_t panel, int width) {
  const int64_t count = c->k - panel * width;
  return count < width ? (1u << count) - 1 : UINT32_MAX;
}
