/** Tables of distances by the definition: lanes are centroids, and every sum runs in order of the columns. Part of functions.h. */
#include "isa/isa.h"
#include "isa/lanes.h"

/** Lanes of one register, and the rows and registers of centroids that meet: so many sums hide an addition's latency and stay in registers. */
#if defined(__AVX512F__)
#define SIDE 8
#define MEETING_ROWS 4
#elif defined(__AVX2__)
#define SIDE 4
#define MEETING_ROWS 4
#elif defined(__aarch64__)
#define SIDE 2
#define MEETING_ROWS 4
#else
#define SIDE 2
#define MEETING_ROWS 2
#endif
#if defined(__AVX2__) && !defined(__AVX512F__)
#define SIDES 2
#else
#define SIDES 4
#endif
#define TABLE_WIDTH (SIDES * SIDE)
_Static_assert(TABLE_ROWS % MEETING_ROWS == 0, "rows meet so many at a time");
typedef double Side __attribute__((vector_size(8 * SIDE)));

/** x: [d][MEETING_ROWS], c: [d][TABLE_WIDTH]. c − x is x − c but for the sign, which its square has not. */
static inline void meetSides(const double *x, const double *c, int64_t d, double found[MEETING_ROWS][TABLE_WIDTH]) {
  Side sum[MEETING_ROWS][SIDES] = {0};
  for (int64_t t = 0; t < d; t++, x += MEETING_ROWS, c += TABLE_WIDTH) {
    Side at[SIDES];
    memcpy(at, c, sizeof at);
    for (int r = 0; r < MEETING_ROWS; r++)
      for (int v = 0; v < SIDES; v++) {
        const Side apart = at[v] - x[r];
        sum[r][v] += apart * apart;
      }
  }
  memcpy(found, sum, sizeof sum);
}

static void table(const float *const *rows, int count, const double *centroids, int64_t k, int64_t d, double *scratch, double *out,
                  int64_t stride) {
  for (int i = 0; i < count; i += MEETING_ROWS)
    for (int r = 0; r < MEETING_ROWS; r++) {
      const float *x = rows[i + r < count ? i + r : i];
      for (int64_t t = 0; t < d; t++) scratch[i * d + t * MEETING_ROWS + r] = x[t];
    }
  for (int64_t j = 0; j < k; j += TABLE_WIDTH, centroids += d * TABLE_WIDTH) {
    const size_t bytes = (size_t)(k - j < TABLE_WIDTH ? k - j : TABLE_WIDTH) * sizeof *out;
    for (int i = 0; i < count; i += MEETING_ROWS) {
      double found[MEETING_ROWS][TABLE_WIDTH];
      meetSides(scratch + i * d, centroids, d, found);
      for (int r = 0; r < MEETING_ROWS && i + r < count; r++) {
        for (int l = 0; l < TABLE_WIDTH; l++) found[r][l] = __builtin_sqrt(found[r][l]);
        memcpy(out + (i + r) * stride + j, found[r], bytes);
      }
    }
  }
}
