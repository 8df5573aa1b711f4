/** Rows and centroids as the screen wants them: integers with a scale for those of similar magnitude (rows.c, panels.c). */
#pragma once
#include "session/session.h"

/** Most classes of centroids by drift. */
#define MAX_CLASSES 10

/** A beginning of the packed centroids that is enough for some rows. */
typedef struct {
  int64_t panels;
  /** No centroid behind them has drifted farther. */
  double cut;
} DriftClass;

/** One packed centroid, c − μ = scale·r + rest: ‖c − μ‖², ‖scale·r‖², and at least ‖c − μ‖ and ‖rest‖. */
typedef struct {
  double scale, square, length, norm, rest;
} Single;

/** Packed centroids: by class of drift, those that came farthest first, and by magnitude within. */
typedef struct {
  const float *values;
  int64_t k, panelCount;
  /** [panel][words][width] words. */
  int32_t *words;
  Panel *panels;
  /** Per centroid, and [centroid][words]: each on its own. */
  Single *singles;
  int32_t *singleWords;
  /** Whether a centroid cannot be reduced, and the panels are of no use. */
  int unfit;
  /** Place → centroid. */
  int32_t *order;
  /** The power of two that `Panel.half` is measured in. */
  double unit;
  /** Per centroid, at least how far it has come since the history's E-step; null: not known. */
  double *drift;
  /** Ever more panels; the last class has all of them. */
  DriftClass classes[MAX_CLASSES];
  int classCount;
} PackedCentroids;

/** Packs the session's rows, once. */
int packRows(Session *, Control *);
/**
 * Packs k centroids; `drifts`: in classes of their distance to the history's; order: the centroid of each place, if that is to stay. Panels
 * are reduced where there is a reduction.
 */
int packCentroids(const Session *, const float *values, int64_t k, int drifts, const int32_t *order, const struct Reduction *,
                  PackedCentroids *, Control *);
void freeCentroids(PackedCentroids *);
