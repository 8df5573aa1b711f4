/**
 * Groups of near centroids, one a panel, and a bound for each row and group (bound.h, 11): in late iterations a row meets few of them,
 * where the points' own dimension is low, as that of images. What is kept (groups.c), whether it pays (groupChoice.c), the screen
 * (groupScreen.c).
 */
#pragma once
#include "screen/step.h"

/** Slots of the sample on which is decided. */
#define GROUP_SAMPLE 24

/** What a session keeps from one E-step to the next, from a cold one on. */
struct Groups {
  int64_t k, count;
  /** Whether the last E-step went by groups, and the next one does; how many go by until that is asked, and how many after that. */
  int taken;
  int64_t wait, pause;
  /** Place → centroid. */
  int32_t *order;
  /** Of distances here: a power of two. */
  double unit;
  /**
   * Per group: at least how far a member has come since the first of these E-steps, in units; whether none has moved since the last one.
   */
  int32_t *drift;
  int8_t *still;
  /** [band][group][BAND_ROWS]: at most the distance of the row to any member, in units, plus `drift` at the time; 0: not known. */
  uint16_t *bounds;
};

/** Of the bounds of k centroids. */
int64_t boundBytes(const Session *, int64_t k);
/** The groups of these centroids, those of before where there are any; null without memory. */
struct Groups *orderGroups(Session *, const PackedCentroids *);
/** The farthest that a member of a group has come since the E-step before. */
double farthestOf(const struct Groups *, const PackedCentroids *, int64_t group, int width);
/** The centroids' order where this E-step goes by groups, which then are the step's; else null. */
const int32_t *groupOrder(Step *, int64_t k);
/** Gives the step the groups, without bounds yet. @return DONE or NO_MEMORY */
int makeGroups(Step *);
/** Takes in what the members have moved. */
void followGroups(const Step *);
/** Whether they have moved so much that 16 bits do not hold the bounds for long. */
int wornOut(const struct Groups *);

/** Whether there are enough rows and centroids for groups. */
int enoughForGroups(const Session *, int64_t k);
/** Whether E-steps from now on had better go by groups. */
int worthGrouping(const Step *);
/** Ends an E-step: decides whether the next one goes by groups. */
void settleGroups(const Step *, int result);

/** Meets the band's rows with the panels that may hold their labels. words: room for the band's tiles and one more. */
void screenGroups(Step *, const Track *, int64_t firstSlot, Runner *, Meeting *, int32_t *words);
