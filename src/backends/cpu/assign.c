/**
 * The screened E-step: packed rows × packed centroids through the integer screen, survivors by float64 distances, ties by the definition
 * (bound.h: why that is exact). Parallel over bands of rows; within a band, panels are taken in runs that stay in the second-level cache
 * while all tiles pass over them. A row's threshold starts at the certified score of its previous label; without one it rises from panel to
 * panel.
 *
 * Late iterations do less. Let the labels be those of the last complete E-step. If a row's own centroid is not farther than it was then,
 * only that one and centroids that have moved since can win: the others have kept their D, which was not smaller (nor equal with a lower
 * index). Such rows are near; they share tiles and meet a second, smaller packing of the moved centroids alone. "Not farther" is certain
 * where the own centroid is the same to the bit, or where the distances' intervals are disjoint (bound.h, γ).
 */
#include "assign.h"
#include "race.h"
#include "threads.h"
#include "tile.h"
#include <string.h>

/** About as many centroids as the definition takes in the time that one row's packing, own distance and race take. */
#define FREE_CENTROIDS 8
/** Bytes of centroids in a run of panels. */
#define RUN_BYTES (512 * 1024)
/** Share of the centroids that may have moved for a second packing to pay. */
#define WORTH_IT 0.9
/** Most tiles of a band: 4 rows each, and one begun tile for either kind of rows. */
#define MAX_TILES (BAND_ROWS / 4 + 2)

typedef struct {
  Tile tiles[MAX_TILES];
  /** The tile's words, and its rows within the band; −1: none. */
  const int32_t *tileWords[MAX_TILES];
  int16_t members[MAX_TILES][MAX_ROWS];
  Race races[BAND_ROWS];
  Meeting meeting;
} Scratch;

typedef struct {
  Session *s;
  double gamma;
  /** All centroids, and those that moved since the history's E-step, by `moved`; null: no use is made of them. */
  PackedCentroids *all, *movers;
  const uint8_t *moved;
  const int32_t *previous;
  int32_t *labels;
  Scratch *scratch;
  /** Per worker: the words of a band whose rows were put together anew. */
  int32_t *gathered;
  const Control *control;
  int64_t open;
} Step;

/** A band, and one begun tile for either kind of rows. */
static int64_t gatheredRows(const Session *s) { return BAND_ROWS + 2 * s->isa->rows; }

/** Starts a row's race with its previous label. @return whether only moved centroids can beat it */
static int startRow(const Step *step, const Track *track, int64_t slot, Race *race) {
  const Session *s = step->s;
  const uint32_t row = s->packed.order[slot];
  startRace(race);
  if (row == NO_ROW) return 1;
  if (step->previous == 0) return 0;
  const int32_t label = step->previous[row];
  if (label < 0 || label >= step->all->k) return 0;
  compete(track, race, rowOf(s, row), label);
  if (step->movers == 0) return 0;
  return !step->moved[label] || race->distance * (1 + 2 * step->gamma) <= s->history.distances[slot] * (1 - 2 * step->gamma);
}

/** Fills one tile's view from its members. */
static void startTile(const Step *step, const PackedCentroids *c, int64_t firstSlot, const int16_t *members, const Race *races,
                      Tile *tile) {
  const Session *s = step->s;
  const int blind = scaleTile(s->packed.bands + firstSlot / BAND_ROWS, c, tile);
  for (int i = 0; i < s->isa->rows; i++) {
    const int64_t slot = firstSlot + members[i];
    const int none = members[i] < 0 || s->packed.order[slot] == NO_ROW, cold = none || races[members[i]].label < 0;
    tile->bias[i] = none ? 0 : s->packed.bias[slot];
    tile->threshold[i] = none            ? INFINITY
                         : cold || blind ? -INFINITY
                                         : certified(s->packed.squares[slot], races[members[i]].distance, step->gamma);
  }
}

/** Copies a row's words from its place in the packed band to another. */
static void moveWords(const Session *s, int64_t slot, int32_t *tile, int64_t member) {
  const int64_t groups = s->packed.groups, rows = s->isa->rows, together = s->isa->together;
  const int32_t *from = s->packed.words + slot / rows * rows * groups;
  for (int64_t g = 0; g < groups; g += together)
    memcpy(tile + g * rows + member * together, from + g * rows + slot % rows * together, (size_t)together * 4);
}

/** Tiles of the band as they were packed. @return their number */
static int tilesAsPacked(const Step *step, int64_t firstSlot, Scratch *scratch) {
  const Session *s = step->s;
  const int rows = s->isa->rows;
  for (int tile = 0; tile < BAND_ROWS / rows; tile++) {
    scratch->tileWords[tile] = s->packed.words + (firstSlot + tile * rows) * s->packed.groups;
    for (int i = 0; i < rows; i++) scratch->members[tile][i] = (int16_t)(tile * rows + i);
  }
  return BAND_ROWS / rows;
}

