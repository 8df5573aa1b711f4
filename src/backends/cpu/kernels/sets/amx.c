/**
 * AMX int8 (Linux): 32 rows × 32 centroids, four accumulator tiles, fed by two tiles of rows and two of centroids per 64 dimensions: all
 * eight, and as many loads as products, which takes half the products' time. Of up to 16 rows one half is computed. A tile of initial
 * values is loaded with stride 0: the same line for every row. The tiles' shapes are the thread's state, set by `enter`.
 */
#if defined(__x86_64__) && defined(__linux__)
#include "sets/levels.h"
#include <immintrin.h>
#define ISA_NAME "amx"
#define ISA_SYMBOL isaAmx
#define ROWS 32
#define WIDTH 32
#define GROUP 4
#define TOGETHER 16
#define PACE 0.14
#define BIAS 0
#define TIMES 0.00065, 0.02, 0.013, 0.011
#include "isa/isa.h"

static int rowLevels(int64_t d) { return byteLevels(d, BIAS); }
static int centroidLevels(int64_t d) {
  (void)d;
  return 127;
}

static void enter(void) {
  static const struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } shapes __attribute__((aligned(64))) = {
      .palette = 1, .bytes = {64, 64, 64, 64, 64, 64, 64, 64}, .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
  _tile_loadconfig(&shapes);
}

static void leave(void) { _tile_release(); }

/**
 * Words from which on a panel and 32 rows do not fit the first-level cache (48 KB) together: the rows are hinted to pass it by, the panel
 * stays.
 */
#define STREAM_FROM 160

/** Compares 16 rows of scores with their limits. @return the rows that have a hit */
static inline uint32_t compare(Meeting *m, int first) {
  uint32_t passed = 0;
  for (int i = first; i < first + 16; i++) {
    const __m512i limit = _mm512_set1_epi32(m->limit[i]);
    const uint32_t left = _mm512_cmpge_epi32_mask(_mm512_load_si512(m->score[i]), limit);
    const uint32_t right = _mm512_cmpge_epi32_mask(_mm512_load_si512(m->score[i] + 16), limit);
    m->hit[i] = left | right << 16;
    passed |= (uint32_t)(m->hit[i] != 0) << i;
  }
  return passed;
}

/** Tiles 0 to 3 gain the products of 32 rows; LOAD brings rows. */
#define MULTIPLY_BOTH(LOAD) \
  for (int64_t g = 0; g < words; g += TOGETHER, q += 4 * TOGETHER, p += 4 * WIDTH * TOGETHER) { \
    _tile_loadd(6, p, 4 * WIDTH); \
    LOAD(4, q, stride); \
    _tile_dpbssd(0, 4, 6); \
    _tile_loadd(7, p + 64, 4 * WIDTH); \
    _tile_dpbssd(1, 4, 7); \
    LOAD(5, q + half, stride); \
    _tile_dpbssd(2, 5, 6); \
    _tile_dpbssd(3, 5, 7); \
  }

static inline uint32_t products(const void *rows, const void *centroids, int64_t words, Meeting *m) {
  const char *q = rows, *p = centroids;
  const int64_t stride = 4 * words, half = 16 * stride;
  const int both = m->count > 16;
  _tile_loadd(0, m->initial, 0);
  _tile_loadd(1, m->initial + 16, 0);
  if (both) {
    _tile_loadd(2, m->initial, 0);
    _tile_loadd(3, m->initial + 16, 0);
    if (words < STREAM_FROM) MULTIPLY_BOTH(_tile_loadd)
    else MULTIPLY_BOTH(_tile_stream_loadd)
    _tile_stored(2, m->score[16], 4 * MAX_WIDTH);
    _tile_stored(3, m->score[16] + 16, 4 * MAX_WIDTH);
  } else
    for (int64_t g = 0; g < words; g += TOGETHER, q += 4 * TOGETHER, p += 4 * WIDTH * TOGETHER) {
      _tile_loadd(6, p, 4 * WIDTH);
      _tile_loadd(7, p + 64, 4 * WIDTH);
      _tile_loadd(4, q, stride);
      _tile_dpbssd(0, 4, 6);
      _tile_dpbssd(1, 4, 7);
    }
  _tile_stored(0, m->score[0], 4 * MAX_WIDTH);
  _tile_stored(1, m->score[0] + 16, 4 * MAX_WIDTH);
  return compare(m, 0) | (both ? compare(m, 16) : 0);
}

#define OWN_PRODUCT
/** The products of one row and one centroid, as far as whole registers go. @return the words that are done */
static inline int64_t productsOf(const int8_t *row, const int32_t *centroid, int64_t words, int32_t *total) {
  __m512i sum = _mm512_setzero_si512();
  const __m256i *q = (const __m256i *)row, *r = (const __m256i *)centroid;
  for (int64_t g = 0; g < words; g += 8, q++, r++) {
    const __m512i x = _mm512_cvtepi8_epi16(_mm256_loadu_si256(q)), c = _mm512_cvtepi8_epi16(_mm256_loadu_si256(r));
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x, c));
  }
  *total = _mm512_reduce_add_epi32(sum);
  return words;
}

#include "sets/floatsAvx512.h"
#include "isa/functions.h"
#endif
