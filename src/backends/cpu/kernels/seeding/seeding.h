/** A pass of k-means++: rows meet a few centers, and pairs whose D is below the row's closest are found. */
#pragma once
#include "api.h"
#include "screen/packing.h"

/** Rows of an item, packed together: their slots and numbers are the same range. */
#define RUN_ROWS SORT_ROWS

/** A row whose closest D falls to `distance`, which is center `center`'s. */
typedef struct {
  double distance;
  uint32_t row;
  int32_t center;
} Closer;

/** A pass over all rows, in items of RUN_ROWS. */
typedef struct {
  const Session *s;
  const float *centers;
  int64_t m;
  /** The centers packed, and per worker the words of a tile of rows; no panels: all pairs by float64 distances. */
  PackedCentroids packed;
  int32_t *tiles;
  const double *closest;
  /** Called on the item's thread, rows in any order. A row may come several times, each with a D below what `closest` holds then. */
  void (*found)(void *context, Closer);
  void *context;
  Control *control;
} SeedPass;

/** Looks at the rows of one item; ends early where the control says so. */
void seedItem(const SeedPass *, int64_t item, int worker);
