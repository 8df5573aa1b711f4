/**
 * Centroids in boxes, by the columns that hold most of their spread (the leads): groups of eight, eight groups to a box, eight boxes to a
 * larger one. A row's search opens only what may hold its label (bound.h, 10).
 */
#pragma once
#include "bound.h"

/** Most leads: so many columns or fewer are all leads, and sums over the leads are the definition's. */
#define ALL_LEADS 8
/** Leads of more columns than that. */
#define SOME_LEADS 4
/** Members of a group, groups of a box, and so on: the lanes of lanes.h. */
#define FANOUT 8
/** Boxes that a search begins with at most, and the levels that k < 2^31 needs above them. */
#define MOST_ROOTS 32
#define MOST_LEVELS 10

typedef struct {
  int64_t k;
  /** Lead → column, ascending. */
  int32_t columns[ALL_LEADS];
  int leads;
  /** Whether all columns are leads. */
  int complete;
  /** Levels of boxes: those of level 0 hold groups. Box b of level l holds boxes 8b … 8b + 7 of level l − 1; `roots` eights are on top. */
  int levels;
  int64_t roots;
  /** Per level the number of boxes, and [boxes ÷ 8][leads][low, high][8]; without a box infinitely far away. */
  int64_t counts[MOST_LEVELS];
  float *bounds[MOST_LEVELS];
  /** [groups][leads][8], and whose they are; the last group repeats its first member. */
  double *members;
  int32_t *ids;
} Boxes;

/** Around every centroid the nearest others, as groups, where all columns are leads (surroundings.c). */
typedef struct {
  /** Groups of each; 0: none are known. */
  int eights;
  /** Group e of centroid j is number j·eights + e; no boxes lie above them. */
  Boxes lists;
  /** [k][eights + 1]: at most the squared distance to any centroid that is not in the first e groups. */
  double *beyond;
} Surroundings;

/** A row's search. */
typedef struct {
  /** Its leads. */
  double x[ALL_LEADS];
  float lead[ALL_LEADS];
  /** What has a larger sum over the leads is not met; nor, in float32, a larger one than `rough`. */
  double bound;
  float rough;
  /** Where all columns are leads: the best so far and its D, which the bound follows, times `margin`; at most D of all others met. */
  int32_t label;
  double best, margin, others;
  /** (1 + √margin)²: what lies so much farther from the label than the row does, in squared distances, is not met. */
  double apart;
  /** Else: the centroids within the bound. */
  int32_t count, *found;
  /** Eights that were met, and centroids that were looked at by all columns; for estimates. */
  int64_t met, looked;
} Search;

/** The leads of what is searched for. */
static inline void aimSearch(const Boxes *b, const float *x, Search *s) {
  for (int l = 0; l < b->leads; l++) s->x[l] = s->lead[l] = x[b->columns[l]];
}

/** How much farther than its best so far a search goes, in squared distances. */
static inline void widenSearch(double margin, Search *s) {
  s->margin = margin;
  s->apart = (1 + sqrt(margin)) * (1 + sqrt(margin));
}

static inline void boundSearch(const Boxes *b, double bound, Search *s) {
  s->bound = bound;
  s->rough = (float)(roughly(bound, b->leads) * (1 + FLT_EPSILON));
}
