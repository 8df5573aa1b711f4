/**
 * How finely values may be quantised, so that 32 bits hold every sum (bound.h, 2): |q·r| < SCORE_LIMIT, and with the bias below
 * INITIAL_LIMIT.
 */
#pragma once
#include "isa.h"

/** For rows of int8 against centroids of up to 127, stored with `bias`. */
static inline int byteLevels(int64_t d, int bias) {
  int64_t levels = (SCORE_LIMIT - 1) / (127 * d), biased = (INITIAL_LIMIT - 1) / ((127 + bias) * d);
  if (biased < levels) levels = biased;
  return levels < 127 ? (int)levels : 127;
}

/** For rows and centroids of int16. */
static inline int shortLevels(int64_t d) {
  int levels = 16383;
  while ((int64_t)levels * levels * d >= SCORE_LIMIT) levels -= levels > 1024 ? 64 : 1;
  return levels;
}
