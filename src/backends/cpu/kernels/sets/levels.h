/**
 * How finely values may be quantised, so that 32 bits hold every sum (bound.h, 2): |q·r| < SCORE_LIMIT, and with the bias below
 * INITIAL_LIMIT.
 */
#pragma once
#include "isa/isa.h"

/** For rows of int8 against centroids of up to 127, stored with `bias`. */
static inline int byteLevels(int64_t d, int bias) {
  int64_t levels = (SCORE_LIMIT - 1) / (127 * d), biased = (INITIAL_LIMIT - 1) / ((127 + bias) * d);
  if (biased < levels) levels = biased;
  return levels < 127 ? (int)levels : 127;
}

/** For rows of int8 against centroids of int16, which take what the rows leave. */
static inline int wideRowLevels(int64_t d) {
  int levels = 127;
  while ((int64_t)levels * levels * d >= SCORE_LIMIT) levels--;
  return levels;
}

static inline int wideCentroidLevels(int64_t d) {
  const int64_t levels = (SCORE_LIMIT - 1) / (wideRowLevels(d) * d);
  return levels < INT16_MAX ? (int)levels : INT16_MAX;
}
