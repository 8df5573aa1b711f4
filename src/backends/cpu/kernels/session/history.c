/** What an E-step leaves to the next one: its centroids, and per row bounds on distances (bound.h, 6). */
#include "bound.h"
#include "session/session.h"
#include <string.h>

/** Room for the bounds of all packed slots, which are at least as many as the rows. */
int makeHistory(Session *s) {
  History *history = &s->history;
  const int64_t slots = (s->n + BAND_ROWS - 1) / BAND_ROWS * BAND_ROWS;
  if (history->own == 0) history->own = allocate(slots * 4);
  if (history->others == 0) history->others = allocate(slots * 4);
  return history->own != 0 && history->others != 0;
}

void remember(Session *s, const float *centroids, int64_t k, int bySlot) {
  History *history = &s->history;
  if (history->room < k) {
    release(history->centroids);
    history->centroids = allocate(k * s->d * 4);
    history->room = history->centroids == 0 ? 0 : k;
  }
  if (history->room < k) return;
  memcpy(history->centroids, centroids, (size_t)(k * s->d) * 4);
  history->k = k;
  history->bySlot = bySlot;
}

double driftOf(const Session *s, const float *centroids, int64_t j) {
  const float *now = centroids + j * s->d, *before = s->history.centroids + j * s->d;
  if (memcmp(now, before, (size_t)s->d * 4) == 0) return 0;
  return sqrt(s->isa->distance(now, before, s->d)) * (1 + WIDE) + DBL_MIN;
}
