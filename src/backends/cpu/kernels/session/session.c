/** Opening and closing, and what is kept in between. */
#include "api.h"

const char *fastkmeans_isa(const char *name) {
  const Isa *isa = chooseIsa(name);
  return isa == 0 ? 0 : isa->name;
}

Session *fastkmeans_open(int64_t n, int64_t d, int64_t blockCount, int threads, int64_t alone, const char *isa, int64_t screenFrom,
                       int leads) {
  Session *s = allocate(sizeof(Session));
  if (s == 0) return 0;
  *s = (Session){.n = n, .d = d, .threads = threads, .alone = alone, .isa = chooseIsa(isa), .blockCount = blockCount};
  s->screenFrom = screenFrom;
  s->leads = leads;
  s->blocks = allocate(blockCount * (int64_t)sizeof *s->blocks);
  s->firstRows = allocate((blockCount + 1) * 8);
  s->mean = allocate(d * 4);
  if (s->firstRows != 0) s->firstRows[blockCount] = n;
  if (s->isa != 0 && s->blocks != 0 && s->firstRows != 0 && s->mean != 0) return s;
  fastkmeans_close(s);
  return 0;
}

void fastkmeans_block(Session *s, int64_t index, const float *values, int64_t firstRow) {
  s->blocks[index] = values;
  s->firstRows[index] = firstRow;
}

void forget(Session *s) {
  forgetReduction(s);
  release(s->packed.bytes);
  release(s->packed.bands);
  release(s->packed.order);
  release(s->packed.bias);
  release(s->packed.lengths);
  release(s->packed.squares);
  release(s->history.centroids);
  release(s->history.own);
  release(s->history.others);
  forgetGroups(s);
  s->packed = (PackedRows){0};
  s->history = (History){0};
  s->scoring = (Scoring){0};
}

void fastkmeans_close(Session *s) {
  if (s == 0) return;
  forget(s);
  forgetSeeding(s);
  forgetLeading(s);
  release(s->blocks);
  release(s->firstRows);
  release(s->mean);
  release(s);
}
