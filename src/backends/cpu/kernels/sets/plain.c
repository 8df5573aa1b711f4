/** Plain C: 4 rows × 8 centroids of int16, for every processor; compilers make of it what they can. */
#include "sets/levels.h"
#define ISA_NAME "plain"
#define ISA_SYMBOL isaPlain
#define ROWS 4
#define WIDTH 8
#define GROUP 2
#define TOGETHER 1
#define PACE 6
#define FLOATS 4
#define BIAS 0
#define TIMES 0.08, 0.2, 0.085, 0.085
#include "isa/isa.h"

static void enter(void) {}
static void leave(void) {}

static int rowLevels(int64_t d) { return wideRowLevels(d); }
static int centroidLevels(int64_t d) { return wideCentroidLevels(d); }

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const int16_t *q = rows, *p = centroids;
  for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < WIDTH; j++) m->score[i][j] = m->initial[j];
  for (int64_t g = 0; g < words; g++, q += 2, p += 2 * WIDTH)
    for (int i = 0; i < ROWS; i++)
      for (int j = 0; j < WIDTH; j++) m->score[i][j] += q[2 * i * words] * p[2 * j] + q[2 * i * words + 1] * p[2 * j + 1];
  uint32_t passed = 0;
  for (int i = 0; i < ROWS; i++) {
    uint32_t hit = 0;
    for (int j = 0; j < WIDTH; j++) hit |= (uint32_t)(m->score[i][j] >= m->limit[i]) << j;
    m->hit[i] = hit;
    passed |= (uint32_t)(hit != 0) << i;
  }
  return passed;
}

#include "isa/functions.h"
