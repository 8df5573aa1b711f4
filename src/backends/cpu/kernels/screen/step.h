/** A screened E-step on its way, and its rows. */
#pragma once
#include "screen/race.h"

/** The screen looks this much farther than the label, as a share of its distance, for bounds that outlive the E-step. */
#define MARGIN 0.05
/** Rows fetched before they are read. */
#define FETCH_AHEAD 6

/** A row on its way through an E-step. */
typedef struct {
  Race race;
  /** T; and at most the distance to every centroid that is not met. */
  double threshold, unmet;
  /** Its class: which panels it meets. */
  int class;
} Runner;

struct Scratch;
struct Groups;

typedef struct {
  Session *s;
  /** What is screened: the session's packed rows, or reduced ones. */
  const PackedRows *rows;
  PackedCentroids *c;
  double gamma;
  const int32_t *previous;
  /** Whether the history is of these labels. */
  int followed;
  int32_t *labels;
  struct Scratch *scratch;
  /** Per worker: the words of a band's tiles. */
  int32_t *words;
  const Control *control;
  /** The groups of centroids, where rows meet them one by one; how many pairs of a row and a panel met. */
  struct Groups *groups;
  int64_t met, open;
} Step;

/** Finds out what is known of a band's rows before they meet any panel: label, distance, class and threshold (start.c). */
void startBand(const Step *, int64_t firstSlot, Runner *runners);
