/** What a tile of packed rows takes from its band. */
#pragma once
#include "bound.h"
#include "session.h"

/** perScale is 0 where the scales lie too far apart for a screen: then every threshold is to be −∞. */
static inline Measure measureOf(const Band *band, const PackedCentroids *c) {
  const double perScale = c->unit / band->scale;
  return (Measure){perScale > MAX_PER_SCALE ? 0 : (float)perScale, 1 / band->scale, band->rest, band->length};
}

/** Puts a packed row into a tile. */
static inline void placeSlot(const Session *s, int64_t slot, int member, int32_t *tile) {
  s->isa->placeRow(s->packed.bytes + slot * s->packed.words * s->isa->group, s->packed.words, member, tile);
}

/** The members of a panel: not all of the last one's width is taken. */
static inline uint32_t membersOf(const PackedCentroids *c, int64_t panel, int width) {
  const int64_t count = c->k - panel * width;
  return count < width ? (1u << count) - 1 : UINT32_MAX;
}
