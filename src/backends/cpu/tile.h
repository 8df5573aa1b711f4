/** What a tile of packed rows takes from its band. */
#pragma once
#include "bound.h"
#include "session.h"

/** Sets all but thresholds and biases. @return whether the scales lie too far apart for a screen: then every threshold is to be −∞ */
static inline int scaleTile(const Band *band, const PackedCentroids *c, Tile *tile) {
  const double perScale = c->unit / band->scale;
  const int blind = perScale > MAX_PER_SCALE;
  tile->perScale = blind ? 0 : (float)perScale;
  tile->inverse = 1 / band->scale;
  tile->rest = band->rest;
  tile->length = band->length;
  return blind;
}

/** The members of a panel: not all of the last one's width is taken. */
static inline uint32_t membersOf(const PackedCentroids *c, int64_t panel, int width) {
  const int64_t count = c->k - panel * width;
  return count < width ? (1u << count) - 1 : UINT32_MAX;
}
