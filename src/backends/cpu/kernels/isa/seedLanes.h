/** Passes over one float64 per row, as k-means++ needs them; part of every instruction set (functions.h). */
#pragma once
#include "isa/lanes.h"

/** Σ rint(w·value·scale), ties to even: integers below 2^53 in sum, hence exact in any order. weights may be null. */
static double roundedSum(const double *values, const double *weights, double scale, int64_t count) {
  Lanes sum = {0}, most = {0};
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    Lanes v = load(values + i);
    if (weights != 0) v *= load(weights + i);
    v *= scale;
    most = larger(v, most);
    sum += v + ROUNDING - ROUNDING;
  }
  double result = total(sum);
  for (int l = 0; l < LANES; l++)
    if (most[l] > 0x1p51) result = i = 0;
  for (; i < count; i++) result += __builtin_rint((weights == 0 ? values[i] : weights[i] * values[i]) * scale);
  return result;
}

/** The largest w·value, or `largest`. */
static double largestOf(const double *values, const double *weights, double largest, int64_t count) {
  Lanes most = {0};
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) {
    const Lanes v = load(values + i);
    most = larger(weights == 0 ? v : v * load(weights + i), most);
  }
  for (int l = 0; l < LANES; l++) largest = most[l] > largest ? most[l] : largest;
  for (; i < count; i++) {
    const double own = weights == 0 ? values[i] : weights[i] * values[i];
    largest = own > largest ? own : largest;
  }
  return largest;
}
