/**
 * Scores ½‖c − μ‖² − (x − μ)·(c − μ) in float32 with the error of bound.h, 13: one multiply-add a value, where differences (floats.h) take
 * a subtraction too. Lanes are rows, eight centroids lie side by side. Part of functions.h, behind floats.h.
 */
#pragma once

/** FLOATS rows side by side become x − μ. @return ‖x − μ‖² */
static inline Wide centreRows(const float *mean, int64_t d, float *lines) {
  Wide squares = {0};
  for (int64_t t = 0; t < d; t++) {
    const Wide x = loadWide(lines + t * FLOATS) - mean[t];
    squares = MULTIPLY_ADD(x, x, squares);
    storeWide(lines + t * FLOATS, x);
  }
  return squares;
}

/** Eight centroids from the first on. */
static inline void meetScored(const float *lines, const ScoredCentroids *c, int64_t d, int64_t first, NearLanes *near) {
  const float *values = c->values + first * d;
  Wide sum[NEAR_CHAINS];
  UNROLLED
  for (int u = 0; u < NEAR_CHAINS; u++) sum[u] = c->half[first + u] - (Wide){0};
  for (int64_t t = 0; t < d; t++, values += NEAR_CHAINS) {
    const Wide x = loadWide(lines + t * FLOATS);
    UNROLLED
    for (int u = 0; u < NEAR_CHAINS; u++) sum[u] = MULTIPLY_ADD(x, values[u] - (Wide){0}, sum[u]);
  }
  UNROLLED
  for (int u = 0; u < NEAR_CHAINS; u++) takeLanes(near, sum[u], first + u);
}

static void score(const float *const *rows, const float *mean, const ScoredCentroids *c, int64_t d, float *scratch, Near *out) {
  for (int at = 0; at < NEAR_GROUP; at += FLOATS) {
    NearLanes near = {(Wide){0} + __builtin_inff(), (Wide){0} + __builtin_inff(), {0}};
    layRows(rows + at, d, scratch);
    const Wide squares = centreRows(mean, d, scratch);
    for (int64_t first = 0; first < c->k; first += NEAR_CHAINS) meetScored(scratch, c, d, first, &near);
    memcpy(out->best + at, &near.best, sizeof near.best);
    memcpy(out->second + at, &near.second, sizeof near.second);
    memcpy(out->label + at, &near.label, sizeof near.label);
    memcpy(out->square + at, &squares, sizeof squares);
  }
}

/** What scores tell of a group's labels and, with `bounded`, of their distances (bound.h, 13). Compilers make vectors of this. */
static void concludeScores(Near *near, const ScoreErrors *errors, const float *gaps, int bounded) {
  const double share = errors->share, tiny = errors->tiny;
  for (int l = 0; l < NEAR_GROUP; l++) {
    const double square = near->square[l], most = near->best[l] + (double)gaps[near->label[l]];
    const int within = square < SCORED_LIMIT;
    near->open[l] = !(within & (near->second[l] - most > 1.25 * share * square + 2 * tiny));
    if (!bounded) continue;
    const double upper = square * (1 + 2.25 * share) + 2 * most + 4 * tiny;
    const double lower = square * (1 - 2.25 * share) + 2.0 * near->second[l] - 4 * tiny;
    near->own[l] = within ? wider(__builtin_sqrt(upper > 0 ? upper : 0)) : __builtin_inff();
    near->others[l] = within && lower > 0 ? narrower(__builtin_sqrt(lower)) : 0;
  }
}
