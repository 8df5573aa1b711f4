/**
 * The rows of a band before they meet any panel: how far their labels' centroids are, which panels that spares them, and from which score
 * on a centroid is to be looked at. The distance to the label comes from the packed integers where they tell it well enough: they are a
 * quarter of the points' bytes, and read in order.
 */
#include "screen/step.h"

/**
 * Of a centroid that has come no farther than this share of its row's distance, the distance of before tells enough; of one that has come
 * farther too, where the others are known to be beyond it.
 */
#define NEAR_BY 0.03
#define NEAR_ENOUGH 0.12
/** How uncertain a distance from packed integers may be, as a share of it. */
#define VAGUE 0.2

/** The least class that is enough for a row whose label is at most `own` away, and others at least `others`. */
static int classOf(const PackedCentroids *c, double own, double others, int ownMoved) {
  int class = 0;
  while (class < c->classCount - 1 && !(others - c->classes[class].cut > own * (1 + WIDE)) && (ownMoved || c->classes[class].cut > 0))
    class++;
  return class;
}

/** Looks up what is known of a row. @return whether its own distance would tell more */
static int startRow(const Step *step, int64_t slot, Runner *runner) {
  const PackedCentroids *c = step->c;
  const History *history = &step->s->history;
  const uint32_t row = step->s->packed.order[slot];
  const int32_t label = step->previous == 0 || row == NO_ROW ? -1 : step->previous[row];
  startRace(&runner->race, label >= 0 && label < c->k ? label : -1);
  runner->class = c->classCount - 1;
  runner->unmet = INFINITY;
  if (runner->race.label < 0) return 0;
  if (!step->followed) return 1;
  const double drift = c->drift[label];
  runner->race.reach = drift == 0 ? history->own[slot] : wider(history->own[slot] + drift);
  runner->class = classOf(c, runner->race.reach, history->others[slot], drift > 0);
  const double most = history->others[slot] > runner->race.reach ? NEAR_ENOUGH : NEAR_BY;
  return c->classes[runner->class].panels > 0 && drift > most * history->own[slot];
}

/** Bounds the distance to the label by what the packed integers tell. @return whether that is good enough */
static int estimateOwn(const Step *step, int64_t slot, Race *race) {
  const Interval interval = meet(step->s, step->c, slot, race->label, step->gamma);
  if (interval.most > interval.least * (1 + VAGUE)) return 0;
  if (interval.most < race->reach) race->reach = wider(interval.most);
  return 1;
}

/** Sets the row's threshold, after its own distance is known as well as it will be. */
static void aimRow(const Step *step, int64_t slot, Runner *runner) {
  const PackedCentroids *c = step->c;
  const double square = step->s->packed.squares[slot];
  Race *race = &runner->race;
  runner->threshold = -INFINITY;
  if (race->label < 0) return;
  double reach = race->reach * (1 + MARGIN);
  if (step->followed) {
    const double others = step->s->history.others[slot];
    runner->class = classOf(c, race->reach, others, c->drift[race->label] > 0);
    if (runner->class < c->classCount - 1) {
      runner->unmet = others - c->classes[runner->class].cut;
      if (runner->unmet < reach) reach = runner->unmet > race->reach ? runner->unmet : race->reach;
    }
  }
  runner->threshold = certified(square, reach * reach, step->gamma);
}

/** Asks for what a row's estimate reads: its integers, and those of its label's centroid. */
static void fetchPacked(const Step *step, int64_t slot) {
  const PackedRows *packed = &step->s->packed;
  const uint32_t row = packed->order[slot];
  const int32_t label = row == NO_ROW ? -1 : step->previous[row];
  const int64_t bytes = packed->words * step->s->isa->group;
  fetch(packed->bytes + slot * bytes, bytes);
  if (label >= 0 && label < step->c->k) fetch(step->c->singleWords + label * packed->words, packed->words * 4);
}

/** Rows whose own distance is to be measured are asked for before they are read. */
void startBand(const Step *step, int64_t firstSlot, Runner *runners) {
  const Session *s = step->s;
  const Track track = {s, step->c, step->gamma};
  int16_t far[BAND_ROWS];
  int count = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    if (step->previous != 0 && i + FETCH_AHEAD < BAND_ROWS) fetchPacked(step, firstSlot + i + FETCH_AHEAD);
    if (startRow(step, firstSlot + i, &runners[i]) && !estimateOwn(step, firstSlot + i, &runners[i].race)) far[count++] = (int16_t)i;
  }
  for (int n = 0; n < count + FETCH_AHEAD; n++) {
    if (n < count) prefetch(rowOf(s, s->packed.order[firstSlot + far[n]]), s->d);
    if (n < FETCH_AHEAD) continue;
    const int i = far[n - FETCH_AHEAD];
    measureOwn(&track, &runners[i].race, rowOf(s, s->packed.order[firstSlot + i]));
  }
  for (int i = 0; i < BAND_ROWS; i++) aimRow(step, firstSlot + i, &runners[i]);
}
