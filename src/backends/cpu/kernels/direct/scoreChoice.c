/**
 * Whether an E-step goes by scores: always in the place of differences, as long as they leave few rows open; instead of the screen where
 * that is estimated to take longer, on a sample of rows, in E-steps ever farther apart.
 */
#include "bound.h"
#include "direct/scores.h"
#include "screen/passing.h"

/** Scores are of no use where they leave more than one of so many rows open, of at least so many. */
#define MOST_OPEN 8
#define LEAST_MET 1024
/** Most E-steps between two looks. */
#define LONGEST_PAUSE 32
/** Columns up to which rows are laid side by side however few centroids they meet, and most columns a centroid otherwise. */
#define NARROW 64
#define LAID 8
/** Thresholds look this much farther than the label, by squares, until so many have passed (collect.h). */
#define FARTHER 1.1
#define CROWD 8
/**
 * Scores are taken where they cost less than this share of the screen, and left where they cost more. A change loses the bounds, so that
 * all rows meet all centroids once more, which is to pay within CHANGE_HORIZON E-steps after it.
 */
#define ADVANTAGE 0.8
#define CHANGE_HORIZON 8

/**
 * Nanoseconds of a thread besides Isa.times: a row by scores, a pair in values; a row on the screen, a pair there, one that passes in
 * values; packing a row, and per column, which is to pay within HORIZON E-steps.
 */
static const struct {
  double row, pair, screenRow, screened, passed, packed, packedColumn;
} COST = {40, 5, 100, 0.1, 3250, 60, 0.8};
#define HORIZON 4

/** How the E-step before bears on this one: the shares of rows that meet by scores, and of pairs that the screen looks at. */
typedef struct {
  double rows, pairs;
} Shares;

/** The sample's squared distances to their nearest centroids. */
static int reachOf(const Session *s, const float *centroids, int64_t k, double *reach) {
  float *scratch = allocate(NEAR_GROUP * s->d * 8);
  if (scratch == 0) return NO_MEMORY;
  for (int first = 0; first < SAMPLE; first += NEAR_GROUP) {
    const float *x[NEAR_GROUP + 4];
    Near near;
    for (int l = 0; l < NEAR_GROUP + 4; l++) x[l] = rowOf(s, sampled(s, (first + l) % SAMPLE));
    s->isa->nearby(x, centroids, k, s->d, scratch, &near);
    for (int l = 0; l < NEAR_GROUP; l++) reach[first + l] = near.best[l];
  }
  release(scratch);
  return DONE;
}

/** By the bounds of a sample of what the history has; without one all meets all. */
static int sharesOf(const Session *s, const float *centroids, int64_t k, Shares *shares) {
  const History *history = &s->history;
  const int64_t items = history->bySlot ? s->packed.bandCount * BAND_ROWS : s->n;
  *shares = (Shares){1, 1};
  if (history->k != k) return DONE;
  double *drifts = allocate(k * 8), most = 0;
  if (drifts == 0) return NO_MEMORY;
  for (int64_t j = 0; j < k; j++) {
    drifts[j] = driftOf(s, centroids, j);
    most = drifts[j] > most ? drifts[j] : most;
  }
  int64_t rows = 0, pairs = 0;
  for (int64_t r = 0; r < SAMPLE; r++) {
    const int64_t at = sampleRow(items, r, SAMPLE);
    const double gap = history->others[at] - history->own[at];
    rows += most > 0 && most >= gap;
    for (int64_t j = 0; j < k; j++) pairs += drifts[j] > 0 && drifts[j] >= gap;
  }
  release(drifts);
  *shares = (Shares){(double)rows / SAMPLE, (double)pairs / SAMPLE / (double)k};
  return DONE;
}

double scoreCost(const Session *s, int64_t k) {
  if (s->d > SCORED_DIMENSIONS || s->scoring.refused) return INFINITY;
  return COST.row + s->isa->times.score * ((double)s->d + COST.pair) * (double)k;
}

/** About how many pass; −1 without memory. */
static double passingAll(const Session *s, const float *centroids, int64_t k, double *reach) {
  const double close = passing(s, centroids, k, reach);
  for (int r = 0; r < SAMPLE; r++) reach[r] *= FARTHER;
  const double more = close < 0 ? -1 : passing(s, centroids, k, reach);
  return more < 0 ? -1 : more - close < CROWD ? more : close + CROWD;
}

/** Nanoseconds a row by the screen, where it looks at this share of the pairs. What is close by passes in late E-steps too, hence the root. */
static double screenedCost(const Session *s, int64_t k, double pairs, double passed) {
  const Times *times = &s->isa->times;
  const double d = (double)s->d, packing = s->packed.bytes == 0 ? (COST.packed + COST.packedColumn * d) / HORIZON : 0;
  return packing + COST.screenRow + pairs * (double)k * (COST.screened + times->screen * d) +
         sqrt(pairs) * passed * times->product * (COST.passed + d);
}

/** @return whether scores are quicker than the screen; −1 without memory */
static int quicker(const Session *s, const float *centroids, int64_t k) {
  double reach[SAMPLE];
  Shares shares;
  if (reachOf(s, centroids, k, reach) != DONE || sharesOf(s, centroids, k, &shares) != DONE) return -1;
  const double passed = passingAll(s, centroids, k, reach);
  if (passed < 0) return -1;
  const double all = scoreCost(s, k), here = shares.rows * all, there = screenedCost(s, k, shares.pairs, passed);
  const int taken = s->scoring.taken, bounded = s->history.k == k;
  if (!bounded) return here < (taken ? 1 : ADVANTAGE) * there;
  // The way that is gone has its bounds, the other one has to begin anew.
  const double gain = CHANGE_HORIZON * (s->history.bySlot ? ADVANTAGE * there - here : here - there);
  const double loss = s->history.bySlot ? all - there : screenedCost(s, k, 1, passed) - here;
  return (gain > loss) == s->history.bySlot;
}

int chooseScores(Session *s, const float *centroids, int64_t k, int screened) {
  Scoring *scoring = &s->scoring;
  if (s->d > SCORED_DIMENSIONS || (s->leads != LEADS_ESTIMATED && s->leads != SCORES_ALWAYS)) return 0;
  if (s->leads == SCORES_ALWAYS) return 1;
  if (scoring->refused || k < NEAR_CHAINS) return 0;
  if (!screened) return s->d <= NARROW || s->d <= LAID * k;
  if (scoring->k != k) *scoring = (Scoring){.k = k};
  if (scoring->wait-- > 0) return scoring->taken;
  scoring->wait = scoring->pause;
  scoring->pause = scoring->pause < LONGEST_PAUSE ? 2 * scoring->pause + 1 : LONGEST_PAUSE;
  const int answer = quicker(s, centroids, k);
  scoring->taken = answer > 0;
  return answer;
}

void settleScores(Session *s, int64_t met, int64_t left) {
  s->scoring.refused |= met >= LEAST_MET && left > met / MOST_OPEN;
}