/** Tiles of the rows with this value of `near`, from tile `first` on. @return the number behind them */
static int tilesOf(const Step *step, int64_t firstSlot, const uint8_t *near, int wanted, int first, int32_t *words, Scratch *scratch) {
  const Session *s = step->s;
  const int rows = s->isa->rows;
  int count = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    if (near[i] != wanted || s->packed.order[firstSlot + i] == NO_ROW) continue;
    const int tile = first + count / rows, member = count % rows;
    int32_t *tileWords = words + tile * rows * s->packed.groups;
    if (member == 0) {
      scratch->tileWords[tile] = tileWords;
      memset(scratch->members[tile], -1, sizeof scratch->members[tile]);
    }
    scratch->members[tile][member] = (int16_t)i;
    moveWords(s, firstSlot + i, tileWords, member);
    count++;
  }
  return first + (count + rows - 1) / rows;
}

/** Takes in who passed of one panel, in the tile's rows `passed`. */
static void collect(const Track *track, int64_t firstSlot, const int16_t *members, int64_t panelIndex, uint32_t passed, const Meeting *m,
                    Tile *tile, Race *races) {
  const Session *s = track->s;
  const PackedCentroids *c = track->c;
  const int width = s->isa->width;
  const Panel *panel = c->panels + panelIndex;
  const double scales = s->packed.bands[firstSlot / BAND_ROWS].scale * panel->scale;
  const int64_t firstPlace = panelIndex * width;
  const uint32_t valid = membersOf(c, panelIndex, width);
  for (; passed != 0; passed &= passed - 1) {
    const int i = __builtin_ctz(passed);
    uint32_t hits = m->hit[i] & valid;
    if (hits == 0 || members[i] < 0) continue;
    const int64_t slot = firstSlot + members[i];
    const uint32_t row = s->packed.order[slot];
    if (row == NO_ROW) continue;
    Race *race = &races[members[i]];
    const double square = s->packed.squares[slot];
    if (race->count > CANDIDATES - width) tile->threshold[i] = settle(track, race, rowOf(s, row), square, tile->threshold[i]);
    double best = -INFINITY;
    for (; hits != 0; hits &= hits - 1) {
      const int j = __builtin_ctz(hits);
      const int32_t score = m->score[i][j] - tile->bias[i];
      race->candidates[race->count++] = (Candidate){upperOf(score, scales), (int32_t)(firstPlace + j)};
      if (race->label >= 0) continue;
      const double around = (double)tile->rest * panel->norm[j] + (double)tile->length * panel->rest[j];
      const double lower = score - m->initial[j] - 2 - around + (double)panel->half[j] * tile->perScale * (1 + 2 * SLACK);
      best = lower > best ? lower : best;
    }
    if (race->label >= 0 || tile->perScale == 0) continue;
    best *= scales;
    best -= fabs(best) * SMALL + track->gamma * square;
    tile->threshold[i] = best > tile->threshold[i] ? best : tile->threshold[i];
  }
}

/** Tiles [first, last) × all panels, then their rows' races to the end. */
static void screenTiles(const Step *step, const PackedCentroids *c, int64_t firstSlot, int first, int last, Scratch *scratch) {
  const Session *s = step->s;
  const Isa *isa = s->isa;
  const Track track = {s, c, step->gamma};
  const int64_t groups = s->packed.groups, panelWords = isa->width * groups;
  const int64_t run = RUN_BYTES / (4 * panelWords) > 0 ? RUN_BYTES / (4 * panelWords) : 1;
  for (int tile = first; tile < last; tile++) startTile(step, c, firstSlot, scratch->members[tile], scratch->races, &scratch->tiles[tile]);
  isa->enter();
  for (int64_t from = 0; from < c->panelCount; from += run) {
    const int64_t to = from + run < c->panelCount ? from + run : c->panelCount;
    for (int tile = first; tile < last && !cancelled(step->control); tile++)
      for (int64_t panel = from; panel < to; panel++) {
        const uint32_t passed = isa->screen(&scratch->tiles[tile], c->panels + panel, scratch->tileWords[tile],
                                            c->words + panel * panelWords, groups, &scratch->meeting);
        if (passed != 0)
          collect(&track, firstSlot, scratch->members[tile], panel, passed, &scratch->meeting, &scratch->tiles[tile], scratch->races);
      }
  }
  isa->leave();
  for (int tile = first; tile < last && !cancelled(step->control); tile++)
    for (int i = 0; i < isa->rows; i++) {
      const int member = scratch->members[tile][i];
      if (member < 0 || s->packed.order[firstSlot + member] == NO_ROW) continue;
      const int64_t slot = firstSlot + member;
      settle(&track, &scratch->races[member], rowOf(s, s->packed.order[slot]), s->packed.squares[slot], scratch->tiles[tile].threshold[i]);
    }
}

