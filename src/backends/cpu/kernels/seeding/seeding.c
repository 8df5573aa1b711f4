/**
 * The passes of k-means++, as src/backends/hostSeeding.ts makes them, parallel over items of rows (seedPass.c). Potentials are sums of
 * integers, exact in any order: that of all rows as they stand, and for every pair that lowers a row's D the difference it makes. These
 * pairs are noted, since the best candidate is the next center: to take it in is then to read its notes.
 */
#include "bound.h"
#include "seeding/seeding.h"
#include "session/threads.h"
#include <string.h>

/** Notes per item: in the first rounds, where most candidates lower most rows, there are more, and the item is looked at again. */
#define NOTES (RUN_ROWS / 2)

/** Float64 values of two cache lines, which processors fetch together. */
#define PADDING 16
/** Packing pays at a SOONER-th of the work that an E-step needs for it: without, distances are float64's, and there are many passes. */
#define SOONER 6

/** Candidates of the last potentials, and per item the pairs found; count −1: there were more. */
struct Seeding {
  int64_t m;
  /** Whether `closest` has not changed since. */
  int valid;
  float *candidates;
  Closer *notes;
  int32_t *counts;
};

typedef struct {
  Session *s;
  const double *weights;
  double *closest;
  double scale;
  int64_t m;
  /** Per worker, on cache lines of its own: m sums, and that of all rows. */
  double *sums;
  int64_t stride;
  /** Center whose notes are taken in; −1: none. */
  int64_t center;
} Round;

static int64_t itemsOf(const Session *s) { return (s->n + RUN_ROWS - 1) / RUN_ROWS; }

static int64_t rowsOf(const Session *s, int64_t item) {
  const int64_t left = s->n - item * RUN_ROWS;
  return left < RUN_ROWS ? left : RUN_ROWS;
}

static inline double rounded(const Round *p, uint32_t row, double distance) {
  return rint((p->weights == 0 ? distance : p->weights[row] * distance) * p->scale);
}

void forgetSeeding(Session *s) {
  if (s->seeding == 0) return;
  release(s->seeding->candidates);
  release(s->seeding->notes);
  release(s->seeding->counts);
  release(s->seeding);
  s->seeding = 0;
}

/** Room for m candidates and the notes on them. @return 0 without memory */
static int makeSeeding(Session *s, int64_t m) {
  if (s->seeding != 0 && s->seeding->m == m) return 1;
  forgetSeeding(s);
  struct Seeding *seeding = s->seeding = allocate(sizeof *seeding);
  if (seeding == 0) return 0;
  *seeding = (struct Seeding){m, 0, allocate(m * s->d * 4), allocate(itemsOf(s) * NOTES * (int64_t)sizeof(Closer)),
                              allocate(itemsOf(s) * 4)};
  if (seeding->candidates != 0 && seeding->notes != 0 && seeding->counts != 0) return 1;
  forgetSeeding(s);
  return 0;
}

/** Packs the rows where that has not been done, and the centers. Few dimensions are quicker without (no panels then). */
static int packSeeds(Session *s, SeedPass *pass) {
  const int wanted = s->packed.bytes != 0 || SOONER * pass->m * s->d > s->screenFrom;
  if (!wanted || pass->m == 0 || s->d > MAX_DIMENSIONS || pass->closest[0] == INFINITY) return DONE;
  int result = s->packed.bytes == 0 ? packRows(s, pass->control) : DONE;
  if (result == DONE) result = packCentroids(s, pass->centers, pass->m, 0, 0, 0, &pass->packed, pass->control);
  if (result != DONE) return result;
  // Behind the last, room that is never used: of the plain C screen GCC 12 makes loads that reach two rows beyond the four of a tile.
  pass->tiles = allocate((s->threads * s->isa->rows + MAX_ROWS) * s->packed.words * 4);
  return pass->tiles == 0 ? NO_MEMORY : DONE;
}

static void freeSeeds(SeedPass *pass) {
  freeCentroids(&pass->packed);
  release(pass->tiles);
}

static void lower(void *context, Closer pair) {
  ((Round *)context)->closest[pair.row] = pair.distance;
}

static void seedRows(void *context, int64_t item, int worker) {
  const SeedPass *pass = context;
  const Round *p = pass->context;
  const struct Seeding *seeding = p->s->seeding;
  if (p->center < 0 || seeding->counts[item] < 0) {
    seedItem(pass, item, worker);
    return;
  }
  const Closer *notes = seeding->notes + item * NOTES;
  for (int i = 0; i < seeding->counts[item]; i++)
    if (notes[i].center == p->center) p->closest[notes[i].row] = notes[i].distance;
}

