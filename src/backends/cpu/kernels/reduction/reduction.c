/** Rows and centroids along the basis, and the rows packed (bound.h, 12). Parallel over bands. */
#include "bound.h"
#include "reduction/reduction.h"
#include "session/threads.h"

double strayOf(const struct Reduction *r, double square) { return r->error * sqrt(square) * (1 + SLACK) + r->tiny; }

int64_t reduceRoom(const struct Reduction *r) { return REDUCED_TOGETHER * (r->depth + r->strips * STRIP); }

int reduce(const Session *s, const struct Reduction *r, const float *const *x, const double *squares, int count, float *scratch,
           float *values) {
  const int64_t d = s->d, columns = reducedColumns(r), rows = (count + 3) / 4 * 4;
  float *centred = scratch, *strips = scratch + REDUCED_TOGETHER * r->depth;
  double whole = 0;
  for (int64_t i = 0; i < count; i++) {
    for (int64_t t = 0; t < d; t++) centred[i * r->depth + t] = x[i][t] - s->mean[t];
    for (int64_t t = d; t < r->depth; t++) centred[i * r->depth + t] = 0;
  }
  for (int64_t i = count * r->depth; i < rows * r->depth; i++) centred[i] = 0;
  s->isa->project(centred, rows, r->depth, r->basis, r->strips, strips);
  for (int64_t i = 0; i < count; i++) {
    float *to = values + i * columns;
    double inside = 0;
    for (int64_t j = 0; j < r->m; j++) {
      to[j] = strips[(j / STRIP * rows + i) * STRIP + j % STRIP];
      inside += (double)to[j] * to[j];
    }
    const float tail = tailOutside(squares[i], inside, strayOf(r, squares[i]));
    for (int64_t j = r->m; j < columns; j++) to[j] = tail;
    whole += inside + tail;
  }
  return whole < INFINITY;
}

typedef struct {
  Session *s;
  struct Reduction *r;
  /** Per worker: scratch, and a band's values. Zeros, in the place of a mean. */
  float *scratch, *values, *zeros;
} ReducedPacking;

static void packBand(void *context, int64_t index, int worker) {
  const ReducedPacking *p = context;
  const Session *s = p->s;
  const Isa *isa = s->isa;
  PackedRows *packed = &p->r->rows;
  const int64_t columns = reducedColumns(p->r), first = index * BAND_ROWS;
  float *values = p->values + worker * BAND_ROWS * columns;
  double largest = 0, most, ignored, rest, length;
  int fit = 1;
  for (int from = 0; from < BAND_ROWS; from += REDUCED_TOGETHER) {
    const float *rows[REDUCED_TOGETHER];
    int count = 0;
    while (count < REDUCED_TOGETHER && packed->order[first + from + count] != NO_ROW) {
      rows[count] = rowOf(s, packed->order[first + from + count]);
      count++;
    }
    fit &= reduce(s, p->r, rows, packed->squares + first + from, count, p->scratch + worker * reduceRoom(p->r), values + from * columns);
    for (int i = from; i < from + count; i++) {
      isa->measure(values + i * columns, p->zeros, columns, &most, &ignored);
      largest = most > largest ? most : largest;
    }
  }
  if (!fit) {
    __atomic_store_n(&p->r->unfit, 1, __ATOMIC_RELAXED);
    return;
  }
  Band *band = packed->bands + index;
  *band = (Band){.scale = scaleOf(largest, isa->rowLevels(columns), s->packed.bands[index].scale * SCALE_FLOOR)};
  for (int64_t i = 0; i < BAND_ROWS && packed->order[first + i] != NO_ROW; i++) {
    const double square = packed->squares[first + i];
    const float *row = values + i * columns;
    int64_t sum;
    isa->quantiseRow(row, p->zeros, columns, band->scale, packed->bytes + (first + i) * packed->words * isa->group, &rest, &length, &sum);
    packed->bias[first + i] = (int32_t)(sum * isa->bias);
    isa->measure(row, p->zeros, columns, &most, &ignored);
    const float restBound = restOf(rest, sqrt(ignored), band->scale) + upward(strayOf(p->r, square) / band->scale);
    band->rest = upward(restBound) > band->rest ? upward(restBound) : band->rest;
    band->length = upward(sqrt(length)) > band->length ? upward(sqrt(length)) : band->length;
  }
}

static void forgetReducedRows(struct Reduction *r) {
  release(r->rows.bytes);
  release(r->rows.bands);
  release(r->rows.bias);
  r->rows = (PackedRows){0};
}

int packReduced(Session *s, struct Reduction *r, Control *control) {
  const Isa *isa = s->isa;
  PackedRows *packed = &r->rows;
  const int64_t columns = reducedColumns(r), slots = s->packed.bandCount * BAND_ROWS;
  *packed = (PackedRows){.order = s->packed.order, .squares = s->packed.squares, .bandCount = s->packed.bandCount};
  packed->words = wordsOf(isa, columns);
  packed->bytes = allocate(slots * packed->words * isa->group);
  packed->bands = allocate(packed->bandCount * (int64_t)sizeof(Band));
  packed->bias = allocate(slots * 4);
  ReducedPacking p = {s, r, allocate(s->threads * reduceRoom(r) * 4), allocate(s->threads * BAND_ROWS * columns * 4),
                      allocate(columns * 4)};
  int result = NO_MEMORY;
  if (packed->bytes != 0 && packed->bands != 0 && packed->bias != 0 && p.scratch != 0 && p.values != 0 && p.zeros != 0)
    result = spread(s->threads, packed->bandCount, control, packBand, &p);
  release(p.scratch);
  release(p.values);
  release(p.zeros);
  if (result != DONE || r->unfit) forgetReducedRows(r);
  return result;
}

void forgetReduction(Session *s) {
  if (s->reduction == 0) return;
  forgetReducedRows(s->reduction);
  release(s->reduction->basis);
  release(s->reduction);
  s->reduction = 0;
}
