/**
 * Products of matrices, for the reduction (reduction.h): in float32 to lay rows along a basis, in float64 to know how far a basis is from
 * orthonormal. Part of functions.h. Four rows meet two registers of a strip's columns, so that every load serves several sums. Per register
 * of columns and row one multiply-add; of a strip PROJECT_CHUNK rows stay in the first-level cache while all rows of x pass over them.
 */
#pragma once
#include "isa/lanes.h"

/** IN x [rows][depth], matrix in strips of `depth` rows; OUT strips of `rows` rows. rows: a multiple of 4. */
static void project(const float *x, int64_t rows, int64_t depth, const float *matrix, int64_t strips, float *out) {
  memset(out, 0, (size_t)(strips * rows * STRIP) * sizeof *out);
  for (int64_t from = 0; from < depth; from += PROJECT_CHUNK) {
    const int64_t end = from + PROJECT_CHUNK < depth ? from + PROJECT_CHUNK : depth;
    for (int64_t strip = 0; strip < strips; strip++)
      for (int at = 0; at < STRIP; at += 2 * FLOATS)
        for (int64_t i = 0; i < rows; i += 4) {
          const float *columns = matrix + strip * depth * STRIP + at, *row = x + i * depth;
          float *to = out + (strip * rows + i) * STRIP + at;
          Wide sum[4][2] = {0};
          for (int64_t t = from; t < end; t++) {
            const Wide a = loadWide(columns + t * STRIP), b = loadWide(columns + t * STRIP + FLOATS);
            UNROLLED
            for (int r = 0; r < 4; r++) {
              const Wide value = row[r * depth + t] - (Wide){0};
              sum[r][0] = MULTIPLY_ADD(value, a, sum[r][0]);
              sum[r][1] = MULTIPLY_ADD(value, b, sum[r][1]);
            }
          }
          for (int r = 0; r < 4; r++)
            for (int h = 0; h < 2; h++) storeWide(to + r * STRIP + h * FLOATS, loadWide(to + r * STRIP + h * FLOATS) + sum[r][h]);
        }
  }
}

/**
 * OUT rows first … first + 3 of yᵀy, from the diagonal's strip on; IN y in strips of `rows` rows. out: [strips · STRIP][strips · STRIP].
 */
static void gram(const float *y, int64_t rows, int64_t strips, int64_t first, double *out) {
  const float *own = y + first / STRIP * rows * STRIP + first % STRIP;
  for (int64_t at = first / STRIP * STRIP; at < strips * STRIP; at += LANES) {
    const float *columns = y + at / STRIP * rows * STRIP + at % STRIP;
    Lanes sum[4] = {0};
    for (int64_t t = 0; t < rows; t++) {
      const Lanes values = widen(columns + t * STRIP);
      UNROLLED
      for (int r = 0; r < 4; r++) sum[r] += values * (double)own[t * STRIP + r];
    }
    for (int r = 0; r < 4; r++) store(out + (first + r) * strips * STRIP + at, sum[r]);
  }
}
