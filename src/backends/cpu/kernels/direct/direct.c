/**
 * The E-step of few centroids, where packing costs more than it spares, or of data that the screen is bad at: scores where they were chosen
 * (bound.h, 13), then float32 distances (floats.h), the definition where these leave the label open (bound.h, 8). Rows that the E-step
 * before proves to stay are not looked at (bound.h, 6). Parallel over runs of rows.
 */
#include "bound.h"
#include "direct/direct.h"
#include "direct/scores.h"
#include "session/threads.h"
#include <string.h>

/** Largest work (values of x times centroids) of a run, and its most rows. */
#define DIRECT_GRAIN (1 << 22)
#define RUN_ROWS 2048
/** k·d from which on bounds are kept: of less, all distances take no longer than they. */
#define BOUNDS_FROM 64

typedef struct {
  Session *s;
  const float *centroids;
  int64_t k, grain;
  /** Whether bounds are kept. */
  int bounded;
  /**
   * What is known of the centroids since the E-step of `previous`: nothing, how far they have come, or that they are the same to the bit.
   */
  enum { UNKNOWN, FOLLOWED, SAME } known;
  Followed drift;
  NearErrors errors;
  /** values: null without scores. */
  ScoredCentroids scored;
  ScoreErrors scoreErrors;
  const int32_t *previous;
  int32_t *labels;
  /** The centroids, for the definition. */
  double *wide;
  /** NEAR_GROUP·d values a worker. */
  double *scratch;
  /** Rows that needed the definition; that met by scores, and that these left open. */
  int64_t open, met, left;
} Direct;

/** Takes what float32 tells of a group of rows; those that it leaves open are added to `open`. @return how many there are */
static inline int take(const Direct *p, int64_t first, const int32_t *rows, int count, const Near *near, int32_t *open) {
  const History *history = &p->s->history;
  int opened = 0;
  for (int l = 0; l < count; l++) {
    p->labels[first + rows[l]] = near->label[l];
    open[opened] = rows[l];
    opened += near->open[l];
  }
  if (p->bounded)
    for (int l = 0; l < count; l++) {
      history->own[first + rows[l]] = near->own[l];
      history->others[first + rows[l]] = near->others[l];
    }
  return opened;
}

/** Meets rows in float32, by scores or differences. @return how many that leaves open */
static int meetRows(const Direct *p, int64_t first, const int32_t *rows, int count, int scored, float *scratch, int32_t *open) {
  const Session *s = p->s;
  int opened = 0;
  for (int at = 0; at < count; at += NEAR_GROUP) {
    const float *x[NEAR_GROUP + 4];
    Near near;
    for (int l = 0; l < NEAR_GROUP + 4; l++) x[l] = rowOf(s, first + rows[at + l < count ? at + l : at]);
    if (scored) {
      s->isa->score(x, s->mean, &p->scored, s->d, scratch, &near);
      s->isa->concludeScores(&near, &p->scoreErrors, p->scored.gaps, p->bounded);
    } else {
      s->isa->nearby(x, p->centroids, p->k, s->d, scratch, &near);
      s->isa->conclude(&near, &p->errors, p->bounded);
    }
    opened += take(p, first, rows + at, count - at < NEAR_GROUP ? count - at : NEAR_GROUP, &near, open + opened);
  }
  return opened;
}

/** Labels by the definition. */
static void define(const Direct *p, int64_t first, const int32_t *open, int count, double *scratch) {
  const Session *s = p->s;
  for (int at = 0; at < count; at += 8) {
    const float *rows[8];
    int32_t labels[8];
    const int some = count - at < 8 ? count - at : 8;
    for (int l = 0; l < some; l++) rows[l] = rowOf(s, first + open[at + l]);
    s->isa->nearest(rows, some, p->wide, p->k, s->d, scratch, labels);
    for (int l = 0; l < some; l++) p->labels[first + open[at + l]] = labels[l];
  }
}

