/**
 * The E-step that goes by the leads, the columns of most spread: rows (leads.c), what is kept (leadHistory.c), whether it pays
 * (leadChoice.c).
 */
#pragma once
#include "api.h"
#include "isa/boxes.h"
#include "screen/packing.h"

/** Result of assignByLeads: another way is quicker, and nothing was done. */
#define DECLINED (-1)
/** Where bounds are kept for the next E-step, a search goes this much farther than the label, in squared distances. */
#define SEARCHED 1.3

/** What a session keeps from one such E-step to the next. */
struct Leading {
  /** Whether E-steps for k centroids go by the leads, how many more do so unasked, and how many after the next question. */
  int taken;
  int64_t k, wait, pause;
  /** Whether they keep bounds, and whether the session's history is of such an E-step: bounds per row, and `reach`. */
  int keeping, kept;
  /** Whether the last E-step went by the leads. */
  int last;
  /** Per centroid: the largest `own` of its rows. */
  float *reach;
  int64_t reachRoom;
};

/** What has happened around a centroid since the E-step before: how far it has come, and the farthest that another has which is not farther
 * away than `radius`. */
typedef struct {
  double drift, cut, radius;
} Neighbours;

/** An E-step underway. */
typedef struct {
  Session *s;
  const Boxes *boxes;
  Surroundings around;
  /** Only its values. */
  PackedCentroids c;
  const int32_t *previous;
  double gamma;
  /** Whether bounds are kept, and whether there are some of `previous`; then the neighbours of each centroid. */
  int keeping, followed;
  Neighbours *neighbours;
  int32_t *labels;
  /** Per worker: room for all centroids' numbers; the largest `own` of each centroid's rows. */
  int32_t *found;
  float *reach;
  Control *control;
  int64_t open;
} LeadStep;

/** What an E-step says of a row. */
typedef struct {
  int32_t label;
  /** Whether the definition was asked. */
  int32_t open;
  /** At least the distance to the label, at most that to any other. Without keeping they mean nothing. */
  float own, others;
} LeadResult;

/** Chooses the leads. @return the share of the centroids' spread that they hold; −1 without memory */
double chooseLeads(const Session *, const float *centroids, int64_t k, Boxes *);
/** Puts the centroids into boxes by the leads that were chosen. */
int makeBoxes(const Session *, const float *centroids, Boxes *);
void freeBoxes(Boxes *);

/** Finds what lies around each centroid, where searches can be expected to end there. */
int makeSurroundings(LeadStep *);
void freeSurroundings(Surroundings *);

/** An E-step by the leads. screened: whether the other way is the screen. */
int assignByLeads(Session *, const float *centroids, int64_t k, const int32_t *previous, int follows, int screened, int32_t *labels,
                  Control *, double *open);
/** One row; `search` is scratch, and adds up what was met. */
LeadResult labelByLeads(const LeadStep *, int64_t row, Search *search);

/** Looks at a sample of rows: sets what the session's `leading` says of the E-steps to come. */
int chooseWay(const LeadStep *, int screened);
/** Leaves things as they are for ever longer times. */
void lookLater(struct Leading *);

/** Finds the neighbours. */
int lookAround(LeadStep *);
/** What is known of a row without looking at it. @return whether that is all that is needed */
int spared(const LeadStep *, int64_t row, int32_t label, LeadResult *known);
/** Ends an E-step; without memory there is no history, and the next one does all. */
void keepHistory(LeadStep *);