static void assignBand(void *context, int64_t band, int worker) {
  Step *step = context;
  Session *s = step->s;
  const int64_t firstSlot = band * BAND_ROWS;
  const int ahead = s->isa->rows;
  Scratch *scratch = step->scratch + worker;
  const Track track = {s, step->all, step->gamma};
  uint8_t near[BAND_ROWS];
  int nearCount = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    if (i % ahead == 0 && i + ahead < BAND_ROWS && step->previous != 0)
      for (int l = i + ahead; l < i + 2 * ahead && l < BAND_ROWS; l++)
        if (s->packed.order[firstSlot + l] != NO_ROW) prefetch(rowOf(s, s->packed.order[firstSlot + l]), s->d);
    near[i] = (uint8_t)startRow(step, &track, firstSlot + i, &scratch->races[i]);
    nearCount += near[i];
  }
  if (step->movers == 0 || nearCount < ahead) {
    screenTiles(step, step->all, firstSlot, 0, tilesAsPacked(step, firstSlot, scratch), scratch);
  } else {
    int32_t *words = step->gathered + worker * gatheredRows(s) * s->packed.groups;
    const int far = tilesOf(step, firstSlot, near, 0, 0, words, scratch), last = tilesOf(step, firstSlot, near, 1, far, words, scratch);
    screenTiles(step, step->all, firstSlot, 0, far, scratch);
    if (step->movers->k > 0) screenTiles(step, step->movers, firstSlot, far, last, scratch);
  }
  if (cancelled(step->control)) return;
  int64_t open = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    const uint32_t row = s->packed.order[firstSlot + i];
    if (row == NO_ROW) continue;
    step->labels[row] = scratch->races[i].label;
    s->history.distances[firstSlot + i] = scratch->races[i].distance;
    open += scratch->races[i].open;
  }
  __atomic_fetch_add(&step->open, open, __ATOMIC_RELAXED);
}

/** Marks and lists the centroids that differ from the history's. @return their number, or −1 without a history of this many */
static int64_t findMoved(const Session *s, const float *centroids, int64_t k, uint8_t *moved, int32_t *ids) {
  if (s->history.k != k) return -1;
  int64_t count = 0;
  for (int64_t j = 0; j < k; j++) {
    moved[j] = memcmp(centroids + j * s->d, s->history.centroids + j * s->d, (size_t)s->d * 4) != 0;
    if (moved[j]) ids[count++] = (int32_t)j;
  }
  return count;
}

/** Keeps the centroids of a complete E-step; without memory there is no history, and the next one does all. */
static void remember(Session *s, const float *centroids, int64_t k) {
  History *history = &s->history;
  if (history->room < k) {
    release(history->centroids);
    history->centroids = allocate(k * s->d * 4);
    history->room = history->centroids == 0 ? 0 : k;
  }
  if (history->room < k) return;
  memcpy(history->centroids, centroids, (size_t)(k * s->d) * 4);
  history->k = k;
}

int assignScreened(Session *s, const float *centroids, int64_t k, const int32_t *previous, int32_t *labels, Control *control,
                   double *open) {
  int result = s->packed.words == 0 ? packRows(s, control) : DONE;
  if (result != DONE) return result;
  PackedCentroids all = {0}, movers = {0};
  Step step = {.s = s, .gamma = gammaOf(s->d), .all = &all, .previous = previous, .labels = labels, .control = control};
  uint8_t *moved = allocate(k);
  int32_t *ids = allocate(k * 4);
  step.scratch = allocate(s->threads * (int64_t)sizeof(Scratch));
  step.gathered = allocate(s->threads * gatheredRows(s) * s->packed.groups * 4);
  result = moved != 0 && ids != 0 && step.scratch != 0 && step.gathered != 0 ? DONE : NO_MEMORY;
  if (result == DONE) result = packCentroids(s, centroids, 0, k, &all, control);
  if (result == DONE && previous != 0) {
    const int64_t count = findMoved(s, centroids, k, moved, ids);
    if (count >= 0 && count < WORTH_IT * k) {
      if (count > 0) result = packCentroids(s, centroids, ids, count, &movers, control);
      step.movers = &movers;
      step.moved = moved;
    }
  }
  s->history.k = 0;
  control->items = (int32_t)s->packed.bandCount;
  if (result == DONE) result = spread(s->threads, s->packed.bandCount, control, assignBand, &step);
  if (result == DONE) remember(s, centroids, k);
  release(moved);
  release(ids);
  release(step.scratch);
  release(step.gathered);
  freeCentroids(&all);
  freeCentroids(&movers);
  *open = (double)step.open;
  return result;
}

int fastkmeans_assign(Session *s, const float *centroids, int64_t k, const int32_t *previous, int32_t *labels, Control *control,
                      double *open) {
  *open = 0;
  forgetSeeding(s);
  if (s->d <= MAX_DIMENSIONS && (k - FREE_CENTROIDS) * s->d > s->screenFrom)
    return assignScreened(s, centroids, k, previous, labels, control, open);
  s->history.k = 0;
  return assignByDefinition(s, centroids, k, labels, control);
}
