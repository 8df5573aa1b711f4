/** D, as src/exact.ts defines it. Compiled without contraction to fused multiply-adds. */
#pragma once
#include <stdint.h>

/** The squared distance, summed in order of t. */
static inline double sqDistance(const float *x, const float *c, int64_t d) {
  double sum = 0;
  for (int64_t t = 0; t < d; t++) {
    double difference = (double)x[t] - c[t];
    sum += difference * difference;
  }
  return sum;
}