int fastkmeans_seed(Session *s, const float *centers, int64_t m, int anew, const double *weights, double *closest, double *largest,
                    Control *control) {
  if (anew)
    for (int64_t i = 0; i < s->n; i++) closest[i] = INFINITY;
  Round round = {.s = s, .weights = weights, .closest = closest, .center = -1};
  int64_t open = itemsOf(s);
  if (s->seeding != 0 && s->seeding->valid && m == 1 && !anew) {
    for (int64_t j = 0; j < s->seeding->m && round.center < 0; j++)
      if (memcmp(s->seeding->candidates + j * s->d, centers, (size_t)s->d * 4) == 0) round.center = j;
    if (round.center >= 0) open = 0;
    for (int64_t item = 0; item < itemsOf(s) && round.center >= 0; item++) open += s->seeding->counts[item] < 0;
  }
  SeedPass pass = {.s = s, .centers = centers, .m = m, .closest = closest, .found = lower, .context = &round, .control = control};
  int result = open > 0 ? packSeeds(s, &pass) : DONE;
  const int threads = open == 0 ? threadsFor(s, 0.4 * (double)s->n) : s->threads;
  if (result == DONE) result = spread(threads, itemsOf(s), control, seedRows, &pass);
  *largest = s->isa->largest(closest, weights, 0, s->n);
  freeSeeds(&pass);
  if (s->seeding != 0) s->seeding->valid = 0;
  return result;
}

/** What an item has found, apart from what other threads write to. */
typedef struct {
  const Round *round;
  double *sums;
  Closer *notes;
  int32_t count;
} Finding;

static void note(void *context, Closer pair) {
  Finding *finding = context;
  const Round *p = finding->round;
  finding->sums[pair.center] += rounded(p, pair.row, pair.distance) - rounded(p, pair.row, p->closest[pair.row]);
  if (finding->count == NOTES) finding->count = -1;
  if (finding->count >= 0) finding->notes[finding->count++] = pair;
}

static void comparePotentials(void *context, int64_t item, int worker) {
  SeedPass pass = *(const SeedPass *)context;
  const Round *p = pass.context;
  const int64_t first = item * RUN_ROWS;
  Finding finding = {p, p->sums + worker * p->stride, p->s->seeding->notes + item * NOTES, 0};
  pass.context = &finding;
  finding.sums[p->m] += p->s->isa->roundedSum(p->closest + first, p->weights == 0 ? 0 : p->weights + first, p->scale, rowsOf(p->s, item));
  seedItem(&pass, item, worker);
  p->s->seeding->counts[item] = finding.count;
}

int fastkmeans_potentials(Session *s, const float *candidates, int64_t m, const double *weights, const double *closest, double scale,
                          double *sums, Control *control) {
  Round round = {.s = s, .weights = weights, .closest = (double *)closest, .scale = scale, .m = m};
  round.stride = (m + 1 + PADDING) / PADDING * PADDING;
  round.sums = allocate(s->threads * round.stride * 8);
  SeedPass pass = {.s = s, .centers = candidates, .m = m, .closest = closest, .found = note, .context = &round, .control = control};
  int result = round.sums != 0 && makeSeeding(s, m) ? packSeeds(s, &pass) : NO_MEMORY;
  if (result == DONE) result = spread(s->threads, itemsOf(s), control, comparePotentials, &pass);
  if (s->seeding != 0) s->seeding->valid = result == DONE;
  if (result == DONE) memcpy(s->seeding->candidates, candidates, (size_t)(m * s->d) * 4);
  for (int64_t j = 0; result == DONE && j < m; j++) {
    sums[j] = 0;
    for (int worker = 0; worker < s->threads; worker++)
      sums[j] += round.sums[worker * round.stride + j] + round.sums[worker * round.stride + m];
  }
  release(round.sums);
  freeSeeds(&pass);
  return result;
}

/** Σ rint(w·closest·scale) of one block, in `sums` by item. */
static void sumItem(void *context, int64_t item, int worker) {
  (void)worker;
  const Round *p = context;
  const int64_t first = item * RUN_ROWS;
  const double *weights = p->weights == 0 ? 0 : p->weights + first;
  p->sums[item] = p->s->isa->roundedSum(p->closest + first, weights, p->scale, rowsOf(p->s, item));
}

int fastkmeans_pick(Session *s, const double *uniforms, int64_t count, const double *weights, const double *closest, double scale,
                    uint32_t *rows) {
  const int64_t items = itemsOf(s);
  Round round = {.s = s, .weights = weights, .closest = (double *)closest, .scale = scale, .sums = allocate(items * 8)};
  if (round.sums == 0) return NO_MEMORY;
  const int result = spread(threadsFor(s, 0.4 * (double)s->n), items, 0, sumItem, &round);
  double total = 0, running = 0;
  for (int64_t item = 0; item < items; item++) total += round.sums[item];
  int64_t next = 0;
  for (int64_t i = 0; i < count; i++) rows[i] = 0;
  for (int64_t item = 0; item < items && next < count; item++) {
    if (running + round.sums[item] <= floor(uniforms[next] * total)) {
      running += round.sums[item];
      continue;
    }
    const int64_t last = item * RUN_ROWS + rowsOf(s, item);
    for (int64_t i = item * RUN_ROWS; i < last; i++) {
      running += rounded(&round, (uint32_t)i, closest[i]);
      for (; next < count && running > floor(uniforms[next] * total); next++) rows[next] = (uint32_t)i;
    }
  }
  release(round.sums);
  return result;
}
