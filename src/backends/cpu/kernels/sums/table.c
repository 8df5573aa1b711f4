/** The table of all distances, by the definition. An item is some rows and as many centroids as one may be asked to wait for. */
#include "api.h"
#include "session/threads.h"

/** Values of centroids that an item meets at most, beyond one block; and differences that it takes at least, where there are so many. */
#define SPAN (1 << 20)
#define ITEM (1 << 21)

typedef struct {
  const Session *s;
  const float *centroids;
  int64_t k, first, rows;
  /** Rows of an item; centroids of an item, and into how many such the k are split. */
  int64_t itemRows, span, spans;
  /** [block][d][tableWidth]: the centroids, zeros behind the last. */
  double *wide;
  /** Per worker TABLE_ROWS·d. */
  double *scratch;
  double *table;
} Table;

static void widenBlock(void *context, int64_t block, int worker) {
  (void)worker;
  const Table *p = context;
  const int64_t d = p->s->d, width = p->s->isa->tableWidth, first = block * width;
  double *wide = p->wide + first * d;
  for (int64_t l = 0; l < width && first + l < p->k; l++)
    for (int64_t t = 0; t < d; t++) wide[t * width + l] = p->centroids[(first + l) * d + t];
}

static void fillItem(void *context, int64_t item, int worker) {
  const Table *p = context;
  const int64_t d = p->s->d, from = item % p->spans * p->span, start = item / p->spans * p->itemRows;
  const int64_t count = p->k - from < p->span ? p->k - from : p->span, end = start + p->itemRows < p->rows ? start + p->itemRows : p->rows;
  for (int64_t i = start; i < end; i += TABLE_ROWS) {
    const int some = end - i < TABLE_ROWS ? (int)(end - i) : TABLE_ROWS;
    const float *x[TABLE_ROWS];
    for (int r = 0; r < some; r++) x[r] = rowOf(p->s, p->first + i + r);
    p->s->isa->table(x, some, p->wide + from * d, count, d, p->scratch + worker * TABLE_ROWS * d, p->table + i * p->k + from, p->k);
  }
}

int fastkmeans_distances(Session *s, const float *centroids, int64_t k, int64_t first, int64_t rows, double *out, Control *control) {
  const int64_t d = s->d, width = s->isa->tableWidth, blocks = (k + width - 1) / width;
  Table p = {.s = s, .centroids = centroids, .k = k, .first = first, .rows = rows, .table = out};
  p.span = (1 + SPAN / (width * d)) * width;
  p.spans = (k + p.span - 1) / p.span;
  p.itemRows = (1 + ITEM / (TABLE_ROWS * d * (k < p.span ? k : p.span))) * TABLE_ROWS;
  p.wide = allocate(blocks * width * d * 8);
  p.scratch = allocate(s->threads * TABLE_ROWS * d * 8);
  int result = NO_MEMORY;
  if (p.wide != 0 && p.scratch != 0) result = spread(threadsFor(s, (double)(k * d)), blocks, control, widenBlock, &p);
  if (result == DONE) {
    control->items = (int32_t)((rows + p.itemRows - 1) / p.itemRows * p.spans);
    result = spread(threadsFor(s, 0.15 * (double)(rows * k) * (double)d), control->items, control, fillItem, &p);
  }
  release(p.wide);
  release(p.scratch);
  return result;
}
