/**
 * The E-step: packed rows × packed centroids through the integer screen, survivors by float64 distances, ties by the definition
 * (bound.h: why that is exact). Parallel over batches of row tiles; within a batch, panels are taken in runs that stay in the second-level
 * cache while all tiles of the batch pass over them. A row's threshold starts at the certified score of its previous label; without one it rises from panel to panel.
 */
#include "api.h"
#include "race.h"
#include "threads.h"

/** Rows of a batch: a multiple of every tile's rows. */
#define BATCH_ROWS 96
/** Bytes of centroids in a run of panels. */
#define RUN_BYTES (512 * 1024)
/** Largest work (values of x times centroids) of an item of the direct way. */
#define DIRECT_GRAIN (1 << 22)

typedef struct {
  Race races[BATCH_ROWS];
  TileView views[BATCH_ROWS];
  Meeting meeting;
} Scratch;

typedef struct {
  Track track;
  const int32_t *previous;
  int32_t *labels;
  Scratch *scratch;
  const Control *control;
  int64_t open;
} Step;

/** Prepares a tile's rows; `races` are theirs. */
static void startTile(const Step *step, int64_t index, TileView *view, Race *races) {
  const Session *s = step->track.s;
  const PackedCentroids *c = step->track.c;
  const int rows = s->isa->rows;
  const Tile *tile = s->packed.tiles + index;
  const double perScale = c->unit / tile->scale;
  const int blind = perScale > MAX_PER_SCALE;
  view->perScale = blind ? 0 : (float)perScale;
  view->inverse = 1 / tile->scale;
  for (int i = 0; i < rows; i++) {
    const int64_t slot = index * rows + i;
    const uint32_t row = s->packed.order[slot];
    startRace(&races[i]);
    view->bias[i] = tile->bias[i];
    view->threshold[i] = row == NO_ROW ? INFINITY : -INFINITY;
    if (row == NO_ROW || step->previous == 0) continue;
    const int32_t label = step->previous[row];
    if (label < 0 || label >= c->k) continue;
    compete(&step->track, &races[i], rowOf(s, row), label);
    if (!blind) view->threshold[i] = certified(s->packed.squares[slot], races[i].distance, step->track.gamma);
  }
}

/** Asks for the points of a tile's rows. */
static void prefetchTile(const Session *s, int64_t index) {
  for (int i = 0; i < s->isa->rows; i++) {
    const uint32_t row = s->packed.order[index * s->isa->rows + i];
    if (row != NO_ROW) prefetch(rowOf(s, row), s->d);
  }
}

/** Takes in who passed of one panel, in the rows `passed`. */
static void collect(const Step *step, int64_t index, int64_t panelIndex, uint32_t passed, const Meeting *m, TileView *view, Race *races) {
  const Session *s = step->track.s;
  const PackedCentroids *c = step->track.c;
  const int rows = s->isa->rows, width = s->isa->width;
  const Tile *tile = s->packed.tiles + index;
  const Panel *panel = c->panels + panelIndex;
  const int64_t firstSlot = panelIndex * width;
  const uint32_t valid = c->k - firstSlot < width ? (1u << (c->k - firstSlot)) - 1 : UINT32_MAX;
  for (; passed != 0; passed &= passed - 1) {
    const int i = __builtin_ctz(passed);
    const int64_t slot = index * rows + i;
    const uint32_t row = s->packed.order[slot];
    uint32_t hits = m->hit[i] & valid;
    if (hits == 0 || row == NO_ROW) continue;
    Race *race = &races[i];
    const double square = s->packed.squares[slot];
    if (race->count > CANDIDATES - width) view->threshold[i] = settle(&step->track, race, rowOf(s, row), square, tile->scale, view->threshold[i]);
    double best = -INFINITY;
    for (; hits != 0; hits &= hits - 1) {
      const int j = __builtin_ctz(hits);
      const int32_t score = m->score[i][j] - view->bias[i];
      race->candidates[race->count++] = (Candidate){(int32_t)(firstSlot + j), score};
      if (race->label >= 0) continue;
      const double around = (double)tile->rest * panel->norm[j] + (double)tile->length * panel->rest[j];
      const double lower = score - m->initial[j] - 2 - around + (double)panel->half[j] * view->perScale * (1 + 2 * SLACK);
      best = lower > best ? lower : best;
    }
    if (race->label >= 0 || view->perScale == 0) continue;
    best *= tile->scale * panel->scale;
    best -= fabs(best) * SMALL + step->track.gamma * square;
    view->threshold[i] = best > view->threshold[i] ? best : view->threshold[i];
  }
}

