/**
 * The E-step: by leads where these pay; else screened, or in float32 where centroids are few or too much would pass. All give the same
 * labels.
 */
#include "api.h"
#include "bound.h"
#include "direct/direct.h"
#include "direct/few.h"
#include "direct/scores.h"
#include "eStep/screened.h"
#include "leads/leads.h"

/** About as many centroids as float32 takes in the time of one row's packing, own distance and race. */
#define FREE_CENTROIDS 20

/** Whether few rows come without labels, so probably once. Where tests ask for a way, or for the screen at any k, they get that. */
static int passBy(const Session *s, const int32_t *previous) {
  return s->n <= FEW_ROWS && previous == 0 && s->leads == LEADS_ESTIMATED && s->screenFrom > 0;
}

int fastkmeans_assign(Session *s, const float *centroids, int64_t k, const int32_t *previous, int follows, int32_t *labels,
                      Control *control, double *found) {
  found[0] = 0;
  forgetSeeding(s);
  const int screened = s->d <= MAX_DIMENSIONS && (k - FREE_CENTROIDS) * s->d > s->screenFrom;
  const int few = passBy(s, previous);
  int result = few                      ? assignFew(s, centroids, k, labels, control, found)
               : s->d > MAX_DIMENSIONS ? DECLINED
                                        : assignByLeads(s, centroids, k, previous, follows, screened, labels, control, found);
  if (result == DECLINED) {
    const int scored = chooseScores(s, centroids, k, screened);
    result = scored < 0             ? NO_MEMORY
             : screened && !scored ? assignScreened(s, centroids, k, previous, follows, labels, control, found)
                                   : assignDirect(s, centroids, k, follows ? previous : 0, scored, labels, control, found);
  }
  int64_t changed = previous == 0 ? s->n : 0;
  if (previous != 0)
    for (int64_t i = 0; i < s->n; i++) changed += labels[i] != previous[i];
  found[1] = (double)changed;
  return result;
}
