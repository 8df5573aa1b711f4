/**
 * Float64 lanes, as the compiler's own vectors: eight, of which every instruction set takes as many of its registers as that needs; with
 * AVX2 the four of one register, as GCC 12 keeps longer vectors on the stack.
 */
#pragma once
#include <stdint.h>
#include <string.h>
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#if defined(__AVX2__) && !defined(__AVX512F__)
#define LANES 4
#else
#define LANES 8
#endif
typedef double Lanes __attribute__((vector_size(8 * LANES)));
typedef int64_t Bits __attribute__((vector_size(8 * LANES)));
typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));

/** Adding and taking away 1.5·2^52 rounds to the nearest integer, ties to even, where |x| ≤ 2^51. */
#define ROUNDING 6755399441055744.0

static inline Lanes widen(const float *x) {
#if defined(__AVX512F__)
  // GCC 12 converts in halves, and puts them together.
  return (Lanes)_mm512_cvtps_pd(_mm256_loadu_ps(x));
#else
  Floats part;
  memcpy(&part, x, sizeof part);
  return __builtin_convertvector(part, Lanes);
#endif
}

/** The last few values of a row, zeros behind them. */
static inline Lanes widenSome(const float *x, int64_t count) {
  float part[LANES] = {0};
  for (int64_t l = 0; l < count; l++) part[l] = x[l];
  return widen(part);
}

static inline Lanes load(const double *x) {
  Lanes lanes;
  memcpy(&lanes, x, sizeof lanes);
  return lanes;
}

static inline void store(double *x, Lanes lanes) { memcpy(x, &lanes, sizeof lanes); }

static inline Lanes select(Bits mask, Lanes yes, Lanes no) { return (Lanes)(((Bits)yes & mask) | ((Bits)no & ~mask)); }

static inline Lanes larger(Lanes a, Lanes b) { return select(a > b, a, b); }

static inline Lanes smaller(Lanes a, Lanes b) { return select(a < b, a, b); }

static inline Lanes magnitude(Lanes a) { return (Lanes)((Bits)a & INT64_MAX); }

static inline double total(Lanes a) {
#if LANES == 4
  return (a[0] + a[2]) + (a[1] + a[3]);
#else
  return ((a[0] + a[4]) + (a[2] + a[6])) + ((a[1] + a[5]) + (a[3] + a[7]));
#endif
}