static void assignBatch(void *context, int64_t item, int worker) {
  Step *step = context;
  const Session *s = step->track.s;
  const PackedCentroids *c = step->track.c;
  const Isa *isa = s->isa;
  const int64_t groups = s->packed.groups, rowWords = isa->rows * groups, panelWords = isa->width * groups;
  const int64_t perBatch = BATCH_ROWS / isa->rows, first = item * perBatch;
  const int64_t last = first + perBatch < s->packed.tileCount ? first + perBatch : s->packed.tileCount;
  const int64_t run = RUN_BYTES / (4 * panelWords) > 0 ? RUN_BYTES / (4 * panelWords) : 1;
  Scratch *scratch = step->scratch + worker;
  for (int64_t tile = first; tile < last; tile++) {
    if (step->previous != 0 && tile + 1 < last) prefetchTile(s, tile + 1);
    startTile(step, tile, &scratch->views[tile - first], &scratch->races[(tile - first) * isa->rows]);
  }
  isa->enter();
  for (int64_t from = 0; from < c->panelCount; from += run) {
    const int64_t to = from + run < c->panelCount ? from + run : c->panelCount;
    for (int64_t tile = first; tile < last && !cancelled(step->control); tile++) {
      TileView *view = &scratch->views[tile - first];
      for (int64_t panel = from; panel < to; panel++) {
        const uint32_t passed = isa->screen(s->packed.tiles + tile, view, c->panels + panel, s->packed.words + tile * rowWords,
                                            c->words + panel * panelWords, groups, &scratch->meeting);
        if (passed != 0) collect(step, tile, panel, passed, &scratch->meeting, view, &scratch->races[(tile - first) * isa->rows]);
      }
    }
  }
  isa->leave();
  if (cancelled(step->control)) return;
  int64_t open = 0;
  for (int64_t slot = first * isa->rows; slot < last * isa->rows; slot++) {
    const uint32_t row = s->packed.order[slot];
    if (row == NO_ROW) continue;
    const int64_t at = slot - first * isa->rows, tile = at / isa->rows;
    Race *race = &scratch->races[at];
    settle(&step->track, race, rowOf(s, row), s->packed.squares[slot], s->packed.tiles[first + tile].scale, scratch->views[tile].threshold[at % isa->rows]);
    step->labels[row] = race->label;
    open += race->open;
  }
  __atomic_fetch_add(&step->open, open, __ATOMIC_RELAXED);
}

static int assignScreened(Session *s, const float *centroids, int64_t k, const int32_t *previous, int32_t *labels, Control *control, double *open) {
  if (s->packed.words == 0) {
    int result = packRows(s, control);
    if (result != DONE) return result;
  }
  PackedCentroids c;
  int result = packCentroids(s, centroids, k, &c, control);
  if (result != DONE) return result;
  Step step = {.track = {s, &c, gammaOf(s->d)}, .previous = previous, .labels = labels, .control = control};
  step.scratch = allocate(s->threads * (int64_t)sizeof(Scratch));
  result = NO_MEMORY;
  const int64_t perBatch = BATCH_ROWS / s->isa->rows;
  if (step.scratch != 0) result = spread(s->threads, (s->packed.tileCount + perBatch - 1) / perBatch, control, assignBatch, &step);
  release(step.scratch);
  freeCentroids(&c);
  *open = (double)step.open;
  return result;
}

typedef struct {
  const Session *s;
  const double *centroids;
  int64_t k, grain;
  int32_t *labels;
  /** d·8 values a worker. */
  double *scratch;
} Direct;

static void assignDirectly(void *context, int64_t item, int worker) {
  const Direct *p = context;
  const Session *s = p->s;
  const int64_t first = item * p->grain, last = first + p->grain < s->n ? first + p->grain : s->n;
  for (int64_t i = first; i < last; i += 8) {
    const float *rows[8];
    const int count = last - i < 8 ? (int)(last - i) : 8;
    for (int l = 0; l < count; l++) rows[l] = rowOf(s, i + l);
    s->isa->nearest(rows, count, p->centroids, p->k, s->d, p->scratch + worker * 8 * s->d, p->labels + i);
  }
}

/** Nothing but the definition, eight rows at a time: where packing costs more than it spares. */
static int assignByDefinition(const Session *s, const float *centroids, int64_t k, int32_t *labels, Control *control) {
  const int64_t d = s->d, rows = DIRECT_GRAIN / (k * d) / 8 * 8;
  double *wide = allocate(k * d * 8), *scratch = allocate(s->threads * d * 64);
  int result = NO_MEMORY;
  if (wide != 0 && scratch != 0) {
    for (int64_t i = 0; i < k * d; i++) wide[i] = centroids[i];
    Direct p = {s, wide, k, rows < 8 ? 8 : rows > 4096 ? 4096 : rows, labels, scratch};
    result = spread(s->threads, (s->n + p.grain - 1) / p.grain, control, assignDirectly, &p);
  }
  release(wide);
  release(scratch);
  return result;
}

int fastkmeans_assign(Session *s, const float *centroids, int64_t k, const int32_t *previous, int32_t *labels, Control *control, double *open) {
  *open = 0;
  if (s->d < DIRECT_DIMENSIONS || k < DIRECT_CENTROIDS) return assignByDefinition(s, centroids, k, labels, control);
  return assignScreened(s, centroids, k, previous, labels, control, open);
}
