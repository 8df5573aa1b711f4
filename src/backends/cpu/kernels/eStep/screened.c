/**
 * The screened E-step: packed rows × packed centroids through the integer screen, survivors by float64 distances, ties by the definition
 * (bound.h: why that is exact). Parallel over bands of rows; within a band, a panel of centroids stays in the first-level cache while all
 * tiles pass over it. A row's threshold starts at the certified score of its previous label; without one it rises from panel to panel.
 *
 * Late iterations do less. What is known from the E-step before (bound.h, 6) spares a row all centroids that have not come far enough to
 * win it; as those that came farthest stand first, it meets a beginning of the panels. Rows are put into tiles by how many they meet. Where
 * a sample says that it pays, panels are groups of near centroids instead, and a row meets those that its bounds do not rule out
 * (groups.h).
 *
 * Rows of many columns may be screened by fewer (reduction.h); what passes is then looked at by all columns, as int8.
 */
#include "eStep/screened.h"
#include "groups/groups.h"
#include "reduction/reduction.h"
#include "screen/collect.h"
#include "screen/step.h"
#include "session/threads.h"
#include <string.h>

/** Most tiles of a band: 4 rows each. */
#define MAX_TILES (BAND_ROWS / 4)

typedef struct Scratch {
  Runner runners[BAND_ROWS];
  Tile tiles[MAX_TILES];
  int64_t panels[MAX_TILES];
  int16_t members[MAX_TILES][MAX_ROWS];
  /** The mean of the tiles' tails. */
  float tail;
  Meeting meeting;
} Scratch;

static void clearTile(Tile *tile) {
  for (int l = 0; l < MAX_ROWS; l++) tile->threshold[l] = INFINITY;
  memset(tile->bias, 0, sizeof tile->bias);
  memset(tile->tail, 0, sizeof tile->tail);
  memset(tile->later, 0, sizeof tile->later);
}

/** Puts the rows that meet anything into tiles, those of most panels first. @return the number of tiles */
static int fillTiles(const Step *step, int64_t firstSlot, Scratch *scratch, int32_t *words) {
  const Session *s = step->s;
  const PackedRows *packed = step->rows;
  const PackedCentroids *c = step->c;
  const int rows = s->isa->rows, early = s->isa->tail != 0 && packed->words >= EARLY_FROM;
  int16_t order[BAND_ROWS];
  double thresholds[BAND_ROWS], tails = 0;
  int count = 0, some = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    const Runner *runner = &scratch->runners[i];
    if (c->classes[runner->class].panels == 0 || packed->order[firstSlot + i] == NO_ROW) continue;
    thresholds[some] = runner->threshold;
    order[some++] = (int16_t)i;
  }
  if (early) orderByThreshold(thresholds, order, some);
  for (int class = c->classCount - 1; class >= 0; class--) {
    const int64_t panels = c->classes[class].panels;
    for (int n = 0; n < some; n++) {
      const int i = order[n];
      Runner *runner = &scratch->runners[i];
      const int64_t slot = firstSlot + i;
      if (runner->class != class) continue;
      const int tile = count / rows, member = count % rows;
      if (member == 0) {
        scratch->panels[tile] = panels;
        clearTile(&scratch->tiles[tile]);
      }
      scratch->members[tile][member] = (int16_t)i;
      scratch->tiles[tile].threshold[member] = runner->threshold;
      scratch->tiles[tile].bias[member] = packed->bias[slot];
      scratch->tiles[tile].count = member + 1;
      placeSlot(s->isa, packed, slot, member, words + tile * rows * packed->words);
      if (early) tails += scratch->tiles[tile].tail[member] = tailOf(s->isa, packed, slot, &scratch->tiles[tile].later[member]);
      count++;
    }
  }
  scratch->tail = count == 0 ? 0 : (float)(tails / count);
  return (count + rows - 1) / rows;
}

/** All tiles × the panels that they meet. */
static void screenTiles(const Step *step, const Track *track, int64_t firstSlot, int tiles, const int32_t *words, Scratch *scratch) {
  const Session *s = step->s;
  const PackedCentroids *c = step->c;
  const Isa *isa = s->isa;
  const int64_t rowWords = step->rows->words;
  const Band *band = step->rows->bands + firstSlot / BAND_ROWS;
  Measure measure = measureOf(band, c);
  measure.tail = scratch->tail;
  if (measure.perScale == 0)
    for (int tile = 0; tile < tiles; tile++)
      for (int i = 0; i < isa->rows; i++)
        if (scratch->tiles[tile].threshold[i] < INFINITY) scratch->tiles[tile].threshold[i] = -INFINITY;
  Meeting *m = &scratch->meeting;
  for (int64_t panel = 0; tiles > 0 && panel < scratch->panels[0] && !cancelled(step->control); panel++) {
    const double scale = c->panels[panel].scale, inverse = measure.inverse * (1 / scale), scales = band->scale * scale;
    const uint32_t valid = membersOf(c, panel, isa->width);
    isa->begin(&measure, c->panels + panel, m);
    for (int tile = 0; tile < tiles && scratch->panels[tile] > panel; tile++) {
      uint32_t passed = isa->screen(&scratch->tiles[tile], inverse, words + tile * isa->rows * rowWords,
                                    c->words + panel * isa->width * rowWords, rowWords, m);
      for (; passed != 0; passed &= passed - 1) {
        const int i = __builtin_ctz(passed), member = scratch->members[tile][i];
        const uint32_t hits = m->hit[i] & valid;
        if (hits == 0 || scratch->tiles[tile].threshold[i] == INFINITY) continue;
        if (step->rows != &s->packed)
          lookAt(track, firstSlot + member, panel, scales, hits, i, m, &scratch->tiles[tile], &scratch->runners[member]);
        else collect(track, &measure, firstSlot + member, panel, scales, hits, i, m, &scratch->tiles[tile], &scratch->runners[member]);
      }
    }
  }
  for (int tile = 0; tile < tiles; tile++)
    for (int i = 0; i < isa->rows; i++)
      if (scratch->tiles[tile].threshold[i] < INFINITY)
        scratch->runners[scratch->members[tile][i]].threshold = scratch->tiles[tile].threshold[i];
}

