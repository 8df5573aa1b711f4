/** Passes over rows as they lie: sums in order, and columns' largest values. Part of functions.h. */
#include "isa/lanes.h"

#if defined(__AVX512F__)
/** Adds eight columns of eight pairs to their sums, column by column. */
static inline __attribute__((always_inline)) __m512d addEight(__m512d sum, const float *const *x, const float *const *c, int64_t t) {
  __m512d v[8], pairs[8], fours[8];
  for (int l = 0; l < 8; l++) {
    const __m512d apart = (__m512d)(widen(x[l] + t) - widen(c[l] + t));
    v[l] = apart * apart;
  }
  // Columns of two rows, then of four: lanes of 128 bits hold rows 2i and 2i + 1 of one column.
  for (int l = 0; l < 8; l += 2) {
    pairs[l] = _mm512_unpacklo_pd(v[l], v[l + 1]);
    pairs[l + 1] = _mm512_unpackhi_pd(v[l], v[l + 1]);
  }
  for (int odd = 0; odd < 2; odd++) {
    fours[odd] = _mm512_shuffle_f64x2(pairs[odd], pairs[odd + 2], 0x88);
    fours[odd + 2] = _mm512_shuffle_f64x2(pairs[odd], pairs[odd + 2], 0xdd);
    fours[odd + 4] = _mm512_shuffle_f64x2(pairs[odd + 4], pairs[odd + 6], 0x88);
    fours[odd + 6] = _mm512_shuffle_f64x2(pairs[odd + 4], pairs[odd + 6], 0xdd);
  }
  for (int column = 0; column < 4; column++) sum += _mm512_shuffle_f64x2(fours[column], fours[column + 4], 0x88);
  for (int column = 0; column < 4; column++) sum += _mm512_shuffle_f64x2(fours[column], fours[column + 4], 0xdd);
  return sum;
}
#else
/** Four float64 lanes: what every set with vectors can turn from rows into columns without help. */
typedef double Quad __attribute__((vector_size(32)));
typedef int64_t QuadPlaces __attribute__((vector_size(32)));

#if defined(__clang__)
#define MERGE(a, b, p, q, r, s) __builtin_shufflevector(a, b, p, q, r, s)
#else
#define MERGE(a, b, p, q, r, s) __builtin_shuffle(a, b, (QuadPlaces){p, q, r, s})
#endif

/** (x − c)² of four columns. */
static inline Quad squaresOf(const float *x, const float *c) {
  typedef float Part __attribute__((vector_size(16)));
  Part a, b;
  memcpy(&a, x, sizeof a);
  memcpy(&b, c, sizeof b);
  const Quad v = __builtin_convertvector(a, Quad) - __builtin_convertvector(b, Quad);
  return v * v;
}

/** Adds four columns of four pairs to their sums, column by column. */
static inline Quad addColumns(Quad sum, const float *const *x, const float *const *c, int64_t t) {
  const Quad a = squaresOf(x[0] + t, c[0] + t), b = squaresOf(x[1] + t, c[1] + t), e = squaresOf(x[2] + t, c[2] + t),
             f = squaresOf(x[3] + t, c[3] + t);
  const Quad ab02 = MERGE(a, b, 0, 4, 2, 6), ab13 = MERGE(a, b, 1, 5, 3, 7), ef02 = MERGE(e, f, 0, 4, 2, 6), ef13 = MERGE(e, f, 1, 5, 3, 7);
  sum += MERGE(ab02, ef02, 0, 1, 4, 5);
  sum += MERGE(ab13, ef13, 0, 1, 4, 5);
  sum += MERGE(ab02, ef02, 2, 3, 6, 7);
  sum += MERGE(ab13, ef13, 2, 3, 6, 7);
  return sum;
}
#endif

/** Asks for 16 columns of the pairs that come next. */
static inline void fetchPairs(const float *const *x, const float *const *c, int64_t t) {
  for (int l = CHAINS; l < 2 * CHAINS; l++) {
    __builtin_prefetch(x[l] + t);
    __builtin_prefetch(c[l] + t);
  }
}

/** D of CHAINS pairs by the definition: every lane is one pair, its sum in order. The pairs behind them come next, and are fetched. */
static void distances(const float *const *x, const float *const *c, int64_t d, double *sums) {
  int64_t t = 0;
#if defined(__AVX512F__)
  __m512d sum = {0};
  for (; t + 8 <= d; t += 8) {
    if (t % 16 == 0) fetchPairs(x, c, t);
    sum = addEight(sum, x, c, t);
  }
#else
  Quad sum[CHAINS / 4] = {0};
  for (; t + 4 <= d; t += 4) {
    if (t % 16 == 0) fetchPairs(x, c, t);
    for (int q = 0; q < CHAINS / 4; q++) sum[q] = addColumns(sum[q], x + 4 * q, c + 4 * q, t);
  }
#endif
  memcpy(sums, &sum, sizeof sum);
  for (; t < d; t++)
    for (int l = 0; l < CHAINS; l++) {
      const double v = (double)x[l][t] - c[l][t];
      sums[l] += v * v;
    }
}

/** Magnitudes of float32 compare as their bits without the sign do; infinity and NaN are the largest. */
static void magnitudes(const float *x, int64_t rows, int64_t d, int32_t *largest) {
  for (int64_t i = 0; i < rows; i++, x += d)
    for (int64_t t = 0; t < d; t++) {
      int32_t bits;
      memcpy(&bits, x + t, sizeof bits);
      bits &= INT32_MAX;
      largest[t] = bits > largest[t] ? bits : largest[t];
    }
}