static void assignRun(void *context, int64_t item, int worker) {
  Direct *p = context;
  const Session *s = p->s;
  const int64_t first = item * p->grain;
  const int size = (int)(first + p->grain < s->n ? p->grain : s->n - first);
  double *scratch = p->scratch + worker * NEAR_GROUP * s->d;
  int32_t rows[RUN_ROWS], open[RUN_ROWS + NEAR_GROUP];
  int count = size;
  if (p->known != UNKNOWN) memcpy(p->labels + first, p->previous + first, (size_t)size * 4);
  if (p->known == SAME) return;
  if (p->known == FOLLOWED)
    count = s->isa->follow(&p->drift, p->previous + first, size, s->history.own + first, s->history.others + first, rows);
  else
    for (int i = 0; i < size; i++) rows[i] = i;
  if (p->scored.values != 0) {
    const int left = meetRows(p, first, rows, count, 1, (float *)scratch, open);
    memcpy(rows, open, (size_t)left * 4);
    __atomic_fetch_add(&p->met, count, __ATOMIC_RELAXED);
    __atomic_fetch_add(&p->left, left, __ATOMIC_RELAXED);
    count = left;
  }
  const int opened = meetRows(p, first, rows, count, 0, (float *)scratch, open);
  define(p, first, open, opened, scratch);
  __atomic_fetch_add(&p->open, opened, __ATOMIC_RELAXED);
}

/** For each centroid how far it has come, and the farthest of the others; drifts: 2k values. */
static void measureDrifts(Direct *p, float *drifts) {
  const int64_t k = p->k;
  float *own = drifts, *others = drifts + k;
  float first = 0, second = 0;
  int64_t farthest = 0;
  for (int64_t j = 0; j < k; j++) {
    const double drift = driftOf(p->s, p->centroids, j);
    own[j] = drift == 0 ? 0 : wider(drift);
    if (own[j] > first) {
      second = first;
      first = own[j];
      farthest = j;
    } else if (own[j] > second) second = own[j];
  }
  for (int64_t j = 0; j < k; j++) others[j] = j == farthest ? second : first;
  p->drift = (Followed){own, others};
  p->known = first == 0 ? SAME : FOLLOWED;
}

int assignDirect(Session *s, const float *centroids, int64_t k, const int32_t *previous, int scored, int32_t *labels, Control *control,
                 double *open) {
  const int64_t d = s->d, rows = DIRECT_GRAIN / (k * d) / NEAR_GROUP * NEAR_GROUP;
  Direct p = {.s = s, .centroids = centroids, .k = k, .grain = rows < NEAR_GROUP ? NEAR_GROUP : rows > RUN_ROWS ? RUN_ROWS : rows};
  p.labels = labels;
  p.previous = previous;
  p.errors = (NearErrors){nearMore(d), nearLess(d), (float)nearTiny(d)};
  p.bounded = k * d >= BOUNDS_FROM && d <= MAX_DIMENSIONS && makeHistory(s);
  p.wide = allocate(k * d * 8);
  p.scratch = allocate(s->threads * NEAR_GROUP * d * 8);
  p.scoreErrors = (ScoreErrors){scoreShare(d), scoreTiny(d)};
  float *drifts = p.bounded && previous != 0 && s->history.k == k && !s->history.bySlot ? allocate(k * 8) : 0;
  int result = scored ? packScored(s, centroids, k, &p.scored) : DONE;
  s->scoring.refused |= result == OUT_OF_RANGE;
  if (result != NO_MEMORY) result = p.wide != 0 && p.scratch != 0 ? DONE : NO_MEMORY;
  if (result == DONE) {
    if (drifts != 0) measureDrifts(&p, drifts);
    for (int64_t i = 0; i < k * d; i++) p.wide[i] = centroids[i];
    s->history.k = 0;
    control->items = (int32_t)((s->n + p.grain - 1) / p.grain);
    result = spread(threadsFor(s, (double)s->n * (double)d * (1 + (double)k / s->isa->floats)), control->items, control, assignRun, &p);
    if (result == DONE && p.bounded) remember(s, centroids, k, 0);
    if (result == DONE && p.scored.values != 0) settleScores(s, p.met, p.left);
  }
  release(p.wide);
  release(p.scratch);
  release(drifts);
  freeScored(&p.scored);
  *open = (double)p.open;
  return result;
}
