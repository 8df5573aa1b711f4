/** Magnitudes of points, their packing as integers, and what those give. Compiled by each instruction set, after its GROUP and BIAS. */
#pragma once
#include "isa/lanes.h"

/** The values of a centroid's word; and as they are read, with the bias. */
#if GROUP == 4
typedef int8_t Value;
#else
typedef int16_t Value;
#endif
#if BIAS > 0
typedef uint8_t Stored;
#else
typedef Value Stored;
#endif

/** Values fetched before they are read, as rows are measured one after the other. */
#define MEASURE_AHEAD 1024

static void measure(const float *x, const float *mean, int64_t d, double *largest, double *square) {
  Lanes most = {0}, sum0 = {0}, sum1 = {0};
  int64_t t = 0;
  for (; t + 2 * LANES <= d; t += 2 * LANES) {
    __builtin_prefetch(x + t + MEASURE_AHEAD);
    Lanes v = widen(x + t) - widen(mean + t), w = widen(x + t + LANES) - widen(mean + t + LANES);
    most = larger(larger(magnitude(v), magnitude(w)), most);
    sum0 += v * v;
    sum1 += w * w;
  }
  for (; t < d; t += LANES) {
    int64_t left = d - t < LANES ? d - t : LANES;
    Lanes v = widenSome(x + t, left) - widenSome(mean + t, left);
    most = larger(magnitude(v), most);
    sum0 += v * v;
  }
  double best = 0;
  for (int l = 0; l < LANES; l++) best = most[l] > best ? most[l] : best;
  *largest = best;
  *square = total(sum0 + sum1);
}

/** Quantised values, and what they leave. */
static inline Lanes quantised(const float *x, const float *mean, int64_t left, double inverse, double scale, Lanes *restSum) {
  Lanes v = left >= LANES ? widen(x) - widen(mean) : widenSome(x, left) - widenSome(mean, left);
  Lanes q = v * inverse + ROUNDING - ROUNDING, e = v - q * scale;
  *restSum += e * e;
  return q;
}

/** The bytes of integers within ±127, as they are with ROUNDING added. */
static inline int64_t bytesOf(Lanes q) {
#if defined(__AVX512F__)
  // GCC 12 takes them one by one.
  return _mm_cvtsi128_si64(_mm512_cvtepi64_epi8((__m512i)q));
#else
  typedef int8_t Bytes __attribute__((vector_size(LANES)));
  const Bytes bytes = __builtin_convertvector((Bits)q, Bytes);
  int64_t all = 0;
  memcpy(&all, &bytes, sizeof bytes);
  return all;
#endif
}

static void quantiseRow(const float *x, const float *mean, int64_t d, double scale, int8_t *bytes, double *rest, double *square,
                        int64_t *sum) {
  const double inverse = 1 / scale;
  Lanes restSum = {0}, squareSum = {0}, plainSum = {0};
  for (int64_t t = 0; t < d; t += LANES) {
    const Lanes q = quantised(x + t, mean + t, d - t, inverse, scale, &restSum);
    squareSum += q * q;
    plainSum += q;
    const int64_t values = bytesOf(q + ROUNDING);
    memcpy(bytes + t, &values, (size_t)(d - t < LANES ? d - t : LANES));
  }
  *rest = total(restSum);
  *square = total(squareSum);
  *sum = (int64_t)total(plainSum);
}

static void quantiseCentroid(const float *x, const float *mean, int64_t d, double scale, int32_t *words, double *rest, double *square) {
  typedef Value Values __attribute__((vector_size(LANES * sizeof(Value))));
  const double inverse = 1 / scale;
  Value *out = (Value *)words;
  Lanes restSum = {0}, squareSum = {0};
  for (int64_t t = 0; t < d; t += LANES) {
    const Lanes q = quantised(x + t, mean + t, d - t, inverse, scale, &restSum);
    const Values values = __builtin_convertvector(__builtin_convertvector(q, Ints) + BIAS, Values);
    squareSum += q * q;
    memcpy(out + t, &values, (size_t)(d - t < LANES ? d - t : LANES) * sizeof(Value));
  }
  *rest = total(restSum);
  *square = total(squareSum);
}

/** The words from `first` on; an instruction set that is better at it than compilers are defines OWN_PRODUCT. */
static inline int32_t productFrom(int64_t first, const int8_t *row, const int32_t *centroid, int64_t words) {
  const Stored *values = (const Stored *)centroid;
  int32_t sum = 0;
  for (int64_t t = GROUP * first; t < GROUP * words; t++) sum += row[t] * values[t];
  return sum;
}

#ifndef OWN_PRODUCT
static int32_t product(const int8_t *row, const int32_t *centroid, int64_t words) { return productFrom(0, row, centroid, words); }
#else
static int32_t product(const int8_t *row, const int32_t *centroid, int64_t words) {
  int32_t sum;
  const int64_t done = productsOf(row, centroid, words, &sum);
  return sum + productFrom(done, row, centroid, words);
}
#endif
