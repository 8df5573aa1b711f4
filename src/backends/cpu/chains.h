/** Passes over rows as they lie: sums in order, and columns' largest values. Part of screen.h. */
#include "lanes.h"

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

/** D of CHAINS pairs by the definition: every lane is one pair, its sum in order. */
static void distances(const float *const *x, const float *const *c, int64_t d, double *sums) {
  Quad sum[CHAINS / 4] = {0};
  int64_t t = 0;
  for (; t + 4 <= d; t += 4)
    for (int q = 0; q < CHAINS / 4; q++) sum[q] = addColumns(sum[q], x + 4 * q, c + 4 * q, t);
  memcpy(sums, sum, sizeof sum);
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
