/** E-steps by scores in float32, a share of a pair's work in differences: of few columns, or where the screen would let too much pass. */
#pragma once
#include "api.h"

/** Packs k centroids, in one go: k·d values. @return DONE; OUT_OF_RANGE where scores could overflow; NO_MEMORY */
int packScored(const Session *, const float *centroids, int64_t k, ScoredCentroids *);
/** Result of packScored. */
#define OUT_OF_RANGE 3
void freeScored(ScoredCentroids *);

/** About the nanoseconds that a row takes by scores; infinite where it cannot go by them. */
double scoreCost(const Session *, int64_t k);
/** Whether an E-step goes by scores; screened: whether the other way is the screen. Any choice gives the same labels. */
int chooseScores(Session *, const float *centroids, int64_t k, int screened);
/** Tells how many rows met by scores, and how many of them these left open. */
void settleScores(Session *, int64_t met, int64_t left);
