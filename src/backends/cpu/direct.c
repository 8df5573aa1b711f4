/**
 * The E-step of few centroids, where packing costs more than it spares: float32 distances (floats.h), the definition where these leave the
 * label open (bound.h, 8). Rows that the E-step before proves to stay are not looked at (bound.h, 6). Parallel over runs of rows.
 */
#include "assign.h"
#include "bound.h"
#include "threads.h"

/** Largest work (values of x times centroids) of a run, and its most rows. */
#define DIRECT_GRAIN (1 << 22)
#define RUN_ROWS 2048
/** k·d from which on bounds are kept: of less, all distances take no longer than they. */
#define BOUNDS_FROM 64

/** What a row needs to know of its label's centroid: how far it has come, and the farthest that another has. */
typedef struct {
  double own, others;
} Drift;

typedef struct {
  Session *s;
  const float *centroids;
  int64_t k, grain;
  /** Whether bounds are kept; drift: of the centroids since the E-step of `previous`, or null. */
  int bounded;
  const Drift *drift;
  const int32_t *previous;
  int32_t *labels;
  /** The centroids, for the definition. */
  double *wide;
  /** NEAR_GROUP·d values a worker. */
  double *scratch;
  int64_t open;
} Direct;

/** Whether a row stays; its bounds follow the centroids. */
static inline int stays(const Direct *p, int64_t i) {
  History *history = &p->s->history;
  const Drift drift = p->drift[p->previous[i]];
  if (drift.own == 0 && drift.others == 0) return 1;
  const float own = wider(history->own[i] + drift.own), others = narrower(history->others[i] - drift.others);
  history->own[i] = own;
  history->others[i] = others;
  return others > own * (1 + WIDE);
}

/** Takes what float32 tells of a row, the l-th of its group. @return whether it tells the label */
static inline int conclude(const Direct *p, int64_t i, const Near *near, int l, double gamma, double tiny) {
  const double second = near->second[l] < FLT_MAX ? near->second[l] : FLT_MAX;
  const double most = near->best[l] * (1 + gamma) + tiny, least = second * (1 - gamma) - tiny;
  const int certain = least > most;
  p->labels[i] = near->label[l];
  if (p->bounded) {
    const double best = near->best[l] < FLT_MAX ? near->best[l] : FLT_MAX, others = certain ? least : best * (1 - gamma) - tiny;
    p->s->history.own[i] = wider(sqrt(most));
    p->s->history.others[i] = others > 0 ? narrower(sqrt(others)) : 0;
  }
  return certain;
}

/** Labels by the definition. */
static void define(const Direct *p, const int64_t *open, int64_t count, double *scratch) {
  const Session *s = p->s;
  for (int64_t at = 0; at < count; at += 8) {
    const float *rows[8];
    int32_t labels[8];
    const int some = count - at < 8 ? (int)(count - at) : 8;
    for (int l = 0; l < some; l++) rows[l] = rowOf(s, open[at + l]);
    s->isa->nearest(rows, some, p->wide, p->k, s->d, scratch, labels);
    for (int l = 0; l < some; l++) p->labels[open[at + l]] = labels[l];
  }
}

static void assignRun(void *context, int64_t item, int worker) {
  Direct *p = context;
  const Session *s = p->s;
  const int64_t first = item * p->grain, last = first + p->grain < s->n ? first + p->grain : s->n;
  const double gamma = nearGamma(s->d), tiny = nearTiny(s->d);
  double *scratch = p->scratch + worker * NEAR_GROUP * s->d;
  int64_t rows[RUN_ROWS], open[RUN_ROWS];
  int64_t count = 0, opened = 0;
  for (int64_t i = first; i < last; i++) {
    if (p->drift != 0 && stays(p, i)) p->labels[i] = p->previous[i];
    else rows[count++] = i;
  }
  for (int64_t at = 0; at < count; at += NEAR_GROUP) {
    const float *x[NEAR_GROUP + 4];
    Near near;
    for (int l = 0; l < NEAR_GROUP + 4; l++) x[l] = rowOf(s, rows[at + l < count ? at + l : at]);
    s->isa->nearby(x, p->centroids, p->k, s->d, (float *)scratch, &near);
    for (int l = 0; l < NEAR_GROUP && at + l < count; l++)
      if (!conclude(p, rows[at + l], &near, l, gamma, tiny)) open[opened++] = rows[at + l];
  }
  define(p, open, opened, scratch);
  __atomic_fetch_add(&p->open, opened, __ATOMIC_RELAXED);
}

/** For each centroid its drift and the farthest of the others. */
static void measureDrifts(const Session *s, const float *centroids, int64_t k, Drift *drift) {
  double first = 0, second = 0;
  int64_t farthest = 0;
  for (int64_t j = 0; j < k; j++) {
    const double own = drift[j].own = driftOf(s, centroids, j);
    if (own > first) {
      second = first;
      first = own;
      farthest = j;
    } else if (own > second) second = own;
  }
  for (int64_t j = 0; j < k; j++) drift[j].others = j == farthest ? second : first;
}

int assignDirect(Session *s, const float *centroids, int64_t k, const int32_t *previous, int32_t *labels, Control *control, double *open) {
  const int64_t d = s->d, rows = DIRECT_GRAIN / (k * d) / NEAR_GROUP * NEAR_GROUP;
  Direct p = {.s = s, .centroids = centroids, .k = k, .grain = rows < NEAR_GROUP ? NEAR_GROUP : rows > RUN_ROWS ? RUN_ROWS : rows};
  p.labels = labels;
  p.previous = previous;
  p.bounded = k * d >= BOUNDS_FROM && d <= MAX_DIMENSIONS && makeHistory(s);
  p.wide = allocate(k * d * 8);
  p.scratch = allocate(s->threads * NEAR_GROUP * d * 8);
  Drift *drift = p.bounded && previous != 0 && s->history.k == k ? allocate(k * (int64_t)sizeof *drift) : 0;
  p.drift = drift;
  int result = NO_MEMORY;
  if (p.wide != 0 && p.scratch != 0) {
    if (drift != 0) measureDrifts(s, centroids, k, drift);
    for (int64_t i = 0; i < k * d; i++) p.wide[i] = centroids[i];
    s->history.k = 0;
    control->items = (int32_t)((s->n + p.grain - 1) / p.grain);
    result = spread(s->threads, control->items, control, assignRun, &p);
    if (result == DONE && p.bounded) remember(s, centroids, k);
  }
  release(p.wide);
  release(p.scratch);
  release(drift);
  *open = (double)p.open;
  return result;
}