/** Ends a row's race, whose candidates have been narrowed, and keeps what the next E-step may use. */
static void finishRow(const Step *step, const Track *track, int64_t slot, Runner *runner) {
  Session *s = step->s;
  const uint32_t row = s->packed.order[slot];
  const double square = s->packed.squares[slot];
  Race *race = &runner->race;
  double others = runner->unmet;
  if (step->c->classes[runner->class].panels > 0) {
    settle(track, race, rowOf(s, row));
    const double unseen = beyond(square, runner->threshold, track->gamma), met = sqrt(race->others < unseen ? race->others : unseen);
    others = met < others ? met : others;
  }
  step->labels[row] = race->label;
  s->history.own[slot] = (float)race->reach;
  s->history.others[slot] = narrower(others);
}

static void assignBand(void *context, int64_t band, int worker) {
  Step *step = context;
  Session *s = step->s;
  const int64_t firstSlot = band * BAND_ROWS;
  Scratch *scratch = step->scratch + worker;
  const Track track = {s, step->c, step->gamma};
  int32_t *words = step->words + worker * (BAND_ROWS + MAX_ROWS) * step->rows->words;
  startBand(step, firstSlot, scratch->runners);
  s->isa->enter();
  if (step->groups != 0) screenGroups(step, &track, firstSlot, scratch->runners, &scratch->meeting, words);
  else screenTiles(step, &track, firstSlot, fillTiles(step, firstSlot, scratch, words), words, scratch);
  s->isa->leave();
  if (cancelled(step->control)) return;
  int64_t open = 0;
  for (int i = 0; i < BAND_ROWS; i++) narrow(&track, &scratch->runners[i].race, firstSlot + i);
  for (int i = 0; i < BAND_ROWS; i++) {
    const int later = i + FETCH_AHEAD;
    if (later < BAND_ROWS && scratch->runners[later].race.count > 0) prefetch(rowOf(s, s->packed.order[firstSlot + later]), s->d);
    if (s->packed.order[firstSlot + i] == NO_ROW) continue;
    finishRow(step, &track, firstSlot + i, &scratch->runners[i]);
    open += scratch->runners[i].race.open;
  }
  __atomic_fetch_add(&step->open, open, __ATOMIC_RELAXED);
}

/** Packs the centroids reduced where rows are, in groups where that pays, else by drift. */
static int packForStep(Step *step, const float *centroids, int64_t k, const struct Reduction *reduction, Control *control) {
  Session *s = step->s;
  if (reduction != 0) {
    const int result = packCentroids(s, centroids, k, step->followed, 0, reduction, step->c, control);
    if (result != DONE || !step->c->unfit) return result;
    step->rows = &s->packed;
    freeCentroids(step->c);
  }
  int result = packCentroids(s, centroids, k, step->followed, groupOrder(step, k), 0, step->c, control);
  if (result == DONE && step->groups != 0) followGroups(step);
  if (result != DONE || step->groups != 0 || !worthGrouping(step) || makeGroups(step) != DONE) return result;
  freeCentroids(step->c);
  return packCentroids(s, centroids, k, 1, step->groups->order, 0, step->c, control);
}

/** At about 3 cycles a nanosecond, where every row meets every panel. */
static int threadsOf(const Step *step) {
  const Session *s = step->s;
  const double panel = s->isa->pace * (double)step->rows->words + 10, row = 0.3 * (double)s->d + 30;
  return threadsFor(s, (double)s->n * ((double)step->c->panelCount * panel / 3 + row));
}

int assignScreened(Session *s, const float *centroids, int64_t k, const int32_t *previous, int follows, int32_t *labels, Control *control,
                   double *open) {
  int result = s->packed.bytes == 0 ? packRows(s, control) : DONE;
  if (result == DONE && !makeHistory(s)) result = NO_MEMORY;
  const struct Reduction *reduction = 0;
  if (result == DONE && (s->groups == 0 || !s->groups->taken))
    result = chooseReduction(s, centroids, k, previous, enoughForGroups(s, k), &reduction, control);
  if (result != DONE) return result;
  PackedCentroids c = {0};
  Step step = {.s = s, .c = &c, .gamma = gammaOf(s->d), .previous = previous, .labels = labels, .control = control};
  step.rows = reduction == 0 ? &s->packed : &reduction->rows;
  step.followed = follows && previous != 0 && s->history.k == k && s->history.bySlot;
  step.scratch = allocate(s->threads * (int64_t)sizeof(Scratch));
  const int64_t words = step.rows->words > s->packed.words ? step.rows->words : s->packed.words;
  step.words = allocate(s->threads * (BAND_ROWS + MAX_ROWS) * words * 4);
  result = step.scratch != 0 && step.words != 0 ? DONE : NO_MEMORY;
  if (result == DONE) result = packForStep(&step, centroids, k, reduction, control);
  s->history.k = 0;
  control->items = (int32_t)s->packed.bandCount;
  if (result == DONE) result = spread(threadsOf(&step), s->packed.bandCount, control, assignBand, &step);
  if (result == DONE) remember(s, centroids, k, 1);
  settleGroups(&step, result);
  release(step.scratch);
  release(step.words);
  freeCentroids(&c);
  *open = (double)step.open;
  return result;
}
