/** Packing centroids for scores (scoreLanes.h). */
#include "bound.h"
#include "direct/scores.h"

int packScored(const Session *s, const float *centroids, int64_t k, ScoredCentroids *c) {
  const int64_t d = s->d, room = (k + NEAR_CHAINS - 1) / NEAR_CHAINS * NEAR_CHAINS;
  const double share = scoreShare(d);
  *c = (ScoredCentroids){k, allocate(room * d * 4), allocate(room * 4), allocate(room * 4)};
  int result = c->values != 0 && c->half != 0 && c->gaps != 0 ? DONE : NO_MEMORY;
  for (int64_t j = 0; j < room && result == DONE; j++) {
    c->half[j] = INFINITY;
    if (j >= k) continue;
    double largest, square;
    s->isa->measure(centroids + j * d, s->mean, d, &largest, &square);
    if (!(square < SCORED_LIMIT)) result = OUT_OF_RANGE;
    c->half[j] = (float)(square * (0.5 - share) * (1 - 0x1p-22));
    c->gaps[j] = wider(square * (2 * share + 0x1p-22));
    float *values = c->values + j / NEAR_CHAINS * NEAR_CHAINS * d + j % NEAR_CHAINS;
    for (int64_t t = 0; t < d; t++) values[t * NEAR_CHAINS] = s->mean[t] - centroids[j * d + t];
  }
  if (result != DONE) freeScored(c);
  return result;
}

void freeScored(ScoredCentroids *c) {
  release(c->values);
  release(c->half);
  release(c->gaps);
  *c = (ScoredCentroids){0};
}
