/**
 * One item of a pass of k-means++: the integer screen rules out most pairs (bound.h, 5), or without packed rows distances in any order do
 * (bound.h, γ). The definition settles the rest, in batches whose rows are fetched ahead.
 */
#include "screen/definition.h"
#include "screen/tile.h"
#include "seeding/seeding.h"
#include "session/threads.h"

/** Pairs that wait for the definition. */
#define BATCH 32

typedef struct {
  const SeedPass *pass;
  int count;
  uint32_t rows[BATCH];
  int32_t centers[BATCH];
} Batch;

static void settleBatch(Batch *batch) {
  const SeedPass *p = batch->pass;
  const int64_t d = p->s->d;
  for (int i = 0; i < batch->count; i++) {
    const uint32_t row = batch->rows[i];
    const double distance = sqDistance(rowOf(p->s, row), p->centers + batch->centers[i] * d, d);
    if (distance < p->closest[row]) p->found(p->context, (Closer){distance, row, batch->centers[i]});
  }
  batch->count = 0;
}

static inline void put(Batch *batch, uint32_t row, int64_t center) {
  if (batch->count == BATCH) settleBatch(batch);
  if (batch->pass->packed.panelCount > 0) prefetch(rowOf(batch->pass->s, row), batch->pass->s->d);
  batch->rows[batch->count] = row;
  batch->centers[batch->count++] = (int32_t)center;
}

static void screenItem(const SeedPass *p, int64_t item, int worker, Batch *batch) {
  const Session *s = p->s;
  const Isa *isa = s->isa;
  const PackedCentroids *c = &p->packed;
  const int64_t slots = s->packed.bandCount * BAND_ROWS, first = item * RUN_ROWS;
  const int64_t last = first + RUN_ROWS < slots ? first + RUN_ROWS : slots;
  const int64_t words = s->packed.words;
  const double gamma = gammaOf(s->d);
  int32_t *rows = p->tiles + worker * isa->rows * words;
  Tile tile = {.count = isa->rows}; // an instruction set may compute limits beyond its last row
  Meeting meeting;
  isa->enter();
  for (int64_t slot = first; slot < last && !cancelled(p->control); slot += isa->rows) {
    const Measure measure = measureOf(s->packed.bands + slot / BAND_ROWS, c);
    for (int i = 0; i < isa->rows; i++) {
      const uint32_t row = s->packed.order[slot + i];
      tile.bias[i] = row == NO_ROW ? 0 : s->packed.bias[slot + i];
      tile.threshold[i] = row == NO_ROW            ? INFINITY
                          : measure.perScale == 0 ? -INFINITY
                                                  : certified(s->packed.squares[slot + i], p->closest[row], gamma);
    }
    for (int i = 0; i < isa->rows; i++) placeSlot(isa, &s->packed, slot + i, i, rows);
    for (int64_t panel = 0; panel < c->panelCount; panel++) {
      isa->begin(&measure, c->panels + panel, &meeting);
      const double scales = measure.inverse * (1 / c->panels[panel].scale);
      uint32_t passed = isa->screen(&tile, scales, rows, c->words + panel * isa->width * words, words, &meeting);
      for (; passed != 0; passed &= passed - 1) {
        const int i = __builtin_ctz(passed);
        const uint32_t row = s->packed.order[slot + i];
        uint32_t hits = row == NO_ROW ? 0 : meeting.hit[i] & membersOf(c, panel, isa->width);
        for (; hits != 0; hits &= hits - 1) put(batch, row, c->order[panel * isa->width + __builtin_ctz(hits)]);
      }
    }
  }
  isa->leave();
}

static void compareItem(const SeedPass *p, int64_t item, Batch *batch) {
  const Session *s = p->s;
  const int64_t d = s->d, first = item * RUN_ROWS, last = first + RUN_ROWS < s->n ? first + RUN_ROWS : s->n;
  const double less = 1 - 2 * gammaOf(d);
  for (int64_t i = first; i < last && !cancelled(p->control); i++) {
    const float *x = rowOf(s, i);
    for (int64_t j = 0; j < p->m; j++)
      if (p->closest[i] == INFINITY || s->isa->distance(x, p->centers + j * d, d) * less < p->closest[i]) put(batch, (uint32_t)i, j);
  }
}

void seedItem(const SeedPass *p, int64_t item, int worker) {
  Batch batch = {.pass = p};
  if (p->packed.panelCount > 0) screenItem(p, item, worker, &batch);
  else compareItem(p, item, &batch);
  settleBatch(&batch);
}
